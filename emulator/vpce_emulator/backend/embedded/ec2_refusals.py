"""Changes to networks that EC2 refuses and moto takes. Imported with the first call to EC2, whose import takes long."""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from moto.ec2.exceptions import DependencyViolationError, EC2ClientError
from moto.ec2.models.internet_gateways import InternetGatewayBackend
from moto.ec2.models.subnets import SubnetBackend
from moto.ec2.models.vpc_peering_connections import VPCPeeringConnectionBackend
from moto.ec2.models.vpcs import VPCBackend
from moto.ec2.models.vpn_gateway import VpnGatewayBackend
from moto.ec2.responses.elastic_network_interfaces import ElasticNetworkInterfaces as NetworkInterfaces
from moto.ec2.responses.network_acls import NetworkACLs
from moto.ec2.responses.route_tables import RouteTables

from vpce_emulator.backend.embedded.replacing import replace

_attach = InternetGatewayBackend.attach_internet_gateway
_attach_private = VpnGatewayBackend.attach_vpn_gateway
_delete_subnet = SubnetBackend.delete_subnet
_delete_vpc = VPCBackend.delete_vpc
_answer_acl_deletion = NetworkACLs.delete_network_acl
_answer_interface_deletion = NetworkInterfaces.delete_network_interface
_answer_table_deletion = RouteTables.delete_route_table
_detach = InternetGatewayBackend.detach_internet_gateway
_peer = VPCPeeringConnectionBackend.create_vpc_peering_connection
_disassociate = VPCBackend.disassociate_vpc_cidr_block


def _attach_the_only_one(ec2: Any, internet_gateway_id: str, vpc_id: str) -> Any:
    """Attach an internet gateway to a VPC that has none.

    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html (wording unknown)
    """
    if any(each.vpc is not None and each.vpc.id == vpc_id for each in ec2.internet_gateways.values()):
        raise EC2ClientError("InvalidParameterValue", f"Network {vpc_id} already has an internet gateway attached")
    return _attach(ec2, internet_gateway_id, vpc_id)


def _attach_the_only_private_one(ec2: Any, vpn_gateway_id: str, vpc_id: str) -> Any:
    """Attach a virtual private gateway to a VPC that has none, which is the same as above (wording unknown)."""
    for each in ec2.vpn_gateways.values():
        attachment = each.attachments.get(vpc_id)
        if each.id != vpn_gateway_id and attachment is not None and attachment.state == "attached":
            message = f"The vpc {vpc_id} already has the virtual private gateway {each.id} attached"
            raise EC2ClientError("VpnGatewayAttachmentLimitExceeded", message)
    return _attach_private(ec2, vpn_gateway_id, vpc_id)


def _has_dependencies(kind: str, resource_id: str) -> DependencyViolationError:
    return DependencyViolationError(f"The {kind} '{resource_id}' has dependencies and cannot be deleted.")


def _delete_empty_subnet(ec2: Any, subnet_id: str) -> Any:
    """Delete a subnet that no network interface is in, whoever's, and no attachment of a transit gateway.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html
    """
    attachments = (each for each in ec2.transit_gateway_attachments.values() if not each.state.startswith("delet"))
    attached = any(subnet_id in (getattr(each, "subnet_ids", None) or ()) for each in attachments)
    if attached or any(each.subnet.id == subnet_id for each in ec2.get_all_network_interfaces()):
        raise _has_dependencies("subnet", subnet_id)
    return _delete_subnet(ec2, subnet_id)


def _delete_closed_vpc(ec2: Any, vpc_id: str) -> Any:
    """Delete a VPC whose internet gateway is detached, and its peering connections with it.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html
    https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle
    """
    if any(each.vpc is not None and each.vpc.id == vpc_id for each in ec2.internet_gateways.values()):
        raise _has_dependencies("vpc", vpc_id)
    deleted = _delete_vpc(ec2, vpc_id)
    for connection_id, connection in list(ec2.vpc_pcxs.items()):
        ends = {connection.vpc.id, connection.peer_vpc.id}
        if vpc_id in ends and connection.status["Code"] in ("active", "pending-acceptance"):
            ec2.delete_vpc_peering_connection(connection_id)
    return deleted


def _answer_deletion_of_no_main_table(response: Any) -> Any:
    """Keep main route tables, which go with their VPCs.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRouteTable.html
    """
    table_id = response._get_param("RouteTableId")  # noqa: SLF001 - moto's own
    if response.ec2_backend.get_route_table(table_id).main_association_id is not None:
        raise _has_dependencies("routeTable", table_id)
    return _answer_table_deletion(response)


def _answer_deletion_of_no_default_acl(response: Any) -> Any:
    """Keep default network ACLs, which go with their VPCs.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkAcl.html (wording unknown)
    """
    acl_id = response._get_param("NetworkAclId")  # noqa: SLF001 - moto's own
    acl = response.ec2_backend.network_acls.get(acl_id)
    if acl is not None and acl.default:
        raise EC2ClientError("InvalidParameterValue", f"Cannot delete default network ACL {acl_id}")
    return _answer_acl_deletion(response)


def _answer_deletion_of_a_free_interface(response: Any) -> Any:
    """Keep network interfaces that are attached to an instance, or are a NAT gateway's.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkInterface.html
    """
    interface_id = response._get_param("NetworkInterfaceId")  # noqa: SLF001 - moto's own
    interface = response.ec2_backend.enis.get(interface_id)
    if interface is not None and (interface.instance is not None or interface.interface_type == "nat_gateway"):
        message = f"Network interface '{interface_id}' is currently in use."
        raise EC2ClientError("InvalidParameterValue", message)
    return _answer_interface_deletion(response)


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


replace(InternetGatewayBackend, "attach_internet_gateway", _attach_the_only_one)
replace(VpnGatewayBackend, "attach_vpn_gateway", _attach_the_only_private_one)
replace(SubnetBackend, "delete_subnet", _delete_empty_subnet)
replace(VPCBackend, "delete_vpc", _delete_closed_vpc)
replace(RouteTables, "delete_route_table", _answer_deletion_of_no_main_table)
replace(NetworkACLs, "delete_network_acl", _answer_deletion_of_no_default_acl)
replace(NetworkInterfaces, "delete_network_interface", _answer_deletion_of_a_free_interface)
replace(VPCPeeringConnectionBackend, "create_vpc_peering_connection", _peer_unless_overlapping)
replace(InternetGatewayBackend, "detach_internet_gateway", _detach_unused)
replace(VPCBackend, "disassociate_vpc_cidr_block", _disassociate_unused)
