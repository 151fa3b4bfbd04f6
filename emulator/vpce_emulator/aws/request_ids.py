"""Request ids, spelled as each service spells its own."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha512
from uuid import UUID

from vpce_emulator.aws.call import Protocol, Service

# Undocumented; as in recorded responses: 52 digits and capital letters.
_DYNAMODB_LENGTH = 52
# Protocols whose answers say the request id in the body too, and how the element is spelled there.
_IN_BODY = frozenset({Protocol.QUERY, Protocol.EC2, Protocol.REST_XML})
_ELEMENT = re.compile(rb"<(requestId|RequestId|RequestID)>[^<]*</\1>")
_HOST_ID = re.compile(rb"<HostId>[^<]*</HostId>")


def request_id(entropy: bytes, service: Service) -> str:
    """Return a request id made of sixteen random bytes.

    S3's are sixteen capital hexadecimal digits, DynamoDB's 52 digits and capital letters, all others' UUIDs.
    """
    if service.protocol is Protocol.S3:
        return entropy[:8].hex().upper()
    if service.iam_prefix == "dynamodb":
        letters = b64encode(sha512(entropy).digest()).translate(None, b"+/=")
        return letters.decode().upper()[:_DYNAMODB_LENGTH]
    return str(UUID(bytes=entropy, version=4))


def host_id(request_id: str) -> str:
    """Return S3's extended request id (`x-amz-id-2`), made from the request id: 64 bytes in base 64."""
    return b64encode(sha512(request_id.encode()).digest()).decode()


def with_request_id(body: bytes, request_id: str, service: Service, status: int) -> bytes:
    """Return an answer's body with this request id in it, where the service's answers have one there.

    S3 tells it in errors alone, and its extended request id beside it.
    """
    known_as = request_id.encode()
    if service.protocol is Protocol.S3 and status >= 400:
        told = b"<RequestId>" + known_as + b"</RequestId><HostId>" + host_id(request_id).encode() + b"</HostId>"
        return _ELEMENT.sub(told, _HOST_ID.sub(b"", body, count=1), count=1)
    if service.protocol not in _IN_BODY:
        return body
    return _ELEMENT.sub(rb"<\1>" + known_as + rb"</\1>", body, count=1)
