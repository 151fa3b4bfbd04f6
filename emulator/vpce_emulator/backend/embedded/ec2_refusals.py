"""Changes to networks that EC2 refuses and moto takes. Imported with the first call to EC2, whose import takes long."""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.network_acls import NetworkAclBackend
from moto.ec2.models.route_tables import RouteBackend
from moto.ec2.models.vpcs import VPCBackend

from vpce_emulator.backend.embedded.replacing import replace

_MOST_RULES, _THE_REST = 32766, 32767

_create_route = RouteBackend.create_route
_replace_route = RouteBackend.replace_route
_disassociate = VPCBackend.disassociate_vpc_cidr_block
_create_entry = NetworkAclBackend.create_network_acl_entry


def _check_gateway(ec2: Any, route_table_id: str, gateway_id: str | None) -> None:
    """Refuse a route to an internet gateway that is attached to another VPC, or to none."""
    if not gateway_id or not gateway_id.startswith("igw-"):
        return
    vpc = ec2.get_internet_gateway(gateway_id).vpc
    if vpc is None or vpc.id != ec2.get_route_table(route_table_id).vpc_id:
        message = f"route table {route_table_id} and network gateway {gateway_id} belong to different networks"
        raise EC2ClientError("InvalidParameterValue", message)


def _create_route_within_the_vpc(ec2: Any, route_table_id: str, *given: Any, **named: Any) -> Any:
    _check_gateway(ec2, route_table_id, named.get("gateway_id"))
    return _create_route(ec2, route_table_id, *given, **named)


def _replace_route_within_the_vpc(ec2: Any, route_table_id: str, *given: Any, **named: Any) -> Any:
    _check_gateway(ec2, route_table_id, named.get("gateway_id"))
    return _replace_route(ec2, route_table_id, *given, **named)


def _disassociate_unused(ec2: Any, association_id: str) -> Any:
    """Take a CIDR block from its VPC, unless it has subnets.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateVpcCidrBlock.html (wording unknown)
    """
    for vpc in ec2.vpcs.values():
        for each in vpc.get_cidr_block_association_set():
            block = each["cidr_block"]
            if each["association_id"] == association_id and block != vpc.cidr_block and _has_subnet(ec2, vpc.id, block):
                message = f"The vpc {vpc.id} currently has a subnet within CIDR block {block}"
                raise EC2ClientError("InvalidCidrBlock.InUse", message)
    return _disassociate(ec2, association_id)


def _has_subnet(ec2: Any, vpc_id: str, block: str) -> bool:
    subnets = (ip_network(each.cidr_block) for each in ec2.describe_subnets(filters={"vpc-id": [vpc_id]}))
    return any(subnet.overlaps(ip_network(block)) for subnet in subnets)


def _create_numbered_entry(ec2: Any, network_acl_id: str, rule_number: Any, *given: Any, **named: Any) -> Any:
    """Make an entry of a network ACL; the one that denies the rest is made in the same way.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html (wording unknown)
    """
    if 1 <= int(rule_number) <= _MOST_RULES or int(rule_number) == _THE_REST:
        return _create_entry(ec2, network_acl_id, rule_number, *given, **named)
    message = f"Value ({rule_number}) for parameter ruleNumber is invalid. Must be from 1 to {_MOST_RULES}."
    raise EC2ClientError("InvalidParameterValue", message)


replace(RouteBackend, "create_route", _create_route_within_the_vpc)
replace(RouteBackend, "replace_route", _replace_route_within_the_vpc)
replace(NetworkAclBackend, "create_network_acl_entry", _create_numbered_entry)
replace(VPCBackend, "disassociate_vpc_cidr_block", _disassociate_unused)
