"""What changes between two readings of a topology file: what is made, changed, replaced and deleted. Pure.

Which fields can change in place, and which only by making the thing anew, is as in CloudFormation ("Update requires"):
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EC2.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from vpce_emulator.topology_file import Section, TopologyFile, VpcSection
from vpce_emulator.topology_references import references


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
        reason: why it is kept as it was.
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
        return f"{self.verb} {named}" + (f" stays as it was: {self.reason}" if self.reason else "")


@dataclass(frozen=True, slots=True)
class Difference:
    """The changes, and the file as the network will be when they are made: what is kept is in it as it was."""

    changes: tuple[Change, ...]
    target: TopologyFile


@dataclass(frozen=True, slots=True)
class _Kind:
    """How things of one kind change.

    Attributes:
        title: what they are called.
        replaced: the fields for which the thing is made anew.
        kept: the fields that stay as they were until the next start; `*` for all.
        whole: whether a thing of this kind can be made and deleted while the emulator runs.
    """

    title: str
    replaced: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    whole: bool = True


_ALL: Final = frozenset({"*"})
_IN_A_VPC: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        "route_tables": _Kind("route table"),
        "subnets": _Kind("subnet", replaced=frozenset({"cidr", "availability_zone"})),
        "network_acls": _Kind("network ACL"),
        "security_groups": _Kind("security group"),
        "nat_gateways": _Kind("NAT gateway", kept=_ALL, whole=False),
        "endpoints": _Kind("endpoint", replaced=frozenset({"service", "type", "id"})),
    }
)
_OF_THE_FILE: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        "peerings": _Kind("peering connection", kept=_ALL, whole=False),
        "transit_gateways": _Kind("transit gateway", kept=_ALL, whole=False),
        "attached_networks": _Kind("attached network", kept=_ALL, whole=False),
        "clients": _Kind("client", replaced=frozenset({"subnet", "network", "address"})),
    }
)
_VPC: Final = _Kind("VPC", kept=frozenset({"cidr"}))
_NEXT_START: Final = "it takes effect at the next start"


def difference(old: TopologyFile, new: TopologyFile) -> Difference:
    """Return what leads from one file to another.

    Args:
        old: the file as the network is now.
        new: the file as it was read last.
    """
    changes: list[Change] = []
    target = new
    for change in _changes(old, new):
        changes.append(change)
        if change.verb is Verb.KEEP:
            target = _kept(old, target, change)
    return Difference(tuple(changes), target)


def _changes(old: TopologyFile, new: TopologyFile) -> Iterator[Change]:
    for field in ("region", "account"):
        if getattr(old, field) != getattr(new, field):
            yield Change(Verb.KEEP, "", (field,), (), _NEXT_START)
    for name in _names(old.vpcs, new.vpcs):
        path = ("vpcs", name)
        before, after = old.vpcs.get(name), new.vpcs.get(name)
        if before is None or after is None:
            yield Change(Verb.CREATE if before is None else Verb.DELETE, _VPC.title, path)
        else:
            yield from _of_thing(_VPC, path, before, after, free=False, ignored=frozenset(_IN_A_VPC))
            yield from _in_vpc(path, before, after, _referred(old) | _referred(new))
    for section, kind in _OF_THE_FILE.items():
        yield from _of_section(kind, (section,), getattr(old, section), getattr(new, section), frozenset())
    yield from _of_credentials(old, new)


def _in_vpc(path: Where, before: VpcSection, after: VpcSection, referred: frozenset[Where]) -> Iterator[Change]:
    for section, kind in _IN_A_VPC.items():
        yield from _of_section(kind, (*path, section), getattr(before, section), getattr(after, section), referred)


def _of_section(
    kind: _Kind, path: Where, before: Mapping[str, Section], after: Mapping[str, Section], referred: frozenset[Where]
) -> Iterator[Change]:
    for name in _names(before, after):
        old, new, here = before.get(name), after.get(name), (*path, name)
        if old is not None and new is not None:
            yield from _of_thing(kind, here, old, new, free=here not in referred)
        elif not kind.whole:
            yield Change(Verb.KEEP, kind.title, here, (), _NEXT_START)
        else:
            yield Change(Verb.CREATE if old is None else Verb.DELETE, kind.title, here)


def _of_thing(
    kind: _Kind, path: Where, old: Section, new: Section, *, free: bool, ignored: frozenset[str] = frozenset()
) -> Iterator[Change]:
    """Yield what becomes of a thing that is in both files; `free` if nothing in them refers to it."""
    fields = [field for field in type(new).model_fields if field not in ignored]
    differing = {field for field in fields if getattr(old, field) != getattr(new, field)}
    kept = differing if kind.kept == _ALL else differing & kind.kept
    anew = differing & kind.replaced
    if kept:
        yield Change(Verb.KEEP, kind.title, path, tuple(sorted(kept)), _NEXT_START)
    if anew and free:
        yield Change(Verb.REPLACE, kind.title, path, tuple(sorted(anew)))
        return
    if anew:
        reason = "the file names it elsewhere, and it would have to be replaced"
        yield Change(Verb.KEEP, kind.title, path, tuple(sorted(anew)), reason)
    if rest := differing - kept - anew:
        yield Change(Verb.CHANGE, kind.title, path, tuple(sorted(rest)))


def _of_credentials(old: TopologyFile, new: TopologyFile) -> Iterator[Change]:
    before = {each.access_key_id: each for each in old.credentials}
    after = {each.access_key_id: each for each in new.credentials}
    for key in _names(before, after):
        verb = Verb.CREATE if key not in before else Verb.DELETE if key not in after else Verb.CHANGE
        if before.get(key) != after.get(key):
            yield Change(verb, "access key", ("credentials", key))


def _names(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *after)))


def _referred(topology: TopologyFile) -> frozenset[Where]:
    """Return the subnets that something in a file stands in."""
    names = {it.name for it in references(topology) if it.what.startswith("a subnet")}
    return frozenset(
        ("vpcs", vpc, "subnets", name) for vpc, it in topology.vpcs.items() for name in it.subnets if name in names
    )


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


def _kept(old: TopologyFile, target: TopologyFile, change: Change) -> TopologyFile:
    """Return a file with what a change is about as it was."""
    if len(change.path) == 1:
        return target.model_copy(update={change.path[0]: getattr(old, change.path[0])})
    before, after = section_at(old, change.path), section_at(target, change.path)
    if before is not None and after is not None:
        before = after.model_copy(update={field: getattr(before, field) for field in change.fields})
    return with_section(target, change.path, before)
