"""The input of an operation as its request brings it, for what is the same in many services: tags, and roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl
from xml.etree import ElementTree

from vpce_emulator.aws.call import Operation, Protocol, Service
from vpce_emulator.aws.cbor import read_cbor
from vpce_emulator.aws.form_members import form_members
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.json_bodies import read_json

_FORMS = frozenset({Protocol.QUERY, Protocol.EC2})
_REST = frozenset({Protocol.REST_JSON, Protocol.REST_XML})


def input_of(service: Service, operation: Operation, request: HttpRequest, body: bytes | None) -> Mapping[str, Any]:
    """Return an input's members; of a REST operation those of path and query, too. Empty for what cannot be read."""
    if service.protocol in _FORMS:
        form = (body or b"").decode("utf-8", "replace") or request.raw_query
        return form_members(parse_qsl(form, keep_blank_values=True))
    found: dict[str, Any] = {}
    if service.protocol in _REST:
        found |= parse_qs(request.raw_query) | dict(operation.labels)
    return found | _members(service.protocol, body) if body else found


def _members(protocol: Protocol, body: bytes) -> dict[str, Any]:
    try:
        match protocol:
            case Protocol.REST_XML:
                read = _of_element(ElementTree.fromstring(body))  # noqa: S314 - expat bounds entity expansion
            case Protocol.CBOR:
                read = read_cbor(body)
            case _:
                read = read_json(body)
    except (ValueError, LookupError, RecursionError, ElementTree.ParseError):
        return {}
    return read if isinstance(read, dict) else {}


# What the items of lists are called in the XML of most services' models.
_ITEMS = frozenset({"Item", "Tag", "member"})


def _of_element(element: ElementTree.Element) -> Any:  # noqa: ANN401 - a text, or what is nested
    """Return what an element holds; a list where its children are items, or all of one name."""
    children = [(child.tag.rpartition("}")[2], child) for child in element]
    if not children:
        return element.text or ""
    names = {name for name, _ in children}
    if len(names) == 1 and (names <= _ITEMS or len(children) > 1):
        return [_of_element(child) for _, child in children]
    return {name: _of_element(child) for name, child in children}
