"""Tags that requests give, and roles that they pass to a service, whatever the service calls them."""

import json
from urllib.parse import urlencode

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.actions import authorizations
from vpce_emulator.aws.call import Operation, Protocol, Service
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.lookups import Lookups
from vpce_emulator.aws.operation import identify_operation
from vpce_emulator.aws.passed_roles import PASSING
from vpce_emulator.aws.request_inputs import input_of
from vpce_emulator.aws.request_tags import request_tags
from vpce_emulator.aws.service import identify_service
from vpce_emulator.aws.service_models import read_model, service_model

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app/runner"


def asked(service, body, *, target="", path="/", method="POST", lookups=None):
    """Return what a request needs leave for: a form, or JSON."""
    headers = CIMultiDict(
        {"Authorization": f"AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/{service}/aws4_request"}
    )
    form = not target and path == "/"
    content = urlencode(body).encode() if form else json.dumps(body).encode()
    headers["Content-Type"] = "application/x-www-form-urlencoded" if form else "application/x-amz-json-1.1"
    if target:
        headers["X-Amz-Target"] = target
    request = HttpRequest(method, f"{service}.us-east-1.amazonaws.com", path, "", CIMultiDictProxy(headers))
    found = identify_service(request, default_region="us-east-1")
    operation = identify_operation(found, request, content)
    known = lookups or Lookups(resource_arn=lambda arn: ROLE if arn.endswith(":role/runner") else None)
    return authorizations(found, operation, request, content, account_id=ACCOUNT, lookups=known)


@pytest.mark.parametrize(
    ("given", "tags"),
    [
        ({"Tags": [{"Key": "team", "Value": "blue"}]}, {"team": "blue"}),
        ({"tags": [{"key": "team", "value": "blue"}]}, {"team": "blue"}),
        ({"Tags": [{"TagKey": "team", "TagValue": "blue"}]}, {"team": "blue"}),
        ({"Tags": {"team": "blue", "cost": "1"}}, {"team": "blue", "cost": "1"}),
        ({"Tags": {"entry": [{"key": "team", "value": "blue"}]}}, {"team": "blue"}),
        ({"TagSpecification": [{"ResourceType": "vpc", "Tag": [{"Key": "team", "Value": "blue"}]}]}, {"team": "blue"}),
        ({"Tags": [{"Key": "team"}]}, {"team": ""}),
        ({"Tags": "text"}, {}),
        ({"Name": "nothing"}, {}),
    ],
)
def test_tags_are_found_however_a_service_writes_them(given, tags):
    expected = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    assert request_tags(given) == (expected | {"aws:TagKeys": tuple(tags)} if tags else {})


def test_tags_that_are_taken_off_are_keys_alone():
    assert request_tags({"TagKeys": ["team", "cost"]}) == {"aws:TagKeys": ("team", "cost")}


def test_the_tags_of_a_request_are_condition_keys_of_its_action():
    form = {"Action": "CreateVpc", "Version": "2016-11-15", "CidrBlock": "10.0.0.0/16"}
    tag = {"TagSpecification.1.ResourceType": "vpc", "TagSpecification.1.Tag.1.Key": "team"}
    create, _ = asked("ec2", form | tag | {"TagSpecification.1.Tag.1.Value": "blue"})
    assert create.context == {"aws:RequestTag/team": "blue", "aws:TagKeys": ("team",), "ec2:Region": "us-east-1"}


FUNCTION = {"FunctionName": "f", "Role": ROLE, "Code": {}}
RUN = {"Action": "RunInstances", "Version": "2016-11-15", "MinCount": "1", "MaxCount": "1"}


@pytest.mark.parametrize(
    ("request_of", "passed_to"),
    [
        (lambda: asked("lambda", FUNCTION, path="/2015-03-31/functions"), "lambda.amazonaws.com"),
        (
            lambda: asked(
                "states",
                {"name": "m", "definition": "{}", "roleArn": ROLE},
                target="AWSStepFunctions.CreateStateMachine",
            ),
            "states.amazonaws.com",
        ),
        (
            lambda: asked(
                "events",
                {"Rule": "r", "Targets": [{"Id": "1", "Arn": "a", "RoleArn": ROLE}, {"Id": "2", "Arn": "b"}]},
                target="AWSEvents.PutTargets",
            ),
            "events.amazonaws.com",
        ),
        (
            lambda: asked(
                "firehose",
                {"DeliveryStreamName": "d", "ExtendedS3DestinationConfiguration": {"RoleARN": ROLE, "BucketARN": "b"}},
                target="Firehose_20150804.CreateDeliveryStream",
            ),
            "firehose.amazonaws.com",
        ),
        (
            lambda: asked(
                "cloudformation",
                {"Action": "CreateChangeSet", "StackName": "s", "ChangeSetName": "c", "RoleARN": ROLE},
            ),
            "cloudformation.amazonaws.com",
        ),
        (
            lambda: asked("cloudformation", {"Action": "DeleteStack", "StackName": "s", "RoleARN": ROLE}),
            "cloudformation.amazonaws.com",
        ),
        (
            lambda: asked(
                "iot",
                {"sql": "SELECT 1", "actions": [{"sqs": {"roleArn": ROLE, "queueUrl": "q"}}]},
                path="/rules/r",
            ),
            "iot.amazonaws.com",
        ),
        (
            lambda: asked(
                "redshift",
                {"Action": "ModifyClusterIamRoles", "ClusterIdentifier": "c", "AddIamRoles.IamRoleArn.1": ROLE},
            ),
            "redshift.amazonaws.com",
        ),
        (
            lambda: asked(
                "ssm",
                {"DocumentName": "d", "Parameters": {"AutomationAssumeRole": [ROLE]}},
                target="AmazonSSM.StartAutomationExecution",
            ),
            "ssm.amazonaws.com",
        ),
        (
            lambda: asked(
                "elasticmapreduce",
                {"Name": "n", "Instances": {}, "JobFlowRole": "web"},
                target="ElasticMapReduce.RunJobFlow",
                lookups=Lookups(role_of_instance_profile={f"arn:aws:iam::{ACCOUNT}:instance-profile/web": ROLE}.get),
            ),
            "ec2.amazonaws.com",
        ),
        (
            lambda: asked("glue", {"Name": "j", "Role": "runner", "Command": {}}, target="AWSGlue.CreateJob"),
            "glue.amazonaws.com",
        ),
        (
            lambda: asked(
                "ec2",
                RUN | {"IamInstanceProfile.Name": "web"},
                lookups=Lookups(role_of_instance_profile={f"arn:aws:iam::{ACCOUNT}:instance-profile/web": ROLE}.get),
            ),
            "ec2.amazonaws.com",
        ),
    ],
)
def test_a_passed_role_needs_leave_of_its_own(request_of, passed_to):
    wanted = request_of()
    passed = [one for one in wanted if one.action == "iam:PassRole"]
    assert [(one.resource, one.context) for one in passed] == [(ROLE, {"iam:PassedToService": passed_to})]
    assert len(wanted) > len(passed)


def test_a_role_in_cbor_is_passed_as_one_in_json_is(http_request, authorized):
    stream = {"Name": "s", "FirehoseArn": "f", "RoleArn": ROLE, "OutputFormat": "json"}
    texts = [text.encode() for pair in stream.items() for text in pair]
    body = bytes([0xA0 | len(stream)]) + b"".join(b"\x78" + bytes([len(text)]) + text for text in texts)
    request = http_request(
        "POST",
        "/service/GraniteServiceVersion20100801/operation/PutMetricStream",
        host="monitoring.us-east-1.amazonaws.com",
        headers={"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"},
    )
    passed = [one for one in authorized(request, body) if one.action == "iam:PassRole"]
    told = {"iam:PassedToService": "streams.metrics.cloudwatch.amazonaws.com"}
    assert [(one.resource, one.context) for one in passed] == [(ROLE, told)]


def test_a_role_in_xml_is_passed(sdk_request, authorized):
    job = {
        "AccountId": ACCOUNT,
        "Operation": {"S3DeleteObjectTagging": {}},
        "Report": {"Enabled": False},
        "ClientRequestToken": "t",
        "Priority": 1,
        "RoleArn": ROLE,
        "Tags": [{"Key": "team", "Value": "blue"}],
    }
    request, body = sdk_request("s3control", "create_job", **job)
    made, *_, passed = authorized(request, body)
    assert (passed.action, passed.resource) == ("iam:PassRole", ROLE)
    assert made.context["aws:RequestTag/team"] == "blue"


@pytest.mark.parametrize(
    "body", [b"<", b"\xff", b"<a/>", b"<a>text</a>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;&d;</a>"]
)
def test_xml_that_cannot_be_read_passes_no_role(body):
    service = Service("s3control", "us-east-1", Protocol.REST_XML, "s3")
    request = HttpRequest("POST", "x", "/v20180820/jobs", "", CIMultiDictProxy(CIMultiDict()))
    assert input_of(service, Operation("CreateJob"), request, body) == {}


def test_a_request_that_passes_no_role_needs_no_such_leave():
    wanted = asked("lambda", {"Timeout": 3}, path="/2015-03-31/functions/f/configuration", method="PUT")
    assert [one.action for one in wanted] == ["lambda:UpdateFunctionConfiguration"]


@pytest.mark.parametrize(("service", "operation"), PASSING, ids="-".join)
def test_every_operation_that_passes_a_role_exists(service, operation):
    assert operation in service_model(service).operations
    model = read_model(service)
    shape = model["shapes"][model["operations"][operation]["input"]["shape"]]
    if "payload" in shape:
        shape = model["shapes"][shape["members"][shape["payload"]]["shape"]]
    spelled = {member.get("locationName", name) for name, member in shape["members"].items()} | {"*"}
    assert {passed.path[0] for passed in PASSING[service, operation]} <= spelled
