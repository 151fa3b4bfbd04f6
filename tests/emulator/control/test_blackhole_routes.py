"""Routes whose target is gone are blackholes, in EC2's descriptions as on paths."""

from ipaddress import IPv4Network

import pytest

EVERYWHERE = "0.0.0.0/0"


def _internet_gateway(ec2, network):
    igw = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=igw, VpcId=network.vpc)
    return {"GatewayId": igw}, lambda: ec2.detach_internet_gateway(InternetGatewayId=igw, VpcId=network.vpc)


def _internet_gateway_of_another_vpc(ec2, network):
    target, detach = _internet_gateway(ec2, network)

    def move():
        detach()
        other = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
        ec2.attach_internet_gateway(InternetGatewayId=target["GatewayId"], VpcId=other)

    return target, move


def _nat_gateway(ec2, network):
    made = ec2.create_nat_gateway(SubnetId=network.a2, ConnectivityType="private")
    nat = made["NatGateway"]["NatGatewayId"]
    return {"NatGatewayId": nat}, lambda: ec2.delete_nat_gateway(NatGatewayId=nat)


def _peering_connection(ec2, network):
    other = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_vpc_peering_connection(VpcId=network.vpc, PeerVpcId=other)["VpcPeeringConnection"]
    target = {"VpcPeeringConnectionId": made["VpcPeeringConnectionId"]}
    ec2.accept_vpc_peering_connection(**target)
    return target, lambda: ec2.delete_vpc_peering_connection(**target)


def _peering_connection_whose_other_vpc_goes(ec2, network):
    target, _ = _peering_connection(ec2, network)
    named = [target["VpcPeeringConnectionId"]]
    (made,) = ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=named)["VpcPeeringConnections"]
    other = made["AccepterVpcInfo"]["VpcId"]
    return target, lambda: ec2.delete_vpc(VpcId=other)


def _network_interface(ec2, network):
    made = ec2.create_network_interface(SubnetId=network.a)["NetworkInterface"]
    target = {"NetworkInterfaceId": made["NetworkInterfaceId"]}
    return target, lambda: ec2.delete_network_interface(**target)


def _instance(ec2, network):
    (made,) = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=network.a)["Instances"]
    return {"InstanceId": made["InstanceId"]}, lambda: ec2.terminate_instances(InstanceIds=[made["InstanceId"]])


def _stopped_instance(ec2, network):
    target, _ = _instance(ec2, network)
    return target, lambda: ec2.stop_instances(InstanceIds=[target["InstanceId"]])


def _interface_of_a_stopped_instance(ec2, network):
    _, stop = instance, _ = _stopped_instance(ec2, network)
    (described,) = ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"]
    return {"NetworkInterfaceId": described["NetworkInterfaces"][0]["NetworkInterfaceId"]}, stop


def _states(api, ec2, network):
    """Return a route's state as DescribeRouteTables tells it, and whether paths take the route."""
    (table,) = ec2.describe_route_tables(RouteTableIds=[network.table])["RouteTables"]
    described = {route["DestinationCidrBlock"]: route["State"] for route in table["Routes"]}
    routes = api.source.current().route_tables[network.table].routes
    return described[EVERYWHERE], next(route.active for route in routes if route.destination == IPv4Network(EVERYWHERE))


@pytest.mark.parametrize(
    "make",
    [
        _internet_gateway,
        _internet_gateway_of_another_vpc,
        _nat_gateway,
        _peering_connection,
        _peering_connection_whose_other_vpc_goes,
        _network_interface,
        _instance,
        _stopped_instance,
        _interface_of_a_stopped_instance,
    ],
)
def test_a_route_is_a_blackhole_in_descriptions_and_on_paths_once_its_target_is_gone(api, ec2, network, make):
    target, take_away = make(ec2, network)
    ec2.create_route(RouteTableId=network.table, DestinationCidrBlock=EVERYWHERE, **target)
    blackholes = [{"Name": "route.state", "Values": ["blackhole"]}]
    assert _states(api, ec2, network) == ("active", True)
    assert ec2.describe_route_tables(Filters=blackholes)["RouteTables"] == []
    take_away()
    assert _states(api, ec2, network) == ("blackhole", False)
    (found,) = ec2.describe_route_tables(Filters=blackholes)["RouteTables"]
    assert found["RouteTableId"] == network.table
    assert {"local": "active"}.items() <= {r.get("GatewayId"): r["State"] for r in found["Routes"]}.items()


def test_a_route_to_a_peering_connection_that_nobody_accepted_yet_is_a_blackhole(api, ec2, network):
    other = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_vpc_peering_connection(VpcId=network.vpc, PeerVpcId=other)["VpcPeeringConnection"]
    target = {"VpcPeeringConnectionId": made["VpcPeeringConnectionId"]}
    ec2.create_route(RouteTableId=network.table, DestinationCidrBlock=EVERYWHERE, **target)
    assert _states(api, ec2, network) == ("blackhole", False)
    ec2.accept_vpc_peering_connection(**target)
    assert _states(api, ec2, network) == ("active", True)


def test_an_ipv6_route_to_a_gateway_that_is_gone_is_a_blackhole(ec2, network):
    made = ec2.create_egress_only_internet_gateway(VpcId=network.vpc)["EgressOnlyInternetGateway"]
    target = {"EgressOnlyInternetGatewayId": made["EgressOnlyInternetGatewayId"]}
    ec2.create_route(RouteTableId=network.table, DestinationIpv6CidrBlock="::/0", **target)

    def states():
        (table,) = ec2.describe_route_tables(RouteTableIds=[network.table])["RouteTables"]
        return [each["State"] for each in table["Routes"] if "DestinationIpv6CidrBlock" in each]

    assert states() == ["active"]
    ec2.delete_egress_only_internet_gateway(**target)
    assert states() == ["blackhole"]
