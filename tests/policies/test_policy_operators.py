"""What each condition operator means, one row a fact of the IAM guide."""

import pytest

from vpce_policies import PolicyKind, PolicySet, Request, compile_policy, evaluate, parse_policy

ACCOUNT = "111122223333"
ABSENT = object()


def holds(operator, wanted, actual=ABSENT, *, key="aws:PrincipalTag/k", version="2012-10-17", context=()):
    """Whether one condition holds, seen from outside: an Allow that has only this condition."""
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {key: wanted}}}
    policy = parse_policy({"Version": version, "Statement": statement}, PolicyKind.IDENTITY)
    values = dict(context) if actual is ABSENT else {key: actual, **dict(context)}
    request = Request("s3:GetObject", "arn:aws:s3:::b/k", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/alice", values)
    return evaluate(request, PolicySet(identity=(compile_policy(policy),))).allowed


@pytest.mark.parametrize(
    ("operator", "wanted", "actual", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", "", "", True),
        ("StringNotEquals", ["a", "b"], "c", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringEqualsIgnoreCase", "RED", "red", True),
        ("StringNotEqualsIgnoreCase", "RED", "red", False),
        ("StringLike", "a*", "a", True),
        ("StringLike", "a?c", "abc", True),
        ("StringLike", "a?c", "ac", False),
        ("StringLike", "a*c", "a\n\nc", True),
        ("StringLike", "a?c", "a\nc", True),
        ("StringLike", "A*", "ab", False),
        ("StringLike", "*a*a*", "a", False),
        ("StringLike", "*a*a*", "ba-a", True),
        ("StringLike", "*ab*ba*", "aba", False),
        ("StringLike", "a*a", "a", False),
        ("StringLike", "*?b*?b*", "ab", False),
        ("StringLike", "*?b*?b*", "abb", False),
        ("StringLike", "*?b*?b*", "abab", True),
        ("StringNotLike", "a*", "ab", False),
        ("stringLIKE", "a*", "ab", True),
        ("NumericEquals", "10", "10.0", True),
        ("NumericEquals", "10", "ten", False),
        ("NumericEquals", 10, "10", True),
        ("NumericEquals", "9007199254740993", "9007199254740992", False),
        ("NumericNotEquals", "10", "11", True),
        ("NumericEquals", "1e2", "100", True),
        ("NumericLessThan", "1E-2", "0.001", True),
        ("NumericEquals", "1e9999", "1e9999", False),
        ("NumericLessThan", "1.2", "1.1", True),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "-1", "0", True),
        ("NumericGreaterThanEquals", "10", "9", False),
        ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z", True),
        ("DateEquals", "2026-01-01T00:00:00Z", "1767225600", True),
        ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T05:30:00+05:30", True),
        ("DateEquals", "2026-01-01T00:00:00Z", "2025-12-31T19:00:00-05:00", True),
        ("DateEquals", "2026-01-01", "2026-01-01T00:00:00Z", True),
        ("DateEquals", "2026", "2026-01-01T00:00Z", True),
        ("DateEquals", "2026-02-30", "2026-02-30", False),
        ("DateGreaterThan", "0", "1970-01-01T00:00:01Z", True),
        ("DateLessThan", "100", "1970-01-01", True),
        ("DateNotEquals", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", True),
        ("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59.999Z", True),
        ("DateLessThanEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", True),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.001Z", True),
        ("DateGreaterThanEquals", "2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z", False),
        ("Bool", "TRUE", "true", True),
        ("Bool", True, "true", True),
        ("Bool", "true", "yes", False),
        ("BinaryEquals", "QmluYXJ5VmFsdWU=", "QmluYXJ5VmFsdWU=", True),
        ("BinaryEquals", "QmluYXJ5VmFsdWU=", "qmluyxj5vmfsdwu=", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.255", True),
        ("IpAddress", "203.0.113.0/24", "203.0.114.0", False),
        ("IpAddress", "203.0.113.5", "203.0.113.5", True),
        ("IpAddress", "0.0.0.0/0", "255.255.255.255", True),
        ("IpAddress", "0.0.0.0/0", "2001:db8::1", False),
        ("IpAddress", "0.0.0.0/0", "::1", False),
        ("IpAddress", "::/0", "0.0.0.1", False),
        ("IpAddress", "2001:db8::/32", "2001:0DB8:ffff::1", True),
        ("IpAddress", "2001:db8::1", "2001:db8:0:0::1", True),
        ("IpAddress", "fd00::/8", "fe80::1", False),
        ("IpAddress", "10.0.0.5/8", "10.9.9.9", True),
        ("IpAddress", "10.0.0.0/8", "10.0.0.0/255.0.0.0", False),
        ("IpAddress", "10.0.0.0/8", "10.1.1.1/08", False),
        ("IpAddress", "fe80::/16", "fe80::1%eth0", False),
        ("NotIpAddress", "203.0.113.0/24", "2001:db8::1", True),
        ("NotIpAddress", ["203.0.113.0/24", "10.0.0.0/8"], "10.1.1.1", False),
        ("ArnEquals", "arn:aws:iam::*:role/app", "arn:aws:iam::1:role/app", True),
        ("ArnLike", "arn:aws:iam::*:role/app", "arn:aws:iam::1:role/other", False),
        ("ArnLike", "arn:aws:s3:::src-*", "arn:aws:sns:us-east-1:1:src-1", False),
        ("ArnLike", "arn:aws:sns:*:x", "arn:aws:sns:us-east-1:1:x", False),
        ("ArnLike", "arn:aws:sns:*:*:x*", "arn:aws:sns:us-east-1:1:x:y:z", True),
        ("ArnLike", "arn:aws:iam::1:role/app", "ARN:AWS:IAM::1:ROLE/APP", False),
        ("ArnLike", "*", "arn:aws:iam::1:role/app", False),
        ("ArnNotEquals", "arn:aws:iam::1:role/app", "arn:aws:iam::1:role/app", False),
        ("ArnNotLike", "arn:aws:iam::1:role/*", "no arn", True),
        ("Null", "true", "x", False),
        ("Null", "false", "x", True),
        ("Null", False, "", True),
        ("Null", ["true", "false"], "x", True),
    ],
)
def test_operator_compares_a_value(operator, wanted, actual, expected):
    assert holds(operator, wanted, actual) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "expected"),
    [
        ("StringEquals", "a", False),
        ("StringNotEquals", "a", True),
        ("StringNotLike", "*", True),
        ("NumericNotEquals", "1", True),
        ("DateNotEquals", "2026-01-01", True),
        ("NotIpAddress", "10.0.0.0/8", True),
        ("ArnNotLike", "arn:aws:iam::1:role/*", True),
        ("IpAddress", "0.0.0.0/0", False),
        ("Bool", "false", False),
        ("Null", "true", True),
        ("Null", "false", False),
        ("StringEqualsIfExists", "a", True),
        ("NumericLessThanIfExists", "1", True),
        ("IpAddressIfExists", "10.0.0.0/8", True),
        ("BoolIfExists", "true", True),
        ("ForAllValues:StringEquals", "a", True),
        ("ForAllValues:StringNotEquals", "a", True),
        ("ForAllValues:StringEqualsIfExists", "a", True),
        ("ForAnyValue:StringEquals", "a", False),
        ("ForAnyValue:StringNotEquals", "a", False),
    ],
)
@pytest.mark.parametrize("actual", [ABSENT, []], ids=["no key", "no values"])
def test_operator_without_a_value(operator, wanted, expected, actual):
    assert holds(operator, wanted, actual) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "actual", "expected"),
    [
        ("ForAllValues:StringEquals", ["a", "b"], ["a"], True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
        ("ForAllValues:StringNotEquals", ["a"], ["b", "c"], True),
        ("ForAllValues:StringNotEquals", ["a"], ["a", "c"], False),
        ("ForAnyValue:StringEquals", ["a", "b"], ["c", "b"], True),
        ("ForAnyValue:StringEquals", ["a", "b"], ["c"], False),
        ("ForAnyValue:StringNotEquals", ["a"], ["a", "b"], True),
        ("ForAnyValue:StringNotEquals", ["a"], ["a"], False),
        ("ForAnyValue:StringLike", ["o-1/*"], ["o-2/r", "o-1/r"], True),
        ("ForAllValues:NumericLessThan", ["5"], ["1", "4"], True),
        ("ForAllValues:StringEquals", "a", "a", True),
        ("ForAllValues:StringEquals", "a", "", True),
        ("ForAnyValue:StringNotEquals", "a", "", False),
        ("forallvalues:stringlike", "a*", ["ab", "ac"], True),
    ],
)
def test_set_operator_asks_each_value(operator, wanted, actual, expected):
    assert holds(operator, wanted, actual) is expected


@pytest.mark.parametrize(
    ("wanted", "actual", "expected"),
    [
        ("home/${aws:username}", "home/alice", True),
        ("home/${AWS:UserName}", "home/alice", True),
        ("home/${aws:username}/*", "home/alice/x", True),
        ("${aws:PrincipalTag/none}", "${aws:PrincipalTag/none}", False),
        ("${aws:PrincipalTag/none, 'shared'}", "shared", True),
        ("${aws:PrincipalTag/none,'a,b'}", "a,b", True),
        ("${aws:username, 'shared'}", "shared", False),
        ("a${*}b", "a*b", True),
        ("a${*}b", "axb", False),
        ("a${?}b", "a?b", True),
        ("a${?}b", "axb", False),
        ("a${$}b", "a$b", True),
        ("a${aws:username", "a${aws:username", True),
        ("${}", "${}", False),
    ],
)
def test_policy_variable_stands_for_a_value_of_the_request(wanted, actual, expected):
    assert holds("StringLike", wanted, actual, context={"aws:username": "alice"}.items()) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "actual", "expected"),
    [
        ("StringEquals", "${aws:username}", "alice", True),
        ("StringEqualsIgnoreCase", "X-${aws:username}", "x-ALICE", True),
        ("StringNotEquals", "${aws:username}", "alice", False),
        ("StringNotEquals", "${aws:PrincipalTag/none}", "alice", True),
        ("ArnLike", "arn:aws:iam::${aws:PrincipalAccount}:user/*", "arn:aws:iam::111122223333:user/alice", True),
        ("ArnLike", "arn:aws:iam::${aws:PrincipalTag/none, 'a:b'}:user/*", "arn:aws:iam::a:user/b", False),
        ("ArnNotLike", "arn:aws:iam::${aws:PrincipalTag/none}:user/*", "arn:aws:iam::1:user/a", True),
        ("ArnEquals", "${aws:PrincipalArn}", "arn:aws:iam::111122223333:user/alice", True),
        ("ArnNotEquals", "${aws:PrincipalArn}", "arn:aws:iam::111122223333:user/alice", False),
        ("ArnLike", "${aws:PrincipalArn}", "arn:aws:iam::111122223333:user/bob", False),
        ("NumericEquals", "${aws:PrincipalTag/number}", "7", False),
    ],
)
def test_operators_that_take_policy_variables(operator, wanted, actual, expected):
    context = {"aws:username": "alice", "aws:PrincipalAccount": ACCOUNT, "aws:PrincipalTag/number": "7"}
    context["aws:PrincipalArn"] = "arn:aws:iam::111122223333:user/alice"
    assert holds(operator, wanted, actual, context=context.items()) is expected


def test_version_2008_does_not_expand_variables():
    assert holds("StringEquals", "${aws:username}", "${aws:username}", version="2008-10-17")
    assert holds("StringLike", "${aws:*}", "${aws:username}", version="2008-10-17")


@pytest.mark.parametrize("spelling", ["aws:SourceVpce", "aws:sourceVpce", "AWS:SOURCEVPCE"])
def test_condition_keys_ignore_case_on_both_sides(spelling):
    assert holds("StringEquals", "vpce-1", key="aws:sourcevpce", context={spelling: "vpce-1"}.items())
    assert holds("StringEquals", "vpce-1", key=spelling, context={"aws:SOURCEvpce": "vpce-1"}.items())


@pytest.mark.parametrize("count", [10, 5_000])
@pytest.mark.parametrize(
    "pattern",
    ["*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", "*?a?a*?a?a*a?a?*b", "?*" * 20 + "b", "*" * 40 + "b", "*a?" * 40 + "b"],
)
def test_wildcards_against_a_long_text_come_to_an_end(pattern, count):
    assert holds("StringLike", pattern, "a" * count) is False
    assert holds("StringLike", pattern, "a" * 400 + "b") is True


def test_a_list_without_values_is_no_value_for_a_variable_either():
    context = {"aws:PrincipalTag/t": []}
    assert holds("StringEquals", "${aws:PrincipalTag/t, 'd'}", "d", context=context.items())
