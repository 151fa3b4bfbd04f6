"""Instances and network interfaces that are made through EC2's API: where they stand, and whom their calls act as."""

import json
from ipaddress import IPv4Address, IPv4Network

import pytest
from botocore.exceptions import ClientError

from vpce_emulator.testing import UnknownPlace

TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def named(ec2, name):
    return ec2.describe_subnets(Filters=[{"Name": "tag:Name", "Values": [name]}])["Subnets"][0]


def run(vpce, subnet="private-a", **options):
    ec2 = vpce.client("ec2")
    (instance,) = ec2.run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=named(ec2, subnet)["SubnetId"], **options
    )["Instances"]
    return instance["InstanceId"]


@pytest.fixture
def profile(vpce):
    iam = vpce.client("iam")
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=policy(TRUST))
    iam.create_instance_profile(InstanceProfileName="workers")
    iam.add_role_to_instance_profile(InstanceProfileName="workers", RoleName="worker")
    return {"Name": "workers"}


def test_an_instance_calls_from_its_subnet_with_its_groups_and_until_it_is_terminated(vpce):
    ec2 = vpce.client("ec2")
    group = ec2.create_security_group(
        GroupName="closed", Description="lets nothing out", VpcId=named(ec2, "private-a")["VpcId"]
    )["GroupId"]
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
    instance, closed = run(vpce), run(vpce, SecurityGroupIds=[group])
    vpce.client("s3", at=instance).list_buckets()
    decision = vpce.decisions()[-1]
    assert (decision["client"], decision["path"]) == (instance, "gateway")
    assert IPv4Address(decision["source_address"]) in IPv4Network("10.0.1.0/24")
    with vpce.denied(by="network") as denials:
        vpce.client("s3", at=closed).list_buckets()
    assert group in denials[0].reason
    ec2.terminate_instances(InstanceIds=[instance])
    assert instance not in vpce.listing["clients"]
    with pytest.raises(UnknownPlace):
        vpce.url(at=instance)


def test_a_client_of_the_file_is_gone_with_its_network_interface_whose_address_another_may_take(vpce):
    ec2, subnet = vpce.client("ec2"), named(vpce.client("ec2"), "private-a")["SubnetId"]
    address = str(vpce.path("sqs", at="private-a").source_address)
    at_address = [{"Name": "private-ip-address", "Values": [address]}]
    (interface,) = ec2.describe_network_interfaces(Filters=at_address)["NetworkInterfaces"]
    ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
    assert "private-a" not in vpce.listing["clients"]
    with pytest.raises(UnknownPlace):
        vpce.url(at="private-a")
    made = ec2.create_network_interface(SubnetId=subnet, PrivateIpAddress=address)["NetworkInterface"]
    assert "private-a" not in vpce.listing["clients"]
    vpce.client("s3", at=made["NetworkInterfaceId"]).list_buckets()
    decision = vpce.decisions()[-1]
    assert (decision["client"], decision["source_address"]) == (made["NetworkInterfaceId"], address)


def test_an_instance_that_is_stopped_calls_nothing_until_it_is_started(vpce):
    ec2, instance = vpce.client("ec2"), run(vpce)
    url = vpce.url(at=instance)
    ec2.stop_instances(InstanceIds=[instance])
    assert instance not in vpce.listing["clients"]
    ec2.start_instances(InstanceIds=[instance])
    # Its door is where it was.
    assert vpce.url(at=instance) == url
    vpce.client("s3", at=instance).list_buckets()


def test_a_network_interface_is_a_client_by_its_id_until_it_is_deleted(vpce):
    ec2 = vpce.client("ec2")
    made = ec2.create_network_interface(SubnetId=named(ec2, "isolated")["SubnetId"], PrivateIpAddress="10.0.3.99")
    interface = made["NetworkInterface"]["NetworkInterfaceId"]
    assert vpce.path("sqs", at=interface).source_address == IPv4Address("10.0.3.99")
    vpce.client("sqs", at=interface).list_queues()
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    assert interface not in vpce.listing["clients"]


def test_keys_that_nobody_made_act_as_the_role_of_the_instances_profile(vpce, profile):
    instance = run(vpce, IamInstanceProfile=profile)
    with vpce.denied(by="identity"):
        vpce.client("s3", at=instance).list_buckets()
    assert vpce.decisions()[-1]["principal"] == f"arn:aws:sts::123456789012:assumed-role/worker/{instance}"
    vpce.client("iam").put_role_policy(RoleName="worker", PolicyName="all", PolicyDocument=policy(ALLOW_ALL))
    vpce.client("s3", at=instance).list_buckets()


def test_keys_that_somebody_has_are_the_same_at_an_instances_door(vpce, profile):
    instance, iam = run(vpce, IamInstanceProfile=profile), vpce.client("iam")
    iam.create_user(UserName="alice")
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    alice = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    with vpce.denied(by="identity"):
        vpce.client("s3", at=instance, **alice).list_buckets()
    vpce.client("s3", at=instance, aws_access_key_id="210987654321").list_buckets()
    arns = [decision["principal"].removeprefix("arn:aws:iam::") for decision in vpce.decisions()[-2:]]
    assert arns == ["123456789012:user/alice", "210987654321:root"]


def test_a_profile_without_a_role_has_no_credentials_to_give(vpce, profile):
    instance = run(vpce, IamInstanceProfile=profile)
    vpce.client("iam").remove_role_from_instance_profile(InstanceProfileName="workers", RoleName="worker")
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        vpce.client("s3", at=instance).list_buckets()


def test_a_policy_tells_the_vpc_and_the_address_that_an_instance_got_its_credentials_in(vpce, profile):
    instance, s3 = run(vpce, IamInstanceProfile=profile), vpce.client("s3")
    address = vpce.path("s3", at=instance).source_address
    condition = {"StringNotEquals": {"aws:Ec2InstanceSourceVpc": "${aws:SourceVpc}"}}
    elsewhere = {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": condition}
    here = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"} | {
        "Condition": {"StringEquals": {"aws:Ec2InstanceSourcePrivateIPv4": str(address)}}
    }
    vpce.client("iam").put_role_policy(RoleName="worker", PolicyName="here", PolicyDocument=policy(elsewhere, here))
    s3.create_bucket(Bucket="data")
    vpce.client("s3", at=instance).list_objects_v2(Bucket="data")
