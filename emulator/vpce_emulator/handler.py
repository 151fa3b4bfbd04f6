"""One request, top to bottom: where from, what is asked, by whom, may it, and then the answer.

The pure modules that this one calls in order decide; this one reads and writes between them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.authorization import DecidedAction, first_denied
from vpce_emulator.aws import faults
from vpce_emulator.aws.answered_apart import ANSWERED_APART, without_checksums
from vpce_emulator.aws.call import Protocol
from vpce_emulator.aws.cors import cors_headers
from vpce_emulator.aws.deliveries import Delivery, called
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpResponse
from vpce_emulator.aws.operation import identify_operation
from vpce_emulator.aws.request_ids import host_id, request_id
from vpce_emulator.aws.s3_requester_pays import NOT_TOLD, TOLD
from vpce_emulator.aws.service import identify_service
from vpce_emulator.aws.throttling import throttled
from vpce_emulator.backend.body import DecodedBody
from vpce_emulator.backend.interface import Backend
from vpce_emulator.carrying_out import Carrier
from vpce_emulator.control.control import Control
from vpce_emulator.credentials import Credentials
from vpce_emulator.delivery_judgement import DeliveryJudge
from vpce_emulator.events import Event, Outcome
from vpce_emulator.fault_rules import Called, Effect, Injection, Rules
from vpce_emulator.journal import Journal
from vpce_emulator.judgement import Asked, Judge, Understood
from vpce_emulator.key_judgement import KeyJudge, denial_of_a_key, is_of_a_key
from vpce_emulator.network.connection import head_of, leave_unanswered, reset, written
from vpce_emulator.network.current import CurrentNetwork
from vpce_emulator.network.ingress import Door, DoorKind, dialled_name, from_service, refuse_other_services
from vpce_emulator.reading import read
from vpce_emulator.stack_judgement import StackJudge
from vpce_emulator.topology.path import PathKind
from vpce_emulator.topology.services import segment_of
from vpce_emulator.turnstile import Turnstile
from vpce_emulator.understanding import Interpreter

logger = logging.getLogger(__name__)


class Handler:
    """Answers the requests of every door.

    Attributes:
        stack_leave: says what CloudFormation may do for a stack.
    """

    def __init__(
        self,
        *,
        region: str,
        backend: Backend,
        control: Control,
        network: CurrentNetwork,
        credentials: Credentials,
        journal: Journal,
        fault_rules: Rules,
        network_turnstile: Turnstile,
        network_changed: Callable[[], Awaitable[None]],
        clock: Callable[[], float],
        new_request_id: Callable[[], bytes],
        enforced: bool = True,
        hangs_when_blocked: bool = False,
    ) -> None:
        """Make a handler.

        Args:
            region: of requests that name none.
            backend: where allowed requests go.
            control: answers the EC2 calls that the emulator owns.
            network: views and paths.
            credentials: access keys.
            journal: where each request is noted.
            fault_rules: which calls are made to fail.
            network_turnstile: where EC2 calls wait while the network is built or reset.
            network_changed: called after every call that may have changed the network.
            clock: seconds since the epoch.
            new_request_id: sixteen random bytes.
            enforced: whether policies decide.
            hangs_when_blocked: whether a blocked connection hangs, as on AWS, or closes.
        """
        self._region = region
        self._backend = backend
        self._carrier = Carrier(
            backend,
            control,
            default_account_id=credentials.default_account_id,
            principal_exists=credentials.principal_exists,
            network_turnstile=network_turnstile,
            network_changed=network_changed,
        )
        self._interpreter = Interpreter(backend, credentials)
        self._network = network
        self._credentials = credentials
        self._journal = journal
        self._fault_rules = fault_rules
        self._clock = clock
        self._new_request_id = new_request_id
        self._judge = Judge(backend, credentials.default_account_id, enforced=enforced)
        self._key_judge = KeyJudge(backend, self._judge, enforced=enforced)
        self._delivery_judge = DeliveryJudge(backend, self._judge, enforced=enforced)
        self._hangs_when_blocked = hangs_when_blocked
        self.stack_leave = StackJudge(backend, self._judge, journal, clock=clock, new_request_id=new_request_id)

    def at(self, door: Door) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
        """Return what answers the requests that come in by a door."""
        return partial(self._answer, door)

    def may_deliver(self, delivery: Delivery) -> bool:
        """Say whether something that a service sends by itself arrives. What does not is noted; AWS says nothing.

        Called on the threads that carry calls out.
        """
        decided = self._delivery_judge.judge(delivery, self._clock())
        denied = first_denied(decided)
        if denied is not None:
            self._journal.record(self._lost(delivery, decided, denied))
        return denied is None

    def _lost(self, delivery: Delivery, decided: tuple[DecidedAction, ...], denied: DecidedAction) -> Event:
        """Return the event of a delivery that a policy refuses."""
        service, _, operation = denied.wanted.action.partition(":")
        return Event(
            number=self._journal.next_number(),
            request_id=request_id(self._new_request_id(), called(delivery.destination)),
            time=self._clock(),
            ingress=from_service(delivery.service, delivery.source_arn),
            host="",
            service=service,
            operation=operation,
            principal=denied.decision.request.principal or "",
            outcome=Outcome.DENIED,
            authorizations=decided,
        )

    async def _answer(self, door: Door, request: web.BaseRequest) -> web.StreamResponse:
        http = head_of(request)
        service = identify_service(http, default_region=self._region, hint=self._service_of(door))
        host = dialled_name(http.host, service)
        ingress = refuse_other_services(self._network.ingress(door, host), service)
        event = Event(
            number=self._journal.next_number(),
            request_id=request_id(self._new_request_id(), service),
            time=self._clock(),
            ingress=ingress,
            # A call at an endpoint's own door is a call to the endpoint's own name.
            host=ingress.path.name if door.kind is DoorKind.ENDPOINT else host,
            service=service.name,
        )
        if ingress.path.kind is PathKind.BLOCKED:
            self._journal.record(replace(event, outcome=Outcome.BLOCKED))
            return await leave_unanswered(request, hanging=self._hangs_when_blocked)
        asked = Asked(http, service, event)
        try:
            response, event = await self._decide_and_carry_out(asked, request)
        except ConnectionError:
            # The client left in the middle of its request.
            return await leave_unanswered(request)
        except Exception:
            logger.exception("request %s to %s failed", event.request_id, service.name)
            response, event = self._refuse(asked, Fault(FaultKind.INTERNAL_ERROR))
        if response is None:
            self._journal.record(event)
            return reset(request)
        code, message = event.code or response.code, event.message or response.message
        self._journal.record(replace(event, status=response.status, code=code, message=message))
        return written(response, service, event.request_id, request)

    def _service_of(self, door: Door) -> str | None:
        if door.kind is not DoorKind.ENDPOINT:
            return None
        endpoint = self._network.topology().endpoints.get(door.name)
        return segment_of(endpoint) if endpoint else None

    def _refuse(
        self, asked: Asked, fault: Fault, event: Event | None = None, outcome: Outcome = Outcome.REFUSED
    ) -> tuple[HttpResponse, Event]:
        """Return a fault as the service writes it, and the event with it."""
        event = event or asked.event
        response = faults.render(
            fault,
            asked.service,
            request_id=event.request_id,
            host_id=host_id(event.request_id),
            method=asked.http.method,
        )
        told = (*self._cors_headers(asked), *self._region_header(asked))
        added = tuple(header for header in told if header not in response.headers)
        response = replace(response, headers=(*response.headers, *added))
        return response, replace(event, outcome=outcome, code=response.code, message=response.message)

    def _cors_headers(self, asked: Asked) -> tuple[tuple[str, str], ...]:
        """Return what lets a page of another origin read a refusal, as far as the bucket's CORS rules do."""
        if asked.service.protocol is not Protocol.S3 or "Origin" not in asked.http.headers:
            return ()
        operation = identify_operation(asked.service, asked.http, None)
        rules = () if isinstance(operation, Fault) else self._backend.cors_rules(operation.bucket)
        return cors_headers(rules, asked.http.method, asked.http.headers)

    def _region_header(self, asked: Asked) -> tuple[tuple[str, str], ...]:
        """Return the Region of a bucket, which HeadBucket tells even those who may not see it.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html: SDKs find a bucket's Region by it.
        """
        if asked.service.protocol is not Protocol.S3 or asked.http.method != "HEAD":
            return ()
        operation = identify_operation(asked.service, asked.http, None)
        head = not isinstance(operation, Fault) and operation.name == "HeadBucket"
        bucket = self._backend.bucket(operation.bucket) if head and not isinstance(operation, Fault) else None
        return (("x-amz-bucket-region", bucket.region),) if bucket is not None else ()

    async def _decide_and_carry_out(self, asked: Asked, request: web.BaseRequest) -> tuple[HttpResponse | None, Event]:
        """Return the answer, None where there is to be none, and what is to be remembered."""
        understood = await self._interpreter.understand(asked, request)
        if isinstance(understood, Fault):
            return self._refuse(asked, understood)
        injection = self._fault_rules.on(_called(understood)) if self._fault_rules.table.rules else None
        if injection is not None:
            asked, understood = await _delayed(understood, injection)
            if injection.effect is not Effect.NONE:
                return self._inject(understood, injection)
        decided = self._decisions(understood)
        if isinstance(decided, Fault):
            return self._refuse(asked, decided)
        principal, operation = understood.identity.arn, understood.operation.name
        event = replace(asked.event, principal=principal, operation=operation, authorizations=decided)
        denied = first_denied(decided)
        refusal = self._refusal(understood, event, denied)
        if refusal is not None:
            return refusal
        if denied is not None:
            return await self._carry_out_the_others(understood, event)
        return await self._answer_allowed(understood, event, request)

    def _decisions(self, understood: Understood) -> tuple[DecidedAction, ...] | Fault:
        """Decide every action, those that the service needs of KMS in the caller's name included."""
        decided = self._judge.judge(understood)
        if isinstance(decided, Fault):
            return decided
        of_keys = self._key_judge.judge(understood, decided)
        return of_keys if isinstance(of_keys, Fault) else (*decided, *of_keys)

    def _refusal(
        self, understood: Understood, event: Event, denied: DecidedAction | None
    ) -> tuple[HttpResponse, Event] | None:
        """Return the refusal of a request that is denied as a whole, or None where any of it goes on."""
        if denied is not None and denied.wanted.item is None:
            return self._refuse(understood.asked, self._denial(understood, denied), event, Outcome.DENIED)
        beside = self._judge.denied_beside_policies(understood)
        if not beside:
            unusable = self._key_judge.unusable(understood.asked.service, event.authorizations)
            return None if unusable is None else self._refuse(understood.asked, unusable, event)
        fault = Fault(FaultKind.ACCESS_DENIED)
        return self._refuse(understood.asked, fault, replace(event, refused_by=beside), Outcome.DENIED)

    def _denial(self, understood: Understood, denied: DecidedAction) -> Fault:
        of_a_key = is_of_a_key(understood, denied)
        return denial_of_a_key(understood, denied) if of_a_key else self._judge.denial(understood, denied)

    def _inject(self, understood: Understood, injection: Injection) -> tuple[HttpResponse | None, Event]:
        """Return what befalls a call by a fault rule: the service's throttling error, or no answer at all."""
        asked, operation = understood.asked, understood.operation.name
        event = replace(
            asked.event,
            principal=understood.identity.arn,
            operation=operation,
            refused_by=", ".join(injection.rules),
        )
        if injection.effect is Effect.RESET:
            return None, replace(event, outcome=Outcome.INJECTED)
        return self._refuse(asked, throttled(asked.service, operation), event, Outcome.INJECTED)

    async def _answer_allowed(
        self, understood: Understood, event: Event, request: web.BaseRequest
    ) -> tuple[HttpResponse, Event]:
        """Carry out what no policy denies."""
        asked = understood.asked
        body = understood.body or await read(asked, understood.operation.name, request, understood.chunk_signatures)
        if isinstance(body, Fault):
            return self._refuse(asked, body, event)
        refused = self._judge.refused_setting(understood, body, self._credentials.principal_exists)
        refused = refused or self._key_judge.locked_out(understood, body)
        if refused is not None:
            blocked = refused.kind is FaultKind.ACCESS_DENIED
            event = replace(event, refused_by="public_access_block" if blocked else "")
            return self._refuse(asked, refused, event, Outcome.DENIED if blocked else Outcome.REFUSED)
        untried = self._delivery_judge.refused_destination(understood, body)
        if untried is not None:
            event = replace(event, authorizations=(*event.authorizations, *untried[1]))
            return self._refuse(asked, untried[0], event, Outcome.DENIED)
        response = await self._carry_out(understood, body)
        hidden = self._judge.missing_key_is_hidden(understood) if _misses_a_key(response) else None
        if hidden is None:
            return response, event
        event = replace(event, authorizations=(*event.authorizations, hidden))
        return self._refuse(asked, self._denial(understood, hidden), event, Outcome.DENIED)

    async def _carry_out(self, understood: Understood, body: DecodedBody) -> HttpResponse:
        answered = await self._carrier.carry_out(understood, body)
        if isinstance(answered, Fault):
            return self._refuse(understood.asked, answered)[0]
        told = (
            understood.operation.name not in NOT_TOLD and answered.status < 400 and self._judge.is_charged(understood)
        )
        return replace(answered, headers=(*answered.headers, TOLD)) if told else answered

    async def _carry_out_the_others(self, understood: Understood, event: Event) -> tuple[HttpResponse, Event]:
        """Carry out the parts of a request that the caller may, where each is answered by itself."""
        body = understood.body
        assert body is not None  # noqa: S101 - the objects stand in it
        denied: dict[int, str] = {}
        for one in event.authorizations:
            if not one.decision.allowed and one.wanted.item is not None:
                message = faults.message_of(self._denial(understood, one), understood.asked.service)
                denied.setdefault(one.wanted.item, message)
        parts = ANSWERED_APART[understood.operation.name]
        left = parts.without(body.content, denied)
        answer = HttpResponse(200, (("Content-Type", parts.content_type),))
        if left:
            # The checksum was that of the whole list, and has been verified.
            headers = CIMultiDictProxy(CIMultiDict(without_checksums(body.headers.items())))
            allowed = tuple(one for one in understood.wanted if one.item not in denied)
            understood = replace(understood, wanted=allowed)
            answer = await self._carry_out(understood, replace(body, content=left, headers=headers))
        if answer.status == 200:
            answer = replace(
                answer,
                body=parts.with_errors(answer.body, body.content, denied),
                headers=tuple(without_checksums(answer.headers)),
            )
        message = next(iter(denied.values()))
        return answer, replace(event, outcome=Outcome.DENIED, code="AccessDenied", message=message)


def _misses_a_key(response: HttpResponse) -> bool:
    """Return whether an answer of S3 says that a key is not there; one to HEAD does not say what is not."""
    return response.status == 404 and (
        not response.body or b"<Code>NoSuchKey<" in response.body or b"<Code>NoSuchVersion<" in response.body
    )


async def _delayed(understood: Understood, injection: Injection) -> tuple[Asked, Understood]:
    """Wait as long as fault rules say, and return a request with what befalls it noted."""
    await asyncio.sleep(injection.latency)
    asked = replace(understood.asked, event=replace(understood.asked.event, injected=injection.reason))
    return asked, replace(understood, asked=asked)


def _called(understood: Understood) -> Called:
    ingress = understood.asked.event.ingress
    return Called(
        endpoint=ingress.endpoint.id if ingress.endpoint is not None else "",
        client=ingress.client.name if ingress.client is not None else "",
        service=understood.asked.service.name,
        operation=understood.operation.name,
    )
