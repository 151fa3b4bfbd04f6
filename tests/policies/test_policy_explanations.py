"""Why a request was allowed or denied, in plain sentences."""

from vpce_policies import PolicyKind, PolicySet, Request, compile_policy, evaluate, explain, parse_policy

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
LACKING = DENIED + "nothing forbids it, but not all that has to allows it."


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
        "No identity-based policy allows s3:GetObject.",
        "No permissions boundary allows s3:GetObject.",
    ]


def test_a_grant_names_the_statements():
    assert told(PolicySet(identity=IDENTITY, resource=PERIMETER), context={"aws:sourcevpce": "vpce-1"}) == [
        f"Allowed: {ALICE} may perform s3:GetObject on {OBJECT}.",
        "arn:aws:iam::aws:policy/Full (identity-based policy): statement 0 allows it.",
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
        "Not every level of the organization has a service control policy that allows s3:GetObject.",
        'n (service control policy): statement 0 would allow it, but its Resource element lists "arn:aws:s3:::b".',
    ]


def test_a_resource_policy_that_leaves_it_to_the_account_is_told():
    delegating = policy(PolicyKind.RESOURCE, "b", ANYTHING | {"Principal": {"AWS": OWN}})
    assert told(PolicySet(resource=delegating))[1:] == [
        "No identity-based policy allows s3:GetObject.",
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
    assert (match.matched, match.missed) == (False, "Condition")
    (condition,) = match.conditions
    assert (condition.operator, condition.key) == ("ForAllValues:StringEquals", "aws:TagKeys")
    assert (condition.wanted, condition.actual, condition.holds) == (("a",), ("a", "b"), False)
