"""Reading JSON (RFC 8259) as policies need it: with places, without duplicates, and numbers as they are written."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, NoReturn

Json = Mapping[str, "Json"] | Sequence["Json"] | str | bool | None


class Number(str):
    """A JSON number, as written: `1.20` stays `1.20`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class JsonError(ValueError):
    """Text that is no JSON; `line` and `column` start at 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class DuplicateKey(ValueError):
    """An object that has a key twice; `key` is that key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"The field {key!r} occurs twice in one object.")
        self.key = key


def read_json(text: str) -> Json:
    """Parse JSON.

    Raises:
        JsonError: The text is no JSON.
        DuplicateKey: An object has a key twice.
    """
    try:
        read: Json = json.loads(
            text, object_pairs_hook=_object, parse_int=Number, parse_float=Number, parse_constant=_refuse
        )
    except json.JSONDecodeError as error:
        raise JsonError(error.msg, error.lineno, error.colno) from None
    except RecursionError:
        raise JsonError("Nested too deeply", 1, 1) from None
    return read


def _object(pairs: Sequence[tuple[str, Json]]) -> Mapping[str, Json]:
    read = dict(pairs)
    if len(read) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        raise DuplicateKey(next(key for key, count in counts.items() if count > 1))
    return read


def _refuse(constant: str) -> NoReturn:
    """Python reads NaN and Infinity; JSON has neither."""
    raise json.JSONDecodeError(f"{constant} is no JSON", constant, 0)


def plain(value: object) -> Json:
    """A parsed document of any JSON library in the form of `read_json`: numbers become their text.

    Raises:
        JsonError: The document is nested too deeply.
    """
    try:
        return _plain(value)
    except RecursionError:
        raise JsonError("Nested too deeply", 1, 1) from None


def _plain(value: object) -> Json:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, str | bool) or value is None:
        return value
    if isinstance(value, Sequence):
        return [_plain(each) for each in value]
    return Number(value)


class Place(NamedTuple):
    """Where something is in a text; both count from 1."""

    line: int
    column: int


def places(text: str) -> Mapping[str, Place]:
    """Where each value of a JSON text is, by its path, such as `Statement[0].Effect`; the whole has the path "".

    A member of an object is where its name is.

    Raises:
        JsonError: The text is no JSON.
        DuplicateKey: An object has a key twice.
    """
    read_json(text)
    starts = [0, *(newline.end() for newline in re.finditer("\n", text))]
    found: dict[str, Place] = {}
    for path, offset in _offsets(text):
        line = bisect_right(starts, offset)
        found.setdefault(path, Place(line, offset - starts[line - 1] + 1))
    return found


_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},]|[^\s\[\]{},:"]+')

_OBJECT = -1


def _offsets(text: str) -> Iterator[tuple[str, int]]:
    """Paths and offsets in a text that is JSON: of each member's name, then of each value."""
    enclosing: list[tuple[str, int]] = []  # the path of each, and the index of its item
    path, named = "", True
    for token in _TOKEN.finditer(text):
        first = token[0][0]
        if first in "}]":
            path, _ = enclosing.pop()
        elif first == ",":
            container, index = enclosing[-1]
            named = index != _OBJECT
            if named:
                enclosing[-1], path = (container, index + 1), f"{container}[{index + 1}]"
        elif not named:
            container = enclosing[-1][0]
            path, named = f"{container}{'.' if container else ''}{json.loads(token[0])}", True
            yield path, token.start()
        else:
            yield path, token.start()
            if first in "{[":
                named = first == "["
                enclosing.append((path, 0 if named else _OBJECT))
                path = f"{path}[0]" if named else path
