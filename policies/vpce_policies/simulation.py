"""One authorization case as a line of JSON in, its decision as a line of JSON out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from math import isfinite

from vpce_policies.compiler import CompiledPolicy, compile_policy
from vpce_policies.document import PolicyKind
from vpce_policies.errors import MalformedPolicy
from vpce_policies.evaluation import evaluate
from vpce_policies.json_text import Json, JsonError, Number, read_json
from vpce_policies.matching import ConditionOutcome, StatementMatch
from vpce_policies.request import PolicySet, Request
from vpce_policies.validation import parse_json

Case = Mapping[str, Json]
"""A case: see docs/policy-language.md."""

_FIELDS = (
    "id", "request", "identity_policies", "resource_policy", "vpc_endpoint_policies", "permissions_boundaries",
    "session_policy", "scps", "rcps",
)  # fmt: skip
_NOTES = frozenset({"group", "tags", "expected"})
"""Fields that say something about a case, and nothing of what it asks."""
_REQUEST_FIELDS = ("action", "resource", "resource_account", "principal", "context")


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
        case = _mapping(read_json(line if isinstance(line, str) else line.decode("utf-8-sig")), "a case")
        return _decide(case)
    except MalformedPolicy as error:
        return {"id": _told(case.get("id")), "error": f"{error.path or 'policy'}: {error.detail}"}
    except JsonError as error:
        return {"id": None, "error": f"{error} at line {error.line}, column {error.column}."}
    except ValueError as error:
        return {"id": _told(case.get("id")), "error": str(error)}


def _told(value: Json) -> object:
    """What was read, as it is written again; numbers are numbers again."""
    if isinstance(value, Number):
        number = json.loads(value)
        return number if isfinite(number) else str(value)
    if isinstance(value, Mapping):
        return {key: _told(each) for key, each in value.items()}
    return value if isinstance(value, str) or not isinstance(value, Sequence) else [_told(each) for each in value]


def simulate_line(line: str | bytes) -> str:
    """Decide one case, as `simulate` does, and answer in JSON without line breaks."""
    return json.dumps(simulate(line))


class _UnreadableCase(ValueError):
    """A case that does not have the documented form."""


def _known(case: Case, fields: Sequence[str], where: str) -> None:
    """Refuse a field that reads like one of those that there are: passing it over would decide another case."""
    for name in case:
        near = None if name in fields or name in _NOTES else _similar(name, fields)
        if near:
            raise _UnreadableCase(f"unknown field {where}{name}: is it {near}?")


@lru_cache(maxsize=256)
def _similar(name: str, fields: Sequence[str]) -> str | None:
    return next(iter(get_close_matches(name[:64].lower(), fields, n=1, cutoff=0.75)), None)


def _decide(case: Case) -> dict[str, object]:
    _known(case, _FIELDS, "")
    decision = evaluate(_request(case), _policies(case))
    return {
        "id": _told(case.get("id")),
        "decision": decision.verdict,
        "same_account": decision.same_account,
        "layers": decision.layers,
        "statements": [_statement(match) for match in decision.statements],
    }


def _statement(match: StatementMatch) -> dict[str, object]:
    told: dict[str, object] = {
        "layer": match.layer,
        "level": match.level,
        "policy": match.policy,
        "statement": match.index,
        "sid": match.sid,
        "effect": match.effect,
        "matched": match.matched,
    }
    if match.missed:
        told["missed"] = [miss.element for miss in match.missed]
        told["wanted"] = {miss.element: miss.wanted for miss in match.missed if miss.wanted}
        told["conditions"] = [_condition(each) for each in match.conditions if not each.holds]
    return told


def _condition(outcome: ConditionOutcome) -> dict[str, object]:
    return {"operator": outcome.operator, "key": outcome.key, "wanted": outcome.wanted, "actual": outcome.actual}


def _request(case: Case) -> Request:
    request = _mapping(case.get("request"), "request")
    _known(request, _REQUEST_FIELDS, "request.")
    principal = request.get("principal")
    context = _mapping(request.get("context", {}), "request.context")
    if principal is not None and (not isinstance(principal, str) or isinstance(principal, Number)):
        raise _UnreadableCase("request.principal must be a string or null.")
    return Request(
        action=_text(request, "action"),
        resource=_text(request, "resource"),
        resource_account=_text(request, "resource_account"),
        principal=principal,
        context={key: _context_value(key, value) for key, value in context.items()},
    )


def _context_value(key: str, value: Json) -> str | Sequence[str]:
    values = [value] if isinstance(value, str) else value
    if isinstance(values, list) and all(isinstance(each, str) and not isinstance(each, Number) for each in values):
        return value if isinstance(value, str) else values
    raise _UnreadableCase(f"request.context: {key} must be a string or a list of strings.")


def _text(request: Case, name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str) or isinstance(value, Number):
        raise _UnreadableCase(f"request.{name} must be a string.")
    return value


def _mapping(value: Json, name: str) -> Case:
    if not isinstance(value, Mapping):
        raise _UnreadableCase(f"{name} must be a JSON object.")
    return value


def _policies(case: Case) -> PolicySet:
    resource, session = case.get("resource_policy"), case.get("session_policy")
    return PolicySet(
        identity=_several(case, "identity_policies", PolicyKind.IDENTITY),
        resource=None if resource is None else _compile("resource policy", PolicyKind.RESOURCE, resource),
        vpc_endpoint=_several(case, "vpc_endpoint_policies", PolicyKind.VPC_ENDPOINT),
        permissions_boundary=_several(case, "permissions_boundaries", PolicyKind.PERMISSIONS_BOUNDARY),
        session=None if session is None else (_compile("session policy", PolicyKind.SESSION, session),),
        scps=_levels(case, "scps", PolicyKind.SCP),
        rcps=_levels(case, "rcps", PolicyKind.RCP),
    )


def _several(case: Case, name: str, kind: PolicyKind) -> tuple[CompiledPolicy, ...]:
    return _all(_list(case.get(name), name), name, kind)


def _levels(case: Case, name: str, kind: PolicyKind) -> tuple[tuple[CompiledPolicy, ...], ...]:
    levels = _list(case.get(name), name)
    return tuple(_all(_list(level, name), f"{name}[{i}]", kind) for i, level in enumerate(levels))


def _all(documents: Sequence[Json], name: str, kind: PolicyKind) -> tuple[CompiledPolicy, ...]:
    return tuple(_compile(f"{name}[{i}]", kind, each) for i, each in enumerate(documents))


def _list(value: Json, name: str) -> Sequence[Json]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise _UnreadableCase(f"{name} must be a JSON list.")
    return value


@dataclass(frozen=True, slots=True)
class _Source:
    """A document, known again by its text."""

    text: str
    document: Json = field(compare=False)


def _compile(name: str, kind: PolicyKind, document: Json) -> CompiledPolicy:
    return _compiled(name, kind, _Source(repr(document), document))


@lru_cache(maxsize=512)
def _compiled(name: str, kind: PolicyKind, source: _Source) -> CompiledPolicy:
    return compile_policy(parse_json(source.document, kind, stored=True), name=name)
