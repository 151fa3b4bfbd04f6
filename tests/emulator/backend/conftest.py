"""moto in this process, and a caller that sends it raw requests as a handler would."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import unquote

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.call import Operation, Protocol, Service
from vpce_emulator.aws.http import HttpRequest, HttpResponse
from vpce_emulator.backend.embedded import EmbeddedBackend

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "111122223333"


class Caller:
    """Sends a backend what a request handler would: an operation already told from the request."""

    def __init__(self, backend: EmbeddedBackend, account_id: str = ACCOUNT, region: str = "us-east-1") -> None:
        self.backend = backend
        self.account_id = account_id
        self.region = region

    async def s3(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
        *,
        query: str = "",
        operation: str = "",
        host: str = "s3.us-east-1.amazonaws.com",
        bucket: str | None = None,
    ) -> HttpResponse:
        """Send an S3 request in path style, or to `bucket` when the host names it; a lent content comes as the body."""
        named, _, key = path.removeprefix("/").partition("/") if bucket is None else (bucket, "", path[1:])
        service = Service("s3", self.region, Protocol.S3, "s3")
        request = HttpRequest(method, host, path, query, CIMultiDictProxy(CIMultiDict(headers)))
        what = Operation(operation or f"{method}Something", bucket=named, key=unquote(key))
        answer = await self.backend.forward(service, what, self.account_id, request, body)
        return answer if answer.content is None else replace(answer, body=bytes(answer.content), content=None)

    async def json(self, service: str, target: str, operation: str, body: object, **headers: str) -> HttpResponse:
        """Send a request of a JSON service."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        version = "1.0" if target.startswith(("DynamoDB", "AmazonSQS")) else "1.1"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content_type = {"Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": f"{target}.{operation}"}
        request = HttpRequest("POST", "127.0.0.1:4566", "/", "", CIMultiDictProxy(CIMultiDict(content_type | named)))
        what = Service(service, self.region, Protocol(f"json-{version}"), service)
        return await self.backend.forward(what, Operation(operation), self.account_id, request, sent)

    async def query(self, service: str, operation: str, body: str, **headers: str) -> HttpResponse:
        """Send a request of a service that takes forms."""
        form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        request = HttpRequest("POST", "127.0.0.1:4566", "/", "", CIMultiDictProxy(CIMultiDict(form | headers)))
        what = Service(service, self.region, Protocol.EC2 if service == "ec2" else Protocol.QUERY, service)
        name = operation.partition("&")[0]
        return await self.backend.forward(what, Operation(name), self.account_id, request, body.encode())


@pytest.fixture(scope="session")
def shared_backend() -> EmbeddedBackend:
    return EmbeddedBackend()


@pytest.fixture
def backend(shared_backend: EmbeddedBackend) -> Iterator[EmbeddedBackend]:
    yield shared_backend
    shared_backend.reset()


@pytest.fixture
def caller(backend: EmbeddedBackend) -> Caller:
    return Caller(backend)


@pytest.fixture
def other_caller(backend: EmbeddedBackend) -> Caller:
    return Caller(backend, OTHER_ACCOUNT)
