"""What is encrypted with a KMS key: whoever uses it through another service needs leave for the key, too."""

import json

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
OTHER = "999988887777"
KEYS = f"arn:aws:kms:us-east-1:{ACCOUNT}:"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
EVERYTHING_BUT_KMS = {"Effect": "Allow", "NotAction": "kms:*", "Resource": "*"}
USE_OF_KEYS = {"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt", "kms:Encrypt"], "Resource": "*"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def alice(vpce):
    """A function that makes a user with policies, and returns a function that makes her clients."""

    def make(*statements, of=ACCOUNT):
        iam = vpce.client("iam", aws_access_key_id=of, aws_secret_access_key="x")
        iam.create_user(UserName="alice")
        iam.put_user_policy(UserName="alice", PolicyName="inline", PolicyDocument=policy(*statements))
        made = iam.create_access_key(UserName="alice")["AccessKey"]
        keys = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
        return lambda service, **place: vpce.client(service, **place, **keys)

    return make


@pytest.fixture
def key(vpce):
    """The ARN of a key whose policy leaves it to the account's policies."""
    return vpce.client("kms").create_key()["KeyMetadata"]["Arn"]


def refusal(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def denied(action, key, why="because no identity-based policy allows the {} action"):
    return f"User: {USER} is not authorized to perform: {action} on resource: {key} {why.format(action)}"


def encrypted_bucket(vpce, key, **rule):
    s3 = vpce.client("s3")
    s3.create_bucket(Bucket="vault")
    default = {"SSEAlgorithm": "aws:kms", **({"KMSMasterKeyID": key} if key else {})}
    rules = [{"ApplyServerSideEncryptionByDefault": default, **rule}]
    s3.put_bucket_encryption(Bucket="vault", ServerSideEncryptionConfiguration={"Rules": rules})
    return s3


def test_an_encrypted_object_needs_leave_for_its_key(vpce, alice, key):
    s3, as_alice = vpce.client("s3"), alice(EVERYTHING_BUT_KMS)("s3")
    s3.create_bucket(Bucket="vault")
    encrypted = {"Bucket": "vault", "Key": "k", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    assert refusal(as_alice.put_object, **encrypted) == ("AccessDenied", denied("kms:GenerateDataKey", key))
    s3.put_object(**encrypted)
    assert refusal(as_alice.get_object, Bucket="vault", Key="k") == ("AccessDenied", denied("kms:Decrypt", key))
    assert vpce.decisions()[-1]["denied_by"] == ["identity"]
    as_alice.head_object(Bucket="vault", Key="k")
    as_alice.put_object(Bucket="vault", Key="plain", ServerSideEncryption="AES256")
    as_alice.get_object(Bucket="vault", Key="plain")


def test_a_buckets_default_key_is_that_of_what_is_put_into_it(vpce, alice, key):
    encrypted_bucket(vpce, key)
    as_alice = alice(EVERYTHING_BUT_KMS)("s3")
    put = {"Bucket": "vault", "Key": "k", "Body": b"x"}
    assert refusal(as_alice.put_object, **put)[1] == denied("kms:GenerateDataKey", key)
    as_alice.put_object(**put, ServerSideEncryption="AES256")


def test_the_key_that_aws_manages_is_open_to_whoever_may_use_the_bucket(vpce, alice):
    encrypted_bucket(vpce, None)
    as_alice = alice(EVERYTHING_BUT_KMS)("s3")
    as_alice.put_object(Bucket="vault", Key="k", Body=b"x")
    as_alice.get_object(Bucket="vault", Key="k")


def test_the_key_that_aws_manages_is_shut_to_other_accounts(vpce, alice):
    s3 = encrypted_bucket(vpce, None)
    s3.put_object(Bucket="vault", Key="k", Body=b"x")
    s3.put_bucket_policy(
        Bucket="vault",
        Policy=policy(
            {
                "Effect": "Allow",
                "Principal": {"AWS": OTHER},
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::vault/*",
            }
        ),
    )
    outside = alice(EVERYTHING_BUT_KMS, USE_OF_KEYS, of=OTHER)("s3")
    code, message = refusal(outside.get_object, Bucket="vault", Key="k")
    assert code == "AccessDenied"
    assert "kms:Decrypt" in message
    assert vpce.decisions()[-1]["denied_by"] == ["resource"]


def test_nobody_reads_an_encrypted_object_without_a_signature(vpce):
    s3 = encrypted_bucket(vpce, None)
    s3.put_object(Bucket="vault", Key="k", Body=b"x")
    s3.delete_public_access_block(Bucket="vault")
    public = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::vault/*"}
    s3.put_bucket_policy(Bucket="vault", Policy=policy(public))
    unsigned = vpce.client("s3", config=Config(signature_version=UNSIGNED))
    assert refusal(unsigned.get_object, Bucket="vault", Key="k") == (
        "InvalidArgument",
        "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.",
    )


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, True),
        ({"StringEquals": {"kms:ViaService": "sqs.us-east-1.amazonaws.com"}}, False),
        ({"StringEquals": {"kms:CallerAccount": ACCOUNT}}, True),
        ({"StringEquals": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::vault/k"}}, True),
        ({"StringEquals": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::vault"}}, False),
        ({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["aws:s3:arn"]}}, True),
        ({"Bool": {"aws:ViaAWSService": "true"}}, True),
        ({"ForAnyValue:StringEquals": {"aws:CalledVia": "s3.amazonaws.com"}}, True),
        ({"StringEquals": {"aws:CalledViaFirst": "s3.amazonaws.com", "aws:CalledViaLast": "s3.amazonaws.com"}}, True),
        ({"Null": {"aws:SourceVpce": "true", "aws:SourceVpc": "true", "aws:SourceIp": "true"}}, True),
    ],
)
def test_a_policy_on_a_key_sees_who_uses_it_and_by_which_service(vpce, alice, key, condition, allowed):
    encrypted_bucket(vpce, key)
    as_alice = alice(EVERYTHING_BUT_KMS, USE_OF_KEYS | {"Condition": condition})("s3", at="private-a")
    if allowed:
        as_alice.put_object(Bucket="vault", Key="k", Body=b"x")
        as_alice.get_object(Bucket="vault", Key="k")
    else:
        assert refusal(as_alice.put_object, Bucket="vault", Key="k", Body=b"x")[0] == "AccessDenied"


def test_a_key_that_may_be_used_through_s3_alone(vpce, alice):
    """The classic of key policies, which gives the user nothing but the way through S3."""
    through_s3 = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:CallerAccount": ACCOUNT}}
    use = {"Effect": "Allow", "Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Resource": "*"}
    root = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
    everybody = {**use, "Principal": {"AWS": "*"}, "Condition": through_s3}
    key = vpce.client("kms").create_key(Policy=policy(root, everybody))["KeyMetadata"]["Arn"]
    encrypted_bucket(vpce, key)
    clients = alice(EVERYTHING_BUT_KMS)
    clients("s3").put_object(Bucket="vault", Key="k", Body=b"x")
    assert clients("s3").get_object(Bucket="vault", Key="k")["Body"].read() == b"x"
    assert refusal(clients("kms").generate_data_key, KeyId=key, KeySpec="AES_256")[0] == "AccessDeniedException"


def test_a_key_that_only_an_endpoint_may_use_is_of_no_use_to_services(vpce):
    root = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
    elsewhere = {"StringNotEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": ["kms:GenerateDataKey"], "Resource": "*"}
    key = vpce.client("kms").create_key(Policy=policy(root, deny | {"Condition": elsewhere}))["KeyMetadata"]["Arn"]
    encrypted_bucket(vpce, key)
    with vpce.denied(by="resource"):
        vpce.client("s3", at="private-a").put_object(Bucket="vault", Key="k", Body=b"x")


def test_an_upload_in_parts_needs_leave_to_make_data_keys_and_to_decrypt(vpce, alice, key):
    encrypted_bucket(vpce, key)
    as_alice = alice(EVERYTHING_BUT_KMS, USE_OF_KEYS | {"Action": "kms:GenerateDataKey"})("s3")
    upload = {"Bucket": "vault", "Key": "k"}
    upload["UploadId"] = as_alice.create_multipart_upload(**upload)["UploadId"]
    assert refusal(as_alice.upload_part, **upload, PartNumber=1, Body=b"x")[1] == denied("kms:Decrypt", key)


def test_a_copy_needs_leave_for_both_keys(vpce, alice, key):
    s3 = encrypted_bucket(vpce, key, BucketKeyEnabled=True)
    s3.put_object(Bucket="vault", Key="k", Body=b"x")
    s3.create_bucket(Bucket="open")
    through = {"StringEquals": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::vault"}}
    as_alice = alice(EVERYTHING_BUT_KMS, USE_OF_KEYS | {"Action": "kms:GenerateDataKey", "Condition": through})("s3")
    source = {"CopySource": {"Bucket": "vault", "Key": "k"}}
    assert refusal(as_alice.copy_object, Bucket="open", Key="k", **source)[1] == denied("kms:Decrypt", key)
    as_alice.put_object(Bucket="vault", Key="other", Body=b"x")


def test_to_encrypt_an_object_with_another_key_needs_leave_for_it(vpce, alice, key):
    s3 = vpce.client("s3")
    s3.create_bucket(Bucket="vault")
    s3.put_object(Bucket="vault", Key="k", Body=b"x")
    update = {"Bucket": "vault", "Key": "k", "ObjectEncryption": {"SSEKMS": {"KMSKeyArn": key}}}
    as_alice = alice(EVERYTHING_BUT_KMS)("s3")
    assert refusal(as_alice.update_object_encryption, **update) == ("AccessDenied", denied("kms:Encrypt", key))
    s3.update_object_encryption(**update)
    assert refusal(as_alice.update_object_encryption, **update) == ("AccessDenied", denied("kms:Decrypt", key))


def queue(vpce, key):
    sqs = vpce.client("sqs")
    url = sqs.create_queue(QueueName="orders", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    return [
        ("sqs", "send_message", {"QueueUrl": url, "MessageBody": "x"}, "kms:GenerateDataKey"),
        ("sqs", "receive_message", {"QueueUrl": url}, "kms:Decrypt"),
    ]


def topic(vpce, key):
    made = vpce.client("sns").create_topic(Name="orders", Attributes={"KmsMasterKeyId": key})
    return [("sns", "publish", {"TopicArn": made["TopicArn"], "Message": "x"}, "kms:GenerateDataKey")]


def stream(vpce, key):
    kinesis = vpce.client("kinesis")
    kinesis.create_stream(StreamName="orders", ShardCount=1)
    kinesis.start_stream_encryption(StreamName="orders", EncryptionType="KMS", KeyId=key)
    record = {"StreamName": "orders", "Data": b"x", "PartitionKey": "1"}
    return [("kinesis", "put_record", record, "kms:GenerateDataKey")]


def table(vpce, key):
    vpce.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )
    item = {"id": {"S": "1"}}
    return [
        ("dynamodb", "put_item", {"TableName": "orders", "Item": item}, "kms:Decrypt"),
        ("dynamodb", "get_item", {"TableName": "orders", "Key": item}, "kms:Decrypt"),
    ]


def parameter(vpce, key):
    vpce.client("ssm").put_parameter(Name="/app/secret", Value="x", Type="SecureString", KeyId=key)
    new = {"Name": "/app/new", "Value": "x", "Type": "SecureString", "KeyId": key}
    return [
        ("ssm", "put_parameter", new, "kms:Encrypt"),
        ("ssm", "put_parameter", {"Name": "/app/secret", "Value": "y", "Overwrite": True}, "kms:Encrypt"),
        ("ssm", "get_parameter", {"Name": "/app/secret", "WithDecryption": True}, "kms:Decrypt"),
        ("ssm", "get_parameters_by_path", {"Path": "/app", "WithDecryption": True}, "kms:Decrypt"),
    ]


CODES = {
    "sqs": "KMS.AccessDeniedException",
    "sns": "KMSAccessDenied",
    "kinesis": "KMSAccessDeniedException",
}


@pytest.mark.parametrize("make", [queue, topic, stream, table, parameter])
def test_services_need_leave_for_the_key_of_what_they_hold(vpce, alice, key, make):
    clients = alice(EVERYTHING_BUT_KMS)
    calls = make(vpce, key)
    for service, operation, parameters, action in calls:
        code, message = refusal(getattr(clients(service), operation), **parameters)
        assert (code, message) == (CODES.get(service, "AccessDeniedException"), denied(action, key))
    vpce.client("iam").put_user_policy(UserName="alice", PolicyName="keys", PolicyDocument=policy(USE_OF_KEYS))
    for service, operation, parameters, _ in calls:
        getattr(clients(service), operation)(**parameters)


def test_only_what_is_read_needs_leave_for_its_key(vpce, alice, key):
    ssm = vpce.client("ssm")
    for name, of in (("/app", "String"), ("/app/plain", "String"), ("/app/deep/secret", "SecureString")):
        ssm.put_parameter(Name=name, Value="x", Type=of, **({"KeyId": key} if of == "SecureString" else {}))
    as_alice = alice(EVERYTHING_BUT_KMS)("ssm")
    as_alice.get_parameters(Names=["/app", "/app/plain"], WithDecryption=True)
    as_alice.get_parameters_by_path(Path="/app", WithDecryption=True)
    in_depth = {"Path": "/app", "WithDecryption": True, "Recursive": True}
    assert refusal(as_alice.get_parameters_by_path, **in_depth)[1] == denied("kms:Decrypt", key)


@pytest.mark.parametrize(
    ("read", "needs_old"),
    [
        ({"operation": "get_parameter", "Name": "/app/db"}, False),
        ({"operation": "get_parameter", "Name": "/app/db:2"}, False),
        ({"operation": "get_parameter", "Name": "/app/db:1"}, True),
        ({"operation": "get_parameter", "Name": "/app/db:stable"}, True),
        ({"operation": "get_parameter", "Name": f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/app/db:1"}, True),
        ({"operation": "get_parameters", "Names": ["/app/db", "/app/other"]}, False),
        ({"operation": "get_parameters", "Names": ["/app/db", "/app/db:1"]}, True),
        ({"operation": "get_parameters_by_path", "Path": "/app"}, False),
        ({"operation": "get_parameter_history", "Name": "/app/db"}, True),
    ],
)
def test_a_version_of_a_parameter_needs_the_key_that_it_was_written_with(vpce, alice, key, read, needs_old):
    ssm, old = vpce.client("ssm"), vpce.client("kms").create_key()["KeyMetadata"]["Arn"]
    for version in (old, key):
        ssm.put_parameter(Name="/app/db", Value="x", Type="SecureString", KeyId=version, Overwrite=True)
    ssm.put_parameter(Name="/app/other", Value="x", Type="SecureString", KeyId=key)
    ssm.label_parameter_version(Name="/app/db", ParameterVersion=1, Labels=["stable"])
    operation, given = read["operation"], {name: value for name, value in read.items() if name != "operation"}
    call = getattr(alice(EVERYTHING_BUT_KMS, {**USE_OF_KEYS, "Resource": key})("ssm"), operation)
    if needs_old:
        assert refusal(call, **given, WithDecryption=True)[1] == denied("kms:Decrypt", old)
    else:
        call(**given, WithDecryption=True)


def test_a_parameter_is_read_encrypted_without_leave_for_its_key(vpce, alice, key):
    vpce.client("ssm").put_parameter(Name="secret", Value="x", Type="SecureString", KeyId=key)
    assert alice(EVERYTHING_BUT_KMS)("ssm").get_parameter(Name="secret")["Parameter"]["Value"] != "x"


def test_keys_that_aws_manages_are_open_to_whoever_may_use_their_services(vpce, alice):
    clients = alice(EVERYTHING_BUT_KMS)
    clients("ssm").put_parameter(Name="secret", Value="x", Type="SecureString")
    assert clients("ssm").get_parameter(Name="secret", WithDecryption=True)["Parameter"]["Value"] == "x"
    clients("secretsmanager").create_secret(Name="secret", SecretString="x")
    assert clients("secretsmanager").get_secret_value(SecretId="secret")["SecretString"] == "x"
    url = clients("sqs").create_queue(QueueName="orders", Attributes={"KmsMasterKeyId": "alias/aws/sqs"})["QueueUrl"]
    clients("sqs").send_message(QueueUrl=url, MessageBody="x")


def test_a_secret_says_only_that_its_key_may_not_be_used(vpce, alice, key):
    vpce.client("secretsmanager").create_secret(Name="secret", SecretString="x", KmsKeyId=key)
    as_alice = alice(EVERYTHING_BUT_KMS)("secretsmanager")
    not_allowed = ("AccessDeniedException", "Access to KMS is not allowed")
    assert refusal(as_alice.get_secret_value, SecretId="secret") == not_allowed
    assert refusal(as_alice.put_secret_value, SecretId="secret", SecretString="y") == not_allowed
    assert refusal(as_alice.create_secret, Name="other", SecretString="y", KmsKeyId=key) == not_allowed
    assert vpce.decisions()[-1]["denied_by"] == ["identity"]
    as_alice.describe_secret(SecretId="secret")


def test_a_key_is_found_by_its_alias_and_denied_by_its_arn(vpce, alice, key):
    vpce.client("kms").create_alias(AliasName="alias/vault", TargetKeyId=key)
    encrypted_bucket(vpce, "alias/vault")
    as_alice = alice(EVERYTHING_BUT_KMS)("s3")
    assert refusal(as_alice.put_object, Bucket="vault", Key="k", Body=b"x")[1] == denied("kms:GenerateDataKey", key)


def test_a_key_policy_must_let_cloudwatch_logs_in(vpce, key):
    logs, kms = vpce.client("logs"), vpce.client("kms")
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:app"
    assert refusal(logs.create_log_group, logGroupName="app", kmsKeyId=key) == (
        "AccessDeniedException",
        f"The specified KMS key does not exist or is not allowed to be used with Arn '{group}'",
    )
    root = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
    service = {
        "Effect": "Allow",
        "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        "Resource": "*",
        "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group}},
    }
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(root, service))
    logs.create_log_group(logGroupName="app", kmsKeyId=key)


@pytest.mark.parametrize("lets_sns_in", [False, True])
def test_an_encrypted_queue_gets_what_a_topic_sends_if_its_key_lets_the_topic_in(vpce, lets_sns_in):
    root = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
    service = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Resource": "*"}
    service |= {"Action": ["kms:GenerateDataKey*", "kms:Decrypt"]}
    statements = [root, *([service] if lets_sns_in else [])]
    key = vpce.client("kms").create_key(Policy=policy(*statements))["KeyMetadata"]["Arn"]
    sqs, sns = vpce.client("sqs"), vpce.client("sns")
    queue_arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
    let_in = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Resource": queue_arn}
    attributes = {"KmsMasterKeyId": key, "Policy": policy(let_in | {"Action": "sqs:SendMessage"})}
    url = sqs.create_queue(QueueName="orders", Attributes=attributes)["QueueUrl"]
    topic_arn = sns.create_topic(Name="told")["TopicArn"]
    sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=queue_arn)
    sns.publish(TopicArn=topic_arn, Message="x")
    assert bool(sqs.receive_message(QueueUrl=url).get("Messages")) is lets_sns_in


def bucket_object(vpce, key):
    s3 = encrypted_bucket(vpce, key)
    s3.put_object(Bucket="vault", Key="k")
    named = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    return [
        ("s3", "get_object", {"Bucket": "vault", "Key": "k"}, "KMS.{}Exception"),
        ("s3", "put_object", {"Bucket": "vault", "Key": "k"}, "KMS.{}Exception"),
        ("s3", "put_object", {"Bucket": "vault", "Key": "k", **named}, "KMS.{}Exception"),
    ]


def message(vpce, key):
    url = vpce.client("sqs").create_queue(QueueName="q", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    return [("sqs", "send_message", {"QueueUrl": url, "MessageBody": "x"}, "KMS.{}Exception")]


def notification(vpce, key):
    arn = vpce.client("sns").create_topic(Name="t", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    return [("sns", "publish", {"TopicArn": arn, "Message": "x"}, "KMS{}")]


def record(vpce, key):
    kinesis = vpce.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    kinesis.start_stream_encryption(StreamName="s", EncryptionType="KMS", KeyId=key)
    return [("kinesis", "put_record", {"StreamName": "s", "Data": b"x", "PartitionKey": "p"}, "KMS{}Exception")]


def secret(vpce, key):
    vpce.client("secretsmanager").create_secret(Name="s", SecretString="x", KmsKeyId=key)
    return [
        ("secretsmanager", "get_secret_value", {"SecretId": "s"}, "DecryptionFailure"),
        ("secretsmanager", "batch_get_secret_value", {"SecretIdList": ["s"]}, "DecryptionFailure"),
        ("secretsmanager", "put_secret_value", {"SecretId": "s", "SecretString": "y"}, "EncryptionFailure"),
    ]


def secure_string(vpce, key):
    vpce.client("ssm").put_parameter(Name="p", Value="x", Type="SecureString", KeyId=key)
    return [("ssm", "get_parameter", {"Name": "p", "WithDecryption": True}, "InvalidKeyId")]


@pytest.mark.parametrize("make", [bucket_object, message, notification, record, secret, secure_string])
def test_what_is_encrypted_cannot_be_used_while_its_key_is_disabled_or_pending_deletion(vpce, make):
    kms = vpce.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    calls = make(vpce, key)
    invalid = {"s3": "KMSInvalidState", "sns": "InvalidState", "sqs": "InvalidState", "kinesis": "InvalidState"}
    for change, given, state in (
        ("disable_key", {}, "Disabled"),
        ("schedule_key_deletion", {"PendingWindowInDays": 7}, "PendingDeletion"),
    ):
        getattr(kms, change)(KeyId=key, **given)
        for service, operation, parameters, code in calls:
            expected = code.format("Disabled" if state == "Disabled" else invalid.get(service))
            assert refusal(getattr(vpce.client(service), operation), **parameters)[0] == expected
            assert vpce.decisions()[-1]["outcome"] == "refused"
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    for service, operation, parameters, _ in calls:
        getattr(vpce.client(service), operation)(**parameters)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        (f"{KEYS}key/11111111-1111-1111-1111-111111111111", "Key '{}' does not exist"),
        (f"{KEYS}alias/none", "Alias {} is not found."),
    ],
)
def test_a_key_that_is_not_there_encrypts_nothing(vpce, named, message):
    s3 = vpce.client("s3")
    s3.create_bucket(Bucket="vault")
    put = {"Bucket": "vault", "Key": "k", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": named}
    assert refusal(s3.put_object, **put) == ("KMS.NotFoundException", message.format(named))
    assert not s3.list_objects_v2(Bucket="vault")["KeyCount"]


def test_an_alias_in_a_request_means_its_key(vpce, alice, key):
    vpce.client("kms").create_alias(AliasName="alias/vault", TargetKeyId=key)
    vpce.client("s3").create_bucket(Bucket="vault")
    asked = {"Bucket": "vault", "Key": "k", "ServerSideEncryption": "aws:kms"}
    uses = {**USE_OF_KEYS, "Resource": key}
    aliases = ("alias/vault", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/vault")
    clients = alice(EVERYTHING_BUT_KMS, uses)
    for alias in aliases:
        clients("s3").put_object(**asked, SSEKMSKeyId=alias)
    clients("secretsmanager").create_secret(Name="s", SecretString="x", KmsKeyId="alias/vault")
    forbidden = policy({"Effect": "Allow", "Action": "*", "Resource": "*"}, {**uses, "Effect": "Deny"})
    vpce.client("iam").put_user_policy(UserName="alice", PolicyName="inline", PolicyDocument=forbidden)
    for alias in aliases:
        why = "with an explicit deny in an identity-based policy"
        refused = refusal(clients("s3").put_object, **asked, SSEKMSKeyId=alias)
        assert refused == ("AccessDenied", denied("kms:GenerateDataKey", key, why))
    for service, call, given in (
        ("secretsmanager", "create_secret", {"Name": "t", "SecretString": "x", "KmsKeyId": "alias/vault"}),
        ("ssm", "put_parameter", {"Name": "p", "Value": "x", "Type": "SecureString", "KeyId": "alias/vault"}),
    ):
        with vpce.denied(by="identity"):
            getattr(clients(service), call)(**given)


def test_a_batch_of_secrets_leaves_out_those_whose_key_may_not_be_used(vpce, alice, key):
    secrets, other = vpce.client("secretsmanager"), vpce.client("kms").create_key()["KeyMetadata"]["Arn"]
    secrets.create_secret(Name="open", SecretString="x", KmsKeyId=key)
    secrets.create_secret(Name="closed", SecretString="x", KmsKeyId=other)
    client = alice(EVERYTHING_BUT_KMS, {**USE_OF_KEYS, "Resource": key})("secretsmanager")
    for asked in ({"SecretIdList": ["closed", "open"]}, {"Filters": [{"Key": "name", "Values": ["open", "closed"]}]}):
        got = client.batch_get_secret_value(**asked)
        assert [each["Name"] for each in got["SecretValues"]] == ["open"]
        assert [each["Message"] for each in got["Errors"]] == ["Access to KMS is not allowed"]
