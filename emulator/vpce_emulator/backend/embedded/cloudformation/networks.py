"""AWS::EC2::VPC, VPCGatewayAttachment, Subnet, RouteTable, SubnetRouteTableAssociation, Route, and what is beside them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EC2.html
"""

from __future__ import annotations

from typing import Any, Final

from vpce_emulator.backend.embedded.cloudformation.ec2_resources import (
    Ec2,
    Ec2ResourceType,
    Properties,
    Tags,
    boolean,
    tag_specifications,
)

_DESTINATIONS: Final = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_TARGETS: Final = (
    "CarrierGatewayId",
    "CoreNetworkArn",
    "EgressOnlyInternetGatewayId",
    "GatewayId",
    "InstanceId",
    "LocalGatewayId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "TransitGatewayId",
    "VpcEndpointId",
    "VpcPeeringConnectionId",
)
"""A route's, one of each."""

_DNS_ATTRIBUTES: Final = {"EnableDnsSupport": True, "EnableDnsHostnames": False}
"""A VPC's, with their defaults."""


def _create_vpc(ec2: Ec2, properties: Properties, tags: Tags, _: str) -> str:
    made = ec2(
        "CreateVpc",
        CidrBlock=properties.get("CidrBlock"),
        InstanceTenancy=properties.get("InstanceTenancy"),
        TagSpecifications=tag_specifications("vpc", tags),
    )
    return str(made["Vpc"]["VpcId"])


def _complete_vpc(ec2: Ec2, vpc_id: str, properties: Properties) -> None:
    for attribute in _DNS_ATTRIBUTES:
        if attribute in properties:
            value = boolean(properties[attribute])
            ec2("ModifyVpcAttribute", VpcId=vpc_id, **{attribute: {"Value": value}})


def _update_vpc(ec2: Ec2, vpc_id: str, properties: Properties) -> None:
    _complete_vpc(ec2, vpc_id, {**_DNS_ATTRIBUTES, **properties})


def _vpc_attribute(ec2: Ec2, vpc_id: str, name: str) -> Any:  # noqa: ANN401 - texts and lists of them
    vpc = ec2("DescribeVpcs", VpcIds=[vpc_id])["Vpcs"][0]
    mine = [{"Name": "vpc-id", "Values": [vpc_id]}]
    if name == "DefaultSecurityGroup":
        filters = [*mine, {"Name": "group-name", "Values": ["default"]}]
        return ec2("DescribeSecurityGroups", Filters=filters)["SecurityGroups"][0]["GroupId"]
    if name == "DefaultNetworkAcl":
        filters = [*mine, {"Name": "default", "Values": ["true"]}]
        return ec2("DescribeNetworkAcls", Filters=filters)["NetworkAcls"][0]["NetworkAclId"]
    if name == "CidrBlockAssociations":
        return [each["AssociationId"] for each in vpc.get("CidrBlockAssociationSet", ())]
    if name == "Ipv6CidrBlocks":
        return [each["Ipv6CidrBlock"] for each in vpc.get("Ipv6CidrBlockAssociationSet", ())]
    return vpc.get(name)


def _create_subnet(ec2: Ec2, properties: Properties, tags: Tags, _: str) -> str:
    names = ("VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId", "Ipv6CidrBlock")
    given = {name: properties.get(name) for name in names}
    made = ec2("CreateSubnet", TagSpecifications=tag_specifications("subnet", tags), **given)
    return str(made["Subnet"]["SubnetId"])


def _complete_subnet(ec2: Ec2, subnet_id: str, properties: Properties) -> None:
    if "MapPublicIpOnLaunch" in properties:
        _update_subnet(ec2, subnet_id, properties)


def _update_subnet(ec2: Ec2, subnet_id: str, properties: Properties) -> None:
    value = boolean(properties.get("MapPublicIpOnLaunch", False))
    ec2("ModifySubnetAttribute", SubnetId=subnet_id, MapPublicIpOnLaunch={"Value": value})


def _subnet_attribute(ec2: Ec2, subnet_id: str, name: str) -> Any:  # noqa: ANN401
    return ec2("DescribeSubnets", SubnetIds=[subnet_id])["Subnets"][0].get(name)


def _create_route_table(ec2: Ec2, properties: Properties, tags: Tags, _: str) -> str:
    specifications = tag_specifications("route-table", tags)
    made = ec2("CreateRouteTable", VpcId=properties.get("VpcId"), TagSpecifications=specifications)
    return str(made["RouteTable"]["RouteTableId"])


def _unchanged(ec2: Ec2, physical_id: str, properties: Properties) -> None:
    """Change nothing but tags."""


def _create_interface(ec2: Ec2, properties: Properties, tags: Tags, _: str) -> str:
    made = ec2(
        "CreateNetworkInterface",
        SubnetId=properties.get("SubnetId"),
        Groups=properties.get("GroupSet"),
        Description=properties.get("Description"),
        PrivateIpAddress=properties.get("PrivateIpAddress"),
        PrivateIpAddresses=properties.get("PrivateIpAddresses"),
        TagSpecifications=tag_specifications("network-interface", tags),
    )
    return str(made["NetworkInterface"]["NetworkInterfaceId"])


def _update_interface(ec2: Ec2, interface_id: str, properties: Properties) -> None:
    if "GroupSet" in properties:
        ec2("ModifyNetworkInterfaceAttribute", NetworkInterfaceId=interface_id, Groups=properties["GroupSet"])


def _interface_attribute(ec2: Ec2, interface_id: str, name: str) -> Any:  # noqa: ANN401
    described = ec2("DescribeNetworkInterfaces", NetworkInterfaceIds=[interface_id])["NetworkInterfaces"][0]
    addresses = described.get("PrivateIpAddresses", ())
    attributes = {
        "Id": interface_id,
        "PrimaryPrivateIpAddress": described.get("PrivateIpAddress"),
        "SecondaryPrivateIpAddresses": [each["PrivateIpAddress"] for each in addresses if not each.get("Primary")],
        "VpcId": described["VpcId"],
    }
    return attributes.get(name)


def _create_association(ec2: Ec2, properties: Properties, tags: Tags, _: str) -> str:
    made = ec2("AssociateRouteTable", SubnetId=properties.get("SubnetId"), RouteTableId=properties.get("RouteTableId"))
    return str(made["AssociationId"])


def _create_route(ec2: Ec2, properties: Properties, tags: Tags, _: str) -> str:
    ec2("CreateRoute", **properties)
    return "|".join((properties["RouteTableId"], *(properties[name] for name in _DESTINATIONS if name in properties)))


def _delete_route(ec2: Ec2, physical_id: str) -> object:
    table_id, _, destination = physical_id.partition("|")
    name = "DestinationPrefixListId" if destination.startswith("pl-") else "DestinationCidrBlock"
    name = "DestinationIpv6CidrBlock" if ":" in destination else name
    return ec2("DeleteRoute", RouteTableId=table_id, **{name: destination})


def _update_route(ec2: Ec2, physical_id: str, properties: Properties) -> None:
    ec2("ReplaceRoute", **properties)


def _entries(properties: Properties) -> list[dict[str, str]]:
    return [dict(each) for each in properties.get("Entries", ())]


def _create_prefix_list(ec2: Ec2, properties: Properties, tags: Tags, _: str) -> str:
    entries = _entries(properties)
    made = ec2(
        "CreateManagedPrefixList",
        PrefixListName=properties.get("PrefixListName"),
        AddressFamily=properties.get("AddressFamily"),
        MaxEntries=int(properties.get("MaxEntries", max(len(entries), 1))),
        Entries=entries or None,
        TagSpecifications=tag_specifications("prefix-list", tags),
    )
    return str(made["PrefixList"]["PrefixListId"])


def _update_prefix_list(ec2: Ec2, list_id: str, properties: Properties) -> None:
    had = [dict(each) for each in ec2("GetManagedPrefixListEntries", PrefixListId=list_id)["Entries"]]
    wanted = _entries(properties)
    added = [each for each in wanted if each not in had]
    removed = [{"Cidr": each["Cidr"]} for each in had if each not in wanted]
    if added or removed:
        ec2(
            "ModifyManagedPrefixList",
            PrefixListId=list_id,
            CurrentVersion=_prefix_list_attribute(ec2, list_id, "Version"),
            AddEntries=added or None,
            RemoveEntries=removed or None,
        )
    ec2("ModifyManagedPrefixList", PrefixListId=list_id, PrefixListName=properties.get("PrefixListName"))


def _prefix_list_attribute(ec2: Ec2, list_id: str, name: str) -> Any:  # noqa: ANN401
    described = ec2("DescribeManagedPrefixLists", PrefixListIds=[list_id])["PrefixLists"][0]
    return described.get("PrefixListArn" if name == "Arn" else name)


def _attach_gateway(ec2: Ec2, properties: Properties, tags: Tags, _: str) -> str:
    vpc_id = properties.get("VpcId")
    if "InternetGatewayId" in properties:
        ec2("AttachInternetGateway", InternetGatewayId=properties["InternetGatewayId"], VpcId=vpc_id)
        return f"IGW|{vpc_id}"
    ec2("AttachVpnGateway", VpnGatewayId=properties.get("VpnGatewayId"), VpcId=vpc_id)
    return f"VGW|{vpc_id}"


def _detach_gateway(ec2: Ec2, physical_id: str) -> None:
    kind, _, vpc_id = physical_id.partition("|")
    attached = [{"Name": "attachment.vpc-id", "Values": [vpc_id]}]
    if kind == "IGW":
        for gateway in ec2("DescribeInternetGateways", Filters=attached)["InternetGateways"]:
            ec2("DetachInternetGateway", InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc_id)
        return
    attached.append({"Name": "attachment.state", "Values": ["attached"]})
    for gateway in ec2("DescribeVpnGateways", Filters=attached)["VpnGateways"]:
        ec2("DetachVpnGateway", VpnGatewayId=gateway["VpnGatewayId"], VpcId=vpc_id)


def _exchange_gateway(ec2: Ec2, physical_id: str, properties: Properties) -> None:
    _detach_gateway(ec2, physical_id)
    _attach_gateway(ec2, properties, {}, "")


VPC: Final = Ec2ResourceType(
    name="AWS::EC2::VPC",
    properties={
        "CidrBlock": True,
        "EnableDnsHostnames": False,
        "EnableDnsSupport": False,
        "InstanceTenancy": True,
        "Ipv4IpamPoolId": True,
        "Ipv4NetmaskLength": True,
        "Tags": False,
    },
    create=_create_vpc,
    update=_update_vpc,
    complete=_complete_vpc,
    delete=lambda ec2, vpc_id: ec2("DeleteVpc", VpcId=vpc_id),
    attribute=_vpc_attribute,
    attributes=frozenset(
        {"CidrBlock", "CidrBlockAssociations", "DefaultNetworkAcl", "DefaultSecurityGroup", "Ipv6CidrBlocks", "VpcId"}
    ),
)

VPC_GATEWAY_ATTACHMENT: Final = Ec2ResourceType(
    name="AWS::EC2::VPCGatewayAttachment",
    properties={"InternetGatewayId": False, "VpcId": True, "VpnGatewayId": False},
    create=_attach_gateway,
    update=_exchange_gateway,
    delete=_detach_gateway,
    attribute=lambda _, physical_id, name: physical_id.partition("|")[0] if name == "AttachmentType" else None,
    attributes=frozenset({"AttachmentType"}),
)

SUBNET: Final = Ec2ResourceType(
    name="AWS::EC2::Subnet",
    properties={
        "AssignIpv6AddressOnCreation": False,
        "AvailabilityZone": True,
        "AvailabilityZoneId": True,
        "CidrBlock": True,
        "EnableDns64": False,
        "EnableLniAtDeviceIndex": False,
        "Ipv4IpamPoolId": True,
        "Ipv4NetmaskLength": True,
        "Ipv6CidrBlock": True,
        "Ipv6IpamPoolId": True,
        "Ipv6Native": True,
        "Ipv6NetmaskLength": True,
        "MapPublicIpOnLaunch": False,
        "OutpostArn": True,
        "PrivateDnsNameOptionsOnLaunch": False,
        "Tags": False,
        "VpcId": True,
    },
    create=_create_subnet,
    update=_update_subnet,
    complete=_complete_subnet,
    delete=lambda ec2, subnet_id: ec2("DeleteSubnet", SubnetId=subnet_id),
    attribute=_subnet_attribute,
    attributes=frozenset({"AvailabilityZone", "AvailabilityZoneId", "CidrBlock", "SubnetId", "VpcId"}),
)

ROUTE_TABLE: Final = Ec2ResourceType(
    name="AWS::EC2::RouteTable",
    properties={"Tags": False, "VpcId": True},
    create=_create_route_table,
    update=_unchanged,
    delete=lambda ec2, table_id: ec2("DeleteRouteTable", RouteTableId=table_id),
    attribute=lambda _, table_id, name: table_id if name == "RouteTableId" else None,
    attributes=frozenset({"RouteTableId"}),
)

SUBNET_ROUTE_TABLE_ASSOCIATION: Final = Ec2ResourceType(
    name="AWS::EC2::SubnetRouteTableAssociation",
    properties={"RouteTableId": True, "SubnetId": True},
    create=_create_association,
    update=_unchanged,
    delete=lambda ec2, association_id: ec2("DisassociateRouteTable", AssociationId=association_id),
    attribute=lambda _, association_id, name: association_id if name == "Id" else None,
    attributes=frozenset({"Id"}),
)

ROUTE: Final = Ec2ResourceType(
    name="AWS::EC2::Route",
    properties=dict.fromkeys((*_DESTINATIONS, "RouteTableId"), True) | dict.fromkeys(_TARGETS, False),
    create=_create_route,
    update=_update_route,
    delete=_delete_route,
    attribute=lambda _, physical_id, name: physical_id.partition("|")[2] if name == "CidrBlock" else None,
    attributes=frozenset({"CidrBlock"}),
)

NETWORK_INTERFACE: Final = Ec2ResourceType(
    name="AWS::EC2::NetworkInterface",
    properties={
        "Description": True,
        "GroupSet": False,
        "InterfaceType": True,
        "Ipv6AddressCount": False,
        "Ipv6Addresses": False,
        "PrivateIpAddress": True,
        "PrivateIpAddresses": True,
        "SecondaryPrivateIpAddressCount": False,
        "SourceDestCheck": False,
        "SubnetId": True,
        "Tags": False,
    },
    create=_create_interface,
    update=_update_interface,
    delete=lambda ec2, interface_id: ec2("DeleteNetworkInterface", NetworkInterfaceId=interface_id),
    attribute=_interface_attribute,
    attributes=frozenset({"Id", "PrimaryPrivateIpAddress", "SecondaryPrivateIpAddresses", "VpcId"}),
)

PREFIX_LIST: Final = Ec2ResourceType(
    name="AWS::EC2::PrefixList",
    properties={"AddressFamily": True, "Entries": False, "MaxEntries": False, "PrefixListName": False, "Tags": False},
    create=_create_prefix_list,
    update=_update_prefix_list,
    delete=lambda ec2, list_id: ec2("DeleteManagedPrefixList", PrefixListId=list_id),
    attribute=_prefix_list_attribute,
    attributes=frozenset({"Arn", "OwnerId", "PrefixListId", "Version"}),
)
