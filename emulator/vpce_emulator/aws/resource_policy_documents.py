"""Policies that requests put on resources of services other than S3, held against the grammar of their kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.fault_codes import Code
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.json_bodies import members_of
from vpce_policies import MalformedPolicy, PolicyKind, parse_policy
from vpce_policies.errors import Problem


class _Bringing(NamedTuple):
    """Where an operation has a policy: in a member, or in the entry `Policy` of a map of attributes."""

    member: str
    kind: PolicyKind


_DOCUMENTS: Mapping[tuple[str, str], _Bringing] = MappingProxyType(
    {
        ("sqs", "CreateQueue"): _Bringing("Attributes", PolicyKind.SQS_QUEUE),
        ("sqs", "SetQueueAttributes"): _Bringing("Attributes", PolicyKind.SQS_QUEUE),
        ("sns", "CreateTopic"): _Bringing("Attributes", PolicyKind.SNS_TOPIC),
        ("sns", "SetTopicAttributes"): _Bringing("Attributes", PolicyKind.SNS_TOPIC),
        ("kms", "CreateKey"): _Bringing("Policy", PolicyKind.KMS_KEY),
        ("kms", "PutKeyPolicy"): _Bringing("Policy", PolicyKind.KMS_KEY),
        ("secretsmanager", "PutResourcePolicy"): _Bringing("ResourcePolicy", PolicyKind.SECRETSMANAGER_SECRET),
        ("dynamodb", "CreateTable"): _Bringing("ResourcePolicy", PolicyKind.DYNAMODB_TABLE),
        ("dynamodb", "PutResourcePolicy"): _Bringing("Policy", PolicyKind.DYNAMODB_TABLE),
        ("kinesis", "PutResourcePolicy"): _Bringing("Policy", PolicyKind.RESOURCE),
        ("logs", "PutResourcePolicy"): _Bringing("policyDocument", PolicyKind.RESOURCE),
    }
)


class _Words(NamedTuple):
    """A service's code and message; `{}` in it is what is wrong."""

    code: str
    message: str


# Sources: the Errors of each operation in the services' API references;
# SQS https://github.com/aws/aws-cdk/issues/15602 (the message), SNS
# https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html, DynamoDB
# https://github.com/aws-controllers-k8s/dynamodb-controller/pull/176 (the beginning of the message), Secrets Manager
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html#API_PutResourcePolicy_Errors.
_WORDS: Mapping[str, _Words] = MappingProxyType(
    {
        "sqs": _Words("InvalidAttributeValue", "Invalid value for the parameter Policy."),
        "sns": _Words("InvalidParameter", "Invalid parameter: Policy Error: {}"),
        "kms": _Words("MalformedPolicyDocumentException", "{}"),
        "secretsmanager": _Words(
            "MalformedPolicyDocumentException", "You provided a resource-based policy with syntax errors: {}"
        ),
        "dynamodb": _Words(
            "ValidationException", "One or more parameter values were invalid: Invalid policy document: {}"
        ),
        "kinesis": _Words("InvalidArgumentException", "Invalid policy document: {}"),
        "logs": _Words("InvalidParameterException", "Invalid policy document: {}"),
    }
)
# https://repost.aws/knowledge-center/kms-invalid-principals-error
_KMS_PRINCIPAL = "Policy contains a statement with one or more invalid principals."
_ENTRY = re.compile(r"Attributes?\.entry\.[0-9]+\.key|Attribute\.[0-9]+\.Name")


def malformed_resource_policy(service: Service, operation: str, text: bytes) -> Fault | None:
    """Return why a service does not take the policy that a request brings along; None where it does, or has none.

    Args:
        service: in the protocol of the request.
        operation: its name.
        text: the request's body.
    """
    bringing = _DOCUMENTS.get((service.name, operation))
    if bringing is None:
        return None
    for document in _documents(service, bringing, text):
        try:
            parse_policy(document, bringing.kind)
        except MalformedPolicy as error:
            words = _WORDS[service.name]
            invalid_principal = error.problem is Problem.INVALID_PRINCIPAL and service.name == "kms"
            message = _KMS_PRINCIPAL if invalid_principal else words.message.format(error.detail)
            return Fault(FaultKind.MALFORMED_POLICY, message, code=Code(words.code, 400))
    return None


def _documents(service: Service, bringing: _Bringing, text: bytes) -> Iterator[str]:
    """Yield the policies of a request; an empty one takes the policy away, and is none."""
    if service.protocol is Protocol.QUERY:
        form = dict(parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True))
        found: list[Any] = list(_of_form(form))
    else:
        value = members_of(text).get(bringing.member)
        found = [value.get("Policy") if isinstance(value, dict) else value]
    yield from (document for document in found if isinstance(document, str) and document)


def _of_form(form: Mapping[str, str]) -> Iterator[str]:
    if form.get("AttributeName") == "Policy":
        yield form.get("AttributeValue", "")
    for name, value in form.items():
        if value == "Policy" and _ENTRY.fullmatch(name):
            yield form.get(re.sub("key$", "value", re.sub("Name$", "Value", name)), "")
