"""A resolver that takes so many packets a second from one address, and drops the others."""

import asyncio
import socket

import pytest

from vpce_dns import DnsServer, View
from vpce_dns.limit import PacketLimit

QUERY = b"\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x00\x00\x01\x00\x01"


@pytest.mark.parametrize(
    ("packets", "dropped"),
    [
        pytest.param([("a", 1.0)] * 3, [False, False, True], id="one too many"),
        pytest.param([("a", 1.0), ("b", 1.1), ("a", 1.2), ("b", 1.3)], [False] * 4, id="each address by itself"),
        pytest.param([("a", 1.0), ("a", 1.1), ("a", 1.9), ("a", 2.0)], [False, False, True, False], id="each second"),
    ],
)
def test_packets_are_counted_by_address_and_second(packets, dropped):
    limit = PacketLimit(2)
    assert [limit.exceeded(address, now) for address, now in packets] == dropped


async def test_what_is_above_the_limit_is_not_answered():
    view = View("app", {}, frozenset({""}))
    async with DnsServer(lambda: view, packets_per_second=1) as server:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.setblocking(False)
            client.connect(server.address)
            answers = 0
            # More at once than seconds can pass meanwhile.
            for _ in range(50):
                client.send(QUERY)
            for _ in range(50):
                try:
                    await asyncio.wait_for(loop.sock_recv(client, 512), 0.5)
                except TimeoutError:
                    break
                answers += 1
    assert 1 <= answers < 50
