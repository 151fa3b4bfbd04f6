"""Request ids, spelled as each service spells its own."""

from __future__ import annotations

from base64 import b32encode, b64encode
from hashlib import sha512
from uuid import UUID

from vpce_emulator.aws.call import Protocol, Service

# Undocumented; as in recorded responses: 52 digits and capital letters.
_DYNAMODB_LENGTH = 52


def request_id(entropy: bytes, service: Service) -> str:
    """Return a request id made of sixteen random bytes.

    S3's are sixteen capital hexadecimal digits, DynamoDB's 52 digits and capital letters, all others' UUIDs.
    """
    if service.protocol is Protocol.S3:
        return entropy[:8].hex().upper()
    if service.iam_prefix == "dynamodb":
        return b32encode(sha512(entropy).digest()).decode()[:_DYNAMODB_LENGTH]
    return str(UUID(bytes=entropy, version=4))


def host_id(request_id: str) -> str:
    """Return S3's extended request id (`x-amz-id-2`), made from the request id: 64 bytes in base 64."""
    return b64encode(sha512(request_id.encode()).digest()).decode()
