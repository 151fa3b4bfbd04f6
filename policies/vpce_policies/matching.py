"""Which statements decided, and which nearly did: asked for after the decision, which so costs nothing more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vpce_policies.compiler import CompiledPolicy, CompiledStatement
from vpce_policies.document import Effect, Statement
from vpce_policies.layers import Layer
from vpce_policies.request import Facts, PolicySet, Request


@dataclass(frozen=True, slots=True)
class ConditionOutcome:
    """One condition key under one operator, against the request.

    Attributes:
        operator: The operator as the policy spells it.
        key: The condition key as the policy spells it.
        wanted: The policy's values, variables not expanded.
        actual: The request's values; None when the request has no such key.
        holds: Whether the condition is met.
    """

    operator: str
    key: str
    wanted: tuple[str, ...]
    actual: tuple[str, ...] | None
    holds: bool


@dataclass(frozen=True, slots=True)
class StatementMatch:
    """A statement that matched the request, or that all but matched.

    Attributes:
        layer: The layer of its policy.
        policy: The name of its policy.
        index: Its place in the policy, from 0.
        sid: Its Sid, or None.
        effect: Allow or Deny.
        missed: The one element that kept it out: `Principal`, `NotPrincipal`, `Resource`, `NotResource` or `Condition`;
            empty if it matched.
        wanted: What a missed element other than Condition lists.
        conditions: Its conditions against the request.
    """

    layer: Layer
    policy: str
    index: int
    sid: str | None
    effect: Effect
    missed: str
    wanted: tuple[str, ...]
    conditions: tuple[ConditionOutcome, ...]

    @property
    def matched(self) -> bool:
        """Whether it matched, and so took part in the decision."""
        return not self.missed


def match_statements(request: Request, policies: PolicySet) -> tuple[StatementMatch, ...]:
    """Every statement that matched and, where no Allow of a layer did, the Allows that one element kept out."""
    facts = Facts.of(request, policies)
    return tuple(
        match for layer, groups in _groups(policies) for group in groups for match in _of_group(facts, layer, group)
    )


def _groups(policies: PolicySet) -> Iterator[tuple[Layer, Sequence[Sequence[CompiledPolicy]]]]:
    """The policies of each layer; those of one group add up."""
    yield Layer.IDENTITY, (policies.identity,)
    yield Layer.RESOURCE, ((policies.resource,) if policies.resource else (),)
    yield Layer.SCP, policies.scps
    yield Layer.RCP, policies.rcps
    yield Layer.PERMISSIONS_BOUNDARY, (policies.permissions_boundary,)
    yield Layer.SESSION, (policies.session or (),)
    yield Layer.VPC_ENDPOINT, (policies.vpc_endpoint,)


def _of_group(facts: Facts, layer: Layer, group: Sequence[CompiledPolicy]) -> list[StatementMatch]:
    statements = (each for policy in group for each in policy.statements if each.means_action(facts.action))
    found = [match for statement in statements if (match := _match(facts, layer, statement))]
    allowed = any(match.matched and match.effect is Effect.ALLOW for match in found)
    return [match for match in found if match.matched or not (allowed or match.effect is Effect.DENY)]


def _match(facts: Facts, layer: Layer, statement: CompiledStatement) -> StatementMatch | None:
    """The statement against the request; None when more than one element keeps it out."""
    source = statement.source
    conditions = _conditions(facts, statement)
    checks = {
        "NotPrincipal" if source.not_principal else "Principal": bool(facts.reach(statement)),
        "NotResource" if source.not_resource else "Resource": statement.means_resource is None
        or statement.means_resource(facts.resource, facts.context),
        "Condition": all(condition.holds for condition in conditions),
    }
    missed = [element for element, matches in checks.items() if not matches]
    if len(missed) > 1:
        return None
    return StatementMatch(
        layer=layer,
        policy=statement.policy,
        index=source.index,
        sid=source.sid,
        effect=source.effect,
        missed="".join(missed),
        wanted=_wanted(source, "".join(missed)),
        conditions=conditions,
    )


def _wanted(source: Statement, missed: str) -> tuple[str, ...]:
    if missed.endswith("Resource"):
        return source.resources
    return source.principals.names if missed.endswith("Principal") and source.principals else ()


def _conditions(facts: Facts, statement: CompiledStatement) -> tuple[ConditionOutcome, ...]:
    return tuple(
        ConditionOutcome(
            source.operator, source.key, source.values, _values(facts, source.key), holds=test(facts.context)
        )
        for source, test in zip(statement.source.conditions, statement.conditions, strict=True)
    )


def _values(facts: Facts, key: str) -> tuple[str, ...] | None:
    actual = facts.context.get(key.lower())
    return (actual,) if isinstance(actual, str) else tuple(actual) if actual else None
