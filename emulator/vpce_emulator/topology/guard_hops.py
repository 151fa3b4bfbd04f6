"""What guards of network interfaces and subnets do with a connection: security groups and network ACLs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from vpce_emulator.topology.firewall import (
    EPHEMERAL_PORTS,
    Peer,
    entry_that_denies,
    group_that_lets_in,
    group_that_lets_out,
)
from vpce_emulator.topology.hop import Hop, passed, stopped
from vpce_emulator.topology.models import Client, Topology

# The number of the row that denies what no other is about.
_ASTERISK = 32767


@dataclass(frozen=True, slots=True)
class Guarded:
    """A network interface that connections come in to: its id, its security groups, and what has it, if anything."""

    id: str
    group_ids: tuple[str, ...]
    owner_id: str = ""


def egress_hop(topology: Topology, client: Client, peer: Peer, port: int, *, hint: str = "") -> Hop:
    """Judge whether a client's security groups let a connection out; `hint` names the peers to allow if not."""
    group = group_that_lets_out(topology, client.group_ids, peer, port)
    if group:
        return passed("security group", group.id, f"{group.id} of {client.name} lets TCP {port} out to {peer.address}.")
    groups = ", ".join(client.group_ids) or "no security group"
    reason = (
        f"No egress rule of {client.name} ({groups}) lets TCP {port} out to {peer.address}: "
        f"add one to {hint or 'its address or group'}."
    )
    return stopped(
        "security group", ",".join(client.group_ids), reason + _ipv6(topology, client.group_ids, egress=True)
    )


def ingress_hop(topology: Topology, guarded: Guarded, peer: Peer, port: int) -> Hop:
    """Judge whether a network interface's security groups let a connection in."""
    group = group_that_lets_in(topology, guarded.group_ids, peer, port)
    if group:
        return passed("security group", group.id, f"{group.id} of {guarded.id} lets TCP {port} in.")
    groups = ", ".join(guarded.group_ids) or "no security group"
    of = f" of {guarded.owner_id}" if guarded.owner_id else ""
    reason = (
        f"No ingress rule of {guarded.id}{of} ({groups}) lets TCP {port} in from {peer.address}: add one for that "
        f"address or for the client's group."
    )
    told = reason + _ipv6(topology, guarded.group_ids, egress=False)
    return stopped("security group", ",".join(guarded.group_ids), told)


def _ipv6(topology: Topology, group_ids: Iterable[str], *, egress: bool) -> str:
    """Return a sentence about rules for IPv6, which look as if they allowed everything and are about no packet here."""
    groups = [topology.security_groups[group_id] for group_id in group_ids if group_id in topology.security_groups]
    rules = [rule for group in groups for rule in (group.egress if egress else group.ingress)]
    told = " A rule for IPv6 does not let IPv4 through, and the connection is over IPv4."
    return told if any(rule.ipv6_cidrs for rule in rules) else ""


def acl_hops(
    topology: Topology,
    subnet_id: str,
    peer: IPv4Address,
    port: int,
    *,
    outward: bool,
    called_from: range = EPHEMERAL_PORTS,
) -> Iterator[Hop]:
    """Yield what a subnet's network ACL does with a connection that crosses the subnet's border, if it has one.

    Args:
        topology: the network.
        subnet_id: the subnet.
        peer: the address on the other side of the border.
        port: the TCP port that is connected to.
        outward: whether the connection is made from inside.
        called_from: the ports that answers go to.
    """
    acl = topology.network_acls.get(topology.subnets[subnet_id].network_acl_id)
    if acl is None:
        return
    for egress, ports in ((outward, range(port, port + 1)), (not outward, called_from)):
        entry = entry_that_denies(acl, peer, ports, egress=egress)
        if entry is not None:
            number = "*" if entry.number == _ASTERISK else str(entry.number)
            way = f"leaving {subnet_id} for" if egress else f"entering {subnet_id} from"
            span = str(port) if ports.start == ports.stop - 1 else f"{ports.start}-{ports.stop - 1}"
            answers = "" if egress is outward else ", which answers go to: network ACLs are stateless"
            reason = (
                f"Rule {number} of {acl.id} keeps TCP {span} from {way} {peer}{answers}. "
                f"Add an {'outbound' if egress else 'inbound'} rule with a lower number that allows it."
            )
            yield stopped("network ACL", acl.id, reason)
            return
    way = "out to" if outward else "in from"
    yield passed("network ACL", acl.id, f"{acl.id} of {subnet_id} lets TCP {port} {way} {peer}, and answers back.")
