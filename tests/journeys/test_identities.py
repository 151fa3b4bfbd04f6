"""Who is calling: users, roles, sessions and accounts, with the policies and keys that they have."""

import json
import re
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from vpce_emulator.process import EmulatorProcess
from vpce_emulator.testing import Vpce

ACCOUNT = "123456789012"
STRANGER = "999988887777"
BUCKET = "ours"
REPORT = {"Bucket": BUCKET, "Key": "report.csv"}
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
READ_AND_LIST = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def refusal(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    answer = refused.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def keys(made):
    """Return an access key, of a user or of a session, as boto3's arguments."""
    token = {"aws_session_token": made["SessionToken"]} if "SessionToken" in made else {}
    return {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]} | token


@pytest.fixture
def bucket(vpce):
    s3 = vpce.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(**REPORT, Body=b"a,b\n")
    return s3


@pytest.fixture
def user(vpce):
    """A function that makes an IAM user with policies, and returns the arguments with which boto3 acts as it."""
    iam = vpce.client("iam")

    def make(name, *statements, **options):
        iam.create_user(UserName=name, **options)
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="inline", PolicyDocument=policy(*statements))
        return keys(iam.create_access_key(UserName=name)["AccessKey"])

    return make


@pytest.fixture
def session(vpce):
    """A function that makes a role, assumes it, and returns the arguments with which boto3 acts as the session."""
    iam = vpce.client("iam")
    trust = policy(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        }
    )

    def make(role, *statements, boundary=None, name="build", **options):
        bounded = {"PermissionsBoundary": boundary} if boundary else {}
        made = iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust, **bounded)["Role"]
        iam.put_role_policy(RoleName=role, PolicyName="inline", PolicyDocument=policy(*statements))
        assumed = vpce.client("sts").assume_role(RoleArn=made["Arn"], RoleSessionName=name, **options)
        return keys(assumed["Credentials"])

    return make


def test_a_user_may_what_its_policies_allow_and_no_more(vpce, bucket, user):
    alice = vpce.client("s3", at="private-a", **user("alice", READ))
    assert alice.get_object(**REPORT)["Body"].read() == b"a,b\n"
    assert refusal(alice.put_object, **REPORT, Body=b"") == (
        403,
        "AccessDenied",
        f"User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform: s3:PutObject on resource: "
        f'"arn:aws:s3:::{BUCKET}/report.csv" because no identity-based policy allows the s3:PutObject action',
    )


def test_a_user_has_the_policies_of_its_groups_and_the_managed_ones(vpce, bucket, user):
    alice = vpce.client("s3", **user("alice"))
    with vpce.denied(by="identity"):
        alice.get_object(**REPORT)
    iam = vpce.client("iam")
    iam.create_group(GroupName="readers")
    iam.put_group_policy(GroupName="readers", PolicyName="read", PolicyDocument=policy(READ))
    iam.add_user_to_group(GroupName="readers", UserName="alice")
    assert alice.get_object(**REPORT)["Body"].read() == b"a,b\n"
    listing = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{BUCKET}"}
    managed = iam.create_policy(PolicyName="list", PolicyDocument=policy(listing))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="alice", PolicyArn=managed)
    assert alice.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1
    iam.detach_user_policy(UserName="alice", PolicyArn=managed)
    with vpce.denied(by="identity"):
        alice.list_objects_v2(Bucket=BUCKET)


def test_a_session_acts_with_the_policies_of_its_role(vpce, bucket, session):
    build = session("builder", READ)
    s3 = vpce.client("s3", at="private-a", **build)
    assert s3.get_object(**REPORT)["Body"].read() == b"a,b\n"
    assert vpce.decisions()[-1]["principal"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/builder/build"
    assert refusal(s3.delete_object, **REPORT)[2].startswith(
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/builder/build is not authorized to perform: s3:DeleteObject"
    )
    identity = vpce.client("sts", **build).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/builder/build"
    assert identity["UserId"].endswith(":build")


def test_a_session_policy_limits_the_role(vpce, bucket, session):
    s3 = vpce.client("s3", **session("builder", READ_AND_LIST, Policy=policy(READ)))
    assert s3.get_object(**REPORT)["Body"].read() == b"a,b\n"
    message = refusal(s3.list_objects_v2, Bucket=BUCKET)[2]
    assert message.endswith("because no session policy allows the s3:ListBucket action")
    with vpce.denied(by="session"):
        s3.list_objects_v2(Bucket=BUCKET)


def test_a_session_policy_grants_nothing_that_the_role_does_not(vpce, bucket, session):
    s3 = vpce.client("s3", **session("builder", READ, Policy=policy(READ_AND_LIST)))
    with vpce.denied(by="identity"):
        s3.list_objects_v2(Bucket=BUCKET)


@pytest.mark.parametrize("kind", ["user", "role"])
def test_a_permissions_boundary_limits_whoever_has_it(vpce, bucket, user, session, kind):
    boundary = vpce.client("iam").create_policy(PolicyName="limit", PolicyDocument=policy(READ))["Policy"]["Arn"]
    if kind == "user":
        who = user("alice", READ_AND_LIST, PermissionsBoundary=boundary)
    else:
        who = session("builder", READ_AND_LIST, boundary=boundary)
    s3 = vpce.client("s3", **who)
    assert s3.get_object(**REPORT)["Body"].read() == b"a,b\n"
    with vpce.denied(by="permissions_boundary"):
        s3.list_objects_v2(Bucket=BUCKET)


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        (
            "s3",
            "list_buckets",
            (403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
        ),
        (
            "dynamodb",
            "list_tables",
            (400, "UnrecognizedClientException", "The security token included in the request is invalid."),
        ),
        (
            "sts",
            "get_caller_identity",
            (403, "InvalidClientTokenId", "The security token included in the request is invalid."),
        ),
        (
            "ec2",
            "describe_vpcs",
            (401, "AuthFailure", "AWS was not able to validate the provided access credentials"),
        ),
    ],
)
def test_a_session_without_its_token_is_nobody(vpce, session, service, operation, expected):
    build = session("builder", READ)
    del build["aws_session_token"]
    assert refusal(getattr(vpce.client(service, **build), operation)) == expected


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [("s3", "list_buckets", "InvalidToken"), ("dynamodb", "list_tables", "UnrecognizedClientException")],
)
def test_a_long_term_key_with_the_token_of_other_credentials_is_refused(vpce, user, service, operation, expected):
    """As where AWS_SESSION_TOKEN was left in the environment."""
    stale = {**user("alice", {"Effect": "Allow", "Action": "*", "Resource": "*"}), "aws_session_token": "of yesterday"}
    _, code, _ = refusal(getattr(vpce.client(service, **stale), operation))
    assert code == expected


def test_a_bucket_name_that_another_account_has_is_not_available(vpce, bucket):
    other = {"aws_access_key_id": "111122223333", "aws_secret_access_key": "any"}
    _, code, message = refusal(vpce.client("s3", **other).create_bucket, Bucket=BUCKET)
    assert (code, message.split(".")[0]) == ("BucketAlreadyExists", "The requested bucket name is not available")


def test_a_session_with_another_token_is_refused(vpce, bucket, session):
    build = session("builder", READ) | {"aws_session_token": "another"}
    status, code, _ = refusal(vpce.client("s3", **build).get_object, **REPORT)
    assert (status, code) in {(400, "InvalidToken"), (403, "InvalidTokenId")}


def test_a_wrong_secret_makes_a_signature_that_does_not_match(vpce, bucket, user):
    alice = user("alice", READ) | {"aws_secret_access_key": "wrong"}
    assert refusal(vpce.client("s3", **alice).get_object, **REPORT) == (
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and signing "
        "method.",
    )


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        ("s3", "list_buckets", (403, "InvalidAccessKeyId")),
        ("dynamodb", "list_tables", (400, "UnrecognizedClientException")),
        ("sts", "get_caller_identity", (403, "InvalidClientTokenId")),
        ("ec2", "describe_vpcs", (401, "AuthFailure")),
    ],
)
def test_an_inactive_key_is_not_accepted_until_it_is_active_again(vpce, user, service, operation, expected):
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys_update.html
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    alice = user("alice", everything)
    call = getattr(vpce.client(service, **alice), operation)
    call()
    key = {"UserName": "alice", "AccessKeyId": alice["aws_access_key_id"]}
    vpce.client("iam").update_access_key(**key, Status="Inactive")
    assert refusal(call)[:2] == expected
    vpce.client("iam").update_access_key(**key, Status="Active")
    call()


def test_another_account_needs_the_bucket_policy_and_its_own_policies(vpce, bucket):
    root = {"aws_access_key_id": STRANGER, "aws_secret_access_key": "any"}
    iam = vpce.client("iam", **root)
    iam.create_user(UserName="bob")
    bob = vpce.client("s3", **keys(iam.create_access_key(UserName="bob")["AccessKey"]))
    granted = READ | {"Principal": {"AWS": f"arn:aws:iam::{STRANGER}:user/bob"}}

    assert refusal(bob.get_object, **REPORT) == (403, "AccessDenied", "Access Denied")
    bucket.put_bucket_policy(Bucket=BUCKET, Policy=policy(granted))
    with vpce.denied(by="identity"):
        bob.get_object(**REPORT)
    iam.put_user_policy(UserName="bob", PolicyName="inline", PolicyDocument=policy(READ))
    assert bob.get_object(**REPORT)["Body"].read() == b"a,b\n"
    bucket.delete_bucket_policy(Bucket=BUCKET)
    with vpce.denied(by="resource"):
        bob.get_object(**REPORT)


def test_a_bucket_policy_for_an_account_delegates_to_its_root(vpce, bucket):
    stranger = vpce.client("s3", aws_access_key_id=STRANGER, aws_secret_access_key="any")
    with vpce.denied(by="resource"):
        stranger.get_object(**REPORT)
    bucket.put_bucket_policy(Bucket=BUCKET, Policy=policy(READ | {"Principal": {"AWS": STRANGER}}))
    assert stranger.get_object(**REPORT)["Body"].read() == b"a,b\n"


def test_a_bucket_policy_alone_is_enough_for_a_user_of_the_same_account(vpce, bucket, user):
    alice = vpce.client("s3", **user("alice"))
    granted = READ | {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"}}
    bucket.put_bucket_policy(Bucket=BUCKET, Policy=policy(granted))
    assert alice.get_object(**REPORT)["Body"].read() == b"a,b\n"


@pytest.mark.parametrize(
    ("operator", "key", "of_the_user", "of_the_session"),
    [
        ("StringEquals", "aws:username", "alice", None),
        ("ArnEquals", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:user/alice", f"arn:aws:iam::{ACCOUNT}:role/builder"),
        ("StringLike", "aws:userid", "AIDA*", "AROA*:build"),
        ("StringEquals", "aws:PrincipalTag/team", "blue", "green"),
        ("StringEquals", "aws:PrincipalType", "User", "AssumedRole"),
        ("StringEquals", "aws:PrincipalAccount", ACCOUNT, ACCOUNT),
    ],
)
def test_conditions_know_who_is_calling(vpce, bucket, user, session, operator, key, of_the_user, of_the_session):
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    who = {
        "user": vpce.client("s3", **user("alice", everything, Tags=[{"Key": "team", "Value": "blue"}])),
        "session": vpce.client("s3", **session("builder", everything)),
    }
    vpce.client("iam").tag_role(RoleName="builder", Tags=[{"Key": "team", "Value": "green"}])

    def let_in(value):
        statement = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{BUCKET}/*",
        }
        negated = operator.replace("Equals", "NotEquals").replace("Like", "NotLike")
        condition = {"Condition": {negated: {key: value}}}
        bucket.put_bucket_policy(Bucket=BUCKET, Policy=policy(statement | condition))
        return {name for name, s3 in who.items() if reads(s3)}

    values = {"user": of_the_user, "session": of_the_session}
    for value in filter(None, values.values()):
        assert let_in(value) == {name for name in who if values[name] == value}
    assert let_in("somebody-else") == set()


def reads(s3):
    try:
        return s3.get_object(**REPORT)["Body"].read() == b"a,b\n"
    except ClientError:
        return False


def test_the_tags_of_a_session_are_tags_of_the_principal(vpce, bucket, session):
    own = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/${{aws:PrincipalTag/team}}/*",
    }
    build = vpce.client("s3", **session("builder", own, Tags=[{"Key": "team", "Value": "green"}]))
    for team in ("green", "blue"):
        bucket.put_object(Bucket=BUCKET, Key=f"{team}/k", Body=b"")
    build.get_object(Bucket=BUCKET, Key="green/k")
    with vpce.denied(by="identity"):
        build.get_object(Bucket=BUCKET, Key="blue/k")


def test_a_policy_variable_gives_everybody_a_home(vpce, bucket, user):
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    home = {"Effect": "Allow", "Action": "s3:*Object", "Resource": f"arn:aws:s3:::{BUCKET}/home/${{aws:username}}/*"}
    listing = {
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": f"arn:aws:s3:::{BUCKET}",
        "Condition": {"StringLike": {"s3:prefix": "home/${aws:username}/*"}},
    }
    alice, bob = (vpce.client("s3", **user(name, home, listing)) for name in ("alice", "bob"))
    alice.put_object(Bucket=BUCKET, Key="home/alice/k", Body=b"mine")
    assert alice.list_objects_v2(Bucket=BUCKET, Prefix="home/alice/")["KeyCount"] == 1
    for call in (
        lambda: bob.get_object(Bucket=BUCKET, Key="home/alice/k"),
        lambda: bob.list_objects_v2(Bucket=BUCKET, Prefix="home/alice/"),
        lambda: alice.list_objects_v2(Bucket=BUCKET),
    ):
        with vpce.denied(by="identity"):
            call()


def test_an_endpoint_policy_on_the_principal_lets_one_role_through(vpce, bucket, user, session):
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    allowed = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "*",
        "Resource": "*",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/builder"}},
    }
    vpce.client("ec2").modify_vpc_endpoint(VpcEndpointId=vpce.endpoint("s3").id, PolicyDocument=policy(allowed))
    build = vpce.client("s3", at="private-a", **session("builder", everything))
    assert build.get_object(**REPORT)["Body"].read() == b"a,b\n"
    with vpce.denied(by="vpc_endpoint"):
        vpce.client("s3", at="private-a", **user("alice", everything)).get_object(**REPORT)


ALICE = {"aws_access_key_id": "AKIAALICEALICEALICE1", "aws_secret_access_key": "alices/secret"}
BUILD = {
    "aws_access_key_id": "ASIABUILDBUILDBUILD1",
    "aws_secret_access_key": "builds/secret",
    "aws_session_token": "builds token",
}
ROBOT = {
    "aws_access_key_id": "ASIAROBOTROBOTROBOT1",
    "aws_secret_access_key": "any",
    "aws_session_token": "robots token",
}
TOPOLOGY = {
    "account": ACCOUNT,
    "vpcs": {
        "app": {
            "cidr": "10.0.0.0/16",
            "subnets": {
                "workers": {"cidr": "10.0.1.0/24", "availability_zone": "us-east-1a", "route_table": "private"}
            },
            "route_tables": {"private": {}},
            "endpoints": {"s3": {"type": "Gateway", "service": "s3", "route_tables": ["private"]}},
        }
    },
    "clients": {"worker": {"subnet": "workers"}},
    "credentials": [
        {
            "access_key_id": ALICE["aws_access_key_id"],
            "secret_access_key": ALICE["aws_secret_access_key"],
            "principal": f"arn:aws:iam::{ACCOUNT}:user/people/alice",
            "policies": ["AdministratorAccess"],
            "permissions_boundary": {"Version": "2012-10-17", "Statement": [READ]},
            "tags": {"team": "blue"},
        },
        {
            "access_key_id": BUILD["aws_access_key_id"],
            "secret_access_key": BUILD["aws_secret_access_key"],
            "session_token": BUILD["aws_session_token"],
            "principal": f"arn:aws:sts::{ACCOUNT}:assumed-role/builder/build",
            "policies": [{"Version": "2012-10-17", "Statement": [READ_AND_LIST]}],
        },
        {
            "access_key_id": ROBOT["aws_access_key_id"],
            "session_token": ROBOT["aws_session_token"],
            "principal": f"arn:aws:sts::{ACCOUNT}:assumed-role/robot/build",
            "policies": [{"Version": "2012-10-17", "Statement": [READ_AND_LIST]}],
        },
    ],
}


@pytest.fixture(scope="module")
def static_server():
    with EmulatorProcess(TOPOLOGY) as process:
        yield process


@pytest.fixture
def static(static_server):
    """An emulator whose topology file has access keys, and a bucket in it."""
    emulator = Vpce(static_server)
    emulator.reset()
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(**REPORT, Body=b"a,b\n")
    return emulator


def test_a_static_key_is_the_principal_that_the_topology_names(static):
    for who, arn in {
        "alice": f"arn:aws:iam::{ACCOUNT}:user/people/alice",
        "build": f"arn:aws:sts::{ACCOUNT}:assumed-role/builder/build",
    }.items():
        static.client("s3", **{"alice": ALICE, "build": BUILD}[who]).get_object(**REPORT)
        assert static.decisions()[-1]["principal"] == arn


def test_a_static_key_has_the_policies_that_the_topology_gives_it(static):
    build = static.client("s3", at="worker", **BUILD)
    assert build.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1
    with static.denied(by="identity"):
        build.put_object(**REPORT, Body=b"")
    alice = static.client("s3", at="worker", **ALICE)
    assert alice.get_object(**REPORT)["Body"].read() == b"a,b\n"
    with static.denied(by="permissions_boundary"):
        alice.put_object(**REPORT, Body=b"")


def test_a_static_keys_tags_and_name_are_known_to_conditions(static):
    condition = {"StringNotEquals": {"aws:PrincipalTag/team": "blue", "aws:username": "alice"}}
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    static.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy(statement | {"Condition": condition}))
    assert static.client("s3", **ALICE).get_object(**REPORT)["Body"].read() == b"a,b\n"
    with static.denied(by="resource"):
        static.client("s3", **BUILD).get_object(**REPORT)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (ALICE | {"aws_secret_access_key": "guessed"}, "SignatureDoesNotMatch"),
        (BUILD | {"aws_secret_access_key": "guessed"}, "SignatureDoesNotMatch"),
        (BUILD | {"aws_session_token": "guessed"}, "InvalidToken"),
    ],
)
def test_a_static_keys_signature_and_token_are_verified(static, wrong, code):
    assert refusal(static.client("s3", **wrong).get_object, **REPORT)[1] == code


@pytest.mark.parametrize(
    ("token", "of_sts", "of_s3"),
    [
        (None, "InvalidClientTokenId", "InvalidAccessKeyId"),
        ("guessed", "InvalidClientTokenId", "InvalidToken"),
        (ROBOT["aws_session_token"], None, None),
    ],
)
@pytest.mark.parametrize("presigned", [False, True])
def test_a_static_keys_token_is_verified_where_its_secret_is_not_known(static, token, of_sts, of_s3, presigned):
    keys = ROBOT | {"aws_session_token": token}
    identity = static.client("sts", **keys).get_caller_identity
    s3 = static.client("s3", **keys)

    def get():
        if not presigned:
            return s3.get_object(**REPORT)
        url = s3.generate_presigned_url("get_object", Params=REPORT)
        try:
            return urllib.request.urlopen(url).read()  # noqa: S310 - an emulator's own URL
        except urllib.error.HTTPError as error:
            raise ClientError({"Error": {"Code": re.search(r"<Code>(\w+)<", error.read().decode())[1]}}, "") from error

    for call, code in ((identity, of_sts), (get, of_s3)):
        if code is None:
            call()
        else:
            with pytest.raises(ClientError, match=code):
                call()


def test_a_temporary_key_that_nobody_made_is_nobodys(static):
    keys = {"aws_access_key_id": "ASIACACHEDCACHEDCACH", "aws_secret_access_key": "s", "aws_session_token": "t"}
    assert refusal(static.client("sts", **keys).get_caller_identity)[1] == "InvalidClientTokenId"
    assert refusal(static.client("s3", **keys).get_object, **REPORT)[1] == "InvalidAccessKeyId"
    assert refusal(static.client("dynamodb", **keys).list_tables)[1] == "UnrecognizedClientException"


def test_a_reset_keeps_the_static_keys(static):
    static.reset()
    with static.denied(by="permissions_boundary"):
        static.client("s3", **ALICE).create_bucket(Bucket=BUCKET)


@pytest.fixture(scope="module")
def strict_server():
    with EmulatorProcess(TOPOLOGY, "--unknown-keys", "refused") as process:
        yield process


@pytest.mark.parametrize("key", ["AKIAIOSFODNN7EXAMPLE", STRANGER])
@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        ("s3", "list_buckets", (403, "InvalidAccessKeyId")),
        ("dynamodb", "list_tables", (400, "UnrecognizedClientException")),
        ("sts", "get_caller_identity", (403, "InvalidClientTokenId")),
        ("ec2", "describe_vpcs", (401, "AuthFailure")),
        ("lambda", "list_functions", (403, "UnrecognizedClientException")),
    ],
)
def test_unknown_keys_are_refused_where_that_is_asked_for(strict_server, key, service, operation, expected):
    client = Vpce(strict_server).client(service, aws_access_key_id=key, aws_secret_access_key="any")
    assert refusal(getattr(client, operation))[:2] == expected


def test_known_keys_are_taken_where_unknown_ones_are_refused(strict_server):
    strict = Vpce(strict_server)
    assert strict.client("sts", **ALICE).get_caller_identity()["Arn"].endswith(":user/people/alice")
    assert strict_server.admin("health")["unknown_access_keys_act_as"] is None


def test_a_user_that_names_no_user_means_itself(vpce, user):
    own = {"Effect": "Allow", "Action": "iam:GetUser", "Resource": f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"}
    alice = vpce.client("iam", **user("alice", own))
    assert alice.get_user()["User"]["UserName"] == "alice"
    user("bob")
    assert refusal(alice.get_user, UserName="bob")[1] == "AccessDenied"
