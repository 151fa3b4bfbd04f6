"""The bytes of an object, lent and not copied."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

Piece = bytes | memoryview


class Content:
    """Bytes in pieces. A slice shares them; nothing is joined before somebody asks for all of it in one."""

    __slots__ = ("_ends", "pieces")

    def __init__(self, pieces: tuple[Piece, ...]) -> None:
        """Take pieces over; they are not to be changed."""
        self.pieces = tuple(piece for piece in pieces if piece)
        self._ends = tuple(accumulate(map(len, self.pieces)))

    def __len__(self) -> int:
        """Return the number of bytes."""
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, part: slice) -> Content:
        """Return the bytes of a slice without step."""
        start, stop, _ = part.indices(len(self))
        return Content(tuple(self._overlaps(start, stop)))

    def _overlaps(self, start: int, stop: int) -> Iterator[Piece]:
        for piece, end in zip(self.pieces, self._ends, strict=True):
            begin = end - len(piece)
            if begin < stop and end > start:
                whole = begin >= start and end <= stop
                yield piece if whole else memoryview(piece)[max(start - begin, 0) : stop - begin]

    def __bytes__(self) -> bytes:
        """Return all bytes in one; of a single piece of bytes, that piece."""
        if len(self.pieces) == 1 and isinstance(self.pieces[0], bytes):
            return self.pieces[0]
        return b"".join(self.pieces)

    def in_slices(self, size: int) -> Iterator[memoryview]:
        """Yield all bytes in order, at most `size` at a time."""
        for piece in self.pieces:
            view = memoryview(piece)
            for start in range(0, len(view), size):
                yield view[start : start + size]
