"""What a policy most likely is attached to, judged by what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from vpce_policies import PolicyKind


class Guess(NamedTuple):
    """A kind of policy, and what speaks for it."""

    kind: PolicyKind
    because: str


_BUCKET_OF = re.compile(r"arn:aws[a-z-]*:s3:::([^/*?]+)")


def guess_kind(policy: object) -> Guess:
    """Guess the kind of a policy.

    Policies of endpoints and of resources read alike: one that is about a single bucket is taken for the bucket's, any
    other whose Principals are all `*` for an endpoint's.

    Args:
        policy: the document as parsed JSON, whatever it is.
    """
    statements = list(_statements(policy))
    if not any("Principal" in each or "NotPrincipal" in each for each in statements):
        return Guess(PolicyKind.IDENTITY, "it has no Principal")
    resources = [text for each in statements for text in _texts(each.get("Resource", each.get("NotResource")))]
    buckets = [found[1] if (found := _BUCKET_OF.match(each)) else None for each in resources]
    if buckets and buckets[0] is not None and len(set(buckets)) == 1:
        return Guess(PolicyKind.BUCKET, "it is about one bucket")
    if all(each.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]}) for each in statements):
        return Guess(PolicyKind.VPC_ENDPOINT, "its Principals are all *")
    return Guess(PolicyKind.RESOURCE, "it names its Principals")


def _statements(policy: object) -> Iterator[Mapping[str, Any]]:
    statements = policy.get("Statement") if isinstance(policy, Mapping) else None
    listed = statements if isinstance(statements, list) else [statements]
    return (each for each in listed if isinstance(each, Mapping))


def _texts(value: object) -> Sequence[str]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]
