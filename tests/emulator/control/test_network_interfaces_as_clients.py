"""What is set on network interfaces and instances through EC2 holds on paths and in DNS."""

from ipaddress import IPv4Address

import pytest

from vpce_dns import Answer, Question, RecordType, resolve
from vpce_emulator.topology.path import PathKind, trace
from vpce_emulator.topology.zones import vpc_view

S3 = "s3.us-east-1.amazonaws.com"


@pytest.fixture
def nat_instance(ec2, network):
    """An instance in a public subnet, to which the private subnets' default route leads."""
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)
    public = ec2.create_subnet(VpcId=network.vpc, CidrBlock="10.0.9.0/24")["Subnet"]["SubnetId"]
    ec2.associate_route_table(RouteTableId=network.other_table, SubnetId=public)
    ec2.create_route(RouteTableId=network.other_table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    inside = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}]
    ec2.authorize_security_group_ingress(GroupId=network.group, IpPermissions=inside)
    instance = ec2.run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=public, SecurityGroupIds=[network.group]
    )["Instances"][0]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.associate_address(AllocationId=address, InstanceId=instance["InstanceId"])
    return instance["InstanceId"], instance["NetworkInterfaces"][0]["NetworkInterfaceId"]


@pytest.mark.parametrize("target", ["InstanceId", "NetworkInterfaceId"])
@pytest.mark.parametrize("at", ["instance", "interface"])
def test_a_nat_instance_forwards_once_its_source_destination_check_is_off(api, ec2, network, nat_instance, target, at):
    instance, interface = nat_instance
    leads_to = {"InstanceId": instance, "NetworkInterfaceId": interface}[target]
    ec2.create_route(RouteTableId=network.table, DestinationCidrBlock="0.0.0.0/0", **{target: leads_to})
    caller = ec2.create_network_interface(SubnetId=network.a)["NetworkInterface"]["NetworkInterfaceId"]

    def path():
        topology = api.source.current()
        return trace(topology, topology.clients[caller], S3)

    assert path().reason.startswith(f"{interface} drops what is not addressed to it")
    if at == "instance":
        ec2.modify_instance_attribute(InstanceId=instance, SourceDestCheck={"Value": False})
    else:
        ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, SourceDestCheck={"Value": False})
    assert path().kind is PathKind.INTERNET
    (described,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"]
    assert described["SourceDestCheck"] is False
    assert str(path().source_address) == described["Association"]["PublicIp"]
    ec2.stop_instances(InstanceIds=[instance])
    assert path().kind is PathKind.BLOCKED


def test_secondary_addresses_have_names_and_lead_back(api, ec2, network):
    made = ec2.create_network_interface(SubnetId=network.a)["NetworkInterface"]["NetworkInterfaceId"]
    ec2.assign_private_ip_addresses(NetworkInterfaceId=made, PrivateIpAddresses=["10.0.1.200"])

    def asked(name, kind):
        answer = resolve(Question(name, kind), vpc_view(api.source.current(), network.vpc))
        return [each.value for each in answer.records] if isinstance(answer, Answer) else []

    assert asked("ip-10-0-1-200.ec2.internal", RecordType.A) == ["10.0.1.200"]
    assert asked(IPv4Address("10.0.1.200").reverse_pointer, RecordType.PTR) == ["ip-10-0-1-200.ec2.internal"]
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=made, PrivateIpAddresses=["10.0.1.200"])
    assert asked("ip-10-0-1-200.ec2.internal", RecordType.A) == []
