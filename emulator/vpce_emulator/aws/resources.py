"""Actions and resources of the services other than S3 and DynamoDB.

A service's action has its operation's name, unless `_ACTIONS` says otherwise; it is on the resource that `_RESOURCES`
finds in the request, and on `*` where that has no row. The ARNs are those of the Service Authorization Reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from vpce_emulator.aws.call import ActionOnResource, Operation, Protocol, Service
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.hosts import without_port
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.lookups import Lookups

# Service, operation, and the actions it needs, where they are not the operation's name.
_ACTIONS = """
lambda     Invoke                        InvokeFunction
lambda     InvokeWithResponseStream      InvokeFunction
sqs        SendMessageBatch              SendMessage
sqs        DeleteMessageBatch            DeleteMessage
sqs        ChangeMessageVisibilityBatch  ChangeMessageVisibility
sns        PublishBatch                  Publish
kms        ReEncrypt                     ReEncryptFrom ReEncryptTo
s3control  GetPublicAccessBlock          GetAccountPublicAccessBlock
s3control  PutPublicAccessBlock          PutAccountPublicAccessBlock
s3control  DeletePublicAccessBlock       PutAccountPublicAccessBlock
"""

# Service, the member of the input that names a resource, and its ARN after `arn:<partition>:<service>:<region>:
# <account>:`, in which {} is the name. A member that holds an ARN already is taken as it is. The first row whose
# member is there counts. A template that begins with `:` or `::` leaves out the Region, or Region and account.
_RESOURCES = """
sqs             QueueUrl             {}
sqs             QueueName            {}
sns             TopicArn             {}
sns             TargetArn            {}
sns             SubscriptionArn      {}
sns             Name                 {}
kms             KeyId                key/{}
kms             AliasName            {}
secretsmanager  SecretId             secret:{}
secretsmanager  Name                 secret:{}
ssm             Name                 parameter/{}
ssm             Names                parameter/{}
ssm             Path                 parameter/{}
sts             RoleArn              {}
iam             PolicyArn            {}
iam             UserName             :user/{}
iam             RoleName             :role/{}
iam             GroupName            :group/{}
iam             InstanceProfileName  :instance-profile/{}
lambda          FunctionName         function:{}
lambda          LayerName            layer:{}
logs            logGroupName         log-group:{}:*
logs            logGroupIdentifier   log-group:{}:*
events          EventBusName         event-bus/{}
stepfunctions   stateMachineArn      {}
stepfunctions   executionArn         {}
stepfunctions   activityArn          {}
stepfunctions   name                 stateMachine:{}
kinesis         StreamARN            {}
kinesis         StreamName           stream/{}
firehose        DeliveryStreamName   deliverystream/{}
ecr             repositoryName       repository/{}
athena          WorkGroup            workgroup/{}
cloudformation  StackName            stack/{}/*
"""


class _Rule(NamedTuple):
    member: str
    template: str


def _actions() -> Mapping[tuple[str, str], tuple[str, ...]]:
    rows = (row.split() for row in _ACTIONS.split("\n") if row)
    return MappingProxyType({(service, operation): tuple(actions) for service, operation, *actions in rows})


def _rules() -> Mapping[str, tuple[_Rule, ...]]:
    rules: dict[str, tuple[_Rule, ...]] = {}
    for service, member, template in (row.split() for row in _RESOURCES.split("\n") if row):
        rules[service] = (*rules.get(service, ()), _Rule(member, template))
    return MappingProxyType(rules)


ACTIONS = _actions()
RULES = _rules()
_IN_PATH = frozenset({Protocol.REST_JSON, Protocol.REST_XML})


def needs_body(service: Service, operation: str) -> bool:
    """Return whether the resource of an operation is told in its body. Listing operations have none to tell."""
    return service.protocol not in _IN_PATH and service.name in RULES and not operation.startswith("List")


def other_authorizations(
    service: Service,
    operation: Operation,
    request: HttpRequest,
    body: bytes | None,
    *,
    account_id: str,
    partition: str,
    lookups: Lookups,
) -> tuple[ActionOnResource, ...] | Fault:
    """Return each action on each resource that a request to any service but S3 and DynamoDB needs leave for."""
    arn = _Arn(partition, service, account_id)
    special = _SPECIAL.get(service.name)
    if special is not None:
        return (special(request, arn),)
    given: Mapping[str, Any] | Fault = operation.labels
    if not given and service.name in RULES:
        given = _input(service, request, body)
    if isinstance(given, Fault):
        return given
    names = ACTIONS.get((service.name, operation.name), (operation.name,))
    resources = _resources(service.name, given, arn, lookups)
    return tuple(ActionOnResource(f"{service.iam_prefix}:{name}", resource) for name in names for resource in resources)


class _Arn(NamedTuple):
    """What the ARNs of a service's resources begin with."""

    partition: str
    service: Service
    account_id: str

    def of(self, template: str, name: str) -> str:
        region = "" if template.startswith(":") else self.service.region
        prefix = f"arn:{self.partition}:{self.service.iam_prefix}:{region}:{self.account_id}:"
        return prefix + template.removeprefix(":").replace("{}", name)


def _input(service: Service, request: HttpRequest, body: bytes | None) -> Mapping[str, Any] | Fault:
    """Return an operation's input: of a JSON service its members, of a query service its parameters."""
    if service.protocol in {Protocol.QUERY, Protocol.EC2}:
        text = (body or b"").decode("utf-8", "replace")
        return {**dict(parse_qsl(text)), **dict(parse_qsl(request.raw_query))}
    if service.protocol not in {Protocol.JSON_1_0, Protocol.JSON_1_1}:
        return {}
    try:
        given = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return Fault(FaultKind.MALFORMED_BODY, "Unexpected token in payload")
    return given if isinstance(given, dict) else {}


def _resources(service: str, given: Mapping[str, Any], arn: _Arn, lookups: Lookups) -> tuple[str, ...]:
    for member, template in RULES.get(service, ()):
        value = given.get(member)
        names = value if isinstance(value, list) else [value]
        named = [name for name in names if isinstance(name, str) and name]
        if named:
            return tuple(_resource(service, template, name, arn, lookups) for name in named)
    return ("*",)


def _resource(service: str, template: str, name: str, arn: _Arn, lookups: Lookups) -> str:
    known = lookups.resource_arn(service, name)
    if known is not None:
        return known
    if service == "sqs":
        return _queue(name, arn)
    if service == "sns" and name.count(":") == 6:  # a subscription's ARN: its topic is what policies name
        return name.rpartition(":")[0]
    if name.startswith("arn:"):
        return name
    if service == "kms" and name.startswith("alias/"):
        return arn.of("{}", name)
    return arn.of(template, name.lstrip("/") if service == "ssm" else name)


def _queue(name: str, arn: _Arn) -> str:
    """Return the ARN of a queue given by URL, whose path is `/<account id>/<name>`, or by name."""
    path = urlsplit(name).path if "://" in name else ""
    _, _, rest = path.partition("/")
    owner, slash, queue = rest.rpartition("/")
    if not slash:
        return arn.of("{}", queue or name)
    return _Arn(arn.partition, arn.service, owner.rpartition("/")[2]).of("{}", queue)


def _invoke_api(request: HttpRequest, arn: _Arn) -> ActionOnResource:
    """API Gateway's own ARNs: `<api id>/<stage>/<method>/<path>`."""
    api = without_port(request.host).partition(".")[0]
    stage, _, path = request.raw_path[1:].partition("/")
    return ActionOnResource("execute-api:Invoke", arn.of(f"{api}/{stage}/{request.method}/{path}", ""))


def _manage_api(request: HttpRequest, arn: _Arn) -> ActionOnResource:
    """API Gateway's control plane: its actions are HTTP methods, its resources are paths, without an account."""
    resource = f"arn:{arn.partition}:apigateway:{arn.service.region}::{request.raw_path}"
    return ActionOnResource(f"apigateway:{request.method}", resource)


_SPECIAL: Mapping[str, Callable[[HttpRequest, _Arn], ActionOnResource]] = MappingProxyType(
    {"execute-api": _invoke_api, "apigateway": _manage_api, "apigatewayv2": _manage_api}
)
