"""Which actions on which resources an S3 request needs leave for, and with which condition keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.lookups import Lookups
from vpce_emulator.aws.s3_action_table import DELETE_OBJECTS_NEEDS, NEEDS
from vpce_emulator.aws.s3_conditions import EXISTING_OBJECT_TAGS, KEYS, REQUEST_OBJECT_TAGS, REQUEST_TAGS

DATA = Path(__file__).parent / "data"
REFERENCE = json.loads((DATA / "service-authorization.json").read_text())
ACTIONS = {name.lower() for name in REFERENCE}
TRANSCRIBED = json.loads((DATA / "s3-dynamodb-operations.json").read_text())["s3"]
SAME_NAME = TRANSCRIBED.pop("_same_name_bucket_ops")
ON = {"b": "bucket", "o": "object", "s": "source", "*": "*", "role": "role"}
# Listed by the reference as possible, but not asked of the caller: listing with owners reads no object's ACL.
NOT_ASKED = {("ListObjectsV2", "s3:GetObjectAcl")}
# Asked for by pages of the API reference alone: tags of a bucket made with tags, and annotations that are copied.
OF_API_PAGES = {"s3:TagResource", "s3:GetObjectAnnotation", "s3:PutObjectAnnotation"}
# Asked for by a page of the user guide alone: conditional deletes read what they compare.
OF_GUIDE = {("DeleteObject", "s3:GetObject"), ("DeleteObjects", "s3:GetObject")}
# Old names of operations with the same request.
OLD_NAMES = {"GetBucketLifecycle", "GetBucketNotification"}


def _rows(operation: str) -> set[tuple[str, str]]:
    needs = DELETE_OBJECTS_NEEDS if operation == "DeleteObjects" else NEEDS[operation]
    return {(need.action, need.on) for need in needs}


@pytest.mark.parametrize("operation", sorted(set(TRANSCRIBED) - OLD_NAMES))
def test_the_table_has_the_actions_of_the_service_authorization_reference(operation):
    wanted = {(row[0], ON[row[1]]) for row in TRANSCRIBED[operation] if (operation, row[0]) not in NOT_ASKED}
    assert wanted - _rows(operation) == set()
    more = {action for action, _ in _rows(operation) - wanted if (operation, action) not in OF_GUIDE}
    assert more <= OF_API_PAGES


@pytest.mark.parametrize("operation", SAME_NAME)
def test_operations_with_an_action_of_their_own_name_need_it_on_the_bucket(operation):
    assert _rows(operation) == {(f"s3:{operation}", "bucket")}


@pytest.mark.parametrize("action", sorted({need.action for needs in NEEDS.values() for need in needs}))
def test_every_action_of_the_table_exists(action):
    assert action.lower() in ACTIONS or action.startswith("s3express:")


@pytest.mark.parametrize("action", sorted(KEYS))
def test_every_condition_key_of_an_action_is_one_that_the_reference_lists(action):
    assert {key.lower() for key in KEYS[action]} <= {key.lower() for key in REFERENCE[action]}


@pytest.mark.parametrize(
    ("actions", "key"),
    [
        (EXISTING_OBJECT_TAGS, "s3:ExistingObjectTag/<key>"),
        (REQUEST_OBJECT_TAGS, "s3:RequestObjectTag/<key>"),
        (REQUEST_TAGS, "aws:RequestTag/${TagKey}"),
    ],
)
def test_tags_are_seen_by_the_actions_that_the_reference_lists(actions, key):
    asked = {need.action for needs in NEEDS.values() for need in needs}
    assert actions & asked == {action for action, keys in REFERENCE.items() if key in keys} & asked


def _asked(authorizations):
    return [(one.action, one.resource) for one in authorizations]


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        ("list_buckets", {}, [("s3:ListAllMyBuckets", "*")]),
        ("head_bucket", {"Bucket": "bk"}, [("s3:ListBucket", "arn:aws:s3:::bk")]),
        ("get_object", {"Bucket": "bk", "Key": "a/b c"}, [("s3:GetObject", "arn:aws:s3:::bk/a/b c")]),
        (
            "get_object",
            {"Bucket": "bk", "Key": "k", "VersionId": "v"},
            [("s3:GetObjectVersion", "arn:aws:s3:::bk/k")],
        ),
        ("head_object", {"Bucket": "bk", "Key": "k"}, [("s3:GetObject", "arn:aws:s3:::bk/k")]),
        (
            "get_object_attributes",
            {"Bucket": "bk", "Key": "k", "ObjectAttributes": ["ETag"]},
            [("s3:GetObject", "arn:aws:s3:::bk/k"), ("s3:GetObjectAttributes", "arn:aws:s3:::bk/k")],
        ),
        (
            "get_object_attributes",
            {"Bucket": "bk", "Key": "k", "ObjectAttributes": ["ETag"], "VersionId": "1"},
            [("s3:GetObjectVersion", "arn:aws:s3:::bk/k"), ("s3:GetObjectVersionAttributes", "arn:aws:s3:::bk/k")],
        ),
        ("put_object", {"Bucket": "bk", "Key": "k", "Body": b"x"}, [("s3:PutObject", "arn:aws:s3:::bk/k")]),
        (
            "put_object",
            {
                "Bucket": "bk",
                "Key": "k",
                "Body": b"x",
                "ACL": "private",
                "Tagging": "a=b",
                "ObjectLockMode": "GOVERNANCE",
                "ObjectLockRetainUntilDate": "2030-01-01T00:00:00Z",
                "ObjectLockLegalHoldStatus": "ON",
            },
            [
                ("s3:PutObject", "arn:aws:s3:::bk/k"),
                ("s3:PutObjectAcl", "arn:aws:s3:::bk/k"),
                ("s3:PutObjectTagging", "arn:aws:s3:::bk/k"),
                ("s3:PutObjectRetention", "arn:aws:s3:::bk/k"),
                ("s3:PutObjectLegalHold", "arn:aws:s3:::bk/k"),
            ],
        ),
        (
            "copy_object",
            {"Bucket": "bk", "Key": "k", "CopySource": {"Bucket": "from", "Key": "x y/ü"}},
            [("s3:GetObject", "arn:aws:s3:::from/x y/ü"), ("s3:PutObject", "arn:aws:s3:::bk/k")],
        ),
        (
            "copy_object",
            {"Bucket": "bk", "Key": "k", "CopySource": {"Bucket": "from", "Key": "x", "VersionId": "7"}},
            [("s3:GetObjectVersion", "arn:aws:s3:::from/x"), ("s3:PutObject", "arn:aws:s3:::bk/k")],
        ),
        (
            "copy_object",
            {
                "Bucket": "bk",
                "Key": "k",
                "CopySource": "from/x",
                "Tagging": "a=b",
                "TaggingDirective": "REPLACE",
                "GrantRead": "id=1",
            },
            [
                ("s3:GetObject", "arn:aws:s3:::from/x"),
                ("s3:PutObject", "arn:aws:s3:::bk/k"),
                ("s3:PutObjectAcl", "arn:aws:s3:::bk/k"),
                ("s3:PutObjectTagging", "arn:aws:s3:::bk/k"),
            ],
        ),
        (
            "upload_part_copy",
            {
                "Bucket": "bk",
                "Key": "k",
                "PartNumber": 1,
                "UploadId": "u",
                "CopySource": "arn:aws:s3:us-east-1:123456789012:accesspoint/ap/object/x",
            },
            [
                ("s3:GetObject", "arn:aws:s3:us-east-1:123456789012:accesspoint/ap/object/x"),
                ("s3:PutObject", "arn:aws:s3:::bk/k"),
            ],
        ),
        (
            "delete_object",
            {"Bucket": "bk", "Key": "k", "VersionId": "1", "BypassGovernanceRetention": True},
            [("s3:DeleteObjectVersion", "arn:aws:s3:::bk/k"), ("s3:BypassGovernanceRetention", "arn:aws:s3:::bk/k")],
        ),
        ("create_bucket", {"Bucket": "bk", "ACL": "private"}, [("s3:CreateBucket", "arn:aws:s3:::bk")]),
        (
            "create_bucket",
            {
                "Bucket": "bk",
                "ACL": "public-read",
                "ObjectLockEnabledForBucket": True,
                "ObjectOwnership": "ObjectWriter",
                "CreateBucketConfiguration": {"Tags": [{"Key": "a", "Value": "b"}]},
            },
            [
                ("s3:CreateBucket", "arn:aws:s3:::bk"),
                ("s3:PutBucketAcl", "arn:aws:s3:::bk"),
                ("s3:PutBucketOwnershipControls", "arn:aws:s3:::bk"),
                ("s3:PutBucketObjectLockConfiguration", "arn:aws:s3:::bk"),
                ("s3:PutBucketVersioning", "arn:aws:s3:::bk"),
                ("s3:TagResource", "arn:aws:s3:::bk"),
            ],
        ),
        (
            "put_bucket_replication",
            {"Bucket": "bk", "ReplicationConfiguration": {"Role": "arn:aws:iam::123456789012:role/r", "Rules": []}},
            [
                ("s3:PutReplicationConfiguration", "arn:aws:s3:::bk"),
                ("iam:PassRole", "arn:aws:iam::123456789012:role/r"),
            ],
        ),
        (
            "rename_object",
            {"Bucket": "bk--use1-az4--x-s3", "Key": "k", "RenameSource": "x"},
            [("s3express:CreateSession", "arn:aws:s3express:us-east-1:123456789012:bucket/bk--use1-az4--x-s3")],
        ),
    ],
)
def test_an_operation_needs_its_actions_on_its_resources(sdk_request, authorized, operation, parameters, expected):
    request, body = sdk_request("s3", operation, **parameters)
    assert _asked(authorized(request, body)) == expected


def test_delete_objects_is_authorized_key_by_key(sdk_request, authorized):
    objects = [{"Key": "a"}, {"Key": "b & c", "VersionId": "1"}, {"Key": "d"}]
    request, body = sdk_request(
        "s3", "delete_objects", Bucket="bk", Delete={"Objects": objects}, BypassGovernanceRetention=True
    )
    assert [(one.item, one.action, one.resource) for one in authorized(request, body)] == [
        (0, "s3:DeleteObject", "arn:aws:s3:::bk/a"),
        (0, "s3:BypassGovernanceRetention", "arn:aws:s3:::bk/a"),
        (1, "s3:DeleteObjectVersion", "arn:aws:s3:::bk/b & c"),
        (1, "s3:BypassGovernanceRetention", "arn:aws:s3:::bk/b & c"),
        (2, "s3:DeleteObject", "arn:aws:s3:::bk/d"),
        (2, "s3:BypassGovernanceRetention", "arn:aws:s3:::bk/d"),
    ]


def test_an_access_point_is_named_instead_of_its_bucket(http_request, authorized):
    host = "ap-1-123456789012.accesspoint.vpce-0123456789abcdef0-abcd1234.s3.eu-west-1.vpce.amazonaws.com"
    access_point = "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap-1"
    assert _asked(authorized(http_request("GET", "/k", host=host))) == [("s3:GetObject", f"{access_point}/object/k")]
    assert _asked(authorized(http_request("GET", "/?list-type=2", host=host))) == [("s3:ListBucket", access_point)]


def test_a_preflight_request_needs_no_leave(http_request, authorized):
    assert authorized(http_request("OPTIONS", "/bk/k")) == ()


def test_the_partition_stands_in_the_arns(http_request, authorized):
    (one,) = authorized(http_request("GET", "/bk/k"), partition="aws-cn")
    assert one.resource == "arn:aws-cn:s3:::bk/k"


@pytest.mark.parametrize(
    ("method", "target", "headers", "body", "kind"),
    [
        ("PUT", "/bk/k", {"x-amz-copy-source": "nokey"}, b"", FaultKind.INVALID_ARGUMENT),
        ("PUT", "/bk/k", {"x-amz-copy-source": "a/%ff"}, b"", FaultKind.INVALID_ARGUMENT),
        ("PUT", "/bk/k", {"x-amz-tagging": "a=1&a=2"}, b"", FaultKind.INVALID_ARGUMENT),
        ("PUT", "/bk/k", {"x-amz-copy-source": "a/%"}, b"", FaultKind.INVALID_ARGUMENT),
        ("PUT", "/bk/k", {"x-amz-copy-source": "x://a/k"}, b"", FaultKind.INVALID_ARGUMENT),
        ("PUT", "/bk/k", {"x-amz-copy-source": "arn:aws:s3:::a/object/k"}, b"", FaultKind.INVALID_ARGUMENT),
        ("PUT", "/bk/k", {"x-amz-copy-source": "a/k?versionId="}, b"", FaultKind.INVALID_ARGUMENT),
        ("GET", "/bk?prefix=first&prefix=second", {}, b"", FaultKind.INVALID_ARGUMENT),
        ("GET", "/bk/k?versionId=1&versionId=2", {}, b"", FaultKind.INVALID_ARGUMENT),
        ("GET", "/bk/k?versionId=1&version%49d=1", {}, b"", FaultKind.INVALID_ARGUMENT),
        ("GET", "/bk/k?versionId=", {}, b"", FaultKind.INVALID_ARGUMENT),
        ("PUT", "/bk/k?uploadId=1&partNumber=1&uploadId=2", {}, b"", FaultKind.INVALID_ARGUMENT),
        ("POST", "/bk?delete", {}, b"", FaultKind.MALFORMED_BODY),
        ("POST", "/bk?delete", {}, b"<Delete></Delete>", FaultKind.MALFORMED_BODY),
        ("POST", "/bk?delete", {}, b"<Delete><Object><Key>a</Object>", FaultKind.MALFORMED_BODY),
        ("POST", "/bk?delete", {}, b"<Delete><Object><Key></Key></Object></Delete>", FaultKind.MALFORMED_BODY),
        ("PUT", "/bk/k?tagging", {}, b"<Tagging>", FaultKind.MALFORMED_BODY),
    ],
)
def test_what_cannot_be_read_is_a_fault_and_never_free(http_request, authorized, method, target, headers, body, kind):
    fault = authorized(http_request(method, target, headers=headers), body)
    assert isinstance(fault, Fault)
    assert fault.kind is kind


def _context(authorized, request, body=b"", action=None, **known):
    found = authorized(request, body, **known)
    common = ("s3:authType", "s3:signatureversion", "s3:x-amz-content-sha256", "s3:signatureAge")
    chosen = next(one for one in found if action in {None, one.action})
    return {key: value for key, value in chosen.context.items() if key not in common}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/bk", {}),
        ("/bk?list-type=2", {}),
        ("/bk?list-type=2&prefix=", {"s3:prefix": ""}),
        (
            "/bk?prefix=home%2Fann%2F&delimiter=%2F&max-keys=10",
            {"s3:prefix": "home/ann/", "s3:delimiter": "/", "s3:max-keys": "10"},
        ),
        ("/bk?versions&prefix=a+b", {"s3:prefix": "a b"}),
    ],
)
def test_a_listing_sets_the_keys_of_the_parameters_it_has(http_request, authorized, target, expected):
    assert _context(authorized, http_request("GET", target)) == expected


def test_a_version_is_a_key_of_the_version_actions_only(http_request, authorized):
    assert _context(authorized, http_request("GET", "/bk/k?versionId=3")) == {"s3:VersionId": "3"}
    assert _context(authorized, http_request("GET", "/bk/k")) == {}


def test_an_upload_sets_the_keys_of_its_headers(http_request, authorized):
    headers = {
        "x-amz-acl": "bucket-owner-full-control",
        "x-amz-grant-read": 'id="1"',
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:us-east-1:123456789012:key/1",
        "x-amz-storage-class": "STANDARD_IA",
        "x-amz-tagging": "team=blue&stage=",
        "If-None-Match": "*",
        "x-amz-object-lock-mode": "COMPLIANCE",
        "x-amz-object-lock-retain-until-date": "2026-01-11T12:00:00Z",
        "x-amz-object-lock-legal-hold": "OFF",
        "x-amz-website-redirect-location": "/other",
    }
    new_year = 1767225600.0
    request = http_request("PUT", "/bk/k", headers=headers)
    assert _context(authorized, request, now=new_year) == {
        "s3:x-amz-acl": "bucket-owner-full-control",
        "s3:x-amz-grant-read": 'id="1"',
        "s3:x-amz-server-side-encryption": "aws:kms",
        "s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:us-east-1:123456789012:key/1",
        "s3:x-amz-storage-class": "STANDARD_IA",
        "s3:x-amz-website-redirect-location": "/other",
        "s3:RequestObjectTag/team": "blue",
        "s3:RequestObjectTag/stage": "",
        "s3:RequestObjectTagKeys": ("team", "stage"),
        "s3:if-none-match": "*",
        "s3:object-lock-mode": "COMPLIANCE",
        "s3:object-lock-retain-until-date": "2026-01-11T12:00:00Z",
        "s3:object-lock-remaining-retention-days": "10",
        "s3:object-lock-legal-hold": "OFF",
        "s3:ObjectCreationOperation": "true",
    }


@pytest.mark.parametrize(
    ("method", "target", "creates"),
    [
        ("PUT", "/bk/k", "true"),
        ("POST", "/bk/k?uploadId=u", "true"),
        ("POST", "/bk/k?uploads", "false"),
        ("PUT", "/bk/k?partNumber=1&uploadId=u", "false"),
    ],
)
def test_only_what_makes_the_object_is_an_object_creation(http_request, authorized, method, target, creates):
    assert _context(authorized, http_request(method, target)) == {"s3:ObjectCreationOperation": creates}


def test_a_copy_sets_its_source_on_the_target_and_the_sources_version_on_the_source(http_request, authorized):
    headers = {"x-amz-copy-source": "/from/x%20y?versionId=9", "x-amz-metadata-directive": "REPLACE"}
    request = http_request("PUT", "/bk/k", headers=headers)
    assert _context(authorized, request, action="s3:GetObjectVersion") == {"s3:VersionId": "9"}
    assert _context(authorized, request, action="s3:PutObject") == {
        "s3:x-amz-copy-source": "/from/x y?versionId=9",
        "s3:x-amz-metadata-directive": "REPLACE",
        "s3:ObjectCreationOperation": "true",
    }


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        (
            "put_object_tagging",
            {
                "Bucket": "bk",
                "Key": "k",
                "Tagging": {"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]},
            },
            {"s3:RequestObjectTag/a": "1", "s3:RequestObjectTag/b": "2", "s3:RequestObjectTagKeys": ("a", "b")},
        ),
        (
            "put_object_legal_hold",
            {"Bucket": "bk", "Key": "k", "LegalHold": {"Status": "ON"}},
            {"s3:object-lock-legal-hold": "ON"},
        ),
        (
            "put_object_retention",
            {
                "Bucket": "bk",
                "Key": "k",
                "Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": "2030-01-01T00:00:00Z"},
            },
            {"s3:object-lock-mode": "GOVERNANCE", "s3:object-lock-retain-until-date": "2030-01-01T00:00:00Z"},
        ),
        (
            "create_bucket",
            {"Bucket": "bk", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}},
            {"s3:LocationConstraint": "eu-west-1"},
        ),
        ("create_bucket", {"Bucket": "bk"}, {}),
    ],
)
def test_keys_that_the_body_sets(sdk_request, authorized, operation, parameters, expected):
    request, body = sdk_request("s3", operation, **parameters)
    assert _context(authorized, request, body) == expected


def test_tags_of_a_new_bucket_are_request_tags(sdk_request, authorized):
    configuration = {"Tags": [{"Key": "team", "Value": "blue"}]}
    request, body = sdk_request("s3", "create_bucket", Bucket="bk", CreateBucketConfiguration=configuration)
    assert _context(authorized, request, body) == {"aws:RequestTag/team": "blue", "aws:TagKeys": ("team",)}


def _tags(bucket, key, version_id):
    return {"class": "public"} if (bucket, key, version_id) == ("bk", "k", "") else None


@pytest.mark.parametrize(
    ("method", "target", "tagged"),
    [
        ("GET", "/bk/k", ("bk", "k", "")),
        ("GET", "/bk/k?versionId=3", ("bk", "k", "3")),
        ("PUT", "/bk/k?acl", ("bk", "k", "")),
        ("PUT", "/bk/k?retention", None),
        ("PUT", "/bk/k", None),
    ],
)
def test_actions_that_see_an_objects_tags_say_which_object_it_is(http_request, authorized, method, target, tagged):
    (one,) = authorized(http_request(method, target))
    assert one.tagged == tagged


def test_each_action_of_a_copy_sees_the_tags_of_its_own_object(http_request, authorized):
    asked = authorized(http_request("PUT", "/to/k", headers={"x-amz-copy-source": "from/k", "x-amz-acl": "private"}))
    assert [(one.action, one.tagged) for one in asked] == [
        ("s3:GetObject", ("from", "k", "")),
        ("s3:PutObject", None),
        ("s3:PutObjectAcl", ("to", "k", "")),
    ]


def test_copying_a_tagged_object_needs_leave_to_copy_the_tags(http_request, authorized):
    request = http_request("PUT", "/to/k", headers={"x-amz-copy-source": "bk/k"})
    assert [one.action for one in authorized(request)] == ["s3:GetObject", "s3:PutObject"]
    assert [one.action for one in authorized(request, lookups=Lookups(object_tags=_tags))] == [
        "s3:GetObject",
        "s3:GetObjectTagging",
        "s3:PutObject",
        "s3:PutObjectTagging",
    ]


def test_how_a_request_was_signed_is_known_to_every_action(http_request, sdk_request, presigned_url, authorized):
    request, _ = sdk_request("s3", "list_buckets")
    (signed,) = authorized(request)
    assert signed.context["s3:authType"] == "REST-HEADER"
    assert signed.context["s3:signatureversion"] == "AWS4-HMAC-SHA256"
    assert len(signed.context["s3:x-amz-content-sha256"]) == 64

    (presigned,) = authorized(presigned_url("get_object", Bucket="bk", Key="k"), now=1e12)
    assert presigned.context["s3:authType"] == "REST-QUERY-STRING"
    assert presigned.context["s3:signatureversion"] == "AWS4-HMAC-SHA256"
    assert presigned.context["s3:x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"
    assert int(presigned.context["s3:signatureAge"]) > 0

    (version_2,) = authorized(presigned_url("get_object", version=None, Bucket="bk", Key="k"))
    assert (version_2.context["s3:signatureversion"], version_2.context["s3:signatureAge"]) == ("AWS", "0")

    (anonymous,) = authorized(http_request("GET", "/bk/k"))
    assert anonymous.context == {}
