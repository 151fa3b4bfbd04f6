"""Security groups: which rule, if any, lets a TCP connection out of one network interface and into another.

Security groups are stateful: what may go out may be answered. A group's rules allow and never deny.
https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

from vpce_emulator.topology.models import SecurityGroup, SecurityGroupRule, Topology

# `-1` stands for all protocols, 6 is TCP's number.
_TCP: Final = frozenset({"tcp", "6", "-1"})


@dataclass(frozen=True, slots=True)
class Peer:
    """The other side of a connection: its address, and its groups where it stands in a VPC."""

    address: IPv4Address
    group_ids: tuple[str, ...] = ()


def group_that_lets_out(topology: Topology, group_ids: Iterable[str], to: Peer, port: int) -> SecurityGroup | None:
    """Return the first group whose egress rules allow a TCP connection to a peer, or None."""
    groups = _groups(topology, group_ids)
    return next((group for group in groups if _any_admits(topology, group.egress, to, port)), None)


def group_that_lets_in(topology: Topology, group_ids: Iterable[str], source: Peer, port: int) -> SecurityGroup | None:
    """Return the first group whose ingress rules allow a TCP connection from a peer, or None."""
    groups = _groups(topology, group_ids)
    return next((group for group in groups if _any_admits(topology, group.ingress, source, port)), None)


def _groups(topology: Topology, group_ids: Iterable[str]) -> Iterable[SecurityGroup]:
    return (topology.security_groups[group_id] for group_id in group_ids if group_id in topology.security_groups)


def _any_admits(topology: Topology, rules: Iterable[SecurityGroupRule], peer: Peer, port: int) -> bool:
    return any(_covers_port(rule, port) and _covers_peer(topology, rule, peer) for rule in rules)


def _covers_port(rule: SecurityGroupRule, port: int) -> bool:
    if rule.protocol not in _TCP:
        return False
    if rule.protocol == "-1" or rule.from_port is None or rule.to_port is None:
        return True
    return rule.from_port <= port <= rule.to_port


def _covers_peer(topology: Topology, rule: SecurityGroupRule, peer: Peer) -> bool:
    if any(peer.address in cidr for cidr in rule.cidrs) or not set(rule.group_ids).isdisjoint(peer.group_ids):
        return True
    lists = (topology.prefix_lists[list_id] for list_id in rule.prefix_list_ids if list_id in topology.prefix_lists)
    return any(peer.address in cidr for prefix_list in lists for cidr in prefix_list.cidrs)
