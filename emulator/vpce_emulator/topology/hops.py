"""What may stop a connection, one `Hop` each: security groups, network ACLs, route tables, zones, endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from vpce_emulator.topology.firewall import (
    EPHEMERAL_PORTS,
    Peer,
    entry_that_denies,
    group_that_lets_in,
    group_that_lets_out,
)
from vpce_emulator.topology.models import Client, Connection, Endpoint, NetworkInterface, Topology
from vpce_emulator.topology.routing import LOCAL, effective_route_table, matching_route

# The number of the row that denies what no other is about.
_ASTERISK = 32767


@dataclass(frozen=True, slots=True)
class Hop:
    """One thing that had a say in a path.

    Attributes:
        what: `DNS`, `route table`, `security group`, `network ACL`, `connection`, `endpoint`, `Availability Zone`,
            `gateway`.
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
    seen = _groups_are_seen(topology, client, endpoint)
    if client.subnet_id:
        groups = interface.group_ids if seen else ()
        yield egress_hop(topology, client, Peer(interface.address, groups), port)
        if client.subnet_id != interface.subnet_id:
            yield from acl_hops(topology, client.subnet_id, interface.address, port, outward=True)
        yield _route_to_interface(topology, client, endpoint, interface)
    if endpoint.vpc_id != client.vpc_id or not client.subnet_id:
        yield _return_route(topology, client, endpoint, interface)
    if client.subnet_id != interface.subnet_id:
        yield from acl_hops(topology, interface.subnet_id, client.address, port, outward=False)
    yield _ingress_hop(topology, client, interface, Peer(client.address, client.group_ids if seen else ()), port)
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


def _groups_are_seen(topology: Topology, client: Client, endpoint: Endpoint) -> bool:
    """Return whether rules that name the other side's groups match: in a VPC, and between peered ones.

    https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
    """
    vpcs = {client.vpc_id, endpoint.vpc_id}
    return len(vpcs) == 1 or any(
        vpcs <= connection.vpc_ids for connection in topology.connections.values() if connection.id.startswith("pcx-")
    )


def egress_hop(topology: Topology, client: Client, peer: Peer, port: int, *, hint: str = "") -> Hop:
    """Judge whether a client's security groups let a connection out; `hint` names the peers to allow if not."""
    group = group_that_lets_out(topology, client.group_ids, peer, port)
    if group:
        return passed("security group", group.id, f"{group.id} of {client.name} lets TCP {port} out to {peer.address}.")
    groups = ", ".join(client.group_ids) or "no security group"
    reason = (
        f"No egress rule of {client.name} ({groups}) lets TCP {port} out to {peer.address}: "
        f"add one to {hint or 'its address or group'}."
    )
    return stopped(
        "security group", ",".join(client.group_ids), reason + _ipv6(topology, client.group_ids, egress=True)
    )


def _ingress_hop(topology: Topology, client: Client, interface: NetworkInterface, peer: Peer, port: int) -> Hop:
    group = group_that_lets_in(topology, interface.group_ids, peer, port)
    if group:
        return passed("security group", group.id, f"{group.id} of {interface.id} lets TCP {port} in.")
    groups = ", ".join(interface.group_ids) or "no security group"
    reason = (
        f"No ingress rule of {interface.id} of {interface.endpoint_id} ({groups}) lets TCP {port} in from "
        f"{client.address}: add one for that address or for the client's group."
    )
    told = reason + _ipv6(topology, interface.group_ids, egress=False)
    return stopped("security group", ",".join(interface.group_ids), told)


def _ipv6(topology: Topology, group_ids: Iterable[str], *, egress: bool) -> str:
    """Return a sentence about rules for IPv6, which look as if they allowed everything and are about no packet here."""
    groups = [topology.security_groups[group_id] for group_id in group_ids if group_id in topology.security_groups]
    rules = [rule for group in groups for rule in (group.egress if egress else group.ingress)]
    told = " A rule for IPv6 does not let IPv4 through, and the connection is over IPv4."
    return told if any(rule.ipv6_cidrs for rule in rules) else ""


def acl_hops(
    topology: Topology,
    subnet_id: str,
    peer: IPv4Address,
    port: int,
    *,
    outward: bool,
    called_from: range = EPHEMERAL_PORTS,
) -> Iterator[Hop]:
    """Yield what a subnet's network ACL does with a connection that crosses the subnet's border, if it has one.

    Args:
        topology: the network.
        subnet_id: the subnet.
        peer: the address on the other side of the border.
        port: the TCP port that is connected to.
        outward: whether the connection is made from inside.
        called_from: the ports that answers go to.
    """
    acl = topology.network_acls.get(topology.subnets[subnet_id].network_acl_id)
    if acl is None:
        return
    for egress, ports in ((outward, range(port, port + 1)), (not outward, called_from)):
        entry = entry_that_denies(acl, peer, ports, egress=egress)
        if entry is not None:
            number = "*" if entry.number == _ASTERISK else str(entry.number)
            way = f"leaving {subnet_id} for" if egress else f"entering {subnet_id} from"
            span = str(port) if ports.start == ports.stop - 1 else f"{ports.start}-{ports.stop - 1}"
            answers = "" if egress is outward else ", which answers go to: network ACLs are stateless"
            reason = (
                f"Rule {number} of {acl.id} keeps TCP {span} from {way} {peer}{answers}. "
                f"Add an {'outbound' if egress else 'inbound'} rule with a lower number that allows it."
            )
            yield stopped("network ACL", acl.id, reason)
            return
    way = "out to" if outward else "in from"
    yield passed("network ACL", acl.id, f"{acl.id} of {subnet_id} lets TCP {port} {way} {peer}, and answers back.")


def _route_to_interface(topology: Topology, client: Client, endpoint: Endpoint, interface: NetworkInterface) -> Hop:
    table = effective_route_table(topology, topology.subnets[client.subnet_id])
    match = matching_route(topology, table, interface.address)
    target = match.route.target if match and match.route.active else ""
    if endpoint.vpc_id == client.vpc_id and target == LOCAL:
        return passed("route table", table.id, f"{table.id} has the local route for {interface.address}.")
    if endpoint.vpc_id != client.vpc_id and target in topology.connections:
        return _over(topology.connections[target], table.id, client.vpc_id, endpoint.vpc_id, interface.address)
    reason = (
        f"{table.id}, in effect for {client.subnet_id}, does not lead to {interface.address} in {endpoint.vpc_id}: "
        f"connect the VPCs and add a route to the connection, or call from {endpoint.vpc_id}."
    )
    return stopped("route table", table.id, reason)


def _over(connection: Connection, table_id: str, near: str, far: str, address: IPv4Address) -> Hop:
    """Judge a route to a connection: it carries packets between the VPCs that it is attached to, and no further.

    https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html, "Edge to edge routing"
    """
    if {near, far} <= connection.vpc_ids:
        return passed("route table", table_id, f"{table_id} sends {address} to {connection.id}.")
    missing = ", ".join(sorted({near, far} - connection.vpc_ids))
    reason = f"{table_id} sends {address} to {connection.id}, which is not up for {missing}: attach it, or accept it."
    return stopped("connection", connection.id, reason)


def _return_route(topology: Topology, client: Client, endpoint: Endpoint, interface: NetworkInterface) -> Hop:
    """Judge whether answers find back to a client outside the VPC: over the connection that the packets came by."""
    table = effective_route_table(topology, topology.subnets[interface.subnet_id])
    match = matching_route(topology, table, client.address)
    target = match.route.target if match and match.route.active else ""
    if target and target == _way_here(topology, client, endpoint, interface.address, target):
        return passed("route table", table.id, f"{table.id} of {interface.subnet_id} sends answers back to {target}.")
    reason = (
        f"{table.id}, in effect for {interface.subnet_id}, has no route back to {client.address} over the connection "
        f"that the packets came by: add one."
    )
    return stopped("route table", table.id, reason)


def _way_here(topology: Topology, client: Client, endpoint: Endpoint, address: IPv4Address, way_back: str) -> str:
    """Return the connection by which a client's packets come to the endpoint's VPC.

    Of a host outside whose connection is not known it is the one that leads back. Peering carries no traffic of
    networks outside the peered VPCs.
    """
    if client.subnet_id:
        match = matching_route(topology, effective_route_table(topology, topology.subnets[client.subnet_id]), address)
        return match.route.target if match else ""
    way = topology.connections.get(client.connection_id or way_back)
    return way.id if way and not way.id.startswith("pcx-") and endpoint.vpc_id in way.vpc_ids else ""


def endpoint_hop(endpoint: Endpoint) -> Hop:
    """Judge whether an endpoint carries traffic."""
    if endpoint.state == "available":
        return passed("endpoint", endpoint.id, _sentence(f"{title_of(endpoint)} is available."))
    reason = _sentence(f"{title_of(endpoint)} is {endpoint.state}: it carries traffic when it is available.")
    return stopped("endpoint", endpoint.id, reason)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def title_of(endpoint: Endpoint) -> str:
    """Return how an endpoint is called in a sentence."""
    name = f" ({endpoint.name})" if endpoint.name != endpoint.id else ""
    return f"the {endpoint.type.value.lower()} endpoint {endpoint.id}{name} for {endpoint.service_name}"
