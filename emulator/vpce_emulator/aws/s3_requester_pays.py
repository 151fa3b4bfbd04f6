"""Who pays for a request to S3: where the requester does, who has not agreed to it is refused.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ObjectsinRequesterPaysBuckets.html. "Bucket owners do not need to
add x-amz-request-payer to their requests"; anonymous access is not allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vpce_emulator.aws.call import Operation
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.s3_access import Bucket

# The operations that take the header, by S3's service model, and browser uploads. All others the owner pays for.
_CHARGED = """
AbortMultipartUpload CompleteMultipartUpload CopyObject CreateMultipartUpload DeleteObject DeleteObjectAnnotation
DeleteObjects GetBucketAccelerateConfiguration GetObject GetObjectAcl GetObjectAnnotation GetObjectAttributes
GetObjectLegalHold GetObjectRetention GetObjectTagging GetObjectTorrent HeadObject ListMultipartUploads
ListObjectAnnotations ListObjectVersions ListObjects ListObjectsV2 ListParts PostObject PutObject PutObjectAcl
PutObjectAnnotation PutObjectLegalHold PutObjectLockConfiguration PutObjectRetention PutObjectTagging RestoreObject
UpdateObjectEncryption UploadPart UploadPartCopy
"""
CHARGED = frozenset(_CHARGED.split())
NOT_TOLD = frozenset({"GetObjectLegalHold", "GetObjectRetention", "GetObjectTagging", "PutObjectTagging"})
"""Operations whose answers do not tell that the requester was charged."""
PAYER = "x-amz-request-payer"
TOLD = ("x-amz-request-charged", "requester")


def is_charged(operation: Operation, buckets: Iterable[Bucket | None], account_id: str) -> bool:
    """Return whether a request is its caller's to pay.

    Args:
        operation: what is asked for.
        buckets: the bucket, and the one that is copied from; None where there is none.
        account_id: the caller's; empty for anonymous callers.
    """
    if operation.name not in CHARGED:
        return False
    return any(bucket.requester_pays and bucket.account_id != account_id for bucket in buckets if bucket is not None)


def is_agreed(request: HttpRequest, fields: Mapping[str, str], account_id: str) -> bool:
    """Return whether a caller agrees to pay: by the header, a presigned URL's parameter, or a form's field.

    Args:
        request: its head.
        fields: of the form; none of any other request.
        account_id: the caller's; anonymous callers, whose it is empty, cannot pay.
    """
    said = (request.headers.get(PAYER), fields.get(PAYER))
    return bool(account_id) and ("requester" in said or f"{PAYER}=requester" in request.raw_query.split("&"))
