"""Policies that go by the tags that an object has when it is asked for."""

import json

import pytest
from botocore.exceptions import ClientError

CONDITION = {"StringEquals": {"s3:ExistingObjectTag/class": "public"}}


@pytest.fixture
def reader(vpce):
    """S3 for a user who may read public objects of the bucket `corp`."""
    iam = vpce.client("iam")
    iam.create_user(UserName="jane")
    allowed = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging"],
        "Resource": "*",
        "Condition": CONDITION,
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName="jane", PolicyName="p", PolicyDocument=document)
    vpce.client("s3").create_bucket(Bucket="corp")
    key = iam.create_access_key(UserName="jane")["AccessKey"]
    return vpce.client("s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])


def may(call, **parameters):
    try:
        call(Bucket="corp", Key="k", **parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        return False
    return True


def test_tags_count_as_soon_as_they_are_set(vpce, reader):
    owner = vpce.client("s3")
    owner.put_object(Bucket="corp", Key="k", Body=b"", Tagging="class=public")
    assert may(reader.get_object)
    assert may(reader.get_object_tagging)
    owner.put_object_tagging(Bucket="corp", Key="k", Tagging={"TagSet": [{"Key": "class", "Value": "secret"}]})
    assert not may(reader.get_object)
    owner.delete_object_tagging(Bucket="corp", Key="k")
    assert not may(reader.get_object)


def test_each_version_of_an_object_has_tags_of_its_own(vpce, reader):
    owner = vpce.client("s3")
    owner.put_bucket_versioning(Bucket="corp", VersioningConfiguration={"Status": "Enabled"})
    public, secret = (
        owner.put_object(Bucket="corp", Key="k", Body=b"", Tagging=f"class={kind}")["VersionId"]
        for kind in ("public", "secret")
    )
    assert may(reader.get_object, VersionId=public)
    assert not may(reader.get_object, VersionId=secret)
    assert not may(reader.get_object)
