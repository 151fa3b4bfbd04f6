"""What services send by themselves: who asks then, for what, and with which condition keys.

A service that delivers is a caller like any other, with a service principal in place of an identity: the policy of
where it delivers to must allow it. A service that is given a role acts as a session of that role instead.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vpce_emulator.aws.call import ActionOnResource, Protocol, Service
from vpce_emulator.aws.context import iso_time
from vpce_emulator.aws.organization import Membership
from vpce_emulator.aws.principal import Identity, PrincipalType


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something that a service sends, or fetches, because a resource of somebody's tells it to.

    Attributes:
        service: the service principal: `sns.amazonaws.com`. An account's root where the service asks in its name, as
            EventBridge does of another account's event bus.
        wanted: each action on each resource that it needs.
        source_arn: of the resource that tells it to (`aws:SourceArn`).
        source_account: the account that owns that (`aws:SourceAccount`).
        role_arn: of the role whose permissions it uses in place of its own; empty where it has none.
    """

    service: str
    wanted: tuple[ActionOnResource, ...]
    source_arn: str
    source_account: str
    role_arn: str = ""

    @property
    def destination(self) -> str:
        """The ARN of what it delivers to, or fetches from."""
        return self.wanted[0].resource


# What sending to a resource is called, by the service in its ARN.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html,
# https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html and
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html.
_SENDING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sqs": ("sqs:SendMessage",),
        "sns": ("sns:Publish",),
        "lambda": ("lambda:InvokeFunction",),
        "kinesis": ("kinesis:PutRecord",),
        "firehose": ("firehose:PutRecord",),
        "events": ("events:PutEvents",),
        "logs": ("logs:CreateLogStream", "logs:PutLogEvents"),
    }
)

# What Lambda's execution role must allow on an event source, by the service in its ARN.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html,
# https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-create-package.html and
# https://docs.aws.amazon.com/lambda/latest/dg/kinesis-tutorial-spec.html name the managed policies that have them.
_POLLING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
        "dynamodb": ("dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"),
        "kinesis": ("kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream"),
    }
)


def service_of(arn: str) -> str:
    """Return what an ARN says after the partition; empty for what is none."""
    parts = arn.split(":", 5)
    return parts[2] if len(parts) == 6 else ""


def called(arn: str) -> Service:
    """Return the service of a resource, as one service calls another, whose protocol nobody sees."""
    _, _, kind, region, _, _ = arn.split(":", 5)
    return Service(kind, region, Protocol.JSON_1_0, kind)


def sending(service: str, destination: str, source_arn: str, source_account: str, role_arn: str = "") -> Delivery:
    """Return what a service needs to send to a resource.

    Args:
        service: as in `Delivery`.
        destination: the ARN of a queue, topic, function, stream, event bus or log group.
        source_arn: as in `Delivery`.
        source_account: as in `Delivery`.
        role_arn: as in `Delivery`.

    Raises:
        KeyError: it is something else.
    """
    kind = service_of(destination)
    # An event's log stream has a name of its own, and the documented policies end in `:*`.
    resource = f"{destination.removesuffix(':*')}:log-stream:" if kind == "logs" else destination
    wanted = tuple(ActionOnResource(action, resource) for action in _SENDING[kind])
    return Delivery(service, wanted, source_arn, source_account, role_arn)


def takes_deliveries(arn: str) -> bool:
    """Return whether `sending` knows what sending to a resource needs."""
    return service_of(arn) in _SENDING


def polling(source: str, function_arn: str, role_arn: str) -> Delivery | None:
    """Return what Lambda needs to feed a function from an event source; None for one that is not polled.

    Args:
        source: the ARN of a queue or stream.
        function_arn: of the function.
        role_arn: of the function's execution role, as which Lambda polls.
    """
    actions = _POLLING.get(service_of(source), ())
    wanted = tuple(ActionOnResource(action, source) for action in actions)
    account_id = function_arn.split(":")[4]
    return Delivery("lambda.amazonaws.com", wanted, function_arn, account_id, role_arn) if wanted else None


def service_identity(service: str) -> Identity:
    """Return a service as a caller. It has no account, and no policies but those of what it asks for."""
    return Identity(arn=service, account_id="", type=PrincipalType.SERVICE, user_id="")


# Services that policies may also mean by the name they have in a Region:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html,
# https://docs.aws.amazon.com/sns/latest/dg/sns-cross-region-delivery.html.
_WITH_REGIONAL_NAMES = frozenset({"logs.amazonaws.com", "sns.amazonaws.com"})


def callers(service: str, region: str) -> tuple[str, ...]:
    """Return the service principals as which a service may be allowed to do something in a Region."""
    both = (service, _regional(service, region))
    return both if service in _WITH_REGIONAL_NAMES else (service,)


def _regional(service: str, region: str) -> str:
    name, _, domain = service.partition(".")
    return f"{name}.{region}.{domain}"


SERVICE_KEYS = (
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
)
"""The condition keys that the calls of service principals alone have."""


def service_context(
    delivery: Delivery, region: str, now: float, of_source: Membership | None
) -> dict[str, str | tuple[str, ...]]:
    """Return the condition keys of a call that comes from a service principal.

    No network of anybody's is on its way, and it has no principal of an account: it has none of those keys.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html

    Args:
        delivery: what it is about.
        region: where it asks.
        now: seconds since the epoch.
        of_source: the place of the source's account in its organization.
    """
    context: dict[str, str | tuple[str, ...]] = {
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": delivery.service,
        "aws:PrincipalServiceNamesList": (delivery.service, _regional(delivery.service, region)),
        "aws:SourceArn": delivery.source_arn,
        "aws:SourceAccount": delivery.source_account,
        "aws:ViaAWSService": "false",
        "aws:RequestedRegion": region,
        "aws:SecureTransport": "true",
        "aws:CurrentTime": iso_time(int(now)),
        "aws:EpochTime": str(int(now)),
    }
    if of_source is not None:
        context["aws:SourceOrgID"] = of_source.organization_id
        context["aws:SourceOrgPaths"] = (of_source.path,)
    return context
