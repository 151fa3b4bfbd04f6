"""What a VPC's resolver answers from private hosted zones, and about private addresses."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from vpce_dns import Question, RecordType, ResponseCode, resolve
from vpce_emulator.topology.models import Connection, PrivateZone, ZoneRecord
from vpce_emulator.topology.path import PathKind, trace
from vpce_emulator.topology.zones import public_view, vpc_view

SQS, S3 = "sqs.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"
SQS_NAME = "vpce-0bbbbbbbbbbbbbbb2-sqsqsqsq.sqs.us-east-1.vpce.amazonaws.com"
S3_NAME = "vpce-0bbbbbbbbbbbbbbb1-s3s3s3s3.s3.us-east-1.vpce.amazonaws.com"
HERE = frozenset({"vpc-peer"})


def _a(name, *values, ttl=60):
    return ZoneRecord(name, "A", ttl, values)


def _alias(name, target, record_type="A"):
    return ZoneRecord(name, record_type, 0, (), target)


def _with(topology, *zones):
    return replace(topology, private_zones=tuple(PrivateZone(name, HERE, records) for name, records in zones))


def _ask(topology, name, record_type=RecordType.A, vpc="vpc-peer"):
    answer = resolve(Question(name, record_type), vpc_view(topology, vpc))
    return answer.rcode, [record.value for record in answer.records]


INTERNAL = (
    "example.internal.",
    (
        _a("db.example.internal.", "10.9.0.7", "10.9.0.8"),
        _a("\\052.example.internal.", "10.9.0.9"),
        ZoneRecord("www.example.internal", "CNAME", 300, ("db.example.internal.",)),
        ZoneRecord("text.example.internal", "TXT", 300, ('"one" "two"',)),
        _alias("same.example.internal.", "db.example.internal."),
        _alias("loop.example.internal.", "loop.example.internal."),
        _a("elsewhere.example.com.", "10.9.0.1"),
        _a("broken.example.internal.", "no address"),
        ZoneRecord("both.example.internal", "CNAME", 300, ("db.example.internal.",)),
        _a("both.example.internal", "10.9.0.2"),
        _a("weighted.example.internal", "10.9.1.1"),
        _a("weighted.example.internal", "10.9.1.2"),
        ZoneRecord("caa.other.internal.example.internal", "CAA", 300, ('0 issue "ca.example"',)),
        _alias("alias.other.internal.example.internal", "nowhere.example.internal."),
    ),
)


@pytest.mark.parametrize(
    ("name", "record_type", "rcode", "values"),
    [
        ("db.example.internal", RecordType.A, ResponseCode.NOERROR, ["10.9.0.7", "10.9.0.8"]),
        ("DB.Example.Internal", RecordType.A, ResponseCode.NOERROR, ["10.9.0.7", "10.9.0.8"]),
        ("db.example.internal", RecordType.AAAA, ResponseCode.NOERROR, []),
        ("anything.example.internal", RecordType.A, ResponseCode.NOERROR, ["10.9.0.9"]),
        ("example.internal", RecordType.A, ResponseCode.NOERROR, []),
        ("www.example.internal", RecordType.A, ResponseCode.NOERROR, ["db.example.internal", "10.9.0.7", "10.9.0.8"]),
        ("text.example.internal", RecordType.TXT, ResponseCode.NOERROR, ['"one" "two"']),
        # Names whose records are of types that are not served, or that an alias finds nothing for, exist.
        ("caa.other.internal.example.internal", 257, ResponseCode.NOERROR, []),
        ("caa.other.internal.example.internal", RecordType.A, ResponseCode.NOERROR, []),
        ("alias.other.internal.example.internal", RecordType.A, ResponseCode.NOERROR, []),
        ("loop.example.internal", RecordType.A, ResponseCode.NOERROR, []),
        ("same.example.internal", RecordType.A, ResponseCode.NOERROR, ["10.9.0.7", "10.9.0.8"]),
        ("both.example.internal", RecordType.A, ResponseCode.NOERROR, ["10.9.0.2"]),
        ("weighted.example.internal", RecordType.A, ResponseCode.NOERROR, ["10.9.1.1", "10.9.1.2"]),
    ],
)
def test_a_private_hosted_zone_answers_in_its_vpcs(topology, name, record_type, rcode, values):
    found, answered = _ask(_with(topology, INTERNAL), name, record_type)
    assert (found, [value.rstrip(".") for value in answered]) == (rcode, values)


def test_it_is_not_seen_in_other_vpcs_and_on_the_internet(topology):
    hosted = _with(topology, INTERNAL)
    for view in (vpc_view(hosted, "vpc-app"), public_view(hosted)):
        assert "db.example.internal" not in view.records


@pytest.mark.parametrize("attribute", ["enable_dns_support", "enable_dns_hostnames"])
def test_it_needs_both_dns_attributes(topology, attribute):
    vpc = replace(topology.vpcs["vpc-peer"], **{attribute: False})
    hosted = replace(_with(topology, INTERNAL), vpcs={**topology.vpcs, vpc.id: vpc})
    assert "db.example.internal" not in vpc_view(hosted, "vpc-peer").records


def test_it_hides_what_public_dns_has_at_and_beneath_its_name(topology):
    hosted = _with(topology, ("us-east-1.amazonaws.com", (_a(S3, "10.9.0.3"),)))
    assert _ask(hosted, S3) == (ResponseCode.NOERROR, ["10.9.0.3"])
    assert _ask(hosted, SQS)[0] is ResponseCode.NXDOMAIN
    assert _ask(hosted, "dynamodb.eu-west-1.amazonaws.com")[1]


def test_of_two_zones_the_longer_name_decides(topology):
    outer, inner = ("amazonaws.com", (_a(SQS, "10.9.0.1"), _a(S3, "10.9.0.2"))), (SQS, (_a(SQS, "10.9.0.3"),))
    hosted = _with(topology, outer, inner)
    assert [_ask(hosted, name)[1] for name in (SQS, S3)] == [["10.9.0.3"], ["10.9.0.2"]]


def test_a_name_of_an_endpoint_with_private_dns_is_longer_than_a_zone_above_it(topology):
    outer = PrivateZone("us-east-1.amazonaws.com", frozenset({"vpc-app"}), (_a(SQS, "10.0.0.1"),))
    assert _ask(replace(topology, private_zones=(outer,)), SQS, vpc="vpc-app")[1] == ["10.0.1.13", "10.0.2.13"]


@pytest.mark.parametrize(
    ("name", "target"), [(SQS, SQS_NAME), (SQS, f"{SQS_NAME.upper()}."), (S3, f"bucket.{S3_NAME}"), (SQS, S3)]
)
def test_an_alias_stands_for_an_endpoints_name_or_another(topology, name, target):
    hosted = _with(topology, (name, (_alias(name, target),)))
    assert sorted(_ask(hosted, name)[1]) == sorted(_ask(topology, target.lower().rstrip("."))[1])


def test_peered_vpcs_share_one_endpoint_by_a_private_hosted_zone(topology, client):
    hosted = _with(topology, (SQS, (_alias(SQS, SQS_NAME),)))
    path = trace(hosted, client("subnet-peer", vpc="vpc-peer", address="10.9.1.10"), SQS)
    assert (path.kind, path.endpoint_id) == (PathKind.INTERFACE, "vpce-0bbbbbbbbbbbbbbb2")


def test_an_alias_follows_the_health_of_the_zones(topology):
    hosted = replace(_with(topology, (SQS, (_alias(SQS, SQS_NAME),))), impaired_zones=frozenset({"us-east-1a"}))
    assert _ask(hosted, SQS)[1] == ["10.0.2.13"]


@pytest.fixture
def inhabited(topology, client):
    worker = replace(client(address="10.0.1.5"), name="worker")
    partner = replace(client("subnet-peer", vpc="vpc-peer", address="10.9.1.10"), name="partner")
    return replace(topology, clients={"worker": worker, "partner": partner})


@pytest.mark.parametrize(
    ("name", "record_type", "values"),
    [
        ("5.1.0.10.in-addr.arpa", RecordType.PTR, ["ip-10-0-1-5.ec2.internal"]),
        ("ip-10-0-1-5.ec2.internal", RecordType.A, ["10.0.1.5"]),
        ("13.2.0.10.in-addr.arpa", RecordType.PTR, ["ip-10-0-2-13.ec2.internal"]),
        # A peered VPC's addresses have names here too, and the names have addresses there alone.
        ("10.1.9.10.in-addr.arpa", RecordType.PTR, ["ip-10-9-1-10.ec2.internal"]),
    ],
)
def test_private_addresses_have_names(inhabited, name, record_type, values):
    assert _ask(inhabited, name, record_type, "vpc-app") == (ResponseCode.NOERROR, values)


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("us-east-1", "ec2-54-1-2-3.compute-1.amazonaws.com"),
        ("eu-west-1", "ec2-54-1-2-3.eu-west-1.compute.amazonaws.com"),
    ],
)
def test_a_public_name_means_the_private_address_in_its_own_vpc_alone(inhabited, region, name):
    worker = replace(inhabited.clients["worker"], public_address=IPv4Address("54.1.2.3"))
    network = replace(inhabited, region=region, clients={**inhabited.clients, "worker": worker})
    assert _ask(network, name, RecordType.A, "vpc-app") == (ResponseCode.NOERROR, ["10.0.1.5"])
    assert _ask(network, name, RecordType.A, "vpc-peer") == (ResponseCode.NOERROR, ["54.1.2.3"])
    assert public_view(network).records[name][0].values == ("54.1.2.3",)
    vpc = replace(network.vpcs["vpc-app"], enable_dns_hostnames=False)
    unnamed = replace(network, vpcs={**network.vpcs, vpc.id: vpc})
    assert name not in public_view(unnamed).records
    assert name not in vpc_view(unnamed, "vpc-app").records


@pytest.mark.parametrize("name", ["9.9.0.10.in-addr.arpa", "ip-10-0-9-9.ec2.internal", "1.1.31.172.in-addr.arpa"])
def test_private_names_and_addresses_that_nobody_has_do_not_exist(inhabited, name):
    assert _ask(inhabited, name, RecordType.PTR, "vpc-app")[0] is ResponseCode.NXDOMAIN


@pytest.mark.parametrize(
    ("name", "record_type", "values"),
    [
        ("localhost", RecordType.A, ["127.0.0.1"]),
        ("localhost", RecordType.AAAA, ["::1"]),
        ("any.thing.localhost", RecordType.A, ["127.0.0.1"]),
        ("1.0.0.127.in-addr.arpa", RecordType.PTR, ["localhost"]),
    ],
)
def test_a_vpcs_resolver_knows_the_local_host(inhabited, name, record_type, values):
    assert _ask(inhabited, name, record_type, "vpc-app") == (ResponseCode.NOERROR, values)


@pytest.mark.parametrize("name", ["host.localdomain", "2.0.0.127.in-addr.arpa"])
def test_a_vpcs_resolver_asks_nobody_else_about_the_local_host(inhabited, name):
    assert _ask(inhabited, name, RecordType.A, "vpc-app")[0] is ResponseCode.NXDOMAIN


def test_names_of_addresses_are_known_without_enable_dns_hostnames_and_addresses_of_names_are_not(inhabited):
    vpc = replace(inhabited.vpcs["vpc-app"], enable_dns_hostnames=False)
    view = vpc_view(replace(inhabited, vpcs={**inhabited.vpcs, vpc.id: vpc}), vpc.id)
    assert "ip-10-0-1-5.ec2.internal" in view.records
    assert view.apex_of("5.1.0.10.in-addr.arpa") is None
    assert view.apex_of("localhost") is None


def test_outside_us_east_1_the_names_tell_the_region(inhabited):
    view = vpc_view(replace(inhabited, region="eu-west-1"), "vpc-app")
    assert view.records["5.1.0.10.in-addr.arpa"][0].values == ("ip-10-0-1-5.eu-west-1.compute.internal",)


def test_a_vpc_that_is_joined_by_a_transit_gateway_shows_no_names_of_addresses(inhabited):
    hub = {"tgw-1": Connection("tgw-1", frozenset({"vpc-app", "vpc-peer"}))}
    assert (
        IPv4Address("10.9.1.10").reverse_pointer not in vpc_view(replace(inhabited, connections=hub), "vpc-app").records
    )
