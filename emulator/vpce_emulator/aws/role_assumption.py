"""What a request to assume a role asks for: by whom, on what terms, and what the role's trust policy must allow.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html, …/API_AssumeRoleWithWebIdentity.html and
…/API_AssumeRoleWithSAML.html.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vpce_emulator.aws.call import ActionOnResource
from vpce_emulator.aws.constraints import out_of_range, violated
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.principal import ANONYMOUS, Identity, PrincipalType
from vpce_emulator.aws.saml_assertion import read_saml_assertion
from vpce_emulator.aws.web_identity import AudiencesOf, Federated, Value, read_web_identity

OPERATIONS = frozenset({"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"})
BY_TRUST = frozenset({*(f"sts:{name}" for name in OPERATIONS), "sts:TagSession", "sts:SetSourceIdentity"})
"""The actions on a role that its trust policy must allow."""

_ROLE = re.compile(r"arn:(aws[a-z-]*):iam::([0-9]{12}):role/[!-~]+")
_SESSION_NAME = re.compile(r"[\w+=,.@-]*", re.ASCII)
_TOKEN_CODE = re.compile(r"[0-9]{6}")
_SHORTEST_ARN = 20
_SHORTEST, _LONGEST = 900, 43_200
_MOST_TAGS = 50
CHAINED_LONGEST = 3600
"""The longest session of a role that a role session assumes, in seconds.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining"""


@dataclass(frozen=True, slots=True)
class Assumption:
    """The terms of a session.

    Attributes:
        role_arn: of the role.
        session_name: `RoleSessionName`.
        duration: in seconds; None when the request does not say.
        tags: session tags of the request, and those that the caller's session hands on.
        transitive_tag_keys: which of them go on.
        source_identity: set by the request or handed on by the caller's session; empty for none.
        with_mfa: whether the request comes with a second factor's code.
        chained: whether a role session asks.
        provider: the identity provider that is the principal of the request; empty where the caller signed it.
        session_keys: the condition keys that the session has from it.
        context: the condition keys of the request.
    """

    role_arn: str
    session_name: str
    duration: int | None
    tags: tuple[tuple[str, str], ...]
    transitive_tag_keys: tuple[str, ...]
    source_identity: str
    with_mfa: bool
    chained: bool
    provider: str
    session_keys: tuple[tuple[str, Value], ...]
    context: Mapping[str, Value]


def read_assumption(
    operation: str, given: Mapping[str, Any], caller: Identity, *, audiences_of: AudiencesOf, now: float
) -> Assumption | Fault:
    """Return the terms of the session that a request asks for, or what is wrong with them.

    Args:
        operation: one of OPERATIONS.
        given: the members of its input.
        caller: who signed the request; anonymous where an identity provider vouches for the caller.
        audiences_of: what is known of identity providers.
        now: seconds since the epoch.
    """
    role_arn = _text(given, "RoleArn")
    role = _ROLE.fullmatch(role_arn)
    if role is None:
        short = len(role_arn) < _SHORTEST_ARN
        least = f"have length greater than or equal to {_SHORTEST_ARN}"
        return violated(role_arn, "roleArn", least) if short else _invalid(f"{role_arn} is invalid")
    vouched = _vouched(operation, given, role, audiences_of, now)
    if isinstance(vouched, Fault):
        return vouched
    session_name = (vouched.session_name if vouched else None) or _text(given, "RoleSessionName")
    fault = _wrong_name(session_name) or _wrong_duration(_text(given, "DurationSeconds")) or _wrong_mfa(given)
    # Whoever may have signed it: a request with a token or an assertion is its bearer's.
    return fault or _terms(given, ANONYMOUS if vouched else caller, vouched, role_arn, session_name)


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name, "")
    return value if isinstance(value, str) else ""


def _invalid(message: str) -> Fault:
    return Fault(FaultKind.VALIDATION, message)


def _vouched(
    operation: str, given: Mapping[str, Any], role: re.Match[str], audiences_of: AudiencesOf, now: float
) -> Federated | Fault | None:
    if operation == "AssumeRoleWithWebIdentity":
        token, provider_id = _text(given, "WebIdentityToken"), _text(given, "ProviderId")
        return read_web_identity(
            token, provider_id, partition=role[1], account_id=role[2], audiences_of=audiences_of, now=now
        )
    if operation == "AssumeRoleWithSAML":
        assertion, principal_arn = _text(given, "SAMLAssertion"), _text(given, "PrincipalArn")
        return read_saml_assertion(assertion, role[0], principal_arn, audiences_of=audiences_of, now=now)
    return None


def _wrong_name(name: str) -> Fault | None:
    if len(name) < 2:
        return violated(name, "roleSessionName", "have length greater than or equal to 2")
    if len(name) > 64:
        return violated(name, "roleSessionName", "have length less than or equal to 64")
    if not _SESSION_NAME.fullmatch(name):
        return violated(name, "roleSessionName", "satisfy regular expression pattern: [\\w+=,.@-]*")
    return None


def _wrong_duration(text: str) -> Fault | None:
    return out_of_range(int(text), "durationSeconds", _SHORTEST, _LONGEST) if text.isdecimal() else None


def _wrong_mfa(given: Mapping[str, Any]) -> Fault | None:
    serial, code = _text(given, "SerialNumber"), _text(given, "TokenCode")
    if bool(serial) is not bool(code):
        return Fault(
            FaultKind.ACCESS_DENIED,
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
        )
    if code and not _TOKEN_CODE.fullmatch(code):
        return violated(code, "tokenCode", "satisfy regular expression pattern: [\\d]*")
    return None


def _terms(
    given: Mapping[str, Any], caller: Identity, vouched: Federated | None, role_arn: str, session_name: str
) -> Assumption | Fault:
    own = vouched.tags if vouched else tags_of(given)
    transitive = vouched.transitive_tag_keys if vouched else texts_of(given.get("TransitiveTagKeys"))
    fault = _wrong_tags(own, transitive, caller)
    if fault is not None:
        return fault
    asked = (vouched.source_identity if vouched else "") or _text(given, "SourceIdentity")
    if caller.source_identity and asked not in {"", caller.source_identity}:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html: it stays.
        return Fault(FaultKind.ACCESS_DENIED, "The source identity of a session cannot be changed.")
    with_mfa = bool(_text(given, "TokenCode"))
    duration = _text(given, "DurationSeconds")
    return Assumption(
        role_arn=role_arn,
        session_name=session_name,
        duration=int(duration) if duration.isdecimal() else None,
        tags=(*own, *caller.transitive_tags),
        transitive_tag_keys=(*transitive, *(key for key, _ in caller.transitive_tags)),
        source_identity=asked or caller.source_identity,
        with_mfa=with_mfa,
        chained=caller.type is PrincipalType.ASSUMED_ROLE,
        provider=vouched.provider if vouched else "",
        session_keys=vouched.session_keys if vouched else (),
        context=_context(_text(given, "ExternalId"), session_name, asked, own, transitive, with_mfa)
        | (dict(vouched.context) if vouched else {}),
    )


def tags_of(given: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the session tags of an input."""
    tags = given.get("Tags")
    listed = tags if isinstance(tags, list) else []
    return tuple((_text(tag, "Key"), _text(tag, "Value")) for tag in listed if isinstance(tag, Mapping))


def texts_of(value: object) -> tuple[str, ...]:
    """Return the texts of a list."""
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _wrong_tags(tags: Sequence[tuple[str, str]], transitive: Sequence[str], caller: Identity) -> Fault | None:
    """Return what is wrong with session tags.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
    """
    # Keys ignore case.
    keys = [key.lower() for key, _ in tags]
    if len(keys) > _MOST_TAGS:
        return violated(f"{len(keys)} tags", "tags", f"have length less than or equal to {_MOST_TAGS}")
    if len(set(keys)) < len(keys):
        return _invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if not {key.lower() for key in transitive} <= set(keys):
        return _invalid("The specified transitive tag key must be included in the requested tags.")
    if {key.lower() for key, _ in caller.transitive_tags} & set(keys):
        return _invalid(
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from "
            "the calling session."
        )
    return None


def _context(
    external_id: str,
    session_name: str,
    source_identity: str,
    tags: Sequence[tuple[str, str]],
    transitive: tuple[str, ...],
    with_mfa: bool,
) -> dict[str, Value]:
    """Return the condition keys of a request.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-sts
    """
    keys: dict[str, Value] = {
        "sts:ExternalId": external_id,
        "sts:RoleSessionName": session_name,
        "sts:SourceIdentity": source_identity,
        "sts:TransitiveTagKeys": transitive,
        "aws:TagKeys": tuple(key for key, _ in tags),
    }
    found = {key: value for key, value in keys.items() if value} | {f"aws:RequestTag/{key}": tag for key, tag in tags}
    return found | ({"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"} if with_mfa else {})


def actions_of(operation: str, assumption: Assumption) -> tuple[ActionOnResource, ...]:
    """Return each action on the role that its trust policy and the caller's policies must allow.

    Tags and a source identity that a session hands on need leave again, as AWS says of role chaining:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_role-chaining
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
    """
    actions = [f"sts:{operation}"]
    actions += ["sts:TagSession"] if assumption.tags else []
    actions += ["sts:SetSourceIdentity"] if assumption.source_identity else []
    return tuple(
        ActionOnResource(action, assumption.role_arn, assumption.context, principal=assumption.provider)
        for action in actions
    )
