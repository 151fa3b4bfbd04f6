"""CIDR blocks in moto's EC2: valid ones alone, in their canonical form, as EC2 keeps them.

moto takes `10.0.0.7/16` and `10.0.0.0/99` and tells them to whoever asks. Imported with the first call to EC2.
INVARIANT: whoever reads a network of moto's finds nothing but networks in it.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html ("We modify the specified CIDR block to its
canonical form"), and the same of subnets, routes, security groups' rules, network ACLs' entries and prefix lists.
"""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, ip_network
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.models.subnets import SubnetBackend
from moto.ec2.models.vpcs import VPCBackend

from vpce_emulator.backend.embedded.replacing import replace

_create_vpc = VPCBackend.create_vpc
_associate = VPCBackend.associate_vpc_cidr_block
_create_subnet = SubnetBackend.create_subnet
_RANGES = ("CidrIp", "CidrIpv6")


def canonical(cidr: Any, parameter: str = "cidrBlock") -> Any:
    """Return a CIDR block in its canonical form; nothing for nothing."""
    if not cidr:
        return cidr
    try:
        if "/" in str(cidr):
            return str(ip_network(str(cidr), strict=False))
    except ValueError:
        pass
    message = f"Value ({cidr}) for parameter {parameter} is invalid. This is not a valid CIDR block."
    raise EC2ClientError("InvalidParameterValue", message)


def _block_of_a_vpc(cidr_block: Any) -> Any:
    """Return a block that a VPC may have: of /16 to /28."""
    cidr = canonical(cidr_block)
    if cidr and ":" not in cidr and not 16 <= IPv4Network(cidr).prefixlen <= 28:
        raise EC2ClientError("InvalidVpc.Range", f"The CIDR '{cidr_block}' is invalid.")
    return cidr


def _create_vpc_of(ec2: Any, cidr_block: Any, *more: Any, **options: Any) -> Any:
    return _create_vpc(ec2, _block_of_a_vpc(cidr_block), *more, **options)


def _associate_block(ec2: Any, vpc_id: str, cidr_block: Any, *more: Any, **options: Any) -> Any:
    """Add a block that overlaps none that the VPC has.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
    """
    cidr = _block_of_a_vpc(cidr_block)
    if cidr and ":" not in cidr:
        wanted = IPv4Network(cidr)
        blocks = ec2.get_vpc(vpc_id).get_cidr_block_association_set()
        held = [each["cidr_block"] for each in blocks if each["cidr_block_state"]["state"] != "disassociated"]
        if any(wanted.overlaps(IPv4Network(each)) for each in held):
            raise EC2ClientError("InvalidVpc.Range", f"The CIDR '{cidr}' conflicts with another of the VPC's.")
    return _associate(ec2, vpc_id, cidr, *more, **options)


def _create_subnet_of(ec2: Any, vpc_id: str, cidr_block: Any, *more: Any, **options: Any) -> Any:
    return _create_subnet(ec2, vpc_id, canonical(cidr_block), *more, **options)


def _with_canonical_ranges(name: str) -> None:
    """Have an operation about a security group's rules keep and find networks by their canonical form."""
    change = getattr(SecurityGroupBackend, name)

    def change_rules(ec2: Any, group_name_or_id: Any, *given: Any, **named: Any) -> Any:
        if isinstance(named.get("ip_ranges"), list):
            named["ip_ranges"] = [_canonical_range(each) for each in named["ip_ranges"]]
        return change(ec2, group_name_or_id, *given, **named)

    replace(SecurityGroupBackend, name, change_rules)


def _canonical_range(told: Any) -> Any:
    if not isinstance(told, Mapping):
        return told
    ranges = {name: canonical(told[name], "cidrIp") for name in _RANGES if told.get(name)}
    return {**told, **ranges}


replace(VPCBackend, "create_vpc", _create_vpc_of)
replace(VPCBackend, "associate_vpc_cidr_block", _associate_block)
replace(SubnetBackend, "create_subnet", _create_subnet_of)
for _name in ("authorize", "revoke"):
    for _way in ("ingress", "egress"):
        _with_canonical_ranges(f"{_name}_security_group_{_way}")
