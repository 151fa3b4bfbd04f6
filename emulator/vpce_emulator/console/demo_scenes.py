"""The scenes of `vpce demo`: what is set up, the calls that are made then, and how each of them ends on AWS."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from vpce_emulator.testing import Vpce

BUCKET = "my-secure-bucket"
OTHER_BUCKET = "somebody-elses-bucket"
TABLE = "StockTable"
ACCOUNT_ROOT = "arn:aws:iam::123456789012:root"
ALICE = "arn:aws:iam::123456789012:user/alice"


@dataclass(frozen=True, slots=True)
class Call:
    """One call, and how it ends on AWS.

    Attributes:
        place: `internet`, `client <name>` or `endpoint <name>`.
        service: boto3's name of the service.
        operation: the API name.
        parameters: of the operation.
        path: `internet`, `gateway`, `interface` or `blocked`.
        refused_by: None where AWS lets it through, else the layer, or `network`.
        message: the error message on AWS.
        as_user: the IAM user who calls; None for the account's root user.
    """

    place: str
    service: str
    operation: str
    parameters: dict[str, Any]
    path: str
    refused_by: str | None = None
    message: str = ""
    as_user: str | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """A part of the story: what is set up, and the calls that are made then."""

    title: str
    prepare: Callable[[Stage], None]
    calls: Callable[[Stage], tuple[Call, ...]]


@dataclass(slots=True)
class Stage:
    """The running emulator and what the scenes made on it."""

    vpce: Vpce
    credentials: dict[str, dict[str, Any]] = field(default_factory=dict)

    def client(self, place: str, service: str, as_user: str | None = None) -> Any:  # noqa: ANN401 - boto3's clients have no types
        """Return a boto3 client at a place."""
        kind, _, name = place.partition(" ")
        where: dict[str, Any] = {"internet": {}, "client": {"at": name}, "endpoint": {"via": name}}[kind]
        return self.vpce.client(service, **where, **self.credentials.get(as_user or "", {}))

    def root(self, service: str) -> Any:  # noqa: ANN401 - as above
        """Return a boto3 client on the internet, to set things up with."""
        return self.client("internet", service)

    def set_bucket_policy(self, statement: dict[str, Any]) -> None:
        """Put a policy of one statement on the bucket."""
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.root("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy)

    def set_endpoint_policy(self, name: str, *statements: dict[str, Any]) -> None:
        """Change an endpoint's policy."""
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        self.root("ec2").modify_vpc_endpoint(VpcEndpointId=self.vpce.endpoint(name).id, PolicyDocument=policy)


def _arn(key: str = "") -> str:
    return f"arn:aws:s3:::{BUCKET}" + (f"/{key}" if key else "")


def _denied(action: str, resource: str, why: str, principal: str = ACCOUNT_ROOT) -> str:
    return f"User: {principal} is not authorized to perform: {action} on resource: {resource} {why}"


_BUCKET_POLICY = "with an explicit deny in a resource-based policy"
_GET = {"Bucket": BUCKET, "Key": "report.csv"}


def _make_data(stage: Stage) -> None:
    s3 = stage.root("s3")
    for bucket in (BUCKET, OTHER_BUCKET):
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="report.csv", Body=b"a,b\n1,2\n")
    dynamodb = stage.root("dynamodb")
    for table in (TABLE, "OtherTable"):
        dynamodb.create_table(
            TableName=table,
            KeySchema=[{"AttributeName": "Ticker", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "Ticker", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )


def _only_through_the_endpoint(stage: Stage) -> None:
    _make_data(stage)
    # The letter case of the key is the article's; condition keys have none.
    condition = {"StringNotEquals": {"aws:sourceVpce": stage.vpce.endpoint("s3").id}}
    stage.set_bucket_policy(
        {
            "Sid": "OnlyThroughTheEndpoint",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": [_arn(), _arn("*")],
            "Condition": condition,
        }
    )


def _bucket_policy_calls(_: Stage) -> tuple[Call, ...]:
    refused = _denied("s3:GetObject", f'"{_arn("report.csv")}"', _BUCKET_POLICY)
    return (
        Call("internet", "s3", "GetObject", _GET, "internet", "resource", refused),
        Call("client private-a", "s3", "GetObject", _GET, "gateway"),
        Call("client private-b", "s3", "PutObject", _GET | {"Body": b"a,b\n3,4\n"}, "gateway"),
        Call("endpoint s3-interface", "s3", "GetObject", _GET, "interface", "resource", refused),
        Call("client isolated", "s3", "GetObject", _GET, "blocked", "network"),
    )


def _only_two_actions(stage: Stage) -> None:
    stage.root("s3").delete_bucket_policy(Bucket=BUCKET)
    stage.set_endpoint_policy(
        "s3",
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": [_arn(), _arn("*")],
        },
    )


def _endpoint_policy_calls(_: Stage) -> tuple[Call, ...]:
    other = f"arn:aws:s3:::{OTHER_BUCKET}/report.csv"
    return (
        Call("client private-a", "s3", "GetObject", _GET, "gateway"),
        Call(
            "client private-a",
            "s3",
            "ListObjectsV2",
            {"Bucket": BUCKET},
            "gateway",
            "vpc_endpoint",
            _denied("s3:ListBucket", f'"{_arn()}"', "because no VPC endpoint policy allows the s3:ListBucket action"),
        ),
        Call(
            "client private-a",
            "s3",
            "GetObject",
            {"Bucket": OTHER_BUCKET, "Key": "report.csv"},
            "gateway",
            "vpc_endpoint",
            _denied("s3:GetObject", f'"{other}"', "because no VPC endpoint policy allows the s3:GetObject action"),
        ),
        Call("internet", "s3", "ListObjectsV2", {"Bucket": BUCKET}, "internet"),
    )


def _only_the_stock_table(stage: Stage) -> None:
    actions = ["Batch*", "Delete*", "DescribeTable", "GetItem", "PutItem", "Update*"]
    stage.set_endpoint_policy(
        "dynamodb",
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": [f"dynamodb:{action}" for action in actions],
            "Resource": f"arn:aws:dynamodb:us-east-1:123456789012:table/{TABLE}",
        },
    )


def _stock_table_calls(_: Stage) -> tuple[Call, ...]:
    item = {"Ticker": {"S": "AMZN"}}
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/"
    nobody = "because no VPC endpoint policy allows the dynamodb:{} action"
    return (
        Call("client private-a", "dynamodb", "PutItem", {"TableName": TABLE, "Item": item}, "gateway"),
        Call("client private-a", "dynamodb", "GetItem", {"TableName": TABLE, "Key": item}, "gateway"),
        Call(
            "client private-a",
            "dynamodb",
            "Scan",
            {"TableName": TABLE},
            "gateway",
            "vpc_endpoint",
            _denied("dynamodb:Scan", arn + TABLE, nobody.format("Scan")),
        ),
        Call(
            "client private-a",
            "dynamodb",
            "GetItem",
            {"TableName": "OtherTable", "Key": item},
            "gateway",
            "vpc_endpoint",
            _denied("dynamodb:GetItem", arn + "OtherTable", nobody.format("GetItem")),
        ),
        Call("internet", "dynamodb", "Scan", {"TableName": TABLE}, "internet"),
    )


def _only_from_the_vpc(stage: Stage) -> None:
    stage.root("ec2").modify_vpc_endpoint(VpcEndpointId=stage.vpce.endpoint("s3").id, ResetPolicy=True)
    stage.set_bucket_policy(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": _arn("*"),
            "Condition": {"StringNotEquals": {"aws:SourceVpc": stage.vpce.endpoint("s3").vpc_id}},
        }
    )


def _source_vpc_calls(_: Stage) -> tuple[Call, ...]:
    refused = _denied("s3:GetObject", f'"{_arn("report.csv")}"', _BUCKET_POLICY)
    return (
        Call("client private-a", "s3", "GetObject", _GET, "gateway"),
        Call("endpoint s3-interface", "s3", "GetObject", _GET, "interface"),
        Call("internet", "s3", "GetObject", _GET, "internet", "resource", refused),
    )


def _three_layers(stage: Stage) -> None:
    iam = stage.root("iam")
    iam.create_user(UserName="alice")
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": _arn("*")}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_user_policy(UserName="alice", PolicyName="read", PolicyDocument=document)
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    stage.credentials["alice"] = {
        "aws_access_key_id": key["AccessKeyId"],
        "aws_secret_access_key": key["SecretAccessKey"],
    }
    stage.set_endpoint_policy(
        "s3", {"Effect": "Allow", "Principal": "*", "Action": "s3:*Object", "Resource": _arn("*")}
    )


def _defence_in_depth_calls(_: Stage) -> tuple[Call, ...]:
    put = _GET | {"Body": b"a,b\n5,6\n"}
    quoted = f'"{_arn("report.csv")}"'
    nobody = "because no identity-based policy allows the s3:PutObject action"
    listed = "because no VPC endpoint policy allows the s3:ListBucket action"
    return (
        Call("client private-a", "s3", "GetObject", _GET, "gateway", as_user="alice"),
        Call(
            "client private-a",
            "s3",
            "PutObject",
            put,
            "gateway",
            "identity",
            _denied("s3:PutObject", quoted, nobody, ALICE),
            as_user="alice",
        ),
        Call(
            "client private-a",
            "s3",
            "ListObjectsV2",
            {"Bucket": BUCKET},
            "gateway",
            "vpc_endpoint",
            _denied("s3:ListBucket", f'"{_arn()}"', listed, ALICE),
            as_user="alice",
        ),
        Call(
            "internet",
            "s3",
            "GetObject",
            _GET,
            "internet",
            "resource",
            _denied("s3:GetObject", quoted, _BUCKET_POLICY, ALICE),
            as_user="alice",
        ),
    )


def _nothing(_: Stage) -> None:
    """Leave everything as it is."""


def _private_dns_calls(_: Stage) -> tuple[Call, ...]:
    return (
        Call("client private-a", "sqs", "ListQueues", {}, "interface"),
        Call("client isolated", "sqs", "ListQueues", {}, "interface"),
        Call("internet", "sqs", "ListQueues", {}, "internet"),
    )


SCENES = (
    Scene(
        "A bucket policy that denies unless aws:sourceVpce is the endpoint",
        _only_through_the_endpoint,
        _bucket_policy_calls,
    ),
    Scene("An endpoint policy: GetObject and PutObject on one bucket", _only_two_actions, _endpoint_policy_calls),
    Scene("An endpoint policy for DynamoDB's StockTable", _only_the_stock_table, _stock_table_calls),
    Scene("A bucket policy on aws:SourceVpc", _only_from_the_vpc, _source_vpc_calls),
    Scene("Defence in depth: endpoint policy, bucket policy and IAM", _three_layers, _defence_in_depth_calls),
    Scene("Private DNS: the service's own name leads to the endpoint", _nothing, _private_dns_calls),
)
