"""Uploads from HTML forms: a POST to a bucket with the key, the ACL and the signature in form fields.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html for the fields, and
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html for the policy that is signed.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.s3_xml import parse_xml, tags_of

_BOUNDARY = re.compile(r'boundary=(?:"([^"]+)"|([^;\s]+))', re.IGNORECASE)
_NAME = re.compile(rb';\s*name="([^"]*)"', re.IGNORECASE)
_FILENAME = re.compile(rb';\s*filename="([^"]*)"', re.IGNORECASE)
_MALFORMED = "The body of your POST request is not well-formed multipart/form-data."
# Fields that a policy need not mention.
_UNCHECKED = frozenset({"awsaccesskeyid", "signature", "policy", "file", "x-amz-signature"})


@dataclass(frozen=True, slots=True)
class FormUpload:
    """A form, up to its file, behind which S3 reads no field.

    Attributes:
        fields: each field's text by its name in lower case.
        size: of the file, in bytes.
    """

    fields: Mapping[str, str]
    size: int

    def headers(self) -> Iterator[tuple[str, str]]:
        """Yield the headers that an upload by PUT would have in place of the fields."""
        for name, text in self.fields.items():
            if name.startswith("x-amz-"):
                yield name, text
        if "acl" in self.fields:
            yield "x-amz-acl", self.fields["acl"]
        if "tagging" in self.fields:
            root = parse_xml(self.fields["tagging"].encode())
            yield "x-amz-tagging", urlencode(tags_of(root) or {}) if root is not None else ""

    @property
    def key(self) -> str:
        """The object's key, with the file's name in place of `${filename}`; empty when there is none."""
        return self.fields.get("key", "").replace("${filename}", self.fields.get("file", ""))


@dataclass(frozen=True, slots=True)
class PostPolicy:
    """The policy in a form: until when it holds, in seconds since the epoch, and what the fields must be."""

    expires_at: float
    conditions: tuple[object, ...]


def is_form_upload(request: HttpRequest) -> bool:
    """Return whether a request is a form with files."""
    content_type = request.headers.get("Content-Type", "")
    return request.method == "POST" and content_type.lower().startswith("multipart/form-data")


def missing_field(name: str) -> str:
    """Return S3's text about a form without a field that it must have."""
    return (
        f"Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."
    )


def parse_form(request: HttpRequest, body: bytes) -> FormUpload | Fault:
    """Read a form upload; a form without a file or that is none is a Fault."""
    boundary = _BOUNDARY.search(request.headers.get("Content-Type", ""))
    if boundary is None:
        return Fault(FaultKind.INVALID_ARGUMENT, _MALFORMED)
    delimiter = b"--" + (boundary[1] or boundary[2]).encode("utf-8", "surrogateescape")
    fields: dict[str, str] = {}
    for part in (b"\r\n" + body).split(b"\r\n" + delimiter)[1:]:
        head, blank, content = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not blank or name is None:
            continue
        field = name[1].decode("utf-8", "replace").lower()
        if field == "file":
            filename = _FILENAME.search(head)
            fields["file"] = filename[1].decode("utf-8", "replace") if filename else ""
            return FormUpload(fields, len(content))
        fields[field] = content.decode("utf-8", "replace")
    return Fault(FaultKind.INVALID_ARGUMENT, "POST requires exactly one file upload per request.")


def parse_policy_of_form(encoded: str) -> PostPolicy | Fault:
    """Read the base64 of a form's policy."""
    try:
        given = json.loads(b64decode(encoded, validate=True))
        moment = datetime.fromisoformat(given["expiration"])
        expires_at = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        return PostPolicy(expires_at, tuple(given["conditions"]))
    except (NotBase64, ValueError, RecursionError, TypeError, KeyError, AttributeError, OverflowError):
        return Fault(FaultKind.INVALID_POLICY_DOCUMENT)


def refused_by_policy(upload: FormUpload, bucket: str) -> Fault | None:
    """Return why a form's own policy does not let it through; None for a form without policy, which is anonymous."""
    encoded = upload.fields.get("policy")
    if encoded is None:
        return None
    policy = parse_policy_of_form(encoded)
    if isinstance(policy, Fault):
        return policy
    fields = {**upload.fields, "bucket": bucket, "key": upload.key}
    mentioned = {"bucket"}
    for condition in policy.conditions:
        refused = _refused(condition, fields, upload.size, mentioned)
        if refused is not None:
            return refused
    extra = sorted(
        name for name in upload.fields if not (name in _UNCHECKED or name in mentioned or name.startswith("x-ignore-"))
    )
    return _invalid(f"Extra input fields: {', '.join(extra)}") if extra else None


def _refused(condition: object, fields: Mapping[str, str], size: int, mentioned: set[str]) -> Fault | None:
    """Check a condition: `{"acl": "private"}`, `["starts-with", "$key", "x/"]`, `["content-length-range", 1, 9]`."""
    tests: list[tuple[str, object, object]]
    if isinstance(condition, dict):
        tests = [("eq", f"${name}", value) for name, value in condition.items()]
    elif isinstance(condition, list) and len(condition) == 3:
        tests = [(str(condition[0]).lower(), condition[1], condition[2])]
    else:
        return Fault(FaultKind.INVALID_POLICY_DOCUMENT)
    for kind, field, value in tests:
        if kind == "content-length-range":
            return _out_of_range(field, value, size)
        name = str(field).removeprefix("$").lower()
        mentioned.add(name)
        given = fields.get(name, "")
        holds = given.startswith(str(value)) if kind == "starts-with" else kind == "eq" and given == str(value)
        if not holds:
            return _invalid(f"Policy Condition failed: {json.dumps([kind, field, value])}")
    return None


def _out_of_range(low: object, high: object, size: int) -> Fault | None:
    try:
        smallest, largest = int(str(low)), int(str(high))
    except ValueError:
        return Fault(FaultKind.INVALID_POLICY_DOCUMENT)
    if size > largest:
        details = (("ProposedSize", str(size)), ("MaxSizeAllowed", str(largest)))
        return Fault(FaultKind.ENTITY_TOO_LARGE, details=details)
    if size < smallest:
        details = (("ProposedSize", str(size)), ("MinSizeAllowed", str(smallest)))
        return Fault(FaultKind.ENTITY_TOO_SMALL, details=details)
    return None


def _invalid(reason: str) -> Fault:
    return Fault(FaultKind.ACCESS_DENIED, f"Invalid according to Policy: {reason}")
