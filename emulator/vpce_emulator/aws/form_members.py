"""The members of a form's input, put together from names such as `Tags.member.1.Key`.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html and
https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# AWS's inputs are nested less deeply; what is deeper names no member of them.
_DEEPEST = 16


def form_members(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Any]:
    """Return an input as nested dictionaries and lists of texts.

    Args:
        pairs: names and values; of two that contradict each other (`A=…` and `A.1=…`) the first counts.
    """
    root: dict[str, Any] = {}
    for name, value in pairs:
        *path, last = name.split(".", _DEEPEST)
        place = _place(root, path)
        if place is not None:
            place.setdefault(last, value)
    return {name: _listed(value) for name, value in root.items()}


def _place(node: dict[str, Any], path: Iterable[str]) -> dict[str, Any] | None:
    for segment in path:
        child = node.setdefault(segment, {})
        if not isinstance(child, dict):
            return None
        node = child
    return node


def _listed(node: Any) -> Any:  # noqa: ANN401 - a text, or what is nested
    """Return a node in which dictionaries that number their values are lists."""
    if not isinstance(node, dict):
        return node
    if set(node) == {"member"}:
        return _listed(node["member"])
    if node and all(key.isdecimal() for key in node):
        return [_listed(node[key]) for key in sorted(node, key=int)]
    return {key: _listed(value) for key, value in node.items()}
