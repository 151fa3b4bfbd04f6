"""Actions and resources of the services other than S3 and DynamoDB.

A service's action has its operation's name, unless `_ACTIONS` says otherwise; it is on the resource that `_RESOURCES`
finds in the request, and on `*` where that has no row. The ARNs are those of the Service Authorization Reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from vpce_emulator.aws.call import ActionOnResource, Operation, Protocol, Service
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.hosts import without_port
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.lookups import Lookups
from vpce_emulator.aws.operation_inputs import input_members
from vpce_emulator.aws.s3_control import ON_AN_ACCESS_POINT, access_point_authorization

# Service, operation, and the actions it needs, where they are not the operation's name; behind an `@`, the member of
# the input that names the resource of that action.
_ACTIONS = """
lambda     Invoke                        InvokeFunction
lambda     InvokeWithResponseStream      InvokeFunction
sqs        SendMessageBatch              SendMessage
sqs        DeleteMessageBatch            DeleteMessage
sqs        ChangeMessageVisibilityBatch  ChangeMessageVisibility
sns        PublishBatch                  Publish
kms        ReEncrypt                     ReEncryptFrom@SourceKeyId ReEncryptTo@DestinationKeyId
s3control  GetPublicAccessBlock          GetAccountPublicAccessBlock
s3control  PutPublicAccessBlock          PutAccountPublicAccessBlock
s3control  DeletePublicAccessBlock       PutAccountPublicAccessBlock
"""

# Service, the member of the input that names a resource, and its ARN after `arn:<partition>:<service>:<region>:
# <account>:`, in which {} is the name and {Member} that of another member. A member that holds an ARN already is taken
# as it is. The first row whose members are all there counts. A template that begins with `:` leaves out the Region.
_RESOURCES = """
sqs             QueueUrl             {}
sqs             QueueName            {}
sns             TopicArn             {}
sns             TargetArn            {}
sns             SubscriptionArn      {}
sns             Name                 {}
kms             KeyId                key/{}
kms             SourceKeyId          key/{}
kms             DestinationKeyId     key/{}
kms             AliasName            {}
secretsmanager  SecretId             secret:{}
secretsmanager  Name                 secret:{}
ssm             Name                 parameter/{}
ssm             Names                parameter/{}
ssm             Path                 parameter/{}
iam             GroupName            :group{Path}{}
iam             GroupName            :group/{}
iam             InstanceProfileName  :instance-profile{Path}{}
iam             InstanceProfileName  :instance-profile/{}
iam             UserName             :user{Path}{}
iam             UserName             :user/{}
iam             RoleName             :role{Path}{}
iam             RoleName             :role/{}
iam             PolicyArn            {}
iam             PolicyName           :policy{Path}{}
iam             PolicyName           :policy/{}
iam             SAMLProviderArn      {}
iam             OpenIDConnectProviderArn  {}
lambda          FunctionName         function:{}
lambda          LayerName            layer:{}
logs            logGroupName         log-group:{}:log-stream:{logStreamName}
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

# Service, operation, and the condition key of its action with the member of the input that holds the value.
_CONDITIONS = """
iam  AttachGroupPolicy           iam:PolicyARN            PolicyArn
iam  AttachRolePolicy            iam:PolicyARN            PolicyArn
iam  AttachUserPolicy            iam:PolicyARN            PolicyArn
iam  DetachGroupPolicy           iam:PolicyARN            PolicyArn
iam  DetachRolePolicy            iam:PolicyARN            PolicyArn
iam  DetachUserPolicy            iam:PolicyARN            PolicyArn
iam  CreateRole                  iam:PermissionsBoundary  PermissionsBoundary
iam  CreateUser                  iam:PermissionsBoundary  PermissionsBoundary
iam  PutRolePermissionsBoundary  iam:PermissionsBoundary  PermissionsBoundary
iam  PutUserPermissionsBoundary  iam:PermissionsBoundary  PermissionsBoundary
"""

# arn:aws:sns:<region>:<account>:<topic>:<id>
_COLONS_OF_SUBSCRIPTION = 6
_OTHER_MEMBER = re.compile(r"\{(\w+)\}")


class _Rule(NamedTuple):
    member: str
    template: str

    def names(self, given: Mapping[str, Any]) -> list[str]:
        """Return the names that an input gives, when it has all that the template holds."""
        if not all(given.get(other) for other in _OTHER_MEMBER.findall(self.template)):
            return []
        value = given.get(self.member)
        names = value if isinstance(value, list) else [value]
        return [name for name in names if isinstance(name, str) and name]

    def filled(self, given: Mapping[str, Any]) -> str:
        """Return the template with the other members in it."""
        return _OTHER_MEMBER.sub(lambda other: str(given[other[1]]), self.template)


def _actions() -> Mapping[tuple[str, str], tuple[str, ...]]:
    rows = (row.split() for row in _ACTIONS.split("\n") if row)
    return MappingProxyType({(service, operation): tuple(actions) for service, operation, *actions in rows})


def _rules() -> Mapping[str, tuple[_Rule, ...]]:
    rules: dict[str, tuple[_Rule, ...]] = {}
    for service, member, template in (row.split() for row in _RESOURCES.split("\n") if row):
        rules[service] = (*rules.get(service, ()), _Rule(member, template))
    return MappingProxyType(rules)


def _conditions() -> Mapping[tuple[str, str], tuple[str, str]]:
    rows = (row.split() for row in _CONDITIONS.split("\n") if row)
    return MappingProxyType({(service, operation): (key, member) for service, operation, key, member in rows})


ACTIONS = _actions()
RULES = _rules()
CONDITIONS = _conditions()
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
    if service.name == "s3control" and operation.name in ON_AN_ACCESS_POINT:
        known = {"account_id": account_id, "partition": partition}
        return (access_point_authorization(service, operation, request, body, lookups=lookups, **known),)
    given: Mapping[str, Any] | Fault = operation.labels
    if not given and service.name in RULES:
        given = _taken(service, operation, _input(service, request, body))
    if isinstance(given, Fault):
        return given
    context = _context(service, operation, given)
    return tuple(
        ActionOnResource(f"{service.iam_prefix}:{action}", resource, context)
        for action, member in _named_actions(service, operation)
        for resource in _resources(service.name, _parts(service, operation, given), member, arn, lookups)
    )


def _taken(service: Service, operation: Operation, given: Mapping[str, Any] | Fault) -> Mapping[str, Any] | Fault:
    """Return the part of an input that its operation takes.

    INVARIANT: what an operation does not take names no resource of it.
    """
    if isinstance(given, Fault):
        return given
    members = input_members(service.name).get(operation.name, frozenset())
    return {member: value for member, value in given.items() if member in members}


def _context(service: Service, operation: Operation, given: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the condition keys of an operation's action that the input has values for."""
    key, member = CONDITIONS.get((service.name, operation.name), ("", ""))
    value = given.get(member)
    return {key: value} if isinstance(value, str) and value else {}


def _named_actions(service: Service, operation: Operation) -> Iterator[tuple[str, str]]:
    """Yield the actions of an operation, with the member that names the resource where the table says which."""
    for name in ACTIONS.get((service.name, operation.name), (operation.name,)):
        action, _, member = name.partition("@")
        yield action, member


def _parts(service: Service, operation: Operation, given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the parts of an input that name a resource each: entries of PutEvents name a bus, or mean the default."""
    entries = given.get("Entries")
    if (service.name, operation.name) != ("events", "PutEvents") or not isinstance(entries, list):
        return [given]
    return [{"EventBusName": entry.get("EventBusName") or "default"} for entry in entries if isinstance(entry, dict)]


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
    if any(not name.startswith("X-Amz-") for name, _ in parse_qsl(request.raw_query, keep_blank_values=True)):
        # AWS's JSON protocols have no parameters there, but what carries the request out looks for them.
        return Fault(FaultKind.INVALID_REQUEST, "The parameters of this operation stand in the body alone.")
    try:
        given = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return Fault(FaultKind.MALFORMED_BODY, "Unexpected token in payload")
    return given if isinstance(given, dict) else {}


def _resources(
    service: str, parts: list[Mapping[str, Any]], member: str, arn: _Arn, lookups: Lookups
) -> tuple[str, ...]:
    """Return the resources that the parts of an input name, each once; `*` where they name none."""
    found: dict[str, None] = {}
    for given in parts:
        for rule in RULES.get(service, ()):
            names = rule.names(given) if member in {"", rule.member} else []
            if names:
                named = {_resource(service, rule.filled(given), name, arn) for name in names}
                # An alias that is itself made, changed or deleted stands for nothing.
                true = named if rule.member == "AliasName" else {lookups.resource_arn(each) or each for each in named}
                found |= dict.fromkeys(sorted(true))
                break
        else:
            found |= dict.fromkeys(_of_ciphertext(service, given, member, arn, lookups))
    return tuple(found) or ("*",)


def _resource(service: str, template: str, name: str, arn: _Arn) -> str:
    spelling = _SPELLINGS.get(service)
    found = spelling(name, arn) if spelling is not None else ""
    return found or (name if name.startswith("arn:") else arn.of(template, name))


def _of_ciphertext(service: str, given: Mapping[str, Any], member: str, arn: _Arn, lookups: Lookups) -> tuple[str, ...]:
    """Return the key that a ciphertext was made with: Decrypt and ReEncrypt need not name it.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
    """
    ciphertext = given.get("CiphertextBlob")
    if service != "kms" or member == "DestinationKeyId" or not isinstance(ciphertext, str):
        return ()
    known = lookups.key_of_ciphertext(ciphertext, arn.service.region)
    return (known,) if known else ()


def _queue(name: str, arn: _Arn) -> str:
    """Return the ARN of a queue given by URL, whose path ends in `<account id>/<name>`, or by name."""
    path = urlsplit(name).path if "://" in name else name
    before, _, queue = path.rpartition("/")
    owner = before.rpartition("/")[2]
    return _Arn(arn.partition, arn.service, owner or arn.account_id).of("{}", queue)


def _topic(name: str, _arn: _Arn) -> str:
    """Return the ARN of the topic of a subscription; empty for anything but a subscription's ARN."""
    return name.rpartition(":")[0] if name.count(":") == _COLONS_OF_SUBSCRIPTION else ""


def _key(name: str, arn: _Arn) -> str:
    return arn.of("{}", name) if name.startswith("alias/") else ""


def _parameter(name: str, arn: _Arn) -> str:
    return arn.of("parameter/{}", name.lstrip("/")) if name.startswith("/") else ""


def _function(name: str, arn: _Arn) -> str:
    """Return the ARN of a function given by a partial one: `[<account id>:]function:<name>[:<version or alias>]`."""
    owner, partial, function = name.rpartition("function:")
    if not partial or name.startswith("arn:"):
        return ""
    return _Arn(arn.partition, arn.service, owner.rstrip(":") or arn.account_id).of("function:{}", function)


# How services write names that are neither ARNs nor what the template has a place for; empty for those that are.
_SPELLINGS: Mapping[str, Callable[[str, _Arn], str]] = MappingProxyType(
    {"sqs": _queue, "sns": _topic, "kms": _key, "ssm": _parameter, "lambda": _function}
)


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
