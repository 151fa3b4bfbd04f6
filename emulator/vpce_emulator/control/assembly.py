"""One topology out of its parts: the network that was read, the endpoints, and the clients that are named. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import TypeVar

from vpce_emulator.topology.models import (
    Client,
    Connection,
    Endpoint,
    EndpointType,
    NatGateway,
    NetworkAcl,
    PrefixList,
    PrivateZone,
    Route,
    RouteTable,
    SecurityGroup,
    Subnet,
    Topology,
    Vpc,
)
from vpce_emulator.topology.prefix_lists import prefix_list_ids

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Network:
    """What one account has in the Region, each kind of thing by its id.

    Attributes:
        vpcs: the VPCs.
        subnets: their subnets.
        route_tables: their route tables, without the routes of gateway endpoints.
        security_groups: their security groups.
        prefix_lists: AWS's for gateway endpoints, and the customer's own.
        network_acls: their network ACLs.
        connections: the peering connections, transit gateways and virtual private gateways that routes lead to.
        nat_gateways: the NAT gateways that are up.
        interfaces: the network interfaces that may be clients, each named by its instance's id or its own. An
            endpoint's is among them as long as the endpoint is being made.
        addresses: the private addresses that network interfaces have, by VPC, but for those of the endpoints.
    """

    vpcs: Mapping[str, Vpc]
    subnets: Mapping[str, Subnet]
    route_tables: Mapping[str, RouteTable]
    security_groups: Mapping[str, SecurityGroup]
    prefix_lists: Mapping[str, PrefixList]
    network_acls: Mapping[str, NetworkAcl]
    connections: Mapping[str, Connection]
    nat_gateways: Mapping[str, NatGateway]
    interfaces: Mapping[str, Client]
    addresses: Mapping[str, frozenset[IPv4Address]]


def assemble(
    networks: Iterable[Network],
    endpoints: Mapping[str, Endpoint],
    clients: Mapping[str, Client],
    *,
    version: int,
    region: str,
    account_id: str,
    impaired_zones: frozenset[str] = frozenset(),
    private_zones: Iterable[PrivateZone] = (),
) -> Topology:
    """Return the topology of several accounts' networks.

    Args:
        networks: one of each account.
        endpoints: all there are, by id.
        clients: those that have a name of their own, by it; the other network interfaces are clients by their ids.
        version: the topology's version.
        region: the Region.
        account_id: the account that owns the network.
        impaired_zones: the Availability Zones that are made to fail.
        private_zones: the private hosted zones of Route 53.
    """
    networks = tuple(networks)
    tables = _merged(network.route_tables for network in networks)
    added = _gateway_routes(endpoints, region)
    return Topology(
        version=version,
        region=region,
        account_id=account_id,
        vpcs=_merged(network.vpcs for network in networks),
        subnets=_merged(network.subnets for network in networks),
        route_tables={table_id: _with_routes(table, added.get(table_id, ())) for table_id, table in tables.items()},
        security_groups=_merged(network.security_groups for network in networks),
        prefix_lists=_merged(network.prefix_lists for network in networks),
        network_acls=_merged(network.network_acls for network in networks),
        connections=_joined(network.connections for network in networks),
        nat_gateways=_merged(network.nat_gateways for network in networks),
        endpoints=endpoints,
        clients=_unnamed(networks, endpoints, clients) | _named(networks, clients),
        impaired_zones=impaired_zones,
        addresses=_merged(network.addresses for network in networks),
        private_zones=tuple(private_zones),
    )


def _merged(parts: Iterable[Mapping[str, Value]]) -> dict[str, Value]:
    return {key: value for part in parts for key, value in part.items()}


def _joined(parts: Iterable[Mapping[str, Connection]]) -> dict[str, Connection]:
    """Return the connections of several accounts, each with the VPCs of all of them that it is attached to."""
    joined: dict[str, Connection] = {}
    for part in parts:
        for key, connection in part.items():
            known = joined.get(key, connection)
            joined[key] = replace(known, vpc_ids=known.vpc_ids | connection.vpc_ids)
    return joined


def _named(networks: Iterable[Network], clients: Mapping[str, Client]) -> dict[str, Client]:
    """Return the named clients as they are now: hosts outside, and those whose network interfaces are still there."""
    interfaces = {it.interface_id: it for network in networks for it in network.interfaces.values()}
    return {
        name: replace(interfaces[client.interface_id], name=name) if client.interface_id else client
        for name, client in clients.items()
        if not client.interface_id or client.interface_id in interfaces
    }


def _unnamed(
    networks: Iterable[Network], endpoints: Mapping[str, Endpoint], named: Mapping[str, Client]
) -> dict[str, Client]:
    """Return the network interfaces that are neither an endpoint's nor a named client's."""
    managed = {interface.id for endpoint in endpoints.values() for interface in endpoint.interfaces}
    managed |= {client.interface_id for client in named.values()}
    interfaces = _merged(network.interfaces for network in networks)
    return {name: it for name, it in interfaces.items() if it.interface_id not in managed and name not in named}


def _gateway_routes(endpoints: Mapping[str, Endpoint], region: str) -> Mapping[str, tuple[Route, ...]]:
    """Return the routes that gateway endpoints have in route tables, by the tables' ids."""
    list_ids = prefix_list_ids(region)
    added: dict[str, tuple[Route, ...]] = {}
    for endpoint in endpoints.values():
        if endpoint.type is EndpointType.GATEWAY:
            route = Route(list_ids[endpoint.service_name], endpoint.id)
            added |= {table_id: (*added.get(table_id, ()), route) for table_id in endpoint.route_table_ids}
    return added


def _with_routes(table: RouteTable, added: tuple[Route, ...]) -> RouteTable:
    return replace(table, routes=(*table.routes, *added)) if added else table
