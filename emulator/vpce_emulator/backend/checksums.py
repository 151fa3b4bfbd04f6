"""The checksums of S3 uploads: which a request promises, and what S3 answers when the body does not keep the promise.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from awscrt import checksums as crt

Buffer = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a body was not accepted, as S3 says it.

    Attributes:
        code: the error code: `BadDigest`.
        message: the text of `<Message>`.
        status: the HTTP status.
        details: further elements of the error document, in order.
    """

    code: str
    message: str
    status: int = 400
    details: tuple[tuple[str, str], ...] = ()


class Digest(Protocol):
    """A checksum in the making."""

    def update(self, data: Buffer, /) -> object:
        """Take in the next bytes."""

    def digest(self) -> bytes:
        """Return the checksum of all bytes so far, big-endian."""


class _Crc:
    def __init__(self, advance: Callable[[Buffer, int], int], size: int) -> None:
        self._advance, self._size, self._value = advance, size, 0

    def update(self, data: Buffer, /) -> None:
        self._value = self._advance(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


class _XxHash:
    def __init__(self, hasher: crt.XXHash) -> None:
        self._hasher = hasher

    def update(self, data: Buffer, /) -> None:
        self._hasher.update(bytes(data))  # it refuses views of writable memory

    def digest(self) -> bytes:
        return bytes(self._hasher.finalize())


ALGORITHMS: Mapping[str, tuple[Callable[[], Digest], int]] = {
    "CRC32": (lambda: _Crc(crt.crc32, 4), 4),
    "CRC32C": (lambda: _Crc(crt.crc32c, 4), 4),
    "CRC64NVME": (lambda: _Crc(crt.crc64nvme, 8), 8),
    "MD5": (lambda: hashlib.md5(usedforsecurity=False), 16),
    "SHA1": (lambda: hashlib.sha1(usedforsecurity=False), 20),
    "SHA256": (hashlib.sha256, 32),
    "SHA512": (hashlib.sha512, 64),
    "XXHASH3": (lambda: _XxHash(crt.XXHash.new_xxhash3_64()), 8),
    "XXHASH64": (lambda: _XxHash(crt.XXHash.new_xxhash64()), 8),
    "XXHASH128": (lambda: _XxHash(crt.XXHash.new_xxhash3_128()), 16),
}
"""The values of ChecksumAlgorithm in S3's API model, each with its digest and the digest's size in bytes."""

DEFAULT_ALGORITHM = "CRC64NVME"
"""What S3 computes for an object that came without a checksum."""

HEADERS: Mapping[str, str] = {f"x-amz-checksum-{name.lower()}": name for name in ALGORITHMS}
"""From the header, or trailer, that carries a checksum, to its algorithm."""

NEED_CHECKSUM = frozenset(
    {
        "DeleteObjects",
        "PutBucketCors",
        "PutBucketLifecycleConfiguration",
        "PutBucketReplication",
        "PutBucketTagging",
        "PutObjectLockConfiguration",
    }
)
"""Operations that S3 carries out only if the request proves that its body came whole: their pages require it."""
_NO_CHECKSUM = Refusal("InvalidRequest", "Missing required header for this request: Content-MD5 OR x-amz-checksum-*")

CHECKSUM_OF_THE_OBJECT = frozenset({"CompleteMultipartUpload"})
"""Operations whose checksum headers speak of the object that results, not of the body that they come with."""


def header_of(algorithm: str) -> str:
    """Return the name of the header that carries a checksum."""
    return f"x-amz-checksum-{algorithm.lower()}"


@dataclass(frozen=True, slots=True)
class Promise:
    """A digest that the body must have.

    Attributes:
        start: makes the digest to be fed with the body.
        expected: its value.
        broken: makes the refusal, given the value that the body has.
    """

    start: Callable[[], Digest]
    expected: bytes
    broken: Callable[[bytes], Refusal]


@dataclass(frozen=True, slots=True)
class Promised:
    """What a request's head promises of its body.

    Attributes:
        promises: digests whose values the head tells.
        algorithm: of the object's checksum; None when the head names none.
        in_trailer: whether that checksum follows the body.
    """

    promises: tuple[Promise, ...]
    algorithm: str | None
    in_trailer: bool


def promised(headers: Mapping[str, str], operation: str) -> Promised | Refusal:
    """Read the checksum headers of an S3 request.

    Args:
        headers: looked up in any letter case.
        operation: the API name: `PutObject`.
    """
    md5 = _md5_promise(headers)
    if isinstance(md5, Refusal):
        return md5
    if operation in CHECKSUM_OF_THE_OBJECT:
        return Promised(md5, algorithm=None, in_trailer=False)
    flexible = _flexible_promise(headers)
    if isinstance(flexible, Refusal):
        return flexible
    if operation in NEED_CHECKSUM and not md5 and flexible.algorithm is None:
        return _NO_CHECKSUM
    return Promised(md5 + flexible.promises, flexible.algorithm, flexible.in_trailer)


def _md5_promise(headers: Mapping[str, str]) -> tuple[Promise, ...] | Refusal:
    value = headers.get("Content-MD5")
    if value is None:
        return ()
    expected = decoded(value, 16)
    if expected is None:
        return Refusal("InvalidDigest", "The Content-MD5 you specified was invalid.", details=(("Content-MD5", value),))

    def broken(calculated: bytes) -> Refusal:
        found = base64.b64encode(calculated).decode()
        details = (("CalculatedDigest", found), ("ExpectedDigest", expected.hex()))
        return Refusal("BadDigest", "The Content-MD5 you specified did not match what we received.", details=details)

    return (Promise(ALGORITHMS["MD5"][0], expected, broken),)


def _flexible_promise(headers: Mapping[str, str]) -> Promised | Refusal:
    given = [name for name in HEADERS if name in headers]
    trailer = headers.get("x-amz-trailer", "").strip().lower()
    if trailer and trailer not in HEADERS:
        return Refusal("InvalidRequest", "The value specified in the x-amz-trailer header is not supported")
    if len(given) + bool(trailer) > 1:
        message = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        return Refusal("InvalidRequest", message)
    name = given[0] if given else trailer
    mismatch = _algorithm_mismatch(headers, name)
    if mismatch is not None:
        return mismatch
    if not name:
        return Promised((), algorithm=None, in_trailer=False)
    if trailer:
        return Promised((), HEADERS[name], in_trailer=True)
    promise = promise_of(name, headers[name], "header")
    return promise if isinstance(promise, Refusal) else Promised((promise,), HEADERS[name], in_trailer=False)


def _algorithm_mismatch(headers: Mapping[str, str], checksum_header: str) -> Refusal | None:
    """Hold `x-amz-sdk-checksum-algorithm` against the checksum that came: answers observed from S3."""
    declared = headers.get("x-amz-sdk-checksum-algorithm", "").strip().upper()
    if not declared or declared == HEADERS.get(checksum_header):
        return None
    if checksum_header or declared not in ALGORITHMS:
        return Refusal("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.")
    return Refusal(
        "InvalidRequest",
        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers "
        "were found.",
    )


def promise_of(name: str, value: str, where: str) -> Promise | Refusal:
    """Return what a checksum promises.

    Args:
        name: one of HEADERS.
        value: in base64.
        where: `header` or `trailing header`, for the message.
    """
    algorithm = HEADERS[name]
    start, size = ALGORITHMS[algorithm]
    expected = decoded(value, size)
    if expected is None:
        return Refusal("InvalidRequest", f"Value for {name} {where} is invalid.")
    mismatch = Refusal("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")
    return Promise(start, expected, lambda _: mismatch)


def decoded(value: str, size: int) -> bytes | None:
    """Return the bytes that base64 text stands for, or None unless it is well-formed and that long."""
    try:
        content = base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if len(content) == size else None
