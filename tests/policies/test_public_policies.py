"""What S3 takes for a public policy: the rules of "The meaning of public", a row each."""

import json

import pytest

from vpce_policies import PolicyKind, is_public, parse_policy

ACCESS_POINTS = "arn:aws:s3:us-west-2:123456789012:accesspoint/*"


def policy(**elements):
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
    return parse_policy(
        json.dumps({"Version": "2012-10-17", "Statement": [statement | elements]}), PolicyKind.BUCKET, bucket="data"
    )


@pytest.mark.parametrize(
    ("principal", "public"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": ["arn:aws:iam::123456789012:root", "*"]}, True),
        ({"Federated": "graph.facebook.com"}, True),
        ({"AWS": "123456789012"}, False),
        ({"AWS": "arn:aws:iam::123456789012:role/reader"}, False),
        ({"Service": "logging.s3.amazonaws.com"}, False),
    ],
)
def test_a_policy_is_public_unless_its_principals_are_fixed(principal, public):
    assert is_public(policy(Principal=principal)) is public


@pytest.mark.parametrize(
    ("condition", "public"),
    [
        ({"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}, False),
        ({"StringEquals": {"AWS:sourcevpc": "vpc-91237329"}}, False),
        ({"ForAnyValue:StringEquals": {"aws:SourceVpce": ["vpce-1a2b3c4d", "vpce-5e6f7a8b"]}}, False),
        ({"StringLike": {"aws:SourceVpc": "vpc-*"}}, True),
        ({"StringEquals": {"aws:SourceVpc": ["vpc-91237329", "vpc-*"]}}, True),
        ({"StringEqualsIfExists": {"aws:SourceVpc": "vpc-91237329"}}, True),
        ({"ForAllValues:StringEquals": {"aws:SourceVpc": "vpc-91237329"}}, True),
        ({"StringNotEquals": {"aws:SourceVpc": "vpc-91237329"}}, True),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "${aws:PrincipalTag/org}"}}, True),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::source"}}, False),
        ({"StringEquals": {"aws:userid": "AIDAEXAMPLE"}}, False),
        ({"StringLike": {"aws:userid": "AROAEXAMPLE:*"}}, True),
        ({"StringEquals": {"aws:userid": "AROAEXAMPLE:session"}}, True),
        ({"StringEquals": {"s3:ExistingObjectTag/public": "yes"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"Null": {"aws:SourceVpce": "false"}}, True),
        ({"StringEquals": {"s3:DataAccessPointAccount": "123456789012"}}, False),
        ({"StringLike": {"s3:DataAccessPointArn": ACCESS_POINTS}}, False),
        ({"StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-west-2:*:accesspoint/mine"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}, False),
    ],
)
def test_a_policy_for_everyone_is_public_unless_a_listed_key_has_fixed_values(condition, public):
    assert is_public(policy(Condition=condition)) is public


@pytest.mark.parametrize(
    ("ranges", "public"),
    [
        ("203.0.113.0/24", False),
        ("203.0.113.7", False),
        ("11.0.0.0/8", False),
        ("12.0.0.0/7", True),
        ("0.0.0.0/1", True),
        ("0.0.0.0/0", True),
        ("10.0.0.0/8", False),
        ("2001:db8::/32", False),
        ("2001::/16", True),
        (["203.0.113.0/24", "0.0.0.0/0"], True),
    ],
)
def test_a_range_of_addresses_is_public_when_it_is_broad(ranges, public):
    assert is_public(policy(Condition={"IpAddress": {"aws:SourceIp": ranges}})) is public


def test_a_wildcard_for_an_access_points_name_is_public_in_its_own_policy_only():
    document = policy(Condition={"StringLike": {"s3:DataAccessPointArn": ACCESS_POINTS}})
    assert is_public(document, of_access_point=True)


def test_a_denial_makes_no_policy_public_and_none_private():
    assert not is_public(policy(Effect="Deny"))
    allow, deny = policy().statements[0], policy(Effect="Deny").statements[0]
    both = policy()
    assert is_public(type(both)(both.kind, both.version, (allow, deny)))
