"""Leave to tag what is made: who gives tags to a new resource needs leave for the action that tags it, too.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html; of each service, the page of the operation or the
dependent actions of the Service Authorization Reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from vpce_emulator.aws.call import ActionOnResource, Service
from vpce_emulator.aws.request_tags import request_tags, specified_tags

# botocore's service, the action that tags, and the operations that make resources with tags.
_TABLE = """
cloudwatch      cloudwatch:TagResource             PutCompositeAlarm PutMetricAlarm PutMetricStream
dynamodb        dynamodb:TagResource               CreateTable
ecr             ecr:TagResource                    CreateRepository
ecs             ecs:TagResource                    CreateCapacityProvider CreateCluster CreateService CreateTaskSet
ecs             ecs:TagResource                    RegisterContainerInstance RegisterTaskDefinition RunTask StartTask
efs             elasticfilesystem:TagResource      CreateAccessPoint CreateFileSystem
eks             eks:TagResource                    CreateAddon CreateCluster CreateFargateProfile CreateNodegroup
elbv2           elasticloadbalancing:AddTags       CreateListener CreateLoadBalancer CreateRule CreateTargetGroup
events          events:TagResource                 CreateEventBus PutRule
iam             iam:TagInstanceProfile             CreateInstanceProfile
iam             iam:TagMFADevice                   CreateVirtualMFADevice
iam             iam:TagOpenIDConnectProvider       CreateOpenIDConnectProvider
iam             iam:TagPolicy                      CreatePolicy
iam             iam:TagRole                        CreateRole
iam             iam:TagSAMLProvider                CreateSAMLProvider
iam             iam:TagServerCertificate           UploadServerCertificate
iam             iam:TagUser                        CreateUser
kinesis         kinesis:AddTagsToStream            CreateStream
kms             kms:TagResource                    CreateKey ReplicateKey
lambda          lambda:TagResource                 CreateEventSourceMapping CreateFunction
logs            logs:TagResource                   CreateLogGroup
rds             rds:AddTagsToResource              CreateDBCluster CreateDBInstance CreateDBParameterGroup
rds             rds:AddTagsToResource              CreateDBSnapshot CreateDBSubnetGroup CreateOptionGroup
secretsmanager  secretsmanager:TagResource         CreateSecret
sns             sns:TagResource                    CreateTopic
sqs             sqs:TagQueue                       CreateQueue
ssm             ssm:AddTagsToResource              CreateDocument CreateMaintenanceWindow CreatePatchBaseline
ssm             ssm:AddTagsToResource              PutParameter
stepfunctions   states:TagResource                 CreateActivity CreateStateMachine
"""
# Services whose tagging knows what it is part of: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html,
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html and
# https://docs.aws.amazon.com/efs/latest/ug/using-tags-efs.html.
CREATE_ACTION: Mapping[str, str] = MappingProxyType(
    {"ec2": "ec2:CreateAction", "ecs": "ecs:CreateAction", "efs": "elasticfilesystem:CreateAction"}
)
"""The condition keys for it, by service."""


def _table() -> Mapping[tuple[str, str], str]:
    rows = (row.split() for row in _TABLE.split("\n") if row)
    return MappingProxyType(
        {(service, operation): action for service, action, *operations in rows for operation in operations}
    )


TAGGING = _table()
"""The action that tags, by service and operation."""


def tagging(
    service: Service,
    operation: str,
    given: Mapping[str, Any],
    makes: Sequence[ActionOnResource],
    *,
    partition: str,
    account_id: str,
) -> tuple[ActionOnResource, ...]:
    """Return the leave to tag that a request needs beside the leave to make what it tags.

    Args:
        service: called.
        operation: of the service.
        given: the members of its input.
        makes: what making the resources needs.
        partition: of the resources.
        account_id: of the caller.
    """
    key = CREATE_ACTION.get(service.name)
    known = {key: operation} if key else {}
    if service.name == "ec2":
        start = f"arn:{partition}:ec2:{service.region}:{account_id}:"
        return tuple(
            ActionOnResource("ec2:CreateTags", f"{start}{kind}/*", {**tags, **known})
            for kind, tags in specified_tags(given).items()
        )
    action, tags = TAGGING.get((service.name, operation)), request_tags(given)
    if action is None or not tags:
        return ()
    if service.name == "kms":
        # A key has no name before it is made.
        anywhere = f"arn:{partition}:kms:{service.region}:{account_id}:key/*"
        return (ActionOnResource(action, anywhere, tags),)
    return tuple(
        replace(one, action=action, context={**tags, **known})
        for one in makes
        if one.action.partition(":")[0] == action.partition(":")[0]
    )


def run_instances(wanted: Sequence[ActionOnResource], given: Mapping[str, Any]) -> tuple[ActionOnResource, ...]:
    """Return what RunInstances uses and makes, each with the keys of its own type: tags are those of what is made.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances

    Args:
        wanted: the action on each of them, with the tags of the whole request.
        given: the members of its input.
    """
    made: dict[str, Mapping[str, Any]] = {f"{kind}/*": tags for kind, tags in specified_tags(given).items()}
    made["instance/*"] = {**made.get("instance/*", {}), **dict(_instance_keys(given))}
    return tuple(
        replace(one, context={**_without_tags(one.context), **made.get(one.resource.rpartition(":")[2], {})})
        for one in wanted
    )


def _without_tags(context: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in context.items() if not key.startswith(("aws:RequestTag/", "aws:TagKeys"))}


RUN_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ec2:EbsOptimized": ("EbsOptimized",),
        "ec2:InstanceType": ("InstanceType",),
        "ec2:MetadataHttpEndpoint": ("MetadataOptions", "HttpEndpoint"),
        "ec2:MetadataHttpPutResponseHopLimit": ("MetadataOptions", "HttpPutResponseHopLimit"),
        "ec2:MetadataHttpTokens": ("MetadataOptions", "HttpTokens"),
        "ec2:Tenancy": ("Placement", "Tenancy"),
    }
)
"""Condition keys of the instances that RunInstances makes, and where the input has them."""


def _instance_keys(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "LaunchTemplate" not in given:
        # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
        yield "ec2:InstanceType", "m1.small"
    for key, path in RUN_KEYS.items():
        value: Any = given
        for member in path:
            value = value.get(member) if isinstance(value, Mapping) else None
        if isinstance(value, str) and value:
            yield key, value
