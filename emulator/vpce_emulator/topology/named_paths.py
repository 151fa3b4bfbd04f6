"""Paths in the words of whoever made the network: each id with the name that the thing has. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from vpce_emulator.topology.models import RouteTable, Topology
from vpce_emulator.topology.path import Path

# Where a topology has things, by what their ids begin with.
_THINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "acl": "network_acls",
        "nat": "nat_gateways",
        "pcx": "connections",
        "rtb": "route_tables",
        "sg": "security_groups",
        "subnet": "subnets",
        "tgw": "connections",
        "vgw": "connections",
        "vpc": "vpcs",
    }
)
# An id that its name does not follow already.
_ID: Final = re.compile(rf"\b({'|'.join(_THINGS)})-[0-9a-z]+\b(?!-|\.\w| \()")


def with_names(topology: Topology, path: Path) -> Path:
    """Return a path whose explanations name things beside their ids: `rtb-1a2b3c4d (private)`."""

    def named(text: str) -> str:
        return _ID.sub(lambda found: _named(topology, found), text)

    hops = tuple(replace(hop, explanation=named(hop.explanation)) for hop in path.hops)
    return replace(path, hops=hops, reason=named(path.reason))


def _named(topology: Topology, found: re.Match[str]) -> str:
    things: Mapping[str, Any] = getattr(topology, _THINGS[found[1]])
    thing = things.get(found[0])
    name = getattr(thing, "name", "")
    if name == found[0] and isinstance(thing, RouteTable) and thing.main:
        name = f"the main one of {topology.vpcs[thing.vpc_id].name}"
    return f"{found[0]} ({name})" if name and name != found[0] else found[0]
