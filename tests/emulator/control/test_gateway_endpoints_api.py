"""Gateway endpoints through boto3: what is answered, and what becomes of route tables."""

import json
import re

import pytest
from botocore.exceptions import ClientError

from vpce_emulator.topology.prefix_lists import aws_prefix_list

S3_LIST, DYNAMODB_LIST = "pl-63a5400a", "pl-02cd2c6b"
EXPRESS_LIST = aws_prefix_list("us-east-1", "s3express").id


def _routes(ec2, table):
    (described,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    return described["Routes"]


def _endpoint(ec2, endpoint_id):
    (described,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint_id])["VpcEndpoints"]
    return described


def _error(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_m1_m16_a_gateway_endpoint_is_described_as_aws_describes_it(ec2, network, gateway):
    made = gateway()
    assert re.fullmatch(r"vpce-0[0-9a-f]{16}", made.pop("VpcEndpointId"))
    assert made.pop("CreationTimestamp").isoformat() == "2023-11-14T22:13:20.250000+00:00"
    assert made == {
        "VpcEndpointType": "Gateway",
        "VpcId": network.vpc,
        "ServiceName": "com.amazonaws.us-east-1.s3",
        "State": "available",
        "PolicyDocument": (
            '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
        ),
        "RouteTableIds": [network.table],
        "SubnetIds": [],
        "Groups": [],
        "PrivateDnsEnabled": False,
        "RequesterManaged": False,
        "NetworkInterfaceIds": [],
        "DnsEntries": [],
        "Tags": [],
        "OwnerId": "123456789012",
        "ServiceRegion": "us-east-1",
    }


@pytest.mark.parametrize(
    ("service", "prefix_list"), [("s3", S3_LIST), ("dynamodb", DYNAMODB_LIST), ("s3express", EXPRESS_LIST)]
)
def test_m2_each_named_table_has_the_route_and_no_interface_is_made(ec2, network, gateway, service, prefix_list):
    before = len(ec2.describe_network_interfaces()["NetworkInterfaces"])
    endpoint = gateway(service, [network.table, network.other_table])
    route = {
        "DestinationPrefixListId": prefix_list,
        "GatewayId": endpoint["VpcEndpointId"],
        "Origin": "CreateRoute",
        "State": "active",
    }
    assert route in _routes(ec2, network.table)
    assert route in _routes(ec2, network.other_table)
    assert len(ec2.describe_network_interfaces()["NetworkInterfaces"]) == before


def test_m4_the_topology_has_the_same_routes(api, network, gateway):
    endpoint = gateway()
    table = api.source.current().route_tables[network.table]
    assert [(r.destination, r.target) for r in table.routes if r.target != "local"] == [
        (S3_LIST, endpoint["VpcEndpointId"])
    ]


def test_route_tables_are_found_by_the_endpoints_route(ec2, network, gateway):
    endpoint = gateway()
    for name, value in (
        ("route.gateway-id", endpoint["VpcEndpointId"]),
        ("route.destination-prefix-list-id", S3_LIST),
    ):
        found = ec2.describe_route_tables(Filters=[{"Name": name, "Values": [value]}])["RouteTables"]
        assert [table["RouteTableId"] for table in found] == [network.table]


def test_modifying_adds_and_removes_routes(ec2, network, gateway):
    endpoint_id = gateway()["VpcEndpointId"]
    answer = ec2.modify_vpc_endpoint(
        VpcEndpointId=endpoint_id, AddRouteTableIds=[network.other_table], RemoveRouteTableIds=[network.table]
    )
    assert answer["Return"] is True
    assert _endpoint(ec2, endpoint_id)["RouteTableIds"] == [network.other_table]
    assert all("DestinationPrefixListId" not in route for route in _routes(ec2, network.table))
    assert any(route.get("GatewayId") == endpoint_id for route in _routes(ec2, network.other_table))


def test_deleting_takes_the_routes_away(ec2, network, gateway):
    endpoint_id = gateway()["VpcEndpointId"]
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint_id])["Unsuccessful"] == []
    assert all("DestinationPrefixListId" not in route for route in _routes(ec2, network.table))
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []


def test_several_gateways_of_one_service_stand_on_different_tables(ec2, network, gateway):
    first, second = gateway(), gateway(tables=[network.other_table])
    ids = [each["VpcEndpointId"] for each in ec2.describe_vpc_endpoints()["VpcEndpoints"]]
    assert ids == [first["VpcEndpointId"], second["VpcEndpointId"]]


def test_a_second_gateway_on_one_table_is_refused(network, gateway, ec2):
    gateway()
    assert _error(gateway) == (
        "RouteAlreadyExists",
        f"route table {network.table} already has a route with destination-prefix-list-id {S3_LIST}",
    )
    second = gateway(tables=[])["VpcEndpointId"]
    code, _ = _error(ec2.modify_vpc_endpoint, VpcEndpointId=second, AddRouteTableIds=[network.table])
    assert code == "RouteAlreadyExists"


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        ({"RouteTableIds": ["rtb-1"]}, "InvalidRouteTableID.NotFound", "The routeTable ID 'rtb-1' does not exist"),
        ({"VpcId": "vpc-1"}, "InvalidVpcID.NotFound", "The vpc ID 'vpc-1' does not exist"),
        (
            {"ServiceName": "com.amazonaws.us-east-1.nothing"},
            "InvalidServiceName",
            "The Vpc Endpoint Service 'com.amazonaws.us-east-1.nothing' does not exist",
        ),
        (
            {"ServiceName": "com.amazonaws.eu-west-1.s3"},
            "InvalidServiceName",
            "The Vpc Endpoint Service 'com.amazonaws.eu-west-1.s3' does not exist",
        ),
        (
            {"ServiceName": "com.amazonaws.us-east-1.sqs"},
            "InvalidServiceName",
            "The Vpc Endpoint Service 'com.amazonaws.us-east-1.sqs' does not support the endpoint type 'Gateway'.",
        ),
        (
            {"SubnetIds": ["subnet-1"]},
            "InvalidParameter",
            "Endpoint type (Gateway) does not support SubnetIds",
        ),
        (
            {"PrivateDnsEnabled": True},
            "InvalidParameter",
            "Endpoint type (Gateway) does not support PrivateDnsEnabled",
        ),
        (
            {"VpcEndpointType": "GatewayLoadBalancer"},
            "InvalidServiceName",
            "The Vpc Endpoint Service 'com.amazonaws.us-east-1.s3' does not support the endpoint type "
            "'GatewayLoadBalancer'.",
        ),
        (
            {"VpcEndpointType": "Tube"},
            "InvalidVpcEndpointType",
            "The Vpc Endpoint Type 'Tube' is not valid.",
        ),
        (
            {"PolicyDocument": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow" "Principal":"*"}]}'},
            "InvalidPolicyDocument",
            "The Policy Document is not valid. Syntax error at position (1,56)",
        ),
    ],
)
def test_what_aws_refuses_is_refused_in_its_words(ec2, network, parameters, code, message):
    good = {"VpcId": network.vpc, "ServiceName": "com.amazonaws.us-east-1.s3", "RouteTableIds": [network.table]}
    assert _error(ec2.create_vpc_endpoint, **(good | parameters)) == (code, message)
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []


def test_a_policy_of_more_than_20480_characters_is_refused(gateway):
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    text = json.dumps({"Statement": [statement]})
    assert gateway(PolicyDocument=text + " " * (20_480 - len(text)), tables=[])["State"] == "available"
    code, _ = _error(gateway, PolicyDocument=text + " " * (20_481 - len(text)), tables=[])
    assert code == "InvalidPolicyDocument"


def test_m17_a_policy_is_kept_as_it_was_written_and_can_be_reset(api, ec2, gateway):
    text = '{ "Statement": [{"Effect":"Allow","Principal":"*","Action":["s3:GetObject"],"Resource":"*"}] }'
    endpoint_id = gateway(PolicyDocument=text)["VpcEndpointId"]
    assert _endpoint(ec2, endpoint_id)["PolicyDocument"] == text
    assert api.control.endpoints[endpoint_id].policy == text
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint_id, ResetPolicy=True)
    assert json.loads(_endpoint(ec2, endpoint_id)["PolicyDocument"])["Version"] == "2008-10-17"
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint_id, PolicyDocument=text)
    assert _endpoint(ec2, endpoint_id)["PolicyDocument"] == text
    code, _ = _error(ec2.modify_vpc_endpoint, VpcEndpointId=endpoint_id, PolicyDocument=text, ResetPolicy=True)
    assert code == "InvalidParameterCombination"


def test_a_route_table_of_another_vpc_is_refused(ec2, network, gateway):
    other = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    table = ec2.create_route_table(VpcId=other)["RouteTable"]["RouteTableId"]
    assert _error(gateway, tables=[table]) == (
        "InvalidParameter",
        f"{table} does not belong to the VPC {network.vpc}",
    )


def test_a_region_has_twenty_gateway_endpoints_at_most(gateway):
    for _ in range(20):
        gateway(tables=[])
    code, _ = _error(gateway, tables=[])
    assert code == "VpcEndpointLimitExceeded"


def test_the_routes_cannot_be_changed_but_through_the_endpoint(ec2, network, gateway):
    gateway()
    assert _error(ec2.delete_route, RouteTableId=network.table, DestinationPrefixListId=S3_LIST) == (
        "InvalidParameter",
        f"cannot remove VPC endpoint route {S3_LIST} in route table {network.table}",
    )


def test_m3_security_groups_can_name_the_prefix_list(api, ec2, network):
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": S3_LIST}]}
    ec2.authorize_security_group_egress(GroupId=network.group, IpPermissions=[permission])
    rules = api.source.current().security_groups[network.group].egress
    assert (S3_LIST,) in [rule.prefix_list_ids for rule in rules]
