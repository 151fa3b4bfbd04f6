"""Policies in templates, held against their grammar before anything is made of them: moto takes whatever it gets."""

from __future__ import annotations

from typing import Final

from vpce_emulator.aws import faults
from vpce_emulator.aws.malformed_policies import malformed_policy
from vpce_emulator.aws.service import identify_service
from vpce_emulator.aws.stack_calls import StackCall
from vpce_emulator.backend.embedded.dry_calls import dry_call
from vpce_emulator.backend.embedded.stack_authority import name_in_handlers

_USER_AGENT: Final = "cloudformation.amazonaws.com"


class MalformedPolicyError(Exception):
    """A template holds a policy that its service does not take. The text is the service's."""


def refuse_malformed(call: StackCall, region: str) -> None:
    """Return if a call brings along no policy, or one that its service takes.

    Args:
        call: about to be made.
        region: where it goes.

    Raises:
        MalformedPolicyError: the policy is none.
    """
    if call.service == "ec2":  # its policies are those of endpoints, which are read when one is made
        return
    request, body = dry_call(call.service, call.operation, call.parameters, region, _USER_AGENT)
    service = identify_service(request, default_region=region)
    # A template may name principals that it makes itself, or that are the topology file's.
    refused = malformed_policy(service, call.operation, request, body, lambda _: None)
    if refused is not None:
        status = faults.code_of(refused, service).status
        told = f"(Service: {name_in_handlers(call.service)}, Status Code: {status})"
        raise MalformedPolicyError(f"{faults.message_of(refused, service)} {told}")
