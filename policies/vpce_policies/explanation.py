"""A decision in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vpce_policies.decision import Decision
from vpce_policies.document import Effect
from vpce_policies.layers import Layer, LayerVerdict, Verdict
from vpce_policies.matching import ConditionOutcome, StatementMatch
from vpce_policies.operators import find_operator

_HEADINGS = {
    Verdict.ALLOWED: "Allowed: {who} may perform {action} on {resource}.",
    Verdict.IMPLICITLY_DENIED: "Denied: {who} may not perform {action} on {resource}; nothing forbids it, but not all "
    "that has to allows it.",
    Verdict.EXPLICITLY_DENIED: "Denied: {who} may not perform {action} on {resource}; it is explicitly forbidden.",
}


def explain(decision: Decision) -> str:
    """Say what was decided and which statements decided it, one sentence a line.

    Conditions are told with the wanted and the actual value.
    """
    request = decision.request
    who = request.principal or "an anonymous caller"
    heading = _HEADINGS[decision.verdict].format(who=who, action=request.action, resource=request.resource)
    return "\n".join([heading, *_reasons(decision)])


def _reasons(decision: Decision) -> Iterator[str]:
    if decision.verdict is Verdict.EXPLICITLY_DENIED:
        yield from (_denial(match) for match in _matches(decision, decision.denied_by, Effect.DENY))
    elif decision.verdict is Verdict.IMPLICITLY_DENIED:
        for layer in decision.causes:
            yield from _lack(decision, layer)
    else:
        yield from (_grant(match) for match in _matches(decision, tuple(Layer), Effect.ALLOW))
        yield from _unwritten(decision)


def _matches(decision: Decision, layers: Sequence[Layer], effect: Effect) -> Iterator[StatementMatch]:
    return (each for each in decision.statements if each.matched and each.effect is effect and each.layer in layers)


def _denial(match: StatementMatch) -> str:
    return f"{_name(match)} denies it{_because(match.conditions)}."


def _grant(match: StatementMatch) -> str:
    return f"{_name(match)} allows it{_because(match.conditions)}."


def _unwritten(decision: Decision) -> Iterator[str]:
    """What allows without a statement: the root user's own rights."""
    allowed = decision.layers[Layer.IDENTITY] is LayerVerdict.ALLOWED
    if allowed and not any(_matches(decision, (Layer.IDENTITY,), Effect.ALLOW)):
        yield "The root user of an account may do everything in it."


def _lack(decision: Decision, layer: Layer) -> Iterator[str]:
    action = decision.request.action
    if decision.layers[layer] is LayerVerdict.NOT_APPLICABLE:
        yield f"The resource is account {decision.request.resource_account}'s and has no {layer.policy_type}."
        return
    if layer is Layer.SCP and len(decision.policies.scps) > 1:
        yield f"Not every level of the organization has a {layer.policy_type} that allows {action}."
    else:
        yield f"No {layer.policy_type} allows {action}."
    if layer is Layer.IDENTITY and decision.layers[Layer.RESOURCE] is LayerVerdict.ALLOWED_FOR_ACCOUNT:
        yield "The resource-based policy names just the account, which leaves it to identity-based policies."
    for match in decision.statements:
        if match.layer is layer and match.effect is Effect.ALLOW and not match.matched:
            yield f"{_name(match)} would allow it, but {_missed(match)}."


def _missed(match: StatementMatch) -> str:
    if match.missed != "Condition":
        return f"its {match.missed} element lists {_listed(match.wanted)}"
    return " and ".join(_outcome(each) for each in match.conditions if not each.holds)


def _because(conditions: Sequence[ConditionOutcome]) -> str:
    return ", because " + " and ".join(map(_outcome, conditions)) if conditions else ""


def _outcome(condition: ConditionOutcome) -> str:
    actual = "is not in the request" if condition.actual is None else f"is {_listed(condition.actual, ' and ')}"
    meets = "meets" if condition.holds else "fails"
    operator = find_operator(condition.operator)
    none_of = "none of " if operator and operator.base.negated and len(condition.wanted) > 1 else ""
    return f"{condition.key} {actual} and {meets} {condition.operator} {none_of}{_listed(condition.wanted)}"


def _listed(values: Sequence[str], conjunction: str = " or ") -> str:
    return conjunction.join(f'"{value}"' for value in values) or "nothing"


def _name(match: StatementMatch) -> str:
    sid = f' ("{match.sid}")' if match.sid else ""
    return f"{match.policy} ({match.layer.policy_type}): statement {match.index}{sid}"
