"""IAM takes no policy that it could not understand, and none that names who does not exist."""

import json

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trusting(principal, **more):
    return policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"} | more)


def refusal(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    answer = refused.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("not JSON", "Syntax errors in policy."),
        (policy(), "Syntax errors in policy."),
        (trusting({"AWS": ACCOUNT}, Resource="*"), "Has prohibited field Resource"),
        (trusting({"AWS": ACCOUNT}, Action="s3:*"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (
            trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:user/nobody"}),
            f'Invalid principal in policy: "AWS":"arn:aws:iam::{ACCOUNT}:user/nobody"',
        ),
    ],
)
def test_a_malformed_trust_policy_is_refused(vpce, document, message):
    iam = vpce.client("iam")
    iam.create_user(UserName="somebody")
    expected = (400, "MalformedPolicyDocument", message)
    assert refusal(iam.create_role, RoleName="app", AssumeRolePolicyDocument=document) == expected
    somebody = trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:user/somebody"})
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=somebody)
    assert refusal(iam.update_assume_role_policy, RoleName="app", PolicyDocument=document) == expected


def test_who_is_in_accounts_that_nobody_uses_here_is_not_known(vpce):
    trust = trusting({"AWS": "arn:aws:iam::999988887777:role/elsewhere"})
    vpce.client("iam").create_role(RoleName="app", AssumeRolePolicyDocument=trust)


@pytest.mark.parametrize("where", ["user", "group", "role", "policy"])
def test_a_malformed_policy_is_refused_wherever_it_is_put(vpce, where):
    iam = vpce.client("iam")
    iam.create_user(UserName="one")
    iam.create_group(GroupName="one")
    iam.create_role(RoleName="one", AssumeRolePolicyDocument=trusting({"AWS": ACCOUNT}))

    def put(document):
        if where == "policy":
            iam.create_policy(PolicyName="one", PolicyDocument=document)
        else:
            whom = {f"{where.capitalize()}Name": "one"}
            getattr(iam, f"put_{where}_policy")(**whom, PolicyName="inline", PolicyDocument=document)

    status, code, _ = refusal(lambda: put(policy(ANYTHING | {"Principal": "*"})))
    assert (status, code) == (400, "MalformedPolicyDocument")
    status, code, _ = refusal(lambda: put(policy(ANYTHING | {"Resource": ["arn:aws:s3:::" + "a" * 12_000]})))
    assert (status, code) == (409, "LimitExceeded")
    put(policy(ANYTHING))


def keys(vpce, name, *statements, path="/"):
    """Make a user, and return the arguments with which boto3 acts as it."""
    iam = vpce.client("iam")
    iam.create_user(UserName=name, Path=path)
    iam.put_user_policy(UserName=name, PolicyName="inline", PolicyDocument=policy(*statements))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


@pytest.mark.parametrize(
    ("action", "call"),
    [
        ("iam:CreateUser", lambda iam: iam.create_user(UserName="new")),
        ("iam:GetUser", lambda iam: iam.get_user(UserName="admin")),
        ("iam:ListRoles", lambda iam: iam.list_roles()),
    ],
)
def test_calls_to_iam_need_leave(vpce, action, call):
    iam = vpce.client("iam", **keys(vpce, "admin", {"Effect": "Allow", "NotAction": action, "Resource": "*"}))
    status, code, message = refusal(lambda: call(iam))
    assert (status, code) == (403, "AccessDenied")
    assert f"is not authorized to perform: {action} on resource:" in message


def test_a_user_or_role_at_a_path_is_known_by_its_whole_arn(vpce):
    iam = vpce.client("iam")
    iam.create_user(UserName="dev", Path="/team/blue/")
    iam.create_role(RoleName="app", Path="/team/blue/", AssumeRolePolicyDocument=trusting({"AWS": ACCOUNT}))
    iam.create_user(UserName="ops", Path="/team/red/")
    blue = [f"arn:aws:iam::{ACCOUNT}:{kind}/team/blue/*" for kind in ("user", "role")]
    of_blue = {"Effect": "Allow", "Action": "iam:*", "Resource": blue}
    lead = vpce.client("iam", **keys(vpce, "lead", of_blue))
    lead.get_user(UserName="dev")
    lead.get_role(RoleName="app")
    message = refusal(lead.get_user, UserName="ops")[2]
    assert f"on resource: arn:aws:iam::{ACCOUNT}:user/team/red/ops" in message


def test_a_role_is_passed_only_by_who_may_pass_it_to_that_service(vpce):
    role = vpce.client("iam").create_role(
        RoleName="runner", Path="/app/", AssumeRolePolicyDocument=trusting({"Service": "states.amazonaws.com"})
    )["Role"]["Arn"]
    passing = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role}
    to_others = passing | {"Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}
    to_it = passing | {"Condition": {"StringEquals": {"iam:PassedToService": "states.amazonaws.com"}}}
    creating = {"Effect": "Allow", "Action": "states:*", "Resource": "*"}
    definition = json.dumps({"StartAt": "a", "States": {"a": {"Type": "Pass", "End": True}}})

    def create(name, *statements):
        states = vpce.client("stepfunctions", **keys(vpce, name, creating, *statements))
        states.create_state_machine(name=name, definition=definition, roleArn=role)

    for name, statements in (("none", ()), ("others", (to_others,))):
        _, code, message = refusal(lambda name=name, statements=statements: create(name, *statements))
        assert code == "AccessDeniedException"
        assert f"is not authorized to perform: iam:PassRole on resource: {role} because" in message
    create("own", to_it)


def test_conditions_on_tags_decide_what_may_be_made(vpce):
    tagged = {"StringEquals": {"aws:RequestTag/team": "blue"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    sqs = vpce.client(
        "sqs", **keys(vpce, "maker", {"Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Condition": tagged})
    )
    sqs.create_queue(QueueName="one", tags={"team": "blue"})
    for tags in ({}, {"team": "red"}, {"team": "blue", "more": "1"}):
        with vpce.denied(by="identity"):
            sqs.create_queue(QueueName="two", tags=tags)


def test_the_tags_of_a_resource_decide_where_a_policy_asks_for_them(vpce):
    own = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": own}
    who = keys(vpce, "maker", everything)
    vpce.client("iam").tag_user(UserName="maker", Tags=[{"Key": "team", "Value": "blue"}])
    made = {}
    for team in ("blue", "red"):
        tags = {"team": team}
        pairs = [{"Key": "team", "Value": team}]
        queue = vpce.client("sqs").create_queue(QueueName=team, tags=tags)["QueueUrl"]
        topic = vpce.client("sns").create_topic(Name=team, Tags=pairs)["TopicArn"]
        secret = vpce.client("secretsmanager").create_secret(Name=team, SecretString="s", Tags=pairs)["ARN"]
        key = vpce.client("kms").create_key(Tags=[{"TagKey": "team", "TagValue": team}])["KeyMetadata"]["KeyId"]
        vpce.client("iam").create_role(RoleName=team, AssumeRolePolicyDocument=trusting({"AWS": ACCOUNT}), Tags=pairs)
        made[team] = (
            lambda queue=queue: vpce.client("sqs", **who).receive_message(QueueUrl=queue),
            lambda topic=topic: vpce.client("sns", **who).publish(TopicArn=topic, Message="m"),
            lambda secret=secret: vpce.client("secretsmanager", **who).get_secret_value(SecretId=secret),
            lambda key=key: vpce.client("kms", **who).describe_key(KeyId=key),
            lambda team=team: vpce.client("iam", **who).get_role(RoleName=team),
        )
    for call in made["blue"]:
        call()
    for call in made["red"]:
        with vpce.denied(by="identity"):
            call()


def test_who_may_look_after_their_own_credentials_may_ask_about_them(vpce):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html."""
    own = {"Effect": "Allow", "Action": "iam:*", "Resource": "arn:aws:iam::*:user/${aws:username}"}
    bob = keys(vpce, "bob", own)
    ada = keys(vpce, "ada", own)
    iam = vpce.client("iam", **ada)
    assert iam.get_access_key_last_used(AccessKeyId=ada["aws_access_key_id"])["UserName"] == "ada"
    assert iam.list_mfa_devices()["MFADevices"] == []
    assert iam.list_mfa_devices(UserName="ada")["MFADevices"] == []
    with vpce.denied(by="identity"):
        iam.get_access_key_last_used(AccessKeyId=bob["aws_access_key_id"])
    with vpce.denied(by="identity"):
        iam.list_mfa_devices(UserName="bob")


def test_a_service_linked_role_is_made_by_who_may_for_that_service(vpce):
    made = {
        "Effect": "Allow",
        "Action": "iam:CreateServiceLinkedRole",
        "Resource": "arn:aws:iam::*:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling*",
        "Condition": {"StringLike": {"iam:AWSServiceName": "autoscaling.amazonaws.com"}},
    }
    iam = vpce.client("iam", **keys(vpce, "ada", made))
    iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    with vpce.denied(by="identity"):
        iam.create_service_linked_role(AWSServiceName="elasticbeanstalk.amazonaws.com")


@pytest.mark.parametrize(
    ("pattern", "is_made"),
    [
        ({"source": ["aws.ec2"]}, True),
        ({"source": ["aws.s3"]}, False),
        ({"source": [{"prefix": ""}]}, False),
        ({"detail-type": ["anything"]}, False),
    ],
)
def test_a_rule_is_made_for_the_events_that_may_be_seen(vpce, pattern, is_made):
    seen = {"StringEquals": {"events:source": "aws.ec2"}}
    may = {"Effect": "Allow", "Action": "events:PutRule", "Resource": "*", "Condition": seen}
    events = vpce.client("events", **keys(vpce, "ada", may))
    put = {"Name": "seen", "EventPattern": json.dumps(pattern)}
    if is_made:
        events.put_rule(**put)
        return
    with vpce.denied(by="identity"):
        events.put_rule(**put)


def test_the_types_that_a_stack_may_have_decide(vpce):
    types = {"ForAnyValue:StringLike": {"cloudformation:ResourceTypes": "AWS::IAM::*"}}
    anything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    no_iam = {"Effect": "Deny", "Action": "cloudformation:CreateStack", "Resource": "*", "Condition": types}
    stacks = vpce.client("cloudformation", **keys(vpce, "ada", anything, no_iam))
    body = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
    stacks.create_stack(StackName="queues", TemplateBody=body, ResourceTypes=["AWS::SQS::*"])
    with vpce.denied(by="identity"):
        stacks.create_stack(StackName="roles", TemplateBody=body, ResourceTypes=["AWS::SQS::*", "AWS::IAM::*"])
