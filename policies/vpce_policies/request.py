"""What is asked, and the policies that answer.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-reqcontext.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from vpce_policies.compiler import CompiledPolicy
from vpce_policies.kinds import MUST_ALLOW
from vpce_policies.patterns import Context
from vpce_policies.principals import Caller, parse_caller


@dataclass(frozen=True, slots=True)
class Request:
    """One action on one resource.

    Attributes:
        action: `service:Name`, in any letter case.
        resource: The resource's ARN, or `*` for an action without one.
        resource_account: The account that owns the resource, 12 digits.
        principal: The caller: ARN of an IAM user, a role, a role session, a federated user or a root user, or a service
            principal; None for an anonymous caller.
        context: The condition keys of the request, in any letter case. A list is a multivalued key; an empty list is
            the same as no key.
    """

    action: str
    resource: str
    resource_account: str
    principal: str | None
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PolicySet:
    """Every policy that applies to a request.

    Attributes:
        identity: The caller's identity policies.
        resource: The resource's policy, if it has one.
        resource_must_allow: Whether identity policies alone do not suffice even in the resource's own account: the
            resource's policy must allow, or leave it to the account. So it is with KMS keys and roles' trust policies,
            whose kind says so too.
        vpc_endpoint: The policy of the endpoint the request comes through; empty when it comes through none.
        permissions_boundary: The caller's permissions boundary, if it has one.
        session: The session policies; None when the session has none.
        scps: Service control policies by level, root first; empty when none apply.
        rcps: Resource control policies by level, root first; empty when none apply.
    """

    identity: tuple[CompiledPolicy, ...] = ()
    resource: CompiledPolicy | None = None
    resource_must_allow: bool = False
    vpc_endpoint: tuple[CompiledPolicy, ...] = ()
    permissions_boundary: tuple[CompiledPolicy, ...] = ()
    session: tuple[CompiledPolicy, ...] | None = None
    scps: tuple[tuple[CompiledPolicy, ...], ...] = ()
    rcps: tuple[tuple[CompiledPolicy, ...], ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        """The condition keys that the policies ask for, in lower case; no other key of a request changes a decision."""
        layers = (self.identity, self.vpc_endpoint, self.permissions_boundary, self.session or ())
        own = (self.resource,) if self.resource is not None else ()
        policies = (*own, *chain.from_iterable((*layers, *self.scps, *self.rcps)))
        return frozenset().union(*(each.keys for policy in policies for each in policy.statements))

    @property
    def account_suffices(self) -> bool:
        """Whether the identity policies of the resource's own account open the resource by themselves."""
        by_kind = self.resource is not None and self.resource.document.kind in MUST_ALLOW
        return not (by_kind or self.resource_must_allow)


def _single(value: str | Sequence[str]) -> str | Sequence[str]:
    """A list of one value is that value, so that variables may stand for it; but an empty text is no set of values."""
    return value[0] if len(value) == 1 and value[0] else value


class Facts(NamedTuple):
    """A request as statements are asked about it.

    Attributes:
        action: In lower case.
        resource: As in the request.
        caller: The principal, read.
        context: The condition context with keys in lower case.
        bounded: Whether the caller has a permissions boundary.
    """

    action: str
    resource: str
    caller: Caller
    context: Context
    bounded: bool

    @classmethod
    def of(cls, request: Request, policies: PolicySet) -> Facts:
        """Read a request once for all its policies."""
        return cls(
            action=request.action.lower(),
            resource=request.resource,
            caller=parse_caller(request.principal),
            # A list without values is the same as no key; an empty text is a value.
            context={
                key.lower(): value if type(value) is str else _single(value)
                for key, value in request.context.items()
                if value or value == ""
            },
            bounded=bool(policies.permissions_boundary),
        )
