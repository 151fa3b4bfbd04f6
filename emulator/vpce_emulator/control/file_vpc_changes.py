"""VPCs, subnets, route tables and gateways of a topology file that was edited, as EC2 calls."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from vpce_emulator.config import ConfigurationError
from vpce_emulator.control.apply import (
    change_routes,
    has_public_address,
    make_bare_vpc,
    make_internet_gateway,
    make_nat_gateway,
    make_route_table,
    make_subnet,
)
from vpce_emulator.control.file_calls import Built, Ec2, Made, call, is_there
from vpce_emulator.control.file_connections import propagate_route
from vpce_emulator.control.file_guards import put_under_acl
from vpce_emulator.control.file_work import Work
from vpce_emulator.topology_file import (
    INTERNET_GATEWAY,
    NatGatewaySection,
    RouteTableSection,
    SubnetSection,
    TopologyFile,
    VpcSection,
)


def create_vpc(work: Work) -> None:
    """Make a VPC with nothing in it."""
    work.built.vpcs[work.name] = make_bare_vpc(work.where, work.name, work.after(VpcSection), work.tools.ec2)


def change_vpc(work: Work) -> None:
    """Change a VPC's DNS attributes."""
    vpc = work.after(VpcSection)
    for attribute, value in (
        ("EnableDnsSupport", vpc.enable_dns_support),
        ("EnableDnsHostnames", vpc.enable_dns_hostnames),
    ):
        change = {attribute: {"Value": value}}
        work.call(work.tools.ec2.modify_vpc_attribute, VpcId=work.made.vpc_id, **change)


def delete_vpc(work: Work) -> None:
    """Delete a VPC from which everything else is gone."""
    if INTERNET_GATEWAY in work.made.gateways:
        _delete_internet_gateway(work.where, work.made, work.tools.ec2)
    work.call(work.tools.ec2.delete_vpc, VpcId=work.made.vpc_id)
    del work.built.vpcs[work.name]


def create_subnet(work: Work) -> None:
    """Make a subnet."""
    section = work.after(SubnetSection)
    make_subnet(work.where, work.name, section, work.made, work.tools.ec2)
    if section.network_acl is not None:
        _guard_subnet(work, section)


def change_subnet(work: Work) -> None:
    """Put a subnet under other tables and ACLs, and say whether what is in it has a public address."""
    section, subnet_id = work.after(SubnetSection), work.made.subnets[work.name]
    if "network_acl" in work.change.fields:
        _guard_subnet(work, section)
    if "route_table" in work.change.fields:
        _change_table_of(work, section.route_table)
    if "map_public_ip_on_launch" in work.change.fields:
        value = {"Value": section.map_public_ip_on_launch}
        work.call(work.tools.ec2.modify_subnet_attribute, SubnetId=subnet_id, MapPublicIpOnLaunch=value)


def delete_subnet(work: Work) -> None:
    """Delete a subnet, and give its route table and network ACL free."""
    subnet_id = work.made.subnets[work.name]
    if is_there(work.tools.ec2.describe_subnets, SubnetIds=[subnet_id]):
        put_under_acl(work.where, subnet_id, None, work.tools.ec2)
        _free_of_table(work.where, subnet_id, work.tools.ec2)
        work.call(work.tools.ec2.delete_subnet, SubnetId=subnet_id)
    del work.made.subnets[work.name]


def _guard_subnet(work: Work, section: SubnetSection) -> None:
    acl = work.made.network_acls[section.network_acl] if section.network_acl is not None else None
    put_under_acl(work.where, work.made.subnets[work.name], acl, work.tools.ec2)


def _free_of_table(where: str, subnet_id: str, ec2: Ec2) -> None:
    """Put a subnet under its VPC's main route table."""
    filters = [{"Name": "association.subnet-id", "Values": [subnet_id]}]
    tables = call(where, ec2.describe_route_tables, Filters=filters)["RouteTables"]
    for each in (one for it in tables for one in it["Associations"] if one.get("SubnetId") == subnet_id):
        call(where, ec2.disassociate_route_table, AssociationId=each["RouteTableAssociationId"])


def _change_table_of(work: Work, table: str | None) -> None:
    subnet_id = work.made.subnets[work.name]
    _free_of_table(work.where, subnet_id, work.tools.ec2)
    if table is not None:
        table_id = work.made.route_tables[table]
        work.call(work.tools.ec2.associate_route_table, SubnetId=subnet_id, RouteTableId=table_id)


def create_table(work: Work) -> None:
    """Make a route table, with the routes to the networks that are attached to its VPC."""
    make_route_table(work.where, work.name, work.made, work.tools.ec2)
    tables = [work.made.route_tables[work.name]]
    for name, network in work.old.attached_networks.items():
        if network.vpc == work.vpc and name in work.built.attachments:
            propagate_route(work.where, network.cidr, work.built.attachments[name], tables, work.tools.ec2)


def give_internet_gateway(work: Work) -> None:
    """Give a VPC its internet gateway if a route table leads there."""
    routes = work.after(RouteTableSection).routes
    if any(route.target == INTERNET_GATEWAY for route in routes):
        make_internet_gateway(work.where, work.made, work.tools.ec2)


def change_table(work: Work) -> None:
    """Add and remove a route table's routes."""
    old, new = work.before(RouteTableSection), work.after(RouteTableSection)
    targets = {**work.built.connections, **work.made.gateways}
    change_routes(work.where, work.made.route_tables[work.name], old, new, targets, work.tools.ec2)


def delete_table(work: Work) -> None:
    """Delete a route table that no endpoint has its route in.

    Raises:
        ConfigurationError: one has.
    """
    table_id = work.made.route_tables[work.name]
    described = work.call_endpoint_api("DescribeVpcEndpoints")["VpcEndpoints"]
    routing = [each["VpcEndpointId"] for each in described if table_id in each.get("RouteTableIds", ())]
    if routing:
        raise ConfigurationError(f"{work.where}: is not deleted, because {', '.join(routing)} has its route in it")
    work.call(work.tools.ec2.delete_route_table, RouteTableId=table_id)
    del work.made.route_tables[work.name]


def close_gateways(file: TopologyFile, built: Built, ec2: Ec2) -> Iterator[str]:
    """Take the internet gateways away that nothing in the file needs any more, and yield why some stay.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html
    """
    for name, vpc in file.vpcs.items():
        where, made = f"vpcs.{name}", built.vpcs[name]
        if INTERNET_GATEWAY not in made.gateways or _needs_internet_gateway(file, vpc):
            continue
        filters = [{"Name": "vpc-id", "Values": [made.vpc_id]}]
        interfaces = call(where, ec2.describe_network_interfaces, Filters=filters)["NetworkInterfaces"]
        if any("PublicIp" in each.get("Association", ()) for each in interfaces):
            yield (
                f"{made.gateways[INTERNET_GATEWAY]} of VPC {name} stays: Network {made.vpc_id} has some mapped public "
                "address(es). Please unmap those public address(es) before detaching the gateway."
            )
        else:
            _delete_internet_gateway(where, made, ec2)


def _needs_internet_gateway(file: TopologyFile, vpc: VpcSection) -> bool:
    routes = chain.from_iterable(table.routes for table in vpc.route_tables.values())
    return (
        any(route.target == INTERNET_GATEWAY for route in routes)
        or any(nat.connectivity_type == "public" for nat in vpc.nat_gateways.values())
        or any(has_public_address(client, vpc) for client in file.clients.values())
    )


def _delete_internet_gateway(where: str, made: Made, ec2: Ec2) -> None:
    gateway_id = made.gateways[INTERNET_GATEWAY]
    call(where, ec2.detach_internet_gateway, InternetGatewayId=gateway_id, VpcId=made.vpc_id)
    call(where, ec2.delete_internet_gateway, InternetGatewayId=gateway_id)
    del made.gateways[INTERNET_GATEWAY]


def create_nat_gateway(work: Work) -> None:
    """Make a NAT gateway."""
    make_nat_gateway(work.where, work.name, work.after(NatGatewaySection), work.made, work.tools.ec2)


def delete_nat_gateway(work: Work) -> None:
    """Delete a NAT gateway, and give its public address back."""
    nat_id, ec2 = work.made.gateways[work.name], work.tools.ec2
    filters = [{"Name": "nat-gateway-id", "Values": [nat_id]}]
    described = work.call(ec2.describe_nat_gateways, Filters=filters)["NatGateways"]
    work.call(ec2.delete_nat_gateway, NatGatewayId=nat_id)
    for address in chain.from_iterable(each["NatGatewayAddresses"] for each in described):
        if "AllocationId" in address:
            work.call(ec2.release_address, AllocationId=address["AllocationId"])
    del work.made.gateways[work.name]
