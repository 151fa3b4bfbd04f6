"""Attributes of tables and objects in moto that condition keys are made from."""

from __future__ import annotations

from collections.abc import Mapping

from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends

from vpce_emulator.backend.embedded.arns import backend_of, parse_arn
from vpce_emulator.backend.embedded.buckets import object_named


def table_keys(table_arn: str) -> tuple[str, ...] | None:
    """Return the names of a table's or index's key attributes, partition key first, or None for an unknown one."""
    parts = table_arn.split(":", 5)
    if len(parts) < 6:
        return None
    _, _, _, region, account_id, resource = parts
    name, _, index = resource.removeprefix("table/").partition("/index/")
    if account_id not in dynamodb_backends or region not in dynamodb_backends[account_id]:
        return None
    table = dynamodb_backends[account_id][region].tables.get(name)
    if table is None:
        return None
    if index:
        keys = (each.schema for each in (*table.global_indexes, *table.indexes) if each.name == index)
        return next((tuple(key["AttributeName"] for key in sorted(each, key=_is_range)) for each in keys), None)
    return tuple(key for key in (table.hash_key_attr, table.range_key_attr) if key)


def _is_range(key: Mapping[str, str]) -> bool:
    return key["KeyType"] == "RANGE"


def object_tags(bucket: str, key: str, version_id: str) -> Mapping[str, str] | None:
    """Return the tags of an object, or None for an unknown one. An empty version id means the current version."""
    found = object_named(bucket, key, version_id)
    if found is None:
        return None
    tags: Mapping[str, str] = s3_backends[found.account_id][found.partition].tagger.get_tag_dict_for_resource(found.arn)
    return tags


def execution_role(function_arn: str) -> str | None:
    """Return the ARN of a Lambda function's execution role; None where there is no such function."""
    arn = parse_arn(function_arn)
    backend = backend_of("awslambda", arn.account_id, arn.region) if arn is not None else None
    if arn is None or backend is None:
        return None
    held = backend._lambdas._functions.get(arn.after("function").partition(":")[0])  # noqa: SLF001 - as policies are
    return str(held["latest"].role) if held is not None else None
