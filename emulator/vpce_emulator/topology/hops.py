"""What may stop a connection, one `Hop` each: security groups, route tables, Availability Zones, endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

from vpce_emulator.topology.firewall import Peer, group_that_lets_in, group_that_lets_out
from vpce_emulator.topology.models import Client, Endpoint, NetworkInterface, PrefixList, RouteTable, Topology
from vpce_emulator.topology.routing import LOCAL, effective_route_table, matching_route

# Whatever leads from one network to another, by the beginning of its id.
_CONNECTIONS: Final = ("pcx-", "tgw-", "vgw-")


@dataclass(frozen=True, slots=True)
class Hop:
    """One thing that had a say in a path.

    Attributes:
        what: `DNS`, `route table`, `security group`, `endpoint`, `Availability Zone`, `gateway`.
        id: the id of the thing that had the say; of DNS, the name asked for.
        passed: whether the connection got on.
        explanation: one sentence: what it decided and why, and for what did not pass, what would let it.
    """

    what: str
    id: str
    passed: bool
    explanation: str


def passed(what: str, identity: str, explanation: str) -> Hop:
    """Return a hop that let the connection on."""
    return Hop(what, identity, passed=True, explanation=explanation)


def stopped(what: str, identity: str, explanation: str) -> Hop:
    """Return a hop that stopped the connection."""
    return Hop(what, identity, passed=False, explanation=explanation)


def walk(hops: Iterable[Hop]) -> tuple[tuple[Hop, ...], Hop | None]:
    """Return the hops as far as the connection gets, and the one that stopped it, if any."""
    walked: list[Hop] = []
    for hop in hops:
        walked.append(hop)
        if not hop.passed:
            return tuple(walked), hop
    return tuple(walked), None


def hops_to_interface(
    topology: Topology, client: Client, endpoint: Endpoint, interface: NetworkInterface, port: int
) -> Iterator[Hop]:
    """Yield what stands between a client and an interface endpoint's network interface."""
    if client.subnet_id:
        yield _egress_hop(topology, client, Peer(interface.address, interface.group_ids), port)
        yield _route_to_interface(topology, client, endpoint, interface)
    if endpoint.vpc_id != client.vpc_id or not client.subnet_id:
        yield _return_route(topology, client, interface)
    yield _ingress_hop(topology, client, interface, port)
    yield from hops_at_interface(topology, endpoint, interface)


def hops_at_interface(topology: Topology, endpoint: Endpoint, interface: NetworkInterface) -> Iterator[Hop]:
    """Yield what stands between a network interface and the service behind it."""
    if interface.availability_zone in topology.impaired_zones:
        reason = (
            f"{interface.id} does not answer, because {interface.availability_zone} is impaired: use the regional "
            f"name, which leads to the other zones, and give the endpoint a subnet in more than one."
        )
        yield stopped("Availability Zone", interface.availability_zone, reason)
    yield endpoint_hop(endpoint)


def _egress_hop(topology: Topology, client: Client, peer: Peer, port: int, *, hint: str = "") -> Hop:
    group = group_that_lets_out(topology, client.group_ids, peer, port)
    if group:
        return passed("security group", group.id, f"{group.id} of {client.name} lets TCP {port} out to {peer.address}.")
    groups = ", ".join(client.group_ids) or "no security group"
    reason = (
        f"No egress rule of {client.name} ({groups}) lets TCP {port} out to {peer.address}: "
        f"add one to {hint or 'its address or group'}."
    )
    return stopped("security group", ",".join(client.group_ids), reason)


def _ingress_hop(topology: Topology, client: Client, interface: NetworkInterface, port: int) -> Hop:
    group = group_that_lets_in(topology, interface.group_ids, Peer(client.address, client.group_ids), port)
    if group:
        return passed("security group", group.id, f"{group.id} of {interface.id} lets TCP {port} in.")
    groups = ", ".join(interface.group_ids) or "no security group"
    reason = (
        f"No ingress rule of {interface.id} of {interface.endpoint_id} ({groups}) lets TCP {port} in from "
        f"{client.address}: add one for that address or for the client's group."
    )
    return stopped("security group", ",".join(interface.group_ids), reason)


def _route_to_interface(topology: Topology, client: Client, endpoint: Endpoint, interface: NetworkInterface) -> Hop:
    table = effective_route_table(topology, topology.subnets[client.subnet_id])
    match = matching_route(topology, table, interface.address)
    target = match.route.target if match and match.route.active else ""
    if endpoint.vpc_id == client.vpc_id and target == LOCAL:
        return passed("route table", table.id, f"{table.id} has the local route for {interface.address}.")
    if endpoint.vpc_id != client.vpc_id and target.startswith(_CONNECTIONS):
        return passed("route table", table.id, f"{table.id} sends {interface.address} to {target}.")
    reason = (
        f"{table.id}, in effect for {client.subnet_id}, does not lead to {interface.address} in {endpoint.vpc_id}: "
        f"connect the VPCs and add a route to the connection, or call from {endpoint.vpc_id}."
    )
    return stopped("route table", table.id, reason)


def _return_route(topology: Topology, client: Client, interface: NetworkInterface) -> Hop:
    """Judge whether answers find back to a client outside the VPC: over the connection that the packets came by."""
    table = effective_route_table(topology, topology.subnets[interface.subnet_id])
    match = matching_route(topology, table, client.address)
    target = match.route.target if match and match.route.active else ""
    if target.startswith(_CONNECTIONS) and target in _ways_out(topology, client, interface.address, target):
        return passed("route table", table.id, f"{table.id} of {interface.subnet_id} sends answers back to {target}.")
    reason = (
        f"{table.id}, in effect for {interface.subnet_id}, has no route back to {client.address} over the connection "
        f"that the packets came by: add one."
    )
    return stopped("route table", table.id, reason)


def _ways_out(topology: Topology, client: Client, address: IPv4Address, way_back: str) -> tuple[str, ...]:
    """Return the connections that the client's packets may have taken; of a host outside, whichever leads back."""
    if not client.subnet_id:
        return (way_back,)
    match = matching_route(topology, effective_route_table(topology, topology.subnets[client.subnet_id]), address)
    return (match.route.target,) if match else ()


def endpoint_hop(endpoint: Endpoint) -> Hop:
    """Judge whether an endpoint carries traffic."""
    if endpoint.state == "available":
        return passed("endpoint", endpoint.id, _sentence(f"{title_of(endpoint)} is available."))
    reason = _sentence(f"{title_of(endpoint)} is {endpoint.state}: it carries traffic when it is available.")
    return stopped("endpoint", endpoint.id, reason)


def hops_to_public_address(
    topology: Topology, client: Client, table: RouteTable, destination: IPv4Address, port: int
) -> Iterator[Hop]:
    """Yield what stands between a client in a subnet, whose table is given, and a public address."""
    lists = _prefix_lists_with(topology, destination)
    hint = " or ".join(["its address", *(f"the prefix list {pl.id} ({pl.name})" for pl in lists)])
    yield _egress_hop(topology, client, Peer(destination), port, hint=hint)
    match = matching_route(topology, table, destination)
    if match is None:
        yield stopped("route table", table.id, _no_route(topology, client, table, destination))
        return
    target = match.route.target
    if not match.route.active:
        reason = f"The route of {table.id} to {match.route.destination} is a blackhole: {target} is gone, replace it."
        yield stopped("route table", table.id, reason)
    yield passed("route table", table.id, f"{table.id} sends {match.route.destination} to {target}.")
    yield _gateway_hop(topology, target)


def _gateway_hop(topology: Topology, target: str) -> Hop:
    if target in topology.endpoints:
        return endpoint_hop(topology.endpoints[target])
    if target.startswith("igw-"):
        return passed("gateway", target, f"{target} leads to the internet, with the client's public address.")
    if is_nat(target):
        return passed("gateway", target, f"{target} leads to the internet, with its own public address.")
    reason = f"{target} is no way to a public address: route to an endpoint, an internet gateway or a NAT gateway."
    return stopped("gateway", target, reason)


def is_nat(target: str) -> bool:
    """Return whether a route's target gives packets its own public address."""
    # An instance or a network interface as a target is a NAT instance.
    return target.startswith(("nat-", "i-", "eni-"))


def _prefix_lists_with(topology: Topology, address: IPv4Address) -> list[PrefixList]:
    return [pl for pl in topology.prefix_lists.values() if any(address in cidr for cidr in pl.cidrs)]


def _no_route(topology: Topology, client: Client, table: RouteTable, destination: IPv4Address) -> str:
    services = [pl.name for pl in _prefix_lists_with(topology, destination) if pl.name.startswith("com.amazonaws.")]
    endpoint = f"a gateway endpoint for {services[0]}" if services else "an interface endpoint with private DNS"
    return (
        f"{table.id}, in effect for {client.subnet_id}, has no route to {destination}: "
        f"add {endpoint}, a NAT gateway or an internet gateway."
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def title_of(endpoint: Endpoint) -> str:
    """Return how an endpoint is called in a sentence."""
    name = f" ({endpoint.name})" if endpoint.name != endpoint.id else ""
    return f"the {endpoint.type.value.lower()} endpoint {endpoint.id}{name} for {endpoint.service_name}"
