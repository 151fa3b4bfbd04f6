"""What a transit gateway does with a packet: the zones that it serves, and the table of where the packet came from.

https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from vpce_emulator.topology.hop import Hop, passed, stopped
from vpce_emulator.topology.models import Connection, Topology, TransitAttachment, TransitRoute, TransitRouting


def attachment_of(connection: Connection, vpc_id: str) -> TransitAttachment | None:
    """Return a VPC's attachment to a transit gateway; None if it has none, and where the connection is no such."""
    attachments = connection.routing.attachments if connection.routing else ()
    return next((each for each in attachments if each.vpc_id == vpc_id), None)


def _route_from(routing: TransitRouting, start: TransitAttachment, address: IPv4Address) -> TransitRoute | None:
    """Return the route for what comes from an attachment: the longest prefix, and a static one before a propagated one.

    https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-route-evaluation-overview
    """
    table = routing.tables.get(start.table_id)
    routes = (route for route in table.routes if address in route.destination) if table else ()
    return max(routes, key=lambda route: (route.destination.prefixlen, route.static), default=None)


def attachment_to(gateway: Connection, start: TransitAttachment, address: IPv4Address) -> TransitAttachment | None:
    """Return the attachment by which what comes from another leaves a transit gateway; None where it is dropped."""
    if gateway.routing is None:
        return None
    route = _route_from(gateway.routing, start, address)
    return next((each for each in gateway.routing.attachments if route and each.id == route.attachment_id), None)


def transit_hops(
    topology: Topology,
    gateway: Connection,
    start: TransitAttachment,
    address: IPv4Address,
    *,
    subnet_id: str = "",
    to_vpc: str = "",
) -> Iterator[Hop]:
    """Yield what a transit gateway does with packets that come by one attachment.

    Args:
        topology: the network.
        gateway: the transit gateway.
        start: the attachment that they come by.
        address: where they go to.
        subnet_id: the subnet that they come from; empty for a network outside.
        to_vpc: the VPC in which the address is; empty for a network outside.
    """
    routing = gateway.routing
    if routing is None:
        return
    if subnet_id:
        zone = topology.subnets[subnet_id].availability_zone
        if zone not in _zones(topology, start):
            reason = (
                f"{gateway.id} is not reached from {subnet_id}, because its attachment {start.id} has no subnet in "
                f"{zone}: add one there."
            )
            yield stopped("connection", gateway.id, reason)
    yield _routing_hop(gateway, routing, start, address, to_vpc)


def _zones(topology: Topology, attachment: TransitAttachment) -> set[str]:
    return {topology.subnets[each].availability_zone for each in attachment.subnet_ids if each in topology.subnets}


def _routing_hop(
    gateway: Connection, routing: TransitRouting, start: TransitAttachment, address: IPv4Address, to_vpc: str
) -> Hop:
    if not start.table_id:
        reason = (
            f"{start.id} of {gateway.id} is associated with no route table, so that what comes from it is dropped: "
            f"associate it with one."
        )
        return stopped("connection", gateway.id, reason)
    route = _route_from(routing, start, address)
    if route is None:
        reason = (
            f"{start.table_id}, by which {gateway.id} routes what comes from {start.id}, has no route to {address}: "
            f"have the attachment of {to_vpc or 'its network'} propagate to it, or add a static route."
        )
        return stopped("route table", start.table_id, reason)
    if not route.attachment_id:
        reason = f"The route of {start.table_id} to {route.destination} is a blackhole: replace it."
        return stopped("route table", start.table_id, reason)
    end = attachment_to(gateway, start, address)
    if end is None or end.vpc_id != to_vpc:
        reason = (
            f"{start.table_id} sends {address} to {route.attachment_id}, which does not lead to "
            f"{to_vpc or 'its network'}: change the route to {route.destination}."
        )
        return stopped("route table", start.table_id, reason)
    return passed("route table", start.table_id, f"{start.table_id} of {gateway.id} sends {address} to {end.id}.")
