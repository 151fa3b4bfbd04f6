"""How a connection reaches a service, or why it does not: name, route tables, security groups, endpoint, hop by hop."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from vpce_dns import Answer, NotOwned, Question, RecordType, View, resolve
from vpce_emulator.topology import names
from vpce_emulator.topology.hop import Hop, passed, stopped, walk
from vpce_emulator.topology.hops import endpoint_hop, hops_at_interface, hops_to_interface, title_of
from vpce_emulator.topology.internet_hops import hops_to_public_address
from vpce_emulator.topology.models import Client, Endpoint, EndpointType, NetworkInterface, Topology
from vpce_emulator.topology.nat_hops import nat_behind
from vpce_emulator.topology.public_names import PUBLIC_SERVICE_NETWORK, default_host, public_names
from vpce_emulator.topology.routing import effective_route_table, matching_route
from vpce_emulator.topology.services import endpoint_service
from vpce_emulator.topology.transit_egress import shared_nat
from vpce_emulator.topology.zones import hosted_zone_of, inbound_view, public_view, vpc_view


class PathKind(StrEnum):
    """By which way a connection reaches a service."""

    INTERFACE = "interface"
    GATEWAY = "gateway"
    INTERNET = "internet"
    BLOCKED = "blocked"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Path:
    """How a connection reaches a service.

    Attributes:
        kind: through an interface endpoint, a gateway endpoint, over the internet, not at all, or from another service
            of AWS.
        name: the host name that was used.
        addresses: what DNS answered.
        destination: the address that was taken of them; None where there was none.
        endpoint_id: the endpoint it goes through, or was to go through; None on the internet.
        interface_id: the interface endpoint's network interface.
        source_address: as the service sees it: private through an endpoint, public over the internet.
        hops: in the order the connection met them; of a blocked path, the last one stopped it.
        reason: one sentence; of a blocked path, the cause and what would remove it.
    """

    kind: PathKind
    name: str
    addresses: tuple[IPv4Address, ...]
    destination: IPv4Address | None
    endpoint_id: str | None
    interface_id: str | None
    source_address: IPv4Address
    hops: tuple[Hop, ...]
    reason: str


PUBLIC_SOURCE_NETWORK: Final = IPv4Network("203.0.113.0/24")
"""Where the internet, and networks outside AWS, call from: kept for documentation by RFC 5737."""

INTERNET_ADDRESS: Final = PUBLIC_SOURCE_NETWORK[10]
"""The address of a caller on the internet."""

_NOWHERE: Final = IPv4Address(0)


def trace(
    topology: Topology, client: Client, name: str, *, port: int = 443, turn: int = 0, view: View | None = None
) -> Path:
    """Return the path from a client to a host name.

    Args:
        topology: the network.
        client: who connects; its subnet, VPC and groups must be in the topology.
        name: the host name, or an IPv4 address.
        port: the TCP port.
        turn: which of several addresses is taken, counted round and round.
        view: what `client_view` returns, where the caller has it at hand.
    """
    dns_hop, addresses = _resolve(topology, client, view or client_view(topology, client), name)
    if not addresses:
        return Path(PathKind.BLOCKED, name, (), None, None, None, client.address, (dns_hop,), dns_hop.explanation)
    destination = addresses[turn % len(addresses)]
    found = _interface_at(topology, client, name, destination)
    if found is None:
        path = _to_public_address(topology, client, name, destination, port)
    else:
        path = _to_interface(topology, client, name, *found, port)
    return _with_dns(path, dns_hop, addresses)


def through_endpoint(topology: Topology, endpoint_id: str, *, turn: int = 0) -> Path:
    """Return the path of a call at an endpoint's own door: from beside the endpoint, past every route and group.

    The source address is the last usable one of the interface's subnet, or of a subnet whose table has the gateway's
    route, or of the VPC.
    """
    endpoint = topology.endpoints.get(endpoint_id)
    if endpoint is None:
        reason = f"The Vpc Endpoint Id '{endpoint_id}' does not exist."
        hop = stopped("endpoint", endpoint_id, reason)
        return Path(PathKind.BLOCKED, "", (), None, endpoint_id, None, _NOWHERE, (hop,), reason)
    healthy = [i for i in endpoint.interfaces if i.availability_zone not in topology.impaired_zones]
    interfaces = healthy or endpoint.interfaces
    interface = interfaces[turn % len(interfaces)] if interfaces else None
    hops, refusal = walk(
        [endpoint_hop(endpoint)] if interface is None else hops_at_interface(topology, endpoint, interface)
    )
    kind = PathKind.GATEWAY if endpoint.type is EndpointType.GATEWAY else PathKind.INTERFACE
    return Path(
        kind=PathKind.BLOCKED if refusal else kind,
        name=_own_name(endpoint),
        addresses=tuple(i.address for i in interfaces),
        destination=interface.address if interface else None,
        endpoint_id=endpoint.id,
        interface_id=interface.id if interface else None,
        source_address=_beside(topology, endpoint, interface),
        hops=hops,
        reason=refusal.explanation if refusal else f"The call was made at the door of {title_of(endpoint)}.",
    )


def from_internet(topology: Topology, name: str, *, turn: int = 0, view: View | None = None) -> Path:
    """Return the path from a caller on the internet to a host name.

    Args:
        topology: the network.
        name: the host name.
        turn: which of several addresses is taken, counted round and round.
        view: what `public_view` returns, where the caller has it at hand.
    """
    addresses = addresses_of(view or public_view(topology), name)
    if not addresses:
        reason = f"{name} has no address in public DNS: {_what_to_do(topology, view or public_view(topology), name)}"
        hop = stopped("DNS", name, reason)
        return Path(PathKind.BLOCKED, name, (), None, None, None, INTERNET_ADDRESS, (hop,), reason)
    destination = addresses[turn % len(addresses)]
    dns_hop = passed("DNS", name, _resolved(name, addresses))
    host = names.parse_endpoint_host(name)
    if destination in PUBLIC_SERVICE_NETWORK or destination.is_global:
        reason = f"{name} has a public address, and a caller on the internet reaches it directly."
        return Path(PathKind.INTERNET, name, addresses, destination, None, None, INTERNET_ADDRESS, (dns_hop,), reason)
    reason = (
        f"{name} leads to the private address {destination}, which nobody on the internet can reach: call from a VPC."
    )
    stop = stopped("internet", str(destination), reason)
    endpoint_id = host.endpoint_id if host else None
    return Path(
        PathKind.BLOCKED, name, addresses, destination, endpoint_id, None, INTERNET_ADDRESS, (dns_hop, stop), reason
    )


def between_services(service: str, source: str) -> Path:
    """Return the path of what an AWS service sends to another by itself, because of some resource.

    Args:
        service: the service principal that sends.
        source: the resource's ARN.
    """
    reason = f"{service} acts for {source}, within AWS."
    hop = passed("service", service, reason)
    return Path(PathKind.SERVICE, "", (), None, None, None, _NOWHERE, (hop,), reason)


def client_view(topology: Topology, client: Client) -> View:
    """Return what DNS tells a client: its VPC's resolver, or public DNS for a host outside without an inbound one."""
    if client.subnet_id:
        return vpc_view(topology, client.vpc_id)
    return inbound_view(topology, client.vpc_id) if client.inbound_resolver else public_view(topology)


def addresses_of(view: View, name: str) -> tuple[IPv4Address, ...]:
    """Return the IPv4 addresses of a name in a view; of a name that is an address itself, that one."""
    try:
        return (IPv4Address(name),)
    except ValueError:
        pass
    try:
        answer = resolve(Question(name, RecordType.A), view)
    except ValueError:  # not a domain name: no resolver would be asked
        return ()
    return tuple(map(IPv4Address, answer.addresses)) if isinstance(answer, Answer) else ()


def _resolve(topology: Topology, client: Client, view: View, name: str) -> tuple[Hop, tuple[IPv4Address, ...]]:
    if client.subnet_id and not topology.vpcs[client.vpc_id].enable_dns_support:
        reason = f"The resolver of {client.vpc_id} does not answer, because enableDnsSupport is false: set it to true."
        return stopped("DNS", name, reason), ()
    addresses = addresses_of(view, name)
    if addresses:
        return passed("DNS", name, _resolved(name, addresses)), addresses
    return stopped("DNS", name, _why_unresolved(topology, view, name)), ()


def _resolved(name: str, addresses: tuple[IPv4Address, ...]) -> str:
    return f"{name} is {', '.join(map(str, addresses))}."


def _why_unresolved(topology: Topology, view: View, name: str) -> str:
    host = names.parse_endpoint_host(name)
    if host is None:
        missing = f"{name} has no IPv4 address in the {view.name} view of DNS"
        zone = hosted_zone_of(topology, view.name, name)
        if zone is not None:
            return f"{missing}: the private hosted zone {zone} decides about it, so add a record there."
        return f"{missing}: {_what_to_do(topology, view, name)}"
    endpoint = topology.endpoints.get(host.endpoint_id)
    if endpoint is None:
        return f"{name} does not exist, because there is no endpoint {host.endpoint_id}: it may have been deleted."
    return f"{name} does not exist: the names of {title_of(endpoint)} are {', '.join(_own_names(endpoint))}."


def _what_to_do(topology: Topology, view: View, name: str) -> str:
    """Return what may be amiss with a name that nothing knows."""
    if "." not in name.rstrip("."):
        likely = default_host(name.lower().rstrip("."), topology.region)
        known = likely if likely in public_names(topology.region) else "s3.amazonaws.com"
        return f"ask for a full host name, like {known}."
    try:
        answer = resolve(Question(name, RecordType.A), view)
    except ValueError:
        return "it is no host name."
    if isinstance(answer, NotOwned):
        return "it is outside of AWS, and resolvers ask --dns-upstream for it, where that is set."
    return "check the spelling and the Region."


def _interface_at(
    topology: Topology, client: Client, name: str, address: IPv4Address
) -> tuple[Endpoint, NetworkInterface] | None:
    """Return the network interface with an address.

    VPCs may use the same addresses: the endpoint that the name tells comes first, then those of the client's VPC.
    """
    host = names.parse_endpoint_host(name)
    named = host.endpoint_id if host else ""
    found = [(e, i) for e in topology.endpoints.values() for i in e.interfaces if i.address == address]
    return min(found, key=lambda pair: (pair[0].id != named, pair[0].vpc_id != client.vpc_id), default=None)


def _to_interface(
    topology: Topology, client: Client, name: str, endpoint: Endpoint, interface: NetworkInterface, port: int
) -> Path:
    hops, refusal = walk(hops_to_interface(topology, client, endpoint, interface, port))
    reason = f"{name} leads to the private address {interface.address} of {title_of(endpoint)}."
    return Path(
        kind=PathKind.BLOCKED if refusal else PathKind.INTERFACE,
        name=name,
        addresses=(),
        destination=interface.address,
        endpoint_id=endpoint.id,
        interface_id=interface.id,
        source_address=client.address,
        hops=hops,
        reason=refusal.explanation if refusal else reason,
    )


def _to_public_address(topology: Topology, client: Client, name: str, destination: IPv4Address, port: int) -> Path:
    if not client.subnet_id:
        reason = f"{client.name} stands outside the VPC and reaches {name} over its own way to the internet."
        return Path(PathKind.INTERNET, name, (), destination, None, None, _source_outside(client), (), reason)
    table = effective_route_table(topology, topology.subnets[client.subnet_id])
    match = matching_route(topology, table, destination)
    target = match.route.target if match else ""
    endpoint = topology.endpoints.get(target)
    hops, refusal = walk(hops_to_public_address(topology, client, table, destination, port))
    kind = PathKind.GATEWAY if endpoint else PathKind.INTERNET
    source = client.address if endpoint or refusal else _public_source(topology, client, target, destination)
    way = f"{title_of(endpoint)}" if endpoint else f"{target} and the internet"
    return Path(
        kind=PathKind.BLOCKED if refusal else kind,
        name=name,
        addresses=(),
        destination=destination,
        endpoint_id=endpoint.id if endpoint else None,
        interface_id=None,
        source_address=source,
        hops=hops,
        reason=refusal.explanation if refusal else f"{table.id} sends {name} through {way}.",
    )


def _public_source(topology: Topology, client: Client, target: str, destination: IPv4Address) -> IPv4Address:
    """Return the address that a call has on the internet: the NAT gateway's, or the client's own public one."""
    nat = nat_behind(topology, target) or shared_nat(topology, client, target, destination)
    return (nat.public_address if nat else client.public_address) or client.address


def _source_outside(client: Client) -> IPv4Address:
    """Return the public address of a network outside AWS, which nobody configures: one for each host."""
    digest = hashlib.sha256(str(client.address).encode()).digest()
    return PUBLIC_SOURCE_NETWORK[11 + int.from_bytes(digest[:4], "big") % 240]


def _with_dns(path: Path, dns_hop: Hop, addresses: tuple[IPv4Address, ...]) -> Path:
    return replace(path, addresses=addresses, hops=(dns_hop, *path.hops))


def _beside(topology: Topology, endpoint: Endpoint, interface: NetworkInterface | None) -> IPv4Address:
    if interface:
        return topology.subnets[interface.subnet_id].cidr[-2]
    routed = (s for s in topology.subnets.values() if s.route_table_id in endpoint.route_table_ids)
    subnet = next(routed, None)
    return (subnet.cidr if subnet else topology.vpcs[endpoint.vpc_id].cidrs[0])[-2]


def _own_name(endpoint: Endpoint) -> str:
    return next(iter(_own_names(endpoint)), "")


def _own_names(endpoint: Endpoint) -> tuple[str, ...]:
    service = endpoint_service(endpoint.service_name, endpoint.service_region)
    if service is None:
        return ()
    if endpoint.type is EndpointType.GATEWAY:
        return (service.base_dns_name(EndpointType.GATEWAY),)
    zones = (interface.availability_zone for interface in endpoint.interfaces)
    return (
        names.regional_name(endpoint, service.dns_label),
        *(names.zonal_name(endpoint, service.dns_label, zone) for zone in zones),
    )
