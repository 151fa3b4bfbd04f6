"""A request of the query protocols as it is carried out: one form, in the body, whichever way it came.

Its parameters may stand in the URL, as of a signed one that is handed on, and a queue in the path. What carries
requests out tells the protocol by the Content-Type, which such a request need not have.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.fault_codes import Code
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest

_FORMS = frozenset({Protocol.QUERY, Protocol.EC2})
_FORM = "application/x-www-form-urlencoded"
_OF_SIGNATURE = "X-Amz-"
QUEUE_PATH = re.compile(r"/[0-9]{12}/[A-Za-z0-9_-]{1,80}(\.fifo)?/?")
"""The path of a queue's URL."""


def is_form_elsewhere(service: Service, request: HttpRequest) -> bool:
    """Return whether a request has a form, and it is not the one in its body that SDKs send."""
    plain = request.method == "POST" and request.headers.get("Content-Type", "").startswith(_FORM)
    return service.protocol in _FORMS and not (plain and not request.raw_query and request.raw_path == "/")


def as_form(service: Service, request: HttpRequest, body: bytes) -> tuple[HttpRequest, bytes] | Fault:
    """Return a request with all its parameters in its body, but for those of its signature.

    Args:
        service: in a query protocol.
        request: its head, whose signature was verified.
        body: its body, decoded.
    """
    query = parse_qsl(request.raw_query, keep_blank_values=True)
    told = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    parameters = [pair for pair in (*query, *told) if not pair[0].startswith(_OF_SIGNATURE)]
    if service.name == "sqs" and request.raw_path != "/":
        queue = _queue_of_path(request, dict(parameters).get("QueueUrl", ""), service.region)
        if isinstance(queue, Fault):
            return queue
        parameters = [*(pair for pair in parameters if pair[0] != "QueueUrl"), ("QueueUrl", queue)]
        request = replace(request, raw_path="/")
    headers = CIMultiDict(request.headers)
    headers["Content-Type"] = _FORM
    of_signature = urlencode([pair for pair in query if pair[0].startswith(_OF_SIGNATURE)])
    head = replace(request, method="POST", raw_query=of_signature, headers=CIMultiDictProxy(headers))
    return head, urlencode(parameters).encode()


def _queue_of_path(request: HttpRequest, named: str, region: str) -> str | Fault:
    """Return the URL of the queue that a path means, which a parameter may name once more, and no other."""
    path = request.raw_path.rstrip("/")
    url = f"https://sqs.{region}.amazonaws.com{path}"
    agrees = not named or named.partition("://")[2].partition("/")[2] == path[1:] or named == path.rpartition("/")[2]
    if agrees and QUEUE_PATH.fullmatch(path):
        return url
    message = f"The address {named or url} is not valid for this endpoint."
    return Fault(FaultKind.VALIDATION, message, code=Code("InvalidAddress", 404))
