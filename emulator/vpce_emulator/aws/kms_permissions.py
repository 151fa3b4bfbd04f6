"""The KMS permissions that services need of their callers: for what is, or is to be, encrypted with a KMS key.

A service asks KMS in the caller's name, by a forward access session
(https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html): key policy, identity policies
and the rest decide as if the caller asked, with `kms:ViaService`, and without the keys of the caller's network.

Sources:
S3 `s3_key_uses`,
SQS https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html,
SNS https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html,
Secrets Manager https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html,
Systems Manager https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html,
DynamoDB https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html,
Kinesis https://docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from vpce_emulator.aws.call import ActionOnResource, Protocol, Service
from vpce_emulator.aws.context import Value
from vpce_emulator.aws.fault_codes import Code
from vpce_emulator.aws.faults import Fault, FaultKind, denial_message
from vpce_emulator.aws.key_uses import DATA_KEY, DECRYPT, ENCRYPT, KeyedRequest, KeyUse, StoredEncryption
from vpce_emulator.aws.s3_key_uses import OPERATIONS as S3_OPERATIONS
from vpce_emulator.aws.s3_key_uses import uses_of_s3

_BOTH = (DATA_KEY, DECRYPT)


def uses_of_keys(asked: KeyedRequest, stored: StoredEncryption) -> tuple[KeyUse, ...]:
    """Return what a request needs to be done with KMS keys."""
    return tuple(_FINDERS[asked.service.name](asked, stored))


def needed(
    uses: Iterable[KeyUse], service: Service, account_id: str, key_of: Callable[[str], str]
) -> tuple[ActionOnResource, ...]:
    """Return each action on each KMS key that a service needs to be allowed.

    Args:
        uses: what is to be done.
        service: that asks, with the Region that its data are in.
        account_id: the caller's.
        key_of: returns the ARN of the key that an alias's ARN stands for, and any other as it is. Policies name keys:
            https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    """
    found = (_wanted(action, use, service, account_id, key_of) for use in uses for action in use.actions)
    return tuple({(one.action, one.resource, one.item): one for one in found}.values())


def may_need_keys(service: str, operation: str) -> bool:
    """Return whether an operation may need KMS keys in its caller's name."""
    return service in _FINDERS and operation in _OPERATIONS[service]


def key_arn(key: str, service: str, region: str, account_id: str) -> str:
    """Return the ARN of a key, or of the alias that stands for it.

    Args:
        key: as in `Encryption.key`.
        service: whose key it is where none is named.
        region: where it is looked for.
        account_id: in which account.
    """
    if key.startswith("arn:"):
        return key
    name = key or f"alias/aws/{service}"
    return f"arn:aws:kms:{region}:{account_id}:{name if name.startswith('alias/') else f'key/{name}'}"


def context_of(encryption_context: Mapping[str, str]) -> dict[str, Value]:
    """Return the condition keys of an encryption context."""
    keys: dict[str, Value] = {f"kms:EncryptionContext:{name}": value for name, value in encryption_context.items()}
    return keys | ({"kms:EncryptionContextKeys": tuple(encryption_context)} if encryption_context else {})


def _wanted(
    action: str, use: KeyUse, service: Service, account_id: str, key_of: Callable[[str], str]
) -> ActionOnResource:
    arn = key_of(key_arn(use.key, service.name, service.region, use.owner))
    context = context_of(use.encryption_context) | {VIA_SERVICE: f"{service.name}.{service.region}.amazonaws.com"}
    context |= {"kms:CallerAccount": account_id} if account_id else {}
    return ActionOnResource(action, arn, context, item=use.item)


VIA_SERVICE = "kms:ViaService"
"""The condition key that calls in a caller's name alone have."""

# By operation: what is done with the key of the resource that it is about.
_OF_STORED: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "sqs": {"SendMessage": _BOTH, "SendMessageBatch": _BOTH, "ReceiveMessage": (DECRYPT,)},
        "sns": {"Publish": _BOTH, "PublishBatch": _BOTH},
        "kinesis": {"PutRecord": (DATA_KEY,), "PutRecords": (DATA_KEY,), "GetRecords": (DECRYPT,)},
        "dynamodb": dict.fromkeys(
            (
                "BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "DeleteItem", "ExecuteStatement",
                "ExecuteTransaction", "GetItem", "PutItem", "Query", "Scan", "TransactGetItems", "TransactWriteItems",
                "UpdateItem",
            ),
            (DECRYPT,),
        ),
        "secretsmanager": {"GetSecretValue": (DECRYPT,), "BatchGetSecretValue": (DECRYPT,), "PutSecretValue": _BOTH},
        "ssm": dict.fromkeys(
            ("GetParameter", "GetParameters", "GetParameterHistory", "GetParametersByPath"), (DECRYPT,)
        ),
    }
)  # fmt: skip

# What KMS is told of a resource: the name under which its ARN, or its table's name, stands.
_CONTEXT_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "sqs": "aws:sqs:arn",
        "sns": "aws:sns:topicArn",
        "kinesis": "aws:kinesis:arn",
        "dynamodb": "aws:dynamodb:tableName",
        "secretsmanager": "SecretARN",
        "ssm": "PARAMETER_ARN",
    }
)


def encryption_context(service: str, arn: str) -> Mapping[str, str]:
    """Return what a service tells KMS of a resource of its."""
    name = _CONTEXT_NAMES.get(service)
    told = arn.rpartition(":table/")[2] if service == "dynamodb" else arn
    return {name: told} if name is not None else {}


def _of_stored(asked: KeyedRequest, stored: StoredEncryption) -> Iterator[KeyUse]:
    service = asked.service.name
    actions = _OF_STORED[service].get(asked.operation.name)
    if actions is None:
        return
    for one in asked.wanted:
        for arn, key in stored.resource(one.resource):
            yield KeyUse(actions, key, _owner(arn), encryption_context(service, arn), one.item)


def uses_of_key(action: str) -> tuple[str, ...]:
    """Return what an action on a resource that is encrypted does with its key: `sqs:SendMessage`, nothing for most."""
    service, _, operation = action.partition(":")
    return _OF_STORED.get(service, {}).get(operation, ())


def _is_true(value: object) -> bool:
    return value is True or value == "true"


def _owner(arn: str) -> str:
    return arn.split(":", 5)[4]


def _of_secrets(asked: KeyedRequest, stored: StoredEncryption) -> Iterator[KeyUse]:
    yield from _of_stored(asked, stored)
    named = asked.given.get("KmsKeyId")
    told = asked.given.keys() & {"SecretString", "SecretBinary"}
    if asked.operation.name not in {"CreateSecret", "UpdateSecret"} or not (told or named):
        return
    arn = asked.wanted[0].resource
    keys = [named] if isinstance(named, str) else [key for _, key in stored.resource(arn)]
    yield from (KeyUse(_BOTH, key, asked.account_id, encryption_context("secretsmanager", arn)) for key in keys)


def _of_parameters(asked: KeyedRequest, stored: StoredEncryption) -> Iterator[KeyUse]:
    if asked.operation.name != "PutParameter":
        yield from _decrypted(asked, stored) if _is_true(asked.given.get("WithDecryption")) else ()
        return
    arn, kind = asked.wanted[0].resource, asked.given.get("Type")
    before = [key for own, key in stored.resource(arn) if own == arn]
    if kind == "SecureString" or (kind is None and before):
        named = asked.given.get("KeyId")
        key = named if isinstance(named, str) else next(iter(before), "") if kind is None else ""
        actions = (DATA_KEY,) if asked.given.get("Tier") == "Advanced" else (ENCRYPT,)
        yield KeyUse(actions, key, asked.account_id, encryption_context("ssm", arn))


def _decrypted(asked: KeyedRequest, stored: StoredEncryption) -> Iterator[KeyUse]:
    """Yield the use of the keys of what is read: parameters by their names, or what is below a path."""
    by_path, deep = asked.operation.name == "GetParametersByPath", _is_true(asked.given.get("Recursive"))
    for one in asked.wanted:
        for version in _versions_read(asked, one.resource):
            for arn, key in stored.resource(one.resource + version):
                below = arn.removeprefix(one.resource).strip("/")
                if below.count("/") == 0 if by_path and not deep else by_path or not below:
                    yield KeyUse((DECRYPT,), key, _owner(arn), encryption_context("ssm", arn), one.item)


def _versions_read(asked: KeyedRequest, arn: str) -> Iterable[str]:
    """Return which versions of a parameter are read, as `StoredEncryption.resource` takes them.

    Each is encrypted with the key of its time: https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
    """
    if asked.operation.name == "GetParameterHistory":
        return (":*",)
    names = asked.given.get("Names") or [asked.given.get("Name")]
    # Names, and ARNs: a version or label comes after either.
    parts = [str(name).rpartition(":parameter/")[2].lstrip("/").partition(":") for name in names if name]
    versions = {colon + version for name, colon, version in parts if arn.endswith(f":parameter/{name}")}
    return sorted(versions) or ("",)


_FINDERS: Mapping[str, Callable[[KeyedRequest, StoredEncryption], Iterator[KeyUse]]] = MappingProxyType(
    {
        "s3": uses_of_s3,
        "sqs": _of_stored,
        "sns": _of_stored,
        "kinesis": _of_stored,
        "dynamodb": _of_stored,
        "secretsmanager": _of_secrets,
        "ssm": _of_parameters,
    }
)

BY_INPUT = frozenset({"secretsmanager", "ssm"})
"""The services of which an operation's input says which key it needs, or whether."""
_OPERATIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "s3": S3_OPERATIONS,
        **{service: frozenset(rows) for service, rows in _OF_STORED.items()},
        "secretsmanager": frozenset(_OF_STORED["secretsmanager"]) | {"CreateSecret", "UpdateSecret"},
        "ssm": frozenset(_OF_STORED["ssm"]) | {"PutParameter"},
    }
)

# Services that have a code of their own for what KMS denies, as in botocore's models.
_CODES: Mapping[str, Code] = MappingProxyType(
    {
        "sqs": Code("KmsAccessDenied", 400),
        "sns": Code("KMSAccessDenied", 400),
        "kinesis": Code("KMSAccessDeniedException", 400),
    }
)
_UNSIGNED = Fault(
    FaultKind.INVALID_ARGUMENT,
    "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.",
    (("ArgumentName", "Authorization"), ("ArgumentValue", "null")),
)
_NOT_ALLOWED = "Access to KMS is not allowed"


def key_denied(
    service: Service, principal_arn: str, action: str, resource: str, layer: str, *, explicit: bool
) -> Fault:
    """Return what a service answers where KMS does not let its caller use a key: in most, KMS's own words.

    Args:
        service: that was called.
        principal_arn: as in `denial_message`.
        action: of KMS.
        resource: the key's ARN.
        layer: as in `denial_message`.
        explicit: as in `denial_message`.
    """
    if service.name == "secretsmanager":
        return Fault(FaultKind.ACCESS_DENIED, _NOT_ALLOWED)
    if service.protocol is Protocol.S3 and not principal_arn:
        return _UNSIGNED
    message = denial_message(principal_arn, action, resource, layer, explicit, s3=False)
    return Fault(FaultKind.ACCESS_DENIED, message, code=_CODES.get(service.name))
