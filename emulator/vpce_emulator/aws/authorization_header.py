"""Who signed a request: its signature as it stands in the header or the query, read but not checked.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from time import strftime, strptime
from urllib.parse import parse_qsl, unquote

from vpce_emulator.aws import signature_v2
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.s3_form import is_form_upload, missing_field, parse_form, parse_policy_of_form

ALGORITHM = "AWS4-HMAC-SHA256"
VERSION_2 = "AWS"
ASYMMETRIC_ALGORITHM = "AWS4-ECDSA-P256-SHA256"
_WEEK = 7 * 24 * 60 * 60
_QUERY_PARTS = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders")
# Longer numbers of seconds are no times.
_DIGITS = 12
_NOT_SUPPORTED = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
_FORM_PARTS = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature")
_SCOPE_PARTS = 5


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
        algorithm: `AWS4-HMAC-SHA256`, `AWS4-ECDSA-P256-SHA256`, or `AWS` for a URL presigned in version 2, which has
            no scope and no time of its own: `signed_at` is then when it expires.
        policy: of a form, the base64 of its policy, which is what was signed; `signed_at` is then when it expires.
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
    policy: str = ""

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


def parse_authorization(request: HttpRequest, body: bytes | None = None) -> Authorization | Fault | None:
    """Read the signature of a request, from its Authorization header, its query or its form.

    Args:
        request: its head.
        body: its body, where it has been read; only of a form upload is it looked at.

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
        return _parse_version_2(request)
    return _parse_form(request, body) if body is not None and is_form_upload(request) else None


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
        return _without_date(request)
    return _authorization(
        algorithm,
        parts["Credential"],
        parts["SignedHeaders"],
        parts["Signature"],
        timestamp,
        regions=request.headers.get("X-Amz-Region-Set", ""),
        session_token=request.headers.get("X-Amz-Security-Token"),
    )


def _without_date(request: HttpRequest) -> Fault:
    """Return the fault of a signature without a time that can be read, in the words of the services other than S3.

    Undocumented; as recorded in the public issues of the SDKs.
    """
    given = request.headers.get("X-Amz-Date") or request.headers.get("Date")
    if given is None:
        return Fault(FaultKind.MISSING_DATE)
    wrong = f"Date must be in ISO-8601 'basic format'. Got '{given}'. See http://en.wikipedia.org/wiki/ISO_8601"
    return Fault(FaultKind.MISSING_DATE, wrong)


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


def _parse_version_2(request: HttpRequest) -> Authorization | Fault:
    """Read `AWSAccessKeyId`, `Expires` (seconds since the epoch) and `Signature`."""
    if not signature_v2.is_accepted(request):
        return Fault(FaultKind.INVALID_REQUEST, _NOT_SUPPORTED)
    query = dict(parse_qsl(request.raw_query, keep_blank_values=True))
    expires = query.get("Expires", "")
    if not (expires.isascii() and expires.isdigit() and len(expires) < _DIGITS):
        return Fault(FaultKind.ACCESS_DENIED, f"Invalid date (should be seconds since epoch): {expires}")
    tokens = {name.lower(): value for name, value in query.items()}
    return Authorization(
        access_key_id=query.get("AWSAccessKeyId", ""),
        date="",
        region="",
        service="s3",
        signed_headers=(),
        signature=query.get("Signature", ""),
        timestamp="",
        signed_at=float(expires),
        expires=0,
        session_token=tokens.get("x-amz-security-token") or request.headers.get("X-Amz-Security-Token"),
        algorithm=VERSION_2,
    )


def _parse_form(request: HttpRequest, body: bytes) -> Authorization | Fault | None:
    """Read the signature of a form's policy; a form without policy is anonymous."""
    upload = parse_form(request, body)
    if isinstance(upload, Fault):
        return upload
    fields = upload.fields
    encoded = fields.get("policy")
    if encoded is None:
        return None
    policy = parse_policy_of_form(encoded)
    if isinstance(policy, Fault):
        return policy
    scope = _scope_of_form(fields)
    if isinstance(scope, Fault):
        return scope
    version_2 = len(scope) == 1
    return Authorization(
        access_key_id=scope[0],
        date="" if version_2 else scope[1],
        region="" if version_2 else scope[2],
        service="s3",
        signed_headers=(),
        signature=fields["signature" if version_2 else "x-amz-signature"],
        timestamp=fields.get("x-amz-date", ""),
        signed_at=policy.expires_at,
        expires=0,
        session_token=fields.get("x-amz-security-token"),
        algorithm=VERSION_2 if version_2 else ALGORITHM,
        policy=encoded,
    )


def _scope_of_form(fields: Mapping[str, str]) -> list[str] | Fault:
    """Return the parts of a form's credential; of one signed in version 2, the access key alone."""
    if "awsaccesskeyid" in fields and "signature" in fields:
        return [fields["awsaccesskeyid"]]
    missing = next((name for name in _FORM_PARTS if not fields.get(name.lower())), None)
    if missing is not None:
        return Fault(FaultKind.INVALID_ARGUMENT, missing_field(missing))
    scope = fields["x-amz-credential"].rsplit("/", _SCOPE_PARTS - 1)
    if len(scope) != _SCOPE_PARTS or fields["x-amz-algorithm"] != ALGORITHM:
        return Fault(FaultKind.AUTHORIZATION_QUERY)
    return scope


def _expires(text: str) -> int | Fault:
    if not text.lstrip("-").isascii() or not text.removeprefix("-").isdigit():
        return Fault(FaultKind.AUTHORIZATION_QUERY, "X-Amz-Expires should be a number")
    if text.startswith("-"):
        return Fault(FaultKind.AUTHORIZATION_QUERY, "X-Amz-Expires must be non-negative")
    if len(text) >= _DIGITS or int(text) > _WEEK:
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
        return Fault(FaultKind.MISSING_DATE)
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
