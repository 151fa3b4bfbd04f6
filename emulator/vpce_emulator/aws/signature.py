"""Signature Version 4: reading who signed a request, and checking that they did.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html and, for what S3 does in its
own way, https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html.
"""

from __future__ import annotations

import hashlib
import hmac
import posixpath
from calendar import timegm
from dataclasses import dataclass
from functools import lru_cache
from time import gmtime, strftime, strptime
from urllib.parse import parse_qsl, quote, unquote, unquote_plus

from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest

ALGORITHM = "AWS4-HMAC-SHA256"
ASYMMETRIC_ALGORITHM = "AWS4-ECDSA-P256-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()

# How far a client's clock may be off, in seconds: S3 (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
# RequestTimeTooSkewed) and the other services (the recorded texts of "Signature expired").
_S3_SKEW = 15 * 60
_SKEW = 5 * 60
_WEEK = 7 * 24 * 60 * 60
_S3_SERVICES = frozenset({"s3", "s3express", "s3-outposts", "s3-object-lambda"})
_UNRESERVED = "-_.~"
_QUERY_PARTS = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders")
_NOT_SUPPORTED = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
_NO_DATE = "AWS authentication requires a valid Date or x-amz-date header"


@dataclass(frozen=True, slots=True)
class Authorization:
    """A signature as it stands in a request, not yet checked.

    Attributes:
        access_key_id: whose key signed.
        date: the day in the scope, `YYYYMMDD`.
        region: the Region in the scope; of an asymmetric signature, the Regions it is for.
        service: the service in the scope.
        signed_headers: lower case, in the order given.
        signature: hexadecimal.
        timestamp: when it was signed, `YYYYMMDDTHHMMSSZ`.
        signed_at: the same, in seconds since the epoch.
        expires: of a presigned URL, for how many seconds it is valid; None for a signature in the header.
        session_token: of temporary credentials.
        algorithm: `AWS4-HMAC-SHA256` or `AWS4-ECDSA-P256-SHA256`.
    """

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    timestamp: str
    signed_at: float
    expires: int | None = None
    session_token: str | None = None
    algorithm: str = ALGORITHM

    @property
    def presigned(self) -> bool:
        """Whether it stands in the query."""
        return self.expires is not None


def credential_scope(request: HttpRequest) -> tuple[str, str]:
    """Return the Region and service in a signature's scope, without reading the rest of it; empty where it has none."""
    header = request.headers.get("Authorization")
    if header is not None:
        credential = header.partition("Credential=")[2].partition(",")[0]
    elif "X-Amz-Credential=" in request.raw_query:
        credential = unquote(request.raw_query.partition("X-Amz-Credential=")[2].partition("&")[0])
    else:
        return "", ""
    parts = credential.strip().split("/")
    if len(parts) < 4 or parts[-1] != "aws4_request":
        return "", ""
    # An asymmetric signature's scope has no Region: <key>/<date>/<service>/aws4_request.
    return (parts[-3] if len(parts) > 4 else ""), parts[-2]


def parse_authorization(request: HttpRequest) -> Authorization | Fault | None:
    """Read the signature of a request, from its Authorization header or its query.

    Returns:
        the signature; None for a request without one; a Fault for one that cannot be read, or of a version that AWS no
        longer takes.
    """
    header = request.headers.get("Authorization")
    if header is not None:
        return _parse_header(header, request)
    if "X-Amz-" in request.raw_query and (
        "X-Amz-Signature=" in request.raw_query or "X-Amz-Credential=" in request.raw_query
    ):
        return _parse_query(request)
    if "Signature=" in request.raw_query and "AWSAccessKeyId=" in request.raw_query:
        return Fault(FaultKind.INVALID_REQUEST, _NOT_SUPPORTED)
    return None


def _malformed(reason: str) -> Fault:
    return Fault(FaultKind.AUTHORIZATION_MALFORMED, f"The authorization header is malformed; {reason}")


def _parse_header(header: str, request: HttpRequest) -> Authorization | Fault:
    algorithm, _, rest = header.partition(" ")
    if algorithm not in {ALGORITHM, ASYMMETRIC_ALGORITHM}:
        if algorithm == "AWS":
            return Fault(FaultKind.INVALID_REQUEST, _NOT_SUPPORTED)
        return Fault(
            FaultKind.INVALID_ARGUMENT,
            "Unsupported Authorization Type",
            (("ArgumentName", "Authorization"), ("ArgumentValue", header)),
        )
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    for name in ("Credential", "SignedHeaders", "Signature"):
        if not parts.get(name):
            return _malformed(f'the authorization component "{name}" is missing.')
    timestamp = _timestamp(request)
    if timestamp is None:
        return Fault(FaultKind.ACCESS_DENIED, _NO_DATE)
    return _authorization(
        algorithm,
        parts["Credential"],
        parts["SignedHeaders"],
        parts["Signature"],
        timestamp,
        regions=request.headers.get("X-Amz-Region-Set", ""),
        session_token=request.headers.get("X-Amz-Security-Token"),
    )


def _timestamp(request: HttpRequest) -> str | None:
    """Return `X-Amz-Date`, or the Date header in the same form."""
    given = request.headers.get("X-Amz-Date") or request.headers.get("Date")
    if given is None:
        return None
    if _seconds(given) is not None:
        return given
    try:
        return strftime("%Y%m%dT%H%M%SZ", strptime(given, "%a, %d %b %Y %H:%M:%S GMT"))
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def _seconds(timestamp: str) -> float | None:
    """Return `YYYYMMDDTHHMMSSZ` in seconds since the epoch."""
    try:
        return float(timegm(strptime(timestamp, "%Y%m%dT%H%M%SZ")))
    except ValueError:
        return None


def _parse_query(request: HttpRequest) -> Authorization | Fault:
    query = dict(parse_qsl(request.raw_query, keep_blank_values=True))
    if any(not query.get(name) for name in _QUERY_PARTS) or "X-Amz-Expires" not in query:
        return Fault(FaultKind.AUTHORIZATION_QUERY)
    if query["X-Amz-Algorithm"] not in {ALGORITHM, ASYMMETRIC_ALGORITHM}:
        message = f'X-Amz-Algorithm only supports "{ALGORITHM} and {ASYMMETRIC_ALGORITHM}"'
        return Fault(FaultKind.AUTHORIZATION_QUERY, message)
    expires = _expires(query["X-Amz-Expires"])
    if isinstance(expires, Fault):
        return expires
    if _seconds(query["X-Amz-Date"]) is None:
        return Fault(
            FaultKind.AUTHORIZATION_QUERY, "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
        )
    return _authorization(
        query["X-Amz-Algorithm"],
        query["X-Amz-Credential"],
        query["X-Amz-SignedHeaders"],
        query["X-Amz-Signature"],
        query["X-Amz-Date"],
        regions=query.get("X-Amz-Region-Set", ""),
        session_token=query.get("X-Amz-Security-Token"),
        expires=expires,
    )


def _expires(text: str) -> int | Fault:
    if not text.lstrip("-").isascii() or not text.removeprefix("-").isdigit():
        return Fault(FaultKind.AUTHORIZATION_QUERY, "X-Amz-Expires should be a number")
    if text.startswith("-"):
        return Fault(FaultKind.AUTHORIZATION_QUERY, "X-Amz-Expires must be non-negative")
    if len(text) > 9 or int(text) > _WEEK:
        message = (
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
            f"{_WEEK} seconds"
        )
        return Fault(FaultKind.AUTHORIZATION_QUERY, message)
    return int(text)


def _authorization(
    algorithm: str,
    credential: str,
    signed_headers: str,
    signature: str,
    timestamp: str,
    *,
    regions: str,
    session_token: str | None,
    expires: int | None = None,
) -> Authorization | Fault:
    # The key id comes first and may itself hold slashes; an asymmetric scope has no Region.
    length = 5 if algorithm == ALGORITHM else 4
    scope = credential.rsplit("/", length - 1)
    if len(scope) != length or not scope[0] or scope[-1] != "aws4_request":
        message = (
            f'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request", got '
            f'"{credential}".'
        )
        return (
            _malformed(message)
            if expires is None
            else Fault(FaultKind.AUTHORIZATION_QUERY, f"Error parsing the X-Amz-Credential parameter; {message}")
        )
    signed_at = _seconds(timestamp)
    if signed_at is None:
        return Fault(FaultKind.ACCESS_DENIED, _NO_DATE)
    return Authorization(
        access_key_id=scope[0],
        date=scope[1],
        region=scope[2] if length == 5 else regions,
        service=scope[-2],
        signed_headers=tuple(signed_headers.lower().split(";")),
        signature=signature,
        timestamp=timestamp,
        signed_at=signed_at,
        expires=expires,
        session_token=session_token,
        algorithm=algorithm,
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
    if authorization.session_token != session_token:
        return Fault(FaultKind.INVALID_TOKEN)
    if expires_at is not None and now >= expires_at:
        return Fault(FaultKind.EXPIRED_TOKEN)
    return None


def verify_time(authorization: Authorization, *, now: float) -> Fault | None:
    """Check when a signature was made, and of a presigned URL that it has not expired. `now` is as in `verify`."""
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
    details = (
        ("X-Amz-Expires", str(authorization.expires)),
        ("Expires", _iso(ends)),
        ("ServerTime", _iso(now)),
    )
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
        signature = hmac.new(key, to_sign.encode("utf-8", "surrogateescape"), "sha256").hexdigest()
        if hmac.compare_digest(signature.encode(), authorization.signature.encode("utf-8", "surrogateescape")):
            return None
    details = (
        ("AWSAccessKeyId", authorization.access_key_id),
        ("StringToSign", to_sign),
        ("SignatureProvided", authorization.signature),
        ("CanonicalRequest", canonical),
    )
    return Fault(FaultKind.SIGNATURE_DOES_NOT_MATCH, details=details)


@lru_cache(maxsize=1024)
def signing_key(secret_access_key: str, date: str, region: str, service: str) -> bytes:
    """Derive the key that signs one day's requests to one service in one Region."""
    key = b"AWS4" + secret_access_key.encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode("utf-8", "surrogateescape"), "sha256")
    return key


def _targets(authorization: Authorization, request: HttpRequest) -> tuple[tuple[str, str], ...]:
    """Return the path and query as they may have been signed: as sent, and then encoded the way AWS encodes.

    What stands on the wire may be encoded otherwise than what was signed, when a browser or a proxy has written the
    URL anew; AWS decodes and encodes before it compares.
    """
    query = [pair.partition("=")[::2] for pair in request.raw_query.split("&") if pair]
    if authorization.expires is not None:
        query = [pair for pair in query if pair[0] != "X-Amz-Signature"]
    normal = [(_encoded(unquote_plus(name)), _encoded(unquote_plus(value))) for name, value in query]
    path = request.raw_path
    if authorization.service in _S3_SERVICES:
        return (path, _joined(query)), (quote(unquote(path), safe="/" + _UNRESERVED), _joined(normal))
    double = quote(_normal_path(path), safe="/" + _UNRESERVED)
    return (double, _joined(query)), (double, _joined(normal))


def _encoded(text: str) -> str:
    return quote(text, safe=_UNRESERVED)


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
    digest = hashlib.sha256(canonical_request.encode("utf-8", "surrogateescape")).hexdigest()
    scope = f"{authorization.date}/{authorization.region}/{authorization.service}/aws4_request"
    return f"{ALGORITHM}\n{authorization.timestamp}\n{scope}\n{digest}"
