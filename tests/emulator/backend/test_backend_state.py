"""Forgetting everything, going back to a baseline network, and clients that need no socket."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings

import pytest

ACCOUNT, OTHER_ACCOUNT = "123456789012", "111122223333"
TABLE = {
    "TableName": "t",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def client(backend):
    def make(service: str, account_id: str = ACCOUNT, region: str = "us-east-1"):
        return backend.client(service, region=region, account_id=account_id)

    return make


def test_reset_forgets_every_service_in_every_account(backend, client):
    for account in (ACCOUNT, OTHER_ACCOUNT):
        client("s3", account).create_bucket(Bucket=f"bucket-{account}")
        client("s3", account).put_object(Bucket=f"bucket-{account}", Key="k", Body=b"x")
        client("dynamodb", account).create_table(**TABLE)
        client("sqs", account).create_queue(QueueName="q")
        client("iam", account).create_user(UserName="u")
        client("ec2", account).create_vpc(CidrBlock="10.9.0.0/16")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        backend.reset()
    for account in (ACCOUNT, OTHER_ACCOUNT):
        assert backend.bucket(f"bucket-{account}") is None
        assert client("s3", account).list_buckets()["Buckets"] == []
        assert client("dynamodb", account).list_tables()["TableNames"] == []
        assert "QueueUrls" not in client("sqs", account).list_queues()
        assert client("iam", account).list_users()["Users"] == []
        assert [vpc["IsDefault"] for vpc in client("ec2", account).describe_vpcs()["Vpcs"]] == [True]


def test_a_network_returns_to_its_baseline_and_everything_else_is_forgotten(backend, client):
    ec2, west = client("ec2"), client("ec2", OTHER_ACCOUNT, "us-west-2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    peer = west.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    peering = ec2.create_vpc_peering_connection(
        VpcId=vpc, PeerVpcId=peer, PeerRegion="us-west-2", PeerOwnerId=OTHER_ACCOUNT
    )["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    baseline = backend.snapshot()

    for round_ in range(2):  # a snapshot is not used up
        client("s3").create_bucket(Bucket=f"bucket{round_}")
        west.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
        ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "changed"}])
        ec2.delete_subnet(SubnetId=subnet)
        ec2.create_network_interface(
            SubnetId=ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.2.0/24")["Subnet"]["SubnetId"]
        )
        client("ec2", "333333333333").create_vpc(CidrBlock="10.3.0.0/16")

        backend.restore(baseline)

        assert client("s3").list_buckets()["Buckets"] == []
        assert [
            found["SubnetId"]
            for found in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
        ] == [subnet]
        assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
        assert ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"] == []
        assert len(client("ec2", "333333333333").describe_vpcs()["Vpcs"]) == 1
        for side in (ec2, west):
            (found,) = side.describe_vpc_peering_connections()["VpcPeeringConnections"]
            assert found["Status"]["Code"] == "pending-acceptance"


def test_what_is_made_after_a_return_belongs_to_the_network(backend, client):
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    baseline = backend.snapshot()
    backend.reset()
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1
    backend.restore(baseline)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    interface = ec2.create_network_interface(SubnetId=subnet, Groups=[group])["NetworkInterface"]
    assert (interface["VpcId"], interface["Groups"][0]["GroupId"]) == (vpc, group)
    assert ec2.describe_images(Owners=["amazon"])["Images"]


def test_a_client_reports_the_services_errors(client):
    s3 = client("s3")
    with pytest.raises(s3.exceptions.NoSuchBucket):
        s3.list_objects_v2(Bucket="none")
    with pytest.raises(s3.exceptions.ClientError, match=r"InvalidVpcID\.NotFound"):
        client("ec2").create_subnet(VpcId="vpc-0", CidrBlock="10.0.0.0/24")


def test_a_clients_objects_keep_their_keys_and_bodies(client):
    s3 = client("s3", OTHER_ACCOUNT, "eu-west-1")
    s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="bucket", Key="a//b c+%25\u00e9/", Body=b"x" * (3 << 20), Metadata={"under_score": "1"})
    assert s3.get_object(Bucket="bucket", Key="a//b c+%25\u00e9/")["Metadata"] == {"under_score": "1"}
    upload = s3.create_multipart_upload(Bucket="bucket", Key="m")["UploadId"]
    part = s3.upload_part(Bucket="bucket", Key="m", UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
    parts = {"Parts": [{"ETag": part, "PartNumber": 1}]}
    s3.complete_multipart_upload(Bucket="bucket", Key="m", UploadId=upload, MultipartUpload=parts)
    assert s3.get_object(Bucket="bucket", Key="m")["Body"].read() == b"part"
    assert s3.get_bucket_location(Bucket="bucket")["LocationConstraint"] == "eu-west-1"


def test_a_queue_is_named_as_in_its_region(client):
    url = client("sqs", region="eu-west-1").create_queue(QueueName="q")["QueueUrl"]
    assert url == f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/q"


async def test_a_table_is_of_the_account_and_region_of_the_call(caller, other_caller):
    await caller.json("dynamodb", "DynamoDB_20120810", "CreateTable", TABLE)
    for who, expected in [(caller, ["t"]), (other_caller, [])]:
        answer = await who.json("dynamodb", "DynamoDB_20120810", "ListTables", {})
        assert json.loads(answer.body)["TableNames"] == expected


HOSTILE = {
    "AWS_PROFILE": "does-not-exist",
    "AWS_CONFIG_FILE": "/does/not/exist",
    "AWS_ENDPOINT_URL": "http://192.0.2.1:1",
    "INITIAL_NO_AUTH_ACTION_COUNT": "0",
    "MOTO_ACCOUNT_ID": "999999999999",
    "MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS": "false",
    "S3_IGNORE_SUBDOMAIN_BUCKETNAME": "true",
}
PROGRAM = """
import sys
from vpce_emulator.backend.embedded import EmbeddedBackend
backend = EmbeddedBackend()
theirs = backend.client("s3", region="us-east-1", account_id="111122223333")
theirs.create_bucket(Bucket="bucket")
backend.client("s3", region="us-east-1", account_id="123456789012").put_object(Bucket="bucket", Key="k", Body=b"x")
arn = backend.client("sqs", region="us-east-1", account_id="123456789012").create_queue(QueueName="q")["QueueUrl"]
print(backend.bucket("bucket").account_id, arn, "flask" in sys.modules)
"""


def test_the_shells_settings_for_aws_do_not_reach_the_backend():
    environment = {**os.environ, **HOSTILE}
    command = [sys.executable, "-c", PROGRAM]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ourselves
    # Nor does it load a web framework, which moto's own server would.
    assert ran.stdout == "111122223333 https://sqs.us-east-1.amazonaws.com/123456789012/q False\n", ran.stderr
