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
"""The most items of one page: a greater MaxResults counts as this, unless an operation refuses it."""


FILTERS: Final[Mapping[str, frozenset[str]]] = {
    "DescribeVpcEndpoints": frozenset(
        {
            "ip-address-type",
            "service-name",
            "service-region",
            "tag-key",
            "vpc-endpoint-id",
            "vpc-endpoint-state",
            "vpc-endpoint-type",
            "vpc-id",
        }
    ),
    "DescribeVpcEndpointServices": frozenset(
        {"owner", "service-name", "service-region", "service-type", "supported-ip-address-types", "tag-key"}
    ),
    "DescribeVpcEndpointAssociations": frozenset({"vpc-endpoint-id"}),
    "DescribeVpcEndpointConnectionNotifications": frozenset(
        {
            "connection-notification-arn",
            "connection-notification-id",
            "connection-notification-state",
            "connection-notification-type",
            "service-id",
            "vpc-endpoint-id",
        }
    ),
    "DescribeVpcEndpointConnections": frozenset(
        {
            "ip-address-type",
            "service-id",
            "vpc-endpoint-id",
            "vpc-endpoint-owner",
            "vpc-endpoint-region",
            "vpc-endpoint-state",
        }
    ),
    "DescribePrefixLists": frozenset({"prefix-list-id", "prefix-list-name"}),
    "DescribeManagedPrefixLists": frozenset({"owner-id", "prefix-list-id", "prefix-list-name", "tag-key"}),
}
"""The filters of each operation beside `tag:`.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html and those of the others.
"""


def check_filters(operation: str, filters: Iterable[Mapping[str, Any]]) -> None:
    """Refuse filters without a name, and those that the operation does not have, whatever there is to be found.

    Raises:
        Ec2Error: with the name.
    """
    for each in filters:
        name = each.get("Name")
        if not name:
            raise ec2_errors.missing_parameter("Filter.Name")
        known = FILTERS.get(operation)
        if known is not None and name not in known and not (name.startswith("tag:") and "tag-key" in known):
            raise ec2_errors.invalid_filter(name)


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


def page(
    items: Sequence[Item], max_results: int | None, next_token: str | None, *, most: int | None = None
) -> tuple[Sequence[Item], str | None]:
    """Return one page of items and the token for the next, None on the last.

    Args:
        items: all there are.
        max_results: `MaxResults`.
        next_token: `NextToken`, as an earlier answer gave it.
        most: the greatest `MaxResults` that the operation allows, where it refuses greater ones.

    Raises:
        Ec2Error: for a token that no page gave out, and a page of no items.
    """
    start = _offset(next_token, len(items)) if next_token else 0
    if max_results is None:
        return items[start:], None
    if max_results < 1:
        raise ec2_errors.invalid_value(str(max_results), "MaxResults", "Expecting a value greater than 0.")
    if most is not None and max_results > most:
        raise ec2_errors.invalid_value(str(max_results), "MaxResults", f"Expecting a value less than {most + 1}.")
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
