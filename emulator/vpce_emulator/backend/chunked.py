"""The aws-chunked encoding of request bodies, decoded as they arrive.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html

    body    = *chunk last *trailer [signed] CRLF
    chunk   = size [";chunk-signature=" signature] CRLF data CRLF
    last    = "0" [";chunk-signature=" signature] CRLF
    trailer = name ":" value LF-or-CRLF
    signed  = "x-amz-trailer-signature:" signature CRLF
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from enum import Enum, auto

from vpce_emulator.aws.chunk_signatures import ChunkSignatures, Details
from vpce_emulator.backend.checksums import Buffer, Refusal

MINIMUM_CHUNK = 8192
"""Bytes of every chunk but the last."""

LONGEST_LINE = 4096
"""Bytes of a chunk's head or a trailer; the longest that S3 defines are about a hundred."""

CHUNK_HEAD = re.compile(rb"([0-9A-Fa-f]{1,16})(?:;chunk-signature=([0-9a-f]{64,}\**))?\r\n")
TRAILER = re.compile(rb"([A-Za-z0-9-]+):[ \t]*([^\r\n]*?)[ \t]*\r?\n")

TERMINATED = Refusal("IncompleteBody", "The request body terminated unexpectedly")
"""S3's answer to whatever is wrong with the framing of the chunks."""

TRAILER_SIGNATURE = "x-amz-trailer-signature"

MALFORMED_TRAILER = Refusal(
    "MalformedTrailerError",
    "The request contained trailing data that was not well-formed or did not conform to our published schema.",
)


SIGNATURE_DOES_NOT_MATCH = (
    "The request signature we calculated does not match the signature you provided. Check your key and signing method."
)


class _State(Enum):
    HEAD = auto()
    DATA = auto()
    AFTER_DATA = auto()
    TRAILERS = auto()
    DONE = auto()


class ChunkDecoder:
    """Decodes one aws-chunked body, fed in parts of any size; holds back no more than an unfinished line.

    Args:
        signed: whether every chunk must carry a signature.
        signed_trailer: whether the trailer must.
        signatures: what they are held against; None where they cannot be verified.
        write: takes the decoded bytes; they are lent for the duration of the call.
    """

    def __init__(
        self,
        *,
        signed: bool,
        signed_trailer: bool = False,
        signatures: ChunkSignatures | None = None,
        write: Callable[[memoryview], object],
    ) -> None:
        self._signed = signed
        self._signed_trailer = signed_trailer
        self._signatures = signatures if signed else None
        self._write = write
        self._state = _State.HEAD
        self._line = bytearray()
        self._left = 0
        self._size: int | None = None
        self._hash = hashlib.sha256()
        self._signature = ""
        self._count = 0
        self.trailers: dict[str, str] = {}
        """The trailing headers that came, but for their signature."""

    @property
    def is_complete(self) -> bool:
        """Whether the end of the body has come."""
        return self._state is _State.DONE

    def feed(self, part: Buffer) -> Refusal | None:
        """Decode the next bytes of the body."""
        view = memoryview(part)
        while view:
            if self._state is _State.DONE:
                return MALFORMED_TRAILER
            if self._state is _State.DATA:
                view = self._take_data(view)
                continue
            line, view = self._take_line(view)
            if line is None:
                return TERMINATED if len(self._line) > LONGEST_LINE else None
            refusal = self._read_line(line)
            if refusal is not None:
                return refusal
        return None

    def _take_data(self, view: memoryview) -> memoryview:
        data, rest = view[: self._left], view[self._left :]
        self._write(data)
        if self._signatures is not None:
            self._hash.update(data)
        self._left -= len(data)
        if not self._left:
            self._state = _State.AFTER_DATA
        return rest

    def _take_line(self, view: memoryview) -> tuple[bytes | None, memoryview]:
        """Return the next whole line and what follows it, or None after keeping the beginning of a line."""
        # INVARIANT: a line is copied once, so decoding stays linear however the body is cut.
        window = bytes(view[: LONGEST_LINE + 2])
        end = window.find(b"\n") + 1
        self._line += window[:end] if end else window
        if not end:
            return None, view[len(window) :]
        line = bytes(self._line)
        self._line.clear()
        return line, view[end:]

    def _read_line(self, line: bytes) -> Refusal | None:
        if self._state is _State.AFTER_DATA:
            self._state = _State.HEAD
            return self._verify_chunk() if line == b"\r\n" else TERMINATED
        if self._state is _State.HEAD:
            return self._read_head(line)
        return self._read_trailer(line)

    def _read_head(self, line: bytes) -> Refusal | None:
        head = CHUNK_HEAD.fullmatch(line)
        if head is None or (head[2] is None) == self._signed:
            return TERMINATED
        previous, self._size = self._size, int(head[1], 16)
        self._left = self._size
        self._count += 1
        self._signature = (head[2] or b"").decode()
        if self._size and previous is not None and previous < MINIMUM_CHUNK:
            return _too_small(self._count, previous)
        self._state = _State.DATA if self._size else _State.TRAILERS
        return None if self._size else self._verify_chunk()

    def _verify_chunk(self) -> Refusal | None:
        if self._signatures is None:
            return None
        digest, self._hash = self._hash.hexdigest(), hashlib.sha256()
        wrong = self._signatures.chunk(digest, self._signature)
        return _wrong_signature(wrong) if wrong is not None else None

    def _read_trailer(self, line: bytes) -> Refusal | None:
        if line == b"\r\n":
            self._state = _State.DONE
            return self._verify_trailer()
        trailer = TRAILER.fullmatch(line)
        if trailer is None:
            return MALFORMED_TRAILER
        name, value = trailer[1].decode().lower(), trailer[2].decode("latin-1")
        if name in self.trailers:
            return MALFORMED_TRAILER
        self.trailers[name] = value
        return None

    def _verify_trailer(self) -> Refusal | None:
        signature = self.trailers.pop(TRAILER_SIGNATURE, None)
        if (signature is None) == self._signed_trailer:
            return MALFORMED_TRAILER
        if signature is None or self._signatures is None:
            return None
        lines = "".join(f"{name}:{value}\n" for name, value in self.trailers.items())
        wrong = self._signatures.trailer(hashlib.sha256(lines.encode("latin-1")).hexdigest(), signature)
        return _wrong_signature(wrong) if wrong is not None else None


def _wrong_signature(details: Details) -> Refusal:
    return Refusal("SignatureDoesNotMatch", SIGNATURE_DOES_NOT_MATCH, 403, details)


def _too_small(chunk: int, size: int) -> Refusal:
    return Refusal(
        "InvalidChunkSizeError",
        "Only the last chunk is allowed to have a size less than 8192 bytes",
        403,
        (("Chunk", str(chunk)), ("BadChunkSize", str(size))),
    )
