"""What is read of the shapes in AWS's service models: https://smithy.io/2.0/spec/simple-types.html and on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Shape(Protocol):
    """The type of a value in a request. botocore's `Shape` classes are of this form.

    A structure has `members` and `required_members`, a list a `member`, a map a `key` and a `value`, a string an
    `enum`; the others have none of these.
    """

    @property
    def name(self) -> str:
        """What the model calls the type: `BucketVersioningStatus`."""

    @property
    def type_name(self) -> str:
        """`structure`, `list`, `map`, `string`, `integer`, `timestamp` and so on."""

    @property
    def serialization(self) -> Mapping[str, Any]:
        """How a member of this type stands in a message: `name`, `location`, `flattened`, `xmlAttribute`."""

    def __hash__(self) -> int:
        """A shape is the same as itself alone: what follows from it is remembered by it."""


class StructureShape(Shape, Protocol):
    """A structure."""

    @property
    def members(self) -> Mapping[str, Any]:
        """Its members' shapes by name."""

    @property
    def required_members(self) -> Sequence[str]:
        """The names of those that must be there."""


class OperationModel(Protocol):
    """An operation in a service model."""

    @property
    def input_shape(self) -> StructureShape | None:
        """The type of its input; None for an operation that takes none."""


class ServiceModel(Protocol):
    """A service's model."""

    @property
    def operation_names(self) -> Sequence[str]:
        """The names of its operations."""

    def operation_model(self, operation_name: str, /) -> OperationModel:
        """Return the operation of this name."""
