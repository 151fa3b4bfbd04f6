"""A decision in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vpce_policies.decision import Decision
from vpce_policies.document import Effect
from vpce_policies.layers import Layer, LayerVerdict, Verdict
from vpce_policies.matching import ConditionOutcome, ElementMiss, StatementMatch, VariableValue
from vpce_policies.operators import find_operator

_HEADINGS = {
    Verdict.ALLOWED: "Allowed: {who} may perform {action} on {resource}.",
    Verdict.IMPLICITLY_DENIED: "Denied: {who} may not perform {action} on {resource}; no policy denies it, but not "
    "every policy that has to allow it does.",
    Verdict.EXPLICITLY_DENIED: "Denied: {who} may not perform {action} on {resource}; it is explicitly forbidden.",
}
# Statements told of one layer that nearly allow: the others are counted.
_TOLD = 5


def explain(decision: Decision) -> str:
    """Say what was decided and which statements decided it, one sentence a line.

    Conditions are told with the wanted and the actual value, and variables with what they stand for. Of what was
    allowed, the Denies are told that nothing but their conditions kept out; of what was not, the Allows that came
    nearest.
    """
    request = decision.request
    who = request.principal or "an anonymous caller"
    heading = _HEADINGS[decision.verdict].format(who=who, action=request.action, resource=request.resource)
    return "\n".join([heading, *_reasons(decision)])


def _reasons(decision: Decision) -> Iterator[str]:
    if decision.verdict is Verdict.EXPLICITLY_DENIED:
        yield from (_denial(match) for match in _matches(decision, decision.denied_by, Effect.DENY))
    elif decision.verdict is Verdict.IMPLICITLY_DENIED:
        yield from _lacks(decision)
    else:
        yield from (_grant(match) for match in _matches(decision, tuple(Layer), Effect.ALLOW))
        yield from _unwritten(decision)
        yield from (_near(match) for match in decision.statements if match.effect is Effect.DENY and not match.matched)


def _matches(decision: Decision, layers: Sequence[Layer], effect: Effect) -> Iterator[StatementMatch]:
    return (each for each in decision.statements if each.matched and each.effect is effect and each.layer in layers)


def _denial(match: StatementMatch) -> str:
    return f"{_name(match)} denies it{_because(match.conditions)}."


def _grant(match: StatementMatch) -> str:
    return f"{_name(match)} allows it{_because(match.conditions)}."


def _near(match: StatementMatch) -> str:
    verb = "allow" if match.effect is Effect.ALLOW else "deny"
    return f"{_name(match)} would {verb} it, but {_missed(match)}."


def _unwritten(decision: Decision) -> Iterator[str]:
    """What allows without a statement: the root user's own rights."""
    allowed = decision.layers[Layer.IDENTITY] is LayerVerdict.ALLOWED
    if allowed and not any(_matches(decision, (Layer.IDENTITY,), Effect.ALLOW)):
        yield "The root user of an account may do everything in it."


def _lacks(decision: Decision) -> Iterator[str]:
    causes = decision.causes
    # In one account either policy suffices, so both stand in the way only where neither allows.
    either = (
        decision.same_account and decision.policies.account_suffices and {Layer.IDENTITY, Layer.RESOURCE} <= {*causes}
    )
    if either:
        action = decision.request.action
        yield f"Neither an identity-based policy nor the resource-based policy allows {action}; one of them has to."
    for layer in causes:
        if not (either and layer in (Layer.IDENTITY, Layer.RESOURCE)):
            yield from _lack(decision, layer)
        yield from _nearest(decision, layer)


def _lack(decision: Decision, layer: Layer) -> Iterator[str]:
    action = decision.request.action
    if decision.layers[layer] is LayerVerdict.NOT_APPLICABLE:
        yield f"The resource is account {decision.request.resource_account}'s and has no {layer.policy_type}."
    elif layer is Layer.SCP:
        yield from _lacking_levels(decision)
    elif layer is Layer.IDENTITY and not decision.policies.identity:
        yield "The caller has no identity-based policy."
    else:
        yield f"No {layer.policy_type} allows {action}."
    if layer is Layer.IDENTITY and decision.layers[Layer.RESOURCE] is LayerVerdict.ALLOWED_FOR_ACCOUNT:
        yield "The resource-based policy names just the account, which leaves it to identity-based policies."


def _lacking_levels(decision: Decision) -> Iterator[str]:
    """Every level of an organization has to allow, and each that does not is told."""
    levels = decision.policies.scps
    allowing = {match.level for match in _matches(decision, (Layer.SCP,), Effect.ALLOW)}
    for level, attached in enumerate(levels):
        if level not in allowing:
            place = f" at level {level + 1} of {len(levels)} of the organization" if len(levels) > 1 else ""
            names = f" ({', '.join(policy.name for policy in attached)})" if attached else ""
            yield f"No {Layer.SCP.policy_type}{place}{names} allows {decision.request.action}."


def _nearest(decision: Decision, layer: Layer) -> Iterator[str]:
    near = [
        match
        for match in decision.statements
        if match.layer is layer and match.effect is Effect.ALLOW and not match.matched
    ]
    yield from map(_near, near[:_TOLD])
    if len(near) > _TOLD:
        yield f"{len(near) - _TOLD} more statements come as near."


def _missed(match: StatementMatch) -> str:
    return " and ".join(
        " and ".join(_outcome(each) for each in match.conditions if not each.holds)
        if miss.element == "Condition"
        else _element(miss)
        for miss in match.missed
    )


def _element(miss: ElementMiss) -> str:
    return f"its {miss.element} element lists {_listed(miss.wanted)}{_variables(miss.variables)}"


def _because(conditions: Sequence[ConditionOutcome]) -> str:
    return ", because " + " and ".join(map(_outcome, conditions)) if conditions else ""


def _outcome(condition: ConditionOutcome) -> str:
    meets = "meets" if condition.holds else "fails"
    operator = find_operator(condition.operator)
    none_of = "none of " if operator and operator.base.negated and len(condition.wanted) > 1 else ""
    wanted = f"{none_of}{_listed(condition.wanted)}{_variables(condition.variables)}"
    return f"{condition.key} {_actual(condition.actual)} and {meets} {condition.operator} {wanted}"


def _actual(values: Sequence[str] | None) -> str:
    return "is not in the request" if values is None else f"is {_listed(values, ' and ')}"


def _variables(variables: Sequence[VariableValue]) -> str:
    told = " and ".join(f"{each.key} {_actual(each.actual)}{_stands_for(each)}" for each in variables)
    return f" (where {told})" if told else ""


def _stands_for(variable: VariableValue) -> str:
    if variable.actual is None:
        return f', so that "{variable.default}" stands for it' if variable.default is not None else ""
    return ", and a variable cannot stand for several values" if len(variable.actual) > 1 else ""


def _listed(values: Sequence[str], conjunction: str = " or ") -> str:
    return conjunction.join(f'"{value}"' for value in values) or "nothing"


def _name(match: StatementMatch) -> str:
    sid = f' ("{match.sid}")' if match.sid else ""
    return f"{match.policy} ({match.layer.policy_type}): statement {match.index}{sid}"
