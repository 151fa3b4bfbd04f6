"""What condition keys need to know of the data: given by whoever holds it, so that reading a request stays pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


def _no_table(_table_arn: str) -> tuple[str, ...] | None:
    return None


def _no_arn(_service: str, _name: str) -> str | None:
    return None


def _no_object(_bucket: str, _key: str, _version_id: str) -> Mapping[str, str] | None:
    return None


@dataclass(frozen=True, slots=True)
class Lookups:
    """Questions about the data that a request names. None says that it is not known; its condition keys stay absent.

    Attributes:
        table_keys: the names of a table's key attributes, partition key first, from the table's ARN
            (`dynamodb:LeadingKeys`).
        object_tags: an object's tags from bucket, key and version id, empty for the current one
            (`s3:ExistingObjectTag/<key>`).
        resource_arn: the ARN of a resource of another service from botocore's service name and the name the request
            gives, where the ARN holds more than that: a secret's random suffix, the key behind an alias.
    """

    table_keys: Callable[[str], tuple[str, ...] | None] = _no_table
    object_tags: Callable[[str, str, str], Mapping[str, str] | None] = _no_object
    resource_arn: Callable[[str, str], str | None] = _no_arn


NOTHING_KNOWN = Lookups()
