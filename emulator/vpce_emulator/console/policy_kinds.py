"""What a policy most likely is attached to, judged by what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from vpce_policies import PolicyKind
from vpce_policies.kinds import GRAMMARS


class Guess(NamedTuple):
    """A kind of policy, and what speaks for it."""

    kind: PolicyKind
    because: str


_BUCKET_OF = re.compile(r"arn:aws[a-z-]*:s3:::([^/*?]+)")
_OF_SERVICES = {
    "kms": PolicyKind.KMS_KEY,
    "sqs": PolicyKind.SQS_QUEUE,
    "sns": PolicyKind.SNS_TOPIC,
    "secretsmanager": PolicyKind.SECRETSMANAGER_SECRET,
    "lambda": PolicyKind.LAMBDA_FUNCTION,
    "dynamodb": PolicyKind.DYNAMODB_TABLE,
}
# The first that occurs in a file's name tells the kind.
_NAMES = (
    ("gateway-endpoint", PolicyKind.GATEWAY_ENDPOINT),
    ("endpoint", PolicyKind.VPC_ENDPOINT),
    ("vpce", PolicyKind.VPC_ENDPOINT),
    ("bucket", PolicyKind.BUCKET),
    ("trust", PolicyKind.ROLE_TRUST),
    ("boundary", PolicyKind.PERMISSIONS_BOUNDARY),
    ("session", PolicyKind.SESSION),
    ("scp", PolicyKind.SCP),
    ("rcp", PolicyKind.RCP),
)


def guess_kind(policy: object, file: str = "") -> Guess:
    """Guess the kind of a policy.

    Policies of endpoints and of resources read alike: where the file's name does not tell, one that is about a single
    bucket is taken for the bucket's, one of a single service for that of its resources, and any other whose Principals
    are all `*` for an endpoint's, or for an RCP when it only denies.

    Args:
        policy: the document as parsed JSON, whatever it is; None where the text is no JSON.
        file: the name of its file.
    """
    statements = list(_statements(policy))
    with_principal = any("Principal" in each or "NotPrincipal" in each for each in statements)
    by_name = _by_name(file, statements, with_principal)
    if by_name:
        return by_name
    if policy is None:
        return Guess(PolicyKind.IDENTITY, "it is no JSON")
    if not with_principal:
        return Guess(PolicyKind.IDENTITY, "it has no Principal")
    return _with_principal(statements)


def _by_name(file: str, statements: Sequence[Mapping[str, Any]], with_principal: bool) -> Guess | None:
    """Return what the file's name says, unless the policy says otherwise: that it has a Principal, or has none."""
    words = file.lower().replace("_", "-")
    for word, kind in _NAMES:
        fits = not statements or with_principal is ("Principal" not in GRAMMARS[kind].without)
        if re.search(rf"(?<![a-z]){word}(?![a-z])", words) and fits:
            return Guess(kind, f"its file is called {file}")
    return None


def _with_principal(statements: Sequence[Mapping[str, Any]]) -> Guess:
    resources = [text for each in statements for text in _texts(each.get("Resource", each.get("NotResource")))]
    services = {text.partition(":")[0].lower() for each in statements for text in _texts(each.get("Action"))}
    if services == {"sts"} and not resources:
        return Guess(PolicyKind.ROLE_TRUST, "it has actions of STS, and no Resource")
    buckets = [found[1] if (found := _BUCKET_OF.match(each)) else None for each in resources]
    if buckets and buckets[0] is not None and len(set(buckets)) == 1:
        return Guess(PolicyKind.BUCKET, "it is about one bucket")
    if all(each.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]}) for each in statements):
        if all(each.get("Effect") == "Deny" for each in statements) and set(resources) == {"*"}:
            return Guess(PolicyKind.RCP, "it denies everyone")
        return Guess(PolicyKind.VPC_ENDPOINT, "its Principals are all *")
    if len(services) == 1 and services <= _OF_SERVICES.keys():
        (service,) = services
        return Guess(_OF_SERVICES[service], f"its actions are those of {service}")
    return Guess(PolicyKind.RESOURCE, "it names its Principals")


def _statements(policy: object) -> Iterator[Mapping[str, Any]]:
    statements = policy.get("Statement") if isinstance(policy, Mapping) else None
    listed = statements if isinstance(statements, list) else [statements]
    return (each for each in listed if isinstance(each, Mapping))


def _texts(value: object) -> Sequence[str]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]
