"""The topology, read back from a network that was made through the EC2 API."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from vpce_emulator.topology.models import Client, Route, SecurityGroupRule
from vpce_emulator.topology.path import PathKind, trace


def test_vpcs_are_read_with_their_dns_attributes_and_cidrs(api, ec2, network):
    ec2.associate_vpc_cidr_block(VpcId=network.vpc, CidrBlock="10.1.0.0/16")
    ec2.modify_vpc_attribute(VpcId=network.vpc, EnableDnsHostnames={"Value": False})
    vpc = api.source.current().vpcs[network.vpc]
    assert vpc.cidrs == (IPv4Network("10.0.0.0/16"), IPv4Network("10.1.0.0/16"))
    assert (vpc.enable_dns_support, vpc.enable_dns_hostnames, vpc.account_id) == (True, False, "123456789012")


def test_the_default_vpc_has_both_dns_attributes(api):
    (vpc,) = api.source.current().vpcs.values()
    assert (vpc.enable_dns_support, vpc.enable_dns_hostnames) == (True, True)


def test_subnets_have_their_own_table_or_the_main_one(api, network):
    topology = api.source.current()
    main = next(t for t in topology.route_tables.values() if t.vpc_id == network.vpc and t.main)
    assert topology.subnets[network.a].route_table_id == network.table
    assert topology.subnets[network.a2].route_table_id == main.id
    assert (topology.subnets[network.a].availability_zone, topology.subnets[network.a].availability_zone_id) == (
        "us-east-1a",
        "use1-az6",
    )


def test_routes_lead_to_gateways(api, ec2, network):
    igw = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=igw, VpcId=network.vpc)
    ec2.create_route(RouteTableId=network.other_table, DestinationCidrBlock="0.0.0.0/0", GatewayId=igw)
    assert Route(IPv4Network("0.0.0.0/0"), igw) in api.source.current().route_tables[network.other_table].routes


def test_a_cidr_block_that_was_disassociated_is_no_longer_the_vpcs(api, ec2, network):
    made = ec2.associate_vpc_cidr_block(VpcId=network.vpc, CidrBlock="100.64.0.0/16")["CidrBlockAssociation"]
    assert IPv4Network("100.64.0.0/16") in api.source.current().vpcs[network.vpc].cidrs
    ec2.disassociate_vpc_cidr_block(AssociationId=made["AssociationId"])
    topology = api.source.current()
    assert topology.vpcs[network.vpc].cidrs == (IPv4Network("10.0.0.0/16"),)
    tables = ec2.describe_route_tables(RouteTableIds=[network.table])["RouteTables"]
    described = {IPv4Network(route["DestinationCidrBlock"]) for route in tables[0]["Routes"]}
    assert {route.destination for route in topology.route_tables[network.table].routes} == described


def test_a_peering_connection_carries_traffic_once_it_is_accepted(api, ec2, network):
    other = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_vpc_peering_connection(VpcId=network.vpc, PeerVpcId=other)["VpcPeeringConnection"]
    connection = made["VpcPeeringConnectionId"]
    ec2.create_route(RouteTableId=network.table, DestinationCidrBlock="10.7.0.0/16", VpcPeeringConnectionId=connection)
    route = Route(IPv4Network("10.7.0.0/16"), connection)
    assert replace(route, active=False) in api.source.current().route_tables[network.table].routes
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=connection)
    assert route in api.source.current().route_tables[network.table].routes


@pytest.mark.parametrize(
    ("permission", "rule"),
    [
        (
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]},
            SecurityGroupRule("tcp", 443, 443, (IPv4Network("10.0.0.0/16"),)),
        ),
        (
            {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "192.0.2.0/24"}]},
            SecurityGroupRule("-1", None, None, (IPv4Network("192.0.2.0/24"),)),
        ),
        (
            {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]},
            SecurityGroupRule("icmp", None, None, (IPv4Network("192.0.2.0/24"),)),
        ),
        (
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": "pl-63a5400a"}]},
            SecurityGroupRule("tcp", 443, 443, prefix_list_ids=("pl-63a5400a",)),
        ),
    ],
)
def test_rules_of_security_groups_are_read(api, ec2, network, permission, rule):
    ec2.authorize_security_group_ingress(GroupId=network.group, IpPermissions=[permission])
    assert api.source.current().security_groups[network.group].ingress == (rule,)


def test_rules_may_name_groups(api, ec2, network):
    peers = [{"GroupId": network.group}]
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": peers}
    ec2.authorize_security_group_ingress(GroupId=network.group, IpPermissions=[permission])
    (rule,) = api.source.current().security_groups[network.group].ingress
    assert rule.group_ids == (network.group,)


def test_network_interfaces_and_instances_are_clients_by_their_ids(api, ec2, network, interface):
    made = ec2.create_network_interface(SubnetId=network.a, PrivateIpAddress="10.0.1.50", Groups=[network.group])
    interface_id = made["NetworkInterface"]["NetworkInterfaceId"]
    image = ec2.describe_images()["Images"][0]["ImageId"]
    (instance,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=network.b)["Instances"]
    interface()
    clients = api.source.current().clients
    assert set(clients) == {interface_id, instance["InstanceId"]}
    assert clients[interface_id] == Client(
        interface_id, network.vpc, network.a, IPv4Address("10.0.1.50"), (network.group,), interface_id=interface_id
    )
    assert str(clients[instance["InstanceId"]].address) == instance["PrivateIpAddress"]


def named_client(network, made):
    interface, address = made["NetworkInterface"], IPv4Address(made["NetworkInterface"]["PrivateIpAddress"])
    return Client(
        "app",
        network.vpc,
        interface["SubnetId"],
        address,
        (network.group,),
        interface_id=interface["NetworkInterfaceId"],
    )


def test_a_client_with_a_name_is_not_listed_by_its_interface_too(api, ec2, network):
    made = ec2.create_network_interface(SubnetId=network.a, PrivateIpAddress="10.0.1.50", Groups=[network.group])
    named = named_client(network, made)
    api.source.set_clients({"app": named})
    assert api.source.current().clients == {"app": named}


def test_a_named_client_follows_what_becomes_of_its_interface(api, ec2, network):
    made = ec2.create_network_interface(SubnetId=network.a2, PrivateIpAddress="10.0.3.50", Groups=[network.group])
    interface_id = made["NetworkInterface"]["NetworkInterfaceId"]
    api.source.set_clients({"app": named_client(network, made)})
    other = ec2.create_security_group(GroupName="other", Description="other", VpcId=network.vpc)["GroupId"]
    ec2.modify_network_interface_attribute(NetworkInterfaceId=interface_id, Groups=[other])
    assert api.source.current().clients["app"].group_ids == (other,)
    ec2.delete_network_interface(NetworkInterfaceId=interface_id)
    assert api.source.current().clients == {}
    again = ec2.create_network_interface(SubnetId=network.a2, PrivateIpAddress="10.0.3.50")
    assert set(api.source.current().clients) == {again["NetworkInterface"]["NetworkInterfaceId"]}


def test_the_topology_is_the_same_until_something_changes(api, ec2, network, gateway):
    first = api.source.current()
    assert api.source.current() is first
    gateway()
    second = api.source.current()
    assert second.version > first.version
    api.source.set_impaired_zones({"us-east-1a"})
    assert api.source.current().impaired_zones == {"us-east-1a"}
    assert api.source.current().version > second.version


def test_networks_of_other_accounts_are_part_of_it_once_they_are_touched(api, ec2, network):
    api.account_id = "999999999999"
    other = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    vpcs = api.source.current().vpcs
    assert (vpcs[network.vpc].account_id, vpcs[other].account_id) == ("123456789012", "999999999999")


def test_m4_m11_a_client_takes_the_way_that_the_api_made(api, ec2, network, gateway, interface):
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
    ec2.authorize_security_group_ingress(GroupId=network.group, IpPermissions=[everything])
    made = ec2.create_network_interface(SubnetId=network.a, Groups=[network.group])
    name = made["NetworkInterface"]["NetworkInterfaceId"]

    def path_to(host):
        topology = api.source.current()
        return trace(topology, topology.clients[name], host)

    assert path_to("s3.us-east-1.amazonaws.com").kind is PathKind.BLOCKED
    gateway_id = gateway()["VpcEndpointId"]
    s3 = path_to("s3.us-east-1.amazonaws.com")
    assert (s3.kind, s3.endpoint_id) == (PathKind.GATEWAY, gateway_id)
    sqs_id = interface()["VpcEndpointId"]
    sqs = path_to("sqs.us-east-1.amazonaws.com")
    assert (sqs.kind, sqs.endpoint_id) == (PathKind.INTERFACE, sqs_id)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[gateway_id, sqs_id])
    assert path_to("s3.us-east-1.amazonaws.com").kind is PathKind.BLOCKED
    assert path_to("sqs.us-east-1.amazonaws.com").kind is PathKind.BLOCKED
