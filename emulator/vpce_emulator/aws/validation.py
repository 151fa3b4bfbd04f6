"""Whether a request has the parameters that its operation takes: the required ones, each of its type.

Services check this before anything else, by the models that botocore has, too. What those do not tell (lengths,
patterns, ranges) is left to whoever carries a request out. S3 has ways of its own: `s3_validation` and `s3_schema`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import parse_qsl

from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.cbor import CborError, read_cbor
from vpce_emulator.aws.constraints import violated
from vpce_emulator.aws.fault_codes import Code, FaultKind
from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.form_parameters import Parameter, invalid_parameter, misplaced_parameter, missing_parameter
from vpce_emulator.aws.json_bodies import LONGEST_REMEMBERED, REMEMBERED, read_json
from vpce_emulator.aws.json_parameters import TooLongError, WrongTypeError, missing_members
from vpce_emulator.aws.s3_xml import parse_xml
from vpce_emulator.aws.shapes import StructureShape
from vpce_emulator.aws.xml_parameters import missing_elements, namespace_of, xml_document

# Services that have another code for a missing parameter than ValidationException or ValidationError. Sources:
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html,
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html and
# https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html.
_MISSING: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ec2": ("MissingParameter", "The request must contain the parameter {}"),
        "sqs": ("MissingParameter", "The request must contain the parameter {}."),
        "sns": ("InvalidParameter", "Invalid parameter: {} Reason: no value for required parameter"),
    }
)
# How many items of a list that is too long its refusal repeats.
_TOLD_ITEMS = 100


def invalid_parameters(service: Service, input_shape: StructureShape, raw_query: str, body: bytes) -> Fault | None:
    """Return what is wrong with the parameters of a request, or None.

    Args:
        service: the service called, in the protocol of the request; any but S3.
        input_shape: of the operation's input.
        raw_query: the query as sent.
        body: decoded.
    """
    match service.protocol:
        case Protocol.QUERY | Protocol.EC2:
            return _invalid_form(service, input_shape, _form(raw_query, body))
        case Protocol.REST_XML:
            document = xml_document(input_shape)
            return _invalid_xml(service, document, body) if document is not None and body else None
        case _:
            return _refused(service, _missing_in_document(service, input_shape, body))


def misshapen_input(service: Service, input_shape: StructureShape, raw_query: str, body: bytes) -> Fault | None:
    """Return what keeps an input from being understood in one way only, and as a whole, or None.

    That is a member of another type, a list that is longer than it may be, a parameter of a form that stands where its
    shape has none. What it lacks it is not told of: that is for those who may ask.

    Args:
        service: the service called, in the protocol of the request; any but S3.
        input_shape: of the operation's input.
        raw_query: the query as sent.
        body: decoded.
    """
    if service.protocol in (Protocol.QUERY, Protocol.EC2):
        return _misplaced(service, input_shape, _form(raw_query, body))
    found = _missing_in_document(service, input_shape, body)
    return found if isinstance(found, Fault) else None


def _form(raw_query: str, body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode("utf-8", "replace") or raw_query, keep_blank_values=True)


def _missing_in_document(service: Service, input_shape: StructureShape, body: bytes) -> tuple[str, ...] | Fault:
    """Return the members that a JSON or CBOR body lacks, or what keeps it from being read; other bodies lack none.

    Looked for once, and told in two steps: what keeps it from being read before policies decide, what it lacks after.
    """
    look = _remembered if len(body) <= LONGEST_REMEMBERED else _looked_for
    return look(service, input_shape, body)


def _looked_for(service: Service, input_shape: StructureShape, body: bytes) -> tuple[str, ...] | Fault:
    match service.protocol:
        case Protocol.JSON_1_0 | Protocol.JSON_1_1:
            return _missing_in_json(service, input_shape, body)
        case Protocol.CBOR:
            return _missing_in_cbor(service, input_shape, body)
        case Protocol.REST_JSON:
            shape = _json_document(input_shape)
            return _missing_in_json(service, shape, body) if shape is not None else ()
        case _:
            return ()


_remembered = lru_cache(maxsize=REMEMBERED)(_looked_for)


def _json_document(shape: StructureShape) -> StructureShape | None:
    """Return the shape of a REST request's body; None where there is none, or it is not JSON."""
    payload = shape.serialization.get("payload")
    if payload is None:
        return shape if any("location" not in member.serialization for member in shape.members.values()) else None
    document: StructureShape = shape.members[payload]
    return document if document.type_name == "structure" and not document.serialization.get("eventstream") else None


def _invalid_xml(service: Service, document: StructureShape, body: bytes) -> Fault | None:
    root = parse_xml(body, {"", namespace_of(document)})
    if root is None:
        return Fault(FaultKind.MALFORMED_BODY)
    try:
        missing = tuple(missing_elements(root, document))
    except WrongTypeError as wrong:
        return _unreadable(service, str(wrong))
    return _missing(service, missing) if missing else None


def _refused(service: Service, missing: tuple[str, ...] | Fault) -> Fault | None:
    return missing if isinstance(missing, Fault) else _missing(service, missing) if missing else None


def _missing_in_cbor(service: Service, shape: StructureShape, body: bytes) -> tuple[str, ...] | Fault:
    try:
        given = read_cbor(body) if body else {}
    except CborError as error:
        return _unreadable(service, f"The request body is not well-formed CBOR: {error}.")
    return _missing_members(service, shape, given)


def _missing_in_json(service: Service, shape: StructureShape, body: bytes) -> tuple[str, ...] | Fault:
    try:
        given = read_json(body) if body else {}
    except (ValueError, RecursionError):
        return _unreadable(service, "The request body is not well-formed JSON.")
    return _missing_members(service, shape, given)


def _missing_members(service: Service, shape: StructureShape, given: object) -> tuple[str, ...] | Fault:
    try:
        return tuple(missing_members(given, shape))
    except RecursionError:
        return _unreadable(service, "The request body is too deep.")
    except WrongTypeError as wrong:
        return _unreadable(service, str(wrong))
    except TooLongError as long:
        return _too_long(long)


def _too_long(error: TooLongError) -> Fault:
    # AWS writes the whole list; one that is far too long is not sent back.
    items = [str(item) for item in error.value[:_TOLD_ITEMS]] + ["…"] * (len(error.value) > _TOLD_ITEMS)
    return violated(f"[{', '.join(items)}]", error.path, f"have length less than or equal to {error.most}")


def _misplaced(service: Service, shape: StructureShape, form: Sequence[tuple[str, str]]) -> Fault | None:
    """Return the refusal of a parameter that its shape has no place for."""
    ec2 = service.protocol is Protocol.EC2
    try:
        name = misplaced_parameter(shape, form, ec2=ec2)
    except TooLongError as long:
        return _too_long(long)
    if name is None:
        return None
    if ec2:
        message = f"The parameter {name} is not recognized"
        return Fault(FaultKind.VALIDATION, message, code=Code("UnknownParameter", 400))
    return Fault(FaultKind.MALFORMED_BODY, f"Unexpected complex element termination: {name}")


def _unreadable(service: Service, message: str) -> Fault:
    return Fault(FaultKind.MALFORMED_BODY, message)


def _invalid_form(service: Service, shape: StructureShape, form: Sequence[tuple[str, str]]) -> Fault | None:
    ec2 = service.protocol is Protocol.EC2
    missing = tuple(missing_parameter(shape, form, ec2=ec2))
    if missing:
        return _missing(service, missing)
    wrong = next(_wrong(shape, form, ec2=ec2), None)
    if wrong is None:
        return None
    if not ec2:
        return Fault(FaultKind.MALFORMED_BODY, f"The value '{wrong.value}' of {wrong.name} is no {wrong.type_name}.")
    told = "Invalid value for boolean parameter" if wrong.type_name == "boolean" else "must be an integer"
    return Fault(FaultKind.INVALID_ARGUMENT, f"Value ({wrong.value}) for parameter {wrong.name} is invalid. {told}")


def _wrong(shape: StructureShape, form: Sequence[tuple[str, str]], *, ec2: bool) -> Iterator[Parameter]:
    found = (invalid_parameter(shape, name, value, ec2=ec2) for name, value in form)
    return (parameter for parameter in found if parameter is not None)


def _missing(service: Service, paths: Sequence[str]) -> Fault:
    if service.name in _MISSING:
        code, message = _MISSING[service.name]
        name = paths[0][:1].upper() + paths[0][1:]
        return Fault(FaultKind.VALIDATION, message.format(name), code=Code(code, 400))
    errors = "; ".join(
        f"Value null at '{path[:1].lower()}{path[1:]}' failed to satisfy constraint: Member must not be null"
        for path in paths
    )
    plural = "s" if len(paths) > 1 else ""
    return Fault(FaultKind.VALIDATION, f"{len(paths)} validation error{plural} detected: {errors}")
