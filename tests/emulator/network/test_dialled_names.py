"""The host name that a caller means who says only a door's own name, and where it leads on the internet."""

import botocore.session
import pytest

from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.network.ingress import INTERNET, dialled_name, ingress
from vpce_emulator.topology.models import Topology
from vpce_emulator.topology.path import PathKind, addresses_of
from vpce_emulator.topology.zones import public_view

SERVICES = botocore.session.get_session().get_available_services()
# What is public is the same in every network of a Region.
TOPOLOGY = Topology(version=1, region="us-east-1", account_id="123456789012")


def service(name: str, region: str = "us-east-1") -> Service:
    return Service(name, region, Protocol.REST_JSON, name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sqs", "sqs.us-east-1.amazonaws.com"),
        ("cloudwatch", "monitoring.us-east-1.amazonaws.com"),
        ("ecr", "api.ecr.us-east-1.amazonaws.com"),
        ("memorydb", "memory-db.us-east-1.amazonaws.com"),
        ("sso-oidc", "oidc.us-east-1.amazonaws.com"),
        ("datazone", "datazone.us-east-1.api.aws"),
        ("iam", "iam.amazonaws.com"),
        ("organizations", "organizations.us-east-1.amazonaws.com"),
        ("networkmanager", "networkmanager.us-west-2.amazonaws.com"),
        ("sts", "sts.us-east-1.amazonaws.com"),
    ],
)
def test_a_door_called_by_its_own_name_means_the_name_that_an_sdk_dials(name, expected):
    assert dialled_name("127.0.0.1:4566", service(name)) == expected


def test_a_name_of_aws_is_what_is_meant():
    assert dialled_name("QUEUE.amazonaws.com:443", service("sqs")) == "queue.amazonaws.com"


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_every_service_of_botocore_has_a_public_address(region):
    view = public_view(TOPOLOGY)
    hosts = {dialled_name("localhost", service(name, region)) for name in SERVICES}
    assert {host for host in hosts if not addresses_of(view, host)} == set()
    assert ingress(TOPOLOGY, INTERNET, min(hosts)).path.kind is PathKind.INTERNET


def test_a_service_that_does_not_exist_has_none():
    name = dialled_name("localhost", service("teleportation"))
    path = ingress(TOPOLOGY, INTERNET, name).path
    assert (path.kind, path.reason) == (
        PathKind.BLOCKED,
        f"{name} has no address in public DNS: check the spelling and the Region.",
    )
