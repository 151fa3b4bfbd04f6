"""S3's own access rules with boto3 through the doors: Block Public Access, object ownership and ACLs."""

import json

import pytest
import urllib3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

BUCKET = "open-or-not"
OWN, OTHER = "123456789012", "210987654321"
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
DEFAULTS = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def refusal(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


@pytest.fixture
def s3(vpce):
    return vpce.client("s3")


@pytest.fixture
def other(vpce):
    """The root user of another account."""
    return vpce.client("s3", aws_access_key_id=OTHER, aws_secret_access_key="any")


@pytest.fixture
def anybody(vpce):
    return vpce.client("s3", config=Config(signature_version=UNSIGNED))


@pytest.fixture
def bucket(s3):
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="page.html", Body=b"hello")
    return {"Bucket": BUCKET, "Key": "page.html"}


def block(s3, **settings):
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=dict.fromkeys(DEFAULTS, False) | settings)


def take_acls(s3, ownership):
    s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]})


def test_a_new_bucket_blocks_public_access_and_has_no_acls(s3, bucket):
    assert s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"] == DEFAULTS
    controls = s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]
    assert controls == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_a_public_policy_is_refused_in_the_words_of_block_public_access(vpce, s3, bucket):
    with vpce.denied(by="public_access_block") as denials:
        s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(EVERYBODY))
    assert denials[0].message == (
        f'User: arn:aws:iam::{OWN}:root is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::'
        f'{BUCKET}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.'
    )
    assert refusal(s3.get_bucket_policy, Bucket=BUCKET)[0] == "NoSuchBucketPolicy"
    confined = EVERYBODY | {"Condition": {"StringEquals": {"aws:SourceVpce": vpce.endpoint("s3").id}}}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(confined))
    assert s3.get_bucket_policy_status(Bucket=BUCKET)["PolicyStatus"] == {"IsPublic": False}


def test_a_public_bucket_is_open_to_everybody_until_it_is_restricted(vpce, s3, other, anybody, bucket):
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(EVERYBODY))
    assert s3.get_bucket_policy_status(Bucket=BUCKET)["PolicyStatus"] == {"IsPublic": True}
    for client in (s3, other, anybody):
        assert client.get_object(**bucket)["Body"].read() == b"hello"
    block(s3, RestrictPublicBuckets=True)
    assert s3.get_object(**bucket)["Body"].read() == b"hello"
    for client in (other, anybody):
        with vpce.denied(by="resource") as denials:
            client.get_object(**bucket)
        assert denials[0].message == "Access Denied"
        assert "Block Public Access of open-or-not" in denials[0].reason


def test_access_for_another_account_is_not_public(s3, other, bucket):
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(EVERYBODY | {"Principal": {"AWS": OTHER}}))
    assert other.get_object(**bucket)["Body"].read() == b"hello"


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("put_object", {"Key": "new", "ACL": "public-read"}),
        ("put_object", {"Key": "new", "ACL": "private"}),
        ("put_object", {"Key": "new", "GrantRead": f"uri={ALL_USERS}"}),
        ("copy_object", {"Key": "new", "CopySource": f"{BUCKET}/page.html", "ACL": "authenticated-read"}),
        ("create_multipart_upload", {"Key": "new", "ACL": "public-read"}),
        ("put_object_acl", {"Key": "page.html", "ACL": "public-read"}),
        ("put_bucket_acl", {"ACL": "private"}),
    ],
)
def test_a_bucket_without_acls_takes_none(s3, bucket, operation, parameters):
    assert refusal(getattr(s3, operation), Bucket=BUCKET, **parameters) == (
        "AccessControlListNotSupported",
        "The bucket does not allow ACLs",
    )


def test_a_bucket_without_acls_takes_full_control_for_its_owner(s3, bucket):
    owner = s3.list_buckets()["Owner"]["ID"]
    s3.put_object(Bucket=BUCKET, Key="new", ACL="bucket-owner-full-control")
    s3.put_object(Bucket=BUCKET, Key="new", GrantFullControl=f'id="{owner}"')


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"ACL": "public-read"}, "InvalidBucketAclWithObjectOwnership"),
        ({"ACL": "public-read", "ObjectOwnership": "ObjectWriter"}, "InvalidBucketAclWithBlockPublicAccessError"),
    ],
)
def test_a_bucket_is_not_made_with_a_public_acl(s3, parameters, code):
    assert refusal(s3.create_bucket, Bucket=BUCKET, **parameters)[0] == code
    assert refusal(s3.head_bucket, Bucket=BUCKET)[0] == "404"
    s3.create_bucket(Bucket=BUCKET, ACL="private")


def test_public_acls_are_refused_then_ignored_then_count(vpce, s3, anybody, bucket):
    take_acls(s3, "ObjectWriter")
    with vpce.denied(by="public_access_block") as denials:
        s3.put_object_acl(**bucket, ACL="public-read")
    assert denials[0].message.endswith(
        "because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access."
    )
    block(s3, IgnorePublicAcls=True)
    s3.put_object_acl(**bucket, ACL="public-read")
    assert refusal(anybody.get_object, **bucket) == ("AccessDenied", "Access Denied")
    block(s3)
    assert anybody.get_object(**bucket)["Body"].read() == b"hello"
    assert refusal(anybody.get_object_acl, **bucket)[0] == "AccessDenied"
    assert refusal(anybody.list_objects_v2, Bucket=BUCKET)[0] == "AccessDenied"
    s3.put_bucket_acl(Bucket=BUCKET, ACL="public-read")
    assert anybody.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1
    assert refusal(take_acls, s3=s3, ownership="BucketOwnerEnforced")[0] == "InvalidBucketAclWithObjectOwnership"
    s3.put_bucket_acl(Bucket=BUCKET, ACL="private")
    take_acls(s3, "BucketOwnerEnforced")
    assert refusal(anybody.get_object, **bucket)[0] == "AccessDenied"


def test_authenticated_read_is_for_every_account_and_for_nobody_without_one(s3, other, anybody, bucket):
    take_acls(s3, "ObjectWriter")
    block(s3)
    s3.put_object_acl(**bucket, ACL="authenticated-read")
    assert other.get_object(**bucket)["Body"].read() == b"hello"
    assert refusal(anybody.get_object, **bucket)[0] == "AccessDenied"


def test_a_grant_to_an_account_is_for_that_account(s3, other, anybody, bucket):
    take_acls(s3, "ObjectWriter")
    grantee = {"Type": "CanonicalUser", "ID": other.list_buckets()["Owner"]["ID"]}
    owner = s3.list_buckets()["Owner"]
    s3.put_object_acl(
        **bucket, AccessControlPolicy={"Owner": owner, "Grants": [{"Grantee": grantee, "Permission": "READ"}]}
    )
    assert other.get_object(**bucket)["Body"].read() == b"hello"
    assert refusal(other.put_object_acl, **bucket, ACL="private")[0] == "AccessDenied"
    assert refusal(anybody.get_object, **bucket)[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("ownership", "acl", "owner", "readable"),
    [
        ("BucketOwnerEnforced", None, OWN, True),
        ("ObjectWriter", None, OTHER, False),
        ("ObjectWriter", "bucket-owner-read", OTHER, True),
        ("ObjectWriter", "bucket-owner-full-control", OTHER, True),
        ("BucketOwnerPreferred", None, OTHER, False),
        ("BucketOwnerPreferred", "bucket-owner-full-control", OWN, True),
    ],
)
def test_what_another_account_uploads_is_its_own_unless_ownership_says_otherwise(
    s3, other, bucket, ownership, acl, owner, readable
):
    take_acls(s3, ownership)
    writing = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "s3:PutObject*"}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(writing | {"Resource": f"arn:aws:s3:::{BUCKET}/*"}))
    other.put_object(Bucket=BUCKET, Key="theirs", Body=b"x", **({"ACL": acl} if acl else {}))
    reads = [client for client in (s3, other) if _may_read(client)]
    assert (s3 in reads) is readable
    assert (other in reads) is (owner == OTHER)
    s3.delete_object(Bucket=BUCKET, Key="theirs")


def _may_read(client):
    try:
        client.get_object(Bucket=BUCKET, Key="theirs")
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        return False
    return True


TEMPLATE = {
    "Resources": {
        "Site": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketName": BUCKET,
                "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": False},
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
            },
        }
    }
}


def test_a_template_of_cloudformation_says_how_public_a_bucket_may_be(vpce, s3):
    vpce.client("cloudformation").create_stack(StackName="site", TemplateBody=json.dumps(TEMPLATE))
    settings = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert settings == dict.fromkeys(DEFAULTS, False) | {"BlockPublicAcls": True}
    controls = s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]
    assert controls == {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}


@pytest.mark.parametrize(("blocked", "status"), [(True, "ROLLBACK_COMPLETE"), (False, "CREATE_COMPLETE")])
def test_a_template_with_a_public_policy_fails_where_public_policies_are_blocked(vpce, blocked, status):
    settings = {"PublicAccessBlockConfiguration": dict.fromkeys(DEFAULTS, blocked)}
    document = {"Version": "2012-10-17", "Statement": [EVERYBODY]}
    template = {
        "Resources": {
            "Site": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": BUCKET} | settings},
            "Open": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {"Bucket": {"Ref": "Site"}, "PolicyDocument": document},
            },
        }
    }
    cloudformation = vpce.client("cloudformation")
    cloudformation.create_stack(StackName="site", TemplateBody=json.dumps(template))
    assert cloudformation.describe_stacks(StackName="site")["Stacks"][0]["StackStatus"] == status
    told = {each.get("ResourceStatusReason") for each in _events(cloudformation) if each["LogicalResourceId"] == "Open"}
    assert any("Access Denied" in (reason or "") for reason in told) is blocked


def _events(cloudformation):
    return cloudformation.describe_stack_events(StackName="site")["StackEvents"]


def test_a_policy_for_a_principal_that_is_not_there_is_refused(vpce, s3, bucket):
    vpce.client("iam").create_user(UserName="somebody")
    nobody = EVERYBODY | {"Principal": {"AWS": f"arn:aws:iam::{OWN}:user/nobody"}}
    assert refusal(s3.put_bucket_policy, Bucket=BUCKET, Policy=policy(nobody)) == (
        "MalformedPolicy",
        "Invalid principal in policy",
    )


def test_a_copy_from_a_bucket_of_another_owner_than_expected_is_refused(s3, bucket):
    copy = {"Bucket": BUCKET, "Key": "copy", "CopySource": f"{BUCKET}/page.html"}
    s3.copy_object(**copy, ExpectedSourceBucketOwner=OWN)
    assert refusal(s3.copy_object, **copy, ExpectedSourceBucketOwner=OTHER) == ("AccessDenied", "Access Denied")


def test_a_form_that_another_account_posts_makes_an_object_of_its_own(vpce, s3, other, anybody, bucket):
    take_acls(s3, "ObjectWriter")
    block(s3)
    writing = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "s3:PutObject*"}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(writing | {"Resource": f"arn:aws:s3:::{BUCKET}/*"}))
    signed = other.generate_presigned_post(BUCKET, "theirs", {"acl": "public-read"}, [{"acl": "public-read"}])
    parts = [*((f'name="{name}"', text) for name, text in signed["fields"].items()), ('name="file"; filename="f"', "x")]
    body = "".join(f"--B\r\nContent-Disposition: form-data; {name}\r\n\r\n{text}\r\n" for name, text in parts)
    kind = {"Content-Type": "multipart/form-data; boundary=B"}
    sent = urllib3.request("POST", f"{vpce.url()}/{BUCKET}", body=f"{body}--B--\r\n".encode(), headers=kind)
    assert sent.status == 204
    assert anybody.get_object(Bucket=BUCKET, Key="theirs")["Body"].read() == b"x"
    assert _may_read(other)
    acl = other.get_object_acl(Bucket=BUCKET, Key="theirs")
    assert acl["Owner"]["ID"] == other.list_buckets()["Owner"]["ID"] != s3.list_buckets()["Owner"]["ID"]
