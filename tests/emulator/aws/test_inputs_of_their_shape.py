"""An input is held against its shape before anybody asks who may send it: what is read of it can be read in one way."""

import json
from urllib.parse import urlencode

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.serialize import create_serializer
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.actions import authorizations
from vpce_emulator.aws.body_limits import MOST_PARAMETERS, has_too_many_parameters, largest_body
from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.faults import Fault, code_of, message_of
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.operation import identify_operation
from vpce_emulator.aws.validation import misshapen_input

LOADER = Loader()
SPOKEN = {
    "dynamodb": Protocol.JSON_1_0,
    "ec2": Protocol.EC2,
    "ecs": Protocol.JSON_1_1,
    "events": Protocol.JSON_1_1,
    "ssm": Protocol.JSON_1_1,
}


def spoken(service):
    return Service(service, "us-east-1", SPOKEN.get(service, Protocol.QUERY), service)


def model(service):
    return ServiceModel(LOADER.load_service_model(service, "service-2"), service)


def refusal(service, operation, body):
    shape = model(service).operation_model(operation).input_shape
    sent = body if isinstance(body, str) else json.dumps(body)
    fault = misshapen_input(spoken(service), shape, "", sent.encode())
    return fault and (code_of(fault, spoken(service)).code, message_of(fault, spoken(service)))


def sample(shape, depth=0):
    """Return a value with every member of a shape, two items in every list and map."""
    kind = shape.type_name
    if kind == "structure":
        if depth > 5:
            return {}
        return {name: sample(member, depth + 1) for name, member in shape.members.items()}
    if kind == "list":
        return [sample(shape.member, depth + 1)] * min(2, shape.metadata.get("max", 2))
    if kind == "map":
        return {"a": sample(shape.value, depth + 1), "b": sample(shape.value, depth + 1)}
    plain = {"blob": b"x", "boolean": True, "integer": 1, "long": 1, "float": 1.0, "double": 1.0, "timestamp": 0}
    return plain.get(kind, "x")


@pytest.mark.parametrize(
    "service", ["autoscaling", "cloudformation", "cloudwatch", "ec2", "elbv2", "iam", "rds", "ses", "sns", "sqs", "sts"]
)
def test_what_sdks_write_into_forms_has_its_place(service):
    described = model(service)
    serializer = create_serializer("ec2" if service == "ec2" else "query", include_validation=False)
    # EC2 has 700 operations, alike in what they send.
    for name in described.operation_names[:: 25 if service == "ec2" else 1]:
        operation = described.operation_model(name)
        if operation.input_shape is None:
            continue
        body = serializer.serialize_to_request(sample(operation.input_shape), operation)["body"]
        written = urlencode({key: value.decode() if isinstance(value, bytes) else value for key, value in body.items()})
        fault = misshapen_input(spoken(service), operation.input_shape, "", written.encode())
        assert fault is None, (name, fault)


MALFORMED = "Unexpected complex element termination: {}"


@pytest.mark.parametrize(
    ("service", "operation", "form", "code", "message"),
    [
        ("iam", "GetUser", "UserName.1=own", "MalformedInput", MALFORMED.format("UserName.1")),
        ("iam", "GetUser", "UserName.member.1=own", "MalformedInput", MALFORMED.format("UserName.member.1")),
        ("cloudwatch", "DescribeAlarms", "AlarmNames.1=own", "MalformedInput", MALFORMED.format("AlarmNames.1")),
        ("cloudwatch", "DescribeAlarms", "AlarmNames=own", "MalformedInput", MALFORMED.format("AlarmNames")),
        (
            "cloudwatch",
            "DescribeAlarms",
            "AlarmNames.member.2=own",
            "MalformedInput",
            MALFORMED.format("AlarmNames.member.2"),
        ),
        (
            "cloudwatch",
            "DescribeAlarms",
            "AlarmNames.member.01=own",
            "MalformedInput",
            MALFORMED.format("AlarmNames.member.01"),
        ),
        ("cloudformation", "DescribeStacks", "StackName.1=own", "MalformedInput", MALFORMED.format("StackName.1")),
        (
            "ec2",
            "TerminateInstances",
            "InstanceId.member.1=i-1",
            "UnknownParameter",
            "The parameter InstanceId.member.1 is not recognized",
        ),
        (
            "ec2",
            "TerminateInstances",
            "InstanceId=i-1",
            "UnknownParameter",
            "The parameter InstanceId is not recognized",
        ),
    ],
)
def test_a_parameter_has_no_other_place_than_its_shape_gives_it(service, operation, form, code, message):
    assert refusal(service, operation, f"Action={operation}&{form}") == (code, message)


@pytest.mark.parametrize(
    ("service", "operation", "form"),
    [
        ("iam", "GetUser", "UserName=own"),
        ("iam", "GetUser", "UserName="),
        ("iam", "GetUser", "Unheard.1.x=own"),
        ("cloudwatch", "DescribeAlarms", "AlarmNames="),
        ("cloudwatch", "DescribeAlarms", "AlarmNames.member.2=b&AlarmNames.member.1=a"),
        ("ec2", "DescribeVpcs", "VpcId.1=vpc-1&Filter.1.Name=cidr&Filter.1.Value.1=a&Filter.1.Value.2=b"),
        (
            "sqs",
            "SendMessage",
            "QueueUrl=q&MessageBody=m&MessageAttribute.1.Name=a&MessageAttribute.1.Value.DataType=S",
        ),
        (
            "sqs",
            "CreateQueue",
            "QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=1&Tag.1.Key=k&Tag.1.Value=v",
        ),
        ("sqs", "DeleteMessageBatch", "QueueUrl=q&DeleteMessageBatchRequestEntry.1.Id=a"),
    ],
)
def test_a_parameter_in_its_place_passes(service, operation, form):
    assert refusal(service, operation, f"Action={operation}&{form}") is None


@pytest.mark.parametrize(
    ("service", "operation", "given", "code", "message"),
    [
        (
            "ssm",
            "GetParameters",
            {"Names": list("abcdefghijk")},
            "ValidationException",
            "1 validation error detected: Value '[a, b, c, d, e, f, g, h, i, j, k]' at 'names' failed to satisfy "
            "constraint: Member must have length less than or equal to 10",
        ),
        (
            "ecs",
            "DescribeServices",
            {"cluster": ["a"], "services": ["b"]},
            "SerializationException",
            "Start of list found where not expected",
        ),
        (
            "dynamodb",
            "GetItem",
            {"TableName": {"a": "b"}},
            "SerializationException",
            "Start of structure or map found where not expected.",
        ),
    ],
)
def test_a_member_of_another_type_or_length_is_refused(service, operation, given, code, message):
    assert refusal(service, operation, given) == (code, message)


def test_what_is_missing_is_not_told_to_those_who_may_not_ask():
    assert refusal("ssm", "GetParameter", {}) is None


def test_a_list_that_is_far_too_long_is_not_sent_back():
    code, message = refusal("ssm", "GetParameters", {"Names": ["name"] * 100_000})
    assert code == "ValidationException"
    assert len(message) < 1_000


def asked(service, operation, given):
    """Return what a JSON request needs leave for."""
    headers = CIMultiDictProxy(CIMultiDict({"X-Amz-Target": f"{model(service).metadata['targetPrefix']}.{operation}"}))
    request = HttpRequest("POST", "127.0.0.1:4566", "/", "", headers)
    body = json.dumps(given).encode()
    told = identify_operation(spoken(service), request, body)
    return authorizations(spoken(service), told, request, body, account_id="123456789012")


@pytest.mark.parametrize(
    ("services", "refused"), [(1_000, False), (1_001, True), (200_000, True)], ids=["as many", "one more", "far more"]
)
def test_a_request_is_about_a_bounded_number_of_resources(services, refused):
    given = {"cluster": "c", "services": [f"s{number}" for number in range(services)]}
    found = asked("ecs", "DescribeServices", given)
    assert isinstance(found, Fault) is refused
    if refused:
        assert code_of(found, spoken("ecs")).code == "ValidationException"
    else:
        assert len(found) == services


def test_what_is_named_behind_many_others_is_not_overlooked():
    given = {"cluster": "c", "services": ["own"] * 1_001 + ["victim"]}
    assert isinstance(asked("ecs", "DescribeServices", given), Fault)


def test_names_are_not_multiplied_without_bounds():
    many = [f"n{number}" for number in range(30_000)]
    assert isinstance(asked("ecs", "DescribeServices", {"cluster": many, "services": many}), Fault)


def test_a_request_gives_a_bounded_number_of_tags():
    tags = [{"key": f"k{number}", "value": "v"} for number in range(501)]
    given = {"clusterName": "c", "tags": tags}
    assert isinstance(asked("ecs", "CreateCluster", given), Fault)


MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("service", "largest"),
    [("sts", 2 * MIB), ("ecs", 2 * MIB), ("ec2", 2 * MIB), ("iam", 16 * MIB), ("dynamodb", 16 * MIB), ("sqs", 8 * MIB)],
)
def test_services_take_bodies_of_a_bounded_size(service, largest):
    assert largest_body(spoken(service)) == largest


def test_a_form_has_a_bounded_number_of_parameters():
    assert not has_too_many_parameters(spoken("iam"), b"a=b&" * (MOST_PARAMETERS - 1))
    assert has_too_many_parameters(spoken("iam"), b"a=b&" * MOST_PARAMETERS)
    assert not has_too_many_parameters(spoken("ecs"), b"&" * MOST_PARAMETERS)
