"""What a signature has to cover, and what it has to be for.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html: the host and every `x-amz-*` header that
is there must be signed, and the payload's hash told. Whoever holds a presigned URL could otherwise make another request
of it. The texts are those recorded in the public issues of the SDKs.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from vpce_emulator.aws.authorization_header import ASYMMETRIC_ALGORITHM, VERSION_2, Authorization
from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.payload_hash import INVALID, MISSING, is_valid
from vpce_emulator.aws.service import service_named

_UNSIGNED = "There were headers present in the request which were not signed"
# Services that are in one Region: SDKs that are given an address sign for their own Region all the same.
_EVERYWHERE = frozenset({"iam", "route53", "cloudfront", "organizations"})
_ONE_LINERS = frozenset({Protocol.QUERY, Protocol.EC2, Protocol.REST_XML})


def unsigned_part(authorization: Authorization, request: HttpRequest, service: Service) -> Fault | None:
    """Return S3's refusal of a request with headers that its signature does not cover, or None."""
    if service.protocol is not Protocol.S3 or not authorization.signed_headers:
        return None
    signed = set(authorization.signed_headers)
    present = {name.lower() for name in request.headers}
    unsigned = sorted(name for name in present - signed if name == "host" or name.startswith("x-amz-"))
    if not unsigned:
        return None
    return Fault(FaultKind.ACCESS_DENIED, _UNSIGNED, (("HeadersNotSigned", ", ".join(unsigned)),))


def unstated_payload(authorization: Authorization, request: HttpRequest, service: Service) -> Fault | None:
    """Return S3's refusal of a header's signature that says nothing, or nothing it knows, of the body; or None."""
    if service.protocol is not Protocol.S3 or authorization.presigned or authorization.algorithm == VERSION_2:
        return None
    declared = request.headers.get("x-amz-content-sha256")
    if declared is None:
        return Fault(FaultKind.INVALID_REQUEST, MISSING)
    if is_valid(declared):
        return None
    details = (("ArgumentName", "x-amz-content-sha256"), ("ArgumentValue", declared))
    return Fault(FaultKind.INVALID_ARGUMENT, INVALID, details)


def wrong_scope(authorization: Authorization, service: Service) -> Fault | None:
    """Return the refusal of a signature that was made for another service or another Region, or None."""
    scope = service_named(service.name).scope
    if authorization.service and authorization.service not in {scope, service.name}:
        return _wrong_service(authorization, scope, service)
    if _is_for_region(authorization, service):
        return None
    if service.protocol is Protocol.S3:
        reason = f"the region '{authorization.region}' is wrong; expecting '{service.region}'"
        return _malformed(authorization, reason, (("Region", service.region),))
    told = f", not '{authorization.region}'" if service.protocol in _ONE_LINERS else ""
    return Fault(FaultKind.SIGNATURE_DOES_NOT_MATCH, f"Credential should be scoped to a valid region{told}. ")


def _is_for_region(authorization: Authorization, service: Service) -> bool:
    """Return whether a signature is good in the Region that the request is for; one in version 2 is in any."""
    if authorization.algorithm == ASYMMETRIC_ALGORITHM:
        regions = authorization.region.split(",")
        return any(fnmatchcase(service.region, region.strip()) for region in regions)
    return authorization.region in {"", service.region} or service.name in _EVERYWHERE


def _wrong_service(authorization: Authorization, scope: str, service: Service) -> Fault:
    if service.protocol is Protocol.S3:
        reason = f'incorrect service "{authorization.service}". This endpoint belongs to "{scope}".'
        return _malformed(authorization, reason)
    message = f"Credential should be scoped to correct service: '{scope}'. "
    return Fault(FaultKind.SIGNATURE_DOES_NOT_MATCH, message)


def _malformed(authorization: Authorization, reason: str, details: tuple[tuple[str, str], ...] = ()) -> Fault:
    """Return what S3 says of a scope, which of a presigned URL is a parameter's."""
    if authorization.presigned:
        message = f"Error parsing the X-Amz-Credential parameter; {reason}"
        return Fault(FaultKind.AUTHORIZATION_QUERY, message, details)
    return Fault(FaultKind.AUTHORIZATION_MALFORMED, f"The authorization header is malformed; {reason}", details)
