"""`vpce up --template`: a network out of CloudFormation's templates, ready when the emulator is."""

import json
import re
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from vpce_emulator.process import EmulatorProcess

ROOT = Path(__file__).parents[2]
(TEMPLATE,) = re.findall(
    r"^```yaml\n(.*?)^```$", (ROOT / "docs" / "cloudformation.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)
CDK = ROOT / "tests" / "emulator" / "control" / "data" / "cdk-network.template.json"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    template = tmp_path_factory.mktemp("templates") / "network.yaml"
    template.write_text(TEMPLATE, encoding="utf-8")
    with EmulatorProcess(None, "--template", str(template), "--template", str(CDK)) as process:
        yield process


def client(service, url):
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )


def outputs(emulator, stack):
    cloudformation = client("cloudformation", emulator.listing["internet"])
    described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def test_the_endpoints_of_a_template_decide_for_the_clients_in_it(emulator):
    worker = emulator.listing["clients"][outputs(emulator, "network")["Worker"]]
    internet = client("s3", emulator.listing["internet"])
    for bucket in ("data", "other"):
        internet.create_bucket(Bucket=bucket)
    s3 = client("s3", worker)
    s3.put_object(Bucket="data", Key="report.csv", Body=b"a,b")
    with pytest.raises(ClientError, match="no VPC endpoint policy allows the s3:PutObject action"):
        s3.put_object(Bucket="other", Key="report.csv", Body=b"a,b")
    client("sqs", worker).list_queues()
    path = emulator.admin("decisions")["decisions"][-1]
    assert (path["service"], path["path"]) == ("sqs", "interface")


def test_the_endpoints_have_doors_and_names(emulator):
    listed = emulator.listing["endpoints"]["template-s3"]
    assert listed["url"] is not None
    zone, _, name = outputs(emulator, "network")["QueuesName"].partition(":")
    assert zone == "Z7HUB22UULQXV"
    assert any(name in endpoint["dns_names"] for endpoint in emulator.listing["endpoints"].values())


def test_a_template_of_the_cdk_is_deployed_too(emulator):
    endpoint_id = outputs(emulator, "cdk-network")["Queues"]
    assert endpoint_id in {endpoint["id"] for endpoint in emulator.listing["endpoints"].values()}


def test_ids_are_the_same_at_every_start_and_after_a_reset(emulator):
    before = outputs(emulator, "cdk-network")["Queues"]
    client("cloudformation", emulator.listing["internet"]).delete_stack(StackName="cdk-network")
    emulator.admin("reset", "POST")
    assert outputs(emulator, "cdk-network")["Queues"] == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            TEMPLATE.replace(".sqs", ".sqss"),
            "Queues (AWS::EC2::VPCEndpoint): Resource handler returned message: "
            "\"The Vpc Endpoint Service 'com.amazonaws.us-east-1.sqss' does not exist\"",
        ),
        (
            "Resources: [",
            "CloudFormation answers ValidationError: Template format error: YAML not well-formed. (line 1, column 13)",
        ),
        (
            '{"Resources": }',
            "CloudFormation answers ValidationError: Template format error: JSON not well-formed. (line 1, column 15)",
        ),
        (
            json.dumps({"Resources": {"Vpc": {"Properties": {}}}}),
            "CloudFormation answers ValidationError: Template format error: [/Resources/Vpc] Every Resources object "
            "must contain a Type member.",
        ),
        ("", "CloudFormation answers ValidationError: Template format error: unsupported structure."),
        (None, "No such file or directory"),
    ],
)
def test_a_template_that_cannot_be_deployed_is_named_with_its_reason(tmp_path, content, message):
    template = tmp_path / "network.yaml"
    if content is not None:
        template.write_text(content, encoding="utf-8")
    command = [sys.executable, "-m", "vpce_emulator", "up", "--port", "0", "--dns-port", "0", "--json"]
    result = subprocess.run([*command, "--template", template], capture_output=True, text=True, check=False)  # noqa: S603
    assert result.returncode == 2, result.stderr
    assert result.stderr.splitlines()[-1] == f"Error: {template}: {message}"
    assert "Traceback" not in result.stderr
