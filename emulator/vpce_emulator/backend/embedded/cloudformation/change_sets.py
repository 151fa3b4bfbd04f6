"""Change sets by name or ARN: one is of one stack, and of no other.

moto takes the first of that name, whichever stack it is of.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.cloudformation.exceptions import CloudFormationError
from moto.cloudformation.models import ChangeSet, CloudFormationBackend
from moto.cloudformation.responses import CloudFormationResponse

from vpce_emulator.backend.embedded.replacing import replace


class ChangeSetNotFoundError(CloudFormationError):
    """There is no such change set of that stack."""

    code = "ChangeSetNotFound"

    def __init__(self, name: str) -> None:
        super().__init__(f"ChangeSet [{name}] does not exist")


def keep_to_their_stacks() -> None:
    """Have every operation on a change set find the one of the stack that was asked for."""
    for operation in ("describe_change_set", "delete_change_set", "execute_change_set"):
        replace(CloudFormationResponse, operation, _by_arn(getattr(CloudFormationResponse, operation)))


def _by_arn(operation: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return an operation of moto's that is told the ARN of the change set, whatever the request has."""

    def carry_out(response: Any) -> Any:  # noqa: ANN401 - moto's own
        name, stack = response._get_param("ChangeSetName"), response._get_param("StackName")  # noqa: SLF001 - its only way
        response.params["ChangeSetName"] = found(response.cloudformation_backend, name, stack).change_set_id
        return operation(response)

    return carry_out


def found(backend: CloudFormationBackend, name: str, stack: str | None) -> ChangeSet:
    """Return the change set of a name or an ARN, of a stack by name or id if that is given.

    Raises:
        ChangeSetNotFoundError: there is none.
    """
    for arn, each in list(backend.change_sets.items()):
        if name in {arn, each.change_set_name} and stack in (None, each.stack_name, each.stack_id):
            change_set: ChangeSet = each
            return change_set
    raise ChangeSetNotFoundError(name)
