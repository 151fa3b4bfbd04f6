"""The DNS names of interface endpoints: made from an endpoint, and read back from a host name.

https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from vpce_emulator.topology.models import Endpoint

# As DescribeVpcEndpoints tells them; AWS lists them nowhere.
_HOSTED_ZONE_IDS: Final = {
    "us-east-1": "Z7HUB22UULQXV",
    "us-east-2": "ZC8PG0KIFKBRI",
    "us-west-2": "Z1YSA3EXCYUU9Z",
}

_HOST: Final = re.compile(
    r"(?:(?P<labels>.+)\.)?"
    r"(?P<endpoint_id>vpce-[0-9a-f]{8}(?:[0-9a-f]{9})?)-(?P<token>[0-9a-z]{8})(?:-(?P<zone>[a-z0-9-]+))?"
    r"\.(?P<dns_label>[a-z0-9.-]+)\.(?P<region>[a-z]{2,}(?:-[a-z]+)+-\d+)\.vpce\.amazonaws\.com",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class EndpointHost:
    """What an interface endpoint's host name says.

    Attributes:
        endpoint_id: `vpce-…`.
        token: the eight characters after the id.
        zone: the Availability Zone of a zonal name; empty in a regional one.
        dns_label: the service's part of the name, `api.ecr`.
        region: the service's Region.
        labels: what stands in front, without the dot: `bucket`, `my-bucket.bucket`; empty where nothing does.
    """

    endpoint_id: str
    token: str
    zone: str
    dns_label: str
    region: str
    labels: str = ""


@dataclass(frozen=True, slots=True)
class DnsEntry:
    """One of an endpoint's `DnsEntries`."""

    name: str
    hosted_zone_id: str


def parse_endpoint_host(host: str) -> EndpointHost | None:
    """Read a host name, in any letter case, with or without a final dot; None if it is no endpoint's."""
    match = _HOST.fullmatch(host.lower().removesuffix("."))
    if match is None:
        return None
    return EndpointHost(**{name: value or "" for name, value in match.groupdict().items()})


def stable_endpoint_id(name: str) -> str:
    """Return an endpoint id made from a name, so that it is the same at every start and policies can hold it."""
    return f"vpce-0{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def reversed_segment(segment: str) -> str:
    """Return what follows the Region in a service's name as its endpoints' names have it: `ecr.api` → `api.ecr`."""
    return ".".join(reversed(segment.split(".")))


def regional_name(endpoint: Endpoint, dns_label: str) -> str:
    """Return the name that leads to all of an endpoint's interfaces."""
    return f"{endpoint.id}-{endpoint.dns_token}.{dns_label}.{endpoint.service_region}.vpce.amazonaws.com"


def zonal_name(endpoint: Endpoint, dns_label: str, zone: str) -> str:
    """Return the name that leads to an endpoint's interface in one Availability Zone."""
    return f"{endpoint.id}-{endpoint.dns_token}-{zone}.{dns_label}.{endpoint.service_region}.vpce.amazonaws.com"


def dns_entries(endpoint: Endpoint, dns_label: str, private_dns_names: Iterable[str]) -> tuple[DnsEntry, ...]:
    """Return an interface endpoint's `DnsEntries` in AWS's order: regional, zonal, private where they are enabled.

    S3's regional and zonal entries are wildcards, since its names are of no use without `bucket.` or another label.
    """
    wildcard = "*." if dns_label == "s3" else ""
    zone_id = hosted_zone_id(endpoint.service_region)
    zones = [interface.availability_zone for interface in endpoint.interfaces]
    own = [regional_name(endpoint, dns_label), *(zonal_name(endpoint, dns_label, zone) for zone in zones)]
    private = private_dns_names if endpoint.private_dns_enabled else ()
    return (
        *(DnsEntry(wildcard + name, zone_id) for name in own),
        *(DnsEntry(name, _private_zone_id(endpoint, name)) for name in private),
    )


def hosted_zone_id(region: str) -> str:
    """Return the id of the hosted zone that the endpoint names of a Region are in."""
    return _HOSTED_ZONE_IDS.get(region) or _zone_id(f"{region}.vpce.amazonaws.com")


def _private_zone_id(endpoint: Endpoint, name: str) -> str:
    return _zone_id(f"{endpoint.id}.{name}")


def _zone_id(of: str) -> str:
    """Return an id of the shape Route 53 gives, the same in every run."""
    return "Z" + base64.b32encode(hashlib.sha256(of.encode()).digest()).decode()[:20]
