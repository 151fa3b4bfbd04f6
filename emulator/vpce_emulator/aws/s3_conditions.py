"""S3's own condition keys: which action has which, and what a request sets them to.

"Actions, resources, and condition keys for Amazon S3" lists the keys of every action
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html); a test holds this table
against it. A key that the request does not set is absent. What depends on the bucket or the connection
(`s3:ResourceAccount`, `s3:TlsVersion`) is not told by the request and is set elsewhere.
"""

from __future__ import annotations

from calendar import timegm
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from time import strptime
from types import MappingProxyType
from urllib.parse import unquote

from vpce_emulator.aws.call import ObjectName
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.s3_request import S3Request

Value = str | tuple[str, ...]
_Reader = Callable[[S3Request, ObjectName], str | None]

_SECONDS_A_DAY = 24 * 60 * 60


def _header(name: str) -> _Reader:
    return lambda call, _name: call.request.headers.get(name)


def _query(name: str) -> _Reader:
    return lambda call, _name: call.query.get(name)


def _header_or_element(header: str, element: str) -> _Reader:
    """Read a header, or the body's element of the operation that says the same in its body."""
    return lambda call, _name: call.request.headers.get(header) or call.body.get(element)


def _copy_source(call: S3Request, _name: ObjectName) -> str | None:
    header = call.request.headers.get("x-amz-copy-source")
    return unquote(header) if header else None


def _retain_until(call: S3Request, _name: ObjectName) -> str | None:
    return call.request.headers.get("x-amz-object-lock-retain-until-date") or call.body.get("RetainUntilDate")


def _remaining_days(call: S3Request, name: ObjectName) -> str | None:
    """Return the whole days left until the retention ends; how AWS rounds is undocumented."""
    until = _retain_until(call, name)
    if until is None or call.now is None:
        return None
    try:
        moment = datetime.fromisoformat(until)
        ends = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return str(int((ends - call.now) // _SECONDS_A_DAY))


def _creates_object(call: S3Request, _name: ObjectName) -> str:
    """False for the parts of a multipart upload, which conditional-write policies let through until it completes.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    """
    parts = {"CreateMultipartUpload", "UploadPart", "UploadPartCopy"}
    return "false" if call.operation.name in parts else "true"


_READERS: Mapping[str, _Reader] = MappingProxyType(
    {
        "s3:prefix": _query("prefix"),
        "s3:delimiter": _query("delimiter"),
        "s3:max-keys": _query("max-keys"),
        "s3:annotation-prefix": _query("annotation-prefix"),
        "s3:max-annotation-results": _query("max-annotation-results"),
        "s3:VersionId": lambda _call, name: name.version_id or None,
        "s3:if-match": _header("If-Match"),
        "s3:if-none-match": _header("If-None-Match"),
        "s3:x-amz-acl": _header("x-amz-acl"),
        "s3:x-amz-grant-full-control": _header("x-amz-grant-full-control"),
        "s3:x-amz-grant-read": _header("x-amz-grant-read"),
        "s3:x-amz-grant-read-acp": _header("x-amz-grant-read-acp"),
        "s3:x-amz-grant-write": _header("x-amz-grant-write"),
        "s3:x-amz-grant-write-acp": _header("x-amz-grant-write-acp"),
        "s3:x-amz-server-side-encryption": _header("x-amz-server-side-encryption"),
        "s3:x-amz-server-side-encryption-aws-kms-key-id": _header("x-amz-server-side-encryption-aws-kms-key-id"),
        "s3:x-amz-server-side-encryption-customer-algorithm": _header(
            "x-amz-server-side-encryption-customer-algorithm"
        ),
        "s3:x-amz-storage-class": _header("x-amz-storage-class"),
        "s3:x-amz-copy-source": _copy_source,
        "s3:x-amz-metadata-directive": _header("x-amz-metadata-directive"),
        "s3:x-amz-object-annotation-directive": _header("x-amz-object-annotation-directive"),
        "s3:x-amz-object-if-match": _header("x-amz-object-if-match"),
        "s3:x-amz-website-redirect-location": _header("x-amz-website-redirect-location"),
        "s3:x-amz-object-ownership": _header("x-amz-object-ownership"),
        "s3:x-amz-bucket-namespace": _header("x-amz-bucket-namespace"),
        "s3:object-lock-mode": _header_or_element("x-amz-object-lock-mode", "Mode"),
        "s3:object-lock-legal-hold": _header_or_element("x-amz-object-lock-legal-hold", "Status"),
        "s3:object-lock-retain-until-date": _retain_until,
        "s3:object-lock-remaining-retention-days": _remaining_days,
        "s3:LocationConstraint": lambda call, _name: call.body.get("LocationConstraint") or None,
        "s3:ObjectCreationOperation": _creates_object,
    }
)

_LIST = ("s3:prefix", "s3:delimiter", "s3:max-keys")
_GRANTS = (
    "s3:x-amz-acl",
    "s3:x-amz-grant-full-control",
    "s3:x-amz-grant-read",
    "s3:x-amz-grant-read-acp",
    "s3:x-amz-grant-write",
    "s3:x-amz-grant-write-acp",
)
_ENCRYPTION = ("s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id")
_WRITE = (
    *_GRANTS,
    *_ENCRYPTION,
    "s3:x-amz-server-side-encryption-customer-algorithm",
    "s3:x-amz-storage-class",
    "s3:x-amz-copy-source",
    "s3:x-amz-metadata-directive",
    "s3:x-amz-website-redirect-location",
)
_LOCK = ("s3:object-lock-mode", "s3:object-lock-retain-until-date", "s3:object-lock-remaining-retention-days")
_VERSION = ("s3:VersionId",)

KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "s3:ListBucket": _LIST,
        "s3:ListBucketVersions": _LIST,
        "s3:PutObject": (
            *_WRITE,
            *_LOCK,
            "s3:object-lock-legal-hold",
            "s3:if-match",
            "s3:if-none-match",
            "s3:x-amz-object-annotation-directive",
            "s3:ObjectCreationOperation",
        ),
        "s3:BypassGovernanceRetention": _WRITE,
        "s3:PutObjectAcl": (*_GRANTS, "s3:x-amz-storage-class"),
        "s3:PutObjectVersionAcl": (*_GRANTS, "s3:x-amz-storage-class", *_VERSION),
        "s3:PutObjectVersionTagging": _VERSION,
        "s3:PutObjectRetention": _LOCK,
        "s3:PutObjectLegalHold": ("s3:object-lock-legal-hold",),
        "s3:UpdateObjectEncryption": _ENCRYPTION,
        "s3:GetObjectVersion": _VERSION,
        "s3:GetObjectVersionAcl": _VERSION,
        "s3:GetObjectVersionTagging": _VERSION,
        "s3:GetObjectVersionAttributes": _VERSION,
        "s3:DeleteObject": ("s3:if-match",),
        "s3:DeleteObjectVersion": _VERSION,
        "s3:DeleteObjectVersionTagging": _VERSION,
        "s3:PutObjectAnnotation": ("s3:x-amz-object-if-match",),
        "s3:PutObjectVersionAnnotation": ("s3:x-amz-object-if-match", *_VERSION),
        "s3:DeleteObjectAnnotation": ("s3:x-amz-object-if-match",),
        "s3:DeleteObjectVersionAnnotation": ("s3:x-amz-object-if-match", *_VERSION),
        "s3:GetObjectVersionAnnotation": _VERSION,
        "s3:ListObjectAnnotations": ("s3:annotation-prefix", "s3:max-annotation-results"),
        "s3:ListObjectVersionAnnotations": ("s3:annotation-prefix", "s3:max-annotation-results", *_VERSION),
        "s3:CreateBucket": (
            *_GRANTS,
            "s3:LocationConstraint",
            "s3:x-amz-object-ownership",
            "s3:x-amz-bucket-namespace",
        ),
        "s3:PutBucketAcl": _GRANTS,
    }
)

# Actions that see the tags the request sets: on an object, and on a bucket (there as the global keys).
REQUEST_OBJECT_TAGS = frozenset(
    {"s3:PutObject", "s3:PutObjectTagging", "s3:PutObjectVersionTagging", "s3:BypassGovernanceRetention"}
)
REQUEST_TAGS = frozenset({"s3:CreateBucket", "s3:TagResource"})

# Actions that see the tags the object has.
EXISTING_OBJECT_TAGS = frozenset(
    f"s3:{verb}Object{version}{what}"
    for version in ("", "Version")
    for verb, what in (
        ("Get", ""),
        ("Get", "Acl"),
        ("Get", "Tagging"),
        ("Get", "Attributes"),
        ("Get", "Annotation"),
        ("List", "Annotations"),
        ("Put", "Acl"),
        ("Put", "Tagging"),
        ("Put", "Annotation"),
        ("Delete", "Tagging"),
        ("Delete", "Annotation"),
    )
) | {"s3:UpdateObjectEncryption"}


def common_context(request: HttpRequest, now: float | None) -> dict[str, str]:
    """Return the keys of every S3 action: how the request was signed.

    https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html. An anonymous request has
    none of them but the hash of its payload.
    """
    context: dict[str, str] = {}
    headers = request.headers
    payload = headers.get("X-Amz-Content-Sha256")
    if "Authorization" in headers:
        context["s3:authType"] = "REST-HEADER"
        context["s3:signatureversion"] = _version(headers["Authorization"])
    elif "X-Amz-Signature=" in request.raw_query:
        context["s3:authType"] = "REST-QUERY-STRING"
        context["s3:signatureversion"] = "AWS4-HMAC-SHA256"
        # A presigned URL leaves the payload unsigned, unless the header says otherwise.
        payload = payload or "UNSIGNED-PAYLOAD"
        age = _age(request.raw_query.partition("X-Amz-Date=")[2].partition("&")[0], now)
        if age is not None:
            context["s3:signatureAge"] = age
    elif "AWSAccessKeyId=" in request.raw_query:
        context["s3:authType"] = "REST-QUERY-STRING"
        context["s3:signatureversion"] = "AWS"
        context["s3:signatureAge"] = "0"
    if payload:
        context["s3:x-amz-content-sha256"] = payload
    return context


def form_context(fields: Mapping[str, str], now: float | None) -> dict[str, str]:
    """Return the same keys for an upload from a form, whose signature is in its fields; none for an anonymous one."""
    if "policy" not in fields:
        return {}
    version = fields.get("x-amz-algorithm", "AWS")
    age = _age(fields.get("x-amz-date", ""), now) if version != "AWS" else "0"
    context = {"s3:authType": "POST", "s3:signatureversion": version}
    return {**context, "s3:signatureAge": age} if age is not None else context


def _version(authorization: str) -> str:
    return "AWS" if authorization.startswith("AWS ") else authorization.partition(" ")[0]


def _age(timestamp: str, now: float | None) -> str | None:
    """Return how long ago a signature was made, in milliseconds."""
    if now is None:
        return None
    try:
        signed_at = timegm(strptime(timestamp, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        return None
    return str(max(0, int((now - signed_at) * 1000)))


def context_of(action: str, call: S3Request, name: ObjectName, common: Mapping[str, str]) -> Mapping[str, Value]:
    """Return the condition keys of one action on one object or bucket.

    Args:
        action: `s3:GetObject`.
        call: the request.
        name: what the action is on; of a copy's source, the source.
        common: what `common_context` returned for this request.
    """
    context: dict[str, Value] = dict(common)
    for key in KEYS.get(action, ()):
        value = _READERS[key](call, name)
        if value is not None:
            context[key] = value
    if call.tags is not None:
        _add_request_tags(context, action, call.tags)
    if action == "iam:PassRole":
        context["iam:PassedToService"] = "s3.amazonaws.com"
    return context


def _add_request_tags(context: dict[str, Value], action: str, tags: Mapping[str, str]) -> None:
    if action in REQUEST_OBJECT_TAGS:
        prefix, keys = "s3:RequestObjectTag/", "s3:RequestObjectTagKeys"
    elif action in REQUEST_TAGS:
        prefix, keys = "aws:RequestTag/", "aws:TagKeys"
    else:
        return
    context.update({prefix + tag: value for tag, value in tags.items()})
    if tags:
        context[keys] = tuple(tags)
