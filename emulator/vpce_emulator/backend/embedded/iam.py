"""IAM in moto: what moto leaves out of users, and AWS's managed policies at no cost."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, ManagedPolicy
from moto.iam.responses import IamResponse


class EmulatedIamResponse(IamResponse):
    """moto's IAM, with the permissions boundaries of users, which moto has for roles only."""

    def create_user(self) -> ActionResult:
        """CreateUser."""
        result = super().create_user()
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
