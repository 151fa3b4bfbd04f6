"""What leads from one topology file to another: made, changed, made anew, deleted, or kept until the next start."""

import copy
from ipaddress import IPv4Network

import pytest
import yaml

from vpce_emulator.topology_difference import difference, section_at, with_section
from vpce_emulator.topology_reading import DEFAULT_TOPOLOGY, parse_topology

APP = ("vpcs", "app")


def edited(*paths_and_values):
    """Return the built-in topology with other values at paths; None takes away what is there."""
    content = copy.deepcopy(yaml.safe_load(DEFAULT_TOPOLOGY))
    for path, value in zip(paths_and_values[::2], paths_and_values[1::2], strict=True):
        *above, last = path
        inner = content
        for name in above:
            inner = inner.setdefault(name, {})
        if value is None:
            del inner[last]
        else:
            inner[last] = value
    return parse_topology(content)


def moved(topology, subnet, cidr):
    """Return the VPCs of a topology, a subnet being elsewhere."""
    app = topology.vpcs["app"]
    section = app.subnets[subnet].model_copy(update={"cidr": IPv4Network(cidr)})
    return {"app": app.model_copy(update={"subnets": {**app.subnets, subnet: section}})}


OLD = parse_topology(DEFAULT_TOPOLOGY)
POLICY = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
SUBNET = {"cidr": "10.0.9.0/24", "availability_zone": "us-east-1c"}
KEY = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "principal": "arn:aws:iam::123456789012:root"}


@pytest.mark.parametrize(
    ("path", "value", "lines"),
    [
        ((*APP, "endpoints", "sqs"), None, ["- endpoint sqs"]),
        ((*APP, "endpoints", "kms"), {"type": "Interface", "service": "kms"}, ["+ endpoint kms"]),
        ((*APP, "endpoints", "s3", "policy"), POLICY, ["~ policy of endpoint s3"]),
        ((*APP, "endpoints", "sqs", "subnets"), ["private-a"], ["~ subnets of endpoint sqs"]),
        ((*APP, "endpoints", "sqs", "service"), "sns", ["± service of endpoint sqs"]),
        ((*APP, "endpoints", "s3", "id"), "vpce-0a1b2c3d", ["± id of endpoint s3"]),
        ((*APP, "subnets", "new"), SUBNET, ["+ subnet new"]),
        ((*APP, "subnets", "private-a", "route_table"), "isolated", ["~ route_table of subnet private-a"]),
        (
            (*APP, "subnets", "isolated", "availability_zone"),
            "us-east-1c",
            ["± availability_zone of subnet isolated", "± client isolated: subnet isolated is made anew"],
        ),
        (
            (*APP, "cidr"),
            "10.0.0.0/20",
            [
                "± cidr of VPC app",
                "± client private-a: VPC app is made anew",
                "± client private-b: VPC app is made anew",
                "± client isolated: VPC app is made anew",
            ],
        ),
        ((*APP, "security_groups", "app", "ingress"), [], []),
        ((*APP, "security_groups", "app", "egress"), [], ["~ egress of security group app"]),
        ((*APP, "route_tables", "spare"), {}, ["+ route table spare"]),
        ((*APP, "nat_gateways"), {"out": {"subnet": "isolated"}}, ["+ NAT gateway out"]),
        (("vpcs", "other"), {"cidr": "10.0.0.0/16", "subnets": {"there": SUBNET}}, ["+ VPC other"]),
        (("clients", "isolated"), None, ["- client isolated"]),
        (("clients", "private-a", "address"), "10.0.1.99", ["± address of client private-a"]),
        (("clients", "private-a", "security_groups"), [], ["~ security_groups of client private-a"]),
        (("credentials",), [KEY], ["+ access key AKIAIOSFODNN7EXAMPLE"]),
        (("account",), "123456789012", []),
        (("organization",), {"id": "o-a1b2c3d4e5"}, ["+ organization o-a1b2c3d4e5"]),
    ],
)
def test_each_edit_leads_to_what_its_field_allows(path, value, lines):
    assert [str(change) for change in difference(OLD, edited(path, value)).changes] == lines


def test_a_vpcs_attributes_change_in_place():
    new = OLD.model_copy(update={"vpcs": {"app": OLD.vpcs["app"].model_copy(update={"enable_dns_hostnames": False})}})
    assert [str(change) for change in difference(OLD, new).changes] == ["~ enable_dns_hostnames of VPC app"]


def test_a_region_waits_for_the_next_start_and_the_rest_does_not():
    found = difference(OLD, OLD.model_copy(update={"region": "eu-west-1", "clients": {}}))
    told = "! region stays as it was: everything is in it, so that it takes effect at the next start"
    assert [str(change) for change in found.changes][:2] == [told, "- client private-a"]
    assert (found.target.region, found.target.clients) == ("us-east-1", {})


def test_between_two_files_is_neither_what_goes_nor_what_refers_to_it():
    nat = {"nat": {"subnet": "private-a"}}
    routes = [{"destination": "0.0.0.0/0", "target": "nat"}]
    old = edited((*APP, "nat_gateways"), nat, (*APP, "route_tables", "isolated"), {"routes": routes})
    found = difference(old, old.model_copy(update={"vpcs": moved(old, "private-a", "10.0.7.0/24")}))
    between = found.between.vpcs["app"]
    assert (set(between.subnets), set(between.nat_gateways)) == ({"private-b", "isolated"}, set())
    assert between.route_tables["isolated"].routes == ()
    assert between.endpoints["sqs"].subnets == ("private-b",)
    assert "private-a" not in found.between.clients
    assert found.target.vpcs["app"].route_tables == old.vpcs["app"].route_tables


def test_an_endpoint_none_of_whose_subnets_stays_is_made_anew():
    content = edited((*APP, "endpoints", "sqs", "subnets"), ["private-a"])
    found = difference(content, content.model_copy(update={"vpcs": moved(content, "private-a", "10.0.7.0/24")}))
    assert "± endpoint sqs: none of its subnets stays" in map(str, found.changes)
    assert "sqs" not in found.between.vpcs["app"].endpoints


def test_there_is_no_difference_between_a_file_and_itself():
    assert difference(OLD, parse_topology(DEFAULT_TOPOLOGY)).changes == ()


@pytest.mark.parametrize("path", [(*APP, "endpoints", "sqs"), ("clients", "isolated"), APP])
def test_a_section_is_taken_out_and_put_back(path):
    section = section_at(OLD, path)
    without = with_section(OLD, path, None)
    assert section_at(without, path) is None
    assert with_section(without, path, section) == OLD
