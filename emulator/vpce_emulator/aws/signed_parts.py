"""What a signature has to cover, and what it has to be for.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html: the host and every `x-amz-*` header that
is there must be signed. Whoever holds a presigned URL could otherwise make another request of it.
"""

from __future__ import annotations

from vpce_emulator.aws.authorization_header import Authorization
from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.service_names import BY_NAME

_UNSIGNED = "There were headers present in the request which were not signed"


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


def wrong_scope(authorization: Authorization, service: Service) -> Fault | None:
    """Return the refusal of a signature that was made for another service, or for another Region of S3, or None."""
    known = BY_NAME.get(service.name)
    scope = known.scope if known else service.name
    if authorization.service and authorization.service not in {scope, service.name}:
        message = f"Credential should be scoped to correct service: '{scope}'."
        return Fault(FaultKind.SIGNATURE_DOES_NOT_MATCH, message)
    if authorization.region and authorization.region != service.region and service.protocol is Protocol.S3:
        message = (
            f"The authorization header is malformed; the region '{authorization.region}' is wrong; "
            f"expecting '{service.region}'"
        )
        return Fault(FaultKind.AUTHORIZATION_MALFORMED, message, (("Region", service.region),))
    return None
