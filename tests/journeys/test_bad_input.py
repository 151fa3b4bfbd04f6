"""Bad input of every kind gets a clear error in the service's own form, and the next request is answered as before."""

import base64
import hashlib
import json
import re
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

BUCKET = "orderly"
XML_ERROR = re.compile(rb"<Error>.*?<Code>([^<]*)</Code>\s*<Message>([^<]*)</Message>", re.DOTALL)


@pytest.fixture
def emulator(vpce, vpce_server):
    """The emulator; after the test it still answers, and has no traceback in its log."""
    before = len(vpce_server.log())
    yield vpce
    vpce.client("s3").list_buckets()
    assert "Traceback" not in vpce_server.log()[before:]


def head(*lines, body=b""):
    """Return the bytes of a request: its lines, the fields that every request here has, and a body."""
    framing = ["Host: localhost", "Connection: close", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *framing, "", ""]).encode() + body


def signed(service, *lines, body=b"", path="/", method="POST"):
    """Return the bytes of a request of the account's root, whose signatures are not verified."""
    scope = f"AKIAIOSFODNN7EXAMPLE/20250101/us-east-1/{service}/aws4_request"
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    credentials = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    return head(f"{method} {path} HTTP/1.1", f"Authorization: {credentials}", f"X-Amz-Date: {now}", *lines, body=body)


def xml_error(answer):
    """Return the status, code and message of a service that answers in XML."""
    code, message = XML_ERROR.search(answer.body).groups()
    return answer.status, code.decode(), message.decode()


def refusal(call, **parameters):
    """Return the status, code and message with which a call of boto3 is refused."""
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    answer = refused.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


@pytest.mark.parametrize(
    "sent",
    [
        b"G",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n",
        b"PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc",
        b"PUT /b/k HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ],
)
def test_a_client_that_leaves_in_the_middle_harms_nobody(emulator, dial, sent):
    for _ in range(3):
        connection = dial(emulator.url())
        connection.sendall(sent)
        connection.close()


def test_http_1_0_without_a_host_is_answered(emulator, exchange):
    answer = exchange(emulator.url(), b"GET / HTTP/1.0\r\n\r\n")
    assert xml_error(answer) == (403, "AccessDenied", "Access Denied")


def test_the_absolute_form_of_a_target_is_the_same_request(emulator, exchange):
    # RFC 9112, section 3.2.2: a server accepts it, although clients send it to proxies alone.
    answer = exchange(emulator.url(), head("GET http://localhost/no-such-bucket/key HTTP/1.1"))
    assert xml_error(answer)[:2] == (404, "NoSuchBucket")
    assert emulator.decisions()[-1]["authorizations"][0]["resource"] == "arn:aws:s3:::no-such-bucket/key"


@pytest.mark.parametrize("target", ["/b/%zz", "/b/%2", "/b/%ff%fe", "/b/%"])
def test_a_target_that_does_not_decode_is_an_invalid_uri(emulator, exchange, target):
    answer = exchange(emulator.url(), head(f"GET {target} HTTP/1.1"))
    assert xml_error(answer) == (400, "InvalidURI", "Couldn't parse the specified URI.")


@pytest.mark.parametrize(
    ("authorization", "code", "message"),
    [
        ("Basic Zm9vOmJhcg==", "InvalidArgument", "Unsupported Authorization Type"),
        (
            "AWS4-HMAC-SHA256 nonsense",
            "AuthorizationHeaderMalformed",
            "The authorization header is malformed; the authorization component &quot;Credential&quot; is missing.",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/20250101/us-east-1/s3/aws4_request, Signature=00",
            "AuthorizationHeaderMalformed",
            "The authorization header is malformed; the authorization component &quot;SignedHeaders&quot; is missing.",
        ),
    ],
)
def test_a_malformed_authorization_header_is_named(emulator, exchange, authorization, code, message):
    answer = exchange(emulator.url(), head("GET / HTTP/1.1", f"Authorization: {authorization}"))
    assert xml_error(answer) == (400, code, message)


def test_a_wrong_signature_of_a_known_key_is_refused_by_every_service(emulator):
    iam = emulator.client("iam")
    iam.create_user(UserName="alice")
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    alice = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": "guessed"}
    calls = {
        "s3": ("list_buckets", "SignatureDoesNotMatch"),
        "dynamodb": ("list_tables", "InvalidSignatureException"),
        "sqs": ("list_queues", "SignatureDoesNotMatch"),
        "sts": ("get_caller_identity", "SignatureDoesNotMatch"),
        "iam": ("list_users", "SignatureDoesNotMatch"),
        "ec2": ("describe_vpcs", "AuthFailure"),
    }
    refused = {
        service: refusal(getattr(emulator.client(service, **alice), operation))
        for service, (operation, _) in calls.items()
    }
    assert {service: code for service, (_, code, _) in refused.items()} == {
        service: code for service, (_, code) in calls.items()
    }
    words = "The request signature we calculated does not match the signature you provided."
    for service in ("s3", "dynamodb", "sqs", "sts", "iam"):
        assert refused[service][2].startswith(words)


POLICY = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}


@pytest.mark.parametrize(("size", "refused"), [(20_480, False), (20_481, True)])
def test_an_endpoint_policy_has_at_most_20480_characters(emulator, size, refused):
    # White space counts: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html
    ec2, endpoint_id = emulator.client("ec2"), emulator.endpoint("s3").id
    document = json.dumps(POLICY)
    document = document[:-1] + " " * (size - len(document)) + "}"
    if refused:
        status, code, _ = refusal(ec2.modify_vpc_endpoint, VpcEndpointId=endpoint_id, PolicyDocument=document)
        assert (status, code) == (400, "InvalidPolicyDocument")
    else:
        ec2.modify_vpc_endpoint(VpcEndpointId=endpoint_id, PolicyDocument=document)


@pytest.mark.parametrize(
    "document",
    ["{", "[]", "null", "nonsense", '{"Statement": []}', '{"Statement": [{"Effect": "Perhaps"}]}', "{" * 1000],
)
def test_an_endpoint_policy_that_is_none_is_refused_and_the_old_one_stands(emulator, document):
    ec2, endpoint_id = emulator.client("ec2"), emulator.endpoint("s3").id
    described = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint_id])["VpcEndpoints"][0]["PolicyDocument"]
    status, code, message = refusal(ec2.modify_vpc_endpoint, VpcEndpointId=endpoint_id, PolicyDocument=document)
    assert (status, code) == (400, "InvalidPolicyDocument")
    assert message.startswith("The Policy Document is not valid.")
    assert described == ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint_id])["VpcEndpoints"][0]["PolicyDocument"]


ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("", "Policies must be valid JSON and the first byte must be '{'"),
        ("[]", "Policies must be valid JSON and the first byte must be '{'"),
        ("{nonsense", "This policy contains invalid Json"),
        ({"Statement": []}, "Could not parse the policy: Statement is empty!"),
        ({"Version": "2012-10-17"}, "Missing required field Statement"),
        ({"Version": "2020-01-01", "Statement": [ALLOW]}, "The policy must contain a valid version string"),
        ({"Statement": [ALLOW | {"Effect": "Perhaps"}]}, "Invalid effect: Perhaps"),
        ({"Statement": [ALLOW | {"Principal": {"AWS": "nobody"}}]}, "Invalid principal in policy"),
        ({"Statement": [ALLOW | {"Action": "s3:Nope"}]}, "Policy has invalid action"),
        ({"Statement": [ALLOW | {"Resource": "arn:aws:s3:::another/*"}]}, "Policy has invalid resource"),
        ({"Statement": [ALLOW | {"Effects": "Allow"}]}, "Unknown field Effects"),
        (
            {"Statement": [ALLOW | {"Action": "s3:ListBucket"}]},
            "Action does not apply to any resource(s) in statement",
        ),
        ({"Statement": [ALLOW | {"Condition": {"Nope": {"aws:x": "y"}}}]}, "Invalid Condition type : Nope"),
    ],
)
def test_a_malformed_bucket_policy_is_refused_in_s3s_words_and_not_kept(emulator, document, message):
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    text = document if isinstance(document, str) else json.dumps(document)
    assert refusal(s3.put_bucket_policy, Bucket=BUCKET, Policy=text) == (400, "MalformedPolicy", message)
    assert refusal(s3.get_bucket_policy, Bucket=BUCKET)[1] == "NoSuchBucketPolicy"


@pytest.mark.parametrize(
    ("line", "fields", "body", "expected"),
    [
        # The codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        ("PUT /orderly/key?uploadId=nope&partNumber=1", [], b"abc", (404, "NoSuchUpload")),
        ("POST /orderly/key?uploadId=nope", [], b"<CompleteMultipartUpload/>", (404, "NoSuchUpload")),
        ("DELETE /orderly/key?uploadId=nope", [], b"", (404, "NoSuchUpload")),
        ("DELETE /orderly/missing?tagging", [], b"", (404, "NoSuchKey")),
        ("POST /orderly?delete", [], b"<Delete>", (400, "MalformedXML")),
        ("PUT /orderly?versioning", [], b"<a", (400, "MalformedXML")),
        ("PUT /orderly?versioning", [], b"\xff", (400, "MalformedXML")),
        ("PUT /orderly?tagging", [], b"<a/>", (400, "MalformedXML")),
        ("PUT /orderly?lifecycle", [], b"<a/>", (400, "MalformedXML")),
        ("PUT /orderly?publicAccessBlock", [], b"<a/>", (400, "MalformedXML")),
        ("GET /orderly?max-keys=many", [], b"", (400, "InvalidArgument")),
        ("GET /orderly?max-keys=-1", [], b"", (400, "InvalidArgument")),
        ("GET /orderly?versions&max-keys=many", [], b"", (400, "InvalidArgument")),
        ("PUT /orderly/key", ["X-Amz-Acl: nope"], b"abc", (400, "InvalidArgument")),
        ("PUT /orderly/key", ["X-Amz-Storage-Class: NOPE"], b"abc", (400, "InvalidStorageClass")),
        ("PUT /orderly/key", ["Content-MD5: nope"], b"abc", (400, "InvalidDigest")),
        ("PUT /orderly/key", ["X-Amz-Copy-Source: nope"], b"", (400, "InvalidArgument")),
        ("PUT /orderly/key", ["X-Amz-Copy-Source: /orderly/missing"], b"", (404, "NoSuchKey")),
        ("PUT /ORDERLY", [], b"", (400, "InvalidBucketName")),
        (f"PUT /orderly/{'k' * 1025}", [], b"abc", (400, "KeyTooLongError")),
    ],
)
def test_a_malformed_s3_request_is_refused_with_s3s_code(emulator, exchange, line, fields, body, expected):
    emulator.client("s3").create_bucket(Bucket=BUCKET)
    method, path = line.split(" ")
    whole = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    fields = fields or [f"Content-MD5: {whole}"]
    answer = exchange(emulator.url(), signed("s3", *fields, body=body, path=path, method=method))
    assert xml_error(answer)[:2] == expected


@pytest.mark.parametrize(
    "field", ["If-Modified-Since: nope", "If-Unmodified-Since: nope", "Range: bytes=nope", "Range: items=1-2"]
)
def test_a_condition_or_range_that_is_none_is_not_a_condition(emulator, exchange, field):
    # RFC 9110, sections 13.1.3, 13.1.4 and 14.2: a recipient ignores what is no date or no range.
    emulator.client("s3").create_bucket(Bucket=BUCKET)
    emulator.client("s3").put_object(Bucket=BUCKET, Key="key", Body=b"abc")
    answer = exchange(emulator.url(), signed("s3", field, path=f"/{BUCKET}/key", method="GET"))
    assert (answer.status, answer.body) == (200, b"abc")


QUERY = "Content-Type: application/x-www-form-urlencoded; charset=utf-8"


@pytest.mark.parametrize(
    ("service", "form", "code"),
    [
        ("ec2", b"", "InvalidAction"),
        ("ec2", b"Version=2016-11-15", "InvalidAction"),
        ("ec2", b"%%%&&&=&==", "InvalidAction"),
        ("ec2", b"Action=\xff\xfe", "InvalidAction"),
        ("ec2", b"Action=Teleport&Version=2016-11-15", "InvalidAction"),
        ("ec2", b"Action=DescribeVpcEndpoints&VpcEndpointId.x=1", "UnknownParameter"),
        ("ec2", b"Action=DescribeVpcEndpoints&Filter.1.Value.1=1", "MissingParameter"),
        ("ec2", b"Action=DescribeVpcEndpoints&Filter.1.Name=nope&Filter.1.Value.1=1", "InvalidParameterValue"),
        ("ec2", b"Action=DescribeVpcEndpoints&MaxResults=many", "InvalidParameterValue"),
        ("ec2", b"Action=DescribeVpcEndpoints&NextToken=mine", "InvalidNextToken"),
        ("ec2", b"Action=CreateVpcEndpoint", "MissingParameter"),
        ("ec2", b"Action=CreateVpcEndpoint&VpcId=vpc-1&ServiceName=x", "InvalidServiceName"),
        (
            "ec2",
            b"Action=CreateVpcEndpoint&VpcId=vpc-1&ServiceName=x&PrivateDnsEnabled=perhaps",
            "InvalidParameterValue",
        ),
        ("ec2", b"Action=DeleteVpcEndpoints", "MissingParameter"),
        ("ec2", b"Action=ModifyVpcEndpoint", "MissingParameter"),
        ("ec2", b"Action=CreateVpc&CidrBlock=nonsense", "InvalidParameterValue"),
        (
            "ec2",
            b"Action=AuthorizeSecurityGroupEgress&GroupId=sg-1&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=x",
            "InvalidParameterValue",
        ),
        ("sts", b"", "InvalidAction"),
        ("sts", b"Action=Teleport&Version=2011-06-15", "InvalidAction"),
        ("sts", b"Action=AssumeRole&Version=2011-06-15", "ValidationError"),
        ("iam", b"", "InvalidAction"),
        ("iam", b"Action=Teleport&Version=2010-05-08", "InvalidAction"),
        ("iam", b"Action=CreateUser&Version=2010-05-08", "ValidationError"),
    ],
)
def test_a_malformed_form_is_refused_in_the_form_of_its_service(emulator, exchange, service, form, code):
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html and
    # https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
    answer = exchange(emulator.url(), signed(service, QUERY, body=form))
    assert xml_error(answer)[:2] == (400, code)


JSON = "Content-Type: application/x-amz-json-1.0"


@pytest.mark.parametrize(
    ("target", "body", "error"),
    [
        ("GetItem", b"{nope}", "SerializationException"),
        ("GetItem", b"\xff\xfe", "SerializationException"),
        ("GetItem", b"[" * 100_000, "SerializationException"),
        ("GetItem", b"[]", "SerializationException"),
        ("PutItem", b"3", "SerializationException"),
        ("GetItem", b'{"TableName": 5, "Key": {}}', "SerializationException"),
        ("GetItem", b'{"TableName": "Orders", "Key": []}', "SerializationException"),
        ("PutItem", b'{"TableName": "Orders", "Item": {"a": 5}}', "SerializationException"),
        ("Query", b'{"TableName": "Orders", "ExpressionAttributeNames": []}', "SerializationException"),
        ("BatchGetItem", b'{"RequestItems": {"Orders": 5}}', "SerializationException"),
        ("BatchWriteItem", b'{"RequestItems": {"Orders": [5]}}', "SerializationException"),
        ("TransactWriteItems", b'{"TransactItems": [{"Put": 5}]}', "SerializationException"),
        ("ExecuteStatement", b'{"Statement": 5}', "SerializationException"),
        ("GetItem", b"{}", "ValidationException"),
        ("PutItem", b'{"TableName": "Orders"}', "ValidationException"),
        ("PutItem", b'{"TableName": "Orders", "Item": null}', "ValidationException"),
        ("BatchGetItem", b'{"RequestItems": {}}', "ValidationException"),
        ("ExecuteStatement", b'{"Statement": "nonsense"}', "ValidationException"),
        ("Teleport", b"{}", "UnknownOperationException"),
    ],
)
def test_malformed_json_is_refused_in_the_form_of_dynamodb(emulator, exchange, target, body, error):
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
    lines = (JSON, f"X-Amz-Target: DynamoDB_20120810.{target}")
    answer = exchange(emulator.url(), signed("dynamodb", *lines, body=body))
    told = json.loads(answer.body)
    assert (answer.status, told["__type"].rpartition("#")[2]) == (400, error)
    assert answer.headers["Content-Type"] == "application/x-amz-json-1.0"
    assert len(answer.headers["x-amzn-RequestId"]) == 52


@pytest.mark.parametrize(
    ("service", "target", "body", "error"),
    [
        ("sqs", "AmazonSQS.ListQueues", b"{", "SerializationException"),
        ("sqs", "AmazonSQS.SendMessage", b"[]", "SerializationException"),
        ("sqs", "AmazonSQS.Teleport", b"{}", "UnknownOperationException"),
        ("kms", "TrentService.Encrypt", b"{", "SerializationException"),
        ("kms", "TrentService.Encrypt", b"[]", "SerializationException"),
        ("kms", "TrentService.Encrypt", b"{}", "ValidationException"),
        ("kms", "TrentService.Teleport", b"{}", "UnknownOperationException"),
        ("secretsmanager", "secretsmanager.GetSecretValue", b"{", "SerializationException"),
        ("secretsmanager", "secretsmanager.GetSecretValue", b"[]", "SerializationException"),
        ("secretsmanager", "secretsmanager.GetSecretValue", b"{}", "ValidationException"),
        ("ssm", "AmazonSSM.GetParameter", b"{", "SerializationException"),
        ("ssm", "AmazonSSM.GetParameter", b"{}", "ValidationException"),
    ],
)
def test_malformed_json_is_refused_by_the_other_json_services(emulator, exchange, service, target, body, error):
    lines = ("Content-Type: application/x-amz-json-1.1", f"X-Amz-Target: {target}")
    answer = exchange(emulator.url(), signed(service, *lines, body=body))
    assert (answer.status, json.loads(answer.body)["__type"].rpartition("#")[2]) == (400, error)


@pytest.mark.parametrize("body", [b"{", b"[]", b"null"])
def test_malformed_json_is_refused_by_lambda(emulator, exchange, body):
    answer = exchange(emulator.url(), signed("lambda", path="/2015-03-31/functions", body=body))
    assert answer.status == 400
    assert answer.headers["x-amzn-ErrorType"] in {"InvalidRequestContentException", "SerializationException"}


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/_vpce/nope", 404),
        ("/_vpce/decisions?since=soon", 400),
        ("/_vpce/decisions/nope", 404),
        ("/_vpce/resolve", 400),
        ("/_vpce/resolve?name=" + "a" * 300, 400),
        ("/_vpce/resolve?name=a&at=nowhere", 404),
    ],
)
def test_the_admin_api_says_what_is_wrong(emulator, exchange, target, status):
    answer = exchange(emulator.url(), head(f"GET {target} HTTP/1.1"))
    assert answer.status == status
    assert json.loads(answer.body)["message"]


def test_an_error_has_one_request_id_in_its_headers_its_body_and_the_journal(emulator, exchange):
    emulator.client("s3").create_bucket(Bucket=BUCKET)
    for sent in (
        signed("s3", path=f"/{BUCKET}/missing", method="GET"),  # moto's own answer
        signed("s3", path="/ORDERLY", method="PUT"),  # refused on the way to moto
        signed("s3", path=f"/{BUCKET}?max-keys=many", method="GET"),
        head(f"GET /{BUCKET}/missing HTTP/1.1"),  # denied
    ):
        answer = exchange(emulator.url(), sent)
        told = re.search(rb"<RequestId>(.*)</RequestId><HostId>(.*)</HostId></Error>", answer.body)
        assert [group.decode() for group in told.groups()] == [
            answer.headers["x-amz-request-id"],
            answer.headers["x-amz-id-2"],
        ]
        noted = emulator.decisions()[-1]
        assert (noted["request_id"], noted["status"]) == (answer.headers["x-amz-request-id"], answer.status)


def test_the_log_tells_the_id_of_a_failed_request_and_no_secret(emulator, vpce_server):
    iam = emulator.client("iam")
    iam.create_user(UserName="bob")
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    before = len(vpce_server.log())
    bob = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    secret = {"Name": "s", "SecretString": "sesame, the secret"}
    failed = []
    for keys in (bob, bob | {"aws_secret_access_key": "guessed, the secret"}):
        with pytest.raises(ClientError) as refused:
            emulator.client("secretsmanager", **keys).create_secret(**secret)
        failed.append(refused.value.response["ResponseMetadata"]["RequestId"])
    # moto stumbles over a batch that says nothing.
    with pytest.raises(ClientError) as refused:
        emulator.client("dynamodb").transact_write_items(TransactItems=[{}])
    failed.append(refused.value.response["ResponseMetadata"]["RequestId"])
    log = vpce_server.log()[before:]
    assert [request_id for request_id in failed if request_id in log] == failed
    assert "the secret" not in log
    assert key["SecretAccessKey"] not in log
    assert "Signature=" not in log
