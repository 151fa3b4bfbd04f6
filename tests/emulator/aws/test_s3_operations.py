"""Which S3 operation a request means."""

from __future__ import annotations

import botocore.session
import pytest

from vpce_emulator.aws.call import Operation
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.s3_action_table import NEEDS
from vpce_emulator.aws.s3_operations import BUCKET_ROUTES, OBJECT_ROUTES, identify_s3_operation

OPERATIONS = botocore.session.get_session().get_service_model("s3").operation_names
# Old names of operations with the same request.
SAME_REQUEST = {
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
}
TOKEN = "vpce-0123456789abcdef0-abcd1234"


def _host(operation: str) -> str:
    if operation == "ListDirectoryBuckets":
        return "s3express-control.us-east-1.amazonaws.com"
    return "127.0.0.1:4566"


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_of_the_s3_model_is_recognised(name, modelled_request):
    request, _ = modelled_request("s3", name, host=_host(name))
    operation = identify_s3_operation(request)
    assert isinstance(operation, Operation)
    assert operation.name == SAME_REQUEST.get(name, name)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_of_the_s3_model_has_its_actions(name):
    assert name in NEEDS or name in SAME_REQUEST or name == "DeleteObjects"


def test_the_routes_name_no_operation_that_the_s3_model_lacks():
    named = {name for routes in (BUCKET_ROUTES, OBJECT_ROUTES) for names in routes.values() for name in names.values()}
    assert named - set(OPERATIONS) == {"PreflightRequest"}


@pytest.mark.parametrize(
    ("host", "target", "bucket", "key", "access_point"),
    [
        ("127.0.0.1:4566", "/bk/key", "bk", "key", ""),
        ("s3.us-east-1.amazonaws.com", "/bk/key", "bk", "key", ""),
        ("bk.s3.us-east-1.amazonaws.com", "/key", "bk", "key", ""),
        ("bk.localhost:4566", "/key", "bk", "key", ""),
        ("my.bk.s3.amazonaws.com", "/a/b", "my.bk", "a/b", ""),
        (f"bucket.{TOKEN}.s3.us-east-1.vpce.amazonaws.com", "/bk/key", "bk", "key", ""),
        (f"bk.bucket.{TOKEN}.s3.us-east-1.vpce.amazonaws.com", "/key", "bk", "key", ""),
        (f"ap-123456789012.accesspoint.{TOKEN}.s3.us-east-1.vpce.amazonaws.com", "/k", "", "k", "ap-123456789012"),
        ("ap-123456789012.s3-accesspoint.us-east-1.amazonaws.com", "/k", "", "k", "ap-123456789012"),
        ("127.0.0.1:4566", "/bk//double//slash/", "bk", "/double//slash/", ""),
        ("bk.s3.amazonaws.com", "//key", "bk", "/key", ""),
        ("127.0.0.1:4566", "/bk/a%20b%2Fc%3Fd+e", "bk", "a b/c?d+e", ""),
        ("127.0.0.1:4566", "/bk/%E2%9C%93", "bk", "✓", ""),
        ("127.0.0.1:4566", "/bk/../other", "bk", "../other", ""),
    ],
)
def test_bucket_and_key_come_from_host_and_path(http_request, host, target, bucket, key, access_point):
    operation = identify_s3_operation(http_request("GET", target, host=host))
    assert operation == Operation("GetObject", bucket=bucket, key=key, access_point=access_point)


@pytest.mark.parametrize(
    ("method", "target", "headers", "name"),
    [
        ("GET", "/", {}, "ListBuckets"),
        ("GET", "/bk", {}, "ListObjects"),
        ("GET", "/bk/", {}, "ListObjects"),
        ("GET", "/bk?prefix=acl&delimiter=%2F", {}, "ListObjects"),
        ("GET", "/bk/k?versionId=3&partNumber=1&response-content-type=x", {}, "GetObject"),
        ("GET", "/bk/k?x-id=GetObject", {}, "GetObject"),
        ("GET", "/bk?inventory", {}, "ListBucketInventoryConfigurations"),
        ("GET", "/bk?inventory&id=1", {}, "GetBucketInventoryConfiguration"),
        ("PUT", "/bk/k?partNumber=1&uploadId=u", {}, "UploadPart"),
        ("PUT", "/bk/k?partNumber=1&uploadId=u", {"X-Amz-Copy-Source": "a/b"}, "UploadPartCopy"),
        ("PUT", "/bk/k", {"X-Amz-Copy-Source": "a/b"}, "CopyObject"),
        ("PUT", "/bk/k?tagging", {"X-Amz-Copy-Source": "a/b"}, "PutObjectTagging"),
        ("HEAD", "/bk/k?partNumber=2", {}, "HeadObject"),
        ("POST", "/bk", {"Content-Type": "multipart/form-data; boundary=x"}, "PostObject"),
        ("OPTIONS", "/bk/k", {}, "PreflightRequest"),
    ],
)
def test_subresources_and_headers_tell_operations_apart(http_request, method, target, headers, name):
    assert identify_s3_operation(http_request(method, target, headers=headers)).name == name


@pytest.mark.parametrize(
    ("method", "target", "kind", "details"),
    [
        (
            "GET",
            "/bk?policy&acl",
            FaultKind.INVALID_ARGUMENT,
            (("ArgumentName", "ResourceType"), ("ArgumentValue", "acl")),
        ),
        ("DELETE", "/bk?acl", FaultKind.METHOD_NOT_ALLOWED, (("Method", "DELETE"), ("ResourceType", "BUCKET"))),
        ("PATCH", "/bk/k", FaultKind.METHOD_NOT_ALLOWED, (("Method", "PATCH"), ("ResourceType", "OBJECT"))),
        ("PUT", "/", FaultKind.METHOD_NOT_ALLOWED, (("Method", "PUT"), ("ResourceType", "SERVICE"))),
        (
            "POST",
            "/bk",
            FaultKind.PRECONDITION_FAILED,
            (("Condition", "Bucket POST must be of the enclosure-type multipart/form-data"),),
        ),
        ("GET", "//key", FaultKind.INVALID_BUCKET_NAME, (("BucketName", ""),)),
        ("GET", "/bk/%zz", FaultKind.INVALID_URI, ()),
        ("GET", "/bk/%ff", FaultKind.INVALID_URI, ()),
        ("GET", "/bk/\udcff", FaultKind.INVALID_URI, ()),
    ],
)
def test_what_s3_cannot_make_sense_of_is_a_fault(http_request, method, target, kind, details):
    fault = identify_s3_operation(http_request(method, target))
    assert isinstance(fault, Fault)
    assert (fault.kind, fault.details) == (kind, details)
