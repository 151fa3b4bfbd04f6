"""DescribeVpcEndpointServices and the prefix-list operations through boto3."""

import pytest
from botocore.exceptions import ClientError

S3 = "com.amazonaws.us-east-1.s3"


def _error(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_m1_m7_s3_is_offered_twice(ec2):
    answer = ec2.describe_vpc_endpoint_services(ServiceNames=[S3])
    assert answer["ServiceNames"] == [S3]
    gateway, interface = answer["ServiceDetails"]
    assert [d["ServiceType"][0]["ServiceType"] for d in (gateway, interface)] == ["Gateway", "Interface"]
    assert gateway["BaseEndpointDnsNames"] == ["s3.us-east-1.amazonaws.com"]
    assert interface["BaseEndpointDnsNames"] == ["s3.us-east-1.vpce.amazonaws.com"]
    assert gateway["ServiceId"] != interface["ServiceId"]
    assert "PrivateDnsName" not in gateway


def test_a_service_is_described_as_aws_describes_it(ec2):
    (details,) = ec2.describe_vpc_endpoint_services(ServiceNames=["com.amazonaws.us-east-1.monitoring"])[
        "ServiceDetails"
    ]
    assert details.pop("ServiceId").startswith("vpce-svc-0")
    assert details.pop("AvailabilityZones") == [f"us-east-1{letter}" for letter in "abcdef"]
    assert len(details.pop("AvailabilityZoneIds")) == 6
    assert details == {
        "ServiceName": "com.amazonaws.us-east-1.monitoring",
        "ServiceType": [{"ServiceType": "Interface"}],
        "ServiceRegion": "us-east-1",
        "Owner": "amazon",
        "BaseEndpointDnsNames": ["monitoring.us-east-1.vpce.amazonaws.com"],
        "PrivateDnsName": "monitoring.us-east-1.amazonaws.com",
        "PrivateDnsNames": [
            {"PrivateDnsName": "monitoring.us-east-1.amazonaws.com"},
            {"PrivateDnsName": "monitoring.us-east-1.api.aws"},
            {"PrivateDnsName": "monitoring-fips.us-east-1.amazonaws.com"},
            {"PrivateDnsName": "monitoring-fips.us-east-1.api.aws"},
        ],
        "VpcEndpointPolicySupported": True,
        "AcceptanceRequired": False,
        "ManagesVpcEndpoints": False,
        "Tags": [],
        "PrivateDnsNameVerificationState": "verified",
        "SupportedIpAddressTypes": ["ipv4"],
    }


@pytest.mark.parametrize(
    ("name", "value", "some"),
    [
        ("service-type", "Gateway", {f"com.amazonaws.us-east-1.{name}" for name in ("dynamodb", "s3", "s3express")}),
        ("service-name", "com.amazonaws.us-east-1.ecr.*", {"com.amazonaws.us-east-1.ecr.api"}),
        ("owner", "amazon", {"com.amazonaws.us-east-1.athena"}),
        ("service-region", "us-east-1", {"com.amazonaws.us-east-1.lambda"}),
        ("supported-ip-address-types", "ipv4", {"com.amazonaws.us-east-1.ec2"}),
    ],
)
def test_services_are_filtered(ec2, name, value, some):
    answer = ec2.describe_vpc_endpoint_services(Filters=[{"Name": name, "Values": [value]}])
    names = answer["ServiceNames"]
    assert some <= set(names)
    assert names == sorted(names)
    if name == "service-type":
        assert set(names) == some


def test_a_zone_without_the_service_is_not_listed(ec2):
    (details,) = ec2.describe_vpc_endpoint_services(ServiceNames=["com.amazonaws.us-east-1.email-smtp"])[
        "ServiceDetails"
    ]
    assert not {"use1-az2", "use1-az3", "use1-az5"} & set(details["AvailabilityZoneIds"])
    assert details["VpcEndpointPolicySupported"] is False


def test_of_another_region_those_services_are_offered_that_reach_across(ec2):
    answer = ec2.describe_vpc_endpoint_services(ServiceRegions=["us-west-2"])
    assert {"com.amazonaws.us-west-2.s3", "com.amazonaws.us-west-2.ecr.api", "com.amazonaws.us-west-2.kms"} <= set(
        answer["ServiceNames"]
    )
    assert "com.amazonaws.us-west-2.sqs" not in answer["ServiceNames"]
    assert {d["ServiceType"][0]["ServiceType"] for d in answer["ServiceDetails"]} == {"Interface"}


def test_services_come_in_pages(ec2):
    pages = list(ec2.get_paginator("describe_vpc_endpoint_services").paginate(PaginationConfig={"PageSize": 100}))
    assert len(pages) > 3
    names = [d["ServiceName"] for page in pages for d in page["ServiceDetails"]]
    assert names.count(S3) == 2
    assert len(names) == len(set(names)) + 2


def test_an_unknown_service_is_an_error(ec2):
    name = "com.amazonaws.us-east-1.nothing"
    assert _error(ec2.describe_vpc_endpoint_services, ServiceNames=[name]) == (
        "InvalidServiceName",
        f"The Vpc Endpoint Service '{name}' does not exist",
    )


def test_m3_the_prefix_lists_hold_the_services_cidrs(ec2):
    lists = {each["PrefixListName"]: each for each in ec2.describe_prefix_lists()["PrefixLists"]}
    assert set(lists) == {S3, "com.amazonaws.us-east-1.dynamodb", "com.amazonaws.us-east-1.s3express"}
    assert lists[S3] == {
        "PrefixListId": "pl-63a5400a",
        "PrefixListName": S3,
        "Cidrs": [
            "54.231.0.0/16",
            "52.216.0.0/15",
            "3.5.0.0/19",
            "16.182.0.0/16",
            "18.34.0.0/19",
            "18.34.232.0/21",
        ],
    }


def test_m3_awss_managed_lists_have_neither_version_nor_size(ec2):
    answer = ec2.describe_managed_prefix_lists(PrefixListIds=["pl-02cd2c6b"])
    assert answer["PrefixLists"] == [
        {
            "PrefixListId": "pl-02cd2c6b",
            "AddressFamily": "IPv4",
            "State": "create-complete",
            "PrefixListArn": "arn:aws:ec2:us-east-1:aws:prefix-list/pl-02cd2c6b",
            "PrefixListName": "com.amazonaws.us-east-1.dynamodb",
            "Tags": [],
            "OwnerId": "AWS",
        }
    ]


def test_m3_the_entries_of_awss_lists_are_cidrs(ec2):
    answer = ec2.get_managed_prefix_list_entries(PrefixListId="pl-02cd2c6b")
    assert answer["Entries"] == [{"Cidr": "52.94.0.0/22"}, {"Cidr": "52.119.224.0/20"}]


def test_a_customers_lists_stand_beside_awss(api, ec2):
    made = ec2.create_managed_prefix_list(
        PrefixListName="office",
        MaxEntries=2,
        AddressFamily="IPv4",
        Entries=[{"Cidr": "192.0.2.0/24", "Description": "floor"}],
    )["PrefixList"]["PrefixListId"]
    names = [each["PrefixListName"] for each in ec2.describe_managed_prefix_lists()["PrefixLists"]]
    assert "office" in names
    assert names.count(S3) == 1
    owned = ec2.describe_managed_prefix_lists(Filters=[{"Name": "owner-id", "Values": ["123456789012"]}])
    assert [each["PrefixListId"] for each in owned["PrefixLists"]] == [made]
    entries = ec2.get_managed_prefix_list_entries(PrefixListId=made)["Entries"]
    assert entries == [{"Cidr": "192.0.2.0/24", "Description": "floor"}]
    assert [str(cidr) for cidr in api.source.current().prefix_lists[made].cidrs] == ["192.0.2.0/24"]


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("describe_prefix_lists", {"PrefixListIds": ["pl-1"]}),
        ("describe_managed_prefix_lists", {"PrefixListIds": ["pl-1"]}),
        ("get_managed_prefix_list_entries", {"PrefixListId": "pl-1"}),
    ],
)
def test_an_unknown_prefix_list_is_an_error(ec2, operation, parameters):
    assert _error(getattr(ec2, operation), **parameters) == (
        "InvalidPrefixListID.NotFound",
        "The prefix list ID 'pl-1' does not exist",
    )


def test_prefix_lists_are_filtered_and_paged(ec2):
    filters = [{"Name": "prefix-list-name", "Values": ["*.s3"]}]
    assert [p["PrefixListId"] for p in ec2.describe_prefix_lists(Filters=filters)["PrefixLists"]] == ["pl-63a5400a"]
    first = ec2.describe_prefix_lists(MaxResults=2)
    second = ec2.describe_prefix_lists(MaxResults=2, NextToken=first["NextToken"])
    ids = [p["PrefixListId"] for p in first["PrefixLists"] + second["PrefixLists"]]
    assert (len(ids), ids[:2]) == (3, ["pl-63a5400a", "pl-02cd2c6b"])
    assert "NextToken" not in second
