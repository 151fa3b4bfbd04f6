"""S3 in moto: its response class with our routing, and its answers with AWS's headers."""
# ruff: noqa: ANN401 - the signatures are moto's

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any, cast
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.parsers.expat import ExpatError

from botocore.loaders import Loader
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import get_service_model
from moto.s3.exceptions import (
    InvalidPartOrder,
    MalformedXML,
    MissingKey,
    MissingVersion,
    NoSuchBucketPolicy,
    NoSuchUpload,
)
from moto.s3.models import FakeAcl, FakeBucket, FakeKey, FakeMultipart
from moto.s3.responses import S3Response
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.cors import CorsRule, cors_headers, preflight
from vpce_emulator.aws.faults import Code, Fault, FaultKind
from vpce_emulator.aws.http import HttpResponse
from vpce_emulator.aws.s3_access import is_public_policy
from vpce_emulator.aws.s3_form import missing_field, parse_form
from vpce_emulator.aws.s3_form_answer import answer_to_form
from vpce_emulator.aws.s3_multipart_checksums import (
    ListedPart,
    UploadChecksum,
    refused_completion,
    refused_part,
    refused_upload,
)
from vpce_emulator.aws.s3_schema import malformed_document, takes_document
from vpce_emulator.aws.s3_validation import effective_headers, refused_head
from vpce_emulator.aws.s3_xml import parse_xml
from vpce_emulator.backend.checksums import ALGORITHMS, DEFAULT_ALGORITHM, header_of
from vpce_emulator.backend.checksums import HEADERS as CHECKSUM_HEADERS
from vpce_emulator.backend.embedded.acls import canned_acl, note_owner, with_owners
from vpce_emulator.backend.embedded.buckets import bucket_named, object_named, policy_text
from vpce_emulator.backend.embedded.contents import ANNOUNCED, LendingKey, checksum_of, lent
from vpce_emulator.backend.embedded.dispatch import MotoRequest, canonical_host, carry_out
from vpce_emulator.backend.embedded.kept_configurations import answer_of_our_own
from vpce_emulator.backend.embedded.object_annotations import annotate, annotations_to_copy
from vpce_emulator.backend.embedded.parts import part_as_range, with_parts_count
from vpce_emulator.backend.embedded.preconditions import with_conditions_decided
from vpce_emulator.backend.embedded.refused import Refused
from vpce_emulator.backend.embedded.replacing import replace as replace_attribute
from vpce_emulator.backend.embedded.service_call import ServiceCall


class EmulatedS3Response(S3Response):
    """moto's S3, told the bucket, the key and the Region instead of guessing them from host name and path."""

    completed: Sequence[ListedPart] = ()
    """The parts that a CompleteMultipartUpload lists."""

    lends = False
    """Whether the content of an object is lent instead of copied."""

    def setup_class(self, request: Any, full_url: str | None = None, headers: Any = None) -> None:  # type: ignore[override]  # as S3Response has it
        """Prepare for a request as S3Response does, but for decoding: the body that arrives here is decoded."""
        self.call: ServiceCall = request.call
        BaseResponse.setup_class(self, request, full_url, headers)
        self.region = self.call.service.region
        self.bucket_name = self.call.operation.bucket
        self.request = request

    def parse_bucket_name_from_url(self, request: Any, url: str) -> str:
        """Return the bucket that the request names, in whichever form it names it."""
        call: ServiceCall = request.call
        return call.operation.bucket

    def parse_key_name(self) -> str:
        """Return the key, decoded once from the path as sent: `a%2Fb` is `a/b`, `a//b` stays `a//b`."""
        return self.call.operation.key

    def _get_param(self, param_name: str, if_none: Any = None) -> Any:
        """Return a query parameter. moto also looks for it in the body, as JSON, which S3 never has."""
        return self.querystring.get(param_name, (if_none,))[0]

    def _bucket_response(self, request: Any, full_url: str) -> Any:
        try:
            return super()._bucket_response(request, full_url)
        except ExpatError:
            raise MalformedXML from None

    def _key_response(self, request: Any, full_url: str) -> Any:
        self._refuse_what_is_not_there()
        try:
            return super()._key_response(request, full_url)
        except ExpatError:
            raise MalformedXML from None

    def _refuse_what_is_not_there(self) -> None:
        """Refuse uploads and objects that are unknown, where moto would stumble over them."""
        operation = self.call.operation
        if operation.name not in OF_AN_UPLOAD and operation.name not in OF_AN_OBJECT:
            return
        bucket = self.backend.get_bucket(operation.bucket)
        version_id = self._get_param("versionId")
        found = self.backend.get_object(operation.bucket, operation.key, version_id=version_id)
        if operation.name in OF_AN_OBJECT:
            if found is None and version_id is None:
                raise MissingKey(key=operation.key)
            if found is None:
                raise MissingVersion(operation.key, version_id)
            return
        upload_id = self._get_param("uploadId", "")
        done = found.multipart.id if found is not None and found.multipart is not None else None
        if operation.name == "CompleteMultipartUpload" and upload_id == done:
            return  # S3 completes an upload as often as it is asked to
        upload = bucket.multiparts.get(upload_id)
        if upload is None or upload.key_name != operation.key:
            raise NoSuchUpload(upload_id=upload_id)
        if operation.name == "UploadPart":
            _refuse(refused_part(UploadChecksum.of(upload.metadata), self.headers.get(SDK_ALGORITHM, "")))

    def _upload(self) -> FakeMultipart:
        """Return the multipart upload that a request is about, which is there."""
        upload: FakeMultipart = self.backend.get_bucket(self.bucket_name).multiparts[self._get_param("uploadId")]
        return upload

    def upload_part(self) -> Any:
        """UploadPart, its checksum remembered."""
        answered = super().upload_part()
        part = self._upload().parts[int(self._get_param("partNumber"))]
        part.checksum_value = self.headers.get(header_of(self.headers.get(SDK_ALGORITHM, "")))
        return answered

    def upload_part_copy(self) -> Any:
        """UploadPartCopy, the checksum that S3 computes of a copy remembered and told."""
        status, headers, body = super().upload_part_copy()
        upload = self._upload()
        algorithm = UploadChecksum.of(upload.metadata).algorithm
        if status != 200 or algorithm not in ALGORITHMS:
            return status, headers, body
        part = upload.parts[int(self._get_param("partNumber"))]
        part.checksum_value = checksum_of(algorithm, lent(part))
        told = f"<Checksum{algorithm}>{part.checksum_value}</Checksum{algorithm}></CopyPartResult>"
        body = _text(body).replace("</CopyPartResult>", told)
        return status, headers | {"content-length": str(len(body))}, body

    def get_object(self) -> Any:
        """GetObject, its content lent."""
        self.lends = True
        return super().get_object()

    def _get_key(self, *given: Any, **options: Any) -> Any:
        key, not_modified = super()._get_key(*given, **options)
        return (LendingKey(key), not_modified) if self.lends else (key, not_modified)

    def _complete_multipart_body(self, body: bytes) -> Iterator[tuple[int, str]]:
        """Return number and ETag of each part that a CompleteMultipartUpload lists, in order."""
        root = parse_xml(body)
        try:
            self.completed = [_listed(part) for part in (() if root is None else root.findall("Part"))]
        except ValueError:
            raise MalformedXML from None
        if any(part.number >= following.number for part, following in pairwise(self.completed)):
            raise InvalidPartOrder
        upload = self._upload()
        known = {number: part.checksum_value for number, part in upload.parts.items() if part.checksum_value}
        asked_type = self.headers.get("x-amz-checksum-type", "")
        _refuse(refused_completion(UploadChecksum.of(upload.metadata), tuple(self.completed), known, asked_type))
        setattr(upload, ANNOUNCED, self.headers)
        return iter([(part.number, part.etag) for part in self.completed])

    def _key_response_post(self, request: Any, body: Any, bucket_name: str, query: Any, key_name: str) -> Any:
        if self.call.operation.name == "CreateMultipartUpload":
            _refuse(refused_upload(self.headers))
        answered = super()._key_response_post(request, body, bucket_name, query, key_name)
        found = self.backend.get_object(bucket_name, key_name) if self.completed else None
        if found is None or found.multipart is None:
            return answered
        # The object is made of the listed parts; moto remembers all that were uploaded.
        found.multipart.partlist = [part.number for part in self.completed]
        found.checksum_algorithm = found.checksum_algorithm or DEFAULT_ALGORITHM
        return self._with_checksum(found, answered)

    def _with_checksum(self, found: FakeKey, answered: Any) -> Any:
        """Tell the checksum of a completed object, and its version where there are any."""
        status, headers, text = answered
        composite = f"-{found.checksum_parts}" if found.checksum_type == "COMPOSITE" else ""
        algorithm = f"Checksum{found.checksum_algorithm}"
        told = f"<{algorithm}>{found.checksum_value}{composite}</{algorithm}>"
        told += f"<ChecksumType>{found.checksum_type}</ChecksumType></CompleteMultipartUploadResult>"
        if not self.backend.get_bucket(self.bucket_name).is_versioned and headers.get("x-amz-version-id") == "null":
            headers = {name: value for name, value in headers.items() if name != "x-amz-version-id"}
        return status, headers, _text(text).replace("</CompleteMultipartUploadResult>", told)

    def _acl_from_headers(self, headers: Any) -> FakeAcl | None:
        """Return the ACL that headers ask for, with the caller as owner; that of a new object is private without.

        moto gives new objects their bucket's ACL, and reads that of PutObjectAcl only in the headers.
        """
        asked: FakeAcl | None = super()._acl_from_headers(headers)
        name = self.call.operation.name
        if asked is None and name == "PutObjectAcl" and self.body:
            return self._acl_from_body()
        if "x-amz-acl" in headers or (asked is None and name in OF_NEW_OBJECTS):
            canned = headers.get("x-amz-acl") or "private"
            return canned_acl(canned, self.call.account_id, bucket_named(self.call.operation.bucket))
        return asked

    def _get_cors_headers_other(self) -> dict[str, Any]:
        """Return no headers: moto's choice of the rule is not S3's, and `answer` adds those of S3."""
        return {}

    def _bucket_response_put(self, request: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
        answered = super()._bucket_response_put(request, bucket_name, querystring)
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html answers 204; moto, 200 and "True".
        return (204, {}, "") if "policy" in querystring else answered

    def get_bucket_policy_status(self) -> Any:
        """GetBucketPolicyStatus, by AWS's meaning of public: moto takes any condition for an excuse."""
        policy = policy_text(self.backend.get_bucket(self.bucket_name))
        if not policy:
            raise NoSuchBucketPolicy(bucket_name=self.bucket_name)
        self.data["Action"] = "GetBucketPolicyStatus"
        return self.serialized(ActionResult({"PolicyStatus": {"IsPublic": is_public_policy(policy)}}))

    def get_bucket_policy(self) -> Any:
        """GetBucketPolicy: the text as it was set, as the JSON that it is."""
        _, _, text = cast("tuple[int, dict[str, str], bytes]", super().get_bucket_policy())
        return 200, {"content-type": "application/json"}, text

    def _invalid_headers(self, url: str, headers: dict[str, str]) -> bool:
        """Find nothing wrong with a presigned URL: its signature was verified before the call came here."""
        return False


def _listed(part: ElementTree.Element) -> ListedPart:
    """Return a part as it is listed.

    Raises:
        ValueError: its number is none.
    """
    told = {element.tag.removeprefix("Checksum"): (element.text or "").strip() for element in part}
    return ListedPart(int(part.findtext("PartNumber") or ""), part.findtext("ETag") or "", told)


def _text(body: str | bytes) -> str:
    return body if isinstance(body, str) else body.decode()


def _refuse(fault: Fault | None) -> None:
    if fault is not None:
        raise Refused(fault)


LARGEST_EMPTY_DOCUMENT = 512
"""Bytes of a body from which on it is not looked into for being an empty document."""

PARSERS = (
    "_accelerate_config_from_body",
    "_acl_from_body",
    "_bucket_tagging_from_body",
    "_cors_from_body",
    "_encryption_config_from_body",
    "_inventory_config_from_body",
    "_legal_hold_status_from_xml",
    "_logging_from_body",
    "_mode_until_from_body",
    "_notification_config_from_body",
    "_ownership_rule_from_body",
    "_parse_pab_config",
    "_replication_config_from_xml",
    "_tagging_from_xml",
)
"""moto's methods that read the XML of a body, and fail in any way where it is not as they expect."""


def _refusing_the_unreadable(parser: Callable[..., Any]) -> Callable[..., Any]:
    def parse(*args: Any) -> Any:
        try:
            return parser(*args)
        except (ExpatError, LookupError, TypeError, ValueError, AttributeError, AssertionError):
            raise MalformedXML from None

    return parse


for _name in PARSERS:
    replace_attribute(EmulatedS3Response, _name, _refusing_the_unreadable(getattr(EmulatedS3Response, _name)))

ENCRYPTION = "x-amz-server-side-encryption"
_NO_LOCATION = Fault(
    FaultKind.INVALID_REQUEST,
    "The specified location-constraint is not valid",
    code=Code("InvalidLocationConstraint", 400),
)
SDK_ALGORITHM = "x-amz-sdk-checksum-algorithm"
"""The header that names the algorithm of a body's checksum; of one that was read, wherever the checksum came."""

OF_NEW_OBJECTS = frozenset({"PutObject", "CopyObject", "CreateMultipartUpload"})
"""Operations that give a new object its ACL."""

OF_AN_UPLOAD = frozenset(
    {"UploadPart", "UploadPartCopy", "ListParts", "CompleteMultipartUpload", "AbortMultipartUpload"}
)
"""Operations on a multipart upload that has begun."""

OF_AN_OBJECT = frozenset(
    {
        "DeleteObjectTagging",
        "PutObjectAcl",
        "PutObjectLegalHold",
        "PutObjectRetention",
        "RestoreObject",
        "SelectObjectContent",
    }
)
"""Operations on an object, for which moto does not look whether there is one."""


def answer(call: ServiceCall) -> HttpResponse | Fault:
    """Carry out an S3 call, or return what S3 refuses in it whatever data it holds.

    Raises:
        Exception: whatever moto stumbles over.
    """
    if call.request.method == "OPTIONS":
        return _answer_preflight(call)
    refused = refused_head(call.operation, call.request) or _refused_document(call) or _refused_form(call)
    refused = refused or _refused_location(call)
    if refused is not None:
        return refused
    own = answer_of_our_own(call)
    if own is not None:
        return own if isinstance(own, Fault) else _with_cors_headers(as_s3_sends_it(own), call)
    decided = with_conditions_decided(call)
    ranged = decided if isinstance(decided, Fault) else part_as_range(decided)
    if isinstance(ranged, Fault):
        return ranged
    effective = replace(
        ranged,
        request=replace(ranged.request, headers=effective_headers(ranged.request.headers)),
        body=_body_as_moto_reads_it(call),
    )
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
        answered = _answer_to_form(answered, call)
    told = _with_encryption(_as_modelled(as_s3_sends_it(answered), _as_put(call), by_alias=_by_alias(call)), call)
    return _with_cors_headers(with_parts_count(told, call), call)


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


def _answer_preflight(call: ServiceCall) -> HttpResponse | Fault:
    bucket = bucket_named(call.operation.bucket)
    rules = cors_rules(bucket) if bucket is not None else None
    answered = preflight(rules, call.request.headers, of_object=bool(call.operation.key))
    return answered if isinstance(answered, Fault) else as_s3_sends_it(HttpResponse(200, answered))


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


def _with_cors_headers(answered: HttpResponse, call: ServiceCall) -> HttpResponse:
    bucket = bucket_named(call.operation.bucket) if "Origin" in call.request.headers else None
    if bucket is None or not bucket.cors:
        return answered
    added = cors_headers(cors_rules(bucket), call.request.method, call.request.headers)
    return replace(answered, headers=(*answered.headers, *added))


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


def _refused_document(call: ServiceCall) -> Fault | None:
    if call.request.method not in {"PUT", "POST"}:
        return None
    shape = _input_shape(call.operation.name)
    return malformed_document(call.operation.name, shape, call.body) if shape is not None else None


def _refused_location(call: ServiceCall) -> Fault | None:
    """Refuse to make a bucket in a Region that there is none of; `EU` is an old name of eu-west-1."""
    root = parse_xml(call.body) if call.operation.name == "CreateBucket" and call.body else None
    location = root.findtext("LocationConstraint", "").strip() if root is not None else ""
    return None if location in {"", "EU"} or location in _regions() else _NO_LOCATION


@cache
def _regions() -> frozenset[str]:
    """Return the names of all Regions, by botocore's own data: a session would read the settings of whoever runs it."""
    partitions = Loader().load_data("endpoints")["partitions"]
    return frozenset(name for partition in partitions for name in partition["regions"])


def _refused_form(call: ServiceCall) -> Fault | None:
    """Hold a form upload against what an upload by PUT is held against."""
    if call.operation.name != "PostObject":
        return None
    upload = parse_form(call.request, call.body)
    if isinstance(upload, Fault):
        return upload
    if not upload.key:
        return Fault(FaultKind.INVALID_ARGUMENT, missing_field("key"))
    put = replace(call.operation, name="PutObject", key=upload.key)
    return refused_head(put, replace(call.request, headers=CIMultiDictProxy(CIMultiDict(upload.headers()))))


def _body_as_moto_reads_it(call: ServiceCall) -> bytes:
    if call.operation.name == "CreateMultipartUpload":
        # S3 reads no body here; moto takes the call for another if there is one.
        return b""
    if len(call.body) < LARGEST_EMPTY_DOCUMENT and call.body.startswith(b"<") and _takes_document(call):
        root = parse_xml(call.body)
        if root is not None and not len(root) and not root.attrib:
            # `<NotificationConfiguration/>` takes all of them away; moto reads it only with a namespace.
            return f'<{root.tag} xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>'.encode()
    return call.body


def _takes_document(call: ServiceCall) -> bool:
    shape = _input_shape(call.operation.name)
    return shape is not None and takes_document(shape)


@cache
def _tells(operation_name: str, member: str) -> bool:
    """Return whether S3 tells something by its model in its answer to an operation."""
    model = get_service_model("s3")
    known = operation_name in model.operation_names
    output = model.operation_model(operation_name).output_shape if known else None
    return output is not None and member in output.members


@cache
def _input_shape(operation_name: str) -> Any:
    """Return the shape of an operation's input in S3's model, or None."""
    model = get_service_model("s3")
    return model.operation_model(operation_name).input_shape if operation_name in model.operation_names else None


def source_bucket(copy_source: str) -> str:
    """Return the bucket that an `x-amz-copy-source` header names."""
    return unquote(copy_source).lstrip("/").partition("/")[0]


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
