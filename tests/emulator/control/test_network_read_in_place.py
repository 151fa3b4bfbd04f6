"""The network is read from where the backend holds it, and is the one that EC2's API describes."""

import random
from collections.abc import Mapping
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

from vpce_emulator.control.network_reading import read_network
from vpce_emulator.control.source import TopologySource
from vpce_emulator.network.current import CurrentNetwork
from vpce_emulator.topology.zones import vpc_view

REGION, ACCOUNT = "us-east-1", "123456789012"

DESCRIPTIONS = [
    ("describe_availability_zones", {}),
    ("describe_egress_only_internet_gateways", {}),
    ("describe_instances", {"Filters": [{"Name": "instance-state-name", "Values": ["running"]}]}),
    ("describe_internet_gateways", {}),
    ("describe_managed_prefix_lists", {}),
    ("describe_nat_gateways", {}),
    ("describe_network_acls", {}),
    ("describe_network_interfaces", {}),
    ("describe_route_tables", {}),
    ("describe_security_groups", {}),
    ("describe_subnets", {}),
    ("describe_subnets", {"Filters": [{"Name": "cidr-block", "Values": ["10.0.1.0/24"]}]}),
    ("describe_transit_gateway_attachments", {}),
    ("describe_transit_gateway_route_tables", {}),
    ("describe_transit_gateway_attachments", {}),
    ("describe_transit_gateway_route_tables", {}),
    ("describe_transit_gateway_vpc_attachments", {}),
    ("describe_transit_gateways", {}),
    ("describe_vpc_peering_connections", {}),
    ("describe_vpcs", {}),
    ("describe_vpn_gateways", {}),
]
KINDS = (
    "connections",
    "nat_gateways",
    "network_acls",
    "prefix_lists",
    "route_tables",
    "security_groups",
    "subnets",
    "vpcs",
)
# What is not read without the wire, and what the wire adds.
NOT_TOLD = {"AttachTime", "CreateTime", "CreationTime", "LaunchTime", "ResponseMetadata", "UsageOperationUpdateTime"}


@pytest.fixture
def everything(ec2, network):
    """Make one at least of every kind of thing that a network is read from, and return the moves that change them."""
    moves = Moves(ec2, network, random.Random(5))  # noqa: S311 - a walk that is the same each time
    for move in moves.all():
        move()
    return moves


class Moves:
    """What a user without a plan does to a network."""

    def __init__(self, ec2, network, chance):
        self.ec2, self.network, self.chance = ec2, network, chance
        self.others, self.groups, self.tables, self.interfaces, self.endpoints = [], [network.group], [], [], []

    def all(self):
        """Return the moves in an order in which each finds what it needs."""
        return [
            self.another_vpc,
            self.group,
            self.rule,
            self.rule_removed,
            self.prefix_list,
            self.table,
            self.internet_gateway,
            self.nat_gateway,
            self.peering,
            self.transit_gateway,
            self.virtual_private_gateway,
            self.egress_only_gateway,
            self.route,
            self.route_removed,
            self.interface,
            self.groups_of_interface,
            self.public_address,
            self.interface_removed,
            self.instance,
            self.acl_entry,
            self.attribute,
            self.subnet,
            self.tag,
            self.second_block,
            self.endpoint,
            self.endpoint_moved,
            self.endpoint_removed,
        ]

    def block(self):
        return f"10.{self.chance.randrange(100, 250)}.0.0/16"

    def another_vpc(self):
        self.others.append(self.ec2.create_vpc(CidrBlock=self.block())["Vpc"]["VpcId"])

    def second_block(self):
        self.ec2.associate_vpc_cidr_block(VpcId=self.network.vpc, CidrBlock=self.block())

    def subnet(self):
        cidr = f"10.0.{self.chance.randrange(100, 250)}.0/24"
        subnet = self.ec2.create_subnet(VpcId=self.network.vpc, CidrBlock=cidr)["Subnet"]["SubnetId"]
        self.ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})

    def group(self):
        name = f"group-{self.chance.randrange(10**9)}"
        self.groups.append(
            self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.network.vpc)["GroupId"]
        )

    def permissions(self):
        port = self.chance.choice([None, 80, 443])
        ports = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port} if port else {"IpProtocol": "-1"}
        peer = self.chance.choice(
            [
                {"IpRanges": [{"CidrIp": self.block(), "Description": "a network"}]},
                {"Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}]},
                {"UserIdGroupPairs": [{"GroupId": self.chance.choice(self.groups)}]},
                {"PrefixListIds": [{"PrefixListId": "pl-63a5400a"}]},
            ]
        )
        return [{**ports, **peer}]

    def rule(self):
        for authorize in (self.ec2.authorize_security_group_ingress, self.ec2.authorize_security_group_egress):
            authorize(GroupId=self.chance.choice(self.groups), IpPermissions=self.permissions())

    def rule_removed(self):
        group = self.chance.choice(self.groups)
        (described,) = self.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
        if described["IpPermissions"]:
            self.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=described["IpPermissions"][:1])

    def prefix_list(self):
        self.ec2.create_managed_prefix_list(
            PrefixListName="partners", MaxEntries=5, AddressFamily="IPv4", Entries=[{"Cidr": self.block()}]
        )

    def table(self):
        table = self.ec2.create_route_table(VpcId=self.network.vpc)["RouteTable"]["RouteTableId"]
        self.tables.append(table)
        self.ec2.associate_route_table(RouteTableId=table, SubnetId=self.network.a2)

    def internet_gateway(self):
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.network.vpc)
        self.to(GatewayId=gateway)

    def to(self, **target):
        table = self.chance.choice([self.network.table, self.network.other_table, *self.tables])
        self.ec2.create_route(RouteTableId=table, DestinationCidrBlock=self.block(), **target)

    def nat_gateway(self):
        allocation = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        made = self.ec2.create_nat_gateway(SubnetId=self.network.a, AllocationId=allocation)
        self.to(NatGatewayId=made["NatGateway"]["NatGatewayId"])

    def peering(self):
        made = self.ec2.create_vpc_peering_connection(VpcId=self.network.vpc, PeerVpcId=self.others[-1])
        peering = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
        self.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
        self.to(VpcPeeringConnectionId=peering)

    def transit_gateway(self):
        gateway = self.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
        self.ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=gateway, VpcId=self.network.vpc, SubnetIds=[self.network.a]
        )
        self.to(TransitGatewayId=gateway)

    def virtual_private_gateway(self):
        gateway = self.ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
        self.ec2.attach_vpn_gateway(VpnGatewayId=gateway, VpcId=self.network.vpc)
        self.to(GatewayId=gateway)

    def egress_only_gateway(self):
        self.ec2.create_egress_only_internet_gateway(VpcId=self.network.vpc)

    def route(self):
        self.ec2.create_route(
            RouteTableId=self.network.table, DestinationCidrBlock=self.block(), NetworkInterfaceId=self.new_interface()
        )

    def route_removed(self):
        (table,) = self.ec2.describe_route_tables(RouteTableIds=[self.network.table])["RouteTables"]
        routes = [route for route in table["Routes"] if route.get("GatewayId") != "local"]
        if routes:
            cidr = self.chance.choice(routes)["DestinationCidrBlock"]
            self.ec2.delete_route(RouteTableId=self.network.table, DestinationCidrBlock=cidr)

    def new_interface(self):
        made = self.ec2.create_network_interface(
            SubnetId=self.network.b, Groups=self.groups[-1:], SecondaryPrivateIpAddressCount=self.chance.randrange(1, 3)
        )
        return made["NetworkInterface"]["NetworkInterfaceId"]

    def interface(self):
        self.interfaces.append(self.new_interface())
        self.interfaces.append(self.new_interface())

    def groups_of_interface(self):
        self.ec2.modify_network_interface_attribute(
            NetworkInterfaceId=self.chance.choice(self.interfaces), Groups=self.groups[:2]
        )

    def public_address(self):
        allocation = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        self.ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=self.interfaces[-1])

    def interface_removed(self):
        if len(self.interfaces) > 1:
            self.ec2.delete_network_interface(NetworkInterfaceId=self.interfaces.pop(0))

    def instance(self):
        made = self.ec2.run_instances(
            ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=self.network.a, SecurityGroupIds=self.groups[-1:]
        )
        stopped = self.ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=self.network.a)
        self.ec2.stop_instances(InstanceIds=[stopped["Instances"][0]["InstanceId"]])
        assert made["Instances"]

    def endpoint(self):
        for _ in range(2):
            made = self.ec2.create_vpc_endpoint(
                VpcId=self.network.vpc,
                VpcEndpointType="Interface",
                ServiceName=f"com.amazonaws.{REGION}.sqs",
                SubnetIds=[self.network.a],
                SecurityGroupIds=self.groups[:1],
                PrivateDnsEnabled=False,
            )
            self.endpoints.append(made["VpcEndpoint"]["VpcEndpointId"])

    def endpoint_moved(self):
        self.ec2.modify_vpc_endpoint(
            VpcEndpointId=self.endpoints[-1], AddSubnetIds=[self.network.b], AddSecurityGroupIds=self.groups[-1:]
        )

    def endpoint_removed(self):
        if len(self.endpoints) > 1:
            self.ec2.delete_vpc_endpoints(VpcEndpointIds=[self.endpoints.pop(0)])

    def acl_entry(self):
        filters = [{"Name": "vpc-id", "Values": [self.network.vpc]}]
        acl = self.ec2.describe_network_acls(Filters=filters)["NetworkAcls"][0]["NetworkAclId"]
        self.ec2.create_network_acl_entry(
            NetworkAclId=acl,
            RuleNumber=self.chance.randrange(200, 30000),
            Protocol="6",
            RuleAction=self.chance.choice(["allow", "deny"]),
            Egress=self.chance.random() < 0.5,
            CidrBlock=self.block(),
            PortRange={"From": 1024, "To": 65535},
        )

    def attribute(self):
        self.ec2.modify_vpc_attribute(VpcId=self.network.vpc, EnableDnsHostnames={"Value": self.chance.random() < 0.5})

    def tag(self):
        resources = [self.network.vpc, self.network.a, self.network.table, self.groups[-1]]
        name = f"name-{self.chance.randrange(100)}"
        self.ec2.create_tags(Resources=[self.chance.choice(resources)], Tags=[{"Key": "Name", "Value": name}])


def as_boto3_has_it(value):
    if isinstance(value, Mapping):
        return {key: as_boto3_has_it(each) for key, each in value.items() if key not in NOT_TOLD}
    return [as_boto3_has_it(each) for each in value] if isinstance(value, list) else value


def test_every_member_of_a_description_is_told_as_over_the_wire(backend, everything):
    client = backend.client("ec2", region=REGION, account_id=ACCOUNT)
    asked = [*DESCRIPTIONS, *about_one(client, everything.network.vpc)]
    written = [as_boto3_has_it(getattr(client, operation)(**parameters)) for operation, parameters in asked]
    with backend.ec2_descriptions(region=REGION, account_id=ACCOUNT) as descriptions:
        for (operation, parameters), expected in zip(asked, written, strict=True):
            read = as_boto3_has_it(getattr(descriptions, operation)(**parameters))
            assert read == expected, operation
            assert all(value != [] for value in read.values()), f"there is nothing to compare of {operation}"


def about_one(client, vpc_id):
    """Return the descriptions that are about one thing alone."""
    (table,) = client.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"]
    own = [{"Name": "owner-id", "Values": [ACCOUNT]}]
    (prefix_list,) = client.describe_managed_prefix_lists(Filters=own)["PrefixLists"]
    return [
        ("describe_vpc_attribute", {"VpcId": vpc_id, "Attribute": "enableDnsSupport"}),
        ("describe_vpc_attribute", {"VpcId": vpc_id, "Attribute": "enableDnsHostnames"}),
        ("get_managed_prefix_list_entries", {"PrefixListId": prefix_list["PrefixListId"]}),
        (
            "search_transit_gateway_routes",
            {
                "TransitGatewayRouteTableId": table["TransitGatewayRouteTableId"],
                "Filters": [{"Name": "state", "Values": ["active", "blackhole"]}],
            },
        ),
    ]


def test_the_topology_is_the_network_that_the_api_describes_whatever_is_done_to_it(backend, api, everything):
    client, moves = backend.client("ec2", region=REGION, account_id=ACCOUNT), everything.all()
    network = CurrentNetwork(api.source.current)
    for _ in range(30):
        move = everything.chance.choice(moves)
        with suppress(ClientError):  # of a user without a plan, EC2 refuses some
            move()
        topology, described = api.source.current(), read_network(client, region=REGION, account_id=ACCOUNT)
        told = {kind: getattr(topology, kind) for kind in KINDS}
        assert told == {kind: getattr(described, kind) for kind in KINDS}, move
        managed = {interface.id for each in topology.endpoints.values() for interface in each.interfaces}
        calling = {name: it for name, it in described.interfaces.items() if it.interface_id not in managed}
        assert topology.clients == calling, move
        assert network.vpc_view(everything.network.vpc) == vpc_view(topology, everything.network.vpc), move


def test_reading_the_network_makes_no_call(backend, everything):
    """Calls are written and read as XML: of a large network, that takes longer than a change may."""

    class WithoutCalls:
        ec2_descriptions, private_zones = backend.ec2_descriptions, backend.private_zones

    topology = TopologySource(WithoutCalls(), region=REGION, account_id=ACCOUNT).current()
    assert everything.network.vpc in topology.vpcs


def test_what_changes_the_network_is_no_description(backend):
    with backend.ec2_descriptions(region=REGION, account_id=ACCOUNT) as descriptions:
        assert not hasattr(descriptions, "create_vpc")
