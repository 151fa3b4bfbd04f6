"""What making a resource needs beside the action that makes it: leave to tag it, and to make what comes with it."""

import json
from urllib.parse import urlencode

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.actions import authorizations
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.operation import identify_operation
from vpce_emulator.aws.service import identify_service, service_named
from vpce_emulator.aws.service_models import service_model
from vpce_emulator.aws.tagging_on_creation import TAGGING
from vpce_policies.vocabulary import load_vocabulary

ACCOUNT = "123456789012"
HERE = f"us-east-1:{ACCOUNT}"


def asked(service, body, *, target="", path="/", method="POST"):
    """Return what a request needs leave for: a form, or JSON."""
    scope = f"AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/{service}/aws4_request"
    form = not target and path == "/"
    content = urlencode(body).encode() if form else json.dumps(body).encode()
    content_type = "application/x-www-form-urlencoded" if form else "application/x-amz-json-1.0"
    headers = CIMultiDict({"Authorization": scope, "Content-Type": content_type})
    if target:
        headers["X-Amz-Target"] = target
    request = HttpRequest(method, f"{service}.us-east-1.amazonaws.com", path, "", CIMultiDictProxy(headers))
    found = identify_service(request, default_region="us-east-1")
    operation = identify_operation(found, request, content)
    return authorizations(found, operation, request, content, account_id=ACCOUNT)


PAIRS = [{"Key": "team", "Value": "blue"}]
OF_TEAM = {"aws:RequestTag/team": "blue", "aws:TagKeys": ("team",)}
TABLE = {"TableName": "orders", "Tags": PAIRS}


@pytest.mark.parametrize(
    ("request_of", "expected"),
    [
        (
            lambda: asked("sqs", {"QueueName": "q", "tags": {"team": "blue"}}, target="AmazonSQS.CreateQueue"),
            ("sqs:TagQueue", f"arn:aws:sqs:{HERE}:q"),
        ),
        (
            lambda: asked(
                "iam",
                {"Action": "CreateUser", "UserName": "u", "Tags.member.1.Key": "team", "Tags.member.1.Value": "blue"},
            ),
            ("iam:TagUser", f"arn:aws:iam::{ACCOUNT}:user/u"),
        ),
        (
            lambda: asked("kms", {"Tags": [{"TagKey": "team", "TagValue": "blue"}]}, target="TrentService.CreateKey"),
            ("kms:TagResource", f"arn:aws:kms:{HERE}:key/*"),
        ),
        (
            lambda: asked("dynamodb", TABLE, target="DynamoDB_20120810.CreateTable"),
            ("dynamodb:TagResource", f"arn:aws:dynamodb:{HERE}:table/orders"),
        ),
        (
            lambda: asked(
                "lambda",
                {"FunctionName": "f", "Role": "arn:aws:iam::1:role/r", "Code": {}, "Tags": {"team": "blue"}},
                path="/2015-03-31/functions",
            ),
            ("lambda:TagResource", f"arn:aws:lambda:{HERE}:function:f"),
        ),
    ],
    ids=["sqs", "iam", "kms", "dynamodb", "lambda"],
)
def test_tags_on_a_new_resource_need_leave_to_tag_it(request_of, expected):
    found = {(one.action, one.resource): one.context for one in request_of()}
    assert found[expected] == OF_TEAM


def test_a_new_resource_without_tags_needs_no_leave_to_tag():
    found = asked("sqs", {"QueueName": "q"}, target="AmazonSQS.CreateQueue")
    assert [one.action for one in found] == ["sqs:CreateQueue"]


def test_tagging_says_what_it_is_part_of():
    form = {"Action": "CreateVpc", "CidrBlock": "10.0.0.0/16", "TagSpecification.1.ResourceType": "vpc"}
    tag = {"TagSpecification.1.Tag.1.Key": "team", "TagSpecification.1.Tag.1.Value": "blue"}
    found = {one.action: one for one in asked("ec2", form | tag)}
    assert found["ec2:CreateTags"].resource == f"arn:aws:ec2:{HERE}:vpc/*"
    assert found["ec2:CreateTags"].context == OF_TEAM | {"ec2:CreateAction": "CreateVpc"}


@pytest.mark.parametrize(("service", "operation"), sorted(TAGGING))
def test_operations_that_tag_what_they_make_exist_and_so_do_the_actions(service, operation):
    assert operation in service_model(service).operations
    prefix, _, action = TAGGING[service, operation].partition(":")
    assert prefix == service_named(service).iam_prefix
    assert action in load_vocabulary().services[prefix]


RUN = {"Action": "RunInstances", "ImageId": "ami-1", "MinCount": "1", "MaxCount": "1"}


def run(**further):
    given = RUN | {name.replace("_", "."): value for name, value in further.items()}
    found = [one for one in asked("ec2", given) if one.action == "ec2:RunInstances"]
    return {one.resource.rpartition(":")[2]: one.context for one in found}


def test_running_instances_is_on_all_that_it_makes_and_uses():
    assert {"image/ami-1", "instance/*", "network-interface/*", "volume/*"} <= set(run())
    assert {"key-pair/mine", "subnet/subnet-1"} <= set(run(KeyName="mine", SubnetId="subnet-1"))


@pytest.mark.parametrize(
    ("given", "key", "value"),
    [
        ({"InstanceType": "m5.24xlarge"}, "ec2:InstanceType", "m5.24xlarge"),
        ({}, "ec2:InstanceType", "m1.small"),
        ({"LaunchTemplate_LaunchTemplateId": "lt-1"}, "ec2:InstanceType", None),
        ({"MetadataOptions_HttpTokens": "required"}, "ec2:MetadataHttpTokens", "required"),
        ({"Placement_Tenancy": "dedicated"}, "ec2:Tenancy", "dedicated"),
    ],
)
def test_the_instance_alone_has_the_keys_of_instances(given, key, value):
    found = run(**given)
    assert found["instance/*"].get(key) == value
    assert not any(key in context for resource, context in found.items() if resource != "instance/*")


def test_the_tags_of_a_type_are_known_of_that_type_alone():
    found = run(
        TagSpecification_1_ResourceType="instance",
        TagSpecification_1_Tag_1_Key="team",
        TagSpecification_1_Tag_1_Value="blue",
    )
    assert {resource for resource, context in found.items() if "aws:RequestTag/team" in context} == {"instance/*"}
