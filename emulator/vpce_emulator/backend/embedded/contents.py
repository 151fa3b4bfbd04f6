"""The contents of moto's objects, each held once: as it was uploaded, and in the parts that it was uploaded in.

moto copies what it is given into a file of its own, joins the parts of an upload twice over when it is completed, and
keeps them beside the object; every read is a copy.
"""
# ruff: noqa: ANN401 - the signatures are moto's

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import moto.settings
from moto.s3.exceptions import EntityTooSmall, InvalidPart, MalformedXML
from moto.s3.models import FakeKey, FakeMultipart

from vpce_emulator.aws.content import Content
from vpce_emulator.aws.s3_multipart_checksums import refused_object
from vpce_emulator.backend.checksums import ALGORITHMS, DEFAULT_ALGORITHM
from vpce_emulator.backend.embedded.refused import Refused
from vpce_emulator.backend.embedded.replacing import replace

ANNOUNCED = "announced"
"""The attribute of an upload in moto that holds the headers of the request that completes it."""


class HeldContent:
    """In place of the file that moto keeps an object in: as much of one as moto uses to compute an ETag."""

    def __init__(self, content: Content) -> None:
        """Hold a content."""
        self.content = content
        self._unread = iter(content.pieces)

    def seek(self, _offset: int) -> None:
        """Go back to the beginning, which is where moto ever goes."""
        self._unread = iter(self.content.pieces)

    def read(self, _size: int = -1) -> Any:
        """Return the next piece; nothing at the end."""
        return next(self._unread, b"")

    def close(self) -> None:
        """Let go of it. Whoever was lent the content keeps it."""
        self.content = Content(())


def share_contents() -> None:
    """Have moto hold each content once."""
    replace(FakeKey, "value", property(_value, _set_value))
    replace(FakeMultipart, "complete", _complete)


def lent(key: FakeKey) -> Content:
    """Return an object's content, which stays as it is when the object is replaced."""
    held: Any = key._value_buffer  # noqa: SLF001 - moto has no other way to it
    return held.content if isinstance(held, HeldContent) else Content((key.value,))


def _value(key: FakeKey) -> bytes:
    return bytes(lent(key))


def _set_value(key: Any, value: bytes | str | Content) -> None:
    if isinstance(value, str):
        value = value.encode()
    key._value_buffer.close()  # noqa: SLF001 - as above
    key._value_buffer = HeldContent(value if isinstance(value, Content) else Content((bytes(value),)))  # noqa: SLF001 - as above
    key.contentsize = len(value)


def _complete(upload: Any, listed: Iterable[tuple[int, str]]) -> tuple[Content, str, tuple[str, str, int]]:
    """Make the object of an upload's parts, as moto's `FakeMultipart.complete` does.

    Args:
        upload: one of moto's.
        listed: the number and ETag of each part of the object, in order.

    Returns:
        the content, the ETag, and of the checksum its type, its value and the number of parts it is of.
    """
    parts = list(_parts(upload, listed))
    if not parts:
        raise MalformedXML
    contents = [lent(part) for part in parts]
    digests = b"".join(bytes.fromhex(part.etag.strip('"')) for part in parts)
    etag = f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"
    content = Content(tuple(piece for content in contents for piece in content.pieces))
    checksum = _checksum(upload.metadata, contents)
    algorithm = (upload.metadata.get("x-amz-checksum-algorithm") or DEFAULT_ALGORITHM).upper()
    refused = refused_object(getattr(upload, ANNOUNCED, {}), algorithm, checksum[1], len(content))
    if refused is not None:
        raise Refused(refused)
    return content, etag, checksum


def _parts(upload: Any, listed: Iterable[tuple[int, str]]) -> Iterator[FakeKey]:
    last = None
    for number, etag in listed:
        part = upload.parts.get(number)
        if part is None or part.etag.strip('"') != etag.replace('"', ""):
            raise InvalidPart
        if last is not None and last.contentsize < moto.settings.S3_UPLOAD_PART_MIN_SIZE:
            raise EntityTooSmall
        yield part
        last = part


def _checksum(metadata: Mapping[str, str], parts: list[Content]) -> tuple[str, str, int]:
    """Return the object's checksum: of all its bytes, or of its parts' checksums.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html#Full-object-checksums
    """
    algorithm = (metadata.get("x-amz-checksum-algorithm") or DEFAULT_ALGORITHM).upper()
    whole = "FULL_OBJECT" if algorithm == DEFAULT_ALGORITHM else "COMPOSITE"
    kind = metadata.get("x-amz-checksum-type") or whole
    if kind == "COMPOSITE":
        digests = Content(tuple(_digest(algorithm, part) for part in parts))
        return kind, base64.b64encode(_digest(algorithm, digests)).decode(), len(parts)
    every = Content(tuple(piece for part in parts for piece in part.pieces))
    return kind, base64.b64encode(_digest(algorithm, every)).decode(), 1


def checksum_of(algorithm: str, content: Content) -> str:
    """Return the checksum of a content in base64."""
    return base64.b64encode(_digest(algorithm, content)).decode()


def _digest(algorithm: str, content: Content) -> bytes:
    digest = ALGORITHMS[algorithm][0]()
    for piece in content.pieces:
        digest.update(piece)
    return digest.digest()


class LendingKey:
    """An object of moto's whose `value` is lent instead of copied."""

    def __init__(self, key: FakeKey) -> None:
        """Stand for an object."""
        self._key = key

    def __getattr__(self, name: str) -> Any:
        """Return what the object has of that name."""
        return getattr(self._key, name)

    @property
    def value(self) -> Content:
        """The content, lent."""
        return lent(self._key)
