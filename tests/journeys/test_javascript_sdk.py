"""The AWS SDK for JavaScript at the doors: calls, streams, presigned URLs, and denials as a program there sees them."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from vpce_emulator.testing import Vpce

HERE = Path(__file__).parent / "javascript"
NODE = shutil.which("node")
BUCKET = "from-javascript"
ANN = "arn:aws:iam::123456789012:user/ann"
ROLE = "arn:aws:iam::123456789012:role/r"

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="Node.js is not installed; with it, `make test` installs the SDK"),
    pytest.mark.skipif(
        not (HERE / "node_modules").exists(),
        reason="the AWS SDK for JavaScript is not installed: run `npm ci` in tests/journeys/javascript, or `make test`",
    ),
]


def run(program, argument):
    """Run a program of the folder, and return what it prints."""
    done = subprocess.run(  # noqa: S603 - our own programs
        [NODE, HERE / program, json.dumps(argument)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def emulator(vpce_server):
    emulator = Vpce(vpce_server)
    emulator.reset()
    return emulator


def credentials_of_ann(iam):
    """Return keys that may do everything but some, and whose signatures are verified because the secret is known."""
    denied = ["cloudwatch:DeleteAlarms", "sqs:PurgeQueue", "dynamodb:DeleteTable", "sts:AssumeRole"]
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": denied, "Resource": "*"},
    ]
    iam.create_user(UserName="ann")
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName="ann", PolicyName="but-some", PolicyDocument=policy)
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    return {"accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]}


def close_to_all_but_the_endpoint(emulator):
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
        "Condition": {"StringNotEquals": {"aws:SourceVpce": emulator.endpoint("s3").id}},
    }
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


@pytest.fixture(scope="module")
def told(emulator):
    """What came of each call of `calls.mjs`, and the emulator's own account of them."""
    close_to_all_but_the_endpoint(emulator)
    places = {"internet": emulator.url(), "inside": emulator.url(at="private-a"), "role": ROLE}
    came = run("calls.mjs", places | {"credentials": credentials_of_ann(emulator.client("iam"))})
    return came, {decision["request_id"]: decision for decision in emulator.decisions()}


VALUES = {
    "S3 puts and gets": ["abc", {"kept": "as it is"}, 200],
    "S3 streams up and down": ["STREAMING-UNSIGNED-PAYLOAD-TRAILER", "aws-chunked", "x-amz-checksum-crc32", 8, True],
    "S3 lists": ["a b/ü+1"],
    "S3 opens a presigned URL": [200, "by URL"],
    "S3 refuses a presigned URL outside": [403, "AccessDenied"],
    "DynamoDB puts and gets": {"Artist": "Acme", "Awards": [1, {"of": "x"}]},
    "STS tells who is calling": ANN,
    "SQS sends and receives": ["work ✓"],
    "CloudWatch keeps a metric": ["Seconds"],
}


@pytest.mark.parametrize("call", VALUES)
def test_a_call_that_is_allowed_is_answered(told, call):
    assert told[0][call] == {"value": VALUES[call]}


DENIALS = {
    "S3 denies a GET": (
        *("AccessDenied", 403),
        f's3:GetObject on resource: "arn:aws:s3:::{BUCKET}/a b/ü+1" with an explicit deny in a resource-based policy',
    ),
    "S3 denies a streamed PUT": (
        *("AccessDenied", 403),
        f's3:PutObject on resource: "arn:aws:s3:::{BUCKET}/no" with an explicit deny in a resource-based policy',
    ),
    "DynamoDB denies": (
        *("AccessDeniedException", 400),
        "dynamodb:DeleteTable on resource: arn:aws:dynamodb:us-east-1:123456789012:table/Music "
        "with an explicit deny in an identity-based policy",
    ),
    "STS denies": (
        *("AccessDenied", 403),
        f"sts:AssumeRole on resource: {ROLE} with an explicit deny in an identity-based policy",
    ),
    "SQS denies": (
        *("AccessDenied", 403),
        "sqs:purgequeue on resource: arn:aws:sqs:us-east-1:123456789012:jobs "
        "with an explicit deny in an identity-based policy",
    ),
    "CloudWatch denies": (
        *("AccessDenied", 403),
        "cloudwatch:DeleteAlarms on resource: {} with an explicit deny in an identity-based policy",
    ),
}


@pytest.mark.parametrize("call", DENIALS)
def test_a_denial_has_the_name_the_text_and_the_status_of_the_service(told, call):
    error = told[0][call]["error"]
    code, status, reason = DENIALS[call]
    assert (error["code"], error["status"], error["fault"]) == (code, status, "client")
    # Which resource stands there for CloudWatch is told in `tests/emulator/aws/test_other_services.py`.
    resource = error["message"].partition("on resource: ")[2].partition(" ")[0]
    assert error["message"] == f"User: {ANN} is not authorized to perform: {reason.replace('{}', resource)}"


ERRORS = {
    "S3 has no such key": ("NoSuchKey", "NoSuchKey", 404),
    "S3 has no such bucket": ("NoSuchBucket", "NoSuchBucket", 404),
    "S3 finds a signature wrong": ("SignatureDoesNotMatch", "S3ServiceException", 403),
    "DynamoDB finds a condition unmet": ("ConditionalCheckFailedException", "ConditionalCheckFailedException", 400),
    "DynamoDB has no such table": ("ResourceNotFoundException", "ResourceNotFoundException", 400),
    "SQS has no such queue": ("QueueDoesNotExist", "QueueDoesNotExist", 400),
    # An answer to HEAD has no body to read a code from.
    "S3 denies a HEAD": ("Unknown", "S3ServiceException", 403),
}


@pytest.mark.parametrize("call", ERRORS)
def test_an_error_of_the_service_is_of_its_class(told, call):
    error = told[0][call]["error"]
    assert (error["code"], error["class"], error["status"]) == ERRORS[call]


@pytest.mark.parametrize("call", [*DENIALS, *ERRORS])
def test_the_request_id_of_an_error_finds_it_in_the_journal(told, call):
    error, decision = told[0][call]["error"], told[1][told[0][call]["error"]["requestId"]]
    assert decision["status"] == error["status"]
    if call.startswith("S3"):
        assert re.fullmatch("[0-9A-F]{16}", error["requestId"])
        assert len(error["extendedRequestId"]) == 88
    if call in DENIALS:
        assert (decision["outcome"], decision["message"]) == ("denied", error["message"])
