"""What the operations of S3 Control on access points need leave for, and what they refuse.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html, resource type `accesspoint`, and
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_AWS_S3_Control.html.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from vpce_emulator.aws.call import ActionOnResource, Operation, Service
from vpce_emulator.aws.faults import Code, Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.lookups import Lookups
from vpce_emulator.aws.s3_access import NOTHING_BLOCKED, Bucket, is_public_policy
from vpce_emulator.aws.s3_access_points import AccessPoint
from vpce_emulator.aws.s3_settings import Requester, prevented
from vpce_emulator.aws.s3_xml import parse_xml
from vpce_policies import MalformedPolicy, PolicyKind, PrincipalExists, parse_policy

ON_AN_ACCESS_POINT = frozenset(
    {
        "CreateAccessPoint",
        "DeleteAccessPoint",
        "DeleteAccessPointPolicy",
        "GetAccessPoint",
        "GetAccessPointPolicy",
        "GetAccessPointPolicyStatus",
        "PutAccessPointPolicy",
    }
)
"""Operations whose action has their own name and whose resource is the access point in the path."""

_NAMESPACES = frozenset({"", "http://awss3control.amazonaws.com/doc/2018-08-20/"})


def account_of_request(request: HttpRequest, account_id: str) -> str:
    """Return the account that a request to S3 Control is about; the caller's own where it does not say."""
    return request.headers.get("x-amz-account-id") or account_id


def access_point_authorization(
    service: Service,
    operation: Operation,
    request: HttpRequest,
    body: bytes | None,
    *,
    account_id: str,
    partition: str,
    lookups: Lookups,
) -> ActionOnResource:
    """Return the action on the access point that a request to S3 Control is about, with its condition keys."""
    name, owner = operation.labels.get("name", ""), account_of_request(request, account_id)
    known = lookups.access_point(f"{name}-{owner}")
    vpc_id = known.vpc_id if known is not None else _text(body, "VpcConfiguration/VpcId")
    point = AccessPoint(name, owner, known.region if known is not None else service.region, "", vpc_id=vpc_id)
    resource = f"arn:{partition}:s3:{point.region}:{owner}:accesspoint/{name}"
    return ActionOnResource(f"s3:{operation.name}", resource, {**point.context(), "s3:DataAccessPointArn": resource})


def policy_in(body: bytes) -> str:
    """Return the policy that a PutAccessPointPolicy request sets; empty where there is none."""
    return _text(body, "Policy")


def refused_policy(
    text: str,
    point: AccessPoint,
    bucket: Bucket | None,
    requester: Requester,
    principal_exists: PrincipalExists | None = None,
) -> Fault | None:
    """Return why a policy cannot be set on an access point; ACCESS_DENIED is Block Public Access's.

    Args:
        text: the policy.
        point: the access point.
        bucket: the bucket behind it, whose settings count where it is of the same account.
        requester: who asks.
        principal_exists: whether there is an account, a user or a role, by what a policy calls it.
    """
    try:
        document = parse_policy(text, PolicyKind.RESOURCE, principal_exists=principal_exists)
    except MalformedPolicy as error:
        return _malformed(error.message)
    if not all(is_about(resource, point) for statement in document.statements for resource in statement.resources):
        return _malformed("Policy has invalid resource")
    own = bucket is not None and bucket.account_id == point.account_id
    blocked = point.public_access_block | (bucket.public_access_block if own and bucket else NOTHING_BLOCKED)
    if not blocked.block_public_policy or not is_public_policy(text, of_access_point=True):
        return None
    return prevented("policies", "BlockPublicPolicy", "s3:PutAccessPointPolicy", point.arn, point.account_id, requester)


def is_about(resource: str, point: AccessPoint) -> bool:
    """Return whether a resource of a policy is an access point, what is behind it, or a pattern that takes it in.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
    """
    itself = resource.partition("/object/")[0]
    return any(fnmatchcase(point.arn, pattern) for pattern in (itself, itself.removesuffix("/*")))


def _malformed(message: str) -> Fault:
    return Fault(FaultKind.MALFORMED_POLICY, message, code=Code("MalformedPolicy", 400))


def other_account(request: HttpRequest, account_id: str) -> Fault | None:
    """Return the refusal of a request about another account than the caller's own, which nobody can be let into.

    Access points are not among what it is asked of: they have policies of their own.

    Args:
        request: its head.
        account_id: the caller's.
    """
    return None if account_of_request(request, account_id) == account_id else Fault(FaultKind.ACCESS_DENIED)


def _text(body: bytes | None, path: str) -> str:
    """Return the text of an element of a document of S3 Control; empty where there is no such element."""
    root = parse_xml(body or b"", _NAMESPACES)
    return root.findtext(path, "").strip() if root is not None else ""
