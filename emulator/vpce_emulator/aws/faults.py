"""What AWS answers when it does not do as asked: error codes, texts and bodies, per protocol.

A `Fault` says what is wrong; only `render` knows how the service at hand writes that down.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple
from xml.sax.saxutils import escape

from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.http import HttpResponse


class FaultKind(StrEnum):
    """What can be wrong with a request, named by S3's error code where it has one."""

    ACCESS_DENIED = "AccessDenied"
    AUTHORIZATION_MALFORMED = "AuthorizationHeaderMalformed"
    AUTHORIZATION_QUERY = "AuthorizationQueryParametersError"
    CONTENT_SHA256_MISMATCH = "XAmzContentSHA256Mismatch"
    ENTITY_TOO_LARGE = "EntityTooLarge"
    EXPIRED_TOKEN = "ExpiredToken"  # noqa: S105 - an error code
    INTERNAL_ERROR = "InternalError"
    INVALID_ACCESS_KEY_ID = "InvalidAccessKeyId"
    INVALID_ARGUMENT = "InvalidArgument"
    INVALID_BUCKET_NAME = "InvalidBucketName"
    INVALID_REQUEST = "InvalidRequest"
    INVALID_TOKEN = "InvalidToken"  # noqa: S105 - an error code
    INVALID_URI = "InvalidURI"
    MALFORMED_BODY = "MalformedXML"
    MALFORMED_POLICY = "MalformedPolicy"
    METHOD_NOT_ALLOWED = "MethodNotAllowed"
    MISSING_AUTHENTICATION = "MissingAuthenticationToken"
    NO_SUCH_BUCKET = "NoSuchBucket"
    NOT_IMPLEMENTED = "NotImplemented"
    PRECONDITION_FAILED = "PreconditionFailed"
    REQUEST_EXPIRED = "RequestExpired"
    REQUEST_TIME_TOO_SKEWED = "RequestTimeTooSkewed"
    SERVICE_UNAVAILABLE = "ServiceUnavailable"
    SIGNATURE_DOES_NOT_MATCH = "SignatureDoesNotMatch"
    UNKNOWN_OPERATION = "UnknownOperation"
    VALIDATION = "Validation"


@dataclass(frozen=True, slots=True)
class Fault:
    """A refusal, before it is written in a service's own way.

    Attributes:
        kind: what is wrong.
        message: the text for the caller; empty for the text AWS has for this kind.
        details: S3's further elements (`BucketName`, `Key`, `RequestTime`), in order; other services have none.
        code: the error code and status, where they are not those of the kind.
    """

    kind: FaultKind
    message: str = ""
    details: tuple[tuple[str, str], ...] = ()
    code: Code | None = None


class Code(NamedTuple):
    """An error code with its HTTP status."""

    code: str
    status: int


class _Row(NamedTuple):
    """A kind of fault in each family of protocols, and its usual text."""

    s3: Code
    json: Code
    query: Code
    ec2: Code
    rest: Code
    message: str


def _row(s3: tuple[str, int], json: str, query: tuple[str, int], ec2: tuple[str, int], rest: int, message: str) -> _Row:
    """Return a row; JSON services answer 400 (5xx with S3's status), REST services use JSON's code with a status."""
    status = s3[1] if s3[1] >= 500 else 400
    return _Row(Code(*s3), Code(json, status), Code(*query), Code(*ec2), Code(json, rest), message)


# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (S3),
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html (JSON),
# https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html (query),
# https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-errors.html (EC2).
_CODES: Mapping[FaultKind, _Row] = MappingProxyType(
    {
        FaultKind.ACCESS_DENIED: _row(
            ("AccessDenied", 403),
            "AccessDeniedException",
            ("AccessDenied", 403),
            ("UnauthorizedOperation", 403),
            403,
            "Access Denied",
        ),
        FaultKind.AUTHORIZATION_MALFORMED: _row(
            ("AuthorizationHeaderMalformed", 400),
            "IncompleteSignatureException",
            ("IncompleteSignature", 400),
            ("IncompleteSignature", 400),
            403,
            "The authorization header that you provided is not valid.",
        ),
        FaultKind.AUTHORIZATION_QUERY: _row(
            ("AuthorizationQueryParametersError", 400),
            "IncompleteSignatureException",
            ("IncompleteSignature", 400),
            ("IncompleteSignature", 400),
            403,
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
            "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        ),
        FaultKind.CONTENT_SHA256_MISMATCH: _row(
            ("XAmzContentSHA256Mismatch", 400),
            "InvalidSignatureException",
            ("SignatureDoesNotMatch", 403),
            ("AuthFailure", 401),
            403,
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ),
        FaultKind.ENTITY_TOO_LARGE: _row(
            ("EntityTooLarge", 400),
            "RequestEntityTooLargeException",
            ("RequestEntityTooLarge", 413),
            ("RequestEntityTooLarge", 413),
            413,
            "Your proposed upload exceeds the maximum allowed size",
        ),
        FaultKind.EXPIRED_TOKEN: _row(
            ("ExpiredToken", 400),
            "ExpiredTokenException",
            ("ExpiredToken", 403),
            ("RequestExpired", 400),
            403,
            "The security token included in the request is expired",
        ),
        FaultKind.INTERNAL_ERROR: _row(
            ("InternalError", 500),
            "InternalServerError",
            ("InternalFailure", 500),
            ("InternalError", 500),
            500,
            "We encountered an internal error. Please try again.",
        ),
        FaultKind.INVALID_ACCESS_KEY_ID: _row(
            ("InvalidAccessKeyId", 403),
            "UnrecognizedClientException",
            ("InvalidClientTokenId", 403),
            ("AuthFailure", 401),
            403,
            "The security token included in the request is invalid.",
        ),
        FaultKind.INVALID_ARGUMENT: _row(
            ("InvalidArgument", 400),
            "ValidationException",
            ("InvalidParameterValue", 400),
            ("InvalidParameterValue", 400),
            400,
            "Invalid Argument",
        ),
        FaultKind.INVALID_BUCKET_NAME: _row(
            ("InvalidBucketName", 400),
            "ValidationException",
            ("ValidationError", 400),
            ("InvalidParameterValue", 400),
            400,
            "The specified bucket is not valid.",
        ),
        FaultKind.INVALID_REQUEST: _row(
            ("InvalidRequest", 400),
            "ValidationException",
            ("ValidationError", 400),
            ("InvalidRequest", 400),
            400,
            "Invalid Request",
        ),
        FaultKind.INVALID_TOKEN: _row(
            ("InvalidToken", 400),
            "UnrecognizedClientException",
            ("InvalidClientTokenId", 403),
            ("AuthFailure", 401),
            403,
            "The security token included in the request is invalid.",
        ),
        FaultKind.INVALID_URI: _row(
            ("InvalidURI", 400),
            "ValidationException",
            ("ValidationError", 400),
            ("InvalidRequest", 400),
            400,
            "Couldn't parse the specified URI.",
        ),
        FaultKind.MALFORMED_BODY: _row(
            ("MalformedXML", 400),
            "SerializationException",
            ("MalformedInput", 400),
            ("InvalidRequest", 400),
            400,
            "The XML you provided was not well-formed or did not validate against our published schema",
        ),
        FaultKind.MALFORMED_POLICY: _row(
            ("MalformedPolicy", 400),
            "MalformedPolicyDocumentException",
            ("MalformedPolicyDocument", 400),
            ("InvalidPolicyDocument", 400),
            400,
            "Policies must be valid JSON and the first byte must be '{'",
        ),
        FaultKind.METHOD_NOT_ALLOWED: _row(
            ("MethodNotAllowed", 405),
            "UnknownOperationException",
            ("InvalidAction", 400),
            ("InvalidAction", 400),
            405,
            "The specified method is not allowed against this resource.",
        ),
        FaultKind.MISSING_AUTHENTICATION: _row(
            ("AccessDenied", 403),
            "MissingAuthenticationTokenException",
            ("MissingAuthenticationToken", 403),
            ("AuthFailure", 401),
            403,
            "Missing Authentication Token",
        ),
        FaultKind.NO_SUCH_BUCKET: _row(
            ("NoSuchBucket", 404),
            "ResourceNotFoundException",
            ("NoSuchEntity", 404),
            ("InvalidParameterValue", 400),
            404,
            "The specified bucket does not exist",
        ),
        FaultKind.NOT_IMPLEMENTED: _row(
            ("NotImplemented", 501),
            "NotImplementedException",
            ("NotImplemented", 501),
            ("NotImplemented", 501),
            501,
            "A header you provided implies functionality that is not implemented",
        ),
        FaultKind.PRECONDITION_FAILED: _row(
            ("PreconditionFailed", 412),
            "ValidationException",
            ("ValidationError", 400),
            ("InvalidRequest", 400),
            412,
            "At least one of the pre-conditions you specified did not hold",
        ),
        FaultKind.REQUEST_EXPIRED: _row(
            ("AccessDenied", 403),
            "InvalidSignatureException",
            ("SignatureDoesNotMatch", 403),
            ("RequestExpired", 400),
            403,
            "Request has expired",
        ),
        FaultKind.REQUEST_TIME_TOO_SKEWED: _row(
            ("RequestTimeTooSkewed", 403),
            "InvalidSignatureException",
            ("SignatureDoesNotMatch", 403),
            ("RequestExpired", 400),
            403,
            "The difference between the request time and the current time is too large.",
        ),
        FaultKind.SERVICE_UNAVAILABLE: _row(
            ("ServiceUnavailable", 503),
            "ServiceUnavailable",
            ("ServiceUnavailable", 503),
            ("Unavailable", 503),
            503,
            "Service is unable to handle request.",
        ),
        FaultKind.SIGNATURE_DOES_NOT_MATCH: _row(
            ("SignatureDoesNotMatch", 403),
            "InvalidSignatureException",
            ("SignatureDoesNotMatch", 403),
            ("AuthFailure", 401),
            403,
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details.",
        ),
        FaultKind.UNKNOWN_OPERATION: _row(
            ("MethodNotAllowed", 405),
            "UnknownOperationException",
            ("InvalidAction", 400),
            ("InvalidAction", 400),
            404,
            "The action or operation requested is invalid. Verify that the action is typed correctly.",
        ),
        FaultKind.VALIDATION: _row(
            ("InvalidRequest", 400),
            "ValidationException",
            ("ValidationError", 400),
            ("InvalidParameterValue", 400),
            400,
            "The input fails to satisfy the constraints specified by an AWS service.",
        ),
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
        FaultKind.UNKNOWN_OPERATION: "The specified method is not allowed against this resource.",
    }
)

# Services with a code of their own. https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html: AuthorizationError.
_OWN_CODES: Mapping[tuple[str, FaultKind], Code] = MappingProxyType(
    {("sns", FaultKind.ACCESS_DENIED): Code("AuthorizationError", 403)}
)

# What stands before the code in `__type`: the common errors are those of AWS's own service framework.
_CORAL = "com.amazon.coral.service#"
_TYPE_PREFIXES: Mapping[str, str] = MappingProxyType(
    {"ValidationException": "com.amazon.coral.validate#", "ResourceNotFoundException": ""}
)

# The namespaces of query services' answers, from botocore's models; services not listed are written without one.
_NAMESPACES: Mapping[str, str] = MappingProxyType(
    {
        "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
        "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
        "sns": "http://sns.amazonaws.com/doc/2010-03-31/",
        "sqs": "http://queue.amazonaws.com/doc/2012-11-05/",
        "cloudwatch": "http://monitoring.amazonaws.com/doc/2010-08-01/",
        "cloudformation": "http://cloudformation.amazonaws.com/doc/2010-05-15/",
        "autoscaling": "http://autoscaling.amazonaws.com/doc/2011-01-01/",
        "elbv2": "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
        "rds": "http://rds.amazonaws.com/doc/2014-10-31/",
        "route53": "https://route53.amazonaws.com/doc/2013-04-01/",
    }
)

# Services that moved from the query protocol and still tell the old error code beside the new one
# (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait).
_QUERY_COMPATIBLE = frozenset({"sqs", "cloudwatch"})

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# The phrases of each layer, by its name in a decision: implicit and explicit denial. Since nothing of an RCP is ever
# missing (AWS attaches RCPFullAWSAccess to everything), its implicit phrase is its explicit one.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
_PHRASES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "vpc_endpoint": ("because no VPC endpoint policy allows the {} action", "in a VPC endpoint policy"),
        "resource": ("because no resource-based policy allows the {} action", "in a resource-based policy"),
        "identity": ("because no identity-based policy allows the {} action", "in an identity-based policy"),
        "permissions_boundary": (
            "because no permissions boundary allows the {} action",
            "in a permissions boundary",
        ),
        "session": ("because no session policy allows the {} action", "in a session policy"),
        "scp": ("because no service control policy allows the {} action", "in a service control policy"),
        "rcp": ("with an explicit deny in a resource control policy", "in a resource control policy"),
    }
)

# How services spell the actions of their messages.
_SPELLINGS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"sns": lambda action: "SNS:" + action.partition(":")[2], "sqs": str.lower}
)


def denial_message(principal_arn: str, action: str, resource: str, layer: str, explicit: bool, *, s3: bool) -> str:
    """Return the long text of a denial.

    Args:
        principal_arn: as the caller is named; empty for an anonymous one.
        action: as the service spells it.
        resource: an ARN, or `*`, which S3 does not mention.
        layer: the layer that is reported: `identity`, `resource`, `scp`, `rcp`, `permissions_boundary`, `session` or
            `vpc_endpoint`.
        explicit: whether a Deny statement decided, rather than the lack of an Allow.
        s3: S3 puts the ARN in double quotes, the others do not.
    """
    implicit_phrase, explicit_phrase = _PHRASES[layer]
    on = f' on resource: "{resource}"' if s3 else f" on resource: {resource}"
    reason = f"with an explicit deny {explicit_phrase}" if explicit else implicit_phrase.format(action)
    caller = principal_arn or "anonymous"
    where = "" if s3 and resource == "*" else on
    return f"User: {caller} is not authorized to perform: {action}{where} {reason}"


def access_denied(
    service: Service,
    *,
    principal_arn: str,
    action: str,
    resource: str,
    layer: str,
    explicit: bool,
    detailed: bool = True,
    policy_arn: str = "",
) -> Fault:
    """Return the denial of one action.

    Args:
        service: the service called; it decides the spelling.
        principal_arn: as in `denial_message`.
        action: `s3:GetObject`.
        resource: as in `denial_message`.
        layer: as in `denial_message`.
        explicit: as in `denial_message`.
        detailed: of S3, whether the caller is of the bucket owner's account; others read `Access Denied`, and so do
            anonymous callers (https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html).
        policy_arn: of the policy that denies, when the message is to name it.
    """
    s3 = service.protocol is Protocol.S3
    if s3 and not (detailed and principal_arn):
        return Fault(FaultKind.ACCESS_DENIED)
    spelled = _SPELLINGS.get(service.name, str)(action)
    message = denial_message(principal_arn, spelled, resource, layer, explicit, s3=s3)
    if policy_arn:
        message += f": {policy_arn}"
    if service.protocol is Protocol.EC2:
        message = f"You are not authorized to perform this operation. {message}"
    return Fault(FaultKind.ACCESS_DENIED, message)


def code_of(fault: Fault, service: Service) -> Code:
    """Return the error code and status that a service answers a fault with."""
    if fault.code is not None:
        return fault.code
    own = _OWN_CODES.get((service.name, fault.kind))
    if own is not None:
        return own
    row = _CODES[fault.kind]
    match service.protocol:
        case Protocol.S3:
            return row.s3
        case Protocol.JSON_1_0 | Protocol.JSON_1_1 | Protocol.CBOR:
            return row.json
        case Protocol.QUERY | Protocol.REST_XML:
            return row.query
        case Protocol.EC2:
            return row.ec2
        case Protocol.REST_JSON:
            return row.rest


def message_of(fault: Fault, service: Service) -> str:
    """Return the text that a service answers a fault with."""
    if fault.message:
        return fault.message
    if service.protocol is Protocol.S3 and fault.kind in _S3_MESSAGES:
        return _S3_MESSAGES[fault.kind]
    return _CODES[fault.kind].message


def render(fault: Fault, service: Service, *, request_id: str, host_id: str, method: str) -> HttpResponse:
    """Return a fault as the service's own answer.

    Args:
        fault: what is wrong.
        service: whose answer it is.
        request_id: the id AWS would give the request.
        host_id: S3's second id (`x-amz-id-2`).
        method: of the request: an answer to HEAD has no body.
    """
    code = code_of(fault, service)
    written = _Written(code.code, code.status, message_of(fault, service), fault.details, request_id, host_id)
    response = _FORMS[service.protocol](written, service)
    return HttpResponse(response.status, response.headers) if method == "HEAD" else response


class _Written(NamedTuple):
    """All that a body of any form is made of."""

    code: str
    status: int
    message: str
    details: tuple[tuple[str, str], ...]
    request_id: str
    host_id: str


def _element(name: str, text: str) -> str:
    """Return an XML element; characters that XML cannot hold become U+FFFD."""
    return f"<{name}>{escape(_NOT_XML.sub(chr(0xFFFD), text), {chr(34): '&quot;'})}</{name}>"


def _s3(error: _Written, _service: Service) -> HttpResponse:
    elements = (
        ("Code", error.code),
        ("Message", error.message),
        *error.details,
        ("RequestId", error.request_id),
        ("HostId", error.host_id),
    )
    body = "".join(_element(name, text) for name, text in elements)
    headers = (
        ("x-amz-request-id", error.request_id),
        ("x-amz-id-2", error.host_id),
        ("Content-Type", "application/xml"),
        ("Server", "AmazonS3"),
    )
    return HttpResponse(error.status, headers, f"{_XML}<Error>{body}</Error>".encode())


def _json(error: _Written, service: Service) -> HttpResponse:
    prefix = _TYPE_PREFIXES.get(error.code, _CORAL)
    # AWS spells the member `Message` in denials and `message` elsewhere; SDKs read both.
    member = "Message" if error.code == "AccessDeniedException" else "message"
    text = json.dumps({"__type": prefix + error.code, member: error.message}, separators=(",", ":"))
    body = text.encode()
    headers = [("x-amzn-RequestId", error.request_id), ("Content-Type", f"application/x-amz-{service.protocol}")]
    if service.iam_prefix == "dynamodb":
        headers.append(("x-amz-crc32", str(zlib.crc32(body))))
        headers.append(("Server", "Server"))
    return HttpResponse(error.status, (*headers, *_query_error(error, service)), body)


def _query_error(error: _Written, service: Service) -> tuple[tuple[str, str], ...]:
    if service.name not in _QUERY_COMPATIBLE:
        return ()
    kind = "Receiver" if error.status >= 500 else "Sender"
    return (("x-amzn-query-error", f"{error.code.removesuffix('Exception')};{kind}"),)


def _cbor(error: _Written, service: Service) -> HttpResponse:
    """Write the map of two texts that Smithy's RPC v2 CBOR protocol answers errors with (RFC 8949)."""
    members = {"__type": _CORAL + error.code, "message": error.message}
    texts = (_cbor_text(text) for member in members.items() for text in member)
    headers = (
        ("x-amzn-RequestId", error.request_id),
        ("Content-Type", "application/cbor"),
        ("smithy-protocol", "rpc-v2-cbor"),
        *_query_error(error, service),
    )
    return HttpResponse(error.status, headers, bytes([0xA0 | len(members)]) + b"".join(texts))


def _cbor_text(text: str) -> bytes:
    """Return a text string with its length in four bytes, which every length may have."""
    data = text.encode()
    return b"\x7a" + len(data).to_bytes(4, "big") + data


def _query(error: _Written, service: Service) -> HttpResponse:
    namespace = _NAMESPACES.get(service.name, "")
    opening = f'<ErrorResponse xmlns="{namespace}">' if namespace else "<ErrorResponse>"
    inner = (
        _element("Type", "Receiver" if error.status >= 500 else "Sender")
        + _element("Code", error.code)
        + _element("Message", error.message)
    )
    body = f"{opening}\n  <Error>{inner}</Error>\n  {_element('RequestId', error.request_id)}\n</ErrorResponse>\n"
    headers = (("x-amzn-RequestId", error.request_id), ("Content-Type", "text/xml"))
    return HttpResponse(error.status, headers, body.encode())


def _ec2(error: _Written, _service: Service) -> HttpResponse:
    inner = _element("Code", error.code) + _element("Message", error.message)
    body = (
        f"{_XML}<Response><Errors><Error>{inner}</Error></Errors>{_element('RequestID', error.request_id)}</Response>"
    )
    headers = (
        ("x-amzn-requestid", error.request_id),
        ("Content-Type", "text/xml;charset=UTF-8"),
        ("Server", "AmazonEC2"),
    )
    return HttpResponse(error.status, headers, body.encode())


def _rest_json(error: _Written, _service: Service) -> HttpResponse:
    headers = (
        ("x-amzn-RequestId", error.request_id),
        ("x-amzn-ErrorType", error.code),
        ("Content-Type", "application/json"),
    )
    body = json.dumps({"Message": error.message}, separators=(",", ":"))
    return HttpResponse(error.status, headers, body.encode())


_FORMS: Mapping[Protocol, Callable[[_Written, Service], HttpResponse]] = MappingProxyType(
    {
        Protocol.S3: _s3,
        Protocol.JSON_1_0: _json,
        Protocol.JSON_1_1: _json,
        Protocol.CBOR: _cbor,
        Protocol.QUERY: _query,
        Protocol.REST_XML: _query,
        Protocol.EC2: _ec2,
        Protocol.REST_JSON: _rest_json,
    }
)
