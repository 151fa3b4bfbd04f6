"""Who signed a request, and whether the signature is true."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import awscrt.auth
import awscrt.http
import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws import signature_v2
from vpce_emulator.aws.authorization_header import Authorization
from vpce_emulator.aws.authorization_query import parse_authorization
from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.faults import Fault, FaultKind, message_of
from vpce_emulator.aws.signature import verify
from vpce_emulator.aws.signature_time import verify_session, verify_time
from vpce_emulator.aws.signed_parts import unstated_payload, wrong_scope

ACCESS_KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
VIRTUAL = "http://bk.s3.us-east-1.amazonaws.com"


def _verified(request, body=b"", *, secret=SECRET, after=0.0, payload=True):
    authorization = parse_authorization(request)
    assert isinstance(authorization, Authorization)
    sha256 = hashlib.sha256(body).hexdigest() if payload else None
    return verify(authorization, request, secret, now=authorization.signed_at + after, payload_sha256=sha256)


def test_the_example_of_the_s3_documentation_is_true(http_request):
    # https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "Example: GET Object"
    request = http_request(
        "GET",
        "/test.txt",
        host="examplebucket.s3.amazonaws.com",
        headers={
            "Range": "bytes=0-9",
            "x-amz-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "x-amz-date": "20130524T000000Z",
            "Authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        },
    )
    assert _verified(request) is None
    assert parse_authorization(request) == Authorization(
        access_key_id=ACCESS_KEY,
        date="20130524",
        region="us-east-1",
        service="s3",
        signed_headers=("host", "range", "x-amz-content-sha256", "x-amz-date"),
        signature="f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        timestamp="20130524T000000Z",
        signed_at=1369353600.0,
    )


def test_the_presigned_example_of_the_s3_documentation_is_true(http_request):
    # https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    request = http_request(
        "GET",
        "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3"
        "%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
        host="examplebucket.s3.amazonaws.com",
    )
    assert _verified(request, after=86400) is None
    assert _verified(request, after=86401).kind is FaultKind.REQUEST_EXPIRED


SENT = [
    ("s3", "get_object", {"Bucket": "bk", "Key": "plain"}),
    ("s3", "get_object", {"Bucket": "bk", "Key": "a b/ü✓+&=~()*!'@:,;$%25//x/../y/"}),
    ("s3", "put_object", {"Bucket": "bk", "Key": "k", "Body": b"x" * 2000, "Metadata": {"note": " two  spaces "}}),
    ("s3", "list_objects_v2", {"Bucket": "bk", "Prefix": "a b/+ü", "Delimiter": "/"}),
    ("s3", "list_multipart_uploads", {"Bucket": "bk"}),
    ("s3", "delete_objects", {"Bucket": "bk", "Delete": {"Objects": [{"Key": "a"}]}}),
    ("dynamodb", "get_item", {"TableName": "Tab", "Key": {"pk": {"S": "x"}}}),
    ("sqs", "list_queues", {}),
    ("sts", "get_caller_identity", {}),
    ("lambda", "invoke", {"FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:f"}),
    ("apigateway", "get_resource", {"restApiId": "a", "resourceId": "x y"}),
    ("cloudwatch", "list_metrics", {}),
]


@pytest.mark.parametrize(("service", "operation", "parameters"), SENT)
def test_what_an_sdk_signs_is_true(sdk_request, service, operation, parameters):
    request, body = sdk_request(service, operation, **parameters)
    assert _verified(request, body) is None


@pytest.mark.parametrize(("service", "operation", "parameters"), SENT)
def test_another_secret_is_not(sdk_request, service, operation, parameters):
    request, body = sdk_request(service, operation, **parameters)
    assert _verified(request, body, secret="another").kind is FaultKind.SIGNATURE_DOES_NOT_MATCH


def test_s3_shows_what_should_have_been_signed(sdk_request):
    request, body = sdk_request("s3", "get_object", Bucket="bk", Key="k")
    details = dict(_verified(request, body, secret="another").details)
    assert details["AWSAccessKeyId"] == ACCESS_KEY
    assert details["CanonicalRequest"].startswith("GET\n/bk/k\n\nhost:127.0.0.1:4566\n")
    assert bytes.fromhex(details["CanonicalRequestBytes"]).decode() == details["CanonicalRequest"]
    assert bytes.fromhex(details["StringToSignBytes"]).decode() == details["StringToSign"]


def test_other_services_show_it_in_their_text(sdk_request):
    request, body = sdk_request("dynamodb", "list_tables")
    fault = _verified(request, body, secret="another")
    assert "The Canonical String for this request should have been\n'POST\n/\n\n" in fault.message
    assert "The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n" in fault.message


def _with_header(request, name, value):
    headers = CIMultiDict(request.headers)
    headers[name] = value
    return replace(request, headers=CIMultiDictProxy(headers))


@pytest.mark.parametrize(
    "tampered",
    [
        lambda request: replace(request, method="DELETE"),
        lambda request: replace(request, raw_path="/bk/other"),
        lambda request: replace(request, raw_query="versionId=1"),
        lambda request: replace(request, host="127.0.0.1:1"),
        lambda request: _with_header(request, "X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD"),
    ],
)
def test_a_request_that_was_changed_is_not_true(sdk_request, tampered):
    request, _ = sdk_request("s3", "get_object", Bucket="bk", Key="k")
    assert _verified(tampered(request)).kind is FaultKind.SIGNATURE_DOES_NOT_MATCH


def test_a_body_that_is_not_the_one_signed_is_told_from_a_wrong_signature(sdk_request):
    request, _ = sdk_request("s3", "list_buckets")
    fault = _verified(request, b"other")
    assert fault.kind is FaultKind.CONTENT_SHA256_MISMATCH
    assert [name for name, _ in fault.details] == ["ClientComputedContentSHA256", "S3ComputedContentSHA256"]
    changed, body = sdk_request("sts", "get_caller_identity")
    assert _verified(changed, body + b"&X=1").kind is FaultKind.SIGNATURE_DOES_NOT_MATCH


def test_a_body_that_is_not_read_is_believed_to_be_what_was_signed(sdk_request):
    request, _ = sdk_request("s3", "put_object", Bucket="bk", Key="k", Body=b"x")
    assert _verified(request, payload=False) is None


def test_a_streamed_upload_is_signed_with_the_word_for_it(sdk_request):
    request, body = sdk_request(
        "s3", "put_object", endpoint="https://s3.us-east-1.amazonaws.com", Bucket="bk", Key="k", Body=b"x"
    )
    assert request.headers["X-Amz-Content-SHA256"] == "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    assert _verified(request, body) is None


def test_a_path_that_was_encoded_anew_on_its_way_is_still_true(sdk_request):
    request, _ = sdk_request("s3", "get_object", Bucket="bk", Key="(a) b")
    assert request.raw_path == "/bk/%28a%29%20b"
    assert _verified(replace(request, raw_path="/bk/(a)%20b")) is None


@pytest.mark.parametrize(
    ("service", "operation", "after", "message"),
    [
        ("s3", "list_buckets", 901, ""),
        ("s3", "list_buckets", -901, ""),
        ("dynamodb", "list_tables", 301, "Signature expired: {signed} is now earlier than {edge} ({now} - 5 min.)"),
        (
            "dynamodb",
            "list_tables",
            -301,
            "Signature not yet current: {signed} is still later than {edge} ({now} + 5 min.)",
        ),
    ],
)
def test_a_clock_that_is_off_too_far_is_told(http_request, service, operation, after, message):
    signed = "20260101T120000Z"
    authorization = Authorization("AK", "20260101", "us-east-1", service, ("host",), "0", signed, 1767268800.0)
    fault = verify_time(authorization, now=1767268800.0 + after)
    assert fault.kind is FaultKind.REQUEST_TIME_TOO_SKEWED
    now, edge = ("20260101T120501Z", "20260101T120001Z") if after > 0 else ("20260101T115459Z", "20260101T115959Z")
    assert fault.message == message.format(signed=signed, now=now, edge=edge)
    assert verify_time(authorization, now=1767268800.0 + after / abs(after) * (abs(after) - 1)) is None


def test_s3_tells_by_how_much_a_clock_may_be_off():
    authorization = Authorization("AK", "20260101", "us-east-1", "s3", ("host",), "0", "20260101T120000Z", 1767268800.0)
    assert verify_time(authorization, now=1767268800.0 + 1000).details == (
        ("RequestTime", "20260101T120000Z"),
        ("ServerTime", "2026-01-01T12:16:40Z"),
        ("MaxAllowedSkewMilliseconds", "900000"),
    )


def test_the_day_in_the_scope_must_be_the_day_of_the_signature():
    authorization = Authorization("AK", "20260102", "us-east-1", "s3", ("host",), "0", "20260101T120000Z", 1767268800.0)
    fault = verify_time(authorization, now=1767268800.0)
    assert fault.message == (
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        "'20260102' != '20260101', from '20260101T120000Z'."
    )


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:4566", "https://s3.us-east-1.amazonaws.com"])
@pytest.mark.parametrize(
    ("operation", "method", "parameters"),
    [
        ("get_object", "GET", {"Key": "a b/ü+&", "ResponseContentDisposition": "attachment; filename=x y"}),
        ("get_object", "GET", {"Key": "k", "VersionId": "v1"}),
        ("put_object", "PUT", {"Key": "k"}),
        ("list_objects_v2", "GET", {"Prefix": "a b"}),
    ],
)
@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_presigned_url_is_true_until_it_expires(presigned_url, endpoint, operation, method, parameters, version):
    request = presigned_url(
        operation, method=method, endpoint=endpoint, version=version, expires=60, Bucket="bk", **parameters
    )
    authorization = parse_authorization(request)
    assert authorization.presigned
    ends = authorization.signed_at + authorization.expires
    assert verify(authorization, request, SECRET, now=ends - 1) is None
    late = verify(authorization, request, SECRET, now=ends + 1)
    assert (late.kind, "Expires" in dict(late.details)) == (FaultKind.REQUEST_EXPIRED, True)
    changed = replace(request, raw_path=request.raw_path + "x")
    assert verify(authorization, changed, SECRET, now=ends - 1).kind is FaultKind.SIGNATURE_DOES_NOT_MATCH
    assert verify(authorization, request, "another", now=ends - 1).kind is FaultKind.SIGNATURE_DOES_NOT_MATCH


def test_a_url_is_not_valid_before_its_time(presigned_url):
    request = presigned_url("get_object", Bucket="bk", Key="k")
    authorization = parse_authorization(request)
    fault = verify_time(authorization, now=authorization.signed_at - 901)
    assert (fault.kind, fault.message) == (FaultKind.REQUEST_EXPIRED, "Request is not valid yet")


def test_boto3_presigns_in_version_2_where_s3_ever_took_it(presigned_url):
    request = presigned_url("get_object", version=None, Bucket="bk", Key="k")
    assert parse_authorization(request).algorithm == "AWS"


@pytest.mark.parametrize("service", ["sts", "lambda"])
def test_presigned_urls_of_other_services_are_true(http_request, service):
    client = boto3.client(
        service,
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET,
        config=Config(signature_version="v4"),
    )
    operation = {"sts": "get_caller_identity", "lambda": "list_functions"}[service]
    url = client.generate_presigned_url(operation, ExpiresIn=60, HttpMethod="GET")
    host, _, target = url.removeprefix("https://").partition("/")
    request = http_request("GET", f"/{target}", host=host)
    assert _verified(request) is None


def test_temporary_credentials_carry_their_token(http_request, sdk_request):
    request, _ = sdk_request("s3", "list_buckets")
    authorization = replace(parse_authorization(request), session_token="token")
    assert verify_session(authorization, "token", 100.0, now=99.0) is None
    assert verify_session(authorization, "token", 100.0, now=100.0).kind is FaultKind.EXPIRED_TOKEN
    assert verify_session(authorization, "other", 100.0, now=0.0).kind is FaultKind.INVALID_TOKEN
    without = replace(authorization, session_token=None)
    assert verify_session(without, "token", None, now=0.0).kind is FaultKind.INVALID_ACCESS_KEY_ID
    assert verify_session(without, None, None, now=0.0) is None


def test_a_date_header_will_do(http_request):
    scope = "AK/20260101/us-east-1/s3/aws4_request"
    headers = {
        "Date": "Thu, 01 Jan 2026 12:00:00 GMT",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=date;host, Signature=00",
    }
    assert parse_authorization(http_request(headers=headers)).timestamp == "20260101T120000Z"


def test_an_unsigned_request_has_no_authorization(http_request):
    assert parse_authorization(http_request("GET", "/bk/k?X-Amz-Foo=1&versionId=2")) is None


S3 = Service("s3", "us-east-1", Protocol.S3, "s3")
STS = Service("sts", "us-east-1", Protocol.QUERY, "sts")
DYNAMODB = Service("dynamodb", "us-east-1", Protocol.JSON_1_0, "dynamodb")
NOW = {"X-Amz-Date": "20260101T120000Z"}
V4 = "AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00"
QUERY = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F20260101%2Fus-east-1%2Fs3%2Faws4_request"
    "&X-Amz-Date=20260101T120000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=00&X-Amz-Expires=60"
)
NOT_SUPPORTED = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."


@pytest.mark.parametrize(
    ("authorization", "kind", "message"),
    [
        (
            "AWS AK",
            FaultKind.INVALID_ARGUMENT,
            "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature",
        ),
        ("Basic YTpi", FaultKind.INVALID_ARGUMENT, "Unsupported Authorization Type"),
        ("", FaultKind.INVALID_ARGUMENT, "Unsupported Authorization Type"),
        (V4.replace("Signature=", "S="), FaultKind.AUTHORIZATION_MALFORMED, 'component "Signature" is missing'),
        (V4.replace("/s3/", "/"), FaultKind.AUTHORIZATION_MALFORMED, "the Credential is mal-formed"),
        (V4.replace("aws4_request", "aws3"), FaultKind.AUTHORIZATION_MALFORMED, "the Credential is mal-formed"),
    ],
)
def test_an_authorization_header_that_cannot_be_read_is_a_fault(http_request, authorization, kind, message):
    headers = {"Authorization": authorization, "X-Amz-Date": "20260101T120000Z"}
    fault = parse_authorization(http_request(headers=headers))
    assert isinstance(fault, Fault)
    assert fault.kind is kind
    assert message in fault.message


@pytest.mark.parametrize("date", [{}, {"X-Amz-Date": "yesterday"}, {"Date": "yesterday"}])
def test_s3_wants_a_time(http_request, date):
    fault = parse_authorization(http_request(headers={"Authorization": V4, **date}))
    assert fault.kind is FaultKind.MISSING_DATE
    assert message_of(fault, S3) == "AWS authentication requires a valid Date or x-amz-date header"


DATE = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
UNREADABLE = {
    "without a time": (V4, {}, f"{DATE} Authorization={V4}"),
    "a time that is none": (
        V4,
        {"Date": "yesterday"},
        "Date must be in ISO-8601 'basic format'. Got 'yesterday'. See http://en.wikipedia.org/wiki/ISO_8601",
    ),
    "without anything": (
        "Basic dTpw=",
        {},
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. "
        f"Authorization header requires 'SignedHeaders' parameter. {DATE} Authorization=Basic dTpw=",
    ),
    "a token": (
        "Bearer abc",
        {},
        "'abc' not a valid key=value pair (missing equal-sign) in Authorization header: 'Bearer abc'.",
    ),
    "a credential with too few elements": (
        V4.replace("/s3/", "/"),
        NOW,
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
        "'AK/20260101/us-east-1/aws4_request'",
    ),
    "a key id with a slash": (
        V4.replace("AK/", "A/K/"),
        NOW,
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
        "'A/K/20260101/us-east-1/s3/aws4_request'",
    ),
    "another terminator": (
        V4.replace("aws4_request", "aws3"),
        NOW,
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws3'.",
    ),
    "another algorithm": (V4.replace("SHA256", "SHA1", 1), NOW, "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1'."),
}


@pytest.mark.parametrize(("authorization", "date", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_the_other_services_tell_all_that_is_missing(http_request, authorization, date, message):
    request = http_request(headers={"Authorization": authorization, **date})
    assert parse_authorization(request, s3=False).message == message


def test_the_other_services_name_the_parameters_that_a_url_lacks(http_request):
    request = http_request(target="/?X-Amz-Signature=00&X-Amz-Credential=a&X-Amz-Algorithm=b")
    assert parse_authorization(request, s3=False).message == (
        "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
        "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters."
    )


def test_a_url_of_another_service_is_good_for_a_quarter_of_an_hour_unless_it_says_otherwise(http_request):
    request = http_request(target="/?" + QUERY.replace("&X-Amz-Expires=60", ""))
    assert parse_authorization(request, s3=False).expires == 900


@pytest.mark.parametrize(
    "query", [QUERY, "AWSAccessKeyId=AK&Signature=00&Expires=1", "X-Amz-Algorithm=AWS4-HMAC-SHA256"]
)
def test_s3_takes_one_signature_at_a_time(http_request, query):
    fault = parse_authorization(http_request(target=f"/bk/k?{query}", headers={"Authorization": V4, **NOW}))
    assert (fault.kind, fault.details[0]) == (FaultKind.INVALID_ARGUMENT, ("ArgumentName", "Authorization"))
    assert fault.message.startswith("Only one auth mechanism allowed; ")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (QUERY.replace("&X-Amz-Expires=60", ""), ""),
        (QUERY.replace("X-Amz-Date=20260101T120000Z", "X-Amz-Date=yesterday"), "X-Amz-Date must be in the ISO8601"),
        (QUERY.replace("Expires=60", "Expires=soon"), "X-Amz-Expires should be a number"),
        (QUERY.replace("Expires=60", "Expires=-1"), "X-Amz-Expires must be non-negative"),
        (QUERY.replace("Expires=60", "Expires=604801"), "X-Amz-Expires must be less than a week"),
        (QUERY.replace("Expires=60", "Expires=" + "9" * 5000), "X-Amz-Expires must be less than a week"),
        (QUERY.replace("AWS4-HMAC-SHA256", "AWS3"), "X-Amz-Algorithm only supports"),
        (QUERY.replace("%2Fs3", ""), "Error parsing the X-Amz-Credential parameter"),
    ],
)
def test_a_presigned_url_that_cannot_be_read_is_a_fault(http_request, query, message):
    fault = parse_authorization(http_request(target=f"/bk/k?{query}"))
    assert isinstance(fault, Fault)
    assert fault.kind is FaultKind.AUTHORIZATION_QUERY
    assert fault.message.startswith(message)


@pytest.mark.parametrize(
    ("host", "expires", "kind"),
    [
        ("bk.s3.eu-central-1.amazonaws.com", "1", FaultKind.INVALID_REQUEST),
        ("127.0.0.1:4566", "soon", FaultKind.ACCESS_DENIED),
    ],
)
def test_version_2_is_refused_where_it_never_was_and_without_a_time(http_request, host, expires, kind):
    request = http_request(target=f"/k?AWSAccessKeyId=AK&Signature=00&Expires={expires}", host=host)
    assert parse_authorization(request).kind is kind


SCOPED = Authorization("AK", "20260101", "us-east-1", "s3", ("host",), "0", "20260101T120000Z", 1767268800.0)
WRONG_SCOPES = {
    "S3, another Region": (
        replace(SCOPED, region="eu-west-1"),
        S3,
        FaultKind.AUTHORIZATION_MALFORMED,
        "The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'us-east-1'",
    ),
    "S3, another Region in a URL": (
        replace(SCOPED, region="eu-west-1", expires=60),
        S3,
        FaultKind.AUTHORIZATION_QUERY,
        "Error parsing the X-Amz-Credential parameter; the region 'eu-west-1' is wrong; expecting 'us-east-1'",
    ),
    "S3, another service": (
        replace(SCOPED, service="sqs"),
        S3,
        FaultKind.AUTHORIZATION_MALFORMED,
        'The authorization header is malformed; incorrect service "sqs". This endpoint belongs to "s3".',
    ),
    "S3, other Regions of an asymmetric signature": (
        replace(SCOPED, region="eu-*,us-west-2", algorithm="AWS4-ECDSA-P256-SHA256"),
        S3,
        FaultKind.AUTHORIZATION_MALFORMED,
        "The authorization header is malformed; the region 'eu-*,us-west-2' is wrong; expecting 'us-east-1'",
    ),
    "DynamoDB, another Region": (
        replace(SCOPED, service="dynamodb", region="eu-west-1"),
        DYNAMODB,
        FaultKind.SIGNATURE_DOES_NOT_MATCH,
        "Credential should be scoped to a valid region. ",
    ),
    "DynamoDB, another service": (
        SCOPED,
        DYNAMODB,
        FaultKind.SIGNATURE_DOES_NOT_MATCH,
        "Credential should be scoped to correct service: 'dynamodb'. ",
    ),
    "STS, another Region": (
        replace(SCOPED, service="sts", region="eu-west-1"),
        STS,
        FaultKind.SIGNATURE_DOES_NOT_MATCH,
        "Credential should be scoped to a valid region, not 'eu-west-1'. ",
    ),
}


@pytest.mark.parametrize(("authorization", "service", "kind", "message"), WRONG_SCOPES.values(), ids=WRONG_SCOPES)
def test_a_signature_for_another_service_or_region_is_refused(authorization, service, kind, message):
    fault = wrong_scope(authorization, service)
    assert (fault.kind, fault.message) == (kind, message)


@pytest.mark.parametrize("regions", ["*", "us-*", "eu-west-1, us-east-1"])
def test_an_asymmetric_signature_is_good_in_every_region_that_it_names(regions):
    assert wrong_scope(replace(SCOPED, region=regions, algorithm="AWS4-ECDSA-P256-SHA256"), S3) is None


def test_services_that_are_in_one_region_take_a_signature_for_any():
    iam = Service("iam", "us-east-1", Protocol.QUERY, "iam")
    assert wrong_scope(replace(SCOPED, service="iam", region="eu-west-1"), iam) is None


@pytest.mark.parametrize(
    ("declared", "kind", "message"),
    [
        ({}, FaultKind.INVALID_REQUEST, "Missing required header for this request: x-amz-content-sha256"),
        (
            {"x-amz-content-sha256": "abc"},
            FaultKind.INVALID_ARGUMENT,
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, ",
        ),
    ],
)
def test_s3_wants_to_be_told_the_hash_of_the_payload(http_request, declared, kind, message):
    fault = unstated_payload(SCOPED, http_request(headers=declared), S3)
    assert fault.kind is kind
    assert fault.message.startswith(message)
    assert unstated_payload(replace(SCOPED, expires=60), http_request(headers=declared), S3) is None
    assert unstated_payload(SCOPED, http_request(headers=declared), DYNAMODB) is None


@pytest.mark.parametrize(("secure", "kind"), [(True, None), (False, FaultKind.SIGNATURE_DOES_NOT_MATCH)])
def test_other_services_take_an_unsigned_payload_over_tls_alone(http_request, secure, kind):
    # AWS says so of the operations whose authorization type is v4-unsigned-body in botocore's models.
    url = "https://data.mediastore.us-east-1.amazonaws.com/k"
    sent = AWSRequest("PUT", url, headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}, data=b"x")
    SigV4Auth(Credentials(ACCESS_KEY, SECRET), "mediastore", "us-east-1").add_auth(sent)
    request = http_request("PUT", "/k", host="data.mediastore.us-east-1.amazonaws.com", headers=sent.headers.items())
    fault = _verified(replace(request, secure=secure), b"x")
    assert (fault.kind if fault else None) is kind


def _signed_asymmetrically(method, path, headers, secret=SECRET, *, presigned=False):
    """Return a request as AWS's common runtime signs it in SigV4A."""
    request = awscrt.http.HttpRequest(method, path, awscrt.http.HttpHeaders(list(headers.items())))
    in_query = awscrt.auth.AwsSignatureType.HTTP_REQUEST_QUERY_PARAMS
    config = awscrt.auth.AwsSigningConfig(
        algorithm=awscrt.auth.AwsSigningAlgorithm.V4_ASYMMETRIC,
        signature_type=in_query if presigned else awscrt.auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
        credentials_provider=awscrt.auth.AwsCredentialsProvider.new_static(ACCESS_KEY, secret),
        region="us-*",
        service="s3",
        date=datetime(2026, 1, 1, 12, tzinfo=UTC),
        use_double_uri_encode=False,
        should_normalize_uri_path=False,
        signed_body_value="UNSIGNED-PAYLOAD",
        signed_body_header_type=awscrt.auth.AwsSignedBodyHeaderType.X_AMZ_CONTENT_SHA_256,
        expiration_in_seconds=60 if presigned else None,
    )
    return awscrt.auth.aws_sign_request(request, config).result(30)


@pytest.mark.parametrize("presigned", [False, True])
def test_an_asymmetric_signature_is_true(http_request, presigned):
    host = "bk.s3.us-east-1.amazonaws.com"
    sent = _signed_asymmetrically("GET", "/a%20b?versionId=1", {"Host": host}, presigned=presigned)
    request = http_request("GET", sent.path, host=host, headers=dict(sent.headers))
    authorization = parse_authorization(request)
    assert (authorization.access_key_id, authorization.region, authorization.service) == (ACCESS_KEY, "us-*", "s3")
    assert _verified(request, payload=False) is None
    assert _verified(replace(request, method="DELETE"), payload=False).kind is FaultKind.SIGNATURE_DOES_NOT_MATCH
    other = _verified(request, secret="another", payload=False)
    assert dict(other.details)["StringToSign"].startswith(
        "AWS4-ECDSA-P256-SHA256\n20260101T120000Z\n20260101/s3/aws4_request\n"
    )


def _signed_in_version_2(http_request, *, signature=None, host="127.0.0.1:4566", **headers):
    unsigned = http_request("PUT", "/bk/a%20b?acl", host=host, headers=headers)
    signed = signature or signature_v2.signature(SECRET, unsigned)
    return http_request(
        "PUT", "/bk/a%20b?acl", host=host, headers={**headers, "Authorization": f"AWS {ACCESS_KEY}:{signed}"}
    )


def test_the_version_2_example_of_the_s3_documentation_is_true(http_request):
    # https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html, "Object GET"
    request = http_request(
        "GET",
        "/photos/puppy.jpg",
        host="awsexamplebucket1.s3.us-west-1.amazonaws.com",
        headers={
            "Date": "Tue, 27 Mar 2007 19:36:42 +0000",
            "Authorization": "AWS AKIAIOSFODNN7EXAMPLE:qgk2+6Sv9/oM7G3qLEjTH1a1l1g=",
        },
    )
    assert _verified(request) is None


@pytest.mark.parametrize("date", ["Date", "x-amz-date"])
def test_a_header_in_version_2_is_verified(http_request, date):
    request = _signed_in_version_2(http_request, **{date: "Thu, 01 Jan 2026 12:00:00 GMT", "x-amz-acl": "private"})
    assert _verified(request) is None
    assert _verified(request, after=901).kind is FaultKind.REQUEST_TIME_TOO_SKEWED
    fault = _verified(_with_header(request, "x-amz-acl", "public-read"))
    assert "\nx-amz-acl:public-read\n" in dict(fault.details)["StringToSign"]


@pytest.mark.parametrize(
    ("host", "region"), [("bk.s3.eu-central-1.amazonaws.com", ""), ("127.0.0.1:4566", "eu-central-1")]
)
def test_a_header_in_version_2_is_refused_in_regions_that_never_took_it(http_request, host, region):
    request = _signed_in_version_2(http_request, host=host, Date="Thu, 01 Jan 2026 12:00:00 GMT")
    fault = parse_authorization(request, region=region)
    assert (fault.kind, fault.message) == (FaultKind.INVALID_REQUEST, NOT_SUPPORTED)
