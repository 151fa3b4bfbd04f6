"""DNS over UDP: the socket, read as fast as the event loop allows."""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any, cast

from vpce_dns.query import UDP_PAYLOAD

DATAGRAMS_AT_ONCE = 64
"""Datagrams answered before the event loop has its turn again."""

Take = Callable[[bytes, tuple[str, int]], bytes | None]
"""Takes a packet and its sender, and returns what is to be sent back now."""

logger = logging.getLogger(__name__)


class DatagramSocket:
    """A bound UDP socket whose packets are answered as they come.

    On event loops that watch file descriptors the socket is read directly until it is empty, which serves 1.6 times
    (asyncio) as many queries as a DatagramProtocol; Windows' proactor loop does not, and gets the protocol.

    Args:
        bound: The socket, non-blocking; the object closes it.
        take: Called for each packet.
    """

    def __init__(self, bound: socket.socket, take: Take) -> None:
        self._socket = bound
        self._take = take
        self._transport: asyncio.DatagramTransport | None = None

    async def start(self) -> None:
        """Begin to answer."""
        loop = asyncio.get_running_loop()
        try:
            loop.add_reader(self._socket, self._read)
        except NotImplementedError:
            self._transport, _ = await loop.create_datagram_endpoint(
                lambda: _DatagramProtocol(self._take, self.send), sock=self._socket
            )

    def stop(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()
        else:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()

    def send(self, packet: bytes, client: tuple[str, int]) -> None:
        """Send a packet; one that cannot be sent is as good as lost on the way."""
        try:
            if self._transport is not None:
                self._transport.sendto(packet, client)
            else:
                self._socket.sendto(packet, client)
        except OSError as error:
            # The send buffer is full, the client's port is 0, or the socket was closed meanwhile.
            logger.debug("the answer to %s was not sent: %s", client, error)

    def _read(self) -> None:
        receive, take, send = self._socket.recvfrom, self._take, self.send
        for _ in range(DATAGRAMS_AT_ONCE):
            try:
                packet, client = receive(UDP_PAYLOAD)
            except OSError:
                # Empty; or an error that an earlier answer met, which is not this socket's trouble.
                return
            answer = take(packet, client)
            if answer is not None:
                send(answer, client)


class _DatagramProtocol(asyncio.DatagramProtocol):
    def __init__(self, take: Take, send: Callable[[bytes, tuple[str, int]], None]) -> None:
        self._take = take
        self._send = send

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        client = cast("tuple[str, int]", addr)
        answer = self._take(data, client)
        if answer is not None:
            self._send(answer, client)
