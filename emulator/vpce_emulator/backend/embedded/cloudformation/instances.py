"""AWS::EC2::Instance: moto's takes no security groups by their ids, and would leave it with the VPC's default group.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-instance.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from vpce_emulator.backend.embedded.cloudformation.ec2_resources import (
    Ec2,
    Ec2ResourceType,
    Properties,
    Tags,
    tag_specifications,
)

# Properties that RunInstances has by the same name.
_ALIKE: Final = (
    "ImageId",
    "InstanceType",
    "KeyName",
    "PrivateIpAddress",
    "SecurityGroupIds",
    "SecurityGroups",
    "SubnetId",
    "UserData",
)
# What has no effect on the network, and nothing here to have one on.
_WITHOUT_EFFECT: Final = (
    "BlockDeviceMappings",
    "DisableApiTermination",
    "EbsOptimized",
    "MetadataOptions",
    "Monitoring",
    "PropagateTagsToVolumeOnCreation",
    "SourceDestCheck",
)
_ATTRIBUTES: Final = {
    "AvailabilityZone": ("Placement", "AvailabilityZone"),
    "InstanceId": ("InstanceId",),
    "PrivateDnsName": ("PrivateDnsName",),
    "PrivateIp": ("PrivateIpAddress",),
    "PublicDnsName": ("PublicDnsName",),
    "PublicIp": ("PublicIpAddress",),
    "VpcId": ("VpcId",),
}
"""Where DescribeInstances has what Fn::GetAtt asks for."""


def _create(ec2: Ec2, properties: Properties, tags: Tags, _: str) -> str:
    given = {name: properties.get(name) for name in _ALIKE}
    profile, zone = properties.get("IamInstanceProfile"), properties.get("AvailabilityZone")
    made = ec2(
        "RunInstances",
        MinCount=1,
        MaxCount=1,
        IamInstanceProfile={"Name": profile} if profile else None,
        Placement={"AvailabilityZone": zone} if zone else None,
        NetworkInterfaces=[_interface(each) for each in properties.get("NetworkInterfaces", ())] or None,
        TagSpecifications=tag_specifications("instance", tags),
        **given,
    )
    return str(made["Instances"][0]["InstanceId"])


def _interface(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a network interface as RunInstances has it, which calls the groups otherwise."""
    rest = {name: value for name, value in given.items() if name not in ("DeviceIndex", "GroupSet")}
    groups = {"Groups": list(given["GroupSet"])} if "GroupSet" in given else {}
    return rest | groups | {"DeviceIndex": int(given.get("DeviceIndex", 0))}


def _update(ec2: Ec2, instance_id: str, properties: Properties) -> None:
    if groups := properties.get("SecurityGroupIds"):
        ec2("ModifyInstanceAttribute", InstanceId=instance_id, Groups=groups)


def _delete(ec2: Ec2, instance_id: str) -> None:
    """Terminate an instance with its network interfaces, of which moto keeps those that were made with it."""
    ec2("TerminateInstances", InstanceIds=[instance_id])
    filters = [{"Name": "attachment.instance-id", "Values": [instance_id]}]
    for interface in ec2("DescribeNetworkInterfaces", Filters=filters)["NetworkInterfaces"]:
        ec2("DeleteNetworkInterface", NetworkInterfaceId=interface["NetworkInterfaceId"])


def _attribute(ec2: Ec2, instance_id: str, name: str) -> Any:  # noqa: ANN401 - texts
    value: Any = ec2("DescribeInstances", InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
    for key in _ATTRIBUTES.get(name, ()):
        value = value.get(key)
    return value if name in _ATTRIBUTES else None


INSTANCE: Final = Ec2ResourceType(
    name="AWS::EC2::Instance",
    properties={
        **dict.fromkeys((*_ALIKE, "AvailabilityZone", "IamInstanceProfile", "NetworkInterfaces"), True),
        **dict.fromkeys(_WITHOUT_EFFECT, False),
        "SecurityGroupIds": False,
        "Tags": False,
    },
    create=_create,
    update=_update,
    delete=_delete,
    attribute=_attribute,
    attributes=frozenset(_ATTRIBUTES),
)
