"""S3 operations that moto lacks and that are little more than keeping a document, or reading one attribute.

Terraform reads who pays for requests of every bucket, and sets up metrics, analytics and tiering; SDKs read retentions.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from moto.s3.models import FakeBucket

from vpce_emulator.aws.faults import Code, Fault, FaultKind
from vpce_emulator.aws.http import HttpResponse
from vpce_emulator.aws.s3_xml import parse_xml, written_xml
from vpce_emulator.backend.embedded.buckets import ABAC, REQUESTER_PAYS, bucket_named, object_in
from vpce_emulator.backend.embedded.object_annotations import HANDLERS as OF_ANNOTATIONS
from vpce_emulator.backend.embedded.service_call import ServiceCall

KEPT = "kept_configurations"
"""The attribute of a bucket in moto that holds its documents, by kind and id."""

_KINDS = {
    "Analytics": "ListBucketAnalyticsConfigurationResult",
    "IntelligentTiering": "ListBucketIntelligentTieringConfigurationsOutput",
    "Metrics": "ListMetricsConfigurationsResult",
}
_XML = (("Content-Type", "application/xml"),)
_NO_CONFIGURATION = Fault(
    FaultKind.INVALID_REQUEST, "The specified configuration does not exist.", code=Code("NoSuchConfiguration", 404)
)
_NO_LOCK = Fault(FaultKind.INVALID_REQUEST, "Bucket is missing Object Lock Configuration")
_NO_RETENTION = Fault(
    FaultKind.INVALID_REQUEST,
    "The specified object does not have a ObjectLock configuration",
    code=Code("NoSuchObjectLockConfiguration", 404),
)

_TAGS_DECIDE = Fault(FaultKind.METHOD_NOT_ALLOWED, details=(("ResourceType", "BUCKET"),))
_NOT_UPDATED = Fault(
    FaultKind.INVALID_REQUEST,
    "The encryption of objects that are encrypted with aws:kms:dsse cannot be updated.",
)

Answer = HttpResponse | Fault


def answer_of_our_own(call: ServiceCall) -> Answer | None:
    """Answer a call that moto lacks; None for any other."""
    handler = _HANDLERS.get(call.operation.name)
    if handler is None:
        return None
    bucket = bucket_named(call.operation.bucket)
    if bucket is None:
        return Fault(FaultKind.NO_SUCH_BUCKET, details=(("BucketName", call.operation.bucket),))
    return handler(call, bucket)


def _documents(bucket: FakeBucket) -> dict[tuple[str, str], bytes]:
    """Return a bucket's documents, which go when the bucket does."""
    kept: dict[tuple[str, str], bytes] | None = getattr(bucket, KEPT, None)
    if kept is None:
        kept = {}
        setattr(bucket, KEPT, kept)
    return kept


def _id(call: ServiceCall) -> str:
    return dict(parse_qsl(call.request.raw_query, keep_blank_values=True)).get("id", "")


def _version_id(call: ServiceCall) -> str:
    return dict(parse_qsl(call.request.raw_query, keep_blank_values=True)).get("versionId", "")


def _written(root: ElementTree.Element) -> HttpResponse:
    return HttpResponse(200, _XML, written_xml(root))


def _put(kind: str) -> Callable[[ServiceCall, FakeBucket], Answer]:
    def put(call: ServiceCall, bucket: FakeBucket) -> Answer:
        root = parse_xml(call.body)
        if root is None:
            return Fault(FaultKind.MALFORMED_BODY)
        if root.findtext("Id", "").strip() != _id(call):
            return Fault(FaultKind.INVALID_ARGUMENT, "The Id in the document is not the one in the request.")
        _documents(bucket)[kind, _id(call)] = call.body
        return HttpResponse(200, ())

    return put


def _get(kind: str) -> Callable[[ServiceCall, FakeBucket], Answer]:
    def get(call: ServiceCall, bucket: FakeBucket) -> Answer:
        root = parse_xml(_documents(bucket).get((kind, _id(call)), b""))
        return _NO_CONFIGURATION if root is None else _written(root)

    return get


def _delete(kind: str) -> Callable[[ServiceCall, FakeBucket], Answer]:
    def delete(call: ServiceCall, bucket: FakeBucket) -> Answer:
        return HttpResponse(204, ()) if _documents(bucket).pop((kind, _id(call)), None) else _NO_CONFIGURATION

    return delete


def _list(kind: str) -> Callable[[ServiceCall, FakeBucket], Answer]:
    def list_all(_: ServiceCall, bucket: FakeBucket) -> Answer:
        root = ElementTree.Element(_KINDS[kind])
        ElementTree.SubElement(root, "IsTruncated").text = "false"
        kept = sorted((name, body) for (of, name), body in _documents(bucket).items() if of == kind)
        root.extend(found for _, body in kept if (found := parse_xml(body)) is not None)
        return _written(root)

    return list_all


def _delete_inventory(call: ServiceCall, bucket: FakeBucket) -> Answer:
    """Delete what moto itself keeps, for it has everything about inventories but this."""
    return HttpResponse(204, ()) if bucket.inventory_configs.pop(_id(call), None) else _NO_CONFIGURATION


def _put_payer(call: ServiceCall, bucket: FakeBucket) -> Answer:
    root = parse_xml(call.body)
    setattr(bucket, REQUESTER_PAYS, root is not None and root.findtext("Payer", "").strip() == "Requester")
    return HttpResponse(200, ())


def _get_payer(_: ServiceCall, bucket: FakeBucket) -> Answer:
    root = ElementTree.Element("RequestPaymentConfiguration")
    payer = "Requester" if getattr(bucket, REQUESTER_PAYS, False) else "BucketOwner"
    ElementTree.SubElement(root, "Payer").text = payer
    return _written(root)


def _put_abac(call: ServiceCall, bucket: FakeBucket) -> Answer:
    root = parse_xml(call.body)
    setattr(bucket, ABAC, root is not None and root.findtext("Status", "").strip() == "Enabled")
    return HttpResponse(200, ())


def _get_abac(_: ServiceCall, bucket: FakeBucket) -> Answer:
    root = ElementTree.Element("AbacStatus")
    ElementTree.SubElement(root, "Status").text = "Enabled" if getattr(bucket, ABAC, False) else "Disabled"
    return _written(root)


def _unless_abac(_: ServiceCall, bucket: FakeBucket) -> Fault | None:
    """Refuse to set or delete all tags at once where they decide about access; else leave it to moto.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAbac.html; the code is undocumented, and chosen.
    """
    return _TAGS_DECIDE if getattr(bucket, ABAC, False) else None


def _get_encryption(_: ServiceCall, bucket: FakeBucket) -> Answer | None:
    """Tell S3's own default where none other was set.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
    """
    if bucket.encryption:
        return None
    root = ElementTree.Element("ServerSideEncryptionConfiguration")
    rule = ElementTree.SubElement(root, "Rule")
    default = ElementTree.SubElement(rule, "ApplyServerSideEncryptionByDefault")
    ElementTree.SubElement(default, "SSEAlgorithm").text = "AES256"
    ElementTree.SubElement(rule, "BucketKeyEnabled").text = "false"
    return _written(root)


def _update_encryption(call: ServiceCall, bucket: FakeBucket) -> Answer:
    """Encrypt an object with another KMS key, its content and all else left as they are.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_UpdateObjectEncryption.html
    """
    found = object_in(bucket, call.operation.key, _version_id(call))
    if isinstance(found, Fault):
        return found
    root = parse_xml(call.body)
    asked = root.find("SSE-KMS") if root is not None else None
    if asked is None:
        return Fault(FaultKind.MALFORMED_BODY)
    if found.encryption == "aws:kms:dsse":
        return _NOT_UPDATED
    found.encryption, found.kms_key_id = "aws:kms", asked.findtext("KMSKeyArn", "").strip()
    found.bucket_key_enabled = asked.findtext("BucketKeyEnabled", "").strip() == "true"
    return HttpResponse(200, ())


def _get_retention(call: ServiceCall, bucket: FakeBucket) -> Answer:
    if not bucket.object_lock_enabled:
        return _NO_LOCK
    found = object_in(bucket, call.operation.key, _version_id(call))
    if isinstance(found, Fault):
        return found
    if not found.lock_mode:
        return _NO_RETENTION
    root = ElementTree.Element("Retention")
    ElementTree.SubElement(root, "Mode").text = found.lock_mode
    ElementTree.SubElement(root, "RetainUntilDate").text = found.lock_until
    return _written(root)


_HANDLERS: Mapping[str, Callable[[ServiceCall, FakeBucket], Answer | None]] = MappingProxyType(
    {
        **{f"PutBucket{kind}Configuration": _put(kind) for kind in _KINDS},
        **{f"GetBucket{kind}Configuration": _get(kind) for kind in _KINDS},
        **{f"DeleteBucket{kind}Configuration": _delete(kind) for kind in _KINDS},
        **{f"ListBucket{kind}Configurations": _list(kind) for kind in _KINDS},
        **OF_ANNOTATIONS,
        "DeleteBucketInventoryConfiguration": _delete_inventory,
        "DeleteBucketTagging": _unless_abac,
        "GetBucketAbac": _get_abac,
        "GetBucketEncryption": _get_encryption,
        "GetBucketRequestPayment": _get_payer,
        "PutBucketAbac": _put_abac,
        "PutBucketRequestPayment": _put_payer,
        "PutBucketTagging": _unless_abac,
        "GetObjectRetention": _get_retention,
        "UpdateObjectEncryption": _update_encryption,
    }
)
