"""Which members the inputs of operations have, from botocore's service models."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from vpce_emulator.aws.service_models import read_model


@lru_cache(maxsize=512)
def input_members(service: str) -> Mapping[str, frozenset[str]]:
    """Return the members of the input of each operation of a service, by the operation's name.

    Args:
        service: botocore's name; a service that it does not know has no operations.
    """
    model = read_model(service)
    if model is None:
        return MappingProxyType({})
    shapes = model["shapes"]
    return MappingProxyType(
        {
            name: frozenset(shapes[operation["input"]["shape"]]["members"]) if "input" in operation else frozenset()
            for name, operation in model["operations"].items()
        }
    )
