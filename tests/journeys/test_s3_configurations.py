"""Configurations of buckets and objects that Terraform and SDKs read and write, kept by the emulator itself."""

from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

BUCKET = "configured"
UNTIL = datetime(2099, 1, 2, 3, 4, 5, tzinfo=UTC)
DESTINATION = {"S3BucketDestination": {"Format": "CSV", "Bucket": "arn:aws:s3:::x"}}
EXPORT = {"OutputSchemaVersion": "V_1", "Destination": DESTINATION}
CONFIGURATIONS = [
    ("metrics", "Metrics", {"Id": "one", "Filter": {"Prefix": "logs/"}}),
    ("analytics", "Analytics", {"Id": "one", "StorageClassAnalysis": {"DataExport": EXPORT}}),
    (
        "intelligent_tiering",
        "IntelligentTiering",
        {"Id": "one", "Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]},
    ),
]


def code_of(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]["Code"]


@pytest.fixture
def s3(vpce):
    client = vpce.client("s3")
    client.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    client.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    return client


@pytest.mark.parametrize(("name", "kind", "configuration"), CONFIGURATIONS)
def test_a_configuration_is_set_read_listed_and_deleted(s3, name, kind, configuration):
    one = {"Bucket": BUCKET, "Id": "one"}
    get, delete = getattr(s3, f"get_bucket_{name}_configuration"), getattr(s3, f"delete_bucket_{name}_configuration")
    listing = getattr(s3, f"list_bucket_{name}_configurations")
    assert f"{kind}ConfigurationList" not in listing(Bucket=BUCKET)
    assert code_of(get, **one) == "NoSuchConfiguration"
    put = getattr(s3, f"put_bucket_{name}_configuration")
    put(**one, **{f"{kind}Configuration": configuration})
    assert get(**one)[f"{kind}Configuration"] == configuration
    assert listing(Bucket=BUCKET)[f"{kind}ConfigurationList"] == [configuration]
    assert code_of(put, Bucket=BUCKET, Id="two", **{f"{kind}Configuration": configuration}) == "InvalidArgument"
    delete(**one)
    assert code_of(get, **one) == "NoSuchConfiguration"
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1


def test_who_pays_for_requests_is_the_owner_until_it_is_said(s3):
    assert s3.get_bucket_request_payment(Bucket=BUCKET)["Payer"] == "BucketOwner"
    s3.put_bucket_request_payment(Bucket=BUCKET, RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(Bucket=BUCKET)["Payer"] == "Requester"


def test_the_retention_of_an_object_is_read(s3):
    one = {"Bucket": BUCKET, "Key": "k"}
    assert code_of(s3.get_object_retention, **one) == "NoSuchObjectLockConfiguration"
    s3.put_object_retention(**one, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": UNTIL})
    assert s3.get_object_retention(**one)["Retention"] == {"Mode": "GOVERNANCE", "RetainUntilDate": UNTIL}
    assert code_of(s3.get_object_retention, Bucket=BUCKET, Key="nosuch") == "NoSuchKey"


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_bucket_metrics_configuration", {"Id": "one"}),
        ("get_bucket_request_payment", {}),
        ("get_object_retention", {"Key": "k"}),
    ],
)
def test_a_bucket_that_is_nowhere_has_no_configurations(vpce, operation, parameters):
    assert code_of(getattr(vpce.client("s3"), operation), Bucket="nowhere", **parameters) == "NoSuchBucket"


def test_abac_is_off_until_it_is_enabled_and_tags_are_set_one_by_one_from_then_on(vpce, s3):
    assert s3.get_bucket_abac(Bucket=BUCKET)["AbacStatus"] == {"Status": "Disabled"}
    tags = {"TagSet": [{"Key": "team", "Value": "blue"}]}
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging=tags)
    s3.put_bucket_abac(Bucket=BUCKET, AbacStatus={"Status": "Enabled"})
    assert s3.get_bucket_abac(Bucket=BUCKET)["AbacStatus"] == {"Status": "Enabled"}
    assert code_of(s3.put_bucket_tagging, Bucket=BUCKET, Tagging=tags) == "MethodNotAllowed"
    assert code_of(s3.delete_bucket_tagging, Bucket=BUCKET) == "MethodNotAllowed"
    named = {"AccountId": "123456789012", "ResourceArn": f"arn:aws:s3:::{BUCKET}"}
    vpce.client("s3control").tag_resource(**named, Tags=[{"Key": "stage", "Value": "test"}])
    kept = s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in kept} == {"team": "blue", "stage": "test"}


@pytest.fixture
def key(vpce):
    """The ARN of a KMS key."""
    return vpce.client("kms").create_key()["KeyMetadata"]["Arn"]


def test_everything_is_encrypted_with_keys_of_s3_unless_it_is_said_otherwise(s3, key):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}
    default = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert default == [rule]
    assert s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")["ServerSideEncryption"] == "AES256"
    assert s3.get_object(Bucket=BUCKET, Key="k")["ServerSideEncryption"] == "AES256"
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="big")
    assert upload["ServerSideEncryption"] == "AES256"
    kms = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    assert s3.put_object(Bucket=BUCKET, Key="kms", Body=b"x", **kms)["ServerSideEncryption"] == "aws:kms"


def test_an_object_is_encrypted_with_another_key_and_stays_as_it_was(s3, key):
    before = s3.head_object(Bucket=BUCKET, Key="k")
    with_key = {"SSEKMS": {"KMSKeyArn": key, "BucketKeyEnabled": True}}
    s3.update_object_encryption(Bucket=BUCKET, Key="k", ObjectEncryption=with_key)
    after = s3.head_object(Bucket=BUCKET, Key="k")
    assert (after["ServerSideEncryption"], after["SSEKMSKeyId"], after["BucketKeyEnabled"]) == ("aws:kms", key, True)
    assert [after[name] for name in ("ETag", "LastModified", "VersionId")] == [
        before[name] for name in ("ETag", "LastModified", "VersionId")
    ]
    unknown = {"Bucket": BUCKET, "Key": "nosuch", "ObjectEncryption": with_key}
    assert code_of(s3.update_object_encryption, **unknown) == "NoSuchKey"


def test_what_moto_does_not_hold_is_not_implemented(s3):
    assert code_of(s3.get_object_torrent, Bucket=BUCKET, Key="k") == "NotImplemented"


INVENTORY = {
    "Id": "one",
    "IsEnabled": True,
    "IncludedObjectVersions": "All",
    "Schedule": {"Frequency": "Daily"},
    "Destination": DESTINATION,
}


def test_an_inventory_is_deleted(s3):
    one = {"Bucket": BUCKET, "Id": "one"}
    s3.put_bucket_inventory_configuration(**one, InventoryConfiguration=INVENTORY)
    s3.delete_bucket_inventory_configuration(**one)
    assert code_of(s3.delete_bucket_inventory_configuration, **one) == "NoSuchConfiguration"
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_nothing_is_selected_behind_the_last_line(s3, ending):
    s3.put_object(Bucket=BUCKET, Key="table.csv", Body=f"name,age\nann,7\nbob,9{ending}".encode())
    answer = s3.select_object_content(
        Bucket=BUCKET,
        Key="table.csv",
        ExpressionType="SQL",
        Expression="SELECT name FROM S3Object s",
        InputSerialization={"CSV": {"FileHeaderInfo": "USE"}},
        OutputSerialization={"JSON": {}},
    )
    records = b"".join(event["Records"]["Payload"] for event in answer["Payload"] if "Records" in event)
    assert records.split() == [b'{"name":"ann"}', b'{"name":"bob"}']
