"""What may stop a connection on its way to a public address: security groups, network ACLs, routes and gateways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address

from vpce_emulator.topology.firewall import NAT_PORTS, Peer
from vpce_emulator.topology.guard_hops import Guarded, acl_hops, egress_hop, ingress_hop
from vpce_emulator.topology.hop import Hop, passed, stopped
from vpce_emulator.topology.hops import endpoint_hop
from vpce_emulator.topology.models import Client, NatGateway, PrefixList, RouteTable, Topology
from vpce_emulator.topology.routing import LOCAL, RouteMatch, effective_route_table, matching_route


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
    nat = nat_behind(topology, target)
    if nat is not None:
        yield from _hops_through_nat(topology, client, nat, destination, port)
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


def nat_behind(topology: Topology, target: str) -> NatGateway | None:
    """Return the NAT gateway that a route leads to, or the NAT instance as one; None for what translates nothing."""
    if not target.startswith(("i-", "eni-")):
        return topology.nat_gateways.get(target)
    instance = _instance_behind(topology, target)
    return NatGateway(target, instance.subnet_id, instance.public_address) if instance else None


def _instance_behind(topology: Topology, target: str) -> Client | None:
    """Return what has the network interface that a route leads to; of an instance's, the primary one."""
    if not target.startswith(("i-", "eni-")):
        return None
    found = (one for one in topology.clients.values() if target in {one.name, one.interface_id})
    primary = (one for one in topology.clients.values() if target == one.instance_id)
    return next(found, None) or next(primary, None)


def _hops_through_instance(
    topology: Topology, client: Client, instance: Client, destination: IPv4Address, port: int
) -> Iterator[Hop]:
    """Yield what keeps a NAT instance from forwarding: its source/destination check, and its security groups.

    https://docs.aws.amazon.com/vpc/latest/userguide/work-with-nat-instances.html
    """
    if instance.source_dest_check:
        reason = (
            f"{instance.interface_id} drops what is not addressed to it, because its source/destination check is on: "
            f"turn it off for a NAT instance."
        )
        yield stopped("gateway", instance.interface_id, reason)
    guarded = Guarded(instance.interface_id, instance.group_ids, instance.instance_id)
    yield ingress_hop(topology, guarded, Peer(client.address, client.group_ids), port)
    yield egress_hop(topology, instance, Peer(destination), port)


def _hops_through_nat(
    topology: Topology, client: Client, nat: NatGateway, destination: IPv4Address, port: int
) -> Iterator[Hop]:
    """Yield what stands between a NAT gateway and a public address, on both sides of its subnet's network ACL.

    A NAT gateway sends nothing through VPC endpoints: its subnet's route to the internet gateway has to be there.
    """
    zone = topology.subnets[nat.subnet_id].availability_zone
    if zone in topology.impaired_zones:
        reason = (
            f"{nat.id} carries nothing, because {zone} is impaired: have a NAT gateway in every zone, and route each "
            f"subnet to that of its own."
        )
        yield stopped("Availability Zone", zone, reason)
    if nat.subnet_id != client.subnet_id:
        yield from acl_hops(topology, nat.subnet_id, client.address, port, outward=False)
    yield from acl_hops(topology, nat.subnet_id, destination, port, outward=True, called_from=NAT_PORTS)
    instance = _instance_behind(topology, nat.id)
    if instance is not None:
        yield from _hops_through_instance(topology, client, instance, destination, port)
    table = effective_route_table(topology, topology.subnets[nat.subnet_id])
    routes = tuple(route for route in table.routes if route.target not in topology.endpoints)
    match = matching_route(topology, replace(table, routes=routes), destination)
    gateway = match.route.target if match and match.route.active else ""
    if nat.public_address is None:
        reason = f"{nat.id} has no public address, so that nothing on the internet can answer it: use a public one."
        yield stopped("gateway", nat.id, reason)
    if not gateway.startswith("igw-"):
        reason = f"{table.id}, in effect for {nat.subnet_id} of {nat.id}, has no route to an internet gateway: add one."
        yield stopped("route table", table.id, reason)
    yield passed("gateway", nat.id, f"{nat.id} leads to the internet through {gateway}, as {nat.public_address}.")


def _prefix_lists_with(topology: Topology, address: IPv4Address) -> list[PrefixList]:
    return [pl for pl in topology.prefix_lists.values() if any(address in cidr for cidr in pl.cidrs)]


def _no_route(topology: Topology, client: Client, table: RouteTable, destination: IPv4Address) -> str:
    services = [pl.name for pl in _prefix_lists_with(topology, destination) if pl.name.startswith("com.amazonaws.")]
    endpoint = f"a gateway endpoint for {services[0]}" if services else "an interface endpoint with private DNS"
    return (
        f"{table.id}, in effect for {client.subnet_id}, has no route to {destination}: "
        f"add {endpoint}, a NAT gateway or an internet gateway."
    )
