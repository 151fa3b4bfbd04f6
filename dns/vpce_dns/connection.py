"""DNS over TCP: one client's connection (RFC 7766)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

IDLE_SECONDS = 10.0
"""Seconds without a query after which a connection is closed: RFC 7766 section 6.2.3 speaks of a few seconds."""
PENDING_QUERIES = 64
"""Queries of one connection that may wait for an upstream at a time; the next is read when one of them is done."""
UNSENT_BYTES = 256 * 1024
"""Answers held for a client that sends queries and does not read."""


class QueryConnection(asyncio.Protocol):
    """Takes queries off a stream and puts answers on it, in the order in which they are ready.

    Args:
        answer: Takes a query and the client's address; returns the answer, None to stay silent, or, when others must
            be asked first, what does that.
        connections: The open connections, the one whose last query is the longest ago first.
        idle_seconds: See `IDLE_SECONDS`.

    Attributes:
        pending: The tasks that wait for an upstream.
    """

    def __init__(
        self,
        answer: Callable[[bytes, tuple[str, int]], bytes | Callable[[], Awaitable[bytes]] | None],
        connections: dict["QueryConnection", None],
        idle_seconds: float,
    ) -> None:
        self._answer = answer
        self._connections = connections
        self._idle_seconds = idle_seconds
        self._loop = asyncio.get_running_loop()
        self._unread = bytearray()
        self.pending: set[asyncio.Task[None]] = set()
        self._ended = False
        self._held = False
        self._last_query = self._loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """List the connection and start its idle clock."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=UNSENT_BYTES)
        self._client = cast("tuple[str, int]", tuple(transport.get_extra_info("peername")[:2]))
        self._connections[self] = None
        self._idle = self._loop.call_later(self._idle_seconds, self._close_if_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget everything about the client."""
        self._connections.pop(self, None)
        self._idle.cancel()
        self._unread.clear()
        for task in self.pending:
            task.cancel()

    def data_received(self, data: bytes) -> None:
        """Answer the queries that are complete now."""
        self._unread += data
        self._take_queries()

    def eof_received(self) -> bool:
        """Stay open for the answers that are still to come."""
        self._ended = True
        return self._busy() or bool(self.pending)

    def pause_writing(self) -> None:
        """Read no more from a client that does not read."""
        self._held = True
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Read on."""
        self._held = False
        self._take_queries()

    def abort(self) -> None:
        """Close without waiting for what is unsent."""
        self._connections.pop(self, None)
        self._transport.abort()

    def _take_queries(self) -> None:
        start = 0
        while not self._busy() and len(self._unread) >= start + 2:
            end = start + 2 + int.from_bytes(self._unread[start : start + 2])
            if len(self._unread) < end:
                break
            self._take(bytes(self._unread[start + 2 : end]))
            start = end
        del self._unread[:start]
        self._read_on()

    def _busy(self) -> bool:
        unsent = self._transport.get_write_buffer_size() > UNSENT_BYTES
        return self._held or unsent or len(self.pending) >= PENDING_QUERIES or self._transport.is_closing()

    def _read_on(self) -> None:
        if self._transport.is_closing():
            return
        if self._busy():
            self._transport.pause_reading()
        elif self._ended:
            if not self.pending:
                self._transport.close()
        else:
            self._transport.resume_reading()

    def _take(self, query: bytes) -> None:
        self._last_query = self._loop.time()
        self._connections[self] = self._connections.pop(self, None)
        answer = self._answer(query, self._client)
        if isinstance(answer, bytes):
            self._send(answer)
        elif answer is not None:
            task = self._loop.create_task(self._send_later(answer))
            self.pending.add(task)
            task.add_done_callback(self._done)

    async def _send_later(self, ask: Callable[[], Awaitable[bytes]]) -> None:
        self._send(await ask())

    def _send(self, answer: bytes) -> None:
        # One write, and so one segment if it fits: RFC 7766 section 8.
        self._transport.write(len(answer).to_bytes(2) + answer)

    def _done(self, task: asyncio.Task[None]) -> None:
        self.pending.discard(task)
        if not task.cancelled():
            self._take_queries()

    def _close_if_idle(self) -> None:
        left = self._last_query + self._idle_seconds - self._loop.time()
        if left <= 0 and not self.pending:
            self.abort()
        else:
            self._idle = self._loop.call_later(left if left > 0 else 1.0, self._close_if_idle)
