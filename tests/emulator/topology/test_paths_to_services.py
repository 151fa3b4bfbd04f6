"""How a connection gets to a service, by DNS, route tables, security groups and endpoints."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vpce_emulator.topology.models import Route, RouteTable, SecurityGroupRule
from vpce_emulator.topology.path import (
    INTERNET_ADDRESS,
    PUBLIC_SOURCE_NETWORK,
    PathKind,
    client_view,
    from_internet,
    through_endpoint,
    trace,
)
from vpce_emulator.topology.public_names import public_names

S3 = "s3.us-east-1.amazonaws.com"
SQS_REGIONAL = "vpce-0bbbbbbbbbbbbbbb2-sqsqsqsq.sqs.us-east-1.vpce.amazonaws.com"
S3_GATEWAY, DYNAMODB_GATEWAY = "vpce-0aaaaaaaaaaaaaaa1", "vpce-0aaaaaaaaaaaaaaa2"
SQS_ENDPOINT = "vpce-0bbbbbbbbbbbbbbb2"
PUBLIC = IPv4Address("203.0.113.99")


def _with(topology, kind, **changed):
    return replace(topology, **{kind: {**getattr(topology, kind), **changed}})


def _changed(topology, kind, key, **fields):
    return _with(topology, kind, **{key: replace(getattr(topology, kind)[key], **fields)})


@pytest.mark.parametrize(
    ("subnet", "name", "kind", "endpoint"),
    [
        ("subnet-a", S3, PathKind.GATEWAY, S3_GATEWAY),
        ("subnet-a", "my-bucket.s3.us-east-1.amazonaws.com", PathKind.GATEWAY, S3_GATEWAY),
        ("subnet-a", "my-bucket.s3.amazonaws.com", PathKind.GATEWAY, S3_GATEWAY),
        ("subnet-a", "S3.Amazonaws.COM.", PathKind.GATEWAY, S3_GATEWAY),
        ("subnet-a", "dynamodb.us-east-1.amazonaws.com", PathKind.GATEWAY, DYNAMODB_GATEWAY),
        ("subnet-a", "123456789012.ddb.us-east-1.amazonaws.com", PathKind.GATEWAY, DYNAMODB_GATEWAY),
        ("subnet-a", "sqs.us-east-1.amazonaws.com", PathKind.INTERFACE, SQS_ENDPOINT),
        ("subnet-a", SQS_REGIONAL, PathKind.INTERFACE, SQS_ENDPOINT),
        ("subnet-isolated", SQS_REGIONAL, PathKind.INTERFACE, SQS_ENDPOINT),
        ("subnet-nat", S3, PathKind.INTERNET, None),
        ("subnet-public", S3, PathKind.INTERNET, None),
        ("subnet-nat", "lambda.us-east-1.amazonaws.com", PathKind.INTERNET, None),
        # What gateway endpoints do not carry: another Region, and DynamoDB Streams.
        ("subnet-a", "s3.eu-west-1.amazonaws.com", PathKind.BLOCKED, None),
        ("subnet-a", "streams.dynamodb.us-east-1.amazonaws.com", PathKind.BLOCKED, None),
        ("subnet-nat", "s3.eu-west-1.amazonaws.com", PathKind.INTERNET, None),
        ("subnet-isolated", S3, PathKind.BLOCKED, None),
    ],
)
def test_m4_m11_the_subnet_decides_by_which_way_a_name_is_reached(topology, client, subnet, name, kind, endpoint):
    path = trace(topology, client(subnet, public_address=PUBLIC), name)
    assert (path.kind, path.endpoint_id) == (kind, endpoint)


def test_m11_an_interface_path_goes_from_private_to_private_address(topology, client):
    path = trace(topology, client(), "sqs.us-east-1.amazonaws.com", turn=1)
    assert path.addresses == (IPv4Address("10.0.1.13"), IPv4Address("10.0.2.13"))
    assert (path.destination, path.interface_id) == (IPv4Address("10.0.2.13"), "eni-sqs-b")
    assert path.source_address == IPv4Address("10.0.1.10")
    assert [hop.what for hop in path.hops] == ["DNS", "security group", "route table", "security group", "endpoint"]


def test_a_gateway_path_keeps_the_public_destination_and_the_private_source(topology, client):
    path = trace(topology, client(), S3)
    assert any(path.destination in cidr for cidr in topology.prefix_lists["pl-63a5400a"].cidrs)
    assert path.source_address == IPv4Address("10.0.1.10")


def test_an_internet_path_comes_from_the_nat_gateways_one_public_address(topology, client):
    paths = [trace(topology, client("subnet-nat", address=a), S3) for a in ("10.0.3.10", "10.0.3.11")]
    assert {path.source_address for path in paths} == {IPv4Address("203.0.113.77")}


@pytest.mark.parametrize(
    ("groups", "name", "kind"),
    [
        (("sg-s3-only",), S3, PathKind.GATEWAY),
        (("sg-s3-only",), "dynamodb.us-east-1.amazonaws.com", PathKind.BLOCKED),
        (("sg-s3-only",), SQS_REGIONAL, PathKind.BLOCKED),
        (("sg-to-endpoints",), SQS_REGIONAL, PathKind.INTERFACE),
        (("sg-to-endpoints",), S3, PathKind.BLOCKED),
        (("sg-closed", "sg-s3-only"), S3, PathKind.GATEWAY),
        (("sg-closed",), S3, PathKind.BLOCKED),
        ((), S3, PathKind.BLOCKED),
    ],
)
def test_m5_the_clients_groups_decide_what_gets_out(topology, client, groups, name, kind):
    assert trace(topology, client(groups=groups), name).kind is kind


def test_m5_a_refused_way_out_names_the_prefix_list_to_add(topology, client):
    path = trace(topology, client(groups=("sg-closed",)), S3)
    assert "pl-63a5400a (com.amazonaws.us-east-1.s3)" in path.reason
    assert path.hops[-1].id == "sg-closed"


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        (SecurityGroupRule("tcp", 443, 443, (IPv4Network("10.0.1.0/24"),)), PathKind.INTERFACE),
        (SecurityGroupRule("6", 0, 65535, (IPv4Network("10.0.1.0/24"),)), PathKind.INTERFACE),
        (SecurityGroupRule("tcp", None, None, (IPv4Network("10.0.1.0/24"),)), PathKind.INTERFACE),
        (SecurityGroupRule("-1", None, None, group_ids=("sg-app",)), PathKind.INTERFACE),
        (SecurityGroupRule("tcp", 443, 443, group_ids=("sg-endpoints",)), PathKind.BLOCKED),
        (SecurityGroupRule("tcp", 80, 80, (IPv4Network("10.0.1.0/24"),)), PathKind.BLOCKED),
        (SecurityGroupRule("udp", 443, 443, (IPv4Network("10.0.1.0/24"),)), PathKind.BLOCKED),
        (SecurityGroupRule("tcp", 443, 443, (IPv4Network("10.0.2.0/24"),)), PathKind.BLOCKED),
    ],
)
def test_m13_the_endpoints_groups_decide_who_gets_in(topology, client, rule, kind):
    guarded = _changed(topology, "security_groups", "sg-endpoints", ingress=(rule,))
    path = trace(guarded, client(), SQS_REGIONAL)
    assert path.kind is kind
    if kind is PathKind.BLOCKED:
        assert path.reason.startswith("No ingress rule of eni-sqs-a of vpce-0bbbbbbbbbbbbbbb2 (sg-endpoints)")


@pytest.mark.parametrize(
    ("change", "name", "sentence"),
    [
        (
            lambda t: _changed(t, "vpcs", "vpc-app", enable_dns_support=False),
            S3,
            "The resolver of vpc-app does not answer, because enableDnsSupport is false: set it to true.",
        ),
        (
            lambda t: t,
            "sqs.us-east-9.amazonaws.com",
            (
                "sqs.us-east-9.amazonaws.com has no IPv4 address in the vpc-app view of DNS: "
                "check the spelling and the Region."
            ),
        ),
        (
            lambda t: t,
            "vpce-01234567890abcdef-aaaaaaaa.sqs.us-east-1.vpce.amazonaws.com",
            (
                "vpce-01234567890abcdef-aaaaaaaa.sqs.us-east-1.vpce.amazonaws.com does not exist, because there is no "
                "endpoint vpce-01234567890abcdef: it may have been deleted."
            ),
        ),
        (
            lambda t: _changed(t, "endpoints", SQS_ENDPOINT, state="pending"),
            SQS_REGIONAL,
            (
                "The interface endpoint vpce-0bbbbbbbbbbbbbbb2 (sqs) for com.amazonaws.us-east-1.sqs is pending: "
                "it carries traffic when it is available."
            ),
        ),
        (
            lambda t: _changed(t, "route_tables", "rtb-private", routes=()),
            S3,
            "add a gateway endpoint for com.amazonaws.us-east-1.s3, a NAT gateway or an internet gateway.",
        ),
        (
            lambda t: _changed(
                t, "route_tables", "rtb-private", routes=(Route(IPv4Network("0.0.0.0/0"), "nat-9", active=False),)
            ),
            S3,
            "The route of rtb-private to 0.0.0.0/0 is a blackhole: nat-9 is gone, replace it.",
        ),
        (
            lambda t: _changed(t, "route_tables", "rtb-private", routes=(Route(IPv4Network("0.0.0.0/0"), "tgw-1"),)),
            S3,
            "tgw-1 is no way to a public address: route to an endpoint, an internet gateway or a NAT gateway.",
        ),
    ],
)
def test_m25_a_blocked_path_says_what_would_unblock_it(topology, client, change, name, sentence):
    path = trace(change(topology), client(), name)
    assert path.kind is PathKind.BLOCKED
    assert path.reason.endswith(sentence)
    assert path.hops[-1].explanation == path.reason
    assert not path.hops[-1].passed


def test_a_name_that_is_no_domain_name_is_blocked_and_not_an_error(topology, client):
    assert trace(topology, client(), "x" * 300).kind is PathKind.BLOCKED


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text() | st.from_regex(r"[a-z0-9.-]{0,40}\.amazonaws\.com", fullmatch=True), turn=st.integers(0, 9))
def test_any_name_has_a_path_with_a_reason(topology, client, name, turn):
    view = client_view(topology, client())
    path = trace(topology, client(), name, turn=turn, view=view)
    assert path.reason
    assert (path.kind is PathKind.BLOCKED) is not all(hop.passed for hop in path.hops)


def test_the_longest_prefix_wins_over_the_default_route(topology, client):
    routes = (Route(IPv4Network("0.0.0.0/0"), "nat-1"), Route("pl-63a5400a", S3_GATEWAY))
    both = _changed(topology, "route_tables", "rtb-private", routes=routes)
    assert trace(both, client(), S3).kind is PathKind.GATEWAY
    assert trace(both, client(), "s3.eu-west-1.amazonaws.com").kind is PathKind.INTERNET


def test_a_route_to_a_cidr_beats_an_equally_long_one_to_a_prefix_list(topology, client):
    destination = trace(topology, client(), S3).destination
    longest = max(
        (cidr for cidr in topology.prefix_lists["pl-63a5400a"].cidrs if destination in cidr),
        key=lambda cidr: cidr.prefixlen,
    )
    routes = (Route("pl-63a5400a", S3_GATEWAY), Route(longest, "igw-1"))
    both = _changed(topology, "route_tables", "rtb-private", routes=routes)
    assert trace(both, client(public_address=PUBLIC), S3).kind is PathKind.INTERNET


def test_m12_an_impaired_zone_drops_out_of_the_regional_name(topology, client):
    impaired = replace(topology, impaired_zones=frozenset({"us-east-1a"}))
    paths = [trace(impaired, client(), SQS_REGIONAL, turn=turn) for turn in range(3)]
    assert {path.interface_id for path in paths} == {"eni-sqs-b"}


def test_m12_a_zonal_name_is_pinned_to_its_impaired_zone(topology, client):
    impaired = replace(topology, impaired_zones=frozenset({"us-east-1a"}))
    path = trace(impaired, client(), SQS_REGIONAL.replace("sqsqsqsq", "sqsqsqsq-us-east-1a"))
    assert path.kind is PathKind.BLOCKED
    assert "us-east-1a is impaired" in path.reason


def _in_peer(client, **more):
    return client("subnet-peer", vpc="vpc-peer", address="10.9.1.10", **more)


def test_m14_interface_endpoints_are_reached_from_a_peered_vpc(topology, client):
    path = trace(topology, _in_peer(client), SQS_REGIONAL)
    assert (path.kind, path.source_address) == (PathKind.INTERFACE, IPv4Address("10.9.1.10"))


def test_m14_gateway_endpoints_and_private_names_are_not_carried_over_peering(topology, client):
    assert trace(topology, _in_peer(client), S3).kind is PathKind.BLOCKED
    sqs = trace(topology, _in_peer(client), "sqs.us-east-1.amazonaws.com")
    assert (sqs.kind, sqs.addresses) == (PathKind.BLOCKED, public_names("us-east-1")["sqs.us-east-1.amazonaws.com"])


@pytest.mark.parametrize("table", ["rtb-private", "rtb-peer"])
def test_peering_needs_a_route_in_both_directions(topology, client, table):
    one_way = _changed(topology, "route_tables", table, routes=())
    path = trace(one_way, _in_peer(client), SQS_REGIONAL)
    assert path.kind is PathKind.BLOCKED
    assert path.hops[-1].id == table


def _on_premises(client, **more):
    return client("", (), address="192.168.7.7", **more)


def test_m14_hosts_on_premises_reach_interface_endpoints_by_their_public_names(topology, client):
    path = trace(topology, _on_premises(client), SQS_REGIONAL)
    assert (path.kind, path.source_address) == (PathKind.INTERFACE, IPv4Address("192.168.7.7"))


def test_m14_hosts_on_premises_see_private_names_through_an_inbound_resolver_only(topology, client):
    name = "sqs.us-east-1.amazonaws.com"
    assert trace(topology, _on_premises(client), name).kind is PathKind.INTERNET
    assert trace(topology, _on_premises(client, inbound_resolver=True), name).kind is PathKind.INTERFACE


def test_m14_gateway_endpoints_are_not_reached_from_on_premises(topology, client):
    path = trace(topology, _on_premises(client), S3)
    assert path.kind is PathKind.INTERNET
    assert path.source_address in PUBLIC_SOURCE_NETWORK


def test_a_host_outside_needs_a_route_back(topology, client):
    path = trace(topology, client("", (), address="172.16.0.9"), SQS_REGIONAL)
    assert path.kind is PathKind.BLOCKED
    assert "has no route back to 172.16.0.9" in path.reason


@pytest.mark.parametrize(
    "name", [S3, "sqs.us-east-1.amazonaws.com", "iam.amazonaws.com", "sqs.eu-west-1.amazonaws.com"]
)
def test_the_internet_reaches_public_names_directly(topology, name):
    path = from_internet(topology, name)
    assert (path.kind, path.source_address, path.endpoint_id) == (PathKind.INTERNET, INTERNET_ADDRESS, None)


def test_the_internet_resolves_an_endpoints_name_but_cannot_reach_its_private_address(topology):
    path = from_internet(topology, SQS_REGIONAL)
    assert path.kind is PathKind.BLOCKED
    assert path.addresses == (IPv4Address("10.0.1.13"), IPv4Address("10.0.2.13"))
    assert path.endpoint_id == SQS_ENDPOINT


def test_the_internet_is_told_when_a_name_does_not_exist(topology):
    reason = from_internet(topology, "nothing.us-east-1.amazonaws.com").reason
    assert reason.endswith("no address in public DNS: check the spelling and the Region.")


def test_an_interface_endpoints_own_door_takes_its_interfaces_in_turn(topology):
    paths = [through_endpoint(topology, SQS_ENDPOINT, turn=turn) for turn in (0, 1)]
    assert [path.interface_id for path in paths] == ["eni-sqs-a", "eni-sqs-b"]
    assert [path.source_address for path in paths] == [IPv4Address("10.0.1.254"), IPv4Address("10.0.2.254")]
    assert {path.kind for path in paths} == {PathKind.INTERFACE}


def test_a_gateway_endpoints_own_door_is_in_a_subnet_that_has_its_route(topology):
    path = through_endpoint(topology, S3_GATEWAY)
    assert (path.kind, path.endpoint_id) == (PathKind.GATEWAY, S3_GATEWAY)
    assert (path.source_address, path.interface_id) == (IPv4Address("10.0.1.254"), None)


def test_the_door_of_an_endpoint_that_is_gone_is_blocked(topology):
    path = through_endpoint(topology, "vpce-0000000000000dead")
    assert path.kind is PathKind.BLOCKED
    assert path.reason == "The Vpc Endpoint Id 'vpce-0000000000000dead' does not exist."


def test_a_pending_endpoints_door_is_blocked(topology):
    pending = _changed(topology, "endpoints", S3_GATEWAY, state="pending")
    assert through_endpoint(pending, S3_GATEWAY).kind is PathKind.BLOCKED


def test_overlapping_vpcs_each_lead_to_their_own_endpoint(topology, client):
    twin = replace(
        topology.endpoints[SQS_ENDPOINT],
        id="vpce-0ccccccccccccccc1",
        vpc_id="vpc-peer",
        private_dns_enabled=False,
    )
    both = _with(topology, "endpoints", **{twin.id: twin})
    assert trace(both, client(), "sqs.us-east-1.amazonaws.com").endpoint_id == SQS_ENDPOINT


def test_a_view_computed_before_gives_the_same_path(topology, client):
    view = client_view(topology, client())
    assert trace(topology, client(), S3, view=view) == trace(topology, client(), S3)


def test_every_table_has_its_vpcs_local_route(topology, client):
    bare = _with(topology, "route_tables", **{"rtb-isolated": RouteTable("rtb-isolated", "i", "vpc-app", True, ())})
    assert trace(bare, client("subnet-isolated"), SQS_REGIONAL).kind is PathKind.INTERFACE


def test_an_address_of_the_vpc_that_no_endpoint_has_is_told_as_such(topology, client):
    caller = client("subnet-a")
    address = topology.subnets["subnet-a"].cidr[77]
    path = trace(topology, caller, str(address))
    assert (path.kind, path.reason) == (
        PathKind.BLOCKED,
        f"{address} lies in {caller.vpc_id}, where no endpoint has it: connect to an endpoint's address, or by name.",
    )
