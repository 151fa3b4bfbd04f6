"""What becomes of a stack's resources, and telling of it in the stack's events."""

# ruff: noqa: SLF001 - moto keeps what a stack consists of to itself

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from moto.cloudformation.models import Event, Stack
from moto.cloudformation.parsing import ResourceMap

from vpce_emulator.backend.embedded.cloudformation.left_out import LeftOut
from vpce_emulator.backend.embedded.stack_authority import NotPermittedError


class ResourceFailedError(Exception):
    """A resource of a stack could not be made, changed or deleted.

    Attributes:
        logical_id: its name in the template.
        reason: what whoever makes it said.
    """

    def __init__(self, logical_id: str, reason: str) -> None:
        super().__init__(f"{logical_id}: {reason}")
        self.logical_id = logical_id
        self.reason = reason


@contextmanager
def telling(logical_id: str) -> Iterator[None]:
    """Name the resource in what is raised, unless that names the one that it needs."""
    try:
        yield
    except ResourceFailedError:
        raise
    except Exception as error:
        raise ResourceFailedError(logical_id, reason(error)) from error


def reason(error: Exception) -> str:
    """Return why a resource failed, in the words of the stack's events."""
    if isinstance(error, KeyError):
        return f"Template format error: Unresolved dependencies {list(error.args)}"
    message = getattr(error, "message", None) or str(error)
    told = f'Resource handler returned message: "{message}"' if message else type(error).__name__
    return f"{told} {error.token}" if isinstance(error, NotPermittedError) else told


def made(resources: ResourceMap) -> Mapping[str, Any]:
    """Return what there is of a stack, by logical ids."""
    parsed: dict[str, Any] = resources._parsed_resources
    declared = resources.resources
    return {name: parsed[name] for name in parsed if name in declared and parsed[name] is not None}


def record(stack: Stack, logical_id: str, status: str, reason: str | None = None) -> None:
    """Tell of a resource in the stack's events."""
    resource = made(stack.resource_map).get(logical_id)
    declared = stack.resource_map._resource_json_map.get(logical_id, {})
    if isinstance(resource, LeftOut):
        reason = reason or resource.type.told or None
    stack.events.append(
        Event(
            stack_id=stack.stack_id,
            stack_name=stack.name,
            logical_resource_id=logical_id,
            physical_resource_id=getattr(resource, "physical_resource_id", "") or "",
            resource_type=declared.get("Type", ""),
            resource_status=status,
            resource_status_reason=reason,
            resource_properties=None,
        )
    )


def say(stack: Stack, status: str, reason: str | None = None) -> None:
    """Give a stack a status, and tell of it in its events."""
    stack.status = status
    stack._add_stack_event(status, resource_status_reason=reason)
