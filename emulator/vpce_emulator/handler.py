"""One request, top to bottom: where from, what is asked, by whom, may it, and then the answer.

The pure modules that this one calls in order decide; this one reads and writes between them.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from urllib.parse import parse_qsl

from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.authorization import (
    first_denied,
)
from vpce_emulator.aws import faults
from vpce_emulator.aws.actions import authorizations
from vpce_emulator.aws.as_authorized import dynamodb_as_authorized, s3_as_authorized
from vpce_emulator.aws.call import Operation, Protocol
from vpce_emulator.aws.caller_identity import caller_identity
from vpce_emulator.aws.faults import Code, Fault, FaultKind
from vpce_emulator.aws.http import HttpResponse
from vpce_emulator.aws.lookups import Lookups
from vpce_emulator.aws.multi_object_delete import with_errors, without_objects
from vpce_emulator.aws.operation import identify_operation
from vpce_emulator.aws.principal import ANONYMOUS, Identity
from vpce_emulator.aws.request_ids import host_id, request_id
from vpce_emulator.aws.service import identify_service
from vpce_emulator.aws.signature import Authorization, parse_authorization, verify, verify_session, verify_time
from vpce_emulator.aws.signed_parts import unsigned_part, wrong_scope
from vpce_emulator.backend.body import DecodedBody, read_body
from vpce_emulator.backend.checksums import Refusal
from vpce_emulator.backend.interface import Backend
from vpce_emulator.control.control import Control
from vpce_emulator.credentials import Credentials
from vpce_emulator.events import Event, Outcome
from vpce_emulator.journal import Journal
from vpce_emulator.judgement import Asked, Judge, Understood, impossible, owning_account
from vpce_emulator.network.connection import BodyTooLarge, ask_for_body, head_of, leave_unanswered, parts_of, written
from vpce_emulator.network.current import CurrentNetwork
from vpce_emulator.network.ingress import Door, DoorKind, dialled_name, refuse_other_services
from vpce_emulator.topology.path import PathKind
from vpce_emulator.topology.services import segment_of
from vpce_policies import MalformedPolicy, PolicyKind, parse_policy

logger = logging.getLogger(__name__)

# The largest body that is read before authorization, where actions and resources stand in it; AWS's largest such
# request is DynamoDB's BatchWriteItem, 16 MB
# (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html).
LARGEST_DESCRIBED_BODY = 16 * 1024 * 1024
# EC2 operations that begin so change nothing.
# Services whose calls may change the network.
_NETWORKERS = frozenset({"ec2", "cloudformation"})
_READING = ("Describe", "Get", "Search", "List")


class Handler:
    """Answers the requests of every door."""

    def __init__(
        self,
        *,
        region: str,
        backend: Backend,
        control: Control,
        network: CurrentNetwork,
        credentials: Credentials,
        journal: Journal,
        network_ready: Callable[[], Awaitable[object]],
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
            network_ready: waits until the network is built, before which no EC2 call is carried out.
            network_changed: called after every EC2 call that may have changed the network.
            clock: seconds since the epoch.
            new_request_id: sixteen random bytes.
            enforced: whether policies decide.
            hangs_when_blocked: whether a blocked connection hangs, as on AWS, or closes.
        """
        self._region = region
        self._backend = backend
        self._control = control
        self._lookups = Lookups(
            table_keys=backend.table_keys,
            object_tags=backend.object_tags,
            resource_arn=backend.resource_arn,
            key_of_ciphertext=backend.key_of_ciphertext,
        )
        self._network = network
        self._credentials = credentials
        self._journal = journal
        self._network_ready = network_ready
        self._network_changed = network_changed
        self._clock = clock
        self._new_request_id = new_request_id
        self._judge = Judge(backend.bucket, backend.resource_policy, credentials.default_account_id, enforced=enforced)
        self._hangs_when_blocked = hangs_when_blocked

    def at(self, door: Door) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
        """Return what answers the requests that come in by a door."""
        return partial(self._answer, door)

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
        self._journal.record(replace(event, status=response.status))
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
        code = faults.code_of(fault, asked.service).code
        message = faults.message_of(fault, asked.service)
        return response, replace(event, outcome=outcome, code=code, message=message)

    async def _decide_and_carry_out(self, asked: Asked, request: web.BaseRequest) -> tuple[HttpResponse, Event]:
        understood = await self._understand(asked, request)
        if isinstance(understood, Fault):
            return self._refuse(asked, understood)
        decided = self._judge.judge(understood)
        if isinstance(decided, Fault):
            return self._refuse(asked, decided)
        principal, operation = understood.identity.arn, understood.operation.name
        event = replace(asked.event, principal=principal, operation=operation, authorizations=decided)
        denied = first_denied(decided)
        if denied is not None and denied.wanted.item is not None:
            return await self._delete_the_others(understood, event)
        if denied is not None:
            return self._refuse(asked, self._judge.denial(understood, denied), event, Outcome.DENIED)
        return await self._answer_allowed(understood, event, request)

    async def _answer_allowed(
        self, understood: Understood, event: Event, request: web.BaseRequest
    ) -> tuple[HttpResponse, Event]:
        """Carry out what no policy denies."""
        asked = understood.asked
        body = understood.body or await self._read(asked, understood.operation.name, request)
        if isinstance(body, Fault):
            return self._refuse(asked, body, event)
        response = await self._carry_out(understood, body)
        hidden = self._judge.missing_key_is_hidden(understood) if response.status == 404 else None
        if hidden is None:
            return response, event
        event = replace(event, authorizations=(*event.authorizations, hidden))
        return self._refuse(asked, self._judge.denial(understood, hidden), event, Outcome.DENIED)

    async def _understand(self, asked: Asked, request: web.BaseRequest) -> Understood | Fault:
        """Return what is asked and by whom, with the signature verified as far as the secret is known."""
        body = await self._body_of_the_question(asked, request)
        if isinstance(body, Fault):
            return body
        identity = self._identify(asked, body)
        if isinstance(identity, Fault):
            return identity
        content = body.content if body else None
        operation = identify_operation(asked.service, asked.http, content)
        if isinstance(operation, Fault):
            return operation
        wanted = impossible(asked.service, operation, identity) or authorizations(
            asked.service,
            operation,
            asked.http,
            content,
            account_id=identity.account_id,
            now=asked.event.time,
            lookups=self._lookups,
        )
        if isinstance(wanted, Fault):
            return wanted
        return Understood(asked, identity, operation, wanted, body)

    async def _delete_the_others(self, understood: Understood, event: Event) -> tuple[HttpResponse, Event]:
        """Carry out a DeleteObjects request for the objects that the caller may delete."""
        body = understood.body
        assert body is not None  # noqa: S101 - the objects stand in it
        denied: dict[int, str] = {}
        for one in event.authorizations:
            if not one.decision.allowed and one.wanted.item is not None:
                message = faults.message_of(self._judge.denial(understood, one), understood.asked.service)
                denied.setdefault(one.wanted.item, message)
        left = without_objects(body.content, denied)
        answer = HttpResponse(200, (("Content-Type", "application/xml"),))
        if left:
            # The checksum was that of the whole list, and has been verified.
            head = CIMultiDict(item for item in body.headers.items() if not _is_checksum(item[0]))
            answer = await self._carry_out(understood, replace(body, content=left, headers=CIMultiDictProxy(head)))
        if answer.status == 200:
            answer = replace(answer, body=with_errors(answer.body, body.content, denied))
        message = next(iter(denied.values()))
        return answer, replace(event, outcome=Outcome.DENIED, code="AccessDenied", message=message)

    async def _body_of_the_question(self, asked: Asked, request: web.BaseRequest) -> DecodedBody | Fault | None:
        """Return the body if it has to be read to tell what is asked, and by whom.

        S3's objects are not: a refused upload is never read. All other services sign the body's hash without sending
        it, and mostly say in the body what is asked.
        """
        operation = "" if asked.service.protocol is not Protocol.S3 else None
        if operation is None:
            found = identify_operation(asked.service, asked.http, None)
            if isinstance(found, Fault) or not found.needs_body:
                return None
            operation = found.name
        # A form upload holds its object; S3's own limit is for that.
        return await self._read(
            asked, operation, request, None if operation == "PostObject" else LARGEST_DESCRIBED_BODY
        )

    def _identify(self, asked: Asked, body: DecodedBody | None) -> Identity | Fault:
        """Return who signed the request, with the signature verified as far as the secret is known."""
        authorization = parse_authorization(asked.http, body.content if body else None)
        if authorization is None or isinstance(authorization, Fault):
            return authorization or ANONYMOUS
        identity = self._credentials.identity(authorization.access_key_id)
        if not identity.active:
            details = (("AWSAccessKeyId", authorization.access_key_id),)
            return Fault(FaultKind.INVALID_ACCESS_KEY_ID, details=details)
        return (
            wrong_scope(authorization, asked.service) or self._untrue(authorization, identity, asked, body) or identity
        )

    def _untrue(
        self, authorization: Authorization, identity: Identity, asked: Asked, body: DecodedBody | None
    ) -> Fault | None:
        """Return what is wrong with a signature, if anything is."""
        now = asked.event.time
        if identity.secret_access_key is None:
            return verify_time(authorization, now=now) if authorization.presigned else None
        return (
            unsigned_part(authorization, asked.http, asked.service)
            or verify_session(authorization, identity.session_token, identity.expires_at, now=now)
            or verify(
                authorization,
                asked.http,
                identity.secret_access_key,
                now=now,
                payload_sha256=body.payload_sha256 or None if body else None,
            )
        )

    async def _read(
        self, asked: Asked, operation: str, request: web.BaseRequest, largest: int | None = None
    ) -> DecodedBody | Fault:
        """Read the body, asking the client for it first if it waits to be asked."""
        if largest is not None and (request.content_length or 0) > largest:
            return Fault(FaultKind.ENTITY_TOO_LARGE)
        ask_for_body(request)
        try:
            body = await read_body(asked.service.name, operation, asked.http.headers, parts_of(request, largest))
        except BodyTooLarge:
            return Fault(FaultKind.ENTITY_TOO_LARGE)
        if isinstance(body, Refusal):
            return Fault(FaultKind.INVALID_REQUEST, body.message, body.details, Code(body.code, body.status))
        return body

    async def _carry_out(self, understood: Understood, body: DecodedBody) -> HttpResponse:
        """Hand an allowed request to whoever owns what it is about."""
        service, operation, content = understood.asked.service, understood.operation, body.content
        http = replace(understood.asked.http, headers=body.headers)
        account_id = owning_account(understood) or self._credentials.default_account_id
        if service.name == "s3":
            told = _malformed_bucket_policy(operation, content) or s3_as_authorized(operation, http, content)
            if isinstance(told, Fault):
                return self._refuse(understood.asked, told)[0]
            return await self._backend.forward(service, operation, account_id, *told)
        if service.name == "dynamodb":
            content = dynamodb_as_authorized(operation, content)
        if service.name == "sts" and operation.name == "GetCallerIdentity":
            return caller_identity(understood.identity)
        if service.name not in _NETWORKERS:
            return await self._backend.forward(service, operation, account_id, http, content)
        await self._network_ready()
        form = dict(parse_qsl(content.decode("utf-8", "replace") or http.raw_query, keep_blank_values=True))
        if service.name == "ec2" and self._control.handles(operation.name, form):
            response = await self._control.handle(operation.name, form, account_id)
        else:
            response = await self._backend.forward(service, operation, account_id, http, content)
        if not operation.name.startswith(_READING):
            await self._network_changed()
        return response


def _malformed_bucket_policy(operation: Operation, text: bytes) -> Fault | None:
    """Return why what is put as a bucket policy is none; None if it is one, or if nothing of the kind is asked."""
    if operation.name != "PutBucketPolicy":
        return None
    try:
        parse_policy(text.decode("utf-8"), PolicyKind.BUCKET, bucket=operation.bucket)
    except MalformedPolicy as error:
        return Fault(FaultKind.MALFORMED_POLICY, error.message)
    except UnicodeDecodeError:
        return Fault(FaultKind.MALFORMED_POLICY)
    return None


def _is_checksum(header: str) -> bool:
    name = header.lower()
    return name in {"content-md5", "content-length"} or name.startswith(("x-amz-checksum-", "x-amz-sdk-"))
