"""`vpce policy check` and `vpce policy simulate`: what they read, print and exit with."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from vpce_emulator.cli import main
from vpce_emulator.console.policy_check import emulator_keys
from vpce_emulator.console.policy_kinds import guess_kind
from vpce_policies import PolicyKind, Problem, all_rules

ROOT = Path(__file__).parents[2]
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
CLEAN = {"Version": "2012-10-17", "Statement": [ALLOW]}
WARNED = {"Version": "2012-10-17", "Statement": [ALLOW | {"Effect": "Deny"}]}
REFUSED = {"Version": "2012-10-17", "Statement": [ALLOW | {"Effect": "allow"}]}
TOPOLOGY = """\
region: us-east-1
vpcs:
  app:
    cidr: 10.0.0.0/16
    route_tables: {private: {}}
    endpoints:
      s3:
        type: Gateway
        service: s3
        route_tables: [private]
        policy:
          Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Principal: {AWS: "arn:aws:iam::123456789012:user/alice"}
              Action: "s3:*"
              Resource: "*"
credentials:
  - access_key_id: AKIAIOSFODNN7EXAMPLE
    principal: arn:aws:iam::123456789012:user/alice
    policies:
      - AdministratorAccess
      - Statement: {Effect: Allow, Action: "s3:GetObjekt", Resource: "*"}
    policy_files: [alice.json]
    permissions_boundary:
      Statement: {Effect: Allow, Action: "*", Resource: "*",
                  Principal: "*"}
"""


def vpce(*arguments, given=None):
    return CliRunner().invoke(main, ["policy", *arguments], input=given)


def checked(policy, *arguments):
    text = policy if isinstance(policy, str) else json.dumps(policy)
    return vpce("check", *arguments, "-", given=text)


@pytest.mark.parametrize(
    ("policy", "arguments", "status"),
    [
        (CLEAN, (), 0),
        (WARNED, (), 0),
        (WARNED, ("--strict", "--kind", "vpc-endpoint"), 1),
        (REFUSED, (), 1),
        ("{", (), 1),
        ("vpcs: 7", (), 2),
        ('{"vpcs": {}}', (), 0),
        ('{"vpcs": 7}', (), 2),
        (CLEAN, ("--kind", "identity"), 1),
        (CLEAN, ("--bucket", "data"), 0),
        (CLEAN, ("--kind", "scp", "--bucket", "data"), 2),
        (CLEAN, ("--kind", "nonsense"), 2),
        (CLEAN, ("nosuch.json",), 2),
    ],
)
def test_the_exit_status(policy, arguments, status):
    result = checked(policy, *arguments)
    assert result.exit_code == status, result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("kind", [kind.value.replace("_", "-") for kind in PolicyKind])
def test_every_kind_of_policy_can_be_told(kind):
    (policy,) = json.loads(checked(CLEAN, "--kind", kind, "--format", "json").stdout)["policies"]
    assert (policy["kind"], policy["guess"]) == (kind, None)


def test_a_finding_is_a_line_with_its_place_in_the_file(tmp_path):
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"Statement": [ALLOW | {"Action": "s3:GetObjekt"}]}, indent=1))
    result = vpce("check", "--kind", "vpc-endpoint", str(file))
    assert result.stdout.splitlines() == [
        f"{file}:6:4: warning: Statement[0].Action: No action matches 's3:GetObjekt'; s3:GetObject comes nearest. "
        "[unknown-action]",
        "1 policy: 0 errors, 1 warning, 0 suggestions",
    ]
    assert result.stderr == ""


def test_a_file_that_cannot_be_read_does_not_hide_what_is_found_in_others(tmp_path):
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps(REFUSED))
    result = vpce("check", str(tmp_path / "missing.json"), str(policy), str(tmp_path / "gone.json"))
    assert result.exit_code == 2
    assert f"{policy}:" in result.stdout
    assert [name in result.stderr for name in ("missing.json", "gone.json", "Traceback")] == [True, True, False]


def test_a_syntax_error_has_its_position():
    result = checked('{"Statement": [\n  {"Effect" "Allow"}]}', "--kind", "gateway-endpoint")
    assert result.stdout.splitlines()[0] == (
        "-:2:13: error: The Policy Document is not valid. Syntax error at position (2,13): "
        "Expecting ':' delimiter at line 2, column 13. [invalid-json]"
    )


def test_the_size_limit_of_a_bucket_policy():
    result = checked(CLEAN | {"Id": "x" * 20_480}, "--bucket", "data")
    assert result.exit_code == 1
    assert "at most 20480 are allowed. [too-large]" in result.stdout


def test_a_guessed_kind_is_said():
    assert checked(CLEAN).stderr == "-: checked as --kind vpc-endpoint, because its Principals are all *\n"
    assert json.loads(checked(CLEAN, "--format", "json").stdout)["policies"][0]["guess"]


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ({"Action": "*", "Resource": "*"}, PolicyKind.IDENTITY),
        ({"Principal": "*", "Action": "*", "Resource": "*"}, PolicyKind.VPC_ENDPOINT),
        ({"Principal": {"AWS": "*"}, "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]}, PolicyKind.VPC_ENDPOINT),
        ({"Principal": "*", "Resource": ["arn:aws-cn:s3:::a", "arn:aws-cn:s3:::a/*"]}, PolicyKind.BUCKET),
        ({"Principal": "*", "NotResource": "arn:aws:s3:::a/*"}, PolicyKind.BUCKET),
        (
            {"Principal": {"AWS": "111122223333"}, "Resource": "arn:aws:sqs:us-east-1:111122223333:q"},
            PolicyKind.RESOURCE,
        ),
        ({"NotPrincipal": {"AWS": "111122223333"}, "Resource": "*"}, PolicyKind.RESOURCE),
        ({"Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}, PolicyKind.ROLE_TRUST),
        ({"Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}, PolicyKind.KMS_KEY),
        ({"Principal": {"AWS": "111122223333"}, "Action": ["SQS:*"], "Resource": "*"}, PolicyKind.SQS_QUEUE),
        ({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}, PolicyKind.RCP),
    ],
)
def test_the_guessed_kind(statement, kind):
    assert guess_kind({"Statement": [statement]}).kind is kind
    assert guess_kind({"Statement": statement}).kind is kind


@pytest.mark.parametrize(
    ("file", "statement", "kind"),
    [
        ("s3-endpoint-policy.json", {"Principal": "*", "Resource": "arn:aws:s3:::b/*"}, PolicyKind.VPC_ENDPOINT),
        ("gateway_endpoint.json", {"Principal": "*", "Resource": "*"}, PolicyKind.GATEWAY_ENDPOINT),
        ("endpoint-policy.json", {"Resource": "*"}, PolicyKind.IDENTITY),
        ("scp.json", {"Resource": "*"}, PolicyKind.SCP),
        ("boundary-of-app.json", {"Resource": "*"}, PolicyKind.PERMISSIONS_BOUNDARY),
        ("rcp.json", {"Principal": "*", "Resource": "arn:aws:s3:::b"}, PolicyKind.RCP),
        ("escape.json", {"Principal": "*", "Resource": "*"}, PolicyKind.VPC_ENDPOINT),
        ("bucket-policy.json", None, PolicyKind.BUCKET),
        ("other.json", None, PolicyKind.IDENTITY),
    ],
)
def test_the_name_of_a_file_tells_the_kind_unless_the_policy_says_otherwise(file, statement, kind):
    guess = guess_kind(None if statement is None else {"Statement": [statement]}, file)
    assert guess.kind is kind


@pytest.mark.parametrize("policy", [None, [], 7, {}, {"Statement": 7}, {"Statement": [7, {"Resource": [7]}]}])
def test_what_is_no_policy_is_guessed_to_be_some_kind(policy):
    assert guess_kind(policy).kind in PolicyKind


@pytest.mark.parametrize("name", ["vpce.yaml", "-"])
def test_every_policy_of_a_topology_file_is_checked(tmp_path, name):
    (tmp_path / "alice.json").write_text(json.dumps({"Statement": [ALLOW]}))
    (tmp_path / "vpce.yaml").write_text(TOPOLOGY)
    text = TOPOLOGY.replace("alice.json", str(tmp_path / "alice.json"))
    result = vpce("check", "--format", "json", str(tmp_path / name) if name != "-" else "-", given=text)
    assert result.exit_code == 1, result.output
    found = [
        (policy["policy"], policy["kind"], finding["id"], finding["path"], finding["line"])
        for policy in json.loads(result.stdout)["policies"]
        for finding in policy["findings"]
    ]
    assert found == [
        (
            "vpcs.app.endpoints.s3.policy",
            "gateway-endpoint",
            "gateway-endpoint-principal",
            "Statement[0].Principal",
            15,
        ),
        ("credentials[0].policies[1]", "identity", "unknown-action", "Statement[0].Action", 23),
        ("credentials[0].policies[2]", "identity", "principal-not-allowed", "Statement[0].Principal", 21),
        (
            "credentials[0].permissions_boundary",
            "permissions-boundary",
            "principal-not-allowed",
            "Statement.Principal",
            27,
        ),
    ]


def test_a_topology_file_with_a_mistake_is_named_with_it(tmp_path):
    (tmp_path / "vpce.yaml").write_text("vpcs: {app: {cidr: nonsense}}")
    result = vpce("check", str(tmp_path / "vpce.yaml"))
    assert result.exit_code == 2
    assert "vpce.yaml:1: vpcs.app.cidr: found 'nonsense'" in result.output


@pytest.mark.parametrize(
    ("version", "status", "output"),
    [
        ("Version: 2012-10-17", 0, "2 policies: 0 errors"),
        ("Id: {!!binary aGk=: Version}", 2, "vpcs.app.endpoints.s3.policy: the name of a field is no text"),
        ("{}: Version", 2, "unhashable"),
        ("Id: &a [*a]", 2, "recursion"),
    ],
)
def test_what_yaml_has_and_json_has_not(version, status, output):
    policies = "    policies: [{Statement: {Effect: Allow, Action: '*', Resource: '*'}}]"
    text = TOPOLOGY.replace('Version: "2012-10-17"', version).partition("    policies:")[0] + policies
    result = checked(text)
    assert result.exit_code == status, result.output
    assert output in result.output, result.output
    assert isinstance(result.exception, SystemExit | None)


def test_the_built_in_topology_is_clean(tmp_path):
    file = tmp_path / "vpce.yaml"
    assert CliRunner().invoke(main, ["topology", "init", str(file)]).exit_code == 0
    result = vpce("check", "--strict", str(file))
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    "content", [b"\xff", b"", b"[]", b"null", b'{"Statement": 7}', b"\xef\xbb\xbf{}", b"[" * 100_000]
)
def test_any_file_is_answered(tmp_path, content):
    file = tmp_path / "policy.json"
    file.write_bytes(content)
    result = vpce("check", str(file))
    assert result.exit_code in {1, 2}
    assert str(file) in result.output
    assert isinstance(result.exception, SystemExit)


def test_sarif_has_the_places_and_describes_every_rule(tmp_path):
    (tmp_path / "a policy.json").write_text(json.dumps(WARNED))
    file = str(tmp_path / "a policy.json")
    log = json.loads(vpce("check", "--format", "sarif", "--kind", "vpc-endpoint", file).stdout)
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [*Problem, *(rule.id for rule in all_rules())]
    assert {rule["defaultConfiguration"]["level"] for rule in rules} == {"error", "warning", "note"}
    assert all(rule["shortDescription"]["text"] for rule in rules)
    (result,) = run["results"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "endpoint-denies-everything"
    assert (result["level"], result["message"].keys()) == ("warning", {"text"})
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": f"{tmp_path.as_uri()}/a%20policy.json"},
        "region": {"startLine": 1, "startColumn": 27},
    }
    assert location["logicalLocations"] == [{"fullyQualifiedName": "Statement", "kind": "member"}]


@pytest.mark.parametrize(("file", "uri"), [("a b.json", "a%20b.json"), ("-", "stdin")])
def test_sarif_names_files_as_they_were_named(tmp_path, monkeypatch, file, uri):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a b.json").write_text("{")
    (result,) = json.loads(vpce("check", "--format", "sarif", file, given="{").stdout)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}


def test_a_key_that_the_emulator_never_sets_is_said():
    policy = {"Statement": [ALLOW | {"Condition": {"StringEquals": {"aws:ChatbotSourceArn": "a"}}}]}
    assert (
        "No request of the emulator carries aws:ChatbotSourceArn: the condition never holds." in checked(policy).stdout
    )


def test_the_keys_of_the_emulator_are_those_of_the_page():
    page = (ROOT / "docs" / "condition-keys.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    told = {key.replace("<key>", "*") for row in rows for key in re.findall(r"`([^`]+)`", row)}
    vouched = {key for key in told if key.startswith(("<issuer>:", "saml:")) or "." in key.partition(":")[0]}
    assert emulator_keys().keys == told - vouched | {"*.*:*", "saml:*"}


PAGE = (ROOT / "docs" / "policy-check.md").read_text(encoding="utf-8")


def test_the_example_of_the_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    statement = json.dumps(ALLOW | {"Action": "s3:GetObjekt"})
    Path("endpoint-policy.json").write_text(f'{{\n  "Statement": [\n    {statement}\n  ]\n}}')
    Path("vpce.yaml").write_text(TOPOLOGY.partition("credentials:")[0])
    result = vpce("check", "endpoint-policy.json", "vpce.yaml")
    shown = re.search(r"```console\n(.*?)```", PAGE, re.DOTALL)[1]
    assert shown == f"$ vpce policy check endpoint-policy.json vpce.yaml\n{result.stderr}{result.stdout}"


def test_every_option_is_on_the_page():
    options = [option for each in main.commands["policy"].commands["check"].params for option in each.opts]
    assert [option for option in options if option.startswith("-") and f"| `{option}" not in PAGE] == []
    kinds = [kind.value.replace("_", "-") for kind in PolicyKind]
    assert [kind for kind in kinds if f"`{kind}`" not in PAGE] == []


STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
REQUEST = {
    "action": "s3:GetObject",
    "resource": "arn:aws:s3:::data/x",
    "resource_account": "111122223333",
    "principal": "arn:aws:iam::111122223333:user/alice",
}
CASE = {"id": 1, "request": REQUEST, "identity_policies": [{"Statement": [STATEMENT]}]}


def test_cases_are_decided_line_by_line():
    cases = [CASE, CASE | {"id": 2, "identity_policies": []}]
    result = vpce("simulate", given="\n\n".join(map(json.dumps, cases)))
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(each["id"], each["decision"]) for each in answers] == [(1, "Allowed"), (2, "ImplicitlyDenied")]
    assert result.exit_code == 0


def test_a_case_that_cannot_be_read_is_answered_in_its_place():
    result = vpce("simulate", given=b'{"id": 1}\n\xff\n' + json.dumps(CASE).encode())
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert ["error" in each for each in answers] == [True, True, False]
    assert result.exit_code == 2


def test_a_case_is_answered_before_the_next_one_comes():
    command = [sys.executable, "-m", "vpce_emulator", "policy", "simulate"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our program
        for number in range(3):
            process.stdin.write(json.dumps(CASE | {"id": number}) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def test_the_reader_of_the_answers_may_go_away():
    command = [sys.executable, "-m", "vpce_emulator", "policy", "simulate"]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process = subprocess.Popen(command, **pipes)  # noqa: S603 - our program
    process.stdout.close()
    _, errors = process.communicate((json.dumps(CASE) + "\n").encode() * 100, timeout=30)
    assert errors == b""


@pytest.mark.parametrize("command", [("simulate",), ("check", "-")])
def test_neither_command_waits_for_moto(command):
    program = (
        "import sys\n"
        "from vpce_emulator.cli import main\n"
        f"try: main(['policy', *{command!r}])\n"
        "except SystemExit: pass\n"
        "print({'moto', 'aiohttp', 'botocore'} & set(sys.modules), file=sys.stderr)\n"
    )
    result = subprocess.run(  # noqa: S603 - our program
        [sys.executable, "-c", program], input=json.dumps(CLEAN), capture_output=True, text=True, check=False
    )
    assert result.stderr.splitlines()[-1] == "set()"


def test_the_pre_commit_hook_runs_the_command():
    import yaml  # noqa: PLC0415 - for this test alone

    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert (hook["entry"], hook["language"]) == ("vpce policy check", "python")
    for name in ("policy.json", "iam/bucket-policy.json", "policies/x.json", "vpce.yaml"):
        assert re.search(hook["files"], name), name
    for name in ("package.json", "policy.txt", "src/vpce.py"):
        assert not re.search(hook["files"], name), name
