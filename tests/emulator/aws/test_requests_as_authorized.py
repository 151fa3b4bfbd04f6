"""moto does what was authorized, however a request is written that could be read in two ways."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.s3.models import FakeBucket, S3Backend
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.as_authorized import s3_as_authorized
from vpce_emulator.aws.call import Operation, Protocol, Service
from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.s3_request import ObjectName, copy_source
from vpce_emulator.backend.embedded import s3
from vpce_emulator.backend.embedded.dispatch import ServiceCall

S3 = Service("s3", "us-east-1", Protocol.S3, "s3")


class _Reached(Exception):
    """What moto would have read or written."""


def _source_read(_, bucket, key, version_id=None):
    if bucket != "to":
        raise _Reached(bucket, key, version_id)


@pytest.fixture(scope="module", autouse=True)
def moto():
    """moto's S3, which tells what it would touch instead of touching it."""
    bucket = FakeBucket("to", "123456789012", "us-east-1")
    bucket.multiparts["1"] = SimpleNamespace(id="1", key_name="k")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(S3Backend, "get_object", _source_read)
        patch.setattr(S3Backend, "get_bucket", lambda _, _name: bucket)
        yield


def _in_moto(operation, request, body):
    """Return what moto would touch of a request as authorized."""
    forwarded = s3_as_authorized(operation, request, body)
    assert not isinstance(forwarded, Fault)
    with pytest.raises(_Reached) as reached:
        s3.answer(ServiceCall(S3, operation, "123456789012", *forwarded))
    return reached.value.args


def _request(method, path, query="", body_headers=()):
    return HttpRequest(method, "s3.us-east-1.amazonaws.com", path, query, CIMultiDictProxy(CIMultiDict(body_headers)))


SOURCE = st.lists(
    st.sampled_from(["data", "/", "sec", "pub", "?", "#", ";", "%3F", "%2f", "%23", "//", "x:", "..", "&", "=", "+"])
    | st.sampled_from(["?versionId=", "null", "versionId=1", "%20", "%", "\u00e9", "%C3%A9", "\t", "[", "@", ","])
    | st.sampled_from(["arn:aws:s3:us-east-1:123456789012:accesspoint/a", "/object/"]),
    max_size=8,
).map("".join)


@given(SOURCE | SOURCE.map("data/".__add__), st.booleans())
@settings(max_examples=400)
def test_a_copy_reads_the_object_that_was_authorized(source, in_parts):
    name = copy_source(source)
    operation = Operation("UploadPartCopy" if in_parts else "CopyObject", bucket="to", key="k")
    request = _request("PUT", "/to/k", "uploadId=1&partNumber=1" if in_parts else "", {"x-amz-copy-source": source})
    if isinstance(name, Fault):
        assert s3_as_authorized(operation, request, b"") == name
        return
    bucket, key, version_id = _in_moto(operation, request, b"")
    if name.bucket.startswith("arn:"):
        # moto knows no access points, and no bucket can have such a name.
        assert bucket == name.bucket.partition("/")[0]
        return
    assert ObjectName(bucket, key, version_id or "") == name


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("data/sec?x", "data/sec%3Fx"),
        ("/data/sec#y", "data/sec%23y"),
        ("data/sec;z", "data/sec%3Bz"),
        ("data/a%20b%2Fc?versionId=%39", "data/a%20b/c?versionId=9"),
    ],
)
def test_a_copy_source_is_written_in_one_way(source, expected):
    headers = (("X-Amz-Copy-Source", source), ("x-amz-copy-source", "data/other"), ("x-amz-meta-a", "1"))
    request, _ = s3_as_authorized(
        Operation("CopyObject", bucket="to", key="k"), _request("PUT", "/to/k", "", headers), b""
    )
    assert request.headers.getall("x-amz-copy-source") == [expected]
    assert request.headers["x-amz-meta-a"] == "1"


def test_what_is_no_copy_is_not_told_of_a_source():
    request = _request("PUT", "/to/k", "renameObject", {"x-amz-copy-source": "data/sec"})
    forwarded, _ = s3_as_authorized(Operation("RenameObject", bucket="to", key="k"), request, b"")
    assert "x-amz-copy-source" not in forwarded.headers


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_can_be_read_in_one_way_only_goes_as_it_came(method):
    request, body = _request(method, "/bk/k", "versionId=1"), b"content"
    forwarded = s3_as_authorized(Operation(f"{method}Object", bucket="bk", key="k"), request, body)
    assert forwarded[0] is request
    assert forwarded[1] is body
