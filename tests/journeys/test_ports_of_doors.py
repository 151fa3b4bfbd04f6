"""Doors and resolvers keep their ports: a program has the place that it was given, whatever comes and goes."""

import socket
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from vpce_emulator.process import EmulatorProcess
from vpce_emulator.testing import Vpce
from vpce_emulator.topology_reading import DEFAULT_TOPOLOGY

PATIENCE = 60
BLOCK = 20
SQS = DEFAULT_TOPOLOGY[DEFAULT_TOPOLOGY.index("      sqs:") :].partition("\n\n")[0] + "\n"
# In the order of the ports: the file's clients, its endpoints, and what the template makes.
OF_FILE = ["private-a", "private-b", "isolated", "s3", "dynamodb", "s3-interface", "sqs"]
TEMPLATE = """
Resources:
  Network:
    Type: AWS::EC2::VPC
    Properties: { CidrBlock: 10.7.0.0/16 }
  Subnet:
    Type: AWS::EC2::Subnet
    Properties: { VpcId: !Ref Network, CidrBlock: 10.7.1.0/24 }
  Worker:
    Type: AWS::EC2::NetworkInterface
    Properties: { SubnetId: !Ref Subnet }
"""


def free_ports(count):
    """Return the first of so many neighbouring ports that nobody has."""
    for first in range(23_000 + time.time_ns() % 5_000, 32_000, count):
        with ExitStack() as opened:
            try:
                for port in range(first, first + count):
                    opened.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    return pytest.fail("no free ports")


class Running:
    """An emulator at ports that are known beforehand."""

    def __init__(self, process, file, first):
        self.vpce, self.process, self.file, self.first = Vpce(process), process, file, first

    def ports(self):
        """Return the ports of all doors but the internet's, by name, counted from it."""
        listing = self.vpce.listing
        urls = listing["clients"] | {name: endpoint["url"] for name, endpoint in listing["endpoints"].items()}
        return {name: urlsplit(url).port - self.first for name, url in urls.items()}

    def edit(self, text, said):
        """Write the topology file, and return when it was followed."""
        before = len(self.process.log())
        self.file.write_text(text)
        until = time.monotonic() + PATIENCE
        while said not in self.process.log()[before:]:
            assert time.monotonic() < until, self.process.log()[before:]
            time.sleep(0.05)

    def interface(self):
        """Make a network interface in a subnet of the file, and return its id."""
        ec2 = self.vpce.client("ec2")
        subnet = ec2.describe_subnets(Filters=[{"Name": "tag:Name", "Values": ["private-a"]}])["Subnets"][0]["SubnetId"]
        return ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]


@pytest.fixture(scope="module")
def process_and_file(tmp_path_factory):
    directory = tmp_path_factory.mktemp("ports")
    file, template, first = directory / "vpce.yaml", directory / "network.yaml", free_ports(BLOCK)
    file.write_text(DEFAULT_TOPOLOGY)
    template.write_text(TEMPLATE)
    with EmulatorProcess(file, "--port", str(first), "--template", str(template)) as process:
        yield process, file, first


@pytest.fixture
def running(process_and_file):
    """The emulator with the built-in topology and a template's network interface, as at the start."""
    started = Running(*process_and_file)
    if started.file.read_text() != DEFAULT_TOPOLOGY:
        started.edit(DEFAULT_TOPOLOGY, "- client")
    started.vpce.reset()
    return started


def of_file(ports):
    return {name: port for name, port in ports.items() if name in OF_FILE}


def test_the_files_clients_and_endpoints_come_first_in_its_order_and_then_what_templates_make(running):
    ports = running.ports()
    assert of_file(ports) == {name: place for place, name in enumerate(OF_FILE, 1)}
    assert max(ports.values()) == len(OF_FILE) + 1


def test_an_endpoint_that_was_deleted_has_its_port_again_after_a_reset_and_so_has_what_a_template_makes(running):
    before, ec2 = running.ports(), running.vpce.client("ec2")
    made = running.interface()
    port = running.ports()[made]
    assert port not in before.values()
    ec2.delete_vpc_endpoints(VpcEndpointIds=[running.vpce.endpoint(name).id for name in ("s3", "sqs")])
    running.vpce.reset()
    after = running.ports()
    assert of_file(after) == of_file(before)
    assert sorted(after.values()) == sorted(before.values())
    # What a reset has ended holds no ports.
    made = running.interface()
    assert running.ports()[made] == port


def test_an_endpoint_that_an_edit_takes_away_and_brings_back_has_its_port_which_nothing_else_had_meanwhile(running):
    before = running.ports()
    running.edit(DEFAULT_TOPOLOGY.replace(SQS, ""), "- endpoint sqs")
    made = running.interface()
    assert running.ports()[made] not in before.values()
    running.edit(DEFAULT_TOPOLOGY, "+ endpoint sqs")
    assert of_file(running.ports()) == of_file(before)
    running.vpce.client("sqs", via="sqs").list_queues()


def test_a_client_that_an_edit_adds_has_the_next_port_and_keeps_it_over_a_reset(running):
    text = DEFAULT_TOPOLOGY.replace("clients:\n", "clients:\n  newcomer: { subnet: private-b }\n")
    running.edit(text, "+ client newcomer")
    ports = running.ports()
    assert len(OF_FILE) + 1 < ports["newcomer"] < BLOCK
    running.vpce.reset()
    assert running.ports()["newcomer"] == ports["newcomer"]


def test_a_client_that_an_edit_takes_away_and_brings_back_is_where_it_was_and_stays_after_a_reset(running):
    before = of_file(running.ports())
    line = next(line for line in DEFAULT_TOPOLOGY.splitlines(keepends=True) if line.startswith("  private-b: {"))
    running.edit(DEFAULT_TOPOLOGY.replace(line, ""), "- client private-b")
    assert "private-b" not in running.ports()
    running.edit(DEFAULT_TOPOLOGY, "+ client private-b")
    assert of_file(running.ports()) == before
    running.vpce.reset()
    assert of_file(running.ports()) == before


def test_the_resolver_of_a_vpc_that_an_edit_takes_away_and_brings_back_has_its_port(running):
    text = DEFAULT_TOPOLOGY.replace("vpcs:\n", "vpcs:\n  lab: { cidr: 10.8.0.0/16 }\n", 1)
    running.edit(text, "+ VPC lab")
    before = running.vpce.listing["dns"]
    running.edit(DEFAULT_TOPOLOGY, "- VPC lab")
    assert "lab" not in running.vpce.listing["dns"]
    running.edit(text, "+ VPC lab")
    assert running.vpce.listing["dns"] == before
    running.edit(DEFAULT_TOPOLOGY, "- VPC lab")


def test_a_door_goes_elsewhere_where_another_program_took_its_port_meanwhile(running):
    text = DEFAULT_TOPOLOGY.replace("clients:\n", "clients:\n  guest: { subnet: private-b }\n")
    running.edit(text, "+ client guest")
    port = running.first + running.ports()["guest"]
    running.edit(DEFAULT_TOPOLOGY, "- client guest")
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        running.edit(text, "+ client guest")
        running.vpce.client("sqs", at="guest").list_queues()
        assert running.first + running.ports()["guest"] != port
