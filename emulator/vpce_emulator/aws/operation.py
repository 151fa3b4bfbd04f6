"""Which operation of its service a request asks for."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote

from vpce_emulator.aws.call import Operation, Protocol, Service
from vpce_emulator.aws.dynamodb_actions import NO_BODY_NEEDED
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.resources import needs_body
from vpce_emulator.aws.s3_operations import identify_s3_operation
from vpce_emulator.aws.service_models import service_model

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")
_CBOR_PATH = re.compile(r"/service/[A-Za-z0-9_.]+/operation/([A-Za-z][A-Za-z0-9_]{0,127})")
_DYNAMODB = frozenset({"dynamodb", "dynamodbstreams"})


def identify_operation(service: Service, request: HttpRequest, body: bytes | None) -> Operation | Fault:
    """Return the operation that a request asks for.

    Args:
        service: what `identify_service` found.
        request: its head.
        body: the body, or None when it has not been read. A query request (`Action=…`) tells its operation only in
            its body; without it the answer is an operation with no name that needs the body: read it and ask again.
    """
    match service.protocol:
        case Protocol.S3:
            return identify_s3_operation(request)
        case Protocol.JSON_1_0 | Protocol.JSON_1_1:
            return _from_target(service, request)
        case Protocol.QUERY | Protocol.EC2:
            return _from_action(service, request, body)
        case Protocol.CBOR:
            found = _CBOR_PATH.fullmatch(request.raw_path)
            return Operation(found[1], needs_body(service, found[1])) if found else _unknown(request.raw_path)
        case Protocol.REST_JSON | Protocol.REST_XML:
            return _from_path(service, request)


def _unknown(asked: str) -> Fault:
    return Fault(FaultKind.UNKNOWN_OPERATION, f"The action {asked} is not valid for this web service." if asked else "")


def _from_target(service: Service, request: HttpRequest) -> Operation | Fault:
    name = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
    if not _NAME.fullmatch(name):
        return Fault(FaultKind.UNKNOWN_OPERATION)
    if service.name in _DYNAMODB:
        return Operation(name, name not in NO_BODY_NEEDED)
    return Operation(name, needs_body(service, name))


def _from_action(service: Service, request: HttpRequest, body: bytes | None) -> Operation | Fault:
    query = dict(parse_qsl(request.raw_query, keep_blank_values=True))
    name = query.get("Action", "")
    if not name and body is None and request.method == "POST":
        return Operation("", needs_body=True)
    if not name and body is not None:
        name = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)).get("Action", "")
    if not _NAME.fullmatch(name):
        return _unknown(name)
    return Operation(name, needs_body(service, name) and request.method == "POST")


def _from_path(service: Service, request: HttpRequest) -> Operation | Fault:
    if service.name == "execute-api":
        return Operation("Invoke")
    model = service_model(service.name)
    found = model.operation(request.method, request.raw_path, request.raw_query) if model is not None else None
    if found is None:
        return Fault(FaultKind.UNKNOWN_OPERATION)
    name, labels = found
    return Operation(name, needs_body(service, name), labels={label: unquote(value) for label, value in labels.items()})
