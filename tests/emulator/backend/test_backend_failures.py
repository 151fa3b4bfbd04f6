"""What callers get when moto cannot: the service's own error, and the cause in the log."""

from __future__ import annotations

import json
import logging

import moto
import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.call import Operation, Protocol, Service
from vpce_emulator.aws.http import HttpRequest, HttpResponse
from vpce_emulator.backend.embedded import dispatch

EMPTY: CIMultiDictProxy[str] = CIMultiDictProxy(CIMultiDict())


def explode(*_args, **_options):
    raise OSError("the cause")


def in_moto(function):
    """Return a function whose frames are moto's in a traceback."""
    return function.__class__(function.__code__.replace(co_filename=moto.__file__), function.__globals__)


def ours(function):
    """Return a function whose frames are the emulator's in a traceback."""
    return function.__class__(function.__code__.replace(co_filename=dispatch.__file__), function.__globals__)


async def test_s3_answers_internal_error_in_xml(caller, monkeypatch, caplog):
    monkeypatch.setattr("moto.s3.models.S3Backend.head_bucket", explode)
    answer = await caller.s3("HEAD", "/bucket")
    assert (answer.status, answer.body) == (500, b"")
    monkeypatch.setattr("moto.s3.models.S3Backend.list_objects", explode)
    await caller.s3("PUT", "/bucket")
    answer = await caller.s3("GET", "/bucket")
    assert answer.status == 500
    assert b"<Error><Code>InternalError</Code>" in answer.body
    assert b"Traceback" not in answer.body
    assert "the cause" in caplog.text


async def test_dynamodb_answers_internal_server_error_in_json(caller, monkeypatch, caplog):
    monkeypatch.setattr("moto.dynamodb.models.DynamoDBBackend.list_tables", explode)
    answer = await caller.json("dynamodb", "DynamoDB_20120810", "ListTables", {})
    assert answer.status == 500
    assert json.loads(answer.body)["__type"].endswith("#InternalServerError")
    assert "the cause" in caplog.text


async def test_a_query_service_answers_its_service_failure_in_xml(caller, monkeypatch):
    monkeypatch.setattr("moto.iam.models.IAMBackend.list_users", explode)
    answer = await caller.query("iam", "ListUsers", "Action=ListUsers&Version=2010-05-08")
    assert (answer.status, b"<Code>ServiceFailure</Code>" in answer.body) == (500, True)


async def test_what_moto_does_not_implement_says_so(caller, caplog):
    with caplog.at_level(logging.WARNING):
        form = "Action=GetHumanReadableSummary&EntityArn=arn:aws:iam::aws:policy/x&Locale=en&Version=2010-05-08"
        answer = await caller.query("iam", "GetHumanReadableSummary", form)
    assert answer.status == 501
    assert b"does not implement iam:GetHumanReadableSummary" in answer.body


async def test_a_service_that_moto_does_not_have_says_so(backend):
    service = Service("chime-sdk-voice", "us-east-1", Protocol.REST_JSON, "chime")
    request = HttpRequest("GET", "voice-chime.us-east-1.amazonaws.com", "/phone-numbers", "", EMPTY)
    answer: HttpResponse = await backend.forward(service, Operation("ListPhoneNumbers"), "123456789012", request, b"")
    assert answer.status == 501
    assert b"chime-sdk-voice:ListPhoneNumbers" in answer.body


async def test_a_package_that_moto_misses_is_named(caller, monkeypatch):
    def needs(*_args, **_options):
        raise ModuleNotFoundError("No module named 'cfnlint'", name="cfnlint")

    monkeypatch.setattr("moto.iam.models.IAMBackend.list_users", needs)
    answer = await caller.query("iam", "ListUsers", "Action=ListUsers&Version=2010-05-08")
    assert (answer.status, b"iam:ListUsers needs the package cfnlint" in answer.body) == (501, True)


@pytest.mark.parametrize("query", ["tagging", "lifecycle", "cors"])
async def test_malformed_xml_is_malformed_xml(caller, query):
    await caller.s3("PUT", "/bucket")
    await caller.s3("PUT", "/bucket/k", body=b"x")
    path = "/bucket/k" if query == "tagging" else "/bucket"
    answer = await caller.s3("PUT", path, body=b"<not xml", query=query)
    assert (answer.status, b"<Code>MalformedXML</Code>" in answer.body) == (400, True)


async def test_malformed_json_is_a_serialization_exception(caller):
    answer = await caller.json("dynamodb", "DynamoDB_20120810", "PutItem", b"{not json")
    assert (answer.status, json.loads(answer.body)["__type"].endswith("#SerializationException")) == (400, True)


STUMBLING = [
    ("dynamodb", "DynamoDB_20120810", "CreateTable", {"TableName": "t", "AttributeDefinitions": []}),
    ("dynamodb", "DynamoDB_20120810", "TransactWriteItems", {"TransactItems": [{}]}),
    ("kms", "TrentService", "CreateGrant", {"KeyId": "arn:aws:kms:", "GranteePrincipal": "a", "Operations": []}),
]


@pytest.mark.parametrize(("service", "target", "operation", "parameters"), STUMBLING, ids=lambda value: str(value)[:20])
async def test_what_moto_stumbles_over_is_refused_and_told(caller, caplog, service, target, operation, parameters):
    answer = await caller.json(service, target, operation, parameters)
    told = json.loads(answer.body)
    assert (answer.status, told["__type"].rpartition("#")[2]) == (400, "ValidationException")
    assert told["message"].startswith("moto, which holds the data, could not carry out this request, and raised ")
    # The journal tells the same.
    assert (answer.code, answer.message) == ("ValidationException", told["message"])
    assert f"moto could not carry out {service}:{operation}" in caplog.text
    assert "Traceback" not in caplog.text


async def test_the_log_does_not_tell_what_the_caller_sent(caller, caplog, monkeypatch):
    def read(*_args, **_options):
        return int("sesame, the secret")

    monkeypatch.setattr("moto.secretsmanager.responses.SecretsManagerResponse.create_secret", in_moto(read))
    answer = await caller.json("secretsmanager", "secretsmanager", "CreateSecret", {"Name": "a", "SecretString": "s"})
    assert answer.status == 400
    assert "ValueError in " in caplog.text
    assert "sesame" not in caplog.text


async def test_what_we_stumble_over_ourselves_is_a_failure(caller, caplog, monkeypatch):
    def stumble(*_args):
        return {}["missing"]

    monkeypatch.setattr("vpce_emulator.backend.embedded.dispatch.invalid_parameters", ours(stumble))
    answer = await caller.json("secretsmanager", "secretsmanager", "ListSecrets", {})
    assert answer.status == 500
    assert "Traceback" in caplog.text


@pytest.mark.parametrize(
    ("service", "target", "operation", "parameters", "code"),
    [
        ("kinesis", "Kinesis_20131202", "CreateStream", {"StreamName": "s", "ShardCount": 2**31}, "LimitExceeded"),
        ("kinesis", "Kinesis_20131202", "CreateStream", {"StreamName": "s", "ShardCount": 2}, ""),
    ],
)
async def test_more_than_an_account_may_have_is_refused(caller, service, target, operation, parameters, code):
    answer = await caller.json(service, target, operation, parameters)
    assert answer.status == (400 if code else 200)
    assert answer.code.startswith(code)


async def test_more_instances_than_an_account_may_have_are_refused(caller):
    form = "Action=RunInstances&Version=2016-11-15&ImageId=ami-1&MinCount=1&MaxCount=100000"
    answer = await caller.query("ec2", "RunInstances", form)
    assert (answer.status, answer.code) == (400, "InstanceLimitExceeded")
