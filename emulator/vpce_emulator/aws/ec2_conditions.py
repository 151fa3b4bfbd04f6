"""The condition keys of EC2, each on the type of resource that has it: what is made, and what it is made with.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html. What a resource that is there
says of itself is looked up where it is (`backend.embedded.resource_keys`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from vpce_emulator.aws.call import ActionOnResource, Service
from vpce_emulator.aws.request_tags import specified_tags

# The key with the id of a resource, or its name where it has none, by type.
ID_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "elastic-ip": "ec2:AllocationId",
        "image": "ec2:ImageID",
        "instance": "ec2:InstanceID",
        "internet-gateway": "ec2:InternetGatewayID",
        "key-pair": "ec2:KeyPairName",
        "network-acl": "ec2:NetworkAclID",
        "network-interface": "ec2:NetworkInterfaceID",
        "placement-group": "ec2:PlacementGroupName",
        "route-table": "ec2:RouteTableID",
        "security-group": "ec2:SecurityGroupID",
        "snapshot": "ec2:SnapshotID",
        "subnet": "ec2:SubnetID",
        "volume": "ec2:VolumeID",
        "vpc": "ec2:VpcID",
        "vpc-peering-connection": "ec2:VpcPeeringConnectionID",
    }
)
"""The condition keys with what a resource is called, by its type."""
# Of what an operation makes, by its type: the key, and where the input has it.
_MADE: Mapping[tuple[str, str], Mapping[str, str]] = MappingProxyType(
    {
        ("CreateVolume", "volume"): MappingProxyType(
            {
                "ec2:AvailabilityZone": "AvailabilityZone",
                "ec2:Encrypted": "Encrypted",
                "ec2:VolumeIops": "Iops",
                "ec2:VolumeSize": "Size",
                "ec2:VolumeThroughput": "Throughput",
                "ec2:VolumeType": "VolumeType",
            }
        ),
        ("CreateVpcEndpoint", "vpc-endpoint"): MappingProxyType(
            {"ec2:VpceServiceName": "ServiceName", "ec2:VpceServiceRegion": "ServiceRegion"}
        ),
        ("RunInstances", "instance"): MappingProxyType(
            {
                "ec2:AvailabilityZone": "Placement.AvailabilityZone",
                "ec2:EbsOptimized": "EbsOptimized",
                "ec2:InstanceType": "InstanceType",
                "ec2:MetadataHttpEndpoint": "MetadataOptions.HttpEndpoint",
                "ec2:MetadataHttpPutResponseHopLimit": "MetadataOptions.HttpPutResponseHopLimit",
                "ec2:MetadataHttpTokens": "MetadataOptions.HttpTokens",
                "ec2:Tenancy": "Placement.Tenancy",
            }
        ),
    }
)
# Of each volume that an instance is launched with: the key, and where its block device mapping has it.
_VOLUMES: Mapping[str, str] = MappingProxyType(
    {
        "ec2:Encrypted": "Ebs.Encrypted",
        "ec2:ParentSnapshot": "Ebs.SnapshotId",
        "ec2:VolumeIops": "Ebs.Iops",
        "ec2:VolumeSize": "Ebs.VolumeSize",
        "ec2:VolumeThroughput": "Ebs.Throughput",
        "ec2:VolumeType": "Ebs.VolumeType",
    }
)
_OF_OTHERS = ("ec2:Region", "ec2:VpceServiceOwner")
MADE_KEYS = frozenset({*_OF_OTHERS, *_VOLUMES, *(key for keys in _MADE.values() for key in keys)})
"""Those that an input sets."""
# What AWS takes where a request says nothing:
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html, …/API_CreateVolume.html. An account that
# encrypts by default is not known here.
_USUAL_TYPE, _UNENCRYPTED = "m1.small", "false"
_OWN_SERVICES = ("com.amazonaws.", "aws.")


def ec2_conditions(
    service: Service, operation: str, wanted: Sequence[ActionOnResource], given: Mapping[str, Any]
) -> tuple[ActionOnResource, ...]:
    """Return what a request to EC2 needs leave for, with the condition keys of each resource's type.

    Args:
        service: EC2, in its Region.
        operation: its name.
        wanted: the action on each resource, with the tags of the whole request.
        given: the members of its input.
    """
    return tuple(each for one in wanted for each in _with_keys(service, operation, one, given))


def _with_keys(
    service: Service, operation: str, one: ActionOnResource, given: Mapping[str, Any]
) -> Iterator[ActionOnResource]:
    kind, _, name = one.resource.rpartition(":")[2].partition("/")
    known: dict[str, Any] = {**one.context, "ec2:Region": service.region}
    if kind in ID_KEYS and name != "*":
        known[ID_KEYS[kind]] = name
    if operation == "RunInstances":
        # Tags are those of what is made:
        # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances
        known = {key: value for key, value in known.items() if not key.startswith(("aws:RequestTag/", "aws:TagKeys"))}
        known |= specified_tags(given).get(kind, {}) if name == "*" else {}
    if name == "*":
        known |= dict(_of_made(operation, kind, given))
    if operation == "RunInstances" and kind == "volume":
        yield from (replace(one, context={**known, **keys}) for keys in _of_volumes(given))
    else:
        yield replace(one, context=known)


def _of_made(operation: str, kind: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if (operation, kind) == ("RunInstances", "instance") and "LaunchTemplate" not in given:
        yield "ec2:InstanceType", _USUAL_TYPE
    if (operation, kind) == ("CreateVolume", "volume"):
        yield "ec2:Encrypted", _UNENCRYPTED
    if kind == "vpc-endpoint" and str(given.get("ServiceName", "")).startswith(_OWN_SERVICES):
        # Services of one's own are called com.amazonaws.vpce.<region>.vpce-svc-<id>, and are their account's.
        own = ".vpce-svc-" in str(given["ServiceName"])
        yield from () if own else [("ec2:VpceServiceOwner", "amazon")]
    yield from _values(_MADE.get((operation, kind), {}), given)


def _of_volumes(given: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    """Yield the keys of each volume; of the image's own where a request names none."""
    named = given.get("BlockDeviceMapping")
    devices = [each for each in named if isinstance(each, Mapping)] if isinstance(named, list) else []
    for device in [each for each in devices if "Ebs" in each] or [{}]:
        yield {"ec2:Encrypted": _UNENCRYPTED, **dict(_values(_VOLUMES, device))}


def _values(keys: Mapping[str, str], given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, path in keys.items():
        value: Any = given
        for member in path.split("."):
            value = value.get(member) if isinstance(value, Mapping) else None
        if isinstance(value, str) and value:
            yield key, value.lower() if value.lower() in {"true", "false"} else value
