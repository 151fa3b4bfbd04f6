"""Where everything is, as `vpce endpoints --json` lists it: doors, endpoints and resolvers."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from vpce_emulator.network.ingress import INTERNET, Door, DoorKind
from vpce_emulator.topology.models import Endpoint, Topology
from vpce_emulator.topology.names import dns_entries
from vpce_emulator.topology.services import endpoint_service


def directory(topology: Topology, doors: Mapping[Door, int], resolvers: Mapping[str, int], host: str) -> dict[str, Any]:
    """Return the doors, endpoints and resolvers of a topology.

    Args:
        topology: the network.
        doors: the port of each open door.
        resolvers: the port of each resolver, by what a person calls it.
        host: what URLs name.
    """
    host = f"[{host}]" if ":" in host else host
    urls = {door: f"http://{host}:{port}" for door, port in doors.items()}
    return {
        "region": topology.region,
        "account": topology.account_id,
        "internet": urls[INTERNET],
        "clients": {name: urls.get(Door(DoorKind.CLIENT, name)) for name in topology.clients},
        "endpoints": _endpoints(topology, urls),
        "dns": {name: f"{host}:{port}" for name, port in resolvers.items()},
        "proxy": None,
        "admin": f"{urls[INTERNET]}/_vpce",
    }


def _endpoints(topology: Topology, urls: Mapping[Door, str]) -> dict[str, Any]:
    listed: dict[str, Any] = {}
    for endpoint in topology.endpoints.values():
        # Two endpoints may have one Name tag; the second is then listed by its id.
        name = endpoint.name if endpoint.name not in listed else endpoint.id
        listed[name] = {
            "id": endpoint.id,
            "type": endpoint.type.value,
            "service": endpoint.service_name,
            "vpc_id": endpoint.vpc_id,
            "state": endpoint.state,
            "url": urls.get(Door(DoorKind.ENDPOINT, endpoint.id)),
            "dns_names": _dns_names(endpoint),
            "addresses": [str(interface.address) for interface in endpoint.interfaces],
        }
    return listed


def _dns_names(endpoint: Endpoint) -> list[str]:
    service = endpoint_service(endpoint.service_name, endpoint.service_region)
    if service is None or not endpoint.interfaces:
        return []
    return [entry.name for entry in dns_entries(endpoint, service.dns_label, service.private_dns_names)]


def reachable(host: str) -> str:
    """Return an address that leads to a listener on `host` from this machine."""
    try:
        return "127.0.0.1" if ip_address(host).is_unspecified else host
    except ValueError:
        return host
