"""IAM and STS in moto: what moto leaves out of users and sessions, and AWS's managed policies at no cost."""

from __future__ import annotations

import base64
import copy
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AccessKey, AWSManagedPolicy, IAMBackend, ManagedPolicy, User, iam_backends
from moto.iam.responses import IamResponse
from moto.sts.models import AssumedRole
from moto.sts.responses import TokenResponse
from moto.sts.utils import random_session_token

from vpce_emulator.aws.principal import PrincipalType


@dataclass(frozen=True, slots=True)
class Session:
    """A session as STS made it, kept with its access key. moto drops the tags, the PolicyArns and the time of issue.

    Attributes:
        type: of a role, of a user or the root, or of a federated user.
        arn: of the session.
        user_id: `AROA…:name`, `AIDA…`, or `<account>:name`.
        role_arn: of the role, in a role session; empty otherwise.
        user_name: of the IAM user who asked, in the other sessions; empty for the root.
        token: the session token.
        issued_at: seconds since the epoch.
        expires_at: seconds since the epoch.
        tags: session tags.
        policy: the inline session policy.
        policy_arns: of the managed session policies.
    """

    type: PrincipalType
    arn: str
    user_id: str
    role_arn: str
    user_name: str
    token: str
    issued_at: float
    expires_at: float
    tags: tuple[tuple[str, str], ...]
    policy: str | None
    policy_arns: tuple[str, ...]


def session_of(key: AccessKey) -> Session | None:
    """Return the session that a temporary access key belongs to, or None for the key of a user."""
    session: Session | None = getattr(key, "session", None)
    return session


def find_access_key(access_key_id: str) -> tuple[IAMBackend, AccessKey] | None:
    """Return an access key and the IAM that knows it, in whichever account and partition."""
    for account in list(iam_backends.values()):
        for backend in list(account.values()):
            key = backend.access_keys.get(access_key_id)
            if key is not None:
                return backend, key
    return None


class EmulatedTokenResponse(TokenResponse):
    """moto's STS, keeping who asked for which session and on what terms."""

    def assume_role(self) -> ActionResult:
        """AssumeRole."""
        return self._keep_role_session(super().assume_role())

    def assume_role_with_web_identity(self) -> ActionResult:
        """AssumeRoleWithWebIdentity."""
        return self._keep_role_session(super().assume_role_with_web_identity())

    def assume_role_with_saml(self) -> ActionResult:
        """AssumeRoleWithSAML."""
        return self._keep_role_session(super().assume_role_with_saml())

    def get_session_token(self) -> ActionResult:
        """GetSessionToken, with credentials of its own where moto always gives the same."""
        return self._give_user_session(super().get_session_token(), federated_name="")

    def get_federation_token(self) -> ActionResult:
        """GetFederationToken, with credentials of its own where moto always gives the same."""
        return self._give_user_session(super().get_federation_token(), federated_name=self._get_param("Name"))

    def get_caller_identity(self) -> ActionResult:
        """GetCallerIdentity, for every kind of session; a key that nobody made is the root's."""
        found = find_access_key(self.get_access_key())
        session = session_of(found[1]) if found else None
        if session is not None:
            account_id = session.arn.split(":")[4]
            return ActionResult({"UserId": session.user_id, "Account": account_id, "Arn": session.arn})
        if found is None:
            root = f"arn:{self.partition}:iam::{self.current_account}:root"
            return ActionResult({"UserId": self.current_account, "Account": self.current_account, "Arn": root})
        return super().get_caller_identity()

    def _keep_role_session(self, result: ActionResult) -> ActionResult:
        made: Any = result.result
        role: AssumedRole = made["Credentials"]
        user_id = role.user_id  # drawn anew at every look when the role does not exist
        made["AssumedRoleUser"]["AssumedRoleId"] = user_id
        self._keep_session(
            role.access_key,
            type=PrincipalType.ASSUMED_ROLE,
            arn=role.arn,
            user_id=user_id,
            role_arn=role.role_arn,
            token=role.session_token,
            expires_at=_seconds(role.expiration),
        )
        return result

    def _give_user_session(self, result: ActionResult, federated_name: str) -> ActionResult:
        made: Any = result.result
        credentials = made["Credentials"]
        iam = iam_backends[self.current_account][self.partition]
        user = iam.get_user_from_access_key_id(self.get_access_key())
        key = iam.create_temp_access_key()
        credentials["AccessKeyId"] = key.access_key_id
        credentials["SecretAccessKey"] = key.secret_access_key
        credentials["SessionToken"] = random_session_token()
        who = _federated(self.partition, self.current_account, federated_name) if federated_name else self._asker(user)
        self._keep_session(
            key,
            **who,
            user_name=user.name if user else "",
            token=credentials["SessionToken"],
            expires_at=_seconds(credentials["Expiration"]),
        )
        return result

    def _asker(self, user: User | None) -> dict[str, Any]:
        if user is not None:
            return {"type": PrincipalType.USER, "arn": user.arn, "user_id": user.id}
        root = f"arn:{self.partition}:iam::{self.current_account}:root"
        return {"type": PrincipalType.ACCOUNT, "arn": root, "user_id": self.current_account}

    def _keep_session(
        self,
        key: AccessKey,
        *,
        type: PrincipalType,  # noqa: A002 - the field's name
        arn: str,
        user_id: str,
        token: str,
        expires_at: float,
        role_arn: str = "",
        user_name: str = "",
    ) -> None:
        # From the key, with which a request is signed, one step leads to the session.
        key.session = Session(  # type: ignore[attr-defined]  # an attribute of ours
            type=type,
            arn=arn,
            user_id=user_id,
            role_arn=role_arn,
            user_name=user_name,
            token=token,
            issued_at=time.time(),
            expires_at=expires_at,
            tags=tuple((tag["Key"], tag["Value"]) for tag in self._get_param("Tags", [])),
            policy=self._get_param("Policy"),
            policy_arns=tuple(policy["arn"] for policy in self._get_param("PolicyArns", [])),
        )


def _federated(partition: str, account_id: str, name: str) -> dict[str, Any]:
    arn = f"arn:{partition}:sts::{account_id}:federated-user/{name}"
    return {"type": PrincipalType.FEDERATED_USER, "arn": arn, "user_id": f"{account_id}:{name}"}


def _seconds(moment: datetime) -> float:
    """Return seconds since the epoch; moto's times are in UTC without saying so."""
    return moment.replace(tzinfo=UTC).timestamp()


class EmulatedIamResponse(IamResponse):
    """moto's IAM, with the permissions boundaries of users, which moto has for roles only."""

    def create_user(self) -> ActionResult:
        """CreateUser."""
        result = super().create_user()
        made: Any = result.result
        made["User"].id = f"AIDA{base64.b32encode(os.urandom(11))[:17].decode()}"  # aws:userid; moto's is in lower case
        if self._get_param("PermissionsBoundary"):
            self.put_user_permissions_boundary()
        return result

    def put_user_permissions_boundary(self) -> ActionResult:
        """PutUserPermissionsBoundary."""
        policy = self.backend.get_policy(self._get_param("PermissionsBoundary"))
        user = self.backend.get_user(self._get_param("UserName"))
        user.permissions_boundary = {  # type: ignore[attr-defined]  # an attribute of ours, which GetUser then returns
            "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
            "PermissionsBoundaryArn": policy.arn,
        }
        return EmptyResult()

    def delete_user_permissions_boundary(self) -> ActionResult:
        """DeleteUserPermissionsBoundary."""
        user = self.backend.get_user(self._get_param("UserName"))
        user.permissions_boundary = None  # type: ignore[attr-defined]  # an attribute of ours
        return EmptyResult()


class LazyManagedPolicies(dict[str, ManagedPolicy]):
    """An account's managed policies. AWS's 1500 join them at the first look: loading them takes longer than a test."""

    def __init__(self, backend: IAMBackend) -> None:
        super().__init__()
        self._backend = backend
        self._is_loaded = False

    def _load(self) -> None:
        if not self._is_loaded:
            self._is_loaded = True
            for template in _aws_policies(self._backend.account_id, self._backend.region_name):
                super().__setitem__(template.arn, copy.copy(template))

    def __getitem__(self, arn: str) -> ManagedPolicy:
        self._load()
        return super().__getitem__(arn)

    def __contains__(self, arn: object) -> bool:
        self._load()
        return super().__contains__(arn)

    def __iter__(self) -> Iterator[str]:
        self._load()
        return super().__iter__()

    def __len__(self) -> int:
        self._load()
        return super().__len__()

    def get(self, arn: str, default: Any = None) -> Any:  # noqa: ANN401 - as dict has it
        """Return a policy or the default."""
        self._load()
        return super().get(arn, default)

    def values(self) -> Any:  # noqa: ANN401 - dict's view, whose type has no public name
        """Return all policies."""
        self._load()
        return super().values()


class LazyAwsPolicies:
    """Those of an account's managed policies that are AWS's, found when looked at."""

    def __init__(self, backend: IAMBackend) -> None:
        self._backend = backend

    def __iter__(self) -> Iterator[AWSManagedPolicy]:
        policies = self._backend.managed_policies.values()
        return (policy for policy in policies if isinstance(policy, AWSManagedPolicy))

    def __add__(self, more: list[ManagedPolicy]) -> list[ManagedPolicy]:
        return [*self, *more]


@lru_cache(maxsize=8)
def _aws_policies(account_id: str, region_name: str) -> tuple[AWSManagedPolicy, ...]:
    documents: dict[str, dict[str, Any]] = json.loads(aws_managed_policies_data)
    return tuple(AWSManagedPolicy.from_data(name, account_id, region_name, it) for name, it in documents.items())
