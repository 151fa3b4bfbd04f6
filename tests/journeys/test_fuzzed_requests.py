"""No request makes the emulator fail: whatever comes gets an answer of the service, and the log has no traceback.

There are three kinds of requests: any HTTP; recorded ones with something changed; and calls whose parameters are of
their types but mean nothing. Some 1,500 are sent here, the same each time; `make fuzz` sends 15,000 others.
"""

import json
import random
import string
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlencode

import botocore.serialize
import botocore.session
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SESSION = botocore.session.get_session()
IS_LONG_RUN = settings().max_examples > 1000  # the profile `fuzz` of `make fuzz`, in conftest.py


def share(examples):
    """Return the settings of a test that sends this many requests, and more, other ones in a long run."""
    return settings(
        max_examples=examples * (10 if IS_LONG_RUN else 1),
        derandomize=not IS_LONG_RUN,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it stands on the wire; header names and values are Latin-1."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def written(self):
        """Return the bytes of the request."""
        lines = [f"{self.method} {self.target} HTTP/1.1", "Host: localhost", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


class Door:
    """The internet door by one kept-alive connection, which is made anew where the emulator closes it."""

    def __init__(self, url, dial, read_response):
        self._dial = lambda: dial(url)
        self._read = read_response
        self._connection = self._dial()

    def must_answer(self, sent):
        """Send a request, and hold the answer against what every answer has to be."""
        answer = self._ask(sent) or self._ask_anew(sent)
        assert answer is not None, f"no answer to {sent}"
        # 501 is what moto does not have; nothing here asks for another failure.
        assert answer.status < 500 or answer.status == 501, f"{answer.status} {answer.body[:500]} to {sent}"
        if answer.headers["Connection"] == "close":
            self._renew()
        return answer

    def _ask(self, sent):
        try:
            self._connection.sendall(sent.written())
            return self._read(self._connection, sent.method)
        except OSError:
            return None

    def _ask_anew(self, sent):
        self._renew()
        return self._ask(sent)

    def _renew(self):
        self._connection.close()
        self._connection = self._dial()


@pytest.fixture
def door(vpce, vpce_server, dial, read_response):
    """The internet door of an emulator that has some data; after the test its log has no traceback."""
    vpce.client("s3").create_bucket(Bucket="bucket")
    vpce.client("s3").put_object(Bucket="bucket", Key="key", Body=b"content")
    vpce.client("sqs").create_queue(QueueName="queue")
    vpce.client("sns").create_topic(Name="topic")
    vpce.client("dynamodb").create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    before = len(vpce_server.log())
    yield Door(vpce.url(), dial, read_response)
    vpce.client("s3").list_buckets()
    log = vpce_server.log()[before:]
    assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:5000]


def authorization(scope):
    """Return the headers of a request of the account's root, whose signatures are not verified."""
    now = datetime.now(UTC)
    credential = f"AKIAIOSFODNN7EXAMPLE/{now:%Y%m%d}/us-east-1/{scope}/aws4_request"
    signature = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    return (("Authorization", signature), ("X-Amz-Date", f"{now:%Y%m%dT%H%M%SZ}"))


# Any HTTP. Among what is random stand values that some part of the emulator reads.
PATH = "/ // /bucket /bucket/ /bucket/key /bucket//a/../b /%00 /a/%E2%82%AC /. /_vpce /2015-03-31/functions"
QUERY_PARTS = """
    acl policy uploads versions delete tagging cors list-type=2 max-keys=x =&=& x=%zz versionId=1 Action=DescribeVpcs
    uploadId=x&partNumber=1 select&select-type=2 X-Amz-Algorithm=AWS4-HMAC-SHA256 X-Amz-Credential=%2F%2F
    X-Amz-Signature=0&X-Amz-Expires=x AWSAccessKeyId=a&Signature=b&Expires=c
"""
FIELD_NAMES = """
    Authorization X-Amz-Target Date X-Amz-Date Range If-Match If-Modified-Since Origin Access-Control-Request-Method
    X-Amz-Content-Sha256 X-Amz-Decoded-Content-Length X-Amz-Trailer Content-MD5 X-Amz-Copy-Source X-Amz-Security-Token
    X-Amz-Meta-_x Content-Encoding Cookie X-Amz-Tagging X-Amz-Acl X-Amz-Account-Id Smithy-Protocol X-Forwarded-For
"""
FIELD_VALUES = """
    -1 99999999999999999999 bytes=a-b bytes=5-1 aws-chunked gzip * Bearer|x AWS|a:b DynamoDB_20120810.GetItem
    DynamoDB_20120810. /bucket/key STREAMING-AWS4-HMAC-SHA256-PAYLOAD STREAMING-UNSIGNED-PAYLOAD-TRAILER
    AWS4-HMAC-SHA256|Credential=a/20250101/us-east-1/s3/aws4_request,SignedHeaders=x,Signature=y
"""
CONTENT_TYPES = [
    "text/xml",
    "application/json",
    "application/x-amz-json-1.0",
    "application/x-www-form-urlencoded",
    "application/cbor",
    "multipart/form-data; boundary=b",
    "a/b; c",
]


def one_of(words):
    return st.sampled_from([word.replace("|", " ") for word in words.split()])


METHODS = one_of("GET PUT POST DELETE HEAD OPTIONS PATCH TRACE PROPFIND")
VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="#?"), max_size=30)
TEXT = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=40)
TARGETS = st.builds(
    lambda path, query: f"{path}?{'&'.join(query)}",
    one_of(PATH) | VISIBLE.map("/{}".format),
    st.lists(one_of(QUERY_PARTS) | VISIBLE, max_size=3),
)
SIGNED = st.none() | one_of("s3 dynamodb sqs sts ec2 lambda kms monitoring route53")
FIELDS = st.lists(st.tuples(one_of(FIELD_NAMES), one_of(FIELD_VALUES) | TEXT), max_size=5)
BODIES = st.binary(max_size=200) | st.sampled_from(
    [b"", b"{}", b"[]", b"<Delete/>", b"<Delete><Object><Key>", b"--b--", b"\xa0", b"\xbf"]
)


@share(600)
@given(
    method=METHODS,
    target=TARGETS,
    fields=FIELDS,
    scope=SIGNED,
    content_type=st.sampled_from(CONTENT_TYPES),
    body=BODIES,
)
def test_any_http_is_answered(door, method, target, fields, scope, content_type, body):
    signed = authorization(scope) if scope else ()
    door.must_answer(Sent(method, target, (*signed, ("Content-Type", content_type), *fields), body))


# Calls whose parameters are of their types. The services are those that moto is installed with, and more.
SERVICES = [
    *("s3", "dynamodb", "dynamodbstreams", "sqs", "sns", "sts", "iam", "kms", "secretsmanager", "ssm", "ec2", "lambda"),
    *("logs", "events", "stepfunctions", "kinesis", "cloudwatch", "cloudformation", "ecr", "route53", "apigateway"),
    *("firehose", "organizations", "s3control"),
]
WORDS = [
    *(
        "",
        "a",
        "0",
        "-1",
        "*",
        "{}",
        "[]",
        "null",
        "true",
        "table",
        "bucket",
        "key",
        "queue",
        "x" * 300,
        "a b",
        "ü",
        "/",
    ),
    *(
        "2020-01-01T00:00:00Z",
        "10.0.0.0/16",
        "vpc-00000000",
        "123456789012",
        "us-east-1",
        "a=b&c=d",
        "%",
        "\\",
        '"',
        "<a>",
    ),
    *(
        "http://sqs.us-east-1.amazonaws.com/123456789012/queue",
        "arn:aws:sns:us-east-1:123456789012:topic",
        "arn:aws:::",
    ),
    *(
        "arn:aws:iam::123456789012:role/r",
        "SELECT * FROM table",
        '{"Version": "2012-10-17", "Statement": []}',
        "p = :p",
    ),
]
NUMBERS = [0, 1, 2, -1, 10, 1000, 2**31 - 1, 2**31, 2**63 - 1]


@cache
def model_of(service):
    return SESSION.get_service_model(service)


class Nonsense:
    """Values of the types that a service's model tells, from one seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)  # noqa: S311 - nothing secret comes of it

    def operation(self):
        """Return an operation of a service, by its model."""
        model = model_of(self.random.choice(SERVICES))
        return model.operation_model(self.random.choice(model.operation_names))

    def value(self, shape, name="", depth=0):
        """Return a value of a shape."""
        make = getattr(self, f"_{shape.type_name}", None)
        return make(shape, depth) if make else self._scalar(shape.type_name, name, getattr(shape, "enum", []))

    def _structure(self, shape, depth):
        required = [name for name in shape.required_members if self.random.random() < 0.95]
        others = [name for name in shape.members if name not in required]
        chosen = self.random.sample(others, min(len(others), self.random.choice([0, 1, 1, 2, 4]))) if depth < 5 else []
        if getattr(shape, "is_tagged_union", False) and not required:
            chosen = chosen[:1]
        return {name: self.value(shape.members[name], name, depth + 1) for name in [*required, *chosen]}

    def _list(self, shape, depth):
        count = self.random.choice([0, 1, 1, 2]) if depth < 6 else 0
        return [self.value(shape.member, depth=depth + 1) for _ in range(count)]

    def _map(self, shape, depth):
        count = self.random.choice([0, 1, 1, 2]) if depth < 6 else 0
        return {self._scalar("string", "", []): self.value(shape.value, depth=depth + 1) for _ in range(count)}

    def _scalar(self, type_name, name, enum):
        if type_name == "string":
            return self.random.choice(enum if enum and self.random.random() < 0.9 else WORDS)
        if type_name in {"integer", "long"}:
            # Nobody waits for a message here.
            return 0 if name == "WaitTimeSeconds" else self.random.choice(NUMBERS)
        if type_name in {"float", "double"}:
            return self.random.choice([0.0, 1.5, -1e300])
        if type_name == "boolean":
            return self.random.random() < 0.5
        if type_name == "timestamp":
            return self.random.choice([datetime(2020, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)])
        return self.random.choice([b"", b"a", b"\x00\xff", b"PK\x05\x06" + bytes(18)])


@cache
def serializer(protocol):
    return botocore.serialize.create_serializer(protocol, include_validation=False)


def request_of(operation, parameters):
    """Return a call as botocore writes it, signed so that it gets as far as its parameters."""
    model = operation.service_model
    written = serializer(model.resolved_protocol).serialize_to_request(parameters, operation)
    query = written["query_string"] if isinstance(written["query_string"], dict) else {}
    pairs = [
        (name, str(part)) for name, value in query.items() for part in (value if isinstance(value, list) else [value])
    ]
    target = (
        quote(written["url_path"], safe="/%?&=+:~*()!'")
        + ("&" if "?" in written["url_path"] else "?")
        + urlencode(pairs)
    )
    body = written["body"]
    if isinstance(body, dict):
        body = urlencode(body)
    headers = [(name, str(value)) for name, value in written["headers"].items()]
    headers = [(name, "".join(c for c in value if c in string.printable[:95])) for name, value in headers]
    content = body.encode() if isinstance(body, str) else bytes(body or b"")
    return Sent(written["method"], target.rstrip("?"), (*authorization(model.signing_name), *headers), content)


@share(500)
@given(seed=st.integers(0, 2**64 - 1))
def test_a_call_that_means_nothing_is_answered(door, seed):
    nonsense = Nonsense(seed)
    operation = nonsense.operation()
    parameters = nonsense.value(operation.input_shape) if operation.input_shape else {}
    try:
        sent = request_of(operation, parameters)
    except (botocore.serialize.ParamValidationError, ValueError, TypeError, AttributeError, KeyError):
        return  # what botocore cannot write no SDK sends
    door.must_answer(sent)


# Recorded requests, with something changed.
RECORDED = [
    (told["service"], request)
    for told in json.loads((Path(__file__).parent / "data" / "recorded-requests.json").read_text(encoding="utf-8"))
    for request in told["requests"]
]


def without_one(sent, draw):
    return replace(sent, headers=tuple(draw.sample(sent.headers, max(len(sent.headers) - 1, 0))))


def with_other_method(sent, draw):
    return replace(sent, method=draw.choice(["GET", "PUT", "POST", "DELETE", "HEAD"]))


def with_other_target(sent, draw):
    at = draw.randrange(1, len(sent.target) + 1)
    return replace(
        sent, target=sent.target[:at] + draw.choice(["", "?", "/", "%00", "&x", "=", "%zz"]) + sent.target[at:]
    )


def with_more_query(sent, draw):
    parameter = draw.choice(QUERY_PARTS.split())
    return replace(sent, target=sent.target + ("&" if "?" in sent.target else "?") + parameter)


def with_field(sent, draw):
    field = (draw.choice(FIELD_NAMES.split()), draw.choice(FIELD_VALUES.split()).replace("|", " "))
    return replace(sent, headers=(*sent.headers, field))


def with_cut_body(sent, draw):
    return replace(sent, body=sent.body[: draw.randrange(len(sent.body) + 1)])


def with_other_bytes(sent, draw):
    body = bytearray(sent.body or b" ")
    for _ in range(draw.choice([1, 1, 2, 8])):
        body[draw.randrange(len(body))] = draw.randrange(256)
    return replace(sent, body=bytes(body))


def with_other_word(sent, draw):
    words = [
        word for word in (b'"', b"{", b"}", b"[", b"]", b":", b"<", b">", b"&", b"=", b"1", b"t") if word in sent.body
    ]
    instead = draw.choice([b"null", b"[]", b"{}", b"-1", b'""', b"9" * 30, b"\xff", b"<a/>"])
    return replace(sent, body=sent.body.replace(draw.choice(words), instead, 1)) if words else sent


CHANGES = [
    without_one,
    with_other_method,
    with_other_target,
    with_more_query,
    with_field,
    with_cut_body,
    with_other_bytes,
    with_other_word,
]


@share(400)
@given(seed=st.integers(0, 2**64 - 1))
def test_a_changed_request_is_answered(door, seed):
    draw = random.Random(seed)  # noqa: S311 - nothing secret comes of it
    service, request = draw.choice(RECORDED)
    sent = request_of(model_of(service).operation_model(request["operation"]), request["parameters"])
    for _ in range(draw.choice([1, 1, 2, 3])):
        sent = draw.choice(CHANGES)(sent, draw)
    door.must_answer(sent)
