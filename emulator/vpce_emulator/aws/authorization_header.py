"""Who signed a request: its signature as it stands in the Authorization header, read but not checked.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. What AWS says of a header
that cannot be read is undocumented; the texts are those recorded in the public issues of the SDKs.
"""

from __future__ import annotations

from calendar import timegm
from dataclasses import dataclass
from email.utils import mktime_tz, parsedate_tz
from functools import lru_cache
from time import gmtime, strftime, strptime
from urllib.parse import unquote

from vpce_emulator.aws import signature_v2
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest

ALGORITHM = "AWS4-HMAC-SHA256"
VERSION_2 = "AWS"
ASYMMETRIC_ALGORITHM = "AWS4-ECDSA-P256-SHA256"
NOT_SUPPORTED = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."

_PARTS = ("Credential", "Signature", "SignedHeaders")
_TERMINATOR = "aws4_request"
_WITHOUT_DATE = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."


@dataclass(frozen=True, slots=True)
class Authorization:
    """A signature as it stands in a request, not yet checked.

    Attributes:
        access_key_id: whose key signed.
        date: the day in the scope, `YYYYMMDD`.
        region: the Region in the scope; of an asymmetric signature, the Regions it is for.
        service: the service in the scope.
        signed_headers: lower case, in the order given.
        signature: hexadecimal; of version 2, base64.
        timestamp: when it was signed, `YYYYMMDDTHHMMSSZ`.
        signed_at: the same, in seconds since the epoch.
        expires: of a presigned URL, for how many seconds it is valid; None for a signature in the header.
        session_token: of temporary credentials.
        algorithm: `AWS4-HMAC-SHA256`, `AWS4-ECDSA-P256-SHA256`, or `AWS` for version 2, which has no scope; a URL
            presigned in it has no time of its own, and `signed_at` is then when it expires.
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

    @property
    def scope(self) -> str:
        """What it is good for, as it is signed: an asymmetric one's Regions stand elsewhere."""
        region = "" if self.algorithm == ASYMMETRIC_ALGORITHM else f"/{self.region}"
        return f"{self.date}{region}/{self.service}/{_TERMINATOR}"


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
    if len(parts) < 4 or parts[-1] != _TERMINATOR:
        return "", ""
    # An asymmetric signature's scope has no Region: <key>/<date>/<service>/aws4_request.
    return (parts[-3] if len(parts) > 4 else ""), parts[-2]


def parse_header(header: str, request: HttpRequest, region: str, *, s3: bool) -> Authorization | Fault:
    """Read an Authorization header.

    Args:
        header: its value.
        request: the head that it stands in.
        region: the Region that the request is for, which decides whether S3 takes version 2.
        s3: whether the request is to S3, which has words of its own for what cannot be read.
    """
    algorithm, _, rest = header.partition(" ")
    if s3 and algorithm == VERSION_2:
        return _parse_version_2(rest, request, region)
    parts = {name.strip(): value.strip() for name, _, value in (part.partition("=") for part in rest.split(","))}
    unreadable = (_unreadable_by_s3 if s3 else _unreadable)(header, algorithm, parts, request)
    timestamp = _timestamp(request)
    if unreadable is not None or timestamp is None:
        return unreadable or Fault(FaultKind.MISSING_DATE)
    return scoped(
        algorithm,
        parts["Credential"],
        parts["SignedHeaders"],
        parts["Signature"],
        timestamp,
        regions=request.headers.get("X-Amz-Region-Set", ""),
        session_token=request.headers.get("X-Amz-Security-Token"),
        s3=s3,
    )


def _unreadable_by_s3(header: str, algorithm: str, parts: dict[str, str], _request: HttpRequest) -> Fault | None:
    if algorithm not in {ALGORITHM, ASYMMETRIC_ALGORITHM}:
        details = (("ArgumentName", "Authorization"), ("ArgumentValue", header))
        return Fault(FaultKind.INVALID_ARGUMENT, "Unsupported Authorization Type", details)
    missing = next((name for name in ("Credential", "SignedHeaders", "Signature") if not parts.get(name)), None)
    return _malformed(f'the authorization component "{missing}" is missing.') if missing else None


def _malformed(reason: str) -> Fault:
    return Fault(FaultKind.AUTHORIZATION_MALFORMED, f"The authorization header is malformed; {reason}")


def _unreadable(header: str, algorithm: str, parts: dict[str, str], request: HttpRequest) -> Fault | None:
    """Return what the services other than S3 say: every part that is missing, one after the other."""
    if not header.strip():
        return Fault(FaultKind.MISSING_AUTHENTICATION)
    stray = next((part for part in header.partition(" ")[2].split(",") if "=" not in part), None)
    if stray is not None:
        what = f"'{stray.strip()}' not a valid key=value pair (missing equal-sign) in Authorization header: '{header}'."
        return Fault(FaultKind.AUTHORIZATION_MALFORMED, what)
    missing = [f"Authorization header requires '{name}' parameter." for name in _PARTS if not parts.get(name)]
    given = request.headers.get("X-Amz-Date") or request.headers.get("Date")
    if given is None:
        missing.append(_WITHOUT_DATE)
    if missing:
        return Fault(FaultKind.AUTHORIZATION_MALFORMED, f"{' '.join(missing)} Authorization={header}")
    if algorithm not in {ALGORITHM, ASYMMETRIC_ALGORITHM}:
        return Fault(FaultKind.AUTHORIZATION_MALFORMED, f"Unsupported AWS 'algorithm': '{algorithm}'.")
    if _timestamp(request) is None:
        wrong = f"Date must be in ISO-8601 'basic format'. Got '{given}'. See http://en.wikipedia.org/wiki/ISO_8601"
        return Fault(FaultKind.AUTHORIZATION_MALFORMED, wrong)
    return None


def _parse_version_2(credential: str, request: HttpRequest, region: str) -> Authorization | Fault:
    """Read `AWS <access key id>:<signature>`."""
    if not signature_v2.is_accepted(request, region):
        return Fault(FaultKind.INVALID_REQUEST, NOT_SUPPORTED)
    access_key_id, colon, signature = credential.partition(":")
    timestamp = _timestamp(request)
    if not colon or not access_key_id or timestamp is None:
        if timestamp is None:
            return Fault(FaultKind.MISSING_DATE)
        message = "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature"
        details = (("ArgumentName", "Authorization"), ("ArgumentValue", f"AWS {credential}"))
        return Fault(FaultKind.INVALID_ARGUMENT, message, details)
    return Authorization(
        access_key_id=access_key_id,
        date=timestamp[:8],
        region="",
        service="s3",
        signed_headers=(),
        signature=signature,
        timestamp=timestamp,
        signed_at=seconds(timestamp) or 0.0,
        session_token=request.headers.get("X-Amz-Security-Token"),
        algorithm=VERSION_2,
    )


def _timestamp(request: HttpRequest) -> str | None:
    """Return `X-Amz-Date`, or the Date header, in the basic form of ISO 8601."""
    given = request.headers.get("X-Amz-Date") or request.headers.get("Date")
    if given is None:
        return None
    if seconds(given) is not None:
        return given
    parsed = parsedate_tz(given)
    try:
        return strftime("%Y%m%dT%H%M%SZ", gmtime(mktime_tz(parsed))) if parsed is not None else None
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=1024)
def seconds(timestamp: str) -> float | None:
    """Return `YYYYMMDDTHHMMSSZ` in seconds since the epoch, or None where it is none."""
    try:
        return float(timegm(strptime(timestamp, "%Y%m%dT%H%M%SZ")))
    except ValueError:
        return None


def scoped(
    algorithm: str,
    credential: str,
    signed_headers: str,
    signature: str,
    timestamp: str,
    *,
    regions: str,
    session_token: str | None,
    expires: int | None = None,
    s3: bool = True,
) -> Authorization | Fault:
    """Return a signature of version 4 whose credential is taken apart.

    Args:
        algorithm: of the two of version 4.
        credential: `<access key id>/<date>/<Region>/<service>/aws4_request`, without Region where it is asymmetric.
        signed_headers: separated by semicolons.
        signature: hexadecimal.
        timestamp: one that `seconds` can read.
        regions: `X-Amz-Region-Set`.
        session_token: `X-Amz-Security-Token`.
        expires: of a presigned URL, seconds.
        s3: as in `parse_header`.
    """
    # The key id comes first and may itself hold slashes; an asymmetric scope has no Region.
    length = 5 if algorithm == ALGORITHM else 4
    scope = credential.rsplit("/", length - 1)
    if len(scope) != length or not scope[0] or scope[-1] != _TERMINATOR or not (s3 or "/" not in scope[0]):
        return _wrong_credential(credential, length, presigned=expires is not None, s3=s3)
    return Authorization(
        access_key_id=scope[0],
        date=scope[1],
        region=scope[2] if length == 5 else regions,
        service=scope[-2],
        signed_headers=tuple(signed_headers.lower().split(";")),
        signature=signature,
        timestamp=timestamp,
        signed_at=seconds(timestamp) or 0.0,
        expires=expires,
        session_token=session_token,
        algorithm=algorithm,
    )


def _wrong_credential(credential: str, length: int, *, presigned: bool, s3: bool) -> Fault:
    if s3:
        message = (
            f'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request", got '
            f'"{credential}".'
        )
        if presigned:
            return Fault(FaultKind.AUTHORIZATION_QUERY, f"Error parsing the X-Amz-Credential parameter; {message}")
        return _malformed(message)
    parts = credential.split("/")
    if len(parts) == length:
        terminator = f"Credential should be scoped with a valid terminator: '{_TERMINATOR}', not '{parts[-1]}'."
        return Fault(FaultKind.SIGNATURE_DOES_NOT_MATCH, terminator)
    elements = "keyid/date/region/service/term" if length == 5 else "keyid/date/service/term"
    what = f"Credential must have exactly {length} slash-delimited elements, e.g. {elements}, got '{credential}'"
    return Fault(FaultKind.AUTHORIZATION_MALFORMED, what)
