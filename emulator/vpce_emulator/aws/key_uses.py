"""What is encrypted with KMS keys, and what requests need to be done with those keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from vpce_emulator.aws.call import ActionOnResource, Operation, Service
from vpce_emulator.aws.http import HttpRequest

DATA_KEY: Final = "kms:GenerateDataKey"
DECRYPT: Final = "kms:Decrypt"
ENCRYPT: Final = "kms:Encrypt"


@dataclass(frozen=True, slots=True)
class Encryption:
    """How an object is, or is to be, encrypted with a KMS key.

    Attributes:
        key: the key as it was named: an id, an alias or an ARN; empty for the key that AWS manages for S3.
        bucket_key: whether one data key serves many objects of the bucket.
    """

    key: str
    bucket_key: bool = False


@dataclass(frozen=True, slots=True)
class StoredEncryption:
    """What is known of the encryption of what is stored. None and nothing: not with a KMS key, or not there.

    Attributes:
        bucket: from a bucket's name, its default encryption.
        object: from bucket, key and version id, empty for the current one.
        upload: from bucket and upload id.
        resource: from the ARN of a queue, topic, secret, parameter (or the path above several), table, index or stream,
            each resource's own ARN with the key as it was named; a parameter's ARN with `:` and a version, a label or
            `*` for all means what is encrypted of that, and without any the latest.
    """

    bucket: Callable[[str], Encryption | None]
    object: Callable[[str, str, str], Encryption | None]
    upload: Callable[[str, str], Encryption | None]
    resource: Callable[[str], tuple[tuple[str, str], ...]]


class KeyedRequest(NamedTuple):
    """An allowed request, as far as keys depend on it.

    Attributes:
        service: that was called.
        operation: what it asks for.
        wanted: what was authorized.
        request: its head.
        headers: its headers; of a form upload, the fields that stand for them.
        given: the members of its input, of the services whose inputs say which key they need; empty for others.
        body: what it brings along, where it is read already.
        account_id: the caller's.
        source: of a copy, the bucket, key and version id that is copied.
    """

    service: Service
    operation: Operation
    wanted: tuple[ActionOnResource, ...]
    request: HttpRequest
    headers: Mapping[str, str]
    given: Mapping[str, Any]
    body: bytes
    account_id: str
    source: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What is to be done with a key.

    Attributes:
        actions: of KMS.
        key: as `Encryption.key`.
        owner: the account in which a key is looked for that is no ARN.
        encryption_context: what KMS is told of the data.
        item: as in `ActionOnResource`.
    """

    actions: tuple[str, ...]
    key: str
    owner: str
    encryption_context: Mapping[str, str] = field(default_factory=dict)
    item: int | None = None
