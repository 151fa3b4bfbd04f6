"""Attributes of tables and objects in moto that condition keys are made from."""

from __future__ import annotations

from collections.abc import Mapping

from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends

from vpce_emulator.backend.embedded.buckets import object_named


def table_keys(table_arn: str) -> tuple[str, ...] | None:
    """Return the names of a table's key attributes, partition key first, or None for an unknown table."""
    parts = table_arn.split(":", 5)
    if len(parts) < 6:
        return None
    _, _, _, region, account_id, resource = parts
    name = resource.removeprefix("table/").partition("/")[0]
    if account_id not in dynamodb_backends or region not in dynamodb_backends[account_id]:
        return None
    table = dynamodb_backends[account_id][region].tables.get(name)
    if table is None:
        return None
    return tuple(key for key in (table.hash_key_attr, table.range_key_attr) if key)


def object_tags(bucket: str, key: str, version_id: str) -> Mapping[str, str] | None:
    """Return the tags of an object, or None for an unknown one. An empty version id means the current version."""
    found = object_named(bucket, key, version_id)
    if found is None:
        return None
    tags: Mapping[str, str] = s3_backends[found.account_id][found.partition].tagger.get_tag_dict_for_resource(found.arn)
    return tags
