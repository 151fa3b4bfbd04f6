"""One authorization case as a line of JSON in, its decision as a line of JSON out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from vpce_policies.compiler import CompiledPolicy, compile_policy
from vpce_policies.document import PolicyKind
from vpce_policies.errors import MalformedPolicy
from vpce_policies.evaluation import evaluate
from vpce_policies.matching import ConditionOutcome, StatementMatch
from vpce_policies.request import PolicySet, Request
from vpce_policies.validation import parse_policy

Case = Mapping[str, Any]
"""A case: see docs/policy-language.md. JSON has no narrower type; what is read from it is checked where it is read."""


def simulate(line: str | bytes) -> Mapping[str, object]:
    """Decide one case.

    Args:
        line: A JSON object with `id`, `request` (`action`, `resource`, `resource_account`, `principal`, `context`) and
            the policies: `identity_policies`, `resource_policy`, `vpc_endpoint_policies`, `permissions_boundaries`,
            `session_policy`, `scps`, `rcps`. All but `request` may be left out. Bytes are UTF-8.

    Returns:
        `id`, `decision`, `same_account`, `layers` and `statements`; or `id` and `error` when the case cannot be read.
    """
    case: Case = {}
    try:
        case = _mapping(json.loads(line), "a case")
        return _decide(case)
    except MalformedPolicy as error:
        return {"id": case.get("id"), "error": f"{error.path or 'policy'}: {error.detail}"}
    except (ValueError, RecursionError) as error:
        return {"id": case.get("id"), "error": str(error)}


def simulate_line(line: str | bytes) -> str:
    """Decide one case, as `simulate` does, and answer in JSON without line breaks."""
    return json.dumps(simulate(line))


class _UnreadableCase(ValueError):
    """A case that does not have the documented form."""


def _decide(case: Case) -> dict[str, object]:
    decision = evaluate(_request(case), _policies(case))
    return {
        "id": case.get("id"),
        "decision": decision.verdict,
        "same_account": decision.same_account,
        "layers": decision.layers,
        "statements": [_statement(match) for match in decision.statements],
    }


def _statement(match: StatementMatch) -> dict[str, object]:
    told: dict[str, object] = {
        "layer": match.layer,
        "policy": match.policy,
        "statement": match.index,
        "sid": match.sid,
        "effect": match.effect,
        "matched": match.matched,
    }
    if match.missed:
        told["missed"] = match.missed
        told["conditions"] = [_condition(each) for each in match.conditions if not each.holds]
    return told


def _condition(outcome: ConditionOutcome) -> dict[str, object]:
    return {"operator": outcome.operator, "key": outcome.key, "wanted": outcome.wanted, "actual": outcome.actual}


def _request(case: Case) -> Request:
    request = _mapping(case.get("request"), "request")
    principal = request.get("principal")
    context = _mapping(request.get("context", {}), "request.context")
    if principal is not None and not isinstance(principal, str):
        raise _UnreadableCase("request.principal must be a string or null.")
    return Request(
        action=_text(request, "action"),
        resource=_text(request, "resource"),
        resource_account=_text(request, "resource_account"),
        principal=principal,
        context={key: _context_value(key, value) for key, value in context.items()},
    )


def _context_value(key: str, value: object) -> str | Sequence[str]:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value
    raise _UnreadableCase(f"request.context: {key} must be a string or a list of strings.")


def _text(request: Case, name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str):
        raise _UnreadableCase(f"request.{name} must be a string.")
    return value


def _mapping(value: object, name: str) -> Case:
    if not isinstance(value, Mapping):
        raise _UnreadableCase(f"{name} must be a JSON object.")
    return value


def _policies(case: Case) -> PolicySet:
    resource, session = case.get("resource_policy"), case.get("session_policy")
    return PolicySet(
        identity=_several(case, "identity_policies", PolicyKind.IDENTITY),
        resource=None if resource is None else _compiled("resource policy", PolicyKind.RESOURCE, json.dumps(resource)),
        vpc_endpoint=_several(case, "vpc_endpoint_policies", PolicyKind.VPC_ENDPOINT),
        permissions_boundary=_several(case, "permissions_boundaries", PolicyKind.PERMISSIONS_BOUNDARY),
        session=None if session is None else (_compiled("session policy", PolicyKind.SESSION, json.dumps(session)),),
        scps=_levels(case, "scps", PolicyKind.SCP),
        rcps=_levels(case, "rcps", PolicyKind.RCP),
    )


def _several(case: Case, name: str, kind: PolicyKind) -> tuple[CompiledPolicy, ...]:
    return _all(_list(case.get(name), name), name, kind)


def _levels(case: Case, name: str, kind: PolicyKind) -> tuple[tuple[CompiledPolicy, ...], ...]:
    levels = _list(case.get(name), name)
    return tuple(_all(_list(level, name), f"{name}[{i}]", kind) for i, level in enumerate(levels))


def _all(documents: Sequence[object], name: str, kind: PolicyKind) -> tuple[CompiledPolicy, ...]:
    return tuple(_compiled(f"{name}[{i}]", kind, json.dumps(each)) for i, each in enumerate(documents))


def _list(value: object, name: str) -> Sequence[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise _UnreadableCase(f"{name} must be a JSON list.")
    return value


@lru_cache(maxsize=8192)
def _compiled(name: str, kind: PolicyKind, text: str) -> CompiledPolicy:
    return compile_policy(parse_policy(text, kind, stored=True), name=name)
