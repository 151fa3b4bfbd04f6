"""Leave for what moto does for a stack's resources, asked call by call before it does it.

moto makes, changes and deletes resources past the APIs of their services. What is made in its place asks by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from moto.cloudformation import parsing
from moto.cloudformation.parsing import ResourceMap

from vpce_emulator.aws.stack_calls import TAGGED, Resource, calls_of, with_stack_tags
from vpce_emulator.backend.embedded.cloudformation.brought_policies import refuse_malformed
from vpce_emulator.backend.embedded.cloudformation.ec2_resources import Ec2, Ec2ResourceType
from vpce_emulator.backend.embedded.cloudformation.own_types import OWN_TYPES
from vpce_emulator.backend.embedded.dry_calls import fitted
from vpce_emulator.backend.embedded.replacing import replace
from vpce_emulator.backend.embedded.stack_authority import ask_leave

_named = parsing.parse_resource_and_generate_name

_PROPERTIES = "properties_of_template"
"""The attribute in which a resource of moto's keeps its properties, with every function resolved."""


@dataclass(slots=True)
class _Work:
    """What is being done to a resource: for the first time, or to one that there is; its properties once resolved."""

    existing: Any = None
    properties: Mapping[str, Any] | None = None


class _Works(threading.local):
    """The work of the call that this thread carries out, innermost last: resources are made as others refer to them."""

    def __init__(self) -> None:
        self.stack: list[_Work] = []


_works = _Works()


def take_over() -> None:
    """Have leave asked as soon as a resource's properties are resolved, and before anything is done with them."""
    replace(parsing, "parse_resource_and_generate_name", _named_and_permitted)


@contextmanager
def asking(existing: Any = None) -> Iterator[_Work]:  # noqa: ANN401 - a resource of moto's
    """Ask leave for what is done to one resource in the block: to make it, or to change the one that there is."""
    work = _Work(existing)
    _works.stack.append(work)
    try:
        yield work
    finally:
        _works.stack.pop()


def keep_properties(resource: Any, work: _Work) -> None:  # noqa: ANN401 - as above
    """Note a resource's properties for the calls that change or delete it."""
    if resource is not None and work.properties is not None:
        setattr(resource, _PROPERTIES, work.properties)


def ask_leave_to_delete(resource: Any, resource_type: str, account_id: str, region: str) -> None:  # noqa: ANN401 - as above
    """Return if a resource may be deleted.

    Raises:
        NotPermittedError: it may not.
    """
    _ask("delete", _as_made(resource, resource_type, account_id, region))


def delete_in_ec2(resource: Any, resource_type: str, account_id: str, region: str) -> None:  # noqa: ANN401 - as above
    """Delete a resource of EC2 that moto makes and cannot delete, by the calls that leave was asked for.

    Raises:
        ClientError: EC2 refuses it.
    """
    ec2 = Ec2(account_id, region)
    for call in calls_of("delete", _as_made(resource, resource_type, account_id, region)):
        try:
            ec2(call.operation, **fitted(call.service, call.operation, call.parameters))
        except ClientError as error:
            if not error.response["Error"]["Code"].endswith(".NotFound"):  # it may have gone with another
                raise


def _as_made(resource: Any, resource_type: str, account_id: str, region: str) -> Resource:  # noqa: ANN401 - as above
    properties, own = getattr(resource, _PROPERTIES, {}), _id_of(resource)
    return Resource(resource_type, own, account_id, region, properties, own)


def _named_and_permitted(logical_id: str, declared: dict[str, Any], resources: ResourceMap) -> Any:  # noqa: ANN401 - moto's
    found: Any = _named(logical_id, declared, resources)
    if not found:
        return found
    made_by, resolved, name = found
    resolved = _with_stack_tags(resolved, declared["Type"], resources)
    if _works.stack:
        work = _works.stack[-1]
        # moto writes into what it makes resources of.
        work.properties = deepcopy(resolved.get("Properties", {}))
        _ask_for(work, declared["Type"], name, resources)
    return made_by, resolved, name


def _with_stack_tags(resolved: dict[str, Any], resource_type: str, resources: ResourceMap) -> dict[str, Any]:
    """Return a resource of a template with the tags of its stack among its own."""
    own_type = OWN_TYPES.get(resource_type)
    takes = "Tags" in own_type.properties if isinstance(own_type, Ec2ResourceType) else resource_type in TAGGED
    of_stack = {key: value for key, value in resources.tags.items() if not key.startswith("aws:")}
    if not takes or not of_stack:
        return resolved
    properties = resolved.get("Properties", {})
    tags = properties.get("Tags", {} if resource_type in _TAGGED_BY_MAPS else [])
    return {**resolved, "Properties": {**properties, "Tags": with_stack_tags(tags, of_stack)}}


_TAGGED_BY_MAPS = frozenset(
    {
        "AWS::Batch::ComputeEnvironment",
        "AWS::Batch::JobDefinition",
        "AWS::Batch::JobQueue",
        "AWS::SSM::Parameter",
    }
)
"""The types whose tags are no list of pairs."""


def _ask_for(work: _Work, resource_type: str, name: str, resources: ResourceMap) -> None:
    account_id, region = str(resources["AWS::AccountId"]), str(resources["AWS::Region"])
    properties = work.properties or {}
    if work.existing is None:
        _ask("create", Resource(resource_type, name, account_id, region, properties))
        return
    before = getattr(work.existing, _PROPERTIES, {})
    if properties == before:  # as when an update is rolled back that changed nothing
        return
    existing = _id_of(work.existing)
    named_by = parsing.resource_name_property_from_type(resource_type)
    if named_by and properties.get(named_by) != before.get(named_by):
        # Of another name it is another resource, which takes its place.
        _ask("create", Resource(resource_type, name, account_id, region, properties))
        _ask("delete", Resource(resource_type, existing, account_id, region, before, existing))
        return
    _ask("update", Resource(resource_type, existing, account_id, region, properties, existing, before))


def _ask(verb: str, resource: Resource) -> None:
    if resource.type in OWN_TYPES:
        return
    for call in calls_of(verb, resource):
        ask_leave(call.service, call.operation, call.parameters, resource.region, call.conditions)
        refuse_malformed(call, resource.region)


def _id_of(resource: Any) -> str:  # noqa: ANN401 - as above
    return str(getattr(resource, "physical_resource_id", "") or "")
