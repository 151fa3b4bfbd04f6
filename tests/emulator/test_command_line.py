"""The command line: what it prints, what it writes, and how it fails."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from vpce_emulator.cli import main
from vpce_emulator.process import EmulatorProcess
from vpce_emulator.topology_reading import DEFAULT_TOPOLOGY

CIDR = "an IPv4 network, like 10.0.1.0/24, with no host bits set"


def vpce(*arguments, environment=None):
    command = [sys.executable, "-m", "vpce_emulator", *arguments]
    env = {**os.environ, **(environment or {})}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)  # noqa: S603 - our program


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    with EmulatorProcess(None, "--state-directory", str(tmp_path_factory.mktemp("state"))) as process:
        yield process


def test_endpoints_prints_what_up_printed_when_it_was_ready(emulator):
    result = vpce("endpoints", "--json", "--admin", emulator.listing["admin"])
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == emulator.listing
    assert set(emulator.listing) >= {"internet", "clients", "endpoints", "dns", "proxy", "admin"}
    assert set(emulator.listing["endpoints"]["sqs"]) >= {"id", "type", "service", "url", "dns_names", "addresses"}


def test_endpoints_prints_tables_for_a_person(emulator):
    result = vpce("endpoints", "--admin", emulator.listing["admin"])
    assert "client isolated" in result.stdout
    assert emulator.listing["endpoints"]["s3"]["id"] in result.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "printed"),
    [
        (
            ("sqs.us-east-1.amazonaws.com", "--in", "private-a"),
            0,
            r"10\.0\.1\.\d+\n10\.0\.2\.\d+\nsqs\.us-east-1\..* is 10.* \(sqs\) for .*, by its private DNS name in .*\n",
        ),
        (("sqs.us-east-1.amazonaws.com",), 0, r"[\d.]+\nsqs\..*That is the service's public address\.\n"),
        (
            ("nosuch.us-east-1.vpce.amazonaws.com",),
            1,
            r"NXDOMAIN\n.* has no address in public DNS: check the spelling and the Region\.\n",
        ),
        (
            ("example.com", "--in", "private-a"),
            1,
            r"NXDOMAIN\n.* in the vpc-\w+ \(app\) view of DNS: it is outside of AWS, .* --dns-upstream .*\n",
        ),
        (("kms",), 1, r"NXDOMAIN\nkms .*: ask for a full host name, like kms\.us-east-1\.amazonaws\.com\.\n"),
        (
            ("ip-10-0-1-10.ec2.internal", "--in", "private-a"),
            0,
            r"10\.0\.1\.10\nip-.* is 10\.0\.1\.10\. It is the address of client private-a\.\n",
        ),
    ],
)
def test_resolve_prints_the_addresses_or_the_response_code_and_why(emulator, arguments, status, printed):
    result = vpce("resolve", *arguments, "--admin", emulator.listing["admin"])
    assert result.returncode == status
    assert re.fullmatch(printed, result.stdout), result


@pytest.mark.parametrize(
    ("arguments", "status", "first", "hops", "last"),
    [
        (
            ("sqs", "--in", "private-a"),
            0,
            "private-a → sqs.us-east-1.amazonaws.com:443",
            ["✓ DNS", "✓ security group", "✓ route table", "✓ security group", "✓ endpoint"],
            r"reachable through vpce-\w+, as 10\.0\.1\.10: .* leads to the private address .*",
        ),
        (
            ("com.amazonaws.us-east-1.s3", "--in", "isolated"),
            1,
            "isolated → s3.us-east-1.amazonaws.com:443",
            ["✓ DNS", "✓ security group", "✓ network ACL", "✗ route table"],
            r"blocked: rtb-\w+ \(isolated\), in effect for subnet-\w+ \(isolated\), has no route to .*",
        ),
        (
            ("https://sqs.us-east-1.amazonaws.com:8443/queue", "--in", "private-a"),
            1,
            "private-a → sqs.us-east-1.amazonaws.com:8443",
            ["✓ DNS", "✓ security group", "✓ route table", "✗ security group"],
            r"blocked: .*8443.*",
        ),
        (
            ("dynamodb.us-east-1.amazonaws.com",),
            0,
            "the internet → dynamodb.us-east-1.amazonaws.com:443",
            ["✓ DNS"],
            r"reachable through the internet, as 203\.0\.113\.10: .*",
        ),
        (
            ("dynamodb", "--in", "private-a", "--port", "1"),
            0,
            "private-a → dynamodb.us-east-1.amazonaws.com:1",
            ["✓ DNS", "✓ security group", "✓ network ACL", "✓ route table", "✓ endpoint"],
            r"reachable through vpce-\w+, .*",
        ),
    ],
)
def test_path_prints_every_hop_and_the_verdict(emulator, arguments, status, first, hops, last):
    result = vpce("path", *arguments, "--admin", emulator.listing["admin"])
    lines = result.stdout.splitlines()
    assert (result.returncode, lines[0]) == (status, first)
    met = [line.strip() for line in lines[1:-1]]
    assert [hop for hop, line in zip(hops, met, strict=False) if line.startswith(hop)] == hops
    assert [line[0] for line in met] == ["✓"] * (len(met) - status) + ["✗"] * status
    assert re.fullmatch(last, lines[-1])


def test_path_prints_json_with_the_hops(emulator):
    result = vpce("path", "s3", "--in", "private-a", "--json", "--admin", emulator.listing["admin"])
    answer = json.loads(result.stdout)
    assert (answer["client"], answer["name"], answer["port"]) == ("private-a", "s3.us-east-1.amazonaws.com", 443)
    assert (answer["path"], answer["reachable"], answer["source_address"]) == ("gateway", True, "10.0.1.10")
    assert answer["endpoint"] == emulator.listing["endpoints"]["s3"]["id"] == answer["hops"][-1]["id"]
    assert {*answer["hops"][0]} == {"what", "id", "passed", "explanation"}


def test_path_and_resolve_answer_about_a_topology_file_without_a_running_emulator(tmp_path):
    file = tmp_path / "vpce.yaml"
    file.write_text(DEFAULT_TOPOLOGY.replace("subnets: [private-a, private-b]", "subnets: [private-b]"))
    environment = {"XDG_DATA_HOME": str(tmp_path)}
    result = vpce(
        "resolve", "sqs.us-east-1.amazonaws.com", "--in", "private-a", "--topology", str(file), environment=environment
    )
    assert re.match(r"10\.0\.2\.\d+\nsqs", result.stdout), result
    file.write_text("vpcs: {app: {}}")
    result = vpce("path", "s3", "--topology", str(file), environment=environment)
    assert result.returncode == 2
    assert result.stderr == f"Error: {file}:1: vpcs.app.cidr: found nothing; allowed: {CIDR}\n"


def test_fault_rules_are_added_listed_explained_and_cleared(emulator):
    def run(*arguments):
        return vpce(*arguments, "--admin", emulator.listing["admin"])

    added = run("fault", "add", "--endpoint", "s3", "--throttle", "--rate", "0.5", "--latency", "0.01")
    made = added.stdout.split()[0]
    assert added.stdout == f"{made} is in force; `vpce fault clear {made}` ends it\n"
    listed = run("fault", "list").stdout
    assert re.search(rf"^ ?{made} +endpoint s3 +throttle, 0.01 s of latency +0.5 +0 +0 *$", listed, re.MULTILINE)
    (rule,) = json.loads(run("fault", "list", "--json").stdout)
    assert rule == {
        "id": made,
        "endpoint": "s3",
        "throttle": True,
        "rate": 0.5,
        "latency": 0.01,
        "matched": 0,
        "hit": 0,
    }
    run("fault", "add", "--reset")
    s3 = emulator.listing["internet"]
    with pytest.raises(OSError, match=r"."), urllib.request.urlopen(f"{s3}/?x-id=ListBuckets"):  # noqa: S310 - ours
        pass
    assert re.search(r"injected by fault-\d\n", run("why").stdout)
    assert run("fault", "clear", made).stdout == "1 rule is left in force\n"
    assert run("fault", "clear").stdout == "0 rules are left in force\n"
    assert "no fault rule is 'fault-9'; there are: none" in run("fault", "clear", "fault-9").stderr


def test_zones_are_impaired_listed_and_recovered(emulator):
    def zone(*arguments):
        return vpce("zone", *arguments, "--admin", emulator.listing["admin"])

    assert zone("impair", "us-east-1b").stdout.startswith("us-east-1b is impaired; ")
    assert re.search(r"^ ?us-east-1b +use1-az\d +impaired +vpce-\w+, vpce-\w+ *$", zone("list").stdout, re.MULTILINE)
    assert zone("recover", "us-east-1b").stdout == "us-east-1b has recovered\n"
    assert not any(each["impaired"] for each in json.loads(zone("list", "--json").stdout))
    assert "there are: us-east-1a (use1-az" in zone("impair", "us-east-1z").stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("resolve", "x.example", "--in", "nobody"),
            "no client is named 'nobody'; there are: private-a, private-b, isolated",
        ),
        (
            ("path", "s3", "--in", "nobody"),
            "no client is named 'nobody'; there are: private-a, private-b, isolated",
        ),
        (
            ("path", "s3:99999"),
            "found 's3:99999'; allowed: a service, like s3, a host name or an IPv4 address, each with a port from 1 to "
            "65535 or without, or a URL",
        ),
        (("why", "ABCDEF"), "no request ABCDEF is kept; the last ones are in /_vpce/decisions"),
    ],
)
def test_what_the_emulator_refuses_is_a_message_and_status_2(emulator, arguments, message):
    result = vpce(*arguments, "--admin", emulator.listing["admin"])
    assert (result.returncode, result.stderr) == (2, f"Error: {message}\n")


def test_without_a_running_emulator_it_says_how_to_start_one(tmp_path):
    result = vpce("endpoints", environment={"XDG_DATA_HOME": str(tmp_path)})
    assert result.returncode == 2
    assert "start one with `vpce up`" in result.stderr


def test_the_emulator_started_last_is_the_one_that_is_asked(tmp_path):
    environment = {"XDG_DATA_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "vpce_emulator", "up", "--json", "--port", "0", "--dns-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}) as process:  # noqa: S603
        listing = json.loads(process.stdout.readline())
        asked = vpce("endpoints", "--json", environment=environment)
        process.send_signal(signal.SIGTERM)
        process.communicate()
    assert json.loads(asked.stdout) == listing
    assert process.returncode == 0


@pytest.mark.parametrize("delay", [0.3, 0.8, 1.4])
def test_a_signal_ends_it_at_any_moment(delay):
    command = [sys.executable, "-m", "vpce_emulator", "up", "--json", "--port", "0", "--dns-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        threading.Event().wait(delay)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate()
    assert process.returncode in {0, -signal.SIGTERM}
    assert "Traceback" not in errors


def listens(port):
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def test_a_signal_ends_it_while_the_network_is_being_built():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "vpce_emulator", "up", "--json", "--port", str(port), "--dns-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        while process.poll() is None and not listens(port):
            threading.Event().wait(0.005)
        process.send_signal(signal.SIGTERM)
        told, errors = process.communicate()
    assert (process.returncode, told, errors) == (0, "", "")


def test_a_port_that_is_in_use_is_named_with_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = vpce("up", "--port", str(port), "--dns-port", "0")
    assert result.returncode == 2
    assert result.stderr == (
        f"Error: 127.0.0.1:{port}, wanted for the door of internet, is in use; "
        "choose another with --port, or 0 for any free one\n"
    )


def test_a_dns_port_that_is_in_use_is_named_with_what_to_do():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        result = vpce("up", "--port", "0", "--dns-port", str(port))
    assert result.returncode == 2
    assert f"port {port} on 127.0.0.1 is in use by another program, wanted for DNS" in result.stderr


def test_a_topology_with_mistakes_starts_nothing(tmp_path):
    file = tmp_path / "vpce.yaml"
    file.write_text("vpcs:\n  app: {cidr: 10.0.0.1/16}\n")
    result = vpce("up", "--topology", str(file))
    assert result.returncode == 2
    assert result.stderr.startswith(f"Error: {file}:2: vpcs.app.cidr: found '10.0.0.1/16'; allowed: an IPv4 network")


@pytest.mark.parametrize("command", [("up", "--port", "0", "--dns-port", "0", "--topology"), ("topology", "check")])
def test_a_topology_that_ec2_refuses_names_the_field_and_ec2s_reason(tmp_path, command):
    file = tmp_path / "vpce.yaml"
    # One more than the quota of a VPC.
    endpoints = "".join(f"      sqs{number}: {{type: Interface, service: sqs}}\n" for number in range(51))
    file.write_text(f"vpcs:\n  app:\n    cidr: 10.0.0.0/16\n    endpoints:\n{endpoints}")
    result = vpce(*command, str(file))
    assert result.returncode == 2
    assert "vpcs.app.endpoints.sqs50: EC2 answers VpcEndpointLimitExceeded: " in result.stderr
    assert "Traceback" not in result.stderr


def test_a_topology_is_checked_for_a_program(tmp_path):
    file = tmp_path / "vpce.yaml"
    file.write_text("vpcs:\n  app: {cidr: 10.0.0.0/8}\n")
    result = vpce("topology", "check", str(file), "--json")
    assert result.returncode == 2
    (problem,) = json.loads(result.stdout)["problems"]
    assert (problem["path"], problem["found"], problem["line"]) == ("vpcs.app.cidr", "'10.0.0.0/8'", 2)
    file.write_text("vpcs:\n  app: {cidr: 10.0.0.0/16}\n")
    result = vpce("topology", "check", str(file), "--json")
    assert result.returncode == 0
    assert json.loads(result.stdout) == {"file": str(file), "vpcs": 1, "endpoints": 0, "clients": 0, "problems": []}


def test_what_is_changed_is_told_to_programs_as_json(emulator):
    def run(*arguments):
        return json.loads(vpce(*arguments, "--json", "--admin", emulator.listing["internet"]).stdout)

    assert run("zone", "impair", "us-east-1a")["impaired"] is True
    assert run("zone", "recover", "us-east-1a")["impaired"] is False
    made = run("fault", "add", "--reset", "--client", "isolated")
    assert (made["reset"], made["client"]) == (True, "isolated")
    assert run("fault", "clear", made["id"]) == []


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("ftp://127.0.0.1", "--admin: found 'ftp://127.0.0.1'; allowed: an emulator's URL, like http://127.0.0.1:4566"),
        ("http://[::1", "--admin: found 'http://[::1'; allowed: an emulator's URL"),
        ("127.0.0.1:1", "no emulator answers at http://127.0.0.1:1/_vpce; start one with `vpce up`"),
    ],
)
def test_an_admin_address_that_is_none_is_told_what_is(address, told):
    result = vpce("endpoints", "--admin", address)
    assert result.returncode == 2
    assert result.stderr.startswith(f"Error: {told}")


def test_topology_init_writes_the_built_in_topology_once(tmp_path):
    file = tmp_path / "vpce.yaml"
    runner = CliRunner()
    assert runner.invoke(main, ["topology", "init", str(file)]).exit_code == 0
    assert file.read_text() == DEFAULT_TOPOLOGY
    again = runner.invoke(main, ["topology", "init", str(file)])
    assert again.exit_code == 2
    assert f"{file} is there already; --force overwrites it" in again.output
    assert runner.invoke(main, ["topology", "check", str(file)]).output == f"{file}: 1 VPCs, 4 endpoints, 3 clients\n"


def test_ca_prints_a_file_that_is_a_certificate(tmp_path):
    result = CliRunner().invoke(main, ["ca", "--state-directory", str(tmp_path)])
    assert Path(result.output.strip()).read_text().startswith("-----BEGIN CERTIFICATE-----")


def test_the_emulator_stops_with_the_process_that_started_it(tmp_path):
    starter = (
        "import sys; from vpce_emulator.process import EmulatorProcess\n"
        "process = EmulatorProcess().start(); print(process._process.pid, flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(  # noqa: S603 - our program
        [sys.executable, "-c", starter], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        pid = int(parent.stdout.readline())
        parent.kill()
    gone = threading.Event()
    for _ in range(600):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        # A process that has ended but was not collected by anybody is gone as well.
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return
        gone.wait(0.1)
    pytest.fail("it still runs")
