"""The network as it is open to callers: its topology, and the doors and resolvers that follow it. IO."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

from vpce_dns import Upstream
from vpce_emulator.config import Settings, user_state_directory
from vpce_emulator.control.control import Control
from vpce_emulator.control.file_network import FileNetwork
from vpce_emulator.control.source import TopologySource
from vpce_emulator.directory import directory, reachable
from vpce_emulator.network.certificates import CertificateAuthority
from vpce_emulator.network.current import CurrentNetwork
from vpce_emulator.network.door_ports import Claim, claims
from vpce_emulator.network.doors import Doors
from vpce_emulator.network.http_server import Answer
from vpce_emulator.network.ingress import INTERNET, Door
from vpce_emulator.network.resolvers import PUBLIC, Place, Resolvers
from vpce_emulator.topology.models import Topology


class OpenNetwork:
    """Opens doors and resolvers for what is in the network, and has them follow its changes.

    Attributes:
        current: the views and paths of the network that callers see.
        authority: whose certificates doors serve.
    """

    def __init__(
        self,
        settings: Settings,
        source: TopologySource,
        control: Control,
        file: FileNetwork,
        answers: Callable[[Door], Answer],
    ) -> None:
        """Make one; nothing is open yet.

        Args:
            settings: addresses, ports, and what resolvers do with names that are not theirs.
            source: where the network comes from.
            control: whose endpoints pass from state to state by themselves.
            file: the topology file's network, whose order the ports have.
            answers: gives what answers the requests of a door.
        """
        self._settings = settings
        self._source = source
        self._control = control
        self._file = file
        # INVARIANT: what doors and resolvers see; replaced as a whole, on the event loop, after every change.
        self._topology = Topology(version=0, region=source.region, account_id=source.account_id)
        self.current = CurrentNetwork(lambda: self._topology)
        state = settings.state_directory or user_state_directory()
        self.authority = CertificateAuthority(state)
        self._doors = Doors(settings.host, answers, self.authority.serving)
        upstream = _upstream(settings.dns_upstream)
        self._resolvers = Resolvers(settings.host, self.current, upstream, settings.dns_packet_limit)
        self._following = asyncio.Lock()
        self._next_change: asyncio.Task[None] | None = None

    @property
    def topology(self) -> Topology:
        """The network that callers see."""
        return self._topology

    def open_internet(self) -> None:
        """Open the internet door.

        Raises:
            PortInUse: another program has its port.
        """
        self._doors.open(INTERNET, self._settings.port)

    async def open(self) -> None:
        """Open everything else, at the ports that follow.

        Raises:
            PortInUse: another program has one of them.
        """
        self._topology = await asyncio.to_thread(self._source.current)
        self._doors.open_first(self._wanted_doors(), after=self._doors.ports[INTERNET] if self._settings.port else 0)
        for (place, name), port in zip(self._wanted_resolvers().items(), self._dns_ports(), strict=False):
            await self._resolvers.start(place, name, port)

    def _dns_ports(self) -> Iterator[int]:
        first = self._settings.dns_port
        return (first + index if first else 0 for index in range(65_536))

    async def follow(self, *, as_at_the_start: bool = False) -> None:
        """Let doors and resolvers follow the network as it is now.

        Args:
            as_at_the_start: whether the ports of all doors but the topology file's are given anew.
        """
        # One change after the other: of two at once, the later topology must not be replaced by the earlier one.
        async with self._following:
            due = await asyncio.to_thread(self._control.settle)
            self._topology = await asyncio.to_thread(self._source.current)
            self._expect_change(due)
            await self._doors.keep(self._wanted_doors(), as_at_the_start=as_at_the_start)
            await self._resolvers.keep(self._wanted_resolvers())

    def _expect_change(self, due: float | None) -> None:
        """Follow again when an endpoint becomes available or is gone by itself."""
        if self._next_change is not None:
            self._next_change.cancel()
        self._next_change = asyncio.create_task(self._follow_at(due)) if due is not None else None

    async def _follow_at(self, due: float) -> None:
        await asyncio.sleep(max(due - time.time(), 0))
        # The task that follows expects the next change itself, and must not be ended by it.
        self._next_change = None
        await self.follow()

    def _wanted_doors(self) -> dict[Door, Claim]:
        """Return the doors besides that of the internet: the file's clients, its endpoints, then all others."""
        of_file = {id_: name for name, id_ in self._file.endpoint_ids.items()}
        return claims(self._topology, self._file.clients, of_file)

    def _wanted_resolvers(self) -> dict[Place, str]:
        """Return the places of resolvers in the order of their ports, and what these are kept for.

        Those of the file come first, in its order: their ports are then known beforehand.
        """
        names, order = self._file.vpc_names, {name: index for index, name in enumerate(self._file.file.vpcs)}
        vpcs = sorted(self._topology.vpcs, key=lambda id_: order.get(names.get(id_, ""), len(order)))
        inbound = self._file.inbound.items()
        outside = {Place(id_, network): f"{network} (inbound)" for network, id_ in inbound if id_ in vpcs}
        return {PUBLIC: "public", **{Place(id_): names.get(id_, id_) for id_ in vpcs}, **outside}

    def listing(self, host: str | None = None) -> dict[str, Any]:
        """Return the doors, endpoints and resolvers.

        Args:
            host: what URLs name; the address that is listened on, or this machine, where it is None.
        """
        host = host or reachable(self._settings.host)
        return directory(self._topology, self._doors.ports, self._resolver_ports(), host)

    def _resolver_ports(self) -> dict[str, int]:
        """Return the resolvers' ports by the names of their VPCs and networks; by its id where another has the name."""
        names = {vpc.id: vpc.name for vpc in self._topology.vpcs.values()}
        listed: dict[str, int] = {}
        for place, (_, port) in self._resolvers.addresses.items():
            name = "public" if place == PUBLIC else place.network or names.get(place.vpc_id, place.vpc_id)
            listed[name if name not in listed else f"{place.vpc_id} {place.network}".strip()] = port
        return listed

    async def close(self) -> None:
        """Close everything. Closing twice is allowed."""
        self._expect_change(None)
        await self._resolvers.stop()
        await self._doors.close()


def _upstream(address: str | None) -> Upstream | None:
    if address is None:
        return None
    host, _, port = address.partition(":")
    return Upstream(host, int(port or 53))
