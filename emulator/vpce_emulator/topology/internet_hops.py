"""What may stop a connection on its way to a public address: security groups, network ACLs, routes and gateways."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from vpce_emulator.topology.firewall import Peer
from vpce_emulator.topology.guard_hops import acl_hops, egress_hop
from vpce_emulator.topology.hop import Hop, passed, stopped
from vpce_emulator.topology.hops import endpoint_hop
from vpce_emulator.topology.models import Client, PrefixList, RouteTable, Topology
from vpce_emulator.topology.nat_hops import hops_through_nat, nat_behind
from vpce_emulator.topology.routing import LOCAL, RouteMatch, matching_route
from vpce_emulator.topology.transit_egress import egress_behind, hops_through_egress_vpc


def hops_to_public_address(
    topology: Topology, client: Client, table: RouteTable, destination: IPv4Address, port: int
) -> Iterator[Hop]:
    """Yield what stands between a client in a subnet, whose table is given, and a public address."""
    lists = _prefix_lists_with(topology, destination)
    hint = " or ".join(["its address", *(f"the prefix list {pl.id} ({pl.name})" for pl in lists)])
    yield egress_hop(topology, client, Peer(destination), port, hint=hint)
    yield from acl_hops(topology, client.subnet_id, destination, port, outward=True)
    match = matching_route(topology, table, destination)
    if match is None:
        yield stopped("route table", table.id, _no_route(topology, client, table, destination))
        return
    yield _route_hop(table, match)
    target = match.route.target
    nat, way = nat_behind(topology, target), egress_behind(topology, client, target, destination)
    if way is not None:
        yield from hops_through_egress_vpc(topology, client, way, destination, port)
    elif nat is not None:
        yield from hops_through_nat(topology, client, nat, destination, port)
    else:
        yield _gateway_hop(topology, client, target, destination)


def _route_hop(table: RouteTable, match: RouteMatch) -> Hop:
    target = match.route.target
    if not match.route.active:
        reason = f"The route of {table.id} to {match.route.destination} is a blackhole: {target} is gone, replace it."
        return stopped("route table", table.id, reason)
    return passed("route table", table.id, f"{table.id} sends {match.route.destination} to {target}.")


def _gateway_hop(topology: Topology, client: Client, target: str, destination: IPv4Address) -> Hop:
    if target in topology.endpoints:
        return endpoint_hop(topology.endpoints[target])
    if target == LOCAL:
        reason = (
            f"{destination} lies in {client.vpc_id}, where no endpoint has it: connect to an endpoint's address, or by "
            f"name."
        )
        return stopped("endpoint", str(destination), reason)
    if target.startswith(("i-", "eni-")):
        reason = (
            f"{target} forwards nothing, because nothing that runs has it: start its instance, or replace the route."
        )
        return stopped("gateway", target, reason)
    if not target.startswith("igw-"):
        reason = f"{target} is no way to a public address: route to an endpoint, an internet gateway or a NAT gateway."
        return stopped("gateway", target, reason)
    if client.public_address is None:
        reason = (
            f"{target} drops what comes from {client.address}, because {client.name} has no public address: give it "
            f"an Elastic IP address, or route through a NAT gateway."
        )
        return stopped("gateway", target, reason)
    return passed("gateway", target, f"{target} leads to the internet, where {client.name} is {client.public_address}.")


def _prefix_lists_with(topology: Topology, address: IPv4Address) -> list[PrefixList]:
    return [pl for pl in topology.prefix_lists.values() if any(address in cidr for cidr in pl.cidrs)]


def _no_route(topology: Topology, client: Client, table: RouteTable, destination: IPv4Address) -> str:
    services = [pl.name for pl in _prefix_lists_with(topology, destination) if pl.name.startswith("com.amazonaws.")]
    endpoint = f"a gateway endpoint for {services[0]}" if services else "an interface endpoint with private DNS"
    return (
        f"{table.id}, in effect for {client.subnet_id}, has no route to {destination}: "
        f"add {endpoint}, a NAT gateway or an internet gateway."
    )
