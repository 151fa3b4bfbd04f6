"""From an access key in moto's IAM to the principal that authorization asks about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from moto.iam.models import AccessKey, Group, IAMBackend, Role, User, iam_backends

from vpce_emulator.aws.principal import AttachedPolicy, Identity, PrincipalType, account_root
from vpce_emulator.backend.embedded.documents import ALLOWS_NOTHING, text_of
from vpce_emulator.backend.embedded.roles import role_with_arn
from vpce_emulator.backend.embedded.sessions import Session, find_access_key, session_of

_ALLOWS_EVERYTHING = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'


def identity_of(access_key_id: str) -> Identity | None:
    """Return the principal that an access key made through IAM or STS belongs to, or None for an unknown key."""
    found = find_access_key(access_key_id)
    if found is None:
        return None
    backend, key = found
    session = session_of(key)
    if session is not None:
        return _session_identity(backend, key, session)
    user = backend.users.get(key.user_name or "")
    return _user_identity(backend, key, user) if user is not None else account_root(backend.account_id, access_key_id)


def _user_identity(backend: IAMBackend, key: AccessKey, user: User) -> Identity:
    return Identity(
        arn=user.arn,
        account_id=backend.account_id,
        type=PrincipalType.USER,
        user_id=user.id,
        user_name=user.name,
        access_key_id=key.access_key_id,
        secret_access_key=key.secret_access_key,
        tags=_tags(user.tags),
        identity_policies=_user_policies(backend, user),
        permissions_boundary=_user_boundary(backend, user),
        active=key.status == "Active",
    )


def _session_identity(backend: IAMBackend, key: AccessKey, session: Session) -> Identity:
    policies, boundary, tags = _behind_the_session(backend, session)
    return Identity(
        arn=session.arn,
        account_id=session.arn.split(":")[4],
        type=session.type,
        user_id=session.user_id,
        user_name=session.user_name if session.type is PrincipalType.USER else "",
        role_arn=session.role_arn,
        access_key_id=key.access_key_id,
        secret_access_key=key.secret_access_key,
        session_token=session.token,
        expires_at=session.expires_at,
        issued_at=session.issued_at,
        tags=_with_session_tags(tags, session.tags),
        transitive_tags=session.transitive_tags,
        source_identity=session.source_identity,
        session_keys=session.session_keys,
        mfa_at=session.mfa_at,
        identity_policies=policies,
        permissions_boundary=boundary,
        session_policies=_session_policies(backend, session),
    )


def instance_identity(profile_arn: str, instance_id: str) -> Identity | None:
    """Return the session of its profile's role that an EC2 instance acts as; None where the profile has no role.

    The session's name is the instance's id:
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html
    """
    account_id = profile_arn.split(":")[4]
    backends = list(iam_backends[account_id].values()) if account_id in iam_backends else []
    profiles = (profile for backend in backends for profile in list(backend.instance_profiles.values()))
    profile = next((profile for profile in profiles if profile.arn == profile_arn), None)
    if profile is None or not profile.roles:
        return None
    return role_session(profile.roles[0].arn, instance_id)


def role_session(role_arn: str, session_name: str) -> Identity | None:
    """Return the session as which a service acts that assumed a role; None where there is no such role."""
    role = role_with_arn(role_arn)
    if role is None:
        return None
    partition, account_id = role_arn.split(":")[1], role_arn.split(":")[4]
    policies, boundary, tags = _role_grants(iam_backends[account_id][partition], role)
    return Identity(
        arn=f"arn:{partition}:sts::{account_id}:assumed-role/{role.name}/{session_name}",
        account_id=account_id,
        type=PrincipalType.ASSUMED_ROLE,
        user_id=f"{role.id}:{session_name}",
        role_arn=role.arn,
        tags=tags,
        identity_policies=policies,
        permissions_boundary=boundary,
    )


Behind = tuple[tuple[AttachedPolicy, ...], AttachedPolicy | None, tuple[tuple[str, str], ...]]
"""What a session draws on: identity policies, the permissions boundary, and tags."""


def _with_session_tags(
    tags: Iterable[tuple[str, str]], session_tags: Iterable[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """Return a principal's tags: a session tag overrides the role's tag of that key, whose letters' case is all one.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_know
    """
    merged = {key.lower(): (key, value) for key, value in (*tags, *session_tags)}
    return tuple(merged.values())


def _behind_the_session(backend: IAMBackend, session: Session) -> Behind:
    if session.type is PrincipalType.ASSUMED_ROLE:
        role = backend.roles.get(session.role_id)
        return _role_grants(backend, role) if role is not None else ((), None, ())
    policies, boundary, tags = _behind_the_asker(backend, session)
    # A federated user has no tags of the user's.
    return policies, boundary, () if session.type is PrincipalType.FEDERATED_USER else tags


def _behind_the_asker(backend: IAMBackend, session: Session) -> Behind:
    asker = session.asker
    if asker is not None and asker.type is PrincipalType.ACCOUNT:
        return (AttachedPolicy("the root user", _ALLOWS_EVERYTHING),), None, ()
    if asker is not None:
        return asker.identity_policies, asker.permissions_boundary, asker.tags
    user = backend.users.get(session.user_name)
    return (_user_policies(backend, user), _user_boundary(backend, user), _tags(user.tags)) if user else ((), None, ())


def _role_grants(backend: IAMBackend, role: Role) -> Behind:
    return _policies_of(role), _managed(backend, role.permissions_boundary_arn), _tags(role.tags)


def _user_policies(backend: IAMBackend, user: User) -> tuple[AttachedPolicy, ...]:
    groups = [group for group in list(backend.groups.values()) if user in group.users]
    return sum((_policies_of(holder) for holder in groups), _policies_of(user))


def _policies_of(holder: User | Group | Role) -> tuple[AttachedPolicy, ...]:
    inline = [AttachedPolicy(name, text_of(document)) for name, document in list(holder.policies.items())]
    managed = [AttachedPolicy(arn, _default_version(policy)) for arn, policy in list(holder.managed_policies.items())]
    return (*inline, *managed)


def _user_boundary(backend: IAMBackend, user: User) -> AttachedPolicy | None:
    boundary: Mapping[str, str] | None = getattr(user, "permissions_boundary", None)
    return _managed(backend, boundary["PermissionsBoundaryArn"]) if boundary else None


def _session_policies(backend: IAMBackend, session: Session) -> tuple[AttachedPolicy, ...]:
    inline = [AttachedPolicy("session policy", session.policy)] if session.policy else []
    managed = [policy for arn in session.policy_arns if (policy := _managed(backend, arn)) is not None]
    if session.type is PrincipalType.FEDERATED_USER and not inline and not session.policy_arns:
        # Without one, a federated user has what policies of resources give it, and nothing else:
        # https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
        return (AttachedPolicy("the absent session policy", ALLOWS_NOTHING),)
    return (*inline, *managed)


def _managed(backend: IAMBackend, arn: str | None) -> AttachedPolicy | None:
    if not arn:
        return None
    policy = backend.managed_policies.get(arn)
    return AttachedPolicy(arn, _default_version(policy) if policy is not None else ALLOWS_NOTHING)


def _default_version(policy: Any) -> str:  # noqa: ANN401 - moto's Policy, whose versions are untyped
    default = next(version for version in policy.versions if version.version_id == policy.default_version_id)
    return text_of(default.document)


def _tags(tags: Iterable[Mapping[str, str]] | None) -> tuple[tuple[str, str], ...]:
    return tuple((tag["Key"], tag["Value"]) for tag in tags or ())
