"""Network ACLs, NAT gateways, public addresses and connections between networks, each where it stops a path."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from vpce_emulator.topology.models import (
    Connection,
    NatGateway,
    NetworkAcl,
    NetworkAclEntry,
    Route,
    RouteTable,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
)
from vpce_emulator.topology.path import PathKind, trace

S3 = "s3.us-east-1.amazonaws.com"
SQS = "vpce-0bbbbbbbbbbbbbbb2-sqsqsqsq.sqs.us-east-1.vpce.amazonaws.com"
EVERYWHERE = IPv4Network("0.0.0.0/0")
PUBLIC = IPv4Address("203.0.113.99")


def _changed(topology, kind, key, **fields):
    things = getattr(topology, kind)
    return replace(topology, **{kind: {**things, key: replace(things[key], **fields)}})


def _added(topology, kind, *things):
    return replace(topology, **{kind: {**getattr(topology, kind), **{thing.id: thing for thing in things}}})


def _entry(number, way, action, ports=(None, None), cidr=EVERYWHERE, protocol="6"):
    return NetworkAclEntry(number, way == "out", action == "allow", protocol, cidr, *ports)


ALL_IN, ALL_OUT = (_entry(100, way, "allow", protocol="-1") for way in ("in", "out"))


def _guarded(topology, subnet_id, *entries):
    acl = NetworkAcl("acl-1", "vpc-app", tuple(sorted(entries, key=lambda entry: entry.number)))
    return _changed(_added(topology, "network_acls", acl), "subnets", subnet_id, network_acl_id=acl.id)


@pytest.mark.parametrize(
    ("entries", "stopped_by"),
    [
        pytest.param((ALL_IN, ALL_OUT), None, id="the default ACL"),
        pytest.param((), "Rule * of acl-1 keeps TCP 443 from leaving subnet-isolated", id="no entry denies"),
        pytest.param((ALL_OUT,), "from entering subnet-isolated", id="answers need an entry"),
        pytest.param(
            (_entry(1, "out", "allow", (443, 443)), _entry(1, "in", "allow", (1024, 65535))), None, id="AWS's"
        ),
        pytest.param((ALL_OUT, _entry(1, "in", "allow", (32768, 61000))), None, id="the Linux ephemeral ports"),
        pytest.param((ALL_OUT, _entry(1, "in", "allow", (32768, 50000))), "TCP 32768-61000", id="a part of them"),
        pytest.param(
            (ALL_OUT, _entry(1, "in", "allow", (32768, 50000)), _entry(2, "in", "allow", (50001, 65535))),
            None,
            id="in two parts",
        ),
        pytest.param((ALL_IN, ALL_OUT, _entry(99, "out", "deny", (443, 443))), "Rule 99 of acl-1", id="lower wins"),
        pytest.param((ALL_IN, ALL_OUT, _entry(101, "out", "deny", (443, 443))), None, id="higher is too late"),
        pytest.param((ALL_IN, ALL_OUT, _entry(99, "out", "deny", (80, 80))), None, id="another port"),
        pytest.param((ALL_IN, ALL_OUT, _entry(99, "out", "deny", protocol="17")), None, id="UDP is not TCP"),
        pytest.param(
            (ALL_IN, ALL_OUT, _entry(99, "out", "deny", cidr=IPv4Network("10.0.2.0/24"))), None, id="another network"
        ),
        pytest.param((ALL_IN, ALL_OUT, _entry(99, "in", "deny", (40000, 40000))), "Rule 99", id="one ephemeral port"),
    ],
)
def test_the_network_acl_of_the_callers_subnet_is_stateless_and_ordered(topology, client, entries, stopped_by):
    path = trace(_guarded(topology, "subnet-isolated", *entries), client("subnet-isolated", address="10.0.4.10"), SQS)
    assert path.kind is (PathKind.BLOCKED if stopped_by else PathKind.INTERFACE)
    if stopped_by:
        assert stopped_by in path.reason
        assert (path.hops[-1].what, path.hops[-1].id) == ("network ACL", "acl-1")


def test_the_network_acl_of_the_endpoints_subnet_is_held_against_both_ways(topology, client):
    inward = _entry(1, "in", "allow", (443, 443), IPv4Network("10.0.4.0/24"))
    caller = client("subnet-isolated", address="10.0.4.10")
    one_way = trace(_guarded(topology, "subnet-a", inward), caller, SQS)
    both_ways = trace(_guarded(topology, "subnet-a", inward, ALL_OUT), caller, SQS)
    assert "which answers go to: network ACLs are stateless. Add an outbound rule" in one_way.reason
    assert both_ways.kind is PathKind.INTERFACE


def test_no_network_acl_stands_between_neighbours_in_a_subnet(topology, client):
    assert trace(_guarded(topology, "subnet-a"), client("subnet-a"), SQS).kind is PathKind.INTERFACE


def test_a_network_acl_stops_traffic_to_a_gateway_endpoint_by_the_services_addresses(topology, client):
    closed = _guarded(topology, "subnet-a", ALL_IN, _entry(1, "out", "allow", cidr=IPv4Network("10.0.0.0/8")))
    path = trace(closed, client("subnet-a"), S3)
    assert path.kind is PathKind.BLOCKED
    assert path.reason.startswith("Rule * of acl-1 keeps TCP 443 from leaving subnet-a for")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(lambda t: t, None, id="all is there"),
        pytest.param(
            lambda t: replace(t, impaired_zones=frozenset({t.subnets["subnet-public"].availability_zone})),
            "nat-1 carries nothing, because us-east-1a is impaired",
            id="in a zone that fails",
        ),
        pytest.param(
            lambda t: _added(t, "nat_gateways", NatGateway("nat-1", "subnet-public", None)),
            "nat-1 has no public address",
            id="a private NAT gateway",
        ),
        pytest.param(
            lambda t: _added(t, "nat_gateways", NatGateway("nat-1", "subnet-isolated", PUBLIC)),
            "rtb-isolated, in effect for subnet-isolated of nat-1, has no route to an internet gateway: add one.",
            id="a NAT gateway in a private subnet",
        ),
        pytest.param(
            lambda t: _added(t, "nat_gateways", NatGateway("nat-1", "subnet-a", PUBLIC)),
            "has no route to an internet gateway",
            id="a NAT gateway sends nothing through a gateway endpoint",
        ),
        pytest.param(
            lambda t: _guarded(t, "subnet-public", ALL_OUT, _entry(1, "in", "allow", (443, 443))),
            "Rule * of acl-1 keeps TCP 1024-65535 from entering subnet-public",
            id="the ACL of the NAT gateway's subnet, answers from the internet",
        ),
        pytest.param(
            lambda t: _guarded(t, "subnet-public", ALL_OUT, ALL_IN, _entry(1, "in", "deny", (443, 443))),
            "Rule 1 of acl-1 keeps TCP 443 from entering subnet-public from 10.0.3.10",
            id="the ACL of the NAT gateway's subnet, from inside",
        ),
    ],
)
def test_a_nat_gateway_needs_a_public_address_a_public_subnet_and_open_network_acls(topology, client, change, reason):
    path = trace(change(topology), client("subnet-nat", address="10.0.3.10"), S3)
    assert (path.kind is PathKind.BLOCKED) is bool(reason)
    assert (reason or "through nat-1 and the internet") in path.reason


def _through_nat_instance(topology, client, *, ingress=("10.0.0.0/16",), egress=("0.0.0.0/0",), **fields):
    """Return the path of a client in a subnet whose default route leads to an instance."""
    rules = {
        way: tuple(SecurityGroupRule("-1", None, None, (IPv4Network(cidr),)) for cidr in cidrs)
        for way, cidrs in (("ingress", ingress), ("egress", egress))
    }
    guarded = _added(topology, "security_groups", SecurityGroup("sg-nat", "nat", "vpc-app", **rules))
    fields = {"source_dest_check": False, "public_address": PUBLIC, "interface_id": "eni-nat"} | fields
    instance = replace(client("subnet-public", ("sg-nat",), address="10.0.5.9"), name="i-nat", **fields)
    routed = _changed(guarded, "route_tables", "rtb-nat", routes=(Route(EVERYWHERE, "i-nat"),))
    return trace(replace(routed, clients={"i-nat": instance}), client("subnet-nat", address="10.0.3.10"), S3)


def test_a_nat_instance_translates_to_its_own_public_address(topology, client):
    path = _through_nat_instance(topology, client)
    assert (path.kind, path.source_address) == (PathKind.INTERNET, PUBLIC)
    assert [hop.id for hop in path.hops[-3:]] == ["sg-nat", "sg-nat", "i-nat"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"source_dest_check": True},
            "eni-nat drops what is not addressed to it, because its source/destination check",
        ),
        ({"ingress": ("10.0.9.0/24",)}, "No ingress rule of eni-nat (sg-nat) lets TCP 443 in from 10.0.3.10"),
        ({"egress": ()}, "No egress rule of i-nat (sg-nat) lets TCP 443 out to "),
        ({"public_address": None}, "i-nat has no public address"),
    ],
)
def test_a_nat_instance_forwards_what_its_groups_let_through_with_its_check_off(topology, client, change, reason):
    """https://docs.aws.amazon.com/vpc/latest/userguide/work-with-nat-instances.html."""
    path = _through_nat_instance(topology, client, **change)
    assert (path.kind, reason in path.reason) == (PathKind.BLOCKED, True)


def test_an_instance_that_does_not_run_forwards_nothing(topology, client):
    routed = _changed(topology, "route_tables", "rtb-nat", routes=(Route(EVERYWHERE, "i-nat"),))
    path = trace(routed, client("subnet-nat", address="10.0.3.10"), S3)
    assert path.reason.startswith("i-nat forwards nothing, because nothing that runs has it")


def test_an_internet_gateway_serves_public_addresses_alone(topology, client):
    private = trace(topology, client("subnet-public"), S3)
    public = trace(topology, client("subnet-public", public_address=PUBLIC), S3)
    assert "because client has no public address: give it an Elastic IP address" in private.reason
    assert (public.kind, public.source_address) == (PathKind.INTERNET, PUBLIC)


def _in_peer(client, **more):
    return client("subnet-peer", vpc="vpc-peer", address="10.9.1.10", **more)


def test_a_connection_that_is_not_up_for_both_vpcs_carries_nothing(topology, client):
    half = _added(topology, "connections", Connection("pcx-1", frozenset({"vpc-app", "vpc-other"})))
    path = trace(half, _in_peer(client), SQS)
    assert path.reason == "rtb-peer sends 10.0.1.13 to pcx-1, which is not up for vpc-peer: attach it, or accept it."


def test_a_peering_connection_with_another_vpc_is_said_to_lead_no_further(topology, client):
    """https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html, "Transitive peering relationships"."""
    beside = _added(topology, "connections", Connection("pcx-1", frozenset({"vpc-peer", "vpc-other"})))
    assert trace(beside, _in_peer(client), SQS).reason == (
        "rtb-peer sends 10.0.1.13 to pcx-1, which joins vpc-other, vpc-peer alone: peering is not transitive, so peer "
        "vpc-peer with vpc-app."
    )


@pytest.mark.parametrize(("kind", "reached"), [("pcx-1", True), ("tgw-1", False)])
def test_rules_may_name_the_groups_of_a_peered_vpc_but_not_of_one_behind_a_transit_gateway(
    topology, client, kind, reached
):
    joined = replace(topology, connections={kind: Connection(kind, frozenset({"vpc-app", "vpc-peer"}))})
    there, back = Route(IPv4Network("10.0.0.0/16"), kind), Route(IPv4Network("10.9.0.0/16"), kind)
    joined = _changed(joined, "route_tables", "rtb-peer", routes=(there,))
    joined = _changed(joined, "route_tables", "rtb-private", routes=(back,))
    rule = SecurityGroupRule("tcp", 443, 443, group_ids=("sg-app",))
    joined = _changed(joined, "security_groups", "sg-endpoints", ingress=(rule,))
    assert (trace(joined, _in_peer(client), SQS).kind is PathKind.INTERFACE) is reached


def _on_premises(client, connection):
    return client("", (), address="192.168.7.7", connection_id=connection)


def test_m14_a_transit_gateway_carries_on_premises_hosts_to_every_vpc_that_is_attached(topology, client):
    hub = Connection("tgw-1", frozenset({"vpc-app", "vpc-peer"}))
    back = _changed(topology, "route_tables", "rtb-private", routes=(Route(IPv4Network("192.168.0.0/16"), "tgw-1"),))
    assert trace(_added(back, "connections", hub), _on_premises(client, "tgw-1"), SQS).kind is PathKind.INTERFACE


@pytest.mark.parametrize("way_back", ["pcx-1", "vgw-1"])
def test_peering_carries_nothing_between_a_vpc_and_the_network_behind_its_peer(topology, client, way_back):
    """https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html, "Edge to edge routing"."""
    peers = Connection("vgw-2", frozenset({"vpc-peer"}))
    table = RouteTable("rtb-private", "p", "vpc-app", False, (Route(IPv4Network("192.168.0.0/16"), way_back),))
    behind = _added(_added(topology, "connections", peers), "route_tables", table)
    path = trace(behind, _on_premises(client, "vgw-2"), SQS)
    assert path.kind is PathKind.BLOCKED
    assert "has no route back to 192.168.7.7" in path.reason


def test_a_rule_for_ipv6_lets_nothing_in_and_the_reason_says_so(topology, client):
    rule = SecurityGroupRule("tcp", 443, 443, ipv6_cidrs=("::/0",))
    path = trace(_changed(topology, "security_groups", "sg-endpoints", ingress=(rule,)), client(), SQS)
    assert path.kind is PathKind.BLOCKED
    assert path.reason.endswith("A rule for IPv6 does not let IPv4 through, and the connection is over IPv4.")


def test_a_vpc_without_a_way_to_the_other_is_told_to_connect(topology, client):
    lonely = Subnet("subnet-lonely", "lonely", "vpc-peer", "us-east-1a", IPv4Network("10.9.2.0/24"), "rtb-lonely")
    table = RouteTable("rtb-lonely", "lonely", "vpc-peer", False, ())
    away = _added(_added(topology, "subnets", lonely), "route_tables", table)
    path = trace(away, client("subnet-lonely", vpc="vpc-peer", address="10.9.2.10"), SQS)
    assert "connect the VPCs and add a route to the connection" in path.reason
