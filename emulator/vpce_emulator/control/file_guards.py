"""Security groups and network ACLs of a topology file, as EC2 calls."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any, Final

from vpce_emulator.config import ConfigurationError
from vpce_emulator.control.file_calls import ALL_PROTOCOLS, Ec2, Made, call, named
from vpce_emulator.topology_file import (
    AclEntrySection,
    NetworkAclSection,
    RuleSection,
    SecurityGroupSection,
    VpcSection,
)

# Network ACLs call protocols by their IANA numbers.
_PROTOCOL_NUMBERS: Final = MappingProxyType({"all": ALL_PROTOCOLS, "icmp": "1", "tcp": "6", "udp": "17"})


def make_security_groups(
    where: str, vpc: VpcSection, made: Made, ec2: Ec2, prefix_list_id: Callable[[str], str | None]
) -> None:
    """Make a VPC's security groups with their rules."""
    # All groups first: rules may name groups that stand further down.
    for name in vpc.security_groups:
        make_security_group(f"{where}.security_groups.{name}", name, made, ec2)
    for name, group in vpc.security_groups.items():
        here = f"{where}.security_groups.{name}"
        nothing = SecurityGroupSection(ingress=(), egress=())
        change_rules(here, made.security_groups[name], nothing, group, made, ec2, prefix_list_id)


def make_security_group(where: str, name: str, made: Made, ec2: Ec2) -> None:
    """Make a security group without any rule."""
    created = call(
        where,
        ec2.create_security_group,
        GroupName=name,
        Description=name,
        VpcId=made.vpc_id,
        TagSpecifications=named("security-group", name),
    )
    made.security_groups[name] = created["GroupId"]
    # A new group lets everything out; the file says what this one lets out.
    everything = {"IpProtocol": ALL_PROTOCOLS, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    call(where, ec2.revoke_security_group_egress, GroupId=created["GroupId"], IpPermissions=[everything])


def change_rules(
    where: str,
    group_id: str,
    old: SecurityGroupSection,
    new: SecurityGroupSection,
    made: Made,
    ec2: Ec2,
    prefix_list_id: Callable[[str], str | None],
) -> None:
    """Take away the rules that are no longer there, and add those that are new."""
    for way, before, after, authorize, revoke in (
        (
            "ingress",
            old.ingress,
            new.ingress,
            ec2.authorize_security_group_ingress,
            ec2.revoke_security_group_ingress,
        ),
        ("egress", old.egress, new.egress, ec2.authorize_security_group_egress, ec2.revoke_security_group_egress),
    ):
        for operation, rules, others in ((revoke, before, after), (authorize, after, before)):
            for index, rule in enumerate(rules):
                if rule not in others:
                    here = f"{where}.{way}[{index}]"
                    permissions = [_permission(here, rule, made, prefix_list_id)]
                    call(here, operation, GroupId=group_id, IpPermissions=permissions)


def _permission(
    where: str, rule: RuleSection, made: Made, prefix_list_id: Callable[[str], str | None]
) -> dict[str, Any]:
    permission: dict[str, Any] = {"IpProtocol": ALL_PROTOCOLS if rule.protocol == "all" else rule.protocol}
    if rule.protocol != "all":
        # ICMP counts types and codes where TCP and UDP count ports; -1 is every one of them.
        first, last = rule.ports() or ((-1, -1) if rule.protocol == "icmp" else (0, 65535))
        permission |= {"FromPort": first, "ToPort": last}
    if rule.cidr is not None:
        permission["IpRanges"] = [{"CidrIp": str(rule.cidr)}]
    elif rule.security_group is not None:
        permission["UserIdGroupPairs"] = [{"GroupId": made.security_groups[rule.security_group]}]
    elif rule.prefix_list is not None:
        known = rule.prefix_list if rule.prefix_list.startswith("pl-") else prefix_list_id(rule.prefix_list)
        if known is None:
            message = f"{where}.prefix_list: found {rule.prefix_list!r}; allowed: s3, dynamodb, or a prefix list's id"
            raise ConfigurationError(message)
        permission["PrefixListIds"] = [{"PrefixListId": known}]
    return permission


def make_network_acls(where: str, vpc: VpcSection, made: Made, ec2: Ec2) -> None:
    """Make a VPC's network ACLs, and put its subnets under them."""
    for name, section in vpc.network_acls.items():
        made.network_acls[name] = make_acl(f"{where}.network_acls.{name}", name, section, made, ec2)
    for name, subnet in vpc.subnets.items():
        if subnet.network_acl is not None:
            put_under_acl(f"{where}.subnets.{name}", made.subnets[name], made.network_acls[subnet.network_acl], ec2)


def put_under_acl(where: str, subnet_id: str, acl_id: str | None, ec2: Ec2) -> None:
    """Put a subnet under a network ACL, or, where it is None, under its VPC's default one."""
    filters = [{"Name": "association.subnet-id", "Values": [subnet_id]}]
    (current,) = call(where, ec2.describe_network_acls, Filters=filters)["NetworkAcls"]
    if acl_id is None:
        filters = [{"Name": "vpc-id", "Values": [current["VpcId"]]}, {"Name": "default", "Values": ["true"]}]
        acl_id = call(where, ec2.describe_network_acls, Filters=filters)["NetworkAcls"][0]["NetworkAclId"]
    (association,) = [each for each in current["Associations"] if each["SubnetId"] == subnet_id]
    association_id = association["NetworkAclAssociationId"]
    call(where, ec2.replace_network_acl_association, AssociationId=association_id, NetworkAclId=acl_id)


def make_acl(where: str, name: str, section: NetworkAclSection, made: Made, ec2: Ec2) -> str:
    """Make a network ACL with its entries, and return its id."""
    created = call(where, ec2.create_network_acl, VpcId=made.vpc_id, TagSpecifications=named("network-acl", name))
    acl_id: str = created["NetworkAcl"]["NetworkAclId"]
    change_acl_entries(where, acl_id, NetworkAclSection(), section, ec2)
    return acl_id


def change_acl_entries(where: str, acl_id: str, old: NetworkAclSection, new: NetworkAclSection, ec2: Ec2) -> None:
    """Take away the entries that are no longer there, and add those that are new."""
    for way, before, after in (("ingress", old.ingress, new.ingress), ("egress", old.egress, new.egress)):
        which: dict[str, Any] = {"NetworkAclId": acl_id, "Egress": way == "egress"}
        for entry in before:
            if entry not in after:
                call(f"{where}.{way}", ec2.delete_network_acl_entry, RuleNumber=entry.rule, **which)
        for index, entry in enumerate(after):
            if entry not in before:
                _put_acl_entry(f"{where}.{way}[{index}]", {**_acl_entry(entry), **which}, ec2)


def _put_acl_entry(where: str, entry: dict[str, Any], ec2: Ec2) -> None:
    """Make an entry, in the place of the one that somebody made through the API."""
    try:
        call(where, ec2.create_network_acl_entry, **entry)
    except ConfigurationError as refused:
        if "NetworkAclEntryAlreadyExists" not in str(refused):
            raise
        call(where, ec2.replace_network_acl_entry, **entry)


def _acl_entry(entry: AclEntrySection) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "RuleNumber": entry.rule,
        "RuleAction": entry.action,
        "Protocol": _PROTOCOL_NUMBERS[entry.protocol],
        "CidrBlock": str(entry.cidr),
    }
    if entry.protocol == "icmp":
        parameters["IcmpTypeCode"] = {"Type": -1, "Code": -1}
    elif entry.protocol != "all":
        first, last = entry.ports() or (0, 65535)
        parameters["PortRange"] = {"From": first, "To": last}
    return parameters
