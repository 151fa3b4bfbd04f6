"""On whose behalf the stacks are worked on that a call is about, and leave for each call that is made for them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from moto.core.utils import get_service_model

from vpce_emulator.aws.principal import Identity
from vpce_emulator.backend.embedded.dry_calls import dry_call
from vpce_emulator.backend.interface import StackLeave, StackRefusal, StackRequest

_USER_AGENT = "cloudformation.amazonaws.com"


def name_in_handlers(service: str) -> str:
    """Return a service's id as AWS's SDK for Java writes it, from botocore's name: Sqs, DynamoDb, CloudWatchLogs."""
    named = get_service_model(service).service_id.replace(" ", "")
    return re.sub(r"[A-Z]{2,}", lambda capitals: capitals[0].capitalize(), named)


class NotPermittedError(Exception):
    """CloudFormation may not make a call for a stack. The text is that of the service's resource handler."""

    def __init__(self, refused: StackRefusal) -> None:
        service = name_in_handlers(refused.service)
        super().__init__(
            f"{refused.message} (Service: {service}, Status Code: {refused.status}, Request ID: {refused.request_id})"
        )
        self.token = f"(RequestToken: {uuid4()}, HandlerErrorCode: AccessDenied)"


@dataclass(frozen=True, slots=True)
class Authority:
    """On whose behalf a stack is worked on.

    Attributes:
        caller: whoever asked for it, or the session of a service role.
        leave: says what may be done.
        stack_id: the stack.
    """

    caller: Identity
    leave: StackLeave
    stack_id: str = ""


class _Held(threading.local):
    """What holds for the call that this thread carries out."""

    def __init__(self) -> None:
        self.offered: Authority | None = None
        self.in_force: Authority | None = None


_held = _Held()


@contextmanager
def offered(authority: Authority | None) -> Iterator[None]:
    """Have whoever asked be whom the stacks are worked on for that the call is about; None for calls from within."""
    before, _held.offered = _held.offered, authority
    try:
        yield
    finally:
        _held.offered = before


@contextmanager
def in_force(stack_id: str, role_arn: str | None) -> Iterator[bool]:
    """Ask leave for every call that is made for a stack within the block.

    Args:
        stack_id: the stack's ARN.
        role_arn: of its service role, if it has one.

    Yields:
        whether the role can be assumed; nothing is to be done where it cannot.
    """
    before, authority = _held.in_force, _held.offered
    session = authority.caller if authority else None
    if authority is not None and role_arn:
        session = authority.leave.session(role_arn, stack_id)
    possible = authority is None or session is not None
    if authority is not None and session is not None:
        _held.in_force = replace(authority, caller=session, stack_id=stack_id)
    try:
        yield possible
    finally:
        _held.in_force = before


_NO_CONDITIONS: Mapping[str, str] = MappingProxyType({})


def ask_leave(
    service: str,
    operation: str,
    parameters: Mapping[str, Any],
    region: str,
    conditions: Mapping[str, str] = _NO_CONDITIONS,
) -> None:
    """Return if a call may be made for the stack that is worked on.

    Args:
        service: botocore's name.
        operation: `CreateQueue`.
        parameters: as boto3 or a template has them.
        region: where it goes.
        conditions: the condition keys of what it is on, if that is not there yet.

    Raises:
        NotPermittedError: it may not.
        ValueError: a parameter is missing that the call cannot be made without.
    """
    _ask(_held.in_force, service, operation, parameters, region, conditions)


def ask_callers_leave(service: str, operation: str, parameters: Mapping[str, Any], region: str) -> None:
    """Return if whoever asked may have CloudFormation make a call, whatever the stack's service role may.

    The arguments, and what is raised, are those of `ask_leave`.
    """
    _ask(_held.offered, service, operation, parameters, region, _NO_CONDITIONS)


def _ask(
    authority: Authority | None,
    service: str,
    operation: str,
    parameters: Mapping[str, Any],
    region: str,
    conditions: Mapping[str, str],
) -> None:
    if authority is None:
        return
    request, body = dry_call(service, operation, parameters, region, _USER_AGENT)
    refused = authority.leave.refusal(
        StackRequest(authority.stack_id, authority.caller, region, request, body, conditions)
    )
    if refused is not None:
        raise NotPermittedError(refused)
