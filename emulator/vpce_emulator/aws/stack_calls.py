"""What CloudFormation calls to make, change and delete a resource of a stack, by the resource's type.

Each call is authorized as the caller's own would be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from vpce_emulator.aws.stack_call_table import TABLE

_BRACES: Final = re.compile(r"\{([^}]+)\}")


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource that CloudFormation works on.

    Attributes:
        type: `AWS::SQS::Queue`.
        name: its own, given by the template or made up.
        id: its physical id; empty as long as there is none.
        account_id: where it is.
        region: where it is.
        properties: as the template has them, with every function resolved.
        before: as they were, when it is changed.
    """

    type: str
    name: str
    account_id: str
    region: str
    properties: Mapping[str, Any]
    id: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StackCall:
    """A call that CloudFormation makes: botocore's names of service and operation, and the parameters that are known.

    The values are those of the template: texts may stand for numbers, and tags be a list where a map is wanted. The
    condition keys are those of a resource that there is not yet as the call is asked for.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    conditions: Mapping[str, str] = field(default_factory=dict)


class _Row(NamedTuple):
    verbs: tuple[str, ...]
    condition: str
    service: str
    operation: str
    parameters: tuple[tuple[str, str], ...]


def _rows() -> Iterator[tuple[str, _Row]]:
    resource_type = ""
    for line in filter(None, TABLE.replace("\n    ", " ").split("\n")):
        if not line.startswith(" "):
            resource_type = line
            continue
        verb, *words = line.split()
        condition = words.pop(0) if words[0][0] in "?*" else ""
        service, _, operation = words[0].partition(".")
        verbs = ("create", "update") if verb == "set" else (verb,)
        parameters = tuple((name, value) for name, _, value in (word.partition("=") for word in words[1:]))
        yield resource_type, _Row(verbs, condition, service, operation, parameters)


def _table() -> Mapping[str, tuple[_Row, ...]]:
    table: dict[str, tuple[_Row, ...]] = {}
    for resource_type, row in _rows():
        table[resource_type] = (*table.get(resource_type, ()), row)
    return MappingProxyType(table)


_ROWS: Final = _table()

TYPES: Final = frozenset(_ROWS)
"""The types of resources whose calls are known."""


def calls_of(verb: str, resource: Resource) -> tuple[StackCall, ...]:
    """Return the calls that CloudFormation makes; none of a type that is not in `TYPES`.

    Args:
        verb: `create`, `update` or `delete`.
        resource: what it works on.
    """
    return tuple(
        call for row in _ROWS.get(resource.type, ()) if verb in row.verbs for call in _calls(row, verb, resource)
    )


def _calls(row: _Row, verb: str, resource: Resource) -> Iterator[StackCall]:
    for each in _occasions(row.condition, verb, resource):
        known = {"each": each, **_own(resource)}
        given = {name: _value(expression, known, resource.properties) for name, expression in row.parameters}
        parameters = {name: value for name, value in given.items() if value is not None and ":" not in name}
        conditions = {name: str(value) for name, value in given.items() if value is not None and ":" in name}
        yield StackCall(row.service, row.operation, parameters, conditions)


def _occasions(condition: str, verb: str, resource: Resource) -> tuple[Any, ...]:
    """Return what a row is about, one by one: nothing where its condition does not hold, each item of a list."""
    if not condition:
        return (None,)
    now, was = (_at(condition[1:], properties) for properties in (resource.properties, resource.before))
    if condition[0] == "?":
        return (None,) if (now != was if verb == "update" else now is not None) else ()
    items = now if isinstance(now, list) else []
    had = was if isinstance(was, list) and verb == "update" else []
    return tuple(item for item in items if item not in had)


def _own(resource: Resource) -> Mapping[str, Any]:
    """Return what values in braces may name beside properties."""
    place = f"{resource.region}:{resource.account_id}"
    properties = resource.properties
    managed = properties.get("ManagedPolicyName") or resource.name
    return {
        "name": resource.name,
        "id": resource.id,
        "machine": properties.get("StateMachineName") or resource.name,
        "managed-policy": managed,
        "managed-policy-arn": f"arn:aws:iam::{resource.account_id}:policy{properties.get('Path') or '/'}{managed}",
        "table": f"arn:aws:dynamodb:{place}:table/{resource.name}",
        "topic": f"arn:aws:sns:{place}:{resource.name}",
    }


def _value(expression: str, known: Mapping[str, Any], properties: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any
    """Return the value of a parameter; None for what is not there."""
    if expression.startswith("'"):
        return expression.strip("'")
    named = _BRACES.fullmatch(expression)
    return _at(named[1], known) if named else _at(expression, properties)


def _at(path: str, node: Any) -> Any:  # noqa: ANN401 - any
    """Return what is at a path of names; None where there is nothing."""
    for name in path.split("."):
        node = node.get(name) if isinstance(node, Mapping) else None
    return node
