"""What S3 refuses in a request whatever data it holds."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from botocore.loaders import Loader
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.faults import Code, Fault, FaultKind
from vpce_emulator.aws.s3_form import missing_field, parse_form
from vpce_emulator.aws.s3_schema import malformed_document
from vpce_emulator.aws.s3_schema import takes_document as operation_takes_document
from vpce_emulator.aws.s3_validation import refused_head
from vpce_emulator.aws.s3_xml import parse_xml
from vpce_emulator.backend.embedded.dispatch import input_shape
from vpce_emulator.backend.embedded.service_call import ServiceCall

_NO_LOCATION = Fault(
    FaultKind.INVALID_REQUEST,
    "The specified location-constraint is not valid",
    code=Code("InvalidLocationConstraint", 400),
)


def refused_whatever_is_stored(call: ServiceCall) -> Fault | None:
    """Return why S3 does not carry out a call, by its head, its document, its form or the Region that it names."""
    return (
        refused_head(call.operation, call.request)
        or _refused_document(call)
        or _refused_form(call)
        or _refused_location(call)
    )


def takes_document(call: ServiceCall) -> bool:
    """Return whether a call's operation takes XML."""
    shape = input_shape("s3", call.operation.name)
    return shape is not None and operation_takes_document(shape)


def _refused_document(call: ServiceCall) -> Fault | None:
    if call.request.method not in {"PUT", "POST"}:
        return None
    shape = input_shape("s3", call.operation.name)
    return malformed_document(call.operation.name, shape, call.body) if shape is not None else None


def _refused_location(call: ServiceCall) -> Fault | None:
    """Refuse to make a bucket in a Region that there is none of; `EU` is an old name of eu-west-1."""
    root = parse_xml(call.body) if call.operation.name == "CreateBucket" and call.body else None
    location = root.findtext("LocationConstraint", "").strip() if root is not None else ""
    return None if location in {"", "EU"} or location in _regions() else _NO_LOCATION


@cache
def _regions() -> frozenset[str]:
    """Return the names of all Regions, by botocore's own data: a session would read the settings of whoever runs it."""
    partitions = Loader().load_data("endpoints")["partitions"]
    return frozenset(name for partition in partitions for name in partition["regions"])


def _refused_form(call: ServiceCall) -> Fault | None:
    """Hold a form upload against what an upload by PUT is held against."""
    if call.operation.name != "PostObject":
        return None
    upload = parse_form(call.request, call.body)
    if isinstance(upload, Fault):
        return upload
    if not upload.key:
        return Fault(FaultKind.INVALID_ARGUMENT, missing_field("key"))
    put = replace(call.operation, name="PutObject", key=upload.key)
    return refused_head(put, replace(call.request, headers=CIMultiDictProxy(CIMultiDict(upload.headers()))))
