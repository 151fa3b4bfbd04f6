"""Buckets in another Region than a request is for, with boto3 and plain HTTP through the doors."""

import urllib.parse

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

BUCKET = "in-ireland"
KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


@pytest.fixture
def bucket(vpce):
    ireland = vpce.client("s3", region_name="eu-west-1")
    ireland.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    ireland.put_object(Bucket=BUCKET, Key="k", Body=b"x")


@pytest.fixture
def ask(vpce, dial, read_response):
    """A function that sends a signed request to the internet door under a host name, and returns the answer."""

    def asked(host, path, method="GET", region="us-east-1"):
        request = AWSRequest(method, f"https://{host}{path}", headers={"Host": host})
        S3SigV4Auth(KEYS, "s3", region).add_auth(request)
        lines = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        connection = dial(vpce.url())
        connection.sendall(f"{method} {path} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode())
        return read_response(connection, method)

    return asked


def test_boto3_finds_the_bucket_by_the_redirect(vpce, bucket):
    assert vpce.client("s3").get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"x"
    codes = [decision["code"] for decision in vpce.decisions()]
    assert "PermanentRedirect" in codes
    assert codes[-1] is None


def test_where_a_bucket_is_may_be_asked_anywhere(vpce, bucket):
    assert vpce.client("s3").get_bucket_location(Bucket=BUCKET)["LocationConstraint"] == "eu-west-1"


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("s3.us-east-1.amazonaws.com", f"/{BUCKET}/k"),
        (f"{BUCKET}.s3.us-east-1.amazonaws.com", "/k"),
        ("s3.amazonaws.com", f"/{BUCKET}/k"),
    ],
)
def test_another_regions_endpoint_redirects(bucket, ask, host, path):
    answer = ask(host, path)
    assert (answer.status, answer.headers["x-amz-bucket-region"]) == (301, "eu-west-1")
    assert b"<Code>PermanentRedirect</Code>" in answer.body
    assert f"<Endpoint>{BUCKET}.s3.eu-west-1.amazonaws.com</Endpoint><Bucket>{BUCKET}</Bucket>".encode() in answer.body


def test_the_buckets_own_name_says_which_region_was_expected(bucket, ask):
    answer = ask(f"{BUCKET}.s3.amazonaws.com", "/k")
    assert answer.status == 400
    assert b"the region 'us-east-1' is wrong; expecting 'eu-west-1'</Message><Region>eu-west-1</Region>" in answer.body


def test_a_head_request_learns_the_region_from_a_header(bucket, ask):
    answer = ask("s3.us-east-1.amazonaws.com", f"/{BUCKET}", "HEAD")
    assert (answer.status, answer.headers["x-amz-bucket-region"], answer.body) == (301, "eu-west-1", b"")
    assert ask("s3.eu-west-1.amazonaws.com", f"/{BUCKET}", "HEAD", "eu-west-1").status == 200


def test_a_bucket_that_is_nowhere_is_not_redirected(vpce):
    with pytest.raises(ClientError) as refused:
        vpce.client("s3").list_objects_v2(Bucket="nowhere")
    assert refused.value.response["Error"]["Code"] == "NoSuchBucket"


RULE = {"AllowedOrigins": ["https://app.example"], "AllowedMethods": ["GET"]}


@pytest.mark.parametrize(
    ("origin", "allowed"), [("https://app.example", "https://app.example"), ("https://x.example", None)]
)
def test_a_page_of_an_allowed_origin_may_read_a_refusal(vpce, dial, read_response, origin, allowed):
    s3 = vpce.client("s3")
    s3.create_bucket(Bucket="assets")
    s3.put_bucket_cors(Bucket="assets", CORSConfiguration={"CORSRules": [RULE]})
    connection = dial(vpce.url())
    host = urllib.parse.urlsplit(vpce.url()).netloc
    connection.sendall(f"GET /assets/k HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n\r\n".encode())
    answer = read_response(connection)
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (403, allowed)
