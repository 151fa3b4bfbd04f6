"""What EC2 gives to those who ask for nothing, and what nobody gets."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from botocore.exceptions import ClientError

from vpce_emulator.topology.path import PathKind, trace


def test_members_of_a_vpcs_default_group_reach_each_other_and_others_do_not_reach_them(api, ec2, network, interface):
    (group,) = ec2.describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [network.vpc]}, {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"]
    (rule,) = group["IpPermissions"]
    assert (rule["IpProtocol"], [pair["GroupId"] for pair in rule["UserIdGroupPairs"]]) == ("-1", [group["GroupId"]])
    interface(SecurityGroupIds=[], PrivateDnsEnabled=True)
    made = [
        ec2.create_network_interface(SubnetId=network.a, **groups)["NetworkInterface"]["NetworkInterfaceId"]
        for groups in ({}, {"Groups": [network.group]})
    ]
    topology = api.source.current()
    paths = [trace(topology, topology.clients[name], "sqs.us-east-1.amazonaws.com") for name in made]
    assert [path.kind for path in paths] == [PathKind.INTERFACE, PathKind.BLOCKED]
    ec2.revoke_security_group_ingress(
        GroupId=group["GroupId"],
        IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group["GroupId"]}]}],
    )
    topology = api.source.current()
    assert trace(topology, topology.clients[made[0]], "sqs.us-east-1.amazonaws.com").kind is PathKind.BLOCKED


def test_an_instance_without_a_subnet_is_in_the_default_one_of_its_zone_with_the_default_group(api, ec2):
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    for zone, placement in (("us-east-1a", {}), ("us-east-1b", {"Placement": {"AvailabilityZone": "us-east-1b"}})):
        run = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, **placement)
        client = api.source.current().clients[run["Instances"][0]["InstanceId"]]
        subnet = api.source.current().subnets[client.subnet_id]
        assert (subnet.availability_zone, subnet.vpc_id) == (zone, vpc["VpcId"])
        assert client.address in subnet.cidr
        (described,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[client.interface_id])["NetworkInterfaces"]
        assert [group["GroupName"] for group in described["Groups"]] == ["default"]
        assert client.group_ids == tuple(group["GroupId"] for group in described["Groups"])


def test_elastic_ip_addresses_are_public(ec2):
    for _ in range(4):
        address = IPv4Address(ec2.allocate_address(Domain="vpc")["PublicIp"])
        assert address.is_global
        assert address not in IPv4Network("127.0.0.0/8")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("10.99.1.2", "Address does not fall within the subnet's address range"),
        ("10.0.1.3", "Address is in subnet's reserved address range"),
        ("10.0.1.255", "Address is in subnet's reserved address range"),
        ("here", "Expected an IPv4 address"),
    ],
)
def test_no_network_interface_has_an_address_that_its_subnet_does_not_give(ec2, network, address, why):
    own = ec2.create_network_interface(SubnetId=network.a)["NetworkInterface"]["NetworkInterfaceId"]
    listed = [{"Primary": True, "PrivateIpAddress": "10.0.1.77"}, {"Primary": False, "PrivateIpAddress": address}]
    for call, parameters in (
        (ec2.create_network_interface, {"SubnetId": network.a, "PrivateIpAddress": address}),
        (ec2.create_network_interface, {"SubnetId": network.a, "PrivateIpAddresses": listed}),
        (ec2.assign_private_ip_addresses, {"NetworkInterfaceId": own, "PrivateIpAddresses": [address]}),
    ):
        with pytest.raises(ClientError) as refused:
            call(**parameters)
        told = refused.value.response["Error"]
        assert (told["Code"], told["Message"]) == (
            "InvalidParameterValue",
            f"Value ({address}) for parameter privateIpAddress is invalid. {why}",
        )


def test_secondary_addresses_are_of_the_subnet_and_nobody_elses(ec2, network):
    made = ec2.create_network_interface(SubnetId=network.a, SecondaryPrivateIpAddressCount=2)["NetworkInterface"]
    first = [each["PrivateIpAddress"] for each in made["PrivateIpAddresses"]]
    named = {"NetworkInterfaceId": made["NetworkInterfaceId"]}
    added = ec2.assign_private_ip_addresses(**named, SecondaryPrivateIpAddressCount=2)["AssignedPrivateIpAddresses"]
    wanted = ec2.assign_private_ip_addresses(**named, PrivateIpAddresses=["10.0.1.200"])["AssignedPrivateIpAddresses"]
    assert [each["PrivateIpAddress"] for each in wanted] == ["10.0.1.200"]
    everything = [*first, *(each["PrivateIpAddress"] for each in (*added, *wanted))]
    assert len(set(everything)) == 6
    assert all(IPv4Address(each) in IPv4Network("10.0.1.0/24") for each in everything)
    for taken in (first[0], first[1], "10.0.1.200"):
        with pytest.raises(ClientError, match=r"InvalidIPAddress\.InUse"):
            ec2.create_network_interface(SubnetId=network.a, PrivateIpAddress=taken)


def test_local_routes_can_neither_be_made_nor_removed(ec2, network):
    igw = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=igw, VpcId=network.vpc)
    local = {"RouteTableId": network.table, "DestinationCidrBlock": "10.0.0.0/16"}
    inside = "is equal to or more specific than one of this VPC's CIDR blocks"
    for call in (ec2.create_route, ec2.replace_route):
        with pytest.raises(ClientError, match=inside):
            call(**local, GatewayId=igw)
    own = ec2.create_network_interface(SubnetId=network.a)["NetworkInterface"]["NetworkInterfaceId"]
    with pytest.raises(ClientError, match="RouteAlreadyExists"):
        ec2.create_route(**local, NetworkInterfaceId=own)
    with pytest.raises(ClientError, match="UnsupportedOperation"):
        ec2.replace_route(**local, NetworkInterfaceId=own)
    with pytest.raises(ClientError, match=f"cannot remove local route 10.0.0.0/16 in route table {network.table}"):
        ec2.delete_route(**local)
    (table,) = ec2.describe_route_tables(RouteTableIds=[network.table])["RouteTables"]
    assert [route["GatewayId"] for route in table["Routes"]] == ["local"]


def test_the_default_vpc_leads_to_the_internet_for_instances_which_have_public_addresses(api, ec2):
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    (gateway,) = ec2.describe_internet_gateways()["InternetGateways"]
    assert gateway["Attachments"] == [{"State": "available", "VpcId": vpc["VpcId"]}]
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["RouteTables"]
    assert {route["DestinationCidrBlock"]: (route["GatewayId"], route["State"]) for route in table["Routes"]} == {
        "172.31.0.0/16": ("local", "active"),
        "0.0.0.0/0": (gateway["InternetGatewayId"], "active"),
    }
    (instance,) = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"]
    topology = api.source.current()
    path = trace(topology, topology.clients[instance["InstanceId"]], "s3.us-east-1.amazonaws.com")
    assert path.kind is PathKind.INTERNET
    described = ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"][0]
    assert str(path.source_address) == described["PublicIpAddress"]


def default_vpc(ec2):
    return [vpc["VpcId"] for vpc in ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]]


def subnets_of(ec2, vpc):
    return ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]


def delete_default_vpc(ec2):
    (vpc,) = default_vpc(ec2)
    (gateway,) = ec2.describe_internet_gateways()["InternetGateways"]
    ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
    ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])
    for subnet in subnets_of(ec2, vpc):
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=vpc)


def test_a_default_vpc_that_was_deleted_can_be_made_anew(api, ec2, network):
    zones = {zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]}
    delete_default_vpc(ec2)
    assert default_vpc(ec2) == []
    made = ec2.create_default_vpc()["Vpc"]
    assert default_vpc(ec2) == [made["VpcId"]]
    subnets = subnets_of(ec2, made["VpcId"])
    assert {subnet["AvailabilityZone"] for subnet in subnets} == zones
    assert all(subnet["DefaultForAz"] and subnet["MapPublicIpOnLaunch"] for subnet in subnets)
    (instance,) = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"]
    topology = api.source.current()
    path = trace(topology, topology.clients[instance["InstanceId"]], "s3.us-east-1.amazonaws.com")
    assert path.kind is PathKind.INTERNET


def test_a_default_subnet_that_was_deleted_can_be_made_anew_and_no_second_one(ec2):
    (vpc,) = default_vpc(ec2)
    gone = next(each for each in subnets_of(ec2, vpc) if each["AvailabilityZone"] == "us-east-1a")
    ec2.delete_subnet(SubnetId=gone["SubnetId"])
    made = ec2.create_default_subnet(AvailabilityZone="us-east-1a")["Subnet"]
    assert (made["CidrBlock"], made["DefaultForAz"], made["VpcId"]) == (gone["CidrBlock"], True, vpc)
    with pytest.raises(ClientError, match="DefaultSubnetAlreadyExistsInAvailabilityZone"):
        ec2.create_default_subnet(AvailabilityZone="us-east-1a")


def test_subnets_of_other_vpcs_are_no_default_ones_though_their_zone_has_none(ec2):
    delete_default_vpc(ec2)
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.1.0/24", AvailabilityZone="us-east-1a")["Subnet"]
    assert (made["DefaultForAz"], made["MapPublicIpOnLaunch"]) == (False, False)
    with pytest.raises(ClientError, match="DefaultVpcDoesNotExist"):
        ec2.create_default_subnet(AvailabilityZone="us-east-1a")


def test_an_instance_has_the_groups_of_its_primary_network_interface_and_one_public_name(ec2, network):
    (instance,) = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"]

    def described():
        return ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"][0]

    (interface,) = described()["NetworkInterfaces"]
    assert [group["GroupName"] for group in described()["SecurityGroups"]] == ["default"]
    name = f"ec2-{described()['PublicIpAddress'].replace('.', '-')}.compute-1.amazonaws.com"
    (alone,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface["NetworkInterfaceId"]])[
        "NetworkInterfaces"
    ]
    for each in (described(), interface["Association"], alone["Association"]):
        assert each["PublicDnsName"] == name
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=described()["VpcId"])["GroupId"]
    ec2.modify_network_interface_attribute(NetworkInterfaceId=interface["NetworkInterfaceId"], Groups=[group])
    assert [each["GroupId"] for each in described()["SecurityGroups"]] == [group]
    ec2.modify_vpc_attribute(VpcId=described()["VpcId"], EnableDnsHostnames={"Value": False})
    assert described()["PublicDnsName"] == ""


def test_a_public_address_is_had_behind_an_internet_gateway_and_released_once_it_is_not_in_use(ec2, network):
    interface = ec2.create_network_interface(SubnetId=network.a)["NetworkInterface"]["NetworkInterfaceId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    with pytest.raises(ClientError, match=f"Network {network.vpc} is not attached to any internet gateway"):
        ec2.associate_address(AllocationId=address, NetworkInterfaceId=interface)
    network.open(ec2)
    made = ec2.associate_address(AllocationId=address, NetworkInterfaceId=interface)["AssociationId"]
    with pytest.raises(ClientError, match=r"InvalidIPAddress\.InUse"):
        ec2.release_address(AllocationId=address)
    ec2.disassociate_address(AssociationId=made)
    ec2.release_address(AllocationId=address)
    assert ec2.describe_addresses()["Addresses"] == []


def test_an_address_in_the_default_vpc_leaves_its_instance_when_it_is_released(ec2):
    (instance,) = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"]
    address = ec2.allocate_address(Domain="vpc")
    ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=instance["InstanceId"])
    ec2.release_address(AllocationId=address["AllocationId"])
    (described,) = ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"]
    assert described["PublicIpAddress"] != address["PublicIp"]
