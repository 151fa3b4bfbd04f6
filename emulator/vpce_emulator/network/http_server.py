"""The HTTP server of a door: aiohttp's, but for what it answers to a request that is no HTTP."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from secrets import token_bytes
from typing import Any

from aiohttp import web

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
    """One connection. What cannot be parsed is answered in AWS's form, and is no business of the log."""

    __slots__ = ()

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
