"""Which port each door has: the same one for as long as the emulator runs, whatever comes and goes beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from vpce_emulator.network.ingress import Door, DoorKind
from vpce_emulator.topology.models import Topology

HIGHEST = 65_535


@dataclass(frozen=True, slots=True)
class Claim:
    """What a port is kept for.

    Attributes:
        kind: what the door stands for.
        name: what its client or endpoint is called, which outlives the thing itself: an endpoint that is made again
            has another id.
        of_file: whether the topology file names it. Its port is kept for good, that of others until a reset.
    """

    kind: DoorKind
    name: str
    of_file: bool


def claims(topology: Topology, clients: Collection[str], endpoints: Mapping[str, str]) -> dict[Door, Claim]:
    """Return the doors of a network in the order of their ports, and what these are kept for.

    Args:
        topology: the network.
        clients: the names of the topology file's clients.
        endpoints: the names of the topology file's endpoints, by id.
    """
    # Those of the file in its order.
    names = dict.fromkeys((*(name for name in clients if name in topology.clients), *topology.clients))
    found = {Door(DoorKind.CLIENT, name): Claim(DoorKind.CLIENT, name, name in clients) for name in names}
    named: set[str] = set()
    for id_, endpoint in topology.endpoints.items():
        # Of several with one Name tag, the first is called by it.
        name = endpoints.get(id_) or (id_ if endpoint.name in named else endpoint.name)
        if id_ not in endpoints:
            named.add(name)
        found[Door(DoorKind.ENDPOINT, id_)] = Claim(DoorKind.ENDPOINT, name, id_ in endpoints)
    return dict(sorted(found.items(), key=lambda item: not item[1].of_file))


class DoorPorts:
    """Remembers the ports that doors were given, and gives new ones the next."""

    def __init__(self) -> None:
        """Give any free ports."""
        self._next = 0
        self._given: dict[Claim, int] = {}
        # Those of things that a reset has ended, in the order in which they were given: what templates make again
        # after it has the ports that it had.
        self._spare: list[int] = []

    def follow(self, port: int) -> None:
        """Give the ports after this one from now on."""
        self._next = port + 1

    def candidates(self, claim: Claim) -> Iterator[int]:
        """Yield the ports that a door may have, the best one first; 0 at last, for any that is free.

        INVARIANT: a port that is kept for another claim is never among them, so that no program that was given a port
        calls from elsewhere than it believes.
        """
        if claim in self._given:
            yield self._given[claim]
        yield from tuple(self._spare)
        while 0 < self._next <= HIGHEST:
            self._next += 1
            yield self._next - 1
        yield 0

    def keep(self, claim: Claim, port: int) -> None:
        """Note that a door has a port."""
        self._given[claim] = port
        if port in self._spare:
            self._spare.remove(port)

    def forget_others(self) -> None:
        """Keep the ports of the topology file's doors alone, as at the start."""
        others = [claim for claim in self._given if not claim.of_file]
        self._spare = [*(self._given.pop(claim) for claim in others), *self._spare]
