"""Filters and pages of the EC2 API's Describe operations.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from vpce_emulator.control import ec2_errors

Item = TypeVar("Item")

MAX_PAGE: Final = 1000
"""The most items of one page: a greater MaxResults counts as this."""


def matches(filters: Iterable[Mapping[str, Any]], attributes: Mapping[str, Collection[str]]) -> bool:
    """Return whether something passes all filters.

    Args:
        filters: as in boto3: `{"Name": "vpc-id", "Values": ["vpc-…"]}`; one value must match, with `*` and `?` as
            wildcards, a backslash before them taking that away.
        attributes: what filters can ask for, each with the values it has here; `tag:` and `tag-key` come from
            `tag_attributes`.

    Raises:
        Ec2Error: for a filter that is not among the attributes.
    """
    return all(_passes(each["Name"], each.get("Values", ()), attributes) for each in filters)


def tag_attributes(tags: Iterable[tuple[str, str]]) -> dict[str, Collection[str]]:
    """Return what filters can ask of tags."""
    tags = tuple(tags)
    return {f"tag:{key}": (value,) for key, value in tags} | {"tag-key": tuple(key for key, _ in tags)}


def page(items: Sequence[Item], max_results: int | None, next_token: str | None) -> tuple[Sequence[Item], str | None]:
    """Return one page of items and the token for the next, None on the last.

    Raises:
        Ec2Error: for a token that no page gave out, and a page of no items.
    """
    start = _offset(next_token, len(items)) if next_token else 0
    if max_results is None:
        return items[start:], None
    if max_results < 1:
        raise ec2_errors.invalid_value(str(max_results), "MaxResults", "Expected a positive number.")
    end = start + min(max_results, MAX_PAGE)
    return items[start:end], _token(end) if end < len(items) else None


def _passes(name: str, values: Iterable[str], attributes: Mapping[str, Collection[str]]) -> bool:
    if name not in attributes and not name.startswith("tag:"):
        raise ec2_errors.invalid_filter(name)
    patterns = [_pattern(value) for value in values]
    return any(pattern.fullmatch(value) for pattern in patterns for value in attributes.get(name, ()))


def _pattern(value: str) -> re.Pattern[str]:
    wildcards = {"*": ".*", "?": "."}
    parts = re.findall(r"\\[*?\\]|.", value, re.DOTALL)
    return re.compile("".join(wildcards.get(part) or re.escape(part[-1]) for part in parts), re.DOTALL)


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"offset:{offset}".encode()).decode()


def _offset(token: str, size: int) -> int:
    try:
        match = re.fullmatch(r"offset:(\d{1,9})", base64.urlsafe_b64decode(token.encode()).decode())
    except (binascii.Error, ValueError):
        match = None
    if match is None or int(match[1]) >= size:
        raise ec2_errors.invalid_next_token()
    return int(match[1])
