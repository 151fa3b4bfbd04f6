"""EC2's descriptions without the wire: the members that are asked for, read from what moto holds.

Of a large network, the answer of DescribeNetworkInterfaces takes a third of a second to write and to read, and few of
its members are wanted. INVARIANT: a member is looked up by moto's own rules (`moto.core.serialize`) and told as boto3
tells it, so that what is read here and what the API describes are the same.
"""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from botocore import xform_name
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker
from moto.core.utils import get_service_model, get_value
from moto.ec2.responses import EC2Response

_SCALARS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "boolean": lambda value: value is True or str(value).lower() == "true",
    "double": float,
    "float": float,
    "integer": int,
    "long": int,
    "string": str,
}
"""How values are told, by the kind of their shape. Points of time and bytes are not."""

_PICKER: Final = XFormedAttributePicker(response_transformers=EC2Response.RESPONSE_KEY_PATH_TO_TRANSFORMER)

_Names = tuple[str, ...]

_MISSING: Final = object()


class Description(Mapping[str, Any]):
    """A structure of an answer, as boto3 has it; its members are looked up when they are asked for.

    INVARIANT: it is read while EC2's state stands still.
    """

    __slots__ = ("_place", "_value")

    def __init__(self, place: _Place, value: Any) -> None:
        self._place = place
        self._value = value

    def __getitem__(self, member: str) -> Any:
        told = self._place.told(self._value, member)
        if told is None:
            raise KeyError(member)
        return told

    def get(self, member: str, default: Any = None) -> Any:
        """Return a member, or the default where it is not told."""
        told = self._place.told(self._value, member)
        return default if told is None else told

    def __iter__(self) -> Iterator[str]:
        return (member for member in self._place.members if self._place.told(self._value, member) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Place:
    """A structure's place in the answer of an operation, and what was found out about its members there."""

    __slots__ = ("_members", "_names", "_path", "_shape")

    def __init__(self, shape: Any, path: str) -> None:
        self._shape = shape
        self._path = path
        # How a member is told, and what moto makes of its value before.
        self._members: dict[str, tuple[Callable[[Any], Any] | None, Callable[[Any], Any] | None]] = {}
        # The attributes and keys under which moto looks for a member, by the class of what it looks at.
        self._names: dict[tuple[type, str], _Names] = {}

    @property
    def members(self) -> Mapping[str, Any]:
        members: Mapping[str, Any] = self._shape.members
        return members

    def told(self, value: Any, member: str) -> Any:
        """Return a member's value as boto3 tells it; None where it is not told, or the structure has no such member."""
        known = self._members.get(member)
        if known is None:
            if member not in self.members:
                return None
            known = self._members[member] = (self._teller(member), self._transformer(member))
        tell, transform = known
        if tell is None:
            return None
        found = self._found(value, member)
        if transform is not None:
            found = transform(found)
        return None if found is None else tell(found)

    def _found(self, value: Any, member: str) -> Any:
        kind = (type(value), member)
        names = self._names.get(kind)
        if names is None:
            names = self._names[kind] = self._possible_names(value, member)
        # moto's `get_value`: what can be indexed is, and everything else has attributes.
        indexed = hasattr(value, "__getitem__")
        for name in names:
            found = get_value(value, name, _MISSING) if indexed else getattr(value, name, _MISSING)
            if found is not _MISSING:
                return found
        return None

    def _possible_names(self, value: Any, member: str) -> _Names:
        shape = self.members[member]
        shape.parent = self._shape  # as moto's serializer has it, by which it finds the shape's siblings
        return tuple(_PICKER.get_possible_keys(AttributePickerContext(value, member, shape)))

    def _transformer(self, member: str) -> Callable[[Any], Any] | None:
        path = f"{self._path}.{member}"
        transformers: Mapping[str, Callable[[Any], Any]] = _PICKER.response_transformers
        return next((transform for end, transform in transformers.items() if path.endswith(end)), None)

    def _teller(self, member: str) -> Callable[[Any], Any] | None:
        return _teller(self.members[member], f"{self._path}.{member}")


def _teller(shape: Any, path: str) -> Callable[[Any], Any] | None:
    """Return what tells a value of a shape, or None for a kind that is not told."""
    if shape.type_name == "structure":
        place = _Place(shape, path)
        return lambda value: Description(place, value)
    if shape.type_name == "list":
        tell = _teller(shape.member, f"{path}.{shape.member.name}")
        return None if tell is None else lambda values: [tell(value) for value in values if value is not None]
    return _SCALARS.get(shape.type_name)


@cache
def _answer_of(operation: str) -> _Place:
    """Return the place of the whole answer of an operation, which is named as boto3 does: `describe_vpcs`."""
    model = get_service_model("ec2")
    name = next(each for each in model.operation_names if xform_name(each) == operation)
    shape = model.operation_model(name).output_shape
    return _Place(shape, f"{name}.{shape.name}")


class Ec2Descriptions:
    """The operations of EC2 that describe, with parameters and answers as boto3 has them: `describe_vpcs()`."""

    def __init__(self, region: str, account_id: str) -> None:
        """Make one for what an account has in a Region."""
        self._region = region
        self._account_id = account_id

    def __getattr__(self, operation: str) -> Callable[..., Description]:
        if not operation.startswith(("describe_", "get_", "search_")):
            raise AttributeError(operation)
        return lambda **parameters: self._describe(operation, parameters)

    def _describe(self, operation: str, parameters: Mapping[str, Any]) -> Description:
        response = EC2Response()
        response.params, response.uri_match, response.data = dict(parameters), {}, {}
        response.region, response.current_account = self._region, self._account_id
        return Description(_answer_of(operation), getattr(response, operation)().result)
