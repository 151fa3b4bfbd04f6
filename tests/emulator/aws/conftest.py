"""Requests to read: written by hand, or made by botocore, which sends the real thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import boto3
import botocore.serialize
import botocore.session
import pytest
from botocore.config import Config
from botocore.model import OperationModel, Shape
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.actions import authorizations
from vpce_emulator.aws.call import ActionOnResource
from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.operation import identify_operation
from vpce_emulator.aws.service import identify_service

ACCESS_KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ACCOUNT = "123456789012"
DOOR = "http://127.0.0.1:4566"
_SESSION = botocore.session.get_session()


def written(
    method: str = "GET",
    target: str = "/",
    *,
    host: str = "127.0.0.1:4566",
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
) -> HttpRequest:
    path, _, query = target.partition("?")
    return HttpRequest(method, host, path, query, CIMultiDictProxy(CIMultiDict(headers)))


@pytest.fixture
def http_request() -> Callable[..., HttpRequest]:
    """A request written by hand."""
    return written


class _Sent(Exception):
    pass


@cache
def _client(service: str, endpoint: str | None, region: str, **config: Any) -> Any:
    client = boto3.client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET,
        config=Config(**config),
    )

    def stop(request: Any, **_: Any) -> None:
        raise _Sent(request)

    client.meta.events.register("before-send", stop)
    return client


def _received(sent: Any) -> tuple[HttpRequest, bytes]:
    """Turn what botocore is about to send into what a server receives."""
    url = urlsplit(sent.url)
    headers = CIMultiDict(
        (name, value.decode() if isinstance(value, bytes) else str(value)) for name, value in sent.headers.items()
    )
    body = sent.body or b""
    content = body.read() if hasattr(body, "read") else body
    request = HttpRequest(sent.method, url.netloc, url.path or "/", url.query, CIMultiDictProxy(headers))
    return request, content.encode() if isinstance(content, str) else bytes(content)


@pytest.fixture
def sdk_request() -> Callable[..., tuple[HttpRequest, bytes]]:
    """A request as boto3 sends it, signed: `sdk_request("s3", "get_object", Bucket=…)`, and its body."""

    def make(
        service: str,
        operation: str,
        /,
        *,
        endpoint: str | None = DOOR,
        region: str = "us-east-1",
        config: Mapping[str, Any] | None = None,
        **parameters: Any,
    ) -> tuple[HttpRequest, bytes]:
        client = _client(service, endpoint, region, **(config or {}))
        with pytest.raises(_Sent) as sent:
            getattr(client, operation)(**parameters)
        return _received(sent.value.args[0])

    return make


@pytest.fixture
def presigned_url() -> Callable[..., HttpRequest]:
    """A request to a URL that boto3 presigned."""

    def make(
        operation: str,
        *,
        method: str = "GET",
        endpoint: str | None = DOOR,
        region: str = "us-east-1",
        version: str | None = "s3v4",
        expires: int = 3600,
        headers: Mapping[str, str] | None = None,
        **parameters: Any,
    ) -> HttpRequest:
        config = {"signature_version": version} if version else {}
        client = _client("s3", endpoint, region, **config)
        url = client.generate_presigned_url(operation, Params=parameters, ExpiresIn=expires)
        parts = urlsplit(url)
        return written(method, f"{parts.path}?{parts.query}", host=parts.netloc, headers=headers or {})

    return make


_SCALARS: Mapping[str, Any] = {
    "integer": 1,
    "long": 1,
    "float": 1,
    "double": 1,
    "boolean": True,
    "blob": b"x",
    "timestamp": "2026-01-01T00:00:00Z",
}


def _value(shape: Shape) -> Any:
    """Return the smallest value of a shape: its required members only."""
    match shape.type_name:
        case "structure":
            names = list(shape.members)[:1] if getattr(shape, "is_tagged_union", False) else shape.required_members
            return {name: _value(shape.members[name]) for name in names}
        case "list":
            return [_value(shape.member)]
        case "map":
            return {"key-name": _value(shape.value)}
    if shape.type_name in _SCALARS:
        return _SCALARS[shape.type_name]
    return shape.enum[0] if shape.enum else "some-name"


def _serialized(model: OperationModel, host: str) -> tuple[HttpRequest, bytes]:
    serializer = botocore.serialize.create_serializer(model.service_model.resolved_protocol, include_validation=False)
    parameters = _value(model.input_shape) if model.input_shape is not None else {}
    sent = serializer.serialize_to_request(parameters, model)
    path, _, query = sent["url_path"].partition("?")
    query = "&".join(part for part in (query, urlencode(sent["query_string"], doseq=True)) if part)
    headers = CIMultiDict((name, str(value)) for name, value in sent["headers"].items())
    body = sent["body"]
    if isinstance(body, dict):
        body = urlencode(body)
    request = HttpRequest(sent["method"], host, path, query, CIMultiDictProxy(headers))
    return request, body.encode() if isinstance(body, str) else body


@pytest.fixture
def modelled_request() -> Callable[..., tuple[HttpRequest, bytes]]:
    """The smallest request for an operation, made from botocore's model: no customization of the SDK's changes it."""

    def make(service: str, operation: str, *, host: str) -> tuple[HttpRequest, bytes]:
        return _serialized(_SESSION.get_service_model(service).operation_model(operation), host)

    return make


@pytest.fixture
def authorized() -> Callable[..., tuple[ActionOnResource, ...] | Fault]:
    """What a request needs leave for, from its head and body alone."""

    def read(request: HttpRequest, body: bytes = b"", **known: Any) -> tuple[ActionOnResource, ...] | Fault:
        service = identify_service(request, default_region="us-east-1", hint=known.pop("hint", None))
        operation = identify_operation(service, request, body)
        if isinstance(operation, Fault):
            return operation
        return authorizations(service, operation, request, body, account_id=ACCOUNT, **known)

    return read
