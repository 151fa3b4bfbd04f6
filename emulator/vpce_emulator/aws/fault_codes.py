"""The error codes of AWS's services, and their usual texts.

One kind of fault has another code in each family of protocols; this is the table of them. Sources:
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (S3),
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html (JSON),
https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html (query),
https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-errors.html (EC2).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from vpce_emulator.aws.call import Protocol, Service


class FaultKind(StrEnum):
    """What can be wrong with a request, named by S3's error code where it has one."""

    ACCESS_DENIED = "AccessDenied"
    AUTHORIZATION_MALFORMED = "AuthorizationHeaderMalformed"
    AUTHORIZATION_QUERY = "AuthorizationQueryParametersError"
    CONTENT_SHA256_MISMATCH = "XAmzContentSHA256Mismatch"
    ENTITY_TOO_LARGE = "EntityTooLarge"
    ENTITY_TOO_SMALL = "EntityTooSmall"
    EXPIRED_TOKEN = "ExpiredToken"  # noqa: S105 - an error code
    INTERNAL_ERROR = "InternalError"
    INVALID_ACCESS_KEY_ID = "InvalidAccessKeyId"
    INVALID_ARGUMENT = "InvalidArgument"
    INVALID_BUCKET_NAME = "InvalidBucketName"
    INVALID_POLICY_DOCUMENT = "InvalidPolicyDocument"
    INVALID_REQUEST = "InvalidRequest"
    INVALID_TOKEN = "InvalidToken"  # noqa: S105 - an error code
    INVALID_URI = "InvalidURI"
    MALFORMED_BODY = "MalformedXML"
    MALFORMED_POLICY = "MalformedPolicy"
    METHOD_NOT_ALLOWED = "MethodNotAllowed"
    MISSING_AUTHENTICATION = "MissingAuthenticationToken"
    MISSING_DATE = "MissingDate"
    NO_SUCH_BUCKET = "NoSuchBucket"
    NOT_IMPLEMENTED = "NotImplemented"
    PRECONDITION_FAILED = "PreconditionFailed"
    REQUEST_EXPIRED = "RequestExpired"
    REQUEST_TIME_TOO_SKEWED = "RequestTimeTooSkewed"
    SERVICE_UNAVAILABLE = "ServiceUnavailable"
    SIGNATURE_DOES_NOT_MATCH = "SignatureDoesNotMatch"
    THROTTLING = "SlowDown"
    UNKNOWN_OPERATION = "UnknownOperation"
    VALIDATION = "Validation"


class Code(NamedTuple):
    """An error code with its HTTP status."""

    code: str
    status: int


# The kind, S3's code with its status, and the status of REST services, whose code is that of the JSON services.
_S3_AND_REST = """
ACCESS_DENIED             AccessDenied/403                       403
AUTHORIZATION_MALFORMED   AuthorizationHeaderMalformed/400       403
AUTHORIZATION_QUERY       AuthorizationQueryParametersError/400  403
CONTENT_SHA256_MISMATCH   XAmzContentSHA256Mismatch/400          403
ENTITY_TOO_LARGE          EntityTooLarge/400                     413
ENTITY_TOO_SMALL          EntityTooSmall/400                     400
EXPIRED_TOKEN             ExpiredToken/400                       403
INTERNAL_ERROR            InternalError/500                      500
INVALID_ACCESS_KEY_ID     InvalidAccessKeyId/403                 403
INVALID_ARGUMENT          InvalidArgument/400                    400
INVALID_BUCKET_NAME       InvalidBucketName/400                  400
INVALID_POLICY_DOCUMENT   InvalidPolicyDocument/400              400
INVALID_REQUEST           InvalidRequest/400                     400
INVALID_TOKEN             InvalidToken/400                       403
INVALID_URI               InvalidURI/400                         400
MALFORMED_BODY            MalformedXML/400                       400
MALFORMED_POLICY          MalformedPolicy/400                    400
METHOD_NOT_ALLOWED        MethodNotAllowed/405                   405
MISSING_AUTHENTICATION    AccessDenied/403                       403
MISSING_DATE              AccessDenied/403                       403
NO_SUCH_BUCKET            NoSuchBucket/404                       404
NOT_IMPLEMENTED           NotImplemented/501                     501
PRECONDITION_FAILED       PreconditionFailed/412                 412
REQUEST_EXPIRED           AccessDenied/403                       403
REQUEST_TIME_TOO_SKEWED   RequestTimeTooSkewed/403               403
SERVICE_UNAVAILABLE       ServiceUnavailable/503                 503
SIGNATURE_DOES_NOT_MATCH  SignatureDoesNotMatch/403              403
THROTTLING                SlowDown/503                           429
UNKNOWN_OPERATION         MethodNotAllowed/405                   404
VALIDATION                InvalidRequest/400                     400
"""
# The kind, and the codes of JSON services (whose status is 400, or S3's where the service is at fault), query services
# and EC2.
_OTHERS = """
ACCESS_DENIED             AccessDeniedException                AccessDenied/403                UnauthorizedOperation/403
AUTHORIZATION_MALFORMED   IncompleteSignatureException         IncompleteSignature/400         IncompleteSignature/400
AUTHORIZATION_QUERY       IncompleteSignatureException         IncompleteSignature/400         IncompleteSignature/400
CONTENT_SHA256_MISMATCH   InvalidSignatureException            SignatureDoesNotMatch/403       AuthFailure/401
ENTITY_TOO_LARGE          RequestEntityTooLargeException       RequestEntityTooLarge/413       RequestEntityTooLarge/413
ENTITY_TOO_SMALL          ValidationException                  ValidationError/400             InvalidRequest/400
EXPIRED_TOKEN             ExpiredTokenException                ExpiredToken/403                RequestExpired/400
INTERNAL_ERROR            InternalFailure                      InternalFailure/500             InternalError/500
INVALID_ACCESS_KEY_ID     UnrecognizedClientException          InvalidClientTokenId/403        AuthFailure/401
INVALID_ARGUMENT          ValidationException                  InvalidParameterValue/400       InvalidParameterValue/400
INVALID_BUCKET_NAME       ValidationException                  ValidationError/400             InvalidParameterValue/400
INVALID_POLICY_DOCUMENT   ValidationException                  ValidationError/400             InvalidPolicyDocument/400
INVALID_REQUEST           ValidationException                  ValidationError/400             InvalidRequest/400
INVALID_TOKEN             UnrecognizedClientException          InvalidClientTokenId/403        AuthFailure/401
INVALID_URI               ValidationException                  ValidationError/400             InvalidRequest/400
MALFORMED_BODY            SerializationException               MalformedInput/400              InvalidRequest/400
MALFORMED_POLICY          MalformedPolicyDocumentException     MalformedPolicyDocument/400     InvalidPolicyDocument/400
METHOD_NOT_ALLOWED        UnknownOperationException            InvalidAction/400               InvalidAction/400
MISSING_AUTHENTICATION    MissingAuthenticationTokenException  MissingAuthenticationToken/403  AuthFailure/401
MISSING_DATE              IncompleteSignatureException         IncompleteSignature/400         IncompleteSignature/400
NO_SUCH_BUCKET            ResourceNotFoundException            NoSuchEntity/404                InvalidParameterValue/400
NOT_IMPLEMENTED           NotImplementedException              NotImplemented/501              NotImplemented/501
PRECONDITION_FAILED       ValidationException                  ValidationError/400             InvalidRequest/400
REQUEST_EXPIRED           InvalidSignatureException            SignatureDoesNotMatch/403       RequestExpired/400
REQUEST_TIME_TOO_SKEWED   InvalidSignatureException            SignatureDoesNotMatch/403       RequestExpired/400
SERVICE_UNAVAILABLE       ServiceUnavailable                   ServiceUnavailable/503          Unavailable/503
SIGNATURE_DOES_NOT_MATCH  InvalidSignatureException            SignatureDoesNotMatch/403       AuthFailure/401
THROTTLING                ThrottlingException                  Throttling/400                  RequestLimitExceeded/503
UNKNOWN_OPERATION         UnknownOperationException            InvalidAction/400               InvalidAction/400
VALIDATION                ValidationException                  ValidationError/400             InvalidParameterValue/400
"""

_MESSAGES: Mapping[FaultKind, str] = MappingProxyType(
    {
        FaultKind.ACCESS_DENIED: "Access Denied",
        FaultKind.AUTHORIZATION_MALFORMED: "The authorization header that you provided is not valid.",
        FaultKind.AUTHORIZATION_QUERY: (
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
            "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
        ),
        FaultKind.CONTENT_SHA256_MISMATCH: (
            "The provided 'x-amz-content-sha256' header does not match what was computed."
        ),
        FaultKind.ENTITY_TOO_LARGE: "Your proposed upload exceeds the maximum allowed size",
        FaultKind.ENTITY_TOO_SMALL: "Your proposed upload is smaller than the minimum allowed size",
        FaultKind.EXPIRED_TOKEN: "The security token included in the request is expired",
        FaultKind.INTERNAL_ERROR: "We encountered an internal error. Please try again.",
        FaultKind.INVALID_ACCESS_KEY_ID: "The security token included in the request is invalid.",
        FaultKind.INVALID_ARGUMENT: "Invalid Argument",
        FaultKind.INVALID_BUCKET_NAME: "The specified bucket is not valid.",
        FaultKind.INVALID_POLICY_DOCUMENT: "Invalid Policy: Invalid JSON.",
        FaultKind.INVALID_REQUEST: "Invalid Request",
        FaultKind.INVALID_TOKEN: "The security token included in the request is invalid.",
        FaultKind.INVALID_URI: "Couldn't parse the specified URI.",
        FaultKind.MALFORMED_BODY: (
            "The XML you provided was not well-formed or did not validate against our published schema"
        ),
        FaultKind.MALFORMED_POLICY: "Policies must be valid JSON and the first byte must be '{'",
        FaultKind.METHOD_NOT_ALLOWED: "The specified method is not allowed against this resource.",
        FaultKind.MISSING_AUTHENTICATION: "Missing Authentication Token",
        FaultKind.MISSING_DATE: (
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        ),
        FaultKind.NO_SUCH_BUCKET: "The specified bucket does not exist",
        FaultKind.NOT_IMPLEMENTED: "A header you provided implies functionality that is not implemented",
        FaultKind.PRECONDITION_FAILED: "At least one of the pre-conditions you specified did not hold",
        FaultKind.REQUEST_EXPIRED: "Request has expired",
        FaultKind.REQUEST_TIME_TOO_SKEWED: "The difference between the request time and the current time is too large.",
        FaultKind.SERVICE_UNAVAILABLE: "Service is unable to handle request.",
        FaultKind.SIGNATURE_DOES_NOT_MATCH: (
            "The request signature we calculated does not match the signature you provided. Check your "
            "AWS Secret Access Key and signing method. Consult the service documentation for details."
        ),
        FaultKind.THROTTLING: "Rate exceeded",
        FaultKind.UNKNOWN_OPERATION: (
            "The action or operation requested is invalid. Verify that the action is typed correctly."
        ),
        FaultKind.VALIDATION: "The input fails to satisfy the constraints specified by an AWS service.",
    }
)

# Where S3's own text is not the text of the other services.
_S3_MESSAGES: Mapping[FaultKind, str] = MappingProxyType(
    {
        FaultKind.EXPIRED_TOKEN: "The provided token has expired.",
        FaultKind.INVALID_ACCESS_KEY_ID: "The AWS Access Key Id you provided does not exist in our records.",
        FaultKind.INVALID_TOKEN: "The provided token is malformed or otherwise invalid.",
        FaultKind.MISSING_AUTHENTICATION: "Access Denied",
        FaultKind.SIGNATURE_DOES_NOT_MATCH: "The request signature we calculated does not match the signature you "
        "provided. Check your key and signing method.",
        FaultKind.THROTTLING: "Please reduce your request rate.",
        FaultKind.UNKNOWN_OPERATION: "The specified method is not allowed against this resource.",
    }
)

# What a service says of a kind whatever is wrong in detail. EC2 tells nothing of why it does not believe a caller, and
# S3 nothing of what it was given instead of a date. Undocumented; as recorded in the public issues of the SDKs.
_ONLY_MESSAGES: Mapping[tuple[Protocol, FaultKind], str] = MappingProxyType(
    {
        (Protocol.EC2, kind): "AWS was not able to validate the provided access credentials"
        for kind in (
            FaultKind.CONTENT_SHA256_MISMATCH,
            FaultKind.INVALID_ACCESS_KEY_ID,
            FaultKind.INVALID_TOKEN,
            FaultKind.MISSING_AUTHENTICATION,
            FaultKind.SIGNATURE_DOES_NOT_MATCH,
        )
    }
    | {
        (Protocol.EC2, FaultKind.EXPIRED_TOKEN): "Request has expired.",
        (Protocol.EC2, FaultKind.REQUEST_EXPIRED): "Request has expired.",
        (Protocol.EC2, FaultKind.REQUEST_TIME_TOO_SKEWED): "Request has expired.",
        (Protocol.EC2, FaultKind.THROTTLING): "Request limit exceeded.",
        (Protocol.S3, FaultKind.MISSING_DATE): "AWS authentication requires a valid Date or x-amz-date header",
    }
)

# Services with a code of their own: the service and the kind, and the code with its status. From the errors that
# botocore's model of each service lists, which a test holds; SNS's of denials is from
# https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html.
_OWN = """
sns             ACCESS_DENIED    AuthorizationError/403
sns             INVALID_ARGUMENT InvalidParameter/400
apigateway      THROTTLING       TooManyRequestsException/429
dynamodb        INTERNAL_ERROR   InternalServerError/500
ecr             INTERNAL_ERROR   ServerException/500
events          INTERNAL_ERROR   InternalException/500
iam             INTERNAL_ERROR   ServiceFailure/500
kinesis         INTERNAL_ERROR   InternalFailureException/500
kms             INTERNAL_ERROR   KMSInternalException/500
lambda          INTERNAL_ERROR   ServiceException/500
lambda          INVALID_ARGUMENT InvalidParameterValueException/400
lambda          MALFORMED_BODY   InvalidRequestContentException/400
lambda          THROTTLING       TooManyRequestsException/429
secretsmanager  INTERNAL_ERROR   InternalServiceError/500
sns             INTERNAL_ERROR   InternalError/500
ssm             INTERNAL_ERROR   InternalServerError/500
"""

QUERY_COMPATIBLE = frozenset({"sqs", "cloudwatch"})
"""Services that moved from the query protocol: they answer with its statuses, and tell its codes beside the new ones.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
"""


def _row(s3: str, rest_status: str, json: str, query: str, ec2: str) -> Mapping[str, Code]:
    """Return the codes of one kind by family of protocols."""
    own = _code(s3)
    json_status = own.status if own.status >= 500 and int(rest_status) >= 500 else 400
    return {
        "s3": own,
        "json": Code(json, json_status),
        "query": _code(query),
        "ec2": _code(ec2),
        "rest": Code(json, int(rest_status)),
    }


def _code(text: str) -> Code:
    code, _, status = text.partition("/")
    return Code(code, int(status))


def _table(rows: str) -> dict[str, list[str]]:
    return {kind: codes for kind, *codes in (row.split() for row in rows.split("\n") if row)}


_OWN_CODES: Mapping[tuple[str, FaultKind], Code] = MappingProxyType(
    {(name, FaultKind[kind]): _code(code) for name, kind, code in (row.split() for row in _OWN.split("\n") if row)}
)
_ROWS = {FaultKind[kind]: _row(*codes, *_table(_OTHERS)[kind]) for kind, codes in _table(_S3_AND_REST).items()}
_FAMILIES: Mapping[Protocol, str] = MappingProxyType(
    {
        Protocol.S3: "s3",
        Protocol.JSON_1_0: "json",
        Protocol.JSON_1_1: "json",
        Protocol.CBOR: "json",
        Protocol.QUERY: "query",
        Protocol.REST_XML: "query",
        Protocol.EC2: "ec2",
        Protocol.REST_JSON: "rest",
    }
)


def code_of_kind(kind: FaultKind, service: Service) -> Code:
    """Return the error code and status that a service has for a kind of fault."""
    own = _OWN_CODES.get((service.name, kind))
    if own is not None:
        return own
    code = _ROWS[kind][_FAMILIES[service.protocol]]
    if _FAMILIES[service.protocol] == "json" and service.name in QUERY_COMPATIBLE:
        # As recorded of SQS: a denial is 403 in either protocol.
        return Code(code.code, _ROWS[kind]["query"].status)
    return code


def query_code_of_kind(kind: FaultKind) -> str:
    """Return the error code that services of the query protocol have for a kind of fault."""
    return _ROWS[kind]["query"].code


def message_of_kind(kind: FaultKind, service: Service, told: str = "") -> str:
    """Return the text that a service has for a kind of fault.

    Args:
        kind: what is wrong.
        service: who says so.
        told: what is wrong in detail, which most services say where it is known.
    """
    only = _ONLY_MESSAGES.get((service.protocol, kind))
    if only or told:
        return only or told
    own = _S3_MESSAGES.get(kind) if service.protocol is Protocol.S3 else None
    return own or _MESSAGES[kind]
