"""What joins VPCs and networks outside, in a topology file, as EC2 calls; and the hosts of those networks."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network

from vpce_emulator.config import ConfigurationError
from vpce_emulator.control.file_calls import Ec2, Made, call, named
from vpce_emulator.topology.models import Client
from vpce_emulator.topology_file import PeeringSection, TopologyFile, TransitGatewaySection, VpcSection


def make_connections(topology: TopologyFile, made: Mapping[str, Made], ec2: Ec2) -> dict[str, str]:
    """Make the peering connections and transit gateways of a file, and return their ids by name."""
    connections = {}
    for name, peering in topology.peerings.items():
        connections[name] = _make_peering(f"peerings.{name}", name, peering, made, ec2)
    for name, gateway in topology.transit_gateways.items():
        connections[name] = _make_transit_gateway(name, gateway, topology, made, ec2)
    return connections


def _make_peering(where: str, name: str, section: PeeringSection, made: Mapping[str, Made], ec2: Ec2) -> str:
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


def _make_transit_gateway(
    name: str, section: TransitGatewaySection, topology: TopologyFile, made: Mapping[str, Made], ec2: Ec2
) -> str:
    where = f"transit_gateways.{name}"
    created = call(where, ec2.create_transit_gateway, TagSpecifications=named("transit-gateway", name))
    gateway_id: str = created["TransitGateway"]["TransitGatewayId"]
    for vpc in section.vpcs:
        call(
            f"{where}.vpcs",
            ec2.create_transit_gateway_vpc_attachment,
            TransitGatewayId=gateway_id,
            VpcId=made[vpc].vpc_id,
            SubnetIds=_one_in_each_zone(topology.vpcs[vpc], made[vpc]),
        )
    return gateway_id


def _one_in_each_zone(section: VpcSection, made: Made) -> list[str]:
    zones: dict[str, str] = {}
    for name, subnet in section.subnets.items():
        zones.setdefault(subnet.availability_zone, made.subnets[name])
    return list(zones.values())


def attach_networks(
    topology: TopologyFile, made: Mapping[str, Made], connections: Mapping[str, str], ec2: Ec2
) -> dict[str, str]:
    """Attach the networks outside, and return the ids of what they are attached to, by name of the network."""
    gateways: dict[str, str] = {}
    attached = {}
    for name, network in topology.attached_networks.items():
        if network.transit_gateway is not None:
            attached[name] = connections[network.transit_gateway]
            _attach_to_transit_gateway(f"attached_networks.{name}", network.cidr, attached[name], ec2)
        elif network.vpc is not None:
            where = f"attached_networks.{name}"
            vpc = made[network.vpc]
            if vpc.vpc_id not in gateways:
                gateways[vpc.vpc_id] = _make_private_gateway(where, vpc, ec2)
            attached[name] = gateways[vpc.vpc_id]
            _propagate_route(where, network.cidr, attached[name], vpc, ec2)
    return attached


def _attach_to_transit_gateway(where: str, cidr: IPv4Network, gateway_id: str, ec2: Ec2) -> None:
    """Attach a network by a VPN connection, to which the gateway's default table has a static route."""
    customer = call(where, ec2.create_customer_gateway, Type="ipsec.1", BgpAsn=65000, IpAddress="203.0.113.9")
    vpn = call(
        where,
        ec2.create_vpn_connection,
        CustomerGatewayId=customer["CustomerGateway"]["CustomerGatewayId"],
        Type="ipsec.1",
        TransitGatewayId=gateway_id,
        Options={"StaticRoutesOnly": True},
    )
    filters = [{"Name": "resource-id", "Values": [vpn["VpnConnection"]["VpnConnectionId"]]}]
    (attachment,) = call(where, ec2.describe_transit_gateway_attachments, Filters=filters)["TransitGatewayAttachments"]
    call(
        where,
        ec2.create_transit_gateway_route,
        TransitGatewayRouteTableId=attachment["Association"]["TransitGatewayRouteTableId"],
        DestinationCidrBlock=str(cidr),
        TransitGatewayAttachmentId=attachment["TransitGatewayAttachmentId"],
    )


def _make_private_gateway(where: str, vpc: Made, ec2: Ec2) -> str:
    gateway_id: str = call(where, ec2.create_vpn_gateway, Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    call(where, ec2.attach_vpn_gateway, VpcId=vpc.vpc_id, VpnGatewayId=gateway_id)
    return gateway_id


def _propagate_route(where: str, cidr: IPv4Network, gateway_id: str, vpc: Made, ec2: Ec2) -> None:
    """Add the route to every table of the VPC, the main one included."""
    tables = call(where, ec2.describe_route_tables, Filters=[{"Name": "vpc-id", "Values": [vpc.vpc_id]}])
    for table in tables["RouteTables"]:
        table_id = table["RouteTableId"]
        call(where, ec2.create_route, RouteTableId=table_id, DestinationCidrBlock=str(cidr), GatewayId=gateway_id)


def hosts_outside(
    topology: TopologyFile, made: Mapping[str, Made], attachments: Mapping[str, str]
) -> dict[str, Client]:
    """Return the clients that stand in attached networks, by name.

    Raises:
        ConfigurationError: a host's address is not in its network, or another host has it.
    """
    hosts: dict[tuple[str, IPv4Address], Client] = {}
    for name, section in topology.clients.items():
        if section.network is not None:
            network = topology.attached_networks[section.network]
            taken = {address for where, address in hosts if where == section.network}
            address = section.address or _free_address(network.cidr, taken)
            if address not in network.cidr or address in taken:
                problem = "another host has it" if address in taken else f"it is not in {network.cidr}"
                raise ConfigurationError(f"clients.{name}.address: found {address}, but {problem}")
            home = network.inbound_resolver or network.vpc
            hosts[section.network, address] = Client(
                name=name,
                vpc_id=made[home].vpc_id if home else "",
                subnet_id="",
                address=address,
                group_ids=(),
                inbound_resolver=network.inbound_resolver is not None,
                connection_id=attachments[section.network],
            )
    return {host.name: host for host in hosts.values()}


def _free_address(network: IPv4Network, taken: set[IPv4Address]) -> IPv4Address:
    return next((address for address in network.hosts() if address not in taken), network.network_address)
