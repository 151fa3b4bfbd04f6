"""The load generator: a closed loop over plain sockets, in a process that runs nothing else while it measures."""

import itertools
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = tuple[str, int]
ANSWER_PATIENCE = 60  # seconds


class UnexpectedAnswer(Exception):
    """A server answered something else than success; a measurement of that would mean nothing."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer that has arrived in full.

    Attributes:
        status: its HTTP status.
        length: bytes of its body.
        closes: whether the server closes the connection after it.
    """

    status: int
    length: int
    closes: bool


def address_of(url: str) -> Address:
    """Return the host and port of a URL."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 80


def final_response(received: bytes) -> Response | None:
    """Return the answer in what was received so far, past any 100 (Continue), or None while it is incomplete.

    Raises:
        UnexpectedAnswer: its end cannot be told.
    """
    start = 0
    while (end := received.find(b"\r\n\r\n", start)) >= 0:
        status = int(received[start + 9 : start + 12])
        if status >= 200:
            head = received[start : end + 2].lower()
            length = _content_length(head)
            complete = len(received) >= end + 4 + length
            return Response(status, length, b"\r\nconnection: close\r\n" in head) if complete else None
        start = end + 4
    return None


def _content_length(head: bytes) -> int:
    _, found, rest = head.partition(b"\r\ncontent-length:")
    if not found:
        raise UnexpectedAnswer(head.decode("latin-1"))
    return int(rest[: rest.index(b"\r\n")])


def _connect(address: Address) -> socket.socket:
    connection = socket.create_connection(address, ANSWER_PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Thousands of these connections linger in TIME_WAIT, on ports that later servers shall be able to listen on.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return connection


class _Connection:
    """One connection that asks, waits for the answer, and asks again; made anew when the server closes it."""

    def __init__(self, address: Address, requests: Iterator[bytes], selector: selectors.BaseSelector) -> None:
        self._address = address
        self._requests = requests
        self._selector = selector
        self._received = b""
        self._open()
        self.ask()

    def _open(self) -> None:
        self._socket = _connect(self._address)
        self._selector.register(self._socket, selectors.EVENT_READ, self)

    def close(self) -> None:
        self._selector.unregister(self._socket)
        self._socket.close()

    def ask(self) -> None:
        self._received = b""
        self._socket.sendall(next(self._requests))

    def receive(self) -> bool:
        """Take what has arrived, and return whether the answer is complete.

        Raises:
            UnexpectedAnswer: it is none, or not a success.
        """
        part = self._socket.recv(65536)
        self._received += part
        response = final_response(self._received)
        if response is None and part:
            return False
        if response is None or response.status != 200:
            raise UnexpectedAnswer(self._received.decode("utf-8", "replace") or "the connection was closed")
        if response.closes:
            self.close()
            self._open()
        return True


def requests_per_second(address: Address, requests: Sequence[bytes], connections: int, seconds: float) -> float:
    """Return how many requests a server answers with 200 in a second.

    Args:
        address: of the server.
        requests: sent in turn, over and over.
        connections: how many ask at the same time.
        seconds: how long to measure, and at least until the first answer.

    Raises:
        UnexpectedAnswer: an answer is not a success, or none came.
    """
    turns = itertools.cycle(requests)
    with selectors.DefaultSelector() as selector:
        asking = [_Connection(address, turns, selector) for _ in range(connections)]
        try:
            return _closed_loop(selector, seconds)
        finally:
            for connection in asking:
                connection.close()


def _closed_loop(selector: selectors.BaseSelector, seconds: float) -> float:
    answered = 0
    start = now = time.perf_counter()
    while now < start + seconds or not answered:
        ready = selector.select(ANSWER_PATIENCE)
        if not ready:
            message = f"no answer within {ANSWER_PATIENCE} seconds"
            raise UnexpectedAnswer(message)
        for key, _ in ready:
            if key.data.receive():
                answered += 1
                key.data.ask()
        now = time.perf_counter()
    return answered / (now - start)


def ask_once(address: Address, parts: Sequence[bytes]) -> Response:
    """Send one request and return its answer.

    Raises:
        OSError: nothing listens there, or the connection broke.
        UnexpectedAnswer: the answer is not a success.
    """
    with _connect(address) as connection:
        for part in parts:
            connection.sendall(part)
        received = b""
        while (response := final_response(received)) is None:
            part = connection.recv(65536)
            if not part:
                raise ConnectionResetError(received)
            received += part
    if response.status != 200:
        raise UnexpectedAnswer(received.decode("utf-8", "replace"))
    return response
