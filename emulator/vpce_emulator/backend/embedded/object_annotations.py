"""Annotations of objects: named texts beside their contents, each of which a caller needs leave of its own for.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAnnotation.html and the pages of its siblings. They belong
to one version of an object, and go when it does. How the roots of the answers are called is undocumented, and chosen.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from types import MappingProxyType
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from moto.s3.models import FakeBucket, FakeKey

from vpce_emulator.aws.faults import Code, Fault, FaultKind
from vpce_emulator.aws.http import HttpResponse
from vpce_emulator.aws.s3_conditional_requests import failed
from vpce_emulator.aws.s3_request import copy_source
from vpce_emulator.aws.s3_xml import written_xml
from vpce_emulator.backend.checksums import HEADERS as CHECKSUM_HEADERS
from vpce_emulator.backend.embedded.buckets import object_in, object_named
from vpce_emulator.backend.embedded.service_call import ServiceCall

ANNOTATIONS = "annotations"
"""The attribute of an object in moto that holds its annotations by name."""
LARGEST = 1024 * 1024
"""Bytes of an annotation."""
MOST = 1000
"""Annotations of an object, and of one page of their list."""
LONGEST_NAME = 512
"""Bytes of an annotation's name."""
IF_MATCH = "x-amz-object-if-match"
DIRECTIVE = "x-amz-object-annotation-directive"


@dataclass(frozen=True, slots=True)
class Annotation:
    """An annotation: its text, when it was put, and the header with the checksum that it came with, if any."""

    content: bytes
    last_modified: datetime
    checksum: tuple[str, str] | None

    @property
    def etag(self) -> str:
        """The entity tag."""
        return f'"{hashlib.md5(self.content, usedforsecurity=False).hexdigest()}"'


Answer = HttpResponse | Fault


def annotations_of(found: FakeKey) -> Mapping[str, Annotation]:
    """Return an object's annotations by name."""
    kept: Mapping[str, Annotation] = getattr(found, ANNOTATIONS, {})
    return kept


def is_annotated(bucket: str, key: str, version_id: str) -> bool:
    """Return whether an object has annotations; one that is not there has none."""
    found = object_named(bucket, key, version_id)
    return isinstance(found, FakeKey) and bool(annotations_of(found))


def annotations_to_copy(call: ServiceCall) -> Mapping[str, Annotation]:
    """Return the annotations that go along with a copy, which are all unless it is said otherwise."""
    excluded = call.request.headers.get(DIRECTIVE, "COPY").upper() == "EXCLUDE"
    if call.operation.name != "CopyObject" or excluded:
        return {}
    source = copy_source(call.request.headers.get("x-amz-copy-source", ""))
    found = None if isinstance(source, Fault) else object_named(*source)
    return annotations_of(found) if isinstance(found, FakeKey) else {}


def annotate(call: ServiceCall, annotations: Mapping[str, Annotation]) -> None:
    """Give the object that a call made its annotations."""
    found = object_named(call.operation.bucket, call.operation.key, "")
    if annotations and found is not None:
        setattr(found, ANNOTATIONS, dict(annotations))


def _put(call: ServiceCall, found: FakeKey, query: Mapping[str, str]) -> Answer:
    name = query.get("annotationName", "")
    refused = _refused_name(name) or _refused_payload(call.body)
    if refused is not None:
        return refused
    kept = dict(annotations_of(found))
    if name not in kept and len(kept) >= MOST:
        message = "The request would exceed the maximum number of annotations allowed per object."
        return _refused("AnnotationLimitExceeded", message)
    told = ((header, value) for header, value in call.request.headers.items() if header.lower() in CHECKSUM_HEADERS)
    put = Annotation(bytes(call.body), datetime.now(UTC), next(told, None))
    setattr(found, ANNOTATIONS, {**kept, name: put})
    root = ElementTree.Element("PutObjectAnnotationOutput")
    _add(root, Key=call.operation.key, AnnotationName=name)
    return HttpResponse(200, (_XML, ("ETag", put.etag), *_checksum(put)), written_xml(root))


def _get(_: ServiceCall, found: FakeKey, query: Mapping[str, str]) -> Answer:
    kept = annotations_of(found).get(query.get("annotationName", ""))
    if kept is None:
        return _refused("NoSuchAnnotation", "The specified annotation does not exist on this object.", 404)
    stored = ("Last-Modified", format_datetime(kept.last_modified, usegmt=True))
    headers = (("Content-Type", "text/plain; charset=utf-8"), ("ETag", kept.etag), stored, *_checksum(kept))
    return HttpResponse(200, headers, kept.content)


def _list(call: ServiceCall, found: FakeKey, query: Mapping[str, str]) -> Answer:
    most, prefix = query.get("max-annotation-results", str(MOST)), query.get("annotation-prefix", "")
    if not (most.isascii() and most.isdigit() and 1 <= int(most[:5]) <= MOST):
        return Fault(FaultKind.INVALID_ARGUMENT, details=(("ArgumentName", "max-annotation-results"),))
    after = _name_in(query.get("continuation-token", ""))
    names = [name for name in sorted(annotations_of(found)) if name.startswith(prefix) and name > after]
    page = names[: int(most)]
    root = ElementTree.Element("ListObjectAnnotationsOutput")
    entries = ElementTree.SubElement(root, "Annotations")
    for name in page:
        kept = annotations_of(found)[name]
        stored, size = kept.last_modified.strftime("%Y-%m-%dT%H:%M:%S.000Z"), str(len(kept.content))
        entry = ElementTree.SubElement(entries, "AnnotationEntry")
        _add(entry, AnnotationName=name, LastModified=stored, ETag=kept.etag, Size=size)
    _add(root, Bucket=call.operation.bucket, Key=call.operation.key, AnnotationPrefix=prefix)
    _add(root, MaxAnnotationResults=most, AnnotationCount=str(len(page)))
    if len(names) > len(page):
        _add(root, NextContinuationToken=base64.urlsafe_b64encode(page[-1].encode()).decode())
    return HttpResponse(200, (_XML,), written_xml(root))


def _delete(_: ServiceCall, found: FakeKey, query: Mapping[str, str]) -> Answer:
    name = query.get("annotationName", "")
    setattr(found, ANNOTATIONS, {each: kept for each, kept in annotations_of(found).items() if each != name})
    return HttpResponse(204, ())


def _of_object(handler: Callable[[ServiceCall, FakeKey, Mapping[str, str]], Answer]) -> Callable[..., Answer]:
    """Return what answers a call about the annotations of an object that is there, and is the one expected."""

    def answer(call: ServiceCall, bucket: FakeBucket) -> Answer:
        query = dict(parse_qsl(call.request.raw_query, keep_blank_values=True))
        found = object_in(bucket, call.operation.key, query.get("versionId", ""))
        if isinstance(found, Fault):
            return found
        expected = call.request.headers.get(IF_MATCH)
        if expected is not None and expected.strip('"') != found.etag.strip('"'):
            return failed(IF_MATCH)
        answered = handler(call, found, query)
        if isinstance(answered, Fault) or not bucket.is_versioned:
            return answered
        version = ("x-amz-object-version-id", found.version_id)
        return HttpResponse(answered.status, (*answered.headers, version), answered.body)

    return answer


HANDLERS: Mapping[str, Callable[[ServiceCall, FakeBucket], Answer]] = MappingProxyType(
    {
        "DeleteObjectAnnotation": _of_object(_delete),
        "GetObjectAnnotation": _of_object(_get),
        "ListObjectAnnotations": _of_object(_list),
        "PutObjectAnnotation": _of_object(_put),
    }
)
_XML = ("Content-Type", "application/xml")


def _refused_name(name: str) -> Fault | None:
    """Return what is wrong with an annotation's name: those that begin with `aws` or `s3` are AWS's own."""
    if len(name.encode()) > LONGEST_NAME:
        return _refused("AnnotationNameTooLong", "The annotation name exceeds 512 bytes.")
    if not name or not name.isprintable() or name.lower().startswith(("aws", "s3")):
        return _refused("InvalidAnnotationName", "The annotation name you provided is invalid.")
    return None


def _refused_payload(body: bytes) -> Fault | None:
    if not 1 <= len(body) <= LARGEST:
        return Fault(FaultKind.INVALID_REQUEST, "The annotation payload must be between 1 byte and 1 MiB in size.")
    try:
        bytes(body).decode("utf-8")
    except UnicodeDecodeError:
        return _refused("UnsupportedMediaType", "The annotation payload is not valid UTF-8 encoded text.", 415)
    return None


def _refused(code: str, message: str, status: int = 400) -> Fault:
    return Fault(FaultKind.INVALID_REQUEST, message, code=Code(code, status))


def _checksum(kept: Annotation) -> tuple[tuple[str, str], ...]:
    return () if kept.checksum is None else (kept.checksum,)


def _name_in(token: str) -> str:
    """Return the last name of the page before; empty for a token that is none."""
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except ValueError:
        return ""


def _add(element: ElementTree.Element, **texts: str) -> None:
    for name, text in texts.items():
        ElementTree.SubElement(element, name).text = text
