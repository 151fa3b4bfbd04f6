"""What leads from one topology file to another: made, changed, replaced, deleted, or kept until the next start."""

import copy

import pytest
import yaml

from vpce_emulator.topology_difference import difference, section_at, with_section
from vpce_emulator.topology_reading import DEFAULT_TOPOLOGY, parse_topology

APP = ("vpcs", "app")


def edited(path, value):
    """Return the built-in topology's content with another value at a path; None takes it away."""
    content = copy.deepcopy(yaml.safe_load(DEFAULT_TOPOLOGY))
    *above, last = path
    inner = content
    for name in above:
        inner = inner.setdefault(name, {})
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return parse_topology(content)


OLD = parse_topology(DEFAULT_TOPOLOGY)
SUBNET = {"cidr": "10.0.9.0/24", "availability_zone": "us-east-1c"}
KEY = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "principal": "arn:aws:iam::123456789012:root"}


@pytest.mark.parametrize(
    ("path", "value", "lines"),
    [
        ((*APP, "endpoints", "sqs"), None, ["- endpoint sqs"]),
        ((*APP, "endpoints", "kms"), {"type": "Interface", "service": "kms"}, ["+ endpoint kms"]),
        ((*APP, "endpoints", "s3", "policy"), {"Statement": []}, ["~ policy of endpoint s3"]),
        ((*APP, "endpoints", "sqs", "subnets"), ["private-a"], ["~ subnets of endpoint sqs"]),
        ((*APP, "endpoints", "sqs", "service"), "sns", ["± service of endpoint sqs"]),
        ((*APP, "endpoints", "s3", "id"), "vpce-0a1b2c3d", ["± id of endpoint s3"]),
        ((*APP, "subnets", "new"), SUBNET, ["+ subnet new"]),
        ((*APP, "subnets", "private-a", "route_table"), "isolated", ["~ route_table of subnet private-a"]),
        (
            (*APP, "subnets", "private-a", "cidr"),
            "10.0.7.0/24",
            [
                "! cidr of subnet private-a stays as it was: the file names it elsewhere, "
                "and it would have to be replaced"
            ],
        ),
        ((*APP, "cidr"), "10.0.0.0/8", ["! cidr of VPC app stays as it was: it takes effect at the next start"]),
        ((*APP, "enable_dns_hostnames"), False, ["~ enable_dns_hostnames of VPC app"]),
        ((*APP, "security_groups", "app", "egress"), [], ["~ egress of security group app"]),
        ((*APP, "route_tables", "spare"), {}, ["+ route table spare"]),
        (
            (*APP, "nat_gateways"),
            {"out": {"subnet": "isolated"}},
            ["! NAT gateway out stays as it was: it takes effect at the next start"],
        ),
        (("vpcs", "other"), {"cidr": "10.1.0.0/16", "subnets": {"there": SUBNET}}, ["+ VPC other"]),
        (("clients", "isolated"), None, ["- client isolated"]),
        (("clients", "private-a", "address"), "10.0.1.99", ["± address of client private-a"]),
        (("clients", "private-a", "security_groups"), [], ["~ security_groups of client private-a"]),
        (("credentials",), [KEY], ["+ access key AKIAIOSFODNN7EXAMPLE"]),
        (("region",), "eu-west-1", ["! region stays as it was: it takes effect at the next start"]),
        (("account",), "123456789012", []),
    ],
)
def test_each_edit_leads_to_what_its_field_allows(path, value, lines):
    assert [str(change) for change in difference(OLD, edited(path, value)).changes] == lines


def test_what_is_kept_is_in_the_target_as_it_was_and_the_rest_as_it_is():
    new = edited((*APP, "subnets", "private-a"), {"cidr": "10.0.7.0/24", "availability_zone": "us-east-1a"})
    found = difference(OLD, new)
    assert [change.verb.value for change in found.changes] == ["!", "~"]
    subnet = found.target.vpcs["app"].subnets["private-a"]
    assert (str(subnet.cidr), subnet.route_table) == ("10.0.1.0/24", None)


def test_a_subnet_that_nothing_is_in_is_replaced():
    first = edited((*APP, "subnets", "new"), SUBNET)
    second = edited((*APP, "subnets", "new"), SUBNET | {"cidr": "10.0.10.0/24"})
    assert [str(change) for change in difference(first, second).changes] == ["± cidr of subnet new"]


def test_there_is_no_difference_between_a_file_and_itself():
    assert difference(OLD, parse_topology(DEFAULT_TOPOLOGY)).changes == ()


@pytest.mark.parametrize("path", [(*APP, "endpoints", "sqs"), ("clients", "isolated"), APP])
def test_a_section_is_taken_out_and_put_back(path):
    section = section_at(OLD, path)
    without = with_section(OLD, path, None)
    assert section_at(without, path) is None
    assert with_section(without, path, section) == OLD
