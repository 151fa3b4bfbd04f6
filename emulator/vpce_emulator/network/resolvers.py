"""The resolvers that run: one for the public internet, one for every VPC."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from vpce_dns import DnsServer, Upstream
from vpce_dns import PortInUse as DnsPortInUse
from vpce_emulator.network.current import CurrentNetwork
from vpce_emulator.network.listener import PortInUse

# The public view's place among the resolvers; VPCs have their ids.
PUBLIC = "public"


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
        self._running: dict[str, DnsServer] = {}

    @property
    def addresses(self) -> Mapping[str, tuple[str, int]]:
        """The address of each running resolver, by VPC id or `PUBLIC`."""
        return {place: server.address for place, server in self._running.items()}

    async def start(self, place: str, port: int) -> None:
        """Start the resolver of a VPC, or the public one.

        Raises:
            PortInUse: another program has the port.
        """
        network = self._network
        view = network.public_view if place == PUBLIC else lambda: network.resolver_view(place)
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

    async def keep(self, wanted: Iterable[str]) -> None:
        """Stop the resolvers that are not wanted, and start, on free ports, those that are wanted and do not run."""
        wanted = list(wanted)
        gone = [self._running.pop(place) for place in set(self._running).difference(wanted)]
        await asyncio.gather(*(server.stop() for server in gone))
        for place in wanted:
            if place not in self._running:
                await self.start(place, 0)

    async def stop(self) -> None:
        """Stop all of them."""
        while self._running:
            await self._running.popitem()[1].stop()
