"""Error answers as services have been recorded to send them, read by boto3, the AWS CLI and the SDK for JavaScript.

What the emulator writes is held against the same answers in `tests/emulator/aws/test_faults.py`.
"""

import json
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

TESTS = Path(__file__).parents[1]
JAVASCRIPT = TESTS / "journeys" / "javascript"
RECORDED = json.loads((TESTS / "emulator" / "aws" / "data" / "fault-answers.json").read_text(encoding="utf-8"))
# What today's SDKs speak to a service: not SQS's older protocol.
SPOKEN = [
    number for number, answer in enumerate(RECORDED) if (answer["service"], answer["protocol"]) != ("sqs", "query")
]
REQUEST_IDS = ("x-amz-request-id", "x-amzn-RequestId", "x-amzn-requestid")
KEYS = {
    "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}
NODE = shutil.which("node")


def named(number):
    return f"{RECORDED[number]['service']}-{RECORDED[number]['kind']}"


def request_id(answer):
    # EC2's SDKs read the id that stands in the body, which is the one of the header.
    return next(answer["headers"][name] for name in REQUEST_IDS if name in answer["headers"])


class Playing(BaseHTTPRequestHandler):
    """Answers any request whose path begins with a number with the recorded answer of that number."""

    protocol_version = "HTTP/1.1"

    def _answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = RECORDED[int(self.path.split("/")[1].partition("?")[0])]
        self.send_response(answer["status"])
        body = answer["body"].encode()
        for name, value in answer["headers"].items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = _answer  # noqa: N815 - names that http.server calls

    def log_message(self, *_):
        """Say nothing."""


class Player(ThreadingHTTPServer):
    request_queue_size = 128  # all connections of a client come at once


@pytest.fixture(scope="module")
def player():
    with Player(("127.0.0.1", 0), Playing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


BOTO_CALLS = {
    "dynamodb": ("get_item", {"TableName": "T", "Key": {"p": {"S": "x"}}}),
    "ec2": ("describe_vpcs", {}),
    "kinesis": ("put_record", {"StreamName": "s", "PartitionKey": "p", "Data": b"x"}),
    "kms": ("encrypt", {"KeyId": "k", "Plaintext": b"x"}),
    "lambda": ("list_functions", {}),
    "route53": ("list_hosted_zones", {}),
    "s3": ("get_object", {"Bucket": "bucket", "Key": "key"}),
    "sns": ("publish", {"TopicArn": "arn:aws:sns:us-east-1:123456789012:t", "Message": "x"}),
    "sqs": ("send_message", {"QueueUrl": "http://sqs.example/q", "MessageBody": "x"}),
    "sts": ("assume_role", {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "session"}),
}


@pytest.mark.parametrize("number", SPOKEN, ids=named)
def test_boto3_raises_the_right_error(player, number):
    answer = RECORDED[number]
    client = boto3.client(
        answer["service"],
        endpoint_url=f"{player}/{number}",
        region_name="us-east-1",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        **KEYS,
    )
    operation, parameters = BOTO_CALLS[answer["service"]]
    with pytest.raises(ClientError) as refused:
        getattr(client, operation)(**parameters)
    read = refused.value.response
    assert (read["Error"]["Code"], read["Error"]["Message"]) == (answer["code"], answer["message"])
    assert read["ResponseMetadata"]["HTTPStatusCode"] == answer["status"]
    assert read["ResponseMetadata"]["RequestId"] == request_id(answer)
    shapes = [shape.name for shape in client.meta.service_model.error_shapes]
    if answer["code"] in shapes:
        assert isinstance(refused.value, getattr(client.exceptions, answer["code"]))


# The CLI takes half a second to begin, so that one process of it reads all answers.
CLI = """
import contextlib, io, json, os, sys
from awscli.clidriver import create_clidriver
driver = create_clidriver()
for arguments in json.loads(sys.argv[1]):
    told = io.StringIO()
    with contextlib.redirect_stderr(told):
        status = driver.main(arguments)
    print(json.dumps([status, told.getvalue().strip()]))
"""
CLI_CALLS = {
    "dynamodb": ("get-item", "--table-name", "T", "--key", '{"p": {"S": "x"}}'),
    "ec2": ("describe-vpcs",),
    "kms": ("encrypt", "--key-id", "k", "--plaintext", "eA=="),
    "lambda": ("list-functions",),
    "route53": ("list-hosted-zones",),
    "s3": ("get-object", "--bucket", "bucket", "--key", "key", "out"),
    "sqs": ("send-message", "--queue-url", "http://sqs.example/q", "--message-body", "x"),
    "sts": ("assume-role", "--role-arn", "arn:aws:iam::123456789012:role/r", "--role-session-name", "session"),
}


def test_the_aws_cli_shows_the_code_and_the_text(player, tmp_path):
    numbers = [number for number in SPOKEN if RECORDED[number]["service"] in CLI_CALLS]
    commands = []
    for number in numbers:
        service = RECORDED[number]["service"]
        name = "s3api" if service == "s3" else service
        commands.append(["--endpoint-url", f"{player}/{number}", name, *CLI_CALLS[service]])
    settings = {
        **{name.upper(): value for name, value in KEYS.items()},
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "HOME": str(tmp_path),
    }
    done = subprocess.run(  # noqa: S603 - the CLI that we test with
        [sys.executable, "-c", CLI, json.dumps(commands)],
        capture_output=True,
        text=True,
        check=False,
        env=settings,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    for number, line in zip(numbers, done.stdout.splitlines(), strict=True):
        status, told = json.loads(line)
        answer = RECORDED[number]
        operation = "".join(word.title() for word in CLI_CALLS[answer["service"]][0].split("-"))
        assert status != 0
        expected = f"An error occurred ({answer['code']}) when calling the {operation} operation"
        assert told.replace(" (reached max retries: 0)", "").replace("Describevpcs", "DescribeVpcs") == (
            f"{expected}: {answer['message']}"
        )


def class_of(answer):
    """Return the name of an error in JavaScript: for what SNS's model lists, the model's name in place of the code."""
    listed = answer["service"] == "sns" and answer["code"] in {"AuthorizationError", "InternalError"}
    return answer["code"] + "Exception" if listed else answer["code"]


@pytest.mark.skipif(NODE is None, reason="Node.js is not installed; with it, `make test` installs the SDK")
@pytest.mark.skipif(
    not (JAVASCRIPT / "node_modules").exists(),
    reason="the AWS SDK for JavaScript is not installed: run `npm ci` in tests/journeys/javascript, or `make test`",
)
def test_the_sdk_for_javascript_throws_the_right_error(player):
    # The SDK calls Kinesis over HTTP/2, which nobody speaks here.
    numbers = [number for number in SPOKEN if RECORDED[number]["service"] != "kinesis"]
    calls = [{"service": RECORDED[number]["service"], "url": f"{player}/{number}"} for number in numbers]
    done = subprocess.run(  # noqa: S603 - our own program
        [NODE, JAVASCRIPT / "errors.mjs", json.dumps(calls)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    read = dict(zip(numbers, json.loads(done.stdout), strict=True))
    expected = {
        number: {
            "code": class_of(RECORDED[number]),
            "message": RECORDED[number]["message"],
            "status": RECORDED[number]["status"],
            "requestId": request_id(RECORDED[number]),
            "fault": "server" if RECORDED[number]["status"] >= 500 else "client",
        }
        for number in numbers
    }
    assert {number: {name: error.get(name) for name in expected[number]} for number, error in read.items()} == expected
