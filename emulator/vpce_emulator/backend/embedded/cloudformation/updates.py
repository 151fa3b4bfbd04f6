"""Updates and change sets that would change nothing, which are refused, and the parameters that updates give.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend, Stack

from vpce_emulator.backend.embedded.cloudformation import templates
from vpce_emulator.backend.embedded.replacing import replace

_update = CloudFormationBackend.update_stack
_propose = CloudFormationBackend.create_change_set


def refuse_empty_ones() -> None:
    """Have moto refuse updates and change sets that would change nothing."""
    replace(CloudFormationBackend, "update_stack", _update_what_changes)
    replace(CloudFormationBackend, "_resolve_update_parameters", _updated_parameters)
    replace(CloudFormationBackend, "create_change_set", _propose_change)


def _update_what_changes(
    backend: CloudFormationBackend,
    name: str,
    template: str,
    role_arn: str | None,
    parameters: list[dict[str, Any]],
    tags: dict[str, str] | None,
) -> Stack:
    stack = backend.get_stack(name)
    given = _updated_parameters(backend, stack, parameters)
    if stack.status.endswith("_COMPLETE") and not _changes(stack, template, given, tags):
        raise ValidationError(message="No updates are to be performed.")
    updated: Stack = _update(backend, name, template, role_arn, parameters, tags)
    return updated


def _changes(stack: Stack, template: str, parameters: Mapping[str, Any], tags: Mapping[str, str] | None) -> bool:
    """Return whether an update would find anything else than what is there."""
    before, after = templates.parsed_template(str(stack.template)), templates.parsed_template(template)
    values = _parameters(before, stack.parameters), _parameters(after, parameters or stack.parameters)
    return before != after or values[0] != values[1] or bool(tags and dict(tags) != stack.tags)


def _parameters(template: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of a template's parameters as text; moto keeps some as lists and numbers."""
    declared = template.get("Parameters", {})
    values = {name: given.get(name, parameter.get("Default")) for name, parameter in declared.items()}
    return {name: ",".join(map(str, each)) if isinstance(each, list) else str(each) for name, each in values.items()}


def _updated_parameters(
    _: CloudFormationBackend,
    instance: Any,  # noqa: ANN401 - moto's own
    incoming_params: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return the values that an update gives; moto does not find a previous one that is the template's default."""
    before = _parameters(templates.parsed_template(instance.template), instance.parameters)
    given: dict[str, Any] = {}
    for each in incoming_params:
        name = each["ParameterKey"]
        if each.get("UsePreviousValue") and name not in before:
            message = (
                f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter key "
                f"not in the previous template"
            )
            raise ValidationError(message=message)
        given[name] = before[name] if each.get("UsePreviousValue") else each["ParameterValue"]
    return given


def _propose_change(
    backend: CloudFormationBackend,
    stack_name: str,
    change_set_name: str,
    template: str,
    *given: Any,  # noqa: ANN401 - moto's own
    **named: Any,  # noqa: ANN401 - as above
) -> tuple[str, str]:
    """Make a change set; one that would change nothing cannot be executed, as its reason says."""
    templates.parsed_template(template)  # before there is a stack for it
    change_set_id, stack_id = _propose(backend, stack_name, change_set_name, template, *given, **named)
    made = backend.change_sets[change_set_id]
    if made.change_set_type == "UPDATE" and not _changes(made.stack, template, made.parameters, made.tags):
        made.status, made.execution_status = "FAILED", "UNAVAILABLE"
        made.status_reason = (
            "The submitted information didn't contain changes. Submit different information to create a change set."
        )
    return change_set_id, stack_id
