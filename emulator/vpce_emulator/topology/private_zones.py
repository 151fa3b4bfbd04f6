"""Private hosted zones of Route 53, as records of a VPC's view.

In the VPCs that it is associated with, a private hosted zone hides whatever public DNS has at and beneath its name, and
the zone with the longest name decides.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from vpce_dns import RecordSet, RecordType
from vpce_dns.zone import ancestors, canonical
from vpce_emulator.topology.models import PrivateZone, ZoneRecord

Records = Mapping[str, tuple[RecordSet, ...]]

# Zones are read anew after every change of the network, and a zone may be every VPC's: records stay mostly the same.
_REMEMBERED: Final = 16_384

# Aliases of aliases of aliases: Route 53 refuses to make a ring of them, moto does not.
_ALIASES_FOLLOWED: Final = 8


def records_of(zone: PrivateZone, seen: Records) -> dict[str, tuple[RecordSet, ...]]:
    """Return what a zone answers, by name.

    Args:
        zone: the zone. Records that Route 53 would not have taken, outside of the zone or with values that are none of
            their type, are not answered, nor are types that `vpce_dns` does not serve. Their names exist.
        seen: everything else that the resolver knows, which alias records may stand for.
    """
    apex = canonical(zone.name)
    own = [(name, record) for record in zone.records if (name := _name_in(apex, record.name)) is not None]
    found: dict[str, list[RecordSet]] = {}
    for name, record in own:
        sets = found.setdefault(name, [])
        for record_set in _made(record, seen, own):
            _add(sets, record_set)
    return {name: _consistent(name, sets, apex) for name, sets in found.items()}


@lru_cache(maxsize=_REMEMBERED)
def _name_in(apex: str, written: str) -> str | None:
    # Route 53 writes the asterisk as an octal escape.
    try:
        name = canonical(written.replace("\\052", "*"))
    except ValueError:
        return None
    return name if not apex or name == apex or name.endswith(f".{apex}") else None


def _made(
    record: ZoneRecord, seen: Records, own: Iterable[tuple[str, ZoneRecord]], followed: int = 0
) -> Iterator[RecordSet]:
    if not record.alias:
        yield from _record_sets(record.type, record.ttl, record.values)
        return
    target = _name_in("", record.alias)
    if target is None or followed >= _ALIASES_FOLLOWED:
        return
    for name, other in own:
        if name == target and other.type == record.type:
            yield from _made(other, seen, own, followed + 1)
    yield from (found for found in _lookup(target, seen) if found.type.name == record.type)


def _lookup(name: str, seen: Records) -> tuple[RecordSet, ...]:
    wildcards = (f"*.{ancestor}" for ancestor in ancestors(name))
    return next((seen[each] for each in (name, *wildcards) if each in seen), ())


@lru_cache(maxsize=_REMEMBERED)
def _record_sets(record_type: str, ttl: int, values: tuple[str, ...]) -> tuple[RecordSet, ...]:
    try:
        return (RecordSet(RecordType[record_type], ttl, tuple(dict.fromkeys(values))),)
    except (KeyError, ValueError):
        return ()


def _add(sets: list[RecordSet], more: RecordSet) -> None:
    """Add a record set to those of its name; weighted and multivalue answers of one type are one set here."""
    for index, known in enumerate(sets):
        if known.type == more.type:
            sets[index] = RecordSet(known.type, known.ttl, tuple(dict.fromkeys((*known.values, *more.values))))
            return
    sets.append(more)


def _consistent(name: str, sets: list[RecordSet], apex: str) -> tuple[RecordSet, ...]:
    """Return the sets that may stand together: a CNAME is alone (RFC 1034 section 3.6.2), and never at the apex."""
    canonical_names = [each for each in sets if each.type is RecordType.CNAME and len(each.values) == 1]
    others = tuple(each for each in sets if each.type is not RecordType.CNAME)
    if canonical_names and name != apex and not others:
        return tuple(canonical_names)
    return others


def merged(zones: Mapping[str, Records]) -> dict[str, tuple[RecordSet, ...]]:
    """Return the records of zones that are seen.

    Args:
        zones: the records of each zone, by its apex.

    Returns:
        of each name, the records of the zone with the longest apex at or above it.
    """
    return {
        name: sets
        for apex, own in zones.items()
        for name, sets in own.items()
        if next(ancestor for ancestor in ancestors(name) if ancestor in zones) == apex
    }
