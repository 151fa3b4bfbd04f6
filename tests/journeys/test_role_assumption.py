"""Who may assume which role, on what terms, and what the session may then do."""

import base64
import json
import time
from urllib.parse import urlencode

import pytest
from botocore import UNSIGNED
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

ACCOUNT = "123456789012"
PARTNER = "999988887777"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app/deploy"
GITHUB = "token.actions.githubusercontent.com"
ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trusting(principal, actions="sts:AssumeRole", **condition):
    return policy(
        {"Effect": "Allow", "Principal": principal, "Action": actions} | ({"Condition": condition} if condition else {})
    )


def keys(made):
    token = {"aws_session_token": made["SessionToken"]} if "SessionToken" in made else {}
    return {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]} | token


def refusal(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    answer = refused.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


class World:
    """Users and roles of two accounts, and STS as each of them sees it."""

    def __init__(self, vpce):
        self.vpce = vpce

    def iam(self, account=ACCOUNT):
        own = {} if account == ACCOUNT else {"aws_access_key_id": account, "aws_secret_access_key": "any"}
        return self.vpce.client("iam", **own)

    def user(self, name, *statements, account=ACCOUNT, **options):
        iam = self.iam(account)
        iam.create_user(UserName=name, **options)
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="inline", PolicyDocument=policy(*statements))
        return self.vpce.client("sts", **keys(iam.create_access_key(UserName=name)["AccessKey"]))

    def role(self, trust, *statements, name="deploy", path="/app/", **options):
        iam = self.iam()
        made = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust, **options)
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=policy(*statements))
        return made["Role"]["Arn"]

    def session(self, sts, role=ROLE, name="build", **options):
        """Assume a role, and return STS as the session sees it."""
        return self.vpce.client("sts", **self.credentials(sts, role, name, **options))

    def credentials(self, sts, role=ROLE, name="build", **options):
        return keys(sts.assume_role(RoleArn=role, RoleSessionName=name, **options)["Credentials"])


@pytest.fixture
def world(vpce):
    return World(vpce)


def assumes(sts, role=ROLE, **options):
    """Say whether a role may be assumed."""
    try:
        sts.assume_role(RoleArn=role, RoleSessionName="build", **options)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied", error
        return False
    return True


MAY_ASSUME = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE}


@pytest.mark.parametrize(
    ("principal", "statements", "allowed"),
    [
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"}, [], True),
        ({"AWS": ROOT}, [MAY_ASSUME], True),
        ({"AWS": ACCOUNT}, [MAY_ASSUME], True),
        ({"AWS": ROOT}, [], False),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}, [ANYTHING], False),
        ({"Service": "lambda.amazonaws.com"}, [ANYTHING], False),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"}, [MAY_ASSUME | {"Effect": "Deny"}], False),
    ],
)
def test_a_roles_trust_policy_must_allow_and_one_for_the_account_leaves_it_to_identity_policies(
    world, principal, statements, allowed
):
    world.iam().create_user(UserName="bob")
    alice = world.user("alice", *statements)
    world.role(trusting(principal))
    assert assumes(alice) is allowed


def test_a_role_that_does_not_exist_is_refused_as_one_that_may_not_be_assumed(world):
    alice = world.user("alice", ANYTHING)
    world.role(trusting({"Service": "lambda.amazonaws.com"}))
    for role in (ROLE, f"arn:aws:iam::{ACCOUNT}:role/nothing", f"arn:aws:iam::{ACCOUNT}:role/deploy"):
        assert refusal(alice.assume_role, RoleArn=role, RoleSessionName="build") == (
            403,
            "AccessDenied",
            f"User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform: sts:AssumeRole on resource: {role}",
        )


def test_across_accounts_both_must_allow(world):
    bob = world.user("bob", account=PARTNER)
    world.role(trusting({"AWS": PARTNER}))
    assert not assumes(bob)
    world.iam(PARTNER).put_user_policy(UserName="bob", PolicyName="assume", PolicyDocument=policy(MAY_ASSUME))
    assert assumes(bob)
    world.iam().update_assume_role_policy(RoleName="deploy", PolicyDocument=trusting({"AWS": ROOT}))
    assert not assumes(bob)


def test_a_role_assumes_itself_only_where_its_trust_policy_says_so(world):
    alice = world.user("alice")
    user = f"arn:aws:iam::{ACCOUNT}:user/alice"
    world.role(trusting({"AWS": user}), ANYTHING)
    assert not assumes(world.session(alice))
    world.iam().update_assume_role_policy(RoleName="deploy", PolicyDocument=trusting({"AWS": [user, ROLE]}))
    assert assumes(world.session(alice))


@pytest.mark.parametrize(
    ("condition", "wanted", "unwanted"),
    [
        ({"StringEquals": {"sts:ExternalId": "4711"}}, {"ExternalId": "4711"}, {"ExternalId": "4712"}),
        ({"StringEquals": {"sts:ExternalId": "4711"}}, {"ExternalId": "4711"}, {}),
        ({"StringLike": {"sts:RoleSessionName": "${aws:username}-*"}}, {"RoleSessionName": "alice-1"}, {}),
        ({"StringEquals": {"sts:SourceIdentity": "Saanvi"}}, {"SourceIdentity": "Saanvi"}, {"SourceIdentity": "Diego"}),
        ({"StringEquals": {"aws:RequestTag/team": "blue"}}, {"Tags": [{"Key": "team", "Value": "blue"}]}, {}),
        (
            {"ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": "team"}},
            {"Tags": [{"Key": "team", "Value": "blue"}], "TransitiveTagKeys": ["team"]},
            {"Tags": [{"Key": "team", "Value": "blue"}]},
        ),
        (
            {"Null": {"aws:TagKeys": "false"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}},
            {"Tags": [{"Key": "team", "Value": "blue"}]},
            {"Tags": [{"Key": "team", "Value": "blue"}, {"Key": "other", "Value": "1"}]},
        ),
        ({"StringEquals": {"aws:PrincipalTag/team": "blue"}}, {}, None),
    ],
)
def test_a_trust_policys_conditions_know_the_request(world, condition, wanted, unwanted):
    alice = world.user("alice", Tags=[{"Key": "team", "Value": "blue"}])
    actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    world.role(trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"}, actions, **condition))
    alice.assume_role(**{"RoleArn": ROLE, "RoleSessionName": "build"} | wanted)
    if unwanted is not None:
        assert not assumes(alice, **unwanted)


@pytest.mark.parametrize(
    ("action", "option"),
    [
        ("sts:TagSession", {"Tags": [{"Key": "team", "Value": "blue"}]}),
        ("sts:SetSourceIdentity", {"SourceIdentity": "Saanvi"}),
    ],
)
def test_tags_and_a_source_identity_need_leave_of_their_own(world, action, option):
    alice = world.user("alice")
    user = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"}
    world.role(trusting(user))
    assert (
        f"perform: {action} on resource: {ROLE}"
        in refusal(alice.assume_role, RoleArn=ROLE, RoleSessionName="build", **option)[2]
    )
    world.iam().update_assume_role_policy(RoleName="deploy", PolicyDocument=trusting(user, ["sts:AssumeRole", action]))
    assert assumes(alice, **option)


def test_transitive_tags_and_the_source_identity_go_on_into_chained_sessions(world):
    alice = world.user("alice")
    actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    world.role(trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"}, actions))
    handed_on = {"StringEquals": {"aws:PrincipalTag/team": "blue", "aws:SourceIdentity": "Saanvi"}}
    own = {"Null": {"aws:PrincipalTag/own": "true"}}
    listing = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*", "Condition": handed_on | own}
    trust = trusting({"AWS": ROLE}, actions, StringEquals={"aws:SourceIdentity": "Saanvi"})
    second = world.role(trust, listing, name="second")
    tags = [{"Key": "team", "Value": "blue"}, {"Key": "own", "Value": "1"}]
    first = world.session(alice, Tags=tags, TransitiveTagKeys=["team"], SourceIdentity="Saanvi")
    world.vpce.client("s3", **world.credentials(first, second)).list_buckets()

    changed = refusal(first.assume_role, RoleArn=second, RoleSessionName="next", SourceIdentity="Diego")
    assert changed[:2] == (403, "AccessDenied")
    clash = refusal(first.assume_role, RoleArn=second, RoleSessionName="next", Tags=[{"Key": "Team", "Value": "red"}])
    assert clash[:2] == (400, "ValidationError")
    assert "conflicts with a transitive tag key from the calling session" in clash[2]


@pytest.mark.parametrize(
    ("duration", "message"),
    [
        (3601, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
        (43201, "1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy constraint: Member "
                "must have value less than or equal to 43200"),
    ],
)  # fmt: skip
def test_a_session_lasts_no_longer_than_its_role_allows(world, duration, message):
    alice = world.user("alice", ANYTHING)
    world.role(trusting({"AWS": ROOT}))
    asked = {"RoleArn": ROLE, "RoleSessionName": "build", "DurationSeconds": duration}
    assert refusal(alice.assume_role, **asked) == (400, "ValidationError", message)


def test_a_chained_session_lasts_an_hour_at_most(world):
    alice = world.user("alice", ANYTHING)
    world.role(trusting({"AWS": ROOT}), ANYTHING, MaxSessionDuration=7200)
    world.session(alice, DurationSeconds=7200)
    chained = refusal(world.session(alice).assume_role, RoleArn=ROLE, RoleSessionName="next", DurationSeconds=3601)
    assert chained == (
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    )


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"Policy": '{"Version": "2012-10-17"}'}, "MalformedPolicyDocument"),
        ({"Policy": policy(ANYTHING | {"Sid": "a" * 2048})}, "ValidationError"),
        ({"RoleSessionName": "two words"}, "ValidationError"),
        ({"RoleSessionName": "n" * 65}, "ValidationError"),
        ({"TransitiveTagKeys": ["team"]}, "ValidationError"),
        ({"Tags": [{"Key": "team", "Value": "1"}, {"Key": "Team", "Value": "2"}]}, "ValidationError"),
        ({"RoleArn": f"arn:aws:iam::{ACCOUNT}:user/alice"}, "ValidationError"),
        ({"TokenCode": "123456"}, "AccessDenied"),
    ],
)
def test_terms_that_cannot_be_are_refused(world, options, code):
    alice = world.user("alice", ANYTHING)
    world.role(trusting({"AWS": ROOT}, "sts:*"))
    assert refusal(alice.assume_role, **{"RoleArn": ROLE, "RoleSessionName": "build"} | options)[1] == code


def test_a_role_made_anew_does_not_revive_the_sessions_of_the_old_one(world):
    alice = world.user("alice", ANYTHING)
    world.role(trusting({"AWS": ROOT}), ANYTHING)
    s3 = world.vpce.client("s3", **world.credentials(alice))
    s3.list_buckets()
    iam = world.iam()
    iam.delete_role_policy(RoleName="deploy", PolicyName="inline")
    iam.delete_role(RoleName="deploy")
    world.role(trusting({"AWS": ROOT}), ANYTHING)
    with world.vpce.denied(by="identity"):
        s3.list_buckets()


def test_the_default_key_may_assume_roles_that_trust_the_account(world):
    world.role(trusting({"AWS": ROOT}), ANYTHING)
    assert assumes(world.vpce.client("sts"))
    world.iam().update_assume_role_policy(RoleName="deploy", PolicyDocument=trusting({"Service": "ec2.amazonaws.com"}))
    assert not assumes(world.vpce.client("sts"))


def id_token(**claims):
    """Return a JWT of these claims, whose signature is none."""
    told = {"iss": f"https://{GITHUB}", "aud": "sts.amazonaws.com", "exp": time.time() + 86_400} | claims
    parts = (json.dumps(part).encode() for part in ({"alg": "RS256"}, told))
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "c2ln"])


@pytest.fixture
def web(world):
    """STS as a caller without credentials sees it, and a role that trusts the main branch of one repository."""
    provider = world.iam().create_open_id_connect_provider(
        Url=f"https://{GITHUB}", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["a" * 40]
    )["OpenIDConnectProviderArn"]
    only = {f"{GITHUB}:aud": "sts.amazonaws.com", f"{GITHUB}:sub": "repo:octo/site:ref:refs/heads/main"}
    actions = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]
    world.role(trusting({"Federated": provider}, actions, StringEquals=only), ANYTHING)
    return world.vpce.client("sts", config=Config(signature_version=UNSIGNED))


MAIN = "repo:octo/site:ref:refs/heads/main"


def test_a_web_identity_is_let_in_by_its_subject_and_audience(world, web):
    made = web.assume_role_with_web_identity(RoleArn=ROLE, RoleSessionName="ci", WebIdentityToken=id_token(sub=MAIN))
    assert made["SubjectFromWebIdentityToken"] == MAIN
    world.vpce.client("s3", **keys(made["Credentials"])).list_buckets()
    other = {"RoleArn": ROLE, "RoleSessionName": "ci", "WebIdentityToken": id_token(sub="repo:octo/site:pull_request")}
    assert refusal(web.assume_role_with_web_identity, **other) == (
        403,
        "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    )


@pytest.mark.parametrize(
    ("token", "code", "message"),
    [
        ("opaque-access-token", "InvalidIdentityToken", "The ID Token provided is not a valid JWT."),
        (id_token(sub=MAIN, aud="another"), "InvalidIdentityToken", "Incorrect token audience"),
        (
            id_token(sub=MAIN, iss="https://a.example"),
            "InvalidIdentityToken",
            "No OpenIDConnect provider found",
        ),
        (id_token(sub=MAIN, exp=1_600_000_000), "ExpiredTokenException", "Token expired: current date/time"),
    ],
)
def test_a_token_that_says_nothing_of_use_is_refused(web, token, code, message):
    asked = {"RoleArn": ROLE, "RoleSessionName": "ci", "WebIdentityToken": token}
    status, found, text = refusal(web.assume_role_with_web_identity, **asked)
    assert (status, found) == (400, code)
    assert text.startswith(message)


def test_the_tags_in_a_token_are_session_tags(world, web):
    tags = {"https://aws.amazon.com/tags": {"principal_tags": {"project": ["Automation"]}}}
    token = id_token(sub=MAIN, **tags)
    made = web.assume_role_with_web_identity(RoleArn=ROLE, RoleSessionName="ci", WebIdentityToken=token)
    only = {"StringNotEquals": {"aws:PrincipalTag/project": "Automation", "aws:FederatedProvider": "none"}}
    denied = {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": only}
    world.iam().put_role_policy(RoleName="deploy", PolicyName="only", PolicyDocument=policy(denied))
    world.vpce.client("s3", **keys(made["Credentials"])).list_buckets()


ASSERTION = """<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">
<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><saml:Issuer>https://idp.example</saml:Issuer>
<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">ada</saml:NameID>
<saml:SubjectConfirmation><saml:SubjectConfirmationData NotOnOrAfter="{until}"
 Recipient="https://signin.aws.amazon.com/saml"/></saml:SubjectConfirmation></saml:Subject>
<saml:AttributeStatement>
<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/Role"><saml:AttributeValue>{provider},{role}
</saml:AttributeValue></saml:Attribute>
<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/RoleSessionName"><saml:AttributeValue>ada@example.com
</saml:AttributeValue></saml:Attribute>
<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/PrincipalTag:team"><saml:AttributeValue>blue
</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion></samlp:Response>"""


def test_a_saml_assertion_is_let_in_by_what_it_says(world):
    metadata = "<EntityDescriptor>" + "x" * 1000 + "</EntityDescriptor>"
    provider = world.iam().create_saml_provider(Name="idp", SAMLMetadataDocument=metadata)["SAMLProviderArn"]
    expected = {"saml:aud": "https://signin.aws.amazon.com/saml", "saml:iss": "https://idp.example"}
    actions = ["sts:AssumeRoleWithSAML", "sts:TagSession"]
    world.role(trusting({"Federated": provider}, actions, StringEquals=expected), ANYTHING)
    sts = world.vpce.client("sts", config=Config(signature_version=UNSIGNED))

    def asked(**changed):
        text = ASSERTION.format(**{"until": "2999-01-01T00:00:00Z", "provider": provider, "role": ROLE} | changed)
        assertion = base64.b64encode(text.encode()).decode()
        return {"RoleArn": ROLE, "PrincipalArn": provider, "SAMLAssertion": assertion}

    made = sts.assume_role_with_saml(**asked())
    assert made["AssumedRoleUser"]["Arn"].endswith(":assumed-role/deploy/ada@example.com")
    assert (made["Subject"], made["SubjectType"]) == ("ada", "persistent")
    world.vpce.client("s3", **keys(made["Credentials"])).list_buckets()
    assert refusal(sts.assume_role_with_saml, **asked(until="2020-01-01T00:00:00Z"))[1] == "ExpiredTokenException"
    assert refusal(sts.assume_role_with_saml, **asked(role=f"{ROLE}2"))[1] == "InvalidIdentityToken"
    world.iam().update_assume_role_policy(
        RoleName="deploy", PolicyDocument=trusting({"Federated": provider}, actions, StringEquals={"saml:aud": "x"})
    )
    assert refusal(sts.assume_role_with_saml, **asked())[:2] == (403, "AccessDenied")


def test_whoever_signs_a_request_with_a_token_is_not_its_caller(world, web):
    iam = world.iam()
    iam.create_user(UserName="mallory")
    deny = policy(ANYTHING | {"Effect": "Deny"})
    iam.put_user_policy(UserName="mallory", PolicyName="inline", PolicyDocument=deny)
    key = iam.create_access_key(UserName="mallory")["AccessKey"]
    asked = {"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": ROLE, "RoleSessionName": "ci"}
    body = urlencode(asked | {"WebIdentityToken": id_token(sub=MAIN)})
    # No SDK signs this call, but anybody may.
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", f"{world.vpce.url()}/", headers=form, data=body)
    SigV4Auth(Credentials(key["AccessKeyId"], key["SecretAccessKey"]), "sts", "us-east-1").add_auth(request)
    assert URLLib3Session().send(request.prepare()).status_code == 200
