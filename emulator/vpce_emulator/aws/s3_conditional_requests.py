"""Conditional requests to S3: which condition of a read, a write or a copy does not hold.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html ("Additional Considerations about Request Headers")
and RFC 9110, section 13.2.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from vpce_emulator.aws.fault_codes import FaultKind
from vpce_emulator.aws.faults import Fault

OF_READS = ("If-Match", "If-Unmodified-Since", "If-None-Match", "If-Modified-Since")
OF_WRITES = ("If-Match", "If-None-Match")
OF_SOURCES = tuple(f"x-amz-copy-source-{name}" for name in OF_READS)
_NOT_MODIFIED = frozenset({"If-None-Match", "If-Modified-Since"})
_NOT_ACCEPTED = "We don't accept the provided value of If-None-Match header for this API"
_TOO_MANY = "Multiple conditional request headers present in the request"


@dataclass(frozen=True, slots=True)
class Stored:
    """What conditions are about: an object's entity tag and when it was stored, to the second."""

    etag: str
    last_modified: datetime


def unmet(headers: Mapping[str, str], stored: Stored, prefix: str = "") -> str:
    """Return the name of the first condition that does not hold, without the prefix; empty where all do.

    A condition about time counts only where there is none about the entity tag beside it.

    Args:
        headers: of the request.
        stored: the object.
        prefix: what the names of the headers begin with: that of a copy's source.
    """
    if f"{prefix}If-Match" in headers:
        if not names_tag(headers[f"{prefix}If-Match"], stored.etag):
            return "If-Match"
    elif _is_after(stored, headers.get(f"{prefix}If-Unmodified-Since"), default=False):
        return "If-Unmodified-Since"
    if f"{prefix}If-None-Match" in headers:
        return "If-None-Match" if names_tag(headers[f"{prefix}If-None-Match"], stored.etag) else ""
    return "" if _is_after(stored, headers.get(f"{prefix}If-Modified-Since"), default=True) else "If-Modified-Since"


def is_not_modified(condition: str) -> bool:
    """Return whether a read whose condition does not hold is answered with 304, and not with 412."""
    return condition in _NOT_MODIFIED


def failed(condition: str) -> Fault:
    """Return the refusal of a request whose condition does not hold."""
    return Fault(FaultKind.PRECONDITION_FAILED, details=(("Condition", condition),))


def refused_write(headers: Mapping[str, str], stored: Stored | None) -> Fault | None:
    """Return why a write is not carried out: S3 takes `If-Match` with a tag, or `If-None-Match: *`.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html; the texts are from recorded answers.

    Args:
        headers: of the request.
        stored: the object that would be replaced; None where there is none.
    """
    match, none_match = headers.get("If-Match"), headers.get("If-None-Match")
    if match is not None and none_match is not None:
        return _not_implemented("If-Match,If-None-Match", _TOO_MANY)
    if none_match is not None and none_match.strip() != "*":
        return _not_implemented("If-None-Match", _NOT_ACCEPTED)
    if none_match is not None:
        return failed("If-None-Match") if stored is not None else None
    if match is None or stored is None:
        return None
    return None if names_tag(match, stored.etag) else failed("If-Match")


def _not_implemented(header: str, message: str) -> Fault:
    return Fault(FaultKind.NOT_IMPLEMENTED, details=(("Header", header), ("additionalMessage", message)))


def names_tag(condition: str, etag: str) -> bool:
    """Return whether a list of entity tags has one; S3 takes them without quotes, too."""
    tags = (tag.strip().removeprefix("W/").strip('"') for tag in condition.split(","))
    return condition.strip() == "*" or etag.strip('"') in tags


def _is_after(stored: Stored, date: str | None, *, default: bool) -> bool:
    """Return whether an object was stored after a date; the default where that is none."""
    if date is None:
        return default
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return default
    return stored.last_modified > (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
