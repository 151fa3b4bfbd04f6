"""An authorized request as it is carried out: written again from what was read of it to authorize it.

What carries requests out reads them once more, in its own way. Wherever the two ways could differ, one of them would
be asked for leave for one object and the other would touch another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from urllib.parse import parse_qsl

from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.call import Operation
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.multi_object_delete import parse_deletion, written_deletion
from vpce_emulator.aws.partiql import Statement, parse_statement
from vpce_emulator.aws.s3_access_points import (
    NO_SUCH_ACCESS_POINT,
    Find,
    is_access_point,
    none_known,
    point_copied_from,
)
from vpce_emulator.aws.s3_form import FormUpload, parse_form, written_form
from vpce_emulator.aws.s3_request import COPIES, copy_source, has_document, written_copy_source
from vpce_emulator.aws.s3_xml import parse_xml, written_xml

# The operations with PartiQL, and the member with the list of statements; empty where there is one statement.
_OF_STATEMENTS: Mapping[str, str] = MappingProxyType(
    {"ExecuteStatement": "", "BatchExecuteStatement": "Statements", "ExecuteTransaction": "TransactStatements"}
)
# What moto takes for the plain operation on the same bucket or object, as it looks for no such parameter: it would
# delete the bucket of a DeleteBucketMetadataConfiguration, and answer GetObjectTorrent with the object.
NOT_CARRIED_OUT = frozenset(
    {
        "CreateBucketMetadataConfiguration",
        "CreateBucketMetadataTableConfiguration",
        "CreateSession",
        "DeleteBucketMetadataConfiguration",
        "DeleteBucketMetadataTableConfiguration",
        "GetBucketMetadataConfiguration",
        "GetBucketMetadataTableConfiguration",
        "GetObjectTorrent",
        "RenameObject",
        "UpdateBucketMetadataAnnotationTableConfiguration",
        "UpdateBucketMetadataInventoryTableConfiguration",
        "UpdateBucketMetadataJournalTableConfiguration",
        "WriteGetObjectResponse",
    }
)
_SOURCE = "x-amz-copy-source"
_METADATA = "x-amz-meta-"
_WITH_METADATA = frozenset({"CopyObject", "CreateMultipartUpload", "PutObject"})


def s3_as_authorized(
    operation: Operation, request: HttpRequest, body: bytes, access_point: Find = none_known
) -> tuple[HttpRequest, bytes] | Fault:
    """Return an S3 request as it was understood; the request itself where it can be understood in one way only.

    INVARIANT: the backend is told what was authorized.

    Args:
        operation: what was authorized.
        request: its head.
        body: its body, decoded.
        access_point: the access points there are, of which one may be what is copied from.
    """
    if operation.name in NOT_CARRIED_OUT:
        return Fault(FaultKind.NOT_IMPLEMENTED, f"{operation.name} is not implemented.")
    request = _with_metadata_of_query(operation, request)
    if _SOURCE in request.headers:
        copied = _with_copy_source(operation, request, access_point)
        return copied if isinstance(copied, Fault) else (copied, body)
    if operation.name == "DeleteObjects":
        deletion = parse_deletion(body)
        return deletion if isinstance(deletion, Fault) else (_as_xml(request), written_deletion(deletion))
    if operation.name == "PostObject":
        upload = parse_form(request, body)
        return upload if isinstance(upload, Fault) else _with_form(request, upload)
    if has_document(operation, body):
        root = parse_xml(body)
        return Fault(FaultKind.MALFORMED_BODY) if root is None else (_as_xml(request), written_xml(root))
    return request, body


def _with_metadata_of_query(operation: Operation, request: HttpRequest) -> HttpRequest:
    """Return a request by a presigned URL with the metadata that stand in its query as headers.

    S3 keeps them so; SDKs that presign move headers there. Undocumented; as recorded in public issues.
    """
    presigned = "X-Amz-Signature=" in request.raw_query or "AWSAccessKeyId=" in request.raw_query
    if operation.name not in _WITH_METADATA or not presigned or _METADATA not in request.raw_query:
        return request
    headers = CIMultiDict(request.headers)
    for name, value in parse_qsl(request.raw_query, keep_blank_values=True):
        if name.startswith(_METADATA):
            headers.setdefault(name, value)
    return replace(request, headers=CIMultiDictProxy(headers))


def _as_xml(request: HttpRequest) -> HttpRequest:
    """Say that the body is XML, as it is: one that is called a form would be read as one."""
    return _with_content_type(request, "application/xml")


def _with_form(request: HttpRequest, upload: FormUpload) -> tuple[HttpRequest, bytes]:
    """Write the form again, and leave away the query, of which nothing is read."""
    content_type, body = written_form(upload)
    return _with_content_type(replace(request, raw_query=""), content_type), body


def _with_content_type(request: HttpRequest, content_type: str) -> HttpRequest:
    headers = CIMultiDict(request.headers)
    headers["Content-Type"] = content_type
    return replace(request, headers=CIMultiDictProxy(headers))


def _with_copy_source(operation: Operation, request: HttpRequest, access_point: Find) -> HttpRequest | Fault:
    """Write what is copied in the one way to write it; what copies nothing is not told of a source."""
    headers = CIMultiDict(request.headers)
    given = ",".join(headers.popall(_SOURCE))
    if operation.name in COPIES:
        source = copy_source(given)
        if isinstance(source, Fault):
            return source
        if is_access_point(source.bucket):
            point = point_copied_from(source.bucket, access_point)
            if point is None:
                return NO_SUCH_ACCESS_POINT
            source = source._replace(bucket=point.bucket)
        headers[_SOURCE] = written_copy_source(source)
    return replace(request, headers=CIMultiDictProxy(headers))


def dynamodb_as_authorized(operation: Operation, body: bytes) -> bytes:
    """Return the body of a request to DynamoDB with its PartiQL statements as they were understood.

    INVARIANT: the backend is told what was authorized.

    Args:
        operation: what was authorized.
        body: JSON that authorization could read.
    """
    if operation.name not in _OF_STATEMENTS:
        return body
    given = json.loads(body)
    member = _OF_STATEMENTS[operation.name]
    for holder in given[member] if member else (given,):
        statement = parse_statement(holder["Statement"], holder.get("Parameters") or ())
        if isinstance(statement, Statement):
            holder["Statement"] = statement.text
    return json.dumps(given).encode()
