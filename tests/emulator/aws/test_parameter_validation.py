"""Requests without a required parameter, or with one of another type, are refused as their service does."""

import json

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from hypothesis import given, settings
from hypothesis import strategies as st

from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.faults import code_of, message_of
from vpce_emulator.aws.validation import invalid_parameters

LOADER = Loader()
MODELS = {
    name: ServiceModel(LOADER.load_service_model(name, "service-2"), name)
    for name in ("dynamodb", "sqs", "kms", "lambda", "iam", "sts", "sns", "ec2", "route53")
}
PROTOCOLS = {
    "dynamodb": Protocol.JSON_1_0,
    "sqs": Protocol.JSON_1_0,
    "kms": Protocol.JSON_1_1,
    "lambda": Protocol.REST_JSON,
    "ec2": Protocol.EC2,
    "route53": Protocol.REST_XML,
}


def refusal(service, operation, body, query=""):
    """Return the code and text that a service answers to a body or query, or None."""
    spoken = Service(service, "us-east-1", PROTOCOLS.get(service, Protocol.QUERY), service)
    shape = MODELS[service].operation_model(operation).input_shape
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    fault = invalid_parameters(spoken, shape, query, content)
    return fault and (code_of(fault, spoken).code, message_of(fault, spoken))


TABLE = {"TableName": "Orders"}
ATTRIBUTES = {
    "s": {"S": "a"}, "n": {"N": "1"}, "b": {"B": "AAAA"}, "bool": {"BOOL": True}, "null": {"NULL": True},
    "list": {"L": [{"S": "a"}, {"M": {"deep": {"SS": ["a"]}}}]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("service", "operation", "body"),
    [
        ("dynamodb", "PutItem", TABLE | {"Item": ATTRIBUTES}),
        ("dynamodb", "GetItem", TABLE | {"Key": {}, "ConsistentRead": None, "Unheard": [1]}),
        ("dynamodb", "ListTables", ""),
        ("dynamodb", "CreateBackup", TABLE | {"BackupName": "b"}),
        ("sqs", "SendMessage", {"QueueUrl": "u", "MessageBody": "m", "DelaySeconds": 1}),
        ("lambda", "Invoke", b"\x00 a payload of any kind"),
        ("lambda", "ListFunctions", ""),
        ("iam", "CreateUser", "Action=CreateUser&UserName=a&Tags.member.1.Key=k&Tags.member.1.Value="),
        ("sts", "AssumeRole", "Action=AssumeRole&RoleArn=a&RoleSessionName=b&DurationSeconds=900"),
        ("ec2", "DescribeVpcs", "Action=DescribeVpcs&MaxResults=5&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1"),
        ("ec2", "DescribeVpcs", "Action=DescribeVpcs&DryRun=false&Unheard.1=x&VpcId.x.y=1"),
        (
            "route53",
            "CreateHostedZone",
            "<CreateHostedZoneRequest><Name>a</Name><CallerReference>1</CallerReference></CreateHostedZoneRequest>",
        ),
    ],
)
def test_valid_parameters_pass(service, operation, body):
    assert refusal(service, operation, body) is None


NULL = "Value null at '{}' failed to satisfy constraint: Member must not be null"


@pytest.mark.parametrize(
    ("service", "operation", "body", "code", "message"),
    [
        ("dynamodb", "PutItem", TABLE, "ValidationException", f"1 validation error detected: {NULL.format('item')}"),
        (
            "kms",
            "Encrypt",
            {"KeyId": None},
            "ValidationException",
            f"2 validation errors detected: {NULL.format('keyId')}; {NULL.format('plaintext')}",
        ),
        (
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "Orders"}}]},
            "ValidationException",
            f"1 validation error detected: {NULL.format('transactItems.1.member.put.item')}",
        ),
        ("sqs", "GetQueueUrl", {}, "MissingParameter", "The request must contain the parameter QueueName."),
        (
            "iam",
            "CreateUser",
            "Action=CreateUser",
            "ValidationError",
            f"1 validation error detected: {NULL.format('userName')}",
        ),
        (
            "sns",
            "GetTopicAttributes",
            "Action=GetTopicAttributes",
            "InvalidParameter",
            "Invalid parameter: TopicArn Reason: no value for required parameter",
        ),
        (
            "ec2",
            "DeleteVpc",
            "Action=DeleteVpc",
            "MissingParameter",
            "The request must contain the parameter VpcId",
        ),
    ],
)
def test_a_required_parameter_is_missing(service, operation, body, code, message):
    assert refusal(service, operation, body) == (code, message)


def test_a_form_in_the_query_counts_as_one_in_the_body():
    assert refusal("iam", "CreateUser", "", query="Action=CreateUser&UserName=a") is None


@pytest.mark.parametrize(
    ("service", "operation", "body", "code", "message"),
    [
        ("dynamodb", "GetItem", "{nope}", "SerializationException", "The request body is not well-formed JSON."),
        ("dynamodb", "GetItem", b"\xff", "SerializationException", "The request body is not well-formed JSON."),
        ("dynamodb", "GetItem", "[" * 10**5, "SerializationException", "The request body is not well-formed JSON."),
        ("dynamodb", "GetItem", "[]", "SerializationException", "Start of list found where not expected"),
        ("dynamodb", "GetItem", "null", "SerializationException", "Unexpected value type in payload"),
        (
            "dynamodb",
            "GetItem",
            {"TableName": 5, "Key": {}},
            "SerializationException",
            "NUMBER_VALUE can not be converted to String",
        ),
        (
            "dynamodb",
            "GetItem",
            {"TableName": {}, "Key": {}},
            "SerializationException",
            "Start of structure or map found where not expected.",
        ),
        (
            "dynamodb",
            "PutItem",
            TABLE | {"Item": {"a": {"L": [{"BOOL": "yes"}]}}},
            "SerializationException",
            "STRING_VALUE can not be converted to Boolean",
        ),
        (
            "dynamodb",
            "Query",
            TABLE | {"Limit": "5"},
            "SerializationException",
            "STRING_VALUE can not be converted to an Integer",
        ),
        (
            "lambda",
            "CreateFunction",
            "{",
            "InvalidRequestContentException",
            "The request body is not well-formed JSON.",
        ),
        (
            "sts",
            "AssumeRole",
            "RoleArn=a&RoleSessionName=b&DurationSeconds=long",
            "MalformedInput",
            "The value 'long' of DurationSeconds is no integer.",
        ),
        (
            "ec2",
            "AuthorizeSecurityGroupEgress",
            "GroupId=sg-1&IpPermissions.1.FromPort=x",
            "InvalidParameterValue",
            "Value (x) for parameter IpPermissions.1.FromPort is invalid. must be an integer",
        ),
        (
            "ec2",
            "DescribeVpcs",
            "DryRun=perhaps",
            "InvalidParameterValue",
            "Value (perhaps) for parameter DryRun is invalid. Invalid value for boolean parameter",
        ),
    ],
)
def test_a_parameter_is_of_another_type(service, operation, body, code, message):
    assert refusal(service, operation, body) == (code, message)


def test_a_body_that_is_not_xml_is_malformed_input():
    assert refusal("route53", "CreateHostedZone", "<a")[0] == "MalformedInput"


@pytest.mark.parametrize(("attributes", "valid"), [("Attribute.1.Name=a&Attribute.1.Value=b", True), ("", False)])
def test_the_older_names_of_parameters_count_where_a_service_has_moved_to_json(attributes, valid):
    # SQS names its parameters otherwise in forms than in JSON; moto's model, like AWS's, tells both names.
    from moto.core.utils import get_service_model  # noqa: PLC0415

    shape = get_service_model("sqs").operation_model("SetQueueAttributes").input_shape
    service = Service("sqs", "us-east-1", Protocol.QUERY, "sqs")
    form = f"Action=SetQueueAttributes&QueueUrl=u&{attributes}".encode()
    assert (invalid_parameters(service, shape, "", form) is None) is valid


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["S", "N", "L", "M", "Item", "Key", "a"]), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(
    st.sampled_from([("dynamodb", "PutItem"), ("dynamodb", "BatchWriteItem"), ("lambda", "CreateFunction")]),
    st.dictionaries(st.sampled_from(["TableName", "Item", "RequestItems", "Code", "Timeout"]), JSON)
    | JSON
    | st.binary(),
)
def test_no_json_makes_the_check_fail(call, body):
    found = refusal(*call, body)
    assert found is None or found[0] in {
        "SerializationException",
        "ValidationException",
        "InvalidRequestContentException",
    }


@given(
    st.sampled_from([("ec2", "RunInstances"), ("iam", "CreateUser"), ("sns", "Publish")]),
    st.text(st.sampled_from("abMinCount.1member=&%xPhoneNumber"), max_size=60) | st.binary(),
)
def test_no_form_makes_the_check_fail(call, body):
    found = refusal(*call, body)
    assert found is None or found[0] in {
        "MissingParameter",
        "InvalidParameterValue",
        "ValidationError",
        "MalformedInput",
        "InvalidParameter",
    }
