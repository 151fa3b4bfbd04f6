"""moto as the backend: where each call runs, and what authorization asks of moto's state."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Lock
from typing import Any

from botocore import xform_name
from moto.core.utils import get_service_model

from vpce_emulator.aws.call import Operation, Service
from vpce_emulator.aws.cors import CorsRule
from vpce_emulator.aws.http import HttpRequest, HttpResponse
from vpce_emulator.aws.kms_permissions import Encryption
from vpce_emulator.aws.organization import Membership, Organization
from vpce_emulator.aws.principal import Identity
from vpce_emulator.aws.s3_access import Bucket, StoredObject
from vpce_emulator.aws.s3_access_points import AccessPoint
from vpce_emulator.aws.shapes import StructureShape
from vpce_emulator.backend.embedded import (
    attributes,
    buckets,
    deliveries,
    dispatch,
    ec2_calls,
    encryption,
    environment,
    network_names,
    organizations,
    patches,
    resource_names,
    roles,
    route53,
    s3,
    s3_control,
    stack_authority,
)
from vpce_emulator.backend.embedded.buckets import bucket_named
from vpce_emulator.backend.embedded.client import in_process_client
from vpce_emulator.backend.embedded.deliveries import MayDeliver
from vpce_emulator.backend.embedded.ec2_calls import Ec2Calls
from vpce_emulator.backend.embedded.failures import answered
from vpce_emulator.backend.embedded.identities import identity_of, instance_identity, role_session
from vpce_emulator.backend.embedded.issued_keys import was_issued
from vpce_emulator.backend.embedded.object_annotations import is_annotated
from vpce_emulator.backend.embedded.resource_keys import resource_keys
from vpce_emulator.backend.embedded.resource_policies import resource_policy
from vpce_emulator.backend.embedded.resource_tags import bucket_tags, resource_tags
from vpce_emulator.backend.embedded.s3_answers import cors_rules
from vpce_emulator.backend.embedded.service_call import ServiceCall
from vpce_emulator.backend.embedded.stack_authority import Authority
from vpce_emulator.backend.embedded.state import NetworkSnapshot, forget, return_to, take_network_snapshot
from vpce_emulator.backend.interface import StackLeave, StoredPolicy
from vpce_emulator.backend.threads import on_a_thread
from vpce_emulator.backend.turns import WHOLE_BUCKET, Turn, Turns
from vpce_emulator.topology.models import PrivateZone

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

    def access_point(self, named: str) -> AccessPoint | None:
        """Return the S3 access point of that name (`<name>-<account id>`) or alias, or None."""
        return s3_control.access_point(named)

    def cors_rules(self, bucket: str) -> tuple[CorsRule, ...]:
        """Return a bucket's CORS rules in order; none for an unknown one."""
        found = bucket_named(bucket)
        return () if found is None or not found.cors else cors_rules(found)

    def stored_object(self, bucket: str, key: str, version_id: str) -> StoredObject | None:
        """Return whose an object is and what its ACL grants; None for an unknown one, or where ACLs do not count."""
        return buckets.stored_object(bucket, key, version_id)

    def resource_policy(self, arn: str) -> StoredPolicy | None:
        """Return the policy of a resource of any service but S3; None where there is no such resource, or no policy."""
        return resource_policy(arn)

    def resource_arn(self, arn: str) -> str | None:
        """Return the true ARN of what an ARN made from a name means, where it holds more; None where it does not."""
        return roles.arn_with_path(arn) if ":iam:" in arn else resource_names.resource_arn(arn)

    def key_of_ciphertext(self, ciphertext: str, region: str) -> str | None:
        """Return the ARN of the KMS key that a ciphertext (base64) was made with, or None where it is not known."""
        return resource_names.key_of_ciphertext(ciphertext, region)

    def stream_of_iterator(self, iterator: str) -> str | None:
        """Return the name of the Kinesis stream that a shard iterator reads, or None where it is none."""
        return resource_names.stream_of_iterator(iterator)

    def bucket_encryption(self, bucket: str) -> Encryption | None:
        """Return a bucket's default encryption; None where that is not with a KMS key."""
        return encryption.of_bucket(bucket)

    def object_encryption(self, bucket: str, key: str, version_id: str) -> Encryption | None:
        """Return how an object is encrypted; None for one without a KMS key. An empty version id: the current one."""
        return encryption.of_object(bucket, key, version_id)

    def upload_encryption(self, bucket: str, upload_id: str) -> Encryption | None:
        """Return how what an upload in parts makes is to be encrypted; None where that is not with a KMS key."""
        return encryption.of_upload(bucket, upload_id)

    def encrypted_resources(self, arn: str) -> tuple[tuple[str, str], ...]:
        """Return what is encrypted with a KMS key at an ARN, each by its own, with the ARN of the key or its alias."""
        return encryption.of_resources(arn)

    def trust_policy(self, role_arn: str) -> StoredPolicy:
        """Return the policy that says who may assume a role; of one that does not exist, one that lets nobody."""
        return roles.trust_policy(role_arn)

    def identity_provider_audiences(self, provider_arn: str) -> tuple[str, ...] | None:
        """Return the client ids of an OIDC provider, none of a SAML provider; None where there is no such provider."""
        return roles.identity_provider_audiences(provider_arn)

    def resource_tags(self, arn: str) -> Mapping[str, str]:
        """Return the tags of a resource of another service than S3; none of one that is not there."""
        return resource_tags(arn)

    def launch_template(self, account_id: str, region: str, named: Mapping[str, str]) -> Mapping[str, Any] | None:
        """Return the data of a launch template by id or name, and version; None where there is none such."""
        return network_names.launch_template(account_id, region, named)

    def secrets_matching(
        self, account_id: str, region: str, filters: Sequence[Mapping[str, Any]]
    ) -> tuple[str, ...] | None:
        """Return the ARNs of the secrets that match all filters of Secrets Manager; None for ones that it has not."""
        return resource_names.secrets_matching(account_id, region, filters)

    def resource_keys(self, arn: str) -> Mapping[str, str | tuple[str, ...]]:
        """Return the condition keys that a resource sets by what it is; none of one that is not there."""
        return resource_keys(arn)

    def bucket_tags(self, arn: str) -> Mapping[str, str]:
        """Return the tags of the bucket of an S3 ARN, also behind an access point; none unless they decide."""
        return bucket_tags(arn)

    def membership(self, account_id: str) -> Membership | None:
        """Return an account's place in its organization, or None where it is in none."""
        return organizations.membership(account_id)

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

    def role_of_instance_profile(self, profile_arn: str) -> str | None:
        """Return the ARN of the role in an instance profile, or None where there is none."""
        return roles.role_of_instance_profile(profile_arn)

    def principal_exists(self, name: str) -> bool | None:
        """Return whether IAM has a user or role of an ARN; None for accounts that have none at all, and other names."""
        return roles.principal_exists(name)

    def identity(self, access_key_id: str) -> Identity | None:
        """Return the principal that an access key made through IAM or STS belongs to, or None for an unknown key."""
        return identity_of(access_key_id)

    def instance_identity(self, profile_arn: str, instance_id: str) -> Identity | None:
        """Return the session of its profile's role that an EC2 instance acts as; None where the profile has no role."""
        return instance_identity(profile_arn, instance_id)

    def role_session(self, role_arn: str, session_name: str) -> Identity | None:
        """Return the session as which a service acts that assumed a role; None where there is no such role."""
        return role_session(role_arn, session_name)

    def execution_role(self, function_arn: str) -> str | None:
        """Return the ARN of a Lambda function's execution role; None where there is no such function."""
        return attributes.execution_role(function_arn)

    def was_issued(self, access_key_id: str) -> bool:
        """Return whether IAM or STS made an access key, be it deleted or forgotten since."""
        return was_issued(access_key_id)

    def table_keys(self, table_arn: str) -> tuple[str, ...] | None:
        """Return the names of a table's key attributes, partition key first, or None for an unknown table."""
        return attributes.table_keys(table_arn)

    def object_tags(self, bucket: str, key: str, version_id: str) -> Mapping[str, str] | None:
        """Return the tags of an object, or None for an unknown one. An empty version id means the current version."""
        return attributes.object_tags(bucket, key, version_id)

    def is_annotated(self, bucket: str, key: str, version_id: str) -> bool:
        """Return whether an object has annotations. An empty version id means the current version."""
        return is_annotated(bucket, key, version_id)

    def private_zones(self, account_id: str) -> Iterable[PrivateZone]:
        """Return an account's private hosted zones of Route 53."""
        return route53.private_zones(account_id)

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


def _load_ec2() -> None:
    """Import moto's EC2, which takes long, and what is changed in it."""
    import vpce_emulator.backend.embedded.ec2_addresses  # noqa: PLC0415
    import vpce_emulator.backend.embedded.ec2_cidrs  # noqa: PLC0415
    import vpce_emulator.backend.embedded.ec2_defaults  # noqa: PLC0415
    import vpce_emulator.backend.embedded.ec2_groups  # noqa: PLC0415
    import vpce_emulator.backend.embedded.ec2_lifetimes  # noqa: PLC0415
    import vpce_emulator.backend.embedded.ec2_nat_gateways  # noqa: PLC0415
    import vpce_emulator.backend.embedded.ec2_prefix_lists  # noqa: PLC0415
    import vpce_emulator.backend.embedded.ec2_public_addresses  # noqa: PLC0415
    import vpce_emulator.backend.embedded.ec2_refusals  # noqa: PLC0415
    import vpce_emulator.backend.embedded.ec2_routes  # noqa: PLC0415
    import vpce_emulator.backend.embedded.ec2_rules  # noqa: PLC0415
    import vpce_emulator.backend.embedded.ec2_transit_gateways  # noqa: PLC0415
    import vpce_emulator.backend.embedded.ec2_vpn_routes  # noqa: F401, PLC0415

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
