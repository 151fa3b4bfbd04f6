"""What S3 refuses in the head of a request, and what it overlooks there, before it looks at any data.

The codes are those of https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qsl

from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.call import Operation
from vpce_emulator.aws.fault_codes import Code, FaultKind
from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.http import HttpRequest

LONGEST_KEY = 1024
"""Bytes of a key in UTF-8: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET_NAME = re.compile(r"(?!xn--|sthree-)(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_RESERVED_ENDINGS = ("-s3alias", "--ol-s3", ".mrap", "--table-s3")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
_CANNED_ACLS = frozenset(
    {
        "private",
        "public-read",
        "public-read-write",
        "aws-exec-read",
        "authenticated-read",
        "bucket-owner-read",
        "bucket-owner-full-control",
        "log-delivery-write",
    }
)
_PERMISSIONS = frozenset({"read", "write", "read-acp", "write-acp", "full-control"})
_GRANTEE = re.compile(r'\s*(id|uri|emailaddress)\s*=\s*("[^"]+"|[^",\s]+)\s*', re.IGNORECASE)
_TAKE_ACLS = frozenset(
    {"CreateBucket", "PutBucketAcl", "PutObject", "PutObjectAcl", "CopyObject", "CreateMultipartUpload"}
)
EXPECTED_OWNERS = ("x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner")
"""The headers that say whose the bucket is expected to be, and the one that is copied from."""
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_NO_ACCOUNT_ID = Fault(
    FaultKind.INVALID_REQUEST,
    "The value of the expected bucket owner parameter must be an AWS account ID",
    code=Code("InvalidBucketOwnerAWSAccountID", 400),
)
_PART_NUMBER_NEEDED = frozenset({"UploadPart", "UploadPartCopy"})
_PART_NUMBER_TAKEN = _PART_NUMBER_NEEDED | {"GetObject", "HeadObject"}
# The whole numbers in queries: parameter, and how S3 names it where it is out of range.
_COUNTS = {
    "max-keys": "maxKeys",
    "max-uploads": "max-uploads",
    "max-parts": "max-parts",
    "part-number-marker": "part-number-marker",
}
_LISTINGS = frozenset({"ListObjects", "ListObjectsV2", "ListObjectVersions", "ListMultipartUploads", "ListParts"})
_LARGEST_COUNT = 2**31 - 1
# "null", S3's own 32 letters, and the UUIDs that versions have here.
_VERSION_ID = re.compile(r"null|[A-Za-z0-9._-]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DIGITS = re.compile(r"[0-9]{1,10}")
_COPY_RANGE = re.compile(r"bytes=[0-9]+-[0-9]+")
_RANGES = re.compile(r"\s*bytes\s*=\s*([0-9]+-[0-9]*|-[0-9]+)(\s*,\s*([0-9]+-[0-9]*|-[0-9]+))*\s*", re.IGNORECASE)
# RFC 9110, section 5.6.7; the last two are obsolete, and must be read all the same.
_DATE_FORMS = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")
_DATES = ("If-Modified-Since", "If-Unmodified-Since")


def refused_head(operation: Operation, request: HttpRequest) -> Fault | None:
    """Return what S3 refuses in a request whatever data it holds, or None.

    Args:
        operation: what is asked for.
        request: its head.
    """
    query = _refused_version(operation, request) or _refused_query(operation, request)
    return _refused_name(operation) or query or _refused_headers(operation, request)


def effective_headers(headers: CIMultiDictProxy[str]) -> CIMultiDictProxy[str]:
    """Return the headers without conditions and ranges that are none, which are to be ignored, and dates in one form.

    RFC 9110, sections 13.1.3, 13.1.4 and 14.2.
    """
    void_range = "Range" in headers and not _RANGES.fullmatch(headers["Range"])
    if not void_range and not any(name in headers for name in _DATES):
        return headers
    effective = CIMultiDict(headers)
    if void_range:
        del effective["Range"]
    for name in _DATES:
        sent = effective.pop(name, None)
        date = _http_date(sent) if sent else None
        if date is not None:
            effective[name] = format_datetime(date, usegmt=True)
    return CIMultiDictProxy(effective)


def _http_date(text: str) -> datetime | None:
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _refused_name(operation: Operation) -> Fault | None:
    if operation.name == "CreateBucket":
        name = operation.bucket
        if not _BUCKET_NAME.fullmatch(name) or name.endswith(_RESERVED_ENDINGS):
            return Fault(FaultKind.INVALID_BUCKET_NAME, details=(("BucketName", name),))
    size = len(operation.key.encode())
    if size > LONGEST_KEY:
        details = (("Size", str(size)), ("MaxSizeAllowed", str(LONGEST_KEY)))
        return Fault(FaultKind.INVALID_REQUEST, "Your key is too long", details, Code("KeyTooLongError", 400))
    return None


def _refused_query(operation: Operation, request: HttpRequest) -> Fault | None:
    counts, part = operation.name in _LISTINGS, operation.name in _PART_NUMBER_TAKEN
    if not (counts or part) or not request.raw_query:
        return None
    query = dict(parse_qsl(request.raw_query, keep_blank_values=True))
    if counts:
        refused = (_refused_count(name, query[name]) for name in _COUNTS if query.get(name))
        return next((fault for fault in refused if fault is not None), None)
    if "partNumber" not in query and operation.name not in _PART_NUMBER_NEEDED:
        return None
    if "Range" in request.headers:
        return Fault(FaultKind.INVALID_REQUEST, "Cannot specify both Range header and partNumber query parameter")
    number = query.get("partNumber", "")
    if _DIGITS.fullmatch(number) and 1 <= int(number) <= 10_000:
        return None
    return _invalid("Part number must be an integer between 1 and 10000, inclusive", "partNumber", number)


def _refused_version(operation: Operation, request: HttpRequest) -> Fault | None:
    if not operation.key or "versionId=" not in request.raw_query:
        return None
    version_id = dict(parse_qsl(request.raw_query)).get("versionId", "")
    if not version_id or _VERSION_ID.fullmatch(version_id):
        return None
    return _invalid("Invalid version id specified", "versionId", version_id)


def _refused_count(name: str, value: str) -> Fault | None:
    sign = value.removeprefix("-")
    if not _DIGITS.fullmatch(sign) or int(sign) > _LARGEST_COUNT:
        return _invalid(f"Provided {name} not an integer or within integer range", name, value)
    if int(value) < 0:
        told = _COUNTS[name]
        return _invalid(f"Argument {told} must be an integer between 0 and {_LARGEST_COUNT}", told, value)
    return None


def unlikely_owner(request: HttpRequest) -> Fault | None:
    """Return the refusal of a request that expects its bucket to be of what is no account.

    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList, InvalidBucketOwnerAWSAccountID
    """
    expected = (request.headers[name] for name in EXPECTED_OWNERS if name in request.headers)
    return None if all(map(_ACCOUNT_ID.fullmatch, expected)) else _NO_ACCOUNT_ID


def _refused_headers(operation: Operation, request: HttpRequest) -> Fault | None:
    if operation.name in _TAKE_ACLS:
        return next(_refused_acls(request), None)
    copied = request.headers.get("x-amz-copy-source-range")
    if operation.name == "UploadPartCopy" and copied is not None and not _COPY_RANGE.fullmatch(copied):
        message = (
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy"
        )
        return _invalid(message, "x-amz-copy-source-range", copied)
    return None


def _refused_acls(request: HttpRequest) -> Iterator[Fault]:
    canned = request.headers.get("x-amz-acl")
    if canned and canned not in _CANNED_ACLS:
        yield _invalid("", "x-amz-acl", canned)
    for name, value in request.headers.items():
        header = name.lower()
        if header.startswith("x-amz-grant-"):
            grantees = value.split(",")
            known = header.removeprefix("x-amz-grant-") in _PERMISSIONS
            if not known or not all(_GRANTEE.fullmatch(grantee) for grantee in grantees):
                yield _invalid("Argument format not recognized", header, value)


def _invalid(message: str, name: str, value: str) -> Fault:
    return Fault(FaultKind.INVALID_ARGUMENT, message, (("ArgumentName", name), ("ArgumentValue", value)))
