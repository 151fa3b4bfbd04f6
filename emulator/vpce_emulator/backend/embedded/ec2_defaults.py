"""What EC2 gives to those who ask for nothing, in moto: a default VPC and group, and an instance's subnet.

moto's default VPC leads nowhere, its default security groups let nothing in, its instances without a subnet have an
address of no subnet, and the first subnet of a zone is the default one, whichever VPC it is in. Imported with the first
call to EC2, whose import takes long.
"""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from moto.ec2.exceptions import (
    DefaultSubnetAlreadyExistsInAvailabilityZoneError,
    DefaultVpcDoesNotExistError,
    InvalidSubnetConflictError,
)
from moto.ec2.models.instances import InstanceBackend
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.models.subnets import SubnetBackend
from moto.ec2.models.vpcs import VPCBackend

from vpce_emulator.backend.embedded.replacing import replace

_create_group = SecurityGroupBackend.create_security_group
_create_default_vpc = VPCBackend.create_default_vpc
_create_subnet = SubnetBackend.create_subnet
_run = InstanceBackend.run_instances


def _create_default_vpc_with_a_way_out(ec2: Any) -> Any:
    """Have the default VPC's main route table lead to an internet gateway.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html
    """
    vpc = _create_default_vpc(ec2)
    gateway = ec2.create_internet_gateway()
    ec2.attach_internet_gateway(gateway.id, vpc.id)
    (table,) = (each for each in ec2.route_tables.values() if each.vpc_id == vpc.id)
    ec2.create_route(table.id, "0.0.0.0/0", gateway_id=gateway.id)
    return vpc


def _create_subnet_of_ones_own(ec2: Any, *given: Any, **named: Any) -> Any:
    """Make a subnet that is no zone's default one, as all are but those of the default VPC."""
    subnet = _create_subnet(ec2, *given, **named)
    subnet.default_for_az = subnet.map_public_ip_on_launch = False
    return subnet


def _create_default_subnet(ec2: Any, availability_zone: str) -> Any:
    """Make the default subnet of a zone, in a /20 of the default VPC that is free.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDefaultSubnet.html
    """
    defaults, vpc = ec2.get_default_subnets(), ec2.get_default_vpc()
    if availability_zone in defaults:
        raise DefaultSubnetAlreadyExistsInAvailabilityZoneError(defaults[availability_zone].id, availability_zone)
    if vpc is None:
        raise DefaultVpcDoesNotExistError
    taken = [each.cidr for each in ec2.describe_subnets() if each.vpc_id == vpc.id]
    blocks = IPv4Network(vpc.cidr_block).subnets(new_prefix=20)
    free = next((block for block in blocks if not any(map(block.overlaps, taken))), None)
    if free is None:
        raise InvalidSubnetConflictError(vpc.cidr_block)
    subnet = ec2.create_subnet(vpc.id, str(free), availability_zone=availability_zone)
    subnet.default_for_az = subnet.map_public_ip_on_launch = True
    return subnet


def _create_group_with_its_rules(ec2: Any, *given: Any, **options: Any) -> Any:
    """Have a default group let its members in to each other.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    """
    group = _create_group(ec2, *given, **options)
    if group.is_default:
        itself = [{"GroupId": group.id}]
        ec2.authorize_security_group_ingress(group.id, "-1", None, None, [], source_groups=itself, vpc_id=group.vpc_id)
    return group


def _run_in_a_subnet(
    ec2: Any, image_id: Any, count: Any, user_data: Any, security_group_names: Any, **options: Any
) -> Any:
    """Run instances in the default VPC's subnet of their zone, where no other is named.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
    """
    if not options.get("subnet_id") and not options.get("nics"):
        subnets = ec2.get_default_subnets()
        zone = options.get("placement") or min(subnets, default=None)
        options["subnet_id"] = subnets[zone].id if zone in subnets else None
    return _run(ec2, image_id, count, user_data, security_group_names, **options)


replace(VPCBackend, "create_default_vpc", _create_default_vpc_with_a_way_out)
replace(SubnetBackend, "create_subnet", _create_subnet_of_ones_own)
replace(SubnetBackend, "create_default_subnet", _create_default_subnet)
replace(SecurityGroupBackend, "create_security_group", _create_group_with_its_rules)
replace(InstanceBackend, "run_instances", _run_in_a_subnet)
