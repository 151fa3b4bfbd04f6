"""What joins VPCs and networks outside, in a topology file, as EC2 calls; and the hosts of those networks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from vpce_emulator.control.file_calls import Built, ByName, Ec2, Made, call, named
from vpce_emulator.topology.models import Client
from vpce_emulator.topology_file import AttachedNetworkSection, PeeringSection, TopologyFile, TransitGatewaySection

# Among a VPC's gateways; no name in a file has spaces in it.
_PRIVATE_GATEWAY = "virtual private gateway"


def make_connections(topology: TopologyFile, made: Mapping[str, Made], ec2: Ec2) -> ByName[str]:
    """Make the peering connections and transit gateways of a file, and return their ids by name."""
    connections: ByName[str] = ByName()
    for name, peering in topology.peerings.items():
        connections[name] = make_peering(f"peerings.{name}", name, peering, made, ec2)
    for name, gateway in topology.transit_gateways.items():
        where = f"transit_gateways.{name}"
        connections[name] = make_transit_gateway(where, name, ec2)
        attach_vpcs(where, gateway, connections[name], topology, made, ec2)
    return connections


def make_peering(where: str, name: str, section: PeeringSection, made: Mapping[str, Made], ec2: Ec2) -> str:
    """Make a peering connection, accept it, and return its id."""
    requester, accepter = section.vpcs
    created = call(
        where,
        ec2.create_vpc_peering_connection,
        VpcId=made[requester].vpc_id,
        PeerVpcId=made[accepter].vpc_id,
        TagSpecifications=named("vpc-peering-connection", name),
    )
    connection_id: str = created["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    call(where, ec2.accept_vpc_peering_connection, VpcPeeringConnectionId=connection_id)
    return connection_id


def make_transit_gateway(where: str, name: str, ec2: Ec2) -> str:
    """Make a transit gateway that nothing is attached to, and return its id."""
    created = call(where, ec2.create_transit_gateway, TagSpecifications=named("transit-gateway", name))
    gateway_id: str = created["TransitGateway"]["TransitGatewayId"]
    return gateway_id


def vpc_attachments(where: str, gateway_id: str, ec2: Ec2) -> dict[str, dict[str, Any]]:
    """Return a transit gateway's attachments, by the ids of their VPCs."""
    filters = [{"Name": "transit-gateway-id", "Values": [gateway_id]}]
    described = call(where, ec2.describe_transit_gateway_vpc_attachments, Filters=filters)
    return {
        each["VpcId"]: each
        for each in described["TransitGatewayVpcAttachments"]
        if each["State"] == "available" and each["TransitGatewayId"] == gateway_id
    }


def attach_vpcs(
    where: str,
    section: TransitGatewaySection,
    gateway_id: str,
    topology: TopologyFile,
    made: Mapping[str, Made],
    ec2: Ec2,
) -> None:
    """Attach to a transit gateway the VPCs that the file says, in a subnet of each zone, and of its VPCs no others.

    "When you attach a VPC to a transit gateway, you must enable one or more Availability Zones":
    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
    """
    attached = vpc_attachments(where, gateway_id, ec2)
    for vpc, its in made.items():
        there = attached.get(its.vpc_id)
        if vpc in section.vpcs:
            _attach_vpc(where, gateway_id, its.vpc_id, _one_a_zone(topology, vpc, its), there, ec2)
        elif there is not None:
            attachment_id = there["TransitGatewayAttachmentId"]
            call(where, ec2.delete_transit_gateway_vpc_attachment, TransitGatewayAttachmentId=attachment_id)


def _one_a_zone(topology: TopologyFile, vpc: str, made: Made) -> list[str]:
    # By name, so that it does not depend on how the file came to be as it is.
    subnets = sorted(topology.vpcs[vpc].subnets.items(), reverse=True)
    return sorted({it.availability_zone: made.subnets[name] for name, it in subnets if name in made.subnets}.values())


def _attach_vpc(
    where: str, gateway_id: str, vpc_id: str, subnet_ids: list[str], there: Mapping[str, Any] | None, ec2: Ec2
) -> None:
    if there is None:
        call(
            where,
            ec2.create_transit_gateway_vpc_attachment,
            TransitGatewayId=gateway_id,
            VpcId=vpc_id,
            SubnetIds=subnet_ids,
        )
        return
    added, removed = set(subnet_ids) - {*there["SubnetIds"]}, {*there["SubnetIds"]} - set(subnet_ids)
    changes = {"AddSubnetIds": sorted(added), "RemoveSubnetIds": sorted(removed)}
    if added or removed:
        call(
            where,
            ec2.modify_transit_gateway_vpc_attachment,
            TransitGatewayAttachmentId=there["TransitGatewayAttachmentId"],
            **{name: ids for name, ids in changes.items() if ids},
        )


def attach_network(where: str, name: str, network: AttachedNetworkSection, built: Built, ec2: Ec2) -> None:
    """Attach a network outside: to a VPC, with a route in every table of it, or to a transit gateway."""
    if network.transit_gateway is not None:
        gateway_id = built.connections[network.transit_gateway]
        built.vpns[name] = _attach_to_transit_gateway(where, network.cidr, gateway_id, ec2)
        built.attachments[name] = gateway_id
    elif network.vpc is not None:
        made = built.vpcs[network.vpc]
        gateway_id = _private_gateway(where, made.vpc_id, ec2) or _make_private_gateway(where, made, ec2)
        propagate_route(where, network.cidr, gateway_id, _tables(where, made.vpc_id, ec2), ec2)
        built.attachments[name] = gateway_id


def detach_network(where: str, name: str, network: AttachedNetworkSection, built: Built, ec2: Ec2) -> None:
    """Take away the routes to a network outside, and the gateway that it was behind if it was the last one."""
    gateway_id = built.attachments[name]
    if network.vpc is not None:
        made = built.vpcs[network.vpc]
        filters = [{"Name": "vpc-id", "Values": [made.vpc_id]}]
        for table in call(where, ec2.describe_route_tables, Filters=filters)["RouteTables"]:
            for route in table["Routes"]:
                if (route.get("DestinationCidrBlock"), route.get("GatewayId")) == (str(network.cidr), gateway_id):
                    which = {"RouteTableId": table["RouteTableId"], "DestinationCidrBlock": str(network.cidr)}
                    call(where, ec2.delete_route, **which)
        is_last = list(built.attachments.values()).count(gateway_id) == 1
        if is_last and made.gateways.get(_PRIVATE_GATEWAY) == gateway_id:
            call(where, ec2.detach_vpn_gateway, VpcId=made.vpc_id, VpnGatewayId=gateway_id)
            call(where, ec2.delete_vpn_gateway, VpnGatewayId=gateway_id)
            del made.gateways[_PRIVATE_GATEWAY]
    if name in built.vpns:
        _detach_from_transit_gateway(where, network.cidr, built.vpns.pop(name), ec2)
    del built.attachments[name]


def _attach_to_transit_gateway(where: str, cidr: IPv4Network, gateway_id: str, ec2: Ec2) -> str:
    """Attach a network by a VPN connection, to which the gateway's default table has a static route; return its id."""
    customer = call(where, ec2.create_customer_gateway, Type="ipsec.1", BgpAsn=65000, IpAddress="203.0.113.9")
    vpn = call(
        where,
        ec2.create_vpn_connection,
        CustomerGatewayId=customer["CustomerGateway"]["CustomerGatewayId"],
        Type="ipsec.1",
        TransitGatewayId=gateway_id,
        Options={"StaticRoutesOnly": True},
    )
    vpn_id: str = vpn["VpnConnection"]["VpnConnectionId"]
    for attachment, table_id in _vpn_attachments(where, vpn_id, ec2):
        call(
            where,
            ec2.create_transit_gateway_route,
            TransitGatewayRouteTableId=table_id,
            DestinationCidrBlock=str(cidr),
            TransitGatewayAttachmentId=attachment,
        )
    return vpn_id


def _vpn_attachments(where: str, vpn_id: str, ec2: Ec2) -> list[tuple[str, str]]:
    """Return the ids of a VPN connection's attachment to a transit gateway, and of the route table that it is in.

    There is one, or, where the connection was deleted, none.
    """
    filters = [{"Name": "resource-id", "Values": [vpn_id]}]
    found = call(where, ec2.describe_transit_gateway_attachments, Filters=filters)["TransitGatewayAttachments"]
    return [
        (each["TransitGatewayAttachmentId"], each["Association"]["TransitGatewayRouteTableId"])
        for each in found
        if each.get("Association")
    ]


def _detach_from_transit_gateway(where: str, cidr: IPv4Network, vpn_id: str, ec2: Ec2) -> None:
    for _, table_id in _vpn_attachments(where, vpn_id, ec2):
        call(
            where,
            ec2.delete_transit_gateway_route,
            TransitGatewayRouteTableId=table_id,
            DestinationCidrBlock=str(cidr),
        )
    for vpn in call(where, ec2.describe_vpn_connections)["VpnConnections"]:
        if vpn["VpnConnectionId"] == vpn_id:
            call(where, ec2.delete_vpn_connection, VpnConnectionId=vpn_id)
            call(where, ec2.delete_customer_gateway, CustomerGatewayId=vpn["CustomerGatewayId"])


def _private_gateway(where: str, vpc_id: str, ec2: Ec2) -> str | None:
    """Return the virtual private gateway that a VPC has: there can be no second one."""
    filters = [{"Name": "attachment.vpc-id", "Values": [vpc_id]}]
    for gateway in call(where, ec2.describe_vpn_gateways, Filters=filters)["VpnGateways"]:
        if any((it["VpcId"], it["State"]) == (vpc_id, "attached") for it in gateway.get("VpcAttachments", ())):
            return str(gateway["VpnGatewayId"])
    return None


def _make_private_gateway(where: str, made: Made, ec2: Ec2) -> str:
    gateway_id: str = call(where, ec2.create_vpn_gateway, Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    call(where, ec2.attach_vpn_gateway, VpcId=made.vpc_id, VpnGatewayId=gateway_id)
    made.gateways[_PRIVATE_GATEWAY] = gateway_id
    return gateway_id


def _tables(where: str, vpc_id: str, ec2: Ec2) -> list[str]:
    """Return the ids of a VPC's route tables, the main one included."""
    tables = call(where, ec2.describe_route_tables, Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["RouteTables"]
    return [table["RouteTableId"] for table in tables]


def propagate_route(where: str, cidr: IPv4Network, gateway_id: str, table_ids: Iterable[str], ec2: Ec2) -> None:
    """Add the route to a network outside to route tables."""
    for table_id in table_ids:
        call(where, ec2.create_route, RouteTableId=table_id, DestinationCidrBlock=str(cidr), GatewayId=gateway_id)


def hosts_outside(topology: TopologyFile, built: Built) -> dict[str, Client]:
    """Return the clients that stand in attached networks, by name.

    INVARIANT: each has an address of its own in its network: the file was checked (`topology_rules`).
    """
    hosts: dict[tuple[str, IPv4Address], Client] = {}
    fixed = {(each.network, each.address) for each in topology.clients.values() if each.network and each.address}
    for name, section in topology.clients.items():
        if section.network is not None and section.network in built.attachments:
            network = topology.attached_networks[section.network]
            taken = fixed | hosts.keys()
            address = section.address or next(
                each for each in network.cidr.hosts() if (section.network, each) not in taken
            )
            home = network.inbound_resolver or network.vpc
            hosts[section.network, address] = Client(
                name=name,
                vpc_id=built.vpcs[home].vpc_id if home and home in built.vpcs else "",
                subnet_id="",
                address=address,
                group_ids=(),
                inbound_resolver=network.inbound_resolver is not None,
                connection_id=built.attachments[section.network],
            )
    return {host.name: host for host in hosts.values()}
