"""Which service a request is for."""

from __future__ import annotations

import re
from functools import lru_cache

from vpce_emulator.aws import service_names
from vpce_emulator.aws.authorization_header import credential_scope
from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.form_requests import QUEUE_PATH
from vpce_emulator.aws.hosts import bucket_of_localhost, parse_host
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.service_models import service_model
from vpce_emulator.aws.service_names import ServiceName

# Services whose Region is always this one, whatever name they are called by
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requestedregion).
_GLOBAL_REGION = "us-east-1"
_GLOBAL_SERVICES = frozenset({"iam", "route53", "cloudfront", "organizations"})
_S3_CONTROL_PATH = "/v20180820/"
_CBOR_PATH = re.compile(r"/service/([A-Za-z0-9_.]+)/operation/([A-Za-z0-9_]+)")
_SQS_VERSION = "Version=2012-11-05"
_RPC = frozenset({Protocol.JSON_1_0, Protocol.JSON_1_1, Protocol.CBOR, Protocol.QUERY})


def identify_service(request: HttpRequest, *, default_region: str, hint: str | None = None) -> Service:
    """Return the service that a request is for, and the protocol it speaks.

    Asked in this order: the Host header, when it is a name of AWS's; the scope of the signature; `X-Amz-Target`; the
    hint. What says none of these is a request to S3, the only service with unsigned requests of any form, or to STS,
    which gives sessions to whoever has a web identity or a SAML assertion, and no keys.

    Args:
        request: its head.
        default_region: the Region of requests that name none.
        hint: the service whose endpoint's door the request came in by: botocore's name, or what follows
            `com.amazonaws.<region>.` in the endpoint service's name.
    """
    host = parse_host(request.host)
    scope_region, scope = credential_scope(request)
    if host is not None and host.label:
        name = _by_label(host.label)
        region = host.region or scope_region
    else:
        name = _by_scope(scope) if scope else _by_target(request) or _by_hint(hint or _keyless(request))
        region = scope_region
    return _service(_refined(name, request), request, region or default_region)


@lru_cache(maxsize=1024)
def endpoint_serves(segment: str, service: Service) -> bool:
    """Return whether a VPC endpoint leads to a service.

    Args:
        segment: what follows `com.amazonaws.<region>.` in the endpoint service's name: `s3`, `ecr.api`, `sqs-fips`.
        service: the service that a request is for. Services that share a signing name share their endpoints.
    """
    return _by_hint(segment.removesuffix("-fips")).scope == service_named(service.name).scope


@lru_cache(maxsize=1024)
def _by_label(label: str) -> ServiceName:
    return service_named(service_names.NAME_OF_LABEL.get(label, label))


@lru_cache(maxsize=1024)
def _by_scope(scope: str) -> ServiceName:
    return service_named(service_names.NAME_OF_SCOPE.get(scope, scope))


@lru_cache(maxsize=1024)
def _by_hint(hint: str) -> ServiceName:
    """Return the row of a service by botocore's name, or as endpoint services are named: `ecr.api` for `api.ecr`."""
    label = ".".join(reversed(hint.split(".")))
    return service_names.BY_NAME.get(hint) or _by_label(label)


@lru_cache(maxsize=1024)
def service_named(name: str) -> ServiceName:
    """Return the row of a service, made from botocore's model when the table has none.

    A name that botocore does not know either is taken as it is: the request then fails where AWS has no such service.
    """
    row = service_names.BY_NAME.get(name)
    if row is not None:
        return row
    model = service_model(name)
    if model is None:
        return ServiceName(name, Protocol.REST_JSON, name, name, name)
    prefix = service_names.IAM_PREFIXES.get(name, model.scope)
    return ServiceName(name, model.protocol, prefix, model.label, model.scope, model.target)


def _keyless(request: HttpRequest) -> str:
    """Return the service of an unsigned request to a name that is not AWS's.

    SQS for a form sent to a queue, STS for one sent to no path, S3 for all else.
    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
    """
    content_type = request.headers.get("Content-Type", "")
    form = content_type.startswith("application/x-www-form-urlencoded") and not request.raw_query
    if QUEUE_PATH.fullmatch(request.raw_path):
        posted = request.method == "POST" and form
        return "sqs" if posted or _SQS_VERSION in request.raw_query.split("&") else "s3"
    if request.raw_path != "/" or bucket_of_localhost(request.host):
        return "s3"
    return "sts" if (request.method == "POST" and form) or "Action=AssumeRoleWith" in request.raw_query else "s3"


def _by_target(request: HttpRequest) -> ServiceName | None:
    name = service_names.NAME_OF_TARGET.get(_target(request)[0])
    return service_named(name) if name else None


def _target(request: HttpRequest) -> tuple[str, str]:
    """Return what `X-Amz-Target`, or the path of a CBOR request, names: a service, and its operation."""
    target = request.headers.get("X-Amz-Target")
    if target is not None:
        service, _, operation = target.rpartition(".")
        return service, operation
    named = _CBOR_PATH.fullmatch(request.raw_path)
    return (named[1], named[2]) if named else ("", "")


def _refined(name: ServiceName, request: HttpRequest) -> ServiceName:
    """Tell apart services that share a host name and a scope."""
    if name.name == "s3":
        if request.raw_path.startswith(_S3_CONTROL_PATH) and "x-amz-account-id" in request.headers:
            return service_names.BY_NAME["s3control"]
        return name
    sharing = service_names.NAMES_SHARING_SCOPE.get(name.scope)
    if sharing is None or name.name == "execute-api":  # in whose paths anything may stand
        return name
    target, operation = _target(request)
    if target:
        return _by_operation(name, sharing, target, operation)
    return _by_path(name, sharing, request) if request.raw_path != "/" else name


def _by_operation(name: ServiceName, sharing: tuple[str, ...], target: str, operation: str) -> ServiceName:
    """Return the first of services that has a target and an operation; the given one goes first."""
    for other in (name, *map(service_named, sharing)):
        model = service_model(other.name) if other.target == target else None
        if model is not None and operation in model.operations:
            return other
    return name


def _by_path(name: ServiceName, sharing: tuple[str, ...], request: HttpRequest) -> ServiceName:
    """Return the first of services that has an operation at a request's method and path; the given one goes first."""
    for other in (name.name, *sharing):
        model = service_model(other)
        if model is not None and model.operation(request.method, request.raw_path, request.raw_query) is not None:
            return service_named(other)
    return name


@lru_cache(maxsize=512)
def host_label(name: str) -> str:
    """Return what a service's host names begin with.

    Args:
        name: botocore's name of the service; an unknown one is its own label.
    """
    return service_named(name).label


def _service(name: ServiceName, request: HttpRequest, region: str) -> Service:
    protocol = _spoken(name.protocol, request) if name.protocol in _RPC else name.protocol
    return _made(name, _GLOBAL_REGION if name.name in _GLOBAL_SERVICES else region, protocol)


@lru_cache(maxsize=4096)
def _made(name: ServiceName, region: str, protocol: Protocol) -> Service:
    return Service(name.name, region, protocol, name.iam_prefix)


def _spoken(protocol: Protocol, request: HttpRequest) -> Protocol:
    """Return the protocol of this request: SQS and CloudWatch, for example, are spoken to in more than one."""
    content_type = request.headers.get("Content-Type", "")
    if content_type.startswith("application/x-amz-json-1."):
        return Protocol.JSON_1_0 if content_type.startswith("application/x-amz-json-1.0") else Protocol.JSON_1_1
    if "smithy-protocol" in request.headers:
        return Protocol.CBOR
    if content_type.startswith("application/x-www-form-urlencoded") or "Action=" in request.raw_query:
        return Protocol.QUERY
    return protocol
