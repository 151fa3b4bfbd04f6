"""Actions and resources of STS's operations, and what sessions cannot ask of IAM and STS.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from vpce_emulator.aws.call import ActionOnResource, Operation, Service
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.form_members import form_members
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.lookups import Lookups
from vpce_emulator.aws.principal import Identity, PrincipalType
from vpce_emulator.aws.role_assumption import OPERATIONS, actions_of, read_assumption, tags_of


def sts_authorizations(
    operation: Operation,
    request: HttpRequest,
    body: bytes | None,
    caller: Identity,
    *,
    partition: str,
    now: float,
    lookups: Lookups,
) -> tuple[ActionOnResource, ...] | Fault:
    """Return each action on each resource that a request to STS needs leave for."""
    form = (body or b"").decode("utf-8", "replace") or request.raw_query
    given = form_members(parse_qsl(form, keep_blank_values=True))
    if operation.name in OPERATIONS:
        assumption = read_assumption(
            operation.name, given, caller, audiences_of=lookups.identity_provider_audiences, now=now
        )
        return assumption if isinstance(assumption, Fault) else actions_of(operation.name, assumption)
    if operation.name == "GetFederationToken":
        resource = f"arn:{partition}:sts::{caller.account_id}:federated-user/{given.get('Name', '')}"
        tags = tags_of(given)
        keys = {"aws:TagKeys": tuple(key for key, _ in tags)} | {f"aws:RequestTag/{key}": value for key, value in tags}
        actions = ("sts:GetFederationToken", "sts:TagSession") if tags else ("sts:GetFederationToken",)
        return tuple(ActionOnResource(action, resource, keys if tags else {}) for action in actions)
    return (ActionOnResource(f"sts:{operation.name}", "*"),)


# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html, …/API_GetFederationToken.html
_FOR_SESSION_TOKENS = frozenset({"AssumeRole", "GetCallerIdentity"})
_FOR_FEDERATED_USERS = frozenset({"GetCallerIdentity"})
_SESSIONS = frozenset({PrincipalType.ASSUMED_ROLE, PrincipalType.FEDERATED_USER})
_NEVER_BY_SESSIONS = frozenset({"GetFederationToken", "GetSessionToken"})


def beyond_the_session(service: Service, operation: Operation, identity: Identity) -> Fault | None:
    """Return the refusal of what no session of the caller's kind may ask, whatever policies say.

    A session of GetSessionToken cannot call IAM unless it was begun with a second factor, and of STS only AssumeRole
    and GetCallerIdentity; a federated user cannot call IAM, and of STS only GetCallerIdentity. The root user cannot
    assume roles (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html); a key that nobody made can,
    although it acts as the root user: it stands for whoever it would be on AWS.
    """
    # An instance's role has no token here, and is a session all the same.
    if service.name == "sts" and operation.name == "AssumeRole" and _is_known_root(identity):
        return Fault(FaultKind.ACCESS_DENIED, "Roles may not be assumed by root accounts.")
    session = identity.session_token is not None or identity.type in _SESSIONS
    if service.name not in {"iam", "sts"} or not session:
        return None
    if service.name == "sts" and operation.name in _NEVER_BY_SESSIONS:
        return Fault(FaultKind.ACCESS_DENIED, f"Cannot call {operation.name} with session credentials")
    if identity.type is PrincipalType.FEDERATED_USER:
        allowed = service.name == "sts" and operation.name in _FOR_FEDERATED_USERS
    elif identity.type in {PrincipalType.USER, PrincipalType.ACCOUNT}:
        allowed = operation.name in _FOR_SESSION_TOKENS if service.name == "sts" else identity.mfa_at is not None
    else:
        return None
    return None if allowed else Fault(FaultKind.INVALID_ACCESS_KEY_ID)


def _is_known_root(identity: Identity) -> bool:
    return identity.type is PrincipalType.ACCOUNT and identity.secret_access_key is not None
