"""Handing an allowed request to its owner: of the network that is the emulator, of everything else the backend."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from vpce_emulator.aws.as_authorized import dynamodb_as_authorized, s3_as_authorized
from vpce_emulator.aws.caller_identity import caller_identity
from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.http import HttpRequest, HttpResponse
from vpce_emulator.aws.malformed_policies import form_of, malformed_policy
from vpce_emulator.aws.service_as_authorized import service_as_authorized
from vpce_emulator.backend.body import DecodedBody
from vpce_emulator.backend.interface import Backend
from vpce_emulator.control.control import Control
from vpce_emulator.judgement import Understood, owning_account
from vpce_emulator.turnstile import Turnstile
from vpce_policies import PrincipalExists

# Services whose calls may change the network.
_NETWORKERS = frozenset({"ec2", "cloudformation", "route53"})
# EC2 operations that begin so change nothing.
_READING = ("Describe", "Get", "Search", "List")


class Carrier:
    """Carries out what no policy denies."""

    def __init__(
        self,
        backend: Backend,
        control: Control,
        *,
        default_account_id: str,
        principal_exists: PrincipalExists,
        network_turnstile: Turnstile,
        network_changed: Callable[[], Awaitable[None]],
    ) -> None:
        """Make a carrier.

        Args:
            backend: where allowed requests go.
            control: answers the EC2 calls that the emulator owns.
            default_account_id: the account of callers that have none.
            principal_exists: whether there is a user or role of an ARN; None where that is not known.
            network_turnstile: where EC2 calls wait while the network is built or reset.
            network_changed: called after every call that may have changed the network.
        """
        self._backend = backend
        self._control = control
        self._default_account_id = default_account_id
        self._principal_exists = principal_exists
        self._turnstile = network_turnstile
        self._network_changed = network_changed

    async def carry_out(self, understood: Understood, body: DecodedBody) -> HttpResponse | Fault:
        """Return the answer to an allowed request, or why it cannot be carried out."""
        service, operation, content = understood.asked.service, understood.operation, body.content
        asked = understood.asked
        http = replace(asked.http, headers=body.headers, request_id=asked.event.request_id)
        account_id = owning_account(understood) or self._default_account_id
        if service.name == "s3":
            told = s3_as_authorized(operation, http, content, self._backend.access_point)
            return told if isinstance(told, Fault) else await self._forward(understood, account_id, *told)
        if service.name == "dynamodb":
            content = dynamodb_as_authorized(operation, content)
        else:
            written = self._as_authorized(understood, http, content)
            if isinstance(written, Fault):
                return written
            http, content = written
        malformed = malformed_policy(service, operation.name, http, content, self._principal_exists)
        if malformed is not None:
            return malformed
        if service.name == "sts" and operation.name == "GetCallerIdentity":
            return caller_identity(understood.identity)
        if service.name in _NETWORKERS:
            return await self._change_network(understood, account_id, http, content)
        return await self._forward(understood, account_id, http, content)

    def _as_authorized(
        self, understood: Understood, http: HttpRequest, content: bytes
    ) -> tuple[HttpRequest, bytes] | Fault:
        service, wanted, find = understood.asked.service, understood.wanted, self._backend.resource_arn
        return service_as_authorized(service, http, content, wanted, caller=understood.identity, find=find)

    async def _forward(
        self, understood: Understood, account_id: str, http: HttpRequest, content: bytes
    ) -> HttpResponse:
        service, operation = understood.asked.service, understood.operation
        return await self._backend.forward(service, operation, account_id, http, content, understood.identity)

    async def _change_network(
        self, understood: Understood, account_id: str, http: HttpRequest, content: bytes
    ) -> HttpResponse:
        operation = understood.operation.name
        if understood.asked.service.name == "ec2":
            async with self._turnstile.passing():
                response = await self._call_ec2(understood, account_id, http, content)
        else:
            # A stack may wait for a function that calls EC2 itself, so that nobody can wait for the stack.
            async with self._turnstile.passing():
                pass
            response = await self._forward(understood, account_id, http, content)
        if not operation.startswith(_READING):
            await self._network_changed()
        return response

    async def _call_ec2(
        self, understood: Understood, account_id: str, http: HttpRequest, content: bytes
    ) -> HttpResponse:
        operation, form, region = understood.operation.name, form_of(http, content), understood.asked.service.region
        if self._control.handles(operation, form, region):
            return await self._control.handle(operation, form, account_id, region)
        return await self._forward(understood, account_id, http, content)
