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
# New doors stay near the first one, off the ports that other programs are known by.
_ROW = 256
_LAST_PORT = 65_535


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
        # INVARIANT: the port of each door that was ever open. One that comes back is where it was: a client made anew,
        # an endpoint that a reset brings back.
        self._known_ports: dict[Door, int] = {}

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
        self._known_ports[door] = taken
        return taken

    async def keep(self, wanted: Iterable[Door], *, in_a_row: bool) -> None:
        """Close the doors that are not wanted, and open those that are wanted and not open.

        One that was open before has its port again, if no other program has taken it.

        Args:
            wanted: the doors.
            in_a_row: whether new ones have the ports that follow those of all others, and not any free ones.
        """
        wanted = list(wanted)
        gone = {door: self._open.pop(door) for door in set(self._open).difference(wanted)}
        await asyncio.gather(*map(self._close, gone.values()))
        for door in wanted:
            if door not in self._open:
                self._open_somewhere(door, in_a_row=in_a_row)

    def _open_somewhere(self, door: Door, *, in_a_row: bool) -> None:
        known = (self._known_ports[door],) if door in self._known_ports else ()
        ports = self._known_ports.values()
        following = range(max(ports) + 1, min(min(ports) + _ROW, _LAST_PORT)) if in_a_row and ports else ()
        for port in (*known, *following):
            try:
                self.open(door, port)
            except PortInUse:
                continue
            return
        self.open(door, 0)

    async def close(self) -> None:
        """Close every door and every connection."""
        opened = list(self._open.values())
        self._open.clear()
        await asyncio.gather(*map(self._close, opened))

    async def _close(self, opened: _Open) -> None:
        await opened.listener.stop()
        await opened.server.shutdown(timeout=0.5)
