"""Reading CBOR, as far as AWS's protocol uses it: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import Any

_DEEPEST = 64
"""Levels of lists and maps; no input of AWS's has nearly as many."""
_BREAK = object()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The largest length that follows in the same byte, and the number of bytes that hold it above (RFC 8949, section 3).
_IN_PLACE = 23
_BYTES = {24: 1, 25: 2, 26: 4, 27: 8}
_INDEFINITE = 31
_SIMPLE = {20: False, 21: True, 22: None, 23: None}
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}


class CborError(ValueError):
    """Bytes that are no CBOR, or none of this protocol's."""


def read_cbor(content: bytes) -> Any:  # noqa: ANN401 - any value
    """Return the value that bytes say: of JSON's types, bytes, or a time.

    Raises:
        CborError: they are not one value of CBOR.
    """
    reader = _Reader(content)
    value = reader.value(0)
    if reader.at != len(content) or value is _BREAK:
        raise CborError("there is more than one value")
    return value


class _Reader:
    """Bytes, and how far they have been read."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.at = 0

    def take(self, count: int) -> bytes:
        taken = self.content[self.at : self.at + count]
        if len(taken) < count:
            raise CborError("it ends early")
        self.at += count
        return taken

    def value(self, depth: int) -> Any:  # noqa: ANN401 - as above
        if depth > _DEEPEST:
            raise CborError("it is too deep")
        first = self.take(1)[0]
        major, told = first >> 5, first & 0x1F
        if major == 7:
            return self._simple(told)
        length = None if told == _INDEFINITE and 2 <= major <= 5 else self._length(told)
        return self._of_major(major, length, depth)

    def _length(self, told: int) -> int:
        if told <= _IN_PLACE:
            return told
        if told not in _BYTES:
            raise CborError("a length is of no known form")
        return int.from_bytes(self.take(_BYTES[told]), "big")

    def _of_major(self, major: int, length: int | None, depth: int) -> Any:  # noqa: ANN401 - as above
        if major in {2, 3}:
            raw = self._joined(major, depth) if length is None else self.take(length)
            return raw if major == 2 else _text(raw)
        if major == 4:
            return list(self._items(length, depth))
        if major == 5:
            return self._map(length, depth)
        number = length or 0
        return number if major == 0 else -1 - number if major == 1 else _tagged(number, self.value(depth + 1))

    def _items(self, length: int | None, depth: int) -> list[Any]:
        items: list[Any] = []
        while length is None or len(items) < length:
            item = self.value(depth + 1)
            if item is _BREAK:
                if length is not None:
                    raise CborError("a list ends early")
                break
            items.append(item)
        return items

    def _map(self, length: int | None, depth: int) -> dict[str, Any]:
        flat = self._items(None if length is None else 2 * length, depth)
        if len(flat) % 2 or not all(isinstance(name, str) for name in flat[::2]):
            raise CborError("the names of a map are texts")
        return dict(zip(flat[::2], flat[1::2], strict=True))

    def _joined(self, major: int, depth: int) -> bytes:
        parts = self._items(None, depth)
        if not all(isinstance(part, bytes if major == 2 else str) for part in parts):
            raise CborError("the parts of a text are texts")
        return b"".join(part if isinstance(part, bytes) else part.encode() for part in parts)

    def _simple(self, told: int) -> Any:  # noqa: ANN401 - as above
        if told == _INDEFINITE:
            return _BREAK
        if told in _SIMPLE:
            return _SIMPLE[told]
        if told not in _FLOATS:
            raise CborError("a value is of no known form")
        return struct.unpack(_FLOATS[told], self.take(_BYTES[told]))[0]


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise CborError("a text is no UTF-8") from None


def _tagged(tag: int, value: Any) -> Any:  # noqa: ANN401 - as above
    """Return a time where the tag says so (RFC 8949, section 3.4.2), else the value."""
    if tag != 1:
        return value
    try:
        return _EPOCH + timedelta(seconds=value)
    except (TypeError, ValueError, OverflowError):
        raise CborError("a time is no number of seconds") from None
