"""Editing the topology file while `vpce up` runs: what follows, what stays, and what is said."""

import asyncio
import json
import time

import boto3
import pytest
from botocore.exceptions import ClientError

from vpce_emulator.app import Emulator
from vpce_emulator.config import Settings
from vpce_emulator.process import EmulatorProcess
from vpce_emulator.testing import Vpce
from vpce_emulator.topology_reading import DEFAULT_TOPOLOGY, parse_topology

# A laptop under load takes up an edit late.
PATIENCE = 60
SQS = "      sqs: { type: Interface, service: sqs, subnets: [private-a], security_groups: [endpoints] }\n"


class Edited:
    """A running emulator, and its topology file."""

    def __init__(self, process, file):
        self.process, self.file, self.vpce = process, file, Vpce(process)

    def edit(self, text, said):
        """Write the file, and return what was printed once something of it was."""
        before = len(self.process.log())
        self.file.write_text(text)
        until = time.monotonic() + PATIENCE
        while said not in self.process.log()[before:]:
            assert time.monotonic() < until, self.process.log()[before:]
            time.sleep(0.05)
        return self.process.log()[before:]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    directory = tmp_path_factory.mktemp("topology")
    file = directory / "vpce.yaml"
    file.write_text(DEFAULT_TOPOLOGY)
    with EmulatorProcess(file) as process:
        yield Edited(process, file)


@pytest.fixture
def edited(running):
    """The emulator with the built-in topology in its file and no data."""
    if running.file.read_text() != DEFAULT_TOPOLOGY:
        # What the file says then may be the network already, of which nothing would be printed.
        running.edit("# nothing yet\n", "is not followed")
        running.edit(DEFAULT_TOPOLOGY, "is followed again")
    running.vpce.reset()
    return running


def test_a_client_whose_address_was_another_one_for_a_while_has_its_name_after_a_reset_too(edited):
    elsewhere = DEFAULT_TOPOLOGY.replace("10.0.3.10", "10.0.3.11")
    assert elsewhere != DEFAULT_TOPOLOGY
    edited.edit(elsewhere, "client isolated")
    edited.edit(DEFAULT_TOPOLOGY, "client isolated")
    edited.vpce.reset()
    assert list(edited.vpce.listing["clients"]) == ["private-a", "private-b", "isolated"]
    assert str(edited.vpce.path("s3", at="isolated").source_address) == "10.0.3.10"


def test_a_replacement_that_is_refused_leaves_what_was_there(edited):
    before, ec2 = edited.vpce.endpoint("sqs"), edited.vpce.client("ec2")
    name = "com.amazonaws.us-east-1.sns"
    vpc = edited.vpce.listing["endpoints"]["sqs"]["vpc_id"]
    made = ec2.create_vpc_endpoint(VpcEndpointType="Interface", ServiceName=name, VpcId=vpc, PrivateDnsEnabled=True)
    said = edited.edit(DEFAULT_TOPOLOGY.replace("service: sqs", "service: sns"), "! endpoint sqs: ")
    assert "conflicting DNS domain for sns.us-east-1.amazonaws.com" in said
    assert edited.vpce.endpoint("sqs") == before
    edited.vpce.client("sqs", at="private-a").list_queues()
    assert edited.vpce.decisions()[-1]["endpoint"] == before.id
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpoint"]["VpcEndpointId"]])
    # What was refused is tried again at the next edit.
    edited.edit(DEFAULT_TOPOLOGY.replace("service: sqs", "service: sns") + "\n", "± service of endpoint sqs")
    assert edited.vpce.endpoint("sqs").service.endswith(".sns")


def test_what_is_added_changed_and_taken_away_takes_effect_and_data_and_what_the_api_made_stays(edited):
    vpce = edited.vpce
    vpce.client("s3").create_bucket(Bucket="data")
    ec2 = vpce.client("ec2")
    made = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    policy = json.dumps({"Statement": [statement]})
    text = DEFAULT_TOPOLOGY.replace(
        "s3: { type: Gateway, service: s3, route_tables: [private] }",
        f"s3: {{ type: Gateway, service: s3, route_tables: [private], policy: {policy} }}",
    )
    text = text.replace("      dynamodb: { type: Gateway, service: dynamodb, route_tables: [private] }\n", "")
    text = text.replace("clients:\n", "clients:\n  newcomer: { subnet: private-b }\n")
    said = edited.edit(text, "+ client newcomer")
    for line in ("~ policy of endpoint s3", "- endpoint dynamodb", "+ client newcomer"):
        assert line in said
    with vpce.denied(by="vpc_endpoint"):
        vpce.client("s3", at="newcomer").list_buckets()
    assert "dynamodb" not in vpce.listing["endpoints"]
    assert [bucket["Name"] for bucket in vpce.client("s3").list_buckets()["Buckets"]] == ["data"]
    assert made in vpce.listing["dns"]
    # A reset forgets what the API made, and leaves the network as the file is now.
    vpce.reset()
    assert made not in vpce.listing["dns"]
    assert "newcomer" in vpce.listing["clients"]
    assert "dynamodb" not in vpce.listing["endpoints"]


def test_what_was_deleted_through_the_api_is_taken_out_of_the_file_and_comes_back_with_it(edited):
    ec2 = edited.vpce.client("ec2")
    here = [{"Name": "private-ip-address", "Values": ["10.0.3.10"]}]
    (interface,) = ec2.describe_network_interfaces(Filters=here)["NetworkInterfaces"]
    ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
    assert "isolated" not in edited.vpce.listing["clients"]
    moved = DEFAULT_TOPOLOGY.replace("10.0.3.10", "10.0.3.11")
    assert "!" not in edited.edit(moved, "± address of client isolated")
    assert str(edited.vpce.path("sqs", at="isolated").source_address) == "10.0.3.11"
    here[0]["Values"] = ["10.0.3.11"]
    (interface,) = ec2.describe_network_interfaces(Filters=here)["NetworkInterfaces"]
    ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
    ec2.delete_subnet(SubnetId=interface["SubnetId"])
    lines = DEFAULT_TOPOLOGY.splitlines(keepends=True)
    without = "".join(line for line in lines if not line.strip().startswith("isolated: { "))
    assert "!" not in edited.edit(without, "- client isolated")
    assert "!" not in edited.edit(DEFAULT_TOPOLOGY, "+ client isolated")
    assert edited.vpce.path("sqs", at="isolated").kind == "interface"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[edited.vpce.endpoint("sqs").id])
    public = DEFAULT_TOPOLOGY.replace("private_dns: true", "private_dns: false")
    assert "!" not in edited.edit(public, "± endpoint sqs: it was deleted")
    assert "sqs" in edited.vpce.listing["endpoints"]
    edited.edit(DEFAULT_TOPOLOGY, "~ private_dns of endpoint sqs")


def test_a_file_that_is_broken_changes_nothing_and_says_what_is_wrong_where(edited):
    said = edited.edit(DEFAULT_TOPOLOGY.replace("type: Gateway", "type: Gatewy", 1), "is not followed")
    assert "vpcs.app.endpoints.s3.type: found 'Gatewy'; allowed: 'Gateway' or 'Interface'" in said
    assert f"{edited.file}:" in said
    assert "s3" in edited.vpce.listing["endpoints"]


def test_an_endpoint_moves_to_other_subnets_and_groups_and_rules_are_followed(edited):
    vpce = edited.vpce
    begin, _, rest = DEFAULT_TOPOLOGY.partition("      sqs:\n")
    text = begin + SQS + "\nclients:" + rest.partition("clients:")[2]
    said = edited.edit(text, "of endpoint sqs")
    assert "~ private_dns, subnets of endpoint sqs" in said
    assert len(vpce.endpoint("sqs").addresses) == 1
    assert vpce.path("sqs", at="private-a").kind == "blocked"
    text = DEFAULT_TOPOLOGY.replace("ingress: [{ protocol: tcp, port: 443, cidr: 10.0.0.0/16 }]", "ingress: []")
    edited.edit(text, "~ ingress of security group endpoints")
    with vpce.denied(by="network"):
        vpce.client("sqs", at="private-a").list_queues()
    edited.edit(DEFAULT_TOPOLOGY, "~ ingress of security group endpoints")
    vpce.client("sqs", at="private-a").list_queues()


def test_a_vpc_comes_with_everything_in_it_and_goes(edited):
    more = (
        "vpcs:\n"
        "  lab:\n"
        "    cidr: 10.7.0.0/16\n"
        "    subnets: { bench: { cidr: 10.7.1.0/24, availability_zone: us-east-1a, route_table: lab } }\n"
        "    route_tables: { lab: { routes: [{ destination: 0.0.0.0/0, target: internet_gateway }] } }\n"
        "    security_groups: { lab: {} }\n"
        "    endpoints: { lab-s3: { type: Gateway, service: s3, route_tables: [lab] } }\n"
    )
    text = DEFAULT_TOPOLOGY.replace("vpcs:\n", more).replace(
        "clients:\n", "clients:\n  bench: { subnet: bench, security_groups: [lab] }\n"
    )
    said = edited.edit(text, "+ client bench")
    assert "+ VPC lab" in said
    assert edited.vpce.path("s3", at="bench").endpoint == edited.vpce.endpoint("lab-s3").id
    said = edited.edit(DEFAULT_TOPOLOGY, "- VPC lab")
    assert "! VPC lab" not in said
    assert "bench" not in edited.vpce.listing["clients"]


def test_routes_and_subnets_change_in_place(edited):
    to_gateway = "isolated: { routes: [{ destination: 0.0.0.0/0, target: internet_gateway }] }"
    text = DEFAULT_TOPOLOGY.replace("      isolated: {}\n", f"      {to_gateway}\n")
    edited.edit(text, "~ routes of route table isolated")
    assert "has no public address" in edited.vpce.path("s3", at="isolated").reason
    text = DEFAULT_TOPOLOGY.replace("us-east-1a, route_table: isolated }", "us-east-1a, route_table: private }")
    said = edited.edit(text, "~ route_table of subnet isolated")
    assert "~ routes of route table isolated" in said
    assert edited.vpce.path("s3", at="isolated").kind == "gateway"


def test_a_nat_gateway_comes_and_goes_with_the_way_to_the_internet(edited):
    assert edited.vpce.path("sns", at="isolated").kind == "blocked"
    nat = (
        "    nat_gateways: { out: { subnet: private-b } }\n"
        "    route_tables:\n"
        "      public: { routes: [{ destination: 0.0.0.0/0, target: internet_gateway }] }\n"
    )
    text = DEFAULT_TOPOLOGY.replace("    route_tables:\n", nat, 1)
    text = text.replace("us-east-1b, route_table: private }", "us-east-1b, route_table: public }")
    text = text.replace("isolated: {}", "isolated: { routes: [{ destination: 0.0.0.0/0, target: out }] }")
    said = edited.edit(text, "+ NAT gateway out")
    assert "!" not in said
    path = edited.vpce.path("sns", at="isolated")
    (address,) = edited.vpce.client("ec2").describe_addresses()["Addresses"]
    assert (path.kind, str(path.source_address)) == ("internet", address["PublicIp"])
    said = edited.edit(DEFAULT_TOPOLOGY, "- NAT gateway out")
    assert "!" not in said
    assert edited.vpce.path("sns", at="isolated").kind == "blocked"
    assert edited.vpce.client("ec2").describe_addresses()["Addresses"] == []


def test_a_vpc_that_a_private_hosted_zone_is_associated_with_stays(edited):
    text = DEFAULT_TOPOLOGY.replace("vpcs:\n", "vpcs:\n  tools: { cidr: 10.8.0.0/16 }\n", 1)
    edited.edit(text, "+ VPC tools")
    (vpc,) = edited.vpce.client("ec2").describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["tools"]}])["Vpcs"]
    home = {"VPCRegion": "us-east-1", "VPCId": vpc["VpcId"]}
    route53 = edited.vpce.client("route53")
    zone = route53.create_hosted_zone(Name="corp.internal", CallerReference="1", VPC=home)["HostedZone"]["Id"]
    said = edited.edit(text.replace("10.8.0.0/16", "10.9.0.0/16"), "! VPC tools: ")
    assert "its association with the private hosted zone corp.internal" in said
    assert edited.vpce.client("ec2").describe_vpcs(VpcIds=[vpc["VpcId"]])["Vpcs"][0]["CidrBlock"] == "10.8.0.0/16"
    route53.delete_hosted_zone(Id=zone)
    edited.edit(text.replace("10.8.0.0/16", "10.7.0.0/16"), "± cidr of VPC tools")


def test_an_empty_file_is_not_taken_for_an_empty_network(edited):
    said = edited.edit("# nothing yet\n", "is not followed")
    assert "found nothing" in said
    assert "s3" in edited.vpce.listing["endpoints"]
    edited.edit(DEFAULT_TOPOLOGY, f"{edited.file} is followed again")


def test_what_ec2_refuses_is_told_and_the_rest_is_done(edited):
    vpc = edited.vpce.listing["endpoints"]["sqs"]["vpc_id"]
    edited.vpce.client("ec2").create_subnet(VpcId=vpc, CidrBlock="10.0.50.0/24")
    clash = "      clash: { cidr: 10.0.50.0/25, availability_zone: us-east-1a }\n"
    text = DEFAULT_TOPOLOGY.replace("    subnets:\n", f"    subnets:\n{clash}", 1)
    text = text.replace("clients:\n", "clients:\n  clash: { subnet: clash }\n")
    text = text.replace("  isolated: { subnet: isolated, security_groups: [app], address: 10.0.3.10 }\n", "")
    said = edited.edit(text, "! subnet clash")
    assert "! subnet clash: vpcs.app.subnets.clash: EC2 answers InvalidSubnet.Conflict" in said
    assert "! client clash: clash, which it needs, is not there" in said
    assert "- client isolated" in said


def test_a_subnet_that_somebodys_instance_is_in_is_not_deleted(edited):
    lonely = "      lonely: { cidr: 10.0.40.0/24, availability_zone: us-east-1a }\n"
    edited.edit(DEFAULT_TOPOLOGY.replace("    subnets:\n", f"    subnets:\n{lonely}", 1), "+ subnet lonely")
    ec2 = edited.vpce.client("ec2")
    (subnet,) = ec2.describe_subnets(Filters=[{"Name": "tag:Name", "Values": ["lonely"]}])["Subnets"]
    interface = ec2.create_network_interface(SubnetId=subnet["SubnetId"])["NetworkInterface"]["NetworkInterfaceId"]
    said = edited.edit(DEFAULT_TOPOLOGY, "! subnet lonely")
    assert f"is not deleted, because {interface} is in it" in said
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    edited.file.touch()
    edited.edit(DEFAULT_TOPOLOGY + "\n", "- subnet lonely")


def test_fault_rules_of_the_file_are_in_force_as_it_says_and_again_after_a_reset(edited):
    rule = "faults: { busy: { endpoint: s3, throttle: true, %s } }\n"
    edited.edit(DEFAULT_TOPOLOGY + rule % "operation: ListBuckets, service: s3", "+ fault rule busy")
    with pytest.raises(ClientError, match="SlowDown"):
        edited.vpce.client("s3", at="private-a").list_buckets()
    edited.vpce.client("s3", at="private-a").create_bucket(Bucket="data")
    edited.edit(DEFAULT_TOPOLOGY + rule % "count: 1", "~ count, operation, service of fault rule busy")
    edited.vpce.reset()
    (shown,) = edited.process.admin("faults")["faults"]
    assert (shown["id"], shown["count"], shown["hit"]) == ("busy", 1, 0)
    said = edited.edit(DEFAULT_TOPOLOGY + rule % "service: s3, operation: NoSuch", "is not followed")
    assert "faults.busy: s3 has no operation 'NoSuch'" in said
    edited.edit(DEFAULT_TOPOLOGY, "- fault rule busy")
    assert edited.process.admin("faults") == {"faults": []}


def test_policy_files_and_access_keys_are_followed_too(edited):
    policy = edited.file.with_name("policy.json")
    allow = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    policy.write_text(json.dumps({"Statement": [allow]}))
    text = DEFAULT_TOPOLOGY.replace(
        "s3: { type: Gateway, service: s3, route_tables: [private] }",
        "s3: { type: Gateway, service: s3, route_tables: [private], policy_file: policy.json }",
    ).replace(
        "credentials: []",
        "credentials: [{ access_key_id: AKIAALICEALICEALICE1, principal: 'arn:aws:iam::123456789012:user/alice', "
        "policies: [] }]",
    )
    edited.edit(text, "+ access key AKIAALICEALICEALICE1")
    alice = {"aws_access_key_id": "AKIAALICEALICEALICE1"}
    with edited.vpce.denied(by="identity"):
        edited.vpce.client("s3", **alice).list_buckets()
    edited.vpce.client("s3", at="private-a").list_buckets()
    before = len(edited.process.log())
    until = time.monotonic() + PATIENCE
    # The file is watched from the moment on that it was first named.
    while "~ policy of endpoint s3" not in edited.process.log()[before:]:
        assert time.monotonic() < until
        policy.write_text(json.dumps({"Statement": [allow | {"Effect": "Deny"}]}))
        time.sleep(0.2)
    with edited.vpce.denied(by="vpc_endpoint"):
        edited.vpce.client("s3", at="private-a").list_buckets()


def test_without_reload_an_edit_waits_for_the_next_start(tmp_path):
    file = tmp_path / "vpce.yaml"
    file.write_text(DEFAULT_TOPOLOGY)
    with EmulatorProcess(file, "--no-reload") as process:
        file.write_text("{}")
        assert set(process.admin("endpoints")["endpoints"]) == {"s3", "dynamodb", "s3-interface", "sqs"}
        assert process.log() == ""


def test_what_is_made_while_a_reset_follows_an_edit_is_gone_after_the_next_one():
    more = "  desk: { subnet: private-b }\n"
    edit = parse_topology(DEFAULT_TOPOLOGY.replace("clients:\n", f"clients:\n{more}", 1))

    async def left():
        async with Emulator(settings=Settings(port=0, dns_port=0)) as emulator:
            url = emulator.listing()["internet"]
            ec2 = boto3.client(
                "ec2",
                endpoint_url=url,
                region_name="us-east-1",
                aws_access_key_id="x",
                aws_secret_access_key="x",
            )
            vpc_id = emulator.listing()["endpoints"]["sqs"]["vpc_id"]
            names = [f"com.amazonaws.us-east-1.{each}" for each in ("sns", "kms", "logs", "ssm")]

            def make():
                for name in names:
                    ec2.create_vpc_endpoint(VpcEndpointType="Interface", VpcId=vpc_id, ServiceName=name)
                    ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc_id)

            await emulator.change_topology(edit)
            makers = asyncio.create_task(asyncio.to_thread(make))
            await asyncio.sleep(0.05)
            await emulator.reset()
            await makers
            await emulator.reset()
            groups = await asyncio.to_thread(ec2.describe_security_groups)
            return emulator.listing(), {each["GroupName"] for each in groups["SecurityGroups"]}

    listed, groups = asyncio.run(left())
    assert set(listed["endpoints"]) == {"s3", "dynamodb", "s3-interface", "sqs"}
    assert set(listed["clients"]) == {"desk", "private-a", "private-b", "isolated"}
    assert groups == {"default", "app", "endpoints"}
