"""DeleteObjects in parts: AWS deletes the keys that the caller may delete, and answers an error for each of the others.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from xml.etree import ElementTree

from vpce_emulator.aws.s3_xml import parse_xml

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def without_objects(body: bytes, items: Collection[int]) -> bytes:
    """Return a DeleteObjects body without the objects at these places, counted from 0; empty when none is left."""
    root = _root(body, "Delete")
    objects = root.findall("Object")
    for item in items:
        root.remove(objects[item])
    return _written(root) if root.find("Object") is not None else b""


def with_errors(response_body: bytes, request_body: bytes, denied: Mapping[int, str]) -> bytes:
    """Return the answer to a DeleteObjects request with an `Error` for each object that was not deleted.

    Args:
        response_body: the answer about the other objects; empty where there were none.
        request_body: the request as the caller sent it.
        denied: the error message by the object's place in the request.
    """
    objects = _root(request_body, "Delete").findall("Object")
    root = _root(response_body, "DeleteResult")
    for item, message in denied.items():
        error = ElementTree.SubElement(root, "Error")
        for name, text in (
            ("Key", objects[item].findtext("Key")),
            ("VersionId", objects[item].findtext("VersionId")),
            ("Code", "AccessDenied"),
            ("Message", message),
        ):
            if text is not None:
                ElementTree.SubElement(error, name).text = text
    return _written(root)


def _root(body: bytes, name: str) -> ElementTree.Element:
    root = parse_xml(body)
    return root if root is not None else ElementTree.Element(name)


def _written(root: ElementTree.Element) -> bytes:
    root.set("xmlns", _NAMESPACE)
    written: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written
