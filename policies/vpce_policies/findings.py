"""What a policy that AWS accepts most likely gets wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

from vpce_policies.condition_keys import SYSTEM_ID_KEYS, is_global
from vpce_policies.document import Condition, Document, Effect, PolicyKind, Statement
from vpce_policies.errors import MalformedPolicy
from vpce_policies.operators import find_operator
from vpce_policies.patterns import Test, compile_pattern, parse
from vpce_policies.validation import parse_policy


class Severity(StrEnum):
    """How bad a finding is: AWS refuses the policy, it does not do what it says, or it deserves a second look."""

    ERROR = "error"
    WARNING = "warning"
    SUGGESTION = "suggestion"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a policy.

    Attributes:
        id: What is wrong, the same in every release.
        severity: How bad it is.
        path: Where, such as `Statement[0].Principal`; empty for the whole document.
        message: What is wrong, in a sentence.
        line: Line of a JSON syntax error, from 1.
        column: Column of a JSON syntax error, from 1.
    """

    id: str
    severity: Severity
    path: str
    message: str
    line: int | None = None
    column: int | None = None


class Vocabulary(Protocol):
    """What services define; see https://docs.aws.amazon.com/service-authorization/latest/reference/."""

    def actions(self, service: str) -> Collection[str] | None:
        """The names of a service's actions without the prefix; None for a service that does not exist."""

    def condition_keys(self, service: str) -> Collection[str] | None:
        """A service's own condition keys with the prefix, `s3:ExistingObjectTag/<key>` for tags; None as above."""


Found = Iterator[tuple[str, str]]
"""Paths and messages."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A check of documents.

    Attributes:
        id: The id of its findings.
        severity: Their severity.
        kinds: The kinds of policy it is about.
        find: What it finds.
    """

    id: str
    severity: Severity
    kinds: frozenset[PolicyKind]
    find: Callable[[Document], Found]


def check(
    policy: Document | str | Mapping[str, object],
    kind: PolicyKind | None = None,
    *,
    bucket: str | None = None,
    vocabulary: Vocabulary | None = None,
) -> tuple[Finding, ...]:
    """Look a policy over.

    Args:
        policy: A document, or the text of one; what is wrong with the text is a finding too.
        kind: What the policy is attached to; may be left out for a Document.
        bucket: The bucket a BUCKET policy is for.
        vocabulary: The actions and condition keys of services; without it only global condition keys are checked.
    """
    if not isinstance(policy, Document):
        try:
            policy = parse_policy(policy, kind or PolicyKind.IDENTITY, bucket=bucket)
        except MalformedPolicy as error:
            message = error.detail if error.detail in error.message else f"{error.message}: {error.detail}"
            return (Finding(error.problem, Severity.ERROR, error.path, message, error.line, error.column),)
    return (*_ruled(policy), *_unknown(policy, vocabulary))


def _ruled(document: Document) -> Iterator[Finding]:
    for rule in RULES:
        if document.kind in rule.kinds:
            for path, message in rule.find(document):
                yield Finding(rule.id, rule.severity, path, message)


def _path(statement: Statement, element: str = "") -> str:
    return f"Statement[{statement.index}]{'.' if element else ''}{element}"


def _at(statement: Statement, condition: Condition) -> str:
    return _path(statement, f"Condition.{condition.operator}.{condition.key}")


def _element(statement: Statement, name: str) -> str:
    return f"Not{name}" if getattr(statement, f"not_{name.lower()}") else name


def _conditions(document: Document) -> Iterator[tuple[Statement, Condition]]:
    return ((statement, condition) for statement in document.statements for condition in statement.conditions)


def _base(condition: Condition) -> str:
    """The operator's own name, without set prefix and IfExists."""
    operator = find_operator(condition.operator)
    return operator.base.name if operator else ""


def _everyone(statement: Statement) -> bool:
    principals = statement.principals
    return principals is None or (not statement.not_principal and "*" in principals.names)


def _gateway_principal(document: Document) -> Found:
    for statement in document.statements:
        if not _everyone(statement) or statement.not_principal:
            yield (
                _path(statement, _element(statement, "Principal")),
                "Only * may be the Principal of a gateway endpoint's policy; name callers by aws:PrincipalArn.",
            )


def _denies_everything(document: Document) -> Found:
    if all(statement.effect is Effect.DENY for statement in document.statements):
        yield "Statement", "No statement allows anything, so every request through the endpoint is denied."


def _source_ip_at_endpoint(document: Document) -> Found:
    for statement, condition in _conditions(document):
        if condition.key.lower() == "aws:sourceip":
            yield (
                _at(statement, condition),
                "Requests through a VPC endpoint carry no aws:SourceIp; aws:VpcSourceIp has the private address.",
            )


_TELLS_ENDPOINTS_APART = frozenset(
    {"aws:sourcevpce", "aws:sourcevpc", "aws:vpcsourceip", "aws:sourcevpcarn", "aws:vpceaccount", "aws:vpceorgid"}
)


def _source_ip_behind_endpoint(document: Document) -> Found:
    for statement, condition in _conditions(document):
        keys = {each.key.lower() for each in statement.conditions}
        denies = statement.effect is Effect.DENY and _base(condition) == "NotIpAddress"
        exempt = condition.operator.lower().endswith("ifexists") or keys & _TELLS_ENDPOINTS_APART
        if denies and condition.key.lower() == "aws:sourceip" and not exempt:
            yield (
                _at(statement, condition),
                "This denies every request through a VPC endpoint: those carry no aws:SourceIp. Except aws:SourceVpce.",
            )


_ALWAYS_COMPARED = ("Numeric",)


def _system_ids(document: Document) -> Found:
    for statement, condition in _conditions(document):
        wild = "Like" in condition.operator and any("*" in value or "?" in value for value in condition.values)
        if condition.key.lower() in SYSTEM_ID_KEYS and (wild or _base(condition).startswith(_ALWAYS_COMPARED)):
            yield (
                _at(statement, condition),
                f"An endpoint policy cannot compare {condition.key} by wildcards or as a number.",
            )


def _short_wildcards(document: Document) -> Found:
    for statement, condition in _conditions(document):
        for value in condition.values if _base(condition).startswith("String") else ():
            parts = re.split(r"[*?]", re.sub(r"\$\{[^}]*\}", "x" * 6, value))
            if len(parts) > 1 and any(max(map(len, pair)) < 6 for pair in pairwise(parts)):
                yield (
                    _at(statement, condition),
                    f"Endpoint policies need six characters before or after each wildcard; {value!r} has fewer.",
                )


def _mixed_accounts(document: Document) -> Found:
    for statement in document.statements:
        conditions = [(_at(statement, condition), condition.values) for condition in statement.conditions]
        for path, values in [(_path(statement, _element(statement, "Resource")), statement.resources), *conditions]:
            for value in values:
                account = value.split(":", 5)[4] if value.startswith("arn:") and value.count(":") >= 5 else ""
                if re.search(r"[0-9]", account) and re.search(r"[*?]", account):
                    yield path, f"The account of {value!r} may be an account id or a wildcard, not both."


def _old_version(document: Document) -> Found:
    if document.expands_variables:
        return
    for statement in document.statements:
        conditions = [(_at(statement, each), each.values) for each in statement.conditions]
        for path, values in [(_path(statement, _element(statement, "Resource")), statement.resources), *conditions]:
            if any("${" in value for value in values):
                yield path, "Policy variables need Version 2012-10-17; here ${…} is plain text."


def _empty_lists(document: Document) -> Found:
    for statement in document.statements:
        elements = {"Action": statement.actions, "Resource": statement.resources}
        if statement.principals is not None:
            elements["Principal"] = statement.principals.names
        lists = [(_path(statement, _element(statement, name)), values) for name, values in elements.items()]
        lists += [(_at(statement, condition), condition.values) for condition in statement.conditions]
        yield from ((path, "An empty list matches nothing.") for path, values in lists if not values)


def _shadowed(document: Document) -> Found:
    denials = [each for each in document.statements if each.effect is Effect.DENY and not each.conditions]
    for statement in document.statements:
        for denial in denials if statement.effect is Effect.ALLOW else ():
            if _covers(denial, statement):
                yield _path(statement), f"This never allows anything: statement {denial.index} denies all of it."
                break


def _covers(denial: Statement, statement: Statement) -> bool:
    """Whether a denial is about everything that a statement is about; False when that is not plain to see."""
    if any((denial.not_action, denial.not_resource, denial.not_principal)):
        return False
    principals = _everyone(denial) or (denial.principals == statement.principals and not statement.not_principal)
    actions = [each.lower() for each in statement.actions], [each.lower() for each in denial.actions]
    return (
        principals
        and _all_covered(*actions, negated=statement.not_action)
        and _all_covered(statement.resources, denial.resources, negated=statement.not_resource)
    )


def _all_covered(patterns: Sequence[str], covers: Sequence[str], *, negated: bool) -> bool:
    if "*" in covers:
        return True
    return not negated and all(any(_covered(each, cover) for cover in covers) for each in patterns)


def _covered(pattern: str, cover: str) -> bool:
    """Whether everything a pattern matches another matches too: a `*` there takes in any character, wildcards too."""
    if "?" in cover or "${" in cover:
        return pattern == cover
    return _glob(cover)(pattern)


@lru_cache(maxsize=1024)
def _glob(pattern: str) -> Test:
    return compile_pattern(parse(pattern, variables=False))


def _not_principal_allow(document: Document) -> Found:
    for statement in document.statements:
        if statement.effect is Effect.ALLOW and statement.not_principal:
            yield (
                _path(statement, "NotPrincipal"),
                "Allow with NotPrincipal grants to everybody else, anonymous callers included.",
            )


def _public(document: Document) -> Found:
    for statement in document.statements:
        if statement.effect is Effect.ALLOW and _everyone(statement) and not statement.conditions:
            yield _path(statement, "Principal"), "This grants to everybody, anonymous callers included."


def _all_values(document: Document) -> Found:
    for statement, condition in _conditions(document):
        keys = {each.key.lower() for each in statement.conditions if _base(each) == "Null"}
        all_values = condition.operator.lower().startswith("forallvalues:")
        if statement.effect is Effect.ALLOW and all_values and condition.key.lower() not in keys:
            yield (
                _at(statement, condition),
                f"ForAllValues holds when the request has no {condition.key}; add a Null condition on it.",
            )


_ENDPOINTS = frozenset({PolicyKind.VPC_ENDPOINT, PolicyKind.GATEWAY_ENDPOINT})
_RESOURCES = frozenset({PolicyKind.RESOURCE, PolicyKind.BUCKET})
_ALL = frozenset(PolicyKind)

RULES: Sequence[Rule] = (
    # https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    Rule("gateway-endpoint-principal", Severity.WARNING, frozenset({PolicyKind.GATEWAY_ENDPOINT}), _gateway_principal),
    Rule("endpoint-denies-everything", Severity.WARNING, _ENDPOINTS, _denies_everything),
    Rule("endpoint-system-id-wildcard", Severity.WARNING, _ENDPOINTS, _system_ids),
    Rule("endpoint-short-wildcard", Severity.SUGGESTION, _ENDPOINTS, _short_wildcards),
    Rule("endpoint-mixed-account", Severity.WARNING, _ENDPOINTS, _mixed_accounts),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceip
    Rule("source-ip-never-present", Severity.WARNING, _ENDPOINTS, _source_ip_at_endpoint),
    Rule("source-ip-behind-endpoint", Severity.WARNING, _ALL - _ENDPOINTS, _source_ip_behind_endpoint),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
    Rule("variables-not-expanded", Severity.WARNING, _ALL, _old_version),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
    Rule("empty-list", Severity.SUGGESTION, _ALL, _empty_lists),
    Rule("for-all-values-without-null", Severity.SUGGESTION, _ALL, _all_values),
    Rule("allow-not-principal", Severity.WARNING, _ENDPOINTS | _RESOURCES, _not_principal_allow),
    Rule("public-grant", Severity.SUGGESTION, _RESOURCES, _public),
    Rule("unreachable-statement", Severity.WARNING, _ALL, _shadowed),
)
"""Every rule for documents that parse."""

UNKNOWN_ACTION, UNKNOWN_CONDITION_KEY = "unknown-action", "unknown-condition-key"


def _unknown(document: Document, vocabulary: Vocabulary | None) -> Iterator[Finding]:
    for statement in document.statements:
        for action in statement.actions:
            if vocabulary is not None and not _known_action(action, vocabulary):
                path = _path(statement, _element(statement, "Action"))
                yield Finding(UNKNOWN_ACTION, Severity.WARNING, path, f"No action matches {action!r}.")
        for condition in statement.conditions:
            if not _known_key(condition.key, vocabulary):
                message = f"There is no condition key {condition.key!r}."
                yield Finding(UNKNOWN_CONDITION_KEY, Severity.WARNING, _at(statement, condition), message)


def _known_action(action: str, vocabulary: Vocabulary) -> bool:
    service, _, name = action.lower().rpartition(":")
    if not service:
        return True
    known = vocabulary.actions(service)
    return known is not None and any(_glob(name)(each.lower()) for each in known)


def _known_key(key: str, vocabulary: Vocabulary | None) -> bool:
    service = key.lower().partition(":")[0]
    if service == "aws":
        return is_global(key)
    known = vocabulary.condition_keys(service) if vocabulary else None
    if vocabulary is None or known is None:
        return vocabulary is None
    name, slash, _ = key.lower().partition("/")
    return any(each.lower().partition("/")[:2] == (name, slash) for each in known)
