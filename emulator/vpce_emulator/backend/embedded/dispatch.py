"""One request to moto's response classes and back, in this process: no socket, no WSGI application, no host look-up.

moto can be entered at three depths: its server, its WSGI applications, and the methods that its own decorator calls
(`moto.core.botocore_stubber`). We enter at the third: it answers ten times as many requests per second as the first,
and it is the way in that moto's own tests use most.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, unquote_to_bytes

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationNotFoundError
from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY, Request
from moto.core.request import environ_key_for_header as environ_key
from moto.core.request import should_preserve_original_header_name as is_preserved
from moto.core.utils import get_service_model
from multidict import CIMultiDict, CIMultiDictProxy
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException

from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.content import Content
from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.http import HttpRequest, HttpResponse
from vpce_emulator.aws.quotas import above_quota
from vpce_emulator.aws.rest_as_authorized import RestModel, rest_as_authorized, with_plain_names
from vpce_emulator.aws.validation import invalid_parameters
from vpce_emulator.backend.embedded.iam import EmulatedIamResponse
from vpce_emulator.backend.embedded.organization_policies import EmulatedOrganizationsResponse
from vpce_emulator.backend.embedded.s3_control import answer_s3_control
from vpce_emulator.backend.embedded.service_call import ServiceCall
from vpce_emulator.backend.embedded.sts import EmulatedTokenResponse

Handler = Callable[[Request, str, Any], Any]
"""What moto's urls modules name for a path: called with a request, its URL and its headers."""

MOTO_PACKAGES = {"lambda": "awslambda"}
"""Services whose package in moto is not named as in botocore without the hyphens."""


class NotInMotoError(LookupError):
    """moto has no such service, or the service has no such path."""


class MotoRequest(Request):
    """moto's request, made of a ServiceCall: what the call already knows is not parsed again."""

    from_wsgi_server = True  # the server in front writes the Date header

    def __init__(self, call: ServiceCall, host: str, path: str) -> None:
        query = call.request.raw_query
        self.call = call
        self._path = path
        self._url = f"https://{host}{path}?{query}" if query else f"https://{host}{path}"
        # INVARIANT: no cycle is made, which would hold the body until the next garbage collection.
        super().__init__(_environ(call, host, path), populate_request=False)
        self._cached_data = call.body  # INVARIANT: the body is whole and decoded; werkzeug need not read a stream

    @property
    def raw_path(self) -> str:
        """The path as sent; werkzeug's has lost the encoded slashes."""
        return self._path

    @property
    def raw_url(self) -> str:
        """The URL as sent, under the service's own host name."""
        return self._url

    @property
    def url(self) -> str:  # a cached_property in werkzeug, which decodes
        """The URL as sent; moto looks only for signatures in it."""
        return self._url

    def without_form(self) -> None:
        """Take the body as it is, whatever its Content-Type: curl's default is a form's, and S3 stores the bytes."""
        self.form = ImmutableMultiDict()
        self.files = ImmutableMultiDict()


def _environ(call: ServiceCall, host: str, path: str) -> dict[str, Any]:
    request = call.request
    environ: dict[str, Any] = {}
    preserved = _headers_into(environ, request)
    if "HTTP_AUTHORIZATION" not in environ and "X-Amz-Credential=" in request.raw_query:
        environ["HTTP_AUTHORIZATION"] = _presigned_authorization(request.raw_query)
    environ |= {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": request.raw_query,
        "RAW_URI": path,
        "SERVER_NAME": host,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(call.body),
        "CONTENT_LENGTH": str(len(call.body)),
        "HTTP_HOST": host,
        "HTTP_X_MOTO_ACCOUNT_ID": call.account_id,
        PRESERVED_HEADER_NAMES_ENVIRON_KEY: preserved,
    }
    return environ


def _headers_into(environ: dict[str, Any], request: HttpRequest) -> dict[str, str]:
    """Write the headers as WSGI names them, and return those that S3 must see spelled with underscores."""
    preserved: dict[str, str] = {}
    for name, value in request.headers.items():
        key = environ_key(name)
        if "_" in name:
            # RFC 9110 allows it, WSGI cannot tell it from a hyphen: only object metadata may have one.
            if not is_preserved(name):
                continue
            preserved[key] = name
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    return preserved


def _presigned_authorization(raw_query: str) -> str:
    """Write the scope of a presigned URL as a header: there alone moto looks for the access key."""
    credential = parse_qs(raw_query).get("X-Amz-Credential", [""])[0]
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature="


def canonical_host(service: Service) -> str:
    """Return the service's regional host name, by which moto recognizes service and Region."""
    return _canonical_host(service.name, service.region)


@lru_cache(maxsize=512)
def _canonical_host(service_name: str, region: str) -> str:
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"{_endpoint_prefix(service_name)}.{region}.{suffix}"


@lru_cache(maxsize=512)
def _endpoint_prefix(service_name: str) -> str:
    """Return the first label of a service's host names (`monitoring` of cloudwatch), from moto's own URL patterns."""
    bases: Iterable[str] = _urls_module(service_name).url_bases
    for base in bases:
        if re.match(base, f"https://{service_name}.us-east-1.amazonaws.com"):
            return service_name
    literal = next((found for base in bases if (found := re.match(r"https\?://([a-z0-9\-.\\]+?)\\?\.\(", base))), None)
    return literal.group(1).replace("\\", "") if literal else service_name


@lru_cache(maxsize=512)
def _routes(service_name: str) -> tuple[tuple[re.Pattern[str], Handler], ...]:
    paths: dict[str, Handler] = _urls_module(service_name).url_paths
    return tuple((re.compile(path.format("")), handler) for path, handler in paths.items())


def _urls_module(service_name: str) -> Any:  # noqa: ANN401 - a module of moto, which has no types for it
    package = MOTO_PACKAGES.get(service_name, service_name.replace("-", ""))
    try:
        return import_module(f"moto.{package}.urls")
    except ModuleNotFoundError as missing:
        if missing.name in {f"moto.{package}", f"moto.{package}.urls"}:
            raise NotInMotoError(f"moto has no service {service_name!r}") from None
        raise


OWN_HANDLERS: Mapping[str, Handler] = {
    "iam": EmulatedIamResponse.dispatch,
    "organizations": EmulatedOrganizationsResponse.dispatch,
    "s3control": answer_s3_control,
    "sts": EmulatedTokenResponse.dispatch,
}
"""Services whose one response class we extend."""


def handler_for(service_name: str, path: str) -> Handler:
    """Return what moto calls for a path of a service.

    Raises:
        NotInMotoError: moto does not know the service or the path.
    """
    for pattern, handler in _routes(service_name):
        if pattern.match(path):
            return handler
    raise NotInMotoError(f"moto's {service_name} has nothing at {path}")


def prepare(service_name: str) -> None:
    """Import what the first call to a service would wait for; a service that moto lacks needs nothing."""
    with suppress(NotInMotoError):
        _routes(service_name)
        _endpoint_prefix(service_name)


def answer(call: ServiceCall) -> HttpResponse | Fault:
    """Carry out a call of any service but S3, which has a way of its own (`embedded.s3`), if its parameters are valid.

    Raises:
        NotInMotoError: moto does not know the service or the path.
        Exception: whatever moto stumbles over.
    """
    refused = _refused_parameters(call)
    if refused is not None:
        return refused
    call = as_authorized(call)
    path = call.request.raw_path
    handler = OWN_HANDLERS.get(call.service.name) or handler_for(call.service.name, path)
    request = MotoRequest(call, canonical_host(call.service), path)
    if call.service.protocol not in _WITH_FORMS:
        request.without_form()
    return _with_content_type(carry_out(handler, request), call.service)


_WITH_FORMS = frozenset({Protocol.QUERY, Protocol.EC2})
_IN_JSON = frozenset({Protocol.JSON_1_0, Protocol.JSON_1_1})


def as_authorized(call: ServiceCall) -> ServiceCall:
    """Return a call as it was understood: of a REST protocol, each parameter in its one place; JSON that says it is."""
    if call.service.protocol in _IN_JSON:
        return replace(call, request=_as_json(call))
    model = rest_model(call)
    if model is None:
        return call
    operation = with_plain_names(call.service, call.operation)
    request, body = rest_as_authorized(call.service, operation, model, call.request, call.body)
    return replace(call, operation=operation, request=request, body=body)


def _as_json(call: ServiceCall) -> HttpRequest:
    """Return a request that says what it is: moto takes the protocol from the Content-Type, whatever was authorized."""
    if call.request.headers.get("Content-Type", "").startswith("application/x-amz-json-1."):
        return call.request
    headers = CIMultiDict(call.request.headers)
    headers["Content-Type"] = CONTENT_TYPES[call.service.protocol]
    return replace(call.request, headers=CIMultiDictProxy(headers))


def rest_model(call: ServiceCall) -> RestModel | None:
    """Return the model of a REST call's operation; None for calls in other protocols."""
    if call.service.protocol not in {Protocol.REST_JSON, Protocol.REST_XML}:
        return None
    return _rest_model(call.service.name, call.operation.name)


@lru_cache(maxsize=8192)
def _rest_model(service_name: str, operation_name: str) -> RestModel | None:
    try:
        operation = get_service_model(service_name).operation_model(operation_name)
    except (UnknownServiceError, OperationNotFoundError):
        return None
    return RestModel(operation.http["requestUri"], operation.input_shape)


CONTENT_TYPES: Mapping[Protocol, str] = {
    Protocol.JSON_1_0: "application/x-amz-json-1.0",
    Protocol.JSON_1_1: "application/x-amz-json-1.1",
    Protocol.REST_JSON: "application/json",
    Protocol.QUERY: "text/xml",
    Protocol.REST_XML: "text/xml",
    Protocol.EC2: "text/xml;charset=UTF-8",
    Protocol.CBOR: "application/cbor",
}
"""What services say their answers are. Many of moto's response classes leave it to Flask, which says HTML."""


def _with_content_type(answered: HttpResponse, service: Service) -> HttpResponse:
    if not answered.body or any(name.lower() == "content-type" for name, _ in answered.headers):
        return answered
    return replace(answered, headers=(*answered.headers, ("Content-Type", CONTENT_TYPES[service.protocol])))


def _refused_parameters(call: ServiceCall) -> Fault | None:
    shape = input_shape(call.service.name, call.operation.name)
    if shape is None:
        return None
    invalid = invalid_parameters(call.service, shape, call.request.raw_query, call.body)
    return invalid or above_quota(call.service, call.operation.name, call.request.raw_query, call.body)


_models_read: set[str] = set()


def has_model(service_name: str) -> bool:
    """Return whether the model of a service is in memory already."""
    return service_name in _models_read


@lru_cache(maxsize=8192)
def input_shape(service_name: str, operation_name: str) -> Any:  # noqa: ANN401 - a shape of moto's, untyped
    """Return the shape of an operation's input; None where it takes none, or botocore does not know it."""
    try:
        model = get_service_model(service_name)
    except UnknownServiceError:
        return None
    finally:
        _models_read.add(service_name)
    return model.operation_model(operation_name).input_shape if operation_name in model.operation_names else None


def carry_out(handler: Handler, request: MotoRequest) -> HttpResponse:
    """Call moto, and return what it answered or raised as an answer."""
    try:
        answered = handler(request, request.raw_url, request.headers)
    except HTTPException as error:
        answered = error.code, dict(error.get_headers()), error.get_body()
    status, headers, body = answered if isinstance(answered, tuple) and len(answered) == 3 else (200, {}, answered)
    return http_response(request.method, int(status), headers, body)


NO_BODY = frozenset({204, 304})
"""Statuses whose answers end with the head (RFC 9110, sections 15.3.5 and 15.4.5)."""

NOT_SENT = frozenset({"status", "connection", "content-length"})
"""Entries of moto's header dictionaries that are not headers, or that belong to the server in front."""


LARGEST_BODY = 1 << 20
"""Bytes of a content up to which it is a body, joined where it comes in pieces."""


def http_response(
    method: str, status: int, headers: dict[str, Any], body: str | bytes | Content | None
) -> HttpResponse:
    """Make an answer of what a response class returned: a status, a dictionary of headers, and text, bytes or content.

    An answer to HEAD keeps the Content-Length that moto gave it, which is the length GET would have.
    """
    content = body if isinstance(body, Content) and len(body) > LARGEST_BODY else None
    payload = b"" if content is not None else body.encode() if isinstance(body, str) else bytes(body or b"")
    told = [(name, _one_line(str(value))) for name, value in headers.items()]
    if status in NO_BODY:
        return HttpResponse(status, tuple(header for header in told if not _speaks_of_a_body(header[0])))
    sent = [header for header in told if header[0].lower() not in NOT_SENT]
    if method != "HEAD":
        return HttpResponse(status, tuple(sent), payload, content)
    length = next((value for name, value in told if name.lower() == "content-length"), str(len(payload)))
    return HttpResponse(status, (*sent, ("Content-Length", length)))


def _speaks_of_a_body(name: str) -> bool:
    return name.lower() in NOT_SENT or name.lower().startswith("content-")


def _one_line(value: str) -> str:
    """Keep a value such as `response-content-disposition` from ending its header and beginning another."""
    return value if value.isprintable() else re.sub(r"[\x00-\x1f\x7f]+", " ", value).strip()
