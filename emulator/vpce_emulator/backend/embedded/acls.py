"""ACLs and owners of objects in moto: who wrote an object, what an upload grants, and whose id answers name.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from __future__ import annotations

import re
from dataclasses import replace

from moto.s3.models import FakeAcl, FakeBucket, FakeKey

from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.http import HttpResponse
from vpce_emulator.aws.s3_access import (
    BUCKET_OWNER_ENFORCED,
    BUCKET_OWNER_PREFERRED,
    Grant,
    canonical_user_id,
)
from vpce_emulator.aws.s3_form import parse_form
from vpce_emulator.aws.s3_settings import CANNED_ACLS
from vpce_emulator.backend.embedded.buckets import OWNER_ACCOUNT_ID, acl_of, bucket_named, object_named, ownership_of
from vpce_emulator.backend.embedded.service_call import ServiceCall

MAKE_OBJECTS = frozenset({"PutObject", "CopyObject", "CompleteMultipartUpload", "PostObject"})
"""Operations after which there is a new object, which whoever asked for it has written."""

NAME_OWNERS = frozenset(
    {
        "GetBucketAcl",
        "GetObjectAcl",
        "ListBuckets",
        "ListMultipartUploads",
        "ListObjects",
        "ListObjectsV2",
        "ListObjectVersions",
        "ListParts",
    }
)
"""Operations whose answers name an owner by its canonical user id."""

_OWNER = re.compile(rb"(<(Owner|Initiator)>\s*(?:<DisplayName>[^<]*</DisplayName>\s*)?<ID>)[0-9a-f]{32,64}(?=</ID>)")
_FOR_THE_BUCKET_OWNER = {"bucket-owner-read": "READ", "bucket-owner-full-control": "FULL_CONTROL"}


def canned_acl(name: str, writer: str, bucket: FakeBucket | None) -> FakeAcl:
    """Return a canned ACL for what an account writes into a bucket.

    Args:
        name: of an ACL that S3 has.
        writer: the account that writes.
        bucket: where to; None for a bucket that is being made.
    """
    given = CANNED_ACLS[name]
    permission = _FOR_THE_BUCKET_OWNER.get(name)
    if permission is not None and bucket is not None and bucket.account_id != writer:
        given = (*given, Grant(canonical_user_id(bucket.account_id), permission))
    return acl_of(writer, *given)


def note_owner(call: ServiceCall) -> None:
    """Note who owns the object that a call has made: whoever wrote it, unless the bucket's owner has it all.

    Under BucketOwnerPreferred, an object written with the ACL bucket-owner-full-control is the bucket owner's.
    """
    bucket = bucket_named(call.operation.bucket) if call.operation.name in MAKE_OBJECTS else None
    if bucket is None or ownership_of(bucket) == BUCKET_OWNER_ENFORCED:
        return
    key, canned = _of_form(call) if call.operation.name == "PostObject" else (call.operation.key, None)
    found = object_named(bucket.name, key, "")
    if isinstance(found, FakeKey) and canned is not None:
        found.set_acl(canned_acl(canned, call.account_id, bucket))
    if isinstance(found, FakeKey) and bucket.account_id != call.account_id:
        given = canonical_user_id(bucket.account_id) in _with_full_control(found.acl)
        preferred = ownership_of(bucket) == BUCKET_OWNER_PREFERRED
        owner = bucket.account_id if given and preferred else call.account_id
        if owner != call.account_id:
            found.set_acl(acl_of(owner))
        setattr(found, OWNER_ACCOUNT_ID, owner)


def _of_form(call: ServiceCall) -> tuple[str, str | None]:
    """Return the key of the object in a form, and its canned ACL."""
    upload = parse_form(call.request, call.body)
    return ("", None) if isinstance(upload, Fault) else (upload.key, upload.fields.get("acl") or "private")


def _with_full_control(acl: FakeAcl | None) -> set[str]:
    grants = acl.grants if acl is not None else []
    return {grantee.id for grant in grants if "FULL_CONTROL" in grant.permissions for grantee in grant.grantees}


def with_owners(answered: HttpResponse, call: ServiceCall) -> HttpResponse:
    """Return an answer in which owners have their own canonical user ids: in moto's all are one and the same."""
    if call.operation.name not in NAME_OWNERS or answered.status != 200:
        return answered
    bucket = bucket_named(call.operation.bucket)
    owner = call.account_id if bucket is None else bucket.account_id
    if call.operation.name == "GetObjectAcl":
        owner = getattr(object_named(call.operation.bucket, call.operation.key, ""), OWNER_ACCOUNT_ID, owner)
    named = canonical_user_id(owner).encode()
    return replace(answered, body=_OWNER.sub(lambda found: found[1] + named, answered.body))
