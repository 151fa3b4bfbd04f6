"""From an access key to the principal: users, roles, sessions and federated users, with everything attached to them."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import quote

import pytest

from vpce_emulator.aws.principal import PrincipalType

ACCOUNT, OTHER_ACCOUNT = "123456789012", "111122223333"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
MANAGED = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def policy(name: str) -> str:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Id": name, "Statement": [statement]})


@pytest.fixture
def iam(backend):
    return backend.client("iam", region="us-east-1", account_id=ACCOUNT)


@pytest.fixture
def sts(backend):
    return backend.client("sts", region="us-east-1", account_id=ACCOUNT)


def test_a_key_that_nobody_made_is_nobodys(backend):
    assert backend.identity("AKIAIOSFODNN7EXAMPLE") is None


def test_a_user_has_its_own_policies_and_those_of_its_groups(backend, iam):
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=policy("boundary"))["Policy"]["Arn"]
    iam.create_user(UserName="ada", Path="/eng/", Tags=[{"Key": "team", "Value": "data"}], PermissionsBoundary=boundary)
    iam.put_user_policy(UserName="ada", PolicyName="own", PolicyDocument=policy("own"))
    iam.attach_user_policy(UserName="ada", PolicyArn=MANAGED)
    iam.create_group(GroupName="readers")
    iam.create_group(GroupName="others")
    iam.add_user_to_group(GroupName="readers", UserName="ada")
    iam.put_group_policy(GroupName="readers", PolicyName="groups", PolicyDocument=policy("groups"))
    iam.put_group_policy(GroupName="others", PolicyName="not hers", PolicyDocument=policy("no"))
    key = iam.create_access_key(UserName="ada")["AccessKey"]

    identity = backend.identity(key["AccessKeyId"])
    assert identity.arn == f"arn:aws:iam::{ACCOUNT}:user/eng/ada"
    assert (identity.type, identity.account_id, identity.user_name) == (PrincipalType.USER, ACCOUNT, "ada")
    assert identity.user_id.startswith("AIDA")
    assert identity.secret_access_key == key["SecretAccessKey"]
    assert identity.session_token is None
    assert identity.tags == (("team", "data"),)
    assert [attached.name for attached in identity.identity_policies] == ["own", MANAGED, "groups"]
    assert json.loads(identity.identity_policies[0].document)["Id"] == "own"
    assert "s3:Get*" in identity.identity_policies[1].document
    assert json.loads(identity.permissions_boundary.document)["Id"] == "boundary"


def test_a_users_boundary_can_be_set_seen_and_deleted(backend, iam):
    iam.create_user(UserName="ada")
    iam.put_user_permissions_boundary(UserName="ada", PermissionsBoundary=MANAGED)
    key = iam.create_access_key(UserName="ada")["AccessKey"]["AccessKeyId"]
    assert iam.get_user(UserName="ada")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == MANAGED
    assert backend.identity(key).permissions_boundary.name == MANAGED
    iam.delete_user_permissions_boundary(UserName="ada")
    assert backend.identity(key).permissions_boundary is None
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.put_user_permissions_boundary(UserName="ada", PermissionsBoundary=f"arn:aws:iam::{ACCOUNT}:policy/none")


def test_a_policy_speaks_with_its_default_version(backend, iam):
    arn = iam.create_policy(PolicyName="p", PolicyDocument=policy("first"))["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy("second"), SetAsDefault=True)
    iam.create_user(UserName="ada")
    iam.attach_user_policy(UserName="ada", PolicyArn=arn)
    key = iam.create_access_key(UserName="ada")["AccessKey"]["AccessKeyId"]
    assert json.loads(backend.identity(key).identity_policies[0].document)["Id"] == "second"


def test_changes_are_seen_at_once(backend, iam):
    iam.create_user(UserName="ada")
    key = iam.create_access_key(UserName="ada")["AccessKey"]["AccessKeyId"]
    assert backend.identity(key).identity_policies == ()
    iam.put_user_policy(UserName="ada", PolicyName="p", PolicyDocument=policy("p"))
    assert [attached.name for attached in backend.identity(key).identity_policies] == ["p"]
    assert backend.identity(key).active
    iam.update_access_key(UserName="ada", AccessKeyId=key, Status="Inactive")
    assert not backend.identity(key).active


def test_a_role_session_has_the_roles_policies_and_its_own_terms(backend, iam, sts):
    passed = iam.create_policy(PolicyName="passed", PolicyDocument=policy("passed"))["Policy"]["Arn"]
    tags = [{"Key": "team", "Value": "role"}, {"Key": "stage", "Value": "test"}]
    role = iam.create_role(
        RoleName="reader", Path="/app/", AssumeRolePolicyDocument=TRUST, Tags=tags, PermissionsBoundary=MANAGED
    )["Role"]
    iam.put_role_policy(RoleName="reader", PolicyName="inline", PolicyDocument=policy("inline"))
    session = sts.assume_role(
        RoleArn=role["Arn"],
        RoleSessionName="deploy",
        DurationSeconds=900,
        Policy=policy("narrowed"),
        PolicyArns=[{"arn": passed}],
        Tags=[{"Key": "team", "Value": "session"}],
    )
    identity = backend.identity(session["Credentials"]["AccessKeyId"])
    assert identity.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/deploy"
    assert (identity.type, identity.role_arn) == (PrincipalType.ASSUMED_ROLE, role["Arn"])
    assert identity.user_id == session["AssumedRoleUser"]["AssumedRoleId"] == f"{role['RoleId']}:deploy"
    assert identity.session_token == session["Credentials"]["SessionToken"]
    assert identity.secret_access_key == session["Credentials"]["SecretAccessKey"]
    assert identity.expires_at - identity.issued_at == pytest.approx(900, abs=5)
    assert identity.expires_at == pytest.approx(time.time() + 900, abs=60)
    assert dict(identity.tags) == {"team": "session", "stage": "test"}
    assert [attached.name for attached in identity.identity_policies] == ["inline"]
    assert identity.permissions_boundary.name == MANAGED
    assert [json.loads(attached.document)["Id"] for attached in identity.session_policies] == ["narrowed", "passed"]


def test_a_role_of_another_account_is_of_that_account(backend, sts):
    other = backend.client("iam", region="us-east-1", account_id=OTHER_ACCOUNT)
    role = other.create_role(RoleName="theirs", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    key = sts.assume_role(RoleArn=role, RoleSessionName="visit")["Credentials"]["AccessKeyId"]
    assert backend.identity(key).account_id == OTHER_ACCOUNT


def test_the_session_of_a_role_that_does_not_exist_may_do_nothing(backend, sts):
    session = sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/none", RoleSessionName="ghost")
    identity = backend.identity(session["Credentials"]["AccessKeyId"])
    assert identity.identity_policies == ()
    assert identity.user_id == session["AssumedRoleUser"]["AssumedRoleId"]


def id_token(**claims) -> str:
    """Return a JWT of these claims, whose signature is none."""
    parts = (json.dumps(part).encode() for part in ({"alg": "RS256"}, claims))
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "c2ln"])


def test_a_web_identity_makes_a_role_session(backend, iam, sts):
    issuer = "token.actions.githubusercontent.com"
    provider = iam.create_open_id_connect_provider(Url=f"https://{issuer}", ClientIDList=["sts.amazonaws.com"])
    role = iam.create_role(RoleName="web", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    token = id_token(iss=f"https://{issuer}", sub="repo:o/r", aud="sts.amazonaws.com", exp=time.time() + 60, ref="main")
    session = sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="pod", WebIdentityToken=token)
    assert session["SubjectFromWebIdentityToken"] == "repo:o/r"
    assert (session["Audience"], session["Provider"]) == ("sts.amazonaws.com", provider["OpenIDConnectProviderArn"])
    identity = backend.identity(session["Credentials"]["AccessKeyId"])
    assert identity.arn.endswith(":assumed-role/web/pod")
    assert dict(identity.session_keys) == {
        "aws:FederatedProvider": provider["OpenIDConnectProviderArn"],
        f"{issuer}:aud": "sts.amazonaws.com",
        f"{issuer}:sub": "repo:o/r",
    }


def test_a_federated_user_may_do_what_both_its_policy_and_the_user_allow(backend, sts):
    with_policy = sts.get_federation_token(Name="bob", Policy=policy("scoped"))["Credentials"]["AccessKeyId"]
    identity = backend.identity(with_policy)
    assert identity.arn == f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
    assert (identity.type, identity.user_id) == (PrincipalType.FEDERATED_USER, f"{ACCOUNT}:bob")
    assert json.loads(identity.session_policies[0].document)["Id"] == "scoped"


def test_credentials_of_get_session_token_are_new_each_time(backend, sts):
    keys = {sts.get_session_token()["Credentials"]["AccessKeyId"] for _ in range(2)}
    assert len(keys) == 2
    identity = backend.identity(keys.pop())
    assert (identity.type, identity.arn) == (PrincipalType.ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")
    assert identity.session_token


async def ask_who(caller, access_key_id: str) -> bytes:
    scope = f"AWS4-HMAC-SHA256 Credential={access_key_id}/20260101/us-east-1/sts/aws4_request, Signature=a"
    answer = await caller.query(
        "sts", "GetCallerIdentity", "Action=GetCallerIdentity&Version=2011-06-15", Authorization=scope
    )
    return answer.body


async def test_get_caller_identity_knows_every_kind_of_key(caller, iam, sts):
    iam.create_user(UserName="ada")
    user = iam.create_access_key(UserName="ada")["AccessKey"]["AccessKeyId"]
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    session = sts.assume_role(RoleArn=role, RoleSessionName="deploy")["Credentials"]["AccessKeyId"]
    federated = sts.get_federation_token(Name="bob")["Credentials"]["AccessKeyId"]
    assert f"<Arn>arn:aws:iam::{ACCOUNT}:user/ada</Arn>".encode() in await ask_who(caller, user)
    assert f"<Arn>arn:aws:sts::{ACCOUNT}:assumed-role/reader/deploy</Arn>".encode() in await ask_who(caller, session)
    assert f"<Arn>arn:aws:sts::{ACCOUNT}:federated-user/bob</Arn>".encode() in await ask_who(caller, federated)
    assert f"<Arn>arn:aws:iam::{ACCOUNT}:root</Arn>".encode() in await ask_who(caller, "AKIAIOSFODNN7EXAMPLE")


async def test_a_user_who_asks_for_a_session_or_a_federated_user_stands_behind_it(caller, backend, iam):
    iam.create_user(UserName="ada", Tags=[{"Key": "team", "Value": "data"}])
    iam.put_user_policy(UserName="ada", PolicyName="own", PolicyDocument=policy("own"))
    key = iam.create_access_key(UserName="ada")["AccessKey"]["AccessKeyId"]
    scope = f"AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/sts/aws4_request, Signature=a"
    for action, limits, tags in [
        ("GetSessionToken", [], (("team", "data"),)),
        ("GetFederationToken&Name=bob", ["the absent session policy"], ()),
        (f"GetFederationToken&Name=bob&Policy={quote(policy('p'))}", ["session policy"], ()),
    ]:
        answer = await caller.query("sts", action, f"Action={action}&Version=2011-06-15", Authorization=scope)
        made = answer.body.decode().partition("<AccessKeyId>")[2].partition("<")[0]
        identity = backend.identity(made)
        assert [attached.name for attached in identity.identity_policies] == ["own"], action
        assert [attached.name for attached in identity.session_policies] == limits, action
        assert identity.tags == tags


def test_aws_managed_policies_are_there_in_every_account(backend, iam):
    other = backend.client("iam", region="us-east-1", account_id=OTHER_ACCOUNT)
    for client in (iam, other):
        assert client.get_policy(PolicyArn=MANAGED)["Policy"]["Arn"] == MANAGED
        client.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
        client.attach_role_policy(RoleName="r", PolicyArn=MANAGED)
        assert client.get_policy(PolicyArn=MANAGED)["Policy"]["AttachmentCount"] == 1
    assert iam.list_policies(Scope="Local")["Policies"] == []
    backend.reset()
    assert iam.get_policy(PolicyArn=MANAGED)["Policy"]["AttachmentCount"] == 0
