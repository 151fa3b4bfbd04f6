"""Form parameters (`Filter.1.Name=…`) held against the shape of an operation's input.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html and
https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from vpce_emulator.aws.json_parameters import TooLongError, most_items
from vpce_emulator.aws.shapes import Shape, StructureShape

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_FORMS = {
    "integer": _WHOLE_NUMBER,
    "long": _WHOLE_NUMBER,
    "float": _NUMBER,
    "double": _NUMBER,
    "boolean": re.compile("true|false", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter whose value is not of its type."""

    name: str
    value: str
    type_name: str


def missing_parameter(shape: StructureShape, form: Iterable[tuple[str, str]], *, ec2: bool) -> Iterator[str]:
    """Yield the names of the required parameters that a form lacks.

    Args:
        shape: of the input.
        form: names and values.
        ec2: whether the names are those of EC2's protocol.
    """
    given = {name.partition(".")[0] for name, _ in form}
    for name in shape.required_members:
        wire = _wire_name(name, shape.members[name], ec2=ec2)
        if wire not in given:
            yield wire


def invalid_parameter(shape: StructureShape, name: str, value: str, *, ec2: bool) -> Parameter | None:
    """Return a parameter if the shape has it and its value is not of its type; an empty value is none."""
    found = _find(shape, name.split("."), ec2=ec2)
    form = _FORMS.get(found.type_name) if found is not None else None
    if found is None or form is None or not value or form.fullmatch(value):
        return None
    return Parameter(name, value, found.type_name)


def _find(shape: Any, segments: Sequence[str], *, ec2: bool) -> Shape | None:  # noqa: ANN401 - each kind of shape has attributes of its own
    """Return the shape at a path, as `IpPermissions.1.FromPort`; None where there is none."""
    for segment in segments:
        if shape.type_name == "list":
            # Before the number there may be a word: `member`, or the name of an item.
            shape = shape.member if segment.isdigit() else shape
        elif shape.type_name == "structure" and segment in (names := _by_wire_name(shape, ec2)):
            shape = names[segment]
        else:
            # Keys and values of maps are texts in all but a few places.
            return None
    found: Shape = shape
    return found


def misplaced_parameter(shape: StructureShape, form: Iterable[tuple[str, str]], *, ec2: bool) -> str | None:
    """Return the name of the first parameter of a member that the member's shape has no place for; None for none.

    A scalar stands under its own name; the items of a list are numbered from 1 on, without gaps, behind the word that
    its shape has for them. Anything else one reader would take for an item, and another pass over. Names that begin
    with no member's are nobody's, and pass.

    Args:
        shape: of the input.
        form: names and values.
        ec2: whether the names are those of EC2's protocol.

    Raises:
        TooLongError: a list has more items than it may have.
    """
    items: dict[str, dict[str, Any]] = {}
    for name, value in form:
        if not _has_place(shape, name.split("."), value, items, ec2=ec2):
            return name
    for prefix, numbered in items.items():
        most = numbered.pop("")
        if len(numbered) > most:
            raise TooLongError(list(numbered.values()), prefix, most)
        if len(numbered) != max(map(int, numbered)):
            return f"{prefix}.{max(numbered, key=int)}"
    return None


def _has_place(
    shape: Any,  # noqa: ANN401 - each kind of shape has attributes of its own
    segments: Sequence[str],
    value: str,
    items: dict[str, dict[str, Any]],
    *,
    ec2: bool,
) -> bool:
    """Return whether a parameter stands where its shape has a place, and note the items of lists and maps."""
    at, flat = 0, False
    while at < len(segments):
        if shape.type_name == "structure":
            member = _by_wire_name(shape, ec2).get(segments[at])
            if member is None:
                return True
            shape, at = member, at + 1
        elif shape.type_name in {"list", "map"}:
            flat = ec2 or bool(shape.serialization.get("flattened"))
            at += 0 if flat else 1
            if not flat and segments[at - 1] != _word(shape):
                return False
            if at >= len(segments) or len(segments[at]) > 6 or not _NUMBER_OF_ITEM.fullmatch(segments[at]):
                return False
            prefix = ".".join(segments[:at])
            items.setdefault(prefix, {"": most_items(shape)})[segments[at]] = value
            if shape.type_name == "map":
                return len(segments) > at + 1
            shape, at = shape.member, at + 1
        else:
            return False
    return shape.type_name not in {"structure", "list", "map"} or not value


_NUMBER_OF_ITEM = re.compile("[1-9][0-9]*")


def _word(shape: Any) -> str:  # noqa: ANN401 - a ListShape or MapShape
    """Return what stands before the numbers of items that are not flattened."""
    if shape.type_name == "map":
        return "entry"
    own = shape.member.serialization
    word: str = own.get("locationNameForQueryCompatibility") or own.get("name", "member")
    return word


@lru_cache(maxsize=4096)
def _by_wire_name(structure: Any, ec2: bool) -> dict[str, Any]:  # noqa: ANN401 - a StructureShape, which is hashable by being an object
    return {_wire_name(name, member, ec2=ec2): member for name, member in structure.members.items()}


def _wire_name(name: str, member: Any, *, ec2: bool) -> str:  # noqa: ANN401 - a shape
    own = member.serialization
    plain: str = own.get("locationNameForQueryCompatibility") or own.get("name", name)
    if ec2:
        queried: str = own.get("queryName") or plain[:1].upper() + plain[1:]
        return queried
    if member.type_name == "list" and own.get("flattened"):
        of_items = member.member.serialization
        item: str = of_items.get("locationNameForQueryCompatibility") or of_items.get("name", plain)
        return item
    return plain
