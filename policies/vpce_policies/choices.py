"""Where AWS's documentation leaves a question open: what this package does, and why.

Each row is held by a test of the same id; the documentation page lists them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to one open question.

    Attributes:
        id: A name for it, the same in every release.
        question: What is open.
        answer: What this package does.
        source: The page that comes nearest, or why the answer was chosen.
    """

    id: str
    question: str
    answer: str
    source: str


CHOICES: Sequence[Choice] = (
    Choice(
        "any-value-if-exists-absent",
        "Does `ForAnyValue:…IfExists` hold when the request has no such key?",
        "No: a set without values has no member that could match.",
        "undocumented; AWS is reported to behave so, and ForAnyValue is false without the key: "
        f"{_GUIDE}reference_policies_condition-single-vs-multi-valued-context-keys.html",
    ),
    Choice(
        "plain-operator-many-values",
        "What does an operator without set prefix do with a multivalued key?",
        "It holds when any value matches; a negated one when none does.",
        f"undocumented; set operators are asked for: {_GUIDE}"
        "reference_policies_condition-single-vs-multi-valued-context-keys.html",
    ),
    Choice(
        "unreadable-value",
        "What if the request's value is not of the operator's type (a word for NumericEquals)?",
        "It compares with nothing: the operator does not hold, a negated one does.",
        "undocumented; the same as for values that do not resolve, and safe in a Deny",
    ),
    Choice(
        "many-valued-variable",
        "What does a policy variable stand for whose key has many values?",
        "It does not resolve, so the value matches nothing; a list of one value is that value.",
        f"{_GUIDE}reference_policies_variables.html: variables are for single-valued keys",
    ),
    Choice(
        "variable-value-is-text",
        "Is a `*` in the value of a policy variable a wildcard?",
        "No: values are compared as plain text.",
        f"{_GUIDE}reference_policies_variables.html does not say; a caller who chooses a tag could else widen a policy",
    ),
    Choice(
        "resource-wildcard-crosses-colons",
        "Does a wildcard in Resource reach over a colon?",
        "Yes, a Resource is one text; in ARN conditions it does not.",
        f"{_GUIDE}reference_policies_elements_resource.html says so of a `*` that ends a segment",
    ),
    Choice(
        "action-without-resource",
        "Which Resource means an action that has no resource (`s3:ListAllMyBuckets`)?",
        "One that matches the request's resource: only `*` when the request says `*`.",
        f"{_GUIDE}reference_policies_elements_resource.html: such actions need `*`",
    ),
    Choice(
        "not-principal-session-only",
        "Whom does NotPrincipal except that lists a role session but neither its role nor its account?",
        "That session.",
        f"{_GUIDE}reference_policies_elements_notprincipal.html asks to list all three and does not say what happens",
    ),
    Choice(
        "not-principal-account-of-id",
        "Whom does NotPrincipal except that lists an account and the id of a deleted user or role (`AIDA…`, `AROA…`)?",
        "The root user of the account alone, as beside an ARN of the account: the id may be of it.",
        f"{_GUIDE}reference_policies_elements_notprincipal.html: the account is listed for its principal's sake",
    ),
    Choice(
        "endpoint-account-principal",
        "Whom does an account in the Principal of an interface endpoint's policy mean?",
        "Everyone in the account; in a gateway endpoint's policy only its root user.",
        "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html says the latter of gateways only",
    ),
    Choice(
        "role-path",
        "Does a role session match a role named with a path?",
        "Yes: role names are unique in an account, and a session's ARN does not carry the path.",
        f"{_GUIDE}reference_identifiers.html",
    ),
    Choice(
        "canonical-user",
        "Whom does a CanonicalUser principal mean?",
        "Nobody: no request carries a canonical user id.",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-bucket-user-policy-specifying-principal-intro.html",
    ),
    Choice(
        "unique-id-principal",
        "Whom does the id of a user or role (`AIDA…`, `AROA…`) in Principal mean?",
        "Nobody: AWS shows such an id in the place of an ARN when the user or role was deleted.",
        f"{_GUIDE}reference_policies_elements_principal.html",
    ),
    Choice(
        "empty-text",
        "Is an empty text a value of a key?",
        "With ForAllValues and ForAnyValue it is a set without values; for all other operators, Null too, it is one.",
        f"{_GUIDE}reference_policies_condition-single-vs-multi-valued-context-keys.html says the former",
    ),
    Choice(
        "unresolved-not-resource",
        "What does NotResource mean whose policy variable does not resolve?",
        "Everything: what does not resolve matches nothing, so nothing is left out.",
        f"{_GUIDE}reference_policies_variables.html says it of values and inverted operators only",
    ),
    Choice(
        "short-arn-pattern",
        "What does an ARN condition match whose value has fewer than six segments, such as `*`?",
        "Nothing: each segment is matched by itself.",
        f"undocumented; {_GUIDE}reference_policies_elements_condition_operators.html shows six",
    ),
    Choice(
        "two-boundaries",
        "What if a request comes with more than one permissions boundary?",
        "They add up, as policies of one layer do.",
        f"{_GUIDE}access_policies_boundaries.html: an entity has one",
    ),
)
