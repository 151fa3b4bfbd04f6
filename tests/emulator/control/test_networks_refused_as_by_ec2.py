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
