"""What is wrong with the values of a policy: those that can never match, and those that match other than they read.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html names most of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from vpce_policies.bucket_rules import inapplicable
from vpce_policies.condition_keys import MULTIVALUED_KEYS, is_global
from vpce_policies.document import Condition, Document, Effect, PolicyKind
from vpce_policies.errors import Problem
from vpce_policies.kinds import ENDPOINT_KINDS, GRAMMARS, Storer
from vpce_policies.operators import READERS, QualifiedOperator, ValueType, find_operator
from vpce_policies.patterns import compile_pattern, has_variable, parse
from vpce_policies.rules import (
    ALL_KINDS,
    Found,
    Rule,
    Severity,
    conditions_of,
    element_of,
    path_of,
    path_of_condition,
)

_ARN_COLONS = 5


def _operated(document: Document) -> Iterator[tuple[str, Condition, QualifiedOperator]]:
    """The path of each condition, the condition, and its operator."""
    for statement, condition in conditions_of(document):
        operator = find_operator(condition.operator)
        if operator:
            yield path_of_condition(statement, condition), condition, operator


def _readable(value: str, type_: ValueType) -> bool:
    if type_ is ValueType.PRESENCE:
        return value.lower() in ("true", "false")
    if type_ is ValueType.ARN:
        return value.count(":") >= _ARN_COLONS or "${" in value
    return type_ is ValueType.STRING or READERS[type_](value) is not None


def _unreadable(document: Document) -> Found:
    for path, condition, operator in _operated(document):
        type_ = operator.base.type
        for value in condition.values:
            if not _readable(value, type_) and "${" not in value:
                never = "always holds" if operator.base.negated else "never holds"
                yield path, f"{value!r} is no {type_}: with it the condition {never}."


def _variables_of_other_types(document: Document) -> Found:
    for path, condition, operator in _operated(document):
        if operator.base.type not in (ValueType.STRING, ValueType.ARN) and any(
            "${" in each for each in condition.values
        ):
            yield path, f"{condition.operator} does not expand policy variables; string and ARN operators do."


def _plain_wildcards(document: Document) -> Found:
    for path, condition, operator in _operated(document):
        base = operator.base
        for value in condition.values if base.type is ValueType.STRING and not base.wildcards else ():
            if re.search(r"[*?]", re.sub(r"\$\{[^}]*\}", "", value)):
                yield (
                    path,
                    f"In {value!r} a wildcard is a plain character; StringLike and StringNotLike have wildcards.",
                )


def _missing_qualifiers(document: Document) -> Found:
    for path, condition, operator in _operated(document):
        many = condition.key.lower() in MULTIVALUED_KEYS
        if many and not operator.quantifier and operator.base.compare:
            yield path, f"{condition.key} has many values: say ForAllValues: or ForAnyValue:."


def _needless_qualifiers(document: Document) -> Found:
    for path, condition, operator in _operated(document):
        one = is_global(condition.key) and condition.key.lower() not in MULTIVALUED_KEYS
        if one and operator.quantifier == "forallvalues":
            yield path, f"{condition.key} has one value: ForAllValues only makes the condition hold without it."


def _keys_twice(document: Document) -> Found:
    for statement in document.statements:
        spelled = {(each.operator, each.key): each for each in statement.conditions}
        counts = Counter((operator.lower(), key.lower()) for operator, key in spelled)
        for (operator, key), condition in spelled.items():
            if counts[operator.lower(), key.lower()] > 1:
                yield path_of_condition(statement, condition), f"{key} occurs again in another letter case."


def _s3_resources(document: Document) -> Found:
    """S3 actions without a resource of their kind, which S3 refuses in bucket policies: they match nothing."""
    for statement in document.statements:
        if all(each.lower().startswith("s3:") for each in statement.actions) and not _any_s3(statement.resources):
            for problem, detail, where, _ in inapplicable(statement):
                if problem is Problem.INAPPLICABLE_ACTION:
                    yield path_of(statement, where), detail


def _any_s3(resources: Sequence[str]) -> bool:
    """Whether resources may be others than buckets and objects."""
    return not all(re.match(r"arn:aws[a-z-]*:s3:::[^:]", each) for each in resources)


def _located_buckets(document: Document) -> Found:
    for statement in document.statements:
        for resource in statement.resources:
            located = re.match(
                r"arn:[^:]*:s3:([^:]*):([^:]*):(?!accesspoint|job|storage-lens|async|access-grants)", resource
            )
            if located and any(each.strip("*") for each in located.groups()):
                path = path_of(statement, element_of(statement, "Resource"))
                yield path, f"ARNs of buckets and objects have no Region and no account: {resource!r} matches none."


def _sids(document: Document) -> Found:
    for statement in document.statements:
        if statement.sid is not None and not re.fullmatch(r"[0-9A-Za-z]*", statement.sid):
            yield path_of(statement, "Sid"), f"A Sid has letters and digits only, not {statement.sid!r}."


def _pass_role(document: Document) -> Found:
    for statement in document.statements:
        of_iam = [each.lower() for each in statement.actions if each.lower().startswith("iam:")]
        passes = any(compile_pattern(parse(each, variables=False))("iam:passrole") for each in of_iam)
        if statement.effect is Effect.ALLOW and passes and not statement.not_action and "*" in statement.resources:
            yield path_of(statement, "Resource"), "iam:PassRole on * lets every role be passed; name the roles."


def _covered_values(document: Document) -> Found:
    for statement in document.statements:
        lists = {"Action": [each.lower() for each in statement.actions], "Resource": list(statement.resources)}
        for name, values in lists.items():
            for value in dict.fromkeys(values):
                cover = _cover(value, values)
                if cover:
                    path = path_of(statement, element_of(statement, name))
                    yield path, f"{value!r} says nothing more beside {cover!r}."


def _cover(value: str, values: Sequence[str]) -> str | None:
    others = (each for each in values if each != value and "?" not in each and "${" not in each)
    return next((each for each in others if compile_pattern(parse(each, variables=False))(value)), None)


def _former_identities(document: Document) -> Found:
    for statement in document.statements:
        for name in statement.principals.aws if statement.principals else ():
            if name.startswith(("AIDA", "AROA")):
                path = path_of(statement, f"{element_of(statement, 'Principal')}.AWS")
                yield path, f"{name} is the id of a user or role that was deleted; no caller is meant by it."


def _variables_in_not_resource(document: Document) -> Found:
    for statement in document.statements:
        for resource in statement.resources if statement.not_resource and document.expands_variables else ():
            if has_variable(parse(resource, variables=True)):
                yield (
                    path_of(statement, "NotResource"),
                    f"In a request without a value for the variable, {resource!r} spares nothing.",
                )


_IAM_KINDS = frozenset(kind for kind in PolicyKind if GRAMMARS[kind].storer is Storer.IAM)

VALUE_RULES: Sequence[Rule] = (
    Rule("value-of-other-type", Severity.WARNING, ALL_KINDS, "a value that its operator cannot read", _unreadable),
    Rule(
        "variable-in-typed-value",
        Severity.WARNING,
        ALL_KINDS,
        "a policy variable under an operator that expands none",
        _variables_of_other_types,
    ),
    Rule(
        "wildcard-is-plain-text",
        Severity.WARNING,
        ALL_KINDS,
        "a wildcard under an operator without wildcards",
        _plain_wildcards,
    ),
    Rule(
        "missing-set-operator",
        Severity.WARNING,
        ALL_KINDS,
        "a key with many values under an operator without set prefix",
        _missing_qualifiers,
    ),
    Rule(
        "for-all-values-of-one",
        Severity.SUGGESTION,
        ALL_KINDS,
        "ForAllValues on a key with one value",
        _needless_qualifiers,
    ),
    Rule("key-in-two-cases", Severity.WARNING, ALL_KINDS, "a condition key twice, in other letter case", _keys_twice),
    Rule(
        "action-without-its-resource",
        Severity.WARNING,
        ALL_KINDS - {PolicyKind.BUCKET},
        "an action of S3 beside resources it is not about",
        _s3_resources,
    ),
    Rule(
        "located-bucket",
        Severity.WARNING,
        ALL_KINDS,
        "a bucket's ARN with a Region or an account",
        _located_buckets,
    ),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
    Rule("invalid-sid", Severity.ERROR, _IAM_KINDS, "a Sid with other characters than letters and digits", _sids),
    Rule("pass-any-role", Severity.WARNING, ALL_KINDS - ENDPOINT_KINDS, "iam:PassRole on every role", _pass_role),
    Rule("redundant-value", Severity.SUGGESTION, ALL_KINDS, "a value that another one covers", _covered_values),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    Rule(
        "former-identity",
        Severity.WARNING,
        ALL_KINDS,
        "the id of a deleted user or role in Principal",
        _former_identities,
    ),
    Rule(
        "variable-in-not-resource",
        Severity.SUGGESTION,
        ALL_KINDS,
        "a policy variable in NotResource",
        _variables_in_not_resource,
    ),
)
"""The rules about values; they need nothing but the document."""
