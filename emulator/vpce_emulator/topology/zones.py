"""What DNS answers: the public view, and each VPC's own, as records for `vpce_dns`.

Names of endpoints are public, and their addresses private; private DNS names lead to an endpoint inside its VPC only.
https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from ipaddress import IPv4Address
from typing import Final

from vpce_dns import RecordSet, RecordType, View
from vpce_dns.zone import ancestors, canonical
from vpce_emulator.topology import names
from vpce_emulator.topology.instance_names import (
    LOCAL_ZONES,
    REVERSE_ZONES,
    forward_records,
    internal_zone,
    local_records,
    public_name_records,
    reverse_records,
)
from vpce_emulator.topology.models import Endpoint, EndpointType, NetworkInterface, Topology, Vpc
from vpce_emulator.topology.private_zones import Records, merged, records_of
from vpce_emulator.topology.public_names import public_names
from vpce_emulator.topology.services import endpoint_service

OWNED_ZONES: Final = frozenset({"amazonaws.com", "api.aws"})
"""The zones that are answered here alone: a name in them that has no records does not exist."""

TTL: Final = 60
"""Seconds; of endpoints' names as recorded, of all others alike."""


def public_view(topology: Topology) -> View:
    """Return what a host outside every VPC is told."""
    of_instances = dict(public_name_records(topology, TTL))
    records = {**_public_records(topology.region), **_endpoint_records(topology), **of_instances}
    return View("public", records, OWNED_ZONES)


def vpc_view(topology: Topology, vpc_id: str, public: View | None = None) -> View:
    """Return what a VPC's resolver tells the hosts in the VPC.

    Args:
        topology: the network.
        vpc_id: the VPC.
        public: its `public_view`, where the caller has it at hand.

    Raises:
        KeyError: for a VPC that does not exist.
    """
    endpoints = (e for e in _private(topology, vpc_id) if not _inbound_only(e))
    return _view_with_private_names(topology, vpc_id, endpoints, public or public_view(topology))


def inbound_view(topology: Topology, vpc_id: str, public: View | None = None) -> View:
    """Return what a VPC's resolver tells hosts outside, who ask through a Route 53 Resolver inbound endpoint.

    The arguments are those of `vpc_view`.

    Raises:
        KeyError: for a VPC that does not exist.
    """
    return _view_with_private_names(topology, vpc_id, _private(topology, vpc_id), public or public_view(topology))


def hosted_zone_of(topology: Topology, vpc_id: str, name: str) -> str | None:
    """Return the private hosted zone of Route 53 that decides about a name in a VPC; None where none does.

    Args:
        topology: the network.
        vpc_id: the VPC, or what is no VPC's id.
        name: a host name.
    """
    vpc = topology.vpcs.get(vpc_id)
    if vpc is None or not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        return None
    hosted = {canonical(zone.name): zone.name.rstrip(".") for zone in topology.private_zones if vpc_id in zone.vpc_ids}
    private = (name.removeprefix("*.") for each in _private(topology, vpc_id) for name in _private_dns_names(each))
    apexes = {*hosted, *private}
    try:
        above = ancestors(canonical(name))
    except ValueError:  # no host name
        return None
    return hosted.get(next((each for each in above if each in apexes), ""))


def names_depend_on(topology: Topology) -> tuple[object, ...]:
    """Return the parts of a topology that the views are made of: where they are equal, so are the views."""
    return (
        topology.region,
        topology.vpcs,
        topology.endpoints,
        topology.clients,
        topology.addresses,
        topology.connections,
        topology.private_zones,
        topology.impaired_zones,
    )


def _view_with_private_names(topology: Topology, vpc_id: str, endpoints: Iterable[Endpoint], public: View) -> View:
    zones: dict[str, Records] = {}
    vpc = topology.vpcs[vpc_id]
    # Each private name of an endpoint is a private hosted zone too.
    for endpoint in endpoints:
        answer = _answer(_healthy(topology, endpoint.interfaces))
        for name in _private_dns_names(endpoint):
            apex = name.removeprefix("*.")
            zones[apex] = {**zones.get(apex, {}), name: answer}
    if vpc.enable_dns_support and vpc.enable_dns_hostnames:
        hosted = sorted((zone for zone in topology.private_zones if vpc_id in zone.vpc_ids), key=lambda zone: zone.name)
        zones |= {canonical(zone.name): records_of(zone, public.records) for zone in hosted}
    of_addresses = {
        name: sets for name, sets in _names_of_addresses(topology, vpc).items() if not zones.keys() & {*ancestors(name)}
    }
    owned = frozenset({*zones, *_zones_of_addresses(topology, vpc)})
    return View(vpc_id, {**of_addresses, **merged(zones)}, owned, beneath=public)


def _names_of_addresses(topology: Topology, vpc: Vpc) -> Records:
    if not vpc.enable_dns_support:
        return {}
    forward = dict(forward_records(topology, vpc, TTL))
    if not vpc.enable_dns_hostnames:
        return forward
    within = dict(public_name_records(topology, TTL, inside=vpc.id))
    return {**forward, **within, **dict(reverse_records(topology, vpc, TTL)), **dict(local_records(TTL))}


def _zones_of_addresses(topology: Topology, vpc: Vpc) -> tuple[str, ...]:
    return (internal_zone(topology.region), *((*REVERSE_ZONES, *LOCAL_ZONES) if vpc.enable_dns_hostnames else ()))


def _private(topology: Topology, vpc_id: str) -> Iterator[Endpoint]:
    """Yield the endpoints whose private names hold in a VPC, which must have both DNS attributes.

    https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
    """
    vpc = topology.vpcs[vpc_id]
    if vpc.enable_dns_support and vpc.enable_dns_hostnames:
        yield from (e for e in _interface_endpoints(topology) if e.vpc_id == vpc_id and e.private_dns_enabled)


def _inbound_only(endpoint: Endpoint) -> bool:
    return endpoint.private_dns_only_for_inbound_resolver


def _interface_endpoints(topology: Topology) -> Iterator[Endpoint]:
    # A pending endpoint has its DNS entries already.
    for endpoint in topology.endpoints.values():
        if endpoint.type is EndpointType.INTERFACE and endpoint.state in ("pending", "available"):
            yield endpoint


def _private_dns_names(endpoint: Endpoint) -> tuple[str, ...]:
    service = endpoint_service(endpoint.service_name, endpoint.service_region)
    return service.private_dns_names if service else ()


def _endpoint_records(topology: Topology) -> dict[str, tuple[RecordSet, ...]]:
    records: dict[str, tuple[RecordSet, ...]] = {}
    for endpoint in _interface_endpoints(topology):
        records.update(_records_of(topology, endpoint))
    return records


def _records_of(topology: Topology, endpoint: Endpoint) -> Iterator[tuple[str, tuple[RecordSet, ...]]]:
    service = endpoint_service(endpoint.service_name, endpoint.service_region)
    if service is None:
        return
    yield from _with_labels_below(
        service.dns_label,
        names.regional_name(endpoint, service.dns_label),
        _healthy(topology, endpoint.interfaces),
    )
    for interface in endpoint.interfaces:
        name = names.zonal_name(endpoint, service.dns_label, interface.availability_zone)
        yield from _with_labels_below(service.dns_label, name, (interface,))


def _with_labels_below(
    dns_label: str, name: str, interfaces: Iterable[NetworkInterface]
) -> Iterator[tuple[str, tuple[RecordSet, ...]]]:
    answer = _answer(interfaces)
    yield name, answer
    if dns_label == "s3":
        yield f"*.{name}", answer


def _healthy(topology: Topology, interfaces: tuple[NetworkInterface, ...]) -> tuple[NetworkInterface, ...]:
    healthy = tuple(i for i in interfaces if i.availability_zone not in topology.impaired_zones)
    # With none healthy, Route 53 answers as if all were:
    # https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html
    return healthy or interfaces


def _answer(interfaces: Iterable[NetworkInterface]) -> tuple[RecordSet, ...]:
    return _record_sets(tuple(interface.address for interface in interfaces))


@lru_cache(maxsize=16_384)  # most endpoints are the same in the network as it is after a change
def _record_sets(addresses: tuple[IPv4Address, ...]) -> tuple[RecordSet, ...]:
    return (RecordSet(RecordType.A, TTL, tuple(map(str, addresses))),) if addresses else ()


@cache
def _public_records(region: str) -> Records:
    return {name: _record_sets(addresses) for name, addresses in public_names(region).items()}
