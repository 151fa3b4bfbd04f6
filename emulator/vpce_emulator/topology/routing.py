"""Which route a packet takes out of a subnet: the effective table, and the longest prefix in it.

https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from vpce_emulator.topology.models import Route, RouteTable, Subnet, Topology

LOCAL = "local"


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """A route that matches an address, and the network by which it does: of a prefix list, one of its CIDRs."""

    route: Route
    network: IPv4Network


def effective_route_table(topology: Topology, subnet: Subnet) -> RouteTable:
    """Return the table in effect for a subnet."""
    return topology.route_tables[subnet.route_table_id]


def matching_route(topology: Topology, table: RouteTable, address: IPv4Address) -> RouteMatch | None:
    """Return the route for an address, or None if there is none.

    The longest prefix wins; between equal ones a route to a CIDR comes before a route to a prefix list
    (https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html).
    """
    matches = [
        RouteMatch(route, network)
        for route in _routes(topology, table)
        for network in _networks(topology, route)
        if address in network
    ]
    return max(matches, key=_precedence, default=None)


def _precedence(match: RouteMatch) -> tuple[int, bool]:
    return match.network.prefixlen, isinstance(match.route.destination, IPv4Network)


def _routes(topology: Topology, table: RouteTable) -> Iterator[Route]:
    # INVARIANT: every table has the local routes of its VPC, which cannot be taken out.
    for cidr in topology.vpcs[table.vpc_id].cidrs:
        yield Route(cidr, LOCAL)
    yield from table.routes


def _networks(topology: Topology, route: Route) -> tuple[IPv4Network, ...]:
    if isinstance(route.destination, IPv4Network):
        return (route.destination,)
    prefix_list = topology.prefix_lists.get(route.destination)
    return prefix_list.cidrs if prefix_list else ()
