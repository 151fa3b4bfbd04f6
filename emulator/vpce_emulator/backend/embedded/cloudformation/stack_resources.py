"""A stack's resources, made, changed and deleted in order, with the one that fails named.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

# ruff: noqa: SLF001 - moto keeps what a stack consists of to itself

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.models import Stack
from moto.cloudformation.parsing import ResourceMap
from moto.events.models import EventBus

from vpce_emulator.backend.embedded.cloudformation import permitted_calls
from vpce_emulator.backend.embedded.cloudformation.ec2_resources import Ec2Resource
from vpce_emulator.backend.embedded.cloudformation.own_types import OwnResource
from vpce_emulator.backend.embedded.cloudformation.stack_events import ResourceFailedError, made, reason, telling
from vpce_emulator.backend.embedded.cloudformation.template_references import needed_first, references
from vpce_emulator.backend.embedded.replacing import add, replace

log = logging.getLogger(__name__)

_make = parsing.parse_and_create_resource
_delete_in_moto = ResourceMap._delete_resource


def take_over() -> None:
    """Have moto's stacks make, change and delete their resources by what is here."""
    replace(parsing, "parse_and_create_resource", _make_told)
    replace(ResourceMap, "_delete_resource", _delete_resource)
    replace(ResourceMap, "update", _update_resources)
    # Without it, `Ref` returns the bus itself, and nothing deletes it.
    add(EventBus, "physical_resource_id", property(lambda bus: bus.name))
    permitted_calls.take_over()


def _make_told(
    logical_id: str,
    resource_json: dict[str, Any],
    resources_map: ResourceMap,
    account_id: str,
    region_name: str,
) -> Any:  # noqa: ANN401 - a resource
    for first in needed_first(logical_id, resources_map._resource_json_map):
        resources_map[first]
    with telling(logical_id), permitted_calls.asking() as work:
        resource: Any = _make(logical_id, resource_json, resources_map, account_id, region_name)
        if isinstance(resource, Stack) and resource.status != "CREATE_COMPLETE":
            raise ResourceFailedError(logical_id, f"Embedded stack {resource.stack_id} was not successfully created")
        permitted_calls.keep_properties(resource, work)
    return resource


def _delete_resource(resources: ResourceMap, resource: Any, resource_json: dict[str, Any]) -> None:  # noqa: ANN401
    if isinstance(resource, OwnResource):
        resource.delete()
        return
    account_id, region = resources._account_id, resources._region_name
    permitted_calls.ask_leave_to_delete(resource, resource_json["Type"], account_id, region)
    if resource_json["Type"].startswith("AWS::EC2::") and not _moto_deletes(resource):
        permitted_calls.delete_in_ec2(resource, resource_json["Type"], account_id, region)
        return
    _delete_in_moto(resources, resource, resource_json)


def _moto_deletes(resource: Any) -> bool:  # noqa: ANN401 - as above
    by_type = getattr(resource, "delete_from_cloudformation_json", None)
    return hasattr(resource, "delete") or not hasattr(by_type, "__isabstractmethod__")


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
        delete_all(resources, [each for each in leaving if each[0] is not None])
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
    with telling(name), permitted_calls.asking(resources._parsed_resources[name]) as work:
        changed: Any = parsing.parse_and_update_resource(
            name,
            resources._resource_json_map[name],
            resources,
            account_id=resources._account_id,
            region_name=resources._region_name,
        )
        permitted_calls.keep_properties(changed, work)
    if changed is not None:
        return changed
    log.warning("%s: resources of its type cannot be updated, and it stays as it is", name)
    return resources._parsed_resources[name]


def _dependents(resources: ResourceMap, name: str) -> Iterator[str]:
    """Yield the resources that refer to another, whose physical id is a new one."""
    declared: dict[str, Any] = resources._resource_json_map
    for other, declaration in declared.items():
        if other != name and name in references(declaration) and made(resources).get(other) is not None:
            yield other


def delete_all(resources: ResourceMap, leaving: Iterable[tuple[Any, dict[str, Any]]]) -> None:
    """Delete resources, those first that no other needs: each round deletes what it can."""
    left = [(resource, declared) for resource, declared in leaving if declared.get("DeletionPolicy") != "Retain"]
    while left:
        still, first = [], None
        for resource, declared in left:
            name = getattr(resource, "logical_resource_id", "")
            try:
                resources._delete_resource(resource, declared)
            except Exception as error:  # noqa: BLE001 - whatever moto raises
                still.append((resource, declared))
                # What fails after it may fail because of it.
                first = first or (name, error)
            else:
                if resources._parsed_resources.get(name) is resource:
                    del resources._parsed_resources[name]
        if first is not None and len(still) == len(left):
            raise ResourceFailedError(first[0], reason(first[1])) from first[1]
        left = still
