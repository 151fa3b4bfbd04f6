"""STS in moto: the terms of sessions, which moto leaves out.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_request.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.iam.models import Role, iam_backends
from moto.sts.models import AssumedRole
from moto.sts.responses import TokenResponse
from moto.sts.utils import random_session_token

from vpce_emulator.aws.authorization_messages import LONGEST_MESSAGE, decoded_message
from vpce_emulator.aws.constraints import out_of_range, violated
from vpce_emulator.aws.fault_codes import Code
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.form_members import form_members
from vpce_emulator.aws.principal import Identity, PrincipalType, account_root
from vpce_emulator.aws.role_assumption import CHAINED_LONGEST, Assumption, read_assumption, tags_of
from vpce_emulator.backend.embedded.identities import identity_of
from vpce_emulator.backend.embedded.refused import Refused
from vpce_emulator.backend.embedded.roles import identity_provider_audiences, role_with_arn
from vpce_emulator.backend.embedded.service_call import ServiceCall
from vpce_emulator.backend.embedded.sessions import Session, find_access_key, keep_session
from vpce_policies import MalformedPolicy, PolicyKind, parse_policy

_LONGEST_POLICY = 2048
_NO_MESSAGE = Code("InvalidAuthorizationMessageException", 400)
_USUAL, _SHORTEST, _LONGEST, _LONGEST_OF_ROOT = 43_200, 900, 129_600, 3600

_NOT_THE_USERS_DEVICE = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  "
    "Please verify your MFA serial number is valid and associated with this user."
)


class EmulatedTokenResponse(TokenResponse):
    """moto's STS, keeping who asked for which session and on what terms."""

    def assume_role(self) -> ActionResult:
        """AssumeRole."""
        return self._begin_role_session("AssumeRole", lambda _: {})

    def assume_role_with_web_identity(self) -> ActionResult:
        """AssumeRoleWithWebIdentity."""
        return self._begin_role_session("AssumeRoleWithWebIdentity", _of_web_identity)

    def assume_role_with_saml(self) -> ActionResult:
        """AssumeRoleWithSAML."""
        return self._begin_role_session("AssumeRoleWithSAML", _of_assertion)

    def decode_authorization_message(self) -> ActionResult:
        """DecodeAuthorizationMessage."""
        given = str(self._get_param("EncodedMessage"))
        if len(given) > LONGEST_MESSAGE:
            must = f"have length less than or equal to {LONGEST_MESSAGE}"
            raise Refused(violated(given[:LONGEST_MESSAGE], "encodedMessage", must))
        decoded = decoded_message(given)
        if decoded is None:
            # As recorded in the public issues of the AWS CLI.
            raise Refused(Fault(FaultKind.VALIDATION, "Message is not valid", code=_NO_MESSAGE))
        return ActionResult({"DecodedMessage": decoded})

    def get_session_token(self) -> ActionResult:
        """GetSessionToken."""
        caller = self._caller()
        self._check_mfa(caller)
        mfa_at = time.time() if self._get_param("TokenCode") else None
        same = {"type": caller.type, "arn": caller.arn, "user_id": caller.user_id}
        return ActionResult({"Credentials": self._begin_session(caller, **same, mfa_at=mfa_at)})

    def get_federation_token(self) -> ActionResult:
        """GetFederationToken."""
        caller, name = self._caller(), self._get_param("Name")
        self._check_session_policies()
        user_id = f"{caller.account_id}:{name}"
        arn = f"arn:{self.partition}:sts::{caller.account_id}:federated-user/{name}"
        credentials = self._begin_session(
            caller, type=PrincipalType.FEDERATED_USER, arn=arn, user_id=user_id, tags=tags_of(self._given())
        )
        user = {"FederatedUserId": user_id, "Arn": arn}
        return ActionResult({"Credentials": credentials, "FederatedUser": user, "PackedPolicySize": 6})

    def get_caller_identity(self) -> ActionResult:
        """GetCallerIdentity, for every kind of session; a key that nobody made is the root's."""
        caller = self._caller()
        return ActionResult({"UserId": caller.user_id, "Account": caller.account_id, "Arn": caller.arn})

    def _call(self) -> ServiceCall:
        call: ServiceCall = self.normalized_request.call  # type: ignore[attr-defined]  # a MotoRequest
        return call

    def _caller(self) -> Identity:
        """Return who asks: as authorization found it, or, of calls from within, from the access key."""
        return self._call().caller or identity_of(self.get_access_key()) or account_root(self.current_account)

    def _given(self) -> Mapping[str, Any]:
        """Return the input as authorization read it."""
        call = self._call()
        return form_members(parse_qsl(call.body.decode("utf-8", "replace") or call.request.raw_query))

    def _begin_role_session(self, operation: str, further: Callable[[Assumption], Mapping[str, Any]]) -> ActionResult:
        caller = self._caller()
        asked = read_assumption(
            operation, self._given(), caller, audiences_of=identity_provider_audiences, now=time.time()
        )
        if isinstance(asked, Fault):
            raise Refused(asked)
        self._check_session_policies()
        self._check_mfa(caller)
        duration = _duration(asked, role_with_arn(asked.role_arn))
        role = self.backend.assume_role(
            region_name=self.region,
            role_session_name=asked.session_name,
            role_arn=asked.role_arn,
            policy=self._get_param("Policy"),
            duration=duration,
            external_id=self._get_param("ExternalId"),
        )
        keep_session(role.access_key, self._role_session(role, asked))
        user = {"AssumedRoleId": role.access_key.session.user_id, "Arn": role.arn}  # type: ignore[attr-defined]
        source = {"SourceIdentity": asked.source_identity} if asked.source_identity else {}
        return ActionResult(
            {"Credentials": role, "AssumedRoleUser": user, "PackedPolicySize": 6, **source, **further(asked)}
        )

    def _role_session(self, role: AssumedRole, asked: Assumption) -> Session:
        transitive = {key.lower() for key in asked.transitive_tag_keys}
        return Session(
            type=PrincipalType.ASSUMED_ROLE,
            arn=role.arn,
            user_id=role.user_id,  # drawn anew at every look when the role does not exist
            role_arn=role.role_arn,
            token=role.session_token,
            issued_at=time.time(),
            expires_at=_seconds(role.expiration),
            tags=asked.tags,
            transitive_tags=tuple(tag for tag in asked.tags if tag[0].lower() in transitive),
            source_identity=asked.source_identity,
            session_keys=asked.session_keys,
            mfa_at=time.time() if asked.with_mfa else None,
            **self._session_policies(),
        )

    def _begin_session(self, caller: Identity, **terms: Any) -> Mapping[str, Any]:  # noqa: ANN401 - of a Session
        """Begin the session of a user, of the root or of a federated user, and return its credentials."""
        iam = iam_backends[caller.account_id][self.partition]
        expires = utcnow() + timedelta(seconds=self._duration_for(caller))
        key, token = iam.create_temp_access_key(), random_session_token()
        session = Session(
            **terms,
            user_name=caller.user_name,
            asker=None if find_access_key(caller.access_key_id) else caller,
            token=token,
            issued_at=time.time(),
            expires_at=_seconds(expires),
            **self._session_policies(),
        )
        keep_session(key, session)
        return {
            "AccessKeyId": key.access_key_id,
            "SecretAccessKey": key.secret_access_key,
            "SessionToken": token,
            "Expiration": expires,
        }

    def _duration_for(self, caller: Identity) -> int:
        """Return how long a session of a user, of the root or of a federated user lasts, in seconds.

        https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
        """
        duration = int(self._get_int_param("DurationSeconds", _USUAL))
        fault = out_of_range(duration, "durationSeconds", _SHORTEST, _LONGEST)
        if fault is not None:
            raise Refused(fault)
        return min(duration, _LONGEST_OF_ROOT) if caller.type is PrincipalType.ACCOUNT else duration

    def _session_policies(self) -> dict[str, Any]:
        arns = tuple(policy["arn"] for policy in self._get_param("PolicyArns", []))
        return {"policy": self._get_param("Policy"), "policy_arns": arns}

    def _check_session_policies(self) -> None:
        policy = self._get_param("Policy")
        if not policy:
            return
        if len(policy) > _LONGEST_POLICY:
            raise Refused(violated(policy, "policy", f"have length less than or equal to {_LONGEST_POLICY}"))
        try:
            parse_policy(policy, PolicyKind.SESSION)
        except MalformedPolicy as error:
            raise Refused(Fault(FaultKind.MALFORMED_POLICY, error.message)) from error

    def _check_mfa(self, caller: Identity) -> None:
        """Refuse a second factor that is not the user's. Its code is not verified: it is known to the device alone."""
        serial = self._get_param("SerialNumber")
        user = iam_backends[caller.account_id][self.partition].users.get(caller.user_name) if caller.user_name else None
        if serial and user is not None and serial not in user.mfa_devices:
            raise Refused(Fault(FaultKind.ACCESS_DENIED, _NOT_THE_USERS_DEVICE, code=Code("AccessDenied", 403)))


def _duration(asked: Assumption, role: Role | None) -> int:
    """Return how long a role session lasts, in seconds: an hour unless the request says otherwise."""
    duration = asked.duration or CHAINED_LONGEST
    if asked.chained and duration > CHAINED_LONGEST:
        message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        raise Refused(Fault(FaultKind.VALIDATION, message))
    longest = int(role.max_session_duration or CHAINED_LONGEST) if role is not None else duration
    if duration > longest:
        message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise Refused(Fault(FaultKind.VALIDATION, message))
    return duration


def _of_web_identity(asked: Assumption) -> Mapping[str, Any]:
    """Return what an answer says of the token."""
    keys = {key.rpartition(":")[2]: value for key, value in asked.session_keys if not key.startswith("aws:")}
    told = {
        "SubjectFromWebIdentityToken": keys.get("sub"),
        "Audience": keys.get("aud"),
        "Provider": asked.provider,
    }
    return {name: value for name, value in told.items() if value}


def _of_assertion(asked: Assumption) -> Mapping[str, Any]:
    """Return what an answer says of the assertion."""
    names = {
        "Subject": "saml:sub",
        "SubjectType": "saml:sub_type",
        "Issuer": "saml:iss",
        "Audience": "saml:aud",
        "NameQualifier": "saml:namequalifier",
    }
    return {name: asked.context[key] for name, key in names.items() if key in asked.context}


def _seconds(moment: datetime) -> float:
    """Return seconds since the epoch; moto's times are in UTC without saying so."""
    return moment.replace(tzinfo=UTC).timestamp()
