"""An authorized request to a service other than S3 and DynamoDB as it is carried out: of what was authorized alone.

The names that a request gives are written again as the ARNs that they were found to mean. What a REST request is
written as, `rest_as_authorized` says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from urllib.parse import parse_qsl, urlencode

from vpce_emulator.aws.call import ActionOnResource, Protocol, Service
from vpce_emulator.aws.fault_codes import Code
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.principal import Identity

_FORMS = frozenset({Protocol.QUERY, Protocol.EC2})
_IN_JSON = frozenset({Protocol.JSON_1_0, Protocol.JSON_1_1})
_NO_SECRET = Fault(
    FaultKind.VALIDATION,
    "Secrets Manager can't find the specified secret.",
    code=Code("ResourceNotFoundException", 400),
)
Find = Callable[[str], str | None]
"""The true ARN of what an ARN made from a name means; None for what is not there."""


def service_as_authorized(
    service: Service,
    request: HttpRequest,
    body: bytes,
    wanted: Sequence[ActionOnResource],
    *,
    caller: Identity,
    find: Find,
) -> tuple[HttpRequest, bytes] | Fault:
    """Return a request as it was understood.

    INVARIANT: the backend is told what was authorized.

    Args:
        service: other than S3 and DynamoDB.
        request: its head.
        body: its body, decoded.
        wanted: the actions and resources it was authorized for.
        caller: who asked.
        find: looks up resources by the ARN that their name makes.
    """
    write = _WRITERS.get(service.name)
    if write is None:
        return request, body
    given = _given(service, request, body)
    members = write(service, given, wanted, caller, find)
    return members if isinstance(members, Fault) else _with_members(service, request, body, members)


def _given(service: Service, request: HttpRequest, body: bytes) -> Mapping[str, object]:
    if service.protocol in _FORMS:
        return dict(parse_qsl(body.decode("utf-8", "replace")) + parse_qsl(request.raw_query))
    read = json.loads(body) if body and service.protocol in _IN_JSON else {}
    return read if isinstance(read, dict) else {}


def _with_members(
    service: Service, request: HttpRequest, body: bytes, members: Mapping[str, object]
) -> tuple[HttpRequest, bytes]:
    if not members:
        return request, body
    if service.protocol in _IN_JSON:
        return request, json.dumps({**json.loads(body or b"{}"), **members}).encode()
    pairs = tuple((name, str(value)) for name, value in members.items() if value is not None)
    kept = [_without(text, members) for text in (body.decode("utf-8", "replace"), request.raw_query)]
    if body:
        return replace(request, raw_query=urlencode(kept[1])), urlencode([*kept[0], *pairs]).encode()
    return replace(request, raw_query=urlencode([*kept[1], *pairs])), body


def _without(form: str, names: Mapping[str, object]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in parse_qsl(form, keep_blank_values=True) if name not in names]


Writer = Callable[
    [Service, Mapping[str, object], Sequence[ActionOnResource], Identity, Find], Mapping[str, object] | Fault
]


def _queue(
    service: Service, given: Mapping[str, object], wanted: Sequence[ActionOnResource], _caller: Identity, _find: Find
) -> Mapping[str, object]:
    """The URL that SQS gives out for the queue."""
    if "QueueUrl" not in given or len(wanted) != 1:
        return {}
    account, _, name = wanted[0].resource.partition(f":sqs:{service.region}:")[2].partition(":")
    suffix = "amazonaws.com.cn" if service.region.startswith("cn-") else "amazonaws.com"
    return {"QueueUrl": f"https://sqs.{service.region}.{suffix}/{account}/{name}"} if name else {}


def _secret(
    _service: Service, given: Mapping[str, object], wanted: Sequence[ActionOnResource], _caller: Identity, find: Find
) -> Mapping[str, object] | Fault:
    """The whole ARN: moto would leave its suffix and its account aside. An ARN of no secret is refused."""
    if "SecretIdList" in given:
        named = [one.resource for one in wanted if one.action == "secretsmanager:GetSecretValue"]
        return {"SecretIdList": [find(arn) or arn.partition(":secret:")[2] for arn in named]}
    if "SecretId" not in given:
        return {}
    found = find(wanted[0].resource)
    if found is None:
        return _NO_SECRET if str(given["SecretId"]).startswith("arn:") else {}
    return {"SecretId": found}


_KEYS: Mapping[str, str] = MappingProxyType(
    {"kms:ReEncryptFrom": "SourceKeyId", "kms:ReEncryptTo": "DestinationKeyId", "kms:CreateAlias": "TargetKeyId"}
)


def _key(
    _service: Service, given: Mapping[str, object], wanted: Sequence[ActionOnResource], _caller: Identity, _find: Find
) -> Mapping[str, object]:
    """The keys' ids, also of those that are named by an alias: moto does not find all of its keys by their ARNs."""
    keys = ((_KEYS.get(one.action, "KeyId"), one.resource) for one in wanted if ":key/" in one.resource)
    return {member: arn.rpartition("/")[2] for member, arn in keys if member in given and not arn.endswith("/*")}


def _user(
    _service: Service, given: Mapping[str, object], wanted: Sequence[ActionOnResource], caller: Identity, _find: Find
) -> Mapping[str, object]:
    """The user who asks, where IAM is asked for none by name: moto would take whoever has the access key that is named.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html
    """
    own = caller.user_name and any(one.resource == caller.arn for one in wanted)
    return {"UserName": caller.user_name} if own and not given.get("UserName") else {}


def _change_set(
    _service: Service, given: Mapping[str, object], wanted: Sequence[ActionOnResource], _caller: Identity, find: Find
) -> Mapping[str, object] | Fault:
    """The ARN of a change set that is named with its stack: moto would take one of that name of any stack."""
    name, stack = str(given.get("ChangeSetName", "")), str(given.get("StackName", ""))
    if not name or name.startswith("arn:") or wanted[0].action not in _OF_CHANGE_SETS:
        return {}
    parts = wanted[0].resource.split(":", 5)
    stack = stack.split("/")[1] if stack.startswith("arn:") and "/" in stack else stack
    found = find(":".join([*parts[:5], f"changeSet/{stack}/{name}"])) if stack else None
    missing = Fault(FaultKind.VALIDATION, f"ChangeSet [{name}] does not exist", code=Code("ChangeSetNotFound", 404))
    return missing if found is None else {"ChangeSetName": found}


def _group(
    _service: Service, given: Mapping[str, object], wanted: Sequence[ActionOnResource], _caller: Identity, _find: Find
) -> Mapping[str, object] | Fault:
    """The id of a security group that is given by name: moto would take one of that name in any VPC.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html
    """
    if "GroupName" not in given or "GroupId" in given or wanted[0].action not in _BY_GROUP_NAME:
        return {}
    found = wanted[0].resource.rpartition("/")[2]
    name = str(given["GroupName"])
    missing = Fault(
        FaultKind.VALIDATION,
        f"The security group '{name}' does not exist in default VPC",
        code=Code("InvalidGroup.NotFound", 400),
    )
    return {"GroupId": found, "GroupName": None} if found.startswith("sg-") else missing


_BY_GROUP_NAME = frozenset(
    {
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:DeleteSecurityGroup",
        "ec2:RevokeSecurityGroupIngress",
        "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
        "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
    }
)
_OF_CHANGE_SETS = frozenset(f"cloudformation:{verb}ChangeSet" for verb in ("Delete", "Describe", "Execute"))
_WRITERS: Mapping[str, Writer] = MappingProxyType(
    {"cloudformation": _change_set, "ec2": _group, "iam": _user, "kms": _key, "secretsmanager": _secret, "sqs": _queue}
)
