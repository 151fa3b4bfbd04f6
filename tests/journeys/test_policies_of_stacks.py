"""Policies in CloudFormation's templates decide, are changed and taken away with their stacks, or fail them."""

import json

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:news"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:inbox"
GROUP = {"Type": "AWS::IAM::Group", "Properties": {"GroupName": "readers", "Path": "/team/"}}
ALICE = {"Type": "AWS::IAM::User", "Properties": {"UserName": "alice"}}


def document(effect, action, resource, **more):
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": resource, **more}]}


def of(kind, **properties):
    return {"Type": f"AWS::{kind}", "Properties": properties}


def ref(name):
    return {"Ref": name}


@pytest.fixture
def cloudformation(vpce):
    return vpce.client("cloudformation")


@pytest.fixture
def deploy(cloudformation):
    """Return what makes a stack, or changes the one that there is, and returns what became of it."""

    def made(outputs=None, **resources):
        body = json.dumps({"Resources": resources, "Outputs": outputs or {}})
        known = cloudformation.list_stacks()["StackSummaries"]
        (cloudformation.update_stack if known else cloudformation.create_stack)(StackName="app", TemplateBody=body)
        return cloudformation.describe_stacks(StackName="app")["Stacks"][0]

    return made


def failures(cloudformation):
    events = cloudformation.describe_stack_events(StackName="app")["StackEvents"]
    return [event["ResourceStatusReason"] for event in events if event["ResourceStatus"] == "CREATE_FAILED"]


FANOUT = {
    "Inbox": of("SQS::Queue", QueueName="inbox"),
    "News": of("SNS::Topic", TopicName="news"),
    "Subscription": of(
        "SNS::Subscription",
        TopicArn=ref("News"),
        Protocol="sqs",
        Endpoint={"Fn::GetAtt": ["Inbox", "Arn"]},
        RawMessageDelivery=True,
    ),
    "Leave": of(
        "SQS::QueuePolicy",
        Queues=[ref("Inbox")],
        PolicyDocument=document(
            "Allow",
            "sqs:SendMessage",
            {"Fn::GetAtt": ["Inbox", "Arn"]},
            Principal={"Service": "sns.amazonaws.com"},
            Condition={"ArnEquals": {"aws:SourceArn": ref("News")}},
        ),
    ),
}


def messages(vpce):
    sqs = vpce.client("sqs")
    url = sqs.get_queue_url(QueueName="inbox")["QueueUrl"]
    return [message["Body"] for message in sqs.receive_message(QueueUrl=url).get("Messages", ())]


def test_a_queue_policy_lets_a_topic_deliver_until_it_is_taken_away(vpce, deploy):
    assert deploy(**FANOUT)["StackStatus"] == "CREATE_COMPLETE"
    sns = vpce.client("sns")
    sns.publish(TopicArn=TOPIC, Message="one")
    assert messages(vpce) == ["one"]
    without = {name: each for name, each in FANOUT.items() if name != "Leave"}
    assert deploy(**without)["StackStatus"] == "UPDATE_COMPLETE"
    sns.publish(TopicArn=TOPIC, Message="two")
    assert messages(vpce) == []


def test_a_topic_policy_denies_until_the_topic_has_its_own_again(vpce, deploy):
    denied = document("Deny", "sns:Publish", ref("News"), Principal="*")
    policy = of("SNS::TopicPolicy", Topics=[ref("News")], PolicyDocument=denied)
    sns = vpce.client("sns")
    deploy(News=FANOUT["News"], Policy=policy)
    with pytest.raises(ClientError, match="explicit deny in a resource-based policy"):
        sns.publish(TopicArn=TOPIC, Message="no")
    milder = document("Deny", "sns:Publish", ref("News"), Principal={"AWS": "999999999999"})
    deploy(News=FANOUT["News"], Policy=policy | {"Properties": policy["Properties"] | {"PolicyDocument": milder}})
    sns.publish(TopicArn=TOPIC, Message="yes")
    deploy(News=FANOUT["News"])
    told = json.loads(sns.get_topic_attributes(TopicArn=TOPIC)["Attributes"]["Policy"])
    assert told["Id"] == "__default_policy_ID"
    assert told["Statement"][0]["Resource"] == TOPIC


def test_a_secrets_policy_denies(vpce, deploy):
    secrets = vpce.client("secretsmanager")
    arn = secrets.create_secret(Name="key", SecretString="hidden")["ARN"]
    policy = document("Deny", "secretsmanager:GetSecretValue", "*", Principal="*")
    deploy(Policy=of("SecretsManager::ResourcePolicy", SecretId=arn, ResourcePolicy=policy), News=FANOUT["News"])
    with pytest.raises(ClientError, match="explicit deny in a resource-based policy"):
        secrets.get_secret_value(SecretId="key")
    deploy(News=FANOUT["News"])
    assert secrets.get_secret_value(SecretId="key")["SecretString"] == "hidden"


@pytest.mark.parametrize(
    "how",
    [
        {"Policy": of("IAM::UserPolicy", UserName=ref("Alice"), PolicyName="own")},
        {
            "Readers": GROUP,
            "Member": of("IAM::UserToGroupAddition", GroupName=ref("Readers"), Users=[ref("Alice")]),
            "Policy": of("IAM::GroupPolicy", GroupName=ref("Readers"), PolicyName="own"),
        },
    ],
    ids=["user", "group"],
)
def test_identity_policies_of_their_own_decide_and_go_with_the_stack(vpce, deploy, cloudformation, how):
    allowed = document("Allow", "sqs:ListQueues", "*")
    policy = of("x", **how["Policy"]["Properties"], PolicyDocument=allowed) | {"Type": how["Policy"]["Type"]}
    assert deploy(Alice=ALICE, **(how | {"Policy": policy}))["StackStatus"] == "CREATE_COMPLETE"
    key = vpce.client("iam").create_access_key(UserName="alice")["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    alice = vpce.client("sqs", **keys)
    alice.list_queues()
    deploy(Alice=ALICE, **(how | {"Policy": _with_document(policy, document("Deny", "sqs:ListQueues", "*"))}))
    with pytest.raises(ClientError, match="explicit deny in an identity-based policy"):
        alice.list_queues()
    deploy(Alice=ALICE)
    with pytest.raises(ClientError, match="no identity-based policy allows"):
        alice.list_queues()


def _with_document(resource, policy):
    return resource | {"Properties": resource["Properties"] | {"PolicyDocument": policy}}


def test_a_group_has_an_arn_and_loses_the_inline_policies_that_an_update_leaves_out(vpce, deploy):
    policies = [{"PolicyName": name, "PolicyDocument": document("Allow", "s3:*", "*")} for name in ("a", "b")]
    group = of("IAM::Group", **GROUP["Properties"], Policies=policies)
    stack = deploy({"Arn": {"Value": {"Fn::GetAtt": ["Readers", "Arn"]}}}, Readers=group)
    assert stack["Outputs"][0]["OutputValue"] == f"arn:aws:iam::{ACCOUNT}:group/team/readers"
    deploy(Readers=of("IAM::Group", **GROUP["Properties"], Policies=policies[1:]))
    assert vpce.client("iam").list_group_policies(GroupName="readers")["PolicyNames"] == ["b"]


BAD = document("Alow", "s3:*", "*")
BAD_FOR_ALL = document("Alow", "s3:*", "*", Principal="*")
TRUST = document("Allow", "sts:AssumeRole", "*", Principal={"Service": "ec2.amazonaws.com"})
del TRUST["Statement"][0]["Resource"]


@pytest.mark.parametrize(
    "resources",
    [
        {"Made": of("IAM::Role", AssumeRolePolicyDocument=BAD_FOR_ALL)},
        {
            "Made": of(
                "IAM::Role",
                AssumeRolePolicyDocument=TRUST,
                Policies=[{"PolicyName": "own", "PolicyDocument": BAD}],
            )
        },
        {"Made": of("IAM::ManagedPolicy", PolicyDocument=BAD)},
        {"Alice": ALICE, "Made": of("IAM::UserPolicy", UserName=ref("Alice"), PolicyName="own", PolicyDocument=BAD)},
        {"Made": of("KMS::Key", KeyPolicy=BAD_FOR_ALL)},
        {"News": FANOUT["News"], "Made": of("SNS::TopicPolicy", Topics=[ref("News")], PolicyDocument=BAD_FOR_ALL)},
        {"Inbox": FANOUT["Inbox"], "Made": of("SQS::QueuePolicy", Queues=[ref("Inbox")], PolicyDocument=BAD_FOR_ALL)},
        {
            "Bucket": of("S3::Bucket", BucketName="data"),
            "Made": of("S3::BucketPolicy", Bucket=ref("Bucket"), PolicyDocument=BAD_FOR_ALL),
        },
    ],
    ids=["trust", "inline", "managed", "user", "key", "topic", "queue", "bucket"],
)
def test_a_malformed_policy_fails_the_resource_that_has_it(deploy, cloudformation, resources):
    assert deploy(**resources)["StackStatus"] == "ROLLBACK_COMPLETE"
    (failure,) = failures(cloudformation)
    assert "Status Code: 400" in failure


@pytest.mark.parametrize(
    "kind", ["EC2::NetworkAcl", "EC2::NetworkAclEntry", "Kinesis::ResourcePolicy", "S3::AccessPoint"]
)
def test_what_would_decide_and_cannot_be_made_fails_the_stack(deploy, cloudformation, kind):
    assert deploy(Guard=of(kind), News=FANOUT["News"])["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any(f"AWS::{kind} is not emulated" in failure for failure in failures(cloudformation))
