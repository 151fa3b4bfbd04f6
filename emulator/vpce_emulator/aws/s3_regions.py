"""Requests to S3 that went to another Region than their bucket's.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingRouting.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (PermanentRedirect, AuthorizationHeaderMalformed).
"""

from __future__ import annotations

from vpce_emulator.aws.authorization_header import credential_scope
from vpce_emulator.aws.call import Operation
from vpce_emulator.aws.fault_codes import Code, FaultKind
from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.hosts import ServiceHost, parse_host
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.s3_access import Bucket

# Creating a bucket names its Region itself, and where a bucket is may be asked anywhere.
_ANYWHERE = frozenset({"CreateBucket", "GetBucketLocation", "PreflightRequest"})
_REDIRECTED = (
    "The bucket you are attempting to access must be addressed using the specified endpoint. "
    "Please send all future requests to this endpoint."
)


def misdirected(operation: Operation, request: HttpRequest, bucket: Bucket | None) -> Fault | None:
    """Return the refusal of a request that was sent to, or signed for, another Region than its bucket's.

    A request that says neither by its host name nor by its signature which Region it is for is for any.

    Args:
        operation: what is asked for.
        request: its head.
        bucket: the bucket; None where there is none.
    """
    if bucket is None or operation.name in _ANYWHERE:
        return None
    host = parse_host(request.host)
    scope, _ = credential_scope(request)
    asked = (host.region if host is not None else "") or scope
    if asked in {"", bucket.region}:
        return None
    headers = (("x-amz-bucket-region", bucket.region),)
    if scope and _is_global(host):
        reason = f"the region '{scope}' is wrong; expecting '{bucket.region}'"
        message = f"The authorization header is malformed; {reason}"
        return Fault(FaultKind.AUTHORIZATION_MALFORMED, message, (("Region", bucket.region),), headers=headers)
    endpoint = f"{bucket.name}.s3.{bucket.region}.amazonaws.com"
    details = (("Endpoint", endpoint), ("Bucket", bucket.name))
    return Fault(FaultKind.INVALID_REQUEST, _REDIRECTED, details, Code("PermanentRedirect", 301), headers)


def _is_global(host: ServiceHost | None) -> bool:
    """Return whether a host name is the bucket's own without a Region, which DNS leads to the bucket's Region."""
    return host is not None and bool(host.bucket) and not host.region and not host.endpoint_id
