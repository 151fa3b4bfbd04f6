"""Applying a topology file: every section becomes the EC2 calls that a user would make for it.

Nothing is put into the backend by another way, so a network from a file and one from Terraform are alike.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Any

from botocore.exceptions import ClientError

from vpce_emulator.config import ConfigurationError
from vpce_emulator.control.ec2_errors import Ec2Error
from vpce_emulator.topology.models import Client
from vpce_emulator.topology_file import (
    INTERNET_GATEWAY,
    ClientSection,
    EndpointSection,
    RouteTableSection,
    RuleSection,
    SecurityGroupSection,
    TopologyFile,
    VpcSection,
)

# A boto3 client of EC2; boto3's clients have no types.
Ec2 = Any
# What EC2 calls "all protocols" in a rule.
_ALL = "-1"


@dataclass(slots=True)
class _Made:
    """The ids of what was made for one VPC, by the names in the file."""

    vpc_id: str
    subnets: dict[str, str] = field(default_factory=dict)
    route_tables: dict[str, str] = field(default_factory=dict)
    gateways: dict[str, str] = field(default_factory=dict)
    security_groups: dict[str, str] = field(default_factory=dict)


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
    home = {subnet: name for name, vpc in topology.vpcs.items() for subnet in vpc.subnets}
    clients = tuple(_make_client(name, it, made[home[it.subnet]], ec2) for name, it in topology.clients.items())
    for vpc_name, vpc in topology.vpcs.items():
        for name, endpoint in vpc.endpoints.items():
            where = f"vpcs.{vpc_name}.endpoints.{name}"
            _make_endpoint(where, name, endpoint, made[vpc_name], topology.region, create_endpoint)
    return clients


def _call(where: str, call: Callable[..., Any], **parameters: Any) -> Any:  # noqa: ANN401 - boto3's calls have no types
    """Make an EC2 call; a refusal names the field of the file that asked for it."""
    try:
        return call(**parameters)
    except Ec2Error as error:
        raise ConfigurationError(f"{where}: EC2 answers {error.code}: {error.message}") from error
    except ClientError as error:
        told = error.response["Error"]
        raise ConfigurationError(f"{where}: EC2 answers {told['Code']}: {told['Message']}") from error


def _named(resource_type: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": resource_type, "Tags": [{"Key": "Name", "Value": name}]}]


def _make_vpc(name: str, vpc: VpcSection, ec2: Ec2, prefix_list_id: Callable[[str], str | None]) -> _Made:
    where = f"vpcs.{name}"
    created = _call(where, ec2.create_vpc, CidrBlock=str(vpc.cidr), TagSpecifications=_named("vpc", name))
    made = _Made(created["Vpc"]["VpcId"])
    for attribute, value in (
        ("EnableDnsSupport", vpc.enable_dns_support),
        ("EnableDnsHostnames", vpc.enable_dns_hostnames),
    ):
        _call(where, ec2.modify_vpc_attribute, VpcId=made.vpc_id, **{attribute: {"Value": value}})
    _make_route_tables(where, vpc, made, ec2)
    _make_subnets(where, vpc, made, ec2)
    _make_gateways(where, vpc, made, ec2)
    for table, section in vpc.route_tables.items():
        _make_routes(f"{where}.route_tables.{table}", section, made.route_tables[table], made, ec2)
    _make_security_groups(where, vpc, made, ec2, prefix_list_id)
    return made


def _make_route_tables(where: str, vpc: VpcSection, made: _Made, ec2: Ec2) -> None:
    for name in vpc.route_tables:
        created = _call(
            f"{where}.route_tables.{name}",
            ec2.create_route_table,
            VpcId=made.vpc_id,
            TagSpecifications=_named("route-table", name),
        )
        made.route_tables[name] = created["RouteTable"]["RouteTableId"]


def _make_subnets(where: str, vpc: VpcSection, made: _Made, ec2: Ec2) -> None:
    for name, subnet in vpc.subnets.items():
        here = f"{where}.subnets.{name}"
        created = _call(
            here,
            ec2.create_subnet,
            VpcId=made.vpc_id,
            CidrBlock=str(subnet.cidr),
            AvailabilityZone=subnet.availability_zone,
            TagSpecifications=_named("subnet", name),
        )
        made.subnets[name] = created["Subnet"]["SubnetId"]
        if subnet.route_table is not None:
            table = made.route_tables[subnet.route_table]
            _call(here, ec2.associate_route_table, SubnetId=made.subnets[name], RouteTableId=table)


def _make_gateways(where: str, vpc: VpcSection, made: _Made, ec2: Ec2) -> None:
    routes = [route for table in vpc.route_tables.values() for route in table.routes]
    if any(route.target == INTERNET_GATEWAY for route in routes):
        created = _call(where, ec2.create_internet_gateway)
        made.gateways[INTERNET_GATEWAY] = created["InternetGateway"]["InternetGatewayId"]
        gateway = made.gateways[INTERNET_GATEWAY]
        _call(where, ec2.attach_internet_gateway, InternetGatewayId=gateway, VpcId=made.vpc_id)
    for name, nat in vpc.nat_gateways.items():
        here = f"{where}.nat_gateways.{name}"
        address = _call(here, ec2.allocate_address, Domain="vpc")
        created = _call(
            here,
            ec2.create_nat_gateway,
            SubnetId=made.subnets[nat.subnet],
            AllocationId=address["AllocationId"],
            TagSpecifications=_named("natgateway", name),
        )
        made.gateways[name] = created["NatGateway"]["NatGatewayId"]


def _make_routes(where: str, section: RouteTableSection, table_id: str, made: _Made, ec2: Ec2) -> None:
    for index, route in enumerate(section.routes):
        kind = "GatewayId" if route.target == INTERNET_GATEWAY else "NatGatewayId"
        _call(
            f"{where}.routes[{index}]",
            ec2.create_route,
            RouteTableId=table_id,
            DestinationCidrBlock=str(route.destination),
            **{kind: made.gateways[route.target]},
        )


def _make_security_groups(
    where: str, vpc: VpcSection, made: _Made, ec2: Ec2, prefix_list_id: Callable[[str], str | None]
) -> None:
    # All groups first: rules may name groups that stand further down.
    for name in vpc.security_groups:
        created = _call(
            f"{where}.security_groups.{name}",
            ec2.create_security_group,
            GroupName=name,
            Description=name,
            VpcId=made.vpc_id,
            TagSpecifications=_named("security-group", name),
        )
        made.security_groups[name] = created["GroupId"]
    for name, group in vpc.security_groups.items():
        _make_rules(f"{where}.security_groups.{name}", group, made.security_groups[name], made, ec2, prefix_list_id)


def _make_rules(
    where: str,
    group: SecurityGroupSection,
    group_id: str,
    made: _Made,
    ec2: Ec2,
    prefix_list_id: Callable[[str], str | None],
) -> None:
    # A new group lets everything out; the file says what this one lets out.
    everything = {"IpProtocol": _ALL, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    _call(where, ec2.revoke_security_group_egress, GroupId=group_id, IpPermissions=[everything])
    for way, rules, call in (
        ("ingress", group.ingress, ec2.authorize_security_group_ingress),
        ("egress", group.egress, ec2.authorize_security_group_egress),
    ):
        for index, rule in enumerate(rules):
            here = f"{where}.{way}[{index}]"
            _call(here, call, GroupId=group_id, IpPermissions=[_permission(here, rule, made, prefix_list_id)])


def _permission(
    where: str, rule: RuleSection, made: _Made, prefix_list_id: Callable[[str], str | None]
) -> dict[str, Any]:
    permission: dict[str, Any] = {"IpProtocol": _ALL if rule.protocol == "all" else rule.protocol}
    if rule.protocol != "all":
        # ICMP counts types and codes where TCP and UDP count ports; -1 is every one of them.
        first, last = rule.ports() or ((-1, -1) if rule.protocol == "icmp" else (0, 65535))
        permission |= {"FromPort": first, "ToPort": last}
    if rule.cidr is not None:
        permission["IpRanges"] = [{"CidrIp": str(rule.cidr)}]
    elif rule.security_group is not None:
        permission["UserIdGroupPairs"] = [{"GroupId": made.security_groups[rule.security_group]}]
    elif rule.prefix_list is not None:
        known = rule.prefix_list if rule.prefix_list.startswith("pl-") else prefix_list_id(rule.prefix_list)
        if known is None:
            message = f"{where}.prefix_list: found {rule.prefix_list!r}; allowed: s3, dynamodb, or a prefix list's id"
            raise ConfigurationError(message)
        permission["PrefixListIds"] = [{"PrefixListId": known}]
    return permission


def _make_client(name: str, client: ClientSection, made: _Made, ec2: Ec2) -> Client:
    """Make the network interface that the client stands for."""
    where = f"clients.{name}"
    parameters: dict[str, Any] = {"SubnetId": made.subnets[client.subnet], "Description": f"client {name}"}
    if client.security_groups:
        parameters["Groups"] = [made.security_groups[group] for group in client.security_groups]
    if client.address is not None:
        parameters["PrivateIpAddress"] = str(client.address)
    created = _call(
        where, ec2.create_network_interface, TagSpecifications=_named("network-interface", name), **parameters
    )
    return _client(name, created["NetworkInterface"])


def _client(name: str, interface: Mapping[str, Any]) -> Client:
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
    made: _Made,
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
        "TagSpecifications": _named("vpc-endpoint", name),
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
    _call(where, lambda **values: create_endpoint(values), **parameters)


def stable_endpoint_id(name: str) -> str:
    """Return an endpoint id made from a name, so that it is the same at every start and policies can hold it."""
    return f"vpce-0{hashlib.sha256(name.encode()).hexdigest()[:16]}"
