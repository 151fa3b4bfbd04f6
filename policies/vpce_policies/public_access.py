"""Whether S3 takes a policy for public.

"The meaning of public", https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html:
S3 begins by assuming that a policy is public. It is not when each of its Allow statements grants access only to fixed
values (without a wildcard or a policy variable) of a principal, or of one of the condition keys below. Deny statements
count for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

from vpce_policies.document import Condition, Document, Effect, Principals, Statement
from vpce_policies.operators import find_operator

# The keys that AWS lists, and those that name an AWS principal, for which it lists aws:PrincipalOrgID as an example.
_CONFINING = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    }
)
_OPERATORS = frozenset({"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress"})
_NOT_FIXED = re.compile(r"[*?]|\$\{")
# A role's id with a session's name, "AROLEID:*" on AWS's page.
_SESSION = re.compile(r"AROA[A-Z0-9]*:.*", re.DOTALL)
# Broader ranges are public: values broader than /8 for IPv4 and /32 for IPv6, excluding RFC 1918's private ranges.
_NARROWEST_PUBLIC = {4: 7, 6: 31}
_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
# In a bucket policy the access point's name may be a wildcard, as long as the account is fixed.
_ANY_ACCESS_POINT = re.compile(r"arn:[\w-]+:s3:[\w-]+:\d{12}:accesspoint/[^${}]*", re.ASCII)


def is_public(document: Document, *, of_access_point: bool = False) -> bool:
    """Return whether S3 takes a policy for public.

    Args:
        document: a bucket's policy, or an access point's.
        of_access_point: whether it is an access point's, in which a wildcard for an access point's name is no excuse.
    """
    return any(
        statement.effect is Effect.ALLOW and not _is_confined(statement, of_access_point)
        for statement in document.statements
    )


def _is_confined(statement: Statement, of_access_point: bool) -> bool:
    return _names_fixed_principals(statement) or any(
        _confines(condition, of_access_point) for condition in statement.conditions
    )


def _names_fixed_principals(statement: Statement) -> bool:
    """Return whether only known principals are meant; a federated one is whoever an identity provider lets in."""
    principals = statement.principals or Principals(everyone=True)
    return not (statement.not_principal or principals.everyone or principals.federated or "*" in principals.aws)


def _confines(condition: Condition, of_access_point: bool) -> bool:
    operator = find_operator(condition.operator)
    key = condition.key.lower()
    if operator is None or operator.base.name not in _OPERATORS or not operator.needs_key or key not in _CONFINING:
        return False
    return bool(condition.values) and all(_is_fixed(key, value, of_access_point) for value in condition.values)


def _is_fixed(key: str, value: str, of_access_point: bool) -> bool:
    if key == "aws:sourceip":
        return _is_narrow(value)
    if key == "aws:userid" and _SESSION.fullmatch(value):
        return False
    if key == "s3:dataaccesspointarn" and not of_access_point and _ANY_ACCESS_POINT.fullmatch(value):
        return True
    return not _NOT_FIXED.search(value)


def _is_narrow(value: str) -> bool:
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        return False
    return network.prefixlen > _NARROWEST_PUBLIC[network.version] or _is_private(network, _PRIVATE)


def _is_private(network: IPv4Network | IPv6Network, private: Iterable[IPv4Network]) -> bool:
    return isinstance(network, IPv4Network) and any(network.subnet_of(known) for known in private)
