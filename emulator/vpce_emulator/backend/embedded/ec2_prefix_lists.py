"""Customers' prefix lists in moto's EC2, with the errors and the versions of EC2's.

moto stumbles over lists that do not exist, changes AWS's own, and forgets a list's name when its entries change.
Imported with the first call to EC2, whose import takes long.
"""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.managed_prefixes import ManagedPrefixListBackend

from vpce_emulator.backend.embedded.ec2_cidrs import canonical
from vpce_emulator.backend.embedded.replacing import replace

_create = ManagedPrefixListBackend.create_managed_prefix_list
_modify = ManagedPrefixListBackend.modify_managed_prefix_list
_delete = ManagedPrefixListBackend.delete_managed_prefix_list


def _canonical(entries: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    return [{**each, "Cidr": canonical(each.get("Cidr"), "cidr")} for each in entries or ()]


def _create_valid(
    ec2: Any, address_family: Any = None, entry: Any = None, max_entries: Any = None, *more: Any, **options: Any
) -> Any:
    """Make a prefix list of no more networks than it may have.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateManagedPrefixList.html
    """
    entries = _canonical(entry)
    if address_family not in ("IPv4", "IPv6"):
        message = f"Value ({address_family}) for parameter addressFamily is invalid."
        raise EC2ClientError("InvalidParameterValue", message)
    if max_entries and len(entries) > int(max_entries):
        message = f"The prefix list can have at most {max_entries} entries"
        raise EC2ClientError("PrefixListMaxEntriesExceeded", message)
    return _create(ec2, address_family, entries, max_entries, *more, **options)


def _customers(ec2: Any, list_id: Any) -> Any:
    """Return a customer's list; refuse to touch AWS's (wording unknown).

    https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
    """
    found = ec2.managed_prefix_lists.get(list_id)
    if found is None or found.state == "delete-complete":
        raise EC2ClientError("InvalidPrefixListID.NotFound", f"The prefix list ID '{list_id}' does not exist")
    if found.owner_id == "AWS":
        message = f"The prefix list '{list_id}' is managed by AWS, and can be neither changed nor deleted."
        raise EC2ClientError("UnauthorizedOperation", message)
    return found


def _modify_customers(
    ec2: Any,
    add_entry: list[dict[str, str]],
    remove_entry: list[dict[str, str]],
    prefix_list_id: str | None = None,
    current_version: str | None = None,
    prefix_list_name: str | None = None,
) -> Any:
    """Change a list's entries, from its current version alone, or its name.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyManagedPrefixList.html
    """
    known = _customers(ec2, prefix_list_id)
    add_entry, remove_entry = _canonical(add_entry), _canonical(remove_entry)
    if current_version and str(current_version) != str(known.version):
        message = f"The prefix list '{known.id}' is at version {known.version}, not at {current_version}"
        raise EC2ClientError("PrefixListVersionMismatch", message)
    if known.max_entries and _size_after(known, add_entry, remove_entry) > int(known.max_entries):
        message = f"The prefix list '{known.id}' can have at most {known.max_entries} entries"
        raise EC2ClientError("PrefixListMaxEntriesExceeded", message)
    name = prefix_list_name or known.prefix_list_name
    return _modify(ec2, add_entry, remove_entry, prefix_list_id, current_version, name)


def _size_after(known: Any, added: list[dict[str, str]], removed: list[dict[str, str]]) -> int:
    now = {each["Cidr"] for each in known.entries.get(known.version, ())}
    return len((now - {each["Cidr"] for each in removed}) | {each["Cidr"] for each in added})


def _delete_customers(ec2: Any, prefix_list_id: str) -> Any:
    _customers(ec2, prefix_list_id)
    return _delete(ec2, prefix_list_id)


replace(ManagedPrefixListBackend, "create_managed_prefix_list", _create_valid)
replace(ManagedPrefixListBackend, "modify_managed_prefix_list", _modify_customers)
replace(ManagedPrefixListBackend, "delete_managed_prefix_list", _delete_customers)
