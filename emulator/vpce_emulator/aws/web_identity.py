"""Who a web identity token says its bearer is.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html. The claims of a token are read
and held against the identity provider that IAM knows; its signature is not verified, for the provider's keys are out of
reach.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from vpce_emulator.aws.fault_codes import Code
from vpce_emulator.aws.faults import Fault, FaultKind

Value = str | tuple[str, ...]
AudiencesOf = Callable[[str], tuple[str, ...] | None]
"""The audiences (client ids) of the identity provider with an ARN, none of a SAML provider; None for an unknown one."""

# Providers that AWS knows without IAM's help. The first two give tokens that are no JWTs.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-federated-web-identity
OPAQUE = frozenset({"www.amazon.com", "graph.facebook.com"})
_BUILT_IN = frozenset({"accounts.google.com", "cognito-identity.amazonaws.com"})

_TAGS = "https://aws.amazon.com/tags"
_SOURCE_IDENTITY = "https://aws.amazon.com/source_identity"

# The claims that condition keys are made from, beside `aud`; further ones of single providers.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
_CLAIMS = ("sub", "amr")
_OWN_CLAIMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "accounts.google.com": ("email",),
        "token.actions.githubusercontent.com": (
            "actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref", "repository",
            "repository_id", "workflow",
        ),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Federated:
    """What an identity provider vouches for.

    Attributes:
        provider: the principal of the request: the ARN of IAM's identity provider, or the name of a built-in one.
        context: the provider's condition keys (`accounts.google.com:sub`, `saml:aud`).
        session_name: of the session; None where the request names it.
        tags: session tags.
        transitive_tag_keys: which of them go on into sessions that this one begins.
        source_identity: of the session; empty for none.
    """

    provider: str
    context: Mapping[str, Value]
    session_name: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str = ""

    @property
    def session_keys(self) -> tuple[tuple[str, Value], ...]:
        """The condition keys that the session's own requests have, too; the others are for the trust policy alone."""
        return tuple((key, value) for key, value in self.context.items() if key in _KEPT or _is_kept_claim(key))


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html, "Available in session"
_KEPT = frozenset({"aws:FederatedProvider", "saml:namequalifier", "saml:sub", "saml:sub_type"})
_KEPT_CLAIMS = frozenset({"amr", "aud", "email", "oaud", "sub"})


def _is_kept_claim(key: str) -> bool:
    provider, _, claim = key.rpartition(":")
    return provider not in {"saml", "aws"} and claim in _KEPT_CLAIMS


def invalid_token(message: str) -> Fault:
    """Return the refusal of a token or assertion that does not say what it must."""
    return Fault(FaultKind.INVALID_TOKEN, message, code=Code("InvalidIdentityToken", 400))


def read_web_identity(
    token: str, provider_id: str, *, partition: str, account_id: str, audiences_of: AudiencesOf, now: float
) -> Federated | Fault:
    """Return whom a token is about.

    Args:
        token: `WebIdentityToken`.
        provider_id: `ProviderId`, which OAuth 2.0 access tokens come with.
        partition: of the role.
        account_id: of the role, whose identity providers count.
        audiences_of: see AudiencesOf.
        now: seconds since the epoch.
    """
    if provider_id in OPAQUE:
        return Federated(provider_id, {"aws:FederatedProvider": provider_id})
    claims = _claims(token)
    if claims is None:
        return invalid_token(
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
        )
    issuer = claims["iss"].removeprefix("https://")
    provider = issuer if issuer in _BUILT_IN else f"arn:{partition}:iam::{account_id}:oidc-provider/{issuer}"
    fault = _refusal(claims, provider, audiences_of, now)
    return fault or _federated(claims, issuer, provider)


def _claims(token: str) -> Mapping[str, Any] | None:
    """Return a JWT's claims (RFC 7519, section 7.2), or None for what is no ID token."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (NotBase64, ValueError, RecursionError):
        return None
    if not isinstance(claims, dict) or not all(isinstance(claims.get(name), str) for name in ("iss", "sub")):
        return None
    known_time = isinstance(claims.get("exp"), int | float) and abs(claims["exp"]) < 1e11
    return claims if known_time and _texts(claims.get("aud")) else None


def _texts(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(each for each in listed if isinstance(each, str))


def _refusal(claims: Mapping[str, Any], provider: str, audiences_of: AudiencesOf, now: float) -> Fault | None:
    expires = float(claims["exp"])
    if expires <= now:
        late = f"current date/time {_time(now)} must be before the expiration date/time {_time(expires)}"
        return Fault(FaultKind.EXPIRED_TOKEN, f"Token expired: {late}", code=Code("ExpiredTokenException", 400))
    if provider in _BUILT_IN:
        return None
    audiences = audiences_of(provider)
    if audiences is None:
        return invalid_token(f"No OpenIDConnect provider found in your account for {claims['iss']}")
    return None if set(_audience(claims)) & set(audiences) else invalid_token("Incorrect token audience")


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _audience(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the audience: the authorized party where the token names one."""
    return _texts(claims.get("azp")) or _texts(claims["aud"])


def _federated(claims: Mapping[str, Any], issuer: str, provider: str) -> Federated:
    context: dict[str, Value] = {"aws:FederatedProvider": provider, f"{issuer}:aud": _one(_audience(claims))}
    if _texts(claims.get("azp")):
        context[f"{issuer}:oaud"] = _one(_texts(claims["aud"]))
    for name in (*_CLAIMS, *_OWN_CLAIMS.get(issuer, ())):
        if values := _texts(claims.get(name)):
            context[f"{issuer}:{name}"] = values if name == "amr" else _one(values)
    tags, transitive = _session_tags(claims.get(_TAGS))
    source_identity = claims.get(_SOURCE_IDENTITY)
    return Federated(
        provider,
        context,
        tags=tags,
        transitive_tag_keys=transitive,
        source_identity=source_identity if isinstance(source_identity, str) else "",
    )


def _one(values: tuple[str, ...]) -> Value:
    return values[0] if len(values) == 1 else values


def _session_tags(claim: object) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Return the session tags of a token, and the keys of the transitive ones.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-idp
    """
    if not isinstance(claim, dict) or not isinstance(claim.get("principal_tags"), dict):
        return (), ()
    tags = tuple((key, values[0]) for key, value in claim["principal_tags"].items() if (values := _texts(value)))
    return tags, _texts(claim.get("transitive_tag_keys"))
