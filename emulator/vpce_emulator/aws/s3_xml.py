"""The XML in the bodies of S3 requests.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html has the elements of
each operation. All are in one namespace, or in none.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from xml.etree import ElementTree

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
# S3 takes the name with or without its last slash, and the older one of its first documentation.
_NAMESPACES = frozenset({"", NAMESPACE, NAMESPACE.rstrip("/"), "http://doc.s3.amazonaws.com/2006-03-01"})


def parse_xml(body: bytes, namespaces: Set[str] = _NAMESPACES) -> ElementTree.Element | None:
    """Return a document's root with the namespace taken off its names, or None for what is not such XML.

    Args:
        body: the document.
        namespaces: its own; S3's where it is not given.
    """
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - expat bounds entity expansion; there is no network access
    except (ElementTree.ParseError, ValueError, LookupError):
        return None
    for element in root.iter():
        namespace, _, element.tag = element.tag.rpartition("}")
        # INVARIANT: what is of another namespace is something else, though its name be the same.
        if namespace.removeprefix("{") not in namespaces:
            return None
    return root


def written_xml(root: ElementTree.Element) -> bytes:
    """Return a document whose names are all in S3's namespace, without prefixes."""
    root.set("xmlns", NAMESPACE)
    written: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    # Parsers read a bare carriage return as a line feed; as a reference it stays what it is.
    return written.replace(b"\r", b"&#13;")


def texts_of(root: ElementTree.Element) -> Mapping[str, str] | None:
    """Return the text of each element right below the root by its name; None where a plain one stands twice."""
    texts: dict[str, str] = {}
    for element in root:
        if element.tag in texts and not len(element):
            return None
        texts.setdefault(element.tag, (element.text or "").strip())
    return texts


def tags_of(root: ElementTree.Element) -> Mapping[str, str] | None:
    """Return the tags in `TagSet` or `Tags`; None where S3's schema allows no such tags.

    Each has one key and one value, and no two have the same key
    (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html).
    """
    sets = [element for element in root if element.tag in {"TagSet", "Tags"}]
    found = [tag for tags in sets for tag in tags]
    if len(sets) > 1 or len(found) != sum(1 for _ in root.iter("Tag")):
        return None
    if any(sorted(part.tag for part in tag) != ["Key", "Value"] or any(map(len, tag)) for tag in found):
        return None
    tags = {tag.findtext("Key", ""): tag.findtext("Value", "") for tag in found}
    return tags if len(tags) == len(found) and "" not in tags else None
