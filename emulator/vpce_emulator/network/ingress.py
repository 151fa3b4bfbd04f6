"""Where a request enters: the door stands for a caller, and the network decides the path from there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from vpce_dns import View
from vpce_emulator.aws.call import Service
from vpce_emulator.aws.context import Origin
from vpce_emulator.aws.hosts import parse_host, without_port
from vpce_emulator.aws.service import endpoint_serves, host_label
from vpce_emulator.topology.hop import Hop
from vpce_emulator.topology.models import Client, Endpoint, Topology
from vpce_emulator.topology.named_paths import with_names
from vpce_emulator.topology.path import Path, PathKind, between_services, from_internet, through_endpoint, trace
from vpce_emulator.topology.public_names import default_host
from vpce_emulator.topology.services import segment_of


class DoorKind(StrEnum):
    """What a door stands for."""

    INTERNET = "internet"
    CLIENT = "client"
    ENDPOINT = "endpoint"
    SERVICE = "service"
    """No door: AWS's own services reach each other without any."""


@dataclass(frozen=True, slots=True)
class Door:
    """A listening address that stands for a caller.

    `name` is the client's name, or the endpoint's id; empty for the internet.
    """

    kind: DoorKind
    name: str = ""

    def __str__(self) -> str:
        """Return the door as a person would say it."""
        return f"{self.kind} {self.name}".strip()


INTERNET = Door(DoorKind.INTERNET)


@dataclass(frozen=True, slots=True)
class Ingress:
    """How a request reached the service: through which door, over which path, and what the service sees of that.

    `client` is who stands at a client's door; None at the others.
    """

    door: Door
    path: Path
    endpoint: Endpoint | None
    origin: Origin
    client: Client | None = None


def ingress(topology: Topology, door: Door, host_name: str, *, turn: int = 0, view: View | None = None) -> Ingress:
    """Return the ingress of a request for a host name.

    Args:
        topology: the network; the door's client or endpoint is in it.
        door: where the request was accepted.
        host_name: the name that the caller dials, without a port.
        turn: which of several addresses the caller picks.
        view: what DNS tells the caller, where it is at hand.
    """
    client = topology.clients[door.name] if door.kind is DoorKind.CLIENT else None
    if client is not None:
        path = trace(topology, client, host_name, turn=turn, view=view)
    elif door.kind is DoorKind.ENDPOINT:
        path = through_endpoint(topology, door.name, turn=turn)
    else:
        path = from_internet(topology, host_name, turn=turn, view=view)
    endpoint = topology.endpoints.get(path.endpoint_id) if path.endpoint_id else None
    return Ingress(door, with_names(topology, path), endpoint, _origin(topology, path, endpoint), client)


def from_service(service: str, source_arn: str) -> Ingress:
    """Return how a service reaches another one by itself: over no network of anybody's.

    Args:
        service: the service principal.
        source_arn: of the resource that tells it to.
    """
    return Ingress(Door(DoorKind.SERVICE, service), between_services(service, source_arn), None, Origin(""))


def _origin(topology: Topology, path: Path, endpoint: Endpoint | None) -> Origin:
    if endpoint is None:
        return Origin(str(path.source_address))
    owner = topology.vpcs[endpoint.vpc_id].account_id
    return Origin(
        source_address=str(path.source_address),
        endpoint_id=endpoint.id,
        endpoint_owner_id=endpoint.owner_id,
        vpc_id=endpoint.vpc_id,
        vpc_arn=f"arn:aws:ec2:{topology.region}:{owner}:vpc/{endpoint.vpc_id}",
    )


def refuse_other_services(ingress: Ingress, service: Service) -> Ingress:
    """Return an ingress, blocked if it is by an endpoint that does not lead to the service that is asked for.

    Nobody but the endpoint's own service listens behind it, whatever the request says.
    """
    endpoint = ingress.endpoint
    if ingress.door.kind is not DoorKind.ENDPOINT or endpoint is None or ingress.path.kind is PathKind.BLOCKED:
        return ingress
    if endpoint_serves(segment_of(endpoint), service):
        return ingress
    reason = f"{endpoint.id} is an endpoint of {endpoint.service_name}, behind which there is no {service.name}."
    hop = Hop("endpoint", endpoint.id, passed=False, explanation=reason)
    path = replace(ingress.path, kind=PathKind.BLOCKED, hops=(*ingress.path.hops, hop), reason=reason)
    return replace(ingress, path=path)


def dialled_name(host: str, service: Service) -> str:
    """Return the host name that a caller means.

    Args:
        host: the Host header. A name of AWS's is what is meant; a door's own name or address is not, and then it is
            the name that an SDK would have used by default.
        service: the service that the request is for.
    """
    if parse_host(host) is not None:
        return without_port(host)
    return default_host(host_label(service.name), service.region)
