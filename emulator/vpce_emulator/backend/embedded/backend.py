"""moto as the backend: where each call runs, and what authorization asks of moto's state."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from importlib import import_module
from threading import Lock
from typing import Any

from botocore import xform_name
from moto.core.utils import get_service_model

from vpce_emulator.aws.call import Operation, Service
from vpce_emulator.aws.cors import CorsRule
from vpce_emulator.aws.http import HttpRequest, HttpResponse
from vpce_emulator.aws.organization import Organization
from vpce_emulator.aws.principal import Identity
from vpce_emulator.aws.s3_access import Bucket
from vpce_emulator.aws.shapes import StructureShape
from vpce_emulator.backend.embedded import (
    attributes,
    buckets,
    deliveries,
    dispatch,
    ec2_calls,
    encryption,
    environment,
    identities,
    issued_keys,
    network_names,
    object_annotations,
    organizations,
    patches,
    resource_names,
    resource_policies,
    roles,
    route53,
    s3,
    s3_control,
    stack_authority,
)
from vpce_emulator.backend.embedded import (
    resource_keys as keys,
)
from vpce_emulator.backend.embedded import (
    resource_tags as tags,
)
from vpce_emulator.backend.embedded.buckets import bucket_named
from vpce_emulator.backend.embedded.client import in_process_client
from vpce_emulator.backend.embedded.deliveries import MayDeliver
from vpce_emulator.backend.embedded.ec2_calls import Ec2Calls
from vpce_emulator.backend.embedded.failures import answered
from vpce_emulator.backend.embedded.s3_answers import cors_rules
from vpce_emulator.backend.embedded.service_call import ServiceCall
from vpce_emulator.backend.embedded.stack_authority import Authority
from vpce_emulator.backend.embedded.state import NetworkSnapshot, forget, return_to, take_network_snapshot
from vpce_emulator.backend.interface import StackLeave
from vpce_emulator.backend.threads import on_a_thread
from vpce_emulator.backend.turns import WHOLE_BUCKET, Turn, Turns

log = logging.getLogger(__name__)

LARGE = 1 << 20
"""Bytes of a body from which on hashing and copying it would hold up the event loop for milliseconds."""

MANY_OBJECTS = 1000
"""Objects in a bucket from which on sorting them would hold up the event loop for milliseconds."""

ONE_AT_A_TIME = frozenset({"ec2", "iam", "kms", "ssm", "sts"})
"""Services whose state moto changes without locks, and whose calls neither wait nor call other services back."""


STACK_OPERATIONS = frozenset(
    {
        "CreateChangeSet",
        "CreateStack",
        "DeleteStack",
        "ExecuteChangeSet",
        "GetTemplateSummary",
        "UpdateStack",
        "ValidateTemplate",
    }
)
"""The operations of stacks and templates; those of stack sets go by roles in other accounts, and are not judged."""

_OF_THE_EMULATOR = ("CreateVpcEndpoint", "VpcEndpointId")


class EmbeddedBackend:
    """moto in this process: every service's data, reached without a socket.

    S3 and DynamoDB calls run on the event loop, where nothing can interleave with them; large bodies and all other
    services run on threads. There is one moto in a process, so all instances share their data.
    """

    # The look-ups of `Backend`, each told of there.
    access_point = staticmethod(s3_control.access_point)
    stored_object = staticmethod(buckets.stored_object)
    resource_policy = staticmethod(resource_policies.resource_policy)
    key_of_ciphertext = staticmethod(resource_names.key_of_ciphertext)
    stream_of_iterator = staticmethod(resource_names.stream_of_iterator)
    bucket_encryption = staticmethod(encryption.of_bucket)
    object_encryption = staticmethod(encryption.of_object)
    upload_encryption = staticmethod(encryption.of_upload)
    encrypted_resources = staticmethod(encryption.of_resources)
    key_state = staticmethod(encryption.key_state)
    trust_policy = staticmethod(roles.trust_policy)
    identity_provider_audiences = staticmethod(roles.identity_provider_audiences)
    resource_tags = staticmethod(tags.resource_tags)
    launch_template = staticmethod(network_names.launch_template)
    secrets_matching = staticmethod(resource_names.secrets_matching)
    resource_keys = staticmethod(keys.resource_keys)
    bucket_tags = staticmethod(tags.bucket_tags)
    membership = staticmethod(organizations.membership)
    role_of_instance_profile = staticmethod(roles.role_of_instance_profile)
    principal_exists = staticmethod(roles.principal_exists)
    identity = staticmethod(identities.identity_of)
    instance_identity = staticmethod(identities.instance_identity)
    role_session = staticmethod(identities.role_session)
    execution_role = staticmethod(attributes.execution_role)
    was_issued = staticmethod(issued_keys.was_issued)
    table_keys = staticmethod(attributes.table_keys)
    object_tags = staticmethod(attributes.object_tags)
    is_annotated = staticmethod(object_annotations.is_annotated)
    private_zones = staticmethod(route53.private_zones)

    def __init__(self) -> None:
        self._turns = Turns()
        self._ec2: Ec2Calls = self._call_ec2
        self._may_deliver: MayDeliver = lambda _: True
        self._stack_leave: StackLeave | None = None
        self._organization: Organization | None = None
        self._locks = {service: Lock() for service in ONE_AT_A_TIME}
        environment.settle()
        patches.apply()

    async def start(self) -> None:
        """Load what the first calls to S3 and DynamoDB would wait for."""
        await asyncio.wrap_future(on_a_thread(_load_models, ("s3", "dynamodb")))

    async def forward(
        self,
        service: Service,
        operation: Operation,
        account_id: str,
        request: HttpRequest,
        body: bytes,
        caller: Identity | None = None,
    ) -> HttpResponse:
        """Carry out a request as `account_id` and return the answer."""
        call = ServiceCall(service, operation, account_id, request, body, caller)
        if service.name == "s3":
            return await self._forward_to_s3(call)
        if service.name == "dynamodb" and len(body) < LARGE and not _functions_listen():
            return answered(dispatch.answer, call)
        return await asyncio.wrap_future(on_a_thread(self._answer, call))

    async def input_shape(self, service: str, operation: str) -> StructureShape | None:
        """Return the shape of an operation's input by botocore's names; None where it takes none, or is not known."""
        if not dispatch.has_model(service):
            # EC2's takes a second to read.
            await asyncio.wrap_future(on_a_thread(dispatch.input_shape, service, operation))
        shape: StructureShape | None = dispatch.input_shape(service, operation)
        return shape

    def _answer(self, call: ServiceCall) -> HttpResponse:
        deliveries.apply_once_functions_are_known()
        with deliveries.judged_by(self._may_deliver):
            return self._answer_judged(call)

    def _answer_judged(self, call: ServiceCall) -> HttpResponse:
        if call.service.name in ("cloudformation", "route53"):
            return self._answer_with_ec2(call)
        if call.service.name == "ec2":
            _load_ec2()
        lock = self._locks.get(call.service.name)
        if lock is None:
            return answered(dispatch.answer, call)
        with lock:
            return answered(dispatch.answer, call)

    def _answer_with_ec2(self, call: ServiceCall) -> HttpResponse:
        # Imported late: they take long, and many a run of the emulator never needs them.
        import vpce_emulator.backend.embedded.hosted_zones  # noqa: PLC0415

        if call.service.name == "cloudformation":
            import vpce_emulator.backend.embedded.cloudformation.stacks  # noqa: F401, PLC0415
        with ec2_calls.served_by(self._ec2), stack_authority.offered(self._authority(call)):
            return answered(dispatch.answer, call)

    def _authority(self, call: ServiceCall) -> Authority | None:
        """Return on whose behalf stacks are worked on; on nobody's, and with leave for all, for calls from within."""
        asked = call.caller is not None and call.operation.name in STACK_OPERATIONS
        return Authority(call.caller, self._stack_leave) if asked and call.caller and self._stack_leave else None

    def judge_stacks_by(self, leave: StackLeave) -> None:
        """Have each call judged that CloudFormation makes for a stack; until then, it may make all."""
        self._stack_leave = leave

    def reach_ec2_by(self, ec2: Ec2Calls) -> None:
        """Have the stacks of CloudFormation reach EC2 by what answers for a part of it."""
        self._ec2 = ec2

    def judge_deliveries_by(self, may_deliver: MayDeliver) -> None:
        """Have what services send by themselves judged; until then, everything arrives."""
        self._may_deliver = may_deliver

    def _call_ec2(
        self, operation: str, parameters: Mapping[str, Any], *, region: str, account_id: str
    ) -> Mapping[str, Any]:
        call = getattr(self.client("ec2", region=region, account_id=account_id), xform_name(operation))
        # The id that an endpoint is to have is a parameter for those alone who give endpoints their ids.
        known = {name: value for name, value in parameters.items() if (operation, name) != _OF_THE_EMULATOR}
        answer: Mapping[str, Any] = call(**known)
        return answer

    async def _forward_to_s3(self, call: ServiceCall) -> HttpResponse:
        turn = _turn_of(call)
        if _is_quick(call):
            await self._turns.pass_by(turn)
            response, owed = _carry_out_s3(call)
        else:
            await self._turns.take(turn)
            work = on_a_thread(_carry_out_s3, call)
            self._hand_back_when_done(turn, work)
            response, owed = await asyncio.wrap_future(work)
        if owed:
            # INVARIANT: no turn is held here, for a function that is notified may use the same object.
            await asyncio.wrap_future(on_a_thread(self._deliver, owed))
        return response

    def _hand_back_when_done(self, turn: Turn, work: Future[Any]) -> None:
        """End the turn when the thread is done, even if whoever waited for it has gone away."""
        loop = asyncio.get_running_loop()
        work.add_done_callback(lambda _: loop.call_soon_threadsafe(self._turns.hand_back, turn))

    def bucket(self, name: str) -> Bucket | None:
        """Return the bucket of that name, in whichever account it is, or None."""
        found = bucket_named(name)
        return None if found is None else buckets.described(found)

    def cors_rules(self, bucket: str) -> tuple[CorsRule, ...]:
        """Return a bucket's CORS rules in order; none for an unknown one."""
        found = bucket_named(bucket)
        return () if found is None or not found.cors else cors_rules(found)

    def resource_arn(self, arn: str) -> str | None:
        """Return the true ARN of what an ARN made from a name means, where it holds more; None where it does not."""
        return roles.arn_with_path(arn) if ":iam:" in arn else resource_names.resource_arn(arn)

    def found_organization(self, organization: Organization | None) -> None:
        """Have this organization be there in the place of the last one, beside those made through the API; or none.

        Raises:
            ConfigurationError: an account of it is in another organization; nothing is changed then.
        """
        if organization == self._organization:
            return
        from vpce_emulator.backend.embedded.founding import dissolve, found  # noqa: PLC0415 - few have an organization

        if organization is None:
            dissolve(self._organization)
        else:
            found(organization, instead_of=self._organization)
        self._organization = organization

    def client(self, service: str, *, region: str, account_id: str) -> Any:  # noqa: ANN401 - boto3's clients have no types
        """Return a boto3 client that calls moto in this process, without sockets and without authorization."""
        return in_process_client(service, region=region, account_id=account_id, answer=self._answer_now)

    @contextmanager
    def ec2_descriptions(self, *, region: str, account_id: str) -> Iterator[Any]:
        """Have an account's network stand still in the block, and yield what describes it as a boto3 client does.

        INVARIANT: nothing else calls EC2 in the block, which would wait for its end.
        """
        _load_ec2()
        from vpce_emulator.backend.embedded.ec2_descriptions import Ec2Descriptions  # noqa: PLC0415 - as late as EC2

        with self._locks["ec2"]:
            yield Ec2Descriptions(region, account_id)

    def _answer_now(self, call: ServiceCall) -> HttpResponse:
        if call.service.name != "s3":
            return self._answer(call)
        response, owed = _carry_out_s3(call)
        self._deliver(owed)
        return response

    def _deliver(self, owed: list[patches.Delivery]) -> None:
        with deliveries.judged_by(self._may_deliver):
            for delivery in owed:
                delivery()

    def reset(self) -> None:
        """Forget all data of every service."""
        forget()

    def snapshot(self) -> NetworkSnapshot:
        """Return EC2's state as it is now, for `restore`."""
        return take_network_snapshot()

    def restore(self, snapshot: NetworkSnapshot) -> None:
        """Put EC2 back to a snapshot, and forget the data of every other service, but for the founded organization."""
        return_to(snapshot)
        organization, self._organization = self._organization, None
        self.found_organization(organization)


_OF_EC2 = (
    "ec2_addresses",
    "ec2_cidrs",
    "ec2_defaults",
    "ec2_groups",
    "ec2_lifetimes",
    "ec2_nat_gateways",
    "ec2_prefix_lists",
    "ec2_public_addresses",
    "ec2_refusals",
    "ec2_routes",
    "ec2_rules",
    "ec2_transit_gateways",
    "ec2_vpn_routes",
)
"""What is changed in moto's EC2, in this order: some replace the same operation, and the last is asked first."""


def _load_ec2() -> None:
    """Import moto's EC2, which takes long, and what is changed in it."""
    for name in _OF_EC2:
        import_module(f"vpce_emulator.backend.embedded.{name}")
    patches.apply_to_ec2()


def _load_models(services: Iterable[str]) -> None:
    for service in services:
        dispatch.prepare(service)
        get_service_model(service)


def _functions_listen() -> bool:
    """Say whether any Lambda function is fed by a stream: then a write to a table runs it before it returns."""
    functions = sys.modules.get("moto.awslambda.models")
    if functions is None:
        return False
    return any(
        backend.list_event_source_mappings(None, None) for _, _, backend in functions.lambda_backends.iter_backends()
    )


def _carry_out_s3(call: ServiceCall) -> tuple[HttpResponse, list[patches.Delivery]]:
    owed: list[patches.Delivery] = []
    patches.outbox.deliveries = owed
    try:
        return answered(s3.answer, call), owed
    finally:
        patches.outbox.deliveries = None


def _turn_of(call: ServiceCall) -> Turn:
    """Return what an S3 call works on: its object, the source of a copy, or the bucket when it names no object."""
    operation = call.operation
    own = (operation.bucket, operation.key or WHOLE_BUCKET)
    source = call.request.headers.get("x-amz-copy-source")
    return Turn((own, (s3.source_bucket(source), WHOLE_BUCKET)) if source else (own,))


def _is_quick(call: ServiceCall) -> bool:
    """Say whether an S3 call is done within about a millisecond, and may run on the event loop."""
    operation = call.operation
    if len(call.body) >= LARGE or "x-amz-copy-source" in call.request.headers:
        return False
    bucket = bucket_named(operation.bucket)
    if bucket is None:
        return True
    if not operation.key:
        return len(bucket.keys) < MANY_OBJECTS
    if operation.name == "CompleteMultipartUpload":
        return False
    return getattr(bucket.keys.get(operation.key), "size", 0) < LARGE
