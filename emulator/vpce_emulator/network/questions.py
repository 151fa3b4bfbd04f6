"""What is asked of the network without calling anything: what a name is, and how a connection would get there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv4Network
from typing import Any
from urllib.parse import SplitResult, urlsplit

from vpce_dns import Answer, NotOwned, Question, RecordType, ResponseCode, View, resolve
from vpce_emulator.aws.service import host_label
from vpce_emulator.topology.hops import title_of
from vpce_emulator.topology.models import Client, Endpoint, Topology
from vpce_emulator.topology.named_paths import with_names
from vpce_emulator.topology.path import Path, PathKind, from_internet, trace
from vpce_emulator.topology.public_names import default_host, public_names
from vpce_emulator.topology.services import endpoint_services
from vpce_emulator.topology.zones import hosted_zone_of

HTTPS = 443
# RFC 1918
_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_HOST = re.compile(r"[a-z0-9_.-]+")
_DEFAULT_PORTS: Mapping[str, int] = {"http": 80, "https": HTTPS}


@dataclass(frozen=True, slots=True)
class Destination:
    """What a connection is made to: a host name and a TCP port."""

    name: str
    port: int


def destination_of(text: str, region: str, port: int | None = None) -> Destination:
    """Return what a person means by a service, a host name or a URL.

    Args:
        text: `s3`, `s3:443`, `ecr.api`, `com.amazonaws.us-east-1.s3`, `sqs.us-east-1.amazonaws.com:443` or
            `https://data.s3.us-east-1.amazonaws.com/key`. A service is called by the name that SDKs call it by.
        region: of services.
        port: overrides the text's; 443 where neither says any.

    Raises:
        ValueError: what names no host, or a port that is none; the message says what is allowed.
    """
    url = _url_of(text)
    host = url.hostname or ""
    name = host if "://" in text else _host_of(host, region)
    return Destination(name, port or url.port or _DEFAULT_PORTS.get(url.scheme, HTTPS))


def _url_of(text: str) -> SplitResult:
    try:
        url = urlsplit(text if "://" in text else f"//{text}")
        if _HOST.fullmatch(url.hostname or "") and url.port != 0:
            return url
    except ValueError:  # brackets without an address in them, or a port that is none
        pass
    message = (
        f"found {text!r}; allowed: a service, like s3, a host name or an IPv4 address, each with a port from 1 to "
        f"65535 or without, or a URL"
    )
    raise ValueError(message)


def _host_of(text: str, region: str) -> str:
    """Return the host name of a service, or of what is one already."""
    services = endpoint_services(region)
    service = services.get(text) or services.get(f"com.amazonaws.{region}.{text}")
    if service is not None:
        return default_host(service.dns_label, region)
    if "." in text:
        return text
    host = default_host(host_label(text), region)
    if host not in public_names(region):
        near = get_close_matches(text, [each.segment for each in services.values()], n=3)
        message = f"no service is named {text!r}" + (f"; near it are: {', '.join(near)}" if near else "")
        raise ValueError(message)
    return host


def client_named(topology: Topology, name: str | None) -> Client | None:
    """Return a client, or None, which is the internet, where no name is given.

    Raises:
        LookupError: there is no such client; the message lists those that there are.
    """
    if name is None:
        return None
    client = topology.clients.get(name)
    if client is None:
        message = f"no client is named {name!r}; there are: {', '.join(topology.clients) or 'none'}"
        raise LookupError(message)
    return client


def endpoint_named(topology: Topology, name: str) -> Endpoint:
    """Return an endpoint by its id or name.

    Raises:
        LookupError: there is no such endpoint; the message lists those that there are.
    """
    endpoints = topology.endpoints.values()
    found = topology.endpoints.get(name) or next((each for each in endpoints if each.name == name), None)
    if found is None:
        message = f"no endpoint is named {name!r}; there are: {', '.join(each.name for each in endpoints) or 'none'}"
        raise LookupError(message)
    return found


def answer_about_name(topology: Topology, client: Client | None, view: View, name: str) -> dict[str, Any]:
    """Return what DNS answers for a name, or which names it has for an address, and why, as JSON.

    Args:
        topology: the network.
        client: who asks; None for the public internet.
        view: what it is answered from.
        name: a host name, or an IPv4 address.

    Raises:
        ValueError: it is no host name.
    """
    address = _address(name)
    wanted = Question(address.reverse_pointer, RecordType.PTR) if address else Question(name, RecordType.A)
    answer = resolve(wanted, view)
    if isinstance(answer, NotOwned):
        answer = Answer(ResponseCode.NXDOMAIN)
    silent = client is not None and client.subnet_id and not topology.vpcs[client.vpc_id].enable_dns_support
    names = [record.value.rstrip(".") for record in answer.records if record.type is RecordType.PTR]
    path = _path(topology, client, Destination(name, HTTPS), view)
    reason = " ".join((path.hops[0].explanation, *_whose(topology, client, path)))
    if silent:
        reason = f"enableDnsSupport is false in {client.vpc_id if client else ''}, so its resolver does not answer."
    elif address:
        reason = " ".join((_called(address, names, view), *_owner(topology, client, address)))
    return {
        "name": name,
        "view": view.name,
        # A resolver that is turned off does not answer at all.
        "rcode": None if silent else answer.rcode.name,
        "addresses": [] if silent else list(answer.addresses),
        "names": [] if silent else names,
        "reason": reason,
    }


def _address(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except ValueError:
        return None


def _called(address: IPv4Address, names: list[str], view: View) -> str:
    return f"{address} is called {', '.join(names)}." if names else f"{address} has no name in the view {view.name}."


def _owner(topology: Topology, client: Client | None, address: IPv4Address) -> tuple[str, ...]:
    """Say whose an address is, in the VPC of a client."""
    vpc_id = client.vpc_id if client is not None else ""
    for endpoint in topology.endpoints.values():
        if endpoint.vpc_id == vpc_id and _has_any(endpoint, (address,)):
            return (f"It is a network interface of {title_of(endpoint)}.",)
    names = [each.name for each in topology.clients.values() if (each.vpc_id, each.address) == (vpc_id, address)]
    return (f"It is the address of client {names[0]}.",) if names and vpc_id else ()


def _whose(topology: Topology, client: Client | None, path: Path) -> tuple[str, ...]:
    """Say whose the addresses are that a name has."""
    here = client.vpc_id if client is not None else ""
    found = [e for e in topology.endpoints.values() if _has_any(e, path.addresses)]
    owner = min(found, key=lambda endpoint: (endpoint.id not in path.name, endpoint.vpc_id != here), default=None)
    sees_private = client is not None and (client.subnet_id or client.inbound_resolver)
    zone = hosted_zone_of(topology, here, path.name) if path.addresses and sees_private else None
    if owner is None:
        if zone is not None:
            return (f"So says the private hosted zone {zone}.",)
        if path.addresses and all(any(each in network for network in _PRIVATE) for each in path.addresses):
            return _owner(topology, client, path.addresses[0])
        return ("That is the service's public address.",) if path.addresses else ()
    name = "its own name" if owner.id in path.name else f"its private DNS name in {owner.vpc_id}"
    if zone is not None:
        name = f"the private hosted zone {zone}"
    left = sorted({i.availability_zone for i in owner.interfaces} & topology.impaired_zones)
    told = f" Left out, because it is impaired: {', '.join(left)}." if left and owner.id not in path.name else ""
    return (f"It is {title_of(owner)}, by {name}.{told}",)


def _has_any(endpoint: Endpoint, addresses: tuple[IPv4Address, ...]) -> bool:
    return any(interface.address in addresses for interface in endpoint.interfaces)


def answer_about_path(
    topology: Topology, client: Client | None, destination: Destination, view: View
) -> dict[str, Any]:
    """Return how a connection would reach a destination, hop by hop, or what stops it, as JSON.

    Args:
        topology: the network.
        client: who connects; None for a caller on the internet.
        destination: what to.
        view: what DNS tells the client.
    """
    path = _path(topology, client, destination, view)
    return {
        "client": client.name if client is not None else None,
        "name": destination.name,
        "port": destination.port,
        "reachable": path.kind is not PathKind.BLOCKED,
        **path_as_json(path),
        "source_address": str(path.source_address),
        "reason": path.reason,
    }


def _path(topology: Topology, client: Client | None, destination: Destination, view: View) -> Path:
    if client is None:
        return with_names(topology, from_internet(topology, destination.name, view=view))
    return with_names(topology, trace(topology, client, destination.name, port=destination.port, view=view))


def path_as_json(path: Path) -> dict[str, Any]:
    """Return where a path leads and what it met, as JSON."""
    return {
        "path": path.kind.value,
        "addresses": [str(address) for address in path.addresses],
        "endpoint": path.endpoint_id or None,
        "interface": path.interface_id,
        "destination": str(path.destination) if path.destination else None,
        "hops": [asdict(hop) for hop in path.hops],
    }


def topology_as_json(topology: Topology) -> dict[str, Any]:
    """Return the whole network, each kind of thing by its id, as JSON."""
    parts = {part.name: getattr(topology, part.name) for part in fields(topology)}
    return {
        name: {each_id: _part_as_json(each) for each_id, each in value.items()} if isinstance(value, Mapping) else value
        for name, value in parts.items()
    }


def _part_as_json(found: object) -> object:
    """Return a part of the network, or the addresses of one, as JSON has it."""
    if is_dataclass(found) and not isinstance(found, type):
        return asdict(found)
    return sorted(found) if isinstance(found, frozenset) else found
