"""Interface endpoints through boto3: names, network interfaces, private DNS, and what is refused."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from botocore.exceptions import ClientError

from vpce_emulator.control.ec2_errors import Ec2Error


def _endpoint(ec2, endpoint_id):
    (described,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint_id])["VpcEndpoints"]
    return described


def _interfaces(ec2, endpoint_id):
    filters = [{"Name": "description", "Values": [f"VPC Endpoint Interface {endpoint_id}"]}]
    return ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]


def _error(call, *arguments, **parameters):
    with pytest.raises(ClientError) as caught:
        call(*arguments, **parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_m7_m16_an_interface_endpoint_is_described_as_aws_describes_it(ec2, network, interface):
    made = interface()
    described = _endpoint(ec2, made["VpcEndpointId"])
    assert made == described | {"State": "pending"}
    assert described.pop("State") == "available"
    assert described["PolicyDocument"] == (
        '{\n  "Statement": [\n    {\n      "Action": "*", \n      "Effect": "Allow", \n      "Principal": "*", \n'
        '      "Resource": "*"\n    }\n  ]\n}'
    )
    assert described["Groups"] == [{"GroupId": network.group, "GroupName": "endpoints"}]
    assert described["SubnetIds"] == [network.a, network.b]
    assert described["DnsOptions"] == {"DnsRecordIpType": "ipv4"}
    assert (described["IpAddressType"], described["RouteTableIds"], described["RequesterManaged"]) == (
        "ipv4",
        [],
        False,
    )
    assert len(described["NetworkInterfaceIds"]) == 2


def test_m8_m9_m10_the_dns_entries_are_regional_then_zonal_then_private(interface):
    names = [entry["DnsName"] for entry in interface()["DnsEntries"]]
    regional = names[0]
    endpoint, _, rest = regional.partition(".")
    assert rest == "sqs.us-east-1.vpce.amazonaws.com"
    assert names[1:] == [
        f"{endpoint}-us-east-1a.{rest}",
        f"{endpoint}-us-east-1b.{rest}",
        "sqs.us-east-1.amazonaws.com",
    ]


def test_m7_each_zone_has_a_network_interface_with_an_address_of_its_subnet(ec2, network, interface):
    endpoint = interface()
    interfaces = _interfaces(ec2, endpoint["VpcEndpointId"])
    assert sorted(i["NetworkInterfaceId"] for i in interfaces) == sorted(endpoint["NetworkInterfaceIds"])
    for each in interfaces:
        cidr = {network.a: "10.0.1.0/24", network.b: "10.0.2.0/24"}[each["SubnetId"]]
        offset = int(IPv4Address(each["PrivateIpAddress"])) - int(IPv4Network(cidr).network_address)
        assert 4 <= offset < 255
        assert (each["InterfaceType"], each["RequesterManaged"], each["Status"]) == ("vpc_endpoint", True, "in-use")
        assert each["Attachment"]["InstanceOwnerId"] == "amazon-aws"
        assert [group["GroupId"] for group in each["Groups"]] == [network.group]


def test_the_topology_knows_the_same_addresses(api, ec2, interface):
    endpoint_id = interface()["VpcEndpointId"]
    told = {i["NetworkInterfaceId"]: i["PrivateIpAddress"] for i in _interfaces(ec2, endpoint_id)}
    assert {i.id: str(i.address) for i in api.source.current().endpoints[endpoint_id].interfaces} == told


@pytest.mark.parametrize(
    ("name", "value", "count"),
    [
        ("interface-type", "vpc_endpoint", 2),
        ("interface-type", "interface", 1),
        ("requester-managed", "true", 2),
        ("status", "available", 1),
        ("attachment.instance-owner-id", "amazon-aws", 2),
    ],
)
def test_network_interfaces_are_found_by_what_they_are_for(ec2, network, interface, name, value, count):
    interface()
    ec2.create_network_interface(SubnetId=network.a)
    found = ec2.describe_network_interfaces(Filters=[{"Name": name, "Values": [value]}])["NetworkInterfaces"]
    assert len(found) == count


def test_without_a_group_the_vpcs_default_group_guards_it(ec2, network, interface):
    endpoint = interface(SecurityGroupIds=[])
    assert [group["GroupName"] for group in endpoint["Groups"]] == ["default"]


def test_an_address_can_be_asked_for(ec2, network, interface):
    endpoint = interface(subnets=[], SubnetConfigurations=[{"SubnetId": network.a, "Ipv4": "10.0.1.77"}])
    assert endpoint["SubnetIds"] == [network.a]
    assert [i["PrivateIpAddress"] for i in _interfaces(ec2, endpoint["VpcEndpointId"])] == ["10.0.1.77"]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("10.0.1.3", "InvalidParameterValue"),
        ("10.0.2.7", "InvalidParameterValue"),
        ("ten", "InvalidParameterValue"),
        ("10.0.1.9", "InvalidIPAddress.InUse"),
    ],
)
def test_an_address_that_cannot_be_had_is_refused(ec2, network, interface, address, code):
    ec2.create_network_interface(SubnetId=network.a, PrivateIpAddress="10.0.1.9")
    wanted = [{"SubnetId": network.a, "Ipv4": address}]
    assert _error(interface, subnets=[], SubnetConfigurations=wanted)[0] == code


def test_addresses_in_use_are_not_given_out(ec2, network, interface):
    small = ec2.create_subnet(VpcId=network.vpc, CidrBlock="10.0.9.0/28", AvailabilityZone="us-east-1c")
    subnet = small["Subnet"]["SubnetId"]
    for offset in range(4, 14):
        ec2.create_network_interface(SubnetId=subnet, PrivateIpAddress=f"10.0.9.{offset}")
    endpoint = interface(subnets=[subnet])
    assert [i["PrivateIpAddress"] for i in _interfaces(ec2, endpoint["VpcEndpointId"])] == ["10.0.9.14"]
    assert _error(interface, service="sns", subnets=[subnet])[0] == "InsufficientFreeAddressesInSubnet"


def test_nobody_else_gets_an_endpoints_address(ec2, network, interface):
    small = ec2.create_subnet(VpcId=network.vpc, CidrBlock="10.0.9.0/28", AvailabilityZone="us-east-1c")
    subnet = small["Subnet"]["SubnetId"]
    endpoint = interface(subnets=[subnet])
    (address,) = [i["PrivateIpAddress"] for i in _interfaces(ec2, endpoint["VpcEndpointId"])]
    assert _error(ec2.create_network_interface, SubnetId=subnet, PrivateIpAddress=address)[0] == (
        "InvalidIPAddress.InUse"
    )
    for _ in range(10):
        ec2.create_network_interface(SubnetId=subnet)
    filters = [{"Name": "subnet-id", "Values": [subnet]}]
    interfaces = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    assert len({i["PrivateIpAddress"] for i in interfaces}) == 11
    (described,) = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
    assert described["AvailableIpAddressCount"] == 0
    assert _error(ec2.create_network_interface, SubnetId=subnet)[0] == "InsufficientFreeAddressesInSubnet"


def test_the_private_name_is_told_when_it_is_enabled_only(ec2, interface):
    endpoint_id = interface(PrivateDnsEnabled=False)["VpcEndpointId"]
    assert len(_endpoint(ec2, endpoint_id)["DnsEntries"]) == 3
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint_id, PrivateDnsEnabled=True)
    assert _endpoint(ec2, endpoint_id)["DnsEntries"][3]["DnsName"] == "sqs.us-east-1.amazonaws.com"


@pytest.mark.parametrize("attribute", ["EnableDnsSupport", "EnableDnsHostnames"])
def test_m10_private_dns_needs_both_attributes(ec2, network, interface, attribute):
    ec2.modify_vpc_attribute(VpcId=network.vpc, **{attribute: {"Value": False}})
    assert _error(interface, PrivateDnsEnabled=True) == (
        "InvalidParameter",
        "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for "
        f"{network.vpc}",
    )
    assert interface(PrivateDnsEnabled=False)["State"] == "pending"


def test_a_private_name_is_one_endpoints_in_a_vpc(ec2, network, interface):
    interface("secretsmanager")
    assert _error(interface, "secretsmanager") == (
        "InvalidParameter",
        "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
        f"secretsmanager.us-east-1.amazonaws.com in the VPC {network.vpc}",
    )
    second = interface("secretsmanager", PrivateDnsEnabled=False)["VpcEndpointId"]
    code, _ = _error(ec2.modify_vpc_endpoint, VpcEndpointId=second, PrivateDnsEnabled=True)
    assert code == "InvalidParameter"


@pytest.mark.parametrize("service", ["dynamodb", "dynamodb-streams"])
def test_a_service_without_private_name_gets_none(interface, service):
    assert interface(service)["PrivateDnsEnabled"] is False
    assert _error(interface, service, PrivateDnsEnabled=True) == (
        "InvalidParameter",
        f"Private DNS can't be enabled because the service com.amazonaws.us-east-1.{service} does not provide a "
        "private DNS name.",
    )


def test_the_names_of_streams_endpoints_are_reversed(interface):
    name = interface("dynamodb-streams")["DnsEntries"][0]["DnsName"]
    assert name.endswith(".streams.dynamodb.us-east-1.vpce.amazonaws.com")


def test_private_dns_of_s3_wants_a_gateway_endpoint_unless_said_otherwise(ec2, network, interface, gateway):
    assert interface("s3")["PrivateDnsEnabled"] is False
    assert _error(interface, "s3", PrivateDnsEnabled=True) == (
        "InvalidParameter",
        f"To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC {network.vpc} must have a Gateway endpoint "
        "for the service.",
    )
    everywhere = interface("s3", PrivateDnsEnabled=True, DnsOptions={"PrivateDnsOnlyForInboundResolverEndpoint": False})
    assert everywhere["DnsOptions"]["PrivateDnsOnlyForInboundResolverEndpoint"] is False
    ec2.delete_vpc_endpoints(VpcEndpointIds=[everywhere["VpcEndpointId"]])
    gateway()
    inbound = interface("s3", PrivateDnsEnabled=True)
    assert inbound["DnsOptions"]["PrivateDnsOnlyForInboundResolverEndpoint"] is True


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        ({"SubnetIds": ["subnet-1"]}, "InvalidSubnetID.NotFound", "The subnet ID 'subnet-1' does not exist"),
        ({"SecurityGroupIds": ["sg-1"]}, "InvalidGroup.NotFound", "The security group 'sg-1' does not exist"),
        (
            {"RouteTableIds": ["rtb-1"]},
            "InvalidParameter",
            "Endpoint type (Interface) does not support RouteTableIds",
        ),
        (
            {"IpAddressType": "ipv6"},
            "InvalidParameterValue",
            "Value (ipv6) for parameter IpAddressType is invalid. Only ipv4 is supported.",
        ),
        (
            {"DnsOptions": {"DnsRecordIpType": "dualstack"}},
            "InvalidParameterValue",
            "Value (dualstack) for parameter DnsOptions.DnsRecordIpType is invalid. Only ipv4 is supported.",
        ),
        (
            {"DnsOptions": {"PrivateDnsOnlyForInboundResolverEndpoint": True}},
            "InvalidParameter",
            "PrivateDnsOnlyForInboundResolverEndpoint is for S3 interface endpoints with private DNS enabled.",
        ),
        (
            {"ServiceName": "com.amazonaws.us-east-1.email-smtp", "PolicyDocument": "{}"},
            "InvalidParameter",
            "Endpoint policies are not supported by the service com.amazonaws.us-east-1.email-smtp.",
        ),
        (
            {"TagSpecifications": [{"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "b"}]}]},
            "InvalidParameterValue",
            "Value (vpc) for parameter TagSpecification.ResourceType is invalid. It must be vpc-endpoint.",
        ),
    ],
)
def test_what_aws_refuses_is_refused_in_its_words(ec2, interface, parameters, code, message):
    assert _error(interface, **parameters) == (code, message)
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []


def test_m7_a_zone_has_one_subnet_of_an_endpoint(ec2, network, interface):
    assert _error(interface, subnets=[network.a, network.a2]) == (
        "DuplicateSubnetsInSameZone",
        f"Found another VPC endpoint subnet in the availability zone of {network.a2}",
    )
    endpoint_id = interface()["VpcEndpointId"]
    code, _ = _error(ec2.modify_vpc_endpoint, VpcEndpointId=endpoint_id, AddSubnetIds=[network.a2])
    assert code == "DuplicateSubnetsInSameZone"
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint_id, AddSubnetIds=[network.a2], RemoveSubnetIds=[network.a])
    assert _endpoint(ec2, endpoint_id)["SubnetIds"] == [network.b, network.a2]


def test_a_zone_without_the_service_is_refused(ec2, network, interface):
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    zone = next(zone["ZoneName"] for zone in zones if zone["ZoneId"] == "use1-az2")
    subnet = ec2.create_subnet(VpcId=network.vpc, CidrBlock="10.0.8.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
    assert _error(interface, service="email-smtp", subnets=[subnet]) == (
        "InvalidParameter",
        "The VPC endpoint service com.amazonaws.us-east-1.email-smtp does not support the availability zone of the "
        f"subnet: {subnet}.",
    )


def test_what_stands_in_another_vpc_is_refused(ec2, network, interface):
    other = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=other, CidrBlock="10.7.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="o", Description="o", VpcId=other)["GroupId"]
    assert _error(interface, subnets=[subnet])[1] == f"{subnet} does not belong to the VPC {network.vpc}"
    assert _error(interface, SecurityGroupIds=[group])[1] == f"{group} does not belong to the VPC {network.vpc}"


def test_modifying_moves_interfaces_and_changes_their_groups(ec2, network, interface):
    endpoint = interface(subnets=[network.a])
    endpoint_id = endpoint["VpcEndpointId"]
    made = ec2.create_security_group(GroupName="second", Description="second", VpcId=network.vpc)["GroupId"]
    ec2.modify_vpc_endpoint(
        VpcEndpointId=endpoint_id,
        AddSubnetIds=[network.b],
        AddSecurityGroupIds=[made],
        RemoveSecurityGroupIds=[network.group],
    )
    interfaces = _interfaces(ec2, endpoint_id)
    assert {i["SubnetId"] for i in interfaces} == {network.a, network.b}
    assert {group["GroupId"] for i in interfaces for group in i["Groups"]} == {made}
    assert endpoint["NetworkInterfaceIds"][0] == _endpoint(ec2, endpoint_id)["NetworkInterfaceIds"][0]
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint_id, RemoveSubnetIds=[network.a])
    assert [i["SubnetId"] for i in _interfaces(ec2, endpoint_id)] == [network.b]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"AddRouteTableIds": ["rtb-1"]}, "InvalidParameter"),
        ({"RemoveSubnetIds": ["subnet-1"]}, "InvalidSubnetID.NotFound"),
        ({"AddSubnetIds": ["subnet-1"]}, "InvalidSubnetID.NotFound"),
        ({"RemoveSecurityGroupIds": ["sg-1"]}, "InvalidGroup.NotFound"),
        ({"PolicyDocument": "{"}, "InvalidPolicyDocument"),
    ],
)
def test_a_modification_that_cannot_be_changes_nothing(ec2, interface, parameters, code):
    endpoint_id = interface()["VpcEndpointId"]
    before = _endpoint(ec2, endpoint_id)
    assert _error(ec2.modify_vpc_endpoint, VpcEndpointId=endpoint_id, **parameters)[0] == code
    assert _endpoint(ec2, endpoint_id) == before


def test_an_endpoint_keeps_one_group_at_least(ec2, network, interface):
    endpoint_id = interface()["VpcEndpointId"]
    code, _ = _error(ec2.modify_vpc_endpoint, VpcEndpointId=endpoint_id, RemoveSecurityGroupIds=[network.group])
    assert code == "InvalidParameter"


def test_deleting_removes_the_network_interfaces(ec2, interface):
    endpoint_id = interface()["VpcEndpointId"]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint_id])
    assert _interfaces(ec2, endpoint_id) == []
    assert _error(ec2.describe_vpc_endpoints, VpcEndpointIds=[endpoint_id]) == (
        "InvalidVpcEndpointId.NotFound",
        f"The Vpc Endpoint Id '{endpoint_id}' does not exist",
    )


def test_a_vpc_has_fifty_interface_endpoints_at_most(interface):
    for _ in range(50):
        interface(subnets=[], PrivateDnsEnabled=False)
    assert _error(interface, subnets=[])[0] == "VpcEndpointLimitExceeded"


def test_a_service_that_takes_no_policy_is_described_without_one(interface):
    assert "PolicyDocument" not in interface("email-smtp", subnets=[])


def test_an_endpoint_may_be_for_a_service_in_another_region(interface):
    endpoint = interface(ServiceName="com.amazonaws.eu-west-1.kms", ServiceRegion="eu-west-1")
    assert endpoint["ServiceRegion"] == "eu-west-1"
    assert endpoint["DnsEntries"][0]["DnsName"].endswith(".kms.eu-west-1.vpce.amazonaws.com")
    name = "com.amazonaws.eu-west-1.athena"
    assert _error(interface, ServiceName=name, ServiceRegion="eu-west-1")[0] == "InvalidServiceName"


def test_what_an_endpoint_needs_cannot_be_deleted(ec2, network, interface):
    endpoint = interface()
    for call, parameters in (
        (ec2.delete_vpc, {"VpcId": network.vpc}),
        (ec2.delete_subnet, {"SubnetId": network.a}),
        (ec2.delete_security_group, {"GroupId": network.group}),
    ):
        assert _error(call, **parameters)[0] == "DependencyViolation"
    assert _error(ec2.delete_security_group, GroupId=network.group)[1] == (
        f"resource {network.group} has a dependent object"
    )
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
    ec2.delete_subnet(SubnetId=network.a)


def test_a_group_that_an_endpoint_has_cannot_be_deleted_by_its_name_either(ec2, network, interface):
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    subnet = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"][0]["SubnetId"]
    group = ec2.create_security_group(GroupName="named", Description="named", VpcId=vpc["VpcId"])["GroupId"]
    endpoint = interface(VpcId=vpc["VpcId"], SubnetIds=[subnet], SecurityGroupIds=[group])["VpcEndpointId"]
    assert _error(ec2.delete_security_group, GroupName="named") == (
        "DependencyViolation",
        f"resource {group} has a dependent object",
    )
    (described,) = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    assert described["Groups"] == [{"GroupId": group, "GroupName": "named"}]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    ec2.delete_security_group(GroupName="named")
    assert _error(ec2.delete_security_group, GroupId=group)[0] == "InvalidGroup.NotFound"
    assert _error(ec2.delete_security_group, GroupName="endpoints") == (
        "InvalidGroup.NotFound",
        f"The security group 'endpoints' does not exist in default VPC '{vpc['VpcId']}'",
    )


@pytest.mark.parametrize("stays", [False, True])
def test_the_interface_of_an_instance_goes_with_it_unless_it_is_to_stay(ec2, network, stays):
    made = {"DeviceIndex": 0, "SubnetId": network.a, "Groups": [network.group], "DeleteOnTermination": False}
    where = {"NetworkInterfaces": [made]} if stays else {"SubnetId": network.a, "SecurityGroupIds": [network.group]}
    (instance,) = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, **where)["Instances"]
    assert _error(ec2.delete_security_group, GroupId=network.group)[0] == "DependencyViolation"
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    in_subnet = [{"Name": "subnet-id", "Values": [network.a]}]
    left = ec2.describe_network_interfaces(Filters=in_subnet)["NetworkInterfaces"]
    assert len(left) == stays
    if not stays:
        ec2.delete_security_group(GroupId=network.group)


def test_an_endpoints_network_interfaces_cannot_be_changed_by_hand(ec2, network, interface):
    (interface_id,) = interface(subnets=[network.a])["NetworkInterfaceIds"]
    (described,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface_id])["NetworkInterfaces"]
    attachment = described["Attachment"]["AttachmentId"]
    assert _error(ec2.delete_network_interface, NetworkInterfaceId=interface_id) == (
        "InvalidParameterValue",
        f"Network interface '{interface_id}' is currently in use.",
    )
    assert _error(ec2.detach_network_interface, AttachmentId=attachment) == (
        "OperationNotPermitted",
        "You are not allowed to manage 'ela-attach' attachments.",
    )
    for call, parameters in (
        (ec2.modify_network_interface_attribute, {"Groups": [network.group]}),
        (ec2.assign_private_ip_addresses, {"SecondaryPrivateIpAddressCount": 1}),
        (ec2.attach_network_interface, {"InstanceId": "i-1", "DeviceIndex": 1}),
    ):
        assert _error(call, NetworkInterfaceId=interface_id, **parameters)[0] == "AuthFailure"
    assert ec2.describe_network_interfaces(NetworkInterfaceIds=[interface_id])["NetworkInterfaces"] == [described]


@pytest.mark.parametrize("api", [60], indirect=True)
def test_with_a_delay_an_endpoint_is_pending_then_available_then_deleting_then_gone(api, ec2, interface):
    endpoint_id = interface()["VpcEndpointId"]
    assert _endpoint(ec2, endpoint_id)["State"] == "pending"
    assert api.source.current().endpoints[endpoint_id].state == "pending"
    assert api.control.settle() == api.now + 60
    api.now += 60
    assert _endpoint(ec2, endpoint_id)["State"] == "available"
    assert api.control.settle() is None
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint_id])
    assert _endpoint(ec2, endpoint_id)["State"] == "deleting"
    assert len(_interfaces(ec2, endpoint_id)) == 2
    assert _error(ec2.modify_vpc_endpoint, VpcEndpointId=endpoint_id, ResetPolicy=True)[0] == "IncorrectState"
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint_id])["Unsuccessful"] == []
    api.now += 60
    assert _error(ec2.describe_vpc_endpoints, VpcEndpointIds=[endpoint_id])[0] == "InvalidVpcEndpointId.NotFound"
    assert _interfaces(ec2, endpoint_id) == []


@pytest.mark.parametrize("api", [60], indirect=True)
def test_an_endpoint_that_is_deleted_while_it_is_pending_is_gone_after_the_whole_delay(api, ec2, interface):
    endpoint_id = interface()["VpcEndpointId"]
    api.now += 59
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint_id])
    api.now += 59
    assert _endpoint(ec2, endpoint_id)["State"] == "deleting"
    api.now += 1
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []


@pytest.mark.parametrize("api", [60], indirect=True)
def test_gateway_endpoints_are_available_and_gone_at_once(ec2, gateway):
    endpoint_id = gateway()["VpcEndpointId"]
    assert _endpoint(ec2, endpoint_id)["State"] == "available"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint_id])
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []


def test_dns_options_are_told_as_they_were_set(ec2, interface):
    endpoint = interface(DnsOptions={"DnsRecordIpType": "service-defined"})
    assert endpoint["DnsOptions"] == {"DnsRecordIpType": "service-defined"}
    endpoint_id = endpoint["VpcEndpointId"]
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint_id, PrivateDnsEnabled=False)
    assert _endpoint(ec2, endpoint_id)["DnsOptions"] == {"DnsRecordIpType": "service-defined"}
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint_id, DnsOptions={"DnsRecordIpType": "ipv4"})
    assert _endpoint(ec2, endpoint_id)["DnsOptions"] == {"DnsRecordIpType": "ipv4"}


def test_an_address_once_given_stays(ec2, network, interface):
    endpoint = interface(subnets=[network.a], SubnetConfigurations=[{"SubnetId": network.a, "Ipv4": "10.0.1.77"}])
    endpoint_id = endpoint["VpcEndpointId"]
    kept = {"SubnetId": network.a, "Ipv4": "10.0.1.77"}
    added = {"SubnetId": network.b, "Ipv4": "10.0.2.77"}
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint_id, AddSubnetIds=[network.b], SubnetConfigurations=[kept, added])
    assert {i["PrivateIpAddress"] for i in _interfaces(ec2, endpoint_id)} == {"10.0.1.77", "10.0.2.77"}
    other = [kept | {"Ipv4": "10.0.1.78"}]
    code, _ = _error(ec2.modify_vpc_endpoint, VpcEndpointId=endpoint_id, SubnetConfigurations=other)
    assert code == "InvalidParameter"


@pytest.mark.parametrize("kind", ["GatewayLoadBalancer", "Resource", "ServiceNetwork"])
def test_other_types_of_endpoints_are_refused(interface, kind):
    code, message = _error(interface, VpcEndpointType=kind)
    assert code == "InvalidServiceName"
    assert kind in message


def test_an_endpoint_with_the_same_id_has_the_same_names_and_addresses_in_every_run(api, network):
    wanted = {
        "VpcId": network.vpc,
        "VpcEndpointType": "Interface",
        "ServiceName": "com.amazonaws.us-east-1.sqs",
        "SubnetIds": [network.a, network.b],
        "VpcEndpointId": "vpce-0123456789abcdef0",
    }

    def made():
        endpoint = api.control.answer("CreateVpcEndpoint", wanted, "123456789012")["VpcEndpoint"]
        interfaces = api.source.current().endpoints[endpoint["VpcEndpointId"]].interfaces
        return endpoint["DnsEntries"], [interface.address for interface in interfaces]

    first = made()
    with pytest.raises(Ec2Error, match="Another endpoint has it"):
        made()
    api.control.answer("DeleteVpcEndpoints", {"VpcEndpointIds": [wanted["VpcEndpointId"]]}, "123456789012")
    assert made() == first
