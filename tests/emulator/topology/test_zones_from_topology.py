"""What each VPC, the public and on-premises hosts are told by DNS."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from vpce_dns import Question, RecordType, ResponseCode, resolve
from vpce_emulator.topology.path import addresses_of
from vpce_emulator.topology.public_names import public_names
from vpce_emulator.topology.zones import inbound_view, public_view, vpc_view

SQS, S3 = "sqs.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"
SQS_NAME = "vpce-0bbbbbbbbbbbbbbb2-sqsqsqsq.sqs.us-east-1.vpce.amazonaws.com"
S3_NAME = "vpce-0bbbbbbbbbbbbbbb1-s3s3s3s3.s3.us-east-1.vpce.amazonaws.com"
S3_ENDPOINT = "vpce-0bbbbbbbbbbbbbbb1"


def _addresses(view, name):
    return [str(address) for address in addresses_of(view, name)]


def _public(name):
    return [str(address) for address in public_names("us-east-1")[name]]


def _rcode(view, name, record_type=RecordType.A):
    return resolve(Question(name, record_type), view).rcode


@pytest.mark.parametrize(
    ("name", "addresses"),
    [
        (SQS_NAME, ["10.0.1.13", "10.0.2.13"]),
        (SQS_NAME.replace("sqsqsqsq", "sqsqsqsq-us-east-1a"), ["10.0.1.13"]),
        (SQS_NAME.replace("sqsqsqsq", "sqsqsqsq-us-east-1b"), ["10.0.2.13"]),
        (SQS_NAME.replace("sqsqsqsq", "sqsqsqsq-us-east-1c"), []),
        (f"below.{SQS_NAME}", []),
        (S3_NAME, ["10.0.1.11", "10.0.2.11"]),
        (f"bucket.{S3_NAME}", ["10.0.1.11", "10.0.2.11"]),
        (f"my.dotted-bucket.bucket.{S3_NAME}", ["10.0.1.11", "10.0.2.11"]),
        (f"ap-123456789012.accesspoint.{S3_NAME}", ["10.0.1.11", "10.0.2.11"]),
        (f"123456789012.control.{S3_NAME}", ["10.0.1.11", "10.0.2.11"]),
        (f"bucket.{S3_NAME.replace('s3s3s3s3', 's3s3s3s3-us-east-1b')}", ["10.0.2.11"]),
    ],
)
@pytest.mark.parametrize("view_of", [public_view, lambda t: vpc_view(t, "vpc-app"), lambda t: vpc_view(t, "vpc-peer")])
def test_m8_m9_endpoint_names_are_public_and_their_addresses_private(topology, view_of, name, addresses):
    assert _addresses(view_of(topology), name) == addresses


def test_m10_private_names_lead_to_the_endpoint_in_its_own_vpc_only(topology):
    assert _addresses(vpc_view(topology, "vpc-app"), SQS) == ["10.0.1.13", "10.0.2.13"]
    assert _addresses(vpc_view(topology, "vpc-peer"), SQS) == _public(SQS)
    assert _addresses(public_view(topology), SQS) == _public(SQS)


@pytest.mark.parametrize("attribute", ["enable_dns_support", "enable_dns_hostnames"])
def test_m10_private_names_need_both_dns_attributes(topology, attribute):
    vpc = replace(topology.vpcs["vpc-app"], **{attribute: False})
    without = replace(topology, vpcs={**topology.vpcs, "vpc-app": vpc})
    assert _addresses(vpc_view(without, "vpc-app"), SQS) == _public(SQS)


def test_m10_a_wildcard_private_name_leads_there_too(topology):
    name = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
    assert _addresses(vpc_view(topology, "vpc-app"), name) == ["10.0.1.14", "10.0.2.14"]


def _with_s3_private_dns(topology, **changes):
    endpoint = replace(topology.endpoints[S3_ENDPOINT], private_dns_enabled=True, **changes)
    return replace(topology, endpoints={**topology.endpoints, S3_ENDPOINT: endpoint})


@pytest.mark.parametrize(
    ("name", "captured"),
    [
        (S3, True),
        ("my-bucket.s3.us-east-1.amazonaws.com", True),
        ("123456789012.s3-control.us-east-1.amazonaws.com", True),
        ("ap-123456789012.s3-accesspoint.us-east-1.amazonaws.com", True),
        # boto3's names in us-east-1, and others that interface endpoints do not serve.
        ("my-bucket.s3.amazonaws.com", False),
        ("s3.amazonaws.com", False),
        ("my-bucket.s3.dualstack.us-east-1.amazonaws.com", False),
        ("s3-fips.us-east-1.amazonaws.com", False),
        ("s3.us-west-2.amazonaws.com", False),
    ],
)
def test_private_dns_of_s3_captures_the_regional_names(topology, name, captured):
    addresses = _addresses(vpc_view(_with_s3_private_dns(topology), "vpc-app"), name)
    assert addresses
    assert (addresses == ["10.0.1.11", "10.0.2.11"]) is captured


def test_inbound_only_private_names_hold_for_hosts_on_premises_alone(topology):
    s3 = _with_s3_private_dns(topology, private_dns_only_for_inbound_resolver=True)
    assert _addresses(vpc_view(s3, "vpc-app"), S3) == _public(S3)
    assert _addresses(inbound_view(s3, "vpc-app"), S3) == ["10.0.1.11", "10.0.2.11"]


def test_no_endpoint_captures_dynamodb(topology):
    name = "dynamodb.us-east-1.amazonaws.com"
    assert _addresses(vpc_view(topology, "vpc-app"), name) == _public(name)


def test_m12_an_impaired_zone_leaves_the_regional_name_and_the_private_one(topology):
    view = vpc_view(replace(topology, impaired_zones=frozenset({"us-east-1b"})), "vpc-app")
    assert _addresses(view, SQS_NAME) == ["10.0.1.13"]
    assert _addresses(view, SQS) == ["10.0.1.13"]
    assert _addresses(view, SQS_NAME.replace("sqsqsqsq", "sqsqsqsq-us-east-1b")) == ["10.0.2.13"]


def test_with_every_zone_impaired_all_addresses_are_told(topology):
    view = public_view(replace(topology, impaired_zones=frozenset({"us-east-1a", "us-east-1b"})))
    assert _addresses(view, SQS_NAME) == ["10.0.1.13", "10.0.2.13"]


@pytest.mark.parametrize("state", ["deleting", "deleted"])
def test_names_of_an_endpoint_that_goes_are_gone(topology, state):
    endpoint = replace(topology.endpoints["vpce-0bbbbbbbbbbbbbbb2"], state=state)
    view = vpc_view(replace(topology, endpoints={endpoint.id: endpoint}), "vpc-app")
    assert _rcode(view, SQS_NAME) is ResponseCode.NXDOMAIN
    assert _addresses(view, SQS) == _public(SQS)


@pytest.mark.parametrize(
    ("name", "rcode"),
    [
        (SQS_NAME, ResponseCode.NOERROR),
        (f"unknown.{SQS}", ResponseCode.NXDOMAIN),
        ("unknown.amazonaws.com", ResponseCode.NXDOMAIN),
        ("vpce-00000000000000000-aaaaaaaa.sqs.us-east-1.vpce.amazonaws.com", ResponseCode.NXDOMAIN),
    ],
)
def test_names_without_ipv6_have_no_data_and_unknown_names_do_not_exist(topology, name, rcode):
    answer = resolve(Question(name, RecordType.AAAA), vpc_view(topology, "vpc-app"))
    assert (answer.rcode, answer.addresses) == (rcode, ())


def test_names_of_others_are_not_ours_to_answer(topology):
    assert addresses_of(public_view(topology), "example.com") == ()


def test_an_address_is_its_own_answer(topology):
    assert addresses_of(public_view(topology), "10.0.1.13") == (IPv4Address("10.0.1.13"),)


def test_answers_live_sixty_seconds(topology):
    answer = resolve(Question(SQS, RecordType.A), vpc_view(topology, "vpc-app"))
    assert {record.ttl for record in answer.records} == {60}
