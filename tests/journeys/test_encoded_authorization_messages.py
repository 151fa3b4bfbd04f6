"""EC2 tells why it denies in an encoded message, which STS decodes for whoever may ask."""

import json

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from vpce_emulator.aws.authorization_messages import decoded_message

ACCOUNT = "123456789012"
MARK = ". Encoded authorization failure message: "
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.fixture
def client(vpce):
    """A function that makes a user with statements, and a function for its clients."""

    def make(name, *statements):
        iam = vpce.client("iam")
        made = iam.create_user(UserName=name)["User"]
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_user_policy(UserName=name, PolicyName="inline", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        return made, lambda service, **place: vpce.client(service, **keys, **place)

    return make


def refusal(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def denied(call, **parameters):
    """Return what a refusal says, and the encoded message in it."""
    code, message = refusal(call, **parameters)
    assert code == "UnauthorizedOperation"
    told, mark, encoded = message.partition(MARK)
    assert mark
    return told, encoded


def test_an_implicit_denial_tells_what_was_asked_of_whom(vpce, client):
    user, alice = client("alice", {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    vpc = {"VpcId": vpce.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]}
    told, encoded = denied(alice("ec2").delete_vpc, **vpc)
    resource = f"arn:aws:ec2:us-east-1:{ACCOUNT}:vpc/{vpc['VpcId']}"
    assert told == (
        f"You are not authorized to perform this operation. User: {user['Arn']} is not authorized to perform: "
        f"ec2:DeleteVpc on resource: {resource} because no identity-based policy allows the ec2:DeleteVpc action"
    )
    decoded = json.loads(vpce.client("sts").decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
    conditions = {each["key"]: each["values"] for each in decoded["context"].pop("conditions")["items"]}
    assert decoded == {
        "allowed": False,
        "explicitDeny": False,
        "matchedStatements": {"items": []},
        "failures": {"items": []},
        "context": {
            "principal": {"id": user["UserId"], "name": "alice", "arn": user["Arn"]},
            "action": "ec2:DeleteVpc",
            "resource": resource,
        },
    }
    assert conditions["aws:RequestedRegion"] == {"items": [{"value": "us-east-1"}]}


def test_an_explicit_denial_tells_the_statements(vpce, client):
    large = {"StringNotEquals": {"ec2:InstanceType": "t3.micro"}}
    deny = {"Sid": "Small", "Effect": "Deny", "Action": "ec2:RunInstances", "Resource": "*", "Condition": large}
    user, bob = client("bob", EVERYTHING, deny)
    image = vpce.client("ec2").describe_images()["Images"][0]["ImageId"]
    run = {"ImageId": image, "MinCount": 1, "MaxCount": 1, "InstanceType": "m5.large"}
    told, encoded = denied(bob("ec2").run_instances, **run)
    assert told.endswith("with an explicit deny in an identity-based policy")
    decoded = json.loads(bob("sts").decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
    assert decoded["explicitDeny"]
    wanted = {"key": "ec2:InstanceType", "values": {"items": [{"value": "t3.micro"}]}}
    assert decoded["matchedStatements"]["items"] == [
        {
            "statementId": "Small",
            "effect": "DENY",
            "principals": {"items": [{"value": user["UserId"]}]},
            "principalGroups": {"items": []},
            "actions": {"items": [{"value": "ec2:RunInstances"}]},
            "resources": {"items": [{"value": "*"}]},
            "conditions": {"items": [wanted]},
        }
    ]


def test_the_denial_of_an_endpoint_policy_tells_its_statement(vpce, client):
    barred = {"Effect": "Deny", "Principal": "*", "Action": "ec2:CreateVpc", "Resource": "*"}
    ec2 = vpce.client("ec2")
    home = next(each for each in ec2.describe_vpc_endpoints()["VpcEndpoints"] if each["VpcEndpointType"] == "Interface")
    made = ec2.create_vpc_endpoint(
        VpcId=home["VpcId"],
        ServiceName="com.amazonaws.us-east-1.ec2",
        VpcEndpointType="Interface",
        SubnetIds=home["SubnetIds"][:1],
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [EVERYTHING | {"Principal": "*"}, barred]}),
    )["VpcEndpoint"]["VpcEndpointId"]
    told, encoded = denied(vpce.client("ec2", via=made).create_vpc, CidrBlock="10.77.0.0/16")
    assert told.endswith("with an explicit deny in a VPC endpoint policy")
    decoded = json.loads(vpce.client("sts").decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
    assert [each["effect"] for each in decoded["matchedStatements"]["items"]] == ["DENY"]


def test_reading_operations_encode_nothing(client):
    _, carol = client("carol", {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    code, message = refusal(carol("ec2").describe_vpcs)
    assert code == "UnauthorizedOperation"
    reason = "because no identity-based policy allows the ec2:DescribeVpcs action"
    assert message.endswith(f"is not authorized to perform: ec2:DescribeVpcs {reason}")


def test_decoding_needs_leave(client):
    _, dave = client("dave", {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    _, encoded = denied(dave("ec2").create_vpc, CidrBlock="10.77.0.0/16")
    code, message = refusal(dave("sts").decode_authorization_message, EncodedMessage=encoded)
    assert code == "AccessDenied"
    assert "sts:DecodeAuthorizationMessage" in message


@pytest.mark.parametrize("text", ["x", "AAAA", "é", "A" * 400])
def test_what_was_not_encoded_is_not_decoded(vpce, text):
    code, message = refusal(vpce.client("sts").decode_authorization_message, EncodedMessage=text)
    assert (code, message) == ("InvalidAuthorizationMessageException", "Message is not valid")


def test_messages_have_a_longest(vpce):
    code, _ = refusal(vpce.client("sts").decode_authorization_message, EncodedMessage="A" * 10_241)
    assert code == "ValidationError"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_no_text_at_all_makes_decoding_stumble(text):
    assert decoded_message(text) is None


def test_a_message_that_was_changed_is_none(client):
    _, erin = client("erin", {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    _, encoded = denied(erin("ec2").create_vpc, CidrBlock="10.77.0.0/16")
    assert decoded_message(encoded) is not None
    assert decoded_message(("A" if encoded[0] != "A" else "B") + encoded[1:]) is None
