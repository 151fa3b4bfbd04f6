"""A REST request as it is carried out: its parameters where the operation's input says they stand, and nowhere else.

What carries requests out looks for a parameter in the query, then in the body, then in the path, whichever it belongs
to. https://smithy.io/2.0/spec/http-bindings.html says where each belongs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

from vpce_emulator.aws.call import Operation, Protocol, Service
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.resource_name_forms import FUNCTION
from vpce_emulator.aws.xml_parameters import xml_document

_LABEL = re.compile(r"\{([^}+]+)(\+?)\}")
# Services whose paths moto decodes before it parts them: a slash within a name would end it.
_SPLIT_DECODED = frozenset({"amp", "pinpoint"})
_IN_HEAD = frozenset({"uri", "querystring", "header"})


class RestModel(NamedTuple):
    """What an operation's model says of its requests.

    Attributes:
        uri: its request URI, `/things/{thingName}` or `/layers?find=LayerVersion`.
        input: the type of its input, a `StructureShape`; None where it takes none.
    """

    uri: str
    input: Any


def with_plain_names(service: Service, operation: Operation) -> Operation:
    """Return an operation with a Lambda function by its name and qualifier, whatever part of its ARN is given.

    Whose it is was told by what it was authorized for, and what carries it out looks for names.
    """
    told = FUNCTION.fullmatch(operation.labels.get("FunctionName", "")) if service.name == "lambda" else None
    if told is None:
        return operation
    name = f"{told['name']}:{told['qualifier']}" if told["qualifier"] else told["name"]
    return replace(operation, labels={**operation.labels, "FunctionName": name})


def rest_as_authorized(
    service: Service, operation: Operation, model: RestModel, request: HttpRequest, body: bytes
) -> tuple[HttpRequest, bytes]:
    """Return a request to a REST service with the parameters that its operation has, each in its one place.

    INVARIANT: the backend is told what was authorized.

    Args:
        service: in a protocol of REST, with JSON or XML.
        operation: what was authorized, with its labels.
        model: of the operation.
        request: its head.
        body: its body, decoded.
    """
    path, _, fixed = model.uri.partition("?")
    query = list(_query(fixed, model.input, request.raw_query))
    head = replace(request, raw_path=_path(service.name, path, operation.labels), raw_query=urlencode(query))
    return head, _body(service.protocol, model.input, body)


def names_in_head(shape: Any) -> frozenset[str]:  # noqa: ANN401 - as in RestModel
    """Return the names of the members that stand in the head of a request, and never in its body."""
    return _places(shape).in_head


def _path(service: str, template: str, labels: Mapping[str, str]) -> str:
    """Fill in a request URI's labels as SDKs do: one way to write a path, the others of which are read otherwise."""

    def filled(label: re.Match[str]) -> str:
        value = labels.get(label[1], label[0])
        if service in _SPLIT_DECODED and not value.startswith("arn:"):
            value = value.replace("/", "%2F")
        return quote(value, safe="/~" if label[2] else "~")

    return _LABEL.sub(filled, template)


def _query(fixed: str, shape: Any, raw_query: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - as in RestModel
    """Yield what a URI fixes, the parameters that are the input's, and a presigned URL's own."""
    yield from parse_qsl(fixed, keep_blank_values=True)
    taken = frozenset(name for name, _ in parse_qsl(fixed, keep_blank_values=True))
    places = _places(shape)
    for name, given in parse_qs(raw_query, keep_blank_values=True).items():
        if name in places.lists or name.startswith("X-Amz-") or (places.has_any and name not in places.in_head):
            yield from ((name, value) for value in given)
        elif name in places.query and name not in taken:
            yield name, next(filter(None, given), "")


def _body(protocol: Protocol, shape: Any, body: bytes) -> bytes:  # noqa: ANN401 - as in RestModel
    """Return a body without what is not the input's; one that is no document as it is."""
    if shape is None or not body:
        return b""
    if protocol is Protocol.REST_XML:
        return body if shape.serialization.get("payload") or xml_document(shape) is not None else b""
    names = _places(shape).document
    if names is None:
        return body
    if not names:
        return b""
    given = json.loads(body)
    if not isinstance(given, dict) or given.keys() <= names:
        return body
    return json.dumps({name: value for name, value in given.items() if name in names}).encode()


class _Places(NamedTuple):
    """The names of an input's members by where they stand; `document` is None where the body is no structure."""

    query: frozenset[str]
    lists: frozenset[str]
    has_any: bool
    in_head: frozenset[str]
    document: frozenset[str] | None


_NO_PLACES = _Places(frozenset(), frozenset(), has_any=False, in_head=frozenset(), document=frozenset())


@lru_cache(maxsize=8192)
def _places(shape: Any) -> _Places:  # noqa: ANN401 - a StructureShape or None, which are hashable
    if shape is None:
        return _NO_PLACES
    located = [(member.serialization.get("location", ""), name, member) for name, member in shape.members.items()]
    query = [(_wire(name, member), member.type_name) for where, name, member in located if where == "querystring"]
    return _Places(
        query=frozenset(name for name, _ in query),
        lists=frozenset(name for name, kind in query if kind == "list"),
        has_any=any(kind == "map" for _, kind in query),
        in_head=frozenset(_wire(name, member) for where, name, member in located if where in _IN_HEAD),
        document=_document(shape),
    )


def _document(shape: Any) -> frozenset[str] | None:  # noqa: ANN401 - as above
    payload = shape.serialization.get("payload")
    if payload is None:
        bodily = ((name, member) for name, member in shape.members.items() if "location" not in member.serialization)
        return frozenset(_wire(name, member) for name, member in bodily)
    document = shape.members[payload]
    if document.type_name != "structure" or document.is_document_type or document.serialization.get("eventstream"):
        return None
    return frozenset(_wire(name, member) for name, member in document.members.items())


def _wire(name: str, member: Any) -> str:  # noqa: ANN401 - as above
    spelled: str = member.serialization.get("name", name)
    return spelled
