"""What the backend replaces in moto is there to be replaced, and does what it is replaced for."""

from __future__ import annotations

import gc

import moto.core.responses
import pytest
from moto.backend_index import backend_url_patterns
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker
from moto.core.utils import get_service_model
from moto.s3.models import FakeKey

from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.backend.embedded import dispatch
from vpce_emulator.backend.embedded.replacing import MotoChangedError, replace


def test_replacing_what_moto_does_not_have_fails_loudly():
    with pytest.raises(MotoChangedError, match=r"no moto\.core\.responses\.gone"):
        replace(moto.core.responses, "gone", None)


async def test_an_object_that_was_overwritten_is_forgotten(caller):
    await caller.s3("PUT", "/bucket")
    for number in range(20):
        await caller.s3("PUT", "/bucket/k", body=str(number).encode())
    gc.collect()
    assert sum(isinstance(found, FakeKey) and found.name == "k" for found in gc.get_objects()) <= 2


async def test_every_answer_has_a_request_id_of_its_own(caller):
    await caller.s3("PUT", "/bucket")
    ids = {dict((await caller.s3("GET", "/bucket")).headers)["x-amz-request-id"] for _ in range(50)}
    assert len(ids) == 50
    assert all(len(id_) == 16 and id_ == id_.upper() for id_ in ids)


def test_a_member_is_found_in_things_of_every_class_under_the_spelling_of_each():
    class Vpc:
        id = "vpc-1"

    class Subnet:
        id, vpc_id = "subnet-1", "vpc-2"

    shape = get_service_model("ec2").shape_for("Vpc")
    member = shape.members["VpcId"]
    member.parent = shape
    picker = XFormedAttributePicker()
    for _ in range(2):
        found = [
            picker(AttributePickerContext(thing, "VpcId", member)) for thing in (Vpc(), Subnet(), {"vpcId": "vpc-3"})
        ]
        assert found == ["vpc-1", "vpc-2", "vpc-3"]


SERVICES_WITH_ANOTHER_HOST = {
    "cloudwatch": "monitoring",
    "efs": "elasticfilesystem",
    "elbv2": "elasticloadbalancing",
    "stepfunctions": "states",
}


SERVICES = ["s3", "dynamodb", "ec2", "iam", "sts", "sqs", "sns", "kms", "ssm", "lambda", "secretsmanager", "logs"]


@pytest.mark.parametrize("name", [*SERVICES, *SERVICES_WITH_ANOTHER_HOST])
def test_a_service_is_called_by_a_host_name_that_moto_knows_as_its_own(name):
    host = dispatch.canonical_host(Service(name, "eu-west-1", Protocol.JSON_1_1, name))
    assert host == f"{SERVICES_WITH_ANOTHER_HOST.get(name, name)}.eu-west-1.amazonaws.com"
    assert any(pattern.match(f"https://{host}") for _, pattern in backend_url_patterns)


def test_china_has_a_suffix_of_its_own():
    host = dispatch.canonical_host(Service("sqs", "cn-north-1", Protocol.QUERY, "sqs"))
    assert host == "sqs.cn-north-1.amazonaws.com.cn"
