"""Applying a topology file: every section becomes the EC2 calls that a user would make for it.

Nothing is put into the backend by another way, so a network from a file and one from Terraform are alike.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Address
from types import MappingProxyType
from typing import Any

from vpce_emulator.control.file_calls import Ec2, Made, call, named
from vpce_emulator.control.file_connections import attach_networks, hosts_outside, make_connections
from vpce_emulator.control.file_guards import make_network_acls, make_security_groups
from vpce_emulator.topology.models import Client
from vpce_emulator.topology.names import stable_endpoint_id
from vpce_emulator.topology_file import INTERNET_GATEWAY, ClientSection, EndpointSection, TopologyFile, VpcSection

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
    create_endpoint: Callable[[dict[str, Any]], object],
    prefix_list_id: Callable[[str], str | None],
) -> tuple[Client, ...]:
    """Make everything that a file describes, and return the clients that it names.

    Args:
        topology: the file.
        ec2: a boto3 client of EC2.
        create_endpoint: CreateVpcEndpoint, with parameters as in boto3, and `VpcEndpointId` for the id to give.
        prefix_list_id: the id of a service's prefix list (`s3`), or None where it has none.

    Raises:
        ConfigurationError: EC2 refused something; the message is EC2's, with the field that it is about.
    """
    made = {name: _make_vpc(name, vpc, ec2, prefix_list_id) for name, vpc in topology.vpcs.items()}
    connections = make_connections(topology, made, ec2)
    for name, vpc in topology.vpcs.items():
        _make_gateways(f"vpcs.{name}", vpc, made[name], ec2)
        _make_routes(f"vpcs.{name}", vpc, made[name], connections, ec2)
    attachments = attach_networks(topology, made, connections, ec2)
    clients = tuple(_make_clients(topology, made, ec2)) + hosts_outside(topology, made, attachments)
    for vpc_name, vpc in topology.vpcs.items():
        for name, endpoint in vpc.endpoints.items():
            where = f"vpcs.{vpc_name}.endpoints.{name}"
            _make_endpoint(where, name, endpoint, made[vpc_name], topology.region, create_endpoint)
    return clients


def _make_vpc(name: str, vpc: VpcSection, ec2: Ec2, prefix_list_id: Callable[[str], str | None]) -> Made:
    where = f"vpcs.{name}"
    created = call(where, ec2.create_vpc, CidrBlock=str(vpc.cidr), TagSpecifications=named("vpc", name))
    made = Made(created["Vpc"]["VpcId"])
    for attribute, value in (
        ("EnableDnsSupport", vpc.enable_dns_support),
        ("EnableDnsHostnames", vpc.enable_dns_hostnames),
    ):
        call(where, ec2.modify_vpc_attribute, VpcId=made.vpc_id, **{attribute: {"Value": value}})
    _make_route_tables(where, vpc, made, ec2)
    _make_subnets(where, vpc, made, ec2)
    make_network_acls(where, vpc, made, ec2)
    make_security_groups(where, vpc, made, ec2, prefix_list_id)
    return made


def _make_route_tables(where: str, vpc: VpcSection, made: Made, ec2: Ec2) -> None:
    for name in vpc.route_tables:
        created = call(
            f"{where}.route_tables.{name}",
            ec2.create_route_table,
            VpcId=made.vpc_id,
            TagSpecifications=named("route-table", name),
        )
        made.route_tables[name] = created["RouteTable"]["RouteTableId"]


def _make_subnets(where: str, vpc: VpcSection, made: Made, ec2: Ec2) -> None:
    for name, subnet in vpc.subnets.items():
        here = f"{where}.subnets.{name}"
        created = call(
            here,
            ec2.create_subnet,
            VpcId=made.vpc_id,
            CidrBlock=str(subnet.cidr),
            AvailabilityZone=subnet.availability_zone,
            TagSpecifications=named("subnet", name),
        )
        made.subnets[name] = created["Subnet"]["SubnetId"]
        if subnet.route_table is not None:
            table = made.route_tables[subnet.route_table]
            call(here, ec2.associate_route_table, SubnetId=made.subnets[name], RouteTableId=table)
        if subnet.map_public_ip_on_launch:
            call(here, ec2.modify_subnet_attribute, SubnetId=made.subnets[name], MapPublicIpOnLaunch={"Value": True})


def _make_gateways(where: str, vpc: VpcSection, made: Made, ec2: Ec2) -> None:
    routes = [route for table in vpc.route_tables.values() for route in table.routes]
    if any(route.target == INTERNET_GATEWAY for route in routes):
        created = call(where, ec2.create_internet_gateway)
        made.gateways[INTERNET_GATEWAY] = created["InternetGateway"]["InternetGatewayId"]
        gateway = made.gateways[INTERNET_GATEWAY]
        call(where, ec2.attach_internet_gateway, InternetGatewayId=gateway, VpcId=made.vpc_id)
    for name, nat in vpc.nat_gateways.items():
        here = f"{where}.nat_gateways.{name}"
        parameters: dict[str, Any] = {"ConnectivityType": nat.connectivity_type}
        if nat.connectivity_type == "public":
            parameters["AllocationId"] = call(here, ec2.allocate_address, Domain="vpc")["AllocationId"]
        created = call(
            here,
            ec2.create_nat_gateway,
            SubnetId=made.subnets[nat.subnet],
            TagSpecifications=named("natgateway", name),
            **parameters,
        )
        made.gateways[name] = created["NatGateway"]["NatGatewayId"]


def _make_routes(where: str, vpc: VpcSection, made: Made, connections: Mapping[str, str], ec2: Ec2) -> None:
    targets = {**connections, **made.gateways}
    for table, section in vpc.route_tables.items():
        for index, route in enumerate(section.routes):
            target = targets[route.target]
            call(
                f"{where}.route_tables.{table}.routes[{index}]",
                ec2.create_route,
                RouteTableId=made.route_tables[table],
                DestinationCidrBlock=str(route.destination),
                **{_TARGET_PARAMETERS[target.partition("-")[0]]: target},
            )


def _make_clients(topology: TopologyFile, made: Mapping[str, Made], ec2: Ec2) -> Iterator[Client]:
    home = {subnet: (name, it) for name, vpc in topology.vpcs.items() for subnet, it in vpc.subnets.items()}
    for name, client in topology.clients.items():
        if client.subnet is not None:
            vpc_name, subnet = home[client.subnet]
            public = subnet.map_public_ip_on_launch if client.public_ip is None else client.public_ip
            yield _make_client(name, client, made[vpc_name].subnets[client.subnet], made[vpc_name], ec2, public=public)


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
        address = call(where, ec2.allocate_address, Domain="vpc")["AllocationId"]
        call(where, ec2.associate_address, AllocationId=address, NetworkInterfaceId=interface["NetworkInterfaceId"])
    return Client(
        name=name,
        vpc_id=interface["VpcId"],
        subnet_id=interface["SubnetId"],
        address=IPv4Address(interface["PrivateIpAddress"]),
        group_ids=tuple(group["GroupId"] for group in interface["Groups"]),
    )


def _make_endpoint(
    where: str,
    name: str,
    section: EndpointSection,
    made: Made,
    region: str,
    create_endpoint: Callable[[dict[str, Any]], object],
) -> None:
    service = section.service
    if not service.startswith("com.amazonaws."):
        service = f"com.amazonaws.{region}.{service}"
    parameters: dict[str, Any] = {
        "VpcEndpointId": section.id or stable_endpoint_id(where),
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
