"""What a project's own test shows when it fails: what happened to its calls, which no SDK's exception knows."""

import re
import subprocess
import sys

import pytest

TESTS = """
import json

import pytest


@pytest.fixture
def bucket(vpce):
    vpce.client("s3").create_bucket(Bucket="data")
    statement = {
        "Sid": "InsideAlone", "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::data/*", "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    vpce.client("s3").put_bucket_policy(Bucket="data", Policy=policy)


def test_denied(vpce, bucket):
    vpce.client("s3", at="private-a").get_object(Bucket="data", Key="report.csv")


def test_blocked(vpce):
    vpce.client("s3", at="isolated").list_buckets()


def test_not_denied(vpce):
    for _ in range(12):
        vpce.client("sqs", at="private-a").list_queues()
    with vpce.denied():
        vpce.client("sqs", at="private-a").list_queues()


@pytest.fixture
def broken(bucket, vpce):
    vpce.client("s3").get_object(Bucket="data", Key="report.csv")


def test_broken_before_it_began(broken):
    pass


def test_without_calls(vpce):
    raise RuntimeError


def test_that_passes(vpce, bucket):
    with vpce.denied():
        vpce.client("s3").get_object(Bucket="data", Key="report.csv")


def test_without_an_emulator():
    raise RuntimeError


def test_whose_emulator_is_gone(vpce, vpce_server):
    vpce_server.stop()
    vpce.client("s3").list_buckets()
"""
HEADER = "vpce: the calls of this test"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """What a run of the tests above prints."""
    directory = tmp_path_factory.mktemp("project")
    (directory / "test_own.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "--tb=line", "-rA", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(  # noqa: S603 - our own program
        [*command, "-p", "no:asyncio", "-W", "error"], cwd=directory, capture_output=True, text=True, check=False
    )
    assert "6 failed, 1 passed, 1 error" in done.stdout, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def section(project):
    """A function that returns the lines of the section which has a text in it."""
    found = re.findall(rf"^-+ {HEADER} -+\n(.*?)(?=^/|^[-_=]{{5}}|^E  )", project, re.DOTALL | re.MULTILINE)
    assert len(found) == project.count(HEADER)

    def having(text):
        (one,) = (lines for lines in found if text in lines)
        return one.splitlines()

    return having


def test_a_denial_has_its_layer_its_path_and_the_statement_that_decided(section):
    lines = section("denied by resource: s3:GetObject from client private-a over gateway vpce-")
    assert [line for line in lines if not line.startswith(" ")][:2] == [
        "allowed: s3:CreateBucket from internet over internet as arn:aws:iam::123456789012:root",
        "allowed: s3:PutBucketPolicy from internet over internet as arn:aws:iam::123456789012:root",
    ]
    assert 'statement 0 ("InsideAlone") denies it, because aws:SourceVpce is "vpce-' in lines[-1]


def test_a_blocked_call_has_its_hops_the_last_of_which_stopped_it(section):
    first, *hops = section("blocked by network")
    assert first == "blocked by network: s3 from client isolated"
    assert [hop.split()[0] for hop in hops] == ["✓"] * (len(hops) - 1) + ["✗"]
    assert "has no route to" in hops[-1]


def test_calls_that_were_all_allowed_have_what_allowed_them_the_last_ones_alone(section):
    lines = section("sqs:ListQueues")
    assert lines[0] == "(3 calls before these)"
    assert len([line for line in lines if line.startswith("allowed: ")]) == 10
    assert "(VPC endpoint policy): statement 0 allows it." in lines[3]


def test_a_test_that_fails_in_a_fixture_shows_its_calls(section):
    assert "denied by resource: s3:GetObject from internet over internet as" in "\n".join(
        section("denied by resource: s3:GetObject from internet")
    )


def test_an_emulator_that_is_gone_is_said_to_be(section):
    assert section("does not answer")


def test_tests_that_pass_or_make_no_calls_show_nothing(project):
    assert project.count(HEADER) == 5
