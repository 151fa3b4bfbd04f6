"""What condition keys need to know of the data: given by whoever holds it, so that reading a request stays pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vpce_emulator.aws.s3_access_points import Find, none_known


def _no_table(_table_arn: str) -> tuple[str, ...] | None:
    return None


def _no_arn(_arn: str) -> str | None:
    return None


def _no_key(_ciphertext: str, _region: str) -> str | None:
    return None


def _no_stream(_iterator: str) -> str | None:
    return None


def _no_provider(_provider_arn: str) -> tuple[str, ...] | None:
    return None


def _no_object(_bucket: str, _key: str, _version_id: str) -> Mapping[str, str] | None:
    return None


def _not_annotated(_bucket: str, _key: str, _version_id: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Lookups:
    """Questions about the data that a request names. None says that it is not known; its condition keys stay absent.

    Attributes:
        table_keys: the names of a table's key attributes, partition key first, from the table's ARN
            (`dynamodb:LeadingKeys`).
        object_tags: an object's tags from bucket, key and version id, empty for the current one; to copy
            those of a copy's source needs leave.
        is_annotated: whether an object has annotations, from bucket, key and version id.
        access_point: an S3 access point by `<name>-<account id>` or by its alias.
        resource_arn: the true ARN of a resource of another service from the ARN that its name alone makes, where it
            holds more than that: a secret's random suffix, the key behind an alias.
        key_of_ciphertext: the ARN of the KMS key that a ciphertext in base64 was made with, in a Region.
        stream_of_iterator: the name of the Kinesis stream that a shard iterator reads.
        identity_provider_audiences: the client ids of an OIDC provider of IAM, from its ARN; none of a SAML provider.
        role_of_instance_profile: the ARN of the role in an instance profile, from the profile's ARN.
        owner_of_key: the ARN of the user whose access key it is.
    """

    table_keys: Callable[[str], tuple[str, ...] | None] = _no_table
    object_tags: Callable[[str, str, str], Mapping[str, str] | None] = _no_object
    is_annotated: Callable[[str, str, str], bool] = _not_annotated
    access_point: Find = none_known
    resource_arn: Callable[[str], str | None] = _no_arn
    key_of_ciphertext: Callable[[str, str], str | None] = _no_key
    stream_of_iterator: Callable[[str], str | None] = _no_stream
    identity_provider_audiences: Callable[[str], tuple[str, ...] | None] = _no_provider
    role_of_instance_profile: Callable[[str], str | None] = _no_arn
    owner_of_key: Callable[[str], str | None] = _no_arn


NOTHING_KNOWN = Lookups()
