"""Policies that go by the tags of what is in EC2, and by the tags and the type of what is made there."""

import json

import pytest
from botocore.exceptions import ClientError

ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.fixture
def guarded(vpce):
    """Return a function that makes EC2 for a user who may do anything but what statements deny."""

    def make(*denials):
        iam = vpce.client("iam")
        iam.create_user(UserName="jane")
        document = {"Version": "2012-10-17", "Statement": [ANYTHING, *({"Effect": "Deny"} | each for each in denials)]}
        iam.put_user_policy(UserName="jane", PolicyName="p", PolicyDocument=json.dumps(document))
        key = iam.create_access_key(UserName="jane")["AccessKey"]
        return vpce.client("ec2", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])

    return make


def is_denied(call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "UnauthorizedOperation"
        return True
    return False


@pytest.mark.parametrize("key", ["ec2:ResourceTag/keep", "aws:ResourceTag/keep"])
def test_a_tagged_network_is_not_deleted(vpce, guarded, key):
    condition = {"StringEquals": {key: "yes"}}
    ec2 = guarded({"Action": ["ec2:DeleteVpc", "ec2:DeleteVpcEndpoints"], "Resource": "*", "Condition": condition})
    kept, other = (
        vpce.client("ec2").create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in ("10.8.0.0/16", "10.9.0.0/16")
    )
    endpoint = vpce.client("ec2").create_vpc_endpoint(VpcId=kept, ServiceName="com.amazonaws.us-east-1.s3")
    endpoint_id = endpoint["VpcEndpoint"]["VpcEndpointId"]
    vpce.client("ec2").create_tags(Resources=[kept, endpoint_id], Tags=[{"Key": "keep", "Value": "yes"}])
    assert is_denied(ec2.delete_vpc, VpcId=kept)
    assert is_denied(ec2.delete_vpc_endpoints, VpcEndpointIds=[endpoint_id])
    assert not is_denied(ec2.delete_vpc, VpcId=other)


def test_only_small_instances_are_run(vpce, guarded):
    ec2 = guarded(
        {
            "Action": "ec2:RunInstances",
            "Resource": "arn:aws:ec2:*:*:instance/*",
            "Condition": {"StringNotEquals": {"ec2:InstanceType": "t3.micro"}},
        }
    )
    image = vpce.client("ec2").describe_images()["Images"][0]["ImageId"]
    one = {"ImageId": image, "MinCount": 1, "MaxCount": 1}
    assert is_denied(ec2.run_instances, InstanceType="m5.24xlarge", **one)
    assert not is_denied(ec2.run_instances, InstanceType="t3.micro", **one)


def test_tags_are_given_to_what_is_made_by_those_who_may_tag(guarded):
    ec2 = guarded({"Action": "ec2:CreateTags", "Resource": "*"})
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "team", "Value": "blue"}]}]
    assert is_denied(ec2.create_vpc, CidrBlock="10.8.0.0/16", TagSpecifications=tags)
    assert not is_denied(ec2.create_vpc, CidrBlock="10.8.0.0/16")
