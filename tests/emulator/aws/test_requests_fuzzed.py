"""Whatever a client sends, reading it ends in an answer."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.actions import authorizations
from vpce_emulator.aws.authorization_header import Authorization
from vpce_emulator.aws.authorization_query import parse_authorization
from vpce_emulator.aws.call import ActionOnResource, Operation, Protocol, Service
from vpce_emulator.aws.faults import Fault, FaultKind, render
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.lookups import Lookups
from vpce_emulator.aws.operation import identify_operation
from vpce_emulator.aws.partiql import parse_statement
from vpce_emulator.aws.s3_operations import BUCKET_ROUTES, OBJECT_ROUTES
from vpce_emulator.aws.service import identify_service
from vpce_emulator.aws.signature import verify

# What stands on the wire: bytes, of which those that are not UTF-8 are surrogates in the text.
WIRE = st.binary(max_size=40).map(lambda data: data.decode("utf-8", "surrogateescape"))
SUBRESOURCES = sorted({name for routes in (BUCKET_ROUTES, OBJECT_ROUTES) for by in routes.values() for name in by})
PATH = st.one_of(
    WIRE.map("/".__add__),
    st.sampled_from(
        ["/", "/bk", "/bk/k", "/bk/%2e%2e/x", "//", "/v20180820/x", "/2015-03-31/functions/f", "/bk/%E2%9C"]
    ),
)
QUERY = st.one_of(
    WIRE,
    st.lists(st.sampled_from(SUBRESOURCES), max_size=2).map("&".join),
    st.sampled_from(
        ["versionId=1", "Action=ListQueues", "X-Amz-Signature=0", "Signature=0&AWSAccessKeyId=1&Expires=9"]
    ),
)
HOST = st.one_of(
    WIRE,
    st.sampled_from(["s3.amazonaws.com", "b.s3.eu-west-1.amazonaws.com", "127.0.0.1:4566", "b.localhost", "[::1]:80"]),
    st.lists(
        st.sampled_from(["s3", "vpce", "us-east-1", "vpce-0123456789abcdef0-abcd1234", "bucket", "dualstack", "api"]),
        max_size=7,
    ).map(lambda labels: ".".join([*labels, "amazonaws.com"])),
)
SCOPE = st.sampled_from(["s3", "dynamodb", "sqs", "lambda", "ec2", "no-such", "monitoring", ""])
AUTHORIZATION = st.one_of(
    WIRE,
    SCOPE.map(
        lambda scope: (
            f"AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/{scope}/aws4_request, SignedHeaders=host, Signature=0"
        )
    ),
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Authorization": AUTHORIZATION,
        "X-Amz-Date": st.one_of(st.just("20260101T000000Z"), WIRE),
        "X-Amz-Target": st.one_of(
            st.sampled_from(
                ["DynamoDB_20120810.TransactWriteItems", "DynamoDB_20120810.Query", "AmazonSQS.SendMessage"]
            ),
            WIRE,
        ),
        "Content-Type": st.one_of(st.sampled_from(["application/x-amz-json-1.0", "multipart/form-data"]), WIRE),
        "x-amz-copy-source": st.one_of(st.sampled_from(["a/b?versionId=1", "arn:aws:s3:::x/object/y"]), WIRE),
        "x-amz-tagging": WIRE,
        "x-amz-object-lock-retain-until-date": st.one_of(st.just("9999-12-31T23:59:59Z"), WIRE),
        "x-amz-bypass-governance-retention": WIRE,
        "x-amz-account-id": WIRE,
    },
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "TableName",
                    "Key",
                    "RequestItems",
                    "TransactItems",
                    "Put",
                    "Get",
                    "Statement",
                    "Parameters",
                    "Item",
                    "S",
                    "KeyConditions",
                    "KeyConditionExpression",
                    "ExpressionAttributeNames",
                    "Tags",
                    "QueueUrl",
                    "IndexName",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
BODY = st.one_of(
    st.binary(max_size=60),
    JSON.map(lambda given: json.dumps(given).encode()),
    st.sampled_from(
        [b"<Delete><Object><Key>a</Key></Object></Delete>", b"<Tagging/>", b"Action=SendMessage&QueueUrl=%"]
    ),
)
LOOKUPS = Lookups(
    table_keys=lambda _arn: ("pk", "sk"),
    object_tags=lambda _bucket, _key, _version: {"a": "b"},
    resource_arn=lambda _arn: None,
)
METHOD = st.sampled_from(["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "BREW"])


def _request(method, host, path, query, headers):
    return HttpRequest(method, host, path, query, CIMultiDictProxy(CIMultiDict(headers)))


@settings(max_examples=400)
@given(method=METHOD, host=HOST, path=PATH, query=QUERY, headers=HEADERS, body=st.none() | BODY)
def test_every_request_is_read_or_refused(method, host, path, query, headers, body):
    request = _request(method, host, path, query, headers)
    service = identify_service(request, default_region="us-east-1", hint="dynamodb")
    assert isinstance(service, Service)
    operation = identify_operation(service, request, body)
    assert isinstance(operation, Operation | Fault)
    if isinstance(operation, Operation) and operation.name:
        needed = authorizations(service, operation, request, body, account_id="1" * 12, now=0.0, lookups=LOOKUPS)
        assert isinstance(needed, Fault) or all(isinstance(one, ActionOnResource) for one in needed)
        # INVARIANT: only a CORS preflight needs no leave.
        assert needed != () or operation.name == "PreflightRequest"


@settings(max_examples=300)
@given(method=METHOD, host=HOST, path=PATH, query=QUERY, headers=HEADERS)
def test_every_signature_is_read_or_refused_and_no_guess_is_true(method, host, path, query, headers):
    request = _request(method, host, path, query, headers)
    authorization = parse_authorization(request)
    assert authorization is None or isinstance(authorization, Authorization | Fault)
    if isinstance(authorization, Authorization):
        fault = verify(authorization, request, "secret", now=authorization.signed_at, payload_sha256=None)
        assert isinstance(fault, Fault)


OPERATIONS = st.sampled_from(
    [
        "GetItem",
        "PutItem",
        "UpdateItem",
        "Query",
        "Scan",
        "BatchGetItem",
        "BatchWriteItem",
        "TransactGetItems",
        "TransactWriteItems",
        "ExecuteStatement",
        "BatchExecuteStatement",
        "ExecuteTransaction",
        "CreateTable",
        "TagResource",
        "RestoreTableFromBackup",
        "ImportTable",
        "GetRecords",
        "ListTables",
        "NoSuchOperation",
    ]
)


@settings(max_examples=600)
@given(operation=OPERATIONS, body=BODY)
def test_every_input_of_dynamodb_needs_leave_or_is_refused(operation, body):
    headers = {"X-Amz-Target": f"DynamoDB_20120810.{operation}"}
    request = _request("POST", "dynamodb.us-east-1.amazonaws.com", "/", "", headers)
    service = Service("dynamodb", "us-east-1", Protocol.JSON_1_0, "dynamodb")
    needed = authorizations(service, Operation(operation, True), request, body, account_id="1" * 12, lookups=LOOKUPS)
    assert isinstance(needed, Fault) or (needed and all(isinstance(one, ActionOnResource) for one in needed))


@settings(max_examples=400)
@given(
    statement=st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(
                ["SELECT", "*", "FROM", '"T"', ".", "a", "=", "?", "WHERE", "IN", "[", "'x'", "]", "UPDATE", "SET"]
            ),
            max_size=14,
        ).map(" ".join),
    ),
    parameters=st.lists(st.one_of(st.none(), st.just({"S": "x"}), st.just({}), st.integers()), max_size=3),
)
def test_every_statement_is_read_or_refused(statement, parameters):
    parsed = parse_statement(statement, parameters)
    if not isinstance(parsed, str):
        assert parsed.table
        assert isinstance(parsed.context("pk"), dict)


@pytest.mark.parametrize("protocol", Protocol)
@settings(max_examples=60)
@given(message=st.text(max_size=80), detail=st.text(max_size=20))
def test_every_text_can_be_written(protocol, message, detail):
    service = Service("s3", "us-east-1", protocol, "s3")
    fault = Fault(FaultKind.INVALID_ARGUMENT, message, (("ArgumentValue", detail),))
    response = render(fault, service, request_id="R", host_id="H", method="GET")
    if "xml" in dict(response.headers)["Content-Type"]:
        assert ElementTree.fromstring(response.body) is not None  # noqa: S314 - our own text
