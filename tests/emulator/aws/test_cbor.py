"""CBOR as the SDKs write it, and what is none."""

import struct
from contextlib import suppress
from datetime import UTC, datetime

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpce_emulator.aws.actions import authorizations
from vpce_emulator.aws.call import Operation, Protocol, Service
from vpce_emulator.aws.cbor import CborError, read_cbor
from vpce_emulator.aws.faults import FaultKind
from vpce_emulator.aws.operation import identify_operation
from vpce_emulator.aws.service import identify_service
from vpce_emulator.aws.validation import invalid_parameters

SCALARS = st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS | st.binary(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12
)


def encoded(value):
    """Encode a value as RFC 8949 says, in the shortest form."""
    match value:
        case None:
            return b"\xf6"
        case bool():
            return b"\xf5" if value else b"\xf4"
        case int():
            return head(0, value) if value >= 0 else head(1, -1 - value)
        case float():
            return b"\xfb" + struct.pack(">d", value)
        case bytes():
            return head(2, len(value)) + value
        case str():
            return head(3, len(value.encode())) + value.encode()
        case list():
            return head(4, len(value)) + b"".join(map(encoded, value))
        case dict():
            pairs = (encoded(name) + encoded(each) for name, each in value.items())
            return head(5, len(value)) + b"".join(pairs)


def head(major, length):
    if length < 24:
        return bytes([major << 5 | length])
    size = next(size for size in (1, 2, 4, 8) if length < 1 << 8 * size)
    return bytes([major << 5 | {1: 24, 2: 25, 4: 26, 8: 27}[size]]) + length.to_bytes(size, "big")


@given(VALUES)
def test_what_is_written_is_read(value):
    assert read_cbor(encoded(value)) == value


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(content):
    with suppress(CborError):
        read_cbor(content)


# The examples of RFC 8949, appendix A.
@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("f93c00", 1.0),
        ("fa47c35000", 100000.0),
        ("c11a514b67b0", datetime(2013, 3, 21, 20, 4, tzinfo=UTC)),
        ("5f42010243030405ff", b"\x01\x02\x03\x04\x05"),
        ("7f657374726561646d696e67ff", "streaming"),
        ("9f018202039f0405ffff", [1, [2, 3], [4, 5]]),
        ("bf61610161629f0203ffff", {"a": 1, "b": [2, 3]}),
        ("f7", None),
    ],
)
def test_the_examples_of_the_rfc(content, value):
    assert read_cbor(bytes.fromhex(content)) == value


@pytest.mark.parametrize(
    "content",
    ["", "1c", "61", "61ff", "8201", "ff", "a1", "a10102", "bf6161ff", "c161", "0000", "fc", "81" * 100, "82ff"],
)
def test_what_is_no_cbor_is_an_error(content):
    with pytest.raises(CborError):
        read_cbor(bytes.fromhex(content))


@pytest.fixture
def alarm(sdk_request):
    """A function that returns a request for an alarm in CBOR, its service and its body."""

    def make(**parameters):
        request, body = sdk_request("cloudwatch", "delete_alarms", config={"parameter_validation": False}, **parameters)
        return request, identify_service(request, default_region="us-east-1"), body

    return make


def test_a_cbor_request_names_its_resources(alarm):
    request, service, body = alarm(AlarmNames=["hot", "cold"])
    operation = identify_operation(service, request, None)
    assert operation == Operation("DeleteAlarms", needs_body=True)
    wanted = authorizations(service, operation, request, body, account_id="123456789012")
    assert [(one.action, one.resource) for one in wanted] == [
        ("cloudwatch:DeleteAlarms", f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}")
        for name in ("hot", "cold")
    ]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (encoded({"AlarmNames": ["hot"]}), None),
        (encoded({}), FaultKind.VALIDATION),
        (encoded({"AlarmNames": "hot"}), FaultKind.MALFORMED_BODY),
        (encoded({"AlarmNames": [1]}), FaultKind.MALFORMED_BODY),
        (encoded([]), FaultKind.MALFORMED_BODY),
        (b"\xa1", FaultKind.MALFORMED_BODY),
    ],
)
def test_a_cbor_request_is_held_against_its_model(body, kind):
    model = botocore.session.get_session().get_service_model("cloudwatch").operation_model("DeleteAlarms")
    service = Service("cloudwatch", "us-east-1", Protocol.CBOR, "cloudwatch")
    found = invalid_parameters(service, model.input_shape, "", body)
    assert (found and found.kind) == kind
