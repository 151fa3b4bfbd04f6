"""Which service a request is for."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore
import botocore.session
import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointResolutionError

from vpce_emulator.aws.authorization_header import Authorization
from vpce_emulator.aws.authorization_query import parse_authorization
from vpce_emulator.aws.call import Protocol
from vpce_emulator.aws.hosts import ServiceHost, parse_host
from vpce_emulator.aws.service import identify_service
from vpce_emulator.aws.service_names import SERVICES, ServiceName
from vpce_emulator.aws.signed_parts import wrong_scope

TOKEN = "vpce-0123456789abcdef0-abcd1234"
ENDPOINT = "vpce-0123456789abcdef0"
MARKETPLACE = ("aws-marketplace", "marketplace-entitlement")
# Not a service of botocore's: API Gateway's own front door.
NO_MODEL = {"execute-api"}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("s3.us-east-1.amazonaws.com", ServiceHost("s3", "us-east-1")),
        ("S3.US-EAST-1.AMAZONAWS.COM:443", ServiceHost("s3", "us-east-1")),
        ("s3.eu-west-1.amazonaws.com.", ServiceHost("s3", "eu-west-1")),
        ("s3.amazonaws.com", ServiceHost("s3")),
        ("bk.s3.amazonaws.com", ServiceHost("s3", bucket="bk")),
        ("my.dotted.bucket.s3.us-west-2.amazonaws.com", ServiceHost("s3", "us-west-2", bucket="my.dotted.bucket")),
        ("s3-eu-west-1.amazonaws.com", ServiceHost("s3", "eu-west-1")),
        ("bk.s3-eu-west-1.amazonaws.com", ServiceHost("s3", "eu-west-1", bucket="bk")),
        ("bk.s3.dualstack.us-east-1.amazonaws.com", ServiceHost("s3", "us-east-1", bucket="bk")),
        ("s3.dualstack.us-east-1.amazonaws.com", ServiceHost("s3", "us-east-1")),
        ("bk.s3-fips.us-gov-west-1.amazonaws.com", ServiceHost("s3", "us-gov-west-1", bucket="bk")),
        ("s3-fips.dualstack.us-east-1.amazonaws.com", ServiceHost("s3", "us-east-1")),
        ("bk.s3-accelerate.amazonaws.com", ServiceHost("s3", bucket="bk")),
        ("bk.s3-website-us-east-1.amazonaws.com", ServiceHost("s3", "us-east-1", bucket="bk")),
        ("bk.s3.cn-north-1.amazonaws.com.cn", ServiceHost("s3", "cn-north-1", bucket="bk")),
        (
            "ap-123456789012.s3-accesspoint.us-east-1.amazonaws.com",
            ServiceHost("s3", "us-east-1", access_point="ap-123456789012"),
        ),
        ("123456789012.s3-control.us-east-1.amazonaws.com", ServiceHost("s3-control", "us-east-1")),
        (f"{TOKEN}.s3.us-east-1.vpce.amazonaws.com", ServiceHost("s3", "us-east-1", endpoint_id=ENDPOINT)),
        (f"bucket.{TOKEN}.s3.us-east-1.vpce.amazonaws.com", ServiceHost("s3", "us-east-1", endpoint_id=ENDPOINT)),
        (
            f"bucket.{TOKEN}-us-east-1a.s3.us-east-1.vpce.amazonaws.com",
            ServiceHost("s3", "us-east-1", endpoint_id=ENDPOINT),
        ),
        (
            f"my.bk.bucket.{TOKEN}.s3.us-east-1.vpce.amazonaws.com",
            ServiceHost("s3", "us-east-1", bucket="my.bk", endpoint_id=ENDPOINT),
        ),
        (
            f"vpce-0123456789abcdef0-logs.bucket.{TOKEN}.s3.us-east-1.vpce.amazonaws.com",
            ServiceHost("s3", "us-east-1", bucket="vpce-0123456789abcdef0-logs", endpoint_id=ENDPOINT),
        ),
        (
            f"ap-123456789012.accesspoint.{TOKEN}.s3.us-east-1.vpce.amazonaws.com",
            ServiceHost("s3", "us-east-1", access_point="ap-123456789012", endpoint_id=ENDPOINT),
        ),
        (
            f"123456789012.control.{TOKEN}.s3.us-east-1.vpce.amazonaws.com",
            ServiceHost("s3-control", "us-east-1", endpoint_id=ENDPOINT),
        ),
        (
            "bk--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com",
            ServiceHost("s3", "us-east-1", bucket="bk--use1-az4--x-s3"),
        ),
        ("dynamodb.us-east-1.amazonaws.com", ServiceHost("dynamodb", "us-east-1")),
        ("dynamodb-fips.us-east-1.amazonaws.com", ServiceHost("dynamodb", "us-east-1")),
        ("dynamodb.us-east-1.api.aws", ServiceHost("dynamodb", "us-east-1")),
        ("123456789012.ddb.us-east-1.amazonaws.com", ServiceHost("ddb", "us-east-1")),
        ("streams.dynamodb.us-east-1.amazonaws.com", ServiceHost("streams.dynamodb", "us-east-1")),
        (
            f"{TOKEN}-us-east-1b.streams.dynamodb.us-east-1.vpce.amazonaws.com",
            ServiceHost("streams.dynamodb", "us-east-1", endpoint_id=ENDPOINT),
        ),
        (f"{TOKEN}.api.ecr.us-east-1.vpce.amazonaws.com", ServiceHost("api.ecr", "us-east-1", endpoint_id=ENDPOINT)),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com", ServiceHost("dkr.ecr", "us-east-1")),
        ("us-east-2.queue.amazonaws.com", ServiceHost("queue", "us-east-2")),
        ("queue.amazonaws.com", ServiceHost("queue")),
        ("abc123.execute-api.us-east-1.amazonaws.com", ServiceHost("execute-api", "us-east-1")),
        ("iam.amazonaws.com", ServiceHost("iam")),
    ],
)
def test_a_host_name_of_aws_tells_service_region_bucket_and_endpoint(host, expected):
    assert parse_host(host) == expected


@pytest.mark.parametrize("host", ["", "localhost:4566", "127.0.0.1:4566", "[::1]:4566", "amazonaws.com", "example.com"])
def test_other_host_names_tell_nothing(host):
    assert parse_host(host) is None


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("sqs.us-east-1.amazonaws.com", "sqs"),
        ("queue.amazonaws.com", "sqs"),
        ("123456789012.ddb.us-east-1.amazonaws.com", "dynamodb"),
        ("streams.dynamodb.us-east-1.amazonaws.com", "dynamodbstreams"),
        ("monitoring.us-east-1.amazonaws.com", "cloudwatch"),
        ("states.us-east-1.amazonaws.com", "stepfunctions"),
        ("email.us-east-1.amazonaws.com", "ses"),
        ("123456789012.s3-control.us-east-1.amazonaws.com", "s3control"),
        ("bedrock-agent.us-east-1.amazonaws.com", "bedrock-agent"),
        ("no-such-service.us-east-1.amazonaws.com", "no-such-service"),
    ],
)
def test_the_host_name_decides_before_the_hint(http_request, host, name):
    service = identify_service(http_request("POST", host=host), default_region="eu-west-1", hint="kms")
    assert (service.name, service.region) == (name, "us-east-1" if "us-east-1" in host else "eu-west-1")


def test_an_operation_of_every_protocol_is_recognised_by_its_signature_alone(sdk_request):
    sent = [
        ("s3", "list_buckets", {}),
        ("dynamodb", "list_tables", {}),
        ("dynamodbstreams", "list_streams", {}),
        ("sqs", "list_queues", {}),
        ("sns", "list_topics", {}),
        ("ec2", "describe_vpcs", {}),
        ("lambda", "list_functions", {}),
        ("cloudwatch", "list_metrics", {}),
        ("stepfunctions", "list_state_machines", {}),
        ("elbv2", "describe_load_balancers", {}),
        ("sesv2", "list_email_identities", {}),
        ("sts", "get_caller_identity", {}),
        ("events", "list_rules", {}),
    ]
    for name, operation, parameters in sent:
        request, _ = sdk_request(name, operation, region="eu-west-1", **parameters)
        service = identify_service(request, default_region="us-east-1", hint="s3")
        assert (service.name, service.region) == (name, "eu-west-1")


@pytest.mark.parametrize(
    ("headers", "protocol"),
    [
        ({"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.ListQueues"}, Protocol.JSON_1_0),
        ({"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, Protocol.QUERY),
        ({"smithy-protocol": "rpc-v2-cbor"}, Protocol.CBOR),
    ],
)
def test_the_request_tells_which_of_its_protocols_a_service_is_spoken_to_in(http_request, headers, protocol):
    request = http_request("POST", host="sqs.us-east-1.amazonaws.com", headers=headers)
    assert identify_service(request, default_region="us-east-1").protocol is protocol


def test_the_target_tells_the_service_of_an_unsigned_request(http_request):
    request = http_request("POST", headers={"X-Amz-Target": "DynamoDB_20120810.ListTables"})
    assert identify_service(request, default_region="us-east-1", hint="s3").name == "dynamodb"


@pytest.mark.parametrize(
    ("hint", "name"),
    [
        ("sqs", "sqs"),
        ("monitoring", "cloudwatch"),
        ("ecr.api", "ecr"),
        ("dynamodb-streams", "dynamodbstreams"),
        (None, "s3"),
    ],
)
def test_an_unsigned_request_is_for_the_service_of_its_endpoint_or_for_s3(http_request, hint, name):
    service = identify_service(http_request(target="/bk/key"), default_region="ap-south-1", hint=hint)
    assert (service.name, service.region) == (name, "ap-south-1")


FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


@pytest.mark.parametrize(
    ("method", "target", "headers", "options", "name"),
    [
        ("POST", "/", FORM, {}, "sts"),
        ("GET", "/?Action=AssumeRoleWithSAML&Version=2011-06-15", {}, {}, "sts"),
        ("POST", "/", FORM, {"hint": "s3"}, "s3"),
        ("POST", "/", FORM, {"host": "bk.localhost:4566"}, "s3"),
        ("POST", "/", FORM, {"host": "bk.s3.amazonaws.com"}, "s3"),
        ("POST", "/bk?delete", FORM, {}, "s3"),
        ("PUT", "/bk/key", FORM, {}, "s3"),
        ("POST", "/", {"Content-Type": "multipart/form-data; boundary=b"}, {}, "s3"),
        ("GET", "/", {}, {}, "s3"),
    ],
)
def test_an_unsigned_form_is_for_sts(http_request, method, target, headers, options, name):
    hint = options.get("hint")
    request = http_request(method, target, host=options.get("host", "127.0.0.1:4566"), headers=headers)
    assert identify_service(request, default_region="us-east-1", hint=hint).name == name


def test_global_services_are_in_us_east_1(sdk_request):
    request, _ = sdk_request("iam", "list_users", region="eu-west-1")
    assert identify_service(request, default_region="eu-west-1").region == "us-east-1"


@pytest.mark.parametrize(
    ("method", "target", "headers", "scope", "name"),
    [
        ("GET", "/v2/apis", {}, "apigateway", "apigatewayv2"),
        ("GET", "/restapis", {}, "apigateway", "apigateway"),
        ("POST", "/model/anthropic/invoke", {}, "bedrock", "bedrock-runtime"),
        ("POST", "/agents/abc/agentAliases/def/sessions/1/text", {}, "bedrock", "bedrock-agent-runtime"),
        ("POST", "/endpoints/mine/invocations", {}, "sagemaker", "sagemaker-runtime"),
        ("POST", "/v2/email/outbound-emails", {}, "ses", "sesv2"),
        ("POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, "ses", "ses"),
        ("GET", "/2015-01-01/domain", {}, "es", "es"),
        ("GET", "/2021-01-01/domain", {}, "es", "opensearch"),
        ("POST", "/", {"X-Amz-Target": "Timestream_20181101.Query"}, "timestream", "timestream-query"),
        ("POST", "/", {"X-Amz-Target": "Timestream_20181101.WriteRecords"}, "timestream", "timestream-write"),
        (
            "POST",
            "/",
            {"X-Amz-Target": "KinesisAnalytics_20180523.ListApplications"},
            "kinesisanalytics",
            "kinesisanalyticsv2",
        ),
        (
            "POST",
            "/service/MailManagerSvc/operation/ListRelays",
            {"smithy-protocol": "rpc-v2-cbor"},
            "ses",
            "mailmanager",
        ),
        ("GET", "/prod/v2/apis", {}, "execute-api", "execute-api"),
        ("GET", "/no/such/path", {}, "lex", "lexv2-models"),
    ],
)
def test_services_that_share_a_scope_are_told_apart(http_request, method, target, headers, scope, name):
    credential = f"AWS4-HMAC-SHA256 Credential=AKID/20250101/us-east-1/{scope}/aws4_request, SignedHeaders=host"
    request = http_request(method, target, headers={**headers, "Authorization": credential})
    assert identify_service(request, default_region="us-east-1").name == name


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("metering.marketplace.us-east-1.amazonaws.com", "meteringmarketplace"),
        ("api.ecr-public.us-east-1.amazonaws.com", "ecr-public"),
        ("data.jobs.iot.us-east-1.amazonaws.com", "iot-jobs-data"),
        ("models-v2-lex.us-east-1.amazonaws.com", "lexv2-models"),
        ("global.health.amazonaws.com", "health"),
        ("codecatalyst.global.api.aws", "codecatalyst"),
        ("portal.sso.us-east-1.amazonaws.com", "sso"),
        ("sso.us-east-1.amazonaws.com", "sso-admin"),
        ("maps.geo.us-east-1.amazonaws.com", "geo-maps"),
    ],
)
def test_host_names_call_services_otherwise_than_botocore_does(http_request, host, name):
    assert identify_service(http_request("POST", host=host), default_region="us-east-1").name == name


@cache
def _model(name: str) -> dict[str, Any]:
    # API Gateway's own front door has no model; it shares host and scope with the API of its connections.
    name = "apigatewaymanagementapi" if name in NO_MODEL else name
    versions = sorted((Path(botocore.__file__).parent / "data" / name).glob("*/service-2.json.gz"))
    model = json.loads(gzip.decompress(versions[-1].read_bytes()))
    return {"metadata": model["metadata"], "operations": list(model["operations"])}


@pytest.mark.parametrize("row", [row for row in SERVICES if row.name not in NO_MODEL], ids=lambda row: row.name)
def test_the_table_of_names_agrees_with_botocore(row: ServiceName):
    metadata = _model(row.name)["metadata"]
    protocol = metadata["protocol"]
    if protocol == "json":
        protocol = f"json-{metadata['jsonVersion']}"
    assert row.label == metadata["endpointPrefix"]
    assert row.scope == metadata.get("signingName", row.label.rpartition(".")[2])
    assert row.target == metadata.get("targetPrefix", "")
    assert row.protocol == ("s3" if row.name == "s3" else protocol)


@cache
def _partitions() -> dict[str, Any]:
    return botocore.session.get_session().get_component("data_loader").load_data("partitions")


def _default_endpoint(name: str, label: str) -> tuple[str, str]:
    """Return the host that SDKs send a service's calls to, and the Region that they sign for."""
    rules = botocore.session.get_session().get_component("data_loader").load_service_model(name, "endpoint-rule-set-1")
    try:
        endpoint = EndpointProvider(rules, _partitions()).resolve_endpoint(Region="us-east-1")
    except EndpointResolutionError:  # it depends on what an operation is asked
        return f"{label}.us-east-1.amazonaws.com", "us-east-1"
    (scheme, *_) = endpoint.properties.get("authSchemes") or [{}]
    return str(urlsplit(endpoint.url).hostname), scheme.get("signingRegion", "us-east-1")


@pytest.mark.parametrize("name", botocore.session.get_session().get_available_services())
@pytest.mark.parametrize("by", ["the host name of AWS's", "a door's URL"])
def test_every_service_of_botocore_is_known_and_its_signature_taken(http_request, name, by):
    metadata, operations = _model(name)["metadata"], _model(name)["operations"]
    label = metadata["endpointPrefix"]
    scope, prefix = metadata.get("signingName", label), metadata.get("targetPrefix", "")
    host, region = _default_endpoint(name, label)
    credential = f"AKID/20250101/{region}/{scope}/aws4_request"
    signature = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, Signature=0"
    headers = {"Authorization": signature} | ({"X-Amz-Target": f"{prefix}.{operations[0]}"} if prefix else {})
    headers |= {"X-Amz-Date": "20250101T000000Z"}
    request = http_request("POST", host=host if by.startswith("the") else "127.0.0.1:4566", headers=headers)
    service = identify_service(request, default_region="us-east-1")
    authorization = parse_authorization(request, None, region=service.region, s3=False)
    assert isinstance(authorization, Authorization)
    assert wrong_scope(authorization, service) is None
    found = _model(service.name)["metadata"]
    assert found.get("signingName", found["endpointPrefix"]) == scope
    if prefix:
        assert service.name == name or found["targetPrefix"] == prefix
