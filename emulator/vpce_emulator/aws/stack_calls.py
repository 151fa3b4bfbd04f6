"""What CloudFormation calls to make, change and delete a resource of a stack, by the resource's type.

Each call is authorized as the caller's own would be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
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
        condition = words.pop(0) if words[0][0] in "?*+-" else ""
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


TAGGED: Final = frozenset(
    resource_type
    for resource_type, rows in _ROWS.items()
    if any(value.rpartition(":")[2] == "Tags" for row in rows for _, value in row.parameters)
)
"""The types of resources that have tags, in a property of that name."""


def with_stack_tags(tags: Any, of_stack: Mapping[str, str]) -> Any:  # noqa: ANN401 - as templates have them
    """Return a resource's tags with those of its stack, in the form in which the template has them: pairs, or a map.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html, "Tags"
    """
    if isinstance(tags, Mapping):
        return {**of_stack, **tags}
    own = list(tags or ())
    named = {tag.get("Key") for tag in own if isinstance(tag, Mapping)}
    return [*own, *({"Key": key, "Value": value} for key, value in of_stack.items() if key not in named)]


def calls_of(verb: str, resource: Resource) -> tuple[StackCall, ...]:
    """Return the calls that CloudFormation makes; none of a type that is not in `TYPES`.

    Args:
        verb: `create`, `update` or `delete`.
        resource: what it works on.
    """
    rows = _ROWS.get(resource.type, ())
    calls = tuple(call for row in rows if verb in row.verbs for call in _calls(row, verb, resource))
    return (*_calls_that_take_away(rows, resource), *calls) if verb == "update" else calls


def _calls_that_take_away(rows: tuple[_Row, ...], resource: Resource) -> Iterator[StackCall]:
    """Yield what takes away the items of lists that an update leaves out."""
    for row in rows:
        if "delete" in row.verbs and row.condition.startswith("*"):
            kept = [call.parameters for call in _each_call(row, resource)]
            yield from (call for call in _each_call(row, _as_it_was(resource)) if call.parameters not in kept)


def _calls(row: _Row, verb: str, resource: Resource) -> Iterator[StackCall]:
    if row.condition.startswith("*"):
        made = [call.parameters for call in _each_call(row, _as_it_was(resource))] if verb == "update" else []
        yield from (call for call in _each_call(row, resource) if call.parameters not in made)
    elif not row.condition or _holds(row.condition, verb, resource):
        yield _call(row, None, resource)


def _as_it_was(resource: Resource) -> Resource:
    return replace(resource, properties=resource.before)


def _holds(condition: str, verb: str, resource: Resource) -> bool:
    """Return whether a property is there, or, in an update, is another than before."""
    path = condition[1:]
    now, was = _at(path, resource.properties), _at(path, resource.before)
    there = {"?": True, "+": now is not None, "-": now is None}[condition[0]]
    return there and now != was if verb == "update" else now is not None


def _each_call(row: _Row, resource: Resource) -> Iterator[StackCall]:
    items = _at(row.condition[1:], resource.properties)
    return (_call(row, item, resource) for item in (items if isinstance(items, list) else ()))


def _call(row: _Row, each: Any, resource: Resource) -> StackCall:  # noqa: ANN401 - an item of a list, or None
    topic = each or resource.properties.get("TopicArn")
    known = {"each": each, **_own(resource), "default-topic-policy": _default_topic_policy(topic, resource.account_id)}
    given = {name: _value(expression, known, resource.properties) for name, expression in row.parameters}
    conditions = {name: str(value) for name, value in given.items() if value is not None and ":" in name}
    parameters: dict[str, Any] = {}
    for name, value in given.items():
        if value is not None and name not in conditions:
            _put(parameters, name, value)
    return StackCall(row.service, row.operation, parameters, conditions)


def _put(parameters: dict[str, Any], path: str, value: Any) -> None:  # noqa: ANN401 - any
    """Set a parameter; a dotted name is a member of a structure, or a key of a map."""
    *outer, name = path.split(".")
    for each in outer:
        parameters = parameters.setdefault(each, {})
    parameters[name] = value


def _default_topic_policy(topic: Any, account_id: str) -> Mapping[str, Any]:  # noqa: ANN401 - a topic's ARN, if it is one
    """Return the policy that a topic has as long as nobody gives it another.

    https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
    """
    verbs = "GetTopicAttributes SetTopicAttributes AddPermission RemovePermission DeleteTopic Subscribe"
    actions = [f"SNS:{verb}" for verb in (*verbs.split(), "ListSubscriptionsByTopic", "Publish")]
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": actions,
        "Resource": topic,
        "Condition": {"StringEquals": {"AWS:SourceOwner": account_id}},
    }
    return {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}


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
    kind, _, tags = expression.rpartition(":")
    if kind:
        found = _at(tags, properties)
        return [{"ResourceType": kind, "Tags": found}] if found else None
    named = _BRACES.fullmatch(expression)
    return _at(named[1], known) if named else _at(expression, properties)


def _at(path: str, node: Any) -> Any:  # noqa: ANN401 - any
    """Return what is at a path of names; None where there is nothing."""
    for name in path.split("."):
        node = node.get(name) if isinstance(node, Mapping) else None
    return node
