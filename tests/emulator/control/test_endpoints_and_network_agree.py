"""One invariant over random sequences of calls: EC2's descriptions, the topology and the resolver never disagree."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from vpce_dns import Question, RecordType, resolve
from vpce_emulator.control.ec2_errors import Ec2Error
from vpce_emulator.topology.zones import public_view, vpc_view

REGION, ACCOUNT = "us-east-1", "123456789012"
SUBNETS = [("10.60.1.0/24", "a"), ("10.60.2.0/28", "b"), ("10.60.3.0/24", "c"), ("10.60.4.0/24", "a")]
SERVICES = ["sqs", "sns", "kms"]
# What EC2 may answer to a call that does not fit the network as it is.
REFUSALS = {
    "AuthFailure",
    "DependencyViolation",
    "DuplicateSubnetsInSameZone",
    "InsufficientFreeAddressesInSubnet",
    "InvalidGroup.NotFound",
    "InvalidIPAddress.InUse",
    "InvalidParameter",
    "InvalidParameterValue",
    "InvalidRouteTableID.NotFound",
    "InvalidSubnetID.NotFound",
    "OperationNotPermitted",
    "RouteAlreadyExists",
}

some = st.integers(0, 7)
several = st.sets(st.integers(0, 3), max_size=3)


class Calls(RuleBasedStateMachine):
    """Calls of a user who has no plan, against one VPC; the `api` is set by the test."""

    api = None
    reset = None

    def __init__(self):
        super().__init__()
        type(self).reset()
        self.control, self.source = self.api.control, self.api.source
        self.vpc = self.call("CreateVpc", CidrBlock="10.60.0.0/16")["Vpc"]["VpcId"]
        self.dns = {"EnableDnsSupport": True, "EnableDnsHostnames": False}
        self.switch("EnableDnsHostnames", on=True)
        self.subnets = [
            self.call("CreateSubnet", VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=REGION + zone)["Subnet"]
            for cidr, zone in SUBNETS
        ]
        self.tables = [self.call("CreateRouteTable", VpcId=self.vpc)["RouteTable"]["RouteTableId"] for _ in range(3)]
        self.groups = [
            self.call("CreateSecurityGroup", GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]
            for name in ("one", "two", "three")
        ]
        self.own = []

    def call(self, operation, **parameters):
        return self.control.call(operation, parameters, region=REGION, account_id=ACCOUNT)

    def attempt(self, operation, **parameters):
        """Make a call that may be refused, for a reason that a user would understand."""
        try:
            return self.call(operation, **parameters)
        except Ec2Error as error:
            assert error.code in REFUSALS, error
            return None

    def endpoints(self, kind=None):
        described = self.call("DescribeVpcEndpoints")["VpcEndpoints"]
        return [each for each in described if kind in (None, each["VpcEndpointType"])]

    def pick(self, which, among):
        return among[which % len(among)] if among else None

    def ids(self, which, among):
        return [among[index] for index in sorted(which) if index < len(among)]

    @rule(service=st.sampled_from(SERVICES), subnets=several, groups=several, private=st.booleans())
    def create_interface(self, service, subnets, groups, private):
        self.attempt(
            "CreateVpcEndpoint",
            VpcId=self.vpc,
            VpcEndpointType="Interface",
            ServiceName=f"com.amazonaws.{REGION}.{service}",
            SubnetIds=self.ids(subnets, [subnet["SubnetId"] for subnet in self.subnets]),
            SecurityGroupIds=self.ids(groups, self.groups),
            PrivateDnsEnabled=private,
        )

    @rule(service=st.sampled_from(["s3", "dynamodb"]), tables=several)
    def create_gateway(self, service, tables):
        name = f"com.amazonaws.{REGION}.{service}"
        self.attempt("CreateVpcEndpoint", VpcId=self.vpc, ServiceName=name, RouteTableIds=self.ids(tables, self.tables))

    @rule(which=some, added=several, removed=several)
    def change_subnets(self, which, added, removed):
        if endpoint := self.pick(which, self.endpoints("Interface")):
            every = [subnet["SubnetId"] for subnet in self.subnets]
            self.attempt(
                "ModifyVpcEndpoint",
                VpcEndpointId=endpoint["VpcEndpointId"],
                AddSubnetIds=self.ids(added, every),
                RemoveSubnetIds=self.ids(removed, every),
            )

    @rule(which=some, added=several, removed=several, private=st.booleans())
    def change_groups_and_names(self, which, added, removed, private):
        if endpoint := self.pick(which, self.endpoints("Interface")):
            self.attempt(
                "ModifyVpcEndpoint",
                VpcEndpointId=endpoint["VpcEndpointId"],
                AddSecurityGroupIds=self.ids(added, self.groups),
                RemoveSecurityGroupIds=self.ids(removed, self.groups),
                PrivateDnsEnabled=private,
            )

    @rule(which=some, added=several, removed=several)
    def change_tables(self, which, added, removed):
        if endpoint := self.pick(which, self.endpoints("Gateway")):
            self.attempt(
                "ModifyVpcEndpoint",
                VpcEndpointId=endpoint["VpcEndpointId"],
                AddRouteTableIds=self.ids(added, self.tables),
                RemoveRouteTableIds=self.ids(removed, self.tables),
            )

    @rule(which=some)
    def delete_endpoint(self, which):
        if endpoint := self.pick(which, self.endpoints()):
            answer = self.call("DeleteVpcEndpoints", VpcEndpointIds=[endpoint["VpcEndpointId"]])
            assert answer["Unsuccessful"] == []

    @rule(which=some)
    def create_network_interface(self, which):
        subnet = self.pick(which, self.subnets)
        if subnet and subnet["CidrBlock"].endswith("/24"):
            made = self.call("CreateNetworkInterface", SubnetId=subnet["SubnetId"])
            self.own.append(made["NetworkInterface"]["NetworkInterfaceId"])

    @rule(which=some)
    def delete_network_interface(self, which):
        if interface_id := self.pick(which, self.own):
            self.call("DeleteNetworkInterface", NetworkInterfaceId=interface_id)
            self.own.remove(interface_id)

    @rule(which=some, operation=st.sampled_from(["DeleteNetworkInterface", "ModifyNetworkInterfaceAttribute"]))
    def change_an_endpoints_interface_by_hand(self, which, operation):
        interfaces = [interface for each in self.endpoints() for interface in each["NetworkInterfaceIds"]]
        if interface_id := self.pick(which, interfaces):
            more = {"Groups": self.groups[:1]} if operation.startswith("Modify") else {}
            assert self.attempt(operation, NetworkInterfaceId=interface_id, **more) is None

    @rule(which=some)
    def delete_group(self, which):
        if group_id := self.pick(which, self.groups):
            used = group_id in {group["GroupId"] for each in self.endpoints() for group in each["Groups"]}
            assert (self.attempt("DeleteSecurityGroup", GroupId=group_id) is None) is used
            if not used:
                self.groups.remove(group_id)

    @rule(which=some)
    def delete_subnet(self, which):
        subnet = self.pick(which, self.subnets)
        empty = subnet and not self.interfaces_in(subnet["SubnetId"])
        if empty:
            self.call("DeleteSubnet", SubnetId=subnet["SubnetId"])
            self.subnets.remove(subnet)
        elif subnet and any(subnet["SubnetId"] in each["SubnetIds"] for each in self.endpoints()):
            assert self.attempt("DeleteSubnet", SubnetId=subnet["SubnetId"]) is None

    @rule(attribute=st.sampled_from(["EnableDnsSupport", "EnableDnsHostnames"]), on=st.booleans())
    def switch(self, attribute, *, on):
        self.call("ModifyVpcAttribute", VpcId=self.vpc, **{attribute: {"Value": on}})
        self.dns[attribute] = on

    def interfaces_in(self, subnet_id):
        filters = [{"Name": "subnet-id", "Values": [subnet_id]}]
        return self.call("DescribeNetworkInterfaces", Filters=filters)["NetworkInterfaces"]

    @invariant()
    def interfaces_are_those_of_the_endpoints_and_lie_in_their_subnets(self):
        interfaces = {
            each["NetworkInterfaceId"]: each for each in self.call("DescribeNetworkInterfaces")["NetworkInterfaces"]
        }
        told = [interface_id for each in self.endpoints() for interface_id in each["NetworkInterfaceIds"]]
        managed = {each_id for each_id, each in interfaces.items() if each["RequesterManaged"]}
        assert sorted(told) == sorted(managed)
        addresses = [each["PrivateIpAddress"] for each in interfaces.values()]
        assert len(addresses) == len(set(addresses))
        for endpoint in self.endpoints("Interface"):
            own = [interfaces[each] for each in endpoint["NetworkInterfaceIds"]]
            assert [each["SubnetId"] for each in own] == endpoint["SubnetIds"]
            assert len({each["AvailabilityZone"] for each in own}) == len(own)
            assert all(
                {g["GroupId"] for g in each["Groups"]} == {g["GroupId"] for g in endpoint["Groups"]} for each in own
            )
        for subnet in self.call("DescribeSubnets", Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["Subnets"]:
            network = IPv4Network(subnet["CidrBlock"])
            inside = [each for each in interfaces.values() if each["SubnetId"] == subnet["SubnetId"]]
            assert all(IPv4Address(each["PrivateIpAddress"]) in network for each in inside)
            assert subnet["AvailableIpAddressCount"] == network.num_addresses - 5 - len(inside)

    @invariant()
    def routes_are_those_of_the_endpoints(self):
        tables = self.call("DescribeRouteTables", Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["RouteTables"]
        routes = [
            (table["RouteTableId"], route["DestinationPrefixListId"], route["GatewayId"])
            for table in tables
            for route in table["Routes"]
            if "DestinationPrefixListId" in route
        ]
        lists = {
            each["PrefixListName"]: each["PrefixListId"] for each in self.call("DescribePrefixLists")["PrefixLists"]
        }
        told = [
            (table_id, lists[each["ServiceName"]], each["VpcEndpointId"])
            for each in self.endpoints("Gateway")
            for table_id in each["RouteTableIds"]
        ]
        assert sorted(routes) == sorted(told)
        assert len({route[:2] for route in routes}) == len(routes)

    @invariant()
    def what_endpoints_name_exists(self):
        groups = {each["GroupId"] for each in self.call("DescribeSecurityGroups")["SecurityGroups"]}
        subnets = {each["SubnetId"] for each in self.call("DescribeSubnets")["Subnets"]}
        for endpoint in self.endpoints():
            assert {each["GroupId"] for each in endpoint["Groups"]} <= groups
            assert set(endpoint["SubnetIds"]) <= subnets

    @invariant()
    def the_resolver_tells_the_interfaces_addresses(self):
        self.source.touch()
        topology = self.source.current()
        interfaces = {
            each["NetworkInterfaceId"]: each["PrivateIpAddress"]
            for each in self.call("DescribeNetworkInterfaces")["NetworkInterfaces"]
        }
        outside, inside = public_view(topology), vpc_view(topology, self.vpc)
        for endpoint in self.endpoints("Interface"):
            own = {interfaces[each] for each in endpoint["NetworkInterfaceIds"]}
            names = [entry["DnsName"] for entry in endpoint["DnsEntries"]]
            for view in (outside, inside):
                assert set(resolve(Question(names[0], RecordType.A), view).addresses) == own
            if endpoint["PrivateDnsEnabled"] and own:
                told = set(resolve(Question(names[-1], RecordType.A), inside).addresses)
                assert (told == own) is all(self.dns.values())


@pytest.mark.parametrize("api", [0], indirect=True)
def test_what_ec2_describes_and_what_the_resolver_answers_never_disagree(backend, api):
    def reset():
        backend.reset()
        Calls.api = type(api)(backend)

    Calls.reset = reset
    run_state_machine_as_test(
        Calls,
        settings=settings(
            max_examples=4,
            # Making one sequence shorter would take minutes.
            phases=[Phase.generate],
            stateful_step_count=20,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
