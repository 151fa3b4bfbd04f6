"""Request ids are spelled as each service spells its own, and are the same in the body where it has one."""

import re

import pytest

from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.request_ids import host_id, request_id, with_request_id

S3 = Service("s3", "us-east-1", Protocol.S3, "s3")
DYNAMODB = Service("dynamodb", "us-east-1", Protocol.JSON_1_0, "dynamodb")
STS = Service("sts", "us-east-1", Protocol.QUERY, "sts")
EC2 = Service("ec2", "us-east-1", Protocol.EC2, "ec2")


@pytest.mark.parametrize(
    ("service", "form"),
    [
        (S3, r"[0-9A-F]{16}"),
        (DYNAMODB, r"[0-9A-Z]{52}"),
        (STS, r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    ],
)
def test_an_id_has_the_services_form(service, form):
    assert re.fullmatch(form, request_id(bytes(range(16)), service))
    assert request_id(bytes(16), service) != request_id(bytes(range(16)), service)


def test_s3s_second_id_is_64_bytes_in_base_64():
    assert re.fullmatch(r"[A-Za-z0-9+/]{86}==", host_id("0123456789ABCDEF"))


@pytest.mark.parametrize(
    ("service", "body", "expected"),
    [
        (STS, b"<A><RequestId>x</RequestId></A>", b"<A><RequestId>1</RequestId></A>"),
        (EC2, b"<A><requestId>x</requestId></A>", b"<A><requestId>1</requestId></A>"),
        (EC2, b"<Response><RequestID></RequestID></Response>", b"<Response><RequestID>1</RequestID></Response>"),
        (S3, b"<A><RequestId>x</RequestId></A>", b"<A><RequestId>x</RequestId></A>"),
        (DYNAMODB, b"{}", b"{}"),
    ],
)
def test_the_body_tells_the_same_id_as_the_header(service, body, expected):
    assert with_request_id(body, "1", service, 200) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"<Error><Code>A</Code><RequestID>x</RequestID></Error>",
        b"<Error><Code>A</Code><RequestId>x</RequestId><HostId>y</HostId></Error>",
    ],
)
def test_an_error_of_s3_tells_both_ids(body):
    told = f"<Error><Code>A</Code><RequestId>1</RequestId><HostId>{host_id('1')}</HostId></Error>"
    assert with_request_id(body, "1", S3, 404) == told.encode()
