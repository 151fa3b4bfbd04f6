"""Which KMS keys an S3 request needs, and for what.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from urllib.parse import parse_qs

from vpce_emulator.aws.key_uses import DATA_KEY, DECRYPT, ENCRYPT, Encryption, KeyedRequest, KeyUse, StoredEncryption
from vpce_emulator.aws.s3_xml import parse_xml

_ENCRYPTED_ON = frozenset({"PutObject", "PostObject", "CopyObject", "CreateMultipartUpload"})
_UPDATE = "UpdateObjectEncryption"
_READ = frozenset({"GetObject", "SelectObjectContent", _UPDATE})
_OF_UPLOADS = frozenset({"UploadPart", "UploadPartCopy", "CompleteMultipartUpload", "ListParts"})
_ALGORITHM = "x-amz-server-side-encryption"
OPERATIONS = _ENCRYPTED_ON | _READ | _OF_UPLOADS | {"HeadObject"}
"""The operations that may need keys."""


def uses_of_s3(asked: KeyedRequest, stored: StoredEncryption) -> Iterator[KeyUse]:
    """Yield what a request to S3 needs to be done with keys: of what it reads, of what it copies, of what it writes."""
    operation, name = asked.operation, asked.operation.name
    if asked.source is not None:
        encryption, (bucket, key, _) = stored.object(*asked.source), asked.source
        if encryption is not None:
            yield _of_object(DECRYPT, encryption, bucket, key, asked)
    if name in _ENCRYPTED_ON:
        says = _says(asked.headers)
        encryption = _asked_for(asked.headers) if says else stored.bucket(operation.bucket)
        if encryption is not None:
            further = _context_asked_for(asked.headers)
            yield _of_object(DATA_KEY, encryption, operation.bucket, operation.key, asked, further)
        return
    encryption = _of_what_is_there(asked, stored)
    if encryption is not None:
        yield _of_object(DECRYPT, encryption, operation.bucket, operation.key, asked)
    after = _updated(asked.body) if name == _UPDATE else None
    if after is not None:
        for action in (ENCRYPT, DATA_KEY, DECRYPT, "kms:ReEncryptTo"):
            yield _of_object(action, after, operation.bucket, operation.key, asked)


def _updated(body: bytes) -> Encryption | None:
    """Return how an object is to be encrypted from now on.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_UpdateObjectEncryption.html
    """
    root = parse_xml(body)
    asked = root.find("SSE-KMS") if root is not None else None
    if asked is None:
        return None
    bucket_key = asked.findtext("BucketKeyEnabled", "").strip() == "true"
    return Encryption(asked.findtext("KMSKeyArn", "").strip(), bucket_key)


def _of_what_is_there(asked: KeyedRequest, stored: StoredEncryption) -> Encryption | None:
    """Return the encryption of an object that is read, or of an upload that goes on."""
    operation, name = asked.operation, asked.operation.name
    query = parse_qs(asked.request.raw_query) if asked.request.raw_query else {}
    if name in _OF_UPLOADS:
        return stored.upload(operation.bucket, query.get("uploadId", [""])[0])
    if name in _READ or (name == "HeadObject" and "x-amz-checksum-mode" in asked.headers):
        return stored.object(operation.bucket, operation.key, query.get("versionId", [""])[0])
    return None


def _of_object(
    action: str,
    encryption: Encryption,
    bucket: str,
    key: str,
    asked: KeyedRequest,
    further: Mapping[str, str] = MappingProxyType({}),
) -> KeyUse:
    """Return the use of an object's key. The context names the object, or the bucket that has a bucket key."""
    bucket_arn = f"arn:aws:s3:::{bucket}"
    named = bucket_arn if encryption.bucket_key or not key else f"{bucket_arn}/{key}"
    return KeyUse((action,), encryption.key, asked.account_id, {"aws:s3:arn": named, **further})


def _says(headers: Mapping[str, str]) -> bool:
    """Return whether a request says how an object is to be encrypted: with a key of S3's or of the caller's, too."""
    return _ALGORITHM in headers or f"{_ALGORITHM}-customer-algorithm" in headers


def _asked_for(headers: Mapping[str, str]) -> Encryption | None:
    if not headers.get(_ALGORITHM, "").startswith("aws:kms"):
        return None
    bucket_key = headers.get(f"{_ALGORITHM}-bucket-key-enabled", "").lower() == "true"
    return Encryption(headers.get(f"{_ALGORITHM}-aws-kms-key-id", ""), bucket_key)


def _context_asked_for(headers: Mapping[str, str]) -> Mapping[str, str]:
    try:
        read = json.loads(base64.b64decode(headers.get(f"{_ALGORITHM}-context", "e30=")))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return {name: value for name, value in read.items() if isinstance(value, str)} if isinstance(read, dict) else {}
