"""Reading the body of a request: at once where it says what is asked or by whom, else once the request is allowed."""

from __future__ import annotations

from aiohttp import web

from vpce_emulator.aws.body_limits import has_too_many_parameters, largest_body
from vpce_emulator.aws.call import Protocol
from vpce_emulator.aws.chunk_signatures import ChunkSignatures
from vpce_emulator.aws.faults import Code, Fault, FaultKind
from vpce_emulator.aws.operation import identify_operation
from vpce_emulator.backend.body import DecodedBody, read_body
from vpce_emulator.backend.checksums import Refusal
from vpce_emulator.judgement import Asked
from vpce_emulator.network.connection import BodyTooLarge, ask_for_body, parts_of


async def read_question(
    asked: Asked, request: web.BaseRequest, signatures: ChunkSignatures | None = None
) -> DecodedBody | Fault | None:
    """Read the body if it has to be read to tell what is asked, and by whom; None where it has not.

    S3's objects are not: a refused upload is never read. All other services sign the body's hash without sending it,
    and mostly say in the body what is asked.

    Args:
        asked: the request's head.
        request: where its body comes from.
        signatures: what those of an aws-chunked body are held against.
    """
    if asked.service.protocol is not Protocol.S3:
        body = await read(asked, "", request, largest=largest_body(asked.service))
        if isinstance(body, DecodedBody) and has_too_many_parameters(asked.service, body.content):
            return Fault(FaultKind.ENTITY_TOO_LARGE)
        return body
    operation = identify_operation(asked.service, asked.http, None)
    if isinstance(operation, Fault) or not operation.needs_body:
        return None
    # A form upload holds its object; S3's own limit is for that.
    largest = None if operation.name == "PostObject" else largest_body(asked.service)
    return await read(asked, operation.name, request, signatures, largest=largest)


async def read(
    asked: Asked,
    operation: str,
    request: web.BaseRequest,
    signatures: ChunkSignatures | None = None,
    *,
    largest: int | None = None,
) -> DecodedBody | Fault:
    """Read the body, asking the client for it first if it waits to be asked.

    Args:
        asked: the request's head.
        operation: the API name.
        request: where its body comes from.
        signatures: what those of an aws-chunked body are held against.
        largest: bytes of it, on the wire, that are taken.
    """
    if largest is not None and (request.content_length or 0) > largest:
        return Fault(FaultKind.ENTITY_TOO_LARGE)
    ask_for_body(request)
    parts = parts_of(request, largest)
    try:
        body = await read_body(asked.service.name, operation, asked.http.headers, parts, signatures)
    except BodyTooLarge:
        return Fault(FaultKind.ENTITY_TOO_LARGE)
    if isinstance(body, Refusal):
        return Fault(FaultKind.INVALID_REQUEST, body.message, body.details, Code(body.code, body.status))
    return body
