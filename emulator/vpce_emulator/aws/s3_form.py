"""Uploads from HTML forms: a POST to a bucket with the key, the ACL and the signature in form fields.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html for the fields, and
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html for the policy that is signed.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlencode

from vpce_emulator.aws.faults import Code, Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.s3_xml import parse_xml, tags_of

_MALFORMED = Fault(
    FaultKind.INVALID_ARGUMENT,
    "The body of your POST request is not well-formed multipart/form-data.",
    code=Code("MalformedPOSTRequest", 400),
)
_NO_FILE = Fault(FaultKind.INVALID_ARGUMENT, "POST requires exactly one file upload per request.")
_BAD_TEXT = Fault(
    FaultKind.INVALID_ARGUMENT, "Malformed Unicode code sequence in the field.", (("ArgumentName", "formField"),)
)
_MOST_OF_FIELDS = 20 * 1024
_TOO_LONG = Fault(
    FaultKind.ENTITY_TOO_LARGE,
    "Your POST request fields preceding the upload file were too large.",
    code=Code("MaxPostPreDataLengthExceeded", 400),
)
# RFC 2046, section 5.1.1.
_BOUNDARY = re.compile(
    r"""(?i)multipart/form-data\s*(?:;[^"]*)?;\s*boundary=(?:"([^"]{1,70})"|([^";\s,]{1,70}))\s*(?:;.*)?"""
)
# RFC 7578, section 4.2; a parameter is a token or a quoted string, in which browsers write `%22` and curl `\"`.
_PARAMETER = r"""\s*;\s*(?P<{}>[A-Za-z]+[*]?)=(?:"(?P<{}>(?:[^"\\]|\\.)*)"|(?P<{}>[^\s;,"]+))"""
_DISPOSITION = re.compile(rf"(?i)form-data((?:{re.sub('[?]P<{}>', '', _PARAMETER)})*)\s*")
_ONE_PARAMETER = re.compile(_PARAMETER.format("name", "quoted", "token"))
# The names of S3's own fields and of metadata, as they are passed on.
_NAME = re.compile(r"[a-z0-9_.\-]+")
# Fields that a policy need not mention.
_UNCHECKED = frozenset({"awsaccesskeyid", "signature", "policy", "file", "x-amz-signature"})


@dataclass(frozen=True, slots=True)
class FormUpload:
    """A form, up to its file, behind which S3 reads no field.

    Attributes:
        fields: each field's text by its name in lower case; the file's is its name.
        content: of the file.
    """

    fields: Mapping[str, str]
    content: bytes

    @property
    def size(self) -> int:
        """The file's size in bytes."""
        return len(self.content)

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
        """The object's key, with the file's name in place of `${filename}`; empty when there is none.

        Of a path, the name is what stands behind the last slash or backslash.
        """
        name = re.split(r"[/\\]", self.fields.get("file", ""))[-1]
        return self.fields.get("key", "").replace("${filename}", name)


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
    """Read a form upload; a form without a file, with a field twice, or that is none is a Fault."""
    boundary = _BOUNDARY.fullmatch(request.headers.get("Content-Type", ""))
    if boundary is None:
        return _MALFORMED
    fields: dict[str, str] = {}
    size = 0
    for head, content in _parts(body, (boundary[1] or boundary[2]).encode("utf-8", "surrogateescape")):
        parameters = _parameters(head)
        if parameters is None:
            return _MALFORMED
        name = parameters["name"].lower()
        # INVARIANT: no field stands twice, in any letter case, so that all who read the form read the same.
        if name in fields:
            details = (("ArgumentName", parameters["name"]), ("ArgumentValue", fields[name]))
            return Fault(FaultKind.INVALID_ARGUMENT, "A form field must not be given more than once.", details)
        if name == "file":
            return (
                _TOO_LONG
                if size > _MOST_OF_FIELDS
                else FormUpload({**fields, "file": parameters.get("filename", "")}, content)
            )
        try:
            fields[name] = content.decode()
            size += len(head) + len(content)
        except UnicodeDecodeError:
            return _BAD_TEXT
    return _NO_FILE


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the head and the content of each part between the delimiter lines of RFC 2046.

    Nothing of a part that has no end.
    """
    delimiter = re.compile(rb"(?:\A|\r\n)--" + re.escape(boundary) + rb"(?:--|[ \t]*(?=\r\n))")
    begin = None
    for found in delimiter.finditer(body):
        if begin is not None:
            head, _, content = body[begin : found.start()].partition(b"\r\n\r\n")
            yield head, content
        if found.group().endswith(b"--"):
            return
        begin = found.end()


def _parameters(head: bytes) -> dict[str, str] | None:
    """Return `name` and `filename` of a part; None where its head can be read in two ways, or not at all."""
    lines = head.decode("utf-8", "replace").split("\r\n")
    dispositions = [value for name, _, value in (line.partition(":") for line in lines) if _is_disposition(name)]
    if len(dispositions) != 1 or (whole := _DISPOSITION.fullmatch(dispositions[0].strip())) is None:
        return None
    found = [(one["name"].lower(), _text_of(one)) for one in _ONE_PARAMETER.finditer(whole[1])]
    parameters = dict(found)
    return parameters if len(parameters) == len(found) and "name" in parameters else None


def _is_disposition(name: str) -> bool:
    return name.strip().lower() == "content-disposition"


def _text_of(parameter: re.Match[str]) -> str:
    return (parameter["quoted"] or "").replace('\\"', '"') if parameter["token"] is None else parameter["token"]


def written_form(upload: FormUpload) -> tuple[str, bytes]:
    """Return a form's Content-Type and body, written in one way, with the key that the object gets.

    What proves who uploads is left out: it has been seen to.
    """
    fields = {name: text for name, text in upload.fields.items() if name not in _UNCHECKED and _NAME.fullmatch(name)}
    parts = [_part(f'name="{name}"', text.encode()) for name, text in {**fields, "key": upload.key}.items()]
    parts.append(_part('name="file"; filename="${filename}"', upload.content))
    boundary = _unused_boundary(parts)
    body = b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts) + b"--%b--\r\n" % boundary
    return f"multipart/form-data; boundary={boundary.decode()}", body


def _part(parameters: str, content: bytes) -> bytes:
    return b"Content-Disposition: form-data; %b\r\n\r\n%b" % (parameters.encode(), content)


def _unused_boundary(parts: Iterable[bytes]) -> bytes:
    """Return a boundary that no part has in it: a hash of them all, which nobody can put into one."""
    digest = sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest().encode()


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
