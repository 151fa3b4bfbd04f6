"""Security groups and network ACLs of a topology file that was edited, as EC2 calls."""

from __future__ import annotations

from typing import cast

from vpce_emulator.config import ConfigurationError
from vpce_emulator.control.file_guards import change_acl_entries, change_rules, make_acl, make_security_group
from vpce_emulator.control.file_work import Work
from vpce_emulator.topology_difference import section_at
from vpce_emulator.topology_file import NetworkAclSection, SecurityGroupSection


def create_acl(work: Work) -> None:
    """Make a network ACL with its rules."""
    section = work.after(NetworkAclSection)
    work.made.network_acls[work.name] = make_acl(work.where, work.name, section, work.made, work.tools.ec2)


def change_acl(work: Work) -> None:
    """Add and remove a network ACL's rules."""
    old, new = work.before(NetworkAclSection), work.after(NetworkAclSection)
    change_acl_entries(work.where, work.made.network_acls[work.name], old, new, work.tools.ec2)


def delete_acl(work: Work) -> None:
    """Delete a network ACL."""
    work.call(work.tools.ec2.delete_network_acl, NetworkAclId=work.made.network_acls[work.name])
    del work.made.network_acls[work.name]


def create_group(work: Work) -> None:
    """Make a security group without rules: they may name groups that are not made yet."""
    make_security_group(work.where, work.name, work.made, work.tools.ec2)


def change_group(work: Work) -> None:
    """Add and remove a security group's rules."""
    found = section_at(work.old, work.change.path)
    old = cast("SecurityGroupSection", found) if found is not None else SecurityGroupSection(egress=())
    new, group_id = work.after(SecurityGroupSection), work.made.security_groups[work.name]
    change_rules(work.where, group_id, old, new, work.made, work.tools.ec2, work.tools.prefix_list_id)


def delete_group(work: Work) -> None:
    """Delete a security group that no network interface is in.

    Raises:
        ConfigurationError: there is one.
    """
    group_id, ec2 = work.made.security_groups[work.name], work.tools.ec2
    filters = [{"Name": "group-id", "Values": [group_id]}]
    members = work.call(ec2.describe_network_interfaces, Filters=filters)["NetworkInterfaces"]
    if members:
        ids = ", ".join(each["NetworkInterfaceId"] for each in members)
        raise ConfigurationError(f"{work.where}: {group_id} is not deleted, because {ids} is in it")
    work.call(ec2.delete_security_group, GroupId=group_id)
    del work.made.security_groups[work.name]
