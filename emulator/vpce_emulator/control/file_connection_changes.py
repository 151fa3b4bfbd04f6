"""What joins VPCs and networks outside, in a topology file that was edited, as EC2 calls."""

from __future__ import annotations

from vpce_emulator.config import ConfigurationError
from vpce_emulator.control.file_calls import Built, Ec2
from vpce_emulator.control.file_connections import (
    attach_network,
    attach_vpcs,
    detach_network,
    make_peering,
    make_transit_gateway,
    vpc_attachments,
)
from vpce_emulator.control.file_work import Work
from vpce_emulator.topology_file import AttachedNetworkSection, PeeringSection, TopologyFile, TransitGatewaySection


def create_peering(work: Work) -> None:
    """Make a peering connection, and accept it."""
    section = work.after(PeeringSection)
    connection_id = make_peering(work.where, work.name, section, work.built.vpcs, work.tools.ec2)
    work.built.connections[work.name] = connection_id


def delete_peering(work: Work) -> None:
    """Delete a peering connection."""
    connection_id = work.built.connections[work.name]
    work.call(work.tools.ec2.delete_vpc_peering_connection, VpcPeeringConnectionId=connection_id)
    del work.built.connections[work.name]


def create_transit_gateway(work: Work) -> None:
    """Make a transit gateway, and attach its VPCs."""
    work.built.connections[work.name] = make_transit_gateway(work.where, work.name, work.tools.ec2)
    change_transit_gateway(work)


def change_transit_gateway(work: Work) -> None:
    """Attach and detach VPCs."""
    section, gateway_id = work.after(TransitGatewaySection), work.built.connections[work.name]
    attach_vpcs(work.where, section, gateway_id, work.new, work.built.vpcs, work.tools.ec2)


def leave_zone(work: Work) -> None:
    """Take transit gateways out of a subnet that goes."""
    serve_zones(work.new, work.built, work.tools.ec2)


def serve_zones(topology: TopologyFile, built: Built, ec2: Ec2) -> None:
    """Let transit gateways stand in a subnet of each zone of their VPCs, whose subnets may be others now."""
    for name, section in topology.transit_gateways.items():
        if name in built.connections:
            where = f"transit_gateways.{name}"
            attach_vpcs(where, section, built.connections[name], topology, built.vpcs, ec2)


def delete_transit_gateway(work: Work) -> None:
    """Delete a transit gateway with its attachments.

    Raises:
        ConfigurationError: somebody else has attached a VPC to it.
    """
    gateway_id, ec2 = work.built.connections[work.name], work.tools.ec2
    ours = {made.vpc_id for made in work.built.vpcs.values()}
    found = vpc_attachments(work.where, gateway_id, ec2)
    others = [attachment["TransitGatewayAttachmentId"] for vpc_id, attachment in found.items() if vpc_id not in ours]
    if others:
        # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTransitGateway.html
        message = f"{gateway_id} has non-deleted VPC attachments: {', '.join(others)}."
        raise ConfigurationError(f"{work.where}: EC2 answers IncorrectState: {message}")
    for each in found.values():
        attachment_id = each["TransitGatewayAttachmentId"]
        work.call(ec2.delete_transit_gateway_vpc_attachment, TransitGatewayAttachmentId=attachment_id)
    work.call(ec2.delete_transit_gateway, TransitGatewayId=gateway_id)
    del work.built.connections[work.name]


def create_network(work: Work) -> None:
    """Attach a network outside."""
    attach_network(work.where, work.name, work.after(AttachedNetworkSection), work.built, work.tools.ec2)


def change_network(work: Work) -> None:
    """Attach a network elsewhere, or with other addresses; whose resolver it asks is up to the file alone."""
    if work.change.fields != ("inbound_resolver",):
        delete_network(work)
        create_network(work)


def delete_network(work: Work) -> None:
    """Detach a network outside."""
    detach_network(work.where, work.name, work.before(AttachedNetworkSection), work.built, work.tools.ec2)
