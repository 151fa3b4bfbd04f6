"""Transit gateways: their route tables decide who reaches an endpoint, and EC2 describes what decides."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from vpce_emulator.topology.path import PathKind, trace


class Hub:
    """Two VPCs on one transit gateway, an endpoint in the first and callers in both zones of the second."""

    def __init__(self, api, ec2, network, interface, **options):
        self.api, self.ec2 = api, ec2
        self.id = ec2.create_transit_gateway(Options=options)["TransitGateway"]["TransitGatewayId"]
        self.vpc = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.2.{n}.0/24", AvailabilityZone=f"us-east-1{zone}")
            for n, zone in ((1, "a"), (2, "b"))
        ]
        self.subnets = [each["Subnet"]["SubnetId"] for each in self.subnets]
        self.here = self.attach(network.vpc, [network.a, network.b])
        self.there = self.attach(self.vpc, self.subnets[:1])
        (main,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["RouteTables"]
        for table, cidr in ((network.table, "10.2.0.0/16"), (main["RouteTableId"], "10.0.0.0/16")):
            ec2.create_route(RouteTableId=table, DestinationCidrBlock=cidr, TransitGatewayId=self.id)
        everyone = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        ec2.authorize_security_group_ingress(GroupId=network.group, IpPermissions=everyone)
        self.name = interface(subnets=[network.a])["DnsEntries"][0]["DnsName"]
        self.callers = [
            ec2.create_network_interface(SubnetId=each)["NetworkInterface"]["NetworkInterfaceId"]
            for each in self.subnets
        ]

    def attach(self, vpc, subnets, **more):
        made = self.ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=self.id, VpcId=vpc, SubnetIds=subnets, **more
        )
        return made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]

    def tables(self):
        return [each["TransitGatewayRouteTableId"] for each in self._tables()]

    def _tables(self):
        filters = [{"Name": "transit-gateway-id", "Values": [self.id]}]
        return self.ec2.describe_transit_gateway_route_tables(Filters=filters)["TransitGatewayRouteTables"]

    def make_table(self):
        made = self.ec2.create_transit_gateway_route_table(TransitGatewayId=self.id)
        return made["TransitGatewayRouteTable"]["TransitGatewayRouteTableId"]

    def routes(self, table, **filters):
        wanted = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
        wanted = wanted or [{"Name": "state", "Values": ["active", "blackhole"]}]
        found = self.ec2.search_transit_gateway_routes(TransitGatewayRouteTableId=table, Filters=wanted)["Routes"]
        return {
            each["DestinationCidrBlock"]: (
                each["Type"],
                each["State"],
                *(one["TransitGatewayAttachmentId"] for one in each.get("TransitGatewayAttachments", ())),
            )
            for each in found
        }

    def path(self, caller=0):
        topology = self.api.source.current()
        return trace(topology, topology.clients[self.callers[caller]], self.name)


@pytest.fixture
def hub(api, ec2, network, interface):
    return Hub(api, ec2, network, interface)


@pytest.fixture
def bare_hub(api, ec2, network, interface):
    off = {"DefaultRouteTableAssociation": "disable", "DefaultRouteTablePropagation": "disable"}
    return Hub(api, ec2, network, interface, **off)


def _attachment(ec2, attachment_id):
    (found,) = ec2.describe_transit_gateway_attachments(TransitGatewayAttachmentIds=[attachment_id])[
        "TransitGatewayAttachments"
    ]
    return found


def test_by_default_attachments_propagate_to_one_table_and_reach_each_other(hub):
    (table,) = hub.tables()
    assert hub.routes(table) == {
        "10.0.0.0/16": ("propagated", "active", hub.here),
        "10.2.0.0/16": ("propagated", "active", hub.there),
    }
    path = hub.path()
    assert path.kind is PathKind.INTERFACE
    told = [hop.explanation for hop in path.hops if hop.id == table]
    assert told[0].startswith(f"{table} of {hub.id} sends 10.0.1.")
    assert told[0].endswith(f" to {hub.here}.")
    assert told[1].endswith(f" to {hub.there}.")


def test_a_zone_without_a_subnet_of_the_attachment_does_not_reach_the_gateway(ec2, hub):
    path = hub.path(caller=1)
    assert path.reason == (
        f"{hub.id} is not reached from {hub.subnets[1]}, because its attachment {hub.there} has no subnet in "
        f"us-east-1b: add one there."
    )
    ec2.modify_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=hub.there, AddSubnetIds=[hub.subnets[1]])
    assert hub.path(caller=1).kind is PathKind.INTERFACE


def test_answers_of_an_endpoint_in_a_zone_that_is_not_attached_do_not_find_back(ec2, hub, network):
    ec2.modify_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=hub.here, RemoveSubnetIds=[network.a])
    assert hub.path().reason.startswith(f"{hub.id} is not reached from {network.a}, because its attachment {hub.here}")


def test_without_default_tables_nothing_is_carried_until_it_is_associated_and_propagated(ec2, bare_hub):
    hub = bare_hub
    assert hub.tables() == []
    assert "Association" not in _attachment(ec2, hub.there)
    assert f"{hub.there} of {hub.id} is associated with no route table" in hub.path().reason
    there, here = hub.make_table(), hub.make_table()
    ec2.associate_transit_gateway_route_table(TransitGatewayRouteTableId=there, TransitGatewayAttachmentId=hub.there)
    assert _attachment(ec2, hub.there)["Association"] == {"State": "associated", "TransitGatewayRouteTableId": there}
    assert (
        f"{there}, by which {hub.id} routes what comes from {hub.there}, has no route to 10.0.1." in hub.path().reason
    )
    ec2.enable_transit_gateway_route_table_propagation(
        TransitGatewayRouteTableId=there, TransitGatewayAttachmentId=hub.here
    )
    assert f"{hub.here} of {hub.id} is associated with no route table" in hub.path().reason
    ec2.associate_transit_gateway_route_table(TransitGatewayRouteTableId=here, TransitGatewayAttachmentId=hub.here)
    ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=here, DestinationCidrBlock="10.2.0.0/16", TransitGatewayAttachmentId=hub.there
    )
    assert hub.path().kind is PathKind.INTERFACE


def test_separate_tables_keep_networks_apart(ec2, hub):
    (default,) = hub.tables()
    apart = hub.make_table()
    named = {"TransitGatewayAttachmentId": hub.there}
    with pytest.raises(ClientError, match=r"Resource\.AlreadyAssociated"):
        ec2.associate_transit_gateway_route_table(TransitGatewayRouteTableId=apart, **named)
    ec2.disassociate_transit_gateway_route_table(TransitGatewayRouteTableId=default, **named)
    ec2.associate_transit_gateway_route_table(TransitGatewayRouteTableId=apart, **named)
    associated = ec2.get_transit_gateway_route_table_associations(TransitGatewayRouteTableId=default)["Associations"]
    assert [each["TransitGatewayAttachmentId"] for each in associated] == [hub.here]
    assert hub.path().reason.startswith(f"{apart}, by which {hub.id} routes what comes from {hub.there}, has no route")


@pytest.mark.parametrize(
    ("cidr", "blocked"), [("10.0.0.0/16", True), ("10.0.1.0/24", True), ("10.0.0.0/8", False), ("10.0.2.0/24", False)]
)
def test_the_longest_prefix_decides_and_a_static_blackhole_before_what_is_propagated(ec2, hub, cidr, blocked):
    (table,) = hub.tables()
    route = {"TransitGatewayRouteTableId": table, "DestinationCidrBlock": cidr}
    ec2.create_transit_gateway_route(**route, Blackhole=True)
    assert hub.routes(table)[cidr] == ("static", "blackhole")
    path = hub.path()
    assert (path.kind is PathKind.BLOCKED) is blocked
    if blocked:
        assert path.reason == f"The route of {table} to {cidr} is a blackhole: replace it."
    with pytest.raises(ClientError, match="RouteAlreadyExists"):
        ec2.create_transit_gateway_route(**route, Blackhole=True)
    ec2.replace_transit_gateway_route(**route, TransitGatewayAttachmentId=hub.here)
    assert hub.path().kind is PathKind.INTERFACE
    ec2.replace_transit_gateway_route(**route, TransitGatewayAttachmentId=hub.there)
    assert (f"{table} sends 10.0.1." in hub.path().reason) is blocked
    ec2.delete_transit_gateway_route(**route)
    assert hub.path().kind is PathKind.INTERFACE
    with pytest.raises(ClientError, match=r"InvalidRoute\.NotFound"):
        ec2.delete_transit_gateway_route(**route)


def test_what_is_detached_is_forgotten_and_static_routes_to_it_are_blackholes(ec2, hub):
    (table,) = hub.tables()
    ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=table, DestinationCidrBlock="10.2.1.0/24", TransitGatewayAttachmentId=hub.there
    )
    with pytest.raises(ClientError, match="IncorrectState"):
        ec2.delete_transit_gateway(TransitGatewayId=hub.id)
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=hub.there)
    assert hub.routes(table) == {
        "10.0.0.0/16": ("propagated", "active", hub.here),
        "10.2.1.0/24": ("static", "blackhole"),
    }
    assert hub.path().kind is PathKind.BLOCKED
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=hub.here)
    ec2.delete_transit_gateway(TransitGatewayId=hub.id)
    assert hub.tables() == []


def test_propagation_to_several_tables_ends_one_by_one(ec2, hub):
    (default,), other = hub.tables(), hub.make_table()
    named = {"TransitGatewayAttachmentId": hub.there}
    ec2.enable_transit_gateway_route_table_propagation(TransitGatewayRouteTableId=other, **named)
    with pytest.raises(ClientError, match=r"TransitGatewayRouteTablePropagation\.Duplicate"):
        ec2.enable_transit_gateway_route_table_propagation(TransitGatewayRouteTableId=other, **named)
    for table, left in ((default, other), (other, None)):
        ec2.disable_transit_gateway_route_table_propagation(TransitGatewayRouteTableId=table, **named)
        assert "10.2.0.0/16" not in hub.routes(table)
        assert left is None or "10.2.0.0/16" in hub.routes(left)
    with pytest.raises(ClientError, match=r"TransitGatewayRouteTablePropagation\.NotFound"):
        ec2.disable_transit_gateway_route_table_propagation(TransitGatewayRouteTableId=other, **named)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"type": "static"}, ["10.0.1.0/24"]),
        ({"type": "propagated"}, ["10.0.0.0/16", "10.2.0.0/16"]),
        ({"state": "blackhole"}, ["10.0.1.0/24"]),
        ({"route_search.exact_match": "10.2.0.0/16"}, ["10.2.0.0/16"]),
        ({"route_search.subnet_of_match": "10.0.0.0/16"}, ["10.0.0.0/16", "10.0.1.0/24"]),
        ({"route_search.supernet_of_match": "10.0.1.0/25"}, ["10.0.0.0/16", "10.0.1.0/24"]),
        ({"route_search.longest_prefix_match": "10.0.1.7"}, ["10.0.1.0/24"]),
        ({"route_search.longest_prefix_match": "10.0.7.7"}, ["10.0.0.0/16"]),
        ({"attachment.resource_type": "vpn"}, []),
    ],
)
def test_routes_are_searched_by_what_they_are_and_lead_to(ec2, hub, filters, found):
    (table,) = hub.tables()
    ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=table, DestinationCidrBlock="10.0.1.0/24", Blackhole=True
    )
    assert sorted(hub.routes(table, **filters)) == found


def test_routes_of_ipv6_and_what_is_no_network_break_nothing(ec2, hub):
    (table,) = hub.tables()
    named = {"TransitGatewayRouteTableId": table, "Blackhole": True}
    ec2.create_transit_gateway_route(**named, DestinationCidrBlock="2001:db8::/32")
    ec2.create_transit_gateway_route(**named, DestinationCidrBlock="10.3.0.9/16")
    with pytest.raises(ClientError, match="is not a valid CIDR block"):
        ec2.create_transit_gateway_route(**named, DestinationCidrBlock="nonsense")
    assert {"2001:db8::/32", "10.3.0.0/16"} <= hub.routes(table).keys()
    assert sorted(hub.routes(table, **{"route_search.subnet_of_match": "2001::/16"})) == ["2001:db8::/32"]
    assert hub.path().kind is PathKind.INTERFACE


def test_an_attachment_keeps_its_tags_and_stands_in_one_subnet_of_a_zone_of_its_vpc(ec2, hub, network):
    vpc = SimpleNamespace(id=ec2.create_vpc(CidrBlock="10.3.0.0/16")["Vpc"]["VpcId"])
    vpc.subnets = [
        ec2.create_subnet(VpcId=vpc.id, CidrBlock=f"10.3.{n}.0/24", AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"]
        for n in (1, 2)
    ]
    with pytest.raises(ClientError, match="DuplicateSubnetsInSameZone"):
        hub.attach(vpc.id, vpc.subnets)
    with pytest.raises(ClientError, match="does not belong to the VPC"):
        hub.attach(vpc.id, [network.a])
    tags = [{"Key": "Name", "Value": "spoke"}]
    made = hub.attach(
        vpc.id, vpc.subnets[:1], TagSpecifications=[{"ResourceType": "transit-gateway-attachment", "Tags": tags}]
    )
    (described,) = ec2.describe_transit_gateway_vpc_attachments(TransitGatewayAttachmentIds=[made])[
        "TransitGatewayVpcAttachments"
    ]
    assert described["Tags"] == tags


def test_vpn_connections_are_attached_and_are_no_attachments_of_vpcs(ec2, hub):
    gateway = ec2.create_customer_gateway(Type="ipsec.1", BgpAsn=65000, IpAddress="203.0.113.9")["CustomerGateway"]
    vpn = ec2.create_vpn_connection(
        CustomerGatewayId=gateway["CustomerGatewayId"], Type="ipsec.1", TransitGatewayId=hub.id
    )["VpnConnection"]["VpnConnectionId"]
    filters = [{"Name": "resource-id", "Values": [vpn]}]
    (attached,) = ec2.describe_transit_gateway_attachments(Filters=filters)["TransitGatewayAttachments"]
    assert (attached["ResourceType"], attached["Association"]["TransitGatewayRouteTableId"]) == ("vpn", *hub.tables())
    vpcs = ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"]
    assert {each["TransitGatewayAttachmentId"] for each in vpcs} == {hub.here, hub.there}
    ec2.delete_vpn_connection(VpnConnectionId=vpn)
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=hub.here)
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=hub.there)
    ec2.delete_transit_gateway(TransitGatewayId=hub.id)


def test_of_two_vpcs_with_the_same_addresses_the_one_that_was_attached_first_propagates(ec2, hub):
    (table,) = hub.tables()
    twin = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=twin, CidrBlock="10.2.1.0/24")["Subnet"]["SubnetId"]
    hub.attach(twin, [subnet])
    assert hub.routes(table)["10.2.0.0/16"] == ("propagated", "active", hub.there)


class Egress:
    """A VPC on the hub by whose NAT gateway the others reach the internet."""

    def __init__(self, ec2, hub):
        self.ec2, self.hub = ec2, hub
        self.vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        self.inner, self.outer = (
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone="us-east-1a")["Subnet"][
                "SubnetId"
            ]
            for n in (1, 2)
        )
        self.attachment = hub.attach(self.vpc, [self.inner])
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        address = ec2.allocate_address(Domain="vpc")
        self.address = address["PublicIp"]
        made = ec2.create_nat_gateway(SubnetId=self.outer, AllocationId=address["AllocationId"])["NatGateway"]
        self.nat = made["NatGatewayId"]
        self.tables = [ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"] for _ in range(2)]
        for table, subnet in zip(self.tables, (self.inner, self.outer), strict=True):
            ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        (main,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [hub.vpc]}])["RouteTables"]
        (hub_table,) = hub.tables()
        everywhere = {"DestinationCidrBlock": "0.0.0.0/0"}
        to_vpc = {"RouteTableId": self.tables[1], "DestinationCidrBlock": "10.2.0.0/16", "TransitGatewayId": hub.id}
        self.steps = {
            "has no route to": (
                ec2.create_route,
                {"RouteTableId": main["RouteTableId"], **everywhere, "TransitGatewayId": hub.id},
            ),
            f"{hub_table}, by which {hub.id} routes what comes from {hub.there}, has no route": (
                ec2.create_transit_gateway_route,
                {
                    "TransitGatewayRouteTableId": hub_table,
                    **everywhere,
                    "TransitGatewayAttachmentId": self.attachment,
                },
            ),
            f"{self.tables[0]}, where {self.attachment} ends in {self.vpc}, sends ": (
                ec2.create_route,
                {"RouteTableId": self.tables[0], **everywhere, "NatGatewayId": self.nat},
            ),
            f"{self.tables[1]}, in effect for {self.outer} of {self.nat}, has no route back to 10.2.": (
                ec2.create_route,
                to_vpc,
            ),
            "has no route to an internet gateway": (
                ec2.create_route,
                {"RouteTableId": self.tables[1], **everywhere, "GatewayId": gateway},
            ),
        }


def test_a_nat_gateway_in_a_shared_vpc_is_reached_once_every_route_there_and_back_is_made(api, ec2, hub):
    egress = Egress(ec2, hub)

    def path():
        topology = api.source.current()
        return trace(topology, topology.clients[hub.callers[0]], "s3.us-east-1.amazonaws.com")

    for reason, (call, parameters) in egress.steps.items():
        assert reason in path().reason
        call(**parameters)
    assert path().kind is PathKind.INTERNET
    assert str(path().source_address) == egress.address
    assert [hop.id for hop in path().hops if hop.id.startswith(("tgw-rtb", "nat"))] == [*hub.tables() * 2, egress.nat]
    ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=hub.tables()[0], DestinationCidrBlock="10.2.1.0/24", Blackhole=True
    )
    assert path().reason.endswith("to 10.2.1.0/24 is a blackhole: replace it.")
