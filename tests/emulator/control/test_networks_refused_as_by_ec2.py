"""Changes to a network that EC2 refuses, whoever holds the network."""

import pytest
from botocore.exceptions import ClientError


def _error(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


@pytest.mark.parametrize("attached", [False, True])
def test_a_route_leads_to_no_internet_gateway_of_another_network(ec2, network, attached):
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    route = {"RouteTableId": network.table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway}
    if attached:
        other = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=other)
    message = f"route table {network.table} and network gateway {gateway} belong to different networks"
    assert _error(ec2.create_route, **route) == ("InvalidParameterValue", message)
    assert _error(ec2.replace_route, **route) == ("InvalidParameterValue", message)
    if attached:
        ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=other)
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)
    ec2.create_route(**route)


def test_a_cidr_block_with_subnets_stays_with_its_vpc(ec2, network):
    made = ec2.associate_vpc_cidr_block(VpcId=network.vpc, CidrBlock="100.64.0.0/16")["CidrBlockAssociation"]
    subnet = ec2.create_subnet(VpcId=network.vpc, CidrBlock="100.64.1.0/24")["Subnet"]["SubnetId"]
    named = {"AssociationId": made["AssociationId"]}
    assert _error(ec2.disassociate_vpc_cidr_block, **named)[0] == "InvalidCidrBlock.InUse"
    ec2.delete_subnet(SubnetId=subnet)
    ec2.disassociate_vpc_cidr_block(**named)


@pytest.mark.parametrize(("number", "refused"), [(0, True), (1, False), (32766, False), (99999, True)])
def test_rules_of_network_acls_have_numbers_up_to_32766(ec2, network, number, refused):
    acl = ec2.create_network_acl(VpcId=network.vpc)["NetworkAcl"]["NetworkAclId"]
    entry = {"RuleNumber": number, "Protocol": "-1", "RuleAction": "allow", "Egress": False, "CidrBlock": "0.0.0.0/0"}
    if refused:
        assert _error(ec2.create_network_acl_entry, NetworkAclId=acl, **entry)[0] == "InvalidParameterValue"
    else:
        ec2.create_network_acl_entry(NetworkAclId=acl, **entry)


OF_DIFFERENT_NETWORKS = (
    "InvalidGroup.NotFound",
    "You have specified two resources that belong to different networks.",
)


@pytest.fixture
def other(ec2):
    """A VPC that is joined to none."""
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="others", Description="others", VpcId=vpc)["GroupId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.1.0/24")["Subnet"]["SubnetId"]
    return {"vpc": vpc, "group": group, "subnet": subnet}


def _peer(ec2, one, another):
    made = ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=another)["VpcPeeringConnection"]
    named = {"VpcPeeringConnectionIds": [made["VpcPeeringConnectionId"]]}
    (described,) = ec2.describe_vpc_peering_connections(**named)["VpcPeeringConnections"]
    return described["VpcPeeringConnectionId"], described["Status"]["Code"]


def test_network_interfaces_are_guarded_by_groups_of_their_vpc_alone(ec2, network, other):
    made = ec2.create_network_interface(SubnetId=network.a, Groups=[network.group])["NetworkInterface"]
    own = {"NetworkInterfaceId": made["NetworkInterfaceId"]}
    unknown = ("InvalidGroup.NotFound", "The security group 'sg-1' does not exist")
    for group, error in ((other["group"], OF_DIFFERENT_NETWORKS), ("sg-1", unknown)):
        assert _error(ec2.create_network_interface, SubnetId=network.a, Groups=[group]) == error
        assert _error(ec2.modify_network_interface_attribute, **own, Groups=[group]) == error
    assert _error(ec2.modify_network_interface_attribute, **own, Groups=[])[0] == "InvalidParameterCombination"
    assert _error(ec2.describe_security_groups, GroupIds=["sg-1"]) == unknown
    (kept,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[own["NetworkInterfaceId"]])["NetworkInterfaces"]
    assert [each["GroupId"] for each in kept["Groups"]] == [network.group]


@pytest.mark.parametrize("way", ["ingress", "egress"])
def test_rules_name_groups_of_other_vpcs_once_they_are_peered(ec2, network, other, way):
    call = getattr(ec2, f"authorize_security_group_{way}")
    pair = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": other["group"]}]}
    rule = {"GroupId": network.group, "IpPermissions": [pair]}
    assert _error(call, **rule) == OF_DIFFERENT_NETWORKS
    connection, _ = _peer(ec2, network.vpc, other["vpc"])
    assert _error(call, **rule) == OF_DIFFERENT_NETWORKS
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=connection)
    call(**rule)


def _instance(ec2, **parameters):
    return ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, **parameters)["Instances"][0]["InstanceId"]


def test_groups_that_are_taken_from_an_instance_guard_it_no_longer(api, ec2, network):
    others = ec2.create_security_group(GroupName="apps", Description="apps", VpcId=network.vpc)["GroupId"]
    instance = _instance(ec2, SubnetId=network.a, SecurityGroupIds=[network.group])

    def groups():
        (described,) = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
        told = [each["GroupId"] for each in described["SecurityGroups"]]
        return told, api.source.current().clients[instance]

    assert groups()[1].group_ids == (network.group,)
    ec2.modify_instance_attribute(InstanceId=instance, Groups=[others])
    assert (groups()[0], groups()[1].group_ids) == ([others], (others,))
    interface = groups()[1].interface_id
    ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[network.group])
    assert (groups()[0], groups()[1].group_ids) == ([network.group], (network.group,))


def test_the_peering_of_vpcs_with_the_same_addresses_fails(ec2, network, other):
    twin = ec2.create_vpc(CidrBlock="10.0.128.0/17")["Vpc"]["VpcId"]
    connection, status = _peer(ec2, network.vpc, twin)
    assert status == "failed"
    assert _error(ec2.accept_vpc_peering_connection, VpcPeeringConnectionId=connection)[0] == "InvalidStateTransition"
    assert _peer(ec2, network.vpc, other["vpc"])[1] == "pending-acceptance"
    ec2.associate_vpc_cidr_block(VpcId=other["vpc"], CidrBlock="10.8.0.0/16")
    third = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    assert _peer(ec2, third, other["vpc"])[1] == "failed"


def test_an_internet_gateway_stays_while_public_addresses_are_mapped(ec2, network):
    gateway = {"InternetGatewayId": ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]}
    ec2.attach_internet_gateway(**gateway, VpcId=network.vpc)
    own = ec2.create_network_interface(SubnetId=network.a)["NetworkInterface"]["NetworkInterfaceId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    association = ec2.associate_address(AllocationId=address, NetworkInterfaceId=own)["AssociationId"]
    code, message = _error(ec2.detach_internet_gateway, **gateway, VpcId=network.vpc)
    assert (code, message.partition(". ")[0]) == (
        "DependencyViolation",
        f"Network {network.vpc} has some mapped public address(es)",
    )
    ec2.disassociate_address(AssociationId=association)
    ec2.detach_internet_gateway(**gateway, VpcId=network.vpc)


def _unattached_private_gateway(ec2, other):
    return {"GatewayId": ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]}


def _nat_gateway_elsewhere(ec2, other):
    made = ec2.create_nat_gateway(SubnetId=other["subnet"], ConnectivityType="private")["NatGateway"]
    return {"NatGatewayId": made["NatGatewayId"]}


def _interface_elsewhere(ec2, other):
    made = ec2.create_network_interface(SubnetId=other["subnet"])["NetworkInterface"]
    return {"NetworkInterfaceId": made["NetworkInterfaceId"]}


def _instance_elsewhere(ec2, other):
    return {"InstanceId": _instance(ec2, SubnetId=other["subnet"])}


def _peering_of_others(ec2, other):
    third = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    return {"VpcPeeringConnectionId": _peer(ec2, other["vpc"], third)[0]}


def _unattached_transit_gateway(ec2, other):
    return {"TransitGatewayId": ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]}


@pytest.mark.parametrize(
    ("target", "code"),
    [
        (_unattached_private_gateway, "InvalidParameterValue"),
        (_nat_gateway_elsewhere, "InvalidParameterValue"),
        (_interface_elsewhere, "InvalidParameterValue"),
        (_instance_elsewhere, "InvalidParameterValue"),
        (_peering_of_others, "InvalidParameterValue"),
        (_unattached_transit_gateway, "InvalidTransitGatewayID.NotFound"),
        (lambda *_: {"NatGatewayId": "nat-1"}, "InvalidNatGatewayID.NotFound"),
        (lambda *_: {"TransitGatewayId": "tgw-1"}, "InvalidTransitGatewayID.NotFound"),
        (lambda *_: {"GatewayId": "vpce-1"}, "InvalidVpcEndpointId.NotFound"),
    ],
)
def test_a_route_leads_to_nothing_that_is_not_there_or_belongs_to_another_network(ec2, network, other, target, code):
    route = {"RouteTableId": network.table, "DestinationCidrBlock": "192.168.0.0/16"} | target(ec2, other)
    assert _error(ec2.create_route, **route)[0] == code
    (table,) = ec2.describe_route_tables(RouteTableIds=[network.table])["RouteTables"]
    assert [each["DestinationCidrBlock"] for each in table["Routes"]] == ["10.0.0.0/16"]


def test_routes_within_the_vpc_lead_to_what_is_in_it(ec2, network):
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)
    route = {"RouteTableId": network.table, "DestinationCidrBlock": "10.0.2.0/24"}
    assert _error(ec2.create_route, **route, GatewayId=gateway) == (
        "InvalidParameterValue",
        "The destination CIDR block 10.0.2.0/24 is equal to or more specific than one of this VPC's CIDR blocks. "
        "This route can target only an interface or an instance.",
    )
    own = ec2.create_network_interface(SubnetId=network.a)["NetworkInterface"]["NetworkInterfaceId"]
    ec2.create_route(**route, NetworkInterfaceId=own)


def test_no_route_is_made_to_an_endpoint_by_hand(ec2, network, gateway, interface):
    made = gateway()["VpcEndpointId"], interface()["VpcEndpointId"]
    for endpoint_id, parameter in zip(made, ("GatewayId", "VpcEndpointId"), strict=True):
        route = {"RouteTableId": network.other_table, "DestinationPrefixListId": "pl-63a5400a", parameter: endpoint_id}
        code, message = _error(ec2.create_route, **route)
        assert (code, endpoint_id in message) == ("RouteNotSupported", True)


def test_aws_prefix_lists_are_nobodys_to_change_and_customers_lists_change_from_their_version(ec2):
    for call in (ec2.modify_managed_prefix_list, ec2.delete_managed_prefix_list):
        assert _error(call, PrefixListId="pl-63a5400a")[0] == "UnauthorizedOperation"
        assert _error(call, PrefixListId="pl-1")[0] == "InvalidPrefixListID.NotFound"
    lists = ec2.describe_managed_prefix_lists(Filters=[{"Name": "owner-id", "Values": ["AWS"]}])["PrefixLists"]
    for each in lists:
        assert _error(ec2.delete_managed_prefix_list, PrefixListId=each["PrefixListId"])[0] == "UnauthorizedOperation"
    made = ec2.create_managed_prefix_list(
        PrefixListName="offices", AddressFamily="IPv4", MaxEntries=2, Entries=[{"Cidr": "192.0.2.0/24"}]
    )["PrefixList"]
    own = {"PrefixListId": made["PrefixListId"]}
    added = [{"Cidr": "198.51.100.0/24"}]
    assert _error(ec2.modify_managed_prefix_list, **own, CurrentVersion=7, AddEntries=added)[0] == (
        "PrefixListVersionMismatch"
    )
    changed = ec2.modify_managed_prefix_list(**own, CurrentVersion=1, AddEntries=added)["PrefixList"]
    assert (changed["PrefixListName"], changed["Version"]) == ("offices", 2)
    more = [{"Cidr": "203.0.113.0/24"}]
    assert _error(ec2.modify_managed_prefix_list, **own, CurrentVersion=2, AddEntries=more)[0] == (
        "PrefixListMaxEntriesExceeded"
    )


def _own(ec2, operation, listed, vpc):
    return getattr(ec2, operation)(Filters=[{"Name": "vpc-id", "Values": [vpc]}])[listed]


def test_what_a_vpc_came_with_goes_with_it_alone(ec2, other):
    (table,) = _own(ec2, "describe_route_tables", "RouteTables", other["vpc"])
    table_id = table["RouteTableId"]
    message = f"The routeTable '{table_id}' has dependencies and cannot be deleted."
    assert _error(ec2.delete_route_table, RouteTableId=table_id) == ("DependencyViolation", message)
    (acl,) = _own(ec2, "describe_network_acls", "NetworkAcls", other["vpc"])
    ec2.delete_subnet(SubnetId=other["subnet"])
    assert _error(ec2.delete_network_acl, NetworkAclId=acl["NetworkAclId"])[0] == "InvalidParameterValue"
    ec2.create_subnet(VpcId=other["vpc"], CidrBlock="10.7.2.0/24")
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []


def _interface_in(ec2, subnet):
    made = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    return lambda: ec2.delete_network_interface(NetworkInterfaceId=made)


def _instance_in(ec2, subnet):
    made = _instance(ec2, SubnetId=subnet)
    return lambda: ec2.terminate_instances(InstanceIds=[made])


def _nat_gateway_in(ec2, subnet):
    made = ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")["NatGateway"]["NatGatewayId"]
    return lambda: ec2.delete_nat_gateway(NatGatewayId=made)


def _attachment_in(ec2, subnet):
    gateway = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    (described,) = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
    made = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway, VpcId=described["VpcId"], SubnetIds=[subnet]
    )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    return lambda: ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=made)


@pytest.mark.parametrize("make", [_interface_in, _instance_in, _nat_gateway_in, _attachment_in])
def test_a_subnet_stays_as_long_as_something_is_in_it(ec2, other, make):
    subnet = other["subnet"]
    take_away = make(ec2, subnet)
    message = f"The subnet '{subnet}' has dependencies and cannot be deleted."
    assert _error(ec2.delete_subnet, SubnetId=subnet) == ("DependencyViolation", message)
    take_away()
    ec2.delete_subnet(SubnetId=subnet)


@pytest.mark.parametrize("make", [_instance_in, _nat_gateway_in])
def test_a_network_interface_stays_as_long_as_it_is_in_use(ec2, other, make):
    make(ec2, other["subnet"])
    (interface,) = _own(ec2, "describe_network_interfaces", "NetworkInterfaces", other["vpc"])
    interface_id = interface["NetworkInterfaceId"]
    message = f"Network interface '{interface_id}' is currently in use."
    assert _error(ec2.delete_network_interface, NetworkInterfaceId=interface_id) == ("InvalidParameterValue", message)


def test_a_vpc_has_one_internet_gateway_and_one_virtual_private_gateway_and_stays_while_it_has_the_first(ec2, other):
    vpc = other["vpc"]
    first, second = (ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"] for _ in range(2))
    ec2.attach_internet_gateway(InternetGatewayId=first, VpcId=vpc)
    refused = _error(ec2.attach_internet_gateway, InternetGatewayId=second, VpcId=vpc)
    assert refused == ("InvalidParameterValue", f"Network {vpc} already has an internet gateway attached")
    private = [ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"] for _ in range(2)]
    ec2.attach_vpn_gateway(VpnGatewayId=private[0], VpcId=vpc)
    refused = _error(ec2.attach_vpn_gateway, VpnGatewayId=private[1], VpcId=vpc)
    assert refused[0] == "VpnGatewayAttachmentLimitExceeded"
    ec2.detach_vpn_gateway(VpnGatewayId=private[0], VpcId=vpc)
    ec2.delete_security_group(GroupId=other["group"])
    ec2.delete_subnet(SubnetId=other["subnet"])
    assert _error(ec2.delete_vpc, VpcId=vpc)[0] == "DependencyViolation"
    ec2.detach_internet_gateway(InternetGatewayId=first, VpcId=vpc)
    ec2.delete_vpc(VpcId=vpc)
