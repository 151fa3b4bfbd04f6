"""The sockets: one DNS server, on one address, over UDP and TCP."""

import asyncio
import errno
import functools
import logging
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Self, cast

from vpce_dns.connection import IDLE_SECONDS, QueryConnection
from vpce_dns.datagrams import DatagramSocket
from vpce_dns.limit import PacketLimit
from vpce_dns.query import MalformedMessage, is_query
from vpce_dns.resolution import Answer, Question, ResourceRecord, ResponseCode
from vpce_dns.responder import Forward, Reply, Responder
from vpce_dns.upstream import Upstream, UpstreamError
from vpce_dns.wire import read_answer, write_answer, write_error, write_upstream_answer, write_upstream_query
from vpce_dns.zone import View

Transport = Literal["UDP", "TCP"]

PENDING_FORWARDS = 512
"""UDP queries that may wait for the upstream at a time; more are dropped, and asked again by their clients."""
CONNECTIONS = 128
"""TCP connections at a time; one more closes the one whose last query is the longest ago (RFC 7766 section 6.2.3)."""
PORT_ATTEMPTS = 16
"""Ports tried when any will do, until one is free for both UDP and TCP."""

logger = logging.getLogger(__name__)


class PortInUse(OSError):
    """Another program has the address and port.

    Attributes:
        host: The address asked for.
        port: The port asked for.
    """

    def __init__(self, host: str, port: int) -> None:
        super().__init__(errno.EADDRINUSE, f"port {port} on {host} is in use by another program")
        self.host = host
        self.port = port


@dataclass(frozen=True, slots=True)
class QueryRecord:
    """One query and what was answered, for a query log.

    Attributes:
        view: The name of the view.
        question: What was asked, the name in lower case.
        rcode: The response code; 16 and above are those of EDNS.
        records: The answer section; an upstream's records too. Addresses are in the order of the view.
        client: The client's IP address and port.
        transport: Over UDP or TCP.
        forwarded: Whether the upstream was asked.
    """

    view: str
    question: Question
    rcode: int
    records: tuple[ResourceRecord, ...]
    client: tuple[str, int]
    transport: Transport
    forwarded: bool


class DnsServer:
    """Answers DNS queries from a view that may change at any time.

    Args:
        view: Called for every packet. Answers are remembered as long as it returns the same object, so it should
            return the same one until something changed.
        host: The IP address to listen on. A wildcard address works where the system picks the source address that
            the client asked.
        port: The port for UDP and TCP; 0 takes one that is free for both.
        upstream: Who is asked for what the view does not own; without one, that is NXDOMAIN at once.
        on_query: Called for each answer. Packets that cannot be read are not reported. What it raises is logged.
        idle_seconds: Seconds without a query after which a TCP connection is closed.
        packets_per_second: Queries a second that are taken from one address; the others are dropped, as AWS's resolver
            drops what is above 1024 packets a second from one network interface. None takes all.
    """

    def __init__(
        self,
        view: Callable[[], View | None],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        upstream: Upstream | None = None,
        on_query: Callable[[QueryRecord], None] | None = None,
        idle_seconds: float = IDLE_SECONDS,
        packets_per_second: int | None = None,
    ) -> None:
        self._view = view
        self._limit = PacketLimit(packets_per_second) if packets_per_second else None
        self._host = host
        self._port = port
        self._upstream = upstream
        self._on_query = on_query
        self._idle_seconds = idle_seconds
        self._responders = {
            "UDP": Responder(tcp=False, forwards=upstream is not None),
            "TCP": Responder(tcp=True, forwards=upstream is not None),
        }
        self._address: tuple[str, int] | None = None
        self._datagrams: DatagramSocket | None = None
        self._stream_server: asyncio.Server | None = None
        self._connections: dict[QueryConnection, None] = {}
        self._forwards: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> tuple[str, int]:
        """The IP address and the port, the same for UDP and TCP.

        Raises:
            RuntimeError: The server is not started.
        """
        if self._address is None:
            raise RuntimeError("the DNS server is not started")
        return self._address

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen.

        Raises:
            PortInUse: The port is taken, for UDP or for TCP.
            OSError: The address is not this machine's, or the port needs privileges.
            RuntimeError: The server is started already.
        """
        if self._address is not None:
            raise RuntimeError("the DNS server is started already")
        loop = asyncio.get_running_loop()
        datagrams, stream = _listen(self._host, self._port)
        self._address = cast("tuple[str, int]", datagrams.getsockname()[:2])
        self._datagrams = DatagramSocket(datagrams, self._take_datagram)
        self._stream_server = await loop.create_server(self._connection, sock=stream, backlog=CONNECTIONS)
        await self._datagrams.start()

    async def stop(self) -> None:
        """Close everything; what is unanswered stays so. Stopping twice is allowed."""
        if self._datagrams is None or self._stream_server is None:
            return
        self._datagrams.stop()
        self._stream_server.close()
        unfinished = {*self._forwards, *(task for connection in self._connections for task in connection.pending)}
        for connection in tuple(self._connections):
            connection.abort()
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        await self._stream_server.wait_closed()
        self._datagrams = self._stream_server = self._address = None

    def _take_datagram(self, packet: bytes, client: tuple[str, int]) -> bytes | None:
        answer = self._answer("UDP", packet, client)
        if answer is None or type(answer) is bytes:
            return answer
        self._forward_datagram(cast("Callable[[], Awaitable[bytes]]", answer), client)
        return None

    def _answer(
        self, transport: Transport, packet: bytes, client: tuple[str, int]
    ) -> bytes | Callable[[], Awaitable[bytes]] | None:
        if self._limit is not None and self._limit.exceeded(client[0], time.monotonic()):
            return None
        try:
            view = self._view()
            if view is None:
                return None
            decided = self._responders[transport].respond(packet, view)
        except Exception:
            # The view could not be made, and that is not ours to mend: the client is told, the log says why.
            logger.exception("a query was not answered")
            failure = Reply(write_error(packet, ResponseCode.SERVFAIL)) if is_query(packet) else None
            return None if failure is None else failure.packet(packet)
        if decided is None:
            return None
        if type(decided) is Forward:
            return functools.partial(self._ask_upstream, transport, view, packet, decided, client)
        reply = cast("Reply", decided)
        if self._on_query is not None and reply.answered is not None:
            question, answer = reply.answered
            self._report(
                QueryRecord(view.name, question, answer.rcode, answer.records, client[:2], transport, forwarded=False)
            )
        return reply.packet(packet)

    def _connection(self) -> QueryConnection:
        if len(self._connections) >= CONNECTIONS:
            next(iter(self._connections)).abort()
        answer = functools.partial(self._answer, "TCP")
        return QueryConnection(answer, self._connections, self._idle_seconds)

    def _forward_datagram(self, ask: Callable[[], Awaitable[bytes]], client: tuple[str, int]) -> None:
        if len(self._forwards) >= PENDING_FORWARDS:
            return
        task = asyncio.get_running_loop().create_task(self._send_later(ask, client))
        self._forwards.add(task)
        task.add_done_callback(self._forwards.discard)

    async def _send_later(self, ask: Callable[[], Awaitable[bytes]], client: tuple[str, int]) -> None:
        answer = await ask()
        if self._datagrams is not None:
            self._datagrams.send(answer, client)

    async def _ask_upstream(
        self, transport: Transport, view: View, packet: bytes, forward: Forward, client: tuple[str, int]
    ) -> bytes:
        query = forward.query
        limit = self._responders[transport].limit(query)
        try:
            packet_of_upstream = await cast("Upstream", self._upstream).ask(
                lambda identifier: write_upstream_query(query, forward.not_owned, identifier)
            )
            message = write_upstream_answer(query, forward.not_owned, packet_of_upstream, limit)
        except (UpstreamError, MalformedMessage) as error:
            logger.warning("%s was not answered: %s", query.question, error)
            packet_of_upstream = b""
            message = write_answer(query, Answer(ResponseCode.SERVFAIL), limit)
        if self._on_query is not None:
            rcode, records = read_answer(packet_of_upstream, forward.not_owned.via)
            self._report(QueryRecord(view.name, query.question, rcode, records, client[:2], transport, forwarded=True))
        return Reply(message).packet(packet)

    def _report(self, record: QueryRecord) -> None:
        try:
            cast("Callable[[QueryRecord], None]", self._on_query)(record)
        except Exception:
            logger.exception("the query log's receiver failed for %s", record.question)


def _listen(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """Return a UDP socket and a listening TCP socket on one port."""
    for attempt in range(PORT_ATTEMPTS):
        try:
            return _listen_once(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise OSError(error.errno, f"cannot listen on {host} port {port}: {error.strerror}") from error
            if port or attempt == PORT_ATTEMPTS - 1:
                raise PortInUse(host, port) from error
    raise AssertionError("unreachable: the last attempt returns or raises")


def _listen_once(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    datagrams = socket.socket(family, socket.SOCK_DGRAM)
    stream = socket.socket(family, socket.SOCK_STREAM)
    try:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        datagrams.bind((host, port))
        stream.bind((host, datagrams.getsockname()[1]))
        stream.listen(CONNECTIONS)
        datagrams.setblocking(False)
    except OSError:
        datagrams.close()
        stream.close()
        raise
    return datagrams, stream
