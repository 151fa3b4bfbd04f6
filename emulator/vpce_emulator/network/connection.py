"""Requests and responses between aiohttp's terms and frozen values, and a connection's less polite ends."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload
from multidict import CIMultiDict

from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.http import HttpRequest, HttpResponse
from vpce_emulator.aws.request_ids import host_id, with_request_id
from vpce_emulator.network.http_server import has_ended

# A blocked connection that hangs is let go after this many seconds; SDKs give up after 60.
HANG = 300.0
# Bytes of an object that are sent at a time.
_SLICE = 256 * 1024
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
# Headers about the connection or the body's framing, which are this server's own business.
_NOT_FORWARDED = frozenset({"connection", "keep-alive", "transfer-encoding", "date", "server"})
_SERVER_NAMES = {"s3": "AmazonS3", "ec2": "AmazonEC2"}


def head_of(request: web.BaseRequest) -> HttpRequest:
    """Return a request's head."""
    path, _, query = request.raw_path.partition("?")
    host = request.headers.get("Host", "")
    if not path.startswith("/"):
        # The absolute form, which clients use towards proxies: its authority is the host, whatever the header says
        # (RFC 9112, section 3.2.2).
        host, _, path = path.partition("://")[2].partition("/")
        path = "/" + path
    return HttpRequest(
        method=request.method,
        host=host,
        raw_path=path,
        raw_query=query,
        headers=request.headers,
        secure=request.secure,
        tls_version=_tls_version(request) if request.secure else "",
    )


def _tls_version(request: web.BaseRequest) -> str:
    connection = request.transport.get_extra_info("ssl_object") if request.transport else None
    return (connection.version() or "").removeprefix("TLSv") if connection else ""


def ask_for_body(request: web.BaseRequest) -> None:
    """Ask the client for the body, if it waits to be asked (RFC 9110, section 10.1.1)."""
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
        request.transport.write(_CONTINUE)


class BodyTooLarge(Exception):
    """A body is larger than it may be."""


async def parts_of(request: web.BaseRequest, largest: int | None = None) -> AsyncIterator[bytes]:
    """Yield the body as it comes.

    Raises:
        BodyTooLarge: there are more than `largest` bytes of it.
        ConnectionResetError: the client went away, or broke off in the middle of its framing.
    """
    total = 0
    try:
        async for part in request.content.iter_any():
            total += len(part)
            if largest is not None and total > largest:
                raise BodyTooLarge
            yield part
    except web.RequestPayloadError as error:
        raise ConnectionResetError(str(error)) from error


class LentContent(Payload):
    """An object's content on its way out: no more of it waits than the connection takes, and none of it is copied."""

    _autoclose = True

    @property
    def size(self) -> int:
        """The number of bytes."""
        return len(self._value)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Return it as text, which a payload must be able to, and a response never asks for."""
        return bytes(self._value).decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Send it, slice by slice."""
        for part in self._value.in_slices(_SLICE):
            await writer.write(part)


def written(response: HttpResponse, service: Service, request_id: str, request: web.BaseRequest) -> web.StreamResponse:
    """Return a response in aiohttp's terms, with AWS's ids and server name on it."""
    headers = CIMultiDict(item for item in response.headers if item[0].lower() not in _NOT_FORWARDED)
    body = with_request_id(response.body, request_id, service, response.status)
    if request.method != "HEAD" and (body or response.content is not None):
        headers.popall("Content-Length", None)
    if service.protocol is Protocol.S3:
        headers["x-amz-request-id"] = request_id
        headers["x-amz-id-2"] = host_id(request_id)
    else:
        headers.popall("x-amz-request-id", None)
        headers["x-amzn-RequestId"] = request_id
    headers["Server"] = _SERVER_NAMES.get(service.name, "Server")
    lent = LentContent(response.content) if response.content is not None else None
    answer = web.Response(status=response.status, headers=headers, body=lent or body or None)
    if not request.content.is_eof():
        # What the client still sends of a refused body would be taken for its next request.
        answer.force_close()
    return answer


# "l_onoff" and "l_linger" of SO_LINGER (POSIX, <sys/socket.h>): a connection that is closed with zero seconds to linger
# is reset (RFC 9293, section 3.10.4, ABORT).
_ABORTED = struct.pack("ii", 1, 0)


def reset(request: web.BaseRequest) -> web.StreamResponse:
    """Reset the connection of a request: its client is told so, as by a peer that has crashed, be it TLS or not.

    Returns:
        what nobody will read.
    """
    transport = request.transport
    if transport is not None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORTED)
        transport.abort()
    return web.Response()


async def leave_unanswered(request: web.BaseRequest, *, hanging: bool = False) -> web.StreamResponse:
    """Close the connection without an answer; if it is to hang, only once the client has given up.

    Returns:
        what nobody will read: there is nobody left to send it to.
    """
    transport = request.transport
    loop = asyncio.get_running_loop()
    patience = loop.time() + HANG
    while hanging and not has_ended(request) and loop.time() < patience:  # noqa: ASYNC110 - aiohttp has no event for it
        await asyncio.sleep(0.5)
    if transport is not None:
        transport.abort()
    return web.Response()
