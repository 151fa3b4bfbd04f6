"""What guards network interfaces and subnets: security groups and network ACLs, held against a TCP connection.

Security groups are stateful: what may go out may be answered. A group's rules allow and never deny.
https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html

Network ACLs are stateless: answers need an entry of their own, for the port that the client called from. The entry with
the lowest number that is about a packet decides, and what none is about is denied.
https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from vpce_emulator.topology.models import NetworkAcl, NetworkAclEntry, SecurityGroup, SecurityGroupRule, Topology

# `-1` stands for all protocols, 6 is TCP's number.
_TCP: Final = frozenset({"tcp", "6", "-1"})

EPHEMERAL_PORTS: Final = range(32768, 61001)
"""The ports that clients call from, on Linux; a network ACL has to let answers to all of them through.

https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
"""

NAT_PORTS: Final = range(1024, 65536)
"""The ports that NAT gateways call from (the same page)."""

_DENIED_TO_THE_REST: Final = NetworkAclEntry(32767, egress=True, allow=False, protocol="-1", cidr=IPv4Network(0))


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


def entry_that_denies(acl: NetworkAcl, peer: IPv4Address, ports: range, *, egress: bool) -> NetworkAclEntry | None:
    """Return the entry that keeps TCP packets from leaving or entering a subnet, or None where all may.

    Args:
        acl: the subnet's network ACL.
        peer: the address that the packets go to or come from.
        ports: the ports that they go to; an entry about a few of them keeps those packets back.
        egress: whether they leave the subnet.

    Returns:
        an entry of the ACL, or the one numbered 32767 that stands for its asterisk row.
    """
    undecided = [ports]
    for entry in acl.entries:
        if entry.egress is egress and entry.protocol in _TCP and peer in entry.cidr:
            about = _ports_of(entry)
            if not entry.allow and any(_common(part, about) for part in undecided):
                return entry
            undecided = [rest for part in undecided for rest in _without(part, about)]
    return _DENIED_TO_THE_REST if undecided else None


def _ports_of(entry: NetworkAclEntry) -> range:
    if entry.protocol == "-1" or entry.from_port is None or entry.to_port is None:
        return range(65536)
    return range(entry.from_port, entry.to_port + 1)


def _common(one: range, other: range) -> range:
    return range(max(one.start, other.start), min(one.stop, other.stop))


def _without(ports: range, taken: range) -> Iterable[range]:
    before, after = range(ports.start, min(ports.stop, taken.start)), range(max(ports.start, taken.stop), ports.stop)
    return (part for part in (before, after) if part)
