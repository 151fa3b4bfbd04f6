"""The doors that are open: a listening address for the internet, for every client and for every endpoint."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vpce_emulator.network.door_ports import Claim, DoorPorts
from vpce_emulator.network.http_server import Answer, DoorServer
from vpce_emulator.network.ingress import INTERNET, Door
from vpce_emulator.network.listener import Listener, PortInUse

# Idle connections are kept for longer than SDKs keep theirs (botocore: 12 s unused, then a new one; Java: 60 s), so
# that it is never the server that closes while a request is on its way.
KEEP_ALIVE = 75.0
# SDKs send headers of a few kilobytes; AWS takes 8 KB in all for S3. Session tokens and policies in headers need more.
LARGEST_HEADER = 65_536


@dataclass(frozen=True, slots=True)
class _Open:
    listener: Listener
    server: DoorServer
    port: int


class Doors:
    """Opens and closes doors."""

    def __init__(self, host: str, answers: Callable[[Door], Answer], tls: Callable[[], ssl.SSLContext]) -> None:
        """Make doors on an address.

        Args:
            host: the address that all of them listen on.
            answers: gives what answers the requests of a door.
            tls: gives the context of TLS connections.
        """
        self._host = host
        self._answers = answers
        self._tls = tls
        self._open: dict[Door, _Open] = {}
        self._ports = DoorPorts()

    @property
    def ports(self) -> Mapping[Door, int]:
        """The port of each open door."""
        return {door: opened.port for door, opened in self._open.items()}

    def open(self, door: Door, port: int) -> int:
        """Open a door and return its port; connections queue up until the event loop runs.

        Raises:
            PortInUse: another program has the port.
        """
        server = DoorServer(
            self._answers(door),
            access_log=None,
            keepalive_timeout=KEEP_ALIVE,
            max_line_size=LARGEST_HEADER,
            max_field_size=LARGEST_HEADER,
            auto_decompress=False,
        )
        listener = Listener(server, self._tls)
        taken = listener.bind(self._host, port, f"the door of {door}")
        listener.start()
        self._open[door] = _Open(listener, server, taken)
        return taken

    def open_first(self, wanted: Mapping[Door, Claim], *, after: int) -> None:
        """Open doors at the ports that follow one, or at any free ones.

        Args:
            wanted: the doors in order, and what their ports are kept for.
            after: the port that they follow; 0 for any.

        Raises:
            PortInUse: another program has one of them.
        """
        if after:
            self._ports.follow(after)
        for door, claim in wanted.items():
            self._ports.keep(claim, self.open(door, next(self._ports.candidates(claim))))

    async def keep(self, wanted: Mapping[Door, Claim], *, as_at_the_start: bool = False) -> None:
        """Close the doors that are not wanted, and open those that are wanted and not open.

        One that was open before has its port again, if no other program has taken it; others have the next free one.

        Args:
            wanted: the doors besides that of the internet, and what their ports are kept for.
            as_at_the_start: whether only the topology file's doors keep their ports.
        """
        gone = [self._open.pop(door) for door in set(self._open).difference(wanted, {INTERNET})]
        await asyncio.gather(*map(self._close, gone))
        if as_at_the_start:
            self._ports.forget_others()
        for door, claim in wanted.items():
            if door not in self._open:
                self._reopen(door, claim)
            elif as_at_the_start:
                self._ports.keep(claim, self._open[door].port)

    def _reopen(self, door: Door, claim: Claim) -> None:
        for port in self._ports.candidates(claim):
            try:
                self._ports.keep(claim, self.open(door, port))
            except PortInUse:
                if not port:
                    raise
            else:
                return

    async def close(self) -> None:
        """Close every door and every connection."""
        opened = list(self._open.values())
        self._open.clear()
        await asyncio.gather(*map(self._close, opened))

    async def _close(self, opened: _Open) -> None:
        await opened.listener.stop()
        await opened.server.shutdown(timeout=0.5)
