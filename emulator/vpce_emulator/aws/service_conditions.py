"""The condition keys of services other than S3 and DynamoDB that a request's own members set.

The keys and the actions that have them are those of the Service Authorization Reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html.
A key whose member is not in the request is absent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from vpce_emulator.aws.operation_inputs import member_at

Value = str | tuple[str, ...]

# The actions that know the boundary of the user or role that they are on.
_ON_BOUNDED = frozenset(
    f"iam:{verb}{kind}"
    for verb, kinds in (
        ("Attach", ("RolePolicy", "UserPolicy")),
        ("Delete", ("RolePermissionsBoundary", "RolePolicy", "UserPermissionsBoundary", "UserPolicy")),
        ("Detach", ("RolePolicy", "UserPolicy")),
        ("Put", ("RolePolicy", "UserPolicy")),
    )
    for kind in kinds
)


def knows_resource(action: str) -> bool:
    """Return whether an action has the condition keys that its resource sets by what it is."""
    return action in _ON_BOUNDED or not action.startswith("iam:")


# The key, the member of the input that holds its value, and the operations whose action has it. Of a member in another
# one the path, `VpcConfig.SubnetIds`; `Targets[].Arn` of each item of a list.
_TABLE = """
cloudformation:ResourceTypes                ResourceTypes                   CreateStack UpdateStack CreateChangeSet
cloudformation:RoleArn                      RoleARN                         CreateStack UpdateStack DeleteStack
cloudformation:StackPolicyUrl               StackPolicyURL                  CreateStack UpdateStack SetStackPolicy
cloudformation:TemplateUrl                  TemplateURL                     CreateStack UpdateStack CreateChangeSet
ecs:capacity-provider  capacityProviderStrategy[].capacityProvider  CreateService CreateTaskSet RunTask UpdateService
ecs:container-name      container           ExecuteCommand
ecs:enable-execute-command  enableExecuteCommand                CreateService RunTask StartTask UpdateService
events:TargetArn        Targets[].Arn       PutTargets
events:detail-type      Entries[].DetailType                    PutEvents
events:detail-type      EventPattern.detail-type                PutRule
events:detail.eventTypeCode         EventPattern.detail.eventTypeCode             PutRule
events:detail.service               EventPattern.detail.service                   PutRule
events:detail.userIdentity.principalId  EventPattern.detail.userIdentity.principalId  PutRule
events:source           Entries[].Source    PutEvents
events:source           EventPattern.source                     PutRule
iam:AWSServiceName      AWSServiceName      CreateServiceLinkedRole
iam:PermissionsBoundary                     PermissionsBoundary             CreateRole CreateUser
iam:PermissionsBoundary                     PermissionsBoundary             PutRolePermissionsBoundary
iam:PermissionsBoundary                     PermissionsBoundary             PutUserPermissionsBoundary
iam:PolicyARN                               PolicyArn                       AttachGroupPolicy DetachGroupPolicy
iam:PolicyARN                               PolicyArn                       AttachRolePolicy DetachRolePolicy
iam:PolicyARN                               PolicyArn                       AttachUserPolicy DetachUserPolicy
kms:BypassPolicyLockoutSafetyCheck          BypassPolicyLockoutSafetyCheck  CreateKey PutKeyPolicy
kms:DataKeyPairSpec                         KeyPairSpec                     GenerateDataKeyPair
kms:DataKeyPairSpec                         KeyPairSpec                     GenerateDataKeyPairWithoutPlaintext
kms:EncryptionAlgorithm                     EncryptionAlgorithm             Encrypt Decrypt
kms:ExpirationModel                         ExpirationModel                 ImportKeyMaterial
kms:GrantOperations                         Operations                      CreateGrant
kms:GranteePrincipal                        GranteePrincipal                CreateGrant
kms:KeyAgreementAlgorithm                   KeyAgreementAlgorithm           DeriveSharedSecret
kms:KeyOrigin                               Origin                          CreateKey
kms:KeySpec                                 KeySpec                         CreateKey
kms:KeyUsage                                KeyUsage                        CreateKey
kms:MacAlgorithm                            MacAlgorithm                    GenerateMac VerifyMac
kms:MessageType                             MessageType                     Sign Verify
kms:MultiRegion                             MultiRegion                     CreateKey
kms:PrimaryRegion                           PrimaryRegion                   UpdatePrimaryRegion
kms:ReplicaRegion                           ReplicaRegion                   ReplicateKey
kms:RetiringPrincipal                       RetiringPrincipal               CreateGrant
kms:RotationPeriodInDays                    RotationPeriodInDays            EnableKeyRotation
kms:ScheduleKeyDeletionPendingWindowInDays  PendingWindowInDays             ScheduleKeyDeletion
kms:SigningAlgorithm                        SigningAlgorithm                Sign Verify
lambda:CodeSigningConfigArn                 CodeSigningConfigArn            CreateFunction PutFunctionCodeSigningConfig
lambda:FunctionUrlAuthType                  FunctionUrlAuthType             AddPermission
lambda:FunctionUrlAuthType                  AuthType                        CreateFunctionUrlConfig
lambda:FunctionUrlAuthType                  AuthType                        UpdateFunctionUrlConfig
lambda:Layer                                Layers                          CreateFunction UpdateFunctionConfiguration
lambda:Principal                            Principal                       AddPermission
lambda:SecurityGroupIds                     VpcConfig.SecurityGroupIds      CreateFunction UpdateFunctionConfiguration
lambda:SubnetIds                            VpcConfig.SubnetIds             CreateFunction UpdateFunctionConfiguration
logs:DeliveryDestinationResourceArn  deliveryDestinationConfiguration.destinationResourceArn  PutDeliveryDestination
logs:LogGeneratingResourceArns              resourceArn                     PutDeliverySource
secretsmanager:AddReplicaRegions            AddReplicaRegions[].Region      CreateSecret ReplicateSecretToRegions
secretsmanager:BlockPublicPolicy            BlockPublicPolicy               PutResourcePolicy
secretsmanager:Description                  Description                     CreateSecret UpdateSecret
secretsmanager:ForceOverwriteReplicaSecret  ForceOverwriteReplicaSecret     CreateSecret ReplicateSecretToRegions
secretsmanager:ForceDeleteWithoutRecovery   ForceDeleteWithoutRecovery      DeleteSecret
secretsmanager:KmsKeyId                     KmsKeyId                        CreateSecret UpdateSecret
secretsmanager:Name                         Name                            CreateSecret
secretsmanager:RecoveryWindowInDays         RecoveryWindowInDays            DeleteSecret
secretsmanager:RotateImmediately            RotateImmediately               RotateSecret
secretsmanager:RotationLambdaARN            RotationLambdaARN               RotateSecret
secretsmanager:SecretId                     SecretId                        CancelRotateSecret DeleteResourcePolicy
secretsmanager:SecretId                     SecretId                        GetResourcePolicy ListSecretVersionIds
secretsmanager:SecretId                     SecretId                        PutResourcePolicy ReplicateSecretToRegions
secretsmanager:SecretId                     SecretId                        RemoveRegionsFromReplication RestoreSecret
secretsmanager:SecretId                     SecretId                        RotateSecret StopReplicationToReplica
secretsmanager:SecretId                     SecretId                        TagResource
secretsmanager:SecretId                     SecretId                        UntagResource UpdateSecretVersionStage
secretsmanager:SecretId                     SecretId                        ValidateResourcePolicy
secretsmanager:SecretId                     SecretId                        DeleteSecret GetSecretValue PutSecretValue
secretsmanager:SecretId                     SecretId                        DescribeSecret UpdateSecret
secretsmanager:VersionId                    VersionId                       GetSecretValue
secretsmanager:VersionStage                 VersionStage                    GetSecretValue
secretsmanager:VersionStage                 VersionStage                    UpdateSecretVersionStage
sns:Endpoint                                Endpoint                        Subscribe
sns:Protocol                                Protocol                        Subscribe
ssm:DocumentVersion                         DocumentVersion                 StartAutomationExecution
ssm:DocumentVersion                         DocumentVersion                 StartChangeRequestExecution
ssm:InventoryTypeName                       Items[].TypeName                PutInventory
ssm:Overwrite                               Overwrite                       PutParameter
ssm:Policies                                Policies                        PutParameter
ssm:Recursive                               Recursive                       GetParametersByPath
ssm:SyncType                                SyncType                        CreateResourceDataSync
ssm:SyncType                                SyncType                        DeleteResourceDataSync
ssm:SyncType                                SyncType                        ListResourceDataSync UpdateResourceDataSync
"""
# The KMS operations that take an encryption context, and the member with it
# (https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context).
_ENCRYPTION_CONTEXTS = {
    "Decrypt": "EncryptionContext",
    "Encrypt": "EncryptionContext",
    "GenerateDataKey": "EncryptionContext",
    "GenerateDataKeyPair": "EncryptionContext",
    "GenerateDataKeyPairWithoutPlaintext": "EncryptionContext",
    "GenerateDataKeyWithoutPlaintext": "EncryptionContext",
}
_CONTEXT_OF_REENCRYPT = {
    "kms:ReEncryptFrom": "SourceEncryptionContext",
    "kms:ReEncryptTo": "DestinationEncryptionContext",
}
# What KMS takes where a request does not say:
# https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html and the operations' own pages.
_SYMMETRIC = "SYMMETRIC_DEFAULT"
_USUAL: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "CreateGrant": {"kms:GrantIsForAWSResource": "false"},
        "CreateKey": {
            "kms:KeyOrigin": "AWS_KMS",
            "kms:KeySpec": _SYMMETRIC,
            "kms:KeyUsage": "ENCRYPT_DECRYPT",
            "kms:MultiRegion": "false",
        },
        "EnableKeyRotation": {"kms:RotationPeriodInDays": "365"},
        "ScheduleKeyDeletion": {"kms:ScheduleKeyDeletionPendingWindowInDays": "30"},
        **{operation: {"kms:EncryptionAlgorithm": _SYMMETRIC} for operation in _ENCRYPTION_CONTEXTS},
    }
)
_ALGORITHM_OF_REENCRYPT = {
    "kms:ReEncryptFrom": "SourceEncryptionAlgorithm",
    "kms:ReEncryptTo": "DestinationEncryptionAlgorithm",
}
_OF_KEYS = ("KeyId", "SourceKeyId", "DestinationKeyId")


def _rows() -> Mapping[tuple[str, str], tuple[tuple[str, str], ...]]:
    rows: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}
    for key, member, *operations in (row.split() for row in _TABLE.split("\n") if row):
        for operation in operations:
            place = (key.partition(":")[0], operation)
            rows[place] = (*rows.get(place, ()), (key, member))
    return MappingProxyType(rows)


KEYS = _rows()
"""The condition keys, each with its member, by IAM prefix and operation."""
RESOURCE_KEYS = (
    *("ec2:AvailabilityZone", "ec2:Subnet", "ec2:Vpc", "lambda:FunctionArn"),
    *("kms:KeyOrigin", "kms:KeySpec", "kms:KeyUsage", "kms:MultiRegion", "kms:MultiRegionKeyType"),
    "kms:ResourceAliases",
)
"""Keys that resources set by what they are."""
KMS_KEYS = (
    *("kms:CallerAccount", "kms:EncryptionContext:<key>", "kms:EncryptionContextKeys", "kms:GrantConstraintType"),
    *("kms:GrantIsForAWSResource", "kms:RequestAlias"),
)
"""Keys of KMS that take more than one member to tell."""


def has_conditions(prefix: str, operation: str) -> bool:
    """Return whether members of an operation's input set condition keys."""
    return prefix == "kms" or (prefix, operation) in KEYS


def service_conditions(action: str, operation: str, members: Mapping[str, Any], account_id: str) -> Mapping[str, Value]:
    """Return the condition keys of an action that the input has values for.

    Args:
        action: `kms:Decrypt`.
        operation: that needs it.
        members: of its input, as its body says them.
        account_id: of the caller.
    """
    prefix = action.partition(":")[0]
    if action == "events:PutRule":
        members = _with_pattern(members)
    known = ((key, _value(_given(members, member))) for key, member in KEYS.get((prefix, operation), ()))
    context = {key: value for key, value in known if value is not None}
    if prefix != "kms":
        return context
    return {**_USUAL.get(operation, {}), **context, **dict(_of_kms(action, operation, members, account_id))}


def _given(members: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what is at a path; of a form's list, whose items are parameters each, all of them."""
    found = member_at(members, path)
    return (
        found if found is not None else [value for name, value in members.items() if name.startswith(f"{path}.member.")]
    )


def _with_pattern(members: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the input of PutRule with its event pattern read.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
    """
    try:
        return {**members, "EventPattern": json.loads(members.get("EventPattern") or "{}")}
    except (TypeError, ValueError, RecursionError):
        return members


def _value(given: Any) -> Value | None:  # noqa: ANN401 - any JSON
    """Return a value as conditions compare it; None for what is no scalar, or not there."""
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, list):
        # A filter of an event pattern, as `{"prefix": "aws."}`, is no value that a policy could mean.
        return tuple(str(each) if isinstance(each, str | int) else json.dumps(each) for each in given) or None
    return str(given) if isinstance(given, int | float) or (isinstance(given, str) and given) else None


def _of_kms(action: str, operation: str, members: Mapping[str, Any], account_id: str) -> Iterator[tuple[str, Value]]:
    if account_id:
        yield "kms:CallerAccount", account_id
    alias = next((name for name in map(members.get, _OF_KEYS) if isinstance(name, str) and "alias/" in name), "")
    if alias:
        yield "kms:RequestAlias", alias[alias.index("alias/") :]
    if action in _ALGORITHM_OF_REENCRYPT:
        yield "kms:EncryptionAlgorithm", _value(members.get(_ALGORITHM_OF_REENCRYPT[action])) or _SYMMETRIC
    constraints = members.get("Constraints") if operation == "CreateGrant" else None
    if isinstance(constraints, dict) and constraints:
        yield "kms:GrantConstraintType", next(iter(constraints))
    member = _ENCRYPTION_CONTEXTS.get(operation) or _CONTEXT_OF_REENCRYPT.get(action, "")
    pairs = members.get(member)
    if isinstance(pairs, dict) and pairs:
        yield from ((f"kms:EncryptionContext:{key}", str(value)) for key, value in pairs.items())
        yield "kms:EncryptionContextKeys", tuple(pairs)
