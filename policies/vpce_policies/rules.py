"""What is wrong with policies that AWS accepts, one rule for each mistake."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from vpce_policies.condition_keys import SYSTEM_ID_KEYS
from vpce_policies.document import Condition, Document, Effect, PolicyKind, Statement
from vpce_policies.kinds import ENDPOINT_KINDS, RESOURCE_KINDS
from vpce_policies.operators import find_operator
from vpce_policies.patterns import Test, Wildcard, compile_pattern, parse


class Severity(StrEnum):
    """How bad a finding is: AWS refuses the policy, it does not do what it says, or it deserves a second look."""

    ERROR = "error"
    WARNING = "warning"
    SUGGESTION = "suggestion"


Found = Iterator[tuple[str, str]]
"""Paths and messages."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A check of documents.

    Attributes:
        id: The id of its findings, the same in every release.
        severity: Their severity.
        kinds: The kinds of policy it is about.
        about: What it finds, in a phrase.
        find: Finds it.
    """

    id: str
    severity: Severity
    kinds: frozenset[PolicyKind]
    about: str
    find: Callable[[Document], Found]


ALL_KINDS = frozenset(PolicyKind)


def path_of(statement: Statement, element: str = "") -> str:
    """The path of a statement, or of one of its elements."""
    return f"Statement[{statement.index}]{'.' if element else ''}{element}"


def path_of_condition(statement: Statement, condition: Condition) -> str:
    """The path of a condition key."""
    return path_of(statement, f"Condition.{condition.operator}.{condition.key}")


def element_of(statement: Statement, name: str) -> str:
    """Which of two elements a statement has: `Action` or `NotAction`."""
    return f"Not{name}" if getattr(statement, f"not_{name.lower()}") else name


def conditions_of(document: Document) -> Iterator[tuple[Statement, Condition]]:
    """Every condition of a document with its statement."""
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
                path_of(statement, element_of(statement, "Principal")),
                "Only * may be the Principal of a gateway endpoint's policy; name callers by aws:PrincipalArn.",
            )


def _denies_everything(document: Document) -> Found:
    if all(statement.effect is Effect.DENY for statement in document.statements):
        yield "Statement", "No statement allows anything, so every request through the endpoint is denied."


def _source_ip_at_endpoint(document: Document) -> Found:
    for statement, condition in conditions_of(document):
        if condition.key.lower() == "aws:sourceip":
            yield (
                path_of_condition(statement, condition),
                "Requests through a VPC endpoint carry no aws:SourceIp; aws:VpcSourceIp has the private address.",
            )


_TELLS_ENDPOINTS_APART = frozenset(
    {
        "aws:sourcevpce",
        "aws:sourcevpc",
        "aws:vpcsourceip",
        "aws:sourcevpcarn",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
    }
)


def _source_ip_behind_endpoint(document: Document) -> Found:
    for statement in document.statements:
        keys = {each.key.lower() for each in statement.conditions}
        if statement.effect is Effect.DENY and not keys & _TELLS_ENDPOINTS_APART:
            for condition in statement.conditions:
                exempt = condition.operator.lower().endswith("ifexists")
                if condition.key.lower() == "aws:sourceip" and _base(condition) == "NotIpAddress" and not exempt:
                    yield (
                        path_of_condition(statement, condition),
                        "This denies every request through a VPC endpoint, which carry no aws:SourceIp: except them.",
                    )


def _source_ip_beside_endpoint(document: Document) -> Found:
    keys = {each.key.lower() for _, each in conditions_of(document)}
    if not keys & _TELLS_ENDPOINTS_APART:
        return
    for statement, condition in conditions_of(document):
        asked = _base(condition) == "IpAddress" and not condition.operator.lower().endswith("ifexists")
        if statement.effect is Effect.ALLOW and asked and condition.key.lower() == "aws:sourceip":
            yield (
                path_of_condition(statement, condition),
                "Requests through the endpoints that other conditions here are about carry no aws:SourceIp.",
            )


def _system_ids(document: Document) -> Found:
    for statement, condition in conditions_of(document):
        wild = "Like" in _base(condition) and any("*" in value or "?" in value for value in condition.values)
        if condition.key.lower() in SYSTEM_ID_KEYS and (wild or _base(condition).startswith("Numeric")):
            yield (
                path_of_condition(statement, condition),
                f"An endpoint policy cannot compare {condition.key} by wildcards or as a number.",
            )


def _short_wildcards(document: Document) -> Found:
    for statement, condition in conditions_of(document):
        for value in condition.values if _base(condition).startswith("String") else ():
            if any(max(pair) < _WILDCARD_NEEDS for pair in pairwise(_runs(value))):
                yield (
                    path_of_condition(statement, condition),
                    f"Endpoint policies need six characters before or after each wildcard; {value!r} has fewer.",
                )


_WILDCARD_NEEDS = 6


def _runs(value: str) -> Sequence[int]:
    """How many characters stand between wildcards; a policy variable counts as enough."""
    runs = [0]
    for piece in parse(value, variables=True):
        if isinstance(piece, Wildcard):
            runs.append(0)
        else:
            runs[-1] += len(piece) if isinstance(piece, str) else _WILDCARD_NEEDS
    return runs


def texts_of(document: Document) -> Iterator[tuple[str, str]]:
    """The paths and values of what may hold ARNs and policy variables: resources and conditions."""
    for statement in document.statements:
        for resource in statement.resources:
            yield path_of(statement, element_of(statement, "Resource")), resource
        for condition in statement.conditions:
            for value in condition.values:
                yield path_of_condition(statement, condition), value


def _mixed_accounts(document: Document) -> Found:
    for path, value in texts_of(document):
        account = value.split(":", 5)[4] if value.startswith("arn:") and value.count(":") >= 5 else ""
        if re.search(r"[0-9]", account) and re.search(r"[*?]", account):
            yield path, f"The account of {value!r} may be an account id or a wildcard, not both."


def _old_version(document: Document) -> Found:
    if not document.expands_variables:
        for path in dict.fromkeys(path for path, value in texts_of(document) if "${" in value):
            yield path, "Policy variables need Version 2012-10-17; here ${…} is plain text."


def _empty_lists(document: Document) -> Found:
    for statement in document.statements:
        elements = {"Action": statement.actions, "Resource": statement.resources}
        if statement.principals is not None:
            elements["Principal"] = statement.principals.names
        lists = [(path_of(statement, element_of(statement, name)), values) for name, values in elements.items()]
        lists += [(path_of_condition(statement, condition), condition.values) for condition in statement.conditions]
        yield from ((path, f"An empty list {_of_nothing(path)}.") for path, values in lists if not values)


def _of_nothing(path: str) -> str:
    """What becomes of an element without values."""
    *_, element = path.split(".Condition.", maxsplit=1)[0].split(".")
    if ".Condition." in path:
        operator = find_operator(path.split(".Condition.")[1].split(".", maxsplit=1)[0])
        return "makes the condition always hold" if operator and operator.base.negated else "matches nothing"
    return "leaves nothing out: the statement means everything" if element.startswith("Not") else "matches nothing"


def _shadowed(document: Document) -> Found:
    denials = [each for each in document.statements if each.effect is Effect.DENY and _is_plain(each)]
    for statement in document.statements:
        covering = (denial for denial in denials if _covers(denial, statement))
        denial = next(covering, None) if statement.effect is Effect.ALLOW else None
        if denial:
            yield path_of(statement), f"This never allows anything: statement {denial.index} denies all of it."


def _is_plain(statement: Statement) -> bool:
    """Whether a statement lists all that it means, without conditions."""
    return not any((statement.conditions, statement.not_action, statement.not_resource, statement.not_principal))


def _covers(denial: Statement, statement: Statement) -> bool:
    """Whether a plain denial is about everything that a statement is about; False when that is not plain to see."""
    return (
        _all_covered(statement.resources, denial.resources, negated=statement.not_resource)
        and _all_covered(_lowered(statement.actions), _lowered(denial.actions), negated=statement.not_action)
        and (_everyone(denial) or (denial.principals == statement.principals and not statement.not_principal))
    )


def _lowered(names: Sequence[str]) -> Sequence[str]:
    return [name.lower() for name in names]


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
                path_of(statement, "NotPrincipal"),
                "Allow with NotPrincipal grants to everybody else, anonymous callers included.",
            )


def _public(document: Document) -> Found:
    for statement in document.statements:
        if statement.effect is Effect.ALLOW and _everyone(statement) and not statement.conditions:
            yield path_of(statement, "Principal"), "This grants to everybody, anonymous callers included."


def _all_values(document: Document) -> Found:
    for statement in document.statements:
        present = {each.key.lower() for each in statement.conditions if _base(each) == "Null"}
        for condition in statement.conditions if statement.effect is Effect.ALLOW else ():
            if condition.operator.lower().startswith("forallvalues:") and condition.key.lower() not in present:
                yield (
                    path_of_condition(statement, condition),
                    f"ForAllValues holds when the request has no {condition.key}; add a Null condition on it.",
                )


RULES: Sequence[Rule] = (
    # https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    Rule(
        "gateway-endpoint-principal",
        Severity.WARNING,
        frozenset({PolicyKind.GATEWAY_ENDPOINT}),
        "a gateway endpoint's policy that names callers in Principal",
        _gateway_principal,
    ),
    Rule(
        "endpoint-denies-everything",
        Severity.WARNING,
        ENDPOINT_KINDS,
        "an endpoint policy without an Allow",
        _denies_everything,
    ),
    Rule(
        "endpoint-system-id-wildcard",
        Severity.WARNING,
        ENDPOINT_KINDS,
        "a wildcard or numeric operator on an id that AWS generates, in an endpoint policy",
        _system_ids,
    ),
    Rule(
        "endpoint-short-wildcard",
        Severity.SUGGESTION,
        ENDPOINT_KINDS,
        "a wildcard with fewer than six characters beside it, in an endpoint policy",
        _short_wildcards,
    ),
    Rule(
        "endpoint-mixed-account",
        Severity.WARNING,
        ENDPOINT_KINDS,
        "an ARN whose account is part id, part wildcard, in an endpoint policy",
        _mixed_accounts,
    ),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceip
    Rule(
        "source-ip-never-present",
        Severity.WARNING,
        ENDPOINT_KINDS,
        "aws:SourceIp in an endpoint policy",
        _source_ip_at_endpoint,
    ),
    Rule(
        "source-ip-behind-endpoint",
        Severity.WARNING,
        ALL_KINDS - ENDPOINT_KINDS,
        "a Deny on NotIpAddress aws:SourceIp that catches requests through endpoints",
        _source_ip_behind_endpoint,
    ),
    Rule(
        "source-ip-beside-endpoint",
        Severity.SUGGESTION,
        ALL_KINDS - ENDPOINT_KINDS,
        "an Allow on IpAddress aws:SourceIp in a document that also has conditions on endpoints",
        _source_ip_beside_endpoint,
    ),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
    Rule(
        "variables-not-expanded",
        Severity.WARNING,
        ALL_KINDS,
        "`${…}` in a document of Version 2008-10-17 or without one",
        _old_version,
    ),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
    Rule("empty-list", Severity.SUGGESTION, ALL_KINDS, "an element without values", _empty_lists),
    Rule(
        "for-all-values-without-null",
        Severity.SUGGESTION,
        ALL_KINDS,
        "an Allow with ForAllValues that also holds without the key",
        _all_values,
    ),
    Rule(
        "allow-not-principal",
        Severity.WARNING,
        ENDPOINT_KINDS | RESOURCE_KINDS,
        "Allow with NotPrincipal",
        _not_principal_allow,
    ),
    Rule("public-grant", Severity.SUGGESTION, RESOURCE_KINDS, "an Allow to everybody without a condition", _public),
    Rule(
        "unreachable-statement",
        Severity.WARNING,
        ALL_KINDS,
        "an Allow that an unconditional Deny covers",
        _shadowed,
    ),
)
"""Every rule for documents that parse and that needs nothing but the document."""
