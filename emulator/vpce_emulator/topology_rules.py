"""What EC2 would refuse of a topology file, found by reading it: networks, addresses, zones and what joins VPCs. Pure.

Everything here is refused when the file is checked, so that starting, following and checking refuse the same, with the
field and what it may be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

from vpce_emulator.topology.addressing import is_reserved
from vpce_emulator.topology.region_zones import REGIONS, zones_of_region
from vpce_emulator.topology_file import RuleSection, TopologyFile, VpcSection

_Where = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something that EC2 would refuse.

    Attributes:
        path: the field.
        found: what stands there.
        allowed: what may stand there.
    """

    path: _Where
    found: str
    allowed: str


def network_mistakes(topology: TopologyFile) -> Iterator[Mistake]:
    """Yield what EC2 would refuse of the networks in a file whose references all lead somewhere."""
    if topology.region not in REGIONS:
        near = get_close_matches(topology.region, REGIONS)
        yield Mistake(("region",), repr(topology.region), f"a Region, like {', '.join(near or ('us-east-1',))}")
        return
    for name, vpc in topology.vpcs.items():
        yield from _in_vpc(("vpcs", name), vpc, topology.region)
        yield from _routes(topology, name, vpc)
    yield from _connections(topology)
    yield from _attached_networks(topology)
    yield from _clients(topology)
    yield from _hosts(topology)
    keys = [section.access_key_id for section in topology.credentials]
    for index, key in enumerate(keys):
        if key in keys[:index]:
            yield Mistake(("credentials", index, "access_key_id"), repr(key), "each access key once")
    for name in topology.faults:
        # Those that are added while it runs are called so.
        if name.startswith("fault-"):
            yield Mistake(("faults", name), f"the name {name!r}", "a name that does not begin with fault-")


def _in_vpc(path: _Where, vpc: VpcSection, region: str) -> Iterator[Mistake]:
    # https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
    yield from _sized((*path, "cidr"), vpc.cidr)
    zones = zones_of_region(region)
    # https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
    for name, subnet in vpc.subnets.items():
        here = (*path, "subnets", name)
        yield from _sized((*here, "cidr"), subnet.cidr)
        if not subnet.cidr.subnet_of(vpc.cidr):
            yield Mistake((*here, "cidr"), repr(str(subnet.cidr)), f"a part of the VPC's network, {vpc.cidr}")
        if subnet.availability_zone not in zones:
            yield Mistake((*here, "availability_zone"), repr(subnet.availability_zone), ", ".join(zones))
    for (first, one), (second, other) in combinations(vpc.subnets.items(), 2):
        if one.cidr.overlaps(other.cidr):
            allowed = f"a network that does not overlap that of subnet {first}, {one.cidr}"
            yield Mistake((*path, "subnets", second, "cidr"), repr(str(other.cidr)), allowed)
    for name, group in vpc.security_groups.items():
        here = (*path, "security_groups", name)
        # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
        if name == "default" or name.startswith("sg-"):
            yield Mistake(here, f"the name {name!r}", "a name other than default that does not begin with sg-")
        yield from _repeated((*here, "ingress"), group.ingress)
        yield from _repeated((*here, "egress"), group.egress)


def _sized(path: _Where, network: IPv4Network) -> Iterator[Mistake]:
    if not 16 <= network.prefixlen <= 28:
        yield Mistake(path, repr(str(network)), "a network from /16, the largest, to /28, the smallest")


def _repeated(path: _Where, rules: tuple[RuleSection, ...]) -> Iterator[Mistake]:
    for index, rule in enumerate(rules):
        if rule in rules[:index]:
            yield Mistake((*path, index), f"the same as [{rules.index(rule)}]", "each rule once")


def _routes(topology: TopologyFile, name: str, vpc: VpcSection) -> Iterator[Mistake]:
    attached = {each.cidr: network for network, each in topology.attached_networks.items() if each.vpc == name}
    for table, section in vpc.route_tables.items():
        destinations = [route.destination for route in section.routes]
        for index, destination in enumerate(destinations):
            here = ("vpcs", name, "route_tables", table, "routes", index, "destination")
            if destination == vpc.cidr:
                yield Mistake(here, repr(str(destination)), "another network than the VPC's, whose route is local")
            elif destination in attached:
                allowed = f"another network than that of {attached[destination]}, whose route is there by itself"
                yield Mistake(here, repr(str(destination)), allowed)
            elif destination in destinations[:index]:
                yield Mistake(here, repr(str(destination)), "each destination once in a table")


def _connections(topology: TopologyFile) -> Iterator[Mistake]:
    # https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
    for name, peering in topology.peerings.items():
        requester, accepter = (topology.vpcs[vpc] for vpc in peering.vpcs)
        if requester.cidr.overlaps(accepter.cidr):
            found = f"{peering.vpcs[0]} ({requester.cidr}) and {peering.vpcs[1]} ({accepter.cidr})"
            yield Mistake(("peerings", name, "vpcs"), found, "two VPCs whose networks do not overlap")
    for name, gateway in topology.transit_gateways.items():
        for index, vpc in enumerate(gateway.vpcs):
            here = ("transit_gateways", name, "vpcs", index)
            if vpc in gateway.vpcs[:index]:
                yield Mistake(here, repr(vpc), "each VPC once")
            elif not topology.vpcs[vpc].subnets:
                yield Mistake(here, repr(vpc), "a VPC with a subnet, for the attachment to be in")


def _attached_networks(topology: TopologyFile) -> Iterator[Mistake]:
    """Yield the networks outside that the network they are attached to would take for its own, or another's."""
    before: list[tuple[str, str, IPv4Network]] = []
    for name, network in topology.attached_networks.items():
        here, found = ("attached_networks", name, "cidr"), repr(str(network.cidr))
        gateway = topology.transit_gateways.get(network.transit_gateway or "")
        for vpc in gateway.vpcs if gateway is not None else (network.vpc or "",):
            if network.cidr.overlaps(topology.vpcs[vpc].cidr):
                allowed = f"a network that does not overlap that of VPC {vpc}, {topology.vpcs[vpc].cidr}"
                yield Mistake(here, found, allowed)
        home = network.vpc or network.transit_gateway or ""
        for other, its_home, cidr in before:
            if its_home == home and cidr.overlaps(network.cidr):
                yield Mistake(here, found, f"a network that does not overlap that of {other}, {cidr}")
        before.append((name, home, network.cidr))


def _clients(topology: TopologyFile) -> Iterator[Mistake]:
    """Yield the clients in subnets that have an address that they cannot have."""
    homes = {name: (vpc, it.cidr) for vpc, section in topology.vpcs.items() for name, it in section.subnets.items()}
    taken: dict[tuple[str, IPv4Address], str] = {}
    for name, client in topology.clients.items():
        if client.subnet is None or client.address is None:
            continue
        vpc, cidr = homes[client.subnet]
        here, found = ("clients", name, "address"), repr(str(client.address))
        if client.address not in cidr:
            yield Mistake(here, found, f"an address of subnet {client.subnet}, {cidr}")
        elif is_reserved(cidr, client.address):
            yield Mistake(here, found, f"{cidr[4]} to {cidr[-2]}: AWS keeps the first four addresses and the last")
        elif (vpc, client.address) in taken:
            yield Mistake(here, found, f"another address than that of client {taken[vpc, client.address]}")
        taken.setdefault((vpc, client.address), name)


def _hosts(topology: TopologyFile) -> Iterator[Mistake]:
    """Yield the hosts in attached networks that have an address that they cannot have, or find none."""
    taken: dict[tuple[str, IPv4Address], str] = {}
    room = {name: network.cidr.num_addresses for name, network in topology.attached_networks.items()}
    for name, host in topology.clients.items():
        if host.network is None:
            continue
        cidr = topology.attached_networks[host.network].cidr
        room[host.network] -= 1
        if host.address is None:
            if room[host.network] < 2:
                yield Mistake(("clients", name, "network"), repr(host.network), f"a network with room: {cidr} is full")
            continue
        here, found = ("clients", name, "address"), repr(str(host.address))
        if host.address not in cidr:
            yield Mistake(here, found, f"an address of network {host.network}, {cidr}")
        elif (host.network, host.address) in taken:
            yield Mistake(here, found, f"another address than that of client {taken[host.network, host.address]}")
        taken.setdefault((host.network, host.address), name)
