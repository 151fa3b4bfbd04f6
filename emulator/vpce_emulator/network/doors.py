"""The doors that are open: a listening address for the internet, for every client and for every endpoint."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from vpce_emulator.network.http_server import Answer, DoorServer
from vpce_emulator.network.ingress import Door
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
        # The ports of doors that were closed, for those that come back: a stopped instance, a client made anew.
        self._last_ports: dict[Door, int] = {}

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

    async def keep(self, wanted: Iterable[Door]) -> None:
        """Close the doors that are not wanted, and open those that are wanted and not open.

        One that was open before has its port again, if nobody has taken it; others have any free one.
        """
        wanted = list(wanted)
        gone = {door: self._open.pop(door) for door in set(self._open).difference(wanted)}
        self._last_ports |= {door: opened.port for door, opened in gone.items()}
        await asyncio.gather(*map(self._close, gone.values()))
        for door in wanted:
            if door not in self._open:
                self._reopen(door)

    def _reopen(self, door: Door) -> None:
        try:
            self.open(door, self._last_ports.pop(door, 0))
        except PortInUse:
            self.open(door, 0)

    async def close(self) -> None:
        """Close every door and every connection."""
        opened = list(self._open.values())
        self._open.clear()
        await asyncio.gather(*map(self._close, opened))

    async def _close(self, opened: _Open) -> None:
        await opened.listener.stop()
        await opened.server.shutdown(timeout=0.5)
