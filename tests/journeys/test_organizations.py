"""What an organization's policies forbid its accounts, and what its condition keys say."""

import json

import pytest
from botocore.exceptions import ClientError

FULL = "p-FullAWSAccess"
ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENY_S3 = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
SOME = {"Bucket": "ours", "Key": "report.csv"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class Organization:
    """An organization with a unit `prod`, in which there is one account."""

    def __init__(self, vpce):
        self.vpce = vpce
        self.client = vpce.client("organizations")
        self.id = self.client.create_organization(FeatureSet="ALL")["Organization"]["Id"]
        self.root = self.client.list_roots()["Roots"][0]["Id"]
        made = self.client.create_organizational_unit(ParentId=self.root, Name="prod")
        self.unit = made["OrganizationalUnit"]["Id"]
        status = self.client.create_account(AccountName="one", Email="one@example.com")["CreateAccountStatus"]
        self.account = status["AccountId"]
        self.client.move_account(AccountId=self.account, SourceParentId=self.root, DestinationParentId=self.unit)
        self.client.enable_policy_type(RootId=self.root, PolicyType=RCP)

    def attach(self, target, *statements, kind=SCP):
        name = f"policy {len(self.client.list_policies(Filter=kind)['Policies'])} {kind}"
        made = self.client.create_policy(Name=name, Description="", Type=kind, Content=policy(*statements))
        arn = made["Policy"]["PolicySummary"]
        self.client.attach_policy(PolicyId=arn["Id"], TargetId=target)
        return arn["Id"]

    def s3(self, account=None, **options):
        """Return S3 as the root user of an account sees it."""
        keys = {"aws_access_key_id": account or self.account, "aws_secret_access_key": "any"}
        return self.vpce.client("s3", **keys, **options)

    def user(self, *statements):
        """Return S3 as a user of the account sees it."""
        keys = {"aws_access_key_id": self.account, "aws_secret_access_key": "any"}
        iam = self.vpce.client("iam", **keys)
        iam.create_user(UserName="alice")
        iam.put_user_policy(UserName="alice", PolicyName="inline", PolicyDocument=policy(*statements))
        key = iam.create_access_key(UserName="alice")["AccessKey"]
        return self.vpce.client(
            "s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
        )


@pytest.fixture
def organization(vpce):
    return Organization(vpce)


@pytest.mark.parametrize("level", ["root", "unit", "account"])
def test_an_scp_at_any_level_forbids_users_and_the_root_user_of_the_account(organization, level):
    alice = organization.user(ANYTHING)
    alice.list_buckets()
    policy_id = organization.attach(getattr(organization, level), DENY_S3)
    for s3 in (alice, organization.s3()):
        with organization.vpce.denied(by="scp") as denials:
            s3.list_buckets()
        assert denials[0].message.endswith("with an explicit deny in a service control policy")
    organization.vpce.client("s3").list_buckets()  # the management account
    organization.client.detach_policy(PolicyId=policy_id, TargetId=getattr(organization, level))
    alice.list_buckets()


def test_every_level_must_allow(organization):
    organization.s3().list_buckets()
    organization.attach(organization.unit, {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"})
    organization.s3().list_buckets()  # FullAWSAccess is there still
    organization.client.detach_policy(PolicyId=FULL, TargetId=organization.unit)
    with organization.vpce.denied(by="scp") as denials:
        organization.s3().list_buckets()
    assert denials[0].message.endswith("because no service control policy allows the s3:ListAllMyBuckets action")


def test_a_type_of_policy_that_is_not_enabled_counts_for_nothing(organization):
    organization.attach(organization.root, DENY_S3)
    organization.client.disable_policy_type(RootId=organization.root, PolicyType=SCP)
    organization.s3().list_buckets()


def test_an_scp_gives_nobody_what_their_policies_do_not(organization):
    alice = organization.user({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"})
    with organization.vpce.denied(by="identity"):
        alice.list_buckets()


def test_an_rcp_keeps_strangers_out_of_the_organizations_resources_whatever_bucket_policies_say(organization):
    own, stranger = organization.s3(), organization.s3("999988887777")
    own.create_bucket(Bucket="ours")
    own.put_object(**SOME, Body=b"a,b")
    anybody = {
        "Effect": "Allow",
        "Principal": {"AWS": "999988887777"},
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::ours/*",
    }
    own.put_bucket_policy(Bucket="ours", Policy=policy(anybody))
    stranger.get_object(**SOME)
    perimeter = {"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": organization.id}}}
    organization.attach(organization.unit, DENY_S3 | {"Principal": "*"} | perimeter, kind=RCP)
    own.get_object(**SOME)
    with organization.vpce.denied(by="rcp"):
        stranger.get_object(**SOME)


def test_rcps_limit_neither_the_management_accounts_resources_nor_services_that_they_are_not_for(organization):
    deny = {"Effect": "Deny", "Principal": "*", "Action": ["s3:*", "sqs:*"], "Resource": "*"}
    organization.attach(organization.root, deny, kind=RCP)
    organization.vpce.client("s3").create_bucket(Bucket="managed")
    keys = {"aws_access_key_id": organization.account, "aws_secret_access_key": "any"}
    organization.vpce.client("iam", **keys).list_users()
    with organization.vpce.denied(by="rcp"):
        organization.vpce.client("sqs", **keys).create_queue(QueueName="q")


@pytest.mark.parametrize(
    ("key", "operator", "of_the_member"),
    [
        ("aws:PrincipalOrgID", "StringEquals", "{id}"),
        ("aws:PrincipalOrgPaths", "ForAnyValue:StringEquals", "{id}/{root}/{unit}/"),
        ("aws:PrincipalOrgPaths", "ForAnyValue:StringLike", "{id}/{root}/*"),
        ("aws:ResourceOrgID", "StringEquals", "{id}"),
        ("aws:ResourceOrgPaths", "ForAnyValue:StringLike", "{id}/{root}/{unit}/*"),
    ],
)
def test_conditions_know_the_organization(organization, key, operator, of_the_member):
    value = of_the_member.format(id=organization.id, root=organization.root, unit=organization.unit)
    organization.s3().create_bucket(Bucket="ours")
    allowed = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*", "Condition": {operator: {key: value}}}
    organization.user(allowed).list_objects_v2(Bucket="ours")


def test_the_organization_of_an_endpoint_is_that_of_its_owner(organization):
    # The built-in topology belongs to the management account.
    s3 = organization.vpce.client("s3")
    s3.create_bucket(Bucket="ours")
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::ours"}
    condition = {"Condition": {"StringNotEquals": {"aws:VpceOrgID": organization.id}}}
    s3.put_bucket_policy(Bucket="ours", Policy=policy(statement | condition))
    organization.vpce.client("s3", at="private-a").list_objects_v2(Bucket="ours")
    with organization.vpce.denied(by="resource"):
        s3.list_objects_v2(Bucket="ours")


def test_the_management_account_may_enter_the_accounts_that_it_made(organization):
    role = f"arn:aws:iam::{organization.account}:role/OrganizationAccountAccessRole"
    made = organization.vpce.client("sts").assume_role(RoleArn=role, RoleSessionName="setup")
    assert made["AssumedRoleUser"]["Arn"].split(":")[4] == organization.account


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (SCP, "not JSON"),
        (SCP, policy(ANYTHING | {"Principal": "*"})),
        (RCP, policy(DENY_S3)),
        (RCP, policy(DENY_S3 | {"Principal": "*", "Action": "s3:Get Object"})),
    ],
)
def test_a_malformed_policy_is_not_taken(organization, kind, content):
    with pytest.raises(ClientError) as refused:
        organization.client.create_policy(Name="one", Description="", Type=kind, Content=content)
    assert refused.value.response["Error"] == {
        "Code": "MalformedPolicyDocumentException",
        "Message": "The provided policy document does not meet the requirements of the specified policy type.",
    }


def test_a_policy_is_not_updated_to_a_malformed_one(organization):
    policy_id = organization.attach(organization.unit, DENY_S3)
    with pytest.raises(ClientError) as refused:
        organization.client.update_policy(PolicyId=policy_id, Content=policy(DENY_S3 | {"Effect": "Maybe"}))
    assert refused.value.response["Error"]["Code"] == "MalformedPolicyDocumentException"
    organization.client.update_policy(PolicyId=policy_id, Content=policy(ANYTHING))
    organization.s3().list_buckets()


def test_nothing_keeps_a_caller_from_asking_who_it_is(organization):
    organization.attach(organization.root, ANYTHING | {"Effect": "Deny"})
    keys = {"aws_access_key_id": organization.account, "aws_secret_access_key": "any"}
    assert organization.vpce.client("sts", **keys).get_caller_identity()["Account"] == organization.account


def test_service_control_policies_are_in_force_from_the_start(vpce):
    client = vpce.client("organizations")
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]
    assert root["PolicyTypes"] == [{"Type": SCP, "Status": "ENABLED"}]
    with pytest.raises(client.exceptions.PolicyTypeAlreadyEnabledException):
        client.enable_policy_type(RootId=root["Id"], PolicyType=SCP)


@pytest.mark.parametrize(("features", "kind"), [("ALL", RCP), ("CONSOLIDATED_BILLING", SCP)])
def test_a_policy_of_a_type_that_is_not_enabled_is_not_attached(vpce, features, kind):
    client = vpce.client("organizations")
    client.create_organization(FeatureSet=features)
    root = client.list_roots()["Roots"][0]["Id"]
    statement = DENY_S3 | ({"Principal": "*"} if kind == RCP else {})
    made = client.create_policy(Name="none", Description="", Type=kind, Content=policy(statement))
    with pytest.raises(client.exceptions.PolicyTypeNotEnabledException):
        client.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=root)


def test_an_organization_for_bills_has_no_policy_types(vpce):
    client = vpce.client("organizations")
    client.create_organization(FeatureSet="CONSOLIDATED_BILLING")
    root = client.list_roots()["Roots"][0]["Id"]
    with pytest.raises(client.exceptions.PolicyTypeNotAvailableForOrganizationException):
        client.enable_policy_type(RootId=root, PolicyType=SCP)
