"""An authorized request as it is carried out: written again from what was read of it to authorize it.

What carries requests out reads them once more, in its own way. Wherever the two ways could differ, one of them would
be asked for leave for one object and the other would touch another.
"""

from __future__ import annotations

from dataclasses import replace

from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.call import Operation
from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.s3_request import COPIES, copy_source, written_copy_source

_SOURCE = "x-amz-copy-source"


def s3_as_authorized(operation: Operation, request: HttpRequest, body: bytes) -> tuple[HttpRequest, bytes] | Fault:
    """Return an S3 request as it was understood; the request itself where it can be understood in one way only.

    INVARIANT: the backend is told what was authorized.

    Args:
        operation: what was authorized.
        request: its head.
        body: its body, decoded.
    """
    if _SOURCE in request.headers:
        copied = _with_copy_source(operation, request)
        return copied if isinstance(copied, Fault) else (copied, body)
    return request, body


def _with_copy_source(operation: Operation, request: HttpRequest) -> HttpRequest | Fault:
    """Write what is copied in the one way to write it; what copies nothing is not told of a source."""
    headers = CIMultiDict(request.headers)
    given = headers.popall(_SOURCE)[0]
    if operation.name in COPIES:
        source = copy_source(given)
        if isinstance(source, Fault):
            return source
        headers[_SOURCE] = written_copy_source(source)
    return replace(request, headers=CIMultiDictProxy(headers))
