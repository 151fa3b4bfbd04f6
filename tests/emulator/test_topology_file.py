"""A topology file is read whole or refused with the field's path, what was found, and what is allowed."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from vpce_emulator.topology_reading import DEFAULT_TOPOLOGY, TopologyFileError, load_topology, parse_topology

VPC = "vpcs:\n  app:\n    cidr: 10.0.0.0/16\n"

REFUSED = {
    "an unknown field": (
        VPC + "    cdir: 1\n",
        4,
        "vpcs.app.cdir",
        "the unknown field 'cdir'",
        "cidr, enable_dns_support,",
    ),
    "a missing field": ("vpcs:\n  app: {}\n", 2, "vpcs.app.cidr", "nothing", "an IPv4 network"),
    "host bits": ("vpcs:\n  app: {cidr: 10.0.0.1/16}\n", 2, "vpcs.app.cidr", "'10.0.0.1/16'", "no host bits set"),
    "a region that is none": ("region: home\n", 1, "region", "'home'", "like us-east-1"),
    "an account without quotes": ("account: 123456789012\n", 1, "account", "123456789012", "twelve digits, in quotes"),
    "a wrong endpoint type": (
        VPC + "    endpoints:\n      s3: {service: s3, type: gateway}\n",
        5,
        "vpcs.app.endpoints.s3.type",
        "'gateway'",
        "'Gateway' or 'Interface'",
    ),
    "a gateway endpoint with subnets": (
        VPC + "    endpoints:\n      s3: {service: s3, type: Gateway, subnets: [a]}\n",
        5,
        "vpcs.app.endpoints.s3",
        '{"service"',
        "no subnets on a Gateway endpoint",
    ),
    "an unknown subnet": (
        "clients:\n  a: {subnet: b}\n",
        2,
        "clients.a.subnet",
        "'b'",
        "a subnet, of which there are no",
    ),
    "an unknown route table": (
        VPC + "    route_tables: {x: {}}\n    endpoints:\n      s3: {service: s3, type: Gateway, route_tables: [y]}\n",
        6,
        "vpcs.app.endpoints.s3.route_tables[0]",
        "'y'",
        "a route table of this VPC: x",
    ),
    "a rule with two peers": (
        VPC + "    security_groups:\n      x: {ingress: [{cidr: 0.0.0.0/0, prefix_list: s3}]}\n",
        5,
        "vpcs.app.security_groups.x.ingress[0]",
        '{"cidr"',
        "exactly one of cidr, security_group and prefix_list",
    ),
    "a port that is none": (
        VPC + "    security_groups:\n      x: {ingress: [{cidr: 0.0.0.0/0, port: 65536}]}\n",
        5,
        "vpcs.app.security_groups.x.ingress[0]",
        '{"cidr"',
        "a port from 0 to 65535",
    ),
    "a name that is none": ("vpcs:\n  a b: {cidr: 10.0.0.0/16}\n", 2, "vpcs", "the name 'a b'", "letters, digits"),
    "the same field twice": ("region: us-east-1\nregion: us-east-2\n", 2, "region", "the same field twice", "once"),
    "no YAML": ("vpcs: [\n", 2, "the file", "expected the node content", "YAML"),
    "a list": ("- 1\n", 1, "the file", "[1]", "a valid dictionary"),
    "a principal that is none": (
        "credentials:\n- {access_key_id: AKIAIOSFODNN7EXAMPLE, principal: bob, policies: []}\n",
        2,
        "credentials[0].principal",
        "'bob'",
        "the ARN of root, a user, or a session",
    ),
    "a user whose policies are not said": (
        "credentials:\n- {access_key_id: AKIAIOSFODNN7EXAMPLE, principal: 'arn:aws:iam::123456789012:user/bob'}\n",
        2,
        "credentials[0]",
        "{",
        "`policies`",
    ),
    "an unknown managed policy": (
        "credentials:\n- access_key_id: AKIAIOSFODNN7EXAMPLE\n"
        "  principal: arn:aws:iam::123456789012:user/bob\n  policies: [PowerUser]\n",
        4,
        "credentials[0].policies[0]",
        "'PowerUser'",
        "'AdministratorAccess'",
    ),
    "a policy file that is not there": (
        VPC + "    endpoints:\n      s3: {service: s3, type: Gateway, policy_file: nosuch.json}\n",
        5,
        "vpcs.app.endpoints.s3.policy_file",
        "'nosuch.json' (No such file or directory)",
        "the path of a JSON file",
    ),
    "two subnets of one name": (
        "vpcs:\n"
        "  a: {cidr: 10.0.0.0/16, subnets: {x: {cidr: 10.0.0.0/24, availability_zone: us-east-1a}}}\n"
        "  b: {cidr: 10.1.0.0/16, subnets: {x: {cidr: 10.1.0.0/24, availability_zone: us-east-1a}}}\n",
        1,
        "the file",
        '{"vpcs"',
        "subnet names that are unique in the whole file; 'x' is there twice",
    ),
}


@pytest.mark.parametrize(("text", "line", "path", "found", "allowed"), REFUSED.values(), ids=REFUSED.keys())
def test_a_mistake_is_named_with_line_path_finding_and_what_is_allowed(text, line, path, found, allowed):
    with pytest.raises(TopologyFileError) as refusal:
        parse_topology(text, source="vpce.yaml")
    message = str(refusal.value)
    assert message.startswith(f"vpce.yaml:{line}: {path}: found {found}"), message
    assert allowed in message.partition("; allowed: ")[2], message


def test_every_mistake_of_a_file_is_named_at_once():
    with pytest.raises(TopologyFileError) as refusal:
        parse_topology("region: home\naccount: mine\n")
    assert [problem.path for problem in refusal.value.problems] == ["region", "account"]


def test_the_built_in_topology_has_the_endpoints_and_clients_that_the_readme_shows():
    topology = load_topology(None)
    endpoints = {name: (e.type, e.service) for name, e in topology.vpcs["app"].endpoints.items()}
    assert endpoints == {
        "s3": ("Gateway", "s3"),
        "dynamodb": ("Gateway", "dynamodb"),
        "s3-interface": ("Interface", "s3"),
        "sqs": ("Interface", "sqs"),
    }
    assert list(topology.clients) == ["private-a", "private-b", "isolated"]


def test_a_mapping_is_read_like_a_file():
    assert parse_topology(yaml.safe_load(DEFAULT_TOPOLOGY)) == load_topology(None)


def test_a_policys_version_is_text_with_quotes_or_without():
    statement = "{Effect: Allow, Principal: '*', Action: '*', Resource: '*'}"
    policy = f"        policy: {{Version: 2012-10-17, Statement: [{statement}]}}\n"
    text = VPC + "    endpoints:\n      s3:\n        service: s3\n        type: Gateway\n" + policy
    read = parse_topology(text).vpcs["app"].endpoints["s3"].policy
    assert read is not None
    assert read["Version"] == "2012-10-17"


def test_a_policy_file_is_read_from_beside_the_topology_file(tmp_path: Path):
    policy = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}
    (tmp_path / "policy.json").write_text(json.dumps(policy))
    file = tmp_path / "vpce.yaml"
    file.write_text(VPC + "    endpoints:\n      s3: {service: s3, type: Gateway, policy_file: policy.json}\n")
    assert load_topology(file).vpcs["app"].endpoints["s3"].policy == policy


def test_a_file_that_is_not_there_says_how_to_make_one(tmp_path: Path):
    with pytest.raises(TopologyFileError, match="`vpce topology init` writes one"):
        load_topology(tmp_path / "vpce.yaml")


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
topology_like = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("region", "account", "vpcs", "clients", "credentials"), json_like)
    | {"vpcs": st.dictionaries(st.sampled_from(["app", "b c"]), json_like, max_size=2)},
)


@given(topology_like | json_like)
def test_whatever_is_given_is_read_or_refused(data):
    try:
        parse_topology(data)
    except TopologyFileError as error:
        assert error.problems


@given(st.text(alphabet="vpcs: app{}[]-&*!|>'\"#\n\t,region", max_size=60))
def test_whatever_text_is_given_is_read_or_refused(text):
    try:
        parse_topology(text)
    except TopologyFileError as error:
        assert error.problems
