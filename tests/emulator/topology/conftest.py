"""A network as the VPC guide draws it: tables with gateway endpoints, a NAT, an internet gateway, or nothing."""

from ipaddress import IPv4Address, IPv4Network

import pytest

from vpce_emulator.topology.models import (
    Client,
    Connection,
    Endpoint,
    EndpointType,
    NatGateway,
    NetworkInterface,
    Route,
    RouteTable,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    Topology,
    Vpc,
)
from vpce_emulator.topology.prefix_lists import aws_prefix_lists

REGION = "us-east-1"
ACCOUNT = "123456789012"
EVERYWHERE = IPv4Network("0.0.0.0/0")


def _interface_endpoint(endpoint_id, token, service, offset, **changes):
    interfaces = tuple(
        NetworkInterface(
            f"eni-{service}-{letter}",
            endpoint_id,
            f"subnet-{letter}",
            f"us-east-1{letter}",
            IPv4Address(f"10.0.{number}.{offset}"),
            ("sg-endpoints",),
        )
        for number, letter in ((1, "a"), (2, "b"))
    )
    fields = {
        "id": endpoint_id,
        "name": service,
        "type": EndpointType.INTERFACE,
        "service_name": f"com.amazonaws.{REGION}.{service}",
        "vpc_id": "vpc-app",
        "owner_id": ACCOUNT,
        "state": "available",
        "policy": None,
        "created_at": 1700000000.0,
        "service_region": REGION,
        "subnet_ids": ("subnet-a", "subnet-b"),
        "group_ids": ("sg-endpoints",),
        "interfaces": interfaces,
        "dns_token": token,
    }
    return Endpoint(**(fields | changes))


def _gateway_endpoint(endpoint_id, service):
    return Endpoint(
        id=endpoint_id,
        name=f"{service}-gateway",
        type=EndpointType.GATEWAY,
        service_name=f"com.amazonaws.{REGION}.{service}",
        vpc_id="vpc-app",
        owner_id=ACCOUNT,
        state="available",
        policy=None,
        created_at=1700000000.0,
        service_region=REGION,
        route_table_ids=("rtb-private",),
    )


def _by_id(*things):
    return {thing.id: thing for thing in things}


def _rule(**peers):
    return SecurityGroupRule("tcp", 443, 443, **peers)


@pytest.fixture
def topology():
    s3_list, dynamodb_list, *_ = aws_prefix_lists(REGION)
    return Topology(
        version=1,
        region=REGION,
        account_id=ACCOUNT,
        vpcs=_by_id(
            Vpc("vpc-app", "app", ACCOUNT, (IPv4Network("10.0.0.0/16"),), True, True),
            Vpc("vpc-peer", "peer", ACCOUNT, (IPv4Network("10.9.0.0/16"),), True, True),
        ),
        subnets=_by_id(
            Subnet("subnet-a", "a", "vpc-app", "us-east-1a", IPv4Network("10.0.1.0/24"), "rtb-private"),
            Subnet("subnet-b", "b", "vpc-app", "us-east-1b", IPv4Network("10.0.2.0/24"), "rtb-private"),
            Subnet("subnet-nat", "nat", "vpc-app", "us-east-1a", IPv4Network("10.0.3.0/24"), "rtb-nat"),
            Subnet("subnet-isolated", "isolated", "vpc-app", "us-east-1a", IPv4Network("10.0.4.0/24"), "rtb-isolated"),
            Subnet("subnet-public", "public", "vpc-app", "us-east-1a", IPv4Network("10.0.5.0/24"), "rtb-public"),
            Subnet("subnet-peer", "peer", "vpc-peer", "us-east-1a", IPv4Network("10.9.1.0/24"), "rtb-peer"),
        ),
        route_tables=_by_id(
            RouteTable(
                "rtb-private",
                "private",
                "vpc-app",
                False,
                (
                    Route(s3_list.id, "vpce-0aaaaaaaaaaaaaaa1"),
                    Route(dynamodb_list.id, "vpce-0aaaaaaaaaaaaaaa2"),
                    Route(IPv4Network("10.9.0.0/16"), "pcx-1"),
                    Route(IPv4Network("192.168.0.0/16"), "vgw-1"),
                ),
            ),
            RouteTable("rtb-nat", "nat", "vpc-app", False, (Route(EVERYWHERE, "nat-1"),)),
            RouteTable("rtb-isolated", "isolated", "vpc-app", True, ()),
            RouteTable("rtb-public", "public", "vpc-app", False, (Route(EVERYWHERE, "igw-1"),)),
            RouteTable("rtb-peer", "peer", "vpc-peer", True, (Route(IPv4Network("10.0.0.0/16"), "pcx-1"),)),
        ),
        security_groups=_by_id(
            SecurityGroup("sg-app", "app", "vpc-app", (), (SecurityGroupRule("-1", None, None, (EVERYWHERE,)),)),
            SecurityGroup("sg-closed", "closed", "vpc-app", (), ()),
            SecurityGroup("sg-s3-only", "s3", "vpc-app", (), (_rule(prefix_list_ids=(s3_list.id,)),)),
            SecurityGroup("sg-to-endpoints", "e", "vpc-app", (), (_rule(group_ids=("sg-endpoints",)),)),
            SecurityGroup(
                "sg-endpoints",
                "endpoints",
                "vpc-app",
                (_rule(cidrs=(IPv4Network("10.0.0.0/16"), IPv4Network("10.9.0.0/16"), IPv4Network("192.168.0.0/16"))),),
                (),
            ),
        ),
        prefix_lists=_by_id(s3_list, dynamodb_list),
        connections=_by_id(
            Connection("pcx-1", frozenset({"vpc-app", "vpc-peer"})), Connection("vgw-1", frozenset({"vpc-app"}))
        ),
        nat_gateways=_by_id(NatGateway("nat-1", "subnet-public", IPv4Address("203.0.113.77"))),
        endpoints=_by_id(
            _gateway_endpoint("vpce-0aaaaaaaaaaaaaaa1", "s3"),
            _gateway_endpoint("vpce-0aaaaaaaaaaaaaaa2", "dynamodb"),
            _interface_endpoint("vpce-0bbbbbbbbbbbbbbb1", "s3s3s3s3", "s3", 11),
            _interface_endpoint("vpce-0b7d2995e9dfe5418", "mwrths3x", "athena", 12),
            _interface_endpoint("vpce-0bbbbbbbbbbbbbbb2", "sqsqsqsq", "sqs", 13, private_dns_enabled=True),
            _interface_endpoint("vpce-0bbbbbbbbbbbbbbb3", "ecrecrec", "ecr.dkr", 14, private_dns_enabled=True),
        ),
    )


@pytest.fixture
def client():
    """Return a function that makes a client in a subnet of the network."""

    def make(subnet="subnet-a", groups=("sg-app",), vpc="vpc-app", address="10.0.1.10", **more):
        return Client("client", vpc, subnet, IPv4Address(address), groups, **more)

    return make
