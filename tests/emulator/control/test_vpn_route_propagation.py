"""Virtual private gateways propagate the routes of their VPN connections, and paths take them."""

from ipaddress import IPv4Address

import pytest
from botocore.exceptions import ClientError

from vpce_emulator.topology.models import Client
from vpce_emulator.topology.path import PathKind, trace


@pytest.fixture
def gateway(ec2, network):
    made = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    ec2.attach_vpn_gateway(VpcId=network.vpc, VpnGatewayId=made)
    return made


@pytest.fixture
def connection(ec2, gateway):
    customer = ec2.create_customer_gateway(Type="ipsec.1", BgpAsn=65000, IpAddress="203.0.113.9")["CustomerGateway"]
    made = ec2.create_vpn_connection(
        CustomerGatewayId=customer["CustomerGatewayId"],
        Type="ipsec.1",
        VpnGatewayId=gateway,
        Options={"StaticRoutesOnly": True},
    )
    return made["VpnConnection"]["VpnConnectionId"]


def _table(ec2, table_id):
    (table,) = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"]
    gateways = [each["GatewayId"] for each in table.get("PropagatingVgws", ())]
    return gateways, {route["DestinationCidrBlock"]: (route["GatewayId"], route["Origin"]) for route in table["Routes"]}


def test_a_table_has_the_routes_that_a_gateway_propagates_to_it(api, ec2, network, interface, gateway, connection):
    named = {"GatewayId": gateway, "RouteTableId": network.table}
    everyone = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.authorize_security_group_ingress(GroupId=network.group, IpPermissions=everyone)
    name = interface(subnets=[network.a])["DnsEntries"][0]["DnsName"]
    desk = Client("desk", network.vpc, "", IPv4Address("192.168.7.7"), (), connection_id=gateway)

    def kind():
        return trace(api.source.current(), desk, name).kind

    ec2.create_vpn_connection_route(VpnConnectionId=connection, DestinationCidrBlock="192.168.0.0/16")
    assert kind() is PathKind.BLOCKED
    ec2.enable_vgw_route_propagation(**named)
    local = ("local", "CreateRouteTable")
    propagated = {"10.0.0.0/16": local, "192.168.0.0/16": (gateway, "EnableVgwRoutePropagation")}
    assert _table(ec2, network.table) == ([gateway], propagated)
    assert kind() is PathKind.INTERFACE
    (described,) = ec2.describe_vpn_connections()["VpnConnections"]
    assert [route["DestinationCidrBlock"] for route in described["Routes"]] == ["192.168.0.0/16"]
    ec2.create_route(RouteTableId=network.table, DestinationCidrBlock="192.168.0.0/16", GatewayId=gateway)
    assert _table(ec2, network.table)[1]["192.168.0.0/16"] == (gateway, "CreateRoute")
    ec2.delete_route(RouteTableId=network.table, DestinationCidrBlock="192.168.0.0/16")
    ec2.detach_vpn_gateway(VpcId=network.vpc, VpnGatewayId=gateway)
    assert _table(ec2, network.table)[1] == {"10.0.0.0/16": local}
    ec2.attach_vpn_gateway(VpcId=network.vpc, VpnGatewayId=gateway)
    ec2.delete_vpn_connection_route(VpnConnectionId=connection, DestinationCidrBlock="192.168.0.0/16")
    assert kind() is PathKind.BLOCKED
    ec2.disable_vgw_route_propagation(**named)
    assert _table(ec2, network.table) == ([], {"10.0.0.0/16": local})


def test_a_gateway_propagates_within_the_vpc_that_it_is_attached_to(ec2, network, gateway):
    other = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    table = ec2.create_route_table(VpcId=other)["RouteTable"]["RouteTableId"]
    with pytest.raises(ClientError, match=r"Gateway\.NotAttached"):
        ec2.enable_vgw_route_propagation(GatewayId=gateway, RouteTableId=table)
    with pytest.raises(ClientError, match=r"InvalidRouteTableID\.NotFound"):
        ec2.enable_vgw_route_propagation(GatewayId=gateway, RouteTableId="rtb-1")


def test_a_static_route_that_a_connection_has_not_is_not_deleted(ec2, connection):
    with pytest.raises(ClientError, match=r"InvalidRoute\.NotFound"):
        ec2.delete_vpn_connection_route(VpnConnectionId=connection, DestinationCidrBlock="192.168.0.0/16")
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        ec2.create_vpn_connection_route(VpnConnectionId=connection, DestinationCidrBlock="all of them")
