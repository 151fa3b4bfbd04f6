"""Requests that name one resource in two ways, or in a way of their own: the one that was authorized is meant."""

import http.client
import json

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

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
