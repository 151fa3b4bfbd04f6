"""Applying a topology file: every section becomes the EC2 calls that a user would make for it.

Nothing is put into the backend by another way, so a network from a file and one from Terraform are alike.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address
from types import MappingProxyType
from typing import Any

from vpce_emulator.config import ConfigurationError
from vpce_emulator.control.file_calls import Built, ByName, Ec2, Made, call, named
from vpce_emulator.control.file_connections import attach_network, hosts_outside, make_connections
from vpce_emulator.control.file_guards import make_network_acls, make_security_groups
from vpce_emulator.topology.models import Client
from vpce_emulator.topology.names import stable_endpoint_id
from vpce_emulator.topology_endpoint_rules import full_service_name
from vpce_emulator.topology_file import (
    INTERNET_GATEWAY,
    ClientSection,
    NatGatewaySection,
    RouteTableSection,
    SubnetSection,
    TopologyFile,
    VpcSection,
)

# What a route's target is called in CreateRoute, by the beginning of its id.
_TARGET_PARAMETERS = MappingProxyType(
    {
        "igw": "GatewayId",
        "nat": "NatGatewayId",
        "pcx": "VpcPeeringConnectionId",
        "tgw": "TransitGatewayId",
        "vgw": "GatewayId",
    }
)


def apply_network(
    topology: TopologyFile,
    ec2: Ec2,
    prefix_list_id: Callable[[str], str | None],
) -> Built:
    """Make everything that a file describes but the endpoints, and return what was made.

    Args:
        topology: the file.
        ec2: a boto3 client of EC2.
        prefix_list_id: the id of a service's prefix list (`s3`), or None where it has none.

    Raises:
        ConfigurationError: EC2 refused something; the message is EC2's, with the field that it is about.
    """
    made = {name: _make_vpc(name, vpc, ec2, prefix_list_id) for name, vpc in topology.vpcs.items()}
    built = Built(ByName(made), make_connections(topology, made, ec2))
    for name, vpc in topology.vpcs.items():
        _make_gateways(f"vpcs.{name}", vpc, made[name], ec2)
        _make_routes(f"vpcs.{name}", vpc, made[name], built.connections, ec2)
    for name, network in topology.attached_networks.items():
        attach_network(f"attached_networks.{name}", name, network, built, ec2)
    for name, client in topology.clients.items():
        if client.subnet is not None:
            built.clients[name] = make_client(topology, name, made, ec2)
    built.clients |= hosts_outside(topology, built)
    return built


def make_endpoints(topology: TopologyFile, built: Built, create_endpoint: Callable[[dict[str, Any]], object]) -> None:
    """Make the endpoints of a file, whose network is made.

    Raises:
        ConfigurationError: EC2 refused one; the message is EC2's, with the field that it is about.
    """
    for vpc_name, vpc in topology.vpcs.items():
        for name in vpc.endpoints:
            make_endpoint(topology, vpc_name, name, built.vpcs[vpc_name], create_endpoint)


def _make_vpc(name: str, vpc: VpcSection, ec2: Ec2, prefix_list_id: Callable[[str], str | None]) -> Made:
    where = f"vpcs.{name}"
    made = make_bare_vpc(where, name, vpc, ec2)
    for table in vpc.route_tables:
        make_route_table(f"{where}.route_tables.{table}", table, made, ec2)
    for subnet, section in vpc.subnets.items():
        make_subnet(f"{where}.subnets.{subnet}", subnet, section, made, ec2)
    make_network_acls(where, vpc, made, ec2)
    make_security_groups(where, vpc, made, ec2, prefix_list_id)
    return made


def make_bare_vpc(where: str, name: str, vpc: VpcSection, ec2: Ec2) -> Made:
    """Make a VPC with nothing in it but what EC2 puts there."""
    created = call(where, ec2.create_vpc, CidrBlock=str(vpc.cidr), TagSpecifications=named("vpc", name))
    made = Made(created["Vpc"]["VpcId"])
    for attribute, value in (
        ("EnableDnsSupport", vpc.enable_dns_support),
        ("EnableDnsHostnames", vpc.enable_dns_hostnames),
    ):
        call(where, ec2.modify_vpc_attribute, VpcId=made.vpc_id, **{attribute: {"Value": value}})
    return made


def make_route_table(where: str, name: str, made: Made, ec2: Ec2) -> None:
    """Make a route table with the local route alone."""
    created = call(where, ec2.create_route_table, VpcId=made.vpc_id, TagSpecifications=named("route-table", name))
    made.route_tables[name] = created["RouteTable"]["RouteTableId"]


def make_subnet(where: str, name: str, subnet: SubnetSection, made: Made, ec2: Ec2) -> None:
    """Make a subnet, under its VPC's default network ACL."""
    created = call(
        where,
        ec2.create_subnet,
        VpcId=made.vpc_id,
        CidrBlock=str(subnet.cidr),
        AvailabilityZone=subnet.availability_zone,
        TagSpecifications=named("subnet", name),
    )
    made.subnets[name] = created["Subnet"]["SubnetId"]
    if subnet.route_table is not None:
        table = made.route_tables[subnet.route_table]
        call(where, ec2.associate_route_table, SubnetId=made.subnets[name], RouteTableId=table)
    if subnet.map_public_ip_on_launch:
        call(where, ec2.modify_subnet_attribute, SubnetId=made.subnets[name], MapPublicIpOnLaunch={"Value": True})


def _make_gateways(where: str, vpc: VpcSection, made: Made, ec2: Ec2) -> None:
    routes = [route for table in vpc.route_tables.values() for route in table.routes]
    if any(route.target == INTERNET_GATEWAY for route in routes):
        make_internet_gateway(where, made, ec2)
    for name, nat in vpc.nat_gateways.items():
        make_nat_gateway(f"{where}.nat_gateways.{name}", name, nat, made, ec2)


def make_nat_gateway(where: str, name: str, nat: NatGatewaySection, made: Made, ec2: Ec2) -> None:
    """Make a NAT gateway; a public one has an Elastic IP address, which takes an internet gateway."""
    parameters: dict[str, Any] = {"ConnectivityType": nat.connectivity_type}
    if nat.connectivity_type == "public":
        make_internet_gateway(where, made, ec2)
        parameters["AllocationId"] = call(where, ec2.allocate_address, Domain="vpc")["AllocationId"]
    created = call(
        where,
        ec2.create_nat_gateway,
        SubnetId=made.subnets[nat.subnet],
        TagSpecifications=named("natgateway", name),
        **parameters,
    )
    made.gateways[name] = created["NatGateway"]["NatGatewayId"]


def make_internet_gateway(where: str, made: Made, ec2: Ec2) -> None:
    """Give a VPC its internet gateway, if it has none yet."""
    if INTERNET_GATEWAY in made.gateways:
        return
    gateway = call(where, ec2.create_internet_gateway)["InternetGateway"]["InternetGatewayId"]
    try:
        call(where, ec2.attach_internet_gateway, InternetGatewayId=gateway, VpcId=made.vpc_id)
    except ConfigurationError:
        call(where, ec2.delete_internet_gateway, InternetGatewayId=gateway)
        raise
    made.gateways[INTERNET_GATEWAY] = gateway


def _make_routes(where: str, vpc: VpcSection, made: Made, connections: Mapping[str, str], ec2: Ec2) -> None:
    for table, section in vpc.route_tables.items():
        here = f"{where}.route_tables.{table}"
        change_routes(
            here, made.route_tables[table], RouteTableSection(), section, {**connections, **made.gateways}, ec2
        )


def change_routes(
    where: str, table_id: str, old: RouteTableSection, new: RouteTableSection, targets: Mapping[str, str], ec2: Ec2
) -> None:
    """Take away the routes that are no longer there, and add those that are new.

    Args:
        where: the table's place in the file.
        table_id: the table.
        old: what it was like.
        new: what it is to be like.
        targets: the ids of gateways and connections by name.
        ec2: a boto3 client of EC2.

    Raises:
        ConfigurationError: EC2 refused something, or a target does not exist yet.
    """
    for route in old.routes:
        if route not in new.routes:
            call(where, ec2.delete_route, RouteTableId=table_id, DestinationCidrBlock=str(route.destination))
    for index, route in enumerate(new.routes):
        here = f"{where}.routes[{index}]"
        if route.target not in targets:
            raise ConfigurationError(f"{here}.target: {route.target}, which it needs, is not there")
        if route not in old.routes:
            target = targets[route.target]
            parameter = {_TARGET_PARAMETERS[target.partition("-")[0]]: target}
            _route(here, {"RouteTableId": table_id, "DestinationCidrBlock": str(route.destination)} | parameter, ec2)


def _route(where: str, route: dict[str, str], ec2: Ec2) -> None:
    """Make a route, in the place of the one that somebody made through the API."""
    try:
        call(where, ec2.create_route, **route)
    except ConfigurationError as refused:
        if "RouteAlreadyExists" not in str(refused):
            raise
        call(where, ec2.replace_route, **route)


def has_public_address(client: ClientSection, vpc: VpcSection) -> bool:
    """Return whether a client is in a subnet of a VPC and has a public address there."""
    if client.subnet not in vpc.subnets:
        return False
    return vpc.subnets[client.subnet].map_public_ip_on_launch if client.public_ip is None else client.public_ip


def make_client(topology: TopologyFile, name: str, made: Mapping[str, Made], ec2: Ec2) -> Client:
    """Make the network interface that a client in a subnet stands for."""
    client = topology.clients[name]
    vpc_name = next(name for name, vpc in topology.vpcs.items() if client.subnet in vpc.subnets)
    public = has_public_address(client, topology.vpcs[vpc_name])
    place = made[vpc_name]
    return _make_client(name, client, place.subnets[client.subnet or ""], place, ec2, public=public)


def _make_client(name: str, client: ClientSection, subnet_id: str, made: Made, ec2: Ec2, *, public: bool) -> Client:
    """Make the network interface that the client stands for."""
    where = f"clients.{name}"
    parameters: dict[str, Any] = {"SubnetId": subnet_id, "Description": f"client {name}"}
    if client.security_groups:
        parameters["Groups"] = [made.security_groups[group] for group in client.security_groups]
    if client.address is not None:
        parameters["PrivateIpAddress"] = str(client.address)
    created = call(
        where, ec2.create_network_interface, TagSpecifications=named("network-interface", name), **parameters
    )
    interface = created["NetworkInterface"]
    if public:
        give_public_address(where, interface["NetworkInterfaceId"], made, ec2)
    return Client(
        name=name,
        vpc_id=interface["VpcId"],
        subnet_id=interface["SubnetId"],
        address=IPv4Address(interface["PrivateIpAddress"]),
        group_ids=tuple(group["GroupId"] for group in interface["Groups"]),
        interface_id=interface["NetworkInterfaceId"],
    )


def give_public_address(where: str, interface_id: str, made: Made, ec2: Ec2) -> None:
    """Give a network interface an Elastic IP address, which takes an internet gateway in its VPC."""
    make_internet_gateway(where, made, ec2)
    address = call(where, ec2.allocate_address, Domain="vpc")["AllocationId"]
    call(where, ec2.associate_address, AllocationId=address, NetworkInterfaceId=interface_id)


def make_endpoint(
    topology: TopologyFile,
    vpc: str,
    name: str,
    made: Made,
    create_endpoint: Callable[[dict[str, Any]], object],
) -> None:
    """Make an endpoint."""
    where, section = f"vpcs.{vpc}.endpoints.{name}", topology.vpcs[vpc].endpoints[name]
    service = full_service_name(section.service, topology.region)
    endpoint_id = section.id or stable_endpoint_id(where)
    parameters: dict[str, Any] = {
        "VpcEndpointId": endpoint_id,
        "VpcId": made.vpc_id,
        "VpcEndpointType": section.type,
        "ServiceName": service,
        "TagSpecifications": named("vpc-endpoint", name),
    }
    if section.type == "Gateway":
        parameters["RouteTableIds"] = [made.route_tables[table] for table in section.route_tables]
    else:
        parameters["SubnetIds"] = [made.subnets[subnet] for subnet in section.subnets]
        parameters["SecurityGroupIds"] = [made.security_groups[group] for group in section.security_groups]
        parameters["PrivateDnsEnabled"] = section.private_dns
        if section.private_dns and service.endswith(".s3"):
            # AWS's default is true, which leaves S3's names inside the VPC to a gateway endpoint that must be there.
            parameters["DnsOptions"] = {"PrivateDnsOnlyForInboundResolverEndpoint": False}
    if section.policy is not None:
        parameters["PolicyDocument"] = json.dumps(section.policy)
    call(where, lambda **values: create_endpoint(values), **parameters)
    made.endpoints[name] = endpoint_id
