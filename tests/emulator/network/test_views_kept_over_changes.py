"""Views are kept over changes that names do not depend on, and made anew over those that they do."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from vpce_emulator.network.current import CurrentNetwork
from vpce_emulator.topology.models import (
    Client,
    Connection,
    Endpoint,
    EndpointType,
    NetworkInterface,
    PrivateZone,
    Route,
    RouteTable,
    SecurityGroup,
    Subnet,
    Topology,
    Vpc,
    ZoneRecord,
)
from vpce_emulator.topology.zones import inbound_view, public_view, vpc_view

INTERFACE = NetworkInterface("eni-1", "vpce-1", "subnet-a", "us-east-1a", IPv4Address("10.0.1.10"), ("sg-1",))
SQS = Endpoint(
    id="vpce-1",
    name="sqs",
    type=EndpointType.INTERFACE,
    service_name="com.amazonaws.us-east-1.sqs",
    vpc_id="vpc-1",
    owner_id="123456789012",
    state="available",
    policy=None,
    created_at=1700000000.0,
    service_region="us-east-1",
    subnet_ids=("subnet-a",),
    interfaces=(INTERFACE,),
    private_dns_enabled=True,
    dns_token="abcd1234",
)
BEFORE = Topology(
    version=1,
    region="us-east-1",
    account_id="123456789012",
    vpcs={
        name: Vpc(name, name, "123456789012", (IPv4Network(f"10.{number}.0.0/16"),), True, True)
        for number, name in enumerate(("vpc-1", "vpc-2"))
    },
    subnets={"subnet-a": Subnet("subnet-a", "a", "vpc-1", "us-east-1a", IPv4Network("10.0.1.0/24"), "rtb-1")},
    route_tables={"rtb-1": RouteTable("rtb-1", "main", "vpc-1", True, (Route(IPv4Network("10.0.0.0/16"), "local"),))},
    security_groups={"sg-1": SecurityGroup("sg-1", "one", "vpc-1", (), ())},
    endpoints={"vpce-1": SQS},
    clients={"app": Client("app", "vpc-1", "subnet-a", IPv4Address("10.0.1.5"), ("sg-1",))},
)
ZONE = PrivateZone("corp.", frozenset({"vpc-1"}), (ZoneRecord("db.corp.", "A", 60, ("10.0.1.9",)),))
MOVED = replace(SQS, interfaces=(replace(INTERFACE, address=IPv4Address("10.0.1.11")),))
PEERED = {"pcx-1": Connection("pcx-1", frozenset({"vpc-1", "vpc-2"}))}


def views_of(network):
    return (
        network.public_view(),
        *(network.vpc_view(vpc_id) for vpc_id in ("vpc-1", "vpc-2")),
        network.inbound_view("vpc-1"),
    )


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"security_groups": {}}, True),
        ({"route_tables": {}}, True),
        ({"network_acls": {}}, True),
        ({"version": 2}, True),
        ({"endpoints": {"vpce-1": MOVED}}, False),
        ({"endpoints": {"vpce-1": replace(SQS, private_dns_enabled=False)}}, False),
        ({"endpoints": {}}, False),
        ({"private_zones": (ZONE,)}, False),
        ({"clients": {}}, False),
        ({"connections": PEERED}, False),
        ({"vpcs": {**BEFORE.vpcs, "vpc-1": replace(BEFORE.vpcs["vpc-1"], enable_dns_hostnames=False)}}, False),
        ({"impaired_zones": frozenset({"us-east-1a"})}, False),
    ],
)
def test_views_are_those_of_the_topology_as_it_is(changes, kept):
    topology = BEFORE
    network = CurrentNetwork(lambda: topology)
    before = views_of(network)
    topology = replace(BEFORE, **changes)
    after = views_of(network)
    fresh = (
        public_view(topology),
        *(vpc_view(topology, vpc_id) for vpc_id in topology.vpcs),
        inbound_view(topology, "vpc-1"),
    )
    assert after == fresh
    assert all(one is other for one, other in zip(before, after, strict=True)) is kept
