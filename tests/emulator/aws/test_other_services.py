"""Operations, actions and resources of the services other than S3 and DynamoDB."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

from vpce_emulator.aws import ec2_conditions, resource_levels, service_conditions
from vpce_emulator.aws.call import Operation, Protocol, Service
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.lookups import Lookups
from vpce_emulator.aws.operation import identify_operation
from vpce_emulator.aws.operation_actions import ACTIONS, actions_of
from vpce_emulator.aws.resource_levels import operation_actions
from vpce_emulator.aws.service import identify_service, service_named
from vpce_emulator.aws.service_names import BY_NAME
from vpce_policies.vocabulary import load_vocabulary

SESSION = botocore.session.get_session()
BASE = "us-east-1:123456789012"
# Services of each kind whose operation stands in the path, header or body.
MODELLED = ["lambda", "route53", "s3control", "sesv2", "eks", "batch", "apigateway", "efs", "scheduler", "sqs", "sns"]


@pytest.mark.parametrize(
    ("name", "operation"),
    [(name, operation) for name in MODELLED for operation in SESSION.get_service_model(name).operation_names],
)
def test_every_operation_is_recognised(name, operation, modelled_request):
    row = BY_NAME[name]
    request, body = modelled_request(name, operation, host=f"{row.label}.us-east-1.amazonaws.com")
    service = identify_service(request, default_region="us-east-1")
    found = identify_operation(service, request, body)
    assert (service.name, getattr(found, "name", found)) == (name, operation)


@pytest.mark.parametrize(("method", "target"), [("GET", "/"), ("PUT", "/"), ("POST", "/foo/bar"), ("POST", "//")])
def test_operations_in_json_are_posted_to_the_root_alone(http_request, method, target):
    headers = {"X-Amz-Target": "TrentService.ListKeys", "Content-Type": "application/x-amz-json-1.1"}
    request = http_request(method, target, host="kms.us-east-1.amazonaws.com", headers=headers)
    service = identify_service(request, default_region="us-east-1")
    assert identify_operation(service, request, b"{}") == Fault(FaultKind.UNKNOWN_OPERATION)


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        (
            "sqs",
            "send_message",
            {"QueueUrl": "http://127.0.0.1:4566/210987654321/jobs", "MessageBody": "x"},
            [("sqs:SendMessage", "arn:aws:sqs:us-east-1:210987654321:jobs")],
        ),
        (
            "sqs",
            "send_message_batch",
            {"QueueUrl": "http://127.0.0.1:4566/queue/us-east-1/123456789012/jobs", "Entries": []},
            [("sqs:SendMessage", f"arn:aws:sqs:{BASE}:jobs")],
        ),
        ("sqs", "create_queue", {"QueueName": "jobs"}, [("sqs:CreateQueue", f"arn:aws:sqs:{BASE}:jobs")]),
        ("sqs", "list_queues", {}, [("sqs:ListQueues", "*")]),
        (
            "sns",
            "publish",
            {"TopicArn": f"arn:aws:sns:{BASE}:news", "Message": "x"},
            [("sns:Publish", f"arn:aws:sns:{BASE}:news")],
        ),
        ("sns", "create_topic", {"Name": "news"}, [("sns:CreateTopic", f"arn:aws:sns:{BASE}:news")]),
        (
            "sns",
            "unsubscribe",
            {"SubscriptionArn": f"arn:aws:sns:{BASE}:news:8a21d249"},
            [("sns:Unsubscribe", f"arn:aws:sns:{BASE}:news")],
        ),
        ("sns", "list_topics", {}, [("sns:ListTopics", "*")]),
        (
            "kms",
            "decrypt",
            {"CiphertextBlob": b"x", "KeyId": "1234"},
            [("kms:Decrypt", f"arn:aws:kms:{BASE}:key/1234")],
        ),
        ("kms", "describe_key", {"KeyId": "alias/app"}, [("kms:DescribeKey", f"arn:aws:kms:{BASE}:alias/app")]),
        (
            "kms",
            "re_encrypt",
            {"CiphertextBlob": b"x", "SourceKeyId": "0", "DestinationKeyId": "1"},
            [("kms:ReEncryptFrom", f"arn:aws:kms:{BASE}:key/0"), ("kms:ReEncryptTo", f"arn:aws:kms:{BASE}:key/1")],
        ),
        (
            "secretsmanager",
            "get_secret_value",
            {"SecretId": "db"},
            [("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{BASE}:secret:db")],
        ),
        ("ssm", "get_parameter", {"Name": "/app/db"}, [("ssm:GetParameter", f"arn:aws:ssm:{BASE}:parameter/app/db")]),
        (
            "ssm",
            "get_parameters",
            {"Names": ["/a", "b"]},
            [
                ("ssm:GetParameters", f"arn:aws:ssm:{BASE}:parameter/a"),
                ("ssm:GetParameters", f"arn:aws:ssm:{BASE}:parameter/b"),
            ],
        ),
        (
            "ssm",
            "get_parameters_by_path",
            {"Path": "/app"},
            [("ssm:GetParametersByPath", f"arn:aws:ssm:{BASE}:parameter/app")],
        ),
        (
            "sts",
            "assume_role",
            {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "ss"},
            [("sts:AssumeRole", "arn:aws:iam::123456789012:role/r")],
        ),
        ("sts", "get_caller_identity", {}, [("sts:GetCallerIdentity", "*")]),
        ("iam", "get_user", {"UserName": "ann"}, [("iam:GetUser", "arn:aws:iam::123456789012:user/ann")]),
        ("lambda", "invoke", {"FunctionName": "f"}, [("lambda:InvokeFunction", f"arn:aws:lambda:{BASE}:function:f")]),
        (
            "lambda",
            "get_function",
            {"FunctionName": f"arn:aws:lambda:{BASE}:function:f"},
            [("lambda:GetFunction", f"arn:aws:lambda:{BASE}:function:f")],
        ),
        (
            "lambda",
            "get_function",
            {"FunctionName": "210987654321:function:f"},
            [("lambda:GetFunction", "arn:aws:lambda:us-east-1:210987654321:function:f")],
        ),
        (
            "logs",
            "put_log_events",
            {"logGroupName": "/app", "logStreamName": "s", "logEvents": [{"timestamp": 1, "message": "x"}]},
            [("logs:PutLogEvents", f"arn:aws:logs:{BASE}:log-group:/app:log-stream:s")],
        ),
        (
            "logs",
            "create_log_group",
            {"logGroupName": "/app"},
            [("logs:CreateLogGroup", f"arn:aws:logs:{BASE}:log-group:/app:log-stream:")],
        ),
        (
            "stepfunctions",
            "start_execution",
            {"stateMachineArn": f"arn:aws:states:{BASE}:stateMachine:m"},
            [("states:StartExecution", f"arn:aws:states:{BASE}:stateMachine:m")],
        ),
        (
            "events",
            "put_events",
            {"Entries": [{"EventBusName": "orders"}, {}]},
            [
                ("events:PutEvents", f"arn:aws:events:{BASE}:event-bus/orders"),
                ("events:PutEvents", f"arn:aws:events:{BASE}:event-bus/default"),
            ],
        ),
        ("cloudwatch", "put_metric_data", {"Namespace": "N", "MetricData": []}, [("cloudwatch:PutMetricData", "*")]),
        ("ec2", "describe_vpcs", {}, [("ec2:DescribeVpcs", "*")]),
        ("elbv2", "describe_load_balancers", {}, [("elasticloadbalancing:DescribeLoadBalancers", "*")]),
        ("sesv2", "list_email_identities", {}, [("ses:ListEmailIdentities", "*")]),
        (
            "apigateway",
            "get_rest_api",
            {"restApiId": "a1"},
            [("apigateway:GET", "arn:aws:apigateway:us-east-1::/restapis/a1")],
        ),
    ],
)
def test_an_operation_needs_its_actions_on_its_resources(
    sdk_request, authorized, service, operation, parameters, expected
):
    request, body = sdk_request(service, operation, **parameters)
    assert [(one.action, one.resource) for one in authorized(request, body)] == expected


def test_account_wide_settings_of_s3_have_actions_of_their_own(sdk_request, authorized):
    request, body = sdk_request("s3control", "get_public_access_block", endpoint=None, AccountId="123456789012")
    (needed,) = authorized(request, body)
    assert needed.action == "s3:GetAccountPublicAccessBlock"


def test_the_control_plane_of_s3_is_told_from_a_bucket_at_a_door(http_request):
    request = http_request("GET", "/v20180820/accesspoint", headers={"x-amz-account-id": "123456789012"})
    service = identify_service(request, default_region="us-east-1")
    assert (service.name, identify_operation(service, request, None).name) == ("s3control", "ListAccessPoints")


def test_an_api_is_invoked_on_its_stage_method_and_path(http_request, authorized):
    request = http_request("POST", "/prod/pets/1", host="a1b2.execute-api.us-east-1.amazonaws.com")
    (needed,) = authorized(request)
    assert (needed.action, needed.resource) == (
        "execute-api:Invoke",
        f"arn:aws:execute-api:{BASE}:a1b2/prod/POST/pets/1",
    )


def test_a_name_that_the_arn_does_not_hold_is_looked_up(sdk_request, authorized):
    arn = f"arn:aws:secretsmanager:{BASE}:secret:db-AbCdEf"
    known = Lookups(resource_arn=lambda named: arn if named == arn.removesuffix("-AbCdEf") else None)
    request, body = sdk_request("secretsmanager", "get_secret_value", SecretId="db")
    assert [one.resource for one in authorized(request, body, lookups=known)] == [arn]


def test_a_query_request_tells_its_operation_only_in_its_body(sdk_request):
    request, body = sdk_request("sts", "get_caller_identity")
    service = identify_service(request, default_region="us-east-1")
    assert identify_operation(service, request, None) == Operation("", needs_body=True)
    assert identify_operation(service, request, body).name == "GetCallerIdentity"


def test_a_query_request_may_stand_in_the_url(http_request):
    request = http_request("GET", "/?Action=GetCallerIdentity&Version=2011-06-15", host="sts.amazonaws.com")
    service = identify_service(request, default_region="us-east-1")
    assert identify_operation(service, request, None).name == "GetCallerIdentity"


@pytest.mark.parametrize(
    ("service", "request_line", "headers", "body"),
    [
        (Service("sts", "us-east-1", Protocol.QUERY, "sts"), ("POST", "/"), {}, b""),
        (Service("sts", "us-east-1", Protocol.QUERY, "sts"), ("POST", "/"), {}, b"Action=<script>"),
        (Service("kms", "us-east-1", Protocol.JSON_1_1, "kms"), ("POST", "/"), {"X-Amz-Target": "Trent."}, b""),
        (Service("kms", "us-east-1", Protocol.JSON_1_1, "kms"), ("POST", "/"), {}, b""),
        (Service("lambda", "us-east-1", Protocol.REST_JSON, "lambda"), ("GET", "/no/such/path"), {}, b""),
        (Service("no-such", "us-east-1", Protocol.REST_JSON, "no-such"), ("GET", "/"), {}, b""),
        (Service("cloudwatch", "us-east-1", Protocol.CBOR, "cloudwatch"), ("POST", "/"), {}, b""),
    ],
)
def test_a_request_without_an_operation_is_a_fault(http_request, service, request_line, headers, body):
    fault = identify_operation(service, http_request(*request_line, headers=headers), body)
    assert isinstance(fault, Fault)
    assert fault.kind is FaultKind.UNKNOWN_OPERATION


ACTIONS_OF_IAM = {
    service: {action.lower() for action in actions} for service, actions in load_vocabulary().services.items()
}


def _exists(action):
    service, _, name = action.partition(":")
    return name.lower() in ACTIONS_OF_IAM.get(service, ())


@pytest.mark.parametrize(("service", "operation"), sorted(ACTIONS))
def test_every_action_of_the_table_exists_and_its_operation_too(service, operation):
    actions = [action for action, _ in actions_of(service_named(service), operation)]
    assert actions == list(filter(_exists, actions))
    assert operation in SESSION.get_service_model(service).operation_names


@pytest.mark.parametrize(
    "service",
    [
        "sqs",
        "sns",
        "kms",
        "secretsmanager",
        "ssm",
        "sts",
        "iam",
        "lambda",
        "logs",
        "kinesis",
        "events",
        "stepfunctions",
        "athena",
        "ecs",
        "eks",
        "firehose",
    ],
)
def test_every_operation_of_the_services_most_used_has_an_action_that_exists(service):
    operations = SESSION.get_service_model(service).operation_names
    needed = {action for operation in operations for action, _ in actions_of(service_named(service), operation)}
    # Operations newer than the reference, of the previews in botocore's model.
    assert {action for action in needed if not _exists(action)} <= {"iam:AcquireRole", "iam:UpdateDelegationRequest"}


@pytest.mark.parametrize("service", sorted(resource_levels.services()))
def test_every_place_of_an_arn_is_a_member_of_the_operations_input(service):
    model = SESSION.get_service_model(service)
    for name in resource_levels.operations(service):
        shape = model.operation_model(name).input_shape
        found = operation_actions(service_named(service), name)
        places = {place for each in found for ways in each.resources for way in ways for place in way.places}
        spelled = {_spelled(member, of) for member, of in (shape.members.items() if shape else ())}
        # A dot goes into a structure: NetworkInterface.SubnetId, brackets into the items of a list.
        outer = {place.rpartition(":")[2].partition(".")[0].removesuffix("[]") for place in places}
        assert outer <= {name for names in spelled for name in names}
        assert all(_exists(each.action) for each in found)


def _spelled(name, shape):
    told = shape.serialization.get("name", name)
    return name, told, told[:1].upper() + told[1:], shape.serialization.get("queryName", told)


@pytest.mark.parametrize("service", sorted(resource_levels.services()))
def test_a_new_name_in_the_body_is_not_taken_for_what_the_path_names(service):
    model = SESSION.get_service_model(service)
    for name in resource_levels.operations(service):
        shape = model.operation_model(name).input_shape
        labels = [of for of in (shape.members.values() if shape else ()) if of.serialization.get("location") == "uri"]
        if not labels or not name.startswith(("Update", "Modify", "Put", "Set")):
            continue
        found = operation_actions(service_named(service), name)
        places = {place for each in found for ways in each.resources for way in ways for place in way.places}
        assert any(place.startswith("uri:") for place in places), name


@pytest.mark.parametrize("service", sorted(resource_levels.services()))
def test_what_a_request_must_name_is_what_is_acted_on(service):
    model = SESSION.get_service_model(service)
    for name in resource_levels.operations(service):
        shape = model.operation_model(name).input_shape
        required = {_spelled(member, shape.members[member]) for member in (shape.required_members if shape else ())}
        identifying = {names for names in required if names[0].endswith(("Id", "Identifier", "Arn", "Name"))}
        ways = [way for each in operation_actions(service_named(service), name) for way in chain(*each.resources)]
        places = {place.rpartition(":")[2] for way in ways for place in way.places}
        if identifying and name.startswith(("Delete", "Update", "Modify")) and (service, name) not in IMPLIED:
            assert places & set(chain(*required)) or any(not way.places for way in ways), name


# What is acted on is in what is named by a member that a request may leave out, and stands in for it.
IMPLIED = {
    ("network-firewall", "DeleteProxy"),
    ("network-firewall", "UpdateProxy"),
    ("network-firewall", "UpdateProxyRule"),
}


# Service, operation, its parameters in JSON, and the ARNs after `arn:aws:`, in which `~` is Region and account,
# and `^` the same with another account.
NAMED = (Path(__file__).parent / "data" / "resources-by-parameters.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("row", [row for row in NAMED.split("\n") if row])
def test_an_operation_is_on_what_its_parameters_name(sdk_request, authorized, row):
    service, operation, rest = row.replace("~", BASE).replace("^", "us-east-1:210987654321").split(maxsplit=2)
    given, _, arns = rest.rpartition("}")
    lenient = {"parameter_validation": False}
    request, body = sdk_request(service, operation, config=lenient, **json.loads(given + "}"))
    assert [one.resource for one in authorized(request, body)] == [f"arn:aws:{each}" for each in arns.split()]


def test_launching_instances_is_on_all_that_they_use_and_on_what_is_made(sdk_request, authorized):
    card = {"DeviceIndex": 0, "SubnetId": "subnet-1", "Groups": ["sg-1", "sg-2"]}
    given = {"ImageId": "ami-1", "InstanceType": "m5.24xlarge", "KeyName": "k", "NetworkInterfaces": [card]}
    request, body = sdk_request("ec2", "run_instances", MinCount=1, MaxCount=1, **given)
    used = {"image/ami-1", "key-pair/k", "subnet/subnet-1", "security-group/sg-1", "security-group/sg-2"}
    made = {"instance/*", "network-interface/*", "volume/*"}
    assert {one.resource.rpartition(":")[2] for one in authorized(request, body)} == used | made


@pytest.mark.parametrize(("prefix", "operation"), sorted(service_conditions.KEYS))
def test_every_condition_key_of_the_table_is_one_of_its_action(prefix, operation):
    service = SESSION.get_service_model("stepfunctions" if prefix == "states" else prefix)
    words = load_vocabulary().services[prefix][operation]
    for key, member in service_conditions.KEYS[prefix, operation]:
        assert key in words
        outer = member.partition(".")[0].removesuffix("[]")
        assert outer in service.operation_model(operation).input_shape.members


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "context"),
    [
        ("sns", "subscribe", {"TopicArn": "t", "Protocol": "https"}, {"sns:Protocol": "https"}),
        ("ssm", "put_parameter", {"Name": "a", "Value": "b", "Overwrite": True}, {"ssm:Overwrite": "true"}),
        ("lambda", "create_function", {"FunctionName": "f", "Layers": ["a", "b"]}, {"lambda:Layer": ("a", "b")}),
        (
            "lambda",
            "create_function",
            {"FunctionName": "f", "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1", "sg-2"]}},
            {"lambda:SubnetIds": ("subnet-1",), "lambda:SecurityGroupIds": ("sg-1", "sg-2")},
        ),
        (
            "lambda",
            "create_event_source_mapping",
            {"FunctionName": "f", "EventSourceArn": "q"},
            {"lambda:FunctionArn": f"arn:aws:lambda:{BASE}:function:f"},
        ),
        (
            "lambda",
            "get_function_url_config",
            {"FunctionName": "f"},
            {"lambda:FunctionArn": f"arn:aws:lambda:{BASE}:function:f"},
        ),
        ("ecs", "run_task", {"taskDefinition": "w:1"}, {"ecs:cluster": f"arn:aws:ecs:{BASE}:cluster/default"}),
        (
            "ecs",
            "update_service",
            {"cluster": "c", "service": "s", "enableExecuteCommand": True},
            {"ecs:cluster": f"arn:aws:ecs:{BASE}:cluster/c", "ecs:enable-execute-command": "true"},
        ),
        (
            "events",
            "put_events",
            {"Entries": [{"Source": "a", "DetailType": "t", "Detail": "{}"}, {"Source": "b", "Detail": "{}"}]},
            {"events:source": ("a", "b"), "events:detail-type": ("t",)},
        ),
        (
            "events",
            "put_targets",
            {"Rule": "r", "Targets": [{"Id": "1", "Arn": "arn:aws:sqs:x"}]},
            {"events:TargetArn": ("arn:aws:sqs:x",), "events:creatorAccount": "123456789012"},
        ),
        (
            "stepfunctions",
            "start_execution",
            {"stateMachineArn": f"arn:aws:states:{BASE}:stateMachine:m:PROD"},
            {"states:StateMachineQualifier": ("PROD",)},
        ),
        ("secretsmanager", "rotate_secret", {"SecretId": "s"}, {"secretsmanager:SecretId": "s"}),
        ("secretsmanager", "create_secret", {"Name": "db"}, {"secretsmanager:Name": "db"}),
        (
            "kms",
            "encrypt",
            {"KeyId": "alias/a", "Plaintext": "x", "EncryptionContext": {"k": "v"}},
            {
                "kms:CallerAccount": "123456789012",
                "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
                "kms:EncryptionContext:k": "v",
                "kms:EncryptionContextKeys": ("k",),
                "kms:RequestAlias": "alias/a",
            },
        ),
        (
            "kms",
            "create_key",
            {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"},
            {
                "kms:CallerAccount": "123456789012",
                "kms:KeyOrigin": "AWS_KMS",
                "kms:KeySpec": "RSA_2048",
                "kms:KeyUsage": "SIGN_VERIFY",
                "kms:MultiRegion": "false",
            },
        ),
        (
            "kms",
            "re_encrypt",
            {"SourceKeyId": "a", "SourceEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "DestinationKeyId": "b"},
            {"kms:CallerAccount": "123456789012", "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256"},
        ),
        (
            "kms",
            "create_grant",
            {"KeyId": "k", "Operations": ["Decrypt"], "Constraints": {"EncryptionContextSubset": {"a": "b"}}},
            {
                "kms:CallerAccount": "123456789012",
                "kms:GrantConstraintType": "EncryptionContextSubset",
                "kms:GrantIsForAWSResource": "false",
                "kms:GrantOperations": ("Decrypt",),
            },
        ),
    ],
)
def test_members_set_condition_keys(sdk_request, authorized, service, operation, parameters, context):
    request, body = sdk_request(service, operation, config={"parameter_validation": False}, **parameters)
    found = authorized(request, body)[0].context
    assert {key: value for key, value in found.items() if not key.startswith("aws:")} == context


@pytest.mark.parametrize(
    ("operation", "parameters", "kind", "context"),
    [
        (
            "create_vpc_endpoint",
            {"VpcId": "vpc-1", "ServiceName": "com.amazonaws.us-east-1.s3"},
            "vpc-endpoint/*",
            {"ec2:VpceServiceName": "com.amazonaws.us-east-1.s3", "ec2:VpceServiceOwner": "amazon"},
        ),
        (
            "create_vpc_endpoint",
            {"VpcId": "vpc-1", "ServiceName": "com.amazonaws.vpce.us-east-1.vpce-svc-1"},
            "vpc-endpoint/*",
            {"ec2:VpceServiceName": "com.amazonaws.vpce.us-east-1.vpce-svc-1"},
        ),
        (
            "create_vpc_endpoint",
            {"VpcId": "vpc-1", "ServiceName": "com.amazonaws.us-east-1.s3"},
            "vpc/vpc-1",
            {"ec2:VpcID": "vpc-1"},
        ),
        (
            "create_volume",
            {"AvailabilityZone": "us-east-1a", "Size": 8},
            "volume/*",
            {"ec2:AvailabilityZone": "us-east-1a", "ec2:Encrypted": "false", "ec2:VolumeSize": "8"},
        ),
        ("run_instances", {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1}, "volume/*", {"ec2:Encrypted": "false"}),
        ("run_instances", {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1}, "image/ami-1", {"ec2:ImageID": "ami-1"}),
        (
            "run_instances",
            {"MinCount": 1, "MaxCount": 1, "InstanceType": "t3.micro", "Placement": {"AvailabilityZone": "us-east-1b"}},
            "instance/*",
            {"ec2:AvailabilityZone": "us-east-1b", "ec2:InstanceType": "t3.micro"},
        ),
        ("terminate_instances", {"InstanceIds": ["i-1"]}, "instance/i-1", {"ec2:InstanceID": "i-1"}),
    ],
)
def test_resources_of_ec2_have_the_keys_of_their_type(sdk_request, authorized, operation, parameters, kind, context):
    request, body = sdk_request("ec2", operation, **parameters)
    (found,) = (one.context for one in authorized(request, body) if one.resource.endswith(f":{kind}"))
    assert found == {**context, "ec2:Region": "us-east-1"}


def test_each_volume_that_is_launched_has_keys_of_its_own(sdk_request, authorized):
    devices = [
        {"DeviceName": "/dev/a", "Ebs": {"Encrypted": True, "VolumeSize": 8, "VolumeType": "gp3"}},
        {"DeviceName": "/dev/b", "Ebs": {"VolumeSize": 9}},
        {"DeviceName": "/dev/c", "VirtualName": "ephemeral0"},
    ]
    request, body = sdk_request("ec2", "run_instances", MinCount=1, MaxCount=1, BlockDeviceMappings=devices)
    volumes = [one.context for one in authorized(request, body) if one.resource.endswith(":volume/*")]
    assert [(each["ec2:Encrypted"], each["ec2:VolumeSize"]) for each in volumes] == [("true", "8"), ("false", "9")]


@pytest.mark.parametrize("key", sorted({*ec2_conditions.MADE_KEYS, *ec2_conditions.ID_KEYS.values()}))
def test_every_condition_key_of_ec2_is_one_of_its_actions(key):
    assert any(key in words for words in load_vocabulary().services["ec2"].values())


# Service, operation, parameters, and what is needed beside the operation's own action, on which resource.
@pytest.mark.parametrize(
    ("service", "operation", "parameters", "further"),
    [
        ("kms", "replicate_key", {"KeyId": "k", "ReplicaRegion": "eu-west-1"}, ("kms:CreateKey", "*")),
        ("lambda", "create_function", {"FunctionName": "f", "Layers": ["l:1"]}, ("lambda:GetLayerVersion", "l:1")),
        (
            "secretsmanager",
            "create_secret",
            {"Name": "s", "AddReplicaRegions": [{"Region": "eu-west-1"}]},
            ("secretsmanager:ReplicateSecretToRegions", f"arn:aws:secretsmanager:{BASE}:secret:s"),
        ),
        (
            "secretsmanager",
            "rotate_secret",
            {"SecretId": "s", "RotationLambdaARN": "f"},
            ("lambda:InvokeFunction", "f"),
        ),
        (
            "stepfunctions",
            "create_state_machine",
            {"name": "m", "publish": True},
            ("states:PublishStateMachineVersion", f"arn:aws:states:{BASE}:stateMachine:m"),
        ),
    ],
)
def test_more_is_needed_where_more_is_asked_for(sdk_request, authorized, service, operation, parameters, further):
    request, body = sdk_request(service, operation, config={"parameter_validation": False}, **parameters)
    asked = [(one.action, one.resource) for one in authorized(request, body)]
    assert further in asked[1:]
    plain = {name: value for name, value in parameters.items() if name in {"KeyId", "FunctionName", "Name", "name"}}
    request, body = sdk_request(service, operation, config={"parameter_validation": False}, **plain)
    assert further not in [(one.action, one.resource) for one in authorized(request, body)]


FORM = "application/x-www-form-urlencoded; charset=utf-8"
IAM = "arn:aws:iam::123456789012"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
@pytest.mark.parametrize(
    ("operation", "parameters", "resource", "context"),
    [
        (
            f"{change}_{kind}_policy",
            {f"{kind.title()}Name": "it", "PolicyArn": READ_ONLY},
            f"{IAM}:{kind}/it",
            {"iam:PolicyARN": READ_ONLY},
        )
        for change in ("attach", "detach")
        for kind in ("user", "role", "group")
    ]
    + [
        ("get_policy", {"PolicyArn": READ_ONLY}, READ_ONLY, {}),
        ("list_entities_for_policy", {"PolicyArn": READ_ONLY}, READ_ONLY, {}),
        ("add_user_to_group", {"GroupName": "ops", "UserName": "ann"}, f"{IAM}:group/ops", {}),
        (
            "add_role_to_instance_profile",
            {"InstanceProfileName": "web", "RoleName": "app"},
            f"{IAM}:instance-profile/web",
            {},
        ),
        ("create_user", {"UserName": "ann"}, f"{IAM}:user/ann", {}),
        ("create_user", {"UserName": "ann", "Path": "/people/"}, f"{IAM}:user/people/ann", {}),
        (
            "create_role",
            {"RoleName": "app", "AssumeRolePolicyDocument": "{}", "PermissionsBoundary": READ_ONLY},
            f"{IAM}:role/app",
            {"iam:PermissionsBoundary": READ_ONLY},
        ),
        (
            "put_user_permissions_boundary",
            {"UserName": "ann", "PermissionsBoundary": READ_ONLY},
            f"{IAM}:user/ann",
            {"iam:PermissionsBoundary": READ_ONLY},
        ),
        ("create_policy", {"PolicyName": "list", "PolicyDocument": "{}"}, f"{IAM}:policy/list", {}),
        ("put_role_policy", {"RoleName": "app", "PolicyName": "list", "PolicyDocument": "{}"}, f"{IAM}:role/app", {}),
    ],
)
def test_actions_of_iam_are_on_who_is_changed(sdk_request, authorized, operation, parameters, resource, context):
    request, body = sdk_request("iam", operation, **parameters)
    needed, *_ = authorized(request, body)
    assert (xform_name(needed.action.removeprefix("iam:")), needed.resource, needed.context) == (
        operation,
        resource,
        context,
    )


@pytest.mark.parametrize(
    ("parameters", "resource"),
    [
        ("Action=CreateAccessKey&UserName=ann&Path=/sandbox/", f"{IAM}:user/ann"),
        ("Action=CreateAccessKey&UserName=ann&GroupName=sandbox", f"{IAM}:user/ann"),
        ("Action=AttachUserPolicy&UserName=ann&GroupName=sandbox&PolicyArn=" + READ_ONLY, f"{IAM}:user/ann"),
        ("Action=DeleteRole&RoleName=app&UserName=sandbox&InstanceProfileName=sandbox", f"{IAM}:role/app"),
        ("Action=GetPolicy&PolicyArn=" + READ_ONLY + "&UserName=sandbox", READ_ONLY),
    ],
)
def test_a_parameter_that_an_operation_does_not_take_names_nothing(http_request, authorized, parameters, resource):
    request = http_request("POST", host="iam.amazonaws.com", headers={"Content-Type": FORM})
    (needed,) = authorized(request, parameters.encode())
    assert needed.resource == resource


@pytest.mark.parametrize(
    ("service", "target", "body", "resources"),
    [
        ("ssm", "AmazonSSM.GetParameters", {"Names": ["a"], "Name": "b"}, [f"arn:aws:ssm:{BASE}:parameter/a"]),
        ("kms", "TrentService.Decrypt", {"KeyId": "a", "AliasName": "b"}, [f"arn:aws:kms:{BASE}:key/a"]),
        (
            "secretsmanager",
            "secretsmanager.CreateSecret",
            {"Name": "a", "SecretId": "b"},
            [f"arn:aws:secretsmanager:{BASE}:secret:a"],
        ),
    ],
)
def test_a_member_that_an_operation_does_not_take_names_nothing(
    http_request, authorized, service, target, body, resources
):
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
    request = http_request("POST", host=f"{service}.us-east-1.amazonaws.com", headers=headers)
    assert [one.resource for one in authorized(request, json.dumps(body).encode())] == resources


def test_a_json_request_has_no_parameters_in_its_url(http_request, authorized):
    headers = {"X-Amz-Target": "secretsmanager.GetSecretValue", "Content-Type": "application/x-amz-json-1.1"}
    host = "secretsmanager.us-east-1.amazonaws.com"
    body = b'{"SecretId": "a"}'
    beside = authorized(http_request("POST", "/?SecretId=b", host=host, headers=headers), body)
    assert isinstance(beside, Fault)
    assert beside.kind is FaultKind.INVALID_REQUEST
    (presigned,) = authorized(http_request("POST", "/?X-Amz-Expires=60", host=host, headers=headers), body)
    assert presigned.resource == f"arn:aws:secretsmanager:{BASE}:secret:a"
