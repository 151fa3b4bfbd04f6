"""Attribute-based access control of S3: what the tags of buckets and access points decide, once they may."""

import json

import pytest

OWN = "123456789012"
BUCKET = "tagged"
ARN = f"arn:aws:s3:::{BUCKET}"
POINT = f"arn:aws:s3:us-east-1:{OWN}:accesspoint/point"


@pytest.fixture
def s3(vpce):
    client = vpce.client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    vpce.client("s3control").create_access_point(AccountId=OWN, Name="point", Bucket=BUCKET)
    return client


@pytest.fixture
def tag(vpce):
    def add(arn, **tags):
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        vpce.client("s3control").tag_resource(AccountId=OWN, ResourceArn=arn, Tags=pairs)

    return add


@pytest.fixture
def allowed_if(vpce):
    """A function that makes a user, and returns a client of it, who may do everything in S3 on a condition."""
    iam = vpce.client("iam")

    def make(**condition):
        statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": condition}}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.create_user(UserName="ada")
        iam.put_user_policy(UserName="ada", PolicyName="p", PolicyDocument=policy)
        key = iam.create_access_key(UserName="ada")["AccessKey"]
        names = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        return vpce.client("s3", **names)

    return make


@pytest.mark.parametrize("key", ["aws:ResourceTag/team", "s3:BucketTag/team"])
@pytest.mark.parametrize(
    ("operation", "parameters"),
    [("get_object", {"Key": "k"}), ("list_objects_v2", {}), ("put_object", {"Key": "new", "Body": b"x"})],
)
def test_the_tags_of_a_bucket_decide_once_they_may(vpce, s3, tag, allowed_if, key, operation, parameters):
    tag(ARN, team="blue")
    call = getattr(allowed_if(**{key: "blue"}), operation)
    with vpce.denied(by="identity"):
        call(Bucket=BUCKET, **parameters)
    s3.put_bucket_abac(Bucket=BUCKET, AbacStatus={"Status": "Enabled"})
    call(Bucket=BUCKET, **parameters)
    tag(ARN, team="red")
    with vpce.denied(by="identity"):
        call(Bucket=BUCKET, **parameters)


def test_a_bucket_policy_tells_by_its_own_buckets_tags(vpce, s3, tag):
    s3.put_bucket_abac(Bucket=BUCKET, AbacStatus={"Status": "Enabled"})
    condition = {"StringEquals": {"s3:BucketTag/frozen": "yes"}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"{ARN}/*"}
    policy = {"Version": "2012-10-17", "Statement": [deny | {"Condition": condition}]}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"y")
    tag(ARN, frozen="yes")
    with vpce.denied(by="resource"):
        s3.put_object(Bucket=BUCKET, Key="k", Body=b"z")


@pytest.mark.parametrize("key", ["aws:ResourceTag/team", "s3:AccessPointTag/team"])
def test_the_tags_of_an_access_point_always_decide(vpce, s3, tag, allowed_if, key):
    ada = allowed_if(**{key: "blue"})
    with vpce.denied(by="identity"):
        ada.get_object(Bucket=POINT, Key="k")
    tag(POINT, team="blue")
    ada.get_object(Bucket=POINT, Key="k")
    with vpce.denied(by="identity"):
        ada.get_object(Bucket=BUCKET, Key="k")


def test_the_tags_of_a_bucket_are_known_at_its_access_points(vpce, s3, tag, allowed_if):
    tag(ARN, team="blue")
    s3.put_bucket_abac(Bucket=BUCKET, AbacStatus={"Status": "Enabled"})
    ada = allowed_if(**{"s3:BucketTag/team": "blue"})
    assert ada.get_object(Bucket=POINT, Key="k")["Body"].read() == b"x"
