"""What may stop a connection on its way to an interface endpoint: guards, routes both ways, zones, the endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from vpce_emulator.topology.firewall import Peer
from vpce_emulator.topology.guard_hops import Guarded, acl_hops, egress_hop, ingress_hop
from vpce_emulator.topology.hop import Hop, passed, stopped
from vpce_emulator.topology.models import Client, Connection, Endpoint, NetworkInterface, Topology
from vpce_emulator.topology.routing import LOCAL, effective_route_table, matching_route
from vpce_emulator.topology.transit_hops import attachment_of, attachment_to, transit_hops


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
        yield from _route_to_interface(topology, client, endpoint, interface)
    if endpoint.vpc_id != client.vpc_id or not client.subnet_id:
        yield from _return_route(topology, client, endpoint, interface)
    if client.subnet_id != interface.subnet_id:
        yield from acl_hops(topology, interface.subnet_id, client.address, port, outward=False)
    guarded = Guarded(interface.id, interface.group_ids, interface.endpoint_id)
    yield ingress_hop(topology, guarded, Peer(client.address, client.group_ids if seen else ()), port)
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


def _route_to_interface(
    topology: Topology, client: Client, endpoint: Endpoint, interface: NetworkInterface
) -> Iterator[Hop]:
    table = effective_route_table(topology, topology.subnets[client.subnet_id])
    match = matching_route(topology, table, interface.address)
    target = match.route.target if match and match.route.active else ""
    if endpoint.vpc_id == client.vpc_id and target == LOCAL:
        yield passed("route table", table.id, f"{table.id} has the local route for {interface.address}.")
    elif endpoint.vpc_id != client.vpc_id and target in topology.connections:
        connection = topology.connections[target]
        yield _over(connection, table.id, client.vpc_id, endpoint.vpc_id, interface.address)
        start = attachment_of(connection, client.vpc_id)
        if start is not None:
            yield from transit_hops(
                topology, connection, start, interface.address, subnet_id=client.subnet_id, to_vpc=endpoint.vpc_id
            )
    else:
        reason = (
            f"{table.id}, in effect for {client.subnet_id}, does not lead to {interface.address} in {endpoint.vpc_id}: "
            f"connect the VPCs and add a route to the connection, or call from {endpoint.vpc_id}."
        )
        yield stopped("route table", table.id, reason)


def _over(connection: Connection, table_id: str, near: str, far: str, address: IPv4Address) -> Hop:
    """Judge a route to a connection: it carries packets between the VPCs that it is attached to, and no further.

    https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html, "Edge to edge routing"
    """
    if {near, far} <= connection.vpc_ids:
        return passed("route table", table_id, f"{table_id} sends {address} to {connection.id}.")
    missing = ", ".join(sorted({near, far} - connection.vpc_ids))
    reason = f"{table_id} sends {address} to {connection.id}, which is not up for {missing}: attach it, or accept it."
    if connection.id.startswith("pcx-") and missing == far:
        joined = ", ".join(sorted(connection.vpc_ids))
        reason = (
            f"{table_id} sends {address} to {connection.id}, which joins {joined} alone: peering is not transitive, "
            f"so peer {near} with {far}."
        )
    return stopped("connection", connection.id, reason)


def _return_route(topology: Topology, client: Client, endpoint: Endpoint, interface: NetworkInterface) -> Iterator[Hop]:
    """Judge whether answers find back to a client outside the VPC: over the connection that the packets came by."""
    table = effective_route_table(topology, topology.subnets[interface.subnet_id])
    match = matching_route(topology, table, client.address)
    target = match.route.target if match and match.route.active else ""
    if target and target == _way_here(topology, client, endpoint, interface.address, target):
        yield passed("route table", table.id, f"{table.id} of {interface.subnet_id} sends answers back to {target}.")
        yield from _through_gateway(topology, topology.connections[target], client, endpoint, interface)
        return
    reason = (
        f"{table.id}, in effect for {interface.subnet_id}, has no route back to {client.address} over the connection "
        f"that the packets came by: add one."
    )
    yield stopped("route table", table.id, reason)


def _through_gateway(
    topology: Topology, gateway: Connection, client: Client, endpoint: Endpoint, interface: NetworkInterface
) -> Iterator[Hop]:
    """Yield what a transit gateway does with answers; and, for hosts outside, with what came from them."""
    here = attachment_of(gateway, endpoint.vpc_id)
    if here is None:
        return
    home = client.vpc_id if client.subnet_id else ""
    yield from transit_hops(topology, gateway, here, client.address, subnet_id=interface.subnet_id, to_vpc=home)
    outside = None if client.subnet_id else attachment_to(gateway, here, client.address)
    if outside is not None:
        yield from transit_hops(topology, gateway, outside, interface.address, to_vpc=endpoint.vpc_id)


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
