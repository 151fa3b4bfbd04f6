"""Which IAM actions a DynamoDB operation needs, and on what.

Sources: the Service Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB"
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html), and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html (transactions),
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html (PartiQL).

`DescribeEndpoints` is a row like the others, but needs leave only through a VPC endpoint: on the public path anybody
may call it (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/vpc-endpoints-dynamodb.html).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from vpce_emulator.aws.call import ActionOnResource, Operation, Service
from vpce_emulator.aws.dynamodb_conditions import Value, context_of_items, merged, request_context
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.json_bodies import read_json
from vpce_emulator.aws.lookups import Lookups
from vpce_emulator.aws.partiql import Statement, parse_statement

Json = Mapping[str, Any]

# Operation and what its action, which has its name, is on; operations that are not here are on the table in TableName.
# `table`, `index` (the index in IndexName, else the table), `any-table` (`table/*`), `*`, `global-table`,
# `=Member` (an ARN, taken as it is; `*` where there is none).
_TABLE = """
ListTables                   any-table
DescribeEndpoints            *
DescribeLimits               *
ListBackups                  *
ListContributorInsights      *
ListGlobalTables             *
ListStreams                  *
Query                        index
Scan                         index
SearchVectors                index
DescribeContributorInsights  index
UpdateContributorInsights    index
CreateGlobalTable            global-table
DescribeGlobalTable          global-table
DescribeGlobalTableSettings  global-table
UpdateGlobalTable            global-table
UpdateGlobalTableSettings    global-table
CreateGlobalTable            table-of-global
UpdateGlobalTable            table-of-global
UpdateGlobalTableSettings    table-of-global
DeleteBackup                 =BackupArn
DescribeBackup               =BackupArn
RestoreTableFromBackup       =BackupArn
RestoreTableFromBackup       target
RestoreTableToPointInTime    restored
ExportTableToPointInTime     =TableArn
ListExports                  =TableArn
ListImports                  =TableArn
DescribeExport               =ExportArn
DescribeImport               =ImportArn
ImportTable                  imported
DescribeStream               =StreamArn
GetShardIterator             =StreamArn
GetRecords                   iterated
TagResource                  =ResourceArn
UntagResource                =ResourceArn
ListTagsOfResource           =ResourceArn
GetResourcePolicy            =ResourceArn
PutResourcePolicy            =ResourceArn
DeleteResourcePolicy         =ResourceArn
"""
# A restored table is written and read by the restore, with the caller's leave.
_RESTORING = ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
_RESTORES = frozenset({"RestoreTableFromBackup", "RestoreTableToPointInTime"})

# The parts of TransactWriteItems and the action of each.
_WRITES: Mapping[str, str] = MappingProxyType(
    {
        "ConditionCheck": "dynamodb:ConditionCheckItem",
        "Put": "dynamodb:PutItem",
        "Update": "dynamodb:UpdateItem",
        "Delete": "dynamodb:DeleteItem",
    }
)
# What a missing or empty member is answered with, after the member's name in lower case.
_MISSING = "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null"
_EMPTY = (
    "1 validation error detected: Value at '{}' failed to satisfy constraint: "
    "Member must have length greater than or equal to 1"
)
_NOT_ONE = "TransactItems can only contain one of Check, Put, Update or Delete"
_NOT_A_TABLE_ARN = "Invalid TableArn: Invalid ResourceArn provided as input {}"
# In place of its name a table may be given by its ARN, of no index, stream or backup
# (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html).
_TABLE_ARN = re.compile(r"arn:[a-z\-]+:dynamodb:[a-z0-9\-]+:[0-9]{12}:table/[A-Za-z0-9_.\-]{1,255}")
NO_BODY_NEEDED = frozenset({"ListTables", "DescribeLimits", "DescribeEndpoints", "ListGlobalTables"})


def _kinds() -> Mapping[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for row in _TABLE.split("\n"):
        if row:
            operation, kind = row.split()
            table[operation] = (*table.get(operation, ()), kind)
    return MappingProxyType(table)


KINDS = _kinds()


@dataclass(frozen=True, slots=True)
class _Call:
    """A DynamoDB request: its input, and what ARNs are made of."""

    operation: str
    input: Json
    region: str
    account_id: str
    partition: str
    lookups: Lookups

    def arn(self, resource: str) -> str:
        return f"arn:{self.partition}:dynamodb:{self.region}:{self.account_id}:{resource}"

    def table(self, name: str) -> str:
        """Return the ARN of a table that is given by name or by ARN; _InvalidInput for what is no table's ARN."""
        if not name.startswith("arn:"):
            return self.arn(f"table/{name}")
        if not _TABLE_ARN.fullmatch(name):
            raise _InvalidInput(_NOT_A_TABLE_ARN.format(name))
        return name


class _Part(NamedTuple):
    """One action on one table, with the part of the input that is about it; its place where that is answered alone."""

    action: str
    resource: str
    context: Mapping[str, Value]
    item: int | None = None


class _InvalidInput(Exception):
    """The input cannot be what the operation takes; its text is AWS's."""


def dynamodb_authorizations(
    service: Service,
    operation: Operation,
    body: bytes | None,
    *,
    account_id: str,
    partition: str,
    lookups: Lookups,
) -> tuple[ActionOnResource, ...] | Fault:
    """Return each action on each resource that a request to DynamoDB or DynamoDB Streams needs leave for.

    A batch or transaction is one action on each table, with the condition keys of all its items there; of a batch of
    statements each is one by itself, and is answered so.
    """
    given = _parse(body)
    if isinstance(given, Fault):
        return given
    call = _Call(operation.name, given, service.region, account_id, partition, lookups)
    try:
        parts = _PARTS.get(operation.name, _plain)(call)
        return tuple(ActionOnResource(*part) for part in _by_table(parts))
    except _InvalidInput as invalid:
        return Fault(FaultKind.VALIDATION, str(invalid))
    except (AttributeError, TypeError, ValueError, KeyError):
        # A member is of another type than the operation's input has.
        return Fault(FaultKind.MALFORMED_BODY, "Unexpected value type in payload")


def _parse(body: bytes | None) -> Json | Fault:
    try:
        given = read_json(body or b"{}")
    except (ValueError, RecursionError):
        return Fault(FaultKind.MALFORMED_BODY, "Unexpected token in payload")
    if not isinstance(given, dict):
        return Fault(FaultKind.MALFORMED_BODY, "Start of structure or map found where not expected.")
    return given


def _by_table(parts: Iterator[_Part]) -> Iterator[_Part]:
    """Join the parts with the same action on the same resource."""
    joined: dict[tuple[str, str, int | None], Mapping[str, Value]] = {}
    for action, resource, context, item in parts:
        before = joined.get((action, resource, item))
        joined[action, resource, item] = context if before is None else merged(before, context)
    return (_Part(action, resource, context, item) for (action, resource, item), context in joined.items())


def _required(given: Json, member: str) -> Any:  # noqa: ANN401 - JSON has any type
    value = given.get(member)
    if value is None or value == "":
        raise _InvalidInput(_MISSING.format(member[0].lower() + member[1:]))
    return value


def _filled(given: Json, member: str) -> Any:  # noqa: ANN401 - JSON has any type
    value = _required(given, member)
    if not value:
        raise _InvalidInput(_EMPTY.format(member[0].lower() + member[1:]))
    return value


def _plain(call: _Call) -> Iterator[_Part]:
    """Yield the operation's own action on what the table says it is on."""
    action = f"dynamodb:{call.operation}"
    for kind in KINDS.get(call.operation, ("table",)):
        resource = _resource(call, kind)
        yield _Part(action, resource, request_context(action, call.input, resource, call.lookups))
    if call.operation in _RESTORES:
        target = call.table(_required(call.input, "TargetTableName"))
        yield from (_Part(f"dynamodb:{name}", target, {}) for name in _RESTORING)
    if call.operation == "CreateTable" and call.input.get("ResourcePolicy"):
        yield _Part("dynamodb:PutResourcePolicy", _resource(call, "table"), {})


def _resource(call: _Call, kind: str) -> str:
    if kind.startswith("="):
        return str(call.input.get(kind[1:]) or "*")
    return _RESOURCES[kind](call)


def _index(call: _Call) -> str:
    table = call.table(_required(call.input, "TableName"))
    index = call.input.get("IndexName")
    return f"{table}/index/{index}" if index else table


def _global_table(call: _Call) -> str:
    name = _required(call.input, "GlobalTableName")
    return f"arn:{call.partition}:dynamodb::{call.account_id}:global-table/{name}"


def _restored(call: _Call) -> str:
    return str(call.input.get("SourceTableArn") or call.table(_required(call.input, "SourceTableName")))


def _iterated(call: _Call) -> str:
    """A shard iterator begins with its stream's ARN and a bar."""
    stream, bar, _ = str(_required(call.input, "ShardIterator")).partition("|")
    return stream if bar and stream.startswith("arn:") else "*"


_RESOURCES: Mapping[str, Callable[[_Call], str]] = MappingProxyType(
    {
        "*": lambda _call: "*",
        # ListTables has no resource type; AWS's denials name `table/*` all the same.
        "any-table": lambda call: call.arn("table/*"),
        "table": lambda call: call.table(_required(call.input, "TableName")),
        "target": lambda call: call.table(_required(call.input, "TargetTableName")),
        "table-of-global": lambda call: call.table(_required(call.input, "GlobalTableName")),
        "imported": lambda call: call.table(_required(_required(call.input, "TableCreationParameters"), "TableName")),
        "index": _index,
        "global-table": _global_table,
        "restored": _restored,
        "iterated": _iterated,
    }
)


def _batch_get(call: _Call) -> Iterator[_Part]:
    for name, wanted in _filled(call.input, "RequestItems").items():
        table = call.table(name)
        keys = wanted.get("Keys") or []
        context = context_of_items("dynamodb:BatchGetItem", wanted, keys, table, call.lookups, call.input)
        yield _Part("dynamodb:BatchGetItem", table, context)


def _batch_write(call: _Call) -> Iterator[_Part]:
    for name, requests in _filled(call.input, "RequestItems").items():
        table = call.table(name)
        items = [_written(request) for request in requests]
        context = context_of_items("dynamodb:BatchWriteItem", {}, items, table, call.lookups, call.input)
        yield _Part("dynamodb:BatchWriteItem", table, context)


def _written(request: Json) -> Json:
    put: Json | None = request.get("PutRequest")
    item: Json = put["Item"] if put else request["DeleteRequest"]["Key"]
    return item


def _transact_get(call: _Call) -> Iterator[_Part]:
    for entry in _filled(call.input, "TransactItems"):
        yield _transacted(call, "dynamodb:GetItem", entry["Get"])


def _transact_write(call: _Call) -> Iterator[_Part]:
    for entry in _filled(call.input, "TransactItems"):
        asked = [(_WRITES[part], given) for part, given in entry.items() if part in _WRITES and given is not None]
        if len(asked) != 1:
            raise _InvalidInput(_NOT_ONE)
        yield _transacted(call, *asked[0])


def _transacted(call: _Call, action: str, given: Json) -> _Part:
    table = call.table(_required(given, "TableName"))
    context = dict(request_context(action, given, table, call.lookups))
    context["dynamodb:EnclosingOperation"] = call.operation
    capacity = call.input.get("ReturnConsumedCapacity")
    if capacity:
        context["dynamodb:ReturnConsumedCapacity"] = str(capacity)
    return _Part(action, table, context)


def _execute_statement(call: _Call) -> Iterator[_Part]:
    yield _executed(call, call.input, "")


def _batch_execute(call: _Call) -> Iterator[_Part]:
    for item, given in enumerate(_filled(call.input, "Statements")):
        yield _executed(call, given, "")._replace(item=item)


def _execute_transaction(call: _Call) -> Iterator[_Part]:
    for given in _filled(call.input, "TransactStatements"):
        yield _executed(call, given, call.operation)


def _executed(call: _Call, given: Json, enclosing: str) -> _Part:
    statement = parse_statement(_required(given, "Statement"), given.get("Parameters") or [])
    if not isinstance(statement, Statement):
        raise _InvalidInput(statement)
    table = call.table(statement.table)
    resource = f"{table}/index/{statement.index}" if statement.index else table
    keys = call.lookups.table_keys(resource)
    context = statement.context(keys[0] if keys else None)
    if enclosing:
        context["dynamodb:EnclosingOperation"] = enclosing
    return _Part(f"dynamodb:{statement.action}", resource, context)


_PARTS: Mapping[str, Callable[[_Call], Iterator[_Part]]] = MappingProxyType(
    {
        "BatchGetItem": _batch_get,
        "BatchWriteItem": _batch_write,
        "TransactGetItems": _transact_get,
        "TransactWriteItems": _transact_write,
        "ExecuteStatement": _execute_statement,
        "BatchExecuteStatement": _batch_execute,
        "ExecuteTransaction": _execute_transaction,
    }
)
