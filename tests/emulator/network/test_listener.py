"""One port speaks HTTP and HTTPS, a taken port is named, and what is neither does no harm."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from vpce_emulator.network.certificates import CertificateAuthority
from vpce_emulator.network.listener import Listener, PortInUse


async def _hello(request: web.BaseRequest) -> web.Response:
    return web.Response(text=f"{'https' if request.secure else 'http'} {request.host.partition(':')[0]}")


@asynccontextmanager
async def listening(directory: Path) -> AsyncIterator[tuple[int, CertificateAuthority]]:
    authority = CertificateAuthority(directory)
    server = web.Server(_hello)
    listener = Listener(server, authority.serving)
    port = listener.bind("127.0.0.1", 0, "a test")
    listener.start()
    try:
        yield port, authority
    finally:
        await listener.stop()
        await server.shutdown(0.1)


async def get(url: str, trusting: Path | None = None) -> str:
    context = ssl.create_default_context(cafile=str(trusting)) if trusting else None
    connector = aiohttp.TCPConnector(ssl=context) if context else None
    async with aiohttp.ClientSession(connector=connector) as session, session.get(url) as response:
        return await response.text()


async def test_one_port_answers_http_and_https(tmp_path):
    async with listening(tmp_path) as (port, authority):
        ca = authority.certificate()
        assert await get(f"http://127.0.0.1:{port}/") == "http 127.0.0.1"
        assert await get(f"https://127.0.0.1:{port}/", ca) == "https 127.0.0.1"
        assert await get(f"https://localhost:{port}/", ca) == "https localhost"


async def test_a_certificate_is_made_for_the_name_that_is_asked_for(tmp_path):
    async with listening(tmp_path) as (port, authority):
        context = ssl.create_default_context(cafile=str(authority.certificate()))
        name = "bucket.vpce-0123456789abcdef0-abcdefgh.s3.us-east-1.vpce.amazonaws.com"
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
        certificate = writer.get_extra_info("peercert")
        writer.close()
        assert certificate["subjectAltName"] == (("DNS", name),)


async def test_the_authority_is_kept_between_starts_and_its_key_is_the_owners_alone(tmp_path):
    first = CertificateAuthority(tmp_path / "state").certificate().read_bytes()
    assert CertificateAuthority(tmp_path / "state").certificate().read_bytes() == first
    assert (tmp_path / "state" / "ca-with-key.pem").stat().st_mode & 0o077 == 0


async def test_a_port_that_is_taken_is_named_with_what_it_was_for():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=rf"127.0.0.1:{port}, wanted for a test, is in use; choose another"):
            Listener(web.Server(_hello)).bind("127.0.0.1", port, "a test")


@pytest.mark.parametrize("noise", [b"", b"\x16\x03\x01\xff", b"\x00" * 100, b"SSH-2.0-x\r\n", b"GET\r\n\r\n"])
async def test_what_is_neither_http_nor_tls_leaves_the_listener_running(tmp_path, noise):
    async with listening(tmp_path) as (port, _):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(noise)
        writer.close()
        assert await get(f"http://127.0.0.1:{port}/") == "http 127.0.0.1"
