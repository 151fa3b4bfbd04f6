"""Which IAM actions an S3 request needs, on which resources, by the rows of `s3_action_table`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.call import ActionOnResource, ObjectName, Operation, Service
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.lookups import Lookups
from vpce_emulator.aws.multi_object_delete import DeletedObject, parse_deletion
from vpce_emulator.aws.s3_access_points import AccessPoint, point_copied_from
from vpce_emulator.aws.s3_action_table import DELETE_OBJECTS_NEEDS, NEEDS, Need
from vpce_emulator.aws.s3_conditions import EXISTING_OBJECT_TAGS, common_context, context_of, form_context
from vpce_emulator.aws.s3_form import FormUpload, missing_field, parse_form, refused_by_policy
from vpce_emulator.aws.s3_request import S3Request, open_request, with_joined_headers

_ACL_HEADERS = (
    "x-amz-acl",
    "x-amz-grant-read",
    "x-amz-grant-write",
    "x-amz-grant-read-acp",
    "x-amz-grant-write-acp",
    "x-amz-grant-full-control",
)


def _has_acl(call: S3Request) -> bool:
    return any(name in call.request.headers for name in _ACL_HEADERS)


def _has_acl_that_is_not_private(call: S3Request) -> bool:
    """CreateBucket's page: an ACL of `private`, the default, needs no leave of its own."""
    grants = any(name in call.request.headers for name in _ACL_HEADERS[1:])
    return grants or call.header("x-amz-acl") not in {None, "private"}


def _is_true(header: str) -> Callable[[S3Request, str], bool]:
    return lambda call, _version: (call.header(header) or "").lower() == "true"


def _source(call: S3Request) -> ObjectName | None:
    """Return what is copied by its bucket's name; None of what copies nothing."""
    if call.source is None:
        return None
    point = point_copied_from(call.source.bucket, call.lookups.access_point)
    return call.source if point is None else call.source._replace(bucket=point.bucket)


def _source_is_tagged(call: S3Request, _version: str) -> bool:
    """Copying tags needs leave to read them, if there are any; an object whose tags are not known has none."""
    source = _source(call)
    if source is None or call.header("x-amz-tagging-directive") == "REPLACE":
        return False
    return bool(call.lookups.object_tags(*source))


def _copies_annotations(call: S3Request, _version: str) -> bool:
    """Annotations go along with a copy unless it is said otherwise, and each side needs leave for that."""
    source = _source(call)
    excluded = (call.header("x-amz-object-annotation-directive") or "").upper() == "EXCLUDE"
    return source is not None and not excluded and call.lookups.is_annotated(*source)


def _sets_copied_tags(call: S3Request, version: str) -> bool:
    if call.header("x-amz-tagging-directive") == "REPLACE":
        return "x-amz-tagging" in call.request.headers
    return _source_is_tagged(call, version)


# What the table says of when. Each predicate gets the request, and the version id of the object in question (empty for
# the current version).
_WHEN: Mapping[str, Callable[[S3Request, str], bool]] = MappingProxyType(
    {
        "always": lambda _call, _version: True,
        "current": lambda _call, version: not version,
        "version": lambda _call, version: bool(version),
        "source-current": lambda _call, version: not version,
        "source-version": lambda _call, version: bool(version),
        "source-tagged": _source_is_tagged,
        "copied-tags": _sets_copied_tags,
        "source-annotated": _copies_annotations,
        "acl": lambda call, _version: _has_acl(call),
        "acl-not-private": lambda call, _version: _has_acl_that_is_not_private(call),
        "tags": lambda call, _version: "x-amz-tagging" in call.request.headers,
        "bucket-tags": lambda call, _version: bool(call.tags),
        "retention": lambda call, _version: (
            "x-amz-object-lock-mode" in call.request.headers
            or "x-amz-object-lock-retain-until-date" in call.request.headers
        ),
        "hold": lambda call, _version: "x-amz-object-lock-legal-hold" in call.request.headers,
        "bypass": _is_true("x-amz-bypass-governance-retention"),
        # Who may not read an object does not learn its tag by trying:
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
        "if-match": lambda call, _version: (call.header("If-Match") or "*").strip() != "*",
        "ownership": lambda call, _version: "x-amz-object-ownership" in call.request.headers,
        "lock-enabled": _is_true("x-amz-bucket-object-lock-enabled"),
    }
)


def s3_authorizations(
    service: Service,
    operation: Operation,
    request: HttpRequest,
    body: bytes | None,
    *,
    account_id: str,
    partition: str,
    now: float | None,
    lookups: Lookups,
) -> tuple[ActionOnResource, ...] | Fault:
    """Return each action on each resource that an S3 request needs leave for; none for a CORS preflight."""
    if operation.name == "PreflightRequest":
        return ()
    request = with_joined_headers(request)
    common = common_context(request, now)
    if operation.name == "PostObject":
        upload = _read_form(request, operation.bucket, body or b"")
        if isinstance(upload, Fault):
            return upload
        common = form_context(upload.fields, now)
        operation = replace(operation, key=upload.key)
        request = replace(request, headers=CIMultiDictProxy(CIMultiDict(upload.headers())))
    call = open_request(
        operation,
        request,
        body,
        region=service.region,
        account_id=account_id,
        partition=partition,
        now=now,
        lookups=lookups,
    )
    if isinstance(call, Fault):
        return call
    if operation.name == "DeleteObjects":
        return _of_each_deleted(call, body, common)
    # INVARIANT: an operation without actions is refused, never free.
    return tuple(_rows(call, NEEDS.get(operation.name, ()), common)) or Fault(FaultKind.UNKNOWN_OPERATION)


def _read_form(request: HttpRequest, bucket: str, body: bytes) -> FormUpload | Fault:
    """Read a form upload; one without a key, or one that its own policy does not let through, is a Fault."""
    upload = parse_form(request, body)
    if isinstance(upload, Fault):
        return upload
    if not upload.key:
        return Fault(FaultKind.INVALID_ARGUMENT, missing_field("key"))
    return refused_by_policy(upload, bucket) or upload


def _rows(call: S3Request, needs: tuple[Need, ...], common: Mapping[str, str]) -> Iterator[ActionOnResource]:
    own = ObjectName(call.operation.bucket, call.operation.key, call.query.get("versionId", ""))
    for action, on, when in needs:
        name = call.source if on == "source" and call.source is not None else own
        if when == "always" or _WHEN[when](call, name.version_id):
            yield from _asked(call, action, on, name, common)


def _of_each_deleted(
    call: S3Request, body: bytes | None, common: Mapping[str, str]
) -> tuple[ActionOnResource, ...] | Fault:
    deletion = parse_deletion(body or b"")
    if isinstance(deletion, Fault):
        return deletion
    return tuple(
        asked
        for item, one in enumerate(deletion.objects)
        for asked in _of_deleted(_matching(call, one), one, common, item)
    )


def _matching(call: S3Request, one: DeletedObject) -> S3Request:
    """Return a call with the condition of one object, which DeleteObject has in a header."""
    if not one.etag:
        return call
    headers = CIMultiDict(call.request.headers)
    headers["If-Match"] = one.etag
    return replace(call, request=replace(call.request, headers=CIMultiDictProxy(headers)))


def _of_deleted(
    call: S3Request, one: DeletedObject, common: Mapping[str, str], item: int
) -> Iterator[ActionOnResource]:
    name = ObjectName(call.operation.bucket, one.key, one.version_id)
    for action, on, when in DELETE_OBJECTS_NEEDS:
        if _WHEN[when](call, name.version_id):
            yield from _asked(call, action, on, name, common, item)


def _asked(
    call: S3Request, action: str, on: str, name: ObjectName, common: Mapping[str, str], item: int | None = None
) -> Iterator[ActionOnResource]:
    """Yield an action on its resource; through an access point, on the access point and then on what is behind it."""
    point = _access_point_before(call, on, name)
    if point is None:
        context, tagged = context_of(action, call, name, common), _tagged(action, name)
        yield ActionOnResource(action, _resource(call, on, name), context, item, tagged=tagged)
        return
    name = name._replace(bucket=point.bucket)
    context, tagged = {**context_of(action, call, name, common), **point.context()}, _tagged(action, name)
    own, behind = (point.arn, _bucket_arn(call, name)) if on == "bucket" else _objects_of(call, point, name)
    yield ActionOnResource(action, own, context, item, tagged=tagged)
    yield ActionOnResource(action, behind, context, item, behind_access_point=True, tagged=tagged)


def _tagged(action: str, name: ObjectName) -> ObjectName | None:
    return name if action in EXISTING_OBJECT_TAGS else None


def _access_point_before(call: S3Request, on: str, name: ObjectName) -> AccessPoint | None:
    """Return the access point that a request names in place of a bucket, if it is known."""
    if on not in {"bucket", "object", "source"}:
        return None
    if on == "source":
        return point_copied_from(name.bucket, call.lookups.access_point)
    return call.lookups.access_point(call.operation.access_point) if call.operation.access_point else None


def _bucket_arn(call: S3Request, name: ObjectName) -> str:
    return f"arn:{call.partition}:s3:::{name.bucket}"


def _objects_of(call: S3Request, point: AccessPoint, name: ObjectName) -> tuple[str, str]:
    return f"{point.arn}/object/{name.key}", f"{_bucket_arn(call, name)}/{name.key}"


def _resource(call: S3Request, on: str, name: ObjectName) -> str:
    if on == "*":
        return "*"
    if on == "role":
        return call.body.get("Role") or "*"
    if on == "directory":
        return f"arn:{call.partition}:s3express:{call.region}:{call.account_id}:bucket/{name.bucket}"
    if on == "source" and name.bucket.startswith("arn:"):
        return f"{name.bucket}/object/{name.key}"
    if call.operation.access_point and on != "source":
        access_point = _access_point_arn(call)
        return access_point if on == "bucket" else f"{access_point}/object/{name.key}"
    bucket = _bucket_arn(call, name)
    return bucket if on == "bucket" else f"{bucket}/{name.key}"


def _access_point_arn(call: S3Request) -> str:
    """Return the ARN of `<name>-<account id>`."""
    name, _, owner = call.operation.access_point.rpartition("-")
    return f"arn:{call.partition}:s3:{call.region}:{owner}:accesspoint/{name}"
