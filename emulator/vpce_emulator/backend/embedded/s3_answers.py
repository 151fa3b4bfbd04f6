"""S3's headers on what moto answers."""

from __future__ import annotations

import base64
import os
from dataclasses import replace
from functools import cache

from moto.core.utils import get_service_model
from moto.s3.models import FakeBucket

from vpce_emulator.aws.cors import CorsRule, cors_headers, preflight
from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.http import HttpResponse
from vpce_emulator.backend.checksums import HEADERS as CHECKSUM_HEADERS
from vpce_emulator.backend.embedded.buckets import bucket_named
from vpce_emulator.backend.embedded.service_call import ServiceCall

ENCRYPTION = "x-amz-server-side-encryption"

NOT_RETURNED = frozenset(
    {"server", "x-amzn-requestid", "x-amz-content-sha256", "content-md5", "x-amz-sdk-checksum-algorithm"}
)
"""What moto sends and S3 does not: its own server name and request id, and headers of the upload kept as metadata."""


def as_s3_sends_it(response: HttpResponse) -> HttpResponse:
    """Replace moto's common headers by those of S3.

    https://docs.aws.amazon.com/AmazonS3/latest/API/RESTCommonResponseHeaders.html
    """
    headers = [header for header in response.headers if header[0].lower() not in NOT_RETURNED]
    request_id = next((value for name, value in response.headers if name == "x-amzn-requestid"), "")
    host_id = base64.b64encode(os.urandom(56)).decode()
    common = [("x-amz-id-2", host_id), ("x-amz-request-id", request_id[:16]), ("Server", "AmazonS3")]
    return replace(response, headers=(*common, *headers))


def told_as_s3_tells_it(answered: HttpResponse, call: ServiceCall) -> HttpResponse:
    """Return moto's answer to a call with the headers that S3 has in it."""
    told = _as_modelled(as_s3_sends_it(answered), _as_put(call), by_alias=_by_alias(call))
    return _with_encryption(told, call)


def _as_modelled(answered: HttpResponse, operation_name: str, *, by_alias: bool) -> HttpResponse:
    """Tell what S3's model says that an answer tells: when an object was stored, and of which type its checksum is.

    Args:
        answered: by moto.
        operation_name: as S3's model calls it.
        by_alias: whether an access point's alias stands for the bucket.
    """
    headers = list(answered.headers)
    if operation_name == "HeadBucket" and answered.status == 200:
        headers.append(("x-amz-access-point-alias", str(by_alias).lower()))
    if not _tells(operation_name, "LastModified"):
        headers = [header for header in headers if header[0].lower() != "last-modified"]
    if _tells(operation_name, "ChecksumType"):
        headers += _checksum_type(headers)
    return replace(answered, headers=tuple(headers))


def _checksum_type(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the type that S3 tells with the checksum of an object, where moto does not."""
    names = {name.lower(): value for name, value in headers}
    checksum = next((value for name, value in names.items() if name in CHECKSUM_HEADERS), None)
    if checksum is None or "x-amz-checksum-type" in names:
        return []
    return [("x-amz-checksum-type", "COMPOSITE" if "-" in checksum else "FULL_OBJECT")]


def _with_encryption(answered: HttpResponse, call: ServiceCall) -> HttpResponse:
    """Tell that S3 encrypted an object with its own keys, as it does since 2023 where nothing else was asked for.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
    """
    told = any(name.lower() == ENCRYPTION for name, _ in answered.headers)
    own_key = f"{ENCRYPTION}-customer-algorithm" in call.request.headers
    if answered.status >= 300 or told or own_key or not _tells(_as_put(call), "ServerSideEncryption"):
        return answered
    return replace(answered, headers=(*answered.headers, (ENCRYPTION, "AES256")))


def _by_alias(call: ServiceCall) -> bool:
    return bool(call.operation.access_point) and "-s3alias" in f"{call.request.host}{call.request.raw_path}"


def _as_put(call: ServiceCall) -> str:
    """Return the operation that a call is, or would be if it did not come from a form."""
    return "PutObject" if call.operation.name == "PostObject" else call.operation.name


def with_cors_headers(answered: HttpResponse, call: ServiceCall) -> HttpResponse:
    """Tell a browser of another origin what the bucket's CORS rules let it read."""
    bucket = bucket_named(call.operation.bucket) if "Origin" in call.request.headers else None
    if bucket is None or not bucket.cors:
        return answered
    added = cors_headers(cors_rules(bucket), call.request.method, call.request.headers)
    return replace(answered, headers=(*answered.headers, *added))


def answer_to_preflight(call: ServiceCall) -> HttpResponse | Fault:
    """Answer a browser that asks what a bucket's CORS rules let it do; a Fault where they let it do nothing."""
    bucket = bucket_named(call.operation.bucket)
    rules = cors_rules(bucket) if bucket is not None else None
    answered = preflight(rules, call.request.headers, of_object=bool(call.operation.key))
    return answered if isinstance(answered, Fault) else as_s3_sends_it(HttpResponse(200, answered))


def cors_rules(bucket: FakeBucket) -> tuple[CorsRule, ...]:
    """Return a bucket's CORS rules in order."""
    return tuple(
        CorsRule(
            tuple(rule.allowed_origins),
            tuple(rule.allowed_methods),
            tuple(rule.allowed_headers or ()),
            tuple(rule.exposed_headers or ()),
            str(rule.max_age_seconds or ""),
        )
        for rule in bucket.cors
    )


@cache
def _tells(operation_name: str, member: str) -> bool:
    """Return whether S3 tells something by its model in its answer to an operation."""
    model = get_service_model("s3")
    known = operation_name in model.operation_names
    output = model.operation_model(operation_name).output_shape if known else None
    return output is not None and member in output.members
