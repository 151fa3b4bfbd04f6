"""Faults by rule, for tests of resilience: which calls are slowed down, throttled or cut off, the same in each run.

Nothing here is left to chance: whether a call is hit is computed from the rule's seed and how many calls came before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator


class Effect(StrEnum):
    """What befalls a call, apart from its latency."""

    NONE = "none"
    THROTTLE = "throttle"
    RESET = "reset"


class FaultRule(BaseModel):
    """Which calls are hit, how often, and what befalls them. What is left out is true of every call."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: Annotated[str, Field(description="an endpoint's name or id")] = ""
    client: Annotated[str, Field(description="a client's name")] = ""
    service: Annotated[str, Field(description="a service as SDKs name it, like s3")] = ""
    operation: Annotated[str, Field(description="an operation, like GetObject")] = ""
    throttle: Annotated[bool, Field(description="true or false")] = False
    reset: Annotated[bool, Field(description="true or false")] = False
    latency: Annotated[float, Field(ge=0, le=3600, description="seconds, from 0 to 3600")] = 0.0
    rate: Annotated[float, Field(gt=0, le=1, description="more than 0, up to 1, which hits every call")] = 1.0
    count: Annotated[int | None, Field(ge=1, description="how many calls are hit at most, 1 or more")] = None
    seed: Annotated[int, Field(description="a number; another one hits other calls at the same rate")] = 0

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self.throttle and self.reset:
            message = "throttle or reset, not both"
            raise ValueError(message)
        if not (self.throttle or self.reset or self.latency):
            message = "at least one of throttle, reset and latency"
            raise ValueError(message)
        return self

    @property
    def effect(self) -> Effect:
        """What befalls a call that is hit."""
        return Effect.THROTTLE if self.throttle else Effect.RESET if self.reset else Effect.NONE


def parse_rule(content: Mapping[str, Any]) -> FaultRule:
    """Return the rule that JSON describes.

    Raises:
        ValueError: it is none; the message names each field, what was found and what is allowed.
    """
    try:
        return FaultRule.model_validate(content)
    except ValidationError as error:
        raise ValueError("; ".join(map(_problem, error.errors(include_url=False)))) from error


def _problem(error: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails, a mapping
    if error["type"] == "value_error":
        return f"found {error['input']!r}; allowed: {error['ctx']['error']}"
    name = str(error["loc"][0]) if error["loc"] else "the rule"
    known = FaultRule.model_fields.get(name)
    allowed = known.description if known else ", ".join(FaultRule.model_fields)
    return f"{name}: found {error['input']!r}; allowed: {allowed}"


@dataclass(frozen=True, slots=True)
class Called:
    """A call, as far as rules can tell calls apart. `endpoint` is its id, and empty off every endpoint."""

    endpoint: str
    client: str
    service: str
    operation: str


@dataclass(frozen=True, slots=True)
class StandingRule:
    """A rule that is in force.

    Attributes:
        id: `fault-1`, or its name in the topology file.
        rule: what was asked for.
        endpoint_id: the id of the endpoint that the rule names.
        matched: how many calls it was about so far.
        hit: how many of them it hit.
        of_file: whether it is one of the topology file.
    """

    id: str
    rule: FaultRule
    endpoint_id: str = ""
    matched: int = 0
    hit: int = 0
    of_file: bool = False

    def is_about(self, called: Called) -> bool:
        """Return whether the rule is about a call."""
        rule = self.rule
        wanted = (self.endpoint_id, rule.client, rule.service, rule.operation)
        is_ = (called.endpoint, called.client, called.service, called.operation)
        return all(not one or one == other for one, other in zip(wanted, is_, strict=True))


@dataclass(frozen=True, slots=True)
class Injection:
    """What befalls one call: seconds of latency, then an effect, and the rules that say so, in words."""

    latency: float
    effect: Effect
    rules: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class RuleTable:
    """The rules in force, in the order they were made. Never changed, only replaced."""

    rules: tuple[StandingRule, ...] = ()
    made: int = 0

    def with_rule(self, rule: FaultRule, endpoint_id: str) -> RuleTable:
        """Return the table with one rule more, at the end."""
        standing = StandingRule(f"fault-{self.made + 1}", rule, endpoint_id)
        return RuleTable((*self.rules, standing), self.made + 1)

    def with_file(self, rules: Mapping[str, tuple[FaultRule, str]]) -> RuleTable:
        """Return the table with the topology file's rules, by name and each with its endpoint's id, before all others.

        A rule that is what it was goes on counting.
        """
        known = {standing.id: standing for standing in self.rules if standing.of_file}
        new = (StandingRule(name, rule, endpoint_id, of_file=True) for name, (rule, endpoint_id) in rules.items())
        of_file = (known[each.id] if _is_same(each, known.get(each.id)) else each for each in new)
        return replace(self, rules=(*of_file, *(standing for standing in self.rules if not standing.of_file)))

    def without(self, rule_id: str) -> RuleTable:
        """Return the table without a rule."""
        return replace(self, rules=tuple(rule for rule in self.rules if rule.id != rule_id))

    def on(self, called: Called) -> tuple[RuleTable, Injection | None]:
        """Return the table after a call, and what befalls the call, if anything.

        Latencies add up; the first rule that throttles or resets ends it, and later ones do not count the call.
        """
        after: list[StandingRule] = list(self.rules)
        hits: list[StandingRule] = []
        for index, standing in enumerate(self.rules):
            if standing.is_about(called):
                after[index] = counted = _counted(standing)
                if counted.hit > standing.hit:
                    hits.append(counted)
                    if standing.rule.effect is not Effect.NONE:
                        break
        return replace(self, rules=tuple(after)), _injection(hits)


def _is_same(one: StandingRule, other: StandingRule | None) -> bool:
    return other is not None and (one.rule, one.endpoint_id) == (other.rule, other.endpoint_id)


def _counted(standing: StandingRule) -> StandingRule:
    """Return a rule after one more call that it is about."""
    rule, number = standing.rule, standing.matched + 1
    spent = rule.count is not None and standing.hit >= rule.count
    is_hit = not spent and _fraction(rule.seed, standing.id, number) < rule.rate
    return replace(standing, matched=number, hit=standing.hit + is_hit)


def _fraction(seed: int, rule_id: str, number: int) -> float:
    """Return a number from 0 up to 1, spread evenly, that these always give."""
    digest = hashlib.sha256(f"{seed}/{rule_id}/{number}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


_VERBS: Mapping[Effect, str] = MappingProxyType({Effect.THROTTLE: "throttled", Effect.RESET: "cut off"})


def _injection(hits: list[StandingRule]) -> Injection | None:
    if not hits:
        return None
    return Injection(
        latency=sum(hit.rule.latency for hit in hits),
        effect=hits[-1].rule.effect,
        rules=tuple(hit.id for hit in hits),
        reason=" ".join(map(_sentence, hits)),
    )


def _sentence(hit: StandingRule) -> str:
    rule = hit.rule
    done = [_VERBS[rule.effect]] if rule.effect in _VERBS else []
    done += [f"slowed down by {rule.latency:g} s"] if rule.latency else []
    about = {"endpoint": rule.endpoint, "client": rule.client, "service": rule.service, "operation": rule.operation}
    named = ", ".join(f"{name} {value}" for name, value in about.items() if value)
    often = f"{hit.hit} of the {hit.matched} calls so far that it is about ({named or 'all calls'}, rate {rule.rate:g})"
    return f"The fault rule {hit.id} has {' and '.join(done)} this call, as it has {often}."


def as_json(standing: StandingRule) -> dict[str, Any]:
    """Return a rule as the admin API shows it: what is set of it, and how often it was about a call, and hit it."""
    return {
        "id": standing.id,
        **standing.rule.model_dump(exclude_defaults=True),
        "matched": standing.matched,
        "hit": standing.hit,
    }


@dataclass(slots=True)
class Rules:
    """The table that is in force now."""

    table: RuleTable = field(default_factory=RuleTable)

    def on(self, called: Called) -> Injection | None:
        """Count a call, and return what befalls it, if anything."""
        self.table, injection = self.table.on(called)
        return injection

    def add(self, rule: FaultRule, endpoint_id: str) -> dict[str, Any]:
        """Put a rule in force, and return it as the admin API shows it."""
        self.table = self.table.with_rule(rule, endpoint_id)
        return as_json(self.table.rules[-1])

    def follow_file(self, rules: Mapping[str, tuple[FaultRule, str]]) -> None:
        """Have the rules of the topology file be these, by name and each with its endpoint's id."""
        self.table = self.table.with_file(rules)

    def listed(self) -> list[dict[str, Any]]:
        """Return the rules in force, as the admin API shows them."""
        return [as_json(standing) for standing in self.table.rules]

    def clear(self, rule_id: str | None) -> None:
        """End a rule, or all of them.

        Raises:
            LookupError: there is no such rule; the message lists those that there are.
        """
        known = [standing.id for standing in self.table.rules]
        if rule_id and rule_id not in known:
            message = f"no fault rule is {rule_id!r}; there are: {', '.join(known) or 'none'}"
            raise LookupError(message)
        for each in [rule_id] if rule_id else known:
            self.table = self.table.without(each)
