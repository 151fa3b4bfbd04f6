"""The perimeter as a person meets it, with the AWS CLI: M28."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = "arn:aws:iam::123456789012:root"
BUCKET = "from-the-shell"
AWS = Path(sys.executable).with_name("aws")

pytestmark = pytest.mark.skipif(not AWS.exists(), reason="the AWS CLI is not installed beside this Python")


@pytest.fixture
def aws(vpce, tmp_path):
    """A function that runs one command of the AWS CLI at a place, and returns how it ended."""
    # Nothing of the machine's own AWS settings may reach the command, nor may its answer wait in a pager.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    settings = {
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_PAGER": "",
    }

    def run(*command, **place):
        return subprocess.run(  # noqa: S603 - the CLI that we test with
            [sys.executable, AWS, "--endpoint-url", vpce.url(**place), *map(str, command)],
            capture_output=True,
            text=True,
            check=False,
            env=kept | settings,
            cwd=tmp_path,
        )

    return run


@pytest.fixture
def bucket(vpce):
    vpce.client("s3").create_bucket(Bucket=BUCKET)
    return BUCKET


def close_to_all_but(vpce, endpoint):
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
        "Condition": {"StringNotEquals": {"aws:SourceVpce": vpce.endpoint(endpoint).id}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    vpce.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy)


def test_m28_s3_cp_and_ls_carry_a_file_there_and_back(aws, bucket, tmp_path):
    # Larger than the CLI's multipart threshold of 8 MB (https://docs.aws.amazon.com/cli/latest/topic/s3-config.html).
    content = os.urandom(64 * 1024) * 144
    (tmp_path / "there.bin").write_bytes(content)
    uploaded = aws("s3", "cp", "there.bin", f"s3://{bucket}/a b/there+1.bin", at="private-a")
    assert (uploaded.returncode, uploaded.stderr) == (0, "")
    listed = aws("s3", "ls", f"s3://{bucket}/a b/", at="private-a")
    assert listed.stdout.split()[2:] == [str(len(content)), "there+1.bin"]
    downloaded = aws("s3", "cp", f"s3://{bucket}/a b/there+1.bin", "back.bin", at="private-a")
    assert (downloaded.returncode, downloaded.stderr) == (0, "")
    assert (tmp_path / "back.bin").read_bytes() == content


def test_m28_a_denied_get_object_shows_awss_message(vpce, aws, bucket):
    vpce.client("s3").put_object(Bucket=bucket, Key="report.csv", Body=b"a,b\n")
    close_to_all_but(vpce, "s3")
    command = ("s3api", "get-object", "--bucket", bucket, "--key", "report.csv", "out.csv")
    refused = aws(*command)
    assert refused.returncode != 0
    assert (
        "An error occurred (AccessDenied) when calling the GetObject operation: "
        f"User: {ROOT} is not authorized to perform: s3:GetObject on resource: "
        f'"arn:aws:s3:::{bucket}/report.csv" with an explicit deny in a resource-based policy'
    ) in refused.stderr
    assert json.loads(aws(*command, at="private-a").stdout)["ContentLength"] == 4


def test_m28_s3_cp_of_a_denied_object_says_403_because_it_begins_with_a_head(vpce, aws, bucket):
    vpce.client("s3").put_object(Bucket=bucket, Key="report.csv", Body=b"a,b\n")
    close_to_all_but(vpce, "s3")
    refused = aws("s3", "cp", f"s3://{bucket}/report.csv", "out.csv")
    assert refused.returncode == 1
    assert "An error occurred (403) when calling the HeadObject operation: Forbidden" in refused.stderr


def test_m28_dynamodb_puts_and_gets_an_item(aws):
    table = ("--table-name", "Music")
    made = aws(
        *("dynamodb", "create-table", *table, "--billing-mode", "PAY_PER_REQUEST"),
        *("--attribute-definitions", "AttributeName=Artist,AttributeType=S"),
        *("--key-schema", "AttributeName=Artist,KeyType=HASH"),
        at="private-a",
    )
    assert json.loads(made.stdout)["TableDescription"]["TableStatus"] in {"CREATING", "ACTIVE"}
    item = {"Artist": {"S": "Acme Band"}}
    put = aws("dynamodb", "put-item", *table, "--item", json.dumps(item), at="private-a")
    assert (put.returncode, put.stderr) == (0, "")
    found = aws("dynamodb", "get-item", *table, "--key", json.dumps(item), at="private-b")
    assert json.loads(found.stdout)["Item"] == item


def test_m28_ec2_describes_the_endpoints_that_the_listing_names(vpce, aws):
    described = aws(
        *("ec2", "describe-vpc-endpoints", "--filters", "Name=vpc-endpoint-type,Values=Gateway"),
        *("--query", "VpcEndpoints[].[VpcEndpointId,ServiceName,VpcId]", "--output", "text"),
    )
    expected = {
        (vpce.endpoint(name).id, vpce.endpoint(name).service, vpce.endpoint(name).vpc_id) for name in ("s3", "dynamodb")
    }
    assert {tuple(line.split("\t")) for line in described.stdout.splitlines()} == expected


def test_m28_an_unknown_endpoint_id_is_refused_as_ec2_refuses_it(aws):
    refused = aws("ec2", "describe-vpc-endpoints", "--vpc-endpoint-ids", "vpce-0123456789abcdef0")
    assert (
        "An error occurred (InvalidVpcEndpointId.NotFound) when calling the DescribeVpcEndpoints operation: "
        "The Vpc Endpoint Id 'vpce-0123456789abcdef0' does not exist"
    ) in refused.stderr


def test_m28_sts_tells_who_is_calling(aws):
    assert json.loads(aws("sts", "get-caller-identity").stdout) == {
        "UserId": "123456789012",
        "Account": "123456789012",
        "Arn": ROOT,
    }


def test_m28_a_url_from_presign_opens_where_it_was_made_for_and_not_elsewhere(vpce, aws, bucket):
    vpce.client("s3").put_object(Bucket=bucket, Key="a b.csv", Body=b"a,b\n")
    close_to_all_but(vpce, "s3")
    inside = aws("s3", "presign", f"s3://{bucket}/a b.csv", at="private-a").stdout.strip()
    with urllib.request.urlopen(inside) as answer:  # noqa: S310 - a door's URL
        assert answer.read() == b"a,b\n"
    outside = aws("s3", "presign", f"s3://{bucket}/a b.csv").stdout.strip()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(outside)  # noqa: S310 - a door's URL
    with refused.value as answer:
        assert (answer.code, b"<Code>AccessDenied</Code>" in answer.read()) == (403, True)
