"""Whether the body of an S3 request is the XML that its operation takes.

S3 holds bodies against a schema (`MalformedXML` in https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html);
the same is told by the shapes in S3's service model. What those do not tell is not held against a body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree

from vpce_emulator.aws.fault_codes import Code, FaultKind
from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.s3_xml import parse_xml
from vpce_emulator.aws.shapes import Shape, StructureShape

# S3 has errors of its own for wrong values of these: InvalidArgument and InvalidLocationConstraint.
_OTHERWISE_CHECKED = frozenset({"Event", "BucketLocationConstraint"})
# A list that must be there, and of which nothing is to be seen when it is empty.
_MAY_BE_EMPTY = frozenset({"LifecycleRules"})
_MALFORMED_ACL = Code("MalformedACLError", 400)
_NO_BODY = Fault(FaultKind.INVALID_REQUEST, "Request Body is empty", code=Code("MissingRequestBodyError", 400))
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,19}")


def malformed_document(operation_name: str, input_shape: StructureShape, body: bytes) -> Fault | None:
    """Return what is wrong with the XML of a request; None where nothing is, and for operations that take none.

    Args:
        operation_name: `PutBucketTagging`.
        input_shape: of the operation's input, from S3's service model.
        body: as sent.
    """
    document = _document(input_shape)
    if document is None:
        return None
    shape, root_name, required = document
    if not body:
        return _NO_BODY if required else None
    root = parse_xml(body)
    if root is None or root.tag != root_name or not _fits(root, shape):
        acl = operation_name in {"PutBucketAcl", "PutObjectAcl"}
        return Fault(FaultKind.MALFORMED_BODY, code=_MALFORMED_ACL if acl else None)
    return None


def takes_document(input_shape: StructureShape) -> bool:
    """Return whether an operation with this input takes XML."""
    return _document(input_shape) is not None


def _document(shape: StructureShape) -> tuple[Shape, str, bool] | None:
    """Return the shape of the body, the name of its root, and whether it must be there."""
    payload = shape.serialization.get("payload")
    if payload is None:
        in_body = any("location" not in member.serialization for member in shape.members.values())
        return (shape, shape.serialization["name"], True) if in_body and "name" in shape.serialization else None
    document = shape.members[payload]
    if document.type_name != "structure":
        return None
    return document, document.serialization.get("name", payload), payload in shape.required_members


def _fits(element: ElementTree.Element, shape: Any) -> bool:  # noqa: ANN401 - each kind of shape has attributes of its own
    if shape.type_name == "structure":
        return not (element.text or "").strip() and all(_member_fits(element, shape, name) for name in shape.members)
    if shape.type_name == "list":
        items = element.findall(shape.member.serialization.get("name", "member"))
        return all(_fits(item, shape.member) for item in items)
    if len(element):
        return False
    text = (element.text or "").strip()
    if getattr(shape, "enum", None) and shape.name not in _OTHERWISE_CHECKED:
        return text in shape.enum
    return _SCALARS.get(shape.type_name, _anything)(text)


def _member_fits(element: ElementTree.Element, structure: Any, name: str) -> bool:  # noqa: ANN401 - as _fits
    member = structure.members[name]
    wire = member.serialization
    if wire.get("xmlAttribute") or "location" in wire:
        return True
    flattened = member.type_name == "list" and wire.get("flattened")
    found = element.findall(wire.get("name", name))
    if not found:
        return name not in structure.required_members or member.name in _MAY_BE_EMPTY
    return all(_fits(item, member.member if flattened else member) for item in found)


def _anything(_: str) -> bool:
    return True


def _is_whole(text: str) -> bool:
    return _WHOLE_NUMBER.fullmatch(text) is not None


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


_SCALARS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "integer": _is_whole,
        "long": _is_whole,
        "boolean": lambda text: text.lower() in {"true", "false"},
        "timestamp": _is_time,
    }
)
