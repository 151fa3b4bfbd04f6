"""DNS servers on loopback, each on an event loop of its own thread, so that tests talk to them as programs do."""

import asyncio
import contextlib
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import dns.message
import dns.query
import pytest

from vpce_dns import DnsServer, View

T = TypeVar("T")
SECONDS = 5


def loop_factories() -> list[Any]:
    factories = [pytest.param(asyncio.SelectorEventLoop, id="asyncio")]
    if sys.platform != "win32":
        import uvloop  # noqa: PLC0415 - not on Windows

        factories.append(pytest.param(uvloop.new_event_loop, id="uvloop"))
    return factories


class RunningServer:
    """A started server; `view` may be set to another one at any time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, view: View, options: dict[str, Any]) -> None:
        self.view = view
        self.loop = loop
        self.server = DnsServer(lambda: self.view, **options)
        self.call(self.server.start())
        self.address = self.server.address

    def call(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(SECONDS)

    def udp(self, packet: bytes) -> bytes:
        """Send one datagram and return the answer."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(SECONDS)
            client.sendto(packet, self.address)
            return client.recv(65_535)

    def udp_is_silent(self, packet: bytes) -> bool:
        """Tell whether a datagram goes unanswered: the next answer is the one to a question asked after it."""
        probe = dns.message.make_query("probe.invalid", "A", id=0xBEEF).to_wire()
        assert packet[:2] != probe[:2]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(SECONDS)
            client.sendto(packet, self.address)
            client.sendto(probe, self.address)
            return client.recv(65_535)[:2] == probe[:2]

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=SECONDS)

    def ask(self, name: str, record_type: str = "A", *, tcp: bool = False, **options: Any) -> dns.message.Message:
        """Ask with dnspython, which checks id and question."""
        query = dns.message.make_query(name, record_type, **options)
        over = dns.query.tcp if tcp else dns.query.udp
        return over(query, self.address[0], port=self.address[1], timeout=SECONDS)


@contextlib.contextmanager
def running_loop(factory: Callable[[], asyncio.AbstractEventLoop]) -> Iterator[asyncio.AbstractEventLoop]:
    """Run an event loop in a thread; what nobody caught in it fails the test at the end."""
    loop = factory()
    uncaught: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: uncaught.append(context))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(SECONDS)
        loop.close()
    assert uncaught == []


@pytest.fixture(params=loop_factories())
def loop(request: pytest.FixtureRequest) -> Iterator[asyncio.AbstractEventLoop]:
    with running_loop(request.param) as running:
        yield running


@pytest.fixture
def serve(loop: asyncio.AbstractEventLoop) -> Iterator[Callable[..., RunningServer]]:
    """Return what starts a server for a view, with `DnsServer`'s keyword arguments; stops them all at the end."""
    started: list[RunningServer] = []

    def start(view: View, **options: Any) -> RunningServer:
        started.append(RunningServer(loop, view, options))
        return started[-1]

    yield start
    for running in started:
        running.call(running.server.stop())
