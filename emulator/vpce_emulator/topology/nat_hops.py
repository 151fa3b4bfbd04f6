"""What NAT gateways and NAT instances do with a connection to a public address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address

from vpce_emulator.topology.firewall import NAT_PORTS, Peer
from vpce_emulator.topology.guard_hops import Guarded, acl_hops, egress_hop, ingress_hop
from vpce_emulator.topology.hop import Hop, passed, stopped
from vpce_emulator.topology.models import Client, NatGateway, Topology
from vpce_emulator.topology.routing import effective_route_table, matching_route


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


def hops_through_nat(
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
