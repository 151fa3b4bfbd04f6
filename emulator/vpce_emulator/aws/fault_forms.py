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
from vpce_emulator.aws.http import HttpResponse

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


class Written(NamedTuple):
    """All that a body of any form is made of."""

    code: str
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


def _query_error(error: Written, service: Service) -> tuple[tuple[str, str], ...]:
    if service.name not in _QUERY_COMPATIBLE:
        return ()
    kind = "Receiver" if error.status >= 500 else "Sender"
    return (("x-amzn-query-error", f"{error.code.removesuffix('Exception')};{kind}"),)


def _cbor(error: Written, service: Service) -> HttpResponse:
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


def _query(error: Written, service: Service) -> HttpResponse:
    namespace = _NAMESPACES.get(service.name, "")
    opening = f'<ErrorResponse xmlns="{namespace}">' if namespace else "<ErrorResponse>"
    inner = (
        element("Type", "Receiver" if error.status >= 500 else "Sender")
        + element("Code", error.code)
        + element("Message", error.message)
    )
    body = f"{opening}\n  <Error>{inner}</Error>\n  {element('RequestId', error.request_id)}\n</ErrorResponse>\n"
    headers = (("x-amzn-RequestId", error.request_id), ("Content-Type", "text/xml"))
    return HttpResponse(error.status, headers, body.encode())


def _ec2(error: Written, _service: Service) -> HttpResponse:
    inner = element("Code", error.code) + element("Message", error.message)
    body = f"{_XML}<Response><Errors><Error>{inner}</Error></Errors>{element('RequestID', error.request_id)}</Response>"
    headers = (
        ("x-amzn-requestid", error.request_id),
        ("Content-Type", "text/xml;charset=UTF-8"),
        ("Server", "AmazonEC2"),
    )
    return HttpResponse(error.status, headers, body.encode())


def _rest_json(error: Written, _service: Service) -> HttpResponse:
    headers = (
        ("x-amzn-RequestId", error.request_id),
        ("x-amzn-ErrorType", error.code),
        ("Content-Type", "application/json"),
    )
    body = json.dumps({"Message": error.message}, separators=(",", ":"))
    return HttpResponse(error.status, headers, body.encode())


FORMS: Mapping[Protocol, Callable[[Written, Service], HttpResponse]] = MappingProxyType(
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
