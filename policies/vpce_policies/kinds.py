"""The kinds of policy: which elements each may have, and how large it may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from vpce_policies.document import PolicyKind


class Storer(StrEnum):
    """The service that stores a policy, and refuses it in its own words."""

    IAM = "IAM"
    STS = "STS"
    ORGANIZATIONS = "Organizations"
    EC2 = "EC2"
    S3 = "S3"
    KMS = "KMS"
    SQS = "SQS"
    SNS = "SNS"
    SECRETS_MANAGER = "Secrets Manager"
    LAMBDA = "Lambda"
    DYNAMODB = "DynamoDB"
    ANY = "the resource's service"


class Unit(StrEnum):
    """What the size of a policy is counted in."""

    BYTES = "bytes"
    CHARACTERS = "characters"
    WITHOUT_SPACE = "characters without white space"

    def size_of(self, text: str) -> int:
        """The size of a text."""
        if self is Unit.BYTES:
            return len(text.encode("utf-8", "surrogatepass"))
        return len("".join(text.split())) if self is Unit.WITHOUT_SPACE else len(text)


@dataclass(frozen=True, slots=True)
class SizeLimit:
    """The largest size of a document."""

    largest: int
    unit: Unit

    def __str__(self) -> str:
        """`20,480 bytes`."""
        return f"{self.largest:,} {self.unit}"


@dataclass(frozen=True, slots=True)
class Grammar:
    """What documents of a kind look like.

    Attributes:
        storer: Who stores them.
        limit: The largest size; None when what they are attached to is not known.
        without: The elements that their statements may not have.
    """

    storer: Storer
    limit: SizeLimit | None = None
    without: frozenset[str] = frozenset()


_CALLERS = frozenset({"Principal", "NotPrincipal"})
_RESOURCES = frozenset({"Resource", "NotResource"})

GRAMMARS: Mapping[PolicyKind, Grammar] = {
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html; those of inline policies are for all
    # of a user's, group's or role's together, and white space does not count. What an identity policy is attached to
    # is not told by itself: none may be larger than the largest of them.
    PolicyKind.IDENTITY: Grammar(Storer.IAM, SizeLimit(10_240, Unit.WITHOUT_SPACE), _CALLERS),
    PolicyKind.MANAGED: Grammar(Storer.IAM, SizeLimit(6_144, Unit.WITHOUT_SPACE), _CALLERS),
    PolicyKind.USER_INLINE: Grammar(Storer.IAM, SizeLimit(2_048, Unit.WITHOUT_SPACE), _CALLERS),
    PolicyKind.GROUP_INLINE: Grammar(Storer.IAM, SizeLimit(5_120, Unit.WITHOUT_SPACE), _CALLERS),
    PolicyKind.ROLE_INLINE: Grammar(Storer.IAM, SizeLimit(10_240, Unit.WITHOUT_SPACE), _CALLERS),
    PolicyKind.PERMISSIONS_BOUNDARY: Grammar(Storer.IAM, SizeLimit(6_144, Unit.WITHOUT_SPACE), _CALLERS),
    # 2,048 unless the account's quota was raised, to 4,096 at most.
    PolicyKind.ROLE_TRUST: Grammar(Storer.IAM, SizeLimit(2_048, Unit.WITHOUT_SPACE), _RESOURCES),
    # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    PolicyKind.SESSION: Grammar(Storer.STS, SizeLimit(2_048, Unit.CHARACTERS), _CALLERS),
    # https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html: every character counts.
    # 10,240 since https://aws.amazon.com/about-aws/whats-new/2026/05/aws-organizations-increased-scp-quotas/
    PolicyKind.SCP: Grammar(Storer.ORGANIZATIONS, SizeLimit(10_240, Unit.CHARACTERS), _CALLERS),
    # https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
    PolicyKind.RCP: Grammar(
        Storer.ORGANIZATIONS, SizeLimit(5_120, Unit.CHARACTERS), frozenset({"NotPrincipal", "NotAction"})
    ),
    # https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html: white space counts
    PolicyKind.VPC_ENDPOINT: Grammar(Storer.EC2, SizeLimit(20_480, Unit.CHARACTERS)),
    PolicyKind.GATEWAY_ENDPOINT: Grammar(Storer.EC2, SizeLimit(20_480, Unit.CHARACTERS)),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
    PolicyKind.BUCKET: Grammar(Storer.S3, SizeLimit(20_480, Unit.BYTES)),
    # https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
    PolicyKind.KMS_KEY: Grammar(Storer.KMS, SizeLimit(32_768, Unit.BYTES)),
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html
    PolicyKind.SQS_QUEUE: Grammar(Storer.SQS, SizeLimit(8_192, Unit.BYTES)),
    # https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
    PolicyKind.SNS_TOPIC: Grammar(Storer.SNS, SizeLimit(30_720, Unit.BYTES)),
    # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html
    PolicyKind.SECRETSMANAGER_SECRET: Grammar(Storer.SECRETS_MANAGER, SizeLimit(20_480, Unit.CHARACTERS)),
    # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    PolicyKind.LAMBDA_FUNCTION: Grammar(Storer.LAMBDA, SizeLimit(20_480, Unit.BYTES)),
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-considerations.html: white space counts
    PolicyKind.DYNAMODB_TABLE: Grammar(Storer.DYNAMODB, SizeLimit(20_480, Unit.BYTES)),
    PolicyKind.RESOURCE: Grammar(Storer.ANY),
}

RESOURCE_KINDS = frozenset(
    {
        PolicyKind.RESOURCE, PolicyKind.BUCKET, PolicyKind.KMS_KEY, PolicyKind.SQS_QUEUE, PolicyKind.SNS_TOPIC,
        PolicyKind.SECRETSMANAGER_SECRET, PolicyKind.LAMBDA_FUNCTION, PolicyKind.DYNAMODB_TABLE, PolicyKind.ROLE_TRUST,
    }
)  # fmt: skip
"""The kinds that are a resource's own policy."""
MUST_ALLOW = frozenset({PolicyKind.ROLE_TRUST, PolicyKind.KMS_KEY})
"""The policies of resources that nothing else opens: an identity policy of the same account alone does not.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html
https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
"""
ENDPOINT_KINDS = frozenset({PolicyKind.VPC_ENDPOINT, PolicyKind.GATEWAY_ENDPOINT})
