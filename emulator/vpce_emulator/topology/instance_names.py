"""The names that a VPC's resolver gives to private addresses, and the way back from an address to its name.

https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html (IP-based names), and for the zones
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-overview-forward-vpc-to-network-autodefined-rules.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from ipaddress import IPv4Address
from typing import Final

from vpce_dns import RecordSet, RecordType
from vpce_emulator.topology.models import Topology, Vpc

REVERSE_ZONES: Final = (
    "10.in-addr.arpa",
    *(f"{second}.172.in-addr.arpa" for second in range(16, 32)),
    "168.192.in-addr.arpa",
    "254.169.in-addr.arpa",
)
"""The zones of private addresses, which are answered locally (RFC 6303 section 4)."""

LOCAL_ZONES: Final = ("localhost", "localdomain", "127.in-addr.arpa")
"""The zones of the local host, which are answered locally as well."""

_LOOPBACK: Final = "127.0.0.1"
_NAMES_OF_THE_LOCAL_HOST: Final = ("localhost", "*.localhost")


def internal_zone(region: str) -> str:
    """Return the domain of private DNS names in a Region."""
    return "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"


def address_name(address: IPv4Address, region: str) -> str:
    """Return the IP-based name of an address: `ip-10-0-1-5.ec2.internal`."""
    return f"ip-{str(address).replace('.', '-')}.{internal_zone(region)}"


def forward_records(topology: Topology, vpc: Vpc, ttl: int) -> Iterator[tuple[str, tuple[RecordSet, ...]]]:
    """Yield the address of each private name in a VPC."""
    for address in _addresses(topology, {vpc.id}):
        yield address_name(address, topology.region), (RecordSet(RecordType.A, ttl, (str(address),)),)


def reverse_records(topology: Topology, vpc: Vpc, ttl: int) -> Iterator[tuple[str, tuple[RecordSet, ...]]]:
    """Yield the name of each private address in a VPC and in those that are peered with it."""
    peered = (it.vpc_ids for it in topology.connections.values() if it.id.startswith("pcx-") and vpc.id in it.vpc_ids)
    for address in _addresses(topology, {vpc.id}.union(*peered)):
        yield address.reverse_pointer, (RecordSet(RecordType.PTR, ttl, (address_name(address, topology.region),)),)


def local_records(ttl: int) -> Iterator[tuple[str, tuple[RecordSet, ...]]]:
    """Yield what `localhost` and everything below it is, and the way back (RFC 6761 section 6.3).

    IPv6 has its own loopback address.
    """
    addresses = (RecordSet(RecordType.A, ttl, (_LOOPBACK,)), RecordSet(RecordType.AAAA, ttl, ("::1",)))
    yield from ((name, addresses) for name in _NAMES_OF_THE_LOCAL_HOST)
    yield IPv4Address(_LOOPBACK).reverse_pointer, (RecordSet(RecordType.PTR, ttl, ("localhost",)),)


def public_name(address: IPv4Address, region: str) -> str:
    """Return the public DNS name of a public address: `ec2-203-0-113-25.compute-1.amazonaws.com`."""
    zone = "compute-1" if region == "us-east-1" else f"{region}.compute"
    return f"ec2-{str(address).replace('.', '-')}.{zone}.amazonaws.com"


def public_name_records(
    topology: Topology, ttl: int, *, inside: str = ""
) -> Iterator[tuple[str, tuple[RecordSet, ...]]]:
    """Yield what the public names of instances and network interfaces mean.

    Args:
        topology: the network.
        ttl: seconds.
        inside: a VPC, whose own names mean private addresses within it; empty for what everybody else is told.
    """
    for client in topology.clients.values():
        vpc = topology.vpcs.get(client.vpc_id)
        if client.public_address is None or vpc is None or not vpc.enable_dns_hostnames:
            continue
        if inside in ("", vpc.id):
            address = client.address if inside else client.public_address
            name = public_name(client.public_address, topology.region)
            yield name, (RecordSet(RecordType.A, ttl, (str(address),)),)


def _addresses(topology: Topology, vpc_ids: Collection[str]) -> set[IPv4Address]:
    clients = {client.address for client in topology.clients.values() if client.subnet_id and client.vpc_id in vpc_ids}
    endpoints = (endpoint for endpoint in topology.endpoints.values() if endpoint.vpc_id in vpc_ids)
    interfaces = {interface.address for endpoint in endpoints for interface in endpoint.interfaces}
    return clients.union(interfaces, *(topology.addresses.get(vpc_id, ()) for vpc_id in vpc_ids))
