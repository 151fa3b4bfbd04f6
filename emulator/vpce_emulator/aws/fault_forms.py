"""The bodies of AWS's error answers, one form per protocol."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple
from xml.sax.saxutils import escape

from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.fault_codes import QUERY_COMPATIBLE
from vpce_emulator.aws.http import HttpResponse

# What stands before the code in the `__type` of JSON 1.0 and CBOR: errors that every service has are those of AWS's own
# service framework, the others those of the service's model. JSON 1.1 has the code alone. As recorded of DynamoDB, SQS,
# Step Functions (1.0), Kinesis, KMS, EMR and Cognito (1.1), in the public issues and tests of the SDKs.
_CORAL = "com.amazon.coral.service#"
_CORAL_PARTS: Mapping[str, str] = MappingProxyType(
    {
        "ThrottlingException": "com.amazon.coral.availability#",
        "ValidationException": "com.amazon.coral.validate#",
    }
)
_MODEL_NAMESPACES: Mapping[str, str] = MappingProxyType(
    {"dynamodb": "com.amazonaws.dynamodb.v20120810#", "sqs": "com.amazonaws.sqs#"}
)
_MODELLED = frozenset({"InternalServerError", "ResourceNotFoundException"})

# The namespaces of the answers of query and REST services, from botocore's models, which a test holds.
_NAMESPACES: Mapping[str, str] = MappingProxyType(
    {
        "autoscaling": "http://autoscaling.amazonaws.com/doc/2011-01-01/",
        "cloudformation": "http://cloudformation.amazonaws.com/doc/2010-05-15/",
        "cloudfront": "http://cloudfront.amazonaws.com/doc/2020-05-31/",
        "cloudsearch": "http://cloudsearch.amazonaws.com/doc/2013-01-01/",
        "cloudwatch": "http://monitoring.amazonaws.com/doc/2010-08-01/",
        "docdb": "http://rds.amazonaws.com/doc/2014-10-31/",
        "elasticache": "http://elasticache.amazonaws.com/doc/2015-02-02/",
        "elasticbeanstalk": "http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/",
        "elb": "http://elasticloadbalancing.amazonaws.com/doc/2012-06-01/",
        "elbv2": "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
        "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
        "importexport": "http://importexport.amazonaws.com/doc/2010-06-01/",
        "neptune": "http://rds.amazonaws.com/doc/2014-10-31/",
        "rds": "http://rds.amazonaws.com/doc/2014-10-31/",
        "redshift": "http://redshift.amazonaws.com/doc/2012-12-01/",
        "route53": "https://route53.amazonaws.com/doc/2013-04-01/",
        "sdb": "http://sdb.amazonaws.com/doc/2009-04-15/",
        "ses": "http://ses.amazonaws.com/doc/2010-12-01/",
        "sns": "http://sns.amazonaws.com/doc/2010-03-31/",
        "sqs": "http://queue.amazonaws.com/doc/2012-11-05/",
        "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
    }
)

# Services besides S3 whose answers carry a second request id, as recorded.
_WITH_HOST_IDS = frozenset({"kinesis", "s3control"})

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Written(NamedTuple):
    """All that a body of any form is made of."""

    code: str
    query_code: str
    status: int
    message: str
    details: tuple[tuple[str, str], ...]
    request_id: str
    host_id: str


def element(name: str, text: str) -> str:
    """Return an XML element; characters that XML cannot hold become U+FFFD."""
    return f"<{name}>{escape(_NOT_XML.sub(chr(0xFFFD), text), {chr(34): '&quot;'})}</{name}>"


def _s3(error: Written, _service: Service) -> HttpResponse:
    elements = (
        ("Code", error.code),
        ("Message", error.message),
        *error.details,
        ("RequestId", error.request_id),
        ("HostId", error.host_id),
    )
    body = "".join(element(name, text) for name, text in elements)
    headers = (
        ("x-amz-request-id", error.request_id),
        ("x-amz-id-2", error.host_id),
        ("Content-Type", "application/xml"),
        ("Server", "AmazonS3"),
    )
    return HttpResponse(error.status, headers, f"{_XML}<Error>{body}</Error>".encode())


def _json(error: Written, service: Service) -> HttpResponse:
    prefix = _prefix(error.code, service) if service.protocol is Protocol.JSON_1_0 else ""
    text = json.dumps({"__type": prefix + error.code, _member(error.code): error.message}, separators=(",", ":"))
    body = text.encode()
    headers = (*_ids(error, service), ("Content-Type", f"application/x-amz-{service.protocol}"))
    if service.iam_prefix == "dynamodb":
        headers += (("x-amz-crc32", str(zlib.crc32(body))), ("Server", "Server"))
    return HttpResponse(error.status, (*headers, *_query_error(error, service)), body)


def _prefix(code: str, service: Service) -> str:
    if code in _MODELLED:
        return _MODEL_NAMESPACES.get(service.name, "")
    return _CORAL_PARTS.get(code, _CORAL)


def _member(code: str) -> str:
    """Return the name of the text's member: `Message` in denials and `message` elsewhere; SDKs read both."""
    return "Message" if code == "AccessDeniedException" else "message"


def _ids(error: Written, service: Service) -> tuple[tuple[str, str], ...]:
    ids = (("x-amzn-RequestId", error.request_id),)
    return (*ids, ("x-amz-id-2", error.host_id)) if service.name in _WITH_HOST_IDS else ids


def _query_error(error: Written, service: Service) -> tuple[tuple[str, str], ...]:
    if service.name not in QUERY_COMPATIBLE:
        return ()
    return (("x-amzn-query-error", f"{error.query_code};{_whose(error)}"),)


def _whose(error: Written) -> str:
    return "Receiver" if error.status >= 500 else "Sender"


def _cbor(error: Written, service: Service) -> HttpResponse:
    """Write the map of two texts that Smithy's RPC v2 CBOR protocol answers errors with (RFC 8949)."""
    members = {"__type": _prefix(error.code, service) + error.code, "message": error.message}
    texts = (_cbor_text(text) for member in members.items() for text in member)
    headers = (
        *_ids(error, service),
        ("Content-Type", "application/cbor"),
        ("smithy-protocol", "rpc-v2-cbor"),
        *_query_error(error, service),
    )
    return HttpResponse(error.status, headers, bytes([0xA0 | len(members)]) + b"".join(texts))


def _cbor_text(text: str) -> bytes:
    """Return a text string with its length in four bytes, which every length may have."""
    data = text.encode()
    return b"\x7a" + len(data).to_bytes(4, "big") + data


def _query(error: Written, service: Service) -> HttpResponse:
    body = f"{_opening(service)}\n  {_error(error)}\n  {element('RequestId', error.request_id)}\n</ErrorResponse>\n"
    if service.name == "sqs":
        # SQS alone writes a declaration, no line breaks, and an empty element more.
        inner = _error(error).replace("</Error>", "<Detail/></Error>")
        told = element("RequestId", error.request_id)
        body = f'<?xml version="1.0"?>{_opening(service)}{inner}{told}</ErrorResponse>'
    return HttpResponse(error.status, (*_ids(error, service), ("Content-Type", "text/xml")), body.encode())


def _rest_xml(error: Written, service: Service) -> HttpResponse:
    told = element("RequestId", error.request_id)
    if service.name in _WITH_HOST_IDS:
        told += element("HostId", error.host_id)
    body = f'<?xml version="1.0"?>\n{_opening(service)}{_error(error)}{told}</ErrorResponse>'
    return HttpResponse(error.status, (*_ids(error, service), ("Content-Type", "text/xml")), body.encode())


def _opening(service: Service) -> str:
    namespace = _NAMESPACES.get(service.name, "")
    return f'<ErrorResponse xmlns="{namespace}">' if namespace else "<ErrorResponse>"


def _error(error: Written) -> str:
    texts = (("Type", _whose(error)), ("Code", error.code), ("Message", error.message))
    return f"<Error>{''.join(element(name, text) for name, text in texts)}</Error>"


def _ec2(error: Written, _service: Service) -> HttpResponse:
    inner = element("Code", error.code) + element("Message", error.message)
    body = f"{_XML}<Response><Errors><Error>{inner}</Error></Errors>{element('RequestID', error.request_id)}</Response>"
    headers = (
        ("x-amzn-requestid", error.request_id),
        ("Content-Type", "text/xml;charset=UTF-8"),
        ("Server", "AmazonEC2"),
    )
    return HttpResponse(error.status, headers, body.encode())


def _rest_json(error: Written, service: Service) -> HttpResponse:
    headers = (
        *_ids(error, service),
        ("x-amzn-ErrorType", error.code),
        ("Content-Type", "application/json"),
    )
    body = json.dumps({_member(error.code): error.message}, separators=(",", ":"))
    return HttpResponse(error.status, headers, body.encode())


FORMS: Mapping[Protocol, Callable[[Written, Service], HttpResponse]] = MappingProxyType(
    {
        Protocol.S3: _s3,
        Protocol.JSON_1_0: _json,
        Protocol.JSON_1_1: _json,
        Protocol.CBOR: _cbor,
        Protocol.QUERY: _query,
        Protocol.REST_XML: _rest_xml,
        Protocol.EC2: _ec2,
        Protocol.REST_JSON: _rest_json,
    }
)
