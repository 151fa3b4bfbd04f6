"""AWS-managed prefix lists as the EC2 API describes them, beside the customer's own. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from vpce_emulator.control.ec2_wire import Values
from vpce_emulator.control.listing import tag_attributes
from vpce_emulator.topology.models import PrefixList


def described_prefix_list(prefix_list: PrefixList) -> Values:
    """Return an AWS-managed list as `PrefixList`."""
    return {
        "PrefixListId": prefix_list.id,
        "PrefixListName": prefix_list.name,
        "Cidrs": [str(cidr) for cidr in prefix_list.cidrs],
    }


def described_managed_prefix_list(prefix_list: PrefixList, region: str) -> Values:
    """Return an AWS-managed list as `ManagedPrefixList`, which has neither version nor size."""
    return {
        "PrefixListId": prefix_list.id,
        "AddressFamily": "IPv4",
        "State": "create-complete",
        "PrefixListArn": f"arn:aws:ec2:{region}:aws:prefix-list/{prefix_list.id}",
        "PrefixListName": prefix_list.name,
        "Tags": [],
        "OwnerId": "AWS",
    }


def entries(prefix_list: PrefixList) -> list[Values]:
    """Return an AWS-managed list's entries, which have no descriptions."""
    return [{"Cidr": str(cidr)} for cidr in prefix_list.cidrs]


def merged(aws: Iterable[Values], backend: Iterable[Mapping[str, Any]]) -> list[Values]:
    """Return AWS's lists and those the backend has, whose own versions of AWS's are left out."""
    lists = list(aws)
    names = {each["PrefixListName"] for each in lists}
    return lists + [
        dict(each) for each in backend if not (each.get("OwnerId") == "AWS" and each.get("PrefixListName") in names)
    ]


def prefix_list_attributes(described: Mapping[str, Any]) -> dict[str, Collection[str]]:
    """Return what filters can ask for."""
    return {
        "owner-id": (described.get("OwnerId", "AWS"),),
        "prefix-list-id": (described["PrefixListId"],),
        "prefix-list-name": (described["PrefixListName"],),
        **tag_attributes((tag["Key"], tag["Value"]) for tag in described.get("Tags", ())),
    }
