"""Roles and identity providers in moto's IAM, as far as assuming roles needs them."""

from __future__ import annotations

import re
from typing import Any

from moto.iam.models import Role, iam_backends

from vpce_emulator.backend.embedded.arns import all_backends
from vpce_emulator.backend.embedded.documents import ALLOWS_NOBODY, text_of
from vpce_emulator.backend.embedded.principal_ids import arn_of, with_arns
from vpce_emulator.backend.interface import StoredPolicy
from vpce_policies import PolicyKind

_PARTS = 6
_UNIQUE_ID = re.compile(r"(?:AIDA|AROA)[A-Z0-9]{12,}")
_NO_ROLE = "the trust policy of a role that does not exist"


def role_with_arn(role_arn: str) -> Role | None:
    """Return the role of an ARN, path included."""
    return next((role for role in _of_backend(role_arn, "roles") if role.arn == role_arn), None)


def trust_policy(role_arn: str) -> StoredPolicy:
    """Return the policy that says who may assume a role. One that does not exist lets nobody, so that none can tell."""
    role = role_with_arn(role_arn)
    account_id = _account_of(role_arn)
    if role is None:
        return StoredPolicy(ALLOWS_NOBODY, _NO_ROLE, account_id, must_allow=True, kind=PolicyKind.ROLE_TRUST)
    document = with_arns(text_of(role.assume_role_policy_document))
    name = f"the trust policy of {role.name}"
    return StoredPolicy(document, name, account_id, must_allow=True, kind=PolicyKind.ROLE_TRUST)


def identity_provider_audiences(provider_arn: str) -> tuple[str, ...] | None:
    """Return the client ids of an OIDC provider, none of a SAML provider; None where there is no such provider."""
    oidc = next((one for one in _of_backend(provider_arn, "open_id_providers") if one.arn == provider_arn), None)
    if oidc is not None:
        return tuple(oidc.client_id_list)
    known = any(one.arn == provider_arn for one in _of_backend(provider_arn, "saml_providers"))
    return () if known else None


def principal_exists(name: str) -> bool | None:
    """Return whether IAM has a user or role of an ARN or unique id; None for other names, and accounts without any.

    In an account without any, nothing is known of who would be there.
    """
    if _UNIQUE_ID.fullmatch(name):
        return arn_of(name) is not None or (False if _anybody() else None)
    kind = name.rsplit(":", maxsplit=1)[-1].partition("/")[0]
    if kind not in {"user", "role"}:
        return None
    users, roles = _of_backend(name, "users"), _of_backend(name, "roles")
    return any(one.arn == name for one in (*users, *roles)) if users or roles else None


def _anybody() -> bool:
    return any(backend.users or backend.roles for backend in all_backends("iam"))


# What moto's IAM calls its collections of what requests name without the path.
_NAMED = {"user": "users", "role": "roles", "group": "groups", "instance-profile": "instance_profiles"}


def arn_with_path(arn: str) -> str | None:
    """Return the true ARN of a user, role, group or instance profile from the one that its name alone makes.

    Names are unique in an account whatever their path:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names
    """
    kind, _, name = arn.rsplit(":", maxsplit=1)[-1].partition("/")
    if kind not in _NAMED or not name or "/" in name:
        return None
    found = (one for one in _of_backend(arn, _NAMED[kind]) if one.name == name)
    return next((str(one.arn) for one in found), None)


def role_of_instance_profile(profile_arn: str) -> str | None:
    """Return the ARN of the role in an instance profile, or None where there is none."""
    true_arn = arn_with_path(profile_arn) or profile_arn
    profiles = _of_backend(profile_arn, "instance_profiles")
    roles: list[Role] = next((profile.roles for profile in profiles if profile.arn == true_arn), [])
    return str(roles[0].arn) if roles else None


def _account_of(arn: str) -> str:
    parts = arn.split(":", _PARTS - 1)
    return parts[4] if len(parts) == _PARTS else ""


def _of_backend(arn: str, attribute: str) -> list[Any]:
    """Return what an account's IAM holds of a kind; looking must not make an account."""
    in_account = iam_backends.get(_account_of(arn))
    backend = in_account.get(arn.split(":", 2)[1]) if in_account is not None else None
    return list(getattr(backend, attribute).values()) if backend is not None else []
