"""Understanding a request: who asks, for which operation on what, and which permissions that needs."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from aiohttp import web

from vpce_emulator.aws.actions import authorizations
from vpce_emulator.aws.call import Operation, Protocol, Service
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.form_requests import as_form, is_form_elsewhere
from vpce_emulator.aws.launch_templates import is_launch, with_launch_template
from vpce_emulator.aws.operation import identify_operation
from vpce_emulator.aws.principal import ANONYMOUS, Identity
from vpce_emulator.aws.s3_access import Bucket
from vpce_emulator.aws.s3_access_points import located
from vpce_emulator.aws.s3_regions import misdirected
from vpce_emulator.aws.s3_validation import unlikely_owner
from vpce_emulator.aws.secret_batches import is_batch, with_secrets_found
from vpce_emulator.aws.sts_actions import beyond_the_session
from vpce_emulator.aws.unsigned import takes_unsigned
from vpce_emulator.aws.validation import misshapen_input
from vpce_emulator.backend.body import DecodedBody
from vpce_emulator.backend.interface import Backend, lookups_of
from vpce_emulator.credentials import Credentials
from vpce_emulator.identification import Caller, identify, is_told_by_head
from vpce_emulator.judgement import Asked, Understood
from vpce_emulator.reading import read_question

# S3's operations on no bucket. INVARIANT: none other goes on without one, for moto would list all buckets instead.
_WITHOUT_BUCKET = frozenset({"ListBuckets", "ListDirectoryBuckets", "PreflightRequest"})


class Interpreter:
    """Finds out what requests ask for. Reads their bodies only where the heads do not tell."""

    def __init__(self, backend: Backend, credentials: Credentials) -> None:
        """Make an interpreter.

        Args:
            backend: whom to ask what is known of the data.
            credentials: access keys.
        """
        self._backend = backend
        self._lookups = lookups_of(backend)
        self._credentials = credentials

    async def understand(self, asked: Asked, request: web.BaseRequest) -> Understood | Fault:
        """Return what is asked and by whom, with the signature verified as far as the secret is known."""
        identified = await self._identify(asked, request)
        if isinstance(identified, Fault):
            return identified
        caller, body = identified
        content = body.content if body else None
        operation = identify_operation(asked.service, asked.http, content)
        if isinstance(operation, Fault):
            return operation
        if body is not None and is_form_elsewhere(asked.service, asked.http):
            form = as_form(asked.service, asked.http, body.content)
            if isinstance(form, Fault):
                return form
            http, content = form
            asked, body = replace(asked, http=http), replace(body, content=content, headers=http.headers)
        bucket: Bucket | None = None
        if asked.service.protocol is Protocol.S3:
            found = self._located(operation, asked)
            if isinstance(found, Fault):
                return found
            operation, bucket = found
        misshapen = await self._misshapen(asked, operation, content)
        if body is not None and misshapen is None:
            body = self._completed(asked.service, operation, body, caller.identity)
            content = body.content
        wanted = (
            misshapen
            or _impossible(asked.service, operation, caller.identity)
            or authorizations(
                asked.service,
                operation,
                asked.http,
                content,
                account_id=caller.identity.account_id,
                caller=caller.identity,
                now=asked.event.time,
                lookups=self._lookups,
            )
        )
        if isinstance(wanted, Fault):
            return wanted
        return Understood(asked, caller.identity, operation, wanted, body, bucket, caller.chunk_signatures())

    def _completed(self, service: Service, operation: Operation, body: DecodedBody, caller: Identity) -> DecodedBody:
        """Return a body with what it means by a launch template's name, or by filters for secrets."""
        place = (caller.account_id or self._credentials.default_account_id, service.region)
        if is_launch(service, operation):
            find = partial(self._backend.launch_template, *place)
            return replace(body, content=with_launch_template(body.content, find))
        if is_batch(service, operation):
            find_secrets = partial(self._backend.secrets_matching, *place)
            return replace(body, content=with_secrets_found(body.content, find_secrets))
        return body

    def _located(self, operation: Operation, asked: Asked) -> tuple[Operation, Bucket | None] | Fault:
        """Return an operation of S3 with the bucket that it is on, or why it cannot be on that."""
        found = located(operation, self._lookups.access_point, self._backend.bucket)
        if isinstance(found, Fault):
            return found
        bucket = self._backend.bucket(found.bucket)
        return misdirected(found, asked.http, bucket) or unlikely_owner(asked.http) or (found, bucket)

    async def _misshapen(self, asked: Asked, operation: Operation, body: bytes | None) -> Fault | None:
        """Return the refusal of an input that is not of its shape; S3's are held against it as they are carried out.

        INVARIANT: what is authorized is of its type, no longer than it may be, and not to be read in two ways.
        """
        if asked.service.protocol is Protocol.S3:
            return None
        shape = await self._backend.input_shape(asked.service.name, operation.name)
        return misshapen_input(asked.service, shape, asked.http.raw_query, body or b"") if shape is not None else None

    async def _identify(self, asked: Asked, request: web.BaseRequest) -> tuple[Caller, DecodedBody | None] | Fault:
        """Return who asks, and the body where it had to be read to tell what is asked or by whom."""
        if is_told_by_head(asked):
            caller = identify(asked, None, self._credentials)
            if isinstance(caller, Fault):
                return caller
            body = await read_question(asked, request, caller.chunk_signatures())
            return body if isinstance(body, Fault) else (caller, body)
        body = await read_question(asked, request)
        if isinstance(body, Fault):
            return body
        caller = identify(asked, body, self._credentials)
        return caller if isinstance(caller, Fault) else (caller, body)


def _impossible(service: Service, operation: Operation, identity: Identity) -> Fault | None:
    """Return the refusal of what nobody can ask for, whatever policies say."""
    if service.protocol is Protocol.S3 and not operation.bucket and operation.name not in _WITHOUT_BUCKET:
        return Fault(FaultKind.METHOD_NOT_ALLOWED)
    if identity is ANONYMOUS and not takes_unsigned(service, operation):
        return Fault(FaultKind.MISSING_AUTHENTICATION)
    return beyond_the_session(service, operation, identity)
