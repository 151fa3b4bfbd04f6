"""Where calls go: gateway endpoints by route, interface endpoints by private DNS, and what is blocked."""

from ipaddress import IPv4Address, IPv4Network

import pytest

from vpce_emulator.process import AdminRefused
from vpce_emulator.testing import UnknownPlace

S3 = "s3.us-east-1.amazonaws.com"
SQS = "sqs.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("at", "service", "operation", "path", "endpoint"),
    [
        (None, "s3", "list_buckets", "internet", None),
        ("private-a", "s3", "list_buckets", "gateway", "s3"),
        ("private-b", "dynamodb", "list_tables", "gateway", "dynamodb"),
        ("private-a", "sqs", "list_queues", "interface", "sqs"),
        # An interface endpoint is an address in the VPC, which the local route reaches from every subnet.
        ("isolated", "sqs", "list_queues", "interface", "sqs"),
    ],
)
def test_m4_a_call_takes_the_path_of_its_subnet(vpce, at, service, operation, path, endpoint):
    getattr(vpce.client(service, at=at), operation)()
    decision = vpce.decisions()[-1]
    assert (decision["path"], decision["endpoint"]) == (path, vpce.endpoint(endpoint).id if endpoint else None)


def test_m4_a_subnet_whose_table_has_no_route_to_the_endpoint_gets_no_answer_and_the_cause_is_named(vpce):
    with vpce.denied(by="network") as denials:
        vpce.client("s3", at="isolated").list_buckets()
    assert "no route" in denials[0].reason


def test_m5_a_group_without_allow_all_egress_needs_the_prefix_list(vpce):
    ec2 = vpce.client("ec2")
    group = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["app"]}])["SecurityGroups"][0]
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=everything)
    with vpce.denied(by="network") as denials:
        vpce.client("s3", at="private-a").list_buckets()
    assert group["GroupId"] in denials[0].reason
    to_s3 = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": "pl-63a5400a"}]}
    ec2.authorize_security_group_egress(GroupId=group["GroupId"], IpPermissions=[to_s3])
    vpce.client("s3", at="private-a").list_buckets()
    with vpce.denied(by="network"):
        vpce.client("dynamodb", at="private-a").list_tables()


def test_m13_the_endpoints_groups_decide_who_may_connect(vpce):
    ec2 = vpce.client("ec2")
    groups = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["endpoints"]}])["SecurityGroups"]
    ec2.revoke_security_group_ingress(GroupId=groups[0]["GroupId"], IpPermissions=groups[0]["IpPermissions"])
    with vpce.denied(by="network") as denials:
        vpce.client("sqs", at="private-a").list_queues()
    assert groups[0]["GroupId"] in denials[0].reason


def test_m10_private_dns_names_lead_to_the_endpoint_inside_the_vpc_alone(vpce):
    inside = vpce.resolve(SQS, at="private-a")
    assert sorted(map(str, inside)) == sorted(vpce.endpoint("sqs").addresses)
    assert not any(address in IPv4Network("10.0.0.0/16") for address in vpce.resolve(SQS))


def test_m3_public_names_lie_inside_the_prefix_list(vpce):
    cidrs = vpce.client("ec2").describe_prefix_lists(PrefixListIds=["pl-63a5400a"])["PrefixLists"][0]["Cidrs"]
    for address in vpce.resolve(S3, at="private-a"):
        assert any(address in IPv4Network(cidr) for cidr in cidrs)


def test_m8_m9_regional_names_have_every_zones_address_and_zonal_names_one(vpce):
    endpoint = vpce.endpoint("sqs")
    regional, *zonal = [name for name in endpoint.dns_names if ".vpce.amazonaws.com" in name]
    assert sorted(map(str, vpce.resolve(regional))) == sorted(endpoint.addresses)
    assert len(zonal) == 2
    assert sorted(str(address) for name in zonal for address in vpce.resolve(name)) == sorted(endpoint.addresses)


def test_behind_an_endpoint_there_is_its_own_service_alone(vpce):
    with vpce.denied(by="network") as denials:
        vpce.client("dynamodb", via="s3").list_tables()
    assert "is an endpoint of com.amazonaws.us-east-1.s3, behind which there is no dynamodb" in denials[0].reason


def test_an_endpoint_made_through_the_api_has_a_door_and_a_path_at_once(vpce):
    ec2 = vpce.client("ec2")
    subnet = ec2.describe_subnets(Filters=[{"Name": "tag:Name", "Values": ["private-a"]}])["Subnets"][0]
    group = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["endpoints"]}])["SecurityGroups"][0]
    made = ec2.create_vpc_endpoint(
        VpcId=subnet["VpcId"],
        ServiceName="com.amazonaws.us-east-1.kms",
        VpcEndpointType="Interface",
        SubnetIds=[subnet["SubnetId"]],
        SecurityGroupIds=[group["GroupId"]],
        PrivateDnsEnabled=True,
    )["VpcEndpoint"]
    assert vpce.resolve("kms.us-east-1.amazonaws.com", at="private-a") == tuple(
        IPv4Address(address) for address in vpce.endpoint(made["VpcEndpointId"]).addresses
    )
    vpce.client("kms", at="isolated").list_keys()
    assert vpce.decisions()[-1]["endpoint"] == made["VpcEndpointId"]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    with vpce.denied(by="network"):
        vpce.client("kms", at="isolated").list_keys()


def test_the_next_test_finds_the_network_as_it_was(vpce):
    assert set(vpce.listing["endpoints"]) == {"s3", "dynamodb", "s3-interface", "sqs"}


def test_an_unknown_client_or_endpoint_is_answered_with_those_that_there_are(vpce):
    with pytest.raises(LookupError, match="no client is named 'publik'; there are: private-a, private-b, isolated"):
        vpce.client("s3", at="publik")
    with pytest.raises(LookupError, match="no endpoint is named 'kms'; there are: s3, dynamodb, s3-interface, sqs"):
        vpce.client("s3", via="kms")
    for ask in (vpce.path, vpce.resolve):
        for unknown in ("publik", ""):
            with pytest.raises(UnknownPlace, match=f"no client is named '{unknown}'; there are: private-a"):
                ask(SQS, at=unknown)


def test_what_cannot_be_connected_to_is_refused_for_a_known_client(vpce):
    with pytest.raises(AdminRefused, match="allowed: a service"):
        vpce.path("s3://bucket name", at="private-a")
