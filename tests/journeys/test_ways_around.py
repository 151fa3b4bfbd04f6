"""Requests made to be understood in two ways: what is carried out is what was authorized, or nothing is."""

import hashlib
import json
import threading
from urllib.parse import urlencode

import boto3
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON_1_0 = {"Content-Type": "application/x-amz-json-1.0"}


@pytest.fixture
def mallory(vpce):
    """A user who may do harmless things alone; the fixture makes what she must not touch."""
    iam = vpce.client("iam")
    iam.create_user(UserName="victim")
    iam.create_user(UserName="mallory")
    harmless = ["iam:GetUser", "ec2:DescribeVpcs", "sqs:ListQueues", "dynamodb:ListTables", "s3:PutObject"]
    statement = {"Effect": "Allow", "Action": harmless, "Resource": "*"}
    readable = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::data/pub/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement, readable]})
    iam.put_user_policy(UserName="mallory", PolicyName="harmless", PolicyDocument=policy)
    key = iam.create_access_key(UserName="mallory")["AccessKey"]
    vpce.client("dynamodb").create_table(
        TableName="Secret",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    vpce.client("dynamodb").put_item(TableName="Secret", Item={"k": {"S": "TOPSECRET"}})
    s3 = vpce.client("s3")
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="pub/a", Body=b"public")
    s3.put_object(Bucket="data", Key="sec", Body=b"TOPSECRET")
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


@pytest.fixture
def send(vpce, exchange, mallory):
    """A function that sends a request signed by mallory, with headers that are signed and others that are not."""
    place = vpce.url().removeprefix("http://")

    def sent(service, method, target, headers=(), body=b"", unsigned=(), scope="us-east-1"):
        body = body.encode() if isinstance(body, str) else body
        request = AWSRequest(method, f"http://{place}{target}", data=body, headers={**dict(headers), "Host": place})
        if service == "s3":
            request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(body).hexdigest()
        (S3SigV4Auth if service == "s3" else SigV4Auth)(mallory, service, scope).add_auth(request)
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in request.headers.items())]
        lines += [
            *(f"{name}: {value}" for name, value in unsigned),
            "Connection: close",
            f"Content-Length: {len(body)}",
        ]
        return exchange(vpce.url(), "\r\n".join([*lines, "", ""]).encode() + body)

    return sent


def form(*pairs):
    return urlencode(pairs)


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/", form(("Action", "DeleteUser"), ("Action", "GetUser"), ("UserName", "victim"))),
        ("/?Action=GetUser", form(("Action", "DeleteUser"), ("UserName", "victim"))),
        ("/", form(("Action", "Delete_User"), ("UserName", "victim"))),
        ("/", form(("Action", "deleteUser"), ("UserName", "victim"))),
        ("/", form(("Action", "GetUser"), ("UserName", "mallory"), ("Action", "DeleteUser"), ("UserName", "victim"))),
    ],
)
def test_two_actions_in_one_request_are_none(vpce, send, target, body):
    assert send("iam", "POST", target, FORM, body + "&Version=2010-05-08").status in {400, 403}
    assert vpce.client("iam").get_user(UserName="victim")


def test_an_ec2_action_beside_another_changes_nothing(vpce, send):
    before = len(vpce.client("ec2").describe_vpcs()["Vpcs"])
    body = form(("Action", "CreateVpc"), ("CidrBlock", "10.9.0.0/16"), ("Version", "2016-11-15"))
    assert send("ec2", "POST", "/?Action=DescribeVpcs", FORM, body).status in {400, 403}
    assert len(vpce.client("ec2").describe_vpcs()["Vpcs"]) == before


def test_a_permissionless_action_does_not_stand_for_another(send):
    answer = send("sts", "POST", "/?Action=GetCallerIdentity", FORM, form(("Action", "GetSessionToken")))
    assert answer.status in {400, 403}
    assert b"SecretAccessKey" not in answer.body


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/?Action=Scan", JSON_1_0 | {"X-Amz-Target": "DynamoDB_20120810.ListTables"}),
        (
            "/service/x/operation/ListTables",
            {"smithy-protocol": "rpc-v2-cbor", "X-Amz-Target": "DynamoDB_20120810.Scan"},
        ),
        ("/", JSON_1_0 | {"X-Amz-Target": "DynamoDB_20120810.Scan,DynamoDB_20120810.ListTables"}),
        ("/", JSON_1_0 | {"X-Amz-Target": "DynamoDB_20120810.scan"}),
        ("/", JSON_1_0 | {"X-Amz-Target": "Nosuch_20120810.ListTables"}),
    ],
)
def test_a_target_beside_another_name_reads_nothing(send, target, headers):
    answer = send("dynamodb", "POST", target, headers, '{"TableName": "Secret"}')
    assert answer.status in {400, 403, 404}
    assert b"TOPSECRET" not in answer.body


def test_an_upload_url_does_not_copy(vpce, exchange, mallory):
    mine = boto3.client(
        "s3",
        endpoint_url=vpce.url(),
        region_name="us-east-1",
        aws_access_key_id=mallory.access_key,
        aws_secret_access_key=mallory.secret_key,
        config=boto3.session.Config(signature_version="s3v4"),
    )
    url = mine.generate_presigned_url("put_object", Params={"Bucket": "data", "Key": "pub/new"})
    place, _, target = url.removeprefix("http://").partition("/")
    head = f"PUT /{target} HTTP/1.1\r\nHost: {place}\r\nx-amz-copy-source: data/pub/a\r\nContent-Length: 0\r\n"
    answer = exchange(vpce.url(), f"{head}Connection: close\r\n\r\n".encode())
    assert answer.status == 403
    assert b"There were headers present in the request which were not signed" in answer.body
    assert b"<HeadersNotSigned>x-amz-copy-source</HeadersNotSigned>" in answer.body


def test_a_signature_for_one_service_is_none_for_another(send):
    answer = send("ec2", "GET", "/data/pub/a", {"Host": "s3.us-east-1.amazonaws.com"})
    assert answer.status in {400, 403}


def test_an_access_point_is_not_the_account(vpce, exchange):
    host = "ap-123456789012.s3-accesspoint.us-east-1.amazonaws.com"
    scope = "AKIAIOSFODNN7EXAMPLE/20250101/us-east-1/s3/aws4_request"
    line = f"Authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    date = "X-Amz-Date: 20250101T000000Z"
    answer = exchange(
        vpce.url(), f"GET / HTTP/1.1\r\nHost: {host}\r\n{line}\r\n{date}\r\nConnection: close\r\n\r\n".encode()
    )
    assert (answer.status, b"<Code>NoSuchAccessPoint</Code>" in answer.body) == (404, True)


def test_a_deny_that_the_root_made_is_mended_by_the_root(vpce):
    s3 = vpce.client("s3")
    s3.create_bucket(Bucket="locked")
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::locked", "arn:aws:s3:::locked/*"],
    }
    s3.put_bucket_policy(Bucket="locked", Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    with vpce.denied(by="resource"):
        s3.list_objects_v2(Bucket="locked")
    s3.delete_bucket_policy(Bucket="locked")
    assert s3.list_objects_v2(Bucket="locked")["KeyCount"] == 0


def test_an_endpoint_policy_decides_about_unsigned_calls_too(vpce, exchange):
    ec2 = vpce.client("ec2")
    subnet = ec2.describe_subnets(Filters=[{"Name": "tag:Name", "Values": ["private-a"]}])["Subnets"][0]
    group = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["endpoints"]}])["SecurityGroups"][0]
    deny = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    made = ec2.create_vpc_endpoint(
        VpcId=subnet["VpcId"],
        ServiceName="com.amazonaws.us-east-1.sts",
        VpcEndpointType="Interface",
        SubnetIds=[subnet["SubnetId"]],
        SecurityGroupIds=[group["GroupId"]],
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
    )["VpcEndpoint"]
    trust = {"Principal": {"Federated": "graph.facebook.com"}, "Action": "sts:AssumeRoleWithWebIdentity"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | trust]})
    vpce.client("iam").create_role(RoleName="web", AssumeRolePolicyDocument=document)
    body = form(
        ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("WebIdentityToken", "x" * 8),
        ("ProviderId", "graph.facebook.com"), ("RoleArn", "arn:aws:iam::123456789012:role/web"),
        ("RoleSessionName", "web"),
    )  # fmt: skip
    head = "POST / HTTP/1.1\r\nHost: sts.us-east-1.amazonaws.com\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    sent = f"{head}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    assert exchange(vpce.url(), sent).status == 200
    answer = exchange(vpce.url(via=made["VpcEndpointId"]), sent)
    assert answer.status == 403
    assert vpce.decisions()[-1]["denied_by"] == ["vpc_endpoint"]


def test_changes_to_the_network_at_once_are_all_seen(vpce):
    ec2 = vpce.client("ec2")
    vpc_id = vpce.endpoint("s3").vpc_id
    ids = [vpce.endpoint(name).id for name in ("s3", "dynamodb", "s3-interface", "sqs")]
    failures = []

    def work(call, **parameters):
        try:
            call(**parameters)
        except ClientError as error:
            failures.append(error)

    calls = [
        threading.Thread(target=work, args=(ec2.delete_vpc_endpoints,), kwargs={"VpcEndpointIds": [i]}) for i in ids
    ]
    for number in range(4):
        tags = [{"Key": "n", "Value": str(number)}]
        calls.append(
            threading.Thread(target=work, args=(ec2.create_tags,), kwargs={"Resources": [vpc_id], "Tags": tags})
        )
    for call in calls:
        call.start()
    for call in calls:
        call.join()
    assert failures == []
    assert vpce.listing["endpoints"] == {}


def test_the_admin_api_shows_the_topology(vpce, vpce_server):
    shown = vpce_server.admin("topology")
    assert shown["endpoints"][vpce.endpoint("sqs").id]["service_name"] == "com.amazonaws.us-east-1.sqs"
    assert shown["clients"]["private-a"]["address"] == "10.0.1.10"


@pytest.mark.parametrize(
    ("method", "target", "fields", "status"),
    [
        ("POST", "/_vpce/reset", "Host: localhost\r\nOrigin: http://elsewhere.example", 403),
        ("GET", "/_vpce/health", "Host: data.s3.us-east-1.amazonaws.com", 404),
    ],
)
def test_the_admin_api_is_not_for_web_pages_and_not_in_buckets(vpce, exchange, method, target, fields, status):
    sent = f"{method} {target} HTTP/1.1\r\n{fields}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    assert exchange(vpce.url(), sent.encode()).status == status


@pytest.mark.parametrize("body", [{"SecretId": "dev", "ClientRequestToken": "x&SecretId=prod&y=1"}])
def test_a_text_that_looks_like_parameters_is_a_text(vpce, send, body):
    secrets = vpce.client("secretsmanager")
    for name in ("dev", "prod"):
        secrets.create_secret(Name=name, SecretString=name.upper())
    vpce.client("iam").put_user_policy(
        UserName="mallory",
        PolicyName="dev",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "secretsmanager:GetSecretValue",
                        "Resource": "arn:aws:secretsmanager:*:*:secret:dev*",
                    }
                ],
            }
        ),
    )
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "secretsmanager.GetSecretValue"}
    answer = send("secretsmanager", "POST", "/", headers, json.dumps(body))
    assert b"PROD" not in answer.body
    honest = secrets.put_secret_value(SecretId="dev", SecretString="a&Action=ListSecrets&b=1")
    assert honest["Name"] == "dev"
    assert secrets.get_secret_value(SecretId="dev")["SecretString"] == "a&Action=ListSecrets&b=1"


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("delete_bucket_inventory_configuration", {"Id": "x"}, "NoSuchConfiguration"),
        ("delete_bucket_analytics_configuration", {"Id": "x"}, "NoSuchConfiguration"),
        ("delete_bucket_metrics_configuration", {"Id": "x"}, "NoSuchConfiguration"),
        ("delete_bucket_intelligent_tiering_configuration", {"Id": "x"}, "NoSuchConfiguration"),
        ("delete_bucket_metadata_configuration", {}, "NotImplemented"),
        ("delete_bucket_metadata_table_configuration", {}, "NotImplemented"),
        ("get_object_torrent", {"Key": "k"}, "NotImplemented"),
    ],
)
def test_an_operation_that_the_data_does_not_have_does_nothing_else(vpce, operation, parameters, code):
    s3 = vpce.client("s3")
    s3.create_bucket(Bucket="plain")
    with pytest.raises(ClientError) as refused:
        getattr(s3, operation)(Bucket="plain", **parameters)
    assert refused.value.response["Error"]["Code"] == code
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["plain"]


@pytest.fixture
def own(vpce):
    """A maker of clients of a user who may do anything to what is called `own`, and nothing to what is not."""
    vpce.client("iam").create_user(UserName="limited")
    forms = ["sqs:*:*:own", "secretsmanager:*:*:secret:own*", "kinesis:*:*:stream/own", "ecs:*:*:service/own/*"]
    named = [f"arn:aws:{each}" for each in (*forms, "lambda:*:*:function:own*")]
    of_victim = {"StringEquals": {"aws:ResourceTag/whose": "victim"}}
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": named},
        {"Effect": "Allow", "Action": ["kms:*", "secretsmanager:BatchGetSecretValue"], "Resource": "*"},
        {"Effect": "Deny", "Action": "kms:*", "Resource": "*", "Condition": of_victim},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    vpce.client("iam").put_user_policy(UserName="limited", PolicyName="own", PolicyDocument=policy)
    key = vpce.client("iam").create_access_key(UserName="limited")["AccessKey"]
    return lambda service: client_of(vpce, service, key)


def client_of(vpce, service, key):
    return boto3.client(
        service,
        endpoint_url=vpce.url(),
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=boto3.session.Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )


def code_of(call, **parameters):
    """Return the code of the refusal of a call."""
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]["Code"]


@pytest.mark.parametrize("url", ["own?/victim", "own#/victim", "own%2Fvictim", "own?x=/victim", "../victim"])
def test_a_queue_url_names_one_queue(vpce, own, url):
    sqs = vpce.client("sqs")
    for name in ("own", "victim"):
        sqs.send_message(QueueUrl=sqs.create_queue(QueueName=name)["QueueUrl"], MessageBody=name)
    place = "https://sqs.us-east-1.amazonaws.com/123456789012/"
    assert code_of(own("sqs").receive_message, QueueUrl=place + url) == "InvalidAddress"
    assert own("sqs").receive_message(QueueUrl=place + "own")["Messages"][0]["Body"] == "own"


SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:"


@pytest.mark.parametrize(
    ("named", "code"),
    [
        (SECRET + "own:victim", "ValidationException"),
        (SECRET + "own-abcdef", "ResourceNotFoundException"),
        ("victim", "AccessDeniedException"),
        (SECRET + "own", ""),
        ("own", ""),
    ],
)
def test_a_secret_is_named_in_one_way(vpce, own, named, code):
    for name in ("own", "victim"):
        vpce.client("secretsmanager").create_secret(Name=name, SecretString=name)
    call = own("secretsmanager").get_secret_value
    if code:
        assert code_of(call, SecretId=named) == code
    else:
        assert call(SecretId=named)["SecretString"] == "own"


@pytest.mark.parametrize(
    "asked", [{"SecretIdList": ["own", "victim"]}, {"Filters": [{"Key": "name", "Values": ["victim"]}]}]
)
def test_secrets_in_a_batch_need_leave_for_each(vpce, own, asked):
    for name in ("own", "victim"):
        vpce.client("secretsmanager").create_secret(Name=name, SecretString=name)
    if "Filters" in asked:
        assert code_of(own("secretsmanager").batch_get_secret_value, **asked) == "AccessDeniedException"
    else:
        read = own("secretsmanager").batch_get_secret_value(**asked)["SecretValues"]
        assert [each["SecretString"] for each in read] == ["own"]
    read = own("secretsmanager").batch_get_secret_value(SecretIdList=["own"])["SecretValues"]
    assert [each["SecretString"] for each in read] == ["own"]


@pytest.mark.parametrize(
    ("operation", "members"), [("re_encrypt", ("SourceKeyId", "DestinationKeyId")), ("decrypt", ("KeyId",))]
)
def test_a_key_that_is_named_is_the_ciphertexts(vpce, own, operation, members):
    kms = vpce.client("kms")
    keys, secrets = {}, {}
    for name in ("own", "victim"):
        keys[name] = kms.create_key(Tags=[{"TagKey": "whose", "TagValue": name}])["KeyMetadata"]["KeyId"]
        secrets[name] = kms.encrypt(KeyId=keys[name], Plaintext=b"text")["CiphertextBlob"]
    named = dict.fromkeys(members, keys["own"])
    call = getattr(own("kms"), operation)
    assert call(CiphertextBlob=secrets["own"], **named)["KeyId"].endswith(keys["own"])
    assert code_of(call, CiphertextBlob=secrets["victim"], **named) == "IncorrectKeyException"


def test_a_stream_is_named_in_one_way(vpce, own):
    kinesis, arn = vpce.client("kinesis"), "arn:aws:kinesis:us-east-1:123456789012:stream/"
    iterators = {}
    for name in ("own", "victim"):
        kinesis.create_stream(StreamName=name, ShardCount=1)
        kinesis.put_record(StreamName=name, Data=name.encode(), PartitionKey="k")
        shard = {"ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
        iterators[name] = kinesis.get_shard_iterator(StreamName=name, **shard)["ShardIterator"]
    mine = own("kinesis")
    two = {"StreamARN": arn + "own", "StreamName": "victim"}
    assert code_of(mine.put_record, Data=b"x", PartitionKey="k", **two) == "InvalidArgumentException"
    crossed = {"StreamARN": arn + "own", "ShardIterator": iterators["victim"]}
    assert code_of(mine.get_records, **crossed) == "InvalidArgumentException"
    assert code_of(mine.get_records, ShardIterator=iterators["victim"]) == "AccessDeniedException"
    assert mine.get_records(ShardIterator=iterators["own"])["Records"][0]["Data"] == b"own"


def test_the_access_key_of_another_is_not_ones_own(vpce):
    iam = vpce.client("iam")
    keys = {}
    for name in ("self", "victim"):
        iam.create_user(UserName=name)
        keys[name] = iam.create_access_key(UserName=name)["AccessKey"]
    statement = {"Effect": "Allow", "Action": "iam:*", "Resource": "arn:aws:iam::*:user/${aws:username}"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="self", PolicyName="self", PolicyDocument=policy)
    mine, victims = client_of(vpce, "iam", keys["self"]), keys["victim"]["AccessKeyId"]
    assert code_of(mine.delete_access_key, AccessKeyId=victims) == "NoSuchEntity"
    assert code_of(mine.update_access_key, AccessKeyId=victims, Status="Inactive") == "NoSuchEntity"
    kept = iam.list_access_keys(UserName="victim")["AccessKeyMetadata"]
    assert [(each["AccessKeyId"], each["Status"]) for each in kept] == [(victims, "Active")]
    mine.delete_access_key(AccessKeyId=keys["self"]["AccessKeyId"])
    assert iam.list_access_keys(UserName="self")["AccessKeyMetadata"] == []


def test_a_service_is_of_the_cluster_that_is_named(vpce, own):
    ecs = vpce.client("ecs")
    container = {"name": "c", "image": "i", "memory": 9}
    task = ecs.register_task_definition(family="web", containerDefinitions=[container])["taskDefinition"]
    for name in ("own", "victim"):
        ecs.create_cluster(clusterName=name)
        ecs.create_service(cluster=name, serviceName="web", taskDefinition=task["taskDefinitionArn"], desiredCount=1)
    crossed = "arn:aws:ecs:us-east-1:123456789012:service/own/web"
    call = own("ecs").update_service
    assert code_of(call, cluster="victim", service=crossed, desiredCount=9) == "InvalidParameterException"
    assert call(cluster="own", service=crossed, desiredCount=2)["service"]["desiredCount"] == 2


@pytest.mark.parametrize(
    "name",
    [
        "arn:aws:lambda:us-east-1:123456789012:function:own:function:victim",
        "123456789012:own:function:victim",
        "own/victim",
    ],
)
def test_a_function_is_named_in_one_way(own, name):
    assert code_of(own("lambda").get_function_configuration, FunctionName=name) == "ValidationException"


@pytest.mark.parametrize(
    ("service", "method", "target", "body"),
    [
        ("iot", "GET", "/things/own?thingName=victim", ""),
        ("iot", "GET", "/things/own", '{"thingName": "victim"}'),
        ("iot", "DELETE", "/things/own?thingName=victim", ""),
        ("iot", "GET", "/things/own/", ""),
        ("eks", "GET", "/clusters/own?name=victim", ""),
        ("eks", "GET", "/clusters/own", '{"name": "victim"}'),
    ],
)
def test_the_path_alone_names_what_a_path_names(vpce, send, service, method, target, body):
    iot, eks = vpce.client("iot"), vpce.client("eks")
    for name in ("own", "victim"):
        iot.create_thing(thingName=name)
        eks.create_cluster(name=name, roleArn="arn:aws:iam::123456789012:role/r", resourcesVpcConfig={})
    named = ["arn:aws:iot:*:*:thing/own", "arn:aws:eks:*:*:cluster/own"]
    statement = {"Effect": "Allow", "Action": "*", "Resource": named}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    vpce.client("iam").put_user_policy(UserName="mallory", PolicyName="own", PolicyDocument=policy)
    answer = send(service, method, target, {"Content-Type": "application/json"}, body)
    assert (answer.status, b"victim" in answer.body) == (200, False)
    assert iot.describe_thing(thingName="victim")["thingName"] == "victim"


@pytest.mark.parametrize(
    "parameter", ["UserName.1", "UserName.member.1", "Tags.1.Key", "Tags.member.0.Key", "Tags.member.3.Key"]
)
def test_a_parameter_of_another_form_than_its_members_is_refused(vpce, send, parameter):
    operation = "GetUser" if parameter.startswith("UserName") else "TagUser"
    rest = () if operation == "GetUser" else (("UserName", "mallory"), ("Tags.member.1.Value", "v"))
    allowed = {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    vpce.client("iam").put_user_policy(UserName="mallory", PolicyName="all", PolicyDocument=document)
    asked = form(("Action", operation), ("Version", "2010-05-08"), *rest, (parameter, "x"))
    answer = send("iam", "POST", "/", FORM, asked)
    assert (answer.status, b"<Error>" in answer.body) == (400, True)


def test_an_event_bus_is_named_in_one_way(vpce):
    events = vpce.client("events")
    for name in ("own", "victim"):
        events.create_event_bus(Name=name)
        events.put_rule(Name="r", EventBusName=name, EventPattern='{"source": ["x"]}')
    assert code_of(events.describe_rule, Name="r", EventBusName="own/victim") == "ResourceNotFoundException"
    entry = {"Source": "s", "DetailType": "t", "Detail": "{}", "EventBusName": "own/victim"}
    assert code_of(events.put_events, Entries=[entry]) == "ResourceNotFoundException"
    assert events.describe_rule(Name="r", EventBusName="own")["EventBusName"] == "own"


def test_names_without_number_are_refused_at_once(vpce):
    names = [f"p{number}" for number in range(2001)]
    client = vpce.client("ssm", config=boto3.session.Config(parameter_validation=False))
    assert code_of(client.get_parameters, Names=names) == "ValidationException"


def test_the_policy_of_a_queue_lets_no_other_account_delete_it(vpce):
    mine, other = vpce.client("sqs"), vpce.client("sqs", aws_access_key_id="111122223333", aws_secret_access_key="x")
    url = mine.create_queue(QueueName="shared")["QueueUrl"]
    everything = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sqs:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    mine.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    other.send_message(QueueUrl=url, MessageBody="x")
    assert other.get_queue_url(QueueName="shared", QueueOwnerAWSAccountId="123456789012")["QueueUrl"].endswith("shared")
    with vpce.denied():
        other.delete_queue(QueueUrl=url)


def test_a_change_set_is_of_the_stack_that_is_authorized(vpce):
    cloudformation, arns = vpce.client("cloudformation"), {}
    template = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
    for name in ("own", "victim"):
        made = cloudformation.create_change_set(
            StackName=name, ChangeSetName="change", ChangeSetType="CREATE", TemplateBody=template
        )
        arns[name] = made["Id"]
    vpce.client("iam").create_user(UserName="deployer")
    statement = {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:cloudformation:*:*:stack/own/*"}
    queues = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement, queues]})
    vpce.client("iam").put_user_policy(UserName="deployer", PolicyName="own", PolicyDocument=policy)
    key = vpce.client("iam").create_access_key(UserName="deployer")["AccessKey"]
    mine = client_of(vpce, "cloudformation", key)
    assert code_of(mine.execute_change_set, StackName="own", ChangeSetName=arns["victim"]) == "AccessDenied"
    assert mine.describe_change_set(StackName="own", ChangeSetName="change")["ChangeSetId"] == arns["own"]
    assert mine.describe_change_set(ChangeSetName=arns["own"])["ChangeSetId"] == arns["own"]
    assert code_of(mine.delete_change_set, StackName="own", ChangeSetName="none") == "ChangeSetNotFound"
    mine.execute_change_set(StackName="own", ChangeSetName="change")
    assert mine.describe_stacks(StackName="own")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    victim = cloudformation.describe_stacks(StackName="victim")["Stacks"][0]
    assert victim["StackStatus"] == "REVIEW_IN_PROGRESS"
