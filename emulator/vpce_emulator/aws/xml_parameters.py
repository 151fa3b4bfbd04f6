"""XML parameters held against the shape of an operation's input: https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

from vpce_emulator.aws.json_parameters import WrongTypeError

_WHOLE_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,19}\s*")
_NUMBER = re.compile(r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?\s*")
_FORMS = {
    "integer": _WHOLE_NUMBER,
    "long": _WHOLE_NUMBER,
    "float": _NUMBER,
    "double": _NUMBER,
    "boolean": re.compile(r"\s*(true|false)\s*"),
}


def xml_document(shape: Any) -> Any:  # noqa: ANN401 - each kind of shape has attributes of its own
    """Return the shape of a request's XML; None where its body is none, or there is none."""
    payload = shape.serialization.get("payload")
    if payload is not None:
        document = shape.members[payload]
        return document if document.type_name == "structure" else None
    return shape if any("location" not in member.serialization for member in shape.members.values()) else None


def namespace_of(document: Any) -> str:  # noqa: ANN401 - as above
    """Return the namespace of a document's elements; empty where the model has none."""
    uri: str = document.serialization.get("xmlNamespace", {}).get("uri", "")
    return uri


def missing_elements(root: ElementTree.Element, document: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    """Yield the path of each required member that a document lacks: `changeBatch.changes.1.member.action`.

    Args:
        root: the document, its names without their namespace.
        document: its shape.

    Raises:
        WrongTypeError: the document is another, or some part of it is not of its shape.
    """
    if root.tag != document.serialization.get("name", root.tag):
        raise WrongTypeError(f"The document's root is {root.tag}.")
    yield from _missing(root, document, "")


def _missing(element: ElementTree.Element, shape: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - as above
    kind = shape.type_name
    if kind == "structure":
        yield from _of_structure(element, shape, path)
    elif kind == "list":
        item = shape.member.serialization.get("name", "member")
        for index, child in enumerate(element.findall(item), 1):
            yield from _missing(child, shape.member, f"{path}.{index}.member")
    elif kind in _FORMS and not _FORMS[kind].fullmatch(element.text or ""):
        raise WrongTypeError(f"The value '{element.text or ''}' of {element.tag} is no {kind}.")
    elif kind != "map" and len(element):
        raise WrongTypeError(f"{element.tag} has elements, where it is a text.")


def _of_structure(element: ElementTree.Element, shape: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - as above
    prefix = f"{path}." if path else ""
    required = shape.required_members
    for name, (tag, member) in _elements(shape).items():
        found = element.findall(tag)
        told = prefix + name[:1].lower() + name[1:]
        if not found and name in required:
            yield told
        flattened = member.type_name == "list" and member.serialization.get("flattened")
        for index, child in enumerate(found, 1):
            each = (child, member.member, f"{told}.{index}.member") if flattened else (child, member, told)
            yield from _missing(*each)


@lru_cache(maxsize=4096)
def _elements(shape: Any) -> dict[str, tuple[str, Any]]:  # noqa: ANN401 - a StructureShape, which is hashable by being an object
    """Return the members that are elements, by name, with what their elements are called."""
    members = {
        name: member
        for name, member in shape.members.items()
        if "location" not in member.serialization and not member.serialization.get("xmlAttribute")
    }
    return {name: (_tag(name, member), member) for name, member in members.items()}


def _tag(name: str, member: Any) -> str:  # noqa: ANN401 - as above
    own: str = member.serialization.get("name", name)
    if member.type_name == "list" and member.serialization.get("flattened"):
        item: str = member.member.serialization.get("name", own)
        return item
    return own
