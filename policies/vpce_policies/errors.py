"""The only exceptions of this package: policies that AWS would refuse to store, in the words of that service."""

from __future__ import annotations

from enum import StrEnum

from vpce_policies.document import PolicyKind
from vpce_policies.kinds import GRAMMARS, SizeLimit, Storer


class Problem(StrEnum):
    """What can be wrong with a policy document; the value is the stable id of the finding."""

    NOT_AN_OBJECT = "not-an-object"
    INVALID_JSON = "invalid-json"
    DUPLICATE_FIELD = "duplicate-field"
    TOO_LARGE = "too-large"
    UNKNOWN_FIELD = "unknown-field"
    MISSING_FIELD = "missing-field"
    CONFLICTING_FIELDS = "conflicting-fields"
    INVALID_VALUE = "invalid-value"
    INVALID_VERSION = "invalid-version"
    NO_STATEMENTS = "no-statements"
    INVALID_EFFECT = "invalid-effect"
    DUPLICATE_SID = "duplicate-sid"
    INVALID_PRINCIPAL = "invalid-principal"
    PRINCIPAL_NOT_ALLOWED = "principal-not-allowed"
    PROHIBITED_FIELD = "prohibited-field"
    INVALID_ACTION = "invalid-action"
    FOREIGN_ACTION = "foreign-action"
    INVALID_RESOURCE = "invalid-resource"
    INAPPLICABLE_ACTION = "inapplicable-action"
    INVALID_OPERATOR = "invalid-operator"
    INVALID_CONDITION_KEY = "invalid-condition-key"
    INVALID_ADDRESS = "invalid-address"
    INAPPLICABLE_CONDITION = "inapplicable-condition"


S3_WORDS: dict[Problem, str] = {
    # https://github.com/aws/aws-cli/issues/2779
    Problem.NOT_AN_OBJECT: "Policies must be valid JSON and the first byte must be '{'",
    # https://github.com/versity/versitygw/pull/1156, recorded beside the former
    Problem.INVALID_JSON: "This policy contains invalid Json",
    Problem.DUPLICATE_FIELD: "This policy contains invalid Json",
    # The text of S3-compatible servers; not seen in AWS documentation
    Problem.TOO_LARGE: "Policy exceeds the maximum allowed document size.",
    Problem.UNKNOWN_FIELD: "Unknown field {0}",
    # https://github.com/versity/versitygw/pull/1176
    Problem.MISSING_FIELD: "Missing required field {0}",
    Problem.CONFLICTING_FIELDS: "Invalid policy syntax.",
    Problem.INVALID_VALUE: "Invalid policy syntax.",
    # https://github.com/versity/versitygw/issues/1536
    Problem.INVALID_VERSION: "The policy must contain a valid version string",
    # https://github.com/versity/versitygw/issues/646
    Problem.NO_STATEMENTS: "Could not parse the policy: Statement is empty!",
    # https://github.com/versity/versitygw/issues/647
    Problem.INVALID_EFFECT: "Invalid effect: {0}",
    Problem.DUPLICATE_SID: "Invalid policy syntax.",
    # https://repost.aws/knowledge-center/s3-invalid-principal-in-policy-error
    Problem.INVALID_PRINCIPAL: "Invalid principal in policy",
    Problem.PRINCIPAL_NOT_ALLOWED: "Invalid principal in policy",
    Problem.PROHIBITED_FIELD: "Invalid policy syntax.",
    Problem.INVALID_ACTION: "Policy has invalid action",
    Problem.FOREIGN_ACTION: "Policy has invalid action",
    Problem.INVALID_RESOURCE: "Policy has invalid resource",
    # https://github.com/humanmade/S3-Uploads/issues/239
    Problem.INAPPLICABLE_ACTION: "Action does not apply to any resource(s) in statement",
    Problem.INVALID_OPERATOR: "Invalid Condition type : {0}",
    Problem.INVALID_CONDITION_KEY: "Policy has an invalid condition key",
    Problem.INVALID_ADDRESS: "Invalid IP address in Conditions",
    # https://github.com/humanmade/S3-Uploads/issues/239
    Problem.INAPPLICABLE_CONDITION: "Conditions do not apply to combination of actions and resources in statement",
}
"""S3's messages of the code MalformedPolicy."""

IAM_WORDS: dict[Problem, str] = {
    # https://repost.aws/knowledge-center/iam-malformed-policy-document-errors and the texts of IAM's own console
    **dict.fromkeys(Problem, "Syntax errors in policy."),
    Problem.INVALID_VERSION: "Policy document must be version 2012-10-17 or greater.",
    Problem.DUPLICATE_SID: "Statement IDs (SID) in a single policy must be unique.",
    Problem.PRINCIPAL_NOT_ALLOWED: "Policy document should not specify a principal.",
    Problem.PROHIBITED_FIELD: "Has prohibited field {0}",
    Problem.FOREIGN_ACTION: "AssumeRole policy may only specify STS AssumeRole actions.",
    Problem.INVALID_ACTION: "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
    Problem.INVALID_RESOURCE: 'Resource {0} must be in ARN format or "*".',
}
"""IAM's messages of the code MalformedPolicyDocument."""

_MISSING: dict[tuple[Storer, str], str] = {
    # https://github.com/aws/aws-cdk/issues/6708
    (Storer.S3, "Resource"): "Statement is missing required element",
    # What IAM answers to CreatePolicy and PutUserPolicy; the other elements have the general words.
    (Storer.IAM, "Action"): "Policy statement must contain actions.",
    (Storer.IAM, "Resource"): "Policy statement must contain resources.",
    # Of a trust policy, as its console and API say it.
    (Storer.IAM, "Principal"): "Missing required field Principal",
}
"""The messages about a missing element that have words of their own."""

ORGANIZATIONS_MESSAGE = "The provided policy document does not meet the requirements of the specified policy type."
"""The one message of Organizations' MalformedPolicyDocumentException.
https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreatePolicy.html"""

ENDPOINT_MESSAGE = "The Policy Document is not valid."
"""How EC2's messages of the code InvalidPolicyDocument start; broken JSON is followed by its position."""


class MalformedPolicy(ValueError):
    """A policy document that is no JSON or breaks the grammar of its kind.

    Attributes:
        problem: What kind of mistake it is.
        message: What is wrong, worded as the service that stores this kind of policy words it.
        detail: What is wrong, in plain words that name the offending value.
        line: Line of a JSON syntax error, from 1; None when the JSON itself is fine.
        column: Column of a JSON syntax error, from 1; None when the JSON itself is fine.
        path: Where the offending value is, such as `Statement[0].Effect`; empty for the whole document.
    """

    def __init__(
        self,
        problem: Problem,
        kind: PolicyKind,
        detail: str,
        *,
        subject: str = "",
        path: str = "",
        position: tuple[int, int] | None = None,
    ) -> None:
        """Word a problem.

        Args:
            problem: What kind of mistake it is.
            kind: The kind of policy, which chooses the service's wording.
            detail: The mistake in plain words.
            subject: The offending value, for messages that repeat it.
            path: Where it is.
            position: Line and column of a JSON syntax error.
        """
        self.problem = problem
        self.message = _word(problem, kind, detail, subject, position)
        self.detail = detail
        self.line = position[0] if position else None
        self.column = position[1] if position else None
        self.path = path
        super().__init__(self.message)


class PolicyTooLarge(MalformedPolicy):
    """A policy document above the size limit of its kind.

    Attributes:
        size: The size of the document, in the unit of the limit.
        limit: The largest size allowed.
        unit: What is counted.
    """

    def __init__(self, kind: PolicyKind, *, size: int, limit: SizeLimit) -> None:
        detail = f"The document has {size} {limit.unit}; at most {limit.largest} are allowed."
        super().__init__(Problem.TOO_LARGE, kind, detail)
        self.size = size
        self.limit = limit.largest
        self.unit = limit.unit


def _word(problem: Problem, kind: PolicyKind, detail: str, subject: str, position: tuple[int, int] | None) -> str:
    storer = GRAMMARS[kind].storer
    if storer is Storer.EC2:
        where = f"Syntax error at position ({position[0]},{position[1]})" if position else detail
        return f"{ENDPOINT_MESSAGE} {where}"
    if storer is Storer.ORGANIZATIONS:
        return ORGANIZATIONS_MESSAGE
    if problem is Problem.INVALID_PRINCIPAL and subject and storer is Storer.IAM:
        # https://repost.aws/knowledge-center/iam-malformed-policy-document-errors
        return f'Invalid principal in policy: "AWS":"{subject}"'
    if problem is Problem.MISSING_FIELD and (storer, subject) in _MISSING:
        return _MISSING[storer, subject]
    return (IAM_WORDS if storer in (Storer.IAM, Storer.STS) else S3_WORDS)[problem].replace("{0}", subject)
