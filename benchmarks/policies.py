"""How long a decision takes, and how long compiling does: `python benchmarks/policies.py`."""

import json
import statistics
import time
from collections.abc import Callable

from vpce_policies import PolicyKind, PolicySet, Request, compile_policy, evaluate, parse_policy

BUCKET = "arn:aws:s3:::corp-data"
ACCOUNT = "111122223333"
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
ENDPOINT = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
THREE = [
    {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [BUCKET, f"{BUCKET}/*"],
        "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}},
    },
    {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [BUCKET, f"{BUCKET}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    },
    {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"},
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": f"{BUCKET}/team-7/*",
    },
]


def by_prefix(index: int) -> dict[str, object]:
    return {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{BUCKET}/p-{index}/*"}


def by_principal(index: int) -> dict[str, object]:
    principal = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/u-{index}"}
    return {"Effect": "Allow", "Principal": principal, "Action": "s3:Get*", "Resource": f"{BUCKET}/*"}


def by_action(index: int) -> dict[str, object]:
    return {"Effect": "Deny", "Principal": "*", "Action": f"s3:PutBucket{index}*", "Resource": f"{BUCKET}/*"}


def by_condition(index: int) -> dict[str, object]:
    condition = {"StringEquals": {"aws:SourceVpce": f"vpce-{index}"}}
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"{BUCKET}/*", "Condition": condition}


def by_tag(index: int) -> dict[str, object]:
    condition = {"StringLike": {f"aws:PrincipalTag/t{index}": "a*"}}
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"{BUCKET}/*", "Condition": condition}


def medians(run: Callable[[], object], *, rounds: int = 200, calls: int = 50) -> float:
    """The median time of one call, in microseconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter_ns()
        for _ in range(calls):
            run()
        times.append((time.perf_counter_ns() - start) / calls / 1000)
    return statistics.median(times)


def decision(statements: list[dict[str, object]]) -> float:
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    policies = PolicySet(
        resource=compile_policy(parse_policy(document, PolicyKind.RESOURCE)),
        vpc_endpoint=(compile_policy(parse_policy(ENDPOINT, PolicyKind.VPC_ENDPOINT)),),
    )
    request = Request(
        "s3:GetObject", f"{BUCKET}/team-7/x.csv", ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/app/i", CONTEXT
    )
    assert evaluate(request, policies).allowed
    return medians(lambda: evaluate(request, policies))


KINDS = {
    "prefix": by_prefix,
    "principal": by_principal,
    "action": by_action,
    "condition": by_condition,
    "key (not indexed)": by_tag,
}


def main() -> None:
    base = decision(THREE)
    print(f"decision, 3 statements and endpoint policy   {base:8.1f} us")
    for name, make in KINDS.items():
        many = decision([*THREE, *map(make, range(197))])
        print(f"decision, 200 statements by {name:<16} {many:8.1f} us  ({many / base:.2f}x)")
    text = json.dumps({"Version": "2012-10-17", "Statement": [*THREE, *map(by_prefix, range(197))]})
    document = parse_policy(text, PolicyKind.RESOURCE)
    compiling = medians(lambda: compile_policy(document), rounds=20, calls=1)
    print(f"compiling 200 statements                     {compiling:8.1f} us")
    parsing = medians(lambda: parse_policy(text, PolicyKind.RESOURCE), rounds=20, calls=1)
    print(f"parsing and validating 200 statements        {parsing:8.1f} us")


if __name__ == "__main__":
    main()
