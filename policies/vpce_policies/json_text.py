"""Reading JSON as policies need it: with positions, without duplicates, and numbers as they are written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NoReturn

Json = Mapping[str, "Json"] | Sequence["Json"] | str | bool | None


class Number(str):
    """A JSON number, as written: `1.20` stays `1.20`."""

    __slots__ = ()


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
        keys = [key for key, _ in pairs]
        raise DuplicateKey(next(key for key in keys if keys.count(key) > 1))
    return read


def _refuse(constant: str) -> NoReturn:
    """Python reads NaN and Infinity; JSON has neither."""
    raise json.JSONDecodeError(f"{constant} is no JSON", constant, 0)


def plain(value: object) -> Json:
    """A parsed document of any JSON library in the form of `read_json`: numbers become their text."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, str | bool) or value is None:
        return value
    if isinstance(value, Sequence):
        return [plain(each) for each in value]
    return Number(value)
