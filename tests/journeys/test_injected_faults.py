"""Calls that are made to fail by rule, as SDKs see them."""

import time

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from vpce_emulator.process import AdminRefused


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code", "status"),
    [
        ("s3", "list_buckets", {}, "SlowDown", 503),
        (
            "dynamodb",
            "get_item",
            {"TableName": "orders", "Key": {"id": {"S": "1"}}},
            "ProvisionedThroughputExceededException",
            400,
        ),
        ("dynamodb", "list_tables", {}, "ThrottlingException", 400),
        ("sqs", "list_queues", {}, "RequestThrottled", 403),
        ("ec2", "describe_vpcs", {}, "RequestLimitExceeded", 503),
        ("iam", "list_users", {}, "Throttling", 400),
        ("lambda", "list_functions", {}, "TooManyRequestsException", 429),
    ],
)
def test_each_service_throttles_in_its_own_way(vpce, service, operation, arguments, code, status):
    with vpce.fault(service=service, throttle=1.0), pytest.raises(ClientError) as refused:
        getattr(vpce.client(service), operation)(**arguments)
    told = refused.value.response
    assert (told["Error"]["Code"], told["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    decision = vpce.decisions()[-1]
    assert (decision["outcome"], decision["denied_by"], decision["code"]) == ("injected", ["fault-1"], code)
    assert "The fault rule fault-1 has throttled this call" in decision["reason"]


def test_an_sdk_retries_what_is_throttled_until_it_gets_through(vpce):
    patient = Config(retries={"total_max_attempts": 4, "mode": "standard"})
    with vpce.fault(via="s3", throttle=1.0, count=2):
        vpce.client("s3", at="private-a", config=patient).list_buckets()
    assert [decision["outcome"] for decision in vpce.decisions()] == ["injected", "injected", "allowed"]


def test_a_rule_about_an_endpoint_leaves_other_ways_alone(vpce):
    with vpce.fault(via="s3", throttle=1.0):
        vpce.client("s3").list_buckets()
        vpce.client("s3", via="s3-interface").list_buckets()
        with pytest.raises(ClientError, match="SlowDown"):
            vpce.client("s3", via="s3").list_buckets()


def test_a_connection_is_cut_off_from_one_client_alone(vpce):
    with vpce.fault(at="private-a", reset=1.0):
        vpce.client("s3", at="private-b").list_buckets()
        with pytest.raises(ConnectionClosedError):
            vpce.client("s3", at="private-a").list_buckets()
    assert vpce.decisions()[-1]["status"] == 0
    vpce.client("s3", at="private-a").list_buckets()


def test_latency_is_waited_for_and_noted(vpce):
    with vpce.fault(service="s3", operation="ListBuckets", latency=0.2):
        began = time.monotonic()
        vpce.client("s3").list_buckets()
        assert time.monotonic() - began >= 0.2
    decision = vpce.decisions()[-1]
    assert decision["outcome"] == "allowed"
    assert "slowed down by 0.2 s" in decision["injected"]


def test_reset_ends_every_rule(vpce, vpce_server):
    vpce_server.admin("faults", "POST", {"reset": True})
    vpce.reset()
    vpce.client("s3").list_buckets()
    assert vpce_server.admin("faults") == {"faults": []}


@pytest.mark.parametrize(
    ("rule", "status", "message"),
    [
        ({"endpoint": "sss", "reset": True}, 404, "no endpoint is named 'sss'; there are: s3, dynamodb"),
        ({"client": "nobody", "reset": True}, 404, "no client is named 'nobody'; there are: private-a"),
        ({"service": "simple", "reset": True}, 404, "no service is named 'simple'"),
        ({"service": "sqs", "operation": "Send", "reset": True}, 404, "sqs has no operation 'Send'; there are: Add"),
        ({"operation": "GetObject", "reset": True}, 404, "needs the service that it is of"),
        ({"rate": 0.5}, 400, "at least one of throttle, reset and latency"),
        ([], 400, "the body: found no JSON object"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_the_reason(vpce_server, rule, status, message):
    with pytest.raises(AdminRefused) as refused:
        vpce_server.admin("faults", "POST", rule)
    assert refused.value.status == status
    assert message in str(refused.value)
