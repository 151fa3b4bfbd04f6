"""Actions that no policy of a resource can allow to another account.

Queues: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-customer-managed-policy-examples.html,
"Cross-account permissions don't apply to the following actions". Keys: "Cross-account use: No" of each operation in
https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html. Topics: what of the actions on
a topic is not among the "Valid Amazon SNS policy actions" of
https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html.
"""

from __future__ import annotations

_TABLE = """
sqs AddPermission CancelMessageMoveTask CreateQueue DeleteQueue ListMessageMoveTasks ListQueues ListQueueTags
sqs RemovePermission SetQueueAttributes StartMessageMoveTask TagQueue UntagQueue
kms CancelKeyDeletion CreateAlias CreateKey DeleteAlias DeleteImportedKeyMaterial DisableKey DisableKeyRotation
kms EnableKey EnableKeyRotation GetKeyPolicy GetParametersForImport ImportKeyMaterial ListAliases ListKeyPolicies
kms ListKeys ListResourceTags PutKeyPolicy ReplicateKey RotateKeyOnDemand ScheduleKeyDeletion TagResource
sns CreateTopic TagResource UntagResource
kms UntagResource UpdateAlias UpdateKeyDescription UpdatePrimaryRegion
"""

OWN_ACCOUNT_ONLY = frozenset(
    f"{service}:{name}" for service, *names in (row.split() for row in _TABLE.split("\n") if row) for name in names
)
"""The actions, as `sqs:DeleteQueue`."""
