"""What EC2 describes of networks: by id, page by page, and by the filters that AWS documents."""

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.session import get_session

from vpce_emulator.control.network_descriptions import DESCRIPTIONS


@pytest.fixture(scope="module")
def model():
    return get_session().get_service_model("ec2")


def _filters(**wanted):
    return [{"Name": name, "Values": [value]} for name, value in wanted.items()]


@pytest.mark.parametrize("operation", DESCRIPTIONS)
def test_each_filter_is_about_something_that_ec2_answers(model, operation):
    description = DESCRIPTIONS[operation]
    shape = model.operation_model(operation).output_shape.members[description.listed].member
    for path in (*description.filters.values(), description.id, f"{description.tags}.Key"):
        at = shape
        for part in path.split("."):
            at = at.member if at.type_name == "list" else at
            at = at.members[part]
        assert (at.member if at.type_name == "list" else at).type_name != "structure", path


class Things:
    """One thing of each kind to be found, among the default VPC's others."""

    def __init__(self, ec2, network, interface):
        self.tags = [{"Key": "team", "Value": "blue"}]
        self.endpoint = interface(subnets=[network.a])
        (self.eni,) = self.endpoint["NetworkInterfaceIds"]
        self.network = network
        ec2.create_route(
            RouteTableId=network.table, DestinationCidrBlock="10.9.0.0/16", NetworkInterfaceId=self._own_eni(ec2)
        )
        self.acl = ec2.create_network_acl(VpcId=network.vpc)["NetworkAcl"]["NetworkAclId"]
        ec2.create_network_acl_entry(
            NetworkAclId=self.acl,
            RuleNumber=7,
            Protocol="6",
            RuleAction="allow",
            Egress=False,
            CidrBlock="10.7.0.0/16",
            PortRange={"From": 440, "To": 450},
        )
        permission = {
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 444,
            "IpRanges": [{"CidrIp": "10.7.0.0/16"}],
            "UserIdGroupPairs": [{"GroupId": network.group}],
            "PrefixListIds": [{"PrefixListId": "pl-63a5400a"}],
        }
        ec2.authorize_security_group_ingress(GroupId=network.group, IpPermissions=[permission])
        self.gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=network.vpc)
        other = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
        made = ec2.create_vpc_peering_connection(VpcId=network.vpc, PeerVpcId=other)["VpcPeeringConnection"]
        self.peering = made["VpcPeeringConnectionId"]
        ec2.create_tags(
            Resources=[network.vpc, network.a, network.table, network.group, self.acl, self.own], Tags=self.tags
        )

    def _own_eni(self, ec2):
        made = ec2.create_network_interface(SubnetId=self.network.b, Description="mine")["NetworkInterface"]
        self.own = made["NetworkInterfaceId"]
        return self.own

    def found(self, kind):
        return {
            "DescribeInternetGateways": self.gateway,
            "DescribeNetworkAcls": self.acl,
            "DescribeNetworkInterfaces": self.eni,
            "DescribeRouteTables": self.network.table,
            "DescribeSecurityGroups": self.network.group,
            "DescribeSubnets": self.network.a,
            "DescribeVpcPeeringConnections": self.peering,
            "DescribeVpcs": self.network.vpc,
        }[kind]


@pytest.fixture
def things(ec2, network, interface):
    return Things(ec2, network, interface)


def _described(ec2, operation, **parameters):
    method = getattr(ec2, "describe_" + "".join(f"_{c.lower()}" if c.isupper() else c for c in operation[8:])[1:])
    description = DESCRIPTIONS[operation]
    return [each[description.id] for each in method(**parameters)[description.listed]]


ONE = [
    ("DescribeNetworkInterfaces", {"group-name": "endpoints"}),
    ("DescribeNetworkInterfaces", {"interface-type": "vpc_endpoint", "requester-managed": "true"}),
    ("DescribeNetworkInterfaces", {"description": "VPC Endpoint Interface vpce-*"}),
    ("DescribeNetworkInterfaces", {"attachment.instance-owner-id": "amazon-aws", "attachment.device-index": "1"}),
    ("DescribeNetworkInterfaces", {"status": "in-use", "availability-zone": "us-east-1a"}),
    ("DescribeNetworkInterfaces", {"addresses.private-ip-address": "10.0.1.*", "addresses.primary": "true"}),
    ("DescribeNetworkInterfaces", {"private-dns-name": "ip-10-0-1-*.ec2.internal", "operator.managed": "false"}),
    ("DescribeSecurityGroups", {"group-name": "endpoints"}),
    ("DescribeSecurityGroups", {"ip-permission.from-port": "443", "ip-permission.to-port": "444"}),
    ("DescribeSecurityGroups", {"ip-permission.cidr": "10.7.0.0/16", "ip-permission.protocol": "tcp"}),
    ("DescribeSecurityGroups", {"ip-permission.prefix-list-id": "pl-63a5400a"}),
    ("DescribeSecurityGroups", {"egress.ip-permission.cidr": "0.0.0.0/0", "description": "endpoints"}),
    ("DescribeSubnets", {"cidr-block": "10.0.1.0/24"}),
    ("DescribeSubnets", {"cidr": "10.0.1.0/24", "map-public-ip-on-launch": "false"}),
    ("DescribeSubnets", {"availability-zone": "us-east-1a", "tag:team": "blue", "state": "available"}),
    ("DescribeSubnets", {"subnet-arn": "*", "default-for-az": "false", "tag-key": "team", "enable-dns64": "false"}),
    ("DescribeVpcs", {"cidr": "10.0.0.0/16", "is-default": "false"}),
    ("DescribeVpcs", {"cidr-block-association.cidr-block": "10.0.*", "cidr-block-association.state": "associated"}),
    ("DescribeVpcs", {"tag-value": "blue", "owner-id": "123456789012", "state": "available"}),
    ("DescribeRouteTables", {"association.subnet-id": "SUBNET", "association.main": "false"}),
    ("DescribeRouteTables", {"route.destination-cidr-block": "10.9.0.0/16", "route.origin": "CreateRoute"}),
    ("DescribeRouteTables", {"tag:team": "b??e", "owner-id": "123456789012"}),
    ("DescribeNetworkAcls", {"entry.port-range.from": "440", "entry.rule-number": "7", "entry.protocol": "6"}),
    ("DescribeNetworkAcls", {"entry.cidr": "10.7.0.0/16", "entry.egress": "false", "entry.rule-action": "allow"}),
    ("DescribeNetworkAcls", {"default": "false"}),
    ("DescribeInternetGateways", {"attachment.vpc-id": "VPC", "attachment.state": "available"}),
    ("DescribeVpcPeeringConnections", {"requester-vpc-info.vpc-id": "VPC", "status-code": "pending-acceptance"}),
    ("DescribeVpcPeeringConnections", {"accepter-vpc-info.cidr-block": "10.8.*", "status-message": "Pending*"}),
]


@pytest.mark.parametrize(("operation", "wanted"), ONE)
def test_a_filter_finds_what_it_is_about_and_nothing_else(ec2, things, operation, wanted):
    ids = {"SUBNET": things.network.a, "VPC": things.network.vpc}
    wanted = {name: ids.get(value, value) for name, value in wanted.items()}
    assert _described(ec2, operation, Filters=_filters(**wanted)) == [things.found(operation)]


@pytest.mark.parametrize("operation", DESCRIPTIONS)
def test_every_filter_is_taken_by_itself_and_others_are_refused_whatever_there_is(ec2, operation):
    for name in DESCRIPTIONS[operation].filters:
        assert _described(ec2, operation, Filters=_filters(**{name: "nothing has this"})) == []
    with pytest.raises(ClientError) as refused:
        _described(ec2, operation, Filters=_filters(colour="blue"))
    told = refused.value.response["Error"]
    assert (told["Code"], told["Message"]) == ("InvalidParameterValue", "The filter 'colour' is invalid")


@pytest.mark.parametrize(
    ("operation", "wanted", "code", "message"),
    [
        ("DescribeVpcs", "vpc-1", "InvalidVpcID.NotFound", "The vpc ID 'vpc-1' does not exist"),
        (
            "DescribeInternetGateways",
            "igw-1",
            "InvalidInternetGatewayID.NotFound",
            "The internetGateway ID 'igw-1' does not exist",
        ),
        (
            "DescribeVpcPeeringConnections",
            "pcx-1",
            "InvalidVpcPeeringConnectionID.NotFound",
            "The vpcPeeringConnection ID 'pcx-1' does not exist",
        ),
        ("DescribeSubnets", "subnet-1", "InvalidSubnetID.NotFound", "The subnet ID 'subnet-1' does not exist"),
        ("DescribeSecurityGroups", "sg-1", "InvalidGroup.NotFound", "The security group 'sg-1' does not exist"),
        ("DescribeNetworkAcls", "acl-1", "InvalidNetworkAclID.NotFound", "The networkAcl ID 'acl-1' does not exist"),
        ("DescribeRouteTables", "rtb-1", "InvalidRouteTableID.NotFound", "The routeTable ID 'rtb-1' does not exist"),
        (
            "DescribeNetworkInterfaces",
            "eni-1",
            "InvalidNetworkInterfaceID.NotFound",
            "The networkInterface ID 'eni-1' does not exist",
        ),
    ],
)
def test_an_id_that_is_none_is_named_beside_one_that_exists(ec2, things, operation, wanted, code, message):
    description = DESCRIPTIONS[operation]
    known = things.found(operation)
    assert _described(ec2, operation, **{description.ids: [known]}) == [known]
    with pytest.raises(ClientError) as refused:
        _described(ec2, operation, **{description.ids: [known, wanted]})
    told = refused.value.response["Error"]
    assert (told["Code"], told["Message"]) == (code, message)


def test_networks_are_described_page_by_page(ec2, things):
    pages = list(ec2.get_paginator("describe_subnets").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(page["Subnets"]) for page in pages] == [5, 4]  # the default VPC's six are among them
    found = {each["SubnetId"] for page in pages for each in page["Subnets"]}
    assert found == {each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]}


def test_network_interfaces_tell_the_id_of_their_zone(ec2, things):
    zones = {each["ZoneName"]: each["ZoneId"] for each in ec2.describe_availability_zones()["AvailabilityZones"]}
    (described,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[things.eni])["NetworkInterfaces"]
    assert described["AvailabilityZoneId"] == zones["us-east-1a"]
    filters = _filters(**{"availability-zone-id": zones["us-east-1a"]})
    assert _described(ec2, "DescribeNetworkInterfaces", Filters=filters) == [things.eni]


def test_of_others_the_filter_is_named_that_is_not_known(ec2):
    ec2.create_vpn_gateway(Type="ipsec.1")
    with pytest.raises(ClientError, match=r"does not implement the filter 'colour' of ec2:DescribeVpnGateways"):
        ec2.describe_vpn_gateways(Filters=_filters(colour="blue"))


@pytest.mark.parametrize("operation", DESCRIPTIONS)
def test_a_filter_without_values_finds_nothing(ec2, operation):
    call = getattr(ec2, xform_name(operation))
    for name in DESCRIPTIONS[operation].filters:
        assert call(Filters=[{"Name": name, "Values": []}])[DESCRIPTIONS[operation].listed] == []


@pytest.mark.parametrize("operation", DESCRIPTIONS)
def test_what_is_named_twice_is_described_once(ec2, network, interface, operation):
    interface()
    network.open(ec2)
    other = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    ec2.create_vpc_peering_connection(VpcId=network.vpc, PeerVpcId=other)
    description, call = DESCRIPTIONS[operation], getattr(ec2, xform_name(operation))
    first = call()[description.listed][0][description.id]
    found = call(**{description.ids: [first, first]})[description.listed]
    assert [each[description.id] for each in found] == [first]


def test_an_endpoint_that_is_named_twice_is_described_once(ec2, interface):
    made = interface()["VpcEndpointId"]
    assert len(ec2.describe_vpc_endpoints(VpcEndpointIds=[made, made])["VpcEndpoints"]) == 1
    name = "com.amazonaws.us-east-1.sqs"
    assert len(ec2.describe_vpc_endpoint_services(ServiceNames=[name, name])["ServiceDetails"]) == 1
