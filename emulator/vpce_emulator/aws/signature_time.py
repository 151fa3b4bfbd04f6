"""Whether a signature, and the session that it was made in, is of this time.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (RequestTimeTooSkewed). The texts of the other
services are undocumented, and are those recorded in the public issues of the SDKs.
"""

from __future__ import annotations

from time import gmtime, strftime

from vpce_emulator.aws.authorization_header import VERSION_2, Authorization
from vpce_emulator.aws.faults import Fault, FaultKind

S3_SERVICES = frozenset({"s3", "s3express", "s3-outposts", "s3-object-lambda"})
"""Names in the scopes of signatures that are S3's."""

# How far a client's clock may be off, in seconds: of S3, and of the other services.
_S3_SKEW = 15 * 60
_SKEW = 5 * 60


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
        # A long-term key has no token: the one that came with it is of other credentials.
        foreign = (("Token-0", authorization.session_token),) if authorization.session_token else ()
        return Fault(FaultKind.INVALID_TOKEN, details=foreign) if foreign else None
    if authorization.session_token is None:
        # Without its token the key of a session is nobody's.
        details = (("AWSAccessKeyId", authorization.access_key_id),)
        return Fault(FaultKind.INVALID_ACCESS_KEY_ID, details=details)
    token = (("Token-0", authorization.session_token),)
    if authorization.session_token != session_token:
        return Fault(FaultKind.INVALID_TOKEN, details=token)
    if expires_at is not None and now >= expires_at:
        return Fault(FaultKind.EXPIRED_TOKEN, details=token)
    return None


def verify_time(authorization: Authorization, *, now: float) -> Fault | None:
    """Check when a signature was made, and of a presigned URL that it has not expired; `now` as in `verify_session`."""
    if authorization.policy:
        late = now > authorization.signed_at
        return Fault(FaultKind.ACCESS_DENIED, "Invalid according to Policy: Policy expired.") if late else None
    if authorization.algorithm == VERSION_2 and authorization.presigned:
        return _expired(authorization, now, early=False)
    return _untimely(authorization, now)


def _untimely(authorization: Authorization, now: float) -> Fault | None:
    s3 = authorization.service in S3_SERVICES
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
