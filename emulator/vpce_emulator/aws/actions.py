"""What a request needs leave for: each action on each resource, with the condition keys of that action alone."""

from __future__ import annotations

from dataclasses import replace

from vpce_emulator.aws.call import ActionOnResource, Operation, Protocol, Service
from vpce_emulator.aws.dynamodb_actions import dynamodb_authorizations
from vpce_emulator.aws.ec2_conditions import ec2_conditions
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.lookups import NOTHING_KNOWN, Lookups
from vpce_emulator.aws.passed_roles import passed_roles
from vpce_emulator.aws.principal import ANONYMOUS, Identity
from vpce_emulator.aws.request_inputs import input_of
from vpce_emulator.aws.request_tags import request_tags
from vpce_emulator.aws.resources import MOST_AUTHORIZATIONS, TOO_MANY, other_authorizations
from vpce_emulator.aws.s3_actions import s3_authorizations
from vpce_emulator.aws.sts_actions import sts_authorizations
from vpce_emulator.aws.tagging_on_creation import TAGGING, tagging

# Actions that identity policies need not allow and cannot deny
# (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html, …/API_GetSessionToken.html).
PERMISSIONLESS = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})
# Actions that need leave only through a VPC endpoint
# (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/vpc-endpoints-dynamodb.html).
PERMISSIONLESS_WITHOUT_ENDPOINT = frozenset({"dynamodb:DescribeEndpoints"})
# Several times what any service takes at once, and what a resource may have, which is 50.
_MOST_TAGS = 500
_TOO_MANY_TAGS = Fault(FaultKind.VALIDATION, f"A request may have at most {_MOST_TAGS} tags.")


def authorizations(
    service: Service,
    operation: Operation,
    request: HttpRequest,
    body: bytes | None,
    *,
    account_id: str,
    caller: Identity = ANONYMOUS,
    partition: str = "aws",
    now: float | None = None,
    lookups: Lookups = NOTHING_KNOWN,
) -> tuple[ActionOnResource, ...] | Fault:
    """Return each action on each resource that a request needs leave for.

    Args:
        service: what `identify_service` found.
        operation: what `identify_operation` found.
        request: the request's head.
        body: the request's body; it may be None unless `operation.needs_body`.
        account_id: the caller's account, whose tables and queues bare names mean.
        caller: who signed the request, whose session STS continues.
        partition: `aws`, `aws-cn` or `aws-us-gov`.
        now: seconds since the epoch, for `s3:signatureAge` and the days a retention has left; None leaves both out.
        lookups: what is known of the data.

    Returns:
        the actions, none for a CORS preflight, which anybody may send; or a Fault for a request that cannot be read.
    """
    if service.protocol is Protocol.S3:
        return s3_authorizations(
            service, operation, request, body, account_id=account_id, partition=partition, now=now, lookups=lookups
        )
    if service.iam_prefix == "dynamodb":
        return _of_dynamodb(
            service, operation, request, body, account_id=account_id, partition=partition, lookups=lookups
        )
    if service.name == "sts":
        return sts_authorizations(
            operation, request, body, caller, partition=partition, now=now or 0.0, lookups=lookups
        )
    others = other_authorizations(
        service, operation, request, body, account_id=account_id, partition=partition, lookups=lookups
    )
    if isinstance(others, Fault):
        return others
    if service.name == "iam" and caller.user_name:
        others = tuple(_on_callers_own_user(one, caller) for one in others)
    given = input_of(service, operation, request, body)
    tags = request_tags(given)
    if len(tags) > _MOST_TAGS:
        return _TOO_MANY_TAGS
    tagged = tuple(replace(one, context={**one.context, **tags}) for one in others) if tags else others
    if service.name == "ec2":
        tagged = ec2_conditions(service, operation.name, tagged, given)
    tagged += tagging(service, operation.name, given, others, partition=partition, account_id=account_id)
    passed = passed_roles(
        service.name,
        operation.name,
        given,
        partition=partition,
        account_id=account_id,
        role_of_profile=lookups.role_of_instance_profile,
        role_named=lookups.resource_arn,
    )
    return TOO_MANY if len(tagged) + len(passed) > MOST_AUTHORIZATIONS else tagged + passed


def _of_dynamodb(
    service: Service,
    operation: Operation,
    request: HttpRequest,
    body: bytes | None,
    *,
    account_id: str,
    partition: str,
    lookups: Lookups,
) -> tuple[ActionOnResource, ...] | Fault:
    own = {"account_id": account_id, "partition": partition}
    found = dynamodb_authorizations(service, operation, body, lookups=lookups, **own)
    if isinstance(found, Fault) or (service.name, operation.name) not in TAGGING:
        return found
    return found + tagging(service, operation.name, input_of(service, operation, request, body), found, **own)


def _on_callers_own_user(one: ActionOnResource, caller: Identity) -> ActionOnResource:
    """Return an action on the user who asks, where IAM is asked for no user by name: that one is meant.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html
    """
    mine = one.resource.endswith(":user/*") or (one.resource, one.action) == ("*", "iam:ListMFADevices")
    return replace(one, resource=caller.arn) if mine else one
