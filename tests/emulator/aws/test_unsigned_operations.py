"""Which operations AWS takes without a signature."""

from __future__ import annotations

import botocore.session
import pytest

from vpce_emulator.aws.call import Operation, Protocol, Service
from vpce_emulator.aws.unsigned import OPERATIONS, takes_unsigned

SESSION = botocore.session.get_session()


def _model_takes_unsigned(operation):
    return operation.auth_type == "none" or operation.auth == ["smithy.api#noAuth"]


@pytest.mark.parametrize(
    "name", [*sorted(set(OPERATIONS) - {"sns"}), "dynamodb", "kms", "secretsmanager", "lambda", "ec2", "iam"]
)
def test_the_table_agrees_with_botocore(name):
    model = SESSION.get_service_model(name)
    service = Service(name, "us-east-1", Protocol.JSON_1_1, name)
    taken = {operation for operation in model.operation_names if takes_unsigned(service, Operation(operation))}
    assert taken == {name for name in model.operation_names if _model_takes_unsigned(model.operation_model(name))}


def test_sns_takes_what_its_messages_have_links_for():
    service = Service("sns", "us-east-1", Protocol.QUERY, "sns")
    names = SESSION.get_service_model("sns").operation_names
    taken = {name for name in names if takes_unsigned(service, Operation(name))}
    assert taken == {"ConfirmSubscription", "Unsubscribe"}


@pytest.mark.parametrize(
    ("name", "operation"),
    [("s3", "GetObject"), ("s3", "PutBucketPolicy"), ("execute-api", "Invoke"), ("sqs", "SendMessage")],
)
def test_s3_api_gateway_and_sqs_leave_it_to_their_policies(name, operation):
    assert takes_unsigned(Service(name, "us-east-1", Protocol.REST_JSON, name), Operation(operation))
