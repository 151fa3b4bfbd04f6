"""A peered VPC, an office behind a VPN, a transit gateway, a guarded subnet and ways to the internet, from one file."""

from ipaddress import IPv4Address

import dns.message
import dns.query
import pytest

from vpce_emulator.process import EmulatorProcess
from vpce_emulator.testing import Vpce

EVERYWHERE = "0.0.0.0/0"
SQS = "sqs.us-east-1.amazonaws.com"
TOPOLOGY = {
    "vpcs": {
        "app": {
            "cidr": "10.0.0.0/16",
            "subnets": {
                "services": {"cidr": "10.0.1.0/24", "availability_zone": "us-east-1a", "route_table": "to-others"},
                "guarded": {"cidr": "10.0.2.0/24", "availability_zone": "us-east-1a", "network_acl": "no-answers"},
                "public": {
                    "cidr": "10.0.3.0/24",
                    "availability_zone": "us-east-1a",
                    "route_table": "public",
                    "map_public_ip_on_launch": True,
                },
                "private": {"cidr": "10.0.4.0/24", "availability_zone": "us-east-1a", "route_table": "through-nat"},
            },
            "route_tables": {
                "to-others": {
                    "routes": [
                        {"destination": "10.1.0.0/16", "target": "partners"},
                        {"destination": "10.2.0.0/16", "target": "hub"},
                        {"destination": "172.16.0.0/16", "target": "hub"},
                    ]
                },
                "public": {"routes": [{"destination": EVERYWHERE, "target": "internet_gateway"}]},
                "through-nat": {"routes": [{"destination": EVERYWHERE, "target": "out"}]},
            },
            "nat_gateways": {"out": {"subnet": "public"}},
            "network_acls": {
                "no-answers": {
                    "egress": [{"rule": 100, "action": "allow"}],
                    "ingress": [{"rule": 100, "action": "allow", "protocol": "tcp", "port": 443}],
                }
            },
            "security_groups": {"endpoints": {"ingress": [{"port": 443, "cidr": EVERYWHERE}]}},
            "endpoints": {
                "sqs": {
                    "type": "Interface",
                    "service": "sqs",
                    "subnets": ["services"],
                    "security_groups": ["endpoints"],
                    "private_dns": True,
                },
                "s3": {"type": "Gateway", "service": "s3", "route_tables": ["to-others"]},
            },
        },
        "partner": {
            "cidr": "10.1.0.0/16",
            "subnets": {"partner": {"cidr": "10.1.1.0/24", "availability_zone": "us-east-1a", "route_table": "back"}},
            "route_tables": {"back": {"routes": [{"destination": "10.0.0.0/16", "target": "partners"}]}},
        },
        "data": {
            "cidr": "10.2.0.0/16",
            "subnets": {"data": {"cidr": "10.2.1.0/24", "availability_zone": "us-east-1a", "route_table": "to-hub"}},
            "route_tables": {"to-hub": {"routes": [{"destination": "10.0.0.0/8", "target": "hub"}]}},
        },
    },
    "peerings": {"partners": {"vpcs": ["app", "partner"]}},
    "transit_gateways": {"hub": {"vpcs": ["app", "data"]}},
    "attached_networks": {
        "office": {"cidr": "192.168.0.0/16", "vpc": "app", "inbound_resolver": "app"},
        "plant": {"cidr": "172.16.0.0/16", "transit_gateway": "hub"},
        "annex": {"cidr": "192.168.0.0/16", "vpc": "partner"},
    },
    "clients": {
        "inside": {"subnet": "services"},
        "guarded": {"subnet": "guarded"},
        "public": {"subnet": "public"},
        "hidden": {"subnet": "public", "public_ip": False},
        "private": {"subnet": "private"},
        "partner": {"subnet": "partner"},
        "data": {"subnet": "data"},
        "desk": {"network": "office"},
        "machine": {"network": "plant", "address": "172.16.0.9"},
        "attic": {"network": "annex"},
    },
}


@pytest.fixture(scope="module")
def server():
    with EmulatorProcess(TOPOLOGY) as process:
        yield process


@pytest.fixture
def vpce(server):
    return Vpce(server)


def sqs_by_its_own_name(vpce, at):
    """Ask from a place for the endpoint's own name, as an SDK does whose endpoint_url names it."""
    client = vpce.client("sqs", at=at)
    name = vpce.endpoint("sqs").dns_names[0]
    client.meta.events.register("before-send.sqs", lambda request, **_: request.headers.__setitem__("Host", name))
    return client


@pytest.mark.parametrize("at", ["inside", "partner", "data", "desk", "machine"])
def test_m14_an_interface_endpoint_is_reached_from_every_network_that_is_joined_to_its_vpc(vpce, at):
    sqs_by_its_own_name(vpce, at).list_queues()
    decision = vpce.decisions()[-1]
    assert (decision["path"], decision["endpoint"]) == ("interface", vpce.endpoint("sqs").id)


@pytest.mark.parametrize(
    ("at", "service", "reason"),
    [
        ("partner", "s3", "no route to"),
        ("data", "s3", "no route to"),
        ("hidden", "s3", "has no public address"),
        ("guarded", "sqs", "network ACLs are stateless"),
    ],
)
def test_a_way_that_does_not_lead_there_is_closed_and_the_cause_is_named(vpce, at, service, reason):
    client = sqs_by_its_own_name(vpce, at) if service == "sqs" else vpce.client(service, at=at)
    with vpce.denied(by="network") as denials:
        client.list_queues() if service == "sqs" else client.list_buckets()
    assert reason in denials[0].reason


def test_a_network_behind_a_peer_is_not_carried_over_the_peering_connection(vpce):
    with vpce.denied(by="network") as denials:
        sqs_by_its_own_name(vpce, "attic").list_queues()
    assert "no route back to 192.168.0.1 over the connection" in denials[0].reason


@pytest.mark.parametrize(("at", "path"), [("desk", "interface"), ("machine", "internet"), ("partner", None)])
def test_m14_private_names_are_learnt_through_an_inbound_resolver_and_not_over_peering(vpce, at, path):
    sqs = vpce.client("sqs", at=at)
    if path is None:
        with vpce.denied(by="network"):
            sqs.list_queues()
    else:
        sqs.list_queues()
        assert vpce.decisions()[-1]["path"] == path


@pytest.mark.parametrize("at", ["public", "private"])
def test_the_public_address_of_the_client_or_its_nat_gateway_is_the_source_address(vpce, at):
    s3, ec2 = vpce.client("s3", at=at), vpce.client("ec2")
    s3.list_buckets()
    source = vpce.decisions()[-1]["source_address"]
    nat = ec2.describe_nat_gateways()["NatGateways"][0]["NatGatewayAddresses"][0]["PublicIp"]
    interfaces = ec2.describe_network_interfaces()["NetworkInterfaces"]
    own = [
        it["Association"]["PublicIp"]
        for it in interfaces
        if it["Description"] == f"client {at}" and "Association" in it
    ]
    assert source == (own[0] if at == "public" else nat)
    assert not IPv4Address(source).is_loopback


def test_m14_a_network_with_an_inbound_resolver_has_a_resolver_of_its_own_to_ask(vpce):
    resolvers = vpce.listing["dns"]
    assert list(resolvers)[-1] == "office"
    assert set(resolvers) & set(TOPOLOGY["attached_networks"]) == {"office"}

    def ask(place):
        host, _, port = resolvers[place].rpartition(":")
        answer = dns.query.udp(dns.message.make_query(SQS, "A"), host, port=int(port), timeout=60)
        return [record.address for section in answer.answer for record in section]

    assert ask("office") == list(vpce.endpoint("sqs").addresses) != ask("public")
