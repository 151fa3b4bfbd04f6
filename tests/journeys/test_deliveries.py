"""What SNS, S3, EventBridge and Lambda send by themselves: it arrives where a policy lets that service in."""

import io
import json
import zipfile

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from vpce_emulator.console.tables import print_decision

ACCOUNT = "123456789012"
OTHER = "999988887777"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:orders"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:inbox"
RULE = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/all"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(service, action, resource, **condition):
    made = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": resource}
    return made | ({"Condition": condition} if condition else {})


def deny(action, resource, **condition):
    return {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource, "Condition": condition}


def made_queue(vpce, *statements, name="inbox", **attributes):
    """Make a queue and return what is received from it: a function that returns one message's body, or None."""
    sqs = vpce.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    if statements:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(*statements)})

    def receive():
        messages = sqs.receive_message(QueueUrl=url).get("Messages", [])
        return messages[0]["Body"] if messages else None

    return receive


def lost(vpce):
    """Return the deliveries that were refused: who sent, what, and which layer refused it."""
    return [
        (each["client"], each["operation"], *each["denied_by"])
        for each in vpce.decisions()
        if each["door"] == "service"
    ]


@pytest.fixture
def publish(vpce):
    """A function that makes a topic with one subscriber and publishes a message to it."""

    def make(endpoint=QUEUE, protocol="sqs"):
        sns = vpce.client("sns")
        sns.create_topic(Name="orders")
        sns.subscribe(TopicArn=TOPIC, Protocol=protocol, Endpoint=endpoint)
        sns.publish(TopicArn=TOPIC, Message="one")

    return make


def test_a_queue_without_a_policy_gets_nothing_from_a_topic_and_the_journal_says_why(vpce, publish):
    receive = made_queue(vpce)
    publish()
    assert receive() is None
    assert lost(vpce) == [("sns.amazonaws.com", "SendMessage", "resource")]
    told = next(each for each in vpce.decisions() if each["door"] == "service")
    assert (told["principal"], told["path"], told["service"]) == ("sns.amazonaws.com", "service", "sqs")
    assert f"sqs:SendMessage on {QUEUE}" in told["reason"]
    printed = io.StringIO()
    print_decision(told, Console(file=printed, width=200))
    assert f"service: sns.amazonaws.com acts for {TOPIC}, within AWS." in printed.getvalue()


@pytest.mark.parametrize(
    ("condition", "arrives"),
    [
        ({}, True),
        ({"ArnEquals": {"aws:SourceArn": TOPIC}}, True),
        ({"ArnLike": {"aws:SourceArn": TOPIC + "-other"}}, False),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, True),
        ({"StringEquals": {"aws:SourceAccount": OTHER}}, False),
        ({"Bool": {"aws:PrincipalIsAWSService": "true"}}, True),
        ({"StringEquals": {"aws:PrincipalServiceName": "sns.amazonaws.com"}}, True),
        ({"ForAnyValue:StringEquals": {"aws:PrincipalServiceNamesList": "sns.us-east-1.amazonaws.com"}}, True),
        ({"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}}, False),
        ({"Null": {"aws:SourceVpce": "true", "aws:SourceIp": "true", "aws:PrincipalArn": "true"}}, True),
    ],
)
def test_a_topic_delivers_to_a_queue_as_its_policy_says(vpce, publish, condition, arrives):
    receive = made_queue(vpce, allow("sns.amazonaws.com", "sqs:SendMessage", QUEUE, **condition))
    publish()
    assert (receive() is not None, lost(vpce) == []) == (arrives, arrives)


def test_a_perimeter_around_a_queue_lets_services_in_that_act_for_its_own_account(vpce, publish):
    network = {"StringNotEqualsIfExists": {"aws:SourceVpce": vpce.endpoint("sqs").id}}
    outsiders = deny("sqs:SendMessage", QUEUE, **network, BoolIfExists={"aws:PrincipalIsAWSService": "false"})
    deputies = deny(
        "sqs:SendMessage",
        QUEUE,
        StringNotEquals={"aws:SourceAccount": ACCOUNT},
        Bool={"aws:PrincipalIsAWSService": "true"},
    )
    receive = made_queue(vpce, allow("sns.amazonaws.com", "sqs:SendMessage", QUEUE), outsiders, deputies)
    publish()
    assert json.loads(receive())["Message"] == "one"
    with vpce.denied(by="resource"):
        vpce.client("sqs").send_message(
            QueueUrl=f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/inbox", MessageBody="x"
        )


def test_a_topic_delivers_into_another_account_that_lets_it(vpce, publish):
    there = vpce.client("sqs", aws_access_key_id=OTHER, aws_secret_access_key="x")
    url = there.create_queue(QueueName="inbox")["QueueUrl"]
    queue = QUEUE.replace(ACCOUNT, OTHER)
    let_in = allow("sns.amazonaws.com", "sqs:SendMessage", queue, ArnEquals={"aws:SourceArn": TOPIC})
    there.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(let_in)})
    publish(queue)
    assert len(there.receive_message(QueueUrl=url)["Messages"]) == 1


def test_a_message_that_a_filter_keeps_back_is_no_refusal(vpce):
    made_queue(vpce)
    sns = vpce.client("sns")
    sns.create_topic(Name="orders")
    rules = {"FilterPolicy": json.dumps({"kind": ["new"]})}
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE, Attributes=rules)
    sns.publish(TopicArn=TOPIC, Message="x", MessageAttributes={"kind": {"DataType": "String", "StringValue": "old"}})
    assert lost(vpce) == []


@pytest.mark.parametrize(
    "endpoint",
    [
        f"arn:aws:sqs:us-east-1:{ACCOUNT}:open:inbox",
        f"arn:aws:sns:us-east-1:{ACCOUNT}:inbox",
    ],
)
def test_an_endpoint_that_only_ends_like_a_queue_is_none(vpce, endpoint):
    receive = made_queue(vpce)
    sns = vpce.client("sns")
    sns.create_topic(Name="orders")
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=endpoint)
    sns.publish(TopicArn=TOPIC, Message="x")
    assert receive() is None


def test_publishing_succeeds_where_nobody_is_there_to_receive(vpce, publish):
    publish(QUEUE + "-gone")
    assert lost(vpce) == [("sns.amazonaws.com", "SendMessage", "resource")]


BUCKET = "arn:aws:s3:::uploads"
NOT_VALIDATED = "Unable to validate the following destination configurations"


def notify(vpce, arn=QUEUE, kind="Queue", **options):
    vpce.client("s3").create_bucket(Bucket="uploads")
    section = {"Events": ["s3:ObjectCreated:*"], f"{kind}Arn": arn}
    configuration = {f"{kind}Configurations": [section]}
    client = vpce.client("s3")
    client.put_bucket_notification_configuration(Bucket="uploads", NotificationConfiguration=configuration, **options)
    return client


def refusal(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]


@pytest.mark.parametrize("kind", ["Queue", "Topic"])
def test_s3_takes_no_destination_that_does_not_let_it_in(vpce, kind):
    made_queue(vpce)
    vpce.client("sns").create_topic(Name="orders")
    arn = {"Queue": QUEUE, "Topic": TOPIC}[kind]
    error = refusal(notify, vpce=vpce, arn=arn, kind=kind)
    assert (error["Code"], error["Message"], error["ArgumentName1"]) == (
        "InvalidArgument",
        NOT_VALIDATED,
        f"{arn}, null",
    )
    assert error["ArgumentValue1"] == (
        f"Permissions on the destination {kind.lower()} do not allow S3 to publish notifications from this bucket"
    )
    assert vpce.decisions()[-1]["denied_by"] == ["resource"]


@pytest.mark.parametrize(
    ("kind", "arn"),
    [
        ("Queue", f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/told"),
        ("Queue", TOPIC),
        ("Topic", QUEUE),
        ("LambdaFunction", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:app"),
        ("Topic", "none"),
    ],
)
def test_s3_notifies_queues_topics_and_functions_each_as_what_they_are(vpce, kind, arn):
    error = refusal(notify, vpce=vpce, arn=arn, kind=kind)
    assert (error["Code"], error["Message"]) == ("InvalidArgument", "The ARN is not well formed")


def test_s3_delivers_to_a_queue_that_lets_its_bucket_in_until_it_no_longer_does(vpce):
    let_in = allow("s3.amazonaws.com", "sqs:SendMessage", QUEUE, ArnLike={"aws:SourceArn": BUCKET})
    receive = made_queue(vpce, let_in)
    s3 = notify(vpce)
    assert json.loads(receive())["Event"] == "s3:TestEvent"
    s3.put_object(Bucket="uploads", Key="a", Body=b"x")
    assert json.loads(receive())["Records"][0]["s3"]["object"]["key"] == "a"
    sqs = vpce.client("sqs")
    sqs.set_queue_attributes(QueueUrl=f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/inbox", Attributes={"Policy": ""})
    s3.put_object(Bucket="uploads", Key="b", Body=b"x")
    assert (receive(), lost(vpce)) == (None, [("s3.amazonaws.com", "SendMessage", "resource")])


def test_a_destination_that_s3_is_told_not_to_try_is_taken_and_gets_nothing(vpce):
    receive = made_queue(vpce)
    notify(vpce, SkipDestinationValidation=True).put_object(Bucket="uploads", Key="a", Body=b"x")
    assert receive() is None
    assert ("s3.amazonaws.com", "SendMessage", "resource") in lost(vpce)


def test_from_a_bucket_by_a_topic_to_a_queue_each_step_is_held_against_a_policy(vpce):
    receive = made_queue(vpce, allow("sns.amazonaws.com", "sqs:SendMessage", QUEUE))
    sns = vpce.client("sns")
    sns.create_topic(Name="orders")
    let_in = allow("s3.amazonaws.com", "sns:Publish", TOPIC, StringEquals={"aws:SourceAccount": ACCOUNT})
    sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="Policy", AttributeValue=policy(let_in))
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE)
    s3 = notify(vpce, TOPIC, "Topic")
    assert "s3:TestEvent" in receive()
    s3.put_object(Bucket="uploads", Key="a", Body=b"x")
    assert "ObjectCreated:Put" in receive()


@pytest.fixture
def event(vpce):
    """A function that makes a rule for every event with one target, and puts an event."""

    def put(target, **further):
        events = vpce.client("events")
        events.put_rule(Name="all", EventPattern=json.dumps({"source": ["mine"]}))
        events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": target, **further}])
        entry = {"Source": "mine", "DetailType": "told", "Detail": json.dumps({"a": "b"})}
        assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0

    return put


FROM_RULE = {"ArnEquals": {"aws:SourceArn": RULE}}


@pytest.mark.parametrize(("statements", "arrives"), [([], False), ([FROM_RULE], True)])
def test_a_rule_sends_to_a_queue_as_its_policy_says(vpce, event, statements, arrives):
    lets_in = [allow("events.amazonaws.com", "sqs:SendMessage", QUEUE, **each) for each in statements]
    receive = made_queue(vpce, *lets_in)
    event(QUEUE)
    assert (receive() is not None, lost(vpce) == []) == (arrives, arrives)


def test_a_rule_publishes_to_a_topic_that_lets_it(vpce, event):
    receive = made_queue(vpce, allow("sns.amazonaws.com", "sqs:SendMessage", QUEUE))
    sns = vpce.client("sns")
    sns.create_topic(Name="orders")
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE)
    event(TOPIC)
    assert (receive(), lost(vpce)) == (None, [("events.amazonaws.com", "Publish", "resource")])
    let_in = allow("events.amazonaws.com", "sns:Publish", TOPIC)
    sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="Policy", AttributeValue=policy(let_in))
    event(TOPIC)
    assert json.loads(json.loads(receive())["Message"])["detail"] == {"a": "b"}


@pytest.mark.parametrize("allowed", [False, True])
def test_a_rule_writes_to_a_log_group_by_the_resource_policy_of_logs(vpce, event, allowed):
    logs = vpce.client("logs")
    logs.create_log_group(logGroupName="/aws/events/all")
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/events/all"
    if allowed:
        services = ["events.amazonaws.com", "delivery.logs.amazonaws.com"]
        let_in = allow(services, ["logs:CreateLogStream", "logs:PutLogEvents"], f"{group}:*", **FROM_RULE)
        logs.put_resource_policy(policyName="events", policyDocument=policy(let_in))
    event(group)
    assert bool(logs.describe_log_streams(logGroupName="/aws/events/all")["logStreams"]) is allowed
    assert bool(lost(vpce)) is not allowed


STREAM = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/told"


def role(vpce, name, service, *statements, **condition):
    iam = vpce.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust |= {"Condition": condition} if condition else {}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=policy(*statements))
    return arn


MAY_PUT = {"Effect": "Allow", "Action": "kinesis:PutRecord", "Resource": STREAM}


@pytest.mark.parametrize(
    ("service", "statements", "condition", "refused_by"),
    [
        ("events.amazonaws.com", [MAY_PUT], FROM_RULE, None),
        ("events.amazonaws.com", [], {}, ("PutRecord", "identity")),
        ("lambda.amazonaws.com", [MAY_PUT], {}, ("AssumeRole", "resource")),
        ("events.amazonaws.com", [MAY_PUT], {"StringEquals": {"aws:SourceAccount": OTHER}}, ("AssumeRole", "resource")),
    ],
)
def test_a_rule_puts_records_as_its_role(vpce, event, service, statements, condition, refused_by):
    kinesis = vpce.client("kinesis")
    kinesis.create_stream(StreamName="told", ShardCount=1)
    event(STREAM, RoleArn=role(vpce, "putting", service, *statements, **condition))
    shard = kinesis.list_shards(StreamName="told")["Shards"][0]["ShardId"]
    at = kinesis.get_shard_iterator(StreamName="told", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = kinesis.get_records(ShardIterator=at["ShardIterator"])["Records"]
    assert [json.loads(each["Data"])["source"] for each in records] == ([] if refused_by else ["mine"])
    assert lost(vpce) == ([("events.amazonaws.com", *refused_by)] if refused_by else [])


def test_a_resource_control_policy_keeps_services_of_other_organizations_out(vpce, publish):
    organizations = vpce.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="RESOURCE_CONTROL_POLICY")
    member = organizations.create_account(Email="m@example.org", AccountName="m")["CreateAccountStatus"]["AccountId"]
    as_member = {"aws_access_key_id": member, "aws_secret_access_key": "x"}
    deputies = deny(
        "sqs:*",
        "*",
        StringNotEqualsIfExists={"aws:SourceOrgID": "${aws:ResourceOrgID}", "aws:SourceAccount": OTHER},
        Null={"aws:SourceAccount": "false"},
        Bool={"aws:PrincipalIsAWSService": "true"},
    )
    made = organizations.create_policy(
        Name="perimeter", Description="-", Type="RESOURCE_CONTROL_POLICY", Content=policy(deputies)
    )
    organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=member)
    queue = QUEUE.replace(ACCOUNT, member)
    sqs = vpce.client("sqs", **as_member)
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    let_in = allow("sns.amazonaws.com", "sqs:SendMessage", queue)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(let_in)})
    for account, arrives in ((ACCOUNT, True), ("111122223333", False)):
        sns = vpce.client("sns", aws_access_key_id=account, aws_secret_access_key="x")
        topic = sns.create_topic(Name="orders")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
        sns.publish(TopicArn=topic, Message="x")
        assert bool(sqs.receive_message(QueueUrl=url).get("Messages")) is arrives
    assert lost(vpce) == [("sns.amazonaws.com", "SendMessage", "rcp")]


FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:worker"
MAY_POLL = {
    "Effect": "Allow",
    "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
    "Resource": QUEUE,
}


def made_function(vpce, *statements):
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("worker.py", "def handler(event, context):\n    return event\n")
    functions = vpce.client("lambda")
    functions.create_function(
        FunctionName="worker",
        Runtime="python3.13",
        Role=role(vpce, "working", "lambda.amazonaws.com", *statements),
        Handler="worker.handler",
        Code={"ZipFile": code.getvalue()},
    )
    return functions


def let_into_function(functions, service, source_arn):
    functions.add_permission(
        FunctionName="worker",
        StatementId=service.partition(".")[0],
        Action="lambda:InvokeFunction",
        Principal=service,
        SourceArn=source_arn,
        SourceAccount=ACCOUNT,
    )


def test_s3_takes_a_function_that_lets_its_bucket_in(vpce):
    functions = made_function(vpce)
    error = refusal(notify, vpce=vpce, arn=FUNCTION, kind="LambdaFunction")
    assert error["ArgumentValue1"] == f"Not authorized to invoke function [{FUNCTION}]"
    let_into_function(functions, "s3.amazonaws.com", BUCKET)
    notify(vpce, FUNCTION, "LambdaFunction")


def test_lambda_polls_a_queue_as_the_execution_role_of_the_function(vpce):
    made_queue(vpce)
    functions = made_function(vpce, MAY_POLL | {"Action": MAY_POLL["Action"][1:]})
    mapping = {"FunctionName": "worker", "EventSourceArn": QUEUE}
    error = refusal(functions.create_event_source_mapping, **mapping)
    assert (error["Code"], error["Message"]) == (
        "InvalidParameterValueException",
        "The provided execution role does not have permissions to call ReceiveMessage on SQS",
    )
    assert vpce.decisions()[-1]["denied_by"] == ["identity"]
    vpce.client("iam").put_role_policy(RoleName="working", PolicyName="inline", PolicyDocument=policy(MAY_POLL))
    functions.create_event_source_mapping(**mapping)
    vpce.client("iam").delete_role_policy(RoleName="working", PolicyName="inline")
    url = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/inbox"
    vpce.client("sqs").send_message(QueueUrl=url, MessageBody="stays")
    assert lost(vpce) == [("lambda.amazonaws.com", "ReceiveMessage", "identity")]
    assert vpce.client("sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"] == "stays"


def test_lambda_polls_an_encrypted_queue_with_leave_to_decrypt_and_takes_it_as_a_source_without(vpce):
    key = vpce.client("kms").create_key()["KeyMetadata"]["Arn"]
    made_queue(vpce, KmsMasterKeyId=key)
    functions = made_function(vpce, MAY_POLL)
    functions.create_event_source_mapping(FunctionName="worker", EventSourceArn=QUEUE)
    queue = {"QueueUrl": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/inbox"}
    vpce.client("sqs").send_message(**queue, MessageBody="stays")
    assert lost(vpce) == [("lambda.amazonaws.com", "Decrypt", "identity")]
    may_decrypt = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key}
    may = {"RoleName": "working", "PolicyName": "inline", "PolicyDocument": policy(MAY_POLL, may_decrypt)}
    vpce.client("iam").put_role_policy(**may)
    vpce.client("sqs").send_message(**queue, MessageBody="goes")
    assert len(lost(vpce)) == 1


def test_a_rule_puts_records_into_an_encrypted_stream_with_leave_to_make_data_keys(vpce, event):
    key = vpce.client("kms").create_key()["KeyMetadata"]["Arn"]
    kinesis = vpce.client("kinesis")
    kinesis.create_stream(StreamName="told", ShardCount=1)
    kinesis.start_stream_encryption(StreamName="told", EncryptionType="KMS", KeyId=key)
    may_encrypt = {"Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": key}
    event(STREAM, RoleArn=role(vpce, "putting", "events.amazonaws.com", MAY_PUT, may_encrypt))
    assert lost(vpce) == []


def test_lambda_reads_a_stream_of_a_table_as_the_execution_role_of_the_function(vpce):
    table = vpce.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    functions = made_function(vpce)
    mapping = {"FunctionName": FUNCTION, "EventSourceArn": table["LatestStreamArn"], "StartingPosition": "LATEST"}
    error = refusal(functions.create_event_source_mapping, **mapping)
    assert error["Message"] == (
        f"Cannot access stream {table['LatestStreamArn']}. Please ensure the role can perform the GetRecords, "
        "GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
    )


@pytest.mark.parametrize("principal", ["logs.amazonaws.com", "logs.us-east-1.amazonaws.com"])
def test_logs_subscribe_a_function_that_lets_the_log_group_in(vpce, principal):
    functions, logs = made_function(vpce), vpce.client("logs")
    logs.create_log_group(logGroupName="told")
    subscription = {"logGroupName": "told", "filterName": "all", "filterPattern": "", "destinationArn": FUNCTION}
    error = refusal(logs.put_subscription_filter, **subscription)
    assert (error["Code"], error["Message"]) == (
        "InvalidParameterException",
        "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your "
        "function.",
    )
    let_into_function(functions, principal, f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:told:*")
    logs.put_subscription_filter(**subscription)


def test_a_secret_is_not_rotated_by_a_function_that_does_not_let_secrets_manager_in(vpce):
    made_function(vpce)
    secrets = vpce.client("secretsmanager")
    secrets.create_secret(Name="key", SecretString="x")
    error = refusal(secrets.rotate_secret, SecretId="key", RotationLambdaARN=FUNCTION)
    assert (error["Code"], error["Message"][:46]) == (
        "AccessDeniedException",
        "Secrets Manager cannot invoke the specified La",
    )


def test_a_topic_that_a_function_does_not_let_in_invokes_nothing(vpce, publish):
    made_function(vpce)
    publish(FUNCTION, "lambda")
    assert lost(vpce) == [("sns.amazonaws.com", "InvokeFunction", "resource")]
