"""Changes to networks that EC2 refuses and moto takes. Imported with the first call to EC2, whose import takes long."""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.internet_gateways import InternetGatewayBackend
from moto.ec2.models.vpc_peering_connections import VPCPeeringConnectionBackend
from moto.ec2.models.vpcs import VPCBackend

from vpce_emulator.backend.embedded.replacing import replace

_detach = InternetGatewayBackend.detach_internet_gateway
_peer = VPCPeeringConnectionBackend.create_vpc_peering_connection
_disassociate = VPCBackend.disassociate_vpc_cidr_block


def _detach_unused(ec2: Any, internet_gateway_id: str, vpc_id: str) -> Any:
    """Detach an internet gateway from a VPC that has no public addresses any more.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html
    """
    mapped = (each.public_ip for each in ec2.get_all_network_interfaces() if each.vpc_id == vpc_id)
    if any(mapped) and ec2.get_internet_gateway(internet_gateway_id).attachments:
        message = (
            f"Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) before "
            f"detaching the gateway."
        )
        raise EC2ClientError("DependencyViolation", message)
    return _detach(ec2, internet_gateway_id, vpc_id)


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


def _peer_unless_overlapping(ec2: Any, vpc: Any, peer_vpc: Any, *given: Any, **named: Any) -> Any:
    """Have the peering of VPCs fail whose CIDR blocks overlap.

    https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-limitations
    """
    connection = _peer(ec2, vpc, peer_vpc, *given, **named)
    if any(ip_network(one).overlaps(ip_network(other)) for one in _blocks(vpc) for other in _blocks(peer_vpc)):
        connection._status.code = "failed"  # noqa: SLF001 - moto's own
        connection._status.message = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"  # noqa: SLF001
    return connection


def _blocks(vpc: Any) -> list[str]:
    blocks = vpc.get_cidr_block_association_set()
    return [each["cidr_block"] for each in blocks if each["cidr_block_state"]["state"] in ("associating", "associated")]


replace(VPCPeeringConnectionBackend, "create_vpc_peering_connection", _peer_unless_overlapping)
replace(InternetGatewayBackend, "detach_internet_gateway", _detach_unused)
replace(VPCBackend, "disassociate_vpc_cidr_block", _disassociate_unused)
