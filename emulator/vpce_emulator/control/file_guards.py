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
        created = call(
            f"{where}.security_groups.{name}",
            ec2.create_security_group,
            GroupName=name,
            Description=name,
            VpcId=made.vpc_id,
            TagSpecifications=named("security-group", name),
        )
        made.security_groups[name] = created["GroupId"]
    for name, group in vpc.security_groups.items():
        _make_rules(f"{where}.security_groups.{name}", group, made.security_groups[name], made, ec2, prefix_list_id)


def _make_rules(
    where: str,
    group: SecurityGroupSection,
    group_id: str,
    made: Made,
    ec2: Ec2,
    prefix_list_id: Callable[[str], str | None],
) -> None:
    # A new group lets everything out; the file says what this one lets out.
    everything = {"IpProtocol": ALL_PROTOCOLS, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    call(where, ec2.revoke_security_group_egress, GroupId=group_id, IpPermissions=[everything])
    for way, rules, operation in (
        ("ingress", group.ingress, ec2.authorize_security_group_ingress),
        ("egress", group.egress, ec2.authorize_security_group_egress),
    ):
        for index, rule in enumerate(rules):
            here = f"{where}.{way}[{index}]"
            call(here, operation, GroupId=group_id, IpPermissions=[_permission(here, rule, made, prefix_list_id)])


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
    acls = {
        name: _make_acl(f"{where}.network_acls.{name}", name, it, made, ec2) for name, it in vpc.network_acls.items()
    }
    described = call(where, ec2.describe_network_acls)["NetworkAcls"] if acls else []
    current = {each["SubnetId"]: each["NetworkAclAssociationId"] for acl in described for each in acl["Associations"]}
    for name, subnet in vpc.subnets.items():
        if subnet.network_acl is not None:
            call(
                f"{where}.subnets.{name}",
                ec2.replace_network_acl_association,
                AssociationId=current[made.subnets[name]],
                NetworkAclId=acls[subnet.network_acl],
            )


def _make_acl(where: str, name: str, section: NetworkAclSection, made: Made, ec2: Ec2) -> str:
    created = call(where, ec2.create_network_acl, VpcId=made.vpc_id, TagSpecifications=named("network-acl", name))
    acl_id: str = created["NetworkAcl"]["NetworkAclId"]
    for way, entries in (("ingress", section.ingress), ("egress", section.egress)):
        for index, entry in enumerate(entries):
            parameters = _acl_entry(entry) | {"NetworkAclId": acl_id, "Egress": way == "egress"}
            call(f"{where}.{way}[{index}]", ec2.create_network_acl_entry, **parameters)
    return acl_id


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
