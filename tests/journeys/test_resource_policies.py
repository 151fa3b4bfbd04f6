"""Policies of queues, topics, keys, secrets, functions and tables: who they let in, and whom they keep out."""

import json

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
OTHER = "999988887777"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(effect, principal, action, resource="*", **condition):
    made = {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource}
    return made | ({"Condition": condition} if condition else {})


def account(number):
    return {"AWS": f"arn:aws:iam::{number}:root"}


def keys(made):
    return {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}


@pytest.fixture
def user(vpce):
    """A function that makes an IAM user with policies, and returns the arguments with which boto3 acts as it."""

    def make(name, *statements, of=ACCOUNT):
        iam = vpce.client("iam", aws_access_key_id=of, aws_secret_access_key="x")
        iam.create_user(UserName=name)
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="inline", PolicyDocument=policy(*statements))
        return keys(iam.create_access_key(UserName=name)["AccessKey"])

    return make


def refusal(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_queue_opens_only_through_the_endpoint(vpce):
    sqs = vpce.client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    through = {"StringNotEquals": {"aws:SourceVpce": vpce.endpoint("sqs").id}}
    shut = statement("Deny", "*", "sqs:SendMessage", QUEUE, **through)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(shut)})
    with vpce.denied(by="resource"):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    vpce.client("sqs", at="private-a").send_message(QueueUrl=url, MessageBody="x")


def test_a_queue_policy_lets_in_a_user_that_has_no_policy(vpce, user):
    sqs = vpce.client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    alice = vpce.client("sqs", **user("alice"))
    assert refusal(alice.send_message, QueueUrl=url, MessageBody="x")[0] == "AccessDenied"
    grant = statement("Allow", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"}, "sqs:SendMessage", QUEUE)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(grant)})
    alice.send_message(QueueUrl=url, MessageBody="x")


def test_another_account_needs_both_policies_and_then_reaches_the_queue_itself(vpce, user):
    sqs = vpce.client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    eve = vpce.client("sqs", **user("eve", EVERYTHING, of=OTHER))
    assert refusal(eve.send_message, QueueUrl=url, MessageBody="x")[0] == "AccessDenied"
    grant = statement("Allow", account(OTHER), "sqs:SendMessage", QUEUE)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(grant)})
    eve.send_message(QueueUrl=url, MessageBody="from outside")
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "from outside"


def test_a_table_policy_shares_the_table_and_its_indexes(vpce, user):
    dynamodb = vpce.client("dynamodb")
    key = [{"AttributeName": "id", "KeyType": "HASH"}]
    dynamodb.create_table(
        TableName="orders",
        KeySchema=key,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[{"IndexName": "by-id", "KeySchema": key, "Projection": {"ProjectionType": "ALL"}}],
    )
    dynamodb.put_item(TableName="orders", Item={"id": {"S": "1"}})
    eve = vpce.client("dynamodb", **user("eve", EVERYTHING, of=OTHER))
    asked = {"TableName": TABLE, "Key": {"id": {"S": "1"}}}
    assert refusal(eve.get_item, **asked)[0] == "AccessDeniedException"
    grant = statement("Allow", account(OTHER), ["dynamodb:GetItem", "dynamodb:Scan"], [TABLE, f"{TABLE}/index/*"])
    dynamodb.put_resource_policy(ResourceArn=TABLE, Policy=policy(grant))
    assert eve.get_item(**asked)["Item"] == {"id": {"S": "1"}}
    assert eve.scan(TableName=TABLE, IndexName="by-id")["Count"] == 1
    with vpce.denied(by="resource"):
        eve.delete_item(**asked)


def test_identity_policies_alone_do_not_open_a_key_whose_policy_does_not_leave_it_to_them(vpce, user):
    kms = vpce.client("kms")
    mine = user("alice", EVERYTHING)
    only = statement("Allow", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"}, ["kms:Encrypt", "kms:DescribeKey"])
    key = kms.create_key(Policy=policy(only), BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["KeyId"]
    vpce.client("kms", **mine).encrypt(KeyId=key, Plaintext=b"x")
    code, message = refusal(vpce.client("kms", **user("bob", EVERYTHING)).encrypt, KeyId=key, Plaintext=b"x")
    assert code == "AccessDeniedException"
    assert message.endswith("because no resource-based policy allows the kms:Encrypt action")
    with vpce.denied(by="resource"):
        kms.encrypt(KeyId=key, Plaintext=b"x")  # the root user has no more rights to a key than its policy gives


def test_a_key_with_the_default_policy_leaves_it_to_identity_policies(vpce, user):
    key = vpce.client("kms").create_key()["KeyMetadata"]["KeyId"]
    vpce.client("kms", **user("bob", EVERYTHING)).encrypt(KeyId=key, Plaintext=b"x")
    with vpce.denied(by="identity"):
        vpce.client("kms", **user("carol")).encrypt(KeyId=key, Plaintext=b"x")


def test_what_a_key_policy_denies_to_some_others_still_have(vpce):
    kms = vpce.client("kms")
    delegated = statement("Allow", account(ACCOUNT), "kms:*")
    barred = statement("Deny", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/mallory"}, "kms:DescribeKey")
    key = kms.create_key(Policy=policy(delegated, barred))["KeyMetadata"]["KeyId"]
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyId"] == key


def test_a_secret_is_asked_for_by_name_and_authorized_by_its_whole_arn(vpce, user):
    made = vpce.client("secretsmanager").create_secret(Name="prod/db", SecretString="x")["ARN"]
    reading = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": made}
    alice = vpce.client("secretsmanager", **user("alice", reading))
    for name in ("prod/db", made, made[:-7]):
        assert alice.get_secret_value(SecretId=name)["SecretString"] == "x"
    assert made in refusal(vpce.client("secretsmanager", **user("bob")).get_secret_value, SecretId="prod/db")[1]


def test_an_alias_and_a_ciphertext_stand_for_their_key(vpce, user):
    kms = vpce.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/data", TargetKeyId=key)
    using = {"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": key}
    alice = vpce.client("kms", **user("alice", using))
    ciphertext = alice.encrypt(KeyId="alias/data", Plaintext=b"x")["CiphertextBlob"]
    assert alice.decrypt(CiphertextBlob=ciphertext)["Plaintext"] == b"x"
    assert key in refusal(vpce.client("kms", **user("bob")).decrypt, CiphertextBlob=ciphertext)[1]


def test_another_account_decrypts_with_a_key_that_is_shared_with_it(vpce, user):
    kms = vpce.client("kms")
    shared = [statement("Allow", account(number), "kms:*") for number in (ACCOUNT, OTHER)]
    key = kms.create_key(Policy=policy(*shared))["KeyMetadata"]["KeyId"]
    ciphertext = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    eve = vpce.client("kms", **user("eve", EVERYTHING, of=OTHER))
    assert eve.decrypt(CiphertextBlob=ciphertext)["Plaintext"] == b"x"


@pytest.fixture
def orders(vpce):
    """A table with the partition key `id`, an index with the partition key `owner`, and two items."""
    dynamodb = vpce.client("dynamodb")
    key = [{"AttributeName": "id", "KeyType": "HASH"}]
    by_owner = [{"AttributeName": "owner", "KeyType": "HASH"}]
    dynamodb.create_table(
        TableName="orders",
        KeySchema=key,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "owner")],
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[
            {"IndexName": "by-owner", "KeySchema": by_owner, "Projection": {"ProjectionType": "ALL"}}
        ],
    )
    for number, owner in (("1", "alice"), ("2", "bob")):
        dynamodb.put_item(TableName="orders", Item={"id": {"S": number}, "owner": {"S": owner}})
    return dynamodb


def test_a_denied_statement_of_a_batch_is_answered_by_itself(vpce, orders, user):
    only = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["1"]}}
    reading = {"Effect": "Allow", "Action": "dynamodb:PartiQLSelect", "Resource": TABLE, "Condition": only}
    alice = vpce.client("dynamodb", **user("alice", reading))
    one = "SELECT owner FROM orders WHERE id = ?"
    asked = [{"Statement": one, "Parameters": [{"S": number}]} for number in "213"]
    denied, allowed, also_denied = alice.batch_execute_statement(Statements=asked)["Responses"]
    assert allowed["Item"] == {"owner": {"S": "alice"}}
    assert [each["Error"]["Code"] for each in (denied, also_denied)] == ["AccessDenied"] * 2
    assert "is not authorized to perform: dynamodb:PartiQLSelect" in denied["Error"]["Message"]
    assert denied["TableName"] == "orders"
    assert alice.batch_execute_statement(Statements=asked[:1])["Responses"][0]["Error"]["Code"] == "AccessDenied"


def test_the_leading_keys_of_a_query_on_an_index_are_those_of_the_index(vpce, orders, user):
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["alice"]}}
    reading = {"Effect": "Allow", "Action": "dynamodb:Query", "Resource": f"{TABLE}/index/*", "Condition": own}
    alice = vpce.client("dynamodb", **user("alice", reading))

    def orders_of(owner):
        return {
            "TableName": "orders",
            "IndexName": "by-owner",
            "KeyConditionExpression": "#o = :o",
            "ExpressionAttributeNames": {"#o": "owner"},
            "ExpressionAttributeValues": {":o": {"S": owner}},
        }

    assert alice.query(**orders_of("alice"))["Count"] == 1
    assert refusal(alice.query, **orders_of("bob"))[0] == "AccessDeniedException"


def test_a_grant_opens_a_key_as_far_as_its_constraints_go(vpce, user):
    kms = vpce.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    alice = vpce.client("kms", **user("alice"))
    asked = {"KeyId": key, "Plaintext": b"x", "EncryptionContext": {"team": "orders"}}
    assert refusal(alice.encrypt, **asked)[0] == "AccessDeniedException"
    made = kms.create_grant(
        KeyId=key,
        GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:user/alice",
        Operations=["Encrypt"],
        Constraints={"EncryptionContextSubset": {"team": "orders"}},
    )
    alice.encrypt(**asked)
    assert refusal(alice.encrypt, **{**asked, "EncryptionContext": {"team": "billing"}})[0] == "AccessDeniedException"
    assert refusal(alice.encrypt, KeyId=key, Plaintext=b"x")[0] == "AccessDeniedException"
    kms.revoke_grant(KeyId=key, GrantId=made["GrantId"])
    assert refusal(alice.encrypt, **asked)[0] == "AccessDeniedException"


def test_a_policy_asks_for_the_encryption_context(vpce, user):
    key = vpce.client("kms").create_key()["KeyMetadata"]["KeyId"]
    with_context = {"StringEquals": {"kms:EncryptionContext:team": "orders"}}
    using = {"Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": "*", "Condition": with_context}
    alice = vpce.client("kms", **user("alice", using))
    alice.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext={"team": "orders"})
    assert refusal(alice.generate_data_key, KeyId=key, KeySpec="AES_256")[0] == "AccessDeniedException"


def test_a_batch_of_secrets_has_those_that_may_be_read_and_an_error_for_each_other(vpce, user):
    client = vpce.client("secretsmanager")
    arns = {name: client.create_secret(Name=name, SecretString=name.upper())["ARN"] for name in ("a", "b", "c")}
    statements = [
        {"Effect": "Allow", "Action": "secretsmanager:BatchGetSecretValue", "Resource": "*"},
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arns["b"]},
    ]
    alice = vpce.client("secretsmanager", **user("alice", *statements))
    got = alice.batch_get_secret_value(SecretIdList=["a", "b", arns["c"], "b", "missing"])
    assert [each["SecretString"] for each in got["SecretValues"]] == ["B", "B"]
    assert [(each["SecretId"], each["ErrorCode"]) for each in got["Errors"]] == [
        ("a", "AccessDeniedException"),
        (arns["c"], "AccessDeniedException"),
        ("missing", "AccessDeniedException"),
    ]
    assert arns["a"] in got["Errors"][0]["Message"]
    assert client.batch_get_secret_value(SecretIdList=["a", "missing"])["Errors"][0]["SecretId"] == "missing"
    none = alice.batch_get_secret_value(SecretIdList=["a"])
    assert (none["SecretValues"], len(none["Errors"])) == ([], 1)


def test_a_batch_of_secrets_found_by_filters_needs_leave_to_list_and_has_those_that_may_be_read(vpce, user):
    """The policy is AWS's example: https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html."""
    client = vpce.client("secretsmanager")
    arns = {name: client.create_secret(Name=name, SecretString=name.upper())["ARN"] for name in ("app/a", "app/b", "c")}
    client.delete_secret(SecretId=client.create_secret(Name="app/gone", SecretString="x")["ARN"])
    batch = {"Effect": "Allow", "Action": "secretsmanager:BatchGetSecretValue", "Resource": "*"}
    reading = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": [arns["app/a"], arns["c"]]}
    by_name = {"Filters": [{"Key": "name", "Values": ["app/"]}]}
    alice = vpce.client("secretsmanager", **user("alice", batch, reading))
    assert "secretsmanager:ListSecrets" in refusal(alice.batch_get_secret_value, **by_name)[1]
    bob = vpce.client(
        "secretsmanager", **user("bob", {**batch, "Action": [batch["Action"], "secretsmanager:ListSecrets"]}, reading)
    )
    for further in ({}, {"MaxResults": 1}):
        got = bob.batch_get_secret_value(**by_name, **further)
        assert [each["Name"] for each in got["SecretValues"]] == ["app/a"]
        assert [(each["SecretId"], each["ErrorCode"]) for each in got["Errors"]] == [
            (arns["app/b"], "AccessDeniedException")
        ]
    got = client.batch_get_secret_value(**by_name)
    assert ([each["Name"] for each in got["SecretValues"]], got["Errors"]) == (["app/a", "app/b"], [])
    none = bob.batch_get_secret_value(Filters=[{"Key": "tag-key", "Values": ["none"]}])
    assert (none["SecretValues"], none["Errors"]) == ([], [])


def test_a_batch_of_secrets_needs_leave_of_its_own(vpce, user):
    vpce.client("secretsmanager").create_secret(Name="a", SecretString="A")
    reading = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    alice = vpce.client("secretsmanager", **user("alice", reading))
    assert "secretsmanager:BatchGetSecretValue" in refusal(alice.batch_get_secret_value, SecretIdList=["a"])[1]


def test_a_topic_policy_lets_no_other_account_tag_the_topic(vpce, user):
    sns = vpce.client("sns")
    arn = sns.create_topic(Name="news")["TopicArn"]
    grant = statement("Allow", account(OTHER), ["sns:Publish", "sns:Subscribe"], arn)
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy(grant))
    eve = vpce.client("sns", **user("eve", EVERYTHING, of=OTHER))
    assert eve.publish(TopicArn=arn, Message="x")
    assert refusal(eve.tag_resource, ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])[0] == "AuthorizationError"
