"""What S3 refuses to set: ACLs where there are none, and ACLs and policies that would make a bucket public.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html; the codes are those of
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, the texts of denials those of
https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from xml.etree import ElementTree

from multidict import CIMultiDict

from vpce_emulator.aws.call import Operation
from vpce_emulator.aws.checked_destinations import notified
from vpce_emulator.aws.deliveries import service_of
from vpce_emulator.aws.fault_codes import Code, FaultKind
from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.s3_access import (
    ALL_USERS,
    AUTHENTICATED_USERS,
    BUCKET_OWNER_ENFORCED,
    EVERYTHING_BLOCKED,
    LOG_DELIVERY,
    Bucket,
    Grant,
    canonical_user_id,
    is_public_acl,
    is_public_policy,
)
from vpce_emulator.aws.s3_form import parse_form
from vpce_emulator.aws.s3_validation import refused_head
from vpce_emulator.aws.s3_xml import parse_xml
from vpce_policies import MalformedPolicy, PolicyKind, PrincipalExists, parse_policy

# What each canned ACL grants to others than the owner of the bucket or object
# (https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl). EC2's own account, to which
# aws-exec-read gives access, makes no calls here; what the bucket's owner gets is told apart by whoever knows it.
CANNED_ACLS: Mapping[str, tuple[Grant, ...]] = MappingProxyType(
    {
        "private": (),
        "public-read": (Grant(ALL_USERS, "READ"),),
        "public-read-write": (Grant(ALL_USERS, "READ"), Grant(ALL_USERS, "WRITE")),
        "authenticated-read": (Grant(AUTHENTICATED_USERS, "READ"),),
        "aws-exec-read": (),
        "bucket-owner-read": (),
        "bucket-owner-full-control": (),
        "log-delivery-write": (Grant(LOG_DELIVERY, "WRITE"), Grant(LOG_DELIVERY, "READ_ACP")),
    }
)
_ONLY_CANNED_ACL = "bucket-owner-full-control"
_PUT_AN_ACL = frozenset({"PutBucketAcl", "PutObjectAcl"})
_WITH_AN_ACL = _PUT_AN_ACL | {"PutObject", "CopyObject", "CreateMultipartUpload", "PostObject", "CreateBucket"}
_GRANT_HEADER = "x-amz-grant-"
_GRANTEE = re.compile(r'\s*(id|uri|emailaddress)\s*=\s*("[^"]+"|[^",\s]+)\s*', re.IGNORECASE)
_NO_ACLS = Fault(
    FaultKind.INVALID_REQUEST, "The bucket does not allow ACLs", code=Code("AccessControlListNotSupported", 400)
)
_ACL_BESIDE_OWNERSHIP = Fault(
    FaultKind.INVALID_REQUEST,
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    code=Code("InvalidBucketAclWithObjectOwnership", 400),
)
_PUBLIC_ACL_OF_NEW_BUCKET = Fault(
    FaultKind.INVALID_REQUEST,
    "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
    code=Code("InvalidBucketAclWithBlockPublicAccessError", 400),
)


_NO_DESTINATION = Fault(FaultKind.INVALID_ARGUMENT, "The ARN is not well formed")


@dataclass(frozen=True, slots=True)
class Requester:
    """Who sets something: the caller's ARN and account; both are empty for an anonymous one."""

    arn: str
    account_id: str


def refused_setting(
    operation: Operation,
    request: HttpRequest,
    body: bytes,
    bucket: Bucket | None,
    requester: Requester,
    principal_exists: PrincipalExists | None = None,
) -> Fault | None:
    """Return why what a request sets cannot be; None where nothing is wrong, or where nothing of the kind is set.

    A fault of the kind ACCESS_DENIED is Block Public Access's.

    Args:
        operation: what is asked for, and allowed.
        request: its head.
        body: its body.
        bucket: the bucket; None where there is none (yet).
        requester: who asks.
        principal_exists: whether there is an account, a user or a role, by what a policy calls it.
    """
    if operation.name == "PutBucketPolicy":
        return _malformed_policy(operation, body, principal_exists) or _public_policy(body, bucket, requester)
    if operation.name == "PutBucketNotificationConfiguration":
        return next((_NO_DESTINATION for arn, service in notified(body) if service_of(arn) != service), None)
    if operation.name == "PutBucketOwnershipControls":
        return _refused_ownership(body, bucket)
    if operation.name not in _WITH_AN_ACL or refused_head(operation, request) is not None:
        return None
    headers: Mapping[str, str] = request.headers
    if operation.name == "PostObject":
        form = parse_form(request, body)
        headers = CIMultiDict(() if isinstance(form, Fault) else form.headers())
    acl = tuple(_asked_for(operation, headers, body))
    if operation.name == "CreateBucket":
        return _refused_acl_of_new_bucket(acl, headers)
    return _refused_acl(operation, headers, acl, bucket, requester) if bucket is not None else None


def _malformed_policy(operation: Operation, text: bytes, principal_exists: PrincipalExists | None) -> Fault | None:
    try:
        document = text.decode("utf-8")
        parse_policy(document, PolicyKind.BUCKET, bucket=operation.bucket, principal_exists=principal_exists)
    except MalformedPolicy as error:
        return Fault(FaultKind.MALFORMED_POLICY, error.message)
    except UnicodeDecodeError:
        return Fault(FaultKind.MALFORMED_POLICY)
    return None


def _public_policy(text: bytes, bucket: Bucket | None, requester: Requester) -> Fault | None:
    if bucket is None or not bucket.public_access_block.block_public_policy or not is_public_policy(text.decode()):
        return None
    resource = f"arn:aws:s3:::{bucket.name}"
    return prevented("policies", "BlockPublicPolicy", "s3:PutBucketPolicy", resource, bucket.account_id, requester)


def prevented(what: str, setting: str, action: str, resource: str, owner: str, requester: Requester) -> Fault:
    """Return the refusal of what a setting of Block Public Access prevents, as detailed as the caller may read it.

    Args:
        what: `policies` or `ACLs`.
        setting: `BlockPublicPolicy` or `BlockPublicAcls`.
        action: `s3:PutBucketPolicy`.
        resource: an ARN.
        owner: the account that owns it.
        requester: who asks.
    """
    if requester.account_id != owner:
        return Fault(FaultKind.ACCESS_DENIED)
    return Fault(
        FaultKind.ACCESS_DENIED,
        f'User: {requester.arn} is not authorized to perform: {action} on resource: "{resource}" '
        f"because public {what} are prevented by the {setting} setting in S3 Block Public Access.",
    )


def _refused_ownership(body: bytes, bucket: Bucket | None) -> Fault | None:
    root = parse_xml(body)
    rule = root.findtext("Rule/ObjectOwnership", "").strip() if root is not None else ""
    return _ACL_BESIDE_OWNERSHIP if bucket is not None and bucket.acl and rule == BUCKET_OWNER_ENFORCED else None


def _refused_acl_of_new_bucket(acl: tuple[Grant, ...], headers: Mapping[str, str]) -> Fault | None:
    """A new bucket has all of Block Public Access turned on, and no ACLs unless it is asked for otherwise."""
    if not acl:
        return None
    if headers.get("x-amz-object-ownership", BUCKET_OWNER_ENFORCED) == BUCKET_OWNER_ENFORCED:
        return _ACL_BESIDE_OWNERSHIP
    return _PUBLIC_ACL_OF_NEW_BUCKET if EVERYTHING_BLOCKED.block_public_acls and is_public_acl(acl) else None


def _refused_acl(
    operation: Operation, headers: Mapping[str, str], acl: tuple[Grant, ...], bucket: Bucket, requester: Requester
) -> Fault | None:
    if not bucket.takes_acls:
        return None if _gives_all_to_the_owner_alone(operation, headers, bucket) else _NO_ACLS
    if not bucket.public_access_block.block_public_acls or not is_public_acl(acl):
        return None
    resource = f"arn:aws:s3:::{bucket.name}" + (f"/{operation.key}" if operation.key else "")
    name = "PutObject" if operation.name in {"PostObject", "CreateMultipartUpload"} else operation.name
    return prevented("ACLs", "BlockPublicAcls", f"s3:{name}", resource, bucket.account_id, requester)


def _gives_all_to_the_owner_alone(operation: Operation, headers: Mapping[str, str], bucket: Bucket) -> bool:
    """Return whether a request has no ACL, or the only one that is accepted where ACLs are disabled.

    That is bucket-owner-full-control, or full control for the bucket owner; PutBucketAcl and PutObjectAcl fail.
    """
    if operation.name in _PUT_AN_ACL:
        return False
    canned = headers.get("x-amz-acl", _ONLY_CANNED_ACL)
    granted = [
        (name.lower().removeprefix(_GRANT_HEADER), value)
        for name, value in headers.items()
        if name.lower().startswith(_GRANT_HEADER)
    ]
    owner = f'id="{canonical_user_id(bucket.account_id)}"'
    return canned == _ONLY_CANNED_ACL and all(
        name == "full-control" and value.replace('"', "") == owner.replace('"', "") for name, value in granted
    )


def _asked_for(operation: Operation, headers: Mapping[str, str], body: bytes) -> Iterator[Grant]:
    """Yield what a request grants to others: by a canned ACL, by headers, or by the XML of PutBucketAcl."""
    yield from CANNED_ACLS.get(headers.get("x-amz-acl", ""), ())
    for name, value in headers.items():
        if name.lower().startswith(_GRANT_HEADER):
            permission = name.lower().removeprefix(_GRANT_HEADER).replace("-", "_").upper()
            yield from (Grant(each[2].strip('"'), permission) for each in _GRANTEE.finditer(value))
    root = _parse_acl(body) if operation.name in _PUT_AN_ACL and body else None
    for grant in root.iter("Grant") if root is not None else ():
        grantee = grant.findtext("Grantee/URI") or grant.findtext("Grantee/ID") or ""
        yield Grant(grantee.strip(), (grant.findtext("Permission") or "").strip())


def _parse_acl(body: bytes) -> ElementTree.Element | None:
    """Return the root of an AccessControlPolicy, or None for what is none."""
    root = parse_xml(body)
    return root if root is not None and root.tag == "AccessControlPolicy" else None
