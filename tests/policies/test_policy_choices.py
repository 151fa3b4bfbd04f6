"""Each open question is answered as the table of choices says."""

import pytest

from vpce_policies import CHOICES, PolicyKind, PolicySet, Request, compile_policy, evaluate, parse_policy

OWN = "111122223333"
ALICE = f"arn:aws:iam::{OWN}:user/alice"
SESSION = f"arn:aws:sts::{OWN}:assumed-role/app/i"
CANONICAL = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"


def identity(*, resource="*", request_resource="arn:aws:s3:::b/k", context=None, condition=None, boundaries=()):
    statement = {"Effect": "Allow", "Action": "*", "Resource": resource, "Condition": condition or {}}
    request = Request("s3:GetObject", request_resource, OWN, ALICE, context or {})
    policies = PolicySet(identity=(compiled(PolicyKind.IDENTITY, statement),), permissions_boundary=boundaries)
    return evaluate(request, policies).allowed


def compiled(kind, statement):
    return compile_policy(parse_policy({"Version": "2012-10-17", "Statement": [statement]}, kind))


def denied(caller, principal, *, kind=PolicyKind.RESOURCE, element="Principal", resource=None):
    statement = {"Effect": "Deny", element: principal, "Action": "*"} | (resource or {"Resource": "*"})
    request = Request("s3:GetObject", "arn:aws:s3:::b/k", OWN, caller, {})
    policy = compiled(kind, statement)
    endpoint = kind is not PolicyKind.RESOURCE
    policies = PolicySet(resource=None if endpoint else policy, vpc_endpoint=(policy,) if endpoint else ())
    return evaluate(request, policies).verdict == "ExplicitlyDenied"


def boundary(action):
    return compiled(PolicyKind.PERMISSIONS_BOUNDARY, {"Effect": "Allow", "Action": action, "Resource": "*"})


TAG = "aws:PrincipalTag/k"
ANSWERS = {
    "any-value-if-exists-absent": lambda: not identity(condition={"ForAnyValue:StringEqualsIfExists": {TAG: "a"}}),
    "plain-operator-many-values": lambda: (
        identity(condition={"StringEquals": {TAG: "a"}}, context={TAG: ["b", "a"]})
        and not identity(condition={"StringNotEquals": {TAG: "a"}}, context={TAG: ["b", "a"]})
    ),
    "unreadable-value": lambda: (
        not identity(condition={"NumericEquals": {TAG: "1"}}, context={TAG: "one"})
        and identity(condition={"NumericNotEquals": {TAG: "1"}}, context={TAG: "one"})
    ),
    "many-valued-variable": lambda: (
        not identity(
            condition={"StringLike": {"s3:prefix": "${aws:TagKeys}*"}},
            context={"aws:TagKeys": ["a", "b"], "s3:prefix": "a"},
        )
    ),
    "variable-value-is-text": lambda: (
        not identity(
            resource="arn:aws:s3:::b/${aws:PrincipalTag/k}", request_resource="arn:aws:s3:::b/axe", context={TAG: "a*"}
        )
    ),
    "resource-wildcard-crosses-colons": lambda: identity(
        resource="arn:aws:dynamodb:*:table/a:b", request_resource="arn:aws:dynamodb:us-east-1:111122223333:table/a:b"
    ),
    "action-without-resource": lambda: (
        identity(request_resource="*") and not identity(resource="arn:aws:s3:::*", request_resource="*")
    ),
    "not-principal-session-only": lambda: not denied(SESSION, {"AWS": SESSION}, element="NotPrincipal"),
    "not-principal-account-of-id": lambda: (
        denied(ALICE, {"AWS": [OWN, "AIDAEXAMPLEID1234567"]}, element="NotPrincipal")
        and not denied(f"arn:aws:iam::{OWN}:root", {"AWS": [OWN, "AIDAEXAMPLEID1234567"]}, element="NotPrincipal")
    ),
    "endpoint-account-principal": lambda: (
        denied(ALICE, {"AWS": OWN}, kind=PolicyKind.VPC_ENDPOINT)
        and not denied(ALICE, {"AWS": OWN}, kind=PolicyKind.GATEWAY_ENDPOINT)
    ),
    "role-path": lambda: denied(SESSION, {"AWS": f"arn:aws:iam::{OWN}:role/path/to/app"}),
    "canonical-user": lambda: not denied(ALICE, {"CanonicalUser": CANONICAL}),
    "unique-id-principal": lambda: not denied(ALICE, {"AWS": "AIDAEXAMPLEID1234567"}),
    "empty-text": lambda: (
        identity(condition={"ForAllValues:StringEquals": {TAG: "a"}, "Null": {TAG: "false"}}, context={TAG: ""})
        and not identity(condition={"ForAnyValue:StringEquals": {TAG: ""}}, context={TAG: ""})
        and identity(condition={"StringEquals": {TAG: ""}}, context={TAG: ""})
    ),
    "unresolved-not-resource": lambda: denied(ALICE, "*", resource={"NotResource": "arn:aws:s3:::${aws:Nothing}/*"}),
    "short-arn-pattern": lambda: not identity(condition={"ArnLike": {TAG: "*"}}, context={TAG: ALICE}),
    "two-boundaries": lambda: identity(boundaries=(boundary("s3:Get*"), boundary("s3:Put*"))),
}


def test_every_choice_is_held_by_a_case():
    assert [choice.id for choice in CHOICES] == list(ANSWERS)


@pytest.mark.parametrize("choice", ANSWERS)
def test_choice_is_what_the_table_says(choice):
    assert ANSWERS[choice]()
