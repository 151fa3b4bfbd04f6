"""What is put on a resource as its policy and is none is refused, in the words of its service."""

import json

import pytest

from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.resource_policy_documents import malformed_resource_policy
from vpce_emulator.aws.service import identify_service

GOOD = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
)
NAMELESS = GOOD.replace('"Principal": "*", ', "")
UNKNOWN = GOOD.replace('"Principal": "*"', '"Principal": {"AWS": "somebody"}')

# Service, operation, parameters with the policy as `~`, and what a policy without a principal is answered with.
PUT = [
    ("sqs", "set_queue_attributes", {"QueueUrl": "u", "Attributes": {"Policy": "~"}}, "InvalidAttributeValue"),
    ("sqs", "create_queue", {"QueueName": "q", "Attributes": {"Policy": "~"}}, "InvalidAttributeValue"),
    ("sns", "create_topic", {"Name": "t", "Attributes": {"Policy": "~"}}, "InvalidParameter"),
    (
        "sns",
        "set_topic_attributes",
        {"TopicArn": "t", "AttributeName": "Policy", "AttributeValue": "~"},
        "InvalidParameter",
    ),
    ("kms", "create_key", {"Policy": "~"}, "MalformedPolicyDocumentException"),
    ("kms", "put_key_policy", {"KeyId": "k", "Policy": "~"}, "MalformedPolicyDocumentException"),
    ("secretsmanager", "put_resource_policy", {"SecretId": "s", "ResourcePolicy": "~"}, "MalformedPolicyDocument"),
    ("dynamodb", "put_resource_policy", {"ResourceArn": "t", "Policy": "~"}, "ValidationException"),
    ("kinesis", "put_resource_policy", {"ResourceARN": "t", "Policy": "~"}, "InvalidArgumentException"),
    ("logs", "put_resource_policy", {"policyName": "n", "policyDocument": "~"}, "InvalidParameterException"),
]


@pytest.fixture
def put(sdk_request):
    """A function that returns what is said to a policy in a request."""

    def answer(service, operation, parameters, document):
        given = json.loads(json.dumps(parameters).replace('"~"', json.dumps(document)))
        request, body = sdk_request(service, operation, config={"parameter_validation": False}, **given)
        named = "".join(word.capitalize() for word in operation.split("_"))
        return malformed_resource_policy(identify_service(request, default_region="us-east-1"), named, body)

    return answer


@pytest.mark.parametrize(("service", "operation", "parameters", "code"), PUT)
def test_a_policy_is_taken_and_what_is_none_is_refused(put, service, operation, parameters, code):
    assert put(service, operation, parameters, GOOD) is None
    for document in (NAMELESS, UNKNOWN, "{", "[]"):
        assert put(service, operation, parameters, document).code.code.startswith(code)


def test_an_empty_policy_takes_it_away(put):
    assert put(*PUT[0][:3], "") is None


def test_a_principal_that_is_none_is_told_in_the_words_of_kms(put):
    told = put("kms", "create_key", {"Policy": "~"}, UNKNOWN)
    assert told.message == "Policy contains a statement with one or more invalid principals."


def test_a_request_that_puts_no_policy_brings_none():
    service = Service("sqs", "us-east-1", Protocol.JSON_1_0, "sqs")
    assert malformed_resource_policy(service, "SendMessage", b"no JSON") is None
    for body in (b"no JSON", b"[]", b"", b'{"Attributes": []}'):
        assert malformed_resource_policy(service, "CreateQueue", body) is None
