"""Why a request was allowed or denied, in plain sentences."""

import pytest

from vpce_policies import ElementMiss, PolicyKind, PolicySet, Request, compile_policy, evaluate, explain, parse_policy

OWN = "111122223333"
ALICE = f"arn:aws:iam::{OWN}:user/alice"
OBJECT = "arn:aws:s3:::corp-data/x"
ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(kind, name, *statements):
    return compile_policy(parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind), name=name)


def told(policies, *, principal=ALICE, context=(), account=OWN):
    request = Request("s3:GetObject", OBJECT, account, principal, dict(context))
    return explain(evaluate(request, policies)).split("\n")


IDENTITY = (policy(PolicyKind.IDENTITY, "arn:aws:iam::aws:policy/Full", ANYTHING),)
PERIMETER = policy(
    PolicyKind.BUCKET,
    "bucket policy",
    {"Effect": "Deny", "Sid": "P", "Principal": "*", "Action": "s3:*"}
    | {"Resource": "arn:aws:s3:::corp-data/*", "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}},
)
BUCKET, GATE = "bucket policy (resource-based policy)", "vpce-1 (VPC endpoint policy)"
DENIED = f"Denied: {ALICE} may not perform s3:GetObject on {OBJECT}; "
LACKING = DENIED + "no policy denies it, but not every policy that has to allow it does."


def test_an_explicit_denial_names_the_statement_and_why_its_conditions_held():
    because = 'aws:SourceVpce is not in the request and meets StringNotEquals "vpce-1"'
    assert told(PolicySet(identity=IDENTITY, resource=PERIMETER)) == [
        DENIED + "it is explicitly forbidden.",
        f'{BUCKET}: statement 0 ("P") denies it, because {because}.',
    ]


def test_an_implicit_denial_names_the_statement_that_nearly_allowed_it():
    endpoint = policy(
        PolicyKind.VPC_ENDPOINT,
        "vpce-1",
        {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
        | {"Condition": {"StringEquals": {"aws:PrincipalOrgID": ["o-1", "o-2"], "aws:username": "alice"}}},
        {"Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": "arn:aws:s3:::other/*"},
        {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "s3:Get*", "Resource": "*"},
        {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"},
        {"Effect": "Allow", "Principal": "*", "Action": "*", "NotResource": "arn:aws:s3:::corp-data/*"},
    )
    context = {"aws:PrincipalOrgID": "o-3", "aws:username": "alice"}
    assert told(PolicySet(identity=IDENTITY, vpc_endpoint=(endpoint,)), context=context) == [
        LACKING,
        "No VPC endpoint policy allows s3:GetObject.",
        f'{GATE}: statement 0 would allow it, but aws:PrincipalOrgID is "o-3" and fails StringEquals "o-1" or "o-2".',
        f'{GATE}: statement 1 would allow it, but its Resource element lists "arn:aws:s3:::other/*".',
        f'{GATE}: statement 2 would allow it, but its Principal element lists "444455556666".',
        f'{GATE}: statement 4 would allow it, but its NotResource element lists "arn:aws:s3:::corp-data/*".',
    ]


def test_every_layer_that_does_not_allow_is_told():
    boundary = policy(PolicyKind.PERMISSIONS_BOUNDARY, "boundary", ANYTHING | {"Action": "ec2:*"})
    assert told(PolicySet(permissions_boundary=(boundary,))) == [
        LACKING,
        "The caller has no identity-based policy.",
        "No permissions boundary allows s3:GetObject.",
        'boundary (permissions boundary): statement 0 would allow it, but its Action element lists "ec2:*".',
    ]


def test_a_grant_names_the_statements():
    of_the_endpoint = 'aws:SourceVpce is "vpce-1" and fails StringNotEquals "vpce-1"'
    assert told(PolicySet(identity=IDENTITY, resource=PERIMETER), context={"aws:sourcevpce": "vpce-1"}) == [
        f"Allowed: {ALICE} may perform s3:GetObject on {OBJECT}.",
        "arn:aws:iam::aws:policy/Full (identity-based policy): statement 0 allows it.",
        f'{BUCKET}: statement 0 ("P") would deny it, but {of_the_endpoint}.',
    ]


def test_the_root_user_needs_no_statement():
    root = f"arn:aws:iam::{OWN}:root"
    assert told(PolicySet(), principal=root)[1:] == ["The root user of an account may do everything in it."]


def test_another_accounts_resource_without_a_policy():
    assert told(PolicySet(identity=IDENTITY), account="444455556666")[1:] == [
        "The resource is account 444455556666's and has no resource-based policy."
    ]


def test_only_the_organization_level_that_lacks_is_told():
    full, narrow = (
        policy(PolicyKind.SCP, name, ANYTHING | {"Resource": r}) for name, r in (("f", "*"), ("n", "arn:aws:s3:::b"))
    )
    assert told(PolicySet(identity=IDENTITY, scps=((full,), (narrow,))))[1:] == [
        "No service control policy at level 2 of 2 of the organization (n) allows s3:GetObject.",
        'n (service control policy): statement 0 would allow it, but its Resource element lists "arn:aws:s3:::b".',
    ]


def test_a_resource_policy_that_leaves_it_to_the_account_is_told():
    delegating = policy(PolicyKind.RESOURCE, "b", ANYTHING | {"Principal": {"AWS": OWN}})
    assert told(PolicySet(resource=delegating))[1:] == [
        "The caller has no identity-based policy.",
        "The resource-based policy names just the account, which leaves it to identity-based policies.",
    ]


def test_the_values_of_a_request_are_all_told_and_negated_operators_say_none_of():
    condition = {
        "StringNotEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]},
        "ForAnyValue:StringEquals": {"aws:TagKeys": "a"},
    }
    identity = policy(PolicyKind.IDENTITY, "i", ANYTHING | {"Condition": condition})
    context = {"aws:SourceVpce": "vpce-3", "aws:TagKeys": ["a", "z"]}
    assert told(PolicySet(identity=(identity,)), context=context)[1:] == [
        'i (identity-based policy): statement 0 allows it, because aws:SourceVpce is "vpce-3" and meets '
        'StringNotEquals none of "vpce-1" or "vpce-2" and '
        'aws:TagKeys is "a" and "z" and meets ForAnyValue:StringEquals "a".'
    ]


def test_a_deny_that_only_its_conditions_kept_out_of_an_allowed_request_is_told():
    spared = policy(
        PolicyKind.BUCKET,
        "bucket policy",
        {
            "Effect": "Deny",
            "Sid": "Perimeter",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "arn:aws:s3:::corp-data/*",
        }
        | {
            "Condition": {
                "StringNotEquals": {"aws:SourceVpce": "vpce-1"},
                "Bool": {"aws:PrincipalIsAWSService": "false"},
            }
        },
    )
    assert told(PolicySet(identity=IDENTITY, resource=spared))[-1] == (
        f'{BUCKET}: statement 0 ("Perimeter") would deny it, but aws:PrincipalIsAWSService is not in the request '
        'and fails Bool "false".'
    )


@pytest.mark.parametrize(
    ("context", "where"),
    [
        ({"aws:PrincipalTag/team": "red"}, 'aws:principaltag/team is "red"'),
        ({}, "aws:principaltag/team is not in the request"),
        (
            {"aws:PrincipalTag/team": ["a", "b"]},
            'aws:principaltag/team is "a" and "b", and a variable cannot stand for several values',
        ),
    ],
)
def test_variables_are_told_with_what_they_stand_for(context, where):
    condition = {"StringEquals": {"s3:ExistingObjectTag/team": "${aws:PrincipalTag/team}"}}
    identity = policy(PolicyKind.IDENTITY, "i", ANYTHING | {"Condition": condition})
    assert told(PolicySet(identity=(identity,)), context={"s3:ExistingObjectTag/team": "blue", **context})[-1] == (
        'i (identity-based policy): statement 0 would allow it, but s3:ExistingObjectTag/team is "blue" and fails '
        f'StringEquals "${{aws:PrincipalTag/team}}" (where {where}).'
    )


def test_variables_of_resources_are_told_too_and_so_are_their_defaults():
    home = policy(PolicyKind.IDENTITY, "i", ANYTHING | {"Resource": "arn:aws:s3:::b/${aws:username, 'nobody'}/*"})
    assert told(PolicySet(identity=(home,)))[-1].endswith(
        """its Resource element lists "arn:aws:s3:::b/${aws:username, 'nobody'}/*" (where aws:username is not in the """
        """request, so that "nobody" stands for it)."""
    )


def test_the_nearest_statements_are_told_whatever_kept_them_out():
    identity = policy(
        PolicyKind.IDENTITY,
        "i",
        ANYTHING | {"Action": "s3:GetObjectVersion"},
        ANYTHING | {"Action": "s3:Put*", "Resource": "arn:aws:s3:::other/*"},
    )
    assert told(PolicySet(identity=(identity,)))[1:] == [
        "No identity-based policy allows s3:GetObject.",
        'i (identity-based policy): statement 0 would allow it, but its Action element lists "s3:GetObjectVersion".',
    ]
    narrow = policy(
        PolicyKind.IDENTITY,
        "i",
        ANYTHING | {"Resource": "arn:aws:s3:::other/*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
    )
    assert told(PolicySet(identity=(narrow,)))[-1] == (
        'i (identity-based policy): statement 0 would allow it, but its Resource element lists "arn:aws:s3:::other/*" '
        'and aws:SecureTransport is not in the request and fails Bool "true".'
    )


def test_of_many_near_statements_a_few_are_told_and_the_others_counted():
    many = policy(PolicyKind.IDENTITY, "i", *(ANYTHING | {"Resource": f"arn:aws:s3:::b{n}"} for n in range(9)))
    lines = told(PolicySet(identity=(many,)))
    assert (len(lines), lines[-1]) == (8, "4 more statements come as near.")


def test_where_one_of_two_policies_suffices_both_are_told_as_a_choice():
    elsewhere = policy(PolicyKind.RESOURCE, "b", ANYTHING | {"Principal": {"AWS": "444455556666"}})
    ec2 = policy(PolicyKind.IDENTITY, "i", ANYTHING | {"Action": "ec2:*"})
    assert told(PolicySet(identity=(ec2,), resource=elsewhere))[1:] == [
        "Neither an identity-based policy nor the resource-based policy allows s3:GetObject; one of them has to.",
        'i (identity-based policy): statement 0 would allow it, but its Action element lists "ec2:*".',
        'b (resource-based policy): statement 0 would allow it, but its Principal element lists "444455556666".',
    ]


def test_an_anonymous_caller_is_called_so():
    assert told(PolicySet(), principal=None)[0].startswith("Denied: an anonymous caller may not perform")


def test_statements_carry_the_condition_that_kept_them_out():
    decision = evaluate(
        Request("s3:GetObject", OBJECT, OWN, ALICE, {"aws:TagKeys": ["a", "b"]}),
        PolicySet(
            identity=(
                policy(
                    PolicyKind.IDENTITY,
                    "tags",
                    ANYTHING | {"Sid": "T", "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}},
                ),
            )
        ),
    )
    (match,) = decision.statements
    assert (match.layer, match.policy, match.index, match.sid, match.effect) == ("identity", "tags", 0, "T", "Allow")
    assert (match.matched, match.missed) == (False, (ElementMiss("Condition"),))
    (condition,) = match.conditions
    assert (condition.operator, condition.key) == ("ForAllValues:StringEquals", "aws:TagKeys")
    assert (condition.wanted, condition.actual, condition.holds) == (("a",), ("a", "b"), False)
