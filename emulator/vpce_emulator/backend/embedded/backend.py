"""moto as the backend: where each call runs, and what authorization asks of moto's state."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any

from moto.s3.models import FakeBucket, s3_backends

from vpce_emulator.aws.call import Operation, Service
from vpce_emulator.aws.http import HttpRequest, HttpResponse
from vpce_emulator.aws.principal import Identity
from vpce_emulator.backend.embedded import dispatch, patches, s3
from vpce_emulator.backend.embedded.client import in_process_client
from vpce_emulator.backend.embedded.dispatch import ServiceCall
from vpce_emulator.backend.embedded.state import forget_everything
from vpce_emulator.backend.interface import Bucket
from vpce_emulator.backend.turns import WHOLE_BUCKET, Turn, Turns

log = logging.getLogger(__name__)

LARGE = 1 << 20
"""Bytes of a body from which on hashing and copying it would hold up the event loop for milliseconds."""

THREADS = 64
"""Upper bound of calls on threads at a time, which are made on demand: a function that calls back needs one more."""

ONE_AT_A_TIME = frozenset({"ec2", "iam", "kms", "ssm", "sts"})
"""Services whose state moto changes without locks, and whose calls neither wait nor call other services back."""


class EmbeddedBackend:
    """moto in this process: every service's data, reached without a socket.

    S3 and DynamoDB calls run on the event loop, where nothing can interleave with them; large bodies and all other
    services run on threads.

    Args:
        region: where `client` points unless told otherwise.
        account_id: the account that owns what `client` makes unless told otherwise.
    """

    def __init__(self, *, region: str, account_id: str) -> None:
        self.region = region
        self.account_id = account_id
        self._turns = Turns()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="moto")
        self._locks = {service: Lock() for service in ONE_AT_A_TIME}

    async def start(self) -> None:
        """Get ready to answer: change moto where it must be changed."""
        patches.apply()

    async def forward(
        self, service: Service, operation: Operation, account_id: str, request: HttpRequest, body: bytes
    ) -> HttpResponse:
        """Carry out a request as `account_id` and return the answer."""
        call = ServiceCall(service, operation, account_id, request, body)
        if service.name == "s3":
            return await self._forward_to_s3(call)
        if service.name == "dynamodb" and len(body) < LARGE:
            return dispatch.answer(call)
        return await asyncio.wrap_future(self._threads.submit(self._answer, call))

    def _answer(self, call: ServiceCall) -> HttpResponse:
        lock = self._locks.get(call.service.name)
        if lock is None:
            return dispatch.answer(call)
        with lock:
            return dispatch.answer(call)

    async def _forward_to_s3(self, call: ServiceCall) -> HttpResponse:
        turn = _turn_of(call)
        if _is_quick(call):
            await self._turns.pass_by(turn)
            response, owed = _carry_out_s3(call)
        else:
            await self._turns.take(turn)
            work = self._threads.submit(_carry_out_s3, call)
            self._hand_back_when_done(turn, work)
            response, owed = await asyncio.wrap_future(work)
        if owed:
            await asyncio.wrap_future(self._threads.submit(_deliver, owed))
        return response

    def _hand_back_when_done(self, turn: Turn, work: Future[Any]) -> None:
        """End the turn when the thread is done, even if whoever waited for it has gone away."""
        loop = asyncio.get_running_loop()
        work.add_done_callback(lambda _: loop.call_soon_threadsafe(self._turns.hand_back, turn))

    def bucket(self, name: str) -> Bucket | None:
        """Return the bucket of that name, in whichever account it is, or None."""
        found = _bucket(name)
        if found is None:
            return None
        policy = found.policy
        text = policy.decode(errors="replace") if isinstance(policy, bytes) else policy
        return Bucket(name, found.account_id, found.region_name, text)

    def identity(self, access_key_id: str) -> Identity | None:
        """Return the principal that an access key made through IAM or STS belongs to, or None for an unknown key."""
        return None

    def client(self, service: str, *, region: str, account_id: str) -> Any:  # noqa: ANN401 - boto3's clients have no types
        """Return a boto3 client that calls moto in this process, without sockets and without authorization."""
        return in_process_client(service, region=region, account_id=account_id, answer=self._answer_now)

    def _answer_now(self, call: ServiceCall) -> HttpResponse:
        if call.service.name != "s3":
            return self._answer(call)
        response, owed = _carry_out_s3(call)
        _deliver(owed)
        return response

    def reset(self) -> None:
        """Forget all data of every service."""
        forget_everything()


def _carry_out_s3(call: ServiceCall) -> tuple[HttpResponse, list[patches.Delivery]]:
    owed: list[patches.Delivery] = []
    patches.outbox.deliveries = owed
    try:
        return s3.answer(call), owed
    finally:
        patches.outbox.deliveries = None


def _deliver(owed: list[patches.Delivery]) -> None:
    for delivery in owed:
        delivery()


def _bucket(name: str) -> FakeBucket | None:
    owner = s3_backends.bucket_accounts.get(name)
    if owner is None:
        return None
    partition, account_id = owner
    return s3_backends[account_id][partition].buckets.get(name)


MANY_OBJECTS = 1000
"""Objects in a bucket from which on sorting them would hold up the event loop for milliseconds."""


def _turn_of(call: ServiceCall) -> Turn:
    """Return what an S3 call works on: its object, the source of a copy, or the bucket when it names no object."""
    operation = call.operation
    claims = [(operation.bucket, operation.key or WHOLE_BUCKET)]
    source = call.request.headers.get("x-amz-copy-source")
    if source:
        claims.append((source.lstrip("/").partition("/")[0], WHOLE_BUCKET))
    return Turn(tuple(claims))


def _is_quick(call: ServiceCall) -> bool:
    """Say whether an S3 call is done within about a millisecond, and may run on the event loop."""
    operation = call.operation
    bucket = _bucket(operation.bucket)
    if len(call.body) >= LARGE or call.request.method == "POST" or "x-amz-copy-source" in call.request.headers:
        return False
    if bucket is None:
        return True
    if operation.key:
        found = bucket.keys.get(operation.key)
        return getattr(found, "size", 0) < LARGE
    return len(bucket.keys) < MANY_OBJECTS
