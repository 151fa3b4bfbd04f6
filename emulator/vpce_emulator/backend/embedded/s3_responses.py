"""moto's response class for S3, with our routing, and what moto misreads or forgets done right."""
# ruff: noqa: ANN401 - the signatures are moto's

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, cast
from xml.etree import ElementTree
from xml.parsers.expat import ExpatError

from moto.core.responses import ActionResult, BaseResponse
from moto.s3.exceptions import (
    InvalidPartOrder,
    MalformedXML,
    MissingKey,
    MissingVersion,
    NoSuchBucketPolicy,
    NoSuchUpload,
)
from moto.s3.models import FakeAcl, FakeKey, FakeMultipart
from moto.s3.responses import S3Response

from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.s3_access import is_public_policy
from vpce_emulator.aws.s3_multipart_checksums import (
    ListedPart,
    UploadChecksum,
    refused_completion,
    refused_part,
    refused_upload,
)
from vpce_emulator.aws.s3_xml import parse_xml
from vpce_emulator.backend.checksums import ALGORITHMS, DEFAULT_ALGORITHM, header_of
from vpce_emulator.backend.embedded.acls import canned_acl
from vpce_emulator.backend.embedded.buckets import bucket_named, policy_text
from vpce_emulator.backend.embedded.contents import ANNOUNCED, LendingKey, checksum_of, lent
from vpce_emulator.backend.embedded.refused import Refused
from vpce_emulator.backend.embedded.replacing import replace
from vpce_emulator.backend.embedded.service_call import ServiceCall

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
    replace(EmulatedS3Response, _name, _refusing_the_unreadable(getattr(EmulatedS3Response, _name)))
