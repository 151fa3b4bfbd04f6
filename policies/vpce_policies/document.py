"""What a policy document says, as frozen values: the words of the IAM policy grammar.

Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

VERSION_2012 = "2012-10-17"
VERSION_2008 = "2008-10-17"


class PolicyKind(StrEnum):
    """What a policy is attached to; it decides the grammar, the size limit and the wording of errors.

    IDENTITY is any of the identity policies MANAGED, USER_INLINE, GROUP_INLINE and ROLE_INLINE, and RESOURCE the policy
    of any resource; the others have rules of their own. ROLE_TRUST says who may assume a role, and has no Resource.
    GATEWAY_ENDPOINT is VPC_ENDPOINT in which an account as principal means the root user alone. The table of `kinds`
    has what differs.
    """

    IDENTITY = "identity"
    MANAGED = "managed"
    USER_INLINE = "user_inline"
    GROUP_INLINE = "group_inline"
    ROLE_INLINE = "role_inline"
    PERMISSIONS_BOUNDARY = "permissions_boundary"
    SESSION = "session"
    SCP = "scp"
    RCP = "rcp"
    VPC_ENDPOINT = "vpc_endpoint"
    GATEWAY_ENDPOINT = "gateway_endpoint"
    RESOURCE = "resource"
    ROLE_TRUST = "role_trust"
    BUCKET = "bucket"
    KMS_KEY = "kms_key"
    SQS_QUEUE = "sqs_queue"
    SNS_TOPIC = "sns_topic"
    SECRETSMANAGER_SECRET = "secretsmanager_secret"  # noqa: S105  # a kind of policy, no password
    LAMBDA_FUNCTION = "lambda_function"
    DYNAMODB_TABLE = "dynamodb_table"


class Effect(StrEnum):
    """The effect of a statement; case matters in the document."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class Principals:
    """The value of a Principal or NotPrincipal element.

    Attributes:
        everyone: True for the string `"*"`, which includes anonymous callers and AWS services.
        aws: Account ids, ARNs, unique ids or `*` of the `AWS` type.
        service: Service principals such as `logging.s3.amazonaws.com`.
        federated: Identity providers.
        canonical_user: S3 canonical user ids.
    """

    everyone: bool = False
    aws: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    federated: tuple[str, ...] = ()
    canonical_user: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All it lists, of every type."""
        everyone = ("*",) if self.everyone else ()
        return (*everyone, *self.aws, *self.service, *self.federated, *self.canonical_user)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition key under one operator.

    Attributes:
        operator: The operator as written, set prefix and IfExists included.
        key: The condition key as written; keys ignore case.
        values: The wanted values; numbers and booleans as their JSON text.
    """

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    Attributes:
        index: Its place in the document, from 0.
        sid: Its Sid, or None.
        effect: Allow or Deny.
        principals: The Principal or NotPrincipal element; None in kinds of policy that have none.
        not_principal: True when `principals` lists who is *not* meant.
        actions: The Action or NotAction element.
        not_action: True when `actions` lists what is *not* meant.
        resources: The Resource or NotResource element; `*` in kinds of policy that have none.
        not_resource: True when `resources` lists what is *not* meant.
        conditions: All must hold.
    """

    index: int
    effect: Effect
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    sid: str | None = None
    principals: Principals | None = None
    not_principal: bool = False
    not_action: bool = False
    not_resource: bool = False
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A policy document that passed validation.

    Attributes:
        kind: What the policy is attached to.
        version: `2012-10-17` or `2008-10-17`; a document without one has the latter.
        statements: In document order.
        id: The Id element, or None.
    """

    kind: PolicyKind
    version: str
    statements: tuple[Statement, ...]
    id: str | None = None

    @property
    def expands_variables(self) -> bool:
        """Whether `${…}` is a policy variable here; only Version 2012-10-17 has them."""
        return self.version == VERSION_2012
