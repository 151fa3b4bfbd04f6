"""Buckets and objects in moto, whosever they are, as authorization needs them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from moto.s3.models import (
    FakeAcl,
    FakeBucket,
    FakeDeleteMarker,
    FakeGrant,
    FakeGrantee,
    FakeKey,
    S3Backend,
    s3_backends,
)
from moto.s3.models import PublicAccessBlock as MotoPublicAccessBlock
from moto.s3control.models import s3control_backends

from vpce_emulator.aws.faults import Code, Fault, FaultKind
from vpce_emulator.aws.s3_access import (
    BUCKET_OWNER_ENFORCED,
    NOTHING_BLOCKED,
    OBJECT_WRITER,
    Bucket,
    Grant,
    PublicAccessBlock,
    StoredObject,
    canonical_user_id,
)
from vpce_emulator.backend.embedded.principal_ids import with_arns
from vpce_emulator.backend.embedded.replacing import replace

_SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
OWNER_ACCOUNT_ID = "owner_account_id"
"""The attribute of an object in moto that names the account that owns it, where that need not be the bucket's."""
ABAC = "abac_enabled"
"""The attribute of a bucket in moto that says whether its tags decide about access."""
REQUESTER_PAYS = "requester_pays"
"""The attribute of a bucket in moto that says whether requesters pay."""


def start_buckets_as_s3_does() -> None:
    """Give new buckets S3's defaults of April 2023, whoever makes them: moto's have no settings at all.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
    """
    create = S3Backend.create_bucket

    def create_bucket(backend: S3Backend, *given: str, **options: str) -> FakeBucket:
        made = create(backend, *given, **options)
        made.public_access_block = MotoPublicAccessBlock("true", "true", "true", "true")
        made.ownership_rule = BUCKET_OWNER_ENFORCED  # type: ignore[assignment]  # moto itself puts the text there
        made.acl = acl_of(backend.account_id)
        return made

    replace(S3Backend, "create_bucket", create_bucket)
    _read_more_of_templates()


def _read_more_of_templates() -> None:
    """Have CloudFormation set what its templates say about public access and ownership, of which moto reads nothing.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
    """
    make = FakeBucket.create_from_cloudformation_json.__func__  # type: ignore[attr-defined]  # of the class method

    def create_from_cloudformation_json(cls: type, resource_name: str, template: Any, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - as moto has it
        made: FakeBucket = make(cls, resource_name, template, *given, **named)
        properties = template.get("Properties", {})
        settings = properties.get("PublicAccessBlockConfiguration")
        if settings is not None:
            made.public_access_block = MotoPublicAccessBlock(*(settings.get(name, "false") for name in _SETTINGS))
        for rule in properties.get("OwnershipControls", {}).get("Rules", ()):
            made.ownership_rule = rule["ObjectOwnership"]
        return made

    replace(FakeBucket, "create_from_cloudformation_json", classmethod(create_from_cloudformation_json))


def bucket_named(name: str) -> FakeBucket | None:
    """Return the bucket of that name, in whichever account it is, or None."""
    owner = s3_backends.bucket_accounts.get(name)
    if owner is None:
        return None
    partition, account_id = owner
    # As dictionaries: moto's own way in makes what is not there, and takes a lock to look; a bucket's owner is there.
    backend = dict.get(dict.get(s3_backends, account_id, {}), partition)
    return None if backend is None else backend.buckets.get(name)


def object_named(bucket: str, key: str, version_id: str) -> FakeKey | None:
    """Return an object, or None for an unknown one. An empty version id means the current version."""
    owner = s3_backends.bucket_accounts.get(bucket)
    if owner is None:
        return None
    partition, account_id = owner
    return s3_backends[account_id][partition].get_object(bucket, key, version_id or None)


def version_named(bucket: str, key: str, version_id: str) -> FakeKey | FakeDeleteMarker | None:
    """Return an object or the delete marker in its place, or None; an empty version id means the current version."""
    owner = s3_backends.bucket_accounts.get(bucket)
    if owner is None:
        return None
    partition, account_id = owner
    found: FakeKey | FakeDeleteMarker | None = s3_backends[account_id][partition].get_object(
        bucket, key, version_id or None, return_delete_marker=True
    )
    return found


def object_in(bucket: FakeBucket, key: str, version_id: str) -> FakeKey | Fault:
    """Return an object, or the version of it, or the refusal that says that it is not there."""
    found = version_named(bucket.name, key, version_id)
    if isinstance(found, FakeKey):
        return found
    what, details = ("version", (("VersionId", version_id),)) if version_id else ("key", ())
    code = Code(f"NoSuch{what.capitalize()}", 404)
    return Fault(FaultKind.INVALID_REQUEST, f"The specified {what} does not exist.", (("Key", key), *details), code)


def current_object(bucket: FakeBucket, key: str) -> Any:  # noqa: ANN401 - a delete marker is of no type of its own
    """Return the newest version of an object, be it a delete marker; None where there is none."""
    # As a dictionary: it has the list of all versions, which moto's own way in takes several calls to come to.
    versions = dict.get(bucket.keys, key)
    return versions[-1] if versions else None


def ownership_of(found: FakeBucket) -> str:
    """Return what a bucket's Object Ownership is; objects belong to their writers where the setting was deleted."""
    return str(found.ownership_rule or OBJECT_WRITER)


def described(found: FakeBucket) -> Bucket:
    """Return a bucket of moto's as authorization needs it."""
    ownership = ownership_of(found)
    policy = policy_text(found)
    return Bucket(
        found.name,
        found.account_id,
        found.region_name,
        None if policy is None else with_arns(policy),
        _settings(found.public_access_block) | account_public_access_block(found.account_id, found.partition),
        ownership,
        () if ownership == BUCKET_OWNER_ENFORCED else tuple(_grants(found.acl, found.account_id)),
        getattr(found, REQUESTER_PAYS, False),
    )


def policy_text(bucket: FakeBucket) -> str | None:
    """Return a bucket's policy as it was set, or None without one. CloudFormation sets text, the API bytes."""
    policy: bytes | str | None = bucket.policy
    return _decoded(policy) if isinstance(policy, bytes) else policy


@lru_cache(maxsize=1024)
def _decoded(policy: bytes) -> str:
    """Return a policy's text, the same each time: what it was compiled to is found by it."""
    return policy.decode(errors="replace")


def stored_object(bucket: str, key: str, version_id: str) -> StoredObject | None:
    """Return whose an object is and what its ACL grants; None for an unknown one, or where ACLs do not count."""
    holder = bucket_named(bucket)
    if holder is None or ownership_of(holder) == BUCKET_OWNER_ENFORCED:
        return None
    found = object_named(bucket, key, version_id)
    if not isinstance(found, FakeKey):
        return None
    owner = getattr(found, OWNER_ACCOUNT_ID, holder.account_id)
    return StoredObject(owner, tuple(_grants(found.acl, owner)))


def account_public_access_block(account_id: str, partition: str) -> PublicAccessBlock:
    """Return an account's own settings of Block Public Access."""
    if account_id not in s3control_backends or partition not in s3control_backends[account_id]:
        return NOTHING_BLOCKED
    return _settings(s3control_backends[account_id][partition].public_access_block)


def _settings(found: MotoPublicAccessBlock | None) -> PublicAccessBlock:
    if found is None:
        return NOTHING_BLOCKED
    return _block(
        found.block_public_acls,
        found.ignore_public_acls,
        found.block_public_policy,
        found.restrict_public_buckets,
    )


_block = cache(PublicAccessBlock)
"""The sixteen combinations there are: making one anew takes longer than all else that is asked of a bucket."""


def acl_of(owner: str, *grants: Grant) -> FakeAcl:
    """Return an ACL as moto keeps it: all for the owner, and what else is granted."""
    own = FakeGrant([FakeGrantee(grantee_id=canonical_user_id(owner))], ["FULL_CONTROL"])
    return FakeAcl([own, *(FakeGrant([_grantee(grant.grantee)], [grant.permission]) for grant in grants)])


def _grantee(named: str) -> FakeGrantee:
    return FakeGrantee(uri=named) if named.startswith("http") else FakeGrantee(grantee_id=named)


def _grants(acl: FakeAcl | None, owner: str) -> Iterator[Grant]:
    """Yield what an ACL grants to others than the owner, who may do everything without it."""
    own = canonical_user_id(owner)
    for grant in acl.grants if acl is not None else ():
        for grantee in grant.grantees:
            named = grantee.uri or grantee.id
            yield from (Grant(named, permission) for permission in grant.permissions if named != own)
