"""Where doors are: known beforehand, and the same for whatever comes back."""

import json
import socket
import time

import pytest

from vpce_emulator.process import EmulatorProcess
from vpce_emulator.testing import Vpce

PATIENCE = 60
FILE = {
    "vpcs": {
        "app": {
            "cidr": "10.0.0.0/16",
            "subnets": {"a": {"cidr": "10.0.1.0/24", "availability_zone": "us-east-1a", "route_table": "private"}},
            "route_tables": {"private": {}},
            "endpoints": {
                "sqs": {"type": "Interface", "service": "sqs", "subnets": ["a"]},
                "s3": {"type": "Gateway", "service": "s3", "route_tables": ["private"]},
            },
        }
    },
    "clients": {"one": {"subnet": "a"}, "two": {"subnet": "a"}},
}
TEMPLATE = {
    "Resources": {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.1.0.0/16"}},
        "Subnet": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.1.0.0/24", "AvailabilityZone": "us-east-1a"},
        },
        "Interface": {"Type": "AWS::EC2::NetworkInterface", "Properties": {"SubnetId": {"Ref": "Subnet"}}},
    }
}


def free_row(length):
    """Return the first of so many ports in a row that nobody has."""
    for first in range(20_000, 30_000, length):
        try:
            for port in range(first, first + length):
                with socket.socket() as tried:
                    tried.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    pytest.skip("no ports in a row are free")


@pytest.fixture
def running(tmp_path):
    """An emulator with a template, its topology file, and its first port."""
    file, template, first = tmp_path / "vpce.yaml", tmp_path / "network.json", free_row(20)
    file.write_text(json.dumps(FILE))
    template.write_text(json.dumps(TEMPLATE))
    with EmulatorProcess(file, "--port", str(first), "--template", str(template)) as process:
        yield process, file, first


def ports(process):
    listed = process.admin("endpoints")
    urls = listed["clients"] | {name: endpoint["url"] for name, endpoint in listed["endpoints"].items()}
    return {name: int(url.rpartition(":")[2]) for name, url in urls.items()}


def test_doors_of_the_file_come_first_and_are_where_they_were_after_edits_and_resets(running):
    process, file, first = running
    of_the_file = {"one": first + 1, "two": first + 2, "sqs": first + 3, "s3": first + 4}
    start = ports(process)
    assert {name: port for name, port in start.items() if not name.startswith("eni-")} == of_the_file
    assert [port for name, port in start.items() if name.startswith("eni-")] == [first + 5]

    def edit(content, *names):
        file.write_text(json.dumps(content))
        until = time.monotonic() + PATIENCE
        while {name for name in ports(process) if not name.startswith("eni-")} != set(names):
            assert time.monotonic() < until, process.log()
            time.sleep(0.05)

    edit(FILE | {"clients": {"three": {"subnet": "a"}, "two": {"subnet": "a"}}}, "two", "three", "sqs", "s3")
    assert ports(process)["three"] == first + 6
    edit(FILE, *of_the_file)
    vpce = Vpce(process)
    vpce.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[vpce.endpoint("s3").id])
    assert "s3" not in ports(process)
    vpce.reset()
    assert {name: port for name, port in ports(process).items() if not name.startswith("eni-")} == of_the_file
