"""What S3 looks at before it reads, writes or copies an object: delete markers, versions, conditions, and who asks."""

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

BUCKET = "conditional"
ONE = {"Bucket": BUCKET, "Key": "k"}
PAST, FUTURE = (datetime.now(UTC) + timedelta(days=days) for days in (-1, 1))


@pytest.fixture
def s3(vpce):
    client = vpce.client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return client


@pytest.fixture
def etag(s3):
    return s3.put_object(**ONE, Body=b"x")["ETag"]


@pytest.fixture
def marker(s3, etag):
    """The version id of the delete marker that stands in the object's place."""
    return s3.delete_object(**ONE)["VersionId"]


def refused(call, **parameters):
    with pytest.raises(ClientError) as error:
        call(**parameters)
    answer = error.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"], answer["ResponseMetadata"]["HTTPHeaders"]


@pytest.mark.parametrize(
    ("operation", "more"),
    [("get_object", {}), ("head_object", {}), ("get_object_attributes", {"ObjectAttributes": ["ETag"]})],
)
def test_a_delete_marker_is_told_by_headers(s3, marker, operation, more):
    call = getattr(s3, operation)
    status, _, headers = refused(call, **ONE, **more)
    assert (status, headers["x-amz-delete-marker"], headers["x-amz-version-id"]) == (404, "true", marker)
    status, _, headers = refused(call, **ONE, **more, VersionId=marker)
    assert (status, headers["x-amz-delete-marker"], headers["allow"]) == (405, "true", "DELETE")


def test_a_version_is_none_or_unknown(s3, etag):
    status, error, _ = refused(s3.get_object, **ONE, VersionId="nonsense")
    assert (status, error["Code"], error["ArgumentName"]) == (400, "InvalidArgument", "versionId")
    unknown = "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrH"
    status, error, _ = refused(s3.get_object, **ONE, VersionId=unknown)
    assert (status, error["Code"], error["Key"], error["VersionId"]) == (404, "NoSuchVersion", "k", unknown)


def test_a_delete_marker_is_not_copied(s3, marker):
    source = {"Bucket": BUCKET, "Key": "k"}
    copy = {"Bucket": BUCKET, "Key": "copy"}
    assert refused(s3.copy_object, **copy, CopySource=source)[1]["Code"] == "NoSuchKey"
    assert refused(s3.copy_object, **copy, CopySource=source | {"VersionId": marker})[1]["Code"] == "InvalidRequest"


@pytest.mark.parametrize("operation", ["get_object", "head_object"])
def test_reads_on_conditions(s3, etag, operation):
    call = getattr(s3, operation)
    call(**ONE, IfMatch=etag, IfUnmodifiedSince=PAST)
    call(**ONE, IfMatch="*")
    call(**ONE, IfNoneMatch='"other"', IfModifiedSince=datetime.now(UTC))
    status, _, headers = refused(call, **ONE, IfNoneMatch=f'"other", {etag}')
    assert (status, headers["etag"]) == (304, etag)
    assert "last-modified" in headers
    assert refused(call, **ONE, IfNoneMatch=etag, IfModifiedSince=PAST)[0] == 304
    assert refused(call, **ONE, IfMatch='"other"')[0] == 412


@pytest.mark.parametrize(
    ("conditions", "failed"),
    [
        ({"CopySourceIfMatch": '"other"'}, "x-amz-copy-source-If-Match"),
        ({"CopySourceIfUnmodifiedSince": PAST}, "x-amz-copy-source-If-Unmodified-Since"),
        ({"CopySourceIfModifiedSince": FUTURE}, "x-amz-copy-source-If-Modified-Since"),
        ({"CopySourceIfNoneMatch": "*"}, "x-amz-copy-source-If-None-Match"),
        ({"CopySourceIfMatch": "*", "CopySourceIfUnmodifiedSince": PAST}, None),
        ({"IfNoneMatch": "*"}, None),
    ],
)
def test_copies_on_conditions(s3, etag, conditions, failed):
    copy = {"Bucket": BUCKET, "Key": "copy", "CopySource": f"{BUCKET}/k", **conditions}
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="parts")["UploadId"]
    of_source = {name: value for name, value in copy.items() if name != "IfNoneMatch"}
    part = of_source | {"Key": "parts", "UploadId": upload, "PartNumber": 1}
    if failed is None:
        s3.copy_object(**copy)
        s3.upload_part_copy(**part)
        return
    for call, given in ((s3.copy_object, copy), (s3.upload_part_copy, part)):
        status, error, _ = refused(call, **given)
        assert (status, error["Code"], error["Condition"]) == (412, "PreconditionFailed", failed)


def test_writes_on_conditions(s3, etag):
    source = {"CopySource": f"{BUCKET}/k", "MetadataDirective": "REPLACE"}
    for call, more in ((s3.put_object, {"Body": b"y"}), (s3.copy_object, source)):
        assert refused(call, **ONE, **more, IfNoneMatch="*")[0] == 412
        assert refused(call, **ONE, **more, IfMatch='"other"')[0] == 412
        assert refused(call, **ONE, **more, IfNoneMatch=etag)[1]["Code"] == "NotImplemented"
        assert refused(call, Bucket=BUCKET, Key="none", **more, IfMatch=etag)[1]["Code"] == "NoSuchKey"
    s3.put_object(**ONE, Body=b"y", IfMatch=etag)


def test_an_upload_is_completed_on_a_condition_and_once_more_without(s3, etag):
    upload = {**ONE, "UploadId": s3.create_multipart_upload(**ONE)["UploadId"]}
    part = s3.upload_part(**upload, PartNumber=1, Body=b"z")
    listed = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]}]}
    assert refused(s3.complete_multipart_upload, **upload, MultipartUpload=listed, IfNoneMatch="*")[0] == 412
    assert refused(s3.complete_multipart_upload, **upload, MultipartUpload=listed, IfMatch='"other"')[0] == 412
    done = s3.complete_multipart_upload(**upload, MultipartUpload=listed, IfMatch=etag)
    again = s3.complete_multipart_upload(**upload, MultipartUpload=listed, IfMatch=etag)
    assert again["ETag"] == done["ETag"]


def test_a_missing_source_is_hidden_from_who_may_not_list_it(vpce, s3):
    iam = vpce.client("iam")
    iam.create_user(UserName="ada")
    statement = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="ada", PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    names = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    ada = vpce.client("s3", **names)
    copy = {"Bucket": BUCKET, "Key": "copy", "CopySource": f"{BUCKET}/missing"}
    assert refused(s3.copy_object, **copy)[1]["Code"] == "NoSuchKey"
    with vpce.denied(by="identity") as denials:
        ada.copy_object(**copy)
    assert "s3:ListBucket" in denials[0].message


def test_a_bucket_is_made_where_there_is_a_region(vpce):
    s3 = vpce.client("s3")
    nowhere = {"Bucket": "new", "CreateBucketConfiguration": {"LocationConstraint": "nowhere-1"}}
    assert refused(s3.create_bucket, **nowhere)[1]["Code"] == "InvalidLocationConstraint"
    s3.create_bucket(Bucket="new", CreateBucketConfiguration={"LocationConstraint": "ap-southeast-7"})


def test_where_a_bucket_is_tells_even_who_may_not_see_it(vpce, s3):
    other = vpce.client("s3", aws_access_key_id="111122223333", aws_secret_access_key="x")
    status, _, headers = refused(other.head_bucket, Bucket=BUCKET)
    assert (status, headers["x-amz-bucket-region"]) == (403, "us-east-1")
    assert s3.head_bucket(Bucket=BUCKET)["AccessPointAlias"] is False


@pytest.mark.parametrize(("bucket", "told"), [("nowhere", (404, "NoSuchBucket")), (BUCKET, (403, "AccessDenied"))])
def test_an_anonymous_caller_is_told_that_there_is_no_bucket(vpce, s3, bucket, told):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(f"{vpce.url()}/{bucket}/k")  # noqa: S310 - a door of this emulator
    assert (refusal.value.code, f"<Code>{told[1]}</Code>" in refusal.value.read().decode()) == (told[0], True)


def test_of_several_objects_those_that_are_others_by_now_stay(s3, etag):
    s3.put_object(Bucket=BUCKET, Key="other", Body=b"y")
    asked = [{"Key": "k", "ETag": etag}, {"Key": "other", "ETag": etag}, {"Key": "gone", "ETag": etag}]
    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": asked})
    assert [each["Key"] for each in answer["Deleted"]] == ["k"]
    assert [(each["Key"], each["Code"]) for each in answer["Errors"]] == [
        ("other", "PreconditionFailed"),
        ("gone", "NoSuchKey"),
    ]
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == ["other"]
    (error,) = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": asked[1:2]})["Errors"]
    assert (error["Key"], error["Code"]) == ("other", "PreconditionFailed")
    assert s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "other", "ETag": "*"}]})["Deleted"]


def test_a_conditional_delete_reads_what_it_compares(vpce, s3, etag):
    iam = vpce.client("iam")
    iam.create_user(UserName="cleaner")
    statement = {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="cleaner", PolicyName="own", PolicyDocument=policy)
    key = iam.create_access_key(UserName="cleaner")["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    cleaner = vpce.client("s3", **keys)
    _, error, _ = refused(cleaner.delete_object, **ONE, IfMatch=etag)
    assert "s3:GetObject" in error["Message"]
    (error,) = cleaner.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "k", "ETag": etag}]})["Errors"]
    assert "s3:GetObject" in error["Message"]
    cleaner.delete_object(**ONE, IfMatch="*")


def test_a_policy_may_ask_for_conditional_deletes(s3, etag):
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:DeleteObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
        "Condition": {"Null": {"s3:if-match": "true"}},
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    asked = [{"Key": "k"}, {"Key": "k", "ETag": etag}]
    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": asked})
    assert [each["Code"] for each in answer["Errors"]] == ["AccessDenied"]
    assert [each["Key"] for each in answer["Deleted"]] == ["k"]
