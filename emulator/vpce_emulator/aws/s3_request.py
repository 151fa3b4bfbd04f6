"""An S3 request opened up: its query, copy source, tags and body, as actions and condition keys need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from vpce_emulator.aws.call import Operation
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.lookups import Lookups
from vpce_emulator.aws.s3_xml import parse_xml, tags_of, texts_of

_NO_SOURCE = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"


class ObjectName(NamedTuple):
    """An object, in a bucket or behind an access point (whose ARN then stands for the bucket)."""

    bucket: str
    key: str
    version_id: str = ""


@dataclass(frozen=True, slots=True)
class S3Request:
    """A request to S3.

    Attributes:
        request: its head.
        operation: what it asks for.
        region: the Region it was sent to.
        account_id: the caller's account, in which a bucket without known owner is taken to be.
        partition: `aws`, `aws-cn` or `aws-us-gov`.
        query: the first value of each parameter, decoded.
        source: of a copy, what is copied.
        body: the elements of the body by name, where an operation needs them; the first of each name.
        tags: the tags the request sets on the object or the new bucket; None where it sets none.
        now: seconds since the epoch; None when it is not known.
        lookups: what is known of the data.
    """

    request: HttpRequest
    operation: Operation
    region: str
    account_id: str
    partition: str
    query: Mapping[str, str]
    source: ObjectName | None
    body: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] | None = None
    now: float | None = None
    lookups: Lookups = field(default_factory=Lookups)

    def header(self, name: str) -> str | None:
        """Return a header's value, or None."""
        return self.request.headers.get(name)


def open_request(
    operation: Operation,
    request: HttpRequest,
    body: bytes | None,
    *,
    region: str,
    account_id: str,
    partition: str,
    now: float | None,
    lookups: Lookups,
) -> S3Request | Fault:
    """Read what actions and condition keys need; a Fault for a copy source or body that cannot be read."""
    source: ObjectName | Fault | None = None
    copied = request.headers.get("x-amz-copy-source")
    if copied is not None and operation.name in {"CopyObject", "UploadPartCopy"}:
        source = copy_source(copied)
    if isinstance(source, Fault):
        return source
    tags: Mapping[str, str] | None = None
    tagging = request.headers.get("x-amz-tagging")
    if tagging is not None:
        tags = dict(parse_qsl(tagging, keep_blank_values=True))
    elements: Mapping[str, str] = {}
    if operation.needs_body and body and operation.name not in {"DeleteObjects", "PostObject"}:
        root = parse_xml(body)
        if root is None:
            return Fault(FaultKind.MALFORMED_BODY)
        elements = texts_of(root)
        tags = dict(tags_of(root)) or tags
    return S3Request(
        request=request,
        operation=operation,
        region=region,
        account_id=account_id,
        partition=partition,
        query=_query(request.raw_query) if request.raw_query else {},
        source=source,
        body=elements,
        tags=tags,
        now=now,
        lookups=lookups,
    )


def _query(raw_query: str) -> dict[str, str]:
    """Return the first value of each parameter, which is the one that S3's implementations go by."""
    return dict(reversed(parse_qsl(raw_query, keep_blank_values=True)))


def copy_source(header: str) -> ObjectName | Fault:
    """Read `x-amz-copy-source`: `bucket/key`, percent-encoded, or an access point's ARN with `/object/` and a key."""
    name, _, version_id = header.rpartition("?versionId=") if "?versionId=" in header else (header, "", "")
    fault = Fault(
        FaultKind.INVALID_ARGUMENT,
        _NO_SOURCE,
        (("ArgumentName", "x-amz-copy-source"), ("ArgumentValue", "x-amz-copy-source")),
    )
    try:
        name.encode("utf-8")
        decoded = unquote(name, errors="strict").removeprefix("/")
    except UnicodeError:
        return fault
    if decoded.startswith("arn:"):
        bucket, _, key = decoded.partition("/object/")
    else:
        bucket, _, key = decoded.partition("/")
    return ObjectName(bucket, key, unquote(version_id)) if bucket and key else fault


def deleted_objects(bucket: str, body: bytes | None) -> tuple[ObjectName, ...] | Fault:
    """Return what a DeleteObjects request deletes, in order."""
    root = parse_xml(body or b"")
    if root is None or root.tag != "Delete":
        return Fault(FaultKind.MALFORMED_BODY)
    objects = tuple(
        ObjectName(bucket, element.findtext("Key") or "", element.findtext("VersionId") or "")
        for element in root.iter("Object")
    )
    if not objects or not all(name.key for name in objects):
        return Fault(FaultKind.MALFORMED_BODY)
    return objects
