"""A statement among many is found, by whatever it differs from the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpce_policies import PolicyKind, PolicySet, Request, compile_policy, evaluate, parse_policy

OWN = "111122223333"
ROLE = "arn:aws:iam::111122223333:role/r-7"
SESSION = f"arn:aws:sts::{OWN}:assumed-role/role-7/s"
BUCKET = "arn:aws:s3:::corp-data"
MANY = 60
FILLED = {"Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": f"{BUCKET}/*"}

DIFFERENCES = {
    "user": lambda i: {
        "Principal": {"AWS": [f"arn:aws:iam::{OWN}:user/user-{i}", f"arn:aws:iam::{OWN}:user/also-{i}"]}
    },
    "role": lambda i: {"Principal": {"AWS": f"arn:aws:iam::{OWN}:role/path/role-{i}"}},
    "account": lambda i: {"Principal": {"AWS": f"{111122223333 + (i - 7) * 2}"}},
    "service": lambda i: {"Principal": {"Service": f"service-{i}.amazonaws.com"}},
    "resource": lambda i: {"Resource": f"{BUCKET}/prefix-{i}/*"},
    "resource with a variable": lambda i: {"Resource": f"{BUCKET}/${{aws:username}}-{i}/*"},
    "action": lambda i: {"Action": f"s3:Get{'Object' if i == 7 else f'Other{i}'}"},
    "condition": lambda i: {"Condition": {"StringEquals": {"aws:SourceVpce": [f"vpce-{i}", f"vpce-x{i}"]}}},
    "condition with a variable": lambda i: {"Condition": {"StringEquals": {"s3:prefix": f"${{aws:username}}-{i}"}}},
    "condition on a multivalued key": lambda i: {"Condition": {"StringEquals": {"aws:TagKeys": f"tag-{i}"}}},
    "condition with a wildcard": lambda i: {"Condition": {"StringLike": {"aws:SourceVpce": [f"vpce-{i}*", f"x-{i}*"]}}},
    "condition with a wildcard first": lambda i: {"Condition": {"StringLike": {"aws:SourceVpce": f"*e-{i}"}}},
    "condition on an ARN": lambda i: {"Condition": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::*:role/r-{i}"}}},
    "condition on an exact ARN": lambda i: {
        "Condition": {"ArnEquals": {"aws:PrincipalArn": ROLE.replace("r-7", f"r-{i}")}}
    },
    "condition key": lambda i: {"Condition": {"StringLike": {f"aws:PrincipalTag/t-{i}": "*"}}},
    "condition key, by address": lambda i: {"Condition": {"IpAddress": {f"aws:PrincipalTag/t-{i}": "10.0.0.0/8"}}},
    "exact resource": lambda i: {"Resource": f"{BUCKET}/prefix-{i}/x"},
    "condition of any value": lambda i: {"Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": f"tag-{i}"}}},
    "negated condition": lambda i: {"Condition": {"StringNotEquals": {"aws:userid": "U" if i != 7 else "V"}}},
    "numeric condition": lambda i: {"Condition": {"NumericEquals": {"s3:max-keys": i}}},
}
CALLERS = {"user": f"arn:aws:iam::{OWN}:user/also-7", "service": "service-7.amazonaws.com", "account": SESSION}
CONTEXT = {
    "aws:username": "alice",
    "aws:SourceVpce": "vpce-7",
    "s3:prefix": "alice-7",
    "aws:TagKeys": ["other", "tag-7"],
    "aws:userid": "U",
    "s3:max-keys": "7",
    "aws:PrincipalArn": ROLE,
    "aws:PrincipalTag/t-7": "10.0.0.1",
}
RESOURCES = {"resource with a variable": f"{BUCKET}/alice-7/x"}


def matching(difference, numbers):
    statements = [FILLED | DIFFERENCES[difference](i) for i in numbers]
    policy = compile_policy(
        parse_policy({"Version": "2012-10-17", "Statement": statements}, PolicyKind.VPC_ENDPOINT), name="many"
    )
    resource = RESOURCES.get(difference, f"{BUCKET}/prefix-7/x")
    request = Request("s3:GetObject", resource, OWN, CALLERS.get(difference, SESSION), CONTEXT)
    return evaluate(request, PolicySet(vpc_endpoint=(policy,))).layers["vpc_endpoint"]


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_the_one_statement_that_matches_is_found_among_many(difference):
    assert matching(difference, range(MANY)) == "Allowed"
    assert matching(difference, [i for i in range(MANY) if i != 7]) == "ImplicitlyDenied"


CONDITIONS = st.dictionaries(
    st.sampled_from(
        [
            prefix + operator + suffix
            for operator in (
                "StringEquals",
                "StringNotEquals",
                "StringLike",
                "StringEqualsIgnoreCase",
                "ArnLike",
                "Bool",
            )
            for prefix in ("", "ForAnyValue:", "ForAllValues:")
            for suffix in ("", "IfExists")
        ]
        + ["Null"]
    ),
    st.dictionaries(
        st.sampled_from(["aws:a", "aws:b"]),
        st.lists(st.sampled_from(["", "x", "xy", "x*", "*", "?y", "true", "${aws:b}", "${aws:a}z"]), max_size=2),
        max_size=2,
    ),
    max_size=2,
)
VALUES = st.sampled_from(["", "x", "xy", "X", "xz", "true"])


STATEMENTS = st.fixed_dictionaries(
    {
        "Principal": st.sampled_from(
            ["*", {"AWS": "*"}, {"AWS": OWN}, {"AWS": f"arn:aws:iam::{OWN}:role/role-7"}, {"AWS": "444455556666"}]
        ),
        "Condition": CONDITIONS,
    }
).flatmap(
    lambda filled: st.sampled_from(
        [
            filled | {element: f"{BUCKET}{end}"}
            for element in ("Resource", "NotResource")
            for end in ("/*", "/x", "/y", "/x*", "*y", "/${aws:a}", "/?")
        ]
    )
)


@given(
    elements=st.lists(STATEMENTS, min_size=5, max_size=9),
    context=st.dictionaries(st.sampled_from(["aws:a", "AWS:b"]), VALUES | st.lists(VALUES, max_size=2)),
)
def test_many_statements_decide_as_each_by_itself_does(elements, context):
    def verdict(statements):
        document = parse_policy({"Version": "2012-10-17", "Statement": statements}, PolicyKind.VPC_ENDPOINT)
        request = Request("s3:GetObject", f"{BUCKET}/x", OWN, SESSION, context)
        return evaluate(request, PolicySet(vpc_endpoint=(compile_policy(document),))).layers["vpc_endpoint"]

    statements = [{"Effect": "Allow", "Action": "s3:Get*"} | each for each in elements]
    alone = {verdict([statement]) for statement in statements}
    assert verdict(statements) == ("Allowed" if "Allowed" in alone else "ImplicitlyDenied")
