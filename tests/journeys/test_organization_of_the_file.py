"""The organization of a topology file: its real id, its accounts and units, and the policies that are attached."""

import asyncio
import json
import time

import pytest
import yaml

from vpce_emulator.app import Emulator
from vpce_emulator.process import EmulatorProcess
from vpce_emulator.testing import Vpce
from vpce_emulator.topology_reading import DEFAULT_TOPOLOGY

# A laptop under load takes up an edit late.
PATIENCE = 60
ACCOUNT, MANAGEMENT, SIBLING, STRANGER = "123456789012", "111111111111", "222222222222", "999988887777"
ORGANIZATION = {
    "id": "o-a1b2c3d4e5",
    "management_account": MANAGEMENT,
    "units": {
        "workloads": {"id": "ou-ab12-11111111"},
        "prod": {
            "id": "ou-ab12-22222222",
            "parent": "workloads",
            "accounts": [ACCOUNT, SIBLING],
            "scps": [
                {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Deny", "Action": "sqs:CreateQueue", "Resource": "*"}],
                }
            ],
        },
    },
}
PERIMETER = {
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5", "aws:ResourceOrgID": "o-a1b2c3d4e5"}},
        }
    ]
}


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    file = tmp_path_factory.mktemp("organization") / "vpce.yaml"
    content = yaml.safe_load(DEFAULT_TOPOLOGY) | {"organization": ORGANIZATION}
    content["vpcs"]["app"]["endpoints"]["s3"]["policy"] = PERIMETER
    file.write_text(json.dumps(content))
    with EmulatorProcess(file) as process:
        yield process


@pytest.fixture
def vpce(process):
    vpce = Vpce(process)
    vpce.reset()
    return vpce


def as_root_of(vpce, account, service="s3", **options):
    return vpce.client(service, aws_access_key_id=account, aws_secret_access_key="any", **options)


def put_bucket(vpce, account, name):
    """Make a bucket of an account, open to every account that has permission, and return its name."""
    s3 = as_root_of(vpce, account)
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="k", Body=b"a")
    s3.delete_public_access_block(Bucket=name)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{name}/*"}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return {"Bucket": name, "Key": "k"}


def test_an_endpoint_policy_with_ones_real_organization_id_lets_its_accounts_and_their_resources_alone_through(vpce):
    own, siblings, strangers = (put_bucket(vpce, each, f"of-{each}") for each in (ACCOUNT, SIBLING, STRANGER))
    for account in (ACCOUNT, SIBLING, MANAGEMENT):
        for thing in (own, siblings):
            assert as_root_of(vpce, account, at="private-a").get_object(**thing)["Body"].read() == b"a"
    with vpce.denied(by="vpc_endpoint"):
        as_root_of(vpce, STRANGER, at="private-a").get_object(**own)
    with vpce.denied(by="vpc_endpoint"):
        as_root_of(vpce, ACCOUNT, at="private-a").get_object(**strangers)


def test_policies_of_units_limit_the_accounts_under_them_and_not_the_management_account(vpce):
    with vpce.denied(by="scp"):
        as_root_of(vpce, ACCOUNT, "sqs").create_queue(QueueName="q")
    for account in (MANAGEMENT, STRANGER):
        as_root_of(vpce, account, "sqs").create_queue(QueueName="q")


@pytest.mark.parametrize(("place", "allowed"), [("ou-ab12-22222222/", True), ("ou-ab12-33333333/", False)])
def test_paths_are_those_of_the_file(vpce, place, allowed):
    thing = put_bucket(vpce, ACCOUNT, "data")
    path = f"o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/{place}*"
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::data/*",
        "Condition": {"ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": path}},
    }
    s3 = as_root_of(vpce, ACCOUNT)
    s3.put_bucket_policy(Bucket="data", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    if allowed:
        s3.get_object(**thing)
    else:
        with vpce.denied(by="resource"):
            s3.get_object(**thing)


def test_it_is_described_as_any_other_organization_and_is_there_after_a_reset_that_forgets_what_was_added(vpce):
    for _ in range(2):
        client = as_root_of(vpce, MANAGEMENT, "organizations")
        described = as_root_of(vpce, ACCOUNT, "organizations").describe_organization()["Organization"]
        assert (described["Id"], described["MasterAccountId"]) == ("o-a1b2c3d4e5", MANAGEMENT)
        assert {each["Id"] for each in client.list_accounts()["Accounts"]} == {ACCOUNT, MANAGEMENT, SIBLING}
        (root,) = client.list_roots()["Roots"]
        assert root["Id"] == "r-ab12"
        assert {each["Type"] for each in root["PolicyTypes"]} == {"SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"}
        kind = "SERVICE_CONTROL_POLICY"
        attached = client.list_policies_for_target(TargetId="ou-ab12-22222222", Filter=kind)["Policies"]
        assert [each["Name"] for each in attached] == ["FullAWSAccess", "prod-scp-1"]
        client.create_account(AccountName="new", Email="new@example.com")
        vpce.reset()


def test_an_edit_of_the_organization_takes_effect_and_one_that_cannot_is_said(tmp_path):
    file = tmp_path / "vpce.yaml"
    content = yaml.safe_load(DEFAULT_TOPOLOGY)
    file.write_text(json.dumps(content))
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    (tmp_path / "rcp.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    with EmulatorProcess(file) as process:
        vpce = Vpce(process)

        def edit(organization, said):
            before = len(process.log())
            file.write_text(json.dumps(content | ({"organization": organization} if organization else {})))
            until = time.monotonic() + PATIENCE
            while said not in process.log()[before:]:
                assert time.monotonic() < until, process.log()
                time.sleep(0.05)

        edit(ORGANIZATION, "+ organization o-a1b2c3d4e5")
        as_root_of(vpce, ACCOUNT).list_buckets()
        edit(ORGANIZATION | {"rcp_files": ["rcp.json"]}, "± rcps of organization o-a1b2c3d4e5")
        with vpce.denied(by="rcp"):
            as_root_of(vpce, ACCOUNT).create_bucket(Bucket="data")
        edit(None, "- organization o-a1b2c3d4e5")
        made = as_root_of(vpce, ACCOUNT, "organizations").create_organization(FeatureSet="ALL")["Organization"]["Id"]
        edit(ORGANIZATION, f"! organization: account {ACCOUNT} is in organization {made} already")
        vpce.reset()
        edit(ORGANIZATION | {"management_account": ACCOUNT}, "+ organization o-a1b2c3d4e5")
        as_root_of(vpce, ACCOUNT, "sqs").create_queue(QueueName="q")


def test_emulators_one_after_another_in_a_process_may_have_the_same_organization():
    async def start():
        async with Emulator({"organization": {"id": "o-a1b2c3d4e5"}}) as emulator:
            return emulator.health()["status"]

    assert [asyncio.run(start()) for _ in range(2)] == ["ready", "ready"]
