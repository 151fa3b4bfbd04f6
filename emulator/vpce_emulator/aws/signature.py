"""Whether a request's signature is true: its time, its payload and its secret.

Signature Version 4, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html and, for
what S3 does in its own way, https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import parse_qsl

from vpce_emulator.aws import signature_v2
from vpce_emulator.aws.authorization_header import VERSION_2, Authorization
from vpce_emulator.aws.canonical_request import canonical_requests, string_to_sign
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.payload_hash import UNSIGNED_PAYLOAD
from vpce_emulator.aws.signature_time import S3_SERVICES, verify_time
from vpce_emulator.aws.signing_keys import BYTES, is_signed

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
_DOES_NOT_MATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)


def verify(
    authorization: Authorization,
    request: HttpRequest,
    secret_access_key: str,
    *,
    now: float,
    payload_sha256: str | None = None,
) -> Fault | None:
    """Check a signature: its time, its payload's hash, and that this secret made it.

    Args:
        authorization: the request's own.
        request: exactly as it was sent.
        secret_access_key: of the access key that the signature names.
        now: seconds since the epoch.
        payload_sha256: the hexadecimal SHA-256 of the body as it was sent; None when it is not known, as of a body
            that is streamed, and then the hash that the request claims is believed.
    """
    untimely = verify_time(authorization, now=now)
    if untimely is not None:
        return untimely
    if authorization.policy:
        return _mismatch_of_policy(authorization, secret_access_key)
    if authorization.algorithm == VERSION_2:
        return _mismatch_of_version_2(authorization, request, secret_access_key)
    payload = _payload(authorization, request, payload_sha256)
    if authorization.service in S3_SERVICES and payload_sha256 and len(payload) == 64 and payload != payload_sha256:
        details = (("ClientComputedContentSHA256", payload), ("S3ComputedContentSHA256", payload_sha256))
        return Fault(FaultKind.CONTENT_SHA256_MISMATCH, details=details)
    return _mismatch(authorization, request, secret_access_key, payload)


def _payload(authorization: Authorization, request: HttpRequest, payload_sha256: str | None) -> str:
    """Return the last line of the canonical request: a hash, or the word that stands for one.

    S3 takes what the request says, which it holds against the body; the others hash the body themselves, but for what
    TLS protects and says that it is not signed.
    """
    claimed = request.headers.get("X-Amz-Content-Sha256")
    if authorization.service in S3_SERVICES:
        return claimed or _payload_of_url(authorization, request)
    if payload_sha256 is None:
        return claimed or EMPTY_SHA256
    return UNSIGNED_PAYLOAD if claimed == UNSIGNED_PAYLOAD and request.secure else payload_sha256


def _payload_of_url(authorization: Authorization, request: HttpRequest) -> str:
    """Return what a presigned URL says of the body, which some SDKs have it do."""
    if not authorization.presigned:
        return UNSIGNED_PAYLOAD
    return dict(parse_qsl(request.raw_query)).get("X-Amz-Content-Sha256", UNSIGNED_PAYLOAD)


def _mismatch(authorization: Authorization, request: HttpRequest, secret_access_key: str, payload: str) -> Fault | None:
    canonical = to_sign = ""
    for canonical in canonical_requests(authorization, request, payload):
        to_sign = string_to_sign(authorization, canonical)
        if is_signed(authorization, secret_access_key, to_sign, authorization.signature):
            return None
    if authorization.service in S3_SERVICES:
        shown = (
            *mismatch(authorization.access_key_id, to_sign, authorization.signature),
            ("CanonicalRequest", canonical),
            ("CanonicalRequestBytes", canonical.encode("utf-8", BYTES).hex(" ")),
        )
        return Fault(FaultKind.SIGNATURE_DOES_NOT_MATCH, details=shown)
    message = (
        f"{_DOES_NOT_MATCH}\n\nThe Canonical String for this request should have been\n'{canonical}'\n\n"
        f"The String-to-Sign should have been\n'{to_sign}'\n"
    )
    return Fault(FaultKind.SIGNATURE_DOES_NOT_MATCH, message)


def mismatch(access_key_id: str, to_sign: str, signature: str) -> tuple[tuple[str, str], ...]:
    """Return the elements with which S3 shows the caller what should have been signed."""
    return (
        ("AWSAccessKeyId", access_key_id),
        ("StringToSign", to_sign),
        ("SignatureProvided", signature),
        ("StringToSignBytes", to_sign.encode("utf-8", BYTES).hex(" ")),
    )


def _mismatch_of_policy(authorization: Authorization, secret_access_key: str) -> Fault | None:
    """A form's signature is made over its policy, in base64 as it stands there."""
    policy = authorization.policy
    if authorization.algorithm == VERSION_2:
        made = signature_v2.sign(secret_access_key, policy.encode("utf-8", BYTES))
        true = hmac.compare_digest(made.encode(), authorization.signature.encode("utf-8", BYTES))
    else:
        true = is_signed(authorization, secret_access_key, policy, authorization.signature)
    if true:
        return None
    details = mismatch(authorization.access_key_id, policy, authorization.signature)
    return Fault(FaultKind.SIGNATURE_DOES_NOT_MATCH, details=details)


def _mismatch_of_version_2(authorization: Authorization, request: HttpRequest, secret_access_key: str) -> Fault | None:
    made = signature_v2.signature(secret_access_key, request)
    if hmac.compare_digest(made.encode(), authorization.signature.encode("utf-8", BYTES)):
        return None
    shown = mismatch(authorization.access_key_id, signature_v2.string_to_sign(request), authorization.signature)
    return Fault(FaultKind.SIGNATURE_DOES_NOT_MATCH, details=shown)
