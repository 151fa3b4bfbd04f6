"""Each service's resource policies let another account in, to the resource itself, and to nothing else of it."""

import io
import json
import zipfile

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
OTHER = "999988887777"
OF = f"us-east-1:{ACCOUNT}"
STRANGER = {"aws_access_key_id": OTHER, "aws_secret_access_key": "x"}
ROOT = {"AWS": f"arn:aws:iam::{OTHER}:root"}


def grant(actions, resource, **more):
    named = {"Resource": resource} if resource else {}
    statement = {"Sid": "share", "Effect": "Allow", "Principal": ROOT, "Action": actions, **named, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def code():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): return event")
    return packed.getvalue()


def function(client, iam):
    role = iam.create_role(
        RoleName="function",
        AssumeRolePolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ],
            }
        ),
    )["Role"]["Arn"]
    client.create_function(
        FunctionName="f", Runtime="python3.12", Role=role, Handler="index.handler", Code={"ZipFile": code()}
    )


TOPIC = f"arn:aws:sns:{OF}:news"
STREAM = f"arn:aws:kinesis:{OF}:stream/clicks"
FUNCTION = f"arn:aws:lambda:{OF}:function:f"
BUS = f"arn:aws:events:{OF}:event-bus/orders"
GROUP = f"arn:aws:logs:{OF}:log-group:/app"

# Service: how its resource is made, how it is shared, what the other account may then call, and what it still may not.
SHARED = {
    "sns": (
        lambda client, _: client.create_topic(Name="news"),
        lambda client: client.set_topic_attributes(
            TopicArn=TOPIC, AttributeName="Policy", AttributeValue=grant("SNS:Publish", TOPIC)
        ),
        lambda client: client.publish(TopicArn=TOPIC, Message="x"),
        lambda client: client.delete_topic(TopicArn=TOPIC),
    ),
    "secretsmanager": (
        lambda client, _: client.create_secret(Name="db", SecretString="x"),
        lambda client: client.put_resource_policy(
            SecretId="db", ResourcePolicy=grant("secretsmanager:GetSecretValue", "*")
        ),
        lambda client: client.get_secret_value(SecretId=f"arn:aws:secretsmanager:{OF}:secret:db"),
        lambda client: client.describe_secret(SecretId=f"arn:aws:secretsmanager:{OF}:secret:db"),
    ),
    "lambda": (
        function,
        lambda client: client.add_permission(
            FunctionName="f", StatementId="share", Action="lambda:GetFunction", Principal=OTHER
        ),
        lambda client: client.get_function(FunctionName=FUNCTION),
        lambda client: client.delete_function(FunctionName=FUNCTION),
    ),
    "ecr": (
        lambda client, _: client.create_repository(repositoryName="images"),
        lambda client: client.set_repository_policy(
            repositoryName="images", policyText=grant(["ecr:ListImages"], None)
        ),
        lambda client: client.list_images(registryId=ACCOUNT, repositoryName="images"),
        lambda client: client.delete_repository(registryId=ACCOUNT, repositoryName="images"),
    ),
    "events": (
        lambda client, _: client.create_event_bus(Name="orders"),
        lambda client: client.put_permission(
            EventBusName="orders", Action="events:PutEvents", Principal=OTHER, StatementId="share"
        ),
        lambda client: client.put_events(
            Entries=[{"EventBusName": BUS, "Source": "s", "DetailType": "t", "Detail": "{}"}]
        ),
        lambda client: client.put_rule(Name="r", EventBusName=BUS, EventPattern='{"source":["s"]}'),
    ),
    "kinesis": (
        lambda client, _: client.create_stream(StreamName="clicks", ShardCount=1),
        lambda client: client.put_resource_policy(ResourceARN=STREAM, Policy=grant("kinesis:PutRecord", STREAM)),
        lambda client: client.put_record(StreamARN=STREAM, Data=b"x", PartitionKey="k"),
        lambda client: client.delete_stream(StreamARN=STREAM),
    ),
    "logs": (
        lambda client, _: client.create_log_group(logGroupName="/app"),
        lambda client: client.put_resource_policy(
            policyName="share", policyDocument=grant("logs:ListTagsForResource", GROUP)
        ),
        lambda client: client.list_tags_for_resource(resourceArn=GROUP),
        lambda client: client.put_data_protection_policy(logGroupIdentifier=GROUP, policyDocument="{}"),
    ),
}


def refused(call, client):
    with pytest.raises(ClientError) as denied:
        call(client)
    return "not authorized to perform" in str(denied.value)


@pytest.mark.parametrize("service", SHARED)
def test_a_resource_is_shared_by_its_policy(vpce, service):
    make, share, allowed, forbidden = SHARED[service]
    own, stranger = vpce.client(service), vpce.client(service, **STRANGER)
    make(own, vpce.client("iam"))
    assert refused(allowed, stranger)
    share(own)
    allowed(stranger)
    assert refused(forbidden, stranger)
