"""Stacks that fail as on AWS: the resource and the reason are told, and what was done is undone.

moto raises whatever a resource raises in the midst of CreateStack, and leaves the rest as it stands.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
"""

# ruff: noqa: SLF001 - moto keeps what a stack consists of to itself

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Final

from moto.cloudformation import models, parsing
from moto.cloudformation.models import ChangeSet, CloudFormationBackend, Event, Stack
from moto.cloudformation.parsing import ResourceMap
from moto.cloudformation.responses import CloudFormationResponse

from vpce_emulator.backend.embedded.cloudformation import change_sets, networks, security_groups, templates, updates
from vpce_emulator.backend.embedded.cloudformation.ec2_resources import Ec2Resource, Ec2ResourceType
from vpce_emulator.backend.embedded.cloudformation.instances import INSTANCE
from vpce_emulator.backend.embedded.cloudformation.template_references import references
from vpce_emulator.backend.embedded.cloudformation.vpc_endpoints import VPC_ENDPOINT
from vpce_emulator.backend.embedded.replacing import replace

log = logging.getLogger(__name__)

OWN_TYPES: Final[Mapping[str, Ec2ResourceType]] = {
    each.name: each
    for each in (
        VPC_ENDPOINT,
        networks.VPC,
        networks.SUBNET,
        networks.ROUTE_TABLE,
        networks.SUBNET_ROUTE_TABLE_ASSOCIATION,
        networks.ROUTE,
        networks.NETWORK_INTERFACE,
        INSTANCE,
        networks.PREFIX_LIST,
        security_groups.SECURITY_GROUP,
        security_groups.SECURITY_GROUP_INGRESS,
        security_groups.SECURITY_GROUP_EGRESS,
    )
}
"""The types of resources that are made here, in moto's place or where it has none."""

_NEVER_MADE: Final = ("AWS::CDK::Metadata",)
"""Types that make nothing on AWS either."""


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


class _Wishes(threading.local):
    """What the call that this thread carries out wants done when a resource fails: OnFailure's values."""

    def __init__(self) -> None:
        self.on_failure = "ROLLBACK"


_wishes = _Wishes()

_class_of = parsing.resource_class_from_type
_make = parsing.parse_and_create_resource
_create = Stack.create_resources
_delete_in_moto = ResourceMap._delete_resource


def take_over() -> None:
    """Change moto's CloudFormation for the whole process. Once is enough, and is what importing does."""
    templates.complete()
    # It warns of types that it lacks, of which the log tells.
    replace(parsing, "warnings", SimpleNamespace(warn=lambda *_, **__: None))
    replace(parsing, "resource_class_from_type", _resource_class)
    replace(parsing, "parse_and_create_resource", _make_told)
    replace(ResourceMap, "_delete_resource", _delete_resource)
    replace(ResourceMap, "update", _update_resources)
    replace(Stack, "exports", property(_exports))
    replace(Stack, "create_resources", _create_or_roll_back)
    replace(Stack, "update", _update_stack)
    replace(ChangeSet, "apply", _apply)
    for operation in ("create_stack", "update_stack", "execute_change_set"):
        replace(CloudFormationResponse, operation, _heeding_wishes(getattr(CloudFormationResponse, operation)))
    change_sets.keep_to_their_stacks()
    updates.refuse_empty_ones()
    replace(CloudFormationBackend, "execute_change_set", _execute_change_set)
    replace(CloudFormationBackend, "delete_stack", _delete_stack)


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


def _resource_class(resource_type: str) -> Any:  # noqa: ANN401 - one of moto's classes, or what takes its place
    if resource_type in OWN_TYPES:
        return OWN_TYPES[resource_type]
    if resource_type in _NEVER_MADE:
        return None
    found = _class_of(resource_type)
    if found is None and resource_type not in parsing.NULL_MODELS:
        log.warning("%s is not emulated: the stack is made without it", resource_type)
    return found


@contextmanager
def _telling(logical_id: str) -> Iterator[None]:
    """Name the resource in what is raised, unless that names the one that it needs."""
    try:
        yield
    except ResourceFailedError:
        raise
    except Exception as error:
        raise ResourceFailedError(logical_id, _reason(error)) from error


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"Template format error: Unresolved dependencies {list(error.args)}"
    message = getattr(error, "message", None) or str(error)
    return f'Resource handler returned message: "{message}"' if message else type(error).__name__


def _make_told(
    logical_id: str,
    resource_json: dict[str, Any],
    resources_map: ResourceMap,
    account_id: str,
    region_name: str,
) -> Any:  # noqa: ANN401 - a resource
    with _telling(logical_id):
        made: Any = _make(logical_id, resource_json, resources_map, account_id, region_name)
        if isinstance(made, Stack) and made.status != "CREATE_COMPLETE":
            raise ResourceFailedError(logical_id, f"Embedded stack {made.stack_id} was not successfully created")
    return made


def _delete_resource(resources: ResourceMap, resource: Any, resource_json: dict[str, Any]) -> None:  # noqa: ANN401
    if isinstance(resource, Ec2Resource):
        resource.delete()
    else:
        _delete_in_moto(resources, resource, resource_json)


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
        _record(stack, failed.logical_id, failing, failed.reason)
        what = {"CREATE": "create", "UPDATE": "update"}[doing]
        reason = f"The following resource(s) failed to {what}: [{failed.logical_id}]. "
        log.warning("stack %s: %s", stack.name, failed)
        if _wishes.on_failure == "DO_NOTHING":
            _keep_what_was_made(stack)
            _say(stack, f"{doing}_FAILED", reason)
            return
        _say(stack, f"{undoing}_IN_PROGRESS", reason)
        try:
            undo()
        except Exception as error:  # noqa: BLE001 - whatever moto raises
            _say(stack, f"{undoing}_FAILED", str(error))
        else:
            _say(stack, f"{undoing}_COMPLETE")


def _keep_what_was_made(stack: Stack) -> None:
    """Forget what was not made, and the outputs: moto would make it again for whoever asks for them."""
    declared = stack.resource_map._resource_json_map
    stack.resource_map._resource_json_map = {name: declared[name] for name in _made(stack.resource_map)}
    stack.output_map._output_json_map = {}


def _say(stack: Stack, status: str, reason: str | None = None) -> None:
    stack.status = status
    stack._add_stack_event(status, resource_status_reason=reason)


def _undo_creation(stack: Stack) -> None:
    _delete_all(stack.resource_map, _last_made_first(stack))
    # What was rolled back has neither resources nor outputs.
    stack.resource_map._resource_json_map = {}
    stack.output_map._output_json_map = {}


def _last_made_first(stack: Stack) -> list[tuple[Any, dict[str, Any]]]:
    """Return a stack's resources with what the template says of each, in the order to delete them in."""
    declared = stack.resource_map._resource_json_map
    return [(resource, declared[name]) for name, resource in reversed(list(_made(stack.resource_map).items()))]


def _record_all(stack: Stack, status: str) -> None:
    """Tell of every resource, in the order in which they were made, before the last word on the stack."""
    last = stack.events.pop()
    for logical_id in _made(stack.resource_map):
        _record(stack, logical_id, status)
    stack.events.append(last)


def _made(resources: ResourceMap) -> Mapping[str, Any]:
    """Return what there is of a stack, by logical ids."""
    parsed: dict[str, Any] = resources._parsed_resources
    declared = resources.resources
    return {name: parsed[name] for name in parsed if name in declared and parsed[name] is not None}


def _record(stack: Stack, logical_id: str, status: str, reason: str | None = None) -> None:
    resource = _made(stack.resource_map).get(logical_id)
    declared = stack.resource_map._resource_json_map.get(logical_id, {})
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


def _update_resources(
    resources: ResourceMap, template: dict[str, Any], parameters: dict[str, Any] | None = None
) -> None:
    """Make a stack's resources those of another template: new ones and changes first, then what is to go.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
    """
    changes = resources.build_resource_diff(template, parameters)
    before = dict(resources._resource_json_map)
    resources._template = template
    resources._resource_json_map = template["Resources"]
    resources.input_parameters = parameters or resources.input_parameters
    resources.load()
    for name in changes["Add"]:
        resources[name]
    leaving = _change_resources(resources, changes["Modify"], before)
    leaving += [(resources._parsed_resources.pop(name, None), before[name]) for name in changes["Remove"]]
    try:
        _delete_all(resources, [each for each in leaving if each[0] is not None])
    except ResourceFailedError as failed:
        # Nor does it fail the update on AWS.
        log.warning("what the update left behind could not be deleted: %s", failed)


def _change_resources(
    resources: ResourceMap, names: Iterable[str], before: Mapping[str, dict[str, Any]]
) -> list[tuple[Any, dict[str, Any]]]:
    """Change resources, and those that refer to what is replaced; return what was, with its declaration.

    If one fails, those that were replaced are back in their places.
    """
    parsed = resources._parsed_resources
    pending = [name for name in names if parsed.get(name) is not None]
    replaced: dict[str, Any] = {}
    try:
        while pending:
            name = pending.pop(0)
            was, now = parsed[name], _changed(resources, name)
            parsed[name] = now
            if now.physical_resource_id != was.physical_resource_id:
                replaced[name] = was
                pending += [other for other in _dependents(resources, name) if other not in pending]
    except ResourceFailedError:
        for name, was in replaced.items():
            if isinstance(was, Ec2Resource):
                parsed[name].delete()
                parsed[name] = was
        raise
    return [(was, before[name]) for name, was in replaced.items() if isinstance(was, Ec2Resource)]


def _changed(resources: ResourceMap, name: str) -> Any:  # noqa: ANN401 - a resource
    """Return a resource as the template has it now; as it was, where moto cannot change its type."""
    with _telling(name):
        changed: Any = parsing.parse_and_update_resource(
            name,
            resources._resource_json_map[name],
            resources,
            account_id=resources._account_id,
            region_name=resources._region_name,
        )
    if changed is not None:
        return changed
    log.warning("%s: resources of its type cannot be updated, and it stays as it is", name)
    return resources._parsed_resources[name]


def _dependents(resources: ResourceMap, name: str) -> Iterator[str]:
    """Yield the resources that refer to another, whose physical id is a new one."""
    declared: dict[str, Any] = resources._resource_json_map
    for other, declaration in declared.items():
        if other != name and name in references(declaration) and _made(resources).get(other) is not None:
            yield other


def _delete_all(resources: ResourceMap, leaving: Iterable[tuple[Any, dict[str, Any]]]) -> None:
    """Delete resources, those first that no other needs: each round deletes what it can."""
    left = [(resource, declared) for resource, declared in leaving if declared.get("DeletionPolicy") != "Retain"]
    while left:
        still, failure = [], None
        for resource, declared in left:
            name = getattr(resource, "logical_resource_id", "")
            try:
                resources._delete_resource(resource, declared)
            except Exception as error:  # noqa: BLE001 - whatever moto raises
                still.append((resource, declared))
                failure = error
            else:
                if resources._parsed_resources.get(name) is resource:
                    del resources._parsed_resources[name]
        if failure is not None and len(still) == len(left):
            name = getattr(still[0][0], "logical_resource_id", "")
            raise ResourceFailedError(name, _reason(failure)) from failure
        left = still


def _update_stack(
    stack: Stack,
    template: str,
    role_arn: str | None = None,
    parameters: dict[str, Any] | None = None,
    tags: dict[str, str] | None = None,
) -> None:
    before = (stack.template_dict, stack.template, dict(stack.parameters))
    _say(stack, "UPDATE_IN_PROGRESS", "User Initiated")
    stack.template = template
    with _rolling_back(stack, "UPDATE", "UPDATE_ROLLBACK", lambda: _undo_update(stack, *before)):
        stack._parse_template()
        stack.resource_map.update(stack.template_dict, parameters)
        stack.output_map = stack._create_output_map()
        _say(stack, "UPDATE_COMPLETE")
        stack.role_arn = role_arn or stack.role_arn
        stack.parameters = parameters or stack.parameters
        stack.tags = stack.tags if tags is None else tags


def _undo_update(stack: Stack, template: dict[str, Any], text: Any, parameters: dict[str, Any]) -> None:  # noqa: ANN401 - text, or what it says
    stack.template, stack.template_dict = text, template
    stack.resource_map.update(template, parameters)
    stack.output_map = stack._create_output_map()


def _apply(change_set: ChangeSet) -> None:
    stack = change_set.stack
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
        _say(stack, "DELETE_IN_PROGRESS", "User Initiated")
        for name in [export.name for export in stack.exports]:
            backend.exports.pop(name, None)
        # INVARIANT: nobody asks for outputs from here on; moto would make what they refer to again.
        stack.output_map._output_json_map = {}
        try:
            _delete_all(stack.resource_map, _last_made_first(stack))
        except ResourceFailedError as failed:
            _record(stack, failed.logical_id, "DELETE_FAILED", failed.reason)
            reason = f"The following resource(s) failed to delete: [{failed.logical_id}]. "
            _say(stack, "DELETE_FAILED", reason)
            continue
        _say(stack, "DELETE_COMPLETE")
        backend.stacks.pop(stack.stack_id)
        backend.deleted_stacks[stack.stack_id] = stack


take_over()
