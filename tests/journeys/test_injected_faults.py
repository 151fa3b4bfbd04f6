"""Calls that are made to fail by rule, as SDKs see them."""

import errno
import ssl
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


class Plain:
    """Bytes on a socket as they are."""

    def __init__(self, connection):
        self.send = connection.sendall


class Encrypted:
    """Bytes on a socket in TLS, made here, so that the socket's own errors are seen."""

    def __init__(self, connection):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self._connection, self._in, self._out = connection, ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out)
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                connection.sendall(self._out.read())
                self._in.write(connection.recv(65536))

    def send(self, content):
        self._tls.write(content)
        self._connection.sendall(self._out.read())


@pytest.mark.parametrize("spoken", [Plain, Encrypted])
def test_a_connection_that_is_cut_off_is_reset_not_closed(vpce, vpce_server, dial, spoken):
    connection = dial(vpce_server.listing["internet"])
    asked = b"GET / HTTP/1.1\r\nHost: s3.us-east-1.amazonaws.com\r\n\r\n"
    with vpce.fault(service="s3", reset=1.0, count=1):
        spoken(connection).send(asked)
        # TLS 1.3 has session tickets on their way first.
        received = iter(lambda: connection.recv(65536), b"")
        with pytest.raises(ConnectionResetError) as cut_off:
            list(received)
    assert cut_off.value.errno == errno.ECONNRESET


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
