"""Which service a request is for."""

from __future__ import annotations

from functools import lru_cache

from vpce_emulator.aws import service_names
from vpce_emulator.aws.authorization_header import credential_scope
from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.hosts import parse_host
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.service_models import service_model
from vpce_emulator.aws.service_names import ServiceName

# Services whose Region is always this one, whatever name they are called by
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requestedregion).
_GLOBAL_REGION = "us-east-1"
_GLOBAL_SERVICES = frozenset({"iam", "route53", "cloudfront", "organizations"})
_S3_CONTROL_PATH = "/v20180820/"
_RPC = frozenset({Protocol.JSON_1_0, Protocol.JSON_1_1, Protocol.CBOR, Protocol.QUERY})


def identify_service(request: HttpRequest, *, default_region: str, hint: str | None = None) -> Service:
    """Return the service that a request is for, and the protocol it speaks.

    Asked in this order: the Host header, when it is a name of AWS's; the scope of the signature; `X-Amz-Target`; the
    hint. What says none of these is a request to S3, the only service with unsigned requests of any form.

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
        name = _by_scope(scope) if scope else _by_target(request) or _by_hint(hint or "s3")
        region = scope_region
    return _service(_refined(name, request), request, region or default_region)


@lru_cache(maxsize=1024)
def endpoint_serves(segment: str, service: Service) -> bool:
    """Return whether a VPC endpoint leads to a service.

    Args:
        segment: what follows `com.amazonaws.<region>.` in the endpoint service's name: `s3`, `ecr.api`, `sqs-fips`.
        service: the service that a request is for. Services that share a signing name share their endpoints.
    """
    known = service_names.BY_NAME.get(service.name)
    return _by_hint(segment.removesuffix("-fips")).scope == (known.scope if known else service.name)


@lru_cache(maxsize=1024)
def _by_label(label: str) -> ServiceName:
    return service_names.BY_LABEL.get(label) or _by_name(label)


@lru_cache(maxsize=1024)
def _by_scope(scope: str) -> ServiceName:
    return service_names.BY_SCOPE.get(scope) or _by_name(scope)


@lru_cache(maxsize=1024)
def _by_hint(hint: str) -> ServiceName:
    """Return the row of a service by botocore's name, or as endpoint services are named: `ecr.api` for `api.ecr`."""
    label = ".".join(reversed(hint.split(".")))
    return service_names.BY_NAME.get(hint) or _by_label(label)


@lru_cache(maxsize=1024)
def _by_name(name: str) -> ServiceName:
    """Return the row of a service, made from botocore's model when the table has none.

    A name that botocore does not know either is taken as it is: the request then fails where AWS has no such service.
    """
    row = service_names.BY_NAME.get(name)
    if row is not None:
        return row
    model = service_model(name)
    if model is None:
        return ServiceName(name, Protocol.REST_JSON, name, name, name)
    return ServiceName(name, model.protocol, model.scope, model.label, model.scope, model.target)


def _by_target(request: HttpRequest) -> ServiceName | None:
    target = request.headers.get("X-Amz-Target")
    return service_names.BY_TARGET.get(target.rpartition(".")[0]) if target else None


def _refined(name: ServiceName, request: HttpRequest) -> ServiceName:
    """Tell apart services that share a host name and a scope."""
    if name.name == "s3":
        if request.raw_path.startswith(_S3_CONTROL_PATH) and "x-amz-account-id" in request.headers:
            return service_names.BY_NAME["s3control"]
        return name
    if name.name == "ses" and request.raw_path.startswith("/v2/"):
        return service_names.BY_NAME["sesv2"]
    target = request.headers.get("X-Amz-Target")
    if target and not target.startswith(name.target + "."):
        other = service_names.BY_TARGET.get(target.rpartition(".")[0])
        if other is not None and other.scope == name.scope:
            return other
    return name


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
