"""The resolvers that run: one for the public internet, one for every VPC, and one for every attached network."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from vpce_dns import DnsServer, Upstream, View
from vpce_dns import PortInUse as DnsPortInUse
from vpce_emulator.network.current import CurrentNetwork
from vpce_emulator.network.listener import PortInUse


@dataclass(frozen=True, slots=True)
class Place:
    """Whom a resolver answers: the public, or, with `vpc_id`, the hosts in a VPC.

    With `network` too, it is the VPC's Route 53 Resolver inbound endpoint, and answers the hosts of that network.
    """

    vpc_id: str = ""
    network: str = ""


PUBLIC = Place()


class Resolvers:
    """Starts and stops DNS servers."""

    def __init__(
        self, host: str, network: CurrentNetwork, upstream: Upstream | None, packet_limit: int | None = None
    ) -> None:
        """Make resolvers on an address that answer from a network's views.

        Args:
            host: the address.
            network: whose views they answer from.
            upstream: who is asked for other names; without one there are none.
            packet_limit: packets a second that a VPC's resolver takes from one address; the public one takes all.
        """
        self._packet_limit = packet_limit
        self._host = host
        self._network = network
        self._upstream = upstream
        self._running: dict[Place, DnsServer] = {}
        # The port of each that ever ran, by what it is called: a VPC that is made again has another id.
        self._known_ports: dict[str, int] = {}

    @property
    def addresses(self) -> Mapping[Place, tuple[str, int]]:
        """The address of each running resolver."""
        return {place: server.address for place, server in self._running.items()}

    async def start(self, place: Place, name: str, port: int) -> None:
        """Start the resolver of a place, whose port is kept for a name.

        Raises:
            PortInUse: another program has the port.
        """
        view = partial(self._view, place)
        limit = None if place == PUBLIC else self._packet_limit
        server = DnsServer(view, host=self._host, port=port, upstream=self._upstream, packets_per_second=limit)
        try:
            await server.start()
        except DnsPortInUse as error:
            message = f"{error}, wanted for DNS; choose another with --dns-port, or 0 for any free one"
            raise PortInUse(message) from error
        except OSError as error:
            message = f"{self._host}:{port}, wanted for DNS, cannot be listened on ({error.strerror})"
            raise PortInUse(message) from error
        self._running[place] = server
        self._known_ports[name] = server.address[1]

    def _view(self, place: Place) -> View | None:
        if place == PUBLIC:
            return self._network.public_view()
        return self._network.resolver_view(place.vpc_id, inbound=bool(place.network))

    async def keep(self, wanted: Mapping[Place, str]) -> None:
        """Stop the resolvers that are not wanted, and start those that are wanted and do not run.

        One that ran before has its port again, if no other program has taken it; others have any free one.

        Args:
            wanted: the places, and the names that their ports are kept for.
        """
        gone = [self._running.pop(place) for place in set(self._running).difference(wanted)]
        await asyncio.gather(*(server.stop() for server in gone))
        for place, name in wanted.items():
            if place not in self._running:
                await self._start_again(place, name)

    async def _start_again(self, place: Place, name: str) -> None:
        try:
            await self.start(place, name, self._known_ports.get(name, 0))
        except PortInUse:
            await self.start(place, name, 0)

    async def stop(self) -> None:
        """Stop all of them."""
        while self._running:
            await self._running.popitem()[1].stop()
