"""The HTTP server of a door: aiohttp's, but for what it answers to a request that is no HTTP."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from secrets import token_bytes
from typing import Any

from aiohttp import StreamReader, web

from vpce_emulator.aws import faults
from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.fault_codes import Code
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.request_ids import host_id, request_id

logger = logging.getLogger(__name__)

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

# Whose form errors have before it is known what a request is for.
_S3 = Service("s3", "", Protocol.S3, "s3")
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html has the code; the text is from recorded answers.
_NO_HTTP = Fault(
    FaultKind.INVALID_REQUEST, "An error occurred when parsing the HTTP request.", code=Code("BadRequest", 400)
)


class DoorServer(web.Server):
    """Makes the connections of one door."""

    def __init__(self, answer: Answer, **settings: Any) -> None:  # noqa: ANN401 - aiohttp's settings
        """Make a server that answers requests with `answer`; `settings` are those of aiohttp's RequestHandler."""
        super().__init__(answer, **settings)
        self._settings = settings

    def __call__(self) -> web.RequestHandler:
        """Return the protocol of one connection."""
        return _Connection(self, loop=asyncio.get_running_loop(), **self._settings)


class _Connection(web.RequestHandler):
    """One connection. What cannot be parsed is answered in AWS's form, and is no business of the log.

    A client may close its side behind its last request (RFC 9112, section 9.6): it is answered all the same.
    """

    __slots__ = ("_unanswered", "ended")

    def __init__(self, *given: Any, **settings: Any) -> None:  # noqa: ANN401 - aiohttp's
        """Make a connection; the arguments are those of aiohttp's RequestHandler."""
        super().__init__(*given, **settings)
        self.ended = False
        # The body of the last request that came and is not answered yet.
        self._unanswered: StreamReader | None = None

    def data_received(self, data: bytes) -> None:
        """Parse what came, and take note of the last request."""
        super().data_received(data)
        if self._messages:
            self._unanswered = self._messages[-1][1]

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio asks for a bool, which aiohttp never returns
        """Take note that nothing more comes, and return whether a request that came as a whole is to be answered."""
        self.ended = True
        encrypted = self.ssl_context is not None  # TLS ends in both directions at once here
        return self._unanswered is not None and self._unanswered.is_eof() and not encrypted

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer, and close the connection behind the last one."""
        sent = await super().finish_response(request, resp, start_time)
        if not self._messages:
            self._unanswered = None
            if self.ended:
                self.close()
        return sent

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer a request that could not be parsed, or whose handler failed, and close the connection."""
        fault = _NO_HTTP
        if status >= 500:
            logger.error("a request failed: %s", message, exc_info=exc)
            fault = Fault(FaultKind.INTERNAL_ERROR)
        known_as = request_id(token_bytes(16), _S3)
        answer = faults.render(fault, _S3, request_id=known_as, host_id=host_id(known_as), method=request.method)
        response = web.Response(status=answer.status, headers=dict(answer.headers), body=answer.body)
        response.force_close()
        return response


def has_ended(request: web.BaseRequest) -> bool:
    """Return whether the client of a request has closed its side of the connection, or all of it."""
    connection = request.protocol
    transport = request.transport
    return transport is None or transport.is_closing() or (isinstance(connection, _Connection) and connection.ended)
