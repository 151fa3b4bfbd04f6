"""The Availability Zones of a topology, by name and id, and which of them are made to fail."""

from __future__ import annotations

from dataclasses import dataclass

from vpce_emulator.topology.models import Topology


@dataclass(frozen=True, slots=True)
class Zone:
    """An Availability Zone that has subnets.

    Attributes:
        name: `us-east-1a`.
        id: `use1-az1`, the same place in every account; empty where it is not known.
        impaired: whether it is made to fail.
        endpoints: the ids of the interface endpoints with a network interface in it.
    """

    name: str
    id: str
    impaired: bool
    endpoints: tuple[str, ...]


def zones(topology: Topology) -> tuple[Zone, ...]:
    """Return the zones that have subnets, by name."""
    ids = {subnet.availability_zone: subnet.availability_zone_id for subnet in topology.subnets.values()}
    homes = [(i.availability_zone, e.id) for e in topology.endpoints.values() for i in e.interfaces]
    return tuple(
        Zone(name, ids[name], name in topology.impaired_zones, tuple(e for zone, e in homes if zone == name))
        for name in sorted(ids)
    )


def zone_named(topology: Topology, name_or_id: str) -> Zone:
    """Return a zone by its name or id.

    Raises:
        LookupError: no subnet is in such a zone; the message lists those that there are.
    """
    known = zones(topology)
    found = next((zone for zone in known if name_or_id and name_or_id in (zone.name, zone.id)), None)
    if found is None:
        listed = ", ".join(f"{zone.name} ({zone.id})" if zone.id else zone.name for zone in known)
        message = f"no subnet is in an Availability Zone {name_or_id!r}; there are: {listed or 'none'}"
        raise LookupError(message)
    return found
