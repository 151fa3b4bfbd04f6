"""What the Describe operations about networks can be asked for: ids, and filters by what they answer. Pure.

Each filter is a path into what the operation describes, through lists and structures as boto3 names them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from vpce_emulator.control import ec2_errors
from vpce_emulator.control.ec2_wire import Values
from vpce_emulator.control.listing import tag_attributes

_NO_MEMBERS: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Description:
    """How an operation describes things of one kind.

    Attributes:
        listed: the member of the answer that lists them.
        ids: the parameter that asks for some of them by id.
        id: the member that has the id.
        unknown: the code and message of the error for an id that is none; `{}` stands for the id.
        filters: the path of what each filter is about.
        tags: the member that has the tags.
        passed_on: the filters that the backend may apply beforehand, so that it need not tell of a large network.
        constant: members that the backend leaves out, and that are the same of all things here.
        plural_ids: parameters that ask for some of them otherwise, passed on to the backend.
    """

    listed: str
    ids: str
    id: str
    unknown: tuple[str, str]
    filters: Mapping[str, str]
    tags: str = "Tags"
    passed_on: frozenset[str] = frozenset({"vpc-id"})
    constant: Mapping[str, Any] = field(default_factory=lambda: _NO_MEMBERS)
    plural_ids: tuple[str, ...] = ()


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html
_NETWORK_INTERFACES: Final = Description(
    listed="NetworkInterfaces",
    ids="NetworkInterfaceIds",
    id="NetworkInterfaceId",
    unknown=("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '{}' does not exist"),
    tags="TagSet",
    passed_on=frozenset({"subnet-id", "vpc-id"}),
    constant=MappingProxyType({"Operator": {"Managed": False}}),
    filters=MappingProxyType(
        {
            "addresses.association.owner-id": "PrivateIpAddresses.Association.IpOwnerId",
            "addresses.association.public-ip": "PrivateIpAddresses.Association.PublicIp",
            "addresses.primary": "PrivateIpAddresses.Primary",
            "addresses.private-ip-address": "PrivateIpAddresses.PrivateIpAddress",
            "association.allocation-id": "Association.AllocationId",
            "association.association-id": "Association.AssociationId",
            "association.ip-owner-id": "Association.IpOwnerId",
            "association.public-dns-name": "Association.PublicDnsName",
            "association.public-ip": "Association.PublicIp",
            "attachment.attach-time": "Attachment.AttachTime",
            "attachment.attachment-id": "Attachment.AttachmentId",
            "attachment.delete-on-termination": "Attachment.DeleteOnTermination",
            "attachment.device-index": "Attachment.DeviceIndex",
            "attachment.instance-id": "Attachment.InstanceId",
            "attachment.instance-owner-id": "Attachment.InstanceOwnerId",
            "attachment.status": "Attachment.Status",
            "availability-zone": "AvailabilityZone",
            "availability-zone-id": "AvailabilityZoneId",
            "description": "Description",
            "group-id": "Groups.GroupId",
            "group-name": "Groups.GroupName",
            "interface-type": "InterfaceType",
            "ipv6-addresses.ipv6-address": "Ipv6Addresses.Ipv6Address",
            "mac-address": "MacAddress",
            "network-interface-id": "NetworkInterfaceId",
            "operator.managed": "Operator.Managed",
            "operator.principal": "Operator.Principal",
            "owner-id": "OwnerId",
            "private-dns-name": "PrivateDnsName",
            "private-ip-address": "PrivateIpAddress",
            "requester-id": "RequesterId",
            "requester-managed": "RequesterManaged",
            "source-dest-check": "SourceDestCheck",
            "status": "Status",
            "subnet-id": "SubnetId",
            "vpc-id": "VpcId",
        }
    ),
)


def _permissions(prefix: str, member: str) -> dict[str, str]:
    """Return the filters about the rules of one direction."""
    parts = {
        "cidr": "IpRanges.CidrIp",
        "from-port": "FromPort",
        "group-id": "UserIdGroupPairs.GroupId",
        "group-name": "UserIdGroupPairs.GroupName",
        "ipv6-cidr": "Ipv6Ranges.CidrIpv6",
        "prefix-list-id": "PrefixListIds.PrefixListId",
        "protocol": "IpProtocol",
        "to-port": "ToPort",
        "user-id": "UserIdGroupPairs.UserId",
    }
    return {f"{prefix}.{name}": f"{member}.{path}" for name, path in parts.items()}


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html
_SECURITY_GROUPS: Final = Description(
    listed="SecurityGroups",
    ids="GroupIds",
    id="GroupId",
    unknown=("InvalidGroup.NotFound", "The security group '{}' does not exist"),
    plural_ids=("GroupNames",),
    filters=MappingProxyType(
        {
            "description": "Description",
            "group-id": "GroupId",
            "group-name": "GroupName",
            "owner-id": "OwnerId",
            "vpc-id": "VpcId",
            **_permissions("ip-permission", "IpPermissions"),
            **_permissions("egress.ip-permission", "IpPermissionsEgress"),
        }
    ),
)

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html
_SUBNETS: Final = Description(
    listed="Subnets",
    ids="SubnetIds",
    id="SubnetId",
    unknown=("InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist"),
    constant=MappingProxyType({"EnableDns64": False, "MapCustomerOwnedIpOnLaunch": False}),
    filters=MappingProxyType(
        {
            **dict.fromkeys(("availability-zone", "availabilityZone"), "AvailabilityZone"),
            **dict.fromkeys(("availability-zone-id", "availabilityZoneId"), "AvailabilityZoneId"),
            **dict.fromkeys(("cidr-block", "cidr", "cidrBlock"), "CidrBlock"),
            **dict.fromkeys(("default-for-az", "defaultForAz"), "DefaultForAz"),
            "available-ip-address-count": "AvailableIpAddressCount",
            "customer-owned-ipv4-pool": "CustomerOwnedIpv4Pool",
            "enable-dns64": "EnableDns64",
            "enable-lni-at-device-index": "EnableLniAtDeviceIndex",
            "ipv6-cidr-block-association.association-id": "Ipv6CidrBlockAssociationSet.AssociationId",
            "ipv6-cidr-block-association.ipv6-cidr-block": "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock",
            "ipv6-cidr-block-association.state": "Ipv6CidrBlockAssociationSet.Ipv6CidrBlockState.State",
            "ipv6-native": "Ipv6Native",
            "map-customer-owned-ip-on-launch": "MapCustomerOwnedIpOnLaunch",
            "map-public-ip-on-launch": "MapPublicIpOnLaunch",
            "outpost-arn": "OutpostArn",
            "owner-id": "OwnerId",
            "private-dns-name-options-on-launch.enable-resource-name-dns-a-record": (
                "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord"
            ),
            "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record": (
                "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord"
            ),
            "private-dns-name-options-on-launch.hostname-type": "PrivateDnsNameOptionsOnLaunch.HostnameType",
            "state": "State",
            "subnet-arn": "SubnetArn",
            "subnet-id": "SubnetId",
            "vpc-id": "VpcId",
        }
    ),
)

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html
_VPCS: Final = Description(
    listed="Vpcs",
    ids="VpcIds",
    id="VpcId",
    unknown=("InvalidVpcID.NotFound", "The vpc ID '{}' does not exist"),
    filters=MappingProxyType(
        {
            **dict.fromkeys(("cidr", "cidr-block", "cidrBlock"), "CidrBlock"),
            **dict.fromkeys(("is-default", "isDefault"), "IsDefault"),
            "cidr-block-association.association-id": "CidrBlockAssociationSet.AssociationId",
            "cidr-block-association.cidr-block": "CidrBlockAssociationSet.CidrBlock",
            "cidr-block-association.state": "CidrBlockAssociationSet.CidrBlockState.State",
            "dhcp-options-id": "DhcpOptionsId",
            "instance-tenancy": "InstanceTenancy",
            "ipv6-cidr-block-association.association-id": "Ipv6CidrBlockAssociationSet.AssociationId",
            "ipv6-cidr-block-association.ipv6-cidr-block": "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock",
            "ipv6-cidr-block-association.ipv6-pool": "Ipv6CidrBlockAssociationSet.Ipv6Pool",
            "ipv6-cidr-block-association.state": "Ipv6CidrBlockAssociationSet.Ipv6CidrBlockState.State",
            "owner-id": "OwnerId",
            "state": "State",
            "vpc-id": "VpcId",
        }
    ),
)

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRouteTables.html
_ROUTE_TABLES: Final = Description(
    listed="RouteTables",
    ids="RouteTableIds",
    id="RouteTableId",
    unknown=("InvalidRouteTableID.NotFound", "The routeTable ID '{}' does not exist"),
    filters=MappingProxyType(
        {
            "association.gateway-id": "Associations.GatewayId",
            "association.main": "Associations.Main",
            "association.route-table-association-id": "Associations.RouteTableAssociationId",
            "association.route-table-id": "Associations.RouteTableId",
            "association.subnet-id": "Associations.SubnetId",
            "owner-id": "OwnerId",
            "route-table-id": "RouteTableId",
            "route.destination-cidr-block": "Routes.DestinationCidrBlock",
            "route.destination-ipv6-cidr-block": "Routes.DestinationIpv6CidrBlock",
            "route.destination-prefix-list-id": "Routes.DestinationPrefixListId",
            "route.egress-only-internet-gateway-id": "Routes.EgressOnlyInternetGatewayId",
            "route.gateway-id": "Routes.GatewayId",
            "route.instance-id": "Routes.InstanceId",
            "route.nat-gateway-id": "Routes.NatGatewayId",
            "route.origin": "Routes.Origin",
            "route.state": "Routes.State",
            "route.transit-gateway-id": "Routes.TransitGatewayId",
            "route.vpc-peering-connection-id": "Routes.VpcPeeringConnectionId",
            "vpc-id": "VpcId",
        }
    ),
)

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkAcls.html
_NETWORK_ACLS: Final = Description(
    listed="NetworkAcls",
    ids="NetworkAclIds",
    id="NetworkAclId",
    unknown=("InvalidNetworkAclID.NotFound", "The networkAcl ID '{}' does not exist"),
    filters=MappingProxyType(
        {
            "association.association-id": "Associations.NetworkAclAssociationId",
            "association.network-acl-id": "Associations.NetworkAclId",
            "association.subnet-id": "Associations.SubnetId",
            "default": "IsDefault",
            "entry.cidr": "Entries.CidrBlock",
            "entry.egress": "Entries.Egress",
            "entry.icmp.code": "Entries.IcmpTypeCode.Code",
            "entry.icmp.type": "Entries.IcmpTypeCode.Type",
            "entry.ipv6-cidr": "Entries.Ipv6CidrBlock",
            "entry.port-range.from": "Entries.PortRange.From",
            "entry.port-range.to": "Entries.PortRange.To",
            "entry.protocol": "Entries.Protocol",
            "entry.rule-action": "Entries.RuleAction",
            "entry.rule-number": "Entries.RuleNumber",
            "network-acl-id": "NetworkAclId",
            "owner-id": "OwnerId",
            "vpc-id": "VpcId",
        }
    ),
)

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInternetGateways.html
_INTERNET_GATEWAYS: Final = Description(
    listed="InternetGateways",
    ids="InternetGatewayIds",
    id="InternetGatewayId",
    unknown=("InvalidInternetGatewayID.NotFound", "The internetGateway ID '{}' does not exist"),
    passed_on=frozenset(),
    filters=MappingProxyType(
        {
            "attachment.state": "Attachments.State",
            "attachment.vpc-id": "Attachments.VpcId",
            "internet-gateway-id": "InternetGatewayId",
            "owner-id": "OwnerId",
        }
    ),
)


def _side(prefix: str, member: str) -> dict[str, str]:
    """Return the filters about one of the two VPCs that are peered."""
    return {
        f"{prefix}.cidr-block": f"{member}.CidrBlock",
        f"{prefix}.owner-id": f"{member}.OwnerId",
        f"{prefix}.vpc-id": f"{member}.VpcId",
    }


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcPeeringConnections.html
_PEERING_CONNECTIONS: Final = Description(
    listed="VpcPeeringConnections",
    ids="VpcPeeringConnectionIds",
    id="VpcPeeringConnectionId",
    unknown=("InvalidVpcPeeringConnectionID.NotFound", "The vpcPeeringConnection ID '{}' does not exist"),
    passed_on=frozenset(),
    filters=MappingProxyType(
        {
            **_side("accepter-vpc-info", "AccepterVpcInfo"),
            **_side("requester-vpc-info", "RequesterVpcInfo"),
            "expiration-time": "ExpirationTime",
            "status-code": "Status.Code",
            "status-message": "Status.Message",
            "vpc-peering-connection-id": "VpcPeeringConnectionId",
        }
    ),
)

DESCRIPTIONS: Final[Mapping[str, Description]] = MappingProxyType(
    {
        "DescribeInternetGateways": _INTERNET_GATEWAYS,
        "DescribeNetworkAcls": _NETWORK_ACLS,
        "DescribeNetworkInterfaces": _NETWORK_INTERFACES,
        "DescribeRouteTables": _ROUTE_TABLES,
        "DescribeSecurityGroups": _SECURITY_GROUPS,
        "DescribeSubnets": _SUBNETS,
        "DescribeVpcPeeringConnections": _PEERING_CONNECTIONS,
        "DescribeVpcs": _VPCS,
    }
)
"""The operations, by name."""


def check_names(description: Description, values: Mapping[str, Any]) -> None:
    """Refuse filters that the operation does not have, whatever there is to be found.

    Raises:
        Ec2Error: with the name of the first.
    """
    for each in values.get("Filters", ()):
        name = each["Name"]
        if name not in description.filters and name not in ("tag-key", "tag-value") and not name.startswith("tag:"):
            raise ec2_errors.invalid_filter(name)


def for_backend(description: Description, values: Mapping[str, Any]) -> Values:
    """Return a request's parameters as the backend is to have them: of the filters, those that narrow most."""
    passed = [
        each
        for each in values.get("Filters", ())
        if each["Name"] in description.passed_on and _is_literal(each.get("Values", ()))
    ]
    named = (description.ids, *description.plural_ids)
    kept = {name: list(dict.fromkeys(values[name])) for name in named if values.get(name)}
    return kept | ({"Filters": passed} if passed else {})


def _is_literal(values: Collection[str]) -> bool:
    """Return whether there are values, and none has wildcards."""
    return bool(values) and not any(set(value) & set("*?\\") for value in values)


def attributes(
    description: Description, described: Mapping[str, Any], names: Iterable[str]
) -> Mapping[str, Collection[str]]:
    """Return what the filters of some names ask of a thing."""
    tags = [(tag["Key"], tag["Value"]) for tag in described.get(description.tags, ())]
    paths = {name: description.filters[name].split(".") for name in names if name in description.filters}
    asked: dict[str, Collection[str]] = {name: tuple(_at(described, path)) for name, path in paths.items()}
    return asked | tag_attributes(tags) | {"tag-value": tuple(value for _, value in tags)}


def _at(described: Any, path: list[str]) -> Iterator[str]:  # noqa: ANN401 - as boto3 describes it
    if isinstance(described, list | tuple):
        for each in described:
            yield from _at(each, path)
    elif path:
        if path[0] in described:
            yield from _at(described[path[0]], path[1:])
    else:
        yield _text(described)


def _text(value: Any) -> str:  # noqa: ANN401 - as boto3 describes it
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03}Z"
    return str(value)
