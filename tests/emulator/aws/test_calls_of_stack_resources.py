"""What CloudFormation calls for each type of resource: real operations, and no more than AWS's schemas say."""

import json
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path

import pytest
from moto.cloudformation.parsing import get_model_map

from vpce_emulator.aws.actions import authorizations
from vpce_emulator.aws.operation import identify_operation
from vpce_emulator.aws.service import identify_service
from vpce_emulator.aws.stack_calls import TYPES, Resource, StackCall, calls_of
from vpce_emulator.backend.embedded.cloudformation.own_types import OWN_TYPES
from vpce_emulator.backend.embedded.dry_calls import dry_call

ACCOUNT, REGION = "123456789012", "us-east-1"
VERBS = ("create", "update", "delete")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
IDS = {
    "AWS::SQS::Queue": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/own",
    "AWS::SNS::Subscription": f"arn:aws:sns:{REGION}:{ACCOUNT}:t:own",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:own",
    "AWS::IAM::ManagedPolicy": f"arn:aws:iam::{ACCOUNT}:policy/own",
}


class Everything(dict):
    """Properties of a template that has all of them."""

    GIVEN: Mapping[str, object] = {
        "Code": {"S3Bucket": "code", "S3Key": "zip"},
        "Content": {"S3Bucket": "code", "S3Key": "zip"},
        "ContainerProperties": {"Image": "image"},
        "Groups": ["group"],
        "IamRoles": [ROLE],
        "Layers": [f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:one:1"],
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        "Path": "/",
        "Policies": [{"PolicyName": "inline"}],
        "Queues": [f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q"],
        "Roles": ["r"],
        "Size": "5",
        "Subscription": [{"Protocol": "sqs", "Endpoint": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}],
        "Tags": [{"Key": "team", "Value": "blue"}],
        "Targets": [{"Id": "1", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}],
        "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:t",
        "Topics": [f"arn:aws:sns:{REGION}:{ACCOUNT}:t"],
        "Users": ["user"],
        "VpcConfig": {"SubnetIds": ["subnet-1"]},
    }

    def get(self, name: str, default: object = None) -> object:
        return self.GIVEN.get(name, f"{name.lower()}-given")


def resource(resource_type: str, verb: str) -> Resource:
    there = verb != "create"
    return Resource(
        resource_type, "own", ACCOUNT, REGION, Everything(), IDS.get(resource_type, "own") if there else "", {}
    )


def actions_of(call: StackCall) -> set[tuple[str, str]]:
    """Return what a call needs leave for, read from the request as any other is."""
    http, body = dry_call(call.service, call.operation, call.parameters, REGION, "cloudformation.amazonaws.com")
    service = identify_service(http, default_region=REGION)
    operation = identify_operation(service, http, body)
    assert operation.name == call.operation
    wanted = authorizations(service, operation, http, body, account_id=ACCOUNT, now=0.0)
    return {(one.action, one.resource) for one in wanted}


# The permissions that AWS's resource schemas list for the handlers of a type, all handlers together:
# https://schema.cloudformation.us-east-1.amazonaws.com/CloudformationSchema.zip
HANDLERS = json.loads((Path(__file__).parent / "data" / "resource-handler-permissions.json").read_text("utf-8"))


def test_every_type_that_can_be_made_is_known():
    not_types = {"?", "AWS::SERVICE::RESOURCE"}  # moto's examples of how a type is written
    assert set(get_model_map()) - not_types <= TYPES | set(OWN_TYPES)


@pytest.mark.parametrize("resource_type", sorted(TYPES))
def test_the_calls_are_real_and_need_no_more_than_awss_schema_says(resource_type):
    calls = [call for verb in VERBS for call in calls_of(verb, resource(resource_type, verb))]
    actions = {action for call in calls for action, _ in actions_of(call)}
    listed = HANDLERS.get(resource_type)
    assert calls_of("create", resource(resource_type, "create"))
    assert actions
    if listed is not None:
        assert {one for one in actions if not any(fnmatch(one.lower(), each.lower()) for each in listed)} == set()


def test_types_without_a_schema_are_few():
    without = {"AWS::EMR::Cluster", "AWS::IAM::AccessKey", "AWS::RDS::DBSecurityGroup", "AWS::Route53::RecordSetGroup"}
    without |= {"AWS::IAM::UserToGroupAddition"}
    assert TYPES - set(HANDLERS) == without


@pytest.mark.parametrize(
    ("verb", "resource_type", "properties", "expected"),
    [
        ("create", "AWS::SQS::Queue", {}, {("sqs:CreateQueue", f"arn:aws:sqs:{REGION}:{ACCOUNT}:own")}),
        ("delete", "AWS::SQS::Queue", {}, {("sqs:DeleteQueue", f"arn:aws:sqs:{REGION}:{ACCOUNT}:own")}),
        (
            "create",
            "AWS::IAM::Role",
            {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B"]},
            {(f"iam:{each}", f"arn:aws:iam::{ACCOUNT}:role/own") for each in ("CreateRole", "AttachRolePolicy")},
        ),
        (
            "create",
            "AWS::Lambda::Function",
            {"Role": ROLE, "Code": {"ZipFile": "def handler(): ..."}},
            {("lambda:CreateFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:own"), ("iam:PassRole", ROLE)},
        ),
        (
            "create",
            "AWS::S3::Bucket",
            {"Tags": [{"Key": "a", "Value": "b"}]},
            {("s3:CreateBucket", "arn:aws:s3:::own"), ("s3:PutBucketTagging", "arn:aws:s3:::own")},
        ),
        (
            "create",
            "AWS::SNS::Topic",
            {"Subscription": [{"Protocol": "sqs", "Endpoint": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}]},
            {(f"sns:{each}", f"arn:aws:sns:{REGION}:{ACCOUNT}:own") for each in ("CreateTopic", "Subscribe")},
        ),
    ],
)
def test_the_properties_of_a_resource_say_what_is_called(verb, resource_type, properties, expected):
    one = Resource(resource_type, "own", ACCOUNT, REGION, properties, "" if verb == "create" else IDS[resource_type])
    assert {needed for call in calls_of(verb, one) for needed in actions_of(call)} == expected


@pytest.mark.parametrize(
    ("before", "after", "called"),
    [
        ({}, {}, []),
        ({"Tags": [{"Key": "a", "Value": "b"}]}, {"Tags": [{"Key": "a", "Value": "b"}]}, []),
        ({"Tags": [{"Key": "a", "Value": "b"}]}, {}, ["PutBucketTagging"]),
        ({}, {"VersioningConfiguration": {"Status": "Enabled"}}, ["PutBucketVersioning"]),
    ],
)
def test_an_update_calls_for_what_differs_alone(before, after, called):
    bucket = Resource("AWS::S3::Bucket", "own", ACCOUNT, REGION, after, "own", before)
    assert [call.operation for call in calls_of("update", bucket)] == called


def test_an_update_attaches_what_is_new_alone():
    had, added = "arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B"
    role = Resource(
        "AWS::IAM::Role",
        "own",
        ACCOUNT,
        REGION,
        {"ManagedPolicyArns": [had, added]},
        "own",
        {"ManagedPolicyArns": [had]},
    )
    (call,) = calls_of("update", role)
    assert (call.operation, call.parameters) == ("AttachRolePolicy", {"RoleName": "own", "PolicyArn": added})


def test_a_call_that_cannot_be_addressed_says_what_is_missing():
    with pytest.raises(ValueError, match="apigateway:CreateDeployment needs restapi_id"):
        dry_call("apigateway", "CreateDeployment", {}, REGION, "")
