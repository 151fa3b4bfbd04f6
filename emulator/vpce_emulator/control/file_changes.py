"""Following a topology file that was edited: each change becomes the EC2 calls that a user would make for it.

What was made through the API by others stays: nothing is deleted that their things are in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from vpce_emulator.config import ConfigurationError
from vpce_emulator.control.file_calls import Built
from vpce_emulator.control.file_client_changes import change_client, create_client, delete_client
from vpce_emulator.control.file_connection_changes import (
    change_network,
    change_transit_gateway,
    create_network,
    create_peering,
    create_transit_gateway,
    delete_network,
    delete_peering,
    delete_transit_gateway,
    leave_zone,
    serve_zones,
)
from vpce_emulator.control.file_connections import hosts_outside
from vpce_emulator.control.file_endpoint_changes import change_endpoint, create_endpoint, delete_endpoint
from vpce_emulator.control.file_foreign import refusals
from vpce_emulator.control.file_gone import gone, without_guards
from vpce_emulator.control.file_guard_changes import (
    change_acl,
    change_group,
    create_acl,
    create_group,
    delete_acl,
    delete_group,
)
from vpce_emulator.control.file_vpc_changes import (
    change_subnet,
    change_table,
    change_vpc,
    close_gateways,
    create_nat_gateway,
    create_subnet,
    create_table,
    create_vpc,
    delete_nat_gateway,
    delete_subnet,
    delete_table,
    delete_vpc,
    give_internet_gateway,
)
from vpce_emulator.control.file_work import Tools, Work
from vpce_emulator.topology_difference import (
    Change,
    Verb,
    Where,
    difference,
    section_at,
    steps_between,
    with_section,
)
from vpce_emulator.topology_file import Section, TopologyFile


@dataclass(frozen=True, slots=True)
class Followed:
    """How far the network follows a file.

    Attributes:
        file: the file as the network is now.
        lines: what was done, kept and refused, a line each.
    """

    file: TopologyFile
    lines: tuple[str, ...]


def follow(old: TopologyFile, new: TopologyFile, built: Built, tools: Tools) -> Followed:
    """Change the network as its file was changed, and say how far it follows.

    Args:
        old: the file as the network is now.
        new: the file as it was read last.
        built: what was made so far; kept up to date.
        tools: what calls are made with.
    """
    found, refused = difference(old, new), dict[Change, str]()
    if not found.changes:
        return Followed(new, ())
    missing = gone(old, found.changes, built, tools)
    old = without_guards(old, missing)
    found = difference(old, new, missing)
    # What is not to be deleted stays as it is, and what would have gone with it.
    while foreign := refusals(found, built, tools):
        refused |= foreign
        for change in foreign:
            new = with_section(new, change.path, section_at(old, change.path))
        found = difference(old, new, missing)
    way = _Pass(old, built, tools)
    emptied = way.to(old, found.between)
    target = found.target
    for change in way.refused:
        target = with_section(target, change.path, section_at(emptied, change.path))
    file = way.to(emptied, target)
    built.clients |= hosts_outside(file, built)
    refused |= way.refused
    paths = {change.path for change in refused}
    done = (str(change) for change in found.changes if change.path not in paths)
    told = (f"! {each.kind} {each.path[-1]}: {why}" for each, why in refused.items())
    return Followed(file, (*done, *told, *_settled(file, built, tools)))


def _settled(file: TopologyFile, built: Built, tools: Tools) -> Iterator[str]:
    """Let follow what the file does not name, and yield what does not: attachments' subnets, internet gateways."""
    try:
        serve_zones(file, built, tools.ec2)
    except ConfigurationError as error:
        yield f"! {error}"
    yield from (f"! internet gateway {why}" for why in close_gateways(file, built, tools.ec2))


class _Pass:
    """Goes from one file to another, and notes what was refused."""

    def __init__(self, before: TopologyFile, built: Built, tools: Tools) -> None:
        """Begin.

        Args:
            before: what was there before anything was changed; what is made anew in vain is put back as it was there.
            built: what was made so far; kept up to date.
            tools: what calls are made with.
        """
        self.refused: dict[Change, str] = {}
        self._before = before
        self._built = built
        self._tools = tools

    def to(self, old: TopologyFile, new: TopologyFile) -> TopologyFile:
        """Make, change and delete, and return the file as the network then is."""
        changes = steps_between(old, new)
        file, failed = new, set[Where]()
        for verbs, kind, do in _STEPS:
            for change in changes:
                if change.verb not in verbs or change.kind != kind or any(_is_in(change.path, it) for it in failed):
                    continue
                work = Work(change, old, new, self._built, self._tools)
                try:
                    do(work)
                except ConfigurationError as error:
                    self.refused[change] = str(error)
                    failed.add(change.path)
                    file = with_section(file, change.path, self._left(work, do))
        return file

    def _left(self, work: Work, do: Callable[[Work], None]) -> Section | None:
        """Return what is there of a thing whose change was refused: what was there before.

        What was to be made anew is gone already, and is made again.
        """
        change = work.change
        if change.verb is not Verb.CREATE:
            return section_at(work.old, change.path)
        before = section_at(self._before, change.path)
        if before is not None:
            try:
                do(replace(work, new=with_section(work.new, change.path, before)))
            except ConfigurationError:
                return None
        return before


def _is_in(path: Where, other: Where) -> bool:
    return path[: len(other)] == other


_CREATED = frozenset({Verb.CREATE})
_CHANGED = frozenset({Verb.CHANGE})
_FILLED = frozenset({Verb.CREATE, Verb.CHANGE})
_DELETED = frozenset({Verb.DELETE})

# In this order nothing is needed before it is there, or deleted while it is needed.
_STEPS: tuple[tuple[frozenset[Verb], str, Callable[[Work], None]], ...] = (
    (_DELETED, "client", delete_client),
    (_DELETED, "endpoint", delete_endpoint),
    (_DELETED, "attached network", delete_network),
    (_CREATED, "VPC", create_vpc),
    (_CREATED, "route table", create_table),
    (_CREATED, "network ACL", create_acl),
    (_CREATED, "subnet", create_subnet),
    (_CREATED, "security group", create_group),
    (_CHANGED, "VPC", change_vpc),
    (_FILLED, "route table", give_internet_gateway),
    (_CREATED, "NAT gateway", create_nat_gateway),
    (_CREATED, "peering connection", create_peering),
    (_CREATED, "transit gateway", create_transit_gateway),
    (_CHANGED, "transit gateway", change_transit_gateway),
    (_FILLED, "route table", change_table),
    (_CHANGED, "network ACL", change_acl),
    (_FILLED, "security group", change_group),
    (_CHANGED, "subnet", change_subnet),
    (_CREATED, "endpoint", create_endpoint),
    (_CHANGED, "endpoint", change_endpoint),
    (_CREATED, "client", create_client),
    (_CHANGED, "client", change_client),
    (_CREATED, "attached network", create_network),
    (_CHANGED, "attached network", change_network),
    (_DELETED, "NAT gateway", delete_nat_gateway),
    (_DELETED, "peering connection", delete_peering),
    (_DELETED, "transit gateway", delete_transit_gateway),
    (_DELETED, "subnet", leave_zone),
    (_DELETED, "subnet", delete_subnet),
    (_DELETED, "network ACL", delete_acl),
    (_DELETED, "security group", delete_group),
    (_DELETED, "route table", delete_table),
    (_DELETED, "VPC", delete_vpc),
)
