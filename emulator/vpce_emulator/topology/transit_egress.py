"""The way to public addresses through a VPC that others share: over a transit gateway, and out by a NAT gateway there.

https://docs.aws.amazon.com/whitepapers/latest/building-scalable-secure-multi-vpc-network-infrastructure/using-nat-gateway-for-centralized-egress.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from vpce_emulator.topology.hop import Hop, passed, stopped
from vpce_emulator.topology.models import Client, Connection, NatGateway, RouteTable, Topology, TransitAttachment
from vpce_emulator.topology.nat_hops import hops_through_nat, nat_behind
from vpce_emulator.topology.routing import effective_route_table, matching_route
from vpce_emulator.topology.transit_hops import attachment_of, attachment_to, transit_hops


@dataclass(frozen=True, slots=True)
class Egress:
    """A way over a transit gateway.

    Attributes:
        gateway: the transit gateway.
        start: the attachment of the client's VPC.
        end: the attachment by which the packets leave the gateway; None where it drops them.
        table: the route table of the subnet in which they arrive; None where they arrive in none of a VPC's.
        target: what that table sends them to; empty where it has no route.
    """

    gateway: Connection
    start: TransitAttachment
    end: TransitAttachment | None
    table: RouteTable | None = None
    target: str = ""


def egress_behind(topology: Topology, client: Client, target: str, destination: IPv4Address) -> Egress | None:
    """Return the way that a client's packets take over the transit gateway that a route leads to; None for others."""
    gateway = topology.connections.get(target)
    start = attachment_of(gateway, client.vpc_id) if gateway else None
    if gateway is None or start is None:
        return None
    end = attachment_to(gateway, start, destination)
    table = _table_where_it_ends(topology, client, end)
    if end is None or table is None:
        return Egress(gateway, start, end)
    # What comes over a transit gateway cannot use the gateway endpoints of the VPC:
    # https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
    routes = tuple(route for route in table.routes if route.active and route.target not in topology.endpoints)
    match = matching_route(topology, replace(table, routes=routes), destination)
    return Egress(gateway, start, end, table, match.route.target if match else "")


def _table_where_it_ends(topology: Topology, client: Client, end: TransitAttachment | None) -> RouteTable | None:
    """Return the table of the attachment's subnet, of the client's zone where it has one there."""
    if end is None or end.vpc_id == client.vpc_id:
        return None
    subnets = sorted(
        (topology.subnets[each] for each in end.subnet_ids if each in topology.subnets), key=lambda s: s.id
    )
    zone = topology.subnets[client.subnet_id].availability_zone
    nearest = sorted(subnets, key=lambda subnet: subnet.availability_zone != zone)
    return effective_route_table(topology, nearest[0]) if nearest else None


def shared_nat(topology: Topology, client: Client, target: str, destination: IPv4Address) -> NatGateway | None:
    """Return the NAT gateway behind the transit gateway that a route leads to, if there is one."""
    way = egress_behind(topology, client, target, destination)
    return nat_behind(topology, way.target) if way else None


def hops_through_egress_vpc(
    topology: Topology, client: Client, way: Egress, destination: IPv4Address, port: int
) -> Iterator[Hop]:
    """Yield what stands between a client's VPC and a public address, on the way over a transit gateway and back."""
    end, vpc_id = way.end, way.end.vpc_id if way.end else ""
    yield from transit_hops(topology, way.gateway, way.start, destination, subnet_id=client.subnet_id, to_vpc=vpc_id)
    nat = nat_behind(topology, way.target)
    if end is None or way.table is None:
        reason = f"{way.gateway.id} sends {destination} out of AWS, or back: route it to a VPC with a NAT gateway."
        yield stopped("connection", way.gateway.id, reason)
        return
    if nat is None:
        reason = f"{way.table.id}, where {end.id} ends in {vpc_id}, sends {destination} to no NAT gateway: add a route."
        yield stopped("route table", way.table.id, reason)
        return
    yield passed("route table", way.table.id, f"{way.table.id} in {vpc_id} sends {destination} to {nat.id}.")
    yield _way_back(topology, client, nat, way.gateway)
    yield from transit_hops(topology, way.gateway, end, client.address, subnet_id=nat.subnet_id, to_vpc=client.vpc_id)
    yield from hops_through_nat(topology, client, nat, destination, port)


def _way_back(topology: Topology, client: Client, nat: NatGateway, gateway: Connection) -> Hop:
    table = effective_route_table(topology, topology.subnets[nat.subnet_id])
    match = matching_route(topology, table, client.address)
    if match and match.route.active and match.route.target == gateway.id:
        return passed("route table", table.id, f"{table.id} of {nat.id} sends answers back to {gateway.id}.")
    reason = (
        f"{table.id}, in effect for {nat.subnet_id} of {nat.id}, has no route back to {client.address} over "
        f"{gateway.id}: add one."
    )
    return stopped("route table", table.id, reason)
