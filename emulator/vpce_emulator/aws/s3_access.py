"""What opens and closes buckets and objects beside their policies: ownership, ACLs and Block Public Access.

ACLs and Block Public Access are written down as statements, so that one evaluation of policies decides.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html ("Mapping of ACL permissions and access policy
permissions") and https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any, NamedTuple

from vpce_emulator.aws.principal import AttachedPolicy
from vpce_policies import PolicyKind, is_public, parse_policy

BUCKET_OWNER_ENFORCED = "BucketOwnerEnforced"
BUCKET_OWNER_PREFERRED = "BucketOwnerPreferred"
OBJECT_WRITER = "ObjectWriter"

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
PUBLIC_GROUPS = frozenset({ALL_USERS, AUTHENTICATED_USERS})

# The account whose number AWS's documentation uses has the canonical user id that it uses.
_EXAMPLE_ACCOUNT = "123456789012"
_EXAMPLE_ID = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"

# What a permission in an ACL allows, on a bucket and on an object.
_READ, _WRITE, _READ_ACP, _WRITE_ACP, _FULL = "READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"
_ON_BUCKET: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        _READ: ("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"),
        _WRITE: ("s3:PutObject",),
        _READ_ACP: ("s3:GetBucketAcl",),
        _WRITE_ACP: ("s3:PutBucketAcl",),
    }
)
_ON_OBJECT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        _READ: ("s3:GetObject", "s3:GetObjectVersion"),
        _READ_ACP: ("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
        _WRITE_ACP: ("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
    }
)
# Actions about an object that is there, about which its owner decides; writing and deleting is the bucket's affair.
_OF_THE_OBJECT = ("s3:GetObject", "s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:RestoreObject")


class Grant(NamedTuple):
    """An entry of an ACL: a canonical user id or a group's URI, and what it may (`READ` … `FULL_CONTROL`)."""

    grantee: str
    permission: str


@dataclass(frozen=True, slots=True)
class PublicAccessBlock:
    """The four settings of Block Public Access, of an account, a bucket or an access point."""

    block_public_acls: bool = False
    ignore_public_acls: bool = False
    block_public_policy: bool = False
    restrict_public_buckets: bool = False

    def __or__(self, other: PublicAccessBlock) -> PublicAccessBlock:
        """Return the most restrictive combination, which is the one that S3 applies."""
        if other is NOTHING_BLOCKED or self == other:
            return self
        return PublicAccessBlock(
            self.block_public_acls or other.block_public_acls,
            self.ignore_public_acls or other.ignore_public_acls,
            self.block_public_policy or other.block_public_policy,
            self.restrict_public_buckets or other.restrict_public_buckets,
        )


NOTHING_BLOCKED = PublicAccessBlock()
EVERYTHING_BLOCKED = PublicAccessBlock(True, True, True, True)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, as authorization needs it.

    Attributes:
        name: of the bucket.
        account_id: of its owner.
        region: where it is.
        policy: the text of its bucket policy as it was set; None without one.
        public_access_block: the bucket's and its account's settings combined.
        ownership: what Object Ownership is set to; S3's `ObjectWriter` where the setting was deleted.
        acl: what others than the owner are granted, where ACLs count.
        requester_pays: whether requests of other accounts are theirs to pay.
    """

    name: str
    account_id: str
    region: str
    policy: str | None
    public_access_block: PublicAccessBlock = NOTHING_BLOCKED
    ownership: str = BUCKET_OWNER_ENFORCED
    acl: tuple[Grant, ...] = ()
    requester_pays: bool = False

    @property
    def takes_acls(self) -> bool:
        """Whether ACLs count: not where the bucket's owner owns every object, which is the default."""
        return self.ownership != BUCKET_OWNER_ENFORCED


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object in a bucket where ACLs count: the account that owns it, and what others are granted."""

    account_id: str
    acl: tuple[Grant, ...] = ()


@lru_cache(maxsize=1024)
def canonical_user_id(account_id: str) -> str:
    """Return the id by which ACLs name an account: 64 hexadecimal digits, the same in every run."""
    if account_id == _EXAMPLE_ACCOUNT:
        return _EXAMPLE_ID
    return sha256(f"canonical user of {account_id}".encode()).hexdigest()


def is_public_acl(acl: Iterable[Grant]) -> bool:
    """Return whether anything is granted to one of the two groups that hold everybody."""
    return any(grant.grantee in PUBLIC_GROUPS for grant in acl)


@lru_cache(maxsize=1024)
def is_public_policy(document: str, *, of_access_point: bool = False) -> bool:
    """Return whether S3 takes a bucket's or an access point's policy for public.

    Raises:
        MalformedPolicy: the text is no policy.
    """
    kind = PolicyKind.RESOURCE if of_access_point else PolicyKind.BUCKET
    return is_public(parse_policy(document, kind), of_access_point=of_access_point)


def owner_of(action: str, bucket: Bucket, stored: StoredObject | None) -> str:
    """Return the account that an action on a bucket, or on an object in it, needs leave of."""
    return stored.account_id if stored is not None and action.startswith(_OF_THE_OBJECT) else bucket.account_id


def policies_of(
    action: str, bucket: Bucket, stored: StoredObject | None, caller_account: str
) -> tuple[AttachedPolicy, ...]:
    """Return everything about a bucket that has a say in an action on it, or on an object in it, as policies.

    Args:
        action: `s3:GetObject`.
        bucket: the bucket.
        stored: the object, where it is there and ACLs count.
        caller_account: of whoever asks; empty for anonymous callers.

    Raises:
        MalformedPolicy: the bucket policy is none.
    """
    policy = bucket.policy
    if policy is not None and owner_of(action, bucket, stored) != bucket.account_id:
        policy = _without_allows(policy)
    if policy is not None and caller_account and '"CanonicalUser"' in policy:
        policy = _with_account(policy, caller_account)
    acls = tuple(_of_acls(bucket, stored, caller_account)) if bucket.takes_acls else ()
    restricted = bucket.policy if bucket.public_access_block.restrict_public_buckets else None
    return _own(bucket.name, policy) + acls + _restricting(bucket.name, restricted, bucket.account_id)


@lru_cache(maxsize=1024)
def _with_account(policy: str, account_id: str) -> str:
    """Return a policy in which the canonical user of an account is the account.

    Either names it: https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html. Other
    accounts' ids stay, which mean none that asks.
    """
    parse_policy(policy, PolicyKind.BUCKET, stored=True)
    document = json.loads(policy)
    statements = _listed(document["Statement"])
    for statement in statements:
        for element in ("Principal", "NotPrincipal"):
            named = statement.get(element)
            if isinstance(named, dict) and "CanonicalUser" in named:
                statement[element] = _account_in(named, account_id)
    return json.dumps({**document, "Statement": statements})


def _account_in(named: Mapping[str, Any], account_id: str) -> dict[str, Any]:
    ids = _listed(named["CanonicalUser"])
    left = [each for each in ids if each.lower() != canonical_user_id(account_id)]
    if len(left) == len(ids):
        return dict(named)
    others = {type_: names for type_, names in named.items() if type_ != "CanonicalUser"}
    accounts = [*_listed(named.get("AWS", [])), f"arn:aws:iam::{account_id}:root"]
    return others | {"AWS": accounts} | ({"CanonicalUser": left} if left else {})


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    return value if isinstance(value, list) else [value]


@lru_cache(maxsize=1024)
def _own(bucket: str, policy: str | None) -> tuple[AttachedPolicy, ...]:
    return () if policy is None else (AttachedPolicy(f"the bucket policy of {bucket}", policy),)


@lru_cache(maxsize=1024)
def _restricting(bucket: str, policy: str | None, account_id: str) -> tuple[AttachedPolicy, ...]:
    return () if policy is None else restriction(policy, f"Block Public Access of {bucket}", account_id)


def restriction(policy: str, name: str, *accounts: str, of_access_point: bool = False) -> tuple[AttachedPolicy, ...]:
    """Return what RestrictPublicBuckets makes of a policy: where it is public, only the owners' accounts get in.

    "Any denial resulting from the RestrictPublicBuckets setting is explicit"
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html).
    """
    if not is_public_policy(policy, of_access_point=of_access_point):
        return ()
    return (AttachedPolicy(name, _restricted_to(accounts)),)


@lru_cache(maxsize=1024)
def _restricted_to(accounts: tuple[str, ...]) -> str:
    others = {
        "StringNotEquals": {"aws:PrincipalAccount": accounts},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
    return _document(_statement("Deny", "*", ("s3:*",), others, "RestrictPublicBuckets"))


def _of_acls(bucket: Bucket, stored: StoredObject | None, caller_account: str) -> Iterator[AttachedPolicy]:
    """Yield the ACLs of a bucket and of an object in it, as far as they say anything about a caller."""
    caller = canonical_user_id(caller_account) if caller_account else ""
    ignored = bucket.public_access_block.ignore_public_acls
    object_acl = stored.acl if stored is not None else ()
    for name, acl, table in (
        (f"the ACL of {bucket.name}", bucket.acl, _ON_BUCKET),
        (f"the ACL of the object in {bucket.name}", object_acl, _ON_OBJECT),
    ):
        statements = [
            _granted(grant, actions, caller_account)
            for grant in acl
            if grant.grantee == caller or (grant.grantee in PUBLIC_GROUPS and not ignored)
            if (actions := _actions(grant.permission, table))
        ]
        if statements:
            yield AttachedPolicy(name, _document(*statements))


def _actions(permission: str, table: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    if permission == _FULL:
        return tuple(action for actions in table.values() for action in actions)
    return table.get(permission, ())


def _granted(grant: Grant, actions: tuple[str, ...], caller_account: str) -> dict[str, object]:
    if grant.grantee == ALL_USERS:
        return _statement("Allow", "*", actions, sid="AllUsers")
    if grant.grantee == AUTHENTICATED_USERS:
        return _statement("Allow", "*", actions, {"Null": {"aws:PrincipalArn": "false"}}, "AuthenticatedUsers")
    return _statement("Allow", {"AWS": caller_account}, actions, sid="Grantee")


def _statement(
    effect: str, principal: object, actions: tuple[str, ...], condition: object = None, sid: str = ""
) -> dict[str, object]:
    made = {"Sid": sid, "Effect": effect, "Principal": principal, "Action": actions, "Resource": "*"}
    return {**made, "Condition": condition} if condition else made


def _document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@lru_cache(maxsize=256)
def _without_allows(policy: str) -> str | None:
    """Return a bucket policy as it counts for an object that another account owns: its Deny statements alone.

    "Allow statements in a bucket policy apply only to objects that are owned by the same bucket-owning account"
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html).
    """
    document = json.loads(policy)
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    left = [statement for statement in statements if statement["Effect"] == "Deny"]
    return json.dumps({**document, "Statement": left}) if left else None
