"""What a host name says: the service, the Region, and of S3 the bucket or access point that stands before it.

Sources: https://docs.aws.amazon.com/general/latest/gr/rande.html (regional, dual-stack, FIPS),
https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html (S3, legacy and global names),
https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html (`bucket.`, `accesspoint.`
and `control.` before an endpoint's name).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from vpce_emulator.aws.service_names import DOTTED_LABELS


@dataclass(frozen=True, slots=True)
class ServiceHost:
    """A host name of AWS, taken apart.

    Attributes:
        label: the service as host names spell it: `s3`, `dynamodb`, `monitoring`, `api.ecr`.
        region: the Region named; empty in global names (`s3.amazonaws.com`).
        bucket: of a virtual-hosted S3 name, the bucket.
        access_point: of an S3 access point's name, `<name>-<account id>`.
        endpoint_id: of an endpoint's own name, the endpoint (`vpce-…`).
    """

    label: str
    region: str = ""
    bucket: str = ""
    access_point: str = ""
    endpoint_id: str = ""


_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}")
_ENDPOINT = re.compile(r"(vpce-[0-9a-f]{8,17})-[a-z0-9]+(?:-[a-z0-9-]+)?")
_LEGACY_S3 = re.compile(r"(s3(?:-fips|-website)?)-([a-z]{2,4}(?:-[a-z]+)+-\d{1,2})")
_DIRECTORY_BUCKETS = re.compile(r"s3express-[a-z0-9]+-az\d+")  # and the zone they are in
# The suffixes of AWS's own names; the longest that fits counts.
_SUFFIXES = (".amazonaws.com.cn", ".amazonaws.com", ".api.amazonwebservices.com.cn", ".api.aws")
# What S3's own labels mean, with `-fips` and `.dualstack` taken off.
_S3_LABELS = frozenset({"s3", "s3-accelerate", "s3-external-1", "s3-website"})


def without_port(host: str) -> str:
    """Return a Host header's name in lower case, without port and final dot; an IPv6 address keeps its brackets."""
    name = host.lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0].rstrip(".")


@lru_cache(maxsize=4096)
def parse_host(host: str) -> ServiceHost | None:
    """Take a Host header apart, or return None when it is not one of AWS's names.

    Args:
        host: as sent, with or without a port, in any letter case.
    """
    name = without_port(host)
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix):
            return _parse_labels(name[: -len(suffix)].split("."))
    return None


@lru_cache(maxsize=4096)
def bucket_of_localhost(host: str) -> str:
    """Return the bucket of `<bucket>.localhost`, as SDKs write it for `http://localhost`, or an empty string."""
    name = without_port(host)
    return name.removesuffix(".localhost") if name.endswith(".localhost") else ""


def _parse_labels(labels: list[str]) -> ServiceHost:
    if labels[-1] == "vpce":
        found = _parse_endpoint(labels)
        if found is not None:
            return found
    labels, region = _without_region(labels)
    if labels and labels[-1] == "dualstack":
        labels = labels[:-1]
    label, before = _service_label(labels)
    return _with_prefix(label, before, region, "")


def _parse_endpoint(labels: list[str]) -> ServiceHost | None:
    """Take `<before>.vpce-<id>-<token>[-<az>].<service>.<region>.vpce` apart.

    A bucket's name may begin with `vpce-` too, hence the last label that looks like an endpoint's.
    """
    for at in range(len(labels) - 4, -1, -1):
        token = _ENDPOINT.fullmatch(labels[at])
        if token is not None:
            label, rest = _service_label(labels[at + 1 : -2])
            if not rest:
                return _with_prefix(label, labels[:at], labels[-2], token[1])
    return None


def _without_region(labels: list[str]) -> tuple[list[str], str]:
    if _REGION.fullmatch(labels[-1]):
        return labels[:-1], labels[-1]
    legacy = _LEGACY_S3.fullmatch(labels[-1])
    if legacy is not None:
        return [*labels[:-1], legacy[1]], legacy[2]
    if labels[-1] == "queue" and len(labels) > 1 and _REGION.fullmatch(labels[-2]):  # the legacy <region>.queue
        return ["queue"], labels[-2]
    return (labels[:-1] if labels[-1] == "global" and len(labels) > 1 else labels), ""


def _service_label(labels: list[str]) -> tuple[str, list[str]]:
    """Return the service's label, with `-fips` taken off, and the labels before it."""
    if not labels:
        return "", []
    last = labels[-1].removesuffix("-fips")
    for length in (3, 2):
        if (*labels[-length:-1], last) in DOTTED_LABELS:
            return ".".join((*labels[-length:-1], last)), labels[:-length]
    return last, labels[:-1]


def _with_prefix(label: str, before: list[str], region: str, endpoint_id: str) -> ServiceHost:
    prefix = ".".join(before)
    if label == "s3-accesspoint":
        return ServiceHost("s3", region, access_point=prefix, endpoint_id=endpoint_id)
    if _DIRECTORY_BUCKETS.fullmatch(label) or (label in _S3_LABELS and not endpoint_id):
        return ServiceHost("s3", region, bucket=prefix)
    if label not in _S3_LABELS:
        return ServiceHost(label, region, endpoint_id=endpoint_id)
    return _behind_s3_endpoint(before, region, endpoint_id)


def _behind_s3_endpoint(before: list[str], region: str, endpoint_id: str) -> ServiceHost:
    """Read the labels before an S3 endpoint's own: `[<bucket>.]bucket`, `<access point>.accesspoint`, `control`."""
    kind = before[-1] if before else ""
    inner = ".".join(before[:-1])
    if kind == "control":
        return ServiceHost("s3-control", region, endpoint_id=endpoint_id)
    if kind == "accesspoint":
        return ServiceHost("s3", region, access_point=inner, endpoint_id=endpoint_id)
    bucket = inner if kind == "bucket" else ".".join(before)
    return ServiceHost("s3", region, bucket=bucket, endpoint_id=endpoint_id)
