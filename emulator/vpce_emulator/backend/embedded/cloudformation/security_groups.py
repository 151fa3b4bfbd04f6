"""AWS::EC2::SecurityGroup, SecurityGroupIngress and SecurityGroupEgress.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from vpce_emulator.backend.embedded.cloudformation.ec2_resources import (
    Ec2,
    Ec2ResourceType,
    Properties,
    Tags,
    tag_specifications,
)

Rule = Mapping[str, Any]
"""A rule as templates have it, inside a group or by itself."""

_EVERYTHING: Final = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}

# Where a template's rule names its peer: how EC2's API has that.
_PEERS: Final = {
    "CidrIp": ("IpRanges", "CidrIp"),
    "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "SourcePrefixListId": ("PrefixListIds", "PrefixListId"),
    "DestinationPrefixListId": ("PrefixListIds", "PrefixListId"),
    "SourceSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "DestinationSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "SourceSecurityGroupName": ("UserIdGroupPairs", "GroupName"),
}


def _permission(rule: Rule) -> dict[str, Any]:
    """Return a rule as `IpPermission`."""
    permission: dict[str, Any] = {"IpProtocol": str(rule.get("IpProtocol", "-1"))}
    for port in ("FromPort", "ToPort"):
        if port in rule:
            permission[port] = int(rule[port])
    described = {"Description": rule["Description"]} if "Description" in rule else {}
    for name, (member, key) in _PEERS.items():
        if name in rule:
            permission.setdefault(member, []).append({key: rule[name], **described})
    return permission


def _create(ec2: Ec2, properties: Properties, tags: Tags, name: str) -> str:
    made = ec2(
        "CreateSecurityGroup",
        GroupName=properties.get("GroupName", name),
        Description=properties.get("GroupDescription"),
        VpcId=properties.get("VpcId"),
        TagSpecifications=tag_specifications("security-group", tags),
    )
    return str(made["GroupId"])


def _complete(ec2: Ec2, group_id: str, properties: Properties) -> None:
    _authorize(ec2, "Ingress", group_id, properties.get("SecurityGroupIngress", ()))
    egress = properties.get("SecurityGroupEgress", ())
    if egress:
        # A new group lets everything out, until a template says what.
        ec2("RevokeSecurityGroupEgress", GroupId=group_id, IpPermissions=[_EVERYTHING])
        _authorize(ec2, "Egress", group_id, egress)


def _authorize(ec2: Ec2, way: str, group_id: str, rules: Iterable[Rule]) -> None:
    for rule in rules:
        ec2(f"AuthorizeSecurityGroup{way}", GroupId=group_id, IpPermissions=[_permission(rule)])


def _update(ec2: Ec2, group_id: str, properties: Properties) -> None:
    """Make the rules those of the template; rules that are resources of their own are made anew with them."""
    group = ec2("DescribeSecurityGroups", GroupIds=[group_id])["SecurityGroups"][0]
    for way, had, wanted in (
        ("Ingress", group["IpPermissions"], properties.get("SecurityGroupIngress", ())),
        ("Egress", group["IpPermissionsEgress"], properties.get("SecurityGroupEgress", ())),
    ):
        if f"SecurityGroup{way}" in properties:
            for permission in had:
                ec2(f"RevokeSecurityGroup{way}", GroupId=group_id, IpPermissions=[_given(permission)])
            _authorize(ec2, way, group_id, wanted)


def _given(permission: Mapping[str, Any]) -> dict[str, Any]:
    """Return a described permission without its empty lists."""
    return {name: value for name, value in permission.items() if value != []}


def _group_attribute(ec2: Ec2, group_id: str, name: str) -> str | None:
    if name == "VpcId":
        return str(ec2("DescribeSecurityGroups", GroupIds=[group_id])["SecurityGroups"][0]["VpcId"])
    return group_id if name in ("GroupId", "Id") else None


def _rule_type(way: str) -> Ec2ResourceType:
    """Return the resource type of a rule by itself, whose physical id is the rule's."""

    def create(ec2: Ec2, properties: Properties, tags: Tags, name: str) -> str:
        made = ec2(
            f"AuthorizeSecurityGroup{way}", GroupId=properties.get("GroupId"), IpPermissions=[_permission(properties)]
        )
        return str(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    def delete(ec2: Ec2, rule_id: str) -> None:
        rules = ec2("DescribeSecurityGroupRules", SecurityGroupRuleIds=[rule_id])["SecurityGroupRules"]
        for rule in rules:
            ec2(f"RevokeSecurityGroup{way}", GroupId=rule["GroupId"], SecurityGroupRuleIds=[rule_id])

    own = {"Ingress": "Source", "Egress": "Destination"}[way]
    names = (
        "CidrIp CidrIpv6 Description FromPort GroupId GroupName IpProtocol ToPort SourceSecurityGroupName "
        f"SourceSecurityGroupOwnerId {own}PrefixListId {own}SecurityGroupId"
    )
    return Ec2ResourceType(
        name=f"AWS::EC2::SecurityGroup{way}",
        properties=dict.fromkeys(names.split(), True),
        create=create,
        update=lambda ec2, rule_id, properties: None,
        delete=delete,
        attribute=lambda _, rule_id, name: rule_id if name == "Id" else None,
        attributes=frozenset({"Id"}),
    )


SECURITY_GROUP: Final = Ec2ResourceType(
    name="AWS::EC2::SecurityGroup",
    properties={
        "GroupDescription": True,
        "GroupName": True,
        "SecurityGroupEgress": False,
        "SecurityGroupIngress": False,
        "Tags": False,
        "VpcId": True,
    },
    create=_create,
    update=_update,
    complete=_complete,
    delete=lambda ec2, group_id: ec2("DeleteSecurityGroup", GroupId=group_id),
    attribute=_group_attribute,
    attributes=frozenset({"GroupId", "Id", "VpcId"}),
)

SECURITY_GROUP_INGRESS: Final = _rule_type("Ingress")
SECURITY_GROUP_EGRESS: Final = _rule_type("Egress")
