"""What refers to what in a topology file: every name that must be the name of something else in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vpce_emulator.topology_file import INTERNET_GATEWAY, RuleSection, TopologyFile, VpcSection


@dataclass(frozen=True, slots=True)
class Reference:
    """A name in the file that must be the name of something else in it.

    Attributes:
        path: where it stands.
        name: what stands there.
        known: the names that could.
        what: what they are names of.
    """

    path: tuple[str | int, ...]
    name: str
    known: frozenset[str]
    what: str


def references(topology: TopologyFile) -> Iterator[Reference]:
    """Yield every reference by name in the file: where it is, the name, the known names, and what they are."""
    home = {name: vpc for vpc in topology.vpcs.values() for name in vpc.subnets}
    for vpc_name, vpc in topology.vpcs.items():
        connections = _connections_of(topology, vpc_name)
        yield from _references_in(vpc, ("vpcs", vpc_name), connections)
    yield from _references_of_connections(topology)
    for name, client in topology.clients.items():
        if client.network is not None:
            networks = frozenset(topology.attached_networks)
            yield Reference(("clients", name, "network"), client.network, networks, "an attached network")
        elif client.subnet is not None:
            yield Reference(("clients", name, "subnet"), client.subnet, frozenset(home), "a subnet")
        if client.subnet in home:
            groups = frozenset(home[client.subnet].security_groups)
            for index, group in enumerate(client.security_groups):
                here = ("clients", name, "security_groups", index)
                yield Reference(here, group, groups, "a security group of its VPC")
    yield from _references_of_faults(topology)
    units = topology.organization.units if topology.organization is not None else {}
    for name, unit in units.items():
        if unit.parent is not None:
            parent = ("organization", "units", name, "parent")
            yield Reference(parent, unit.parent, frozenset(units) - {name}, "another organizational unit")


def _references_of_faults(topology: TopologyFile) -> Iterator[Reference]:
    endpoints = frozenset(name for vpc in topology.vpcs.values() for name in vpc.endpoints)
    for name, rule in topology.faults.items():
        if rule.endpoint:
            yield Reference(("faults", name, "endpoint"), rule.endpoint, endpoints, "an endpoint")
        if rule.client:
            yield Reference(("faults", name, "client"), rule.client, frozenset(topology.clients), "a client")


def _connections_of(topology: TopologyFile, vpc: str) -> frozenset[str]:
    """Return the peering connections and transit gateways that a VPC is attached to."""
    peerings = (name for name, peering in topology.peerings.items() if vpc in peering.vpcs)
    return frozenset(peerings) | {name for name, it in topology.transit_gateways.items() if vpc in it.vpcs}


def _references_of_connections(topology: TopologyFile) -> Iterator[Reference]:
    vpcs, transit_gateways = frozenset(topology.vpcs), frozenset(topology.transit_gateways)
    for name, peering in topology.peerings.items():
        yield from _each(("peerings", name, "vpcs"), peering.vpcs, vpcs, "a VPC")
    for name, gateway in topology.transit_gateways.items():
        yield from _each(("transit_gateways", name, "vpcs"), gateway.vpcs, vpcs, "a VPC")
    for name, network in topology.attached_networks.items():
        here = ("attached_networks", name)
        if network.vpc is not None:
            yield Reference((*here, "vpc"), network.vpc, vpcs, "a VPC")
        if network.transit_gateway is not None:
            gateway_here = (*here, "transit_gateway")
            yield Reference(gateway_here, network.transit_gateway, transit_gateways, "a transit gateway")
        if network.inbound_resolver is not None:
            yield Reference((*here, "inbound_resolver"), network.inbound_resolver, vpcs, "a VPC")


def _references_in(vpc: VpcSection, path: tuple[str | int, ...], connections: frozenset[str]) -> Iterator[Reference]:
    tables, subnets, groups = frozenset(vpc.route_tables), frozenset(vpc.subnets), frozenset(vpc.security_groups)
    targets = frozenset(vpc.nat_gateways) | connections | {INTERNET_GATEWAY}
    for name, subnet in vpc.subnets.items():
        if subnet.route_table is not None:
            here = (*path, "subnets", name, "route_table")
            yield Reference(here, subnet.route_table, tables, "a route table of this VPC")
        if subnet.network_acl is not None:
            here = (*path, "subnets", name, "network_acl")
            yield Reference(here, subnet.network_acl, frozenset(vpc.network_acls), "a network ACL of this VPC")
    for name, nat in vpc.nat_gateways.items():
        yield Reference((*path, "nat_gateways", name, "subnet"), nat.subnet, subnets, "a subnet of this VPC")
    for name, table in vpc.route_tables.items():
        for index, route in enumerate(table.routes):
            here = (*path, "route_tables", name, "routes", index, "target")
            yield Reference(here, route.target, targets, "a gateway or connection of this VPC")
    for name, group in vpc.security_groups.items():
        here = (*path, "security_groups", name)
        yield from _group_peers((*here, "ingress"), group.ingress, groups)
        yield from _group_peers((*here, "egress"), group.egress, groups)
    for name, endpoint in vpc.endpoints.items():
        yield from _each(
            (*path, "endpoints", name, "route_tables"), endpoint.route_tables, tables, "a route table of this VPC"
        )
        yield from _each((*path, "endpoints", name, "subnets"), endpoint.subnets, subnets, "a subnet of this VPC")
        here = (*path, "endpoints", name, "security_groups")
        yield from _each(here, endpoint.security_groups, groups, "a group of this VPC")


def _each(path: tuple[str | int, ...], names: tuple[str, ...], known: frozenset[str], what: str) -> Iterator[Reference]:
    return (Reference((*path, index), name, known, what) for index, name in enumerate(names))


def _group_peers(
    path: tuple[str | int, ...], rules: tuple[RuleSection, ...], known: frozenset[str]
) -> Iterator[Reference]:
    for index, rule in enumerate(rules):
        if rule.security_group is not None:
            yield Reference((*path, index, "security_group"), rule.security_group, known, "a group of this VPC")
