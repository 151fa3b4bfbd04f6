"""The XML in the bodies of S3 requests."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree


def parse_xml(body: bytes) -> ElementTree.Element | None:
    """Return a document's root with the namespaces taken off its names, or None for what is not XML."""
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - expat bounds entity expansion; there is no network access
    except (ElementTree.ParseError, ValueError, LookupError):
        return None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def texts_of(root: ElementTree.Element) -> dict[str, str]:
    """Return the text of each element by its name; of a name that stands more than once, the first."""
    texts: dict[str, str] = {}
    for element in root.iter():
        texts.setdefault(element.tag, (element.text or "").strip())
    return texts


def tags_of(root: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """Yield the keys and values of the `Tag` elements."""
    for tag in root.iter("Tag"):
        key = tag.findtext("Key")
        if key:
            yield key, tag.findtext("Value") or ""
