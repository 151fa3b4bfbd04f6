"""Wildcards and policy variables.

A pattern is text in which `*` stands for any characters (none and newlines included) and `?` for exactly one.
In documents of Version 2012-10-17 `${key}` stands for a value of the request, `${key, 'default'}` supplies one when
the key is absent, and `${*}`, `${?}`, `${$}` are the plain characters.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

Test = Callable[[str], bool]
Context = Mapping[str, str | Sequence[str]]


class Wildcard(Enum):
    """The two wildcard characters."""

    ANY = "*"
    ONE = "?"


@dataclass(frozen=True, slots=True)
class Variable:
    """A policy variable.

    Attributes:
        key: The condition key, in lower case.
        default: What stands for it when the request has no such key; None without a default.
    """

    key: str
    default: str | None = None


Piece = str | Wildcard | Variable
_WILDCARDS: Mapping[str, Wildcard] = {"*": Wildcard.ANY, "?": Wildcard.ONE}
_SPECIAL_CHARACTERS = frozenset("*?$")
_WILDCARD = re.compile(r"[*?]")
_VARIABLES = re.compile(r"\$\{[^}]*\}")
_MARKS = re.compile(r"\$\{[^}]*\}|[*?]")


@lru_cache(maxsize=4096)
def parse(text: str, *, variables: bool, wildcards: bool = True) -> tuple[Piece, ...]:
    """Split a pattern into plain text, wildcards and variables.

    Args:
        text: The pattern as the policy spells it.
        variables: Whether `${…}` is expanded (Version 2012-10-17).
        wildcards: Whether `*` and `?` are wildcards; if not they are plain characters.
    """
    pieces: list[Piece] = []
    end = 0
    for mark in _marks(text, variables=variables, wildcards=wildcards):
        pieces += text[end : mark.start()], _WILDCARDS.get(mark[0]) or _variable(mark[0][2:-1])
        end = mark.end()
    return _joined([*pieces, text[end:]])


def _marks(text: str, *, variables: bool, wildcards: bool) -> Iterator[re.Match[str]]:
    """The wildcards and variables of a pattern; a `${` that is never closed is plain text."""
    closed = text.rfind("}") + 1 if variables else 0
    yield from (_MARKS if wildcards else _VARIABLES).finditer(text, 0, closed)
    if wildcards:
        yield from _WILDCARD.finditer(text, closed)


def _variable(inside: str) -> Piece:
    if inside in _SPECIAL_CHARACTERS:
        return inside
    key, comma, default = inside.partition(",")
    default = default.strip()
    quoted = len(default) >= 2 and default[0] == default[-1] == "'"
    return Variable(key.strip().lower(), default[1:-1] if comma and quoted else None)


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Neighbouring text becomes one piece, and a run of `*` one wildcard."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if isinstance(piece, str) and isinstance(last, str):
            joined[-1] = last + piece
        elif piece != "" and not (piece is last is Wildcard.ANY):
            joined.append(piece)
    return tuple(joined)


def resolve(pieces: tuple[Piece, ...], context: Context) -> tuple[Piece, ...] | None:
    """Put the request's values in the place of the variables.

    A value is plain text even when it contains `*` or `?`.

    Returns:
        Pieces without variables, or None when one does not resolve: the pattern then matches nothing.
    """
    resolved: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Variable):
            value = context.get(piece.key, piece.default)
            if not isinstance(value, str):
                return None
            resolved.append(value)
        else:
            resolved.append(piece)
    return _joined(resolved)


def has_variable(pieces: Sequence[Piece]) -> bool:
    """Whether the pattern depends on the request."""
    return any(isinstance(piece, Variable) for piece in pieces)


def is_literal(pieces: Sequence[Piece]) -> bool:
    """Whether the pattern is plain text, so that it matches only itself."""
    # INVARIANT: neighbouring text is one piece.
    return not pieces or (len(pieces) == 1 and isinstance(pieces[0], str))


def literal_prefix(pieces: Sequence[Piece]) -> str:
    """The text that everything the pattern matches starts with."""
    return pieces[0] if pieces and isinstance(pieces[0], str) else ""


def literal_suffix(pieces: Sequence[Piece]) -> str:
    """The text that everything the pattern matches ends with."""
    return pieces[-1] if pieces and isinstance(pieces[-1], str) else ""


@lru_cache(maxsize=4096)
def compile_pattern(pieces: tuple[Piece, ...]) -> Test:
    """Compile a pattern of a policy, and remember it."""
    return compile_once(pieces)


def compile_once(pieces: tuple[Piece, ...]) -> Test:
    """Compile a pattern without variables to a test of a whole text.

    Exact, prefix and suffix patterns cost one string method; the others are matched greedily, segment by segment,
    so that no pattern needs more than linear time for each of its segments.
    """
    segments = _segments(pieces)
    if len(segments) == 1:
        return _whole(segments[0])
    first, *middle, last = segments
    if isinstance(first, _Masked) or isinstance(last, _Masked) or middle:
        return _segmented(first, tuple(middle), last)
    return _affixed(first, last)


def _whole(segment: _Segment) -> Test:
    if isinstance(segment, str):
        return segment.__eq__
    return lambda text: len(text) == segment.length and segment.matches_at(text, 0)


def _affixed(prefix: str, suffix: str) -> Test:
    if not suffix:
        return (lambda text: text.startswith(prefix)) if prefix else (lambda text: True)
    shortest = len(prefix) + len(suffix)
    if not prefix:
        return lambda text: text.endswith(suffix)
    return lambda text: len(text) >= shortest and text.startswith(prefix) and text.endswith(suffix)


def _segmented(first: _Segment, middle: tuple[_Segment, ...], last: _Segment) -> Test:
    def test(text: str) -> bool:
        start, end = _length(first), len(text) - _length(last)
        if end < start or not (_matches_at(first, text, 0) and _matches_at(last, text, end)):
            return False
        for segment in middle:
            found = text.find(segment, start, end) if isinstance(segment, str) else segment.find(text, start, end)
            if found < 0:
                return False
            start = found + _length(segment)
        return True

    return test


@dataclass(frozen=True, slots=True)
class _Masked:
    """Text of a fixed length in which some characters are free (`?`).

    Attributes:
        length: Its length in characters.
        masks: For each character, the positions where it may stand, as bits.
        free: The positions where any character may stand, as bits.
    """

    length: int
    masks: Mapping[str, int]
    free: int

    def matches_at(self, text: str, start: int) -> bool:
        return self.find(text, start, start + self.length) == start

    def find(self, text: str, start: int, end: int) -> int:
        """The first place in `text[start:end]`, or -1: Shift-And of Baeza-Yates and Gonnet, one pass."""
        state, last = 0, 1 << (self.length - 1)
        masks, free = self.masks, self.free
        for position in range(start, end):
            state = ((state << 1) | 1) & masks.get(text[position], free)
            if state & last:
                return position - self.length + 1
        return -1


_Segment = str | _Masked


def _length(segment: _Segment) -> int:
    return len(segment) if isinstance(segment, str) else segment.length


def _matches_at(segment: _Segment, text: str, start: int) -> bool:
    return text.startswith(segment, start) if isinstance(segment, str) else segment.matches_at(text, start)


def _segments(pieces: Sequence[Piece]) -> list[_Segment]:
    """The stretches between the `*` wildcards."""
    stretches: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece is Wildcard.ANY:
            stretches.append([])
        else:
            stretches[-1].append(piece)
    return [_segment(stretch) for stretch in stretches]


def _segment(stretch: Sequence[Piece]) -> _Segment:
    if Wildcard.ONE not in stretch:
        return "".join(piece for piece in stretch if isinstance(piece, str))
    masks: dict[str, int] = {}
    free = length = 0
    for piece in stretch:
        if isinstance(piece, str):
            for offset, character in enumerate(piece, length):
                masks[character] = masks.get(character, 0) | 1 << offset
            length += len(piece)
        else:
            free |= 1 << length
            length += 1
    return _Masked(length, {character: mask | free for character, mask in masks.items()}, free)
