"""DeleteObjects in parts: AWS deletes the keys that the caller may delete, and answers an error for each of the others.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from xml.etree import ElementTree

from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.s3_xml import parse_xml, written_xml

# A request lists up to 1000 keys.
_MOST_OBJECTS = 1000
_BOOLEANS = frozenset({"true", "false"})
_MEMBERS = frozenset({"Key", "VersionId", "ETag", "LastModifiedTime", "Size"})


@dataclass(frozen=True, slots=True)
class DeletedObject:
    """An entry of the list: its elements' texts by their names, with a `Key` that is not empty."""

    members: Mapping[str, str]

    @property
    def key(self) -> str:
        """The key of the object."""
        return self.members["Key"]

    @property
    def version_id(self) -> str:
        """The version to delete; empty where none is named."""
        return self.members.get("VersionId", "")

    @property
    def etag(self) -> str:
        """The entity tag without which it is not deleted, or `*`; empty where none is named."""
        return self.members.get("ETag", "").strip()


@dataclass(frozen=True, slots=True)
class Deletion:
    """What a DeleteObjects request asks for.

    Attributes:
        objects: what to delete, in order.
        quiet: whether the answer is to name only what was not deleted.
    """

    objects: tuple[DeletedObject, ...]
    quiet: bool = False


def parse_deletion(body: bytes) -> Deletion | Fault:
    """Read the body of a DeleteObjects request; one that S3's schema does not allow is a Fault."""
    root = parse_xml(body)
    if root is None or root.tag != "Delete":
        return Fault(FaultKind.MALFORMED_BODY)
    objects = tuple(_objects(root))
    quiet = [(element.text or "").strip().lower() for element in root.findall("Quiet")]
    known = len(objects) + len(quiet) == len(root) and len(quiet) <= 1 and _BOOLEANS.issuperset(quiet)
    if not known or None in objects or not 1 <= len(objects) <= _MOST_OBJECTS:
        return Fault(FaultKind.MALFORMED_BODY)
    return Deletion(tuple(one for one in objects if one is not None), quiet == ["true"])


def _objects(root: ElementTree.Element) -> Iterator[DeletedObject | None]:
    """Yield the objects; None for one that has a member twice, an unknown member, or no key."""
    for element in root.findall("Object"):
        members = {member.tag: member.text or "" for member in element}
        whole = len(members) == len(element) and members.keys() <= _MEMBERS and not any(map(len, element))
        yield DeletedObject(members) if whole and members.get("Key") else None


def written_deletion(deletion: Deletion) -> bytes:
    """Return a body that asks for a deletion, in the one way to write it."""
    root = ElementTree.Element("Delete")
    for one in deletion.objects:
        element = ElementTree.SubElement(root, "Object")
        for name, text in one.members.items():
            ElementTree.SubElement(element, name).text = text
    if deletion.quiet:
        ElementTree.SubElement(root, "Quiet").text = "true"
    return written_xml(root)


def without_objects(body: bytes, items: Collection[int]) -> bytes:
    """Return a DeleteObjects body without the objects at these places, counted from 0; empty when none is left."""
    deletion = parse_deletion(body)
    if isinstance(deletion, Fault):
        return b""
    left = tuple(one for item, one in enumerate(deletion.objects) if item not in items)
    return written_deletion(replace(deletion, objects=left)) if left else b""


def with_errors(
    response_body: bytes,
    request_body: bytes,
    denied: Mapping[int, str],
    codes: Mapping[int, str] = MappingProxyType({}),
) -> bytes:
    """Return the answer to a DeleteObjects request with an `Error` for each object that was not deleted.

    Args:
        response_body: the answer about the other objects; empty where there were none.
        request_body: the request as the caller sent it.
        denied: the error message by the object's place in the request.
        codes: the error codes of those that are not `AccessDenied`.
    """
    deletion = parse_deletion(request_body)
    objects = () if isinstance(deletion, Fault) else deletion.objects
    answered = parse_xml(response_body)
    root = answered if answered is not None else ElementTree.Element("DeleteResult")
    for item, message in denied.items():
        error = ElementTree.SubElement(root, "Error")
        ElementTree.SubElement(error, "Key").text = objects[item].key
        if "VersionId" in objects[item].members:
            ElementTree.SubElement(error, "VersionId").text = objects[item].version_id
        ElementTree.SubElement(error, "Code").text = codes.get(item, "AccessDenied")
        ElementTree.SubElement(error, "Message").text = message
    return written_xml(root)
