"""Tags of resources and objects are looked up only where a policy asks for one."""

import json

import pytest

from vpce_emulator.authorization import ResourcePolicy, Tags, authorize
from vpce_emulator.aws.call import ActionOnResource, ObjectName
from vpce_emulator.aws.organization import Membership
from vpce_emulator.aws.principal import AttachedPolicy, Identity, PrincipalType
from vpce_emulator.topology.models import Endpoint, EndpointType

ACCOUNT = "123456789012"
USER = f"arn:aws:iam::{ACCOUNT}:user/ada"
GET = ActionOnResource("s3:GetObject", "arn:aws:s3:::bk/k", tagged=ObjectName("bk", "k", "3"))
PUT = ActionOnResource("s3:PutObject", "arn:aws:s3:::bk/k")
SEND = ActionOnResource("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs")


def document(condition=None, **more):
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", **more}
    return {"Version": "2012-10-17", "Statement": [statement | ({"Condition": condition} if condition else {})]}


def of_object(tag="class", value="public"):
    return {"StringEquals": {f"s3:ExistingObjectTag/{tag}": value}}


def of_resource(key="aws:ResourceTag/team", value="blue"):
    return {"StringEquals": {key: value}}


ANYTHING = document()
IN_VARIABLE = document({"StringEquals": {"aws:username": "${s3:ExistingObjectTag/owner}"}})


class Asked:
    """Tags, and what was asked for."""

    def __init__(self):
        self.names = []

    def of_resource(self, _action, arn):
        self.names.append(arn)
        return {"aws:ResourceTag/team": "blue", "s3:BucketTag/team": "blue"}

    def of_object(self, *name):
        self.names.append(name)
        return {"class": "public", "owner": "ada"}


def decide(wanted, asked, *, identity=ANYTHING, boundary=None, session=None, bucket=None, endpoint=None, scp=None):
    def attached(one):
        return AttachedPolicy("p", json.dumps(one))

    caller = Identity(
        USER,
        ACCOUNT,
        PrincipalType.USER,
        "AIDA",
        user_name="ada",
        identity_policies=(attached(identity),),
        permissions_boundary=attached(boundary) if boundary else None,
        session_policies=(attached(session),) if session else (),
    )
    member = Membership("o-1", "999999999999", ACCOUNT, "o-1/r-1/", scps=((attached(scp),),) if scp else ())
    through = Endpoint(
        id="vpce-1",
        name="s3",
        type=EndpointType.GATEWAY,
        service_name="com.amazonaws.us-east-1.s3",
        vpc_id="vpc-1",
        owner_id=ACCOUNT,
        state="available",
        policy=json.dumps(endpoint),
        created_at=0.0,
        service_region="us-east-1",
    )
    return authorize(
        wanted,
        caller,
        lambda _: {"aws:username": "ada"},
        endpoint=through if endpoint else None,
        resource_policy=ResourcePolicy(json.dumps(bucket), "the bucket policy") if bucket else None,
        resource_account=ACCOUNT,
        of_caller=member,
        of_owner=member,
        tags=Tags(asked.of_resource, asked.of_object),
    ).decision.allowed


@pytest.mark.parametrize("wanted", [GET, PUT, SEND])
def test_no_tags_are_looked_up_for_policies_that_name_none(wanted):
    asked = Asked()
    vpce = document({"StringNotEquals": {"aws:SourceVpce": "vpce-2"}}, Principal="*")
    assert decide(wanted, asked, bucket=vpce, endpoint=vpce, scp=ANYTHING)
    assert asked.names == []


@pytest.mark.parametrize(
    ("policies", "allowed"),
    [
        ({"identity": document(of_object())}, True),
        ({"identity": document(of_object("CLASS"))}, True),
        ({"identity": document(of_object(value="secret"))}, False),
        ({"identity": IN_VARIABLE}, True),
        ({"boundary": document(of_object("nobody"))}, False),
        ({"session": document(of_object("nobody"))}, False),
        ({"scp": document(of_object("nobody"))}, False),
        ({"endpoint": document(of_object("nobody"), Principal="*")}, False),
        ({"bucket": document(of_object(), Principal="*", Effect="Deny")}, False),
    ],
)
def test_an_objects_tags_are_looked_up_whichever_policy_names_one(policies, allowed):
    asked = Asked()
    assert decide(GET, asked, **policies) is allowed
    assert asked.names == [("bk", "k", "3")]


def test_an_action_that_sees_no_tags_of_objects_is_given_none():
    asked = Asked()
    assert not decide(PUT, asked, identity=document(of_object()))
    assert asked.names == []


@pytest.mark.parametrize(
    ("wanted", "policies"),
    [
        (SEND, {"identity": document(of_resource())}),
        (SEND, {"scp": document(of_resource("AWS:resourcetag/team"))}),
        (PUT, {"boundary": document(of_resource("s3:BucketTag/team"))}),
    ],
)
def test_a_resources_tags_are_looked_up_where_a_policy_names_one(wanted, policies):
    asked = Asked()
    assert decide(wanted, asked, **policies)
    assert asked.names == [wanted.resource]
