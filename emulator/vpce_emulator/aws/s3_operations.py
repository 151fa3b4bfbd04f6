"""Which S3 operation a request means: method, what the path names, and the subresource in the query.

The operations of https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html;
a test holds the table against botocore's model, so that none is missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import unquote

from vpce_emulator.aws.call import Operation
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.hosts import bucket_of_localhost, parse_host
from vpce_emulator.aws.http import HttpRequest

# The rows: method, subresource (empty: none) and operation. `a&b` asks for both parameters, and goes before `a`.
_BUCKET_ROUTES = """
GET     -                           ListObjects
GET     abac                        GetBucketAbac
GET     accelerate                  GetBucketAccelerateConfiguration
GET     acl                         GetBucketAcl
GET     analytics&id                GetBucketAnalyticsConfiguration
GET     analytics                   ListBucketAnalyticsConfigurations
GET     cors                        GetBucketCors
GET     encryption                  GetBucketEncryption
GET     intelligent-tiering&id      GetBucketIntelligentTieringConfiguration
GET     intelligent-tiering         ListBucketIntelligentTieringConfigurations
GET     inventory&id                GetBucketInventoryConfiguration
GET     inventory                   ListBucketInventoryConfigurations
GET     lifecycle                   GetBucketLifecycleConfiguration
GET     list-type                   ListObjectsV2
GET     location                    GetBucketLocation
GET     logging                     GetBucketLogging
GET     metadataConfiguration       GetBucketMetadataConfiguration
GET     metadataTable               GetBucketMetadataTableConfiguration
GET     metrics&id                  GetBucketMetricsConfiguration
GET     metrics                     ListBucketMetricsConfigurations
GET     notification                GetBucketNotificationConfiguration
GET     object-lock                 GetObjectLockConfiguration
GET     ownershipControls           GetBucketOwnershipControls
GET     policy                      GetBucketPolicy
GET     policyStatus                GetBucketPolicyStatus
GET     publicAccessBlock           GetPublicAccessBlock
GET     replication                 GetBucketReplication
GET     requestPayment              GetBucketRequestPayment
GET     session                     CreateSession
GET     tagging                     GetBucketTagging
GET     uploads                     ListMultipartUploads
GET     versioning                  GetBucketVersioning
GET     versions                    ListObjectVersions
GET     website                     GetBucketWebsite
HEAD    -                           HeadBucket
PUT     -                           CreateBucket
PUT     abac                        PutBucketAbac
PUT     accelerate                  PutBucketAccelerateConfiguration
PUT     acl                         PutBucketAcl
PUT     analytics                   PutBucketAnalyticsConfiguration
PUT     cors                        PutBucketCors
PUT     encryption                  PutBucketEncryption
PUT     intelligent-tiering         PutBucketIntelligentTieringConfiguration
PUT     inventory                   PutBucketInventoryConfiguration
PUT     lifecycle                   PutBucketLifecycleConfiguration
PUT     logging                     PutBucketLogging
PUT     metadataAnnotationTable     UpdateBucketMetadataAnnotationTableConfiguration
PUT     metadataInventoryTable      UpdateBucketMetadataInventoryTableConfiguration
PUT     metadataJournalTable        UpdateBucketMetadataJournalTableConfiguration
PUT     metrics                     PutBucketMetricsConfiguration
PUT     notification                PutBucketNotificationConfiguration
PUT     object-lock                 PutObjectLockConfiguration
PUT     ownershipControls           PutBucketOwnershipControls
PUT     policy                      PutBucketPolicy
PUT     publicAccessBlock           PutPublicAccessBlock
PUT     replication                 PutBucketReplication
PUT     requestPayment              PutBucketRequestPayment
PUT     tagging                     PutBucketTagging
PUT     versioning                  PutBucketVersioning
PUT     website                     PutBucketWebsite
POST    delete                      DeleteObjects
POST    metadataConfiguration       CreateBucketMetadataConfiguration
POST    metadataTable               CreateBucketMetadataTableConfiguration
DELETE  -                           DeleteBucket
DELETE  analytics                   DeleteBucketAnalyticsConfiguration
DELETE  cors                        DeleteBucketCors
DELETE  encryption                  DeleteBucketEncryption
DELETE  intelligent-tiering         DeleteBucketIntelligentTieringConfiguration
DELETE  inventory                   DeleteBucketInventoryConfiguration
DELETE  lifecycle                   DeleteBucketLifecycle
DELETE  metadataConfiguration       DeleteBucketMetadataConfiguration
DELETE  metadataTable               DeleteBucketMetadataTableConfiguration
DELETE  metrics                     DeleteBucketMetricsConfiguration
DELETE  ownershipControls           DeleteBucketOwnershipControls
DELETE  policy                      DeleteBucketPolicy
DELETE  publicAccessBlock           DeletePublicAccessBlock
DELETE  replication                 DeleteBucketReplication
DELETE  tagging                     DeleteBucketTagging
DELETE  website                     DeleteBucketWebsite
OPTIONS -                           PreflightRequest
"""
_OBJECT_ROUTES = """
GET     -                           GetObject
GET     acl                         GetObjectAcl
GET     annotation&annotationName   GetObjectAnnotation
GET     annotation                  ListObjectAnnotations
GET     attributes                  GetObjectAttributes
GET     legal-hold                  GetObjectLegalHold
GET     retention                   GetObjectRetention
GET     tagging                     GetObjectTagging
GET     torrent                     GetObjectTorrent
GET     uploadId                    ListParts
HEAD    -                           HeadObject
PUT     -                           PutObject
PUT     acl                         PutObjectAcl
PUT     annotation                  PutObjectAnnotation
PUT     encryption                  UpdateObjectEncryption
PUT     legal-hold                  PutObjectLegalHold
PUT     renameObject                RenameObject
PUT     retention                   PutObjectRetention
PUT     tagging                     PutObjectTagging
PUT     uploadId                    UploadPart
POST    restore                     RestoreObject
POST    select                      SelectObjectContent
POST    uploadId                    CompleteMultipartUpload
POST    uploads                     CreateMultipartUpload
DELETE  -                           DeleteObject
DELETE  annotation                  DeleteObjectAnnotation
DELETE  tagging                     DeleteObjectTagging
DELETE  uploadId                    AbortMultipartUpload
OPTIONS -                           PreflightRequest
"""
# With `x-amz-copy-source`, these two are others.
_COPIES = {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}

# Operations whose actions, resources or condition keys are told by the body.
_NEED_BODY = frozenset(
    {
        "CreateBucket",  # s3:LocationConstraint, aws:RequestTag
        "DeleteObjects",  # the keys
        "PostObject",  # the key, the ACL and the signature are form fields
        "PutBucketReplication",  # the role to pass
        "PutObjectLegalHold",  # s3:object-lock-legal-hold
        "PutObjectRetention",  # s3:object-lock-mode
        "PutObjectTagging",  # s3:RequestObjectTag
        "UpdateObjectEncryption",  # s3:x-amz-server-side-encryption
    }
)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NOT_FORM = "Bucket POST must be of the enclosure-type multipart/form-data"

_Routes = Mapping[str, Mapping[str, str]]


def _routes(rows: str) -> _Routes:
    """Return method → subresource → operation; the empty subresource is what is meant without one."""
    table: dict[str, dict[str, str]] = {}
    for row in rows.split("\n"):
        if row:
            method, subresource, operation = row.split()
            table.setdefault(method, {})["" if subresource == "-" else subresource] = operation
    return MappingProxyType(table)


BUCKET_ROUTES = _routes(_BUCKET_ROUTES)
OBJECT_ROUTES = _routes(_OBJECT_ROUTES)
_SUBRESOURCES = {
    id(routes): frozenset(name.partition("&")[0] for by_name in routes.values() for name in by_name if name)
    for routes in (BUCKET_ROUTES, OBJECT_ROUTES)
}


def identify_s3_operation(request: HttpRequest) -> Operation | Fault:
    """Return the S3 operation that a request means, with its bucket or access point and its decoded key."""
    if request.method == "POST" and request.raw_path == "/WriteGetObjectResponse":
        return Operation("WriteGetObjectResponse")
    address = _address(request)
    if isinstance(address, Fault):
        return address
    bucket, access_point, key = address
    if not bucket and not access_point:
        return _service_operation(request)
    name = _object_operation(request) if key else _bucket_operation(request)
    if isinstance(name, Fault):
        return name
    return Operation(name, name in _NEED_BODY, bucket, key, access_point)


def _address(request: HttpRequest) -> tuple[str, str, str] | Fault:
    """Return bucket, access point and key; of the first two, one at most is there."""
    path = request.raw_path[1:]
    host = parse_host(request.host)
    bucket = host.bucket if host is not None else bucket_of_localhost(request.host)
    access_point = host.access_point if host is not None else ""
    if not bucket and not access_point:
        bucket, slash, path = path.partition("/")
        if not bucket and slash:
            return Fault(FaultKind.INVALID_BUCKET_NAME, details=(("BucketName", ""),))
    if "%" not in path and "%" not in bucket and path.isascii():
        return bucket, access_point, path
    return _decoded(bucket, access_point, path)


def _decoded(bucket: str, access_point: str, path: str) -> tuple[str, str, str] | Fault:
    if _BAD_ESCAPE.search(bucket) or _BAD_ESCAPE.search(path):
        return Fault(FaultKind.INVALID_URI)
    try:
        # Bytes that are not ASCII stand in the path as surrogates; percent-encoded ones must be UTF-8.
        path.encode("utf-8")
        return unquote(bucket, errors="strict"), access_point, unquote(path, errors="strict")
    except UnicodeError:
        return Fault(FaultKind.INVALID_URI)


def _service_operation(request: HttpRequest) -> Operation | Fault:
    if request.method == "GET":
        host = parse_host(request.host)
        directory = host is not None and host.label == "s3express-control"
        return Operation("ListDirectoryBuckets" if directory else "ListBuckets")
    if request.method == "OPTIONS":
        return Operation("PreflightRequest")
    return _not_allowed(request, "SERVICE")


def _bucket_operation(request: HttpRequest) -> str | Fault:
    name = _routed(BUCKET_ROUTES, request, "BUCKET")
    if isinstance(name, Fault) and name.kind is FaultKind.METHOD_NOT_ALLOWED and request.method == "POST":
        if request.headers.get("Content-Type", "").startswith("multipart/form-data"):
            return "PostObject"
        return Fault(FaultKind.PRECONDITION_FAILED, details=(("Condition", _NOT_FORM),))
    return name


def _object_operation(request: HttpRequest) -> str | Fault:
    name = _routed(OBJECT_ROUTES, request, "OBJECT")
    if isinstance(name, str) and name in _COPIES and "x-amz-copy-source" in request.headers:
        return _COPIES[name]
    return name


def _routed(routes: _Routes, request: HttpRequest, resource_type: str) -> str | Fault:
    by_name = routes.get(request.method)
    if not request.raw_query:
        return (by_name and by_name.get("")) or _not_allowed(request, resource_type)
    parameters = [unquote(pair.partition("=")[0]) for pair in request.raw_query.split("&")]
    named = sorted(_SUBRESOURCES[id(routes)].intersection(parameters))
    if len(named) > 1:
        return _conflict(named)
    if by_name is None:
        return _not_allowed(request, resource_type)
    if not named:
        return by_name.get("") or _not_allowed(request, resource_type)
    for name, operation in by_name.items():
        subresource, _, further = name.partition("&")
        if subresource == named[0] and (not further or further in parameters):
            return operation
    return _ignored(by_name, named[0]) or _not_allowed(request, resource_type)


def _ignored(by_name: Mapping[str, str], subresource: str) -> str | None:
    """Return the plain operation where a parameter is no subresource of this method, as `?uploadId` is none of HEAD."""
    return by_name.get("") if subresource in {"uploadId", "list-type"} else None


def _conflict(names: list[str]) -> Fault:
    """Two subresources at once: were one of them ignored, the other could be reached without leave for it."""
    message = f"Conflicting query string parameters: {', '.join(names)}"
    details = (("ArgumentName", "ResourceType"), ("ArgumentValue", names[0]))
    return Fault(FaultKind.INVALID_ARGUMENT, message, details)


def _not_allowed(request: HttpRequest, resource_type: str) -> Fault:
    details = (("Method", request.method), ("ResourceType", resource_type))
    return Fault(FaultKind.METHOD_NOT_ALLOWED, details=details)
