"""How AWS's services write their errors."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from pathlib import Path

import botocore.parsers
import botocore.session
import pytest

from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.fault_codes import _OWN_CODES
from vpce_emulator.aws.fault_forms import _NAMESPACES
from vpce_emulator.aws.faults import Code, Fault, FaultKind, access_denied, code_of, denial_message, message_of, render

SESSION = botocore.session.get_session()
S3 = Service("s3", "us-east-1", Protocol.S3, "s3")
DYNAMODB = Service("dynamodb", "us-east-1", Protocol.JSON_1_0, "dynamodb")
SQS = Service("sqs", "us-east-1", Protocol.JSON_1_0, "sqs")
SQS_QUERY = Service("sqs", "us-east-1", Protocol.QUERY, "sqs")
KMS = Service("kms", "us-east-1", Protocol.JSON_1_1, "kms")
STS = Service("sts", "us-east-1", Protocol.QUERY, "sts")
SNS = Service("sns", "us-east-1", Protocol.QUERY, "sns")
EC2 = Service("ec2", "us-east-1", Protocol.EC2, "ec2")
LAMBDA = Service("lambda", "us-east-1", Protocol.REST_JSON, "lambda")
ROUTE53 = Service("route53", "us-east-1", Protocol.REST_XML, "route53")
CLOUDWATCH = Service("cloudwatch", "us-east-1", Protocol.CBOR, "cloudwatch")
ALL = [S3, DYNAMODB, SQS, SQS_QUERY, KMS, STS, SNS, EC2, LAMBDA, ROUTE53, CLOUDWATCH]
USER = "arn:aws:iam::123456789012:user/ann"


def _rendered(fault, service, method="GET"):
    return render(fault, service, request_id="REQUEST", host_id="HOST", method=method)


RECORDED = json.loads((Path(__file__).parent / "data" / "fault-answers.json").read_text(encoding="utf-8"))
REQUEST_IDS = ("x-amz-request-id", "x-amzn-RequestId", "x-amzn-requestid")


@pytest.mark.parametrize(
    "golden", RECORDED, ids=lambda golden: f"{golden['service']}-{golden['protocol']}-{golden['kind']}"
)
def test_an_error_is_written_as_the_service_writes_it(golden):
    service = Service(golden["service"], "us-east-1", Protocol(golden["protocol"]), golden["service"])
    (request_id,) = (golden["headers"][name] for name in REQUEST_IDS if name in golden["headers"])
    fault = Fault(FaultKind[golden["kind"]], golden["message"])
    response = render(
        fault, service, request_id=request_id, host_id=golden["headers"].get("x-amz-id-2", ""), method="GET"
    )
    assert (response.status, response.body.decode()) == (golden["status"], golden["body"])
    assert dict(response.headers) == golden["headers"]


def test_the_details_of_s3_stand_behind_the_message():
    response = _rendered(Fault(FaultKind.NO_SUCH_BUCKET, details=(("BucketName", "b<k"),)), S3)
    assert b"does not exist</Message><BucketName>b&lt;k</BucketName><RequestId>" in response.body


def test_dynamodb_tells_the_checksum_of_its_errors():
    response = _rendered(Fault(FaultKind.ACCESS_DENIED, "no"), DYNAMODB)
    assert dict(response.headers)["x-amz-crc32"] == str(zlib.crc32(response.body))


@pytest.mark.parametrize(("name", "kind"), _OWN_CODES, ids=str)
def test_a_code_of_a_services_own_stands_in_its_model(name, kind):
    listed = {
        shape.metadata.get("error", {}).get("code", shape.name)
        for shape in SESSION.get_service_model(name).error_shapes
    }
    assert _OWN_CODES[name, kind].code in listed


@pytest.mark.parametrize("name", sorted(_NAMESPACES.keys() - {"route53", "cloudfront", "sqs"}))
def test_the_namespace_of_an_answer_is_that_of_the_model(name):
    model = SESSION.get_service_model(name)
    answer = _rendered(Fault(FaultKind.VALIDATION), Service(name, "us-east-1", Protocol.QUERY, name)).body.decode()
    assert answer.startswith(f'<ErrorResponse xmlns="{model.metadata["xmlNamespace"]}">')


def _parsed(response, service):
    model = SESSION.get_service_model(service.name)
    protocol = {
        Protocol.S3: "rest-xml",
        Protocol.JSON_1_0: "json",
        Protocol.JSON_1_1: "json",
        Protocol.CBOR: "smithy-rpc-v2-cbor",
    }.get(service.protocol, service.protocol.value)
    parser = botocore.parsers.create_parser(protocol)
    operation = model.operation_model(model.operation_names[0])
    received = {
        "status_code": response.status,
        "headers": botocore.awsrequest.HeadersDict(dict(response.headers)),
        "body": response.body,
        "context": {"operation_name": operation.name},
    }
    if model.is_query_compatible:
        received["headers"]["x-amzn-query-error"] = dict(response.headers).get("x-amzn-query-error", "")
    return parser.parse(received, operation.output_shape)["Error"]


@pytest.mark.parametrize("kind", FaultKind)
@pytest.mark.parametrize("service", ALL, ids=lambda service: f"{service.name}-{service.protocol}")
def test_botocore_reads_the_code_and_the_text_of_every_error(service, kind):
    fault = Fault(kind, 'Text with "quotes", <marks>, ✓ and & more')
    error = _parsed(_rendered(fault, service), service)
    # SDKs tell a service that moved from the query protocol by the codes that it had then.
    moved = service in {SQS, CLOUDWATCH}
    code = code_of(fault, replace(service, protocol=Protocol.QUERY) if moved else service).code
    assert (error["Code"], error["Message"]) == (code, message_of(fault, service))


@pytest.mark.parametrize("kind", FaultKind)
@pytest.mark.parametrize("service", ALL, ids=lambda service: f"{service.name}-{service.protocol}")
def test_every_service_has_a_code_a_status_and_a_text_for_every_kind_of_fault(service, kind):
    code = code_of(Fault(kind), service)
    assert code.code
    assert 400 <= code.status < 600
    assert message_of(Fault(kind), service)


@pytest.mark.parametrize(
    ("kind", "s3", "dynamodb", "sts"),
    [
        (
            "SIGNATURE_DOES_NOT_MATCH",
            ("SignatureDoesNotMatch", 403),
            ("InvalidSignatureException", 400),
            ("SignatureDoesNotMatch", 403),
        ),
        (
            "INVALID_ACCESS_KEY_ID",
            ("InvalidAccessKeyId", 403),
            ("UnrecognizedClientException", 400),
            ("InvalidClientTokenId", 403),
        ),
        (
            "REQUEST_TIME_TOO_SKEWED",
            ("RequestTimeTooSkewed", 403),
            ("InvalidSignatureException", 400),
            ("SignatureDoesNotMatch", 403),
        ),
        ("REQUEST_EXPIRED", ("AccessDenied", 403), ("InvalidSignatureException", 400), ("SignatureDoesNotMatch", 403)),
        ("EXPIRED_TOKEN", ("ExpiredToken", 400), ("ExpiredTokenException", 400), ("ExpiredToken", 403)),
        (
            "MALFORMED_POLICY",
            ("MalformedPolicy", 400),
            ("MalformedPolicyDocumentException", 400),
            ("MalformedPolicyDocument", 400),
        ),
        (
            "ENTITY_TOO_LARGE",
            ("EntityTooLarge", 400),
            ("RequestEntityTooLargeException", 400),
            ("RequestEntityTooLarge", 413),
        ),
        (
            "MISSING_AUTHENTICATION",
            ("AccessDenied", 403),
            ("MissingAuthenticationTokenException", 400),
            ("MissingAuthenticationToken", 403),
        ),
        (
            "MISSING_DATE",
            ("AccessDenied", 403),
            ("IncompleteSignatureException", 400),
            ("IncompleteSignature", 400),
        ),
        ("INTERNAL_ERROR", ("InternalError", 500), ("InternalServerError", 500), ("InternalFailure", 500)),
    ],
)
def test_one_fault_has_another_code_in_each_service(kind, s3, dynamodb, sts):
    fault = Fault(FaultKind[kind])
    assert [code_of(fault, service) for service in (S3, DYNAMODB, STS)] == [s3, dynamodb, sts]


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.INVALID_ACCESS_KEY_ID,
        FaultKind.INVALID_TOKEN,
        FaultKind.MISSING_AUTHENTICATION,
        FaultKind.SIGNATURE_DOES_NOT_MATCH,
    ],
)
def test_ec2_does_not_say_why_it_does_not_believe_a_caller(kind):
    fault = Fault(kind, "The Canonical String for this request should have been 'POST'")
    assert code_of(fault, EC2) == ("AuthFailure", 401)
    assert message_of(fault, EC2) == "AWS was not able to validate the provided access credentials"


@pytest.mark.parametrize("service", [DYNAMODB, KMS, STS, SNS, LAMBDA, ROUTE53], ids=lambda service: service.name)
@pytest.mark.parametrize("kind", [FaultKind.INVALID_ACCESS_KEY_ID, FaultKind.INVALID_TOKEN])
def test_services_other_than_s3_and_ec2_call_a_key_nobody_has_a_token(service, kind):
    assert message_of(Fault(kind), service) == "The security token included in the request is invalid."


def test_a_code_given_with_the_fault_is_used():
    assert code_of(Fault(FaultKind.INVALID_REQUEST, code=Code("BadDigest", 400)), S3) == ("BadDigest", 400)


def test_an_answer_to_head_has_no_body():
    response = _rendered(Fault(FaultKind.ACCESS_DENIED), S3, method="HEAD")
    assert (response.status, response.body) == (403, b"")
    assert dict(response.headers)["x-amz-request-id"] == "REQUEST"


def test_what_xml_cannot_hold_is_replaced():
    fault = Fault(FaultKind.INVALID_ARGUMENT, "a\x00b\x1fc", (("Key", "\ufffe\t"),))
    error = _parsed(_rendered(fault, S3), S3)
    assert (error["Message"], error["Key"]) == ("a\ufffdb\ufffdc", "\ufffd\t")


@pytest.mark.parametrize(
    ("layer", "explicit", "reason"),
    [
        ("vpc_endpoint", False, "because no VPC endpoint policy allows the s3:GetObject action"),
        ("vpc_endpoint", True, "with an explicit deny in a VPC endpoint policy"),
        ("resource", False, "because no resource-based policy allows the s3:GetObject action"),
        ("resource", True, "with an explicit deny in a resource-based policy"),
        ("identity", False, "because no identity-based policy allows the s3:GetObject action"),
        ("identity", True, "with an explicit deny in an identity-based policy"),
        ("permissions_boundary", False, "because no permissions boundary allows the s3:GetObject action"),
        ("permissions_boundary", True, "with an explicit deny in a permissions boundary"),
        ("session", False, "because no session policy allows the s3:GetObject action"),
        ("session", True, "with an explicit deny in a session policy"),
        ("scp", False, "because no service control policy allows the s3:GetObject action"),
        ("scp", True, "with an explicit deny in a service control policy"),
        ("rcp", True, "with an explicit deny in a resource control policy"),
    ],
)
def test_a_denial_names_the_layer_that_denied(layer, explicit, reason):
    assert denial_message(USER, "s3:GetObject", "arn:aws:s3:::bk/k", layer, explicit, s3=True) == (
        f'User: {USER} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::bk/k" {reason}'
    )


def _denied(service, action, resource, **changes):
    given = {"principal_arn": USER, "layer": "identity", "explicit": True, **changes}
    return message_of(access_denied(service, action=action, resource=resource, **given), service)


@pytest.mark.parametrize(
    ("service", "action", "resource", "beginning"),
    [
        (
            DYNAMODB,
            "dynamodb:GetItem",
            "arn:t",
            f"User: {USER} is not authorized to perform: dynamodb:GetItem on resource: arn:t with",
        ),
        (S3, "s3:ListAllMyBuckets", "*", f"User: {USER} is not authorized to perform: s3:ListAllMyBuckets with"),
        (
            LAMBDA,
            "lambda:ListFunctions",
            "*",
            f"User: {USER} is not authorized to perform: lambda:ListFunctions on resource: * with",
        ),
        (
            SNS,
            "sns:ListTopics",
            "arn:t",
            f"User: {USER} is not authorized to perform: SNS:ListTopics on resource: arn:t with",
        ),
        (
            SQS,
            "sqs:SendMessage",
            "arn:q",
            f"User: {USER} is not authorized to perform: sqs:sendmessage on resource: arn:q with",
        ),
        (
            EC2,
            "ec2:DescribeVpcs",
            "*",
            f"You are not authorized to perform this operation. User: {USER} is not authorized to perform: "
            "ec2:DescribeVpcs with",
        ),
    ],
)
def test_a_denial_is_spelled_as_the_service_spells_it(service, action, resource, beginning):
    assert _denied(service, action, resource).startswith(beginning)


def test_s3_tells_details_to_callers_of_the_owners_account_only():
    assert _denied(S3, "s3:GetObject", "arn:o", detailed=False) == "Access Denied"
    assert _denied(S3, "s3:GetObject", "arn:o", principal_arn="") == "Access Denied"
    assert "explicit deny" in _denied(DYNAMODB, "dynamodb:GetItem", "arn:o", detailed=False)


def test_a_denial_of_ec2_ends_with_what_is_encoded():
    told = _denied(EC2, "ec2:DeleteVpc", "arn:v", encoded="x_-")
    assert told.endswith("in an identity-based policy. Encoded authorization failure message: x_-")


def test_a_denial_may_name_the_policy():
    arn = "arn:aws:iam::123456789012:policy/p"
    assert _denied(S3, "s3:GetObject", "arn:o", policy_arn=arn).endswith(f"an identity-based policy: {arn}")
