"""What changes between two readings of a topology file: what is made, changed, replaced and deleted. Pure.

Which fields can change in place, and which only by making the thing anew, is as in CloudFormation ("Update requires"):
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EC2.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeVar

from vpce_emulator.topology_file import OrganizationSection, Section, TopologyFile, VpcSection

_Section = TypeVar("_Section", bound=Section)


class Verb(StrEnum):
    """What is done, as it is printed."""

    CREATE = "+"
    CHANGE = "~"
    REPLACE = "±"
    DELETE = "-"
    KEEP = "!"


Where = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is done to follow the file, or, with the verb KEEP, one that is not.

    Attributes:
        verb: what is done.
        kind: what the thing is: `endpoint`, `security group`.
        path: where it stands in the file: `("vpcs", "app", "endpoints", "s3")`.
        fields: of a thing that is changed, replaced or kept: which fields differ.
        reason: why it is kept as it was, or made anew where no field of its own differs.
    """

    verb: Verb
    kind: str
    path: Where
    fields: tuple[str, ...] = ()
    reason: str = ""

    def __str__(self) -> str:
        """Return the change in one line: `+ endpoint sqs`, `~ policy of endpoint s3`."""
        what = f"{self.kind} {self.path[-1]}".strip()
        named = f"{', '.join(self.fields)} of {what}" if self.fields else what
        stays = " stays as it was" if self.verb is Verb.KEEP else ""
        return f"{self.verb} {named}{stays}" + (f": {self.reason}" if self.reason else "")


@dataclass(frozen=True, slots=True)
class _Kind:
    """How things of one kind change.

    Attributes:
        title: what they are called.
        replaced: the fields for which the thing is made anew; all others change in place.
    """

    title: str
    replaced: frozenset[str] = frozenset()


_IN_A_VPC: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        "route_tables": _Kind("route table"),
        "subnets": _Kind("subnet", frozenset({"cidr", "availability_zone"})),
        "network_acls": _Kind("network ACL"),
        "security_groups": _Kind("security group"),
        "nat_gateways": _Kind("NAT gateway", frozenset({"subnet", "connectivity_type"})),
        "endpoints": _Kind("endpoint", frozenset({"service", "type", "id"})),
    }
)
_OF_THE_FILE: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        "peerings": _Kind("peering connection", frozenset({"vpcs"})),
        "transit_gateways": _Kind("transit gateway"),
        "attached_networks": _Kind("attached network"),
        "clients": _Kind("client", frozenset({"subnet", "network", "address"})),
        "faults": _Kind("fault rule"),
    }
)
_VPC: Final = _Kind("VPC", frozenset({"cidr"}))
_NEXT_START: Final = "everything is in it, so that it takes effect at the next start"


@dataclass(frozen=True, slots=True)
class Difference:
    """What leads from one file to another.

    Attributes:
        changes: as they are told, a line each: of a VPC that comes, goes or is made anew nothing in it is told.
        between: the file as it is when all that goes, for good or to be made anew, is gone, with what referred to it.
        target: the file as the network will be: what is kept is in it as it was.
    """

    changes: tuple[Change, ...]
    between: TopologyFile
    target: TopologyFile


def difference(old: TopologyFile, new: TopologyFile, missing: Collection[Where] = ()) -> Difference:
    """Return what leads from one file to another.

    Args:
        old: the file as the network is now.
        new: the file as it was read last.
        missing: where those things stand that are not there any more: they are made anew.
    """
    fixed = [each for each in ("region", "account") if getattr(old, each) != getattr(new, each)]
    target = new.model_copy(update={each: getattr(old, each) for each in fixed})
    anew = _made_anew(old, target, missing)
    kept = (Change(Verb.KEEP, "", (each,), (), _NEXT_START) for each in fixed)
    changes = (*kept, *_changes(old, target, anew), *_of_lists(old, target))
    gone = frozenset(anew) | {change.path for change in changes if change.verb is Verb.DELETE}
    return Difference(changes, _without(old, target, gone), target)


def steps_between(old: TopologyFile, new: TopologyFile) -> tuple[Change, ...]:
    """Return everything that is made, changed or deleted, in no order; what is in a VPC is told by itself."""
    return tuple(_changes(old, new, {}, expanded=True))


def _changes(
    old: TopologyFile, new: TopologyFile, anew: Mapping[Where, str], *, expanded: bool = False
) -> Iterator[Change]:
    for name in _names(old.vpcs, new.vpcs):
        path = ("vpcs", name)
        before, after = old.vpcs.get(name), new.vpcs.get(name)
        yield from _of_thing(_VPC, path, before, after, anew)
        if expanded or (before is not None and after is not None and path not in anew):
            for section, kind in _IN_A_VPC.items():
                inner = [getattr(each, section) if each is not None else {} for each in (before, after)]
                yield from _of_section(kind, (*path, section), inner[0], inner[1], anew)
    for section, kind in _OF_THE_FILE.items():
        yield from _of_section(kind, (section,), getattr(old, section), getattr(new, section), anew)


def _of_section(
    kind: _Kind,
    path: Where,
    before: Mapping[str, Section],
    after: Mapping[str, Section],
    anew: Mapping[Where, str],
) -> Iterator[Change]:
    for name in _names(before, after):
        yield from _of_thing(kind, (*path, name), before.get(name), after.get(name), anew)


def _of_thing(
    kind: _Kind, path: Where, old: Section | None, new: Section | None, anew: Mapping[Where, str]
) -> Iterator[Change]:
    """Yield what becomes of a thing."""
    if old is None or new is None:
        if old is not new:
            yield Change(Verb.CREATE if old is None else Verb.DELETE, kind.title, path)
        return
    differing = _differing(old, new)
    if path in anew:
        own = differing & kind.replaced
        yield Change(Verb.REPLACE, kind.title, path, tuple(sorted(own)), "" if own else anew[path])
    elif differing:
        yield Change(Verb.CHANGE, kind.title, path, tuple(sorted(differing)))


def _differing(old: Section, new: Section) -> frozenset[str]:
    """Return the fields in which a thing differs; what is in a VPC is no field of it."""
    fields = (each for each in type(new).model_fields if not (isinstance(new, VpcSection) and each in _IN_A_VPC))
    return frozenset(each for each in fields if getattr(old, each) != getattr(new, each))


def _of_lists(old: TopologyFile, new: TopologyFile) -> Iterator[Change]:
    before = {each.access_key_id: each for each in old.credentials}
    after = {each.access_key_id: each for each in new.credentials}
    for key in _names(before, after):
        verb = Verb.CREATE if key not in before else Verb.DELETE if key not in after else Verb.CHANGE
        if before.get(key) != after.get(key):
            yield Change(verb, "access key", ("credentials", key))
    yield from _of_organization(old.organization, new.organization)


def _of_organization(old: OrganizationSection | None, new: OrganizationSection | None) -> Iterator[Change]:
    if old is None or new is None:
        for verb, section in ((Verb.DELETE, old), (Verb.CREATE, new)):
            if section is not None:
                yield Change(verb, "organization", ("organization", section.id))
    elif differing := _differing(old, new):
        yield Change(Verb.REPLACE, "organization", ("organization", new.id), tuple(sorted(differing)))


def _made_anew(old: TopologyFile, new: TopologyFile, missing: Collection[Where]) -> dict[Where, str]:
    """Return what is made anew, and, of what stands in such a thing, which one."""
    anew = {path: "it was deleted" for path in missing if section_at(old, path) and section_at(new, path)}
    anew |= dict.fromkeys(_replaced(old, new), "")
    while more := dict(_drawn_along(old, new, anew)):
        anew |= more
    return anew


def _replaced(old: TopologyFile, new: TopologyFile) -> Iterator[Where]:
    """Yield what cannot change in place."""
    for name in old.vpcs.keys() & new.vpcs.keys():
        before, after = old.vpcs[name], new.vpcs[name]
        if _differing(before, after) & _VPC.replaced:
            yield ("vpcs", name)
            continue
        for section, kind in _IN_A_VPC.items():
            yield from _replaced_in(kind, ("vpcs", name, section), getattr(before, section), getattr(after, section))
    for section, kind in _OF_THE_FILE.items():
        yield from _replaced_in(kind, (section,), getattr(old, section), getattr(new, section))


def _replaced_in(
    kind: _Kind, path: Where, before: Mapping[str, Section], after: Mapping[str, Section]
) -> Iterator[Where]:
    for name in before.keys() & after.keys():
        if _differing(before[name], after[name]) & kind.replaced:
            yield (*path, name)


def _drawn_along(old: TopologyFile, new: TopologyFile, anew: Mapping[Where, str]) -> Iterator[tuple[Where, str]]:
    """Yield what stands in something that is made anew, and is not yet known to be made anew itself."""
    for path, stands_in in _standings(old):
        inside = next((each for each in anew if any(place[: len(each)] == each for place in stands_in)), None)
        if inside is not None and path not in anew and section_at(new, path) is not None:
            kind = _VPC if len(inside) == 2 else _IN_A_VPC[inside[2]]
            yield path, f"{kind.title} {inside[-1]} is made anew"
    for name in old.vpcs.keys() & new.vpcs.keys():
        for endpoint, section in old.vpcs[name].endpoints.items():
            path = ("vpcs", name, "endpoints", endpoint)
            wanted = new.vpcs[name].endpoints.get(endpoint)
            if ("vpcs", name) in anew or path in anew or wanted is None or not section.subnets:
                continue
            if not _staying_subnets(section.subnets, wanted.subnets, old.vpcs[name], new.vpcs[name], name, anew):
                yield path, "none of its subnets stays"


def _standings(topology: TopologyFile) -> Iterator[tuple[Where, tuple[Where, ...]]]:
    """Yield what cannot move, and what it stands in."""
    subnets = {name: ("vpcs", vpc, "subnets", name) for vpc, it in topology.vpcs.items() for name in it.subnets}
    for name, client in topology.clients.items():
        if client.subnet is not None:
            yield ("clients", name), (subnets.get(client.subnet, ()),)
    for name, peering in topology.peerings.items():
        yield ("peerings", name), tuple(("vpcs", vpc) for vpc in peering.vpcs)
    for vpc, section in topology.vpcs.items():
        for name, nat in section.nat_gateways.items():
            # What is in a VPC goes with it.
            yield ("vpcs", vpc, "nat_gateways", name), (("vpcs", vpc, "subnets", nat.subnet),)


def _staying_subnets(
    before: tuple[str, ...],
    after: tuple[str, ...],
    old: VpcSection,
    new: VpcSection,
    vpc: str,
    gone: Mapping[Where, str] | frozenset[Where],
) -> tuple[str, ...]:
    """Return the subnets that an endpoint is in while others go: of those it was in, or else of those it will be in."""

    def stays(name: str) -> bool:
        return name in old.subnets and name in new.subnets and ("vpcs", vpc, "subnets", name) not in gone

    return tuple(filter(stays, before)) or tuple(filter(stays, after))


def _without(old: TopologyFile, new: TopologyFile, gone: frozenset[Where]) -> TopologyFile:
    """Return a file without what goes first, and without the references to it that can be taken away.

    Route tables, network ACLs and security groups stay: what uses them may have others only once those are made.
    """
    vpcs = {
        name: _vpc_without(name, vpc, new.vpcs[name], old, gone)
        for name, vpc in old.vpcs.items()
        if ("vpcs", name) not in gone
    }
    return old.model_copy(
        update={
            "vpcs": vpcs,
            "clients": _staying(old.clients, ("clients",), gone),
            "peerings": _staying(old.peerings, ("peerings",), gone),
            "transit_gateways": {
                name: gateway.model_copy(update={"vpcs": tuple(vpc for vpc in gateway.vpcs if vpc in vpcs)})
                for name, gateway in _staying(old.transit_gateways, ("transit_gateways",), gone).items()
            },
            "attached_networks": {
                name: network
                for name, network in _staying(old.attached_networks, ("attached_networks",), gone).items()
                if network.vpc is None or network.vpc in vpcs
            },
        }
    )


def _vpc_without(name: str, vpc: VpcSection, new: VpcSection, old: TopologyFile, gone: frozenset[Where]) -> VpcSection:
    path = ("vpcs", name)
    targets = {nat: (*path, "nat_gateways", nat) for nat in vpc.nat_gateways}
    targets |= {each: (kind, each) for kind in ("peerings", "transit_gateways") for each in getattr(old, kind)}
    tables = {
        table: section.model_copy(
            update={"routes": tuple(route for route in section.routes if targets.get(route.target) not in gone)}
        )
        for table, section in vpc.route_tables.items()
    }
    endpoints = {}
    for endpoint, section in _staying(vpc.endpoints, (*path, "endpoints"), gone).items():
        wanted = new.endpoints[endpoint]
        subnets = _staying_subnets(section.subnets, wanted.subnets, vpc, new, name, gone)
        endpoints[endpoint] = section.model_copy(update={"subnets": subnets})
    return vpc.model_copy(
        update={
            "subnets": _staying(vpc.subnets, (*path, "subnets"), gone),
            "nat_gateways": _staying(vpc.nat_gateways, (*path, "nat_gateways"), gone),
            "route_tables": tables,
            "endpoints": endpoints,
        }
    )


def _staying(sections: Mapping[str, _Section], path: Where, gone: frozenset[Where]) -> dict[str, _Section]:
    return {name: section for name, section in sections.items() if (*path, name) not in gone}


def _names(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *after)))


def section_at(topology: TopologyFile, path: Where) -> Section | None:
    """Return what stands at a path; None where nothing does."""
    if path[0] == "vpcs" and len(path) == 4:
        vpc = topology.vpcs.get(path[1])
        return getattr(vpc, path[2]).get(path[3]) if vpc is not None else None
    found: Section | None = getattr(topology, path[0]).get(path[1])
    return found


def with_section(topology: TopologyFile, path: Where, section: Section | None) -> TopologyFile:
    """Return a file with a section in the place of what stands at a path; without it where the section is None."""
    if path[0] == "vpcs" and len(path) == 4:
        vpc = topology.vpcs.get(path[1])
        if vpc is None:
            return topology
        inner = _put(getattr(vpc, path[2]), path[3], section)
        return with_section(topology, path[:2], vpc.model_copy(update={path[2]: inner}))
    return topology.model_copy(update={path[0]: _put(getattr(topology, path[0]), path[1], section)})


def _put(sections: Mapping[str, Section], name: str, section: Section | None) -> dict[str, Section]:
    rest = {key: value for key, value in sections.items() if section is not None or key != name}
    return rest | ({name: section} if section is not None else {})
