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


def _on(operator: str, key: str, value: str) -> Statement:
    return EVERYTHING | {"Condition": {operator: {key: value}}}


# What the statements of a large policy differ in.
DIFFERENCES: dict[str, Callable[[int], Statement]] = {
    "prefix": lambda i: _ALLOW | {"Resource": f"{BUCKET}/p-{i}/*"},
    "principal": lambda i: _ALLOW | {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/u-{i}"}},
    "action": lambda i: EVERYTHING | {"Action": f"s3:PutBucket{i}*"},
    "StringEquals": lambda i: _on("StringEquals", "aws:SourceVpce", f"vpce-{i}"),
    "StringLike": lambda i: _on("StringLike", "aws:SourceVpce", f"vpce-x{i}*"),
    "ArnLike": lambda i: _on("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:role/r-{i}*"),
    "condition key": lambda i: _on("StringLike", f"aws:PrincipalTag/t{i}", "a*"),
    # Each of these holds for a request without the key, so each has to be asked.
    "StringNotEquals": lambda i: _on("StringNotEquals", "aws:SourceVpc", "vpc-111bbb22"),
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
