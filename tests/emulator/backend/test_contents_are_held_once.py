"""Objects are held once, as they were uploaded: no file, no copy beside the parts, and nothing left when they go."""

from __future__ import annotations

import gc
import tempfile
import tracemalloc

import pytest
from moto.s3.models import s3_backends

PART = 5 * 1024 * 1024


@pytest.fixture
def held():
    """A function that returns the bytes of memory that are held since the test began; no file may be made."""
    gc.collect()
    gc.disable()
    tracemalloc.start()
    yield tracemalloc.get_traced_memory
    tracemalloc.stop()
    gc.enable()


async def upload(caller, key: str, parts: list[bytes]) -> None:
    begun = await caller.s3("POST", f"/bucket/{key}", query="uploads", operation="CreateMultipartUpload")
    upload_id = begun.body.partition(b"<UploadId>")[2].partition(b"<")[0].decode()
    listed = ""
    for number, part in enumerate(parts, 1):
        query = f"partNumber={number}&uploadId={upload_id}"
        sent = await caller.s3("PUT", f"/bucket/{key}", body=part, query=query, operation="UploadPart")
        listed += f"<Part><PartNumber>{number}</PartNumber><ETag>{dict(sent.headers)['ETag']}</ETag></Part>"
    body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
    query = f"uploadId={upload_id}"
    done = await caller.s3("POST", f"/bucket/{key}", body=body, query=query, operation="CompleteMultipartUpload")
    assert done.status == 200


async def test_an_upload_in_parts_is_held_as_its_parts(caller, held):
    await caller.s3("PUT", "/bucket")
    await upload(caller, "warm", [b"w"])
    parts = [bytes([number]) * PART for number in range(4)]
    before, _ = held()
    tracemalloc.reset_peak()
    await upload(caller, "k", parts)
    now, peak = held()
    assert now - before < PART  # the parts are the test's own
    assert peak - before < PART
    ranged = await caller.s3("GET", "/bucket/k", {"Range": f"bytes={PART - 2}-{PART + 1}"}, operation="GetObject")
    assert (ranged.status, ranged.body) == (206, b"\x00\x00\x01\x01")


async def test_a_read_that_has_begun_goes_on_when_the_object_is_replaced(caller, backend):
    await caller.s3("PUT", "/bucket")
    await caller.s3("PUT", "/bucket/k", body=b"a" * PART)
    lent = s3_backends[caller.account_id]["aws"].get_object("bucket", "k")
    content = lent._value_buffer.content
    await caller.s3("PUT", "/bucket/k", body=b"b")
    assert bytes(content) == b"a" * PART


async def test_what_is_deleted_is_let_go_at_once(caller, held):
    await caller.s3("PUT", "/bucket")
    before, _ = held()
    await caller.s3("PUT", "/bucket/k", body=b"x" * PART)
    await caller.s3("GET", "/bucket/k", operation="GetObject")
    await caller.s3("DELETE", "/bucket/k", operation="DeleteObject")
    assert held()[0] - before < PART // 2


async def test_no_object_is_kept_in_a_file(caller, monkeypatch):
    monkeypatch.setattr(tempfile, "TemporaryFile", None)
    await caller.s3("PUT", "/bucket")
    assert (await caller.s3("PUT", "/bucket/k", body=b"x" * 5 * PART)).status == 200
