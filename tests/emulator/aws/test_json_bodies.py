"""What a JSON body says, to whoever asks."""

import json

import botocore.session
import pytest

from vpce_emulator.aws.json_bodies import LONGEST_REMEMBERED, read_json
from vpce_emulator.aws.service import identify_service
from vpce_emulator.aws.validation import invalid_parameters, misshapen_input

SESSION = botocore.session.get_session()


@pytest.mark.parametrize("length", [1, LONGEST_REMEMBERED, LONGEST_REMEMBERED + 1])
def test_a_body_of_any_length_says_the_same_however_often_it_is_asked(length):
    body = json.dumps({"text": "x" * length}).encode()
    assert [read_json(body) for _ in range(3)] == [{"text": "x" * length}] * 3


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a": 1} {}'])
def test_what_is_no_json_never_is(body):
    for _ in range(2):
        with pytest.raises(ValueError, match=r"."):
            read_json(body)


@pytest.mark.parametrize(
    "service",
    ["dynamodb", "ecs", "events", "kinesis", "kms", "sagemaker", "secretsmanager", "sqs", "ssm", "stepfunctions"],
)
def test_whoever_asks_leaves_a_body_as_it_was(service, modelled_request, authorized):
    model = SESSION.get_service_model(service)
    for name in model.operation_names:
        request, body = modelled_request(service, name, host="127.0.0.1:4566")
        said = json.loads(body or b"{}")
        called = identify_service(request, default_region="us-east-1")
        shape = model.operation_model(name).input_shape
        if shape is not None:
            misshapen_input(called, shape, "", body)
        authorized(request, body)
        if shape is not None:
            invalid_parameters(called, shape, "", body)
        assert not body or read_json(body) == said
