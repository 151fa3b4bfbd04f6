"""What EC2 would refuse of a topology file is refused when it is read, with what would be allowed."""

import pytest
import yaml

from vpce_emulator.backend.embedded import EmbeddedBackend
from vpce_emulator.topology.region_zones import REGIONS, zones_of_region
from vpce_emulator.topology_reading import TopologyFileError, parse_topology

BASE = """
vpcs:
  app:
    cidr: 10.0.0.0/16
    subnets:
      a: { cidr: 10.0.1.0/24, availability_zone: us-east-1a }
      a2: { cidr: 10.0.2.0/24, availability_zone: us-east-1a }
    route_tables: { table: {} }
    security_groups: { web: {} }
    endpoints:
      sqs: { type: Interface, service: sqs, subnets: [a], private_dns: true }
      s3: { type: Gateway, service: s3, route_tables: [table] }
  data:
    cidr: 10.1.0.0/16
    subnets: { d: { cidr: 10.1.1.0/24, availability_zone: us-east-1b } }
attached_networks:
  office: { cidr: 192.168.0.0/30, vpc: app }
clients:
  one: { subnet: a, address: 10.0.1.10 }
  desk: { network: office, address: 192.168.0.1 }
"""
APP, SQS, S3 = "vpcs.app", "vpcs.app.endpoints.sqs", "vpcs.app.endpoints.s3"
WEB = f"{APP}.security_groups.web"
ROUTES = f"{APP}.route_tables.table.routes"
ALLOW_ALL = [{"port": 443, "cidr": "0.0.0.0/0"}] * 2
BROKEN = {"Statement": [{"Effect": "Maybe"}]}
KEY = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "principal": "arn:aws:iam::123456789012:root"}

ORG = {"id": "o-a1b2c3d4e5", "accounts": ["222222222222"]}
LOOP = {"a": {"parent": "b"}, "b": {"parent": "a"}}
IN_ORDER = {f"u{n}": {"parent": f"u{n - 1}"} if n else {} for n in range(6)}
OU = "ou-ab12-11111111"


def org(**units):
    return ORG | {"root": "r-ab12", "units": units}


# What is edited: (its path, its new value), and the field that is then wrong, what is found, and what is allowed.
MISTAKES = {
    "no organization's id": ("organization", ORG | {"id": "o-1"}, "organization.id", "'o-1'", "like o-a1b2c3d4e5"),
    "an account in two units": ("organization", org(a={"accounts": ["222222222222"]}),
        "organization.units.a.accounts[0]", "'222222222222'", "each account once; it is in the root"),
    "a parent that is none": ("organization", org(a={"parent": "b"}), "organization.units.a.parent", "'b'",
        "another organizational unit, of which there are none"),
    "units that are under each other": ("organization", org(**LOOP), "organization.units.a.parent", "'b'",
        "a unit at most 5 levels below the root"),
    "units too deep": ("organization", org(**IN_ORDER), "organization.units.u5.parent", "'u4'",
        "a unit at most 5 levels below the root"),
    "a unit of another root": ("organization", org(a={"id": "ou-zz99-11111111"}), "organization.units.a.id",
        "'ou-zz99-11111111'", "an id that begins with ou-ab12-, because the root is r-ab12"),
    "two units with an id": ("organization", org(a={"id": OU}, b={"id": OU}), "organization.units.b.id", repr(OU),
        "another id than that of unit a"),
    "an SCP that is none": ("organization", ORG | {"scps": [BROKEN]}, "organization.scps[0]", "a policy that is none",
        "a policy"),
    "an RCP that is none": ("organization", org(a={"rcps": [BROKEN]}), "organization.units.a.rcps[0]",
        "a policy that is none", "a policy"),
    "a Region that is none": ("region", "us-easy-1", "region", "'us-easy-1'", "a Region, like us-east-1"),
    "a VPC that is too large": (f"{APP}.cidr", "10.0.0.0/8", f"{APP}.cidr", "'10.0.0.0/8'", "/16, the largest"),
    "a subnet that is too small": (f"{APP}.subnets.a2.cidr", "10.0.2.0/29", f"{APP}.subnets.a2.cidr", "'10.0.2.0/29'",
        "/28, the smallest"),
    "a subnet outside its VPC": (f"{APP}.subnets.a2.cidr", "10.9.0.0/24", f"{APP}.subnets.a2.cidr", "'10.9.0.0/24'",
        "a part of the VPC's network, 10.0.0.0/16"),
    "overlapping subnets": (f"{APP}.subnets.a2.cidr", "10.0.1.128/25", f"{APP}.subnets.a2.cidr", "'10.0.1.128/25'",
        "a network that does not overlap that of subnet a, 10.0.1.0/24"),
    "a zone that is none": (f"{APP}.subnets.a2.availability_zone", "us-east-9b", f"{APP}.subnets.a2.availability_zone",
        "'us-east-9b'", "us-east-1a, us-east-1b, us-east-1c, us-east-1d, us-east-1e, us-east-1f"),
    "a group with a reserved name": (f"{APP}.security_groups.default", {}, f"{APP}.security_groups.default",
        "the name 'default'", "a name other than default"),
    "the same rule twice": (f"{WEB}.ingress", ALLOW_ALL, f"{WEB}.ingress[1]", "the same as [0]", "each rule once"),
    "a prefix list that is none": (f"{WEB}.egress", [{"prefix_list": "sqs"}], f"{WEB}.egress[0].prefix_list", "'sqs'",
        "dynamodb, s3"),
    "a service that is none": (f"{SQS}.service", "sqss", f"{SQS}.service", "'sqss'",
        "endpoints in us-east-1, like sqs"),
    "a type that is not offered": (SQS, {"type": "Gateway", "service": "sqs"}, f"{SQS}.type", "'Gateway'",
        "Interface, which sqs is offered for"),
    "two subnets in a zone": (f"{SQS}.subnets", ["a", "a2"], f"{SQS}.subnets[1]", "'a2'",
        "one subnet of a zone; a is in us-east-1a too"),
    "private DNS without DNS": (f"{APP}.enable_dns_hostnames", False, f"{SQS}.private_dns", "true", "false, or a VPC"),
    "private DNS of a service without": (f"{SQS}.service", "s3-global.accesspoint", f"{SQS}.service",
        "'s3-global.accesspoint'", "a service"),
    "a private name twice": (f"{APP}.endpoints.more", {"type": "Interface", "service": "sqs", "private_dns": True},
        f"{APP}.endpoints.more.private_dns", "true", "false: endpoint sqs has"),
    "a route to a service twice": (f"{APP}.endpoints.more", {"type": "Gateway", "service": "s3",
        "route_tables": ["table"]}, f"{APP}.endpoints.more.route_tables[0]", "'table'", "endpoint s3 has no route"),
    "a policy that is none": (f"{S3}.policy", BROKEN, f"{S3}.policy", "a policy that is none", "vpce policy check"),
    "an access key's policy that is none": ("credentials", [KEY | {"policies": [BROKEN]}], "credentials[0].policies[0]",
        "a policy that is none", "vpce policy check"),
    "an access key twice": ("credentials", [KEY, KEY], "credentials[1].access_key_id",
        "'AKIAIOSFODNN7EXAMPLE'", "each access key once"),
    "a reserved address": ("clients.one.address", "10.0.1.3", "clients.one.address", "'10.0.1.3'",
        "10.0.1.4 to 10.0.1.254"),
    "an address of another subnet": ("clients.one.address", "10.0.2.9", "clients.one.address", "'10.0.2.9'",
        "an address of subnet a, 10.0.1.0/24"),
    "an address twice": ("clients.two", {"subnet": "a", "address": "10.0.1.10"}, "clients.two.address", "'10.0.1.10'",
        "another address than that of client one"),
    "a host elsewhere": ("clients.desk.address", "192.168.9.1", "clients.desk.address", "'192.168.9.1'",
        "an address of network office"),
    "a host's address twice": ("clients.till", {"network": "office", "address": "192.168.0.1"}, "clients.till.address",
        "'192.168.0.1'", "another address than that of client desk"),
    "an attached network over the VPC": ("attached_networks.office.cidr", "10.0.0.0/8", "attached_networks.office.cidr",
        "'10.0.0.0/8'", "does not overlap that of VPC app, 10.0.0.0/16"),
    "attached networks over each other": ("attached_networks.depot", {"cidr": "192.168.0.0/24", "vpc": "app"},
        "attached_networks.depot.cidr", "'192.168.0.0/24'", "does not overlap that of office"),
    "a route to the VPC itself": (ROUTES, [{"destination": "10.0.0.0/16", "target": "internet_gateway"}],
        f"{ROUTES}[0].destination", "'10.0.0.0/16'", "whose route is local"),
    "a route to an attached network": (ROUTES, [{"destination": "192.168.0.0/30", "target": "internet_gateway"}],
        f"{ROUTES}[0].destination", "'192.168.0.0/30'", "whose route is there by itself"),
    "a destination twice": (ROUTES, [{"destination": "0.0.0.0/0", "target": "internet_gateway"}] * 2,
        f"{ROUTES}[1].destination", "'0.0.0.0/0'", "each destination once"),
    "a peering of one VPC": ("peerings", {"p": {"vpcs": ["app", "app"]}}, "peerings.p.vpcs",
        "app (10.0.0.0/16) and app", "two VPCs whose networks do not overlap"),
    "a VPC twice on a transit gateway": ("transit_gateways", {"core": {"vpcs": ["app", "app"]}},
        "transit_gateways.core.vpcs[1]", "'app'", "each VPC once"),
    "a fault rule with the name of one that is added": ("faults", {"fault-1": {"reset": True}}, "faults.fault-1",
        "the name 'fault-1'", "a name that does not begin with fault-"),
    "a fault rule about an endpoint that is none": ("faults", {"slow": {"latency": 1, "endpoint": "sqss"}},
        "faults.slow.endpoint", "'sqss'", "an endpoint: s3, sqs"),
    "a fault rule that does nothing": ("faults", {"slow": {"client": "one"}}, "faults.slow", "{", "at least one of"),
    "a fault rule's rate that is none": ("faults", {"slow": {"latency": 1, "rate": 2}}, "faults.slow.rate", "2",
        "more than 0, up to 1"),
    "a VPC without a subnet on a transit gateway": ("transit_gateways", {"core": {"vpcs": ["bare"]}},
        "transit_gateways.core.vpcs[0]", "'bare'", "a VPC with a subnet"),
}  # fmt: skip


def edited(path, value):
    content = yaml.safe_load(BASE)
    content["vpcs"]["bare"] = {"cidr": "10.7.0.0/16"}
    *above, last = path.split(".")
    inner = content
    for name in above:
        inner = inner.setdefault(name, {})
    inner[last] = value
    return content


@pytest.mark.parametrize(("where", "value", "path", "found", "allowed"), MISTAKES.values(), ids=MISTAKES)
def test_what_ec2_would_refuse_is_named_with_what_is_allowed(where, value, path, found, allowed):
    with pytest.raises(TopologyFileError) as refusal:
        parse_topology(yaml.safe_dump(edited(where, value), sort_keys=False), source="vpce.yaml")
    problems = {problem.path: problem for problem in refusal.value.problems}
    assert path in problems, problems
    assert found in problems[path].found
    assert allowed in problems[path].allowed
    assert problems[path].line


def test_the_file_that_the_mistakes_are_made_in_has_none():
    assert parse_topology(BASE).clients.keys() == {"one", "desk"}


def test_a_network_that_is_full_of_hosts_takes_no_more():
    content = edited("clients.second", {"network": "office"})
    assert parse_topology(content)
    content["clients"]["third"] = {"network": "office"}
    with pytest.raises(
        TopologyFileError, match=r"clients\.third\.network: found 'office'; allowed: a network with room"
    ):
        parse_topology(content)


# One of each number of zones, and those whose letters have gaps.
@pytest.mark.parametrize(
    "region", ["us-east-1", "us-west-1", "us-west-2", "eu-west-1", "ap-northeast-1", "ca-central-1"]
)
def test_the_zones_of_a_region_are_those_that_ec2_describes(region):
    ec2 = EmbeddedBackend().client("ec2", region=region, account_id="123456789012")
    assert {each["RegionName"] for each in ec2.describe_regions()["Regions"]} == set(REGIONS)
    described = ec2.describe_availability_zones()["AvailabilityZones"]
    assert tuple(each["ZoneName"] for each in described) == zones_of_region(region)
