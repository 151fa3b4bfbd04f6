"""DynamoDB's own condition keys: which action has which, and what a request sets them to.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html and the Service
Authorization Reference's page on DynamoDB, which lists the keys of each action. A key that the request does not set is
absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from vpce_emulator.aws.lookups import Lookups

Json = Mapping[str, Any]
Value = str | tuple[str, ...]

LEADING_KEYS = "dynamodb:LeadingKeys"
ATTRIBUTES = "dynamodb:Attributes"
SELECT = "dynamodb:Select"
RETURN_VALUES = "dynamodb:ReturnValues"
CAPACITY = "dynamodb:ReturnConsumedCapacity"

KEYS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "dynamodb:GetItem": frozenset({LEADING_KEYS, ATTRIBUTES, SELECT, CAPACITY}),
        "dynamodb:BatchGetItem": frozenset({LEADING_KEYS, ATTRIBUTES, SELECT, CAPACITY}),
        "dynamodb:PutItem": frozenset({LEADING_KEYS, ATTRIBUTES, RETURN_VALUES, CAPACITY}),
        "dynamodb:UpdateItem": frozenset({LEADING_KEYS, ATTRIBUTES, RETURN_VALUES, CAPACITY}),
        "dynamodb:DeleteItem": frozenset({LEADING_KEYS, ATTRIBUTES, RETURN_VALUES, CAPACITY}),
        "dynamodb:ConditionCheckItem": frozenset({LEADING_KEYS, ATTRIBUTES, RETURN_VALUES, CAPACITY}),
        "dynamodb:BatchWriteItem": frozenset({LEADING_KEYS, ATTRIBUTES, CAPACITY}),
        "dynamodb:Query": frozenset({LEADING_KEYS, ATTRIBUTES, SELECT, RETURN_VALUES, CAPACITY}),
        "dynamodb:Scan": frozenset({ATTRIBUTES, SELECT, RETURN_VALUES, CAPACITY}),
    }
)
_TAGGING = frozenset({"dynamodb:CreateTable", "dynamodb:TagResource"})

# Members of an input whose text is an expression, whose keys are attribute names, and whose entries are.
_EXPRESSIONS = (
    "ProjectionExpression",
    "KeyConditionExpression",
    "FilterExpression",
    "ConditionExpression",
    "UpdateExpression",
)
_ATTRIBUTE_MAPS = ("Key", "Item", "AttributeUpdates", "Expected", "KeyConditions", "QueryFilter", "ScanFilter")
_ATTRIBUTE_LISTS = ("AttributesToGet",)

# The start of a document path in an expression: not a value (`:v`), not a further step of a path, not a function.
_PATH = re.compile(r"(?<![\w:#.\-])(#?[A-Za-z_][\w\-]*)(?![\w\-]*\s*\()")
_KEYWORDS = frozenset({"and", "or", "not", "between", "in", "set", "remove", "add", "delete"})
_EQUALITY = re.compile(r"(#?[\w.\-]+)\s*=\s*(:[\w\-]+)")


def request_context(action: str, given: Json, resource: str, lookups: Lookups) -> Mapping[str, Value]:
    """Return the condition keys of an action on one table or index.

    Args:
        action: `dynamodb:PutItem`.
        given: the operation's input, or a transaction's part of it.
        resource: the ARN of the table or index.
        lookups: what is known of the data.
    """
    if action in _TAGGING:
        return _tags(given.get("Tags") or ())
    if action == "dynamodb:UntagResource":
        return {"aws:TagKeys": tuple(given.get("TagKeys") or ())}
    if action not in KEYS:
        return {}
    items = [item for item in (given.get("Key"), given.get("Item")) if item]
    return context_of_items(action, given, items, resource, lookups, given)


def context_of_items(
    action: str, given: Json, items: Iterable[Json], resource: str, lookups: Lookups, whole: Json
) -> dict[str, Value]:
    """Return the condition keys of an action on items of one table.

    Args:
        action: `dynamodb:BatchGetItem`.
        given: the part of the input about this table.
        items: the items or their keys.
        resource: the table's ARN.
        lookups: what is known of the data.
        whole: the whole input, which says what to return.
    """
    context: dict[str, Value] = {}
    keys = KEYS[action]
    items = list(items)
    if LEADING_KEYS in keys:
        leading = _leading_keys(given, items, resource, lookups)
        if leading:
            context[LEADING_KEYS] = leading
    attributes = tuple(dict.fromkeys(_attributes(given, items)))
    if attributes:
        context[ATTRIBUTES] = attributes
    if SELECT in keys:
        context[SELECT] = _select(given)
    if RETURN_VALUES in keys and whole.get("ReturnValues"):
        context[RETURN_VALUES] = str(whole["ReturnValues"])
    if whole.get("ReturnConsumedCapacity"):
        context[CAPACITY] = str(whole["ReturnConsumedCapacity"])
    return context


def merged(one: Mapping[str, Value], other: Mapping[str, Value]) -> dict[str, Value]:
    """Return the keys of both; a key with two values has both, each once."""
    result = dict(one)
    for key, value in other.items():
        before = result.get(key)
        if before is None:
            result[key] = value
        elif before != value:
            result[key] = tuple(dict.fromkeys((*_several(before), *_several(value))))
    return result


def _several(value: Value) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _tags(tags: Iterable[Json]) -> dict[str, Value]:
    context: dict[str, Value] = {f"aws:RequestTag/{tag['Key']}": str(tag.get("Value", "")) for tag in tags}
    if context:
        context["aws:TagKeys"] = tuple(key.partition("/")[2] for key in context)
    return context


def _leading_keys(given: Json, items: list[Json], resource: str, lookups: Lookups) -> tuple[str, ...]:
    """Return the partition keys that a request is about; none when the table's key is not known.

    The key of a table without a sort key is a single attribute, and then no look-up is needed.
    """
    known = lookups.table_keys(resource)
    partition_key = known[0] if known else None
    found = [_scalar(item.get(partition_key or _only_name(item))) for item in items]
    found += [_scalar(value) for name, value in _equalities(given) if partition_key in {None, name}]
    if partition_key is None and len(found) > max(1, len(items)):
        return ()  # two equalities in a Query: partition and sort key, and no telling which is which
    return tuple(dict.fromkeys(value for value in found if value is not None))


def _only_name(item: Json) -> str:
    return next(iter(item)) if len(item) == 1 else ""


def _scalar(value: Json | None) -> str | None:
    """Return a key attribute's value, which is a string, a number or base64; None for anything else."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return None
    kind, scalar = next(iter(value.items()))
    return str(scalar) if kind in {"S", "N", "B"} else None


def _equalities(given: Json) -> Iterator[tuple[str, Json | None]]:
    """Yield the attributes of a Query's key condition that must be equal to a value, with the value."""
    for name, condition in (given.get("KeyConditions") or {}).items():
        if condition.get("ComparisonOperator") == "EQ":
            yield name, next(iter(condition.get("AttributeValueList") or ()), None)
    names = given.get("ExpressionAttributeNames") or {}
    values = given.get("ExpressionAttributeValues") or {}
    for name, value in _EQUALITY.findall(given.get("KeyConditionExpression") or ""):
        yield names.get(name, name), values.get(value)


def _attributes(given: Json, items: list[Json]) -> Iterator[str]:
    """Yield the top-level attributes that a request names anywhere."""
    for item in items:
        yield from item
    for member in _ATTRIBUTE_MAPS:
        yield from given.get(member) or ()
    for member in _ATTRIBUTE_LISTS:
        yield from given.get(member) or ()
    names = given.get("ExpressionAttributeNames") or {}
    for member in _EXPRESSIONS:
        for name in _PATH.findall(given.get(member) or ""):
            if name.lower() not in _KEYWORDS:
                yield names.get(name, name)


def _select(given: Json) -> str:
    """Return what a read asks for; where it does not say, the default of the Select parameter's documentation."""
    if given.get("Select"):
        return str(given["Select"])
    if given.get("ProjectionExpression") or given.get("AttributesToGet"):
        return "SPECIFIC_ATTRIBUTES"
    return "ALL_PROJECTED_ATTRIBUTES" if given.get("IndexName") else "ALL_ATTRIBUTES"
