"""What AWS recommends for endpoints, tried out and checked: several zones, least privilege, private DNS. M24."""

import json
from collections import Counter

import pytest
from botocore.exceptions import ClientError

SQS = "sqs.us-east-1.amazonaws.com"
ROOT = "arn:aws:iam::123456789012:root"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def interfaces_of(vpce, name):
    """Return the network interfaces of an endpoint as EC2 describes them."""
    ec2 = vpce.client("ec2")
    described = ec2.describe_vpc_endpoints(VpcEndpointIds=[vpce.endpoint(name).id])["VpcEndpoints"][0]
    return ec2.describe_network_interfaces(NetworkInterfaceIds=described["NetworkInterfaceIds"])["NetworkInterfaces"]


def test_m24_an_endpoint_in_two_zones_has_an_address_in_a_subnet_of_each(vpce):
    interfaces = interfaces_of(vpce, "sqs")
    assert sorted(one["AvailabilityZone"] for one in interfaces) == ["us-east-1a", "us-east-1b"]
    assert len({one["SubnetId"] for one in interfaces}) == 2
    assert sorted(one["PrivateIpAddress"] for one in interfaces) == sorted(vpce.endpoint("sqs").addresses)
    assert all(one["InterfaceType"] == "vpc_endpoint" and one["Status"] == "in-use" for one in interfaces)


def connected_address(decision):
    """Return the address of the interface that a call of the decisions went to."""
    (routed,) = (hop for hop in decision["hops"] if hop["what"] == "route table")
    return routed["explanation"].rstrip(".").rpartition(" ")[2]


@pytest.mark.parametrize("client", ["private-a", "private-b", "isolated"])
def test_m24_calls_are_spread_over_the_interfaces_of_both_zones(vpce, client):
    sqs = vpce.client("sqs", at=client)
    for _ in range(16):
        sqs.list_queues()
    taken = Counter(connected_address(decision) for decision in vpce.decisions())
    assert set(taken) == set(vpce.endpoint("sqs").addresses)
    assert min(taken.values()) >= 4


def test_m24_an_endpoint_in_one_zone_is_reached_from_the_other_zone_too(vpce):
    ec2 = vpce.client("ec2")
    subnet = ec2.describe_subnets(Filters=[{"Name": "tag:Name", "Values": ["private-b"]}])["Subnets"][0]
    ec2.modify_vpc_endpoint(VpcEndpointId=vpce.endpoint("sqs").id, RemoveSubnetIds=[subnet["SubnetId"]])
    (left,) = interfaces_of(vpce, "sqs")
    assert left["AvailabilityZone"] == "us-east-1a"
    vpce.client("sqs", at="private-b").list_queues()
    assert connected_address(vpce.decisions()[-1]) == left["PrivateIpAddress"]


def test_m24_a_least_privilege_endpoint_policy_lets_one_queue_through_and_names_what_it_stops(vpce):
    ours, other = (vpce.client("sqs").create_queue(QueueName=name)["QueueUrl"] for name in ("ours", "other"))
    least = {
        "Effect": "Allow",
        "Principal": {"AWS": ROOT},
        "Action": ["sqs:SendMessage", "sqs:ReceiveMessage"],
        "Resource": "arn:aws:sqs:us-east-1:123456789012:ours",
    }
    vpce.client("ec2").modify_vpc_endpoint(VpcEndpointId=vpce.endpoint("sqs").id, PolicyDocument=policy(least))
    inside = vpce.client("sqs", at="private-a")
    inside.send_message(QueueUrl=ours, MessageBody="hello")
    assert [one["Body"] for one in inside.receive_message(QueueUrl=ours)["Messages"]] == ["hello"]
    for operation, parameters in (
        ("send_message", {"QueueUrl": other, "MessageBody": "hello"}),
        ("purge_queue", {"QueueUrl": ours}),
        ("list_queues", {}),
    ):
        with vpce.denied(by="vpc_endpoint") as denials:
            getattr(inside, operation)(**parameters)
        assert denials[0].by == ("vpc_endpoint",)
    # The policy is the endpoint's: what does not pass it is not limited by it.
    vpce.client("sqs").purge_queue(QueueUrl=ours)


def test_m24_a_trusted_account_and_trusted_buckets_are_all_that_an_endpoint_lets_through(vpce):
    # https://docs.aws.amazon.com/whitepapers/latest/building-a-data-perimeter-on-aws/perimeter-implementation.html
    outsider = {"aws_access_key_id": "999988887777", "aws_secret_access_key": "any"}
    vpce.client("s3").create_bucket(Bucket="ours")
    vpce.client("s3", **outsider).create_bucket(Bucket="theirs")
    trusted = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": "123456789012", "aws:ResourceAccount": "123456789012"}},
    }
    vpce.client("ec2").modify_vpc_endpoint(VpcEndpointId=vpce.endpoint("s3").id, PolicyDocument=policy(trusted))
    ours, theirs = vpce.client("s3", at="private-a"), vpce.client("s3", at="private-a", **outsider)
    ours.put_object(Bucket="ours", Key="k", Body=b"")
    # Data does not leave for a bucket of another account, and nobody brings keys of another account along.
    with vpce.denied(by="vpc_endpoint"):
        ours.put_object(Bucket="theirs", Key="k", Body=b"")
    with vpce.denied(by="vpc_endpoint"):
        theirs.put_object(Bucket="theirs", Key="k", Body=b"")
    vpce.client("s3", **outsider).put_object(Bucket="theirs", Key="k", Body=b"")


def test_m24_private_dns_that_is_off_sends_calls_out_and_the_path_says_so(vpce):
    ec2, endpoint = vpce.client("ec2"), vpce.endpoint("sqs")
    sqs = vpce.client("sqs", at="private-a")
    sqs.list_queues()
    assert vpce.decisions()[-1]["endpoint"] == endpoint.id
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint.id, PrivateDnsEnabled=False)
    # There is no NAT gateway here, so that the service's public addresses are out of reach.
    with vpce.denied(by="network") as denials:
        sqs.list_queues()
    assert "no route" in denials[0].reason


def test_m24_the_security_group_of_an_endpoint_needs_port_443_alone(vpce):
    ec2 = vpce.client("ec2")
    group = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["endpoints"]}])["SecurityGroups"][0]
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
    workers = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["app"]}])["SecurityGroups"][0]
    allowed = {"IpProtocol": "tcp", "UserIdGroupPairs": [{"GroupId": workers["GroupId"]}]}
    ec2.authorize_security_group_ingress(
        GroupId=group["GroupId"], IpPermissions=[allowed | {"FromPort": 80, "ToPort": 80}]
    )
    with vpce.denied(by="network") as denials:
        vpce.client("sqs", at="private-a").list_queues()
    assert group["GroupId"] in denials[0].reason
    ec2.authorize_security_group_ingress(
        GroupId=group["GroupId"], IpPermissions=[allowed | {"FromPort": 443, "ToPort": 443}]
    )
    vpce.client("sqs", at="private-a").list_queues()


def test_m24_two_subnets_of_one_zone_are_refused(vpce):
    ec2 = vpce.client("ec2")
    subnet = ec2.describe_subnets(Filters=[{"Name": "tag:Name", "Values": ["isolated"]}])["Subnets"][0]["SubnetId"]
    with pytest.raises(ClientError) as refused:
        ec2.modify_vpc_endpoint(VpcEndpointId=vpce.endpoint("sqs").id, AddSubnetIds=[subnet])
    assert refused.value.response["Error"] == {
        "Code": "DuplicateSubnetsInSameZone",
        "Message": f"Found another VPC endpoint subnet in the availability zone of {subnet}",
    }
