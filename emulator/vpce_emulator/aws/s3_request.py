"""An S3 request opened up: its query, copy source, tags and body, as actions and condition keys need them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, unquote

from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.call import ObjectName, Operation
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.lookups import Lookups
from vpce_emulator.aws.s3_xml import parse_xml, tags_of, texts_of

COPIES = frozenset({"CopyObject", "UploadPartCopy"})
_VERSION = "?versionId="
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Buckets made before 2018 in us-east-1 may have capitals and underscores.
_BUCKET = re.compile(r"[A-Za-z0-9._\-]{1,255}")
_ACCESS_POINT = re.compile(r"arn:[\w\-]+:s3[\w\-]*:[\w\-]+:\d{12}:[\w\-./:]+", re.ASCII)
EMPTY_VERSION_ID = Fault(
    FaultKind.INVALID_ARGUMENT,
    "Version id cannot be the empty string",
    (("ArgumentName", "versionId"), ("ArgumentValue", "")),
)
_TAG_TWICE = (
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
    "without tag name duplicates."
)
_NO_SOURCE = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"


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
    """Read what actions and condition keys need; a Fault for a query, copy source or body that cannot be read."""
    query = read_query(request.raw_query) if request.raw_query else {}
    if isinstance(query, Fault):
        return query
    source: ObjectName | Fault | None = None
    copied = request.headers.get("x-amz-copy-source")
    if copied is not None and operation.name in COPIES:
        source = copy_source(copied)
    if isinstance(source, Fault):
        return source
    tags = _tags_of_header(request.headers.get("x-amz-tagging"))
    if isinstance(tags, Fault):
        return tags
    elements: Mapping[str, str] = {}
    if has_document(operation, body):
        read = _read_document(body or b"")
        if isinstance(read, Fault):
            return read
        elements, tags = read[0], read[1] or tags
    return S3Request(
        request=request,
        operation=operation,
        region=region,
        account_id=account_id,
        partition=partition,
        query=query,
        source=source,
        body=elements,
        tags=tags,
        now=now,
        lookups=lookups,
    )


def _tags_of_header(tagging: str | None) -> Mapping[str, str] | Fault | None:
    """Read `x-amz-tagging`; a Fault where a tag stands twice, None without the header."""
    if tagging is None:
        return None
    given = parse_qsl(tagging, keep_blank_values=True)
    tags = dict(given)
    details = (("ArgumentName", "x-amz-tagging"), ("ArgumentValue", tagging))
    return tags if len(tags) == len(given) else Fault(FaultKind.INVALID_ARGUMENT, _TAG_TWICE, details)


def has_document(operation: Operation, body: bytes | None) -> bool:
    """Return whether a request has an XML document in its body that is read to authorize it, and no list of keys."""
    return operation.needs_body and bool(body) and operation.name not in {"DeleteObjects", "PostObject"}


def with_joined_headers(request: HttpRequest) -> HttpRequest:
    """Return a request in which each header stands once, with all its values (RFC 9110, section 5.3).

    INVARIANT: a second `x-amz-grant-read` is not carried out unseen.
    """
    headers = request.headers
    if len(headers) == len(set(map(str.lower, headers))):
        return request
    joined = CIMultiDict((name, ",".join(headers.getall(name))) for name in {name.lower() for name in headers})
    return replace(request, headers=CIMultiDictProxy(joined))


def _read_document(body: bytes) -> tuple[Mapping[str, str], Mapping[str, str]] | Fault:
    """Return the elements of a document by their names, and the tags in it."""
    root = parse_xml(body)
    elements = texts_of(root) if root is not None else None
    tags = tags_of(root) if root is not None else None
    return Fault(FaultKind.MALFORMED_BODY) if elements is None or tags is None else (elements, tags)


def read_query(raw_query: str) -> dict[str, str] | Fault:
    """Return the parameters of a query; a Fault where one stands twice, or names a version that cannot be.

    INVARIANT: no parameter is read one way here and another way by what carries the request out. Parameters of the
    caller's own, which begin with `x-`, are nobody's to read
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html).
    """
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(raw_query, keep_blank_values=True):
        if name in parameters and (name.startswith("x-amz-") or not name.startswith("x-")):
            details = (("ArgumentName", name), ("ArgumentValue", value))
            return Fault(FaultKind.INVALID_ARGUMENT, f"Conflicting query string parameters: {name}", details)
        parameters.setdefault(name, value)
    return EMPTY_VERSION_ID if parameters.get("versionId") == "" else parameters


def copy_source(header: str) -> ObjectName | Fault:
    """Read `x-amz-copy-source`: `bucket/key`, percent-encoded, or an access point's ARN with `/object/` and a key.

    The only query there is is `?versionId=`; any other `?`, `#` or `;` belongs to the key
    (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html).
    """
    name, asked, version = header.partition(_VERSION)
    try:
        header.encode("utf-8")
        decoded = _decoded(name).removeprefix("/")
        version_id = _decoded(version)
    except ValueError:
        return _bad_source("Invalid copy source encoding")
    arn = decoded.startswith("arn:")
    bucket, _, key = decoded.partition("/object/" if arn else "/")
    if not bucket or not key:
        return _bad_source(_NO_SOURCE)
    if not (_ACCESS_POINT if arn else _BUCKET).fullmatch(bucket):
        return _bad_source("Invalid copy source bucket name")
    if asked and not version_id:
        return EMPTY_VERSION_ID
    return ObjectName(bucket, key, version_id)


def _decoded(text: str) -> str:
    """Decode percent-encoding; ValueError where it is none, or not that of UTF-8."""
    if _BAD_ESCAPE.search(text):
        raise ValueError(text)
    return unquote(text, errors="strict")


def _bad_source(message: str) -> Fault:
    details = (("ArgumentName", "x-amz-copy-source"), ("ArgumentValue", "x-amz-copy-source"))
    return Fault(FaultKind.INVALID_ARGUMENT, message, details)


def written_copy_source(name: ObjectName) -> str:
    """Return the `x-amz-copy-source` that names an object in only one way."""
    version = _VERSION + quote(name.version_id, safe="") if name.version_id else ""
    if name.bucket.startswith("arn:"):
        return f"{quote(name.bucket, safe='/')}/object/{quote(name.key)}{version}"
    return f"{quote(name.bucket, safe='')}/{quote(name.key)}{version}"
