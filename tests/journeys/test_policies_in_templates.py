"""Policies, subscriptions and groups in templates: made by the services' own calls, and holding from then on."""

import json

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
TOPIC_ARN = f"arn:aws:sns:us-east-1:{ACCOUNT}:news"
QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}}
TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}}
BUS = {"Type": "AWS::Events::EventBus", "Properties": {"Name": "orders"}}
SECRET = {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "db", "SecretString": "first"}}
USER = {"Type": "AWS::IAM::User", "Properties": {"UserName": "ann"}}
ROLE_TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
QUEUE_ARN = {"Fn::GetAtt": ["Queue", "Arn"]}


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def said(effect, action, resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


ROLE = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r", "AssumeRolePolicyDocument": document(ROLE_TRUST)}}
OPEN_TO_SERVICES = document(
    said("Allow", "sqs:SendMessage", QUEUE_ARN, Principal={"Service": ["sns.amazonaws.com", "events.amazonaws.com"]})
)
CLOSED = document(said("Deny", "sns:Publish", {"Ref": "Topic"}, Principal="*"))
UNREAD = document(said("Deny", "secretsmanager:GetSecretValue", Principal="*"))
GRANT = document(said("Allow", "sqs:ListQueues"))


def of(resource_type, **properties):
    return {"Type": resource_type, "Properties": properties}


QUEUE_POLICY = of("AWS::SQS::QueuePolicy", Queues=[{"Ref": "Queue"}], PolicyDocument=OPEN_TO_SERVICES)
TOPIC_POLICY = of("AWS::SNS::TopicPolicy", Topics=[{"Ref": "Topic"}], PolicyDocument=CLOSED)
SUBSCRIPTION = of(
    "AWS::SNS::Subscription", TopicArn={"Ref": "Topic"}, Protocol="sqs", Endpoint=QUEUE_ARN, RawMessageDelivery=True
)


@pytest.fixture
def deploy(vpce):
    """Return what makes or changes a stack and returns its status."""
    cloudformation = vpce.client("cloudformation")
    deployed = []

    def make(outputs=None, **resources):
        body = json.dumps({"Resources": resources, "Outputs": outputs or {}})
        (cloudformation.update_stack if deployed else cloudformation.create_stack)(
            StackName="app", TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"]
        )
        deployed.append(body)
        return cloudformation.describe_stacks(StackName="app")["Stacks"][0]["StackStatus"]

    return make


def received(vpce):
    sqs = vpce.client("sqs")
    url = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    return [each["Body"] for each in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])]


def queue_policy(vpce):
    sqs = vpce.client("sqs")
    url = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {})
    return json.loads(told["Policy"]) if "Policy" in told else None


def bus_policy(vpce):
    return json.loads(vpce.client("events").describe_event_bus(Name="orders").get("Policy") or "null")


def refused(call, **parameters):
    with pytest.raises(ClientError) as refusal:
        call(**parameters)
    return refusal.value.response["Error"]["Code"]


def test_topic_and_rule_of_a_stack_deliver_to_a_queue_whose_policy_lets_them(vpce, deploy):
    rule = of(
        "AWS::Events::Rule", Name="all", EventPattern={"source": ["shop"]}, Targets=[{"Id": "q", "Arn": QUEUE_ARN}]
    )
    assert (
        deploy(Queue=QUEUE, Topic=TOPIC, Policy=QUEUE_POLICY, Subscription=SUBSCRIPTION, Rule=rule) == "CREATE_COMPLETE"
    )
    vpce.client("sns").publish(TopicArn=TOPIC_ARN, Message="hello")
    vpce.client("events").put_events(Entries=[{"Source": "shop", "DetailType": "sold", "Detail": "{}"}])
    first, second = sorted(received(vpce))
    assert first == "hello"
    assert json.loads(second)["source"] == "shop"


def test_without_the_queues_policy_nothing_arrives(vpce, deploy):
    assert deploy(Queue=QUEUE, Topic=TOPIC, Subscription=SUBSCRIPTION) == "CREATE_COMPLETE"
    vpce.client("sns").publish(TopicArn=TOPIC_ARN, Message="hello")
    assert received(vpce) == []


@pytest.mark.parametrize(
    "policy",
    [TOPIC_POLICY, of("AWS::SNS::TopicInlinePolicy", TopicArn={"Ref": "Topic"}, PolicyDocument=CLOSED)],
    ids=lambda policy: policy["Type"],
)
def test_a_topics_policy_denies_until_it_goes(vpce, deploy, policy):
    sns = vpce.client("sns")
    assert deploy(Topic=TOPIC, Policy=policy) == "CREATE_COMPLETE"
    assert refused(sns.publish, TopicArn=TOPIC_ARN, Message="m") == "AuthorizationError"
    assert deploy(Topic=TOPIC) == "UPDATE_COMPLETE"
    assert sns.publish(TopicArn=TOPIC_ARN, Message="m")["MessageId"]


@pytest.mark.parametrize(
    "policy",
    [QUEUE_POLICY, of("AWS::SQS::QueueInlinePolicy", Queue={"Ref": "Queue"}, PolicyDocument=OPEN_TO_SERVICES)],
    ids=lambda policy: policy["Type"],
)
def test_a_queues_policy_is_made_changed_and_taken_away(vpce, deploy, policy):
    assert deploy(Queue=QUEUE, Policy=policy) == "CREATE_COMPLETE"
    assert queue_policy(vpce)["Statement"][0]["Effect"] == "Allow"
    denying = document(said("Deny", "sqs:SendMessage", QUEUE_ARN, Principal="*"))
    changed = {**policy, "Properties": {**policy["Properties"], "PolicyDocument": denying}}
    assert deploy(Queue=QUEUE, Policy=changed) == "UPDATE_COMPLETE"
    assert queue_policy(vpce)["Statement"][0]["Effect"] == "Deny"
    assert deploy(Queue=QUEUE) == "UPDATE_COMPLETE"
    assert queue_policy(vpce) is None


def test_a_queue_that_leaves_a_policys_list_loses_the_policy(vpce, deploy):
    other = of("AWS::SQS::Queue", QueueName="other")
    on_other = {**QUEUE_POLICY, "Properties": {**QUEUE_POLICY["Properties"], "Queues": [{"Ref": "Other"}]}}
    deploy(Queue=QUEUE, Other=other, Policy=QUEUE_POLICY)
    assert deploy(Queue=QUEUE, Other=other, Policy=on_other) == "UPDATE_COMPLETE"
    assert queue_policy(vpce) is None


def test_a_subscription_is_changed_and_taken_away(vpce, deploy):
    sns = vpce.client("sns")
    deploy(Queue=QUEUE, Topic=TOPIC, Policy=QUEUE_POLICY, Subscription=SUBSCRIPTION)
    filtered = {**SUBSCRIPTION, "Properties": {**SUBSCRIPTION["Properties"], "FilterPolicy": {"kind": ["new"]}}}
    deploy(Queue=QUEUE, Topic=TOPIC, Policy=QUEUE_POLICY, Subscription=filtered)
    (subscription,) = sns.list_subscriptions()["Subscriptions"]
    attributes = sns.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])["Attributes"]
    assert (json.loads(attributes["FilterPolicy"]), attributes["RawMessageDelivery"]) == ({"kind": ["new"]}, "true")
    deploy(Queue=QUEUE, Topic=TOPIC, Policy=QUEUE_POLICY)
    assert sns.list_subscriptions()["Subscriptions"] == []


def test_a_secret_and_its_policy(vpce, deploy):
    secrets = vpce.client("secretsmanager")
    policy = of("AWS::SecretsManager::ResourcePolicy", SecretId={"Ref": "Secret"}, ResourcePolicy=UNREAD)
    assert deploy(Secret=SECRET, Policy=policy) == "CREATE_COMPLETE"
    assert refused(secrets.get_secret_value, SecretId="db") == "AccessDeniedException"
    assert deploy(Secret=SECRET) == "UPDATE_COMPLETE"
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == "first"


def test_a_generated_secret_is_the_same_after_an_update(vpce, deploy):
    secrets = vpce.client("secretsmanager")
    generated = {"SecretStringTemplate": '{"user": "app"}', "GenerateStringKey": "password", "PasswordLength": 20}
    deploy(Secret=of("AWS::SecretsManager::Secret", Name="db", GenerateSecretString=generated))
    value = secrets.get_secret_value(SecretId="db")["SecretString"]
    assert (json.loads(value)["user"], len(json.loads(value)["password"])) == ("app", 20)
    deploy(Secret=of("AWS::SecretsManager::Secret", Name="db", GenerateSecretString=generated, Description="mine"))
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == value
    assert secrets.describe_secret(SecretId="db")["Description"] == "mine"


def test_the_statements_of_a_bus_stand_beside_each_other(vpce, deploy):
    statement = said("Deny", "events:PutEvents", {"Fn::GetAtt": ["Bus", "Arn"]}, Principal="*")
    name = {"Ref": "Bus"}
    one = of("AWS::Events::EventBusPolicy", EventBusName=name, StatementId="one", Statement=statement)
    two = of(
        "AWS::Events::EventBusPolicy",
        EventBusName=name,
        StatementId="two",
        Action="events:PutEvents",
        Principal="222233334444",
    )
    assert deploy(Bus=BUS, One=one, Two=two) == "CREATE_COMPLETE"
    assert {each["Sid"]: each["Effect"] for each in bus_policy(vpce)["Statement"]} == {"one": "Deny", "two": "Allow"}
    assert deploy(Bus=BUS, Two=two) == "UPDATE_COMPLETE"
    assert [each["Sid"] for each in bus_policy(vpce)["Statement"]] == ["two"]


def test_what_is_left_out_is_told_of(vpce, deploy):
    cloudformation = vpce.client("cloudformation")
    shown = {"Name": {"Value": {"Ref": "Pages"}}}
    assert deploy(Queue=QUEUE, Pages=of("AWS::CloudFront::Distribution"), outputs=shown) == "CREATE_COMPLETE"
    resources = cloudformation.describe_stack_resources(StackName="app")["StackResources"]
    assert {each["LogicalResourceId"]: each["ResourceType"] for each in resources} == {
        "Queue": "AWS::SQS::Queue",
        "Pages": "AWS::CloudFront::Distribution",
    }
    detail = cloudformation.describe_stack_resource(StackName="app", LogicalResourceId="Pages")["StackResourceDetail"]
    (output,) = cloudformation.describe_stacks(StackName="app")["Stacks"][0]["Outputs"]
    assert detail["PhysicalResourceId"] == output["OutputValue"]
    events = cloudformation.describe_stack_events(StackName="app")["StackEvents"]
    assert [each["ResourceStatusReason"] for each in events if each["LogicalResourceId"] == "Pages"] == [
        "AWS::CloudFront::Distribution is not emulated: the stack is made without it"
    ]


def test_an_attribute_of_what_is_left_out_fails_what_needs_it(vpce, deploy):
    queue = of("AWS::SQS::Queue", QueueName={"Fn::GetAtt": ["Pages", "DomainName"]})
    assert deploy(Queue=queue, Pages=of("AWS::CloudFront::Distribution")) == "ROLLBACK_COMPLETE"
    events = vpce.client("cloudformation").describe_stack_events(StackName="app")["StackEvents"]
    (reason,) = (each["ResourceStatusReason"] for each in events if each["ResourceStatus"] == "CREATE_FAILED")
    assert "AWS::CloudFront::Distribution is not emulated, and has no DomainName" in reason
