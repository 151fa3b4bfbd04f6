"""Which actions on which tables a DynamoDB request needs leave for, and with which condition keys."""

from __future__ import annotations

import json
from pathlib import Path

import botocore.session
import pytest

from vpce_emulator.aws.dynamodb_conditions import KEYS
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.lookups import Lookups

DATA = Path(__file__).parent / "data"
REFERENCE = json.loads((DATA / "service-authorization.json").read_text())
TRANSCRIBED = json.loads((DATA / "s3-dynamodb-operations.json").read_text())["dynamodb"]
SESSION = botocore.session.get_session()
BASE = "arn:aws:dynamodb:us-east-1:123456789012"
T, OTHER = f"{BASE}:table/T", "arn:aws:dynamodb:us-east-1:210987654321:table/Other"
RESTORED = [
    f"dynamodb:{name}" for name in ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
]


@pytest.fixture
def call(http_request, authorized):
    """What an operation with this input needs leave for."""

    def read(operation, given, *, streams=False, **known):
        target = "DynamoDBStreams_20120810" if streams else "DynamoDB_20120810"
        headers = {"X-Amz-Target": f"{target}.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        body = given if isinstance(given, bytes) else json.dumps(given).encode()
        return authorized(http_request("POST", "/", headers=headers), body, **known)

    return read


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        (service, operation)
        for service in ("dynamodb", "dynamodbstreams")
        for operation in SESSION.get_service_model(service).operation_names
    ],
)
def test_every_operation_of_the_models_needs_an_action_that_exists(service, operation, modelled_request, authorized):
    request, body = modelled_request(service, operation, host="127.0.0.1:4566")
    if operation in {"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"}:
        body = body.replace(b"some-name", b'SELECT * FROM \\"T\\"')
    if operation == "RestoreTableToPointInTime":
        body = b'{"SourceTableName": "T", "TargetTableName": "New"}'
    if operation in {"BatchWriteItem", "TransactWriteItems"}:
        body = json.dumps(
            {
                "RequestItems": {"T": [{"DeleteRequest": {"Key": {"pk": {"S": "x"}}}}]},
                "TransactItems": [{"Delete": {"TableName": "T", "Key": {"pk": {"S": "x"}}}}],
            }
        ).encode()
    needed = authorized(request, body)
    assert not isinstance(needed, Fault)
    assert needed
    assert {one.action for one in needed} <= set(REFERENCE)


# The operations with one action by its own name; the others have parts, each with tests of its own.
PLAIN = {
    operation: rows[0][0]
    for operation, rows in TRANSCRIBED.items()
    if len(rows) == 1 and rows[0][0] == f"dynamodb:{operation}" and operation != "BatchWriteItem"
}


@pytest.mark.parametrize("operation", sorted(PLAIN))
def test_the_action_is_the_one_that_was_transcribed_from_the_reference(operation, modelled_request, authorized):
    request, body = modelled_request("dynamodb", operation, host="127.0.0.1:4566")
    assert {one.action for one in authorized(request, body)} == {PLAIN[operation]}


@pytest.mark.parametrize("action", sorted(KEYS))
def test_every_condition_key_of_an_action_is_one_that_the_reference_lists(action):
    assert KEYS[action] <= set(REFERENCE[action])


@pytest.mark.parametrize(
    ("operation", "given", "expected"),
    [
        ("GetItem", {"TableName": "T", "Key": {"pk": {"S": "x"}}}, [("dynamodb:GetItem", T)]),
        ("DescribeTable", {"TableName": OTHER}, [("dynamodb:DescribeTable", OTHER)]),
        ("ListTables", {}, [("dynamodb:ListTables", f"{BASE}:table/*")]),
        ("DescribeLimits", {}, [("dynamodb:DescribeLimits", "*")]),
        ("DescribeEndpoints", {}, [("dynamodb:DescribeEndpoints", "*")]),
        ("Query", {"TableName": "T"}, [("dynamodb:Query", T)]),
        ("Query", {"TableName": "T", "IndexName": "ByDate"}, [("dynamodb:Query", f"{T}/index/ByDate")]),
        ("Scan", {"TableName": "T", "IndexName": "ByDate"}, [("dynamodb:Scan", f"{T}/index/ByDate")]),
        (
            "BatchGetItem",
            {"RequestItems": {"T": {"Keys": []}, OTHER: {"Keys": []}}},
            [("dynamodb:BatchGetItem", T), ("dynamodb:BatchGetItem", OTHER)],
        ),
        (
            "BatchWriteItem",
            {"RequestItems": {"T": [{"PutRequest": {"Item": {"pk": {"S": "x"}}}}]}},
            [("dynamodb:BatchWriteItem", T)],
        ),
        (
            "TransactGetItems",
            {"TransactItems": [{"Get": {"TableName": name, "Key": {"pk": {"S": "x"}}}} for name in ("T", OTHER, "T")]},
            [("dynamodb:GetItem", T), ("dynamodb:GetItem", OTHER)],
        ),
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "T", "Item": {"pk": {"S": "x"}}}},
                    {"Update": {"TableName": "T", "Key": {"pk": {"S": "x"}}}},
                    {"Delete": {"TableName": OTHER, "Key": {"pk": {"S": "x"}}}},
                    {"ConditionCheck": {"TableName": OTHER, "Key": {"pk": {"S": "x"}}}},
                    {"Put": {"TableName": "T", "Item": {"pk": {"S": "y"}}}},
                ]
            },
            [
                ("dynamodb:PutItem", T),
                ("dynamodb:UpdateItem", T),
                ("dynamodb:DeleteItem", OTHER),
                ("dynamodb:ConditionCheckItem", OTHER),
            ],
        ),
        ("ExecuteStatement", {"Statement": 'SELECT * FROM "T"'}, [("dynamodb:PartiQLSelect", T)]),
        (
            "ExecuteStatement",
            {"Statement": "SELECT a FROM T.ByDate"},
            [("dynamodb:PartiQLSelect", f"{T}/index/ByDate")],
        ),
        (
            "BatchExecuteStatement",
            {
                "Statements": [
                    {"Statement": "DELETE FROM T WHERE pk = 'x'"},
                    {"Statement": "UPDATE T SET a=1 WHERE pk='x'"},
                ]
            },
            [("dynamodb:PartiQLDelete", T), ("dynamodb:PartiQLUpdate", T)],
        ),
        (
            "ExecuteTransaction",
            {"TransactStatements": [{"Statement": "INSERT INTO T VALUE {'pk': 'x'}"}]},
            [("dynamodb:PartiQLInsert", T)],
        ),
        (
            "DescribeBackup",
            {"BackupArn": f"{T}/backup/0148"},
            [("dynamodb:DescribeBackup", f"{T}/backup/0148")],
        ),
        (
            "RestoreTableFromBackup",
            {"BackupArn": f"{T}/backup/0148", "TargetTableName": "New"},
            [
                ("dynamodb:RestoreTableFromBackup", f"{T}/backup/0148"),
                ("dynamodb:RestoreTableFromBackup", f"{BASE}:table/New"),
                *((action, f"{BASE}:table/New") for action in RESTORED),
            ],
        ),
        (
            "RestoreTableToPointInTime",
            {"SourceTableName": "T", "TargetTableName": "New"},
            [
                ("dynamodb:RestoreTableToPointInTime", T),
                *((action, f"{BASE}:table/New") for action in RESTORED),
            ],
        ),
        ("ExportTableToPointInTime", {"TableArn": T}, [("dynamodb:ExportTableToPointInTime", T)]),
        ("DescribeExport", {"ExportArn": f"{T}/export/1"}, [("dynamodb:DescribeExport", f"{T}/export/1")]),
        ("ImportTable", {"TableCreationParameters": {"TableName": "T"}}, [("dynamodb:ImportTable", T)]),
        ("TagResource", {"ResourceArn": T, "Tags": []}, [("dynamodb:TagResource", T)]),
        (
            "CreateTable",
            {"TableName": "T", "ResourcePolicy": "{}"},
            [("dynamodb:CreateTable", T), ("dynamodb:PutResourcePolicy", T)],
        ),
        (
            "UpdateGlobalTable",
            {"GlobalTableName": "T"},
            [
                ("dynamodb:UpdateGlobalTable", "arn:aws:dynamodb::123456789012:global-table/T"),
                ("dynamodb:UpdateGlobalTable", T),
            ],
        ),
    ],
)
def test_an_operation_needs_its_actions_on_its_tables(call, operation, given, expected):
    assert [(one.action, one.resource) for one in call(operation, given)] == expected


@pytest.mark.parametrize(
    ("operation", "given", "resource"),
    [
        ("DescribeStream", {"StreamArn": f"{T}/stream/2026"}, f"{T}/stream/2026"),
        ("GetShardIterator", {"StreamArn": f"{T}/stream/2026"}, f"{T}/stream/2026"),
        ("GetRecords", {"ShardIterator": f"{T}/stream/2026|1|AAA"}, f"{T}/stream/2026"),
        ("GetRecords", {"ShardIterator": "opaque"}, "*"),
        ("ListStreams", {"TableName": "T"}, "*"),
    ],
)
def test_stream_operations_are_on_the_stream(call, operation, given, resource):
    (needed,) = call(operation, given, streams=True)
    assert (needed.action, needed.resource) == (f"dynamodb:{operation}", resource)


@pytest.mark.parametrize(
    ("operation", "given", "kind"),
    [
        ("GetItem", b"{", FaultKind.MALFORMED_BODY),
        ("GetItem", b"[]", FaultKind.MALFORMED_BODY),
        ("GetItem", {}, FaultKind.VALIDATION),
        ("GetItem", {"TableName": ""}, FaultKind.VALIDATION),
        ("GetItem", {"TableName": 1}, FaultKind.MALFORMED_BODY),
        ("GetItem", {"TableName": "arn:aws:dynamodb:us-east-1:123456789012:table/T/"}, FaultKind.VALIDATION),
        ("GetItem", {"TableName": "arn:aws:dynamodb:us-east-1:123456789012:table/T/index/i"}, FaultKind.VALIDATION),
        ("GetItem", {"TableName": "arn:aws:dynamodb:us-east-1:123456789012:x/table/T"}, FaultKind.VALIDATION),
        ("GetItem", {"TableName": "arn:aws:dynamodb:us-east-1:12345:table/T"}, FaultKind.VALIDATION),
        ("BatchGetItem", {"RequestItems": {"arn:aws:s3:::T": {"Keys": []}}}, FaultKind.VALIDATION),
        ("BatchGetItem", {"RequestItems": {}}, FaultKind.VALIDATION),
        ("BatchGetItem", {"RequestItems": []}, FaultKind.VALIDATION),
        ("BatchGetItem", {"RequestItems": {"T": []}}, FaultKind.MALFORMED_BODY),
        ("BatchWriteItem", {"RequestItems": {"T": [{}]}}, FaultKind.MALFORMED_BODY),
        ("TransactWriteItems", {"TransactItems": [{}]}, FaultKind.VALIDATION),
        ("TransactGetItems", {"TransactItems": [{"Put": {}}]}, FaultKind.MALFORMED_BODY),
        ("ExecuteStatement", {"Statement": "DROP TABLE T"}, FaultKind.VALIDATION),
        ("ExecuteStatement", {"Statement": 5}, FaultKind.MALFORMED_BODY),
    ],
)
def test_what_cannot_be_read_is_a_fault_and_never_free(call, operation, given, kind):
    fault = call(operation, given)
    assert isinstance(fault, Fault)
    assert fault.kind is kind


def _keys(arn):
    return {T: ("pk", "sk"), f"{T}/index/ByDate": ("day",)}.get(arn)


KNOWN = Lookups(table_keys=_keys)


def _context(needed):
    (one,) = needed
    return one.context


@pytest.mark.parametrize(
    ("operation", "given", "leading"),
    [
        ("GetItem", {"Key": {"sk": {"N": "1"}, "pk": {"S": "ann"}}}, ("ann",)),
        ("PutItem", {"Item": {"a": {"S": "1"}, "pk": {"N": "42"}, "sk": {"S": "x"}}}, ("42",)),
        (
            "Query",
            {
                "KeyConditionExpression": "pk = :p AND sk = :s",
                "ExpressionAttributeValues": {":p": {"S": "ann"}, ":s": {"S": "b"}},
            },
            ("ann",),
        ),
        (
            "Query",
            {
                "KeyConditionExpression": "#p=:p",
                "ExpressionAttributeNames": {"#p": "pk"},
                "ExpressionAttributeValues": {":p": {"B": "QQ=="}},
            },
            ("QQ==",),
        ),
        (
            "Query",
            {"KeyConditions": {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "ann"}]}}},
            ("ann",),
        ),
        (
            "Query",
            {
                "IndexName": "ByDate",
                "KeyConditionExpression": "#d = :d",
                "ExpressionAttributeNames": {"#d": "day"},
                "ExpressionAttributeValues": {":d": {"S": "monday"}},
            },
            ("monday",),
        ),
        ("Scan", {}, None),
    ],
)
def test_leading_keys_are_the_values_of_the_partition_key(call, operation, given, leading):
    context = _context(call(operation, {"TableName": "T", **given}, lookups=KNOWN))
    assert context.get("dynamodb:LeadingKeys") == leading


@pytest.mark.parametrize(
    ("operation", "given", "leading"),
    [
        ("GetItem", {"Key": {"anything": {"S": "ann"}}}, ("ann",)),
        ("GetItem", {"Key": {"a": {"S": "ann"}, "b": {"S": "x"}}}, None),
        ("Query", {"KeyConditionExpression": "a = :a", "ExpressionAttributeValues": {":a": {"S": "ann"}}}, ("ann",)),
        (
            "Query",
            {
                "KeyConditionExpression": "a = :a and b = :b",
                "ExpressionAttributeValues": {":a": {"S": "1"}, ":b": {"S": "2"}},
            },
            None,
        ),
    ],
)
def test_without_knowing_the_table_only_what_is_certain_is_a_leading_key(call, operation, given, leading):
    context = _context(call(operation, {"TableName": "T", **given}))
    assert context.get("dynamodb:LeadingKeys") == leading


def test_a_batch_has_the_leading_keys_of_all_its_items(call):
    items = [
        {"PutRequest": {"Item": {"pk": {"S": "a"}, "x": {"S": "1"}}}},
        {"DeleteRequest": {"Key": {"pk": {"S": "b"}}}},
    ]
    context = _context(call("BatchWriteItem", {"RequestItems": {"T": items}}, lookups=KNOWN))
    assert context == {"dynamodb:LeadingKeys": ("a", "b"), "dynamodb:Attributes": ("pk", "x")}


def test_a_transaction_has_the_keys_of_all_its_parts_and_says_that_it_is_one(call):
    parts = [{"Get": {"TableName": "T", "Key": {"pk": {"S": key}}}} for key in ("a", "b", "a")]
    context = _context(call("TransactGetItems", {"TransactItems": parts}, lookups=KNOWN))
    assert context["dynamodb:LeadingKeys"] == ("a", "b")
    assert context["dynamodb:EnclosingOperation"] == "TransactGetItems"


@pytest.mark.parametrize(
    ("operation", "given", "attributes"),
    [
        (
            "GetItem",
            {
                "Key": {"pk": {"S": "x"}},
                "ProjectionExpression": "a, b.c[0].d, #n.e",
                "ExpressionAttributeNames": {"#n": "name"},
            },
            {"pk", "a", "b", "name"},
        ),
        ("GetItem", {"Key": {"pk": {"S": "x"}}, "AttributesToGet": ["a"]}, {"pk", "a"}),
        (
            "UpdateItem",
            {
                "Key": {"pk": {"S": "x"}},
                "UpdateExpression": "SET a = if_not_exists(b, :zero) + :one REMOVE c",
                "ConditionExpression": "attribute_exists(d) AND size(e) > :n",
            },
            {"pk", "a", "b", "c", "d", "e"},
        ),
        ("Scan", {"FilterExpression": "a BETWEEN :low AND :high OR NOT b IN (:x)"}, {"a", "b"}),
        ("Scan", {}, None),
    ],
)
def test_attributes_are_the_top_level_names_in_the_request(call, operation, given, attributes):
    context = _context(call(operation, {"TableName": "T", **given}))
    found = context.get("dynamodb:Attributes")
    assert (set(found) if found else None) == attributes


@pytest.mark.parametrize(
    ("given", "select"),
    [
        ({}, "ALL_ATTRIBUTES"),
        ({"IndexName": "ByDate"}, "ALL_PROJECTED_ATTRIBUTES"),
        ({"ProjectionExpression": "a"}, "SPECIFIC_ATTRIBUTES"),
        ({"Select": "COUNT"}, "COUNT"),
    ],
)
def test_select_is_what_the_read_returns(call, given, select):
    assert _context(call("Query", {"TableName": "T", **given}))["dynamodb:Select"] == select


def test_what_is_to_be_returned_is_a_key_when_it_is_said(call):
    given = {"TableName": "T", "Key": {"pk": {"S": "x"}}}
    assert "dynamodb:ReturnValues" not in _context(call("DeleteItem", given))
    said = {**given, "ReturnValues": "ALL_OLD", "ReturnConsumedCapacity": "TOTAL"}
    context = _context(call("DeleteItem", said))
    assert (context["dynamodb:ReturnValues"], context["dynamodb:ReturnConsumedCapacity"]) == ("ALL_OLD", "TOTAL")


def test_tags_of_a_table_are_request_tags(call):
    given = {"ResourceArn": T, "Tags": [{"Key": "team", "Value": "blue"}]}
    assert _context(call("TagResource", given)) == {"aws:RequestTag/team": "blue", "aws:TagKeys": ("team",)}
    assert _context(call("UntagResource", {"ResourceArn": T, "TagKeys": ["team"]})) == {"aws:TagKeys": ("team",)}


@pytest.mark.parametrize(
    ("statement", "parameters", "expected"),
    [
        (
            "SELECT * FROM T",
            [],
            {"dynamodb:Select": "ALL_ATTRIBUTES", "dynamodb:FullTableScan": "true"},
        ),
        (
            'SELECT a, b.c FROM "T" WHERE "pk" = ? AND d > 5',
            [{"S": "ann"}],
            {
                "dynamodb:Attributes": ("a", "b", "pk", "d"),
                "dynamodb:LeadingKeys": ("ann",),
                "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
                "dynamodb:FullTableScan": "false",
            },
        ),
        (
            "SELECT a FROM T WHERE pk IN ['x', ?, 'it''s']",
            [{"S": "y"}],
            {
                "dynamodb:Attributes": ("a", "pk"),
                "dynamodb:LeadingKeys": ("x", "y", "it's"),
                "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
                "dynamodb:FullTableScan": "false",
            },
        ),
        (
            "SELECT a FROM T WHERE a = 'x'",
            [],
            {
                "dynamodb:Attributes": ("a",),
                "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
                "dynamodb:FullTableScan": "true",
            },
        ),
        (
            "INSERT INTO T VALUE {'pk': 'x', 'a': ?}",
            [{"N": "1"}],
            {"dynamodb:Attributes": ("pk", "a"), "dynamodb:LeadingKeys": ("x",)},
        ),
        (
            "UPDATE T SET a = 1 REMOVE b WHERE pk = 'x' RETURNING ALL OLD *",
            [],
            {
                "dynamodb:Attributes": ("a", "b", "pk"),
                "dynamodb:LeadingKeys": ("x",),
                "dynamodb:ReturnValues": "ALL_OLD",
            },
        ),
        (
            "delete from T where pk = 7 returning modified new *",
            [],
            {
                "dynamodb:Attributes": ("pk",),
                "dynamodb:LeadingKeys": ("7",),
                "dynamodb:ReturnValues": "UPDATED_NEW",
            },
        ),
    ],
)
def test_a_partiql_statement_sets_the_keys_of_what_it_does(call, statement, parameters, expected):
    given = {"Statement": statement, "Parameters": parameters}
    assert _context(call("ExecuteStatement", given, lookups=KNOWN)) == expected


def test_statements_of_a_transaction_say_that_they_are_in_one(call):
    given = {"TransactStatements": [{"Statement": "SELECT * FROM T WHERE pk = 'x'"}]}
    context = _context(call("ExecuteTransaction", given))
    assert context["dynamodb:EnclosingOperation"] == "ExecuteTransaction"
    assert "dynamodb:FullTableScan" not in context
