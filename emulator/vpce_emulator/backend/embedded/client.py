"""boto3 clients whose requests go to moto in this process: no socket, no signature, no authorization."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from moto.core.botocore_stubber import MockRawResponse
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.call import Operation, Protocol, Service
from vpce_emulator.aws.http import HttpRequest, HttpResponse
from vpce_emulator.backend.embedded.environment import session
from vpce_emulator.backend.embedded.service_call import ServiceCall

Answer = Callable[[ServiceCall], HttpResponse]

CONFIG = Config(
    signature_version=UNSIGNED,
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    retries={"mode": "standard", "total_max_attempts": 1},
    ignore_configured_endpoint_urls=True,
    # boto3's own is put together from its parts for every request.
    user_agent="vpce-emulator",
)
"""Plain requests, sent once: what fails in this process fails again."""

_making = Lock()
"""boto3 makes clients of one session safely only one at a time."""


def in_process_client(service: str, *, region: str, account_id: str, answer: Answer) -> Any:  # noqa: ANN401 - untyped
    """Return a boto3 client that has its requests answered by `answer`.

    Uses botocore's `before-send` event, whose handlers may answer in place of the network:
    https://botocore.amazonaws.com/v1/documentation/api/latest/topics/events.html
    """
    with _making:
        client = session.client(service, region_name=region, config=CONFIG)
    model = client.meta.service_model
    target = Service(service, region, Protocol(_protocol(model)), model.signing_name)

    def respond(request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:  # noqa: ANN401 - botocore's
        call = _service_call(target, event_name.rpartition(".")[2], account_id, request)
        response = answer(call)
        body = response.body if response.content is None else bytes(response.content)
        return AWSResponse(request.url, response.status, dict(response.headers), MockRawResponse(body))

    client.meta.events.register("before-send", respond)
    return client


def _protocol(model: Any) -> str:  # noqa: ANN401 - botocore's ServiceModel, untyped
    if model.service_name == "s3":
        return "s3"
    protocol: str = model.resolved_protocol
    return f"json-{model.metadata['jsonVersion']}" if protocol == "json" else protocol


def _service_call(service: Service, operation: str, account_id: str, request: AWSPreparedRequest) -> ServiceCall:
    url = urlsplit(request.url)
    headers = CIMultiDict((name, _text(value)) for name, value in request.headers.items())
    bucket, _, key = url.path[1:].partition("/") if service.name == "s3" else ("", "", "")
    return ServiceCall(
        service,
        Operation(operation, bucket=unquote(bucket), key=unquote(key)),
        account_id,
        HttpRequest(request.method, url.netloc, url.path or "/", url.query, CIMultiDictProxy(headers), secure=True),
        _bytes(request.body),
    )


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _bytes(body: Any) -> bytes:  # noqa: ANN401 - botocore passes text, bytes and files
    content = body.read() if hasattr(body, "read") else body
    return content.encode() if isinstance(content, str) else bytes(content or b"")
