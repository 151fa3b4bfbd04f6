"""Who calls, and whom a Principal element means.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from vpce_policies.document import Principals


class Reach(IntEnum):
    """How directly a Principal element names the caller; a larger one limits less.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html
    """

    NONE = 0
    ACCOUNT = 1
    """Only the caller's account, which may delegate to its identities."""
    ROLE = 2
    """The role behind the caller's session: permissions boundary and session policy limit the grant."""
    CALLER = 3
    """The caller itself, or everyone."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What is known of a caller from its principal string alone.

    Attributes:
        principal: The principal as given; empty for an anonymous caller.
        account: Its account id; empty for anonymous callers and AWS services.
        type: The type of Principal element that can name it: `AWS`, `Service` or `Federated`.
        names: Every string of that type that means this caller, with its reach.
        root: True for the root user of an account.
    """

    principal: str
    account: str
    type: str
    names: Mapping[str, Reach]
    root: bool = False


def parse_caller(principal: str | None) -> Caller:
    """Read a principal: an IAM or STS ARN, a service principal, or None for an anonymous caller."""
    return _remembered_caller(principal) if len(principal or "") <= _LONGEST_REMEMBERED else _caller(principal)


_LONGEST_REMEMBERED = 256


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-federated-web-identity
_BUILT_IN_PROVIDERS = frozenset(
    {"accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"}
)


# Service principals are host names of these domains; other host names are those of OIDC providers.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
_OF_SERVICES = (".amazonaws.com", ".amazonaws.com.cn", ".aws.internal")


def _caller(principal: str | None) -> Caller:
    if not principal:
        return Caller("", "", "AWS", {"*": Reach.CALLER})
    itself = {"*": Reach.CALLER, normalized(principal): Reach.ROLE if ":role/" in principal else Reach.CALLER}
    parts = principal.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        service = principal.endswith(_OF_SERVICES) and principal not in _BUILT_IN_PROVIDERS
        return Caller(principal, "", "Service" if service else "Federated", itself)
    _, partition, _, _, account, resource = parts
    if resource.startswith(("saml-provider/", "oidc-provider/")):
        return Caller(principal, account, "Federated", itself)
    names = _account_names(partition, account, resource) | itself
    return Caller(principal, account, "AWS", names, root=resource == "root")


_remembered_caller = lru_cache(maxsize=4096)(_caller)


def _account_names(partition: str, account: str, resource: str) -> dict[str, Reach]:
    root = Reach.CALLER if resource == "root" else Reach.ACCOUNT
    names = {account: root, f"arn:{partition}:iam::{account}:root": root}
    kind, _, name = resource.partition("/")
    if kind == "assumed-role":
        names[f"arn:{partition}:iam::{account}:role/{name.partition('/')[0]}"] = Reach.ROLE
    return names


def normalized(name: str) -> str:
    """An AWS principal as callers are looked up by it: a role's ARN without its path.

    Role names are unique in an account, whatever their path, and a session's ARN does not carry the path.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """
    head, role, tail = name.partition(":role/")
    return f"{head}:role/{tail.rpartition('/')[2]}" if role else name


@dataclass(frozen=True, slots=True)
class PrincipalTest:
    """A compiled Principal element.

    Attributes:
        everyone: True for `"*"` and its equal `{"AWS": "*"}`, which mean every caller, anonymous ones and services too.
        named: The names it lists, by type.
        least: The least direct reach that counts.
        narrowed: In NotPrincipal, the accounts and roles of which it lists principals or sessions, too.
    """

    everyone: bool
    named: Mapping[str, frozenset[str]]
    least: Reach
    narrowed: frozenset[str]

    @property
    def names(self) -> frozenset[str] | None:
        """All it names, of any type; None when it names everyone, or everyone of a type."""
        names = frozenset().union(*self.named.values())
        return None if self.everyone or "*" in names else names

    @property
    def spared(self) -> frozenset[str]:
        """The names that NotPrincipal spares whatever the caller is: some or all."""
        return self.named["AWS"] - self.narrowed if self.least is Reach.ACCOUNT else frozenset()

    def reach(self, caller: Caller) -> Reach:
        """How directly the element names a caller; Reach.NONE when it does not."""
        if self.everyone:
            return Reach.CALLER
        named, reach = self.named[caller.type], Reach.NONE
        for name, by_name in caller.names.items():
            if by_name > reach and name in named:
                reach = by_name
        return reach if reach >= self.least else Reach.NONE

    def spares(self, caller: Caller) -> bool:
        """Whether a Deny with NotPrincipal spares a caller.

        An account beside its principals, or a role beside its sessions, has to be listed for their sake, and spares
        nobody but itself.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
        """
        if self.everyone:
            return True
        named, itself = self.named[caller.type], normalized(caller.principal)
        return any(
            reach >= self.least
            and name in named
            and (reach is Reach.CALLER or name == itself or name not in self.narrowed)
            for name, reach in caller.names.items()
        )


def compile_principals(principals: Principals, *, excepting: bool = False, roots_only: bool = False) -> PrincipalTest:
    """Compile a Principal element.

    Canonical user ids name accounts by ids that no request carries: they match none.

    Args:
        principals: The element.
        excepting: True for NotPrincipal.
        roots_only: True in the policy of a gateway endpoint, where an account means its root user and nobody else:
            https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """
    by_type = {"AWS": principals.aws, "Service": principals.service, "Federated": principals.federated}
    named = {type_: frozenset(map(normalized, names)) for type_, names in by_type.items()}
    return PrincipalTest(
        everyone=principals.everyone or "*" in principals.aws,
        named=named,
        least=Reach.ROLE if roots_only else Reach.ACCOUNT,
        narrowed=_narrowed(named["AWS"]) if excepting else frozenset(),
    )


def _narrowed(names: frozenset[str]) -> frozenset[str]:
    """The accounts and roles of others that are named. An id does not tell its account: it may be of any."""
    if any(name.startswith(("AIDA", "AROA")) for name in names):
        above = {name for name in names if name.isdecimal() or name.endswith(":root")}
    else:
        above = set()
    for name in names:
        if ":" in name:
            above |= {one for one, reach in _caller(name).names.items() if reach < Reach.CALLER and one != name}
    return names & above
