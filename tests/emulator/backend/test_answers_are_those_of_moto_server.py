"""The same raw requests to moto's own server and to the embedded backend: status, headers and body agree."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
"""

AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/{}/aws4_request, Signature=a"


@pytest.fixture(scope="module")
def moto_port() -> Iterator[int]:
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603 - ourselves
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.communicate(timeout=10)


@dataclass(frozen=True)
class Step:
    """A raw request."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    query: str = ""
    operation: str = ""


@dataclass(frozen=True)
class Answer:
    """What is compared of an answer."""

    status: int
    headers: dict[str, list[str]]
    body: bytes


CORRECTED = {
    "access-control-allow-origin": "flask-cors adds it to everything; S3 only as the bucket's CORS rules say",
    "connection": "the server's own",
    "content-md5": "S3 does not send back the header of the upload",
    "date": "the server's own",
    "last-modified": "times differ",
    "server": "AmazonS3 instead of Werkzeug or amazon.com",
    "status": "an entry of moto's dictionary that is no header",
    "x-amz-content-sha256": "S3 does not send back the header of the upload",
    "x-amz-checksum-type": "S3 sends it with every checksum",
    "x-amz-id-2": "S3's second request id, which moto lacks",
    "x-amz-request-id": "S3's name for the request id",
    "x-amzn-requestid": "not S3's name for the request id",
}
"""Headers that differ from moto's on purpose."""


def compared(status: int, headers: list[tuple[str, str]], body: bytes, method: str) -> Answer:
    kept: dict[str, list[str]] = {}
    for name, value in headers:
        lower = name.lower()
        invented = lower == "content-type" and value.startswith("text/html") and (not body or method == "HEAD")
        measured = lower == "content-length" and method != "HEAD"
        if lower not in CORRECTED and not invented and not measured:
            kept.setdefault(lower, []).append(value)
    text = re.sub(rb"<(RequestId|HostId|LastModified|CreationDate|UploadId|Initiated)>[^<]*", rb"<\1>", body)
    return Answer(status, kept, re.sub(rb'"(CreationDateTime)": [0-9.]+', rb'"\1"', text))


def ask_server(port: int, step: Step, service: str) -> Answer:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        url = f"{step.path}?{step.query}" if step.query else step.path
        connection.putrequest(step.method, url, skip_host=True, skip_accept_encoding=True)
        headers = {"Host": f"{service}.us-east-1.amazonaws.com", "Authorization": AUTHORIZATION.format(service)}
        for name, value in (headers | {"Content-Length": str(len(step.body))} | step.headers).items():
            connection.putheader(name, value)
        connection.endheaders(step.body)
        response = connection.getresponse()
        return compared(response.status, response.getheaders(), response.read(), step.method)


async def ask_backend(caller, step: Step) -> Answer:
    headers = {
        "Authorization": AUTHORIZATION.format("s3"),
        "Host": "127.0.0.1:4566",
        "Content-Length": str(len(step.body)),
    }
    response = await caller.s3(
        step.method, step.path, headers | step.headers, step.body, query=step.query, operation=step.operation
    )
    return compared(response.status, list(response.headers), response.body, step.method)


PUT_GZIP = {"Content-Encoding": "gzip", "Content-Type": "text/plain", "Cache-Control": "no-cache"}
S3_STORIES = {
    "an object and its head": [
        Step(
            "PUT",
            "/bucket/key",
            {"x-amz-meta-my_key": "a_b", "x-amz-meta-plain": "c", "Content-Type": "text/x"},
            b"abc",
        ),
        Step("GET", "/bucket/key"),
        Step("HEAD", "/bucket/key"),
        Step("GET", "/bucket/missing"),
        Step("HEAD", "/bucket/missing"),
        Step("DELETE", "/bucket/key"),
        Step("DELETE", "/bucket/key"),
    ],
    "ranges": [
        Step("PUT", "/bucket/key", body=b"0123456789"),
        *(
            Step(method, "/bucket/key", {"Range": f"bytes={span}"})
            for method in ("GET", "HEAD")
            for span in ("2-4", "-3", "7-", "20-30")
        ),
    ],
    "conditions": [
        Step("PUT", "/bucket/key", body=b"abc"),
        Step("GET", "/bucket/key", {"If-None-Match": '"900150983cd24fb0d6963f7d28e17f72"'}),
        Step("HEAD", "/bucket/key", {"If-None-Match": '"900150983cd24fb0d6963f7d28e17f72"'}),
        Step("GET", "/bucket/key", {"If-Match": '"0"'}),
        Step("GET", "/bucket/key", {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}),
        Step("PUT", "/bucket/key", {"If-None-Match": "*"}, b"x"),
    ],
    "gzip stays as it is": [
        Step("PUT", "/bucket/key", PUT_GZIP, b"\x1f\x8b\x08 not really"),
        Step("GET", "/bucket/key"),
        Step("GET", "/bucket/key", query="response-content-type=a%2Fb&response-content-disposition=attachment"),
    ],
    "listings": [
        Step("PUT", "/bucket/a/1", body=b"x"),
        Step("PUT", "/bucket/a/2", body=b"x"),
        Step("PUT", "/bucket/b%20c%2B", body=b"x"),
        Step("GET", "/bucket", query="list-type=2&delimiter=%2F"),
        Step("GET", "/bucket/", query="list-type=2&prefix=a%2F&max-keys=1"),
        Step("GET", "/bucket", query="encoding-type=url"),
        Step("GET", "/"),
        Step("HEAD", "/bucket"),
        Step("GET", "/bucket", query="location"),
        Step("GET", "/nobucket"),
    ],
    "several at once": [
        Step("PUT", "/bucket/a", body=b"x"),
        Step(
            "POST",
            "/bucket",
            {"Content-Type": "application/xml"},
            b"<Delete><Object><Key>a</Key></Object></Delete>",
            "delete",
        ),
        Step("GET", "/bucket/a"),
    ],
    "copies": [
        Step("PUT", "/bucket/a%20b", {"x-amz-meta-x": "y"}, b"x"),
        Step("PUT", "/bucket/copy", {"x-amz-copy-source": "/bucket/a%20b"}),
        Step("GET", "/bucket/copy"),
    ],
    "tags and versions": [
        Step(
            "PUT",
            "/bucket",
            body=b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
            query="versioning",
        ),
        Step("PUT", "/bucket/k", {"x-amz-tagging": "a=b&c=d"}, b"x"),
        Step("GET", "/bucket/k", query="tagging"),
        Step("GET", "/bucket", query="versioning"),
    ],
}


@pytest.mark.parametrize("steps", S3_STORIES.values(), ids=S3_STORIES)
async def test_s3_answers_as_behind_motos_own_server(moto_port, caller, steps):
    ask_server(moto_port, Step("POST", "/moto-api/reset"), "s3")
    for step in [Step("PUT", "/bucket"), *steps]:
        theirs, ours = ask_server(moto_port, step, "s3"), await ask_backend(caller, step)
        ours.headers.pop("x-amz-version-id", None)
        theirs.headers.pop("x-amz-version-id", None)
        assert ours == theirs, step


TABLE = {
    "TableName": "t",
    "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "r", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": "p", "AttributeType": "S"},
        {"AttributeName": "r", "AttributeType": "N"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
EVERY_TYPE = {
    "p": {"S": "\u2603"},
    "r": {"N": "1.5"},
    "binary": {"B": "AAEC"},
    "sets": {
        "M": {"ss": {"SS": ["a"]}, "ns": {"NS": ["1"]}, "bs": {"BS": ["AAEC"]}}
    },  # of one: moto does not order them
    "list": {"L": [{"NULL": True}, {"BOOL": False}, {"M": {}}, {"L": []}]},
}
KEY = {"p": {"S": "\u2603"}, "r": {"N": "1.5"}}
DYNAMODB_CALLS = [
    ("CreateTable", TABLE),
    ("CreateTable", TABLE),
    ("ListTables", {}),
    ("PutItem", {"TableName": "t", "Item": EVERY_TYPE, "ReturnConsumedCapacity": "TOTAL"}),
    ("PutItem", {"TableName": "t", "Item": EVERY_TYPE, "ReturnValues": "ALL_OLD"}),
    ("PutItem", {"TableName": "t", "Item": {"p": {"S": "x"}}}),
    ("GetItem", {"TableName": "t", "Key": KEY}),
    ("GetItem", {"TableName": "t", "Key": KEY, "ProjectionExpression": "sets.ss"}),
    ("GetItem", {"TableName": "t", "Key": {"p": {"S": "none"}, "r": {"N": "0"}}}),
    ("GetItem", {"TableName": "none", "Key": KEY}),
    (
        "Query",
        {"TableName": "t", "KeyConditionExpression": "p = :p", "ExpressionAttributeValues": {":p": {"S": "\u2603"}}},
    ),
    ("Scan", {"TableName": "t", "Select": "COUNT"}),
    ("BatchGetItem", {"RequestItems": {"t": {"Keys": [KEY]}}}),
    ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": "t", "Key": KEY}}]}),
    ("DeleteItem", {"TableName": "t", "Key": KEY, "ReturnValues": "ALL_OLD"}),
]


async def test_dynamodb_answers_as_behind_motos_own_server(moto_port, caller):
    ask_server(moto_port, Step("POST", "/moto-api/reset"), "s3")
    for operation, parameters in DYNAMODB_CALLS:
        body = json.dumps(parameters).encode()
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        theirs = ask_server(moto_port, Step("POST", "/", headers, body), "dynamodb")
        answer = await caller.json("dynamodb", "DynamoDB_20120810", operation, body)
        ours = compared(answer.status, list(answer.headers), answer.body, "POST")
        for answered in (ours, theirs):
            if b"CreationDateTime" in answered.body:
                answered.headers.pop("x-amz-crc32")  # of the time
        assert ours == theirs, operation


KEYS = [
    ("a%2Fb", "a/b"),
    ("a//b", "a//b"),
    ("/leading", "/leading"),
    ("trailing/", "trailing/"),
    ("//", "//"),
    ("a+b", "a+b"),
    ("a%2Bb%20c", "a+b c"),
    ("100%25", "100%"),
    ("%E2%98%83/%C3%A9", "\u2603/\u00e9"),
    ("a;b=c&d?", "a;b=c&d?"),
    (".well-known/x.amazonaws.com/y", ".well-known/x.amazonaws.com/y"),
    ("..%2F..", "../.."),
]


@pytest.mark.parametrize(("raw", "key"), KEYS)
@pytest.mark.parametrize("style", ["path", "virtual host"])
async def test_keys_arrive_as_they_were_sent(caller, raw, key, style):
    raw = raw.replace("?", "%3F")
    await caller.s3("PUT", "/bucket")
    if style == "path":
        put = await caller.s3("PUT", f"/bucket/{raw}", body=b"x")
    else:
        put = await caller.s3("PUT", f"/{raw}", body=b"x", host="bucket.s3.us-east-1.amazonaws.com", bucket="bucket")
    assert put.status == 200
    client = caller.backend.client("s3", region="us-east-1", account_id=caller.account_id)
    assert [item["Key"] for item in client.list_objects_v2(Bucket="bucket")["Contents"]] == [key]
    assert (await caller.s3("GET", f"/bucket/{raw}")).body == b"x"


async def test_a_form_content_type_does_not_change_what_is_stored(caller):
    await caller.s3("PUT", "/bucket")
    await caller.s3("PUT", "/bucket/k", {"Content-Type": "application/x-www-form-urlencoded"}, b"a=b&c=d")
    assert (await caller.s3("GET", "/bucket/k")).body == b"a=b&c=d"


async def test_headers_that_came_twice_are_joined(caller):
    await caller.s3("PUT", "/bucket")
    await caller.s3("PUT", "/bucket/k", (("x-amz-meta-a", "1"), ("x-amz-meta-a", "2")), b"x")
    assert ("x-amz-meta-a", "1,2") in (await caller.s3("GET", "/bucket/k")).headers


async def test_a_header_value_cannot_end_its_line(caller):
    await caller.s3("PUT", "/bucket")
    await caller.s3("PUT", "/bucket/k", body=b"x")
    answer = await caller.s3("GET", "/bucket/k", query="response-content-disposition=a%0D%0AX-Evil%3A%201")
    assert ("Content-Disposition", "a X-Evil: 1") in answer.headers
