"""Annotations of objects: put, read, listed and deleted, with leave of their own, and taken along by copies."""

import json

import pytest
from botocore.exceptions import ClientError

BUCKET = "annotated"
ONE = {"Bucket": BUCKET, "Key": "k"}
NOTE = {**ONE, "AnnotationName": "note"}


@pytest.fixture
def s3(vpce):
    client = vpce.client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_object(**ONE, Body=b"x")
    return client


@pytest.fixture
def user(vpce):
    """A function that makes a user who may do some things to all objects, and returns a client of it."""
    iam = vpce.client("iam")

    def make(*actions):
        policy = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        iam.create_user(UserName="ada")
        document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
        iam.put_user_policy(UserName="ada", PolicyName="p", PolicyDocument=document)
        key = iam.create_access_key(UserName="ada")["AccessKey"]
        names = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        return vpce.client("s3", **names)

    return make


def refused(call, **parameters):
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return error.value.response["Error"]["Code"]


def names(s3, **parameters):
    return [entry["AnnotationName"] for entry in s3.list_object_annotations(**ONE, **parameters).get("Annotations", ())]


def test_an_annotation_is_put_read_replaced_and_deleted(s3):
    assert refused(s3.get_object_annotation, **NOTE) == "NoSuchAnnotation"
    put = s3.put_object_annotation(**NOTE, AnnotationPayload="größer".encode())
    assert (put["Key"], put["AnnotationName"]) == ("k", "note")
    read = s3.get_object_annotation(**NOTE)
    assert (read["AnnotationPayload"].read(), read["ETag"]) == ("größer".encode(), put["ETag"])
    s3.put_object_annotation(**NOTE, AnnotationPayload=b"other")
    (listed,) = s3.list_object_annotations(**ONE)["Annotations"]
    assert (listed["AnnotationName"], listed["Size"]) == ("note", 5)
    assert s3.get_object(**ONE)["Body"].read() == b"x"
    s3.delete_object_annotation(**NOTE)
    assert names(s3) == []
    s3.delete_object_annotation(**NOTE)


def test_annotations_are_listed_in_order_page_by_page(s3):
    for name in ("b", "a1", "a2", "c"):
        s3.put_object_annotation(**ONE, AnnotationName=name, AnnotationPayload=b"x")
    assert names(s3) == ["a1", "a2", "b", "c"]
    assert names(s3, AnnotationPrefix="a") == ["a1", "a2"]
    page = s3.list_object_annotations(**ONE, MaxAnnotationResults=3)
    assert names(s3, ContinuationToken=page["NextContinuationToken"]) == ["c"]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"AnnotationName": "n" * 513}, "AnnotationNameTooLong"),
        ({"AnnotationName": "AWS-note"}, "InvalidAnnotationName"),
        ({"AnnotationName": "a\x00b"}, "InvalidAnnotationName"),
        ({"AnnotationPayload": b""}, "InvalidRequest"),
        ({"AnnotationPayload": b"x" * (1024 * 1024 + 1)}, "InvalidRequest"),
        ({"AnnotationPayload": b"\xff"}, "UnsupportedMediaType"),
        ({"ObjectIfMatch": '"other"'}, "PreconditionFailed"),
        ({"Key": "missing"}, "NoSuchKey"),
        ({"Bucket": "nowhere"}, "NoSuchBucket"),
        ({"ChecksumCRC32": "AAAAAA=="}, "BadDigest"),
    ],
)
def test_what_is_no_annotation_is_refused(s3, parameters, code):
    assert refused(s3.put_object_annotation, **NOTE | {"AnnotationPayload": b"text"} | parameters) == code
    assert names(s3) == []


def test_an_object_has_a_thousand_annotations_at_most(s3):
    for number in range(1000):
        s3.put_object_annotation(**ONE, AnnotationName=f"n{number}", AnnotationPayload=b"x")
    assert refused(s3.put_object_annotation, **NOTE, AnnotationPayload=b"x") == "AnnotationLimitExceeded"
    s3.put_object_annotation(**ONE, AnnotationName="n1", AnnotationPayload=b"y")


def test_annotations_belong_to_a_version(s3):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(**ONE, Body=b"1")["VersionId"]
    s3.put_object_annotation(**NOTE, AnnotationPayload=b"of the first")
    s3.put_object(**ONE, Body=b"2")
    assert names(s3) == []
    read = s3.get_object_annotation(**NOTE, VersionId=first)
    assert (read["AnnotationPayload"].read(), read["ObjectVersionId"]) == (b"of the first", first)


def test_each_operation_needs_leave_of_its_own(vpce, s3, user):
    s3.put_object_annotation(**NOTE, AnnotationPayload=b"x")
    ada = user("s3:GetObject", "s3:PutObject", "s3:ListObjectAnnotations")
    ada.list_object_annotations(**ONE)
    for call, more in ((ada.get_object_annotation, {}), (ada.put_object_annotation, {"AnnotationPayload": b"y"})):
        with vpce.denied(by="identity") as denials:
            call(**NOTE, **more)
        assert "ObjectAnnotation" in denials[0].message


def test_a_copy_takes_annotations_along_with_leave_for_both_sides(vpce, s3, user):
    s3.put_object_annotation(**NOTE, AnnotationPayload=b"x")
    copy = {"Bucket": BUCKET, "Key": "copy", "CopySource": f"{BUCKET}/k"}
    s3.copy_object(**copy)
    assert s3.get_object_annotation(**NOTE | {"Key": "copy"})["AnnotationPayload"].read() == b"x"
    s3.copy_object(**copy, AnnotationDirective="EXCLUDE")
    assert refused(s3.get_object_annotation, **NOTE | {"Key": "copy"}) == "NoSuchAnnotation"
    ada = user("s3:GetObject", "s3:PutObject", "s3:GetObjectAnnotation")
    ada.copy_object(**copy, AnnotationDirective="EXCLUDE")
    with vpce.denied(by="identity") as denials:
        ada.copy_object(**copy)
    assert "s3:PutObjectAnnotation" in denials[0].message
