"""Judging the calls that CloudFormation makes for stacks, with the permissions of the caller or of a service role.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/fas-requests-and-permission-evaluation.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from vpce_emulator.authorization import first_denied
from vpce_emulator.aws import faults
from vpce_emulator.aws.actions import authorizations
from vpce_emulator.aws.call import ActionOnResource, Service
from vpce_emulator.aws.deliveries import Delivery, service_context, service_identity
from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.operation import identify_operation
from vpce_emulator.aws.principal import Identity
from vpce_emulator.aws.request_ids import request_id
from vpce_emulator.aws.service import identify_service
from vpce_emulator.backend.interface import Backend, StackRefusal, StackRequest, lookups_of
from vpce_emulator.events import Event, Outcome
from vpce_emulator.journal import Journal
from vpce_emulator.judgement import Asked, Judge, Understood
from vpce_emulator.network.ingress import from_service

CLOUDFORMATION = "cloudformation.amazonaws.com"
_SESSION = "AWSCloudFormation"


class StackJudge:
    """Decides what CloudFormation may do for a stack; what it may not is noted in the journal."""

    def __init__(
        self,
        backend: Backend,
        judge: Judge,
        journal: Journal,
        *,
        clock: Callable[[], float],
        new_request_id: Callable[[], bytes],
    ) -> None:
        """Make a judge.

        Args:
            backend: whom to ask for roles and accounts.
            judge: decides each action.
            journal: where refusals are noted.
            clock: seconds since the epoch.
            new_request_id: sixteen random bytes.
        """
        self._backend = backend
        self._judge = judge
        self._journal = journal
        self._clock = clock
        self._new_request_id = new_request_id
        self._lookups = lookups_of(backend)

    def refusal(self, asked: StackRequest) -> StackRefusal | None:
        """Return why a call may not be made, or None if it may.

        It comes from CloudFormation, over no network of the caller's: it has no keys of a network.
        """
        service = identify_service(asked.request, default_region=asked.region)
        event = Event(
            number=0,
            request_id=request_id(self._new_request_id(), service),
            time=self._clock(),
            ingress=from_service(CLOUDFORMATION, asked.stack_id),
            host=asked.request.host,
            service=service.name,
            principal=asked.caller.arn,
        )
        understood = self._understood(asked, service, event)
        if isinstance(understood, Fault):
            return _refused(understood, service, event)
        decided = self._judge.judge(understood)
        if isinstance(decided, Fault):
            return _refused(decided, service, event)
        denied = first_denied(decided)
        if denied is None:
            return None
        refused = _refused(self._judge.denial(understood, denied), service, event)
        self._note(replace(event, operation=understood.operation.name, authorizations=decided), refused)
        return refused

    def _understood(self, asked: StackRequest, service: Service, event: Event) -> Understood | Fault:
        operation = identify_operation(service, asked.request, asked.body)
        if isinstance(operation, Fault):
            return operation
        wanted = authorizations(
            service,
            operation,
            asked.request,
            asked.body,
            account_id=asked.caller.account_id,
            caller=asked.caller,
            now=event.time,
            lookups=self._lookups,
        )
        if isinstance(wanted, Fault):
            return wanted
        if asked.conditions:
            wanted = tuple(replace(one, context={**one.context, **asked.conditions}) for one in wanted)
        head = Asked(asked.request, service, event, called_via=(CLOUDFORMATION,))
        return Understood(head, asked.caller, operation, wanted, None)

    def _note(self, event: Event, refused: StackRefusal) -> None:
        told = replace(
            event,
            number=self._journal.next_number(),
            outcome=Outcome.DENIED,
            status=refused.status,
            code="AccessDenied",
            message=refused.message,
        )
        self._journal.record(told)

    def session(self, role_arn: str, stack_id: str) -> Identity | None:
        """Return the session of a stack's service role; None where CloudFormation cannot assume it."""
        role = self._backend.role_session(role_arn, _SESSION)
        assumption = ActionOnResource("sts:AssumeRole", role_arn)
        _, _, _, region, account_id, _ = stack_id.split(":", 5)
        delivery = Delivery(CLOUDFORMATION, (assumption,), stack_id, account_id)
        context = service_context(delivery, region, self._clock(), self._backend.membership(account_id))
        assumed = self._judge.decide(assumption, service_identity(CLOUDFORMATION), context)
        return role if role is not None and assumed.decision.allowed else None


def _refused(fault: Fault, service: Service, event: Event) -> StackRefusal:
    status = faults.code_of(fault, service).status
    return StackRefusal(service.name, faults.message_of(fault, service), status, event.request_id)
