"""Who makes a call: the identity behind an access key, with the policies attached to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class PrincipalType(StrEnum):
    """The values of `aws:PrincipalType`.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principaltype
    """

    ACCOUNT = "Account"
    USER = "User"
    ASSUMED_ROLE = "AssumedRole"
    FEDERATED_USER = "FederatedUser"
    ANONYMOUS = "Anonymous"
    SERVICE = "Service"
    """Not of AWS's: its services' own calls have no such key."""


class AttachedPolicy(NamedTuple):
    """A policy document with the name a reader knows it by: a managed policy's ARN, or an inline policy's name."""

    name: str
    document: str


@dataclass(frozen=True, slots=True)
class Identity:
    """A principal with its credentials and policies.

    Attributes:
        arn: as AWS writes it in messages: a user's ARN, an assumed-role session's ARN, `arn:aws:iam::<account>:root`;
            empty for anonymous callers.
        account_id: twelve digits; empty for anonymous callers.
        type: the kind of principal.
        user_id: `aws:userid`: `AIDA…`, `AROA…:session`, the account id for root, `anonymous`.
        user_name: IAM users only.
        role_arn: of a role session, the role's own ARN (`aws:PrincipalArn`).
        access_key_id: the key that signed; empty for anonymous callers.
        secret_access_key: None when it is not known, and the signature cannot be verified.
        session_token: of temporary credentials.
        expires_at: of temporary credentials, seconds since the epoch.
        issued_at: `aws:TokenIssueTime`, of temporary credentials, seconds since the epoch.
        tags: principal and session tags.
        transitive_tags: the session tags that go on into sessions of roles that this session assumes.
        source_identity: `aws:SourceIdentity`, of a role session; empty for none.
        session_keys: the condition keys that a session has from the identity provider that vouched for it.
        mfa_at: when a session's caller showed a second factor, seconds since the epoch; None when it did not.
        identity_policies: all that is attached, groups included.
        permissions_boundary: None where there is none.
        session_policies: given when the session was made.
        active: False for an access key that was made inactive.
    """

    arn: str
    account_id: str
    type: PrincipalType
    user_id: str
    user_name: str = ""
    role_arn: str = ""
    access_key_id: str = ""
    secret_access_key: str | None = None
    session_token: str | None = None
    expires_at: float | None = None
    issued_at: float | None = None
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tags: tuple[tuple[str, str], ...] = ()
    source_identity: str = ""
    session_keys: tuple[tuple[str, str | tuple[str, ...]], ...] = ()
    mfa_at: float | None = None
    identity_policies: tuple[AttachedPolicy, ...] = ()
    permissions_boundary: AttachedPolicy | None = None
    session_policies: tuple[AttachedPolicy, ...] = ()
    active: bool = True


ANONYMOUS = Identity(arn="", account_id="", type=PrincipalType.ANONYMOUS, user_id="anonymous")


def account_root(account_id: str, access_key_id: str = "") -> Identity:
    """Return the root user of an account, as which an access key that nobody made acts."""
    return Identity(
        arn=f"arn:aws:iam::{account_id}:root",
        account_id=account_id,
        type=PrincipalType.ACCOUNT,
        user_id=account_id,
        access_key_id=access_key_id,
    )
