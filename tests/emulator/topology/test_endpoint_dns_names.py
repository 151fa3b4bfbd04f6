"""The names of interface endpoints, made and read back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpce_emulator.topology.models import Endpoint, EndpointType
from vpce_emulator.topology.names import (
    DnsEntry,
    EndpointHost,
    dns_entries,
    hosted_zone_id,
    parse_endpoint_host,
    regional_name,
    zonal_name,
)
from vpce_emulator.topology.services import endpoint_service


def _entries(endpoint):
    service = endpoint_service(endpoint.service_name, endpoint.service_region)
    return [entry.name for entry in dns_entries(endpoint, service.dns_label, service.private_dns_names)]


def test_m8_m9_an_endpoint_has_a_regional_name_and_one_for_each_zone(topology):
    assert _entries(topology.endpoints["vpce-0b7d2995e9dfe5418"]) == [
        "vpce-0b7d2995e9dfe5418-mwrths3x.athena.us-east-1.vpce.amazonaws.com",
        "vpce-0b7d2995e9dfe5418-mwrths3x-us-east-1a.athena.us-east-1.vpce.amazonaws.com",
        "vpce-0b7d2995e9dfe5418-mwrths3x-us-east-1b.athena.us-east-1.vpce.amazonaws.com",
    ]


def test_m10_private_names_come_last(topology):
    assert _entries(topology.endpoints["vpce-0bbbbbbbbbbbbbbb2"])[3:] == ["sqs.us-east-1.amazonaws.com"]
    assert _entries(topology.endpoints["vpce-0bbbbbbbbbbbbbbb3"]) == [
        "vpce-0bbbbbbbbbbbbbbb3-ecrecrec.dkr.ecr.us-east-1.vpce.amazonaws.com",
        "vpce-0bbbbbbbbbbbbbbb3-ecrecrec-us-east-1a.dkr.ecr.us-east-1.vpce.amazonaws.com",
        "vpce-0bbbbbbbbbbbbbbb3-ecrecrec-us-east-1b.dkr.ecr.us-east-1.vpce.amazonaws.com",
        "*.dkr.ecr.us-east-1.amazonaws.com",
    ]


def test_the_names_of_s3_endpoints_are_wildcards(topology):
    assert _entries(topology.endpoints["vpce-0bbbbbbbbbbbbbbb1"]) == [
        "*.vpce-0bbbbbbbbbbbbbbb1-s3s3s3s3.s3.us-east-1.vpce.amazonaws.com",
        "*.vpce-0bbbbbbbbbbbbbbb1-s3s3s3s3-us-east-1a.s3.us-east-1.vpce.amazonaws.com",
        "*.vpce-0bbbbbbbbbbbbbbb1-s3s3s3s3-us-east-1b.s3.us-east-1.vpce.amazonaws.com",
    ]


def test_names_of_one_region_are_in_one_hosted_zone_and_each_private_name_in_its_own(topology):
    endpoint = replace(topology.endpoints["vpce-0bbbbbbbbbbbbbbb2"], service_name="com.amazonaws.us-east-1.monitoring")
    service = endpoint_service(endpoint.service_name, "us-east-1")
    entries = dns_entries(endpoint, service.dns_label, service.private_dns_names)
    assert {entry.hosted_zone_id for entry in entries[:3]} == {"Z7HUB22UULQXV"}
    assert len({entry.hosted_zone_id for entry in entries}) == 5
    assert all(isinstance(entry, DnsEntry) for entry in entries)


def test_regions_without_a_known_hosted_zone_get_an_id_of_the_same_shape():
    assert hosted_zone_id("us-west-2") == "Z1YSA3EXCYUU9Z"
    assert hosted_zone_id("eu-west-3").startswith("Z")
    assert hosted_zone_id("eu-west-3") != hosted_zone_id("eu-west-2")


_ID, _TOKEN = "vpce-0b7d2995e9dfe5418", "mwrths3x"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (
            "vpce-0b7d2995e9dfe5418-mwrths3x.athena.us-east-1.vpce.amazonaws.com",
            EndpointHost(_ID, _TOKEN, "", "athena", "us-east-1"),
        ),
        (
            "vpce-0b7d2995e9dfe5418-mwrths3x-us-east-1a.athena.us-east-1.vpce.amazonaws.com",
            EndpointHost(_ID, _TOKEN, "us-east-1a", "athena", "us-east-1"),
        ),
        (
            "VPCE-0B7D2995E9DFE5418-MWRTHS3X.API.ECR.US-EAST-1.VPCE.AMAZONAWS.COM.",
            EndpointHost(_ID, _TOKEN, "", "api.ecr", "us-east-1"),
        ),
        (
            "vpce-1a2b3c4d-mwrths3x-us-west-2-lax-1a.streams.dynamodb.us-west-2.vpce.amazonaws.com",
            EndpointHost("vpce-1a2b3c4d", _TOKEN, "us-west-2-lax-1a", "streams.dynamodb", "us-west-2"),
        ),
        (
            "bucket.vpce-0b7d2995e9dfe5418-mwrths3x.s3.us-east-1.vpce.amazonaws.com",
            EndpointHost(_ID, _TOKEN, "", "s3", "us-east-1", "bucket"),
        ),
        (
            "my.bucket.vpce-1.bucket.vpce-0b7d2995e9dfe5418-mwrths3x-us-east-1a.s3.us-east-1.vpce.amazonaws.com",
            EndpointHost(_ID, _TOKEN, "us-east-1a", "s3", "us-east-1", "my.bucket.vpce-1.bucket"),
        ),
        (
            "123456789012.control.vpce-0b7d2995e9dfe5418-mwrths3x.s3.us-gov-west-1.vpce.amazonaws.com",
            EndpointHost(_ID, _TOKEN, "", "s3", "us-gov-west-1", "123456789012.control"),
        ),
        ("sqs.us-east-1.amazonaws.com", None),
        ("vpce-0b7d2995e9dfe5418.athena.us-east-1.vpce.amazonaws.com", None),
        ("vpce-0b7d2995e9dfe5418-mwrths3x.us-east-1.vpce.amazonaws.com", None),
        ("vpce-0b7d2995e9dfe5418-mwrths3x.athena.us-east-1.vpce.amazonaws.com.example.com", None),
        ("", None),
    ],
)
def test_a_host_name_tells_its_endpoint(host, expected):
    assert parse_endpoint_host(host) == expected


@given(st.text())
def test_any_text_is_read_without_an_error(text):
    assert parse_endpoint_host(text) is None or "vpce-" in text.lower()


@given(
    number=st.integers(0, 2**68 - 1),
    token=st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=8, max_size=8),
    zone=st.sampled_from(["", "us-east-1a", "us-east-1f"]),
    labels=st.sampled_from(["", "bucket", "a.b.bucket"]),
)
def test_what_is_made_can_be_read_back(number, token, zone, labels):
    endpoint = Endpoint(
        id=f"vpce-{number:017x}",
        name="made",
        type=EndpointType.INTERFACE,
        service_name="com.amazonaws.us-east-1.ecr.api",
        vpc_id="vpc-1",
        owner_id="123456789012",
        state="available",
        policy=None,
        created_at=0.0,
        service_region="us-east-1",
        dns_token=token,
    )
    name = zonal_name(endpoint, "api.ecr", zone) if zone else regional_name(endpoint, "api.ecr")
    host = f"{labels}.{name}" if labels else name
    assert parse_endpoint_host(host) == EndpointHost(endpoint.id, token, zone, "api.ecr", "us-east-1", labels)
