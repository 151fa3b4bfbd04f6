"""The README's and the docs' promises: every block runs, and everything that can be set or called is written down."""

import json
import re
import subprocess
import sys
from pathlib import Path

import boto3
import click
import pytest

from vpce_emulator import pytest_plugin, testing, topology_file
from vpce_emulator.aws import (
    arn_conditions,
    deliveries,
    dynamodb_conditions,
    ec2_conditions,
    kms_permissions,
    s3_access_points,
    s3_conditions,
    service_conditions,
    tagging_on_creation,
)
from vpce_emulator.aws.as_authorized import NOT_CARRIED_OUT
from vpce_emulator.aws.context import GLOBAL_KEYS, NEVER_SET
from vpce_emulator.cli import main as vpce_command
from vpce_emulator.config import Settings
from vpce_emulator.process import EmulatorProcess
from vpce_emulator.topology_reading import parse_topology, parse_unruled
from vpce_policies.condition_keys import GLOBAL_CONDITION_KEYS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def blocks(language):
    return [text for found, text in BLOCKS if found == language]


def block(language, containing):
    (text,) = [text for text in blocks(language) if containing in text]
    return text


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # noqa: S603 - our own programs


def run_pytest(directory):
    settled = ["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:asyncio", "-W", "error"]
    return run([sys.executable, "-m", "pytest", "-q", *settled], cwd=directory)


def test_every_block_of_the_readme_is_one_that_a_test_here_runs():
    assert [language for language, _ in BLOCKS] == [
        "python",  # the example
        "sh",  # make demo
        "text",  # how to install it
        "console",  # vpce up
        "python",  # boto3
        "console",  # vpce why
        "yaml",  # a topology
        "sh",  # dig
        "python",  # vpce_topology
        "python",  # Emulator
    ]


def test_m27_the_example_passes_under_pytest(tmp_path):
    (tmp_path / "test_example.py").write_text(block("python", "def test_the_bucket_opens_only"))
    result = run_pytest(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "1 passed" in result.stdout


def test_the_examples_of_the_page_about_s3_pass_under_pytest(tmp_path):
    page = (ROOT / "docs" / "s3.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "test_examples.py").write_text("\n".join(examples))
    result = run_pytest(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(rf"^{''.join(examples).count('def test_')} passed", result.stdout, re.MULTILINE)


@pytest.mark.parametrize("page", ["principals.md", "topology.md"])
def test_the_example_of_a_page_passes_under_pytest(tmp_path, page):
    page = (ROOT / "docs" / page).read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "test_example.py").write_text(example)
    result = run_pytest(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "1 passed" in result.stdout


def test_every_block_of_the_page_about_the_topology_file_is_a_part_of_one(tmp_path):
    (tmp_path / "perimeter.json").write_text("{}")
    page = (ROOT / "docs" / "topology.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert examples
    for example in examples:
        assert parse_unruled(example, source="the page", directory=tmp_path)


def test_the_page_about_s3_lists_the_operations_that_are_not_carried_out():
    page = (ROOT / "docs" / "s3.md").read_text(encoding="utf-8").partition("## What is not carried out")[2]
    assert set(re.findall(r"`([A-Z]\w+)`", page)) - {"NotImplemented"} == NOT_CARRIED_OUT


def test_a_project_brings_its_own_topology(tmp_path):
    (tmp_path / "conftest.py").write_text(block("python", "def vpce_topology"))
    (tmp_path / "vpce.yaml").write_text(block("yaml", "clients:"))
    (tmp_path / "test_own.py").write_text(
        "def test_own(vpce):\n"
        "    assert list(vpce.listing['clients']) == ['worker']\n"
        "    assert vpce.endpoint('s3').id == 'vpce-0b7d2995e9dfe5418'\n"
        "    vpce.client('s3').create_bucket(Bucket='data')\n"
        "    with vpce.denied(by='vpc_endpoint'):\n"
        "        vpce.client('s3', at='worker').list_buckets()\n"
        "    with vpce.denied(by='network'):\n"
        "        vpce.client('dynamodb', at='worker').list_tables()\n"
    )
    result = run_pytest(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_make_targets_are_there():
    makefile = (ROOT / "Makefile").read_text()
    assert block("sh", "make demo") == "make demo\n"
    assert re.search(r"^demo: .*\n\t@\$\(BIN\)/vpce demo$", makefile, re.MULTILINE)


def test_the_demonstration_finds_every_outcome_to_be_awss():
    result = subprocess.run(
        [sys.executable, "-m", "vpce_emulator", "demo"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"^(\d+) of \1 outcomes are AWS's\.$", result.stdout, re.MULTILINE)


@pytest.fixture(scope="module")
def emulator():
    with EmulatorProcess() as process:
        yield process


def test_the_doors_of_the_banner_are_those_of_the_built_in_topology(emulator):
    shown = re.findall(r"^ (the internet|client \S+|endpoint \S+) +http", block("console", "$ vpce up"), re.MULTILINE)
    listing = emulator.listing
    assert shown == [
        "the internet",
        *(f"client {name}" for name in listing["clients"]),
        *(f"endpoint {name}" for name in listing["endpoints"]),
    ]


def test_the_boto3_block_runs_at_a_clients_door(emulator):
    text = block("python", "import boto3")
    exec(text.replace("http://127.0.0.1:4567", emulator.listing["clients"]["private-a"]), {})  # noqa: S102 - our README
    decision = emulator.admin("decisions")["decisions"][-1]
    assert (decision["operation"], decision["path"], decision["outcome"]) == ("CreateBucket", "gateway", "allowed")


def test_the_dig_block_is_answered(emulator):
    dns = emulator.listing["dns"]
    assert list(dns)[:2] == ["public", "app"]
    ports = {"5300": dns["public"].rpartition(":")[2], "5301": dns["app"].rpartition(":")[2]}
    for line in block("sh", "dig").splitlines():
        _, _, server, _, port, name = line.split()
        command = ["dig", "+short", server, "-p", ports[port], name]
        try:
            answer = run(command).stdout
        except FileNotFoundError:
            pytest.skip("dig is not installed")
        assert re.fullmatch(r"(\d+\.\d+\.\d+\.\d+\n)+", answer), line


def test_the_asyncio_block_runs():
    result = run([sys.executable, "-W", "error", "-c", block("python", "asyncio.run")])
    assert result.returncode == 0, result.stderr
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+\n", result.stdout)


def test_the_topology_block_is_a_topology():
    assert list(parse_topology(block("yaml", "clients:")).clients) == ["worker"]


def test_the_block_about_why_is_what_why_prints(emulator):
    s3 = emulator.listing["internet"]
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
    condition = {"StringNotEquals": {"aws:sourceVpce": "vpce-1a2b3c4d"}}
    client = boto3.client(
        "s3", endpoint_url=s3, region_name="us-east-1", aws_access_key_id="A" * 20, aws_secret_access_key="x"
    )
    client.create_bucket(Bucket="data")
    policy = {"Version": "2012-10-17", "Statement": [statement | {"Condition": condition}]}
    client.put_bucket_policy(Bucket="data", Policy=json.dumps(policy))
    with pytest.raises(client.exceptions.ClientError):
        client.get_object(Bucket="data", Key="report.csv")
    command = [sys.executable, "-m", "vpce_emulator", "why", "--admin", emulator.listing["admin"]]
    printed = run(command).stdout
    for line in block("console", "$ vpce why").splitlines()[1:]:
        for part in line.split("..."):
            assert part.strip() in printed


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_is_in_the_readme_with_its_option_variable_and_meaning(name):
    option, variable = f"--{name.replace('_', '-')}", f"VPCE_{name.upper()}"
    (row,) = [line for line in README.splitlines() if line.startswith(f"| `{option}`")]
    assert f"`{variable}`" in row
    assert Settings.model_fields[name].description in row


def commands(group, prefix="vpce"):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}"


@pytest.mark.parametrize("command", list(commands(vpce_command)))
def test_a_command_is_in_the_readme_and_has_a_help_text(command):
    assert re.search(rf"^\| `{command}[ `]", README, re.MULTILINE)
    found = vpce_command
    for name in command.split()[1:]:
        found = found.commands[name]
    assert found.help


def test_every_fixture_of_the_plugin_is_in_the_readme():
    fixtures = [name for name in vars(pytest_plugin) if name.startswith("vpce")]
    assert fixtures
    assert [name for name in fixtures if f"`{name}`" not in README] == []


def test_everything_a_test_can_do_with_the_fixture_is_in_the_readme():
    offered = [name for name in vars(testing.Vpce) if not name.startswith("_")]
    assert [name for name in offered if f"vpce.{name}" not in README] == []


def test_every_condition_key_is_documented():
    page = (ROOT / "docs" / "condition-keys.md").read_text(encoding="utf-8")
    documented, _, never = page.partition("## Keys that are never there")
    assert dict(re.findall(r"^- `([^`]+)`: (.*)$", never, re.MULTILINE)) == NEVER_SET
    keys = {key.name for key in GLOBAL_KEYS} | set(s3_access_points.CONDITION_KEYS)
    keys |= {key for rows in service_conditions.KEYS.values() for key, _ in rows} | set(service_conditions.KMS_KEYS)
    keys |= {key for table in (s3_conditions.KEYS, dynamodb_conditions.KEYS) for row in table.values() for key in row}
    keys |= {*deliveries.SERVICE_KEYS, kms_permissions.VIA_SERVICE}
    keys |= {*tagging_on_creation.CREATE_ACTION.values(), *ec2_conditions.MADE_KEYS, *ec2_conditions.ID_KEYS.values()}
    keys |= {*service_conditions.RESOURCE_KEYS, *arn_conditions.ARN_KEYS}
    assert sorted(key for key in keys if f"`{key}`" not in documented) == []
    assert set(re.findall(r"`((?:aws|s3|dynamodb):[\w-]+)`", documented)) - keys == {
        "aws:Ec2InstanceSourcePrivateIPv4", "aws:Ec2InstanceSourceVpc",
        "aws:FederatedProvider", "aws:ResourceOrgID", "aws:ResourceOrgPaths",
        "aws:ResourceAccount", "aws:TagKeys", "s3:RequestObjectTagKeys", "s3:ResourceAccount", "s3:authType",
        "s3:signatureAge", "s3:signatureversion", "s3:x-amz-content-sha256",
    }  # fmt: skip
    told = {key.lower() for key in re.findall(r"`(aws:[\w-]+/?)", page)}
    assert sorted(GLOBAL_CONDITION_KEYS - told) == []


def test_every_link_of_the_documents_leads_somewhere():
    for document in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def sections():
    return [
        found
        for name, found in vars(topology_file).items()
        if isinstance(found, type) and issubclass(found, topology_file.Section) and found is not topology_file.Section
    ]


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.__name__)
def test_every_field_of_the_topology_file_is_documented(section):
    documented = (ROOT / "docs" / "topology.md").read_text(encoding="utf-8")
    missing = [field for field in section.model_fields if not re.search(rf"`(\w+\[\]\.)?{field}`", documented)]
    assert missing == []


def test_every_behaviour_that_is_there_is_shown_by_a_test_that_names_it():
    behaviours = (ROOT / "docs" / "behaviours.md").read_text(encoding="utf-8")
    there = set(re.findall(r"^\| (M\d+) \|.*\| yes \|$", behaviours, re.MULTILINE))
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = {f"M{number}" for name in re.findall(r"def (test_\w+)", tests) for number in re.findall(r"_m(\d+)", name)}
    assert sorted(there - named) == []
