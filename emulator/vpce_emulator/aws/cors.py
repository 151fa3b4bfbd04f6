"""Cross-origin requests to S3, decided by the first of the bucket's CORS rules that matches.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html, and for preflight requests
https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html. The texts are those that S3 sends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from multidict import CIMultiDictProxy

from vpce_emulator.aws.fault_codes import Code, FaultKind
from vpce_emulator.aws.faults import Fault

METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "HEAD"})
"""What a rule may allow."""

_VARY = ("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method")
_NOT_ALLOWED = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
    "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
)

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CorsRule:
    """A rule of a bucket's CORS configuration.

    Attributes:
        origins: `AllowedOrigin`; one `*` in each stands for any text.
        methods: `AllowedMethod`.
        headers: `AllowedHeader`, as `origins`, in any letter case.
        exposed: `ExposeHeader`.
        max_age: `MaxAgeSeconds`; empty without one.
    """

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    max_age: str = ""

    def allows(self, origin: str, method: str, headers: Sequence[str]) -> bool:
        """Return whether the rule matches a request of an origin by a method with these headers."""
        return (
            any(_matches(allowed, origin) for allowed in self.origins)
            and method in self.methods
            and all(any(_matches(allowed.lower(), header) for allowed in self.headers) for header in headers)
        )


def preflight(rules: Sequence[CorsRule] | None, request: CIMultiDictProxy[str], *, of_object: bool) -> Headers | Fault:
    """Return the headers that answer a preflight request, or S3's refusal.

    Args:
        rules: of the bucket, in order; None when there is no such bucket.
        request: the headers of the request.
        of_object: whether its path names a key.
    """
    origin, method = request.get("Origin"), request.get("Access-Control-Request-Method")
    if not origin:
        return _bad_request("Insufficient information. Origin request header needed.")
    if rules is None:
        return _forbidden("CORSResponse: Bucket not found", method, "BUCKET")
    if not rules:
        return _forbidden("CORSResponse: CORS is not enabled for this bucket.", method, "BUCKET")
    if method not in METHODS:
        return _bad_request(f"Invalid Access-Control-Request-Method: {method or 'null'}")
    return _granted(rules, origin, method, request) or _forbidden(
        _NOT_ALLOWED, method, "OBJECT" if of_object else "BUCKET"
    )


def cors_headers(rules: Sequence[CorsRule], method: str, request: CIMultiDictProxy[str]) -> Headers:
    """Return the headers that S3 adds to the answer to an actual request; none where no rule matches.

    Args:
        rules: of the bucket, in order.
        method: of the request.
        request: its headers.
    """
    asked = request.get("Access-Control-Request-Method", method)
    return _granted(rules, request.get("Origin", ""), asked, request)


def _granted(rules: Sequence[CorsRule], origin: str, method: str, request: CIMultiDictProxy[str]) -> Headers:
    listed = request.get("Access-Control-Request-Headers", "").split(",")
    requested = [name.strip().lower() for name in listed if name.strip()]
    rule = next((rule for rule in rules if rule.allows(origin, method, requested)), None)
    if rule is None:
        return ()
    anybody = "*" in rule.origins
    told = (
        ("Access-Control-Allow-Origin", "*" if anybody else origin),
        ("Access-Control-Allow-Methods", ", ".join(rule.methods)),
        ("Access-Control-Allow-Headers", ", ".join(requested)),
        ("Access-Control-Expose-Headers", ", ".join(rule.exposed)),
        ("Access-Control-Max-Age", rule.max_age),
        ("Access-Control-Allow-Credentials", "" if anybody else "true"),
        _VARY,
    )
    return tuple((name, value) for name, value in told if value)


def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*", 1))), text, re.DOTALL) is not None


def _bad_request(message: str) -> Fault:
    return Fault(FaultKind.INVALID_REQUEST, message, code=Code("BadRequest", 400))


def _forbidden(message: str, method: str | None, resource_type: str) -> Fault:
    details = (("Method", method or "OPTIONS"), ("ResourceType", resource_type))
    return Fault(FaultKind.ACCESS_DENIED, message, details, Code("AccessForbidden", 403))
