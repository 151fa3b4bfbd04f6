"""Policies that requests to IAM and Organizations bring along, held against the grammar of their kind.

The policies of resources are their services' affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from vpce_emulator.aws.fault_codes import Code
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.json_bodies import members_of
from vpce_policies import MalformedPolicy, PolicyKind, PolicyTooLarge, PrincipalExists, parse_policy


class _Bringing(NamedTuple):
    member: str
    kind: PolicyKind


_DOCUMENTS: Mapping[str, _Bringing] = MappingProxyType(
    {
        "CreateRole": _Bringing("AssumeRolePolicyDocument", PolicyKind.ROLE_TRUST),
        "UpdateAssumeRolePolicy": _Bringing("PolicyDocument", PolicyKind.ROLE_TRUST),
        "PutUserPolicy": _Bringing("PolicyDocument", PolicyKind.USER_INLINE),
        "PutGroupPolicy": _Bringing("PolicyDocument", PolicyKind.GROUP_INLINE),
        "PutRolePolicy": _Bringing("PolicyDocument", PolicyKind.ROLE_INLINE),
        "CreatePolicy": _Bringing("PolicyDocument", PolicyKind.MANAGED),
        "CreatePolicyVersion": _Bringing("PolicyDocument", PolicyKind.MANAGED),
    }
)
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_QUOTAS: Mapping[PolicyKind, str] = MappingProxyType(
    {
        PolicyKind.ROLE_TRUST: "Cannot exceed quota for ACLSizePerRole: {0}",
        PolicyKind.MANAGED: "Cannot exceed quota for PolicySize: {0}",
        PolicyKind.USER_INLINE: "Maximum policy size of {0} bytes exceeded for user {1}",
        PolicyKind.GROUP_INLINE: "Maximum policy size of {0} bytes exceeded for group {1}",
        PolicyKind.ROLE_INLINE: "Maximum policy size of {0} bytes exceeded for role {1}",
    }
)


def malformed_iam_policy(operation: str, form: Mapping[str, str], principal_exists: PrincipalExists) -> Fault | None:
    """Return why IAM does not take the policy that a request brings along; None where it does, or there is none.

    Args:
        operation: of IAM.
        form: the request's parameters.
        principal_exists: see `vpce_policies.parse_policy`.
    """
    bringing = _DOCUMENTS.get(operation)
    if bringing is None or bringing.member not in form:
        return None
    try:
        parse_policy(form[bringing.member], bringing.kind, principal_exists=principal_exists)
    except PolicyTooLarge as error:
        whose = next((form[name] for name in ("UserName", "GroupName", "RoleName") if name in form), "")
        message = _QUOTAS[bringing.kind].format(error.limit, whose)
        return Fault(FaultKind.MALFORMED_POLICY, message, code=Code("LimitExceeded", 409))
    except MalformedPolicy as error:
        return Fault(FaultKind.MALFORMED_POLICY, error.message)
    return None


_OF_ORGANIZATIONS: Mapping[str, PolicyKind] = MappingProxyType(
    {"SERVICE_CONTROL_POLICY": PolicyKind.SCP, "RESOURCE_CONTROL_POLICY": PolicyKind.RCP}
)


def malformed_organizations_policy(operation: str, body: bytes) -> Fault | None:
    """Return why Organizations does not take the policy that a request brings along; None where it does.

    An update does not say of which type the policy is: of those with statements, it must be one or the other.
    https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreatePolicy.html

    Args:
        operation: of Organizations.
        body: of the request.
    """
    given = members_of(body) if operation in {"CreatePolicy", "UpdatePolicy"} else {}
    content = given.get("Content")
    if not isinstance(content, str):
        return None
    kind = _OF_ORGANIZATIONS.get(str(given.get("Type")))
    kinds = (
        tuple(_OF_ORGANIZATIONS.values())
        if operation == "UpdatePolicy" and "Statement" in members_of(content.encode())
        else ()
    )
    kinds = (kind,) if kind is not None else kinds
    faults = [_malformed(content, each) for each in kinds]
    return faults[0] if faults and all(faults) else None


def _malformed(content: str, kind: PolicyKind) -> Fault | None:
    try:
        parse_policy(content, kind)
    except MalformedPolicy as error:
        return Fault(FaultKind.MALFORMED_POLICY, error.message, code=Code("MalformedPolicyDocumentException", 400))
    return None
