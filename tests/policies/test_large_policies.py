"""A statement among many is found, by whatever it differs from the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpce_policies import PolicyKind, PolicySet, Request, compile_policy, evaluate, parse_policy
from vpce_policies.operators import OPERATORS, ValueType

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


WANTED = {
    ValueType.STRING: ["", "x", "xy", "x*", "*", "?y", "*y", "x*y", "*x*", "${aws:b}", "${aws:a}z", "${aws:c, 'x'}"],
    ValueType.NUMBER: ["1", "2", "2.5", "x"],
    ValueType.DATE: ["2026", "2026-01-01", "2026-02-01T00:00:00Z", "x"],
    ValueType.BOOL: ["true", "false", "x"],
    ValueType.BINARY: ["eA==", "eHk=", "x"],
    ValueType.ADDRESS: ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "0.0.0.0/0", "2001:db8::/32"],
    ValueType.ARN: [f"arn:aws:iam::1:{end}" for end in ("user/x", "user/*", "*", "user/?y", "*/x")]
    + ["x", "${aws:b}", "arn:aws:iam::${aws:b}:user/x", "arn:*"],
    ValueType.PRESENCE: ["true", "false", "TRUE", "x"],
}
ACTUAL = [
    "", "x", "xy", "X", "xz", "true", "False", "1", "2", "2.50", "9", "2026-01-01T00:00:00Z", "2025-01-01", "eA==",
    "10.1.2.3", "10.9.9.9", "11.0.0.1", "10.0.0.0/9", "2001:db8::1", "arn:aws:iam::1:user/x", "arn:aws:iam::1:user/xy",
    "arn:aws:iam::2:role/x", "a\ny",
]  # fmt: skip
OPERATOR_NAMES = st.sampled_from(sorted(OPERATORS)).flatmap(
    lambda name: (
        st.just(name)
        if name == "null"
        else st.builds(
            lambda prefix, suffix: prefix + name + suffix,
            st.sampled_from(["", "", "ForAnyValue:", "ForAllValues:"]),
            st.sampled_from(["", "IfExists"]),
        )
    )
)


@st.composite
def conditions(draw):
    found = {}
    for operator in draw(st.lists(OPERATOR_NAMES, max_size=2)):
        base = OPERATORS[operator.rpartition(":")[2].lower().removesuffix("ifexists")]
        values = st.lists(st.sampled_from(WANTED[base.type]), max_size=2)
        found[operator] = draw(st.dictionaries(st.sampled_from(["aws:a", "aws:b", "AWS:C"]), values, max_size=2))
    return found


VALUES = st.sampled_from(ACTUAL)
CALLER_ARNS = [SESSION, f"arn:aws:iam::{OWN}:role/role-7", f"arn:aws:iam::{OWN}:root", "s.amazonaws.com", None]
PRINCIPALS = st.sampled_from(
    [
        "*",
        {"AWS": "*"},
        {"AWS": OWN},
        {"AWS": f"arn:aws:iam::{OWN}:role/role-7"},
        {"AWS": "444455556666"},
        {"AWS": [OWN, f"arn:aws:iam::{OWN}:role/role-7", "444455556666"]},
        {"Service": "s.amazonaws.com"},
        {"Federated": "s.amazonaws.com"},
    ]
)


@st.composite
def statements(draw):
    statement = {
        "Effect": draw(st.sampled_from(["Allow", "Deny"])),
        "Action": "s3:Get*",
        "Condition": draw(conditions()),
    }
    statement[draw(st.sampled_from(["Principal", "Principal", "NotPrincipal"]))] = draw(PRINCIPALS)
    ends = st.sampled_from(["/*", "/x", "/y", "/x*", "*y", "/${aws:a}", "/${aws:b}*", "/?", "*/x"])
    listed = [f"{BUCKET}{end}" for end in draw(st.lists(ends, max_size=2))]
    statement[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = listed or "*"
    return statement


BOUNDARY = (
    compile_policy(
        parse_policy({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}, PolicyKind.IDENTITY)
    ),
)


@given(
    listed=st.lists(statements(), min_size=5, max_size=12),
    contexts=st.lists(
        st.dictionaries(st.sampled_from(["aws:a", "AWS:b", "aws:c"]), VALUES | st.lists(VALUES, max_size=2)),
        min_size=1,
        max_size=4,
    ),
    kind=st.sampled_from([PolicyKind.VPC_ENDPOINT, PolicyKind.GATEWAY_ENDPOINT]),
    caller=st.sampled_from(CALLER_ARNS),
    bounded=st.booleans(),
)
def test_many_statements_decide_as_each_by_itself_does(listed, contexts, kind, caller, bounded):
    """An index only ever leaves out statements that do not match; and it may remember what it found."""
    whole, *alone = (
        compile_policy(parse_policy({"Version": "2012-10-17", "Statement": each}, kind)) for each in (listed, *listed)
    )
    boundary = BOUNDARY if bounded else ()
    for context in contexts:
        request = Request("s3:GetObject", f"{BUCKET}/x", OWN, caller, context)
        one, other = (
            evaluate(request, PolicySet(vpc_endpoint=policies, permissions_boundary=boundary))
            for policies in ((whole,), tuple(alone))
        )
        assert one.layers == other.layers
