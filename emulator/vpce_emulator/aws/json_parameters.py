"""JSON and CBOR parameters held against the shape of an operation's input."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_NUMBERS = {"integer": "an Integer", "long": "a Long", "float": "a Float", "double": "a Double"}
_TEXTS = {"string": "String", "character": "String", "blob": "blob"}


class WrongTypeError(Exception):
    """A value is not of its shape; the text is what AWS's service framework says about it."""


class TooLongError(Exception):
    """A list has more items than its shape allows."""

    def __init__(self, value: list[Any], path: str, most: int) -> None:
        """Keep the list, where it is, and how many items it may have."""
        super().__init__(path)
        self.value, self.path, self.most = value, path, most


@dataclass(frozen=True, slots=True)
class _Structure:
    """What is looked up of a structure: required members and all members, by their names in JSON."""

    required: tuple[tuple[str, str], ...]
    members: Mapping[str, tuple[str, Any]]


@lru_cache(maxsize=8192)
def _structure(shape: Any) -> _Structure:  # noqa: ANN401 - a StructureShape, which is hashable by being an object
    in_body = {name: member for name, member in shape.members.items() if "location" not in member.serialization}
    wire = {name: member.serialization.get("name", name) for name, member in in_body.items()}
    required = tuple((wire[name], _told(name)) for name in shape.required_members if name in in_body)
    return _Structure(required, {wire[name]: (_told(name), member) for name, member in in_body.items()})


def most_items(shape: Any) -> int:  # noqa: ANN401 - a ListShape
    """Return how many items a list may have; where its model tells of none, more than a request can hold."""
    most: int = getattr(shape, "metadata", {}).get("max", sys.maxsize)
    return most


def _told(name: str) -> str:
    return name[:1].lower() + name[1:]


def missing_members(value: Any, shape: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON; each kind of shape has attributes of its own
    """Yield the path of each required member that a JSON value lacks, as AWS writes it: `requestItems.a.member`.

    Raises:
        TooLongError: a list has more items than it may have.
        WrongTypeError: some part of the value is not of its shape.
    """
    # Nearly every value is as it should be, which is told five times as fast as where it is not.
    return iter(()) if _is_of(value, shape) else _missing(value, shape, "")


def _is_of(value: Any, shape: Any) -> bool:  # noqa: ANN401 - as above
    """Return whether a value is of its shape in every part. False may also mean that it takes a closer look."""
    kind = shape.type_name
    if kind == "structure":
        return _is_of_structure(value, _structure(shape)) or bool(shape.is_document_type)
    if kind == "list":
        member = shape.member
        if type(value) is not list or len(value) > most_items(shape):
            return False
        if member.type_name in _TEXTS:
            return all(type(item) is str for item in value)
        return all(item is None or _is_of(item, member) for item in value)
    if kind == "map":
        member = shape.value
        return type(value) is dict and all(item is None or _is_of(item, member) for item in value.values())
    return type(value) is _PLAIN.get(kind)


_PLAIN = {**dict.fromkeys(_TEXTS, str), **dict.fromkeys(_NUMBERS, int), "boolean": bool}


def _is_of_structure(value: Any, structure: _Structure) -> bool:  # noqa: ANN401 - as above
    if type(value) is not dict:
        return False
    for name, _ in structure.required:
        if value.get(name) is None:
            return False
    members = structure.members
    for name, item in value.items():
        member = members.get(name)
        if member is None or item is None:
            continue
        shape = member[1]
        if not (type(item) is str and shape.type_name in _TEXTS) and not _is_of(item, shape):
            return False
    return True


def _missing(value: Any, shape: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - as above
    kind = shape.type_name
    if kind == "structure":
        if not shape.is_document_type:
            yield from _missing_of_structure(_of(value, dict), _structure(shape), path)
    elif kind == "list":
        if len(_of(value, list)) > most_items(shape):
            raise TooLongError(value, path, most_items(shape))
        for index, item in enumerate(value, 1):
            if item is not None:
                yield from _missing(item, shape.member, f"{path}.{index}.member")
    elif kind == "map":
        for key, item in _of(value, dict).items():
            if item is not None:
                yield from _missing(item, shape.value, f"{path}.{key}.member")
    else:
        _check_scalar(value, kind)


def _missing_of_structure(value: dict[str, Any], structure: _Structure, path: str) -> Iterator[str]:
    prefix = f"{path}." if path else ""
    for name, told in structure.required:
        if value.get(name) is None:
            yield prefix + told
    for name, item in value.items():
        member = structure.members.get(name)
        if member is None or item is None:
            continue
        told, shape = member
        yield from _missing(item, shape, prefix + told)


def _of(value: Any, kind: type[Any]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, kind):
        return value
    if isinstance(value, dict):
        raise WrongTypeError("Start of structure or map found where not expected.")
    if isinstance(value, list):
        raise WrongTypeError("Start of list found where not expected")
    raise WrongTypeError("Unexpected value type in payload")


def _check_scalar(value: Any, kind: str) -> None:  # noqa: ANN401 - any JSON
    if isinstance(value, dict | list):
        _of(value, str)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind in _TEXTS and not isinstance(value, str) and not (kind == "blob" and isinstance(value, bytes)):
        raise WrongTypeError(f"{_token(value)} can not be converted to {_TEXTS[kind]}")
    if kind in _NUMBERS and not is_number and value not in {"NaN", "Infinity", "-Infinity"}:
        raise WrongTypeError(f"{_token(value)} can not be converted to {_NUMBERS[kind]}")
    if kind == "boolean" and not isinstance(value, bool):
        raise WrongTypeError(f"{_token(value)} can not be converted to Boolean")


def _token(value: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    if isinstance(value, str):
        return "STRING_VALUE"
    if isinstance(value, bytes):
        return "BLOB_VALUE"
    return "NUMBER_VALUE" if isinstance(value, int) else "DECIMAL_VALUE"
