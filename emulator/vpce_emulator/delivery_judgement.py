"""Judging what services deliver by themselves, and settings that say where they are to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from vpce_emulator.authorization import DecidedAction, first_denied
from vpce_emulator.aws.call import ActionOnResource
from vpce_emulator.aws.checked_destinations import Setting, is_tried_out, refused_destinations, tried_out, tries_keys
from vpce_emulator.aws.context import Facts, Origin, Value, request_context
from vpce_emulator.aws.deliveries import Delivery, called, callers, service_context, service_identity, service_of
from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.http import NO_REQUEST
from vpce_emulator.aws.kms_permissions import context_of, encryption_context, uses_of_key
from vpce_emulator.aws.principal import Identity, account_root
from vpce_emulator.aws.request_inputs import input_of
from vpce_emulator.backend.body import DecodedBody
from vpce_emulator.backend.interface import Backend
from vpce_emulator.judgement import Judge, Understood, owning_account


class DeliveryJudge:
    """Decides about deliveries."""

    def __init__(self, backend: Backend, judge: Judge, *, enforced: bool) -> None:
        """Make a judge.

        Args:
            backend: whom to ask for roles and accounts.
            judge: decides each action.
            enforced: whether policies decide.
        """
        self._backend = backend
        self._judge = judge
        self._enforced = enforced

    def judge(self, delivery: Delivery, now: float, *, with_keys: bool = True) -> tuple[DecidedAction, ...]:
        """Decide what a service needs to deliver something; none where policies do not decide.

        Args:
            delivery: what it is.
            now: seconds since the epoch.
            with_keys: whether what is encrypted needs leave for its key, too.

        Raises:
            MalformedPolicy: a stored policy is none.
        """
        if not self._enforced:
            return ()
        if with_keys:
            delivery = replace(delivery, wanted=(*delivery.wanted, *self._uses_of_keys(delivery)))
        region = delivery.destination.split(":", 5)[3]
        of_source = self._backend.membership(delivery.source_account)
        context = service_context(delivery, region, now, of_source)
        if delivery.service.startswith("arn:"):
            return self._by_principal(account_root(delivery.source_account), delivery, now)
        if delivery.role_arn:
            return self._by_role(delivery, context, now)
        by_name = [
            tuple(
                self._judge.decide(one, service_identity(name), context | dict(one.context)) for one in delivery.wanted
            )
            for name in callers(delivery.service, region)
        ]
        return next((decided for decided in by_name if first_denied(decided) is None), by_name[0])

    def _uses_of_keys(self, delivery: Delivery) -> Iterator[ActionOnResource]:
        """Yield what sending to something that is encrypted, or fetching from it, needs of its key."""
        actions = tuple(action for one in delivery.wanted for action in uses_of_key(one.action))
        for arn, key in self._backend.encrypted_resources(delivery.destination) if actions else ():
            context = context_of(encryption_context(service_of(delivery.destination), arn))
            yield from (ActionOnResource(action, key, context) for action in actions)

    def refused_destination(
        self, understood: Understood, body: DecodedBody
    ) -> tuple[Fault, tuple[DecidedAction, ...]] | None:
        """Return why an allowed request cannot set where a service delivers, with what it may not do there."""
        service, operation = understood.asked.service, understood.operation
        if not self._enforced or not is_tried_out(service.name, operation.name):
            return None
        bucket = self._backend.bucket(operation.bucket) if operation.bucket else None
        setting = Setting(
            service=service.name,
            operation=operation.name,
            given=input_of(service, operation, understood.asked.http, body.content),
            body=body.content,
            headers=body.headers,
            region=service.region,
            account_id=bucket.account_id if bucket is not None else owning_account(understood),
            resource=understood.wanted[0].resource,
            bucket=operation.bucket,
        )
        refused: list[tuple[Delivery, str]] = []
        decided: list[DecidedAction] = []
        for delivery in tried_out(setting, self._backend.execution_role):
            of_delivery = self.judge(delivery, understood.asked.event.time, with_keys=tries_keys(service.name))
            decided += of_delivery
            denied = first_denied(of_delivery)
            if denied is not None:
                refused.append((delivery, denied.wanted.action))
        return (refused_destinations(setting, tuple(refused)), tuple(decided)) if refused else None

    def _by_role(self, delivery: Delivery, context: Mapping[str, Value], now: float) -> tuple[DecidedAction, ...]:
        """Decide what a service needs that assumes a role: the role must trust it, and be allowed the rest."""
        assumption = ActionOnResource("sts:AssumeRole", delivery.role_arn)
        assumed = self._judge.decide(assumption, service_identity(delivery.service), context)
        role = self._backend.role_session(delivery.role_arn, delivery.service.partition(".")[0])
        if role is None or not assumed.decision.allowed:
            return (assumed,)
        return (assumed, *self._by_principal(role, delivery, now))

    def _by_principal(self, identity: Identity, delivery: Delivery, now: float) -> tuple[DecidedAction, ...]:
        """Decide what a service asks for in the name of a principal."""
        of_caller = self._backend.membership(identity.account_id)
        facts = Facts(Origin(""), identity, called(delivery.destination), NO_REQUEST, now, of_caller)
        context = request_context(facts)
        return tuple(self._judge.decide(one, identity, context | dict(one.context)) for one in delivery.wanted)
