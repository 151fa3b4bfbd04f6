"""Sessions of users: GetSessionToken and GetFederationToken, what they may ask, and what limits them."""

import json

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
LISTING = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def keys(made):
    token = {"aws_session_token": made["SessionToken"]} if "SessionToken" in made else {}
    return {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]} | token


def refusal(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    answer = refused.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


@pytest.fixture
def user(vpce):
    """A function that makes an IAM user, and returns the arguments with which boto3 acts as it."""
    iam = vpce.client("iam")

    def make(name, *statements):
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="inline", PolicyDocument=policy(*statements))
        return keys(iam.create_access_key(UserName=name)["AccessKey"])

    return make


def test_a_session_token_is_the_user_with_its_policies(vpce, user):
    alice = user("alice", LISTING)
    session = keys(vpce.client("sts", **alice).get_session_token()["Credentials"])
    vpce.client("s3", **session).list_buckets()
    with vpce.denied(by="identity"):
        vpce.client("s3", **session).create_bucket(Bucket="mine")
    assert vpce.client("sts", **session).get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/alice"


@pytest.mark.parametrize(
    ("service", "call", "expected"),
    [
        ("iam", lambda client: client.list_users(), (403, "InvalidClientTokenId")),
        ("sts", lambda client: client.get_session_token(), (403, "AccessDenied")),
        ("sts", lambda client: client.get_federation_token(Name="bob"), (403, "AccessDenied")),
        ("sts", lambda client: client.get_access_key_info(AccessKeyId="A" * 20), (403, "InvalidClientTokenId")),
    ],
)
@pytest.mark.parametrize("kind", ["session", "federated"])
def test_iam_and_sts_take_little_from_sessions_of_users(vpce, user, kind, service, call, expected):
    sts = vpce.client("sts", **user("alice", ANYTHING))
    if kind == "session":
        made = sts.get_session_token()
    else:
        made = sts.get_federation_token(Name="bob", Policy=policy(ANYTHING))
    session = keys(made["Credentials"])
    assert refusal(lambda: call(vpce.client(service, **session)))[:2] == expected
    vpce.client("sts", **session).get_caller_identity()


def test_a_second_factor_opens_iam_to_a_session_and_is_known_to_conditions(vpce, user):
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}
    alice = user("alice", LISTING | {"Condition": mfa}, {"Effect": "Allow", "Action": "iam:*", "Resource": "*"})
    iam = vpce.client("iam")
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="alice")["VirtualMFADevice"]["SerialNumber"]
    sts = vpce.client("sts", **alice)
    asked = {"SerialNumber": serial, "TokenCode": "123456"}
    assert refusal(sts.get_session_token, **asked)[:2] == (403, "AccessDenied")
    iam.enable_mfa_device(
        UserName="alice", SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    session = keys(sts.get_session_token(**asked)["Credentials"])
    vpce.client("s3", **session).list_buckets()
    vpce.client("iam", **session).list_users()
    for without in (alice, keys(sts.get_session_token()["Credentials"])):
        with vpce.denied(by="identity"):
            vpce.client("s3", **without).list_buckets()


def test_a_federated_user_may_what_both_its_policy_and_the_users_allow(vpce, user):
    sts = vpce.client("sts", **user("alice", LISTING, {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}))
    bob = keys(sts.get_federation_token(Name="bob", Policy=policy(ANYTHING))["Credentials"])
    vpce.client("s3", **bob).list_buckets()
    with vpce.denied(by="identity"):
        vpce.client("s3", **bob).create_bucket(Bucket="mine")
    narrow = policy(LISTING | {"Action": "s3:GetObject"})
    carol = keys(sts.get_federation_token(Name="carol", Policy=narrow)["Credentials"])
    with vpce.denied(by="session"):
        vpce.client("s3", **carol).list_buckets()
    powerless = keys(sts.get_federation_token(Name="dan")["Credentials"])
    with vpce.denied(by="session"):
        vpce.client("s3", **powerless).list_buckets()


def test_federating_needs_leave(vpce, user):
    alice = vpce.client("sts", **user("alice", LISTING))
    assert refusal(alice.get_federation_token, Name="bob") == (
        403,
        "AccessDenied",
        f"User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform: sts:GetFederationToken on resource: "
        f"arn:aws:sts::{ACCOUNT}:federated-user/bob because no identity-based policy allows the sts:GetFederationToken "
        "action",
    )


def test_a_federated_user_of_the_root_has_its_policy_alone(vpce):
    bob = keys(vpce.client("sts").get_federation_token(Name="bob", Policy=policy(LISTING))["Credentials"])
    vpce.client("s3", **bob).list_buckets()
    with vpce.denied(by="session"):
        vpce.client("s3", **bob).create_bucket(Bucket="mine")
