"""Requests that name one resource in two ways, or in a way of their own: the one that was authorized is meant."""

import http.client
import json

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
REGION = "us-east-1"


@pytest.fixture
def mallory(vpce):
    """The credentials of a user who may do anything to what is called `own…`, and nothing else."""
    iam = vpce.client("iam")
    iam.create_user(UserName="mallory")
    own = [f"arn:aws:{service}:*:*:{kind}own*" for service, kind in KINDS]
    statement = {"Effect": "Allow", "Action": "*", "Resource": own}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="mallory", PolicyName="own", PolicyDocument=policy)
    key = iam.create_access_key(UserName="mallory")["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def as_user(vpce, service, credentials):
    """Return a client with somebody's keys."""
    keys = {"aws_access_key_id": credentials.access_key, "aws_secret_access_key": credentials.secret_key}
    return vpce.client(service, **keys)


KINDS = (
    ("iot", "thing/"), ("eks", "cluster/"), ("lambda", "function:"), ("ecs", "service/"), ("ecs", "cluster/"),
    ("cloudformation", "stack/"),
)  # fmt: skip


@pytest.fixture
def send(vpce, mallory):
    """A function that sends a request signed by mallory, its target exactly as given."""
    place = vpce.url().removeprefix("http://")

    def sent(service, method, target, body=b""):
        signed = AWSRequest(method, f"http://{place}{target}", data=body, headers={"Host": place})
        SigV4Auth(mallory, service, REGION).add_auth(signed)
        connection = http.client.HTTPConnection(place, timeout=20)
        connection.putrequest(method, target, skip_host=True)
        for name, value in signed.headers.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        status, read = answer.status, answer.read().decode()
        connection.close()
        return status, read

    return sent


@pytest.fixture
def things(vpce):
    """Two things and two clusters: her own, and the victim's."""
    iot, eks = vpce.client("iot"), vpce.client("eks")
    network = {"subnetIds": ["subnet-1", "subnet-2"]}
    for name in ("own", "victim"):
        iot.create_thing(thingName=name)
        eks.create_cluster(
            name=name, roleArn=f"arn:aws:iam::{ACCOUNT}:role/eks-{name}-cluster-role", resourcesVpcConfig=network
        )
    return iot


@pytest.mark.parametrize(
    ("service", "target", "body"),
    [
        ("iot", "/things/own?thingName=victim", b""),
        ("iot", "/things/own", b'{"thingName":"victim"}'),
        ("eks", "/clusters/own?name=victim", b""),
        ("eks", "/clusters/own", b'{"name":"victim"}'),
    ],
)
def test_a_label_stands_in_the_path_alone(things, send, service, target, body):
    status, answer = send(service, "GET", target, body)
    assert status == 200
    assert "victim" not in answer
    assert "own" in answer


def test_what_is_deleted_is_what_the_path_says(things, send):
    assert send("iot", "DELETE", "/things/own?thingName=victim")[0] == 200
    assert [thing["thingName"] for thing in things.list_things()["things"]] == ["victim"]


@pytest.fixture
def change_sets(vpce):
    """The ARNs of change sets named `change` of the stacks own and victim, by stack."""
    cloudformation = vpce.client("cloudformation")
    template = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    made = {}
    for stack in ("victim", "own"):
        made[stack] = cloudformation.create_change_set(
            StackName=stack, ChangeSetName="change", ChangeSetType="CREATE", TemplateBody=json.dumps(template)
        )["Id"]
    return made


@pytest.mark.parametrize("operation", ["describe_change_set", "execute_change_set", "delete_change_set"])
def test_a_change_set_is_of_one_stack(vpce, mallory, change_sets, operation):
    call = getattr(as_user(vpce, "cloudformation", mallory), operation)
    for named in ({"StackName": "own"}, {}):
        with pytest.raises(ClientError) as refused:
            call(**named, ChangeSetName=change_sets["victim"])
        assert refused.value.response["Error"]["Code"] in {"AccessDenied", "ChangeSetNotFound"}
    with pytest.raises(ClientError) as refused:
        getattr(vpce.client("cloudformation"), operation)(StackName="own", ChangeSetName=change_sets["victim"])
    assert refused.value.response["Error"]["Code"] == "ChangeSetNotFound"
    call(ChangeSetName=change_sets["own"])
    stacks = {
        stack["StackName"]: stack["StackStatus"] for stack in vpce.client("cloudformation").describe_stacks()["Stacks"]
    }
    assert stacks["victim"] == "REVIEW_IN_PROGRESS"


def test_a_change_set_by_name_is_that_of_the_stack(vpce, mallory, change_sets):
    as_user(vpce, "cloudformation", mallory).delete_change_set(StackName="own", ChangeSetName="change")
    left = vpce.client("cloudformation").describe_change_set(ChangeSetName=change_sets["victim"])
    assert left["StackName"] == "victim"


def test_a_stack_is_authorized_by_its_id(vpce, mallory, change_sets):
    cloudformation = as_user(vpce, "cloudformation", mallory)
    with pytest.raises(
        ClientError, match=r"on resource: arn:aws:cloudformation:us-east-1:123456789012:stack/victim/[0-9a-f-]{36} "
    ):
        cloudformation.get_template(StackName="victim")
    with pytest.raises(ClientError, match=r"on resource: arn:aws:cloudformation:us-east-1:123456789012:stack/none/\* "):
        cloudformation.get_template(StackName="none")
