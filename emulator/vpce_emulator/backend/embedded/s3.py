"""S3 in moto: what it is asked, and what is told of its answers."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from urllib.parse import unquote

from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.http import HttpResponse
from vpce_emulator.aws.s3_form import parse_form
from vpce_emulator.aws.s3_form_answer import answer_to_form
from vpce_emulator.aws.s3_validation import effective_headers
from vpce_emulator.aws.s3_xml import parse_xml
from vpce_emulator.backend.embedded.acls import note_owner, with_owners
from vpce_emulator.backend.embedded.buckets import bucket_named, object_named
from vpce_emulator.backend.embedded.conditional_deletions import deleting_what_matches
from vpce_emulator.backend.embedded.dispatch import MotoRequest, canonical_host, carry_out
from vpce_emulator.backend.embedded.kept_configurations import answer_of_our_own
from vpce_emulator.backend.embedded.object_annotations import annotate, annotations_to_copy
from vpce_emulator.backend.embedded.parts import part_as_range, with_parts_count
from vpce_emulator.backend.embedded.preconditions import with_conditions_decided
from vpce_emulator.backend.embedded.s3_answers import (
    answer_to_preflight,
    as_s3_sends_it,
    told_as_s3_tells_it,
    with_cors_headers,
)
from vpce_emulator.backend.embedded.s3_refusals import refused_whatever_is_stored, takes_document
from vpce_emulator.backend.embedded.s3_responses import EmulatedS3Response
from vpce_emulator.backend.embedded.service_call import ServiceCall

LARGEST_EMPTY_DOCUMENT = 512
"""Bytes of a body from which on it is not looked into for being an empty document."""


def answer(call: ServiceCall) -> HttpResponse | Fault:
    """Carry out an S3 call, or return what S3 refuses in it whatever data it holds.

    Raises:
        Exception: whatever moto stumbles over.
    """
    if call.request.method == "OPTIONS":
        return answer_to_preflight(call)
    refused = refused_whatever_is_stored(call)
    if refused is not None:
        return refused
    own = answer_of_our_own(call)
    if own is not None:
        return own if isinstance(own, Fault) else with_cors_headers(as_s3_sends_it(own), call)
    decided = with_conditions_decided(call)
    ranged = decided if isinstance(decided, Fault) else part_as_range(decided)
    if isinstance(ranged, Fault):
        return ranged
    told = told_as_s3_tells_it(deleting_what_matches(ranged, partial(_carried_out, call)), call)
    return with_cors_headers(with_parts_count(told, call), call)


def _carried_out(call: ServiceCall, ranged: ServiceCall) -> HttpResponse:
    """Have moto carry out a call.

    Args:
        call: as it came.
        ranged: the same with its conditions decided, and with a part of an object as a range of bytes.
    """
    headers = effective_headers(ranged.request.headers)
    effective = replace(ranged, request=replace(ranged.request, headers=headers), body=_body_as_moto_reads_it(ranged))
    request = MotoRequest(effective, canonical_host(call.service), effective.request.raw_path)
    if call.operation.name != "PostObject":
        request.without_form()
    named_object = call.operation.bucket and call.operation.key
    handler = EmulatedS3Response.key_dispatch if named_object else EmulatedS3Response.bucket_dispatch
    annotations = annotations_to_copy(call)
    answered = with_owners(carry_out(handler, request), call)
    if answered.status < 300:
        note_owner(call)
        annotate(call, annotations)
    if call.operation.name == "PostObject" and answered.status < 400:
        return _answer_to_form(answered, call)
    return answered


def _answer_to_form(answered: HttpResponse, call: ServiceCall) -> HttpResponse:
    upload = parse_form(call.request, call.body)
    bucket = bucket_named(call.operation.bucket)
    found = object_named(call.operation.bucket, "" if isinstance(upload, Fault) else upload.key, "")
    if isinstance(upload, Fault) or found is None or bucket is None:
        return answered
    told = tuple(header for header in answered.headers if header[0].lower().startswith("x-amz"))
    if bucket.is_versioned:
        told = (*told, ("x-amz-version-id", found.version_id))
    return answer_to_form(upload, call.request, bucket.name, found.etag, told)


def _body_as_moto_reads_it(call: ServiceCall) -> bytes:
    if call.operation.name == "CreateMultipartUpload":
        # S3 reads no body here; moto takes the call for another if there is one.
        return b""
    if len(call.body) < LARGEST_EMPTY_DOCUMENT and call.body.startswith(b"<") and takes_document(call):
        root = parse_xml(call.body)
        if root is not None and not len(root) and not root.attrib:
            # `<NotificationConfiguration/>` takes all of them away; moto reads it only with a namespace.
            return f'<{root.tag} xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>'.encode()
    return call.body


def source_bucket(copy_source: str) -> str:
    """Return the bucket that an `x-amz-copy-source` header names."""
    return unquote(copy_source).lstrip("/").partition("/")[0]
