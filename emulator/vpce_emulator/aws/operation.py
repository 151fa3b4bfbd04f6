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


# The protocols whose requests name their operation, as botocore's models call them.
_SPOKEN = {
    Protocol.JSON_1_0: "json",
    Protocol.JSON_1_1: "json",
    Protocol.QUERY: "query",
    Protocol.EC2: "ec2",
    Protocol.CBOR: "smithy-rpc-v2-cbor",
}


def identify_operation(service: Service, request: HttpRequest, body: bytes | None) -> Operation | Fault:
    """Return the operation that a request asks for.

    A request asks for one operation, in one place, by its exact name and in a protocol that its service understands.
    All else is refused, so that nothing behind this can take it for a request for another operation.

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
            return _known(service, request, _from_target(service, request))
        case Protocol.QUERY | Protocol.EC2:
            return _known(service, request, _from_action(service, request, body))
        case Protocol.CBOR:
            found = _CBOR_PATH.fullmatch(request.raw_path)
            operation = Operation(found[1], needs_body(service, found[1])) if found else _unknown(request.raw_path)
            return _known(service, request, operation)
        case Protocol.REST_JSON | Protocol.REST_XML:
            return _from_path(service, request)


def _unknown(asked: str) -> Fault:
    return Fault(FaultKind.UNKNOWN_OPERATION, f"The action {asked} is not valid for this web service." if asked else "")


def _known(service: Service, request: HttpRequest, operation: Operation | Fault) -> Operation | Fault:
    """Return an operation if its service has it, in the protocol of the request, and no other is named beside it."""
    if isinstance(operation, Fault) or not operation.name:
        return operation
    model = service_model(service.name)
    if model is None or operation.name not in model.operations or _SPOKEN[service.protocol] not in model.protocols:
        return _unknown(operation.name)
    named_by_target = service.protocol in {Protocol.JSON_1_0, Protocol.JSON_1_1}
    named_by_action = service.protocol in {Protocol.QUERY, Protocol.EC2}
    if (not named_by_target and "X-Amz-Target" in request.headers) or (
        not named_by_action and "Action=" in unquote(request.raw_query)
    ):
        return _unknown(operation.name)
    return operation


def _from_target(service: Service, request: HttpRequest) -> Operation | Fault:
    if request.method != "POST" or request.raw_path != "/":
        # https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html: every operation is a POST to the root.
        return Fault(FaultKind.UNKNOWN_OPERATION)
    targets = request.headers.getall("X-Amz-Target", ())
    prefix, _, name = targets[0].rpartition(".") if len(targets) == 1 else ("", "", "")
    model = service_model(service.name)
    if model is not None and "query" in model.protocols and not _says_json(request):
        # The Content-Type alone tells the protocols of such a service apart.
        return Fault(FaultKind.UNKNOWN_OPERATION)
    if not _NAME.fullmatch(name) or model is None or prefix != model.target:
        return Fault(FaultKind.UNKNOWN_OPERATION)
    if service.name in _DYNAMODB:
        return Operation(name, name not in NO_BODY_NEEDED)
    return Operation(name, needs_body(service, name))


def _says_json(request: HttpRequest) -> bool:
    return request.headers.get("Content-Type", "").startswith("application/x-amz-json-1.")


def _from_action(service: Service, request: HttpRequest, body: bytes | None) -> Operation | Fault:
    query = [pair for pair in parse_qsl(request.raw_query, keep_blank_values=True) if not pair[0].startswith("X-Amz-")]
    if not query and body is None and request.method == "POST":
        return Operation("", needs_body=True)
    form = parse_qsl((body or b"").decode("utf-8", "replace"), keep_blank_values=True)
    if query and form:
        return Fault(
            FaultKind.INVALID_REQUEST, "The parameters are in the query and in the body: give them in one place."
        )
    parameters = query or form
    name = dict(parameters).get("Action", "")
    if not _NAME.fullmatch(name):
        return _unknown(name)
    if len(dict(parameters)) < len(parameters):
        return Fault(FaultKind.INVALID_REQUEST, "A parameter is given more than once.")
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
