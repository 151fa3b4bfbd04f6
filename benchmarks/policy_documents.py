"""The policies and requests that decisions are measured with."""

from collections.abc import Callable, Sequence
from typing import Any

from vpce_policies import PolicyKind, PolicySet, Request, compile_policy, parse_policy

Statement = dict[str, Any]

ACCOUNT = "111122223333"
BUCKET = "arn:aws:s3:::corp-data"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"

# What a request of a role session through a gateway endpoint carries.
CONTEXT = {
    "aws:CalledVia": ["athena.amazonaws.com"],
    "aws:CurrentTime": "2026-01-01T00:00:00Z",
    "aws:PrincipalAccount": ACCOUNT,
    "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/app",
    "aws:PrincipalIsAWSService": "false",
    "aws:PrincipalOrgID": "o-aa111bb222",
    "aws:PrincipalType": "AssumedRole",
    "aws:RequestedRegion": "us-east-1",
    "aws:ResourceAccount": ACCOUNT,
    "aws:SecureTransport": "true",
    "aws:SourceVpc": "vpc-111bbb22",
    "aws:SourceVpce": "vpce-1a2b3c4d",
    "aws:UserAgent": "Boto3/1.43",
    "aws:ViaAWSService": "false",
    "aws:VpcSourceIp": "10.0.1.5",
    "aws:userid": "AROAX:i-0abc",
    "s3:TlsVersion": "1.3",
    "s3:authType": "REST-HEADER",
}
REQUEST = Request(
    "s3:GetObject", f"{BUCKET}/team-7/x.csv", ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/app/i", CONTEXT
)

ENDPOINT_POLICY = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
EVERYTHING = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"]}
THREE_STATEMENTS: Sequence[Statement] = (
    EVERYTHING | {"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}},
    EVERYTHING | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"},
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": f"{BUCKET}/team-7/*",
    },
)

_ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"}

_VIA = ["athena.amazonaws.com"]
_ROLES = f"arn:aws:iam::{ACCOUNT}:role/"


def _on(operator: str, key: str, *values: str) -> Statement:
    return EVERYTHING | {"Condition": {operator: {key: list(values)}}}


def _except(name: str, element: str, value: Any) -> Statement:
    return {key: each for key, each in EVERYTHING.items() if key != name} | {element: value}


# What the statements of a large policy differ in.
DIFFERENCES: dict[str, Callable[[int], Statement]] = {
    "prefix": lambda i: _ALLOW | {"Resource": f"{BUCKET}/p-{i}/*"},
    "principal": lambda i: _ALLOW | {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/u-{i}"}},
    "action": lambda i: EVERYTHING | {"Action": f"s3:PutBucket{i}*"},
    "StringEquals": lambda i: _on("StringEquals", "aws:SourceVpce", f"vpce-{i}"),
    "StringLike": lambda i: _on("StringLike", "aws:SourceVpce", f"vpce-x{i}*"),
    "ArnLike": lambda i: _on("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:role/r-{i}*"),
    "condition key": lambda i: _on("StringLike", f"aws:PrincipalTag/t{i}", "a*"),
    "condition key, with Null": lambda i: _on("Null", f"aws:PrincipalTag/t{i}", "false"),
    "StringLike, wildcard first": lambda i: _on("StringLike", "aws:UserAgent", f"*agent-{i}"),
    "ArnLike, wildcard first": lambda i: _on("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::*:role/r-{i}"),
    "IpAddress": lambda i: _on("IpAddress", "aws:VpcSourceIp", f"10.{i + 9}.0.0/16"),
    "NumericLessThan": lambda i: _on("NumericLessThan", "s3:TlsVersion", f"1.{i % 10 / 10}"),
    "ForAllValues": lambda i: _on("ForAllValues:StringEquals", "aws:CalledVia", f"service-{i}.amazonaws.com"),
    "a policy variable": lambda i: _on("StringEquals", "aws:UserAgent", f"${{aws:PrincipalTag/t{i}}}"),
    "Resource with a variable": lambda i: _ALLOW | {"Resource": f"{BUCKET}/${{aws:userid}}/{i}/*"},
    # Each of these holds for all other values, or for a request without the key.
    "StringNotEquals": lambda i: _on("StringNotEquals", "aws:SourceVpc", "vpc-111bbb22", f"vpc-{i}"),
    "StringNotEquals, all alike": lambda _: _on("StringNotEquals", "aws:SourceVpc", "vpc-111bbb22"),
    "StringNotEqualsIfExists": lambda i: _on("StringNotEqualsIfExists", "aws:SourceVpc", "vpc-111bbb22", f"vpc-{i}"),
    "StringNotLike": lambda i: _on("StringNotLike", "aws:PrincipalArn", f"{_ROLES}*", f"x-{i}*"),
    "ArnNotLike": lambda i: _on("ArnNotLike", "aws:PrincipalArn", f"{_ROLES}app", f"{_ROLES}r-{i}*"),
    "NotIpAddress": lambda i: _on("NotIpAddress", "aws:VpcSourceIp", "10.0.0.0/16", f"172.16.{i}.0/24"),
    "Null, true": lambda i: _on("Null", "aws:SourceVpce", "true") | {"Sid": f"S{i}"},
    "ForAllValues, negated": lambda i: _on("ForAllValues:StringNotEquals", "aws:CalledVia", f"x{i}", *_VIA),
    "a policy variable, negated": lambda i: _on(
        "StringNotEquals", "aws:PrincipalAccount", "${aws:ResourceAccount}", f"{i:012}"
    ),
    "NotResource": lambda i: _except("Resource", "NotResource", [BUCKET, f"{BUCKET}/*", f"arn:aws:s3:::b-{i}"]),
    "NotPrincipal": lambda i: _except("Principal", "NotPrincipal", {"AWS": [f"{_ROLES}app", f"{_ROLES}r-{i}"]}),
}


def text_of(difference: str, count: int) -> dict[str, Any]:
    """Return a bucket policy of some statements, the three first among them."""
    more = [DIFFERENCES[difference](i) for i in range(count - len(THREE_STATEMENTS))]
    return {"Version": "2012-10-17", "Statement": [*THREE_STATEMENTS, *more]}


def policies_of(document: dict[str, Any]) -> PolicySet:
    """Return a bucket policy behind an endpoint whose policy allows everything."""
    return PolicySet(
        resource=compile_policy(parse_policy(document, PolicyKind.RESOURCE)),
        vpc_endpoint=(compile_policy(parse_policy(ENDPOINT_POLICY, PolicyKind.VPC_ENDPOINT)),),
    )


def plain_cases(statements: int) -> list[tuple[Statement, str, str]]:
    """Return identity policies without conditions, each with an action and a resource to decide about."""
    requests = [
        (action, f"arn:aws:s3:::{bucket}/{key}")
        for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
        for bucket in ("corp-data", "corp-logs")
        for key in ("team-7/x.csv", "secret/y.csv")
    ]
    policies = [_plain_policy(range(team, team + statements - 3)) for team in range(16)]
    return [(policy, action, resource) for policy in policies for action, resource in requests]


def _plain_policy(teams: range) -> Statement:
    statements = [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::*-logs/*"},
        {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::*/secret/*"},
        {"Effect": "Deny", "NotAction": "s3:*Object", "Resource": "*"},
    ]
    of_team = {"Effect": "Allow", "Action": ["s3:Get*", "s3:PutObject"]}
    statements += [of_team | {"Resource": f"{BUCKET}/team-{team}/*"} for team in teams]
    return {"Version": "2012-10-17", "Statement": statements}
