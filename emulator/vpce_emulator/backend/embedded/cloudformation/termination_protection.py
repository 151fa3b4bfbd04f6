"""Stacks with termination protection, which nobody deletes; moto notes it and deletes them all the same.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html
"""

from __future__ import annotations

from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult

from vpce_emulator.backend.embedded.replacing import add, replace

_answer_deletion = CloudFormationResponse.delete_stack


def take_over() -> None:
    """Have moto heed termination protection, and change it."""
    replace(CloudFormationResponse, "delete_stack", _delete_unless_protected)
    add(CloudFormationResponse, "update_termination_protection", _update_termination_protection)


def _delete_unless_protected(response: Any) -> Any:  # noqa: ANN401 - moto's own
    name = response._get_param("StackName")  # noqa: SLF001 - its only way
    for stack in _stacks(response.cloudformation_backend, name):
        if stack.enable_termination_protection:
            message = f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            raise ValidationError(message=message)
    return _answer_deletion(response)


def _update_termination_protection(response: Any) -> ActionResult:  # noqa: ANN401 - moto's own
    """Answer UpdateTerminationProtection.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateTerminationProtection.html
    """
    name = response._get_param("StackName")  # noqa: SLF001 - its only way
    enabled = response._get_param("EnableTerminationProtection")  # noqa: SLF001 - as above
    found = _stacks(response.cloudformation_backend, name)
    if not found:
        raise ValidationError(message=f"Stack [{name}] does not exist")
    found[0].enable_termination_protection = str(enabled).lower() == "true"
    return ActionResult({"StackId": found[0].stack_id})


def _stacks(backend: CloudFormationBackend, name: str) -> list[Any]:
    return [stack for stack in list(backend.stacks.values()) if name in (stack.name, stack.stack_id)]
