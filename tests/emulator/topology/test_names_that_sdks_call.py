"""Every host name that botocore's endpoint rules make has an address: the public one, or where private DNS leads."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from ipaddress import IPv4Address
from itertools import product
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError

from vpce_emulator.topology.path import addresses_of
from vpce_emulator.topology.prefix_lists import REGIONS, S3_EXPRESS_ZONES, aws_prefix_list
from vpce_emulator.topology.public_names import PUBLIC_SERVICE_NETWORK
from vpce_emulator.topology.services import endpoint_service
from vpce_emulator.topology.zones import public_view, vpc_view

LOADER = botocore.session.get_session().get_component("data_loader")
ACCOUNT = "123456789012"
BUILT_IN = {"AWS::Region": "region", "AWS::UseFIPS": "fips", "AWS::UseDualStack": "dual_stack"}


def rules_of(service: str) -> EndpointProvider:
    return EndpointProvider(LOADER.load_service_model(service, "endpoint-rule-set-1"), LOADER.load_data("partitions"))


def names(service: str, regions: tuple[str, ...], **given: object) -> Iterator[str]:
    """Yield the host names that a service has in Regions of the partition, with every variant that its rules allow."""
    rules = rules_of(service)
    parameters = LOADER.load_service_model(service, "endpoint-rule-set-1")["parameters"]
    for region, fips, dual_stack in product(regions, (False, True), (False, True)):
        built_in = {"region": region, "fips": fips, "dual_stack": dual_stack}
        values = {name: each["default"] for name, each in parameters.items() if "default" in each}
        values |= {name: built_in[BUILT_IN[b]] for name, p in parameters.items() if (b := p.get("builtIn")) in BUILT_IN}
        try:
            endpoint = rules.resolve_endpoint(**values | {name: _in(region, value) for name, value in given.items()})
        except EndpointProviderError:
            continue
        yield urlsplit(endpoint.url).hostname


def _in(region: str, value: object) -> object:
    zone = S3_EXPRESS_ZONES.get(region, ("none-az1",))[0]
    return value.format(region=region, zone=zone) if isinstance(value, str) else value


@cache
def all_names() -> frozenset[str]:
    services = LOADER.list_available_services("service-2")
    return frozenset(name for service in services for name in names(service, REGIONS))


# The rules' further parameters, which operations and settings give: https://smithy.io/2.0/additional-specs/rules-engine
FURTHER = [
    ("s3", {"Bucket": "data"}),
    ("s3", {"Bucket": "data", "Accelerate": True}),
    ("s3", {"Bucket": "data", "ForcePathStyle": True}),
    ("s3", {"Bucket": "a.dotted.bucket"}),
    ("s3", {"UseObjectLambdaEndpoint": True}),
    ("s3", {"Bucket": "arn:aws:s3:{region}:123456789012:accesspoint/reports"}),
    ("s3", {"Bucket": "arn:aws:s3-object-lambda:{region}:123456789012:accesspoint/reports"}),
    ("s3", {"Bucket": "arn:aws:s3::123456789012:accesspoint:mfzwi23gnjvgw.mrap"}),
    ("s3", {"Bucket": "arn:aws:s3-outposts:{region}:123456789012:outpost/op-01234567890123456/accesspoint/reports"}),
    ("s3", {"Bucket": "data--op-s3"}),
    ("s3control", {"AccountId": ACCOUNT, "RequiresAccountId": True}),
    ("s3control", {"AccountId": ACCOUNT, "OutpostId": "op-01234567890123456"}),
    ("dynamodb", {"AccountId": ACCOUNT, "AccountIdEndpointMode": "preferred"}),
    ("dynamodb", {"IsSearchOperation": True}),
    ("dynamodb", {"AccountId": ACCOUNT, "AccountIdEndpointMode": "preferred", "IsSearchOperation": True}),
    ("kinesis", {"StreamARN": "arn:aws:kinesis:{region}:123456789012:stream/clicks", "OperationType": "data"}),
    ("kinesis", {"StreamARN": "arn:aws:kinesis:{region}:123456789012:stream/clicks", "OperationType": "control"}),
    ("eventbridgev2", {"AccountId": ACCOUNT, "AccountIdEndpointMode": "preferred"}),
    ("events", {"EndpointId": "abcde.veo"}),
    ("sesv2", {"EndpointId": "abcde.456"}),
    ("cloudfront-keyvaluestore", {"KvsARN": "arn:aws:cloudfront::123456789012:key-value-store/one"}),
    ("sts", {"UseGlobalEndpoint": True}),
    ("neptune-graph", {"ApiType": "ControlPlane"}),
    ("neptune-graph", {"ApiType": "DataPlane"}),
    ("signin", {"IsOAuthEndpoint": True}),
    ("signin", {"IsControlPlane": True}),
    ("acm", {"ServiceType": "acme"}),
    ("wellarchitected", {"SubServiceType": "agent"}),
    ("arc-region-switch", {"UseControlPlaneEndpoint": True}),
]


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2", "eu-west-3"])
def test_every_name_of_every_service_in_every_region_has_a_public_address(topology, region):
    view = public_view(replace(topology, region=region, endpoints={}))
    assert len(all_names()) > 40_000
    assert {name for name in all_names() if not _is_public(addresses_of(view, name))} == set()


@pytest.mark.parametrize(("service", "given"), FURTHER)
@pytest.mark.parametrize("region", ["us-east-1", "eu-west-3"])
def test_so_have_the_names_that_settings_and_parameters_make(topology, service, given, region):
    view = public_view(replace(topology, region=region, endpoints={}))
    made = set(names(service, REGIONS, **given))
    assert made
    assert {name for name in made if not _is_public(addresses_of(view, name))} == set()


@pytest.mark.parametrize(
    "given",
    [
        {"Bucket": "data--{zone}--x-s3", "DisableS3ExpressSessionAuth": True},
        {"Bucket": "data--{zone}--x-s3", "UseS3ExpressControlEndpoint": True},
        {"UseS3ExpressControlEndpoint": True},
    ],
)
@pytest.mark.parametrize("region", S3_EXPRESS_ZONES)
def test_names_of_s3_express_lie_in_its_own_prefix_list(topology, region, given):
    view = public_view(replace(topology, region=region, endpoints={}))
    made = set(names("s3", (region,), **given))
    cidrs = aws_prefix_list(region, "s3express").cidrs
    assert len(made) >= 2
    assert all(any(address in cidr for cidr in cidrs) for name in made for address in addresses_of(view, name))
    assert all(addresses_of(view, name) for name in made)


def test_private_dns_covers_what_the_private_names_of_a_vpcs_endpoints_cover_and_nothing_else(topology):
    view = vpc_view(topology, "vpc-app")
    endpoints = [e for e in topology.endpoints.values() if e.vpc_id == "vpc-app" and e.private_dns_enabled]
    services = [endpoint_service(e.service_name, e.service_region) for e in endpoints]
    private = [name for service in services for name in service.private_dns_names]
    further = {name for service, given in FURTHER for name in names(service, REGIONS, **given)}
    differing = {
        name for name in all_names() | further if _is_public(addresses_of(view, name)) == _is_covered(name, private)
    }
    assert private
    assert differing == set()


def _is_covered(name: str, private: list[str]) -> bool:
    return any(name == each or (each.startswith("*.") and name.endswith(each[1:])) for each in private)


def _is_public(addresses: tuple[IPv4Address, ...]) -> bool:
    return bool(addresses) and all(a in PUBLIC_SERVICE_NETWORK or a.is_global for a in addresses)


@pytest.mark.parametrize(
    ("name", "list_service"),
    [
        ("data.s3-fips.dualstack.us-east-1.amazonaws.com", "s3"),
        ("reports-123456789012.s3-accesspoint.dualstack.us-east-1.amazonaws.com", "s3"),
        ("reports-123456789012.s3-accesspoint-fips.us-east-1.amazonaws.com", "s3"),
        ("123456789012.s3-control.dualstack.us-east-1.amazonaws.com", "s3"),
        ("123456789012.ddb.us-east-1.api.aws", "dynamodb"),
        ("dynamodb-fips.us-east-1.api.aws", "dynamodb"),
        ("data.s3-accelerate.amazonaws.com", None),
        ("mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com", None),
        ("streams.dynamodb.us-east-1.amazonaws.com", None),
    ],
)
def test_gateway_endpoints_carry_the_names_whose_addresses_are_in_their_lists(topology, name, list_service):
    (address,) = addresses_of(public_view(topology), name)
    found = {s for s in ("s3", "dynamodb", "s3express") for c in aws_prefix_list("us-east-1", s).cidrs if address in c}
    assert found == ({list_service} if list_service else set())


@pytest.mark.parametrize(
    "name", ["sqss.us-east-1.amazonaws.com", "s3-acelerate.amazonaws.com", "sqs.us-east-9.api.aws"]
)
def test_a_misspelt_name_has_none(topology, name):
    assert addresses_of(public_view(topology), name) == ()
