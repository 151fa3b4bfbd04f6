"""Leave to tag what is made: who gives tags to a new resource needs leave for the action that tags it, too.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html; of each service, the page of the operation or the
dependent actions of the Service Authorization Reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
