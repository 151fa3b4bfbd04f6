"""What is looked at in an object before S3 reads, replaces or copies it: delete markers, versions and conditions.

moto knows conditions by halves: neither lists nor `*`, not the order in which they count, and none of most copies.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC
from urllib.parse import parse_qsl

from moto.s3.models import FakeDeleteMarker, FakeKey
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.call import ObjectName
from vpce_emulator.aws.faults import Code, Fault, FaultKind
from vpce_emulator.aws.s3_conditional_requests import (
    OF_READS,
    OF_SOURCES,
    OF_WRITES,
    Stored,
    failed,
    is_not_modified,
    names_tag,
    refused_write,
    unmet,
)
from vpce_emulator.aws.s3_request import COPIES, copy_source
from vpce_emulator.backend.embedded.buckets import bucket_named, version_named
from vpce_emulator.backend.embedded.service_call import ServiceCall

CONDITIONAL_READS = frozenset({"GetObject", "HeadObject"})
READS = CONDITIONAL_READS | {"GetObjectAcl", "GetObjectAttributes", "GetObjectTagging"}
"""Operations that tell of an object, and of a delete marker that it is none."""
WRITES = frozenset({"CompleteMultipartUpload", "CopyObject", "PutObject"})
SOURCE = "x-amz-copy-source"
MARKER = ("x-amz-delete-marker", "true")
_COPY_OF_A_MARKER = Fault(
    FaultKind.INVALID_REQUEST,
    "The source of a copy request may not specifically refer to a delete marker by version id.",
)


def with_conditions_decided(call: ServiceCall) -> ServiceCall | Fault:
    """Return a call without conditions that hold, or why it is not carried out.

    A read of what was not modified is left with the one condition that says so, for moto to answer it with 304.
    """
    if bucket_named(call.operation.bucket) is None:
        return call
    if call.operation.name in READS:
        return _read(call)
    refused: Fault | None = None
    if call.operation.name in COPIES:
        refused = _refused_source(call)
    if refused is None and call.operation.name in WRITES:
        refused = _refused_write(call)
    if call.operation.name == "DeleteObject":
        condition = call.request.headers.get("If-Match")
        name = ObjectName(call.operation.bucket, call.operation.key)
        return (refused_deletion(name, condition) if condition else None) or _without(call, ("If-Match",))
    return refused or _without(call, (*OF_WRITES, *OF_SOURCES) if call.operation.name in COPIES else ())


def _read(call: ServiceCall) -> ServiceCall | Fault:
    name = ObjectName(call.operation.bucket, call.operation.key, _version_id(call))
    found = version_named(*name)
    if found is None or isinstance(found, FakeDeleteMarker):
        return _not_there(name, found, call.request.method)
    if call.operation.name not in CONDITIONAL_READS:
        return call
    condition = unmet(call.request.headers, _stored(found))
    if condition and not is_not_modified(condition):
        return failed(condition)
    plain = _without(call, OF_READS)
    return _with_header(plain, "If-None-Match", found.etag) if condition else plain


def _not_there(name: ObjectName, found: FakeDeleteMarker | None, method: str) -> Fault:
    """Return the refusal to read what is not there, or what is a delete marker.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
    """
    headers = () if found is None else (MARKER, ("x-amz-version-id", found.version_id))
    if found is not None and name.version_id:
        details = (("Method", method), ("ResourceType", "DeleteMarker"))
        return Fault(FaultKind.METHOD_NOT_ALLOWED, details=details, headers=(*headers, ("Allow", "DELETE")))
    what = "version" if name.version_id else "key"
    details = (("Key", name.key), *((("VersionId", name.version_id),) if name.version_id else ()))
    code = Code(f"NoSuch{what.capitalize()}", 404)
    return Fault(FaultKind.INVALID_REQUEST, f"The specified {what} does not exist.", details, code, headers)


def _refused_source(call: ServiceCall) -> Fault | None:
    """Return why what is to be copied is not copied."""
    source = copy_source(call.request.headers[SOURCE])
    found = None if isinstance(source, Fault) else version_named(*source)
    if isinstance(source, Fault) or found is None:
        return None
    if isinstance(found, FakeDeleteMarker):
        return _COPY_OF_A_MARKER if source.version_id else None
    condition = unmet(call.request.headers, _stored(found), f"{SOURCE}-")
    return failed(f"{SOURCE}-{condition}") if condition else None


def _refused_write(call: ServiceCall) -> Fault | None:
    """Return why an object is not written; completing an upload once more is no writing."""
    headers = call.request.headers
    if not any(name in headers for name in OF_WRITES):
        return None
    found = version_named(call.operation.bucket, call.operation.key, "")
    there = found if isinstance(found, FakeKey) else None
    upload_id = dict(parse_qsl(call.request.raw_query)).get("uploadId")
    if upload_id and there is not None and there.multipart is not None and there.multipart.id == upload_id:
        return None
    if "If-Match" in headers and there is None and "If-None-Match" not in headers:
        return _not_there(ObjectName(call.operation.bucket, call.operation.key), None, call.request.method)
    return refused_write(headers, None if there is None else _stored(there))


def refused_deletion(name: ObjectName, condition: str) -> Fault | None:
    """Return why an object is not deleted: it is another one by now, or gone.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html

    Args:
        name: of the object; its current version is looked at, whichever is deleted.
        condition: an entity tag, or `*`.
    """
    found = version_named(name.bucket, name.key, "")
    if found is None:
        return _not_there(ObjectName(name.bucket, name.key), None, "DELETE")
    return None if isinstance(found, FakeKey) and names_tag(condition, found.etag) else failed("If-Match")


def _stored(found: FakeKey) -> Stored:
    moment = found.last_modified.replace(microsecond=0)
    return Stored(found.etag, moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _version_id(call: ServiceCall) -> str:
    return dict(parse_qsl(call.request.raw_query, keep_blank_values=True)).get("versionId", "")


def _without(call: ServiceCall, names: Iterable[str]) -> ServiceCall:
    if not any(name in call.request.headers for name in names):
        return call
    headers = CIMultiDict(call.request.headers)
    for name in names:
        headers.popall(name, None)
    return replace(call, request=replace(call.request, headers=CIMultiDictProxy(headers)))


def _with_header(call: ServiceCall, name: str, value: str) -> ServiceCall:
    headers = CIMultiDict(call.request.headers)
    headers[name] = value
    return replace(call, request=replace(call.request, headers=CIMultiDictProxy(headers)))
