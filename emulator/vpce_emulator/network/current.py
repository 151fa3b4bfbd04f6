"""What follows from the topology as it is now: DNS views and paths, each worked out once, until it may be another."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from vpce_dns import View
from vpce_emulator.network.ingress import Door, DoorKind, Ingress, ingress
from vpce_emulator.topology.models import Client, Topology
from vpce_emulator.topology.zones import inbound_view, names_depend_on, public_view, vpc_view

# How many paths of one topology are remembered; programs use a handful, and a hostile one cannot fill the memory.
REMEMBERED_PATHS = 4096
# The answers of one name rotate, and a client takes the first: with as many turns as this every address has its share.
TURNS = 12


class CurrentNetwork:
    """Views and paths of the current topology. INVARIANT: everything remembered follows from `_topology`."""

    def __init__(self, current: Callable[[], Topology]) -> None:
        """Make one over a function that returns the topology as it is now, the same object until it changes."""
        self._current = current
        self._topology: Topology | None = None
        self._views: dict[str, View] = {}
        self._paths: dict[tuple[Door, str, int], Ingress] = {}
        self._turn = count()

    def topology(self) -> Topology:
        """Return the topology as it is now."""
        topology = self._current()
        if topology is not self._topology:
            if self._topology is None or names_depend_on(topology) != names_depend_on(self._topology):
                self._views.clear()
            self._paths.clear()
            self._topology = topology
        return topology

    def public_view(self) -> View:
        """Return what the public DNS answers."""
        topology = self.topology()
        if "" not in self._views:
            self._views[""] = public_view(topology)
        return self._views[""]

    def vpc_view(self, vpc_id: str) -> View:
        """Return the names that are visible in a VPC."""
        topology = self.topology()
        if vpc_id not in self._views:
            self._views[vpc_id] = vpc_view(topology, vpc_id, self.public_view())
        return self._views[vpc_id]

    def inbound_view(self, vpc_id: str) -> View:
        """Return the names that a VPC's inbound endpoint tells hosts outside."""
        topology, key = self.topology(), f"inbound {vpc_id}"
        if key not in self._views:
            self._views[key] = inbound_view(topology, vpc_id, self.public_view())
        return self._views[key]

    def resolver_view(self, vpc_id: str, *, inbound: bool = False) -> View | None:
        """Return what the resolver of a VPC answers from; None where enableDnsSupport is false and it does not answer.

        Args:
            vpc_id: the VPC.
            inbound: whether hosts outside ask it, through its inbound endpoint.

        https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
        """
        vpc = self.topology().vpcs.get(vpc_id)
        if vpc is None or not vpc.enable_dns_support:
            return None
        return self.inbound_view(vpc_id) if inbound else self.vpc_view(vpc_id)

    def client_view(self, name: str) -> View:
        """Return what DNS tells a client of the topology."""
        client = self.topology().clients[name]
        if client.subnet_id:
            return self.vpc_view(client.vpc_id)
        return self.inbound_view(client.vpc_id) if client.inbound_resolver else self.public_view()

    def view_of(self, client: Client | None) -> View:
        """Return what DNS tells a client of the topology, or, where it is None, the public."""
        return self.public_view() if client is None else self.client_view(client.name)

    def ingress(self, door: Door, host_name: str) -> Ingress:
        """Return how a request for a host name, accepted at a door, reaches its service."""
        topology = self.topology()
        key = (door, host_name, next(self._turn) % TURNS)
        known = self._paths.get(key)
        if known is None:
            if len(self._paths) >= REMEMBERED_PATHS:
                self._paths.clear()
            known = self._paths[key] = ingress(topology, door, host_name, turn=key[2], view=self._view_at(door))
        return known

    def _view_at(self, door: Door) -> View | None:
        """Return what DNS tells who calls at a door; at an endpoint's own nobody asks."""
        if door.kind is DoorKind.ENDPOINT:
            return None
        return self.client_view(door.name) if door.kind is DoorKind.CLIENT else self.public_view()
