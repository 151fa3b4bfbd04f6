"""Settings that a service tries out before it takes them: whether it may deliver to where they say.

What is tried is a `Delivery`; where it is refused, the request that would set it is refused, in the service's words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from vpce_emulator.aws.call import ActionOnResource
from vpce_emulator.aws.deliveries import Delivery, polling, sending, service_of
from vpce_emulator.aws.fault_codes import Code
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.kms_permissions import context_of
from vpce_emulator.aws.resource_name_forms import FUNCTION
from vpce_emulator.aws.s3_xml import parse_xml


@dataclass(frozen=True, slots=True)
class Setting:
    """A request that says where a service is to deliver.

    Attributes:
        service: botocore's name of the service.
        operation: `PutBucketNotificationConfiguration`.
        given: the members of its input; empty for S3.
        body: what it brings along.
        headers: its headers.
        region: where it is asked for.
        account_id: who owns what it is about.
        resource: the ARN of what it is about, as it was authorized.
        bucket: of S3, the bucket.
    """

    service: str
    operation: str
    given: Mapping[str, Any]
    body: bytes
    headers: Mapping[str, str]
    region: str
    account_id: str
    resource: str
    bucket: str = ""


ExecutionRole = Callable[[str], str | None]
"""Returns the ARN of the execution role of a function with an ARN; None where it is not known."""


def tried_out(setting: Setting, execution_role: ExecutionRole) -> tuple[Delivery, ...]:
    """Return what a service tries before it takes a setting; nothing for most requests."""
    find = _TRIED.get((setting.service, setting.operation))
    return tuple(find(setting, execution_role)) if find is not None else ()


def is_tried_out(service: str, operation: str) -> bool:
    """Return whether there may be anything to try."""
    return (service, operation) in _TRIED


def tries_keys(service: str) -> bool:
    """Return whether trying out what is encrypted uses its key: Lambda fetches nothing before it polls.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-lambda-function-trigger.html
    """
    return service != "lambda"


def refused_destinations(setting: Setting, refused: tuple[tuple[Delivery, str], ...]) -> Fault:
    """Return the refusal of a setting.

    Args:
        setting: what it is.
        refused: each delivery that may not be made, with the action that it fails for.
    """
    return _REFUSALS[setting.service](refused)


def _of_bucket(setting: Setting, _execution_role: ExecutionRole) -> Iterator[Delivery]:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html."""
    if setting.headers.get("x-amz-skip-destination-validation", "").lower() != "true":
        for arn, _ in dict.fromkeys(notified(setting.body)):
            yield sending("s3.amazonaws.com", arn, f"arn:aws:s3:::{setting.bucket}", setting.account_id)


_NOTIFIED: Mapping[str, str] = MappingProxyType(
    {
        "QueueConfiguration/Queue": "sqs",
        "TopicConfiguration/Topic": "sns",
        "CloudFunctionConfiguration/CloudFunction": "lambda",
    }
)


def notified(body: bytes) -> Iterator[tuple[str, str]]:
    """Yield the ARNs that a bucket's NotificationConfiguration names, and of which service each must be."""
    root = parse_xml(body)
    for path, service in _NOTIFIED.items():
        found = root.findall(path) if root is not None else ()
        yield from (((element.text or "").strip(), service) for element in found)


def _of_event_source(setting: Setting, execution_role: ExecutionRole) -> Iterator[Delivery]:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html."""
    function, source = setting.given.get("FunctionName"), setting.given.get("EventSourceArn")
    told = FUNCTION.fullmatch(function) if isinstance(function, str) else None
    if told is None or not isinstance(source, str):
        return
    arn = f"arn:aws:lambda:{setting.region}:{told['account'] or setting.account_id}:function:{told['name']}"
    role_arn = execution_role(arn)
    delivery = polling(source, arn, role_arn) if role_arn else None
    if delivery is not None:
        yield delivery


def _of_log_group(setting: Setting, _execution_role: ExecutionRole) -> Iterator[Delivery]:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html."""
    destination, group = setting.given.get("destinationArn"), setting.given.get("logGroupName")
    role_arn = setting.given.get("roleArn", "")
    if isinstance(destination, str) and isinstance(group, str) and service_of(destination) in _OF_LOGS:
        source = f"arn:aws:logs:{setting.region}:{setting.account_id}:log-group:{group}:*"
        yield sending("logs.amazonaws.com", destination, source, setting.account_id, str(role_arn))


def _of_encryption(setting: Setting, _execution_role: ExecutionRole) -> Iterator[Delivery]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html."""
    key, group = setting.given.get("kmsKeyId"), setting.given.get("logGroupName")
    if isinstance(key, str) and service_of(key) == "kms" and isinstance(group, str):
        arn = f"arn:aws:logs:{setting.region}:{setting.account_id}:log-group:{group}"
        context = context_of({"aws:logs:arn": arn})
        wanted = tuple(ActionOnResource(action, key, context) for action in ("kms:GenerateDataKey", "kms:Decrypt"))
        yield Delivery("logs.amazonaws.com", wanted, arn, setting.account_id)


def _of_rotation(setting: Setting, _execution_role: ExecutionRole) -> Iterator[Delivery]:
    """https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html."""
    function = setting.given.get("RotationLambdaARN")
    if isinstance(function, str) and service_of(function) == "lambda":
        yield sending("secretsmanager.amazonaws.com", function, setting.resource, setting.account_id)


_TRIED: Mapping[tuple[str, str], Callable[[Setting, ExecutionRole], Iterator[Delivery]]] = MappingProxyType(
    {
        ("s3", "PutBucketNotificationConfiguration"): _of_bucket,
        ("lambda", "CreateEventSourceMapping"): _of_event_source,
        ("logs", "PutSubscriptionFilter"): _of_log_group,
        ("logs", "CreateLogGroup"): _of_encryption,
        ("logs", "AssociateKmsKey"): _of_encryption,
        ("secretsmanager", "RotateSecret"): _of_rotation,
    }
)


def _refused_by_s3(refused: tuple[tuple[Delivery, str], ...]) -> Fault:
    """Undocumented but for the message; the further elements are as in recorded answers."""
    details: list[tuple[str, str]] = []
    for number, (delivery, _) in enumerate(refused, 1):
        kind = service_of(delivery.destination)
        reason = (
            f"Not authorized to invoke function [{delivery.destination}]"
            if kind == "lambda"
            else f"Permissions on the destination {_NOUNS[kind]} do not allow S3 to publish notifications from this "
            "bucket"
        )
        details += [(f"ArgumentName{number}", f"{delivery.destination}, null"), (f"ArgumentValue{number}", reason)]
    message = "Unable to validate the following destination configurations"
    return Fault(FaultKind.INVALID_ARGUMENT, message, details=tuple(details))


_NOUNS = {"sqs": "queue", "sns": "topic"}


def _refused_by_lambda(refused: tuple[tuple[Delivery, str], ...]) -> Fault:
    delivery, action = refused[0]
    kind = service_of(delivery.destination)
    if kind == "sqs":
        operation = action.partition(":")[2]
        message = f"The provided execution role does not have permissions to call {operation} on SQS"
    else:
        message = (
            f"Cannot access stream {delivery.destination}. Please ensure the role can perform the GetRecords, "
            f"GetShardIterator, DescribeStream, {_LISTING[kind]} Actions on your stream in IAM."
        )
    return Fault(FaultKind.INVALID_ARGUMENT, message, code=Code("InvalidParameterValueException", 400))


_LISTING = {"dynamodb": "and ListStreams", "kinesis": "ListShards, and ListStreams"}


def _refused_by_logs(refused: tuple[tuple[Delivery, str], ...]) -> Fault:
    delivery = refused[0][0]
    if service_of(delivery.destination) == "kms":
        message = f"The specified KMS key does not exist or is not allowed to be used with Arn '{delivery.source_arn}'"
        return Fault(FaultKind.ACCESS_DENIED, message)
    message = _OF_LOGS[service_of(delivery.destination)]
    return Fault(FaultKind.INVALID_ARGUMENT, message, code=Code("InvalidParameterException", 400))


_OF_LOGS = {
    "lambda": "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute "
    "your function.",
    "kinesis": "Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in "
    "ACTIVE state.",
    "firehose": "Could not deliver test message to specified Firehose stream. Check if the given Firehose stream is in "
    "ACTIVE state.",
}


def _refused_by_secrets_manager(_refused: tuple[tuple[Delivery, str], ...]) -> Fault:
    message = (
        "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to "
        "the principal secretsmanager.amazonaws.com."
    )
    return Fault(FaultKind.ACCESS_DENIED, message)


_REFUSALS: Mapping[str, Callable[[tuple[tuple[Delivery, str], ...]], Fault]] = MappingProxyType(
    {
        "s3": _refused_by_s3,
        "lambda": _refused_by_lambda,
        "logs": _refused_by_logs,
        "secretsmanager": _refused_by_secrets_manager,
    }
)
