"""What callers get when moto cannot: the service's own error, and the cause in the log."""

from __future__ import annotations

import json
import logging

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.call import Operation, Protocol, Service
from vpce_emulator.aws.http import HttpRequest, HttpResponse

EMPTY: CIMultiDictProxy[str] = CIMultiDictProxy(CIMultiDict())


def explode(*_args, **_options):
    raise RuntimeError("the cause")


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
