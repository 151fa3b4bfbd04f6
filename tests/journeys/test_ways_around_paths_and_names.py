"""Requests that name one resource in two ways, or in a way of their own: the one that was authorized is meant."""

import http.client
import io
import json
import zipfile
from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
REGION = "us-east-1"


@pytest.fixture
def mallory(vpce):
    """The credentials of a user who may do anything to what is called `own…`, and nothing else."""
    iam = vpce.client("iam")
    iam.create_user(UserName="mallory")
    own = [f"arn:aws:{service}:*:*:{kind}own*" for service, kind in KINDS]
    statement = {"Effect": "Allow", "Action": "*", "Resource": own}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="mallory", PolicyName="own", PolicyDocument=policy)
    key = iam.create_access_key(UserName="mallory")["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def as_user(vpce, service, credentials):
    """Return a client with somebody's keys."""
    keys = {"aws_access_key_id": credentials.access_key, "aws_secret_access_key": credentials.secret_key}
    return vpce.client(service, **keys)


KINDS = (
    ("iot", "thing/"), ("eks", "cluster/"), ("lambda", "function:"), ("ecs", "service/"), ("ecs", "cluster/"),
    ("cloudformation", "stack/"),
)  # fmt: skip


@pytest.fixture
def send(vpce, mallory):
    """A function that sends a request signed by mallory, its target exactly as given."""
    place = vpce.url().removeprefix("http://")

    def sent(service, method, target, body=b""):
        signed = AWSRequest(method, f"http://{place}{target}", data=body, headers={"Host": place})
        SigV4Auth(mallory, service, REGION).add_auth(signed)
        connection = http.client.HTTPConnection(place, timeout=20)
        connection.putrequest(method, target, skip_host=True)
        for name, value in signed.headers.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        status, read = answer.status, answer.read().decode()
        connection.close()
        return status, read

    return sent


@pytest.fixture
def things(vpce):
    """Two things and two clusters: her own, and the victim's."""
    iot, eks = vpce.client("iot"), vpce.client("eks")
    network = {"subnetIds": ["subnet-1", "subnet-2"]}
    for name in ("own", "victim"):
        iot.create_thing(thingName=name)
        eks.create_cluster(
            name=name, roleArn=f"arn:aws:iam::{ACCOUNT}:role/eks-{name}-cluster-role", resourcesVpcConfig=network
        )
    return iot


@pytest.mark.parametrize(
    ("service", "target", "body"),
    [
        ("iot", "/things/own?thingName=victim", b""),
        ("iot", "/things/own", b'{"thingName":"victim"}'),
        ("eks", "/clusters/own?name=victim", b""),
        ("eks", "/clusters/own", b'{"name":"victim"}'),
    ],
)
def test_a_label_stands_in_the_path_alone(things, send, service, target, body):
    status, answer = send(service, "GET", target, body)
    assert status == 200
    assert "victim" not in answer
    assert "own" in answer


def test_what_is_deleted_is_what_the_path_says(things, send):
    assert send("iot", "DELETE", "/things/own?thingName=victim")[0] == 200
    assert [thing["thingName"] for thing in things.list_things()["things"]] == ["victim"]


@pytest.fixture
def change_sets(vpce):
    """The ARNs of change sets named `change` of the stacks own and victim, by stack."""
    cloudformation = vpce.client("cloudformation")
    template = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    made = {}
    for stack in ("victim", "own"):
        made[stack] = cloudformation.create_change_set(
            StackName=stack, ChangeSetName="change", ChangeSetType="CREATE", TemplateBody=json.dumps(template)
        )["Id"]
    return made


@pytest.mark.parametrize("operation", ["describe_change_set", "execute_change_set", "delete_change_set"])
def test_a_change_set_is_of_one_stack(vpce, mallory, change_sets, operation):
    call = getattr(as_user(vpce, "cloudformation", mallory), operation)
    for named in ({"StackName": "own"}, {}):
        with pytest.raises(ClientError) as refused:
            call(**named, ChangeSetName=change_sets["victim"])
        assert refused.value.response["Error"]["Code"] in {"AccessDenied", "ChangeSetNotFound"}
    with pytest.raises(ClientError) as refused:
        getattr(vpce.client("cloudformation"), operation)(StackName="own", ChangeSetName=change_sets["victim"])
    assert refused.value.response["Error"]["Code"] == "ChangeSetNotFound"
    call(ChangeSetName=change_sets["own"])
    stacks = {
        stack["StackName"]: stack["StackStatus"] for stack in vpce.client("cloudformation").describe_stacks()["Stacks"]
    }
    assert stacks["victim"] == "REVIEW_IN_PROGRESS"


def test_a_change_set_by_name_is_that_of_the_stack(vpce, mallory, change_sets):
    as_user(vpce, "cloudformation", mallory).delete_change_set(StackName="own", ChangeSetName="change")
    left = vpce.client("cloudformation").describe_change_set(ChangeSetName=change_sets["victim"])
    assert left["StackName"] == "victim"


def test_a_stack_is_authorized_by_its_id(vpce, mallory, change_sets):
    cloudformation = as_user(vpce, "cloudformation", mallory)
    with pytest.raises(
        ClientError, match=r"on resource: arn:aws:cloudformation:us-east-1:123456789012:stack/victim/[0-9a-f-]{36} "
    ):
        cloudformation.get_template(StackName="victim")
    with pytest.raises(ClientError, match=r"on resource: arn:aws:cloudformation:us-east-1:123456789012:stack/none/\* "):
        cloudformation.get_template(StackName="none")


@pytest.fixture
def functions(vpce):
    """Functions own, victim and configuration, each with a version 1."""
    lambda_ = vpce.client("lambda")
    trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    role = vpce.client("iam").create_role(RoleName="function", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("f.py", "def handler(event, context): return event")
    made = {"Runtime": "python3.13", "Role": role, "Handler": "f.handler", "Code": {"ZipFile": code.getvalue()}}
    for name in ("own", "victim", "configuration"):
        lambda_.create_function(FunctionName=name, **made)
        lambda_.publish_version(FunctionName=name)
    return lambda_


ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"


@pytest.mark.parametrize(
    ("named", "status"),
    [
        ("own", 200),
        (f"{ARN}own", 200),
        (f"{ARN}own:1", 200),
        (f"{ACCOUNT}:function:own", 200),
        (f"{REGION}:{ACCOUNT}:function:own", 200),
        (f"{ACCOUNT}:own", 200),
        (f"{ARN}own:function:victim", 400),
        (f"{ACCOUNT}:own:function:victim", 400),
        (f"{ARN.replace(REGION, 'eu-west-1')}own", 404),
        ("own/../victim", 400),
        (f"{ARN}victim", 403),
        (f"{ACCOUNT}:victim", 403),
    ],
)
def test_a_function_is_named_in_one_of_its_ways(functions, send, named, status):
    answered, read = send("lambda", "GET", f"/2015-03-31/functions/{quote(named, safe='')}/configuration")
    assert answered == status, read
    assert answered != 200 or json.loads(read)["FunctionName"] == "own"


def test_a_slash_at_the_end_of_a_path_ends_no_name(functions, send):
    status, read = send("lambda", "GET", "/2015-03-31/functions/own/configuration/")
    assert (status, json.loads(read)["FunctionName"]) == (200, "own")


@pytest.mark.parametrize(
    ("resource", "parameters", "allowed"),
    [
        ("own", {"FunctionName": "own"}, True),
        ("own", {"FunctionName": "own", "Qualifier": "1"}, False),
        ("own", {"FunctionName": "own:1"}, False),
        ("own:1", {"FunctionName": "own", "Qualifier": "1"}, True),
        ("own:1", {"FunctionName": "own:1"}, True),
        ("own:1", {"FunctionName": "own"}, False),
    ],
)
def test_a_version_is_authorized_by_its_own_arn(vpce, functions, mallory, resource, parameters, allowed):
    statement = {"Effect": "Allow", "Action": "lambda:*", "Resource": ARN + resource}
    vpce.client("iam").put_user_policy(
        UserName="mallory",
        PolicyName="own",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    lambda_ = as_user(vpce, "lambda", mallory)
    if allowed:
        assert lambda_.get_function_configuration(**parameters)["FunctionName"] == "own"
    else:
        with pytest.raises(ClientError, match="not authorized to perform: lambda:GetFunctionConfiguration"):
            lambda_.get_function_configuration(**parameters)


def test_two_qualifiers_that_differ_are_none(functions):
    with pytest.raises(ClientError, match="does not match the specified qualifier"):
        functions.get_function_configuration(FunctionName="own:1", Qualifier="2")


@pytest.fixture
def services_of_ecs(vpce):
    """A service `web` in each of the clusters own and victim."""
    ecs = vpce.client("ecs")
    container = {"name": "web", "image": "web", "memory": 64}
    ecs.register_task_definition(family="web", containerDefinitions=[container])
    for cluster in ("own", "victim"):
        ecs.create_cluster(clusterName=cluster)
        ecs.create_service(cluster=cluster, serviceName="web", taskDefinition="web", desiredCount=1)
    return ecs


@pytest.mark.parametrize("cluster", ["victim", f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/victim"])
def test_a_service_of_ecs_is_of_one_cluster(vpce, mallory, services_of_ecs, cluster):
    ecs = as_user(vpce, "ecs", mallory)
    own = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/own/web"
    expected = "InvalidParameterException.*Invalid identifier: Identifier is for cluster own. Your cluster is victim"
    with pytest.raises(ClientError, match=expected):
        ecs.update_service(cluster=cluster, service=own, desiredCount=9)
    with pytest.raises(ClientError, match=expected):
        ecs.describe_services(cluster=cluster, services=[own])
    with pytest.raises(ClientError, match="Your cluster is default"):
        ecs.describe_services(services=[own])
    assert ecs.describe_services(cluster="own", services=[own])["services"][0]["desiredCount"] == 1


GLUE = f"arn:aws:glue:{REGION}:{ACCOUNT}:"


@pytest.mark.parametrize(
    ("leave", "missing"),
    [
        (["table/d/t"], "catalog"),
        (["catalog", "table/d/t"], "database/d"),
        (["catalog", "database/d"], "table/d/t"),
        (["catalog", "database/d", "table/d/t"], ""),
    ],
)
def test_a_table_of_glue_needs_leave_on_what_it_is_in(vpce, mallory, leave, missing):
    glue = vpce.client("glue")
    glue.create_database(DatabaseInput={"Name": "d"})
    glue.create_table(DatabaseName="d", TableInput={"Name": "t"})
    statement = {"Effect": "Allow", "Action": "glue:*", "Resource": [GLUE + each for each in leave]}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    vpce.client("iam").put_user_policy(UserName="mallory", PolicyName="own", PolicyDocument=document)
    asking = as_user(vpce, "glue", mallory)
    if missing:
        with pytest.raises(ClientError, match=f"on resource: {GLUE}{missing} "):
            asking.get_table(DatabaseName="d", Name="t")
    else:
        assert asking.get_table(DatabaseName="d", Name="t")["Table"]["Name"] == "t"
