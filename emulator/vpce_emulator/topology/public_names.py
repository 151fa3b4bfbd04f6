"""The public host names of AWS's services, and their addresses: what anybody's DNS answers.

Rules make names out of `catalogue`'s lists; what deviates from the rules stands in the tables here. They are the names
that the SDKs' endpoint rules make, with the FIPS and dual-stack variants that an SDK can be configured for.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from vpce_emulator.topology.catalogue import (
    GLOBAL_SDK_ENDPOINTS,
    OTHER_SDK_ENDPOINTS,
    SDK_ENDPOINT_LABELS,
    SDK_ENDPOINT_LABELS_UNDER_API_AWS,
)
from vpce_emulator.topology.prefix_lists import REGIONS, S3_EXPRESS_ZONES, aws_prefix_list, gateway_services
from vpce_emulator.topology.services import endpoint_services

PUBLIC_SERVICE_NETWORK: Final = IPv4Network("198.51.100.0/24")
"""Where the public addresses of services without a prefix list lie.

Chosen because RFC 5737 keeps these addresses for documentation: no real host has them, so that taking them over on a
developer's machine cuts nothing off.
"""

_VARIANTS: Final = ("", "-fips", ".dualstack", "-fips.dualstack")
_SUFFIXES: Final = ("amazonaws.com", "api.aws")

# S3's names in a Region. Those that begin with `*` stand for buckets, access points and accounts.
# https://docs.aws.amazon.com/general/latest/gr/s3.html
_S3_NAMES: Final = (
    *(
        f"{below}{label}{variant}.{{region}}.amazonaws.com"
        for label in ("s3", "s3-control", "s3-accesspoint")
        for variant in _VARIANTS
        for below in ("", "*.")
    ),
    "s3-{region}.amazonaws.com",
    "*.s3-{region}.amazonaws.com",
    "s3-website.{region}.amazonaws.com",
    "*.s3-website.{region}.amazonaws.com",
    "s3-website-{region}.amazonaws.com",
    "*.s3-website-{region}.amazonaws.com",
)

# Those that lead to no address of S3's prefix list.
# https://docs.aws.amazon.com/general/latest/gr/s3.html (Object Lambda, Outposts)
_S3_NAMES_OUTSIDE_THE_LIST: Final = (
    *(f"{below}s3-object-lambda{fips}.{{region}}.amazonaws.com" for fips in ("", "-fips") for below in ("", "*.")),
    "*.s3-outposts.{region}.amazonaws.com",
)

# The legacy global names, which us-east-1 answers: a bucket elsewhere is redirected to.
_S3_GLOBAL_NAMES: Final = ("s3.amazonaws.com", "*.s3.amazonaws.com", "s3-external-1.amazonaws.com")
_S3_GLOBAL_REGION: Final = "us-east-1"

# `*.ddb` are the account-based endpoints. DynamoDB Streams is left out: gateway endpoints do not carry it.
# https://docs.aws.amazon.com/general/latest/gr/ddb.html
_DYNAMODB_NAMES: Final = (
    "dynamodb.{region}.amazonaws.com",
    "dynamodb-fips.{region}.amazonaws.com",
    "*.ddb.{region}.amazonaws.com",
    "dynamodb.{region}.api.aws",
    "dynamodb-fips.{region}.api.aws",
    "*.ddb.{region}.api.aws",
)

# Names that are the same wherever they are asked for from, and lie in no Region's prefix list: transfer acceleration
# leads to edge locations, and gateway endpoints do not carry Multi-Region Access Points.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration-getting-started.html
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointRestrictions.html
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-global-endpoints.html
# https://docs.aws.amazon.com/ses/latest/dg/global-endpoints.html
_GLOBAL_NAMES: Final = (
    "s3-accelerate.amazonaws.com",
    "*.s3-accelerate.amazonaws.com",
    "s3-accelerate.dualstack.amazonaws.com",
    "*.s3-accelerate.dualstack.amazonaws.com",
    "*.accesspoint.s3-global.amazonaws.com",
    "*.endpoint.events.amazonaws.com",
    "*.endpoint.events.api.aws",
    "*.endpoints.email.amazonaws.com",
    "*.endpoints.email.global.api.aws",
    "*.cloudfront-kvs.global.api.aws",
    "*.neptune-graph.amazonaws.com",
    "queue.amazonaws.com",
)

# Below which SDKs put an account's or a stream's number.
_ACCOUNT_LABELS: Final = ("control-kinesis", "data-kinesis", "eventsv2", "search-ddb")


@cache
def public_names(region: str) -> Mapping[str, tuple[IPv4Address, ...]]:
    """Return the public host names of AWS's services, as seen from a Region, each with its addresses.

    A name that begins with `*.` stands for all names below. Of the Region itself every service is listed; of the other
    Regions S3 and DynamoDB are, and one wildcard for all the rest, which lie outside every prefix list anyway.
    """
    names: dict[str, tuple[IPv4Address, ...]] = {}
    for name in (*_sdk_names(region), *GLOBAL_SDK_ENDPOINTS, *_GLOBAL_NAMES):
        names[name] = _addresses(name, (PUBLIC_SERVICE_NETWORK,))
    for other in dict.fromkeys((*REGIONS, region)):
        outside = _names_outside_the_lists(other) if other == region else _wildcards(other)
        names |= {name: _addresses(name, (PUBLIC_SERVICE_NETWORK,)) for name in outside}
        names |= _names_in_prefix_lists(other)
    s3_global = aws_prefix_list(_S3_GLOBAL_REGION, "s3").cidrs
    return names | {name: _addresses(name, s3_global) for name in _S3_GLOBAL_NAMES}


def _names_in_prefix_lists(region: str) -> dict[str, tuple[IPv4Address, ...]]:
    templates = {"s3": _S3_NAMES, "dynamodb": _DYNAMODB_NAMES, "s3express": _s3_express_names(region)}
    return {
        name: _addresses(name, aws_prefix_list(region, service).cidrs)
        for service in gateway_services(region)
        for name in (template.format(region=region) for template in templates[service])
    }


def _s3_express_names(region: str) -> tuple[str, ...]:
    """Return the names of S3 Express One Zone: the Region's own, and those of the zones, below which buckets are.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/endpoint-directory-buckets-AZ.html
    """
    regional = (f"s3express-control{variant}.{{region}}.amazonaws.com" for variant in _VARIANTS)
    zonal = (
        f"{below}s3express{fips}-{zone}{stack}.{{region}}.amazonaws.com"
        for zone in S3_EXPRESS_ZONES.get(region, ())
        for fips in ("", "-fips")
        for stack in ("", ".dualstack")
        for below in ("", "*.")
    )
    return (*regional, *zonal)


def _names_outside_the_lists(region: str) -> Iterator[str]:
    yield from (template.format(region=region) for template in (*_S3_NAMES_OUTSIDE_THE_LIST, *OTHER_SDK_ENDPOINTS))
    yield from (
        f"*.{label}{fips}.{region}.{suffix}"
        for label in _ACCOUNT_LABELS
        for fips in ("", "-fips")
        for suffix in _SUFFIXES
    )


def _wildcards(region: str) -> Iterator[str]:
    """Yield names for all the services of another Region.

    No wildcard reaches below a name that is there, as `dynamodb` is (RFC 4592, section 2.2.1).
    """
    for suffix in _SUFFIXES:
        yield from (f"{label}.{region}.{suffix}" for label in ("*", "streams.dynamodb", "streams.dynamodb-fips"))
    yield from (template.format(region=region) for template in OTHER_SDK_ENDPOINTS if not template.endswith(_SUFFIXES))


def _sdk_names(region: str) -> Iterable[str]:
    """Yield the names of a Region's services that SDKs and private DNS use."""
    for label in SDK_ENDPOINT_LABELS:
        yield from (f"{label}{fips}.{region}.{suffix}" for fips in ("", "-fips") for suffix in _SUFFIXES)
    for label in SDK_ENDPOINT_LABELS_UNDER_API_AWS:
        yield from (f"{label}{fips}.{region}.api.aws" for fips in ("", "-fips"))
    for service in endpoint_services(region).values():
        yield from service.private_dns_names
    yield from (f"queue.{region}.amazonaws.com", f"{region}.queue.amazonaws.com")


def default_host(label: str, region: str) -> str:
    """Return the host name by which an SDK calls a service, where nothing else is configured.

    Args:
        label: what the service's host names begin with: `sqs`, `api.ecr`.
        region: the Region that the SDK is set to.
    """
    if label in _GLOBAL_HOSTS:
        return _GLOBAL_HOSTS[label]
    suffix = "api.aws" if label in SDK_ENDPOINT_LABELS_UNDER_API_AWS else "amazonaws.com"
    return f"{label}.{region}.{suffix}"


# By what they begin with; services that have regional names too are called by those.
_GLOBAL_HOSTS: Final[Mapping[str, str]] = {
    label: host
    for host in GLOBAL_SDK_ENDPOINTS
    if (label := host.removeprefix("global.").partition(".")[0]) not in SDK_ENDPOINT_LABELS
}


def _addresses(name: str, networks: tuple[IPv4Network, ...]) -> tuple[IPv4Address, ...]:
    """Return the address a public name has: any of the networks' host addresses, the same in every run."""
    digest = hashlib.sha256(name.encode()).digest()
    network = networks[digest[0] % len(networks)]
    return (network[1 + int.from_bytes(digest[1:5], "big") % (network.num_addresses - 2)],)
