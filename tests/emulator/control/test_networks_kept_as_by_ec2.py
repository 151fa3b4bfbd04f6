"""What EC2 keeps of the networks, rules and gateways that it is told of, and what it takes for none."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from botocore.exceptions import ClientError

EVERYWHERE = "0.0.0.0/0"


def _error(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def _permission(**more):
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443} | more


def test_networks_are_kept_in_their_canonical_form(api, ec2, network):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html."""
    vpc = ec2.create_vpc(CidrBlock="10.5.0.7/16")["Vpc"]
    assert vpc["CidrBlock"] == "10.5.0.0/16"
    subnet = ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.5.9.7/24")["Subnet"]
    assert subnet["CidrBlock"] == "10.5.9.0/24"
    more = ec2.associate_vpc_cidr_block(VpcId=vpc["VpcId"], CidrBlock="100.64.0.7/16")["CidrBlockAssociation"]
    assert more["CidrBlock"] == "100.64.0.0/16"
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)
    route = {"RouteTableId": network.table, "DestinationCidrBlock": "11.1.2.3/16"}
    ec2.create_route(**route, GatewayId=gateway)
    assert _error(ec2.create_route, **route, GatewayId=gateway)[0] == "RouteAlreadyExists"
    ranges = [{"CidrIp": "100.68.0.18/18"}]
    ec2.authorize_security_group_ingress(GroupId=network.group, IpPermissions=[_permission(IpRanges=ranges)])
    (group,) = ec2.describe_security_groups(GroupIds=[network.group])["SecurityGroups"]
    assert group["IpPermissions"][0]["IpRanges"] == [{"CidrIp": "100.68.0.0/18"}]
    entries = [{"Cidr": "192.0.2.9/24"}]
    made = ec2.create_managed_prefix_list(
        PrefixListName="offices", AddressFamily="IPv4", MaxEntries=2, Entries=entries
    )["PrefixList"]["PrefixListId"]
    told = ec2.get_managed_prefix_list_entries(PrefixListId=made)["Entries"]
    assert [each["Cidr"] for each in told] == ["192.0.2.0/24"]
    topology = api.source.current()
    assert IPv4Network("11.1.0.0/16") in {each.destination for each in topology.route_tables[network.table].routes}
    assert topology.vpcs[vpc["VpcId"]].cidrs == (IPv4Network("10.5.0.0/16"), IPv4Network("100.64.0.0/16"))
    ec2.revoke_security_group_ingress(GroupId=network.group, IpPermissions=[_permission(IpRanges=ranges)])
    ec2.delete_route(**route)


@pytest.mark.parametrize("cidr", ["10.0.0.0/99", "nonsense", "10.0.0.0"])
def test_what_is_no_network_is_refused_everywhere_and_nothing_breaks(api, ec2, network, cidr):
    acl = ec2.create_network_acl(VpcId=network.vpc)["NetworkAcl"]["NetworkAclId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)
    entry = {"RuleNumber": 9, "Protocol": "-1", "RuleAction": "allow", "Egress": False, "CidrBlock": cidr}
    attempts = [
        (ec2.create_vpc, {"CidrBlock": cidr}),
        (ec2.create_subnet, {"VpcId": network.vpc, "CidrBlock": cidr}),
        (ec2.associate_vpc_cidr_block, {"VpcId": network.vpc, "CidrBlock": cidr}),
        (ec2.create_route, {"RouteTableId": network.table, "DestinationCidrBlock": cidr, "GatewayId": gateway}),
        (ec2.create_network_acl_entry, {"NetworkAclId": acl, **entry}),
        (
            ec2.authorize_security_group_ingress,
            {"GroupId": network.group, "IpPermissions": [_permission(IpRanges=[{"CidrIp": cidr}])]},
        ),
        (
            ec2.create_managed_prefix_list,
            {"PrefixListName": "x", "AddressFamily": "IPv4", "MaxEntries": 1, "Entries": [{"Cidr": cidr}]},
        ),
    ]
    for call, parameters in attempts:
        code, message = _error(call, **parameters)
        assert (code, cidr in message, "moto" in message) == ("InvalidParameterValue", True, False), call
    assert network.vpc in api.source.current().vpcs


def test_a_vpcs_cidr_blocks_do_not_overlap(ec2, network):
    for cidr in ("10.0.128.0/17", "10.0.0.0/16", "100.64.0.0/8", "100.64.0.0/29"):
        assert _error(ec2.associate_vpc_cidr_block, VpcId=network.vpc, CidrBlock=cidr)[0] == "InvalidVpc.Range"


@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        ({"IpProtocol": "gre-ish"}, "InvalidParameterValue", "Unknown protocol"),
        ({"FromPort": 5, "ToPort": 2}, "InvalidParameterValue", "Invalid TCP/UDP port range (5:2)"),
        ({"FromPort": None, "ToPort": None}, "InvalidParameterValue", "Must specify both from and to ports"),
        ({"PrefixListIds": [{"PrefixListId": "pl-1"}]}, "InvalidPrefixListID.NotFound", "pl-1"),
    ],
)
def test_rules_of_security_groups_say_something(ec2, network, changed, code, message):
    wanted = _permission(IpRanges=[{"CidrIp": EVERYWHERE}]) | changed
    permission = {name: value for name, value in wanted.items() if value is not None}
    for call in (ec2.authorize_security_group_ingress, ec2.authorize_security_group_egress):
        told = _error(call, GroupId=network.group, IpPermissions=[permission])
        assert (told[0], message in told[1]) == (code, True)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"Protocol": "gre-ish"}, "InvalidParameterValue"),
        ({"RuleAction": "perhaps"}, "InvalidParameterValue"),
        ({"PortRange": None}, "MissingParameter"),
        ({"PortRange": {"From": 9, "To": 8}}, "InvalidParameterValue"),
    ],
)
def test_entries_of_network_acls_say_something_and_what_is_refused_replaces_nothing(ec2, network, changed, code):
    acl = ec2.create_network_acl(VpcId=network.vpc)["NetworkAcl"]["NetworkAclId"]
    entry = {"NetworkAclId": acl, "RuleNumber": 7, "Egress": False, "CidrBlock": EVERYWHERE, "RuleAction": "allow"}
    entry |= {"Protocol": "6", "PortRange": {"From": 443, "To": 443}}
    wrong = {name: value for name, value in (entry | changed).items() if value is not None}
    assert _error(ec2.create_network_acl_entry, **wrong)[0] == code
    assert _error(ec2.replace_network_acl_entry, **entry)[0] == "InvalidNetworkAclEntry.NotFound"
    ec2.create_network_acl_entry(**entry | {"Protocol": "tcp"})
    assert _error(ec2.replace_network_acl_entry, **wrong)[0] == code
    (described,) = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"]
    (kept,) = (each for each in described["Entries"] if each["RuleNumber"] == 7)
    assert (kept["Protocol"], kept["PortRange"]) == ("6", {"From": 443, "To": 443})


def test_a_nat_gateway_has_an_interface_in_its_subnet_which_goes_with_it(ec2, network):
    assert _error(ec2.create_nat_gateway, SubnetId=network.a)[0] == "MissingParameter"
    network.open(ec2)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=network.a, AllocationId=address)["NatGateway"]
    (own,) = gateway["NatGatewayAddresses"]
    assert IPv4Address(own["PrivateIp"]) in IPv4Network("10.0.1.0/24")
    assert _error(ec2.create_nat_gateway, SubnetId=network.a, AllocationId=address)[0] == "Resource.AlreadyAssociated"
    filters = [{"Name": "interface-type", "Values": ["nat_gateway"]}]
    (described,) = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    assert described["NetworkInterfaceId"] == own["NetworkInterfaceId"]
    assert described["Description"] == f"Interface for NAT Gateway {gateway['NatGatewayId']}"
    assert (described["RequesterManaged"], described["Status"], described["Groups"]) == (True, "in-use", [])
    ec2.delete_nat_gateway(NatGatewayId=gateway["NatGatewayId"])
    assert ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"] == []
    assert "AssociationId" not in ec2.describe_addresses(AllocationIds=[address])["Addresses"][0]
    assert _error(ec2.delete_nat_gateway, NatGatewayId="nat-1")[0] == "NatGatewayNotFound"


def test_a_public_nat_gateway_fails_in_a_vpc_without_an_internet_gateway(api, ec2, network):
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=network.a, AllocationId=address)["NatGateway"]["NatGatewayId"]
    (described,) = ec2.describe_nat_gateways(NatGatewayIds=[made])["NatGateways"]
    assert (described["State"], described["FailureCode"]) == ("failed", "Gateway.NotAttached")
    assert described["FailureMessage"] == f"Network {network.vpc} has no Internet gateway attached"
    assert "AssociationId" not in ec2.describe_addresses(AllocationIds=[address])["Addresses"][0]
    assert api.source.current().nat_gateways == {}
    private = ec2.create_nat_gateway(SubnetId=network.a, ConnectivityType="private")["NatGateway"]
    assert (private["State"], set(api.source.current().nat_gateways)) == ("available", {private["NatGatewayId"]})
    ec2.delete_nat_gateway(NatGatewayId=made)
    assert ec2.describe_nat_gateways(NatGatewayIds=[made])["NatGateways"][0]["State"] == "deleted"


@pytest.mark.parametrize("address", ["10.99.0.1", "10.0.1.2"])
def test_an_instance_has_an_address_that_its_subnet_gives(ec2, network, address):
    image = {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1}
    code, message = _error(ec2.run_instances, **image, SubnetId=network.a, PrivateIpAddress=address)
    assert (code, "Address" in message) == ("InvalidParameterValue", True)
    taken = {"SubnetId": network.a, "PrivateIpAddress": "10.0.1.50"}
    ec2.run_instances(**image, **taken)
    assert _error(ec2.run_instances, **image, **taken)[0] == "InvalidIPAddress.InUse"


def test_default_groups_stay_as_long_as_their_vpc(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.5.0.0/16")["Vpc"]["VpcId"]
    (group,) = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    assert _error(ec2.delete_security_group, GroupId=group["GroupId"])[0] == "CannotDelete"
    assert _error(ec2.delete_security_group, GroupName="default")[0] == "CannotDelete"
    ec2.delete_vpc(VpcId=vpc)
    assert ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"] == []


def test_rules_are_changed_to_what_says_something(api, ec2, network):
    ranges = [{"CidrIp": EVERYWHERE}]
    made = ec2.authorize_security_group_ingress(GroupId=network.group, IpPermissions=[_permission(IpRanges=ranges)])
    rule = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]

    def change(**wanted):
        told = [{"SecurityGroupRuleId": rule, "SecurityGroupRule": wanted}]
        ec2.modify_security_group_rules(GroupId=network.group, SecurityGroupRules=told)

    ports = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 81}
    assert _error(change, **ports, CidrIpv4="nonsense")[0] == "InvalidParameterValue"
    assert _error(change, IpProtocol="tcp", FromPort=9, ToPort=8, CidrIpv4=EVERYWHERE)[0] == "InvalidParameterValue"
    assert _error(change, **ports, PrefixListId="pl-1")[0] == "InvalidPrefixListID.NotFound"
    change(**ports, CidrIpv4="10.7.0.9/16")
    (kept,) = api.source.current().security_groups[network.group].ingress
    assert (kept.from_port, kept.to_port, kept.cidrs) == (80, 81, (IPv4Network("10.7.0.0/16"),))
    change(IpProtocol="-1", CidrIpv4="10.7.0.0/16")
    (kept,) = api.source.current().security_groups[network.group].ingress
    assert kept.protocol == "-1"


@pytest.mark.parametrize("way", ["ingress", "egress"])
def test_the_rules_that_were_made_are_all_told(ec2, network, way):
    permissions = [
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr} for cidr in cidrs]}
        for port, cidrs in ((443, ("10.1.0.0/16", "10.2.0.0/16")), (8443, ("10.3.0.0/16",)))
    ]
    authorize = getattr(ec2, f"authorize_security_group_{way}")
    told = authorize(GroupId=network.group, IpPermissions=permissions)["SecurityGroupRules"]
    assert {(rule["FromPort"], rule["CidrIpv4"], rule["IsEgress"]) for rule in told} == {
        (443, "10.1.0.0/16", way == "egress"),
        (443, "10.2.0.0/16", way == "egress"),
        (8443, "10.3.0.0/16", way == "egress"),
    }
    assert len({rule["SecurityGroupRuleId"] for rule in told}) == 3
