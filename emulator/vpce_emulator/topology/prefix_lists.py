"""AWS-managed prefix lists of the services that have gateway endpoints: their ids and CIDRs, Region by Region.

https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from ipaddress import IPv4Network
from typing import Final

from vpce_emulator.topology.models import PrefixList

# In every Region.
# https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
_GATEWAY_SERVICES: Final = ("s3", "dynamodb")

S3_EXPRESS_ZONES: Final[Mapping[str, tuple[str, ...]]] = {
    "us-east-1": ("use1-az4", "use1-az5", "use1-az6"),
    "us-east-2": ("use2-az1", "use2-az2"),
    "us-west-2": ("usw2-az1", "usw2-az3", "usw2-az4"),
    "ap-south-1": ("aps1-az1", "aps1-az3"),
    "ap-northeast-1": ("apne1-az1", "apne1-az4"),
    "eu-west-1": ("euw1-az1", "euw1-az3"),
    "eu-north-1": ("eun1-az1", "eun1-az2", "eun1-az3"),
}
"""The zones that S3 Express One Zone is in, Region by Region.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/endpoint-directory-buckets-AZ.html
"""

# Region: (S3's list, DynamoDB's list), as DescribePrefixLists tells them. The same id means different lists in
# different Regions, which is no mistake.
_IDS: Final = {
    "us-east-1": ("pl-63a5400a", "pl-02cd2c6b"),
    "us-east-2": ("pl-7ba54012", "pl-4ca54025"),
    "us-west-1": ("pl-6ba54002", "pl-6ea54007"),
    "us-west-2": ("pl-68a54001", "pl-00a54069"),
    "eu-west-1": ("pl-6da54004", "pl-6fa54006"),
    "eu-west-2": ("pl-7ca54015", "pl-b3a742da"),
    "eu-central-1": ("pl-6ea54007", "pl-66a5400f"),
    "eu-north-1": ("pl-c3aa4faa", "pl-adae4bc4"),
    "ap-northeast-1": ("pl-61a54008", "pl-78a54011"),
    "ap-northeast-2": ("pl-78a54011", "pl-48a54021"),
    "ap-southeast-1": ("pl-6fa54006", "pl-67a5400e"),
    "ap-southeast-2": ("pl-6ca54005", "pl-62a5400b"),
    "ap-south-1": ("pl-78a54011", "pl-66a7420f"),
    "ca-central-1": ("pl-7da54014", "pl-4ea54027"),
    "sa-east-1": ("pl-6aa54003", "pl-60a54009"),
}

# As DescribePrefixLists told them; AWS's lists drift over time. eu-west-1's older list held 54.231.128.0/19 too, which
# today is us-east-1's.
_CIDRS: Final = {
    ("us-east-1", "s3"): (
        "54.231.0.0/16",
        "52.216.0.0/15",
        "3.5.0.0/19",
        "16.182.0.0/16",
        "18.34.0.0/19",
        "18.34.232.0/21",
    ),
    ("us-east-1", "dynamodb"): ("52.94.0.0/22", "52.119.224.0/20"),
    ("us-west-2", "s3"): ("3.5.76.0/22", "3.5.80.0/21", "18.34.48.0/20", "52.92.128.0/17", "52.218.128.0/17"),
    ("eu-west-1", "s3"): ("52.218.0.0/17",),
    ("eu-west-1", "dynamodb"): ("52.94.5.0/24", "52.119.240.0/21", "52.94.24.0/23"),
}

REGIONS: Final = (
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
)
"""The Regions of the `aws` partition: botocore 1.43's `endpoints.json`."""

# The ranges of other Regions are told by the API alone. One network for each, out of blocks in which AWS numbers
# these services in all Regions (https://ip-ranges.amazonaws.com/ip-ranges.json); chosen because what matters is that a
# Region's addresses are in its own list and in no other's.
_REPRESENTATIVE: Final = {
    "s3": (IPv4Network("3.5.128.0/18"), 24),
    "dynamodb": (IPv4Network("52.94.64.0/18"), 24),
    "s3express": (IPv4Network("3.5.192.0/18"), 24),
}


def gateway_services(region: str) -> tuple[str, ...]:
    """Return the services that gateway endpoints are offered for in a Region, S3 first.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-networking.html
    """
    return (*_GATEWAY_SERVICES, *(("s3express",) if region in S3_EXPRESS_ZONES else ()))


@cache
def aws_prefix_list(region: str, service: str) -> PrefixList:
    """Return the prefix list of `s3`, `dynamodb` or `s3express` in a Region.

    Raises:
        KeyError: for a service that has no gateway endpoints.
    """
    name = f"com.amazonaws.{region}.{service}"
    return PrefixList(_list_id(region, service), name, _cidrs(region, service))


def aws_prefix_lists(region: str) -> tuple[PrefixList, ...]:
    """Return the prefix lists of all services with gateway endpoints in a Region."""
    return tuple(aws_prefix_list(region, service) for service in gateway_services(region))


def prefix_list_ids(region: str) -> Mapping[str, str]:
    """Return the ids of those lists by the full names of the services."""
    return {prefix_list.name: prefix_list.id for prefix_list in aws_prefix_lists(region)}


def _list_id(region: str, service: str) -> str:
    if region in _IDS and service in _GATEWAY_SERVICES:
        return _IDS[region][_GATEWAY_SERVICES.index(service)]
    # Not on record: an id of the same shape, the same in every run.
    return "pl-" + hashlib.sha256(f"{region}.{service}".encode()).hexdigest()[:8]


def _cidrs(region: str, service: str) -> tuple[IPv4Network, ...]:
    known = _CIDRS.get((region, service))
    if known:
        return tuple(map(IPv4Network, known))
    block, prefix = _REPRESENTATIVE[service]
    place = REGIONS.index(region) if region in REGIONS else len(REGIONS)
    return (list(block.subnets(new_prefix=prefix))[place % 2 ** (prefix - block.prefixlen)],)
