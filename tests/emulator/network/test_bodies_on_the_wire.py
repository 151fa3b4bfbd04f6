"""Bodies on the wire: a slow side slows the other, and a client that disappears leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import socket
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import web

from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.content import Content
from vpce_emulator.aws.http import HttpResponse
from vpce_emulator.network.connection import leave_unanswered, parts_of, written
from vpce_emulator.network.http_server import DoorServer
from vpce_emulator.network.listener import Listener

S3 = Service("s3", "us-east-1", Protocol.S3, "s3")
LARGE = 64 * 1024 * 1024
# What the kernel and the server hold of a connection is a few megabytes at most.
IN_BETWEEN = LARGE // 4


@asynccontextmanager
async def serving(answer):
    """Serve one address, and give a socket that is connected to it."""
    server = DoorServer(answer, access_log=None)
    listener = Listener(server)
    port = listener.bind("127.0.0.1", 0, "a test")
    listener.start()
    client = socket.create_connection(("127.0.0.1", port))
    client.setblocking(False)
    try:
        yield client
    finally:
        client.close()
        await listener.stop()
        await server.shutdown(0.1)


async def sent_until_it_stops(client, data):
    """Return how many bytes the other side takes before it takes no more for a second."""
    loop, total = asyncio.get_running_loop(), 0
    with suppress(TimeoutError):
        while total < LARGE:
            await asyncio.wait_for(loop.sock_sendall(client, data), 1)
            total += len(data)
    return total


async def test_a_body_that_is_not_read_is_not_taken_in():
    asked, released = asyncio.Event(), asyncio.Event()

    async def wait(_request):
        asked.set()
        await released.wait()
        return web.Response()

    async with serving(wait) as client:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(client, b"PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % LARGE)
        await asked.wait()
        assert await sent_until_it_stops(client, bytes(65536)) < IN_BETWEEN
        released.set()


async def test_a_content_that_is_not_read_is_not_sent_on():
    sent = 0

    class Counting(Content):
        def in_slices(self, size):
            nonlocal sent
            for part in super().in_slices(size):
                sent += len(part)
                yield part

    async def answer(request):
        return written(HttpResponse(200, (), content=Counting((bytes(LARGE),))), S3, "0" * 16, request)

    async with serving(answer) as client:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(client, b"GET /b/k HTTP/1.1\r\nHost: h\r\n\r\n")
        head = await loop.sock_recv(client, 65536)
        assert b"Content-Length: %d\r\n" % LARGE in head
        before = -1
        while before != sent:
            before = sent
            await asyncio.sleep(0.2)
        assert sent < IN_BETWEEN
        total = len(head)
        while total < LARGE:
            total += len(await loop.sock_recv(client, 1 << 20))
        assert sent == LARGE


@pytest.mark.parametrize("way", ["reset", "closed"])
async def test_a_client_that_disappears_in_the_middle_of_a_body_leaves_nothing_behind(way):
    left = asyncio.get_running_loop().create_future()

    async def read(request):
        try:
            async for _ in parts_of(request):
                pass
        except ConnectionError:
            left.set_result("left")
            return await leave_unanswered(request)
        return web.Response()

    async with serving(read) as client:
        before = asyncio.all_tasks()
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(client, b"PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc")
        if way == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()
        assert await asyncio.wait_for(left, 30) == "left"
        await asyncio.wait_for(asyncio.gather(*(asyncio.all_tasks() - before), return_exceptions=True), 30)
    gc.collect()
    assert not [each for each in gc.get_objects() if isinstance(each, web.BaseRequest)]
