"""On whose behalf a stack is worked on: its service role's, or else whoever's asks.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
"""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.responses import CloudFormationResponse

from vpce_emulator.backend.embedded.cloudformation import change_sets
from vpce_emulator.backend.embedded.replacing import replace
from vpce_emulator.backend.embedded.stack_authority import in_force

_OPERATIONS = ("create_stack", "update_stack", "delete_stack", "execute_change_set")


def take_over() -> None:
    """Have stacks made, changed and deleted with the permissions of whoever asks, or of their service roles."""
    for operation in _OPERATIONS:
        replace(CloudFormationResponse, operation, _acting_for_somebody(getattr(CloudFormationResponse, operation)))


def _acting_for_somebody(operation: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def carry_out(response: Any) -> Any:
        stack_id, role_arn = _stack_and_role(response)
        with in_force(stack_id, role_arn) as possible:
            if not possible:
                raise ValidationError(message=f"Role {role_arn} is invalid or cannot be assumed")
            return operation(response)

    return carry_out


def _stack_and_role(response: Any) -> tuple[str, str | None]:
    """Return the stack that is asked about, and its service role: the one that is given, or the one that it has."""
    backend, name = response.cloudformation_backend, response._get_param("StackName")  # noqa: SLF001 - its only way
    given = response._get_param("RoleARN")  # noqa: SLF001 - as above
    change_set = response._get_param("ChangeSetName")  # noqa: SLF001 - as above
    if change_set:
        proposed = change_sets.found(backend, change_set, name)
        return proposed.stack.stack_id, proposed.role_arn or proposed.stack.role_arn
    stack = next((each for each in list(backend.stacks.values()) if name in (each.name, each.stack_id)), None)
    if stack is not None:
        return stack.stack_id, given or stack.role_arn
    # One that is not there yet has no id: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    return f"arn:aws:cloudformation:{response.region}:{response.current_account}:stack/{name}/*", given
