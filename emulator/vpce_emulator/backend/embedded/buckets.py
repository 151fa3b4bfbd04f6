"""Buckets and objects in moto, whosever they are."""

from __future__ import annotations

from moto.s3.models import FakeBucket, FakeKey, s3_backends


def bucket_named(name: str) -> FakeBucket | None:
    """Return the bucket of that name, in whichever account it is, or None."""
    owner = s3_backends.bucket_accounts.get(name)
    if owner is None:
        return None
    partition, account_id = owner
    return s3_backends[account_id][partition].buckets.get(name)


def object_named(bucket: str, key: str, version_id: str) -> FakeKey | None:
    """Return an object, or None for an unknown one. An empty version id means the current version."""
    owner = s3_backends.bucket_accounts.get(bucket)
    if owner is None:
        return None
    partition, account_id = owner
    return s3_backends[account_id][partition].get_object(bucket, key, version_id or None)
