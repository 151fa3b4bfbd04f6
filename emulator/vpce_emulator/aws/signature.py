"""Whether a request's signature is true: its time, its payload and its secret.

Signature Version 4, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html and, for
what S3 does in its own way, https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html.
"""

from __future__ import annotations

import hashlib
import hmac
import posixpath
from functools import lru_cache
from time import gmtime, strftime
from urllib.parse import quote, unquote, unquote_plus

from vpce_emulator.aws import signature_v2
from vpce_emulator.aws.authorization_header import (
    ALGORITHM,
    VERSION_2,
    Authorization,
    credential_scope,
    parse_authorization,
)
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest

__all__ = [
    "Authorization",
    "credential_scope",
    "parse_authorization",
    "signing_key",
    "verify",
    "verify_session",
    "verify_time",
]

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
# How far a client's clock may be off, in seconds: S3 (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
# RequestTimeTooSkewed) and the other services (the recorded texts of "Signature expired").
_S3_SKEW = 15 * 60
_SKEW = 5 * 60
_S3_SERVICES = frozenset({"s3", "s3express", "s3-outposts", "s3-object-lambda"})
# What is not UTF-8 stands in a request's text as surrogates, and is signed as the bytes it was.
_BYTES = "surrogateescape"
_DOES_NOT_MATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
_UNRESERVED = "-_.~"


def verify(
    authorization: Authorization,
    request: HttpRequest,
    secret_access_key: str,
    *,
    now: float,
    payload_sha256: str | None = None,
) -> Fault | None:
    """Check a signature: its time, its payload's hash, and that this secret made it.

    An asymmetric signature (SigV4A) is checked for its time alone.

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
    claimed = _payload(authorization, request, payload_sha256)
    if payload_sha256 is not None and len(claimed) == 64 and claimed != payload_sha256:
        details = (("ClientComputedContentSHA256", claimed), ("S3ComputedContentSHA256", payload_sha256))
        return Fault(FaultKind.CONTENT_SHA256_MISMATCH, details=details)
    if authorization.algorithm != ALGORITHM:
        return None
    return _mismatch(authorization, request, secret_access_key, claimed)


def verify_session(
    authorization: Authorization, session_token: str | None, expires_at: float | None, *, now: float
) -> Fault | None:
    """Check the session token of temporary credentials.

    Args:
        authorization: the request's own.
        session_token: the token that belongs to the access key; None for a long-term key.
        expires_at: when the credentials expire, in seconds since the epoch.
        now: seconds since the epoch.
    """
    if session_token is None:
        return None
    if authorization.session_token is None:
        # Without its token the key of a session is nobody's.
        details = (("AWSAccessKeyId", authorization.access_key_id),)
        return Fault(FaultKind.INVALID_ACCESS_KEY_ID, details=details)
    if authorization.session_token != session_token:
        return Fault(FaultKind.INVALID_TOKEN)
    if expires_at is not None and now >= expires_at:
        return Fault(FaultKind.EXPIRED_TOKEN)
    return None


def verify_time(authorization: Authorization, *, now: float) -> Fault | None:
    """Check when a signature was made, and of a presigned URL that it has not expired. `now` is as in `verify`."""
    if authorization.policy:
        late = now > authorization.signed_at
        return Fault(FaultKind.ACCESS_DENIED, "Invalid according to Policy: Policy expired.") if late else None
    if authorization.algorithm == VERSION_2:
        return _expired(authorization, now, early=False)
    return _untimely(authorization, now)


def _untimely(authorization: Authorization, now: float) -> Fault | None:
    s3 = authorization.service in _S3_SERVICES
    if authorization.timestamp[:8] != authorization.date:
        message = (
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{authorization.date}' != '{authorization.timestamp[:8]}', from '{authorization.timestamp}'."
        )
        return Fault(FaultKind.SIGNATURE_DOES_NOT_MATCH, message)
    skew = _S3_SKEW if s3 else _SKEW
    early = authorization.signed_at - now > skew
    if authorization.expires is not None:
        return _expired(authorization, now, early=early)
    if not early and now - authorization.signed_at <= skew:
        return None
    if s3:
        details = (
            ("RequestTime", authorization.timestamp),
            ("ServerTime", _iso(now)),
            ("MaxAllowedSkewMilliseconds", str(skew * 1000)),
        )
        return Fault(FaultKind.REQUEST_TIME_TOO_SKEWED, details=details)
    return Fault(FaultKind.REQUEST_TIME_TOO_SKEWED, _skewed(authorization, now, skew, early=early))


def _skewed(authorization: Authorization, now: float, skew: int, *, early: bool) -> str:
    """Return the text of the services other than S3."""
    sign, edge = ("+", now + skew) if early else ("-", now - skew)
    what, than = ("not yet current", "still later") if early else ("expired", "now earlier")
    return (
        f"Signature {what}: {authorization.timestamp} is {than} than {_basic(edge)} "
        f"({_basic(now)} {sign} {skew // 60} min.)"
    )


def _expired(authorization: Authorization, now: float, *, early: bool) -> Fault | None:
    if early:
        return Fault(FaultKind.REQUEST_EXPIRED, "Request is not valid yet", (("ServerTime", _iso(now)),))
    ends = authorization.signed_at + (authorization.expires or 0)
    if now <= ends:
        return None
    given = () if authorization.algorithm == VERSION_2 else (("X-Amz-Expires", str(authorization.expires)),)
    details = (*given, ("Expires", _iso(ends)), ("ServerTime", _iso(now)))
    return Fault(FaultKind.REQUEST_EXPIRED, details=details)


def _iso(seconds: float) -> str:
    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(seconds))


def _basic(seconds: float) -> str:
    return strftime("%Y%m%dT%H%M%SZ", gmtime(seconds))


def _payload(authorization: Authorization, request: HttpRequest, payload_sha256: str | None) -> str:
    """Return the last line of the canonical request: a hash, or the word that stands for one."""
    claimed = request.headers.get("X-Amz-Content-Sha256")
    if claimed:
        return claimed
    if authorization.service in _S3_SERVICES:
        return UNSIGNED_PAYLOAD
    return payload_sha256 or EMPTY_SHA256


def _mismatch(authorization: Authorization, request: HttpRequest, secret_access_key: str, payload: str) -> Fault | None:
    key = signing_key(secret_access_key, authorization.date, authorization.region, authorization.service)
    canonical = to_sign = ""
    for path, query in _targets(authorization, request):
        canonical = _canonical_request(authorization, request, path, query, payload)
        to_sign = _string_to_sign(authorization, canonical)
        signature = hmac.new(key, to_sign.encode("utf-8", _BYTES), "sha256").hexdigest()
        if hmac.compare_digest(signature.encode(), authorization.signature.encode("utf-8", _BYTES)):
            return None
    return _does_not_match(authorization, canonical, to_sign)


def _does_not_match(authorization: Authorization, canonical: str, to_sign: str) -> Fault:
    """Return the fault of a wrong signature, which shows the caller what should have been signed."""
    if authorization.service not in _S3_SERVICES:
        message = (
            f"{_DOES_NOT_MATCH}\n\nThe Canonical String for this request should have been\n'{canonical}'\n\n"
            f"The String-to-Sign should have been\n'{to_sign}'\n"
        )
        return Fault(FaultKind.SIGNATURE_DOES_NOT_MATCH, message)
    details = (
        ("AWSAccessKeyId", authorization.access_key_id),
        ("StringToSign", to_sign),
        ("SignatureProvided", authorization.signature),
        ("StringToSignBytes", to_sign.encode("utf-8", _BYTES).hex(" ")),
        ("CanonicalRequest", canonical),
        ("CanonicalRequestBytes", canonical.encode("utf-8", _BYTES).hex(" ")),
    )
    return Fault(FaultKind.SIGNATURE_DOES_NOT_MATCH, details=details)


def _mismatch_of_policy(authorization: Authorization, secret_access_key: str) -> Fault | None:
    """A form's signature is made over its policy, in base64 as it stands there."""
    signed = authorization.policy.encode("utf-8", _BYTES)
    if authorization.algorithm == VERSION_2:
        made = signature_v2.sign(secret_access_key, signed)
    else:
        key = signing_key(secret_access_key, authorization.date, authorization.region, authorization.service)
        made = hmac.new(key, signed, "sha256").hexdigest()
    if hmac.compare_digest(made.encode(), authorization.signature.encode("utf-8", _BYTES)):
        return None
    details = (
        ("AWSAccessKeyId", authorization.access_key_id),
        ("StringToSign", authorization.policy),
        ("SignatureProvided", authorization.signature),
    )
    return Fault(FaultKind.SIGNATURE_DOES_NOT_MATCH, details=details)


def _mismatch_of_version_2(authorization: Authorization, request: HttpRequest, secret_access_key: str) -> Fault | None:
    made = signature_v2.signature(secret_access_key, request)
    if hmac.compare_digest(made.encode(), authorization.signature.encode("utf-8", _BYTES)):
        return None
    details = (
        ("AWSAccessKeyId", authorization.access_key_id),
        ("StringToSign", signature_v2.string_to_sign(request)),
        ("SignatureProvided", authorization.signature),
    )
    return Fault(FaultKind.SIGNATURE_DOES_NOT_MATCH, details=details)


@lru_cache(maxsize=1024)
def signing_key(secret_access_key: str, date: str, region: str, service: str) -> bytes:
    """Derive the key that signs one day's requests to one service in one Region."""
    key = b"AWS4" + secret_access_key.encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode("utf-8", _BYTES), "sha256")
    return key


def _targets(authorization: Authorization, request: HttpRequest) -> tuple[tuple[str, str], ...]:
    """Return the path and query as they may have been signed: as sent, and then encoded the way AWS encodes.

    What stands on the wire may be encoded otherwise than what was signed, when a browser or a proxy has written the
    URL anew; AWS decodes and encodes before it compares.
    """
    query = [pair.partition("=")[::2] for pair in request.raw_query.split("&") if pair]
    if authorization.expires is not None:
        query = [pair for pair in query if pair[0] != "X-Amz-Signature"]
    normal = [(_encoded(_decoded(name)), _encoded(_decoded(value))) for name, value in query]
    path = request.raw_path
    if authorization.service in _S3_SERVICES:
        return (path, _joined(query)), (_encoded(unquote(path, errors=_BYTES), "/"), _joined(normal))
    double = _encoded(_normal_path(path), "/")
    return (double, _joined(query)), (double, _joined(normal))


def _encoded(text: str, unreserved: str = "") -> str:
    return quote(text, safe=_UNRESERVED + unreserved, errors=_BYTES)


def _decoded(text: str) -> str:
    return unquote_plus(text, errors=_BYTES)


def _joined(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _normal_path(path: str) -> str:
    """Return a path without dot segments and empty segments, as every service but S3 signs it (RFC 3986, 5.2.4)."""
    normal = posixpath.normpath("/" + path.lstrip("/"))
    return normal + "/" if path.endswith("/") and normal != "/" else normal


def _canonical_request(authorization: Authorization, request: HttpRequest, path: str, query: str, payload: str) -> str:
    headers = "".join(f"{name}:{_header(request, name)}\n" for name in authorization.signed_headers)
    names = ";".join(authorization.signed_headers)
    return f"{request.method}\n{path}\n{query}\n{headers}\n{names}\n{payload}"


def _header(request: HttpRequest, name: str) -> str:
    if name == "host":
        return request.host
    values = request.headers.getall(name, ())
    return ",".join(" ".join(value.split()) for value in values)


def _string_to_sign(authorization: Authorization, canonical_request: str) -> str:
    digest = hashlib.sha256(canonical_request.encode("utf-8", _BYTES)).hexdigest()
    scope = f"{authorization.date}/{authorization.region}/{authorization.service}/aws4_request"
    return f"{ALGORITHM}\n{authorization.timestamp}\n{scope}\n{digest}"
