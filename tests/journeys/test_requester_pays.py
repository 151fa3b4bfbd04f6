"""Buckets whose requests the requester pays for, and requests that expect their bucket to be another account's."""

import json
import urllib.error
import urllib.request

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

OWNER, OTHER = "123456789012", "111122223333"
BUCKET = "maps"
AGREED = {"RequestPayer": "requester"}
TOLD = "x-amz-request-charged"


@pytest.fixture
def owner(vpce):
    s3 = vpce.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    s3.delete_public_access_block(Bucket=BUCKET)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:*"}
    resources = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    policy = {"Version": "2012-10-17", "Statement": [statement | {"Resource": resources}]}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    s3.put_bucket_request_payment(Bucket=BUCKET, RequestPaymentConfiguration={"Payer": "Requester"})
    return s3


@pytest.fixture
def other(vpce):
    """A client of the root user of another account."""
    keys = {"aws_access_key_id": OTHER, "aws_secret_access_key": "x"}
    client = vpce.client("s3", **keys, config=Config(signature_version="s3v4"))
    client.create_bucket(Bucket="own")
    client.put_object(Bucket="own", Key="k", Body=b"y")
    return client


def refused(call, **parameters):
    with pytest.raises(ClientError) as error:
        call(**parameters)
    told = error.value.response
    return told["ResponseMetadata"]["HTTPStatusCode"], told["Error"]["Code"], told["Error"]["Message"]


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_object", {"Key": "k"}),
        ("put_object", {"Key": "new", "Body": b"x"}),
        ("delete_objects", {"Delete": {"Objects": [{"Key": "k"}]}}),
        ("list_objects_v2", {}),
        ("copy_object", {"Key": "copy", "CopySource": "own/k"}),
        ("copy_object", {"Bucket": "own", "Key": "copy", "CopySource": f"{BUCKET}/k"}),
    ],
)
def test_who_does_not_agree_to_pay_is_refused_and_who_does_is_told(vpce, owner, other, operation, parameters):
    given = {"Bucket": BUCKET, **parameters}
    with vpce.denied(by="requester_pays") as denials:
        getattr(other, operation)(**given)
    assert "x-amz-request-payer" in denials[0].reason
    answer = getattr(other, operation)(**given, **AGREED)
    assert answer["RequestCharged"] == "requester"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_the_refusal_is_that_of_s3(owner, other):
    assert refused(other.get_object, Bucket=BUCKET, Key="k") == (403, "AccessDenied", "Access Denied")


def test_a_refused_upload_leaves_nothing_behind(owner, other):
    assert refused(other.put_object, Bucket=BUCKET, Key="new", Body=b"x")[1] == "AccessDenied"
    assert owner.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1


def test_the_owner_pays_without_a_word(owner):
    assert TOLD not in owner.get_object(Bucket=BUCKET, Key="k")["ResponseMetadata"]["HTTPHeaders"]


def test_what_concerns_the_bucket_itself_is_the_owners_to_pay(owner, other):
    assert other.head_bucket(Bucket=BUCKET)["ResponseMetadata"]["HTTPStatusCode"] == 200


def status_of(url):
    try:
        with urllib.request.urlopen(url) as answer:  # noqa: S310 - a door of this emulator
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(("agreed", "status"), [("", 403), ("?x-amz-request-payer=requester", 403)])
def test_an_anonymous_caller_cannot_pay(vpce, owner, agreed, status):
    assert status_of(f"{vpce.url()}/{BUCKET}/k{agreed}") == status


def test_a_presigned_url_says_in_its_query_that_its_signer_pays(owner, other):
    url = other.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "k"})
    assert status_of(url) == 403
    assert status_of(f"{url}&x-amz-request-payer=requester") == 200


@pytest.mark.parametrize("name", ["ExpectedBucketOwner", "ExpectedSourceBucketOwner"])
def test_a_bucket_that_is_not_its_expected_owners_is_not_touched(vpce, owner, name):
    copy = {"Bucket": BUCKET, "Key": "copy", "CopySource": f"{BUCKET}/k"}
    owner.copy_object(**copy, **{name: OWNER})
    with vpce.denied(by="expected_bucket_owner"):
        owner.copy_object(**copy, **{name: OTHER})


def test_an_expected_owner_that_is_no_account_is_refused(owner):
    told = refused(owner.get_object, Bucket=BUCKET, Key="k", ExpectedBucketOwner="me")
    assert told[:2] == (400, "InvalidBucketOwnerAWSAccountID")
