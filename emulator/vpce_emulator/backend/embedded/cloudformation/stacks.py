"""Stacks that fail as on AWS: the resource and the reason are told, and what was done is undone.

moto raises whatever a resource raises in the midst of CreateStack, and leaves the rest as it stands.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
"""

# ruff: noqa: SLF001 - moto keeps what a stack consists of to itself

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from moto.cloudformation import models, parsing
from moto.cloudformation.models import ChangeSet, CloudFormationBackend, Stack
from moto.cloudformation.responses import CloudFormationResponse

from vpce_emulator.backend.embedded.cloudformation import (
    change_sets,
    service_roles,
    stack_resources,
    template_urls,
    templates,
    termination_protection,
    updates,
)
from vpce_emulator.backend.embedded.cloudformation.own_types import resource_class
from vpce_emulator.backend.embedded.cloudformation.stack_events import ResourceFailedError, made, record, say
from vpce_emulator.backend.embedded.cloudformation.stack_resources import delete_all
from vpce_emulator.backend.embedded.replacing import replace

log = logging.getLogger(__name__)


class _Wishes(threading.local):
    """What the call that this thread carries out wants done when a resource fails: OnFailure's values."""

    def __init__(self) -> None:
        self.on_failure = "ROLLBACK"


_wishes = _Wishes()

_create = Stack.create_resources


def take_over() -> None:
    """Change moto's CloudFormation for the whole process. Once is enough, and is what importing does."""
    templates.complete()
    # It warns of types that it lacks, of which the log tells.
    replace(parsing, "warnings", SimpleNamespace(warn=lambda *_, **__: None))
    replace(parsing, "resource_class_from_type", resource_class)
    stack_resources.take_over()
    replace(Stack, "exports", property(_exports))
    replace(Stack, "stack_resources", property(_resources))
    replace(Stack, "create_resources", _create_or_roll_back)
    replace(Stack, "update", _update_stack)
    replace(ChangeSet, "apply", _apply)
    for operation in ("create_stack", "update_stack", "execute_change_set"):
        replace(CloudFormationResponse, operation, _heeding_wishes(getattr(CloudFormationResponse, operation)))
    change_sets.keep_to_their_stacks()
    updates.refuse_empty_ones()
    replace(CloudFormationBackend, "execute_change_set", _execute_change_set)
    replace(CloudFormationBackend, "delete_stack", _delete_stack)
    termination_protection.take_over()
    service_roles.take_over()
    template_urls.take_over()


def _heeding_wishes(operation: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return an operation of moto's that notes `OnFailure` and `DisableRollback` for the stack that it is about."""

    def carry_out(response: Any) -> Any:  # noqa: ANN401 - moto's own
        disabled = str(response._get_param("DisableRollback", "")).lower() == "true"
        _wishes.on_failure = response._get_param("OnFailure") or ("DO_NOTHING" if disabled else "ROLLBACK")
        try:
            return operation(response)
        finally:
            _wishes.on_failure = "ROLLBACK"

    return carry_out


def _create_or_roll_back(stack: Stack) -> None:
    with _rolling_back(stack, "CREATE", "ROLLBACK", lambda: _undo_creation(stack)):
        _create(stack)
        _record_all(stack, "CREATE_COMPLETE")
        _export(stack)
    if stack.status == "ROLLBACK_COMPLETE" and _wishes.on_failure == "DELETE":
        backend = models.cloudformation_backends[stack.account_id][stack.region_name]
        _delete_stack(backend, stack.stack_id)


def _exports(stack: Stack) -> list[Any]:
    """Return what a stack exports; before it is made there is nothing, which moto would make in order to tell."""
    return [] if stack.status == "CREATE_PENDING" else stack.output_map.exports


def _resources(stack: Stack) -> list[Any]:
    """Return what a stack consists of, without what nothing makes."""
    return [resource for resource in stack.resource_map.values() if resource is not None]


def _export(stack: Stack) -> None:
    backend = models.cloudformation_backends[stack.account_id][stack.region_name]
    for export in stack.exports:
        if export.name in backend.exports:
            raise ResourceFailedError(stack.name, f"Export with name {export.name} is already exported")
        backend.exports[export.name] = export


@contextmanager
def _rolling_back(stack: Stack, doing: str, undoing: str, undo: Callable[[], None]) -> Iterator[None]:
    """Undo what was done in the block if a resource fails in it, and tell so in the stack's events."""
    try:
        yield
    except ResourceFailedError as failed:
        failing = f"{'CREATE' if doing == 'CREATE' else 'UPDATE'}_FAILED"
        record(stack, failed.logical_id, failing, failed.reason)
        what = {"CREATE": "create", "UPDATE": "update"}[doing]
        reason = f"The following resource(s) failed to {what}: [{failed.logical_id}]. "
        log.warning("stack %s: %s", stack.name, failed)
        if _wishes.on_failure == "DO_NOTHING":
            _keep_what_was_made(stack)
            say(stack, f"{doing}_FAILED", reason)
            return
        say(stack, f"{undoing}_IN_PROGRESS", reason)
        try:
            undo()
        except Exception as error:  # noqa: BLE001 - whatever moto raises
            say(stack, f"{undoing}_FAILED", str(error))
        else:
            say(stack, f"{undoing}_COMPLETE")


def _keep_what_was_made(stack: Stack) -> None:
    """Forget what was not made, and the outputs: moto would make it again for whoever asks for them."""
    declared = stack.resource_map._resource_json_map
    stack.resource_map._resource_json_map = {name: declared[name] for name in made(stack.resource_map)}
    stack.output_map._output_json_map = {}


def _undo_creation(stack: Stack) -> None:
    delete_all(stack.resource_map, _last_made_first(stack))
    # What was rolled back has neither resources nor outputs.
    stack.resource_map._resource_json_map = {}
    stack.output_map._output_json_map = {}


def _last_made_first(stack: Stack) -> list[tuple[Any, dict[str, Any]]]:
    """Return a stack's resources with what the template says of each, in the order to delete them in."""
    declared = stack.resource_map._resource_json_map
    return [(resource, declared[name]) for name, resource in reversed(list(made(stack.resource_map).items()))]


def _record_all(stack: Stack, status: str) -> None:
    """Tell of every resource, in the order in which they were made, before the last word on the stack."""
    last = stack.events.pop()
    for logical_id in made(stack.resource_map):
        record(stack, logical_id, status)
    stack.events.append(last)


def _update_stack(
    stack: Stack,
    template: str,
    role_arn: str | None = None,
    parameters: dict[str, Any] | None = None,
    tags: dict[str, str] | None = None,
) -> None:
    before = (stack.template_dict, stack.template, dict(stack.parameters))
    say(stack, "UPDATE_IN_PROGRESS", "User Initiated")
    stack.template = template
    stack.resource_map.tags = stack.resource_map.tags if tags is None else dict(tags)
    with _rolling_back(stack, "UPDATE", "UPDATE_ROLLBACK", lambda: _undo_update(stack, *before)):
        stack._parse_template()
        stack.resource_map.update(stack.template_dict, parameters)
        stack.output_map = stack._create_output_map()
        say(stack, "UPDATE_COMPLETE")
        stack.role_arn = role_arn or stack.role_arn
        stack.parameters = parameters or stack.parameters
        stack.tags = stack.tags if tags is None else tags


def _undo_update(stack: Stack, template: dict[str, Any], text: Any, parameters: dict[str, Any]) -> None:  # noqa: ANN401 - text, or what it says
    stack.template, stack.template_dict = text, template
    stack.resource_map.update(template, parameters)
    stack.output_map = stack._create_output_map()


def _apply(change_set: ChangeSet) -> None:
    stack = change_set.stack
    stack.role_arn = change_set.role_arn or stack.role_arn
    if change_set.change_set_type != "CREATE":
        _update_stack(stack, change_set.template, parameters=change_set.parameters)
        return
    stack.template = change_set.template
    stack.parameters = change_set.parameters
    stack._parse_template()
    stack.resource_map = stack._create_resource_map()
    stack.output_map = stack._create_output_map()
    stack._add_stack_event("CREATE_IN_PROGRESS", resource_status_reason="User Initiated")
    stack.create_resources()


def _execute_change_set(backend: CloudFormationBackend, change_set_name: str, stack_name: str | None = None) -> None:
    change_set = change_sets.found(backend, change_set_name, stack_name)
    change_set.apply()
    done = change_set.stack.status.endswith(("CREATE_COMPLETE", "UPDATE_COMPLETE"))
    change_set.execution_status = "EXECUTE_COMPLETE" if done else "EXECUTE_FAILED"


def _delete_stack(backend: CloudFormationBackend, name_or_stack_id: str) -> None:
    for stack in [each for each in backend.stacks.values() if name_or_stack_id in (each.name, each.stack_id)]:
        say(stack, "DELETE_IN_PROGRESS", "User Initiated")
        for name in [export.name for export in stack.exports]:
            backend.exports.pop(name, None)
        # INVARIANT: nobody asks for outputs from here on; moto would make what they refer to again.
        stack.output_map._output_json_map = {}
        try:
            delete_all(stack.resource_map, _last_made_first(stack))
        except ResourceFailedError as failed:
            record(stack, failed.logical_id, "DELETE_FAILED", failed.reason)
            reason = f"The following resource(s) failed to delete: [{failed.logical_id}]. "
            say(stack, "DELETE_FAILED", reason)
            continue
        say(stack, "DELETE_COMPLETE")
        backend.stacks.pop(stack.stack_id)
        backend.deleted_stacks[stack.stack_id] = stack


take_over()
