"""Which IAM actions an S3 operation needs, on what, and when.

Sources: the Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3"
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html), which names every action that
an operation *may* need; and the "Permissions" paragraph of each operation's page in the S3 API reference, which says
when (https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.call import ActionOnResource, ObjectName, Operation, Service
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.lookups import Lookups
from vpce_emulator.aws.s3_access_points import AccessPoint, point_copied_from
from vpce_emulator.aws.s3_conditions import EXISTING_OBJECT_TAGS, common_context, context_of, form_context
from vpce_emulator.aws.s3_form import FormUpload, missing_field, parse_form, refused_by_policy
from vpce_emulator.aws.s3_request import S3Request, deleted_objects, open_request, with_joined_headers

# Operation, action, on what, when. On what: `*` nothing in particular, `bucket`, `object`, `source` (of a copy),
# `directory` (the bucket, as a directory bucket's ARN), `role` (the role in the body). When: a row of `_WHEN`.
_TABLE = """
ListBuckets                                       s3:ListAllMyBuckets                     *
ListDirectoryBuckets                              s3express:ListAllMyDirectoryBuckets     *
WriteGetObjectResponse                            s3-object-lambda:WriteGetObjectResponse *

GetObject                                         s3:GetObject                            object  current
GetObject                                         s3:GetObjectVersion                     object  version
HeadObject                                        s3:GetObject                            object  current
HeadObject                                        s3:GetObjectVersion                     object  version
GetObjectAttributes                               s3:GetObject                            object  current
GetObjectAttributes                               s3:GetObjectAttributes                  object  current
GetObjectAttributes                               s3:GetObjectVersion                     object  version
GetObjectAttributes                               s3:GetObjectVersionAttributes           object  version
SelectObjectContent                               s3:GetObject                            object
GetObjectTorrent                                  s3:GetObject                            object
GetObjectAcl                                      s3:GetObjectAcl                         object  current
GetObjectAcl                                      s3:GetObjectVersionAcl                  object  version
GetObjectTagging                                  s3:GetObjectTagging                     object  current
GetObjectTagging                                  s3:GetObjectVersionTagging              object  version
GetObjectLegalHold                                s3:GetObjectLegalHold                   object
GetObjectRetention                                s3:GetObjectRetention                   object
GetObjectAnnotation                               s3:GetObjectAnnotation                  object  current
GetObjectAnnotation                               s3:GetObjectVersionAnnotation           object  version
ListObjectAnnotations                             s3:ListObjectAnnotations                object  current
ListObjectAnnotations                             s3:ListObjectVersionAnnotations         object  version
ListParts                                         s3:ListMultipartUploadParts             object

PutObject                                         s3:PutObject                            object
PutObject                                         s3:PutObjectAcl                         object  acl
PutObject                                         s3:PutObjectTagging                     object  tags
PutObject                                         s3:PutObjectRetention                   object  retention
PutObject                                         s3:PutObjectLegalHold                   object  hold
PostObject                                        s3:PutObject                            object
PostObject                                        s3:PutObjectAcl                         object  acl
PostObject                                        s3:PutObjectTagging                     object  tags
PostObject                                        s3:PutObjectRetention                   object  retention
PostObject                                        s3:PutObjectLegalHold                   object  hold
CopyObject                                        s3:GetObject                            source  source-current
CopyObject                                        s3:GetObjectVersion                     source  source-version
CopyObject                                        s3:GetObjectTagging                     source  source-tagged
CopyObject                                        s3:GetObjectAnnotation                  source  source-annotated
CopyObject                                        s3:PutObject                            object
CopyObject                                        s3:PutObjectAcl                         object  acl
CopyObject                                        s3:PutObjectTagging                     object  copied-tags
CopyObject                                        s3:PutObjectAnnotation                  object  source-annotated
CopyObject                                        s3:PutObjectRetention                   object  retention
CopyObject                                        s3:PutObjectLegalHold                   object  hold
CreateMultipartUpload                             s3:PutObject                            object
CreateMultipartUpload                             s3:PutObjectAcl                         object  acl
CreateMultipartUpload                             s3:PutObjectTagging                     object  tags
CreateMultipartUpload                             s3:PutObjectRetention                   object  retention
CreateMultipartUpload                             s3:PutObjectLegalHold                   object  hold
UploadPart                                        s3:PutObject                            object
UploadPartCopy                                    s3:GetObject                            source  source-current
UploadPartCopy                                    s3:GetObjectVersion                     source  source-version
UploadPartCopy                                    s3:PutObject                            object
CompleteMultipartUpload                           s3:PutObject                            object
AbortMultipartUpload                              s3:AbortMultipartUpload                 object
PutObjectAcl                                      s3:PutObjectAcl                         object  current
PutObjectAcl                                      s3:PutObjectVersionAcl                  object  version
PutObjectTagging                                  s3:PutObjectTagging                     object  current
PutObjectTagging                                  s3:PutObjectVersionTagging              object  version
PutObjectLegalHold                                s3:PutObjectLegalHold                   object
PutObjectRetention                                s3:PutObjectRetention                   object
PutObjectRetention                                s3:BypassGovernanceRetention            object  bypass
PutObjectAnnotation                               s3:PutObjectAnnotation                  object  current
PutObjectAnnotation                               s3:PutObjectVersionAnnotation           object  version
UpdateObjectEncryption                            s3:UpdateObjectEncryption               object
RestoreObject                                     s3:RestoreObject                        object
RenameObject                                      s3express:CreateSession                 directory
DeleteObject                                      s3:DeleteObject                         object  current
DeleteObject                                      s3:DeleteObjectVersion                  object  version
DeleteObject                                      s3:BypassGovernanceRetention            object  bypass
DeleteObjectTagging                               s3:DeleteObjectTagging                  object  current
DeleteObjectTagging                               s3:DeleteObjectVersionTagging           object  version
DeleteObjectAnnotation                            s3:DeleteObjectAnnotation               object  current
DeleteObjectAnnotation                            s3:DeleteObjectVersionAnnotation        object  version

CreateBucket                                      s3:CreateBucket                         bucket
CreateBucket                                      s3:PutBucketAcl                         bucket  acl-not-private
CreateBucket                                      s3:PutBucketOwnershipControls           bucket  ownership
CreateBucket                                      s3:PutBucketObjectLockConfiguration     bucket  lock-enabled
CreateBucket                                      s3:PutBucketVersioning                  bucket  lock-enabled
CreateBucket                                      s3:TagResource                          bucket  bucket-tags
CreateSession                                     s3express:CreateSession                 directory
HeadBucket                                        s3:ListBucket                           bucket
ListObjects                                       s3:ListBucket                           bucket
ListObjectsV2                                     s3:ListBucket                           bucket
ListObjectVersions                                s3:ListBucketVersions                   bucket
ListMultipartUploads                              s3:ListBucketMultipartUploads           bucket
DeleteBucket                                      s3:DeleteBucket                         bucket
GetBucketAbac                                     s3:GetBucketAbac                        bucket
PutBucketAbac                                     s3:PutBucketAbac                        bucket
GetBucketAccelerateConfiguration                  s3:GetAccelerateConfiguration           bucket
PutBucketAccelerateConfiguration                  s3:PutAccelerateConfiguration           bucket
GetBucketAcl                                      s3:GetBucketAcl                         bucket
PutBucketAcl                                      s3:PutBucketAcl                         bucket
GetBucketAnalyticsConfiguration                   s3:GetAnalyticsConfiguration            bucket
ListBucketAnalyticsConfigurations                 s3:GetAnalyticsConfiguration            bucket
PutBucketAnalyticsConfiguration                   s3:PutAnalyticsConfiguration            bucket
DeleteBucketAnalyticsConfiguration                s3:PutAnalyticsConfiguration            bucket
GetBucketCors                                     s3:GetBucketCORS                        bucket
PutBucketCors                                     s3:PutBucketCORS                        bucket
DeleteBucketCors                                  s3:PutBucketCORS                        bucket
GetBucketEncryption                               s3:GetEncryptionConfiguration           bucket
PutBucketEncryption                               s3:PutEncryptionConfiguration           bucket
DeleteBucketEncryption                            s3:PutEncryptionConfiguration           bucket
GetBucketIntelligentTieringConfiguration          s3:GetIntelligentTieringConfiguration   bucket
ListBucketIntelligentTieringConfigurations        s3:GetIntelligentTieringConfiguration   bucket
PutBucketIntelligentTieringConfiguration          s3:PutIntelligentTieringConfiguration   bucket
DeleteBucketIntelligentTieringConfiguration       s3:PutIntelligentTieringConfiguration   bucket
GetBucketInventoryConfiguration                   s3:GetInventoryConfiguration            bucket
ListBucketInventoryConfigurations                 s3:GetInventoryConfiguration            bucket
PutBucketInventoryConfiguration                   s3:PutInventoryConfiguration            bucket
DeleteBucketInventoryConfiguration                s3:PutInventoryConfiguration            bucket
GetBucketLifecycleConfiguration                   s3:GetLifecycleConfiguration            bucket
PutBucketLifecycleConfiguration                   s3:PutLifecycleConfiguration            bucket
DeleteBucketLifecycle                             s3:PutLifecycleConfiguration            bucket
GetBucketLocation                                 s3:GetBucketLocation                    bucket
GetBucketLogging                                  s3:GetBucketLogging                     bucket
PutBucketLogging                                  s3:PutBucketLogging                     bucket
CreateBucketMetadataConfiguration                 s3:CreateBucketMetadataTableConfiguration bucket
CreateBucketMetadataTableConfiguration            s3:CreateBucketMetadataTableConfiguration bucket
GetBucketMetadataConfiguration                    s3:GetBucketMetadataTableConfiguration  bucket
GetBucketMetadataTableConfiguration               s3:GetBucketMetadataTableConfiguration  bucket
DeleteBucketMetadataConfiguration                 s3:DeleteBucketMetadataTableConfiguration bucket
DeleteBucketMetadataTableConfiguration            s3:DeleteBucketMetadataTableConfiguration bucket
UpdateBucketMetadataAnnotationTableConfiguration  s3:UpdateBucketMetadataAnnotationTableConfiguration bucket
UpdateBucketMetadataInventoryTableConfiguration   s3:UpdateBucketMetadataInventoryTableConfiguration bucket
UpdateBucketMetadataJournalTableConfiguration     s3:UpdateBucketMetadataJournalTableConfiguration bucket
GetBucketMetricsConfiguration                     s3:GetMetricsConfiguration              bucket
ListBucketMetricsConfigurations                   s3:GetMetricsConfiguration              bucket
PutBucketMetricsConfiguration                     s3:PutMetricsConfiguration              bucket
DeleteBucketMetricsConfiguration                  s3:PutMetricsConfiguration              bucket
GetBucketNotificationConfiguration                s3:GetBucketNotification                bucket
PutBucketNotificationConfiguration                s3:PutBucketNotification                bucket
GetObjectLockConfiguration                        s3:GetBucketObjectLockConfiguration     bucket
PutObjectLockConfiguration                        s3:PutBucketObjectLockConfiguration     bucket
GetBucketOwnershipControls                        s3:GetBucketOwnershipControls           bucket
PutBucketOwnershipControls                        s3:PutBucketOwnershipControls           bucket
DeleteBucketOwnershipControls                     s3:PutBucketOwnershipControls           bucket
GetBucketPolicy                                   s3:GetBucketPolicy                      bucket
PutBucketPolicy                                   s3:PutBucketPolicy                      bucket
DeleteBucketPolicy                                s3:DeleteBucketPolicy                   bucket
GetBucketPolicyStatus                             s3:GetBucketPolicyStatus                bucket
GetPublicAccessBlock                              s3:GetBucketPublicAccessBlock           bucket
PutPublicAccessBlock                              s3:PutBucketPublicAccessBlock           bucket
DeletePublicAccessBlock                           s3:PutBucketPublicAccessBlock           bucket
GetBucketReplication                              s3:GetReplicationConfiguration          bucket
PutBucketReplication                              s3:PutReplicationConfiguration          bucket
PutBucketReplication                              iam:PassRole                            role
DeleteBucketReplication                           s3:PutReplicationConfiguration          bucket
GetBucketRequestPayment                           s3:GetBucketRequestPayment              bucket
PutBucketRequestPayment                           s3:PutBucketRequestPayment              bucket
GetBucketTagging                                  s3:GetBucketTagging                     bucket
PutBucketTagging                                  s3:PutBucketTagging                     bucket
DeleteBucketTagging                               s3:PutBucketTagging                     bucket
GetBucketVersioning                               s3:GetBucketVersioning                  bucket
PutBucketVersioning                               s3:PutBucketVersioning                  bucket
GetBucketWebsite                                  s3:GetBucketWebsite                     bucket
PutBucketWebsite                                  s3:PutBucketWebsite                     bucket
DeleteBucketWebsite                               s3:DeleteBucketWebsite                  bucket
"""


class Need(NamedTuple):
    """A row of the table: an action, on what, and when it is needed."""

    action: str
    on: str
    when: str


def _needs() -> Mapping[str, tuple[Need, ...]]:
    table: dict[str, tuple[Need, ...]] = {}
    for row in _TABLE.split("\n"):
        if row:
            operation, action, on, *when = row.split()
            table[operation] = (*table.get(operation, ()), Need(action, on, when[0] if when else "always"))
    return MappingProxyType(table)


NEEDS = _needs()
# Of each key that DeleteObjects deletes, and of the bypass of retention with any of them.
DELETE_OBJECTS_NEEDS = (
    Need("s3:DeleteObject", "object", "current"),
    Need("s3:DeleteObjectVersion", "object", "version"),
    Need("s3:BypassGovernanceRetention", "object", "bypass"),
)

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


# Each predicate gets the request, and the version id of the object in question (empty for the current version).
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
    objects = deleted_objects(call.operation.bucket, body)
    if isinstance(objects, Fault):
        return objects
    return tuple(
        asked
        for item, name in enumerate(objects)
        for action, on, when in DELETE_OBJECTS_NEEDS
        if _WHEN[when](call, name.version_id)
        for asked in _asked(call, action, on, name, common, item)
    )


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
