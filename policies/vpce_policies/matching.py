"""Which statements decided, and which nearly did: asked for after the decision, which so costs nothing more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vpce_policies.compiler import CompiledPolicy, CompiledStatement
from vpce_policies.document import Effect
from vpce_policies.layers import Layer
from vpce_policies.patterns import Variable, parse
from vpce_policies.request import Facts, PolicySet, Request

# Elements by which a statement may miss a request and still be worth telling of: with more it is about something else.
_NEAR = 2


@dataclass(frozen=True, slots=True)
class VariableValue:
    """What a policy variable stands for in a request.

    Attributes:
        key: The condition key.
        actual: The request's values; None when the request has no such key.
        default: What the policy gives for a key that is not there; None without a default.
    """

    key: str
    actual: tuple[str, ...] | None
    default: str | None


@dataclass(frozen=True, slots=True)
class ConditionOutcome:
    """One condition key under one operator, against the request.

    Attributes:
        operator: The operator as the policy spells it.
        key: The condition key as the policy spells it.
        wanted: The policy's values, variables not expanded.
        actual: The request's values; None when the request has no such key.
        holds: Whether the condition is met.
        variables: What the variables in the policy's values stand for.
    """

    operator: str
    key: str
    wanted: tuple[str, ...]
    actual: tuple[str, ...] | None
    holds: bool
    variables: tuple[VariableValue, ...] = ()


@dataclass(frozen=True, slots=True)
class ElementMiss:
    """An element that kept a statement from matching.

    Attributes:
        element: `Principal`, `NotPrincipal`, `Action`, `NotAction`, `Resource`, `NotResource` or `Condition`.
        wanted: What it lists, variables not expanded; nothing for Condition, whose outcomes stand by themselves.
        variables: What the variables in it stand for.
    """

    element: str
    wanted: tuple[str, ...] = ()
    variables: tuple[VariableValue, ...] = ()


@dataclass(frozen=True, slots=True)
class StatementMatch:
    """A statement that matched the request, or that all but matched.

    Attributes:
        layer: The layer of its policy.
        level: Of a control policy, the level of the organization that it is attached to, the root being 0; else 0.
        policy: The name of its policy.
        index: Its place in the policy, from 0.
        sid: Its Sid, or None.
        effect: Allow or Deny.
        missed: The elements that kept it out, one or two; none if it matched.
        conditions: Its conditions against the request.
    """

    layer: Layer
    level: int
    policy: str
    index: int
    sid: str | None
    effect: Effect
    missed: tuple[ElementMiss, ...]
    conditions: tuple[ConditionOutcome, ...]

    @property
    def matched(self) -> bool:
        """Whether it matched, and so took part in the decision."""
        return not self.missed


def match_statements(request: Request, policies: PolicySet) -> tuple[StatementMatch, ...]:
    """Every statement that matched, and what came nearest where something could have decided otherwise.

    That is, where no Allow of a layer (or of a level of it) matched, its Allows that the fewest elements kept out; and
    the Denies that nothing but their conditions kept out.
    """
    facts = Facts.of(request, policies)
    return tuple(match for layer, level, group in _groups(policies) for match in _of_group(facts, layer, level, group))


def _groups(policies: PolicySet) -> Iterator[tuple[Layer, int, Sequence[CompiledPolicy]]]:
    """The policies of each layer and level; those of one group add up."""
    yield Layer.IDENTITY, 0, policies.identity
    yield Layer.RESOURCE, 0, (policies.resource,) if policies.resource else ()
    for level, attached in enumerate(policies.scps):
        yield Layer.SCP, level, attached
    for level, attached in enumerate(policies.rcps):
        yield Layer.RCP, level, attached
    yield Layer.PERMISSIONS_BOUNDARY, 0, policies.permissions_boundary
    yield Layer.SESSION, 0, policies.session or ()
    yield Layer.VPC_ENDPOINT, 0, policies.vpc_endpoint


def _of_group(facts: Facts, layer: Layer, level: int, group: Sequence[CompiledPolicy]) -> list[StatementMatch]:
    about = [_match(facts, layer, level, policy, each) for policy, each in _statements(group, facts.action)]
    if any(match.matched and match.effect is Effect.ALLOW for match in about):
        return [match for match in about if match.matched or _is_near_denial(match)]
    near = _nearest(about)
    if not near:
        near = _nearest(
            _match(facts, layer, level, policy, each) for policy, each in _statements(group, facts.action, of=False)
        )
    return [
        match for match in about if match.effect is Effect.DENY and (match.matched or _is_near_denial(match))
    ] + near


def _nearest(matches: Iterable[StatementMatch]) -> list[StatementMatch]:
    """The Allows that the fewest elements kept out."""
    allows = [match for match in matches if match.effect is Effect.ALLOW and len(match.missed) <= _NEAR]
    fewest = min((len(match.missed) for match in allows), default=0)
    return [match for match in allows if len(match.missed) == fewest]


def _statements(
    group: Iterable[CompiledPolicy], action: str, *, of: bool = True
) -> Iterator[tuple[CompiledPolicy, CompiledStatement]]:
    """The statements of some policies that are about an action, or those that are not."""
    for policy in group:
        yield from ((policy, each) for each in policy.statements if each.means_action(action) is of)


def _is_near_denial(match: StatementMatch) -> bool:
    return match.effect is Effect.DENY and [miss.element for miss in match.missed] == ["Condition"]


def _match(
    facts: Facts, layer: Layer, level: int, policy: CompiledPolicy, statement: CompiledStatement
) -> StatementMatch:
    source = statement.source
    conditions = tuple(_conditions(facts, policy, statement))
    return StatementMatch(
        layer=layer,
        level=level,
        policy=statement.policy,
        index=source.index,
        sid=source.sid,
        effect=source.effect,
        missed=tuple(_misses(facts, policy, statement, conditions)),
        conditions=conditions,
    )


def _misses(
    facts: Facts, policy: CompiledPolicy, statement: CompiledStatement, conditions: Iterable[ConditionOutcome]
) -> Iterator[ElementMiss]:
    source = statement.source
    if not statement.reach(facts.caller, bounded=facts.bounded):
        names = source.principals.names if source.principals else ()
        yield ElementMiss("NotPrincipal" if source.not_principal else "Principal", names)
    if not statement.means_action(facts.action):
        yield ElementMiss("NotAction" if source.not_action else "Action", source.actions)
    if statement.means_resource is not None and not statement.means_resource(facts.resource, facts.context):
        element = "NotResource" if source.not_resource else "Resource"
        yield ElementMiss(element, source.resources, _variables(facts, policy, source.resources))
    if not all(condition.holds for condition in conditions):
        yield ElementMiss("Condition")


def _conditions(facts: Facts, policy: CompiledPolicy, statement: CompiledStatement) -> Iterator[ConditionOutcome]:
    for source, test in zip(statement.source.conditions, statement.conditions, strict=True):
        yield ConditionOutcome(
            operator=source.operator,
            key=source.key,
            wanted=source.values,
            actual=_values(facts, source.key),
            holds=test(facts.context),
            variables=_variables(facts, policy, source.values),
        )


def _variables(facts: Facts, policy: CompiledPolicy, texts: Iterable[str]) -> tuple[VariableValue, ...]:
    """What the variables in some texts stand for, each told once."""
    if not policy.document.expands_variables:
        return ()
    pieces = (piece for text in texts if "${" in text for piece in parse(text, variables=True))
    found = (piece for piece in pieces if isinstance(piece, Variable))
    return tuple(dict.fromkeys(VariableValue(each.key, _values(facts, each.key), each.default) for each in found))


def _values(facts: Facts, key: str) -> tuple[str, ...] | None:
    actual = facts.context.get(key.lower())
    return (actual,) if isinstance(actual, str) else tuple(actual) if actual else None
