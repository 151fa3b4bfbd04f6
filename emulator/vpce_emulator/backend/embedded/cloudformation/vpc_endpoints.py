"""AWS::EC2::VPCEndpoint.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcendpoint.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from vpce_emulator.backend.embedded.cloudformation.ec2_resources import (
    Ec2,
    Ec2ResourceType,
    InvalidPropertyError,
    Properties,
    Tags,
    boolean,
    tag_specifications,
)
from vpce_emulator.topology.names import stable_endpoint_id

# The lists that a change adds to and takes from, each with where DescribeVpcEndpoints has it.
_LISTS: Final = ("RouteTableIds", "SubnetIds", "SecurityGroupIds")

# What a template calls the values of PrivateDnsOnlyForInboundResolverEndpoint, a boolean in EC2's API.
_INBOUND_ONLY: Final = {"OnlyInboundResolver": True, "AllResolvers": False, "NotSpecified": None}


def _create(ec2: Ec2, properties: Properties, tags: Tags, name: str) -> str:
    # The name is the stack's and the resource's, and a random ending.
    stack_and_resource = name.rpartition("-")[0]
    interface = properties.get("VpcEndpointType") == "Interface"
    made = ec2(
        "CreateVpcEndpoint",
        VpcEndpointId=stable_endpoint_id(stack_and_resource),
        VpcId=properties.get("VpcId"),
        ServiceName=properties.get("ServiceName"),
        ServiceRegion=properties.get("ServiceRegion"),
        VpcEndpointType=properties.get("VpcEndpointType"),
        PolicyDocument=_policy(properties),
        # The API's default is what the service offers; a template's is false.
        PrivateDnsEnabled=_private_dns(properties) if interface else properties.get("PrivateDnsEnabled"),
        DnsOptions=_dns_options(properties),
        IpAddressType=properties.get("IpAddressType"),
        ResourceConfigurationArn=properties.get("ResourceConfigurationArn"),
        ServiceNetworkArn=properties.get("ServiceNetworkArn"),
        TagSpecifications=tag_specifications("vpc-endpoint", tags),
        **{name: _list(properties, name) or None for name in _LISTS},
    )
    return str(made["VpcEndpoint"]["VpcEndpointId"])


def _update(ec2: Ec2, endpoint_id: str, properties: Properties) -> None:
    """Make an endpoint what a template says, from whatever it is: an update that failed leaves it anyhow."""
    now = _described(ec2, endpoint_id)
    policy = _policy(properties)
    changes: dict[str, Any] = {"PolicyDocument": policy} if policy else {"ResetPolicy": True}
    if not _takes_policies(now):
        changes = {"PolicyDocument": policy} if policy else {}
    if now["VpcEndpointType"] == "Interface":
        changes |= {"PrivateDnsEnabled": _private_dns(properties), "DnsOptions": _dns_options(properties)}
        changes |= {"IpAddressType": properties.get("IpAddressType")}
    for name in _LISTS:
        wanted, had = _list(properties, name), _had(now, name)
        if name == "SecurityGroupIds" and not wanted:
            # Without any it has the VPC's default group, which a change cannot ask for.
            continue
        changes["Add" + name] = [each for each in wanted if each not in had] or None
        changes["Remove" + name] = [each for each in had if each not in wanted] or None
    ec2("ModifyVpcEndpoint", VpcEndpointId=endpoint_id, **changes)


def _takes_policies(described: Mapping[str, Any]) -> bool:
    return described.get("PolicyDocument") is not None


def _had(described: Mapping[str, Any], name: str) -> list[str]:
    if name == "SecurityGroupIds":
        return [group["GroupId"] for group in described.get("Groups", ())]
    return list(described.get(name, ()))


def _described(ec2: Ec2, endpoint_id: str) -> Mapping[str, Any]:
    described: Mapping[str, Any] = ec2("DescribeVpcEndpoints", VpcEndpointIds=[endpoint_id])["VpcEndpoints"][0]
    return described


def _delete(ec2: Ec2, endpoint_id: str) -> None:
    for failed in ec2("DeleteVpcEndpoints", VpcEndpointIds=[endpoint_id])["Unsuccessful"]:
        if failed["Error"]["Code"] != "InvalidVpcEndpointId.NotFound":
            raise InvalidPropertyError(failed["Error"]["Message"])


def _attribute(ec2: Ec2, endpoint_id: str, name: str) -> Any:  # noqa: ANN401 - texts and lists of them
    if name == "Id":
        return endpoint_id
    described = _described(ec2, endpoint_id)
    if name == "CreationTimestamp":
        return described[name].strftime("%a %b %d %H:%M:%S UTC %Y")
    if name == "NetworkInterfaceIds":
        return list(described[name])
    if name == "DnsEntries":
        return [f"{entry['HostedZoneId']}:{entry['DnsName']}" for entry in described[name]]
    return None


def _policy(properties: Properties) -> str | None:
    """Return the policy as text: templates have it as an object, or as text."""
    document = properties.get("PolicyDocument")
    if document is None or isinstance(document, str):
        return document
    # YAML reads an unquoted `Version: 2012-10-17` as a date.
    return json.dumps(document, default=str)


def _private_dns(properties: Properties) -> bool:
    return boolean(properties.get("PrivateDnsEnabled", False))


def _dns_options(properties: Properties) -> dict[str, Any] | None:
    options = dict(properties.get("DnsOptions", {}))
    inbound = options.pop("PrivateDnsOnlyForInboundResolverEndpoint", "NotSpecified")
    if inbound not in _INBOUND_ONLY:
        allowed = " | ".join(_INBOUND_ONLY)
        raise InvalidPropertyError(f"PrivateDnsOnlyForInboundResolverEndpoint is {inbound}; allowed: {allowed}")
    if _INBOUND_ONLY[inbound] is not None:
        options["PrivateDnsOnlyForInboundResolverEndpoint"] = _INBOUND_ONLY[inbound]
    if options.get("DnsRecordIpType") == "not-specified":
        del options["DnsRecordIpType"]
    return options or None


def _list(properties: Properties, name: str) -> list[str]:
    value = properties.get(name, ())
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise InvalidPropertyError(f"Properties validation failed: {name} is not of type array")
    return list(value)


VPC_ENDPOINT: Final = Ec2ResourceType(
    name="AWS::EC2::VPCEndpoint",
    properties={
        "DnsOptions": False,
        "IpAddressType": False,
        "PolicyDocument": False,
        "PrivateDnsEnabled": False,
        "ResourceConfigurationArn": True,
        "RouteTableIds": False,
        "SecurityGroupIds": False,
        "ServiceName": True,
        "ServiceNetworkArn": True,
        "ServiceRegion": True,
        "SubnetIds": False,
        "Tags": False,
        "VpcEndpointType": True,
        "VpcId": True,
    },
    create=_create,
    update=_update,
    delete=_delete,
    attribute=_attribute,
    attributes=frozenset({"CreationTimestamp", "DnsEntries", "Id", "NetworkInterfaceIds"}),
)
