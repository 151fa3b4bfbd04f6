"""What CloudFormation does for a stack needs the permissions of whoever asks, or of the stack's service role."""

import json

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
STACKS = {"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}
OF_A_KEY = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
PASS = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
QUEUE_ARN = f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs"
QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}}
BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "reports"}}
VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.90.0.0/16"}}
PRIVATE_BUCKET = {
    "Type": "AWS::S3::Bucket",
    "Properties": {"BucketName": "reports", "VersioningConfiguration": {"Status": "Enabled"}},
}
TAGGED_QUEUE = {
    "Type": "AWS::SQS::Queue",
    "Properties": {"QueueName": "jobs", "Tags": [{"Key": "team", "Value": "blue"}]},
}
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "RoleName": "worker",
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        },
        "Policies": [{"PolicyName": "inline", "PolicyDocument": {"Version": "2012-10-17", "Statement": [STACKS]}}],
    },
}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions, **condition):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return statement | ({"Condition": condition} if condition else {})


def deny(*actions, **condition):
    return allow(*actions, **condition) | {"Effect": "Deny"}


def template(**resources):
    return json.dumps({"Resources": resources})


@pytest.fixture
def user(vpce):
    """Return what makes a user with a policy, and returns a client of theirs."""

    def make(*statements, service="cloudformation", name="alice", **where):
        iam = vpce.client("iam")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy(*statements))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        return vpce.client(service, **where, **keys)

    return make


def role(vpce, *statements, name="deploy", trusts="cloudformation.amazonaws.com", **condition):
    """Make a service role and return its ARN."""
    trust = {"Effect": "Allow", "Principal": {"Service": trusts}, "Action": "sts:AssumeRole"}
    trust |= {"Condition": condition} if condition else {}
    iam = vpce.client("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*statements))
    return made["Arn"]


def status(vpce, name="app"):
    return vpce.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]


def failures(vpce, name="app"):
    events = vpce.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
    return {
        each["LogicalResourceId"]: each["ResourceStatusReason"]
        for each in events
        if each["ResourceStatus"].endswith("_FAILED") and each["LogicalResourceId"] != name
    }


def test_a_resource_that_the_caller_may_not_make_fails_in_awss_words_and_the_stack_is_rolled_back(vpce, user):
    cloudformation = user(STACKS, allow("s3:*"))
    cloudformation.create_stack(StackName="app", TemplateBody=template(Bucket=BUCKET, Queue=QUEUE))
    assert status(vpce) == "ROLLBACK_COMPLETE"
    (reason,) = failures(vpce).values()
    told = (
        f'Resource handler returned message: "User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform: '
        f"sqs:createqueue on resource: {QUEUE_ARN} because no identity-based policy allows the sqs:createqueue action "
        "(Service: Sqs, Status Code: 4"
    )
    assert reason.lower().startswith(told.lower())
    assert reason.endswith("HandlerErrorCode: AccessDenied)")
    assert list(failures(vpce)) == ["Queue"]
    assert vpce.client("s3").list_buckets()["Buckets"] == []
    assert "QueueUrls" not in vpce.client("sqs").list_queues()


def test_the_refusal_is_told_of_with_what_decided(vpce, user):
    since = vpce.last_request()
    user(STACKS).create_stack(StackName="app", TemplateBody=template(Queue=QUEUE))
    (refused,) = [each for each in vpce.decisions() if each["number"] > since and each["outcome"] == "denied"]
    assert (refused["service"], refused["operation"], refused["denied_by"]) == ("sqs", "CreateQueue", ["identity"])
    assert (refused["door"], refused["client"]) == ("service", "cloudformation.amazonaws.com")
    assert refused["authorizations"][0]["resource"] == QUEUE_ARN
    assert refused["request_id"] in failures(vpce)["Queue"]


@pytest.mark.parametrize(
    ("resource", "needed"),
    [
        (QUEUE, ["sqs:CreateQueue"]),
        (TAGGED_QUEUE, ["sqs:CreateQueue", "sqs:TagQueue"]),
        (BUCKET, ["s3:CreateBucket"]),
        (PRIVATE_BUCKET, ["s3:CreateBucket", "s3:PutBucketVersioning"]),
        (VPC, ["ec2:CreateVpc", "ec2:CreateTags"]),
        (ROLE, ["iam:CreateRole", "iam:PutRolePolicy"]),
        ({"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}}, ["sns:CreateTopic"]),
        ({"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": json.loads(policy(OF_A_KEY))}}, ["kms:CreateKey"]),
        ({"Type": "AWS::EC2::InternetGateway"}, ["ec2:CreateInternetGateway"]),
        (
            {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/a", "Type": "String", "Value": "b"}},
            ["ssm:PutParameter"],
        ),
        (
            {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "app", "RetentionInDays": 7}},
            ["logs:CreateLogGroup", "logs:PutRetentionPolicy"],
        ),
        (
            {"Type": "AWS::Events::Rule", "Properties": {"Name": "often", "ScheduleExpression": "rate(5 minutes)"}},
            ["events:PutRule"],
        ),
        (
            {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {
                    "TableName": "orders",
                    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                    "BillingMode": "PAY_PER_REQUEST",
                },
            },
            ["dynamodb:CreateTable"],
        ),
    ],
)
def test_making_a_resource_takes_each_of_its_actions(vpce, user, resource, needed):
    undo = [allow("*") | {"NotAction": needed}]
    for statement in undo:
        del statement["Action"]
    for missing in needed:
        others = allow(*(action for action in needed if action != missing), "none:None")
        cloudformation = user(STACKS, others, *undo, name=missing.replace(":", "-"))
        cloudformation.create_stack(StackName="app", TemplateBody=template(Thing=resource))
        assert f"perform: {missing}".lower() in failures(vpce)["Thing"].lower()
        assert status(vpce) == "ROLLBACK_COMPLETE"
        vpce.client("cloudformation").delete_stack(StackName="app")
    user(STACKS, allow(*needed), name="all").create_stack(StackName="app", TemplateBody=template(Thing=resource))
    assert (status(vpce), failures(vpce)) == ("CREATE_COMPLETE", {})


def test_a_stack_that_may_be_made_may_not_for_that_be_deleted(vpce, user):
    cloudformation = user(STACKS, allow("sqs:CreateQueue", "ec2:CreateVpc", "ec2:CreateTags"))
    cloudformation.create_stack(StackName="app", TemplateBody=template(Queue=QUEUE, Vpc=VPC))
    assert status(vpce) == "CREATE_COMPLETE"
    cloudformation.delete_stack(StackName="app")
    assert status(vpce) == "DELETE_FAILED"
    assert "ec2:DeleteVpc" in failures(vpce)["Vpc"]
    assert vpce.client("sqs").list_queues()["QueueUrls"]
    vpce.client("cloudformation").delete_stack(StackName="app")
    assert "QueueUrls" not in vpce.client("sqs").list_queues()


def test_what_may_not_be_deleted_fails_the_rollback_too(vpce, user):
    cloudformation = user(STACKS, allow("s3:CreateBucket"))
    cloudformation.create_stack(StackName="app", TemplateBody=template(Bucket=BUCKET, Queue=QUEUE))
    assert status(vpce) == "ROLLBACK_FAILED"
    assert [each["Name"] for each in vpce.client("s3").list_buckets()["Buckets"]] == ["reports"]


def test_an_update_takes_the_actions_of_what_it_changes_and_is_rolled_back_without(vpce, user):
    cloudformation = user(STACKS, allow("sqs:CreateQueue"), deny("sqs:SetQueueAttributes"))
    cloudformation.create_stack(StackName="app", TemplateBody=template(Queue=QUEUE))
    changed = {**QUEUE, "Properties": {**QUEUE["Properties"], "VisibilityTimeout": 60}}
    cloudformation.update_stack(StackName="app", TemplateBody=template(Queue=changed))
    assert "sqs:setqueueattributes" in failures(vpce)["Queue"].lower()
    assert status(vpce) == "UPDATE_ROLLBACK_COMPLETE"
    vpce.client("cloudformation").update_stack(StackName="app", TemplateBody=template(Queue=changed))
    assert status(vpce) == "UPDATE_COMPLETE"


def test_a_resource_of_another_name_takes_leave_to_make_it_and_to_delete_the_old_one(vpce, user):
    cloudformation = user(STACKS, allow("sqs:CreateQueue", "sqs:DeleteQueue") | {"Resource": QUEUE_ARN})
    cloudformation.create_stack(StackName="app", TemplateBody=template(Queue=QUEUE))
    renamed = {**QUEUE, "Properties": {"QueueName": "errands"}}
    cloudformation.update_stack(StackName="app", TemplateBody=template(Queue=renamed))
    assert status(vpce) == "UPDATE_ROLLBACK_COMPLETE"
    assert f"sqs:createqueue on resource: {QUEUE_ARN.replace('jobs', 'errands')}" in failures(vpce)["Queue"].lower()
    assert [url.rpartition("/")[2] for url in vpce.client("sqs").list_queues()["QueueUrls"]] == ["jobs"]


def test_what_a_nested_stack_makes_takes_leave_too(vpce, user):
    vpce.client("s3").create_bucket(Bucket="templates")
    vpce.client("s3").put_object(Bucket="templates", Key="inner.json", Body=template(Queue=QUEUE))
    inner = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "https://s3.amazonaws.com/templates/inner.json"},
    }
    cloudformation = user(STACKS, allow("s3:GetObject"))
    cloudformation.create_stack(StackName="app", TemplateBody=template(Inner=inner))
    assert (status(vpce), list(failures(vpce))) == ("ROLLBACK_COMPLETE", ["Inner"])
    assert "QueueUrls" not in vpce.client("sqs").list_queues()
    user(STACKS, allow("sqs:CreateQueue", "s3:GetObject"), name="bob").create_stack(
        StackName="second", TemplateBody=template(Inner=inner)
    )
    assert status(vpce, "second") == "CREATE_COMPLETE"
    user(STACKS, allow("sqs:CreateQueue"), name="eve").create_stack(
        StackName="third", TemplateBody=template(Inner=inner)
    )
    assert "S3 error: Access Denied" in failures(vpce, "third")["Inner"]


@pytest.mark.parametrize(
    "url", ["https://s3.amazonaws.com/templates/app.json", "https://templates.s3.us-east-1.amazonaws.com/app.json"]
)
def test_a_template_in_s3_is_read_with_the_permissions_of_whoever_names_it(vpce, user, url):
    vpce.client("s3").create_bucket(Bucket="templates")
    vpce.client("s3").put_object(Bucket="templates", Key="app.json", Body=template(Queue=QUEUE))
    arn = role(vpce, allow("s3:*", "sqs:*"))
    cloudformation = user(STACKS, PASS)
    given = {"StackName": "app", "TemplateURL": url, "RoleARN": arn}
    for call in (
        lambda: cloudformation.create_stack(**given),
        lambda: cloudformation.create_change_set(**given, ChangeSetName="first", ChangeSetType="CREATE"),
        lambda: cloudformation.validate_template(TemplateURL=url),
        lambda: cloudformation.get_template_summary(TemplateURL=url),
    ):
        with pytest.raises(ClientError, match=r"\(ValidationError\).*S3 error: Access Denied"):
            call()
    user(STACKS, PASS, allow("s3:GetObject"), name="bob").create_stack(**given)
    assert status(vpce) == "CREATE_COMPLETE"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://s3.amazonaws.com/templates/gone.json", "S3 error: The specified key does not exist."),
        ("https://s3.amazonaws.com/no-such-bucket-here/app.json", "S3 error: The specified bucket does not exist"),
        ("https://s3.amazonaws.com/", "TemplateURL must be a supported URL."),
    ],
)
def test_a_template_that_is_not_there_is_said_so(vpce, url, why):
    vpce.client("s3").create_bucket(Bucket="templates")
    with pytest.raises(ClientError, match=why):
        vpce.client("cloudformation").create_stack(StackName="app", TemplateURL=url)


def test_a_change_set_is_executed_with_the_permissions_of_whoever_executes_it(vpce, user):
    cloudformation = user(STACKS)
    given = {"StackName": "app", "ChangeSetName": "first", "ChangeSetType": "CREATE"}
    cloudformation.create_change_set(TemplateBody=template(Queue=QUEUE), **given)
    cloudformation.execute_change_set(StackName="app", ChangeSetName="first")
    assert "sqs:createqueue" in failures(vpce)["Queue"].lower()


@pytest.mark.parametrize(
    ("condition", "made"),
    [
        ({"StringEquals": {"aws:CalledViaFirst": "cloudformation.amazonaws.com"}}, True),
        ({"StringEquals": {"aws:CalledViaLast": "cloudformation.amazonaws.com"}}, True),
        ({"ForAnyValue:StringEquals": {"aws:CalledVia": ["cloudformation.amazonaws.com"]}}, True),
        ({"ForAnyValue:StringEquals": {"aws:CalledVia": ["athena.amazonaws.com"]}}, False),
        ({"Bool": {"aws:ViaAWSService": "true"}}, True),
        ({"Bool": {"aws:ViaAWSService": "false"}}, False),
        ({"Null": {"aws:SourceVpce": "true"}}, True),
        ({"Null": {"aws:SourceIp": "true", "aws:VpcSourceIp": "true", "aws:SourceVpc": "true"}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, True),
        ({"StringEquals": {"aws:PrincipalType": "User"}}, True),
    ],
)
def test_the_calls_have_the_keys_of_a_service_on_the_callers_behalf(vpce, user, condition, made):
    cloudformation = user(STACKS, allow("sqs:CreateQueue", **condition), allow("sqs:DeleteQueue"))
    cloudformation.create_stack(StackName="app", TemplateBody=template(Queue=QUEUE))
    assert status(vpce) == ("CREATE_COMPLETE" if made else "ROLLBACK_COMPLETE")


def test_the_calls_do_not_come_through_the_endpoint_by_which_the_stack_was_asked_for(vpce, user):
    subnet = vpce.client("ec2").describe_subnets()["Subnets"][0]
    endpoint = vpce.client("ec2").create_vpc_endpoint(
        VpcId=subnet["VpcId"],
        VpcEndpointType="Interface",
        ServiceName="com.amazonaws.us-east-1.cloudformation",
        SubnetIds=[subnet["SubnetId"]],
        PrivateDnsEnabled=False,
        PolicyDocument=policy(allow("cloudformation:*") | {"Principal": "*"}),
    )["VpcEndpoint"]["VpcEndpointId"]
    through = allow("cloudformation:*", StringEquals={"aws:SourceVpce": endpoint})
    cloudformation = user(through, allow("sqs:*", Null={"aws:SourceVpce": "true"}), via=endpoint)
    cloudformation.create_stack(StackName="app", TemplateBody=template(Queue=QUEUE))
    assert (status(vpce), failures(vpce)) == ("CREATE_COMPLETE", {})


def test_what_a_resource_lacks_leave_for_half_way_takes_it_back(vpce, user):
    before = vpce.client("ec2").describe_vpcs()["Vpcs"]
    named = {**VPC, "Properties": {**VPC["Properties"], "EnableDnsHostnames": True}}
    cloudformation = user(STACKS, allow("ec2:*"), deny("ec2:ModifyVpcAttribute"))
    cloudformation.create_stack(StackName="app", TemplateBody=template(Vpc=named))
    assert "ec2:ModifyVpcAttribute" in failures(vpce)["Vpc"]
    assert vpce.client("ec2").describe_vpcs()["Vpcs"] == before


def test_who_may_use_queues_through_cloudformation_alone_may_not_otherwise(vpce, user):
    via = allow("sqs:CreateQueue", StringEquals={"aws:CalledViaFirst": "cloudformation.amazonaws.com"})
    sqs = user(STACKS, via, service="sqs")
    with pytest.raises(ClientError, match="sqs:createqueue"):
        sqs.create_queue(QueueName="other")


def test_a_service_role_has_the_say_in_place_of_the_caller_from_the_first_to_the_last(vpce, user):
    arn = role(vpce, allow("sqs:*"))
    cloudformation = user(STACKS, PASS)
    cloudformation.create_stack(StackName="app", TemplateBody=template(Queue=QUEUE), RoleARN=arn)
    assert status(vpce) == "CREATE_COMPLETE"
    changed = {**QUEUE, "Properties": {**QUEUE["Properties"], "VisibilityTimeout": 60}}
    cloudformation.update_stack(StackName="app", TemplateBody=template(Queue=changed))
    assert (status(vpce), failures(vpce)) == ("UPDATE_COMPLETE", {})
    cloudformation.delete_stack(StackName="app")
    assert "QueueUrls" not in vpce.client("sqs").list_queues()


def test_a_service_role_that_may_not_fails_the_stack_whatever_the_caller_may(vpce):
    arn = role(vpce, allow("s3:*"))
    vpce.client("cloudformation").create_stack(StackName="app", TemplateBody=template(Queue=QUEUE), RoleARN=arn)
    session = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/deploy/AWSCloudFormation is not authorized to perform"
    assert session in failures(vpce)["Queue"]


def test_a_change_sets_role_has_the_say_and_is_the_stacks_from_then_on(vpce, user):
    arn = role(vpce, allow("sqs:*"))
    cloudformation = user(STACKS, PASS)
    given = {"StackName": "app", "ChangeSetName": "first", "ChangeSetType": "CREATE", "RoleARN": arn}
    cloudformation.create_change_set(TemplateBody=template(Queue=QUEUE), **given)
    cloudformation.execute_change_set(StackName="app", ChangeSetName="first")
    assert (status(vpce), failures(vpce)) == ("CREATE_COMPLETE", {})
    cloudformation.delete_stack(StackName="app")
    assert "QueueUrls" not in vpce.client("sqs").list_queues()


@pytest.mark.parametrize(
    "trust",
    [
        {"trusts": "lambda.amazonaws.com"},
        {"StringEquals": {"aws:SourceAccount": "999999999999"}},
        {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/other/*"}},
    ],
)
def test_a_role_that_does_not_trust_cloudformation_is_refused_at_once(vpce, trust):
    arn = role(vpce, allow("*"), **trust)
    cloudformation = vpce.client("cloudformation")
    with pytest.raises(ClientError, match=rf"\(ValidationError\).*Role {arn} is invalid or cannot be assumed"):
        cloudformation.create_stack(StackName="app", TemplateBody=template(Queue=QUEUE), RoleARN=arn)
    with pytest.raises(ClientError, match="invalid or cannot be assumed"):
        cloudformation.create_stack(StackName="app", TemplateBody=template(Queue=QUEUE), RoleARN=f"{arn}-not")
    assert cloudformation.list_stacks()["StackSummaries"] == []


def test_a_role_may_trust_cloudformation_for_one_stack(vpce):
    stack = {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/app/*"}}
    arn = role(vpce, allow("sqs:*"), StringEquals={"aws:SourceAccount": ACCOUNT}, **stack)
    vpce.client("cloudformation").create_stack(StackName="app", TemplateBody=template(Queue=QUEUE), RoleARN=arn)
    assert status(vpce) == "CREATE_COMPLETE"


def test_an_endpoint_of_a_template_is_made_by_who_may_make_endpoints(vpce, user):
    ec2 = vpce.client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    endpoint = {
        "Type": "AWS::EC2::VPCEndpoint",
        "Properties": {"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.dynamodb"},
    }
    only_s3 = allow("ec2:CreateVpcEndpoint", StringLike={"ec2:VpceServiceName": "com.amazonaws.*.s3"})
    user(STACKS, only_s3).create_stack(StackName="app", TemplateBody=template(Endpoint=endpoint))
    assert "ec2:CreateVpcEndpoint" in failures(vpce)["Endpoint"]


def test_the_resource_policy_of_another_account_has_no_say_in_making_a_bucket_policy(vpce, user):
    vpce.client("s3").create_bucket(Bucket="reports")
    document = json.loads(policy(deny("s3:GetObject") | {"Principal": "*", "Resource": "arn:aws:s3:::reports/*"}))
    resource = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": "reports", "PolicyDocument": document}}
    user(STACKS).create_stack(StackName="app", TemplateBody=template(Policy=resource))
    assert "s3:PutBucketPolicy" in failures(vpce)["Policy"] or "Access Denied" in failures(vpce)["Policy"]
    user(STACKS, allow("s3:PutBucketPolicy"), name="bob").create_stack(
        StackName="second", TemplateBody=template(Policy=resource)
    )
    assert status(vpce, "second") == "CREATE_COMPLETE"


def delegated(boundary):
    """AWS's example of who may give out permissions, but none without a boundary.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
    """
    actions = ["CreateRole", "CreateUser", "PutRolePolicy", "PutUserPolicy", "AttachRolePolicy", "AttachUserPolicy"]
    actions += ["DeleteRolePolicy", "DeleteUserPolicy", "DetachRolePolicy", "DetachUserPolicy"]
    condition = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    return allow(*(f"iam:{action}" for action in actions), **condition)


@pytest.mark.parametrize("kind", ["Role", "User"])
@pytest.mark.parametrize("bounded", [True, False])
def test_who_may_give_permissions_within_a_boundary_alone_may_in_a_stack_and_out_of_it(vpce, user, kind, bounded):
    iam = vpce.client("iam")
    boundary = iam.create_policy(PolicyName="within", PolicyDocument=policy(allow("sqs:*")))["Policy"]["Arn"]
    stacks = user(STACKS, delegated(boundary))
    properties = {name: value for name, value in ROLE["Properties"].items() if kind == "Role" or name == "Policies"}
    properties = {key: value for key, value in properties.items() if key != "RoleName"} | {f"{kind}Name": "worker"}
    properties |= {"PermissionsBoundary": boundary} if bounded else {}
    made = {"Type": f"AWS::IAM::{kind}", "Properties": properties}
    stacks.create_stack(StackName="app", TemplateBody=template(Made=made), Capabilities=["CAPABILITY_NAMED_IAM"])
    assert status(vpce) == ("CREATE_COMPLETE" if bounded else "ROLLBACK_COMPLETE")


@pytest.mark.parametrize("kind", ["role", "user"])
def test_what_is_done_to_a_role_or_user_knows_its_boundary(vpce, user, kind):
    admin = vpce.client("iam")
    boundary = admin.create_policy(PolicyName="within", PolicyDocument=policy(allow("sqs:*")))["Policy"]["Arn"]
    iam = user(delegated(boundary), service="iam")
    name = f"{kind.capitalize()}Name"
    trust = json.dumps(ROLE["Properties"]["AssumeRolePolicyDocument"])
    further = {"AssumeRolePolicyDocument": trust} if kind == "role" else {}
    make = getattr(iam, f"create_{kind}")
    make(PermissionsBoundary=boundary, **{name: "bounded"}, **further)
    getattr(admin, f"create_{kind}")(**{name: "free"}, **further)
    put, attach = getattr(iam, f"put_{kind}_policy"), getattr(iam, f"attach_{kind}_policy")
    document = policy(allow("sqs:*"))
    put(PolicyName="own", PolicyDocument=document, **{name: "bounded"})
    attach(PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess", **{name: "bounded"})
    for call, given in ((put, {"PolicyName": "own", "PolicyDocument": document}), (attach, {"PolicyArn": boundary})):
        with vpce.denied(by="identity"):
            call(**given, **{name: "free"})


MUST_TAG = [allow("*"), deny("ec2:Create*", "sqs:CreateQueue", Null={"aws:RequestTag/team": "true"})]
GATEWAY = {"Type": "AWS::EC2::InternetGateway"}
WITH_TAGS = {"Tags": [{"Key": "team", "Value": "blue"}]}


@pytest.mark.parametrize(
    ("of_stack", "resource", "made"),
    [
        ({}, {**GATEWAY, "Properties": WITH_TAGS}, True),
        ({}, GATEWAY, False),
        (WITH_TAGS, GATEWAY, True),
        (WITH_TAGS, QUEUE, True),
        (WITH_TAGS, VPC, True),
        ({}, VPC, False),
        (WITH_TAGS, {**QUEUE, "Properties": {"Tags": [{"Key": "team", "Value": "red"}]}}, True),
    ],
)
def test_tags_of_a_resource_and_of_its_stack_are_in_the_call_that_makes_it(vpce, user, of_stack, resource, made):
    user(*MUST_TAG).create_stack(StackName="app", TemplateBody=template(One=resource), **of_stack)
    assert status(vpce) == ("CREATE_COMPLETE" if made else "ROLLBACK_COMPLETE")


def test_a_resource_has_the_tags_of_its_stack(vpce):
    stacks, sqs, ec2 = vpce.client("cloudformation"), vpce.client("sqs"), vpce.client("ec2")
    given = [{"Key": "team", "Value": "blue"}, {"Key": "env", "Value": "dev"}]
    body = template(Queue=TAGGED_QUEUE, Vpc=VPC)
    stacks.create_stack(StackName="app", TemplateBody=body, Tags=[{"Key": "team", "Value": "red"}, given[1]])
    url = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "blue", "env": "dev"}
    resource = stacks.describe_stack_resource(StackName="app", LogicalResourceId="Vpc")["StackResourceDetail"]
    tags = ec2.describe_vpcs(VpcIds=[resource["PhysicalResourceId"]])["Vpcs"][0]["Tags"]
    told = {tag["Key"]: tag["Value"] for tag in tags}
    assert (told["team"], told["env"], told["aws:cloudformation:logical-id"]) == ("red", "dev", "Vpc")


def test_a_tag_of_the_template_takes_leave_to_tag(vpce, user):
    tagged = {**GATEWAY, "Properties": WITH_TAGS}
    stacks = user(STACKS, allow("ec2:CreateInternetGateway"))
    stacks.create_stack(StackName="app", TemplateBody=template(Gateway=tagged))
    assert "ec2:createtags" in failures(vpce)["Gateway"].lower()


def test_a_new_version_of_a_launch_template_takes_leave_for_it(vpce, user):
    def launching(kind):
        data = {"LaunchTemplateName": "web", "LaunchTemplateData": {"InstanceType": kind}}
        return template(Web={"Type": "AWS::EC2::LaunchTemplate", "Properties": data})

    vpce.client("cloudformation").create_stack(StackName="app", TemplateBody=launching("t3.micro"))
    user(STACKS).update_stack(StackName="app", TemplateBody=launching("m5.24xlarge"))
    assert status(vpce) == "UPDATE_ROLLBACK_COMPLETE"
    versions = vpce.client("ec2").describe_launch_template_versions(LaunchTemplateName="web")["LaunchTemplateVersions"]
    assert {each["LaunchTemplateData"]["InstanceType"] for each in versions} == {"t3.micro"}


READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.mark.parametrize("kind", ["role", "user"])
def test_a_role_or_user_of_a_stack_is_all_that_the_template_says_and_follows_it(vpce, kind):
    iam, stacks = vpce.client("iam"), vpce.client("cloudformation")
    name = f"{kind.capitalize()}Name"
    boundary = iam.create_policy(PolicyName="within", PolicyDocument=policy(allow("sqs:*")))["Policy"]["Arn"]

    def deploy(operation, **properties):
        trust = {"AssumeRolePolicyDocument": ROLE["Properties"]["AssumeRolePolicyDocument"]} if kind == "role" else {}
        made = {"Type": f"AWS::IAM::{kind.capitalize()}", "Properties": {name: "worker", **trust, **properties}}
        getattr(stacks, operation)(
            StackName="app", TemplateBody=template(Made=made), Capabilities=["CAPABILITY_NAMED_IAM"]
        )
        held = getattr(iam, f"get_{kind}")(**{name: "worker"})[kind.capitalize()]
        attached = getattr(iam, f"list_attached_{kind}_policies")(**{name: "worker"})["AttachedPolicies"]
        inline = getattr(iam, f"list_{kind}_policies")(**{name: "worker"})["PolicyNames"]
        told = held.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return status(vpce), [each["PolicyArn"] for each in attached], inline, told

    inline = ROLE["Properties"]["Policies"]
    made = deploy("create_stack", ManagedPolicyArns=[READ_ONLY], Policies=inline, PermissionsBoundary=boundary)
    assert made == ("CREATE_COMPLETE", [READ_ONLY], ["inline"], boundary)
    changed = deploy("update_stack", ManagedPolicyArns=[boundary], Tags=[{"Key": "team", "Value": "blue"}])
    assert changed == ("UPDATE_COMPLETE", [boundary], [], None)
    assert getattr(iam, f"list_{kind}_tags")(**{name: "worker"})["Tags"] == [{"Key": "team", "Value": "blue"}]
    stacks.delete_stack(StackName="app")
    with pytest.raises(ClientError, match="NoSuchEntity"):
        getattr(iam, f"get_{kind}")(**{name: "worker"})


FROM_PARAMETER_STORE = json.dumps(
    {
        "Parameters": {"Name": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/names/queue"}},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Name"}}}},
    }
)


def test_a_value_in_parameter_store_is_read_by_who_may_read_it(vpce, user):
    vpce.client("ssm").put_parameter(Name="/names/queue", Value="secretive", Type="String")
    blind = user(STACKS, allow("sqs:*"), name="blind")
    with pytest.raises(
        ClientError, match=r"blind is not authorized to perform: ssm:GetParameters on resource: .*queue"
    ):
        blind.create_stack(StackName="app", TemplateBody=FROM_PARAMETER_STORE)
    assert "QueueUrls" not in vpce.client("sqs").list_queues()
    seeing = user(STACKS, allow("sqs:*", "ssm:GetParameters"), name="seeing")
    seeing.create_stack(StackName="other", TemplateBody=FROM_PARAMETER_STORE)
    assert vpce.client("sqs").list_queues()["QueueUrls"][0].endswith("/secretive")


def test_a_default_in_parameter_store_that_is_not_used_is_not_read(vpce, user):
    ssm = vpce.client("ssm")
    ssm.put_parameter(Name="/names/queue", Value="secretive", Type="String")
    ssm.put_parameter(Name="/names/open", Value="plain", Type="String")
    hidden = {**deny("ssm:GetParameters"), "Resource": f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/names/queue"}
    given = [{"ParameterKey": "Name", "ParameterValue": "/names/open"}]
    cloudformation = user(STACKS, allow("sqs:*", "ssm:GetParameters"), hidden)
    cloudformation.create_stack(StackName="app", TemplateBody=FROM_PARAMETER_STORE, Parameters=given)
    assert status(vpce) == "CREATE_COMPLETE"


def test_a_change_of_a_launch_template_needs_leave_for_its_new_version(vpce, user):
    def launch_template(kind):
        data = {"LaunchTemplateData": {"InstanceType": kind}, "LaunchTemplateName": "web"}
        return template(Launch={"Type": "AWS::EC2::LaunchTemplate", "Properties": data})

    vpce.client("cloudformation").create_stack(StackName="app", TemplateBody=launch_template("t3.micro"))
    user(STACKS).update_stack(StackName="app", TemplateBody=launch_template("m5.large"))
    assert status(vpce) == "UPDATE_ROLLBACK_COMPLETE"
    assert "ec2:CreateLaunchTemplateVersion" in failures(vpce)["Launch"]
    versions = vpce.client("ec2").describe_launch_template_versions(LaunchTemplateName="web")["LaunchTemplateVersions"]
    assert {each["LaunchTemplateData"]["InstanceType"] for each in versions} == {"t3.micro"}
