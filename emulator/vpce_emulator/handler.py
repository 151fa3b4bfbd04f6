"""One request, top to bottom: where from, what is asked, by whom, may it, and then the answer.

The pure modules that this one calls in order decide; this one reads and writes between them.
"""

from __future__ import annotations

import asyncio
import logging
from base64 import b32encode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha512
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.authorization import DecidedAction, ResourcePolicy, authorize, first_denied, needs_permission
from vpce_emulator.aws import faults
from vpce_emulator.aws.actions import authorizations
from vpce_emulator.aws.call import ActionOnResource, Operation, Protocol, Service
from vpce_emulator.aws.context import Facts, request_context
from vpce_emulator.aws.faults import Code, Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest, HttpResponse
from vpce_emulator.aws.multi_object_delete import with_errors, without_objects
from vpce_emulator.aws.operation import identify_operation
from vpce_emulator.aws.principal import ANONYMOUS, Identity
from vpce_emulator.aws.service import identify_service
from vpce_emulator.aws.signature import Authorization, parse_authorization, verify, verify_session, verify_time
from vpce_emulator.backend.body import DecodedBody, read_body
from vpce_emulator.backend.checksums import Refusal
from vpce_emulator.backend.interface import Backend
from vpce_emulator.control.control import Control
from vpce_emulator.credentials import Credentials
from vpce_emulator.events import Event, Outcome
from vpce_emulator.journal import Journal
from vpce_emulator.network.current import CurrentNetwork
from vpce_emulator.network.ingress import Door, DoorKind, dialled_name
from vpce_emulator.topology.path import PathKind
from vpce_policies import MalformedPolicy, PolicyKind, parse_policy

logger = logging.getLogger(__name__)

# The largest body that is read before authorization, where actions and resources stand in it; AWS's largest such
# request is DynamoDB's BatchWriteItem, 16 MB
# (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html).
LARGEST_DESCRIBED_BODY = 16 * 1024 * 1024
# A blocked connection that hangs is let go after this many seconds; SDKs give up after 60.
HANG = 300.0

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
# Headers about the connection or the body's framing, which are this server's own business.
_NOT_FORWARDED = frozenset({"connection", "keep-alive", "transfer-encoding", "date", "server"})
_SERVER_NAMES = {"s3": "AmazonS3", "ec2": "AmazonEC2"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as far as its head tells: an event in the making."""

    http: HttpRequest
    service: Service
    event: Event

    def with_event(self, **known: Any) -> Asked:  # noqa: ANN401 - fields of Event
        """Return the same with more of the event known."""
        return replace(self, event=replace(self.event, **known))


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
        self._network = network
        self._credentials = credentials
        self._journal = journal
        self._network_ready = network_ready
        self._network_changed = network_changed
        self._clock = clock
        self._new_request_id = new_request_id
        self._enforced = enforced
        self._hangs_when_blocked = hangs_when_blocked

    def at(self, door: Door) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
        """Return what answers the requests that come in by a door."""
        return partial(self._answer, door)

    async def _answer(self, door: Door, request: web.BaseRequest) -> web.StreamResponse:
        http = _head_of(request)
        service = identify_service(http, default_region=self._region, hint=self._service_of(door))
        host = dialled_name(http.host, service)
        ingress = self._network.ingress(door, host)
        event = Event(
            number=self._journal.next_number(),
            request_id=_spelled(self._new_request_id(), service),
            time=self._clock(),
            ingress=ingress,
            host=host,
            service=service.name,
        )
        if ingress.path.kind is PathKind.BLOCKED:
            self._journal.record(replace(event, outcome=Outcome.BLOCKED))
            await self._leave_unanswered(request)
        asked = Asked(http, service, event)
        try:
            response, event = await self._decide_and_carry_out(asked, request)
        except ConnectionError:
            raise
        except Exception:
            logger.exception("request %s to %s failed", event.request_id, service.name)
            response, event = self._refuse(asked, Fault(FaultKind.INTERNAL_ERROR))
        self._journal.record(replace(event, status=response.status))
        return _written(response, event, service, request)

    def _service_of(self, door: Door) -> str | None:
        if door.kind is not DoorKind.ENDPOINT:
            return None
        endpoint = self._network.topology().endpoints.get(door.name)
        return endpoint.service_name.rpartition(".")[2] if endpoint else None

    async def _leave_unanswered(self, request: web.BaseRequest) -> None:
        """Close the connection without an answer, or leave it hanging first.

        Raises:
            ConnectionResetError: always, in the end.
        """
        transport = request.transport
        if self._hangs_when_blocked:
            patience = asyncio.get_running_loop().time() + HANG
            while transport is not None and not transport.is_closing():
                if asyncio.get_running_loop().time() > patience:
                    break
                await asyncio.sleep(0.5)
        if transport is not None:
            transport.abort()
        message = "the path is blocked"
        raise ConnectionResetError(message)

    def _refuse(self, asked: Asked, fault: Fault, outcome: Outcome = Outcome.REFUSED) -> tuple[HttpResponse, Event]:
        """Return a fault as the service writes it, and the event with it."""
        request_id = asked.event.request_id
        response = faults.render(
            fault, asked.service, request_id=request_id, host_id=_host_id(request_id), method=asked.http.method
        )
        code = faults.code_of(fault, asked.service).code
        message = faults.message_of(fault, asked.service)
        return response, replace(asked.event, outcome=outcome, code=code, message=message)

    async def _decide_and_carry_out(self, asked: Asked, request: web.BaseRequest) -> tuple[HttpResponse, Event]:
        body = await self._body_of_the_question(asked, request)
        if isinstance(body, Fault):
            return self._refuse(asked, body)
        identity = self._identify(asked, body)
        if isinstance(identity, Fault):
            return self._refuse(asked, identity)
        operation = identify_operation(asked.service, asked.http, body.content if body else None)
        if isinstance(operation, Fault):
            return self._refuse(asked.with_event(principal=identity.arn), operation)
        asked = asked.with_event(principal=identity.arn, operation=operation.name)
        wanted = authorizations(
            asked.service, operation, asked.http, body.content if body else None, account_id=identity.account_id
        )
        if isinstance(wanted, Fault):
            return self._refuse(asked, wanted)
        if self._enforced:
            try:
                decided = self._decide(asked, identity, wanted)
            except MalformedPolicy as error:
                # Not set through the API of its service, which would have refused it; CloudFormation can do that here.
                return self._refuse(asked, Fault(FaultKind.INTERNAL_ERROR, f"A stored policy is malformed: {error}"))
            asked = asked.with_event(authorizations=decided)
            denied = first_denied(decided)
            if denied is not None and denied.wanted.item is not None and body is not None:
                return await self._delete_the_others(asked, operation, identity, body)
            if denied is not None:
                return self._refuse(asked, self._denial(asked.service, identity, denied), Outcome.DENIED)
        if body is None:
            body = await self._read(asked, operation.name, request)
            if isinstance(body, Fault):
                return self._refuse(asked, body)
        return await self._carry_out(asked, operation, identity, body), asked.event

    async def _delete_the_others(
        self, asked: Asked, operation: Operation, identity: Identity, body: DecodedBody
    ) -> tuple[HttpResponse, Event]:
        """Carry out a DeleteObjects request for the objects that the caller may delete."""
        denied: dict[int, str] = {}
        for one in asked.event.authorizations:
            if not one.decision.allowed and one.wanted.item is not None:
                fault = self._denial(asked.service, identity, one)
                denied.setdefault(one.wanted.item, faults.message_of(fault, asked.service))
        left = without_objects(body.content, denied)
        answer = HttpResponse(200, (("Content-Type", "application/xml"),))
        if left:
            # The checksum was that of the whole list, and has been verified.
            head = CIMultiDict(item for item in body.headers.items() if not _is_checksum(item[0]))
            others = replace(body, content=left, headers=CIMultiDictProxy(head))
            answer = await self._carry_out(asked, operation, identity, others)
        if answer.status == 200:
            answer = replace(answer, body=with_errors(answer.body, body.content, denied))
        event = replace(asked.event, outcome=Outcome.DENIED, code="AccessDenied", message=next(iter(denied.values())))
        return answer, event

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
        return await self._read(asked, operation, request, LARGEST_DESCRIBED_BODY)

    def _identify(self, asked: Asked, body: DecodedBody | None) -> Identity | Fault:
        """Return who signed the request, with the signature verified as far as the secret is known."""
        authorization = parse_authorization(asked.http)
        if authorization is None or isinstance(authorization, Fault):
            return authorization or ANONYMOUS
        identity = self._credentials.identity(authorization.access_key_id)
        return self._untrue(authorization, identity, asked, body) or identity

    def _untrue(
        self, authorization: Authorization, identity: Identity, asked: Asked, body: DecodedBody | None
    ) -> Fault | None:
        """Return what is wrong with a signature, if anything is."""
        now = asked.event.time
        if identity.secret_access_key is None:
            return verify_time(authorization, now=now) if authorization.presigned else None
        return verify_session(authorization, identity.session_token, identity.expires_at, now=now) or verify(
            authorization,
            asked.http,
            identity.secret_access_key,
            now=now,
            payload_sha256=body.payload_sha256 or None if body else None,
        )

    def _decide(
        self, asked: Asked, identity: Identity, wanted: tuple[ActionOnResource, ...]
    ) -> tuple[DecidedAction, ...]:
        ingress = asked.event.ingress
        facts = Facts(ingress.origin, identity, asked.service, asked.http, asked.event.time)
        context = request_context(facts)
        decided = []
        for one in wanted:
            if not needs_permission(one, ingress.endpoint):
                continue
            owner, policy = self._resource(one.resource, identity)
            decided.append(
                authorize(
                    one, identity, context, endpoint=ingress.endpoint, resource_policy=policy, resource_account=owner
                )
            )
        return tuple(decided)

    def _resource(self, arn: str, identity: Identity) -> tuple[str, ResourcePolicy | None]:
        """Return the account that owns a resource, and the resource's own policy."""
        parts = arn.split(":", 5)
        if len(parts) < 6:
            return identity.account_id, None
        if parts[2] != "s3" or parts[4]:
            return parts[4] or identity.account_id, None
        bucket = self._backend.bucket(parts[5].partition("/")[0])
        if bucket is None:
            # A bucket that does not exist is nobody's: identity policies decide whether the caller may learn that.
            return identity.account_id, None
        if bucket.policy is None:
            return bucket.account_id, None
        return bucket.account_id, ResourcePolicy(bucket.policy, f"the bucket policy of {bucket.name}")

    def _denial(self, service: Service, identity: Identity, denied: DecidedAction) -> Fault:
        owner, _ = self._resource(denied.wanted.resource, identity)
        return faults.access_denied(
            service,
            principal_arn=identity.arn,
            action=denied.wanted.action,
            resource=denied.wanted.resource,
            layer=denied.reported_layer.value,
            explicit=denied.explicit,
            detailed=owner == identity.account_id,
        )

    async def _read(
        self, asked: Asked, operation: str, request: web.BaseRequest, largest: int | None = None
    ) -> DecodedBody | Fault:
        """Read the body, asking the client for it first if it waits to be asked."""
        if largest is not None and (request.content_length or 0) > largest:
            return Fault(FaultKind.ENTITY_TOO_LARGE)
        if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
            request.transport.write(_CONTINUE)
        body = await read_body(asked.service.name, operation, asked.http.headers, _parts(request, largest))
        if isinstance(body, Refusal):
            return Fault(FaultKind.INVALID_REQUEST, body.message, body.details, Code(body.code, body.status))
        return body

    async def _carry_out(
        self, asked: Asked, operation: Operation, identity: Identity, body: DecodedBody
    ) -> HttpResponse:
        """Hand an allowed request to whoever owns what it is about."""
        service = asked.service
        http = replace(asked.http, headers=body.headers)
        account_id = identity.account_id or self._credentials.default_account_id
        if service.name == "s3" and operation.name == "PutBucketPolicy":
            malformed = self._check_bucket_policy(operation.bucket, body.content)
            if malformed is not None:
                return self._refuse(asked, malformed)[0]
        if service.name != "ec2":
            return await self._backend.forward(service, operation, account_id, http, body.content)
        await self._network_ready()
        form = dict(parse_qsl(body.content.decode("utf-8", "replace") or http.raw_query, keep_blank_values=True))
        if self._control.handles(operation.name, form):
            response = await self._control.handle(operation.name, form, account_id)
        else:
            response = await self._backend.forward(service, operation, account_id, http, body.content)
        if not operation.name.startswith(("Describe", "Get", "Search")):
            await self._network_changed()
        return response

    def _check_bucket_policy(self, bucket: str, text: bytes) -> Fault | None:
        """Return why a text is no policy of a bucket."""
        try:
            parse_policy(text.decode("utf-8"), PolicyKind.BUCKET, bucket=bucket)
        except MalformedPolicy as error:
            return Fault(FaultKind.MALFORMED_POLICY, error.message)
        except UnicodeDecodeError:
            return Fault(FaultKind.MALFORMED_POLICY)
        return None


def _is_checksum(header: str) -> bool:
    name = header.lower()
    return name in {"content-md5", "content-length"} or name.startswith(("x-amz-checksum-", "x-amz-sdk-"))


def _head_of(request: web.BaseRequest) -> HttpRequest:
    path, _, query = request.raw_path.partition("?")
    if not path.startswith("/"):
        # The absolute form, which clients use towards proxies (RFC 9112, section 3.2.2).
        path = "/" + path.partition("://")[2].partition("/")[2]
    return HttpRequest(
        method=request.method,
        host=request.headers.get("Host", ""),
        raw_path=path,
        raw_query=query,
        headers=request.headers,
        secure=request.secure,
    )


async def _parts(request: web.BaseRequest, largest: int | None) -> AsyncIterator[bytes]:
    """Yield the body as it comes, at most `largest` bytes of it.

    Raises:
        ConnectionResetError: the client went away, or broke off in the middle of its framing.
    """
    total = 0
    try:
        async for part in request.content.iter_any():
            total += len(part)
            if largest is not None and total > largest:
                return
            yield part
    except web.RequestPayloadError as error:
        raise ConnectionResetError(str(error)) from error


def _spelled(random: bytes, service: Service) -> str:
    """Return a request id as the service spells it: S3's are sixteen capital hexadecimal digits, others UUIDs."""
    if service.protocol is Protocol.S3:
        return random[:8].hex().upper()
    if service.name == "dynamodb":
        # 52 characters of base 32, as in recorded responses.
        return b32encode(random + random + random[:1]).decode().rstrip("=")[:52]
    return str(UUID(bytes=random, version=4))


def _host_id(request_id: str) -> str:
    """Return S3's extended request id: 64 bytes in base 64, made from the request id."""
    return b64encode(sha512(request_id.encode()).digest()).decode()


def _written(response: HttpResponse, event: Event, service: Service, request: web.BaseRequest) -> web.StreamResponse:
    """Return a response in aiohttp's terms, with AWS's ids and server name on it."""
    headers = CIMultiDict(item for item in response.headers if item[0].lower() not in _NOT_FORWARDED)
    if request.method != "HEAD" and response.body:
        headers.popall("Content-Length", None)
    if service.protocol is Protocol.S3:
        headers["x-amz-request-id"] = event.request_id
        headers["x-amz-id-2"] = _host_id(event.request_id)
    else:
        headers.popall("x-amz-request-id", None)
        headers["x-amzn-RequestId"] = event.request_id
    headers["Server"] = _SERVER_NAMES.get(service.name, "Server")
    written = web.Response(status=response.status, headers=headers, body=response.body or None)
    if not request.content.is_eof():
        # What the client still sends of a refused body would be taken for its next request.
        written.force_close()
    return written
