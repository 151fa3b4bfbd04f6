"""Actions that an operation needs only where its input asks for more than its name says.

Sources: the "Required permissions" of https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
and …/API_RotateSecret.html; https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html,
https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html and
https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from vpce_emulator.aws.call import ActionOnResource
from vpce_emulator.aws.operation_inputs import Input

# Service, operation, the member that asks for it, the action, and what that is on: what the member names, anything, or
# `same`, what the operation's own action is on.
_TABLE = """
kms             ReplicateKey                 ReplicaRegion      kms:CreateKey                             *
lambda          CreateFunction               Layers             lambda:GetLayerVersion                    named
lambda          UpdateFunctionConfiguration  Layers             lambda:GetLayerVersion                    named
secretsmanager  CreateSecret                 AddReplicaRegions  secretsmanager:ReplicateSecretToRegions   same
secretsmanager  RotateSecret                 RotationLambdaARN  lambda:InvokeFunction                     named
stepfunctions   CreateStateMachine           publish            states:PublishStateMachineVersion         same
stepfunctions   UpdateStateMachine           publish            states:PublishStateMachineVersion         same
"""
_ROWS = tuple(tuple(row.split()) for row in _TABLE.split("\n") if row)
ASKED_FOR = frozenset((service, operation) for service, operation, *_ in _ROWS)
"""The services and operations."""


def further_actions(
    service: str, operation: str, given: Input, own: Sequence[ActionOnResource]
) -> Iterator[ActionOnResource]:
    """Yield what else an input needs leave for.

    Args:
        service: botocore's name.
        operation: of the service.
        given: its input.
        own: what the operation needs leave for whatever its input.
    """
    for row_service, row_operation, member, action, on in _ROWS:
        if (service, operation) != (row_service, row_operation) or not given.members.get(member):
            continue
        match on:
            case "same":
                yield from (replace(one, action=action) for one in own)
            case "named":
                yield from (ActionOnResource(action, name) for name in given.values(member))
            case _:
                yield ActionOnResource(action, on)
