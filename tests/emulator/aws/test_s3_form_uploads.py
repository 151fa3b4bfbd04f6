"""Uploads from HTML forms."""

from __future__ import annotations

import json
from base64 import b64encode

import boto3
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.authorization_query import parse_authorization
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.s3_form import FormUpload, parse_form
from vpce_emulator.aws.signature import verify

NO_KEY = "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields."
ACCESS_KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.fixture
def post(http_request):
    """A form as browsers send it: the fields, then the file."""

    def make(fields, file=b"content", *, filename="photo.png", target="/bk"):
        parts = [f'form-data; name="{name}"\r\n\r\n{text}'.encode() for name, text in fields.items()]
        if file is not None:
            head = f'form-data; name="file"; filename="{filename}"\r\nContent-Type: image/png\r\n\r\n'
            parts.append(head.encode() + file)
        body = b"".join(b"--BOUNDARY\r\nContent-Disposition: " + part + b"\r\n" for part in parts) + b"--BOUNDARY--\r\n"
        headers = {"Content-Type": "multipart/form-data; boundary=BOUNDARY"}
        return http_request("POST", target, headers=headers), body

    return make


def _presigned(key, version, fields=None, conditions=None):
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET,
        config=Config(signature_version=version),
    )
    made = client.generate_presigned_post("bk", key, Fields=fields, Conditions=conditions, ExpiresIn=60)
    return made["fields"]


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_form_that_boto3_presigned_is_true_until_its_policy_expires(post, version):
    request, body = post(_presigned("k", version))
    authorization = parse_authorization(request, body)
    assert authorization.access_key_id == ACCESS_KEY
    ends = authorization.signed_at
    assert verify(authorization, request, SECRET, now=ends) is None
    assert verify(authorization, request, "another", now=ends).kind is FaultKind.SIGNATURE_DOES_NOT_MATCH
    late = verify(authorization, request, SECRET, now=ends + 1)
    assert (late.kind, late.message) == (FaultKind.ACCESS_DENIED, "Invalid according to Policy: Policy expired.")


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_form_needs_leave_to_put_its_object(post, authorized, version):
    fields = {"acl": "public-read", "x-amz-storage-class": "STANDARD_IA"}
    conditions = [{name: text} for name, text in fields.items()]
    request, body = post(_presigned("in/${filename}", version, fields, conditions))
    put, acl = authorized(request, body)
    assert (put.action, put.resource) == ("s3:PutObject", "arn:aws:s3:::bk/in/photo.png")
    assert (acl.action, acl.resource) == ("s3:PutObjectAcl", "arn:aws:s3:::bk/in/photo.png")
    assert put.context["s3:authType"] == "POST"
    assert put.context["s3:signatureversion"] == {"s3v4": "AWS4-HMAC-SHA256", "s3": "AWS"}[version]
    assert put.context["s3:x-amz-acl"] == "public-read"
    assert put.context["s3:x-amz-storage-class"] == "STANDARD_IA"


def test_a_form_without_policy_is_anonymous(post, authorized):
    tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>"
    request, body = post({"key": "k", "tagging": tags})
    assert parse_authorization(request, body) is None
    put, tagging = authorized(request, body)
    assert (put.action, tagging.action) == ("s3:PutObject", "s3:PutObjectTagging")
    assert put.context == {
        "s3:RequestObjectTag/a": "1",
        "s3:RequestObjectTagKeys": ("a",),
        "s3:ObjectCreationOperation": "true",
    }


def _policy(*conditions, expiration="2030-01-01T00:00:00Z"):
    return b64encode(json.dumps({"expiration": expiration, "conditions": conditions}).encode()).decode()


@pytest.mark.parametrize(
    ("fields", "conditions", "kind", "message"),
    [
        ({"key": "in/k"}, [{"bucket": "bk"}, ["starts-with", "$key", "in/"]], None, ""),
        ({"key": "k"}, [["eq", "$key", "k"], ["content-length-range", 7, 7]], None, ""),
        ({"key": "k", "x-ignore-me": "1"}, [{"key": "k"}], None, ""),
        (
            {"key": "out/k"},
            [["starts-with", "$key", "in/"]],
            FaultKind.ACCESS_DENIED,
            'Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "in/"]',
        ),
        (
            {"key": "k"},
            [{"bucket": "other"}],
            FaultKind.ACCESS_DENIED,
            'Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "other"]',
        ),
        (
            {"key": "k", "acl": "public-read"},
            [{"key": "k"}],
            FaultKind.ACCESS_DENIED,
            "Invalid according to Policy: Extra input fields: acl",
        ),
        ({"key": "k"}, [{"key": "k"}, ["content-length-range", 0, 6]], FaultKind.ENTITY_TOO_LARGE, ""),
        ({"key": "k"}, [{"key": "k"}, ["content-length-range", 8, 9]], FaultKind.ENTITY_TOO_SMALL, ""),
        ({"key": "k"}, [{"key": "k"}, ["content-length-range", "a", 9]], FaultKind.INVALID_POLICY_DOCUMENT, ""),
        ({"key": "k"}, ["key"], FaultKind.INVALID_POLICY_DOCUMENT, ""),
    ],
)
def test_a_form_must_be_as_its_policy_says(post, authorized, fields, conditions, kind, message):
    found = authorized(*post({**fields, "policy": _policy(*conditions)}))
    assert (found.kind if isinstance(found, Fault) else None) == kind
    assert not message or found.message == message


@pytest.mark.parametrize("policy", ["", "!", "e30=", b64encode(b'{"expiration": 1, "conditions": []}').decode()])
def test_a_policy_that_cannot_be_read_is_a_fault(post, authorized, policy):
    request, body = post({"key": "k", "policy": policy})
    assert parse_authorization(request, body).kind is FaultKind.INVALID_POLICY_DOCUMENT
    assert authorized(request, body).kind is FaultKind.INVALID_POLICY_DOCUMENT


@pytest.mark.parametrize(
    ("fields", "file", "message"),
    [
        ({"policy": _policy()}, b"x", NO_KEY),
        ({"key": "k"}, None, "POST requires exactly one file upload per request."),
    ],
)
def test_a_form_without_what_it_must_have_is_a_fault(post, authorized, fields, file, message):
    fault = authorized(*post(fields, file))
    assert (fault.kind, fault.message) == (FaultKind.INVALID_ARGUMENT, message)


@pytest.mark.parametrize("missing", ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature"])
def test_a_signed_form_needs_every_part_of_its_signature(post, missing):
    fields = _presigned("k", "s3v4")
    del fields[missing.lower()]
    fault = parse_authorization(*post(fields))
    assert fault.kind is FaultKind.INVALID_ARGUMENT
    assert f"'{missing}'" in fault.message


def test_a_form_signed_for_another_credential_is_a_fault(post):
    fields = {**_presigned("k", "s3v4"), "x-amz-credential": "AK"}
    assert parse_authorization(*post(fields)).kind is FaultKind.AUTHORIZATION_QUERY


@given(st.binary(max_size=300), st.text(max_size=20))
def test_every_body_is_a_form_or_refused(body, boundary):
    headers = CIMultiDictProxy(CIMultiDict({"Content-Type": f"multipart/form-data; boundary={boundary}"}))
    request = HttpRequest("POST", "127.0.0.1", "/bk", "", headers)
    for content in (body, b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + body):
        assert isinstance(parse_form(request, content), FormUpload | Fault)
