"""What fails and what goes on when an Availability Zone is made to fail."""

from ipaddress import IPv4Address, IPv4Network

import boto3
import pytest
from botocore.config import Config

from vpce_emulator.process import AdminRefused
from vpce_emulator.testing import DEFAULT_CREDENTIALS

ZONE_A, ZONE_B = IPv4Network("10.0.1.0/24"), IPv4Network("10.0.2.0/24")


def destinations(vpce, calls=6):
    sqs = vpce.client("sqs", at="private-a")
    before = vpce.last_request()
    for _ in range(calls):
        sqs.list_queues()
    return {IPv4Address(decision["destination"]) for decision in vpce.decisions(since=before)}


def pinned(vpce, name):
    """Return a boto3 client at private-a that dials a host name, whatever DNS would choose."""
    return boto3.client(
        "sqs",
        endpoint_url=f"http://{name}",
        region_name="us-east-1",
        config=Config(proxies={"http": vpce.url(at="private-a")}, retries={"total_max_attempts": 1}),
        **DEFAULT_CREDENTIALS,
    )


def test_m12_an_sdk_goes_on_through_the_other_zone_and_back_when_the_zone_recovers(vpce):
    with vpce.impair("us-east-1a"):
        assert all(address in ZONE_B for address in destinations(vpce))
        assert all(address in ZONE_B for address in vpce.resolve("sqs.us-east-1.amazonaws.com", at="private-a"))
    assert {address in ZONE_A for address in destinations(vpce)} == {True, False}


def test_m12_a_call_that_is_pinned_to_the_zone_fails_and_one_at_the_regional_name_does_not(vpce):
    endpoint = vpce.endpoint("sqs")
    regional, zone_a = [name for name in endpoint.dns_names if ".vpce.amazonaws.com" in name][:2]
    assert "-us-east-1a." in zone_a
    pinned(vpce, zone_a).list_queues()
    with vpce.impair(zone_id_of(vpce, "us-east-1a")):
        pinned(vpce, regional).list_queues()
        (address,) = vpce.resolve(zone_a, at="private-a")
        assert address in ZONE_A
        with vpce.denied(by="network") as denials:
            pinned(vpce, zone_a).list_queues()
        assert "us-east-1a is impaired: use the regional name" in denials[0].reason


def zone_id_of(vpce, name):
    subnets = vpce.client("ec2").describe_subnets()["Subnets"]
    return next(subnet["AvailabilityZoneId"] for subnet in subnets if subnet["AvailabilityZone"] == name)


def test_m12_an_endpoint_in_that_zone_alone_is_out_of_reach_at_its_own_door_too(vpce):
    ec2 = vpce.client("ec2")
    subnet = ec2.describe_subnets(Filters=[{"Name": "tag:Name", "Values": ["private-a"]}])["Subnets"][0]
    made = ec2.create_vpc_endpoint(
        VpcId=subnet["VpcId"],
        ServiceName="com.amazonaws.us-east-1.kms",
        VpcEndpointType="Interface",
        SubnetIds=[subnet["SubnetId"]],
        PrivateDnsEnabled=True,
    )["VpcEndpoint"]["VpcEndpointId"]
    with vpce.impair("us-east-1a"):
        with vpce.denied(by="network") as denials:
            vpce.client("kms", via=made).list_keys()
        assert "us-east-1a is impaired" in denials[0].reason
        assert vpce.path("kms", at="private-b").kind == "blocked"
        # The door of an endpoint with more zones leads to one that is up.
        vpce.client("sqs", via="sqs").list_queues()


def test_clients_in_the_zone_and_gateway_endpoints_go_on(vpce):
    with vpce.impair("us-east-1a"):
        vpce.client("s3", at="private-a").list_buckets()
        assert vpce.decisions()[-1]["path"] == "gateway"


def test_reset_recovers_every_zone(vpce, vpce_server):
    vpce_server.admin("zones/us-east-1b/impair", "POST")
    vpce.reset()
    listed = vpce_server.admin("zones")["zones"]
    assert [(zone["name"], zone["impaired"]) for zone in listed][:2] == [("us-east-1a", False), ("us-east-1b", False)]
    assert vpce.endpoint("sqs").id in listed[0]["endpoints"]


@pytest.mark.parametrize("change", ["impair", "recover"])
def test_an_unknown_zone_is_answered_with_those_that_there_are(vpce_server, change):
    with pytest.raises(
        AdminRefused, match=r"Availability Zone 'us-west-2a'; there are: us-east-1a \(use1-az"
    ) as refusal:
        vpce_server.admin(f"zones/us-west-2a/{change}", "POST")
    assert refusal.value.status == 404
