"""What the emulator asks of the thing that holds the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from vpce_emulator.aws.call import Operation, Service
from vpce_emulator.aws.cors import CorsRule
from vpce_emulator.aws.http import HttpRequest, HttpResponse
from vpce_emulator.aws.key_uses import Encryption
from vpce_emulator.aws.lookups import Lookups
from vpce_emulator.aws.organization import Membership, Organization
from vpce_emulator.aws.principal import Identity
from vpce_emulator.aws.s3_access import Bucket, StoredObject
from vpce_emulator.aws.s3_access_points import AccessPoint
from vpce_emulator.aws.shapes import StructureShape
from vpce_emulator.topology.models import PrivateZone
from vpce_policies import PolicyKind


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """The policy that a resource of any service but S3 has.

    Attributes:
        document: its text, complete: every statement says on which resource it is.
        name: what explanations call it: `the queue policy of orders`.
        account_id: of the account that owns the resource.
        must_allow: whether identity policies alone do not suffice even in that account, as with KMS keys.
        kind: its grammar.
    """

    document: str
    name: str
    account_id: str
    must_allow: bool = False
    kind: PolicyKind = PolicyKind.RESOURCE


@dataclass(frozen=True, slots=True)
class StackRequest:
    """A call that CloudFormation is about to make for a stack.

    Attributes:
        stack_id: the stack's ARN.
        caller: on whose behalf: whoever asked for the stack, or the session of the stack's service role.
        region: where it goes.
        request: its head.
        body: its body.
        conditions: condition keys that tell of what it is on, where that is not there yet.
    """

    stack_id: str
    caller: Identity
    region: str
    request: HttpRequest
    body: bytes
    conditions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StackRefusal:
    """Why such a call is not made.

    Attributes:
        service: botocore's name of the service that refuses it.
        message: its words.
        status: its HTTP status.
        request_id: its id, by which the journal has it.
    """

    service: str
    message: str
    status: int
    request_id: str


class StackLeave(Protocol):
    """Says what CloudFormation may do for a stack. Asked on the threads that carry calls out."""

    def refusal(self, asked: StackRequest) -> StackRefusal | None:
        """Return why a call may not be made, or None if it may."""

    def session(self, role_arn: str, stack_id: str) -> Identity | None:
        """Return the session of a stack's service role; None where CloudFormation cannot assume it."""


class Backend(Protocol):
    """Holds the data of every service, and answers what authorization must know of it. Decides nothing itself.

    The look-ups are synchronous and answer from memory; they are called on the event loop for every request.
    """

    async def forward(
        self,
        service: Service,
        operation: Operation,
        account_id: str,
        request: HttpRequest,
        body: bytes,
        caller: Identity | None = None,
    ) -> HttpResponse:
        """Carry out a request as `account_id` and return the answer.

        `request` is as the client sent it: its Host may name an endpoint, a door or nothing known; `operation` tells
        the bucket and key. `body` is decoded: no aws-chunked, no Content-Encoding that only the transfer needed.
        `caller` is who asked, from whom STS derives sessions.
        """

    async def input_shape(self, service: str, operation: str) -> StructureShape | None:
        """Return the shape of an operation's input by botocore's names; None where it takes none, or is not known."""

    def bucket(self, name: str) -> Bucket | None:
        """Return the bucket of that name, in whichever account it is, or None."""

    def resource_policy(self, arn: str) -> StoredPolicy | None:
        """Return the policy of a resource of any service but S3; None where there is no such resource, or no policy.

        Args:
            arn: as authorization names the resource: of an index its own, which its table's policy is about, too.
        """

    def resource_arn(self, arn: str) -> str | None:
        """Return the true ARN of what an ARN made from a name means, where it holds more; None where it does not.

        A secret's ARN has a random suffix, an alias stands for a key, and a user or role may have a path.
        """

    def key_of_ciphertext(self, ciphertext: str, region: str) -> str | None:
        """Return the ARN of the KMS key that a ciphertext (base64) was made with, or None where it is not known."""

    def stream_of_iterator(self, iterator: str) -> str | None:
        """Return the name of the Kinesis stream that a shard iterator reads, or None where it is none."""

    def access_point(self, named: str) -> AccessPoint | None:
        """Return the S3 access point of that name (`<name>-<account id>`) or alias, or None."""

    def cors_rules(self, bucket: str) -> tuple[CorsRule, ...]:
        """Return a bucket's CORS rules in order; none for an unknown one."""

    def stored_object(self, bucket: str, key: str, version_id: str) -> StoredObject | None:
        """Return whose an object is and what its ACL grants; None for an unknown one, or where ACLs do not count."""

    def bucket_encryption(self, bucket: str) -> Encryption | None:
        """Return a bucket's default encryption; None where that is not with a KMS key."""

    def object_encryption(self, bucket: str, key: str, version_id: str) -> Encryption | None:
        """Return how an object is encrypted; None for one without a KMS key. An empty version id: the current one."""

    def upload_encryption(self, bucket: str, upload_id: str) -> Encryption | None:
        """Return how what an upload in parts makes is to be encrypted; None where that is not with a KMS key."""

    def encrypted_resources(self, arn: str) -> tuple[tuple[str, str], ...]:
        """Return what is encrypted with a KMS key at an ARN, each by its own, with the ARN of the key or its alias.

        Args:
            arn: of a queue, topic, secret, table, index, stream, parameter, or of the path above parameters. After a
                parameter's, `:` and a version or label, or `*` for all; otherwise the latest version is meant.
        """

    def key_state(self, arn: str) -> str | None:
        """Return the state of a KMS key as DescribeKey tells it, `Enabled` and so on; None where there is none."""

    def trust_policy(self, role_arn: str) -> StoredPolicy:
        """Return the policy that says who may assume a role; of one that does not exist, one that lets nobody."""

    def identity_provider_audiences(self, provider_arn: str) -> tuple[str, ...] | None:
        """Return the client ids of an OIDC provider, none of a SAML provider; None where there is no such provider."""

    def resource_tags(self, arn: str) -> Mapping[str, str]:
        """Return the tags of a resource that decide about access; none of one that is not there.

        Those of a bucket, which stand for all objects in it, do where it has attribute-based access control enabled.
        """

    def launch_template(self, account_id: str, region: str, named: Mapping[str, str]) -> Mapping[str, Any] | None:
        """Return the data of a launch template in an account and Region; None where there is none such.

        Args:
            account_id: whose it is.
            region: where it is.
            named: its `LaunchTemplateId` or `LaunchTemplateName`, and the `Version`.
        """

    def secrets_matching(
        self, account_id: str, region: str, filters: Sequence[Mapping[str, Any]]
    ) -> tuple[str, ...] | None:
        """Return the ARNs of the secrets that match all filters of Secrets Manager; None for ones that it has not."""

    def resource_keys(self, arn: str) -> Mapping[str, str | tuple[str, ...]]:
        """Return the condition keys that a resource sets by what it is: a key's spec, the VPC of a subnet."""

    def bucket_tags(self, arn: str) -> Mapping[str, str]:
        """Return the tags of the bucket of an S3 ARN, also behind an access point; none unless they decide."""

    def membership(self, account_id: str) -> Membership | None:
        """Return an account's place in its organization, or None where it is in none."""

    def found_organization(self, organization: Organization | None) -> None:
        """Have this organization be there in the place of the last one, beside those made through the API; or none.

        Raises:
            ConfigurationError: an account of it is in another organization; nothing is changed then.
        """

    def role_of_instance_profile(self, profile_arn: str) -> str | None:
        """Return the ARN of the role in an instance profile, or None where there is none."""

    def principal_exists(self, name: str) -> bool | None:
        """Return whether IAM has a user or role of an ARN; None for accounts that have none at all, and other names."""

    def identity(self, access_key_id: str) -> Identity | None:
        """Return the principal that an access key made through IAM or STS belongs to, or None for an unknown key."""

    def instance_identity(self, profile_arn: str, instance_id: str) -> Identity | None:
        """Return the session of its profile's role that an EC2 instance acts as; None where the profile has no role."""

    def role_session(self, role_arn: str, session_name: str) -> Identity | None:
        """Return the session as which a service acts that assumed a role; None where there is no such role."""

    def execution_role(self, function_arn: str) -> str | None:
        """Return the ARN of a Lambda function's execution role; None where there is no such function."""

    def was_issued(self, access_key_id: str) -> bool:
        """Return whether IAM or STS made an access key, be it deleted or forgotten since."""

    def table_keys(self, table_arn: str) -> tuple[str, ...] | None:
        """Return the names of a table's key attributes, partition key first, or None for an unknown table."""

    def object_tags(self, bucket: str, key: str, version_id: str) -> Mapping[str, str] | None:
        """Return the tags of an object, or None for an unknown one. An empty version id means the current version."""

    def is_annotated(self, bucket: str, key: str, version_id: str) -> bool:
        """Return whether an object has annotations. An empty version id means the current version."""

    def private_zones(self, account_id: str) -> Iterable[PrivateZone]:
        """Return an account's private hosted zones of Route 53."""

    def client(self, service: str, *, region: str, account_id: str) -> Any:  # noqa: ANN401 - boto3's clients have no types
        """Return a boto3 client that calls the backend in this process, without sockets and without authorization."""

    def reset(self) -> None:
        """Forget all data of every service."""


def lookups_of(backend: Backend) -> Lookups:
    """Return what is known of the data, as reading a request asks for it."""

    def owner_of_key(access_key_id: str) -> str | None:
        identity = backend.identity(access_key_id)
        return None if identity is None else identity.arn

    return Lookups(
        table_keys=backend.table_keys,
        object_tags=backend.object_tags,
        is_annotated=backend.is_annotated,
        access_point=backend.access_point,
        resource_arn=backend.resource_arn,
        key_of_ciphertext=backend.key_of_ciphertext,
        stream_of_iterator=backend.stream_of_iterator,
        identity_provider_audiences=backend.identity_provider_audiences,
        role_of_instance_profile=backend.role_of_instance_profile,
        owner_of_key=owner_of_key,
    )
