"""Access points of S3: what a request to one means, and what is said about access to it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points.html. "For an application or user to be able to
access objects through an access point, both the access point and the underlying bucket must permit the request"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from vpce_emulator.aws.call import Operation
from vpce_emulator.aws.fault_codes import Code, FaultKind
from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.principal import AttachedPolicy
from vpce_emulator.aws.s3_access import NOTHING_BLOCKED, Bucket, PublicAccessBlock, restriction

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-service-api-support.html
_SUPPORTED = """
AbortMultipartUpload CompleteMultipartUpload CopyObject CreateMultipartUpload DeleteObject DeleteObjects
DeleteObjectTagging GetBucketAcl GetBucketCors GetBucketLocation GetBucketNotificationConfiguration GetBucketPolicy
GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging HeadBucket
HeadObject ListMultipartUploads ListObjects ListObjectsV2 ListObjectVersions ListParts PreflightRequest PutObject
PutObjectAcl PutObjectLegalHold PutObjectRetention PutObjectTagging RestoreObject UploadPart UploadPartCopy
"""
SUPPORTED = frozenset(_SUPPORTED.split())
_ALIAS = "-s3alias"
# A bucket may have such a name, too; it goes first.
_WITH_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9-]{1,48}[a-z0-9]-\d{12}")
_ARN = re.compile(r"arn:[\w-]+:s3:[\w-]*:(\d{12}):accesspoint[/:]([^/:]+)", re.ASCII)
NO_SUCH_ACCESS_POINT = Fault(
    FaultKind.NO_SUCH_BUCKET, "The specified accesspoint does not exist", code=Code("NoSuchAccessPoint", 404)
)


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """An access point.

    Attributes:
        name: as its owner gave it.
        account_id: of its owner.
        region: its bucket's.
        bucket: the bucket behind it.
        policy: the text of its policy as it was set; None without one.
        vpc_id: the one VPC that it takes requests from; empty for one that takes them from the internet, too.
        public_access_block: its own settings.
    """

    name: str
    account_id: str
    region: str
    bucket: str
    policy: str | None = None
    vpc_id: str = ""
    public_access_block: PublicAccessBlock = NOTHING_BLOCKED

    @property
    def arn(self) -> str:
        """What policies call it."""
        partition = "aws-cn" if self.region.startswith("cn-") else "aws"
        return f"arn:{partition}:s3:{self.region}:{self.account_id}:accesspoint/{self.name}"

    @property
    def named(self) -> str:
        """The name that is unique in its Region, as host names have it: `<name>-<account id>`."""
        return f"{self.name}-{self.account_id}"

    @property
    def network_origin(self) -> str:
        """The value of s3:AccessPointNetworkOrigin."""
        return "VPC" if self.vpc_id else "Internet"

    def context(self) -> Mapping[str, str]:
        """Return the condition keys of every request through it.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html#access-points-condition-keys
        """
        return {
            "s3:DataAccessPointArn": self.arn,
            "s3:DataAccessPointAccount": self.account_id,
            "s3:AccessPointNetworkOrigin": self.network_origin,
        }


CONDITION_KEYS = tuple(AccessPoint("", "", "", "").context())
"""The keys that requests through an access point have, and no others."""

Find = Callable[[str], AccessPoint | None]
"""Finds an access point by `<name>-<account id>` or by its alias."""


def none_known(_named: str) -> AccessPoint | None:
    """Find no access point."""
    return None


def name_in_arn(arn: str) -> str:
    """Return `<name>-<account id>` of an access point's ARN, or of that of an object behind one; empty for others."""
    found = _ARN.match(arn)
    return f"{found[2]}-{found[1]}" if found else ""


def point_copied_from(named: str, find: Find) -> AccessPoint | None:
    """Return the access point that stands for a copy's source bucket, by ARN or by alias; None where none does."""
    if named.startswith("arn:"):
        return find(name_in_arn(named))
    return find(named) if named.endswith(_ALIAS) else None


def is_access_point(named: str) -> bool:
    """Return whether what a copy's source names can be an access point alone: an ARN, or an alias."""
    return named.startswith("arn:") or named.endswith(_ALIAS)


def located(operation: Operation, find: Find, bucket: Callable[[str], Bucket | None]) -> Operation | Fault:
    """Return an operation on an access point as one on its bucket through it; any other as it is.

    Args:
        operation: of S3; it names an access point by host name, or by its alias where a bucket's name stands.
        find: the access points there are.
        bucket: the buckets there are, by name.
    """
    named = operation.access_point or _maybe_named(operation.bucket, bucket)
    if not named:
        return operation
    point = find(named)
    if point is None:
        unknown = operation.access_point or named.endswith(_ALIAS)
        return NO_SUCH_ACCESS_POINT if unknown else operation
    if operation.name not in SUPPORTED:
        return Fault(FaultKind.METHOD_NOT_ALLOWED, details=(("ResourceType", "ACCESS_POINT"),))
    return replace(operation, bucket=point.bucket, access_point=point.named)


def _maybe_named(name: str, bucket: Callable[[str], Bucket | None]) -> str:
    """Return a bucket's name where it may mean an access point: SDKs write one before `localhost` like a bucket."""
    if name.endswith(_ALIAS):
        return name
    return name if _WITH_ACCOUNT.fullmatch(name) and bucket(name) is None else ""


def policies_of_access_point(point: AccessPoint, bucket: Bucket | None) -> tuple[AttachedPolicy, ...]:
    """Return everything that has a say in a request to an access point, as policies.

    Args:
        point: the access point.
        bucket: the bucket behind it; None where it is gone.

    Raises:
        MalformedPolicy: the access point's policy is none.
    """
    found: list[AttachedPolicy] = []
    if point.policy is not None:
        found.append(AttachedPolicy(f"the policy of access point {point.name}", point.policy))
    if point.vpc_id:
        found.append(AttachedPolicy(f"the network origin of access point {point.name}", _only_from(point.vpc_id)))
    blocked = point.public_access_block | (bucket.public_access_block if bucket is not None else NOTHING_BLOCKED)
    if point.policy is not None and blocked.restrict_public_buckets:
        accounts = (point.account_id, bucket.account_id) if bucket is not None else (point.account_id,)
        name = f"Block Public Access of access point {point.name}"
        found += restriction(point.policy, name, *dict.fromkeys(accounts), of_access_point=True)
    return tuple(found)


@lru_cache(maxsize=256)
def _only_from(vpc_id: str) -> str:
    """Return the policy of an access point that is bound to a VPC: about its data, not about itself.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-vpc.html
    """
    statement = {
        "Sid": "NetworkOrigin",
        "Effect": "Deny",
        "Principal": "*",
        "NotAction": "s3:*AccessPoint*",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:SourceVpc": vpc_id}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
