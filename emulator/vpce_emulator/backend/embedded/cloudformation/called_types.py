"""Resources that moto lacks, or makes in part, made by the very calls that CloudFormation makes for them.

The calls of each type are the rows of `vpce_emulator.aws.stack_call_table`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final
from uuid import uuid4

from botocore.parsers import create_parser
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.core.utils import get_service_model
from moto.utilities.utils import get_partition

from vpce_emulator.aws.call import Operation
from vpce_emulator.aws.http import HttpResponse
from vpce_emulator.aws.service import identify_service
from vpce_emulator.aws.stack_calls import Resource, StackCall, calls_of
from vpce_emulator.backend.embedded import dispatch
from vpce_emulator.backend.embedded.arns import backend_of
from vpce_emulator.backend.embedded.cloudformation.brought_policies import refuse_malformed
from vpce_emulator.backend.embedded.dry_calls import dry_call
from vpce_emulator.backend.embedded.failures import answered
from vpce_emulator.backend.embedded.service_call import ServiceCall
from vpce_emulator.backend.embedded.stack_authority import ask_leave, name_in_handlers

Answer = Mapping[str, Any]
"""What a call answers, as boto3 returns it."""

_USER_AGENT: Final = "cloudformation.amazonaws.com"


class CallRefusedError(Exception):
    """A service does not carry out a call. The text is the service's."""


def _as_it_stands(resource: Resource) -> Resource:
    return resource


@dataclass(frozen=True, slots=True)
class CalledResourceType:
    """A type of resource, in the place of one of moto's classes: it has the methods that moto's parser calls on those.

    Attributes:
        name: `AWS::SQS::QueuePolicy`.
        physical_id: what `Ref` returns, from the resource and what the first of its calls answered.
        named_by: the property that names it; empty where it has no name of its own.
        replacing: the properties of which a change makes another resource.
        attributes: what Fn::GetAtt returns, by name.
        prepared: returns the resource with what its calls need beside what stands in the template.
    """

    name: str
    physical_id: Callable[[Resource, Answer], str] = lambda resource, _: resource.name
    named_by: str = ""
    replacing: frozenset[str] = frozenset()
    attributes: Mapping[str, Callable[[Resource], str]] = field(default_factory=dict)
    prepared: Callable[[Resource], Resource] = _as_it_stands

    def has_cfn_attr(self, attr: str) -> bool:
        """Say whether Fn::GetAtt may ask for an attribute."""
        return attr in self.attributes

    def create_from_cloudformation_json(
        self, resource_name: str, cloudformation_json: Mapping[str, Any], account_id: str, region_name: str, **_: str
    ) -> CalledResource:
        """Make a resource, whole or not at all."""
        properties = cloudformation_json["Properties"]
        name = str(properties.get(self.named_by) or resource_name)
        asked = Resource(self.name, name, account_id, region_name, properties)
        made, answers = CalledResource(self, asked), []
        try:
            for call in calls_of("create", self.prepared(asked)):
                answers.append(_carry_out(call, asked))
                if len(answers) == 1:
                    made = CalledResource(self, replace(asked, id=self.physical_id(asked, answers[0])))
        except Exception:
            for call in calls_of("delete", made.resource) if answers else ():
                with suppress(Exception):  # what may not be deleted stays, as on AWS
                    _carry_out(call, made.resource)
            raise
        return made

    def update_from_cloudformation_json(
        self,
        original_resource: CalledResource,
        new_resource_name: str,
        cloudformation_json: Mapping[str, Any],
        account_id: str,
        region_name: str,
    ) -> CalledResource:
        """Change a resource, or make the one that takes its place."""
        was, properties = original_resource.resource, cloudformation_json["Properties"]
        if any(properties.get(name) != was.properties.get(name) for name in (*self.replacing, self.named_by)):
            made = self.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)
            original_resource.delete()
            return made
        now = replace(was, properties=properties, before=was.properties)
        if properties != was.properties:
            for call in calls_of("update", self.prepared(now)):
                _carry_out(call, now)
        return CalledResource(self, now)


class CalledResource:
    """A resource of a stack. moto writes its type and logical id into it.

    Attributes:
        type: its type.
        resource: what it is.
    """

    def __init__(self, resource_type: CalledResourceType, resource: Resource) -> None:
        self.type = resource_type
        self.resource = resource
        self.cf_resource_type = resource_type.name
        self.logical_resource_id = ""

    @property
    def physical_resource_id(self) -> str:
        """What `Ref` resolves to."""
        return self.resource.id

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Return an attribute for Fn::GetAtt."""
        attribute = self.type.attributes.get(attribute_name)
        if attribute is None:
            raise UnformattedGetAttTemplateException
        return attribute(self.resource)

    def is_created(self) -> bool:
        """Say that making it took no longer than the call."""
        return True

    def delete(self) -> None:
        """Delete it."""
        for call in calls_of("delete", self.resource):
            _carry_out(call, self.resource)


def _carry_out(call: StackCall, resource: Resource) -> Answer:
    """Make a call.

    Raises:
        NotPermittedError: the stack that is worked on has no leave for it.
        MalformedPolicyError: the policy that it brings along is none.
        CallRefusedError: its service does not carry it out.
    """
    ask_leave(call.service, call.operation, call.parameters, resource.region, call.conditions)
    refuse_malformed(call, resource.region)
    return _made(call, resource)


def _made(call: StackCall, resource: Resource) -> Answer:
    """Make a call that needs no leave, or has it."""
    # As every SDK does, unless told one: services take two calls without for the same.
    model = get_service_model(call.service).operation_model(call.operation)
    tokens = {name: str(uuid4()) for name in model.idempotent_members}
    request, body = dry_call(call.service, call.operation, tokens | {**call.parameters}, resource.region, _USER_AGENT)
    service = identify_service(request, default_region=resource.region)
    made = ServiceCall(service, Operation(call.operation), resource.account_id, request, body)
    return _read(call, answered(dispatch.answer, made))


def _read(call: StackCall, response: HttpResponse) -> Answer:
    model = get_service_model(call.service)
    told = {"status_code": response.status, "headers": dict(response.headers), "body": response.body}
    shape = model.operation_model(call.operation).output_shape
    answer: Answer = _parser(model.resolved_protocol).parse(told, shape)
    if response.status >= 400:
        refused = f"(Service: {name_in_handlers(call.service)}, Status Code: {response.status})"
        raise CallRefusedError(f"{answer['Error'].get('Message', '')} {refused}")
    return answer


@lru_cache(maxsize=16)
def _parser(protocol: str) -> Any:  # noqa: ANN401 - botocore has no types
    return create_parser(protocol)


def _joined(*properties: str) -> Callable[[Resource, Answer], str]:
    """Return what joins properties, as the ids of resources do that have no name of their own."""
    return lambda resource, _: "|".join(str(resource.properties.get(name, "")) for name in properties)


def _iam_arn(kind: str) -> Callable[[Resource], str]:
    """Return what makes the ARN of a group, role or user."""
    return lambda one: f"arn:aws:iam::{one.account_id}:{kind}{one.properties.get('Path') or '/'}{one.name}"


def _role_id(resource: Resource) -> str:
    backend = backend_of("iam", resource.account_id, get_partition(resource.region))
    return str(backend.get_role(resource.name).id)


def _with_its_bus(resource: Resource) -> Resource:
    """Return a bus policy with the whole policy of the bus, of which it is one statement.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbuspolicy.html
    """
    properties = resource.properties
    bus = properties.get("EventBusName") or "default"
    described = _made(StackCall("events", "DescribeEventBus", {"Name": bus}), resource)
    policy = json.loads(described.get("Policy") or '{"Version": "2012-10-17", "Statement": []}')
    own = properties.get("StatementId")
    others = [each for each in policy["Statement"] if each.get("Sid") != own]
    given = properties.get("Statement") or _statement(properties, described["Arn"])
    statement = json.loads(given) if isinstance(given, str) else given
    whole = {**policy, "Statement": [*others, {**statement, "Sid": own}]}
    return replace(resource, properties={**properties, "Policy": whole})


def _statement(properties: Mapping[str, Any], bus_arn: str) -> dict[str, Any]:
    """Return the statement that a bus policy's `Action`, `Principal` and `Condition` stand for."""
    principal, condition = properties.get("Principal"), properties.get("Condition")
    named = "*" if principal == "*" else {"AWS": f"arn:aws:iam::{principal}:root"}
    statement = {"Effect": "Allow", "Principal": named, "Action": properties.get("Action"), "Resource": bus_arn}
    if condition:
        statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    return statement


def _with_generated_value(resource: Resource) -> Resource:
    """Return a secret with the value that is generated for it, unless it has it already.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-generatesecretstring.html
    """
    wanted = resource.properties.get("GenerateSecretString")
    if wanted is None or wanted == resource.before.get("GenerateSecretString"):
        return resource
    value = _carry_out(StackCall("secretsmanager", "GetRandomPassword", wanted), resource)["RandomPassword"]
    key, template = wanted.get("GenerateStringKey"), wanted.get("SecretStringTemplate")
    if key and template:
        value = json.dumps({**json.loads(template), key: value})
    return replace(resource, properties={**resource.properties, "SecretString": value})


CALLED_TYPES: Final = (
    CalledResourceType(
        "AWS::Events::EventBusPolicy",
        _joined("EventBusName", "StatementId"),
        replacing=frozenset({"EventBusName", "StatementId"}),
        prepared=_with_its_bus,
    ),
    CalledResourceType(
        "AWS::IAM::Group", named_by="GroupName", replacing=frozenset({"Path"}), attributes={"Arn": _iam_arn("group")}
    ),
    CalledResourceType(
        "AWS::IAM::Role",
        named_by="RoleName",
        replacing=frozenset({"Path"}),
        attributes={"Arn": _iam_arn("role"), "RoleId": _role_id},
    ),
    CalledResourceType("AWS::IAM::User", named_by="UserName", attributes={"Arn": _iam_arn("user")}),
    *(
        CalledResourceType(
            f"AWS::IAM::{kind}Policy",
            _joined("PolicyName", f"{kind}Name"),
            replacing=frozenset({"PolicyName", f"{kind}Name"}),
        )
        for kind in ("Group", "Role", "User")
    ),
    CalledResourceType("AWS::IAM::UserToGroupAddition", replacing=frozenset({"GroupName"})),
    CalledResourceType(
        "AWS::SNS::Subscription",
        lambda _, answer: str(answer["SubscriptionArn"]),
        replacing=frozenset({"TopicArn", "Protocol", "Endpoint"}),
        attributes={"Arn": lambda resource: resource.id},
    ),
    CalledResourceType("AWS::SNS::TopicInlinePolicy", _joined("TopicArn"), replacing=frozenset({"TopicArn"})),
    CalledResourceType("AWS::SNS::TopicPolicy", attributes={"Id": lambda resource: resource.id}),
    CalledResourceType("AWS::SQS::QueueInlinePolicy", _joined("Queue"), replacing=frozenset({"Queue"})),
    CalledResourceType("AWS::SQS::QueuePolicy", attributes={"Id": lambda resource: resource.id}),
    CalledResourceType("AWS::SecretsManager::ResourcePolicy", _joined("SecretId"), replacing=frozenset({"SecretId"})),
    CalledResourceType(
        "AWS::SecretsManager::Secret",
        lambda _, answer: str(answer["ARN"]),
        named_by="Name",
        attributes={"Id": lambda resource: resource.id},
        prepared=_with_generated_value,
    ),
)
"""The types of resources that are made by their calls alone.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""
