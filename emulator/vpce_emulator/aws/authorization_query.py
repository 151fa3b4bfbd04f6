"""Who signed a request: its signature wherever it stands (header, query or form), read but not checked.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from vpce_emulator.aws import signature_v2
from vpce_emulator.aws.authorization_header import (
    ALGORITHM,
    ASYMMETRIC_ALGORITHM,
    NOT_SUPPORTED,
    VERSION_2,
    Authorization,
    parse_header,
    scoped,
    seconds,
)
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.s3_form import is_form_upload, missing_field, parse_form, parse_policy_of_form

_WEEK = 7 * 24 * 60 * 60
# How long a URL of a service other than S3 is good that does not say so itself, in seconds.
_QUARTER_OF_AN_HOUR = 15 * 60
_QUERY_PARTS = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")
# Longer numbers of seconds are no times.
_DIGITS = 12
_FORM_PARTS = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature")
_SCOPE_PARTS = 5
_ONLY_ONE = (
    "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or "
    "the Authorization header should be specified"
)


def parse_authorization(
    request: HttpRequest, body: bytes | None = None, *, region: str = "", s3: bool = True
) -> Authorization | Fault | None:
    """Read the signature of a request, from its Authorization header, its query or its form.

    Args:
        request: its head.
        body: its body, where it has been read; only of a form upload is it looked at.
        region: the Region that the request is for; empty for any.
        s3: whether the request is to S3, which has words of its own for what cannot be read.

    Returns:
        the signature; None for a request without one; a Fault for one that cannot be read, or of a version that AWS no
        longer takes.
    """
    header = request.headers.get("Authorization")
    query = request.raw_query
    version_4 = "X-Amz-" in query and ("X-Amz-Signature=" in query or "X-Amz-Credential=" in query)
    version_2 = s3 and "Signature=" in query and "AWSAccessKeyId=" in query
    if header is not None:
        if s3 and (version_2 or version_4 or "X-Amz-Algorithm=" in query):
            details = (("ArgumentName", "Authorization"), ("ArgumentValue", header))
            return Fault(FaultKind.INVALID_ARGUMENT, _ONLY_ONE, details)
        return parse_header(header, request, region, s3=s3)
    if version_4:
        return _parse_query(request, s3=s3)
    if version_2:
        return _parse_version_2(request, region)
    return _parse_form(request, body) if body is not None and is_form_upload(request) else None


def _parse_query(request: HttpRequest, *, s3: bool) -> Authorization | Fault:
    query = dict(parse_qsl(request.raw_query, keep_blank_values=True))
    missing = [name for name in _QUERY_PARTS if not query.get(name)]
    if missing or (s3 and "X-Amz-Expires" not in query):
        told = " ".join(f"AWS query-string parameters must include '{name}'." for name in missing)
        message = "" if s3 else f"{told} Re-examine the query-string parameters."
        return Fault(FaultKind.AUTHORIZATION_QUERY, message)
    if query["X-Amz-Algorithm"] not in {ALGORITHM, ASYMMETRIC_ALGORITHM}:
        message = f'X-Amz-Algorithm only supports "{ALGORITHM} and {ASYMMETRIC_ALGORITHM}"'
        return Fault(FaultKind.AUTHORIZATION_QUERY, message)
    expires = _expires(query.get("X-Amz-Expires", str(_QUARTER_OF_AN_HOUR)))
    if isinstance(expires, Fault):
        return expires
    if seconds(query["X-Amz-Date"]) is None:
        return Fault(
            FaultKind.AUTHORIZATION_QUERY, "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
        )
    return scoped(
        query["X-Amz-Algorithm"],
        query["X-Amz-Credential"],
        query["X-Amz-SignedHeaders"],
        query["X-Amz-Signature"],
        query["X-Amz-Date"],
        regions=query.get("X-Amz-Region-Set", ""),
        session_token=query.get("X-Amz-Security-Token"),
        expires=expires,
        s3=s3,
    )


def _parse_version_2(request: HttpRequest, region: str) -> Authorization | Fault:
    """Read `AWSAccessKeyId`, `Expires` (seconds since the epoch) and `Signature`."""
    if not signature_v2.is_accepted(request, region):
        return Fault(FaultKind.INVALID_REQUEST, NOT_SUPPORTED)
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
