"""A listening address that speaks HTTP and HTTPS on one port.

The first byte that a client sends tells which it is: a TLS handshake record begins with 22 (RFC 8446, section 5.1),
which no HTTP method does. The byte is only looked at, so that the HTTP or TLS implementation sees the connection whole.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable

from vpce_emulator.config import ConfigurationError

TLS_HANDSHAKE = 22
# A connection that says nothing for this many seconds is closed; SDKs open connections only to use them.
SILENCE = 60.0
BACKLOG = 512


class PortInUse(ConfigurationError):
    """A port that was asked for belongs to another program."""


class Listener:
    """Accepts connections on one address and hands each to an HTTP server, with or without TLS."""

    def __init__(
        self, protocol: Callable[[], asyncio.BaseProtocol], tls: Callable[[], ssl.SSLContext] | None = None
    ) -> None:
        """Make a listener.

        Args:
            protocol: makes the HTTP protocol of one connection (an `aiohttp.web.Server`).
            tls: gives the context that serves TLS; asked at the first TLS connection. Without one TLS is refused.
        """
        self._protocol = protocol
        self._tls = tls
        self._socket: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._connecting: set[asyncio.Task[None]] = set()

    def bind(self, host: str, port: int, purpose: str) -> int:
        """Take the address, so that connections queue up from now on, and return its port.

        Args:
            host: an address or a name of this machine.
            port: 0 for any free one.
            purpose: what an error says the port was wanted for.

        Raises:
            PortInUse: another program has it, or it may not be taken.
        """
        try:
            self._socket = _listening_socket(host, port)
        except OSError as error:
            reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be listened on ({error.strerror})"
            foreign = isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL
            other = (
                "an address of this machine with --host" if foreign else "another with --port, or 0 for any free one"
            )
            message = f"{host}:{port}, wanted for {purpose}, {reason}; choose {other}"
            raise PortInUse(message) from error
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        """Begin to accept; `bind` came before."""
        self._accepting = asyncio.create_task(self._accept())

    async def stop(self) -> None:
        """Stop accepting and give the address back. Connections that were handed over are not touched."""
        tasks = [*self._connecting, *([self._accepting] if self._accepting else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._socket is not None:
            self._socket.close()

    async def _accept(self) -> None:
        assert self._socket is not None, "bind comes before start"  # noqa: S101 - a mistake in the program, not in input
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(self._socket)
            except OSError as error:
                if error.errno not in (errno.EMFILE, errno.ENFILE, errno.ECONNABORTED):
                    raise
                await asyncio.sleep(0.1)
                continue
            task = asyncio.create_task(self._connect(connection))
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)

    async def _connect(self, connection: socket.socket) -> None:
        """Find out what the client speaks and hand the connection over."""
        handed_over = False
        try:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            first = await asyncio.wait_for(_first_byte(connection), SILENCE)
            if first is None or (first == TLS_HANDSHAKE and self._tls is None):
                return
            context = self._tls() if first == TLS_HANDSHAKE and self._tls else None
            handed_over = True
            loop = asyncio.get_running_loop()
            await loop.connect_accepted_socket(self._protocol, connection, ssl=context)
        except (OSError, TimeoutError):
            # A failed handshake or a client that left is the client's own business.
            pass
        finally:
            if not handed_over:
                connection.close()


def _listening_socket(host: str, port: int) -> socket.socket:
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening


async def _first_byte(connection: socket.socket) -> int | None:
    """Return the first byte that the client sends without taking it, or None when it closes instead."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            seen = connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            readable = loop.create_future()
            loop.add_reader(connection.fileno(), _settle, readable)
            try:
                await readable
            finally:
                loop.remove_reader(connection.fileno())
        else:
            return seen[0] if seen else None


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
