"""A request's body: read, decoded, held against what its head promises, and the head that then fits it."""

from __future__ import annotations

import base64
import hashlib
import io
import zlib
from collections.abc import AsyncIterable
from dataclasses import dataclass
from typing import Protocol

from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.chunk_signatures import ChunkSignatures
from vpce_emulator.aws.payload_hash import INVALID, SHA256, STREAMING
from vpce_emulator.backend.checksums import (
    ALGORITHMS,
    DEFAULT_ALGORITHM,
    Buffer,
    Digest,
    Promised,
    Refusal,
    header_of,
    promise_of,
    promised,
)
from vpce_emulator.backend.chunked import MALFORMED_TRAILER, TERMINATED, ChunkDecoder

LARGEST_UPLOAD = 5 * 1024**3
"""Bytes of an object or part in one request: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html"""

LARGEST_UNPACKED = 256 * 1024**2
"""Bytes that a compressed request may unpack to. AWS documents no limit; this one keeps a bomb from the memory."""

ONLY_FOR_THE_TRANSFER = ("Transfer-Encoding", "Expect", "x-amz-trailer", "x-amz-decoded-content-length")
"""Headers that mean nothing once the body is decoded."""


@dataclass(frozen=True, slots=True)
class DecodedBody:
    """A body as the service is to see it.

    Attributes:
        content: without aws-chunked framing; of other services than S3, without gzip too.
        headers: the request's headers as they fit the content: what only the transfer needed is gone, and a checksum
            that came as a trailer, or that S3 would compute, is a header.
        payload_sha256: of the body as sent, in hexadecimal, where SigV4 may sign it; empty when the request says that
            its payload is unsigned or aws-chunked.
    """

    content: bytes
    headers: CIMultiDictProxy[str]
    payload_sha256: str = ""


async def read_body(
    service: str,
    operation: str,
    headers: CIMultiDictProxy[str],
    parts: AsyncIterable[bytes],
    signatures: ChunkSignatures | None = None,
) -> DecodedBody | Refusal:
    """Read a request's body.

    Memory use is that of the content; time is linear in it. After a refusal the rest of the body is unread.

    Args:
        service: botocore's name: `s3`.
        operation: the API name: `PutObject`.
        headers: of the request.
        parts: the body without HTTP's own framing.
        signatures: what those of an aws-chunked body's chunks are held against; None where the secret is not known.
    """
    reader = body_reader(service, operation, headers, signatures)
    if isinstance(reader, Refusal):
        return reader
    async for part in parts:
        refusal = reader.feed(part)
        if refusal is not None:
            return refusal
    return reader.finish()


class BodyReader(Protocol):
    """A body on its way in: fed with its parts, then finished."""

    def feed(self, part: Buffer) -> Refusal | None:
        """Take in the next bytes of the body."""

    def finish(self) -> DecodedBody | Refusal:
        """Return the body after its last bytes were fed."""


def body_reader(
    service: str, operation: str, headers: CIMultiDictProxy[str], signatures: ChunkSignatures | None = None
) -> BodyReader | Refusal:
    """Return the reader of a request's body, or S3's refusal of what its head says about it."""
    if service != "s3":
        return _CompressibleBody(headers)
    promises = promised(headers, operation)
    if isinstance(promises, Refusal):
        return promises
    needs_default = operation == "PutObject" and promises.algorithm is None
    content = _Content(promises, needs_default=needs_default)
    if headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        return _chunked_object(headers, content, signatures)
    too_large = _too_large(headers.get("Content-Length", ""))
    return _unknown_length(operation, headers) or too_large or _WholeObject(headers, content)


def _chunked_object(
    headers: CIMultiDictProxy[str], content: _Content, signatures: ChunkSignatures | None
) -> BodyReader | Refusal:
    """Return the reader of a body in aws-chunked framing."""
    declared = headers["x-amz-content-sha256"]
    signed = STREAMING.get(declared)
    if signed is None:
        return _unknown_streaming(declared)
    length = headers.get("x-amz-decoded-content-length", "")
    if not (length.isascii() and length.isdigit()):
        return _NO_LENGTH
    decoder = ChunkDecoder(
        signed=signed,
        signed_trailer=signed and declared.endswith("-TRAILER"),
        signatures=signatures,
        write=content.write,
    )
    return _too_large(length) or _ChunkedObject(headers, content, int(length), decoder)


_NO_LENGTH = Refusal("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
_NO_TRANSFER_ENCODING = Refusal(
    "NotImplemented",
    "A header you provided implies functionality that is not implemented",
    501,
    (("Header", "Transfer-Encoding"),),
)


def _unknown_length(operation: str, headers: CIMultiDictProxy[str]) -> Refusal | None:
    """Refuse what has no length before it is read; S3 has to know it of every upload.

    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html: MissingContentLength, and NotImplemented, of
    which the header is from recorded answers.
    """
    if "Transfer-Encoding" in headers:
        return _NO_TRANSFER_ENCODING
    return _NO_LENGTH if operation in {"PutObject", "UploadPart"} and "Content-Length" not in headers else None


def _unknown_streaming(declared: str) -> Refusal:
    details = (("ArgumentName", "x-amz-content-sha256"), ("ArgumentValue", declared))
    return Refusal("InvalidArgument", INVALID, details=details)


def _too_large(length: str) -> Refusal | None:
    if not (length.isascii() and length.isdigit()) or int(length) <= LARGEST_UPLOAD:
        return None
    details = (("ProposedSize", length), ("MaxSizeAllowed", str(LARGEST_UPLOAD)))
    return Refusal("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", details=details)


class _Content:
    """Collects an object's content in one buffer, and feeds the digests that are promised of it."""

    def __init__(self, promises: Promised, *, needs_default: bool) -> None:
        self._buffer = io.BytesIO()  # grows in place, and getvalue() lends its memory instead of copying it
        self._promised = [(promise, promise.start()) for promise in promises.promises]
        self.algorithm = DEFAULT_ALGORITHM if needs_default else promises.algorithm
        self.in_trailer = promises.in_trailer
        computed = self.algorithm if needs_default or promises.in_trailer else None
        self._computed = ALGORITHMS[computed][0]() if computed else None
        self._digests: list[Digest] = [digest for _, digest in self._promised]
        if self._computed is not None:
            self._digests.append(self._computed)

    def write(self, data: Buffer) -> None:
        self._buffer.write(data)
        for digest in self._digests:
            digest.update(data)

    def broken_promise(self) -> Refusal | None:
        found = ((promise, digest.digest()) for promise, digest in self._promised)
        return next((promise.broken(value) for promise, value in found if value != promise.expected), None)

    def computed(self) -> bytes | None:
        return self._computed.digest() if self._computed is not None else None

    @property
    def size(self) -> int:
        return self._buffer.tell()

    def bytes(self) -> bytes:
        return self._buffer.getvalue()


class _WholeObject(BodyReader):
    """A body of S3 without aws-chunked framing."""

    def __init__(self, headers: CIMultiDictProxy[str], content: _Content) -> None:
        self._headers = headers
        self._content = content
        self._declared = headers.get("x-amz-content-sha256", "")
        self._sha256 = hashlib.sha256() if SHA256.fullmatch(self._declared) else None

    def feed(self, part: Buffer) -> Refusal | None:
        self._content.write(part)
        if self._sha256 is not None:
            self._sha256.update(part)
        return None

    def finish(self) -> DecodedBody | Refusal:
        computed = self._sha256.hexdigest() if self._sha256 is not None else ""
        if computed and computed != self._declared:
            return _sha256_mismatch(self._declared, computed)
        if self._content.in_trailer:
            return MALFORMED_TRAILER
        refusal = self._content.broken_promise()
        if refusal is not None:
            return refusal
        headers = fitting_headers(self._headers, self._content.algorithm, self._content.computed())
        return DecodedBody(self._content.bytes(), headers, computed)


def _sha256_mismatch(declared: str, computed: str) -> Refusal:
    return Refusal(
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        details=(("ClientComputedContentSHA256", declared), ("S3ComputedContentSHA256", computed)),
    )


class _ChunkedObject(BodyReader):
    """A body of S3 in aws-chunked framing."""

    def __init__(self, headers: CIMultiDictProxy[str], content: _Content, length: int, decoder: ChunkDecoder) -> None:
        self._headers = headers
        self._content = content
        self._length = length
        self._decoder = decoder

    def feed(self, part: Buffer) -> Refusal | None:
        refusal = self._decoder.feed(part)
        # INVARIANT: no more is kept than was announced, and by that one part at most.
        return refusal or (self._wrong_length() if self._content.size > self._length else None)

    def finish(self) -> DecodedBody | Refusal:
        if not self._decoder.is_complete:
            return TERMINATED
        if self._content.size != self._length:
            return self._wrong_length()
        computed = self._content.computed()
        refusal = self._content.broken_promise() or self._broken_trailer(computed)
        if refusal is not None:
            return refusal
        headers = fitting_headers(self._headers, self._content.algorithm, computed)
        return DecodedBody(self._content.bytes(), headers)

    def _wrong_length(self) -> Refusal:
        return Refusal(
            "IncompleteBody",
            "You did not provide the number of bytes specified by the Content-Length HTTP header",
            details=(("NumberBytesExpected", str(self._length)), ("NumberBytesProvided", str(self._content.size))),
        )

    def _broken_trailer(self, computed: bytes | None) -> Refusal | None:
        """Hold the trailers against `x-amz-trailer`: the one it names, and no other."""
        came = self._decoder.trailers
        if not self._content.in_trailer or self._content.algorithm is None:
            return MALFORMED_TRAILER if came else None
        name = header_of(self._content.algorithm)
        if set(came) != {name}:
            return MALFORMED_TRAILER
        promise = promise_of(name, came[name], "trailing header")
        if isinstance(promise, Refusal):
            return promise
        return None if computed == promise.expected else promise.broken(computed or b"")


class _CompressibleBody(BodyReader):
    """A body of another service than S3: small, and gzipped by some SDKs.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-compression.html
    """

    def __init__(self, headers: CIMultiDictProxy[str]) -> None:
        self._headers = headers
        self._buffer = io.BytesIO()
        self._sha256 = hashlib.sha256()
        self._gzip = zlib.decompressobj(wbits=31) if headers.get("Content-Encoding", "").strip() == "gzip" else None

    def feed(self, part: Buffer) -> Refusal | None:
        self._sha256.update(part)
        if self._gzip is None:
            self._buffer.write(part)
            return None
        try:
            self._buffer.write(self._gzip.decompress(part, LARGEST_UNPACKED - self._buffer.tell() + 1))
        except zlib.error:
            return _BAD_GZIP
        return None if self._buffer.tell() <= LARGEST_UNPACKED else _UNPACKS_TOO_LARGE

    def finish(self) -> DecodedBody | Refusal:
        if self._gzip is not None and not self._gzip.eof:
            return _BAD_GZIP
        headers = fitting_headers(self._headers, None, None)
        if self._gzip is not None:
            headers = CIMultiDictProxy(
                CIMultiDict(item for item in headers.items() if item[0].lower() != "content-encoding")
            )
        return DecodedBody(self._buffer.getvalue(), headers, self._sha256.hexdigest())


_BAD_GZIP = Refusal("SerializationException", "The request body is not the gzip that Content-Encoding says.")
_UNPACKS_TOO_LARGE = Refusal("RequestEntityTooLargeException", "The request body is too large once decompressed.", 413)


def fitting_headers(
    headers: CIMultiDictProxy[str], algorithm: str | None, checksum: bytes | None
) -> CIMultiDictProxy[str]:
    """Return the headers that fit a decoded body.

    Args:
        headers: as sent.
        algorithm: of the object's checksum, which S3 is to store; None without one.
        checksum: its value, where the headers do not tell it.
    """
    fitting = CIMultiDict(headers)
    for name in ONLY_FOR_THE_TRANSFER:
        fitting.popall(name, None)
    encodings = [coding.strip() for value in fitting.popall("Content-Encoding", []) for coding in value.split(",")]
    kept = [coding for coding in encodings if coding.lower() != "aws-chunked"]
    if any(kept):
        fitting["Content-Encoding"] = ",".join(kept)
    if algorithm is not None:
        fitting["x-amz-sdk-checksum-algorithm"] = algorithm
    if algorithm is not None and checksum is not None:
        fitting[header_of(algorithm)] = base64.b64encode(checksum).decode()
    return CIMultiDictProxy(fitting)
