"""Users and roles that are deleted, made again or renamed, and the policies that name them."""

import json

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
NOB = f"arn:aws:iam::{ACCOUNT}:user/nob"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:inbox"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal, action, resource=None):
    made = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action}
    return made | ({"Resource": resource} if resource else {})


@pytest.fixture
def user(vpce):
    """A function that makes a user, and returns its unique id and the keys with which clients act as it."""

    def make(name="nob", **further):
        iam = vpce.client("iam")
        made = iam.create_user(UserName=name, **further)["User"]["UserId"]
        key = iam.create_access_key(UserName=name)["AccessKey"]
        keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        return made, keys

    return make


def delete(vpce, name="nob"):
    iam = vpce.client("iam")
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName=name)


def test_a_trust_policy_means_the_user_that_it_was_written_for(vpce, user):
    first, keys = user()
    iam = vpce.client("iam")
    trust = policy(allow([NOB, ACCOUNT], "sts:AssumeRole"), allow(NOB, "sts:TagSession"))
    role = iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.update_assume_role_policy(RoleName="app", PolicyDocument=policy(allow(NOB, "sts:AssumeRole")))
    vpce.client("sts", **keys).assume_role(RoleArn=role, RoleSessionName="nob")
    delete(vpce)
    second, keys = user()
    assert second != first
    with vpce.denied(by="identity"):
        vpce.client("sts", **keys).assume_role(RoleArn=role, RoleSessionName="nob")
    told = iam.get_role(RoleName="app")["Role"]["AssumeRolePolicyDocument"]
    assert told["Statement"][0]["Principal"] == {"AWS": first}


def test_a_bucket_policy_and_a_queue_policy_mean_the_user_that_they_were_written_for(vpce, user):
    first, keys = user()
    s3, sqs = vpce.client("s3"), vpce.client("sqs")
    s3.create_bucket(Bucket="data")
    s3.put_bucket_policy(Bucket="data", Policy=policy(allow(NOB, "s3:ListBucket", "arn:aws:s3:::data")))
    made = {"Policy": policy(allow([NOB], "sqs:SendMessage", QUEUE))}
    url = sqs.create_queue(QueueName="inbox", Attributes=made)["QueueUrl"]
    vpce.client("s3", **keys).list_objects_v2(Bucket="data")
    vpce.client("sqs", **keys).send_message(QueueUrl=url, MessageBody="x")
    delete(vpce)
    _, keys = user()
    with vpce.denied():
        vpce.client("s3", **keys).list_objects_v2(Bucket="data")
    with vpce.denied():
        vpce.client("sqs", **keys).send_message(QueueUrl=url, MessageBody="x")
    told = json.loads(s3.get_bucket_policy(Bucket="data")["Policy"])
    assert told["Statement"][0]["Principal"] == {"AWS": first}
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    assert json.loads(told)["Statement"][0]["Principal"] == {"AWS": [first]}


def test_a_policy_that_names_a_role_no_longer_means_it_when_it_is_made_again(vpce):
    iam, kms = vpce.client("iam"), vpce.client("kms")
    trust = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
    role = iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust)["Role"]
    root = allow(ACCOUNT, "kms:*", "*")
    key = kms.create_key(Policy=policy(root, allow(role["Arn"], "kms:Decrypt", "*")))["KeyMetadata"]["KeyId"]
    iam.delete_role(RoleName="app")
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust)
    told = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    assert told["Statement"][1]["Principal"] == {"AWS": role["RoleId"]}


def test_a_renamed_user_stays_who_it_is(vpce, user):
    _, keys = user()
    sqs = vpce.client("sqs")
    made = {"Policy": policy(allow(NOB, "sqs:SendMessage", QUEUE))}
    url = sqs.create_queue(QueueName="inbox", Attributes=made)["QueueUrl"]
    vpce.client("iam").update_user(UserName="nob", NewUserName="bob")
    vpce.client("sqs", **keys).send_message(QueueUrl=url, MessageBody="x")
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    assert json.loads(told)["Statement"][0]["Principal"] == {"AWS": NOB.replace("nob", "bob")}


def test_text_that_only_looks_like_the_principal_stays(vpce, user):
    user()
    sqs = vpce.client("sqs")
    tagged = {"StringEquals": {"aws:PrincipalArn": NOB}}
    made = {"Policy": policy(allow("*", "sqs:SendMessage", QUEUE) | {"Condition": tagged})}
    url = sqs.create_queue(QueueName="inbox", Attributes=made)["QueueUrl"]
    delete(vpce)
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    assert json.loads(told)["Statement"][0]["Condition"] == tagged


LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."


def test_a_key_policy_that_locks_its_author_out_is_refused_unless_that_is_wanted(vpce):
    kms = vpce.client("kms")
    shut = policy(allow(f"arn:aws:iam::{ACCOUNT}:root", "kms:Decrypt", "*"))
    for call, parameters in (
        (kms.create_key, {}),
        (kms.put_key_policy, {"KeyId": kms.create_key()["KeyMetadata"]["KeyId"], "PolicyName": "default"}),
    ):
        with pytest.raises(ClientError) as refused:
            call(**parameters, Policy=shut)
        error = refused.value.response["Error"]
        assert (error["Code"], error["Message"]) == ("MalformedPolicyDocumentException", LOCKED_OUT)
        call(**parameters, Policy=shut, BypassPolicyLockoutSafetyCheck=True)


def test_the_root_user_may_not_assume_roles_but_a_key_that_nobody_made_may(vpce):
    iam, sts = vpce.client("iam"), vpce.client("sts")
    role = iam.create_role(RoleName="app", AssumeRolePolicyDocument=policy(allow(ACCOUNT, "sts:AssumeRole")))["Role"]
    sts.assume_role(RoleArn=role["Arn"], RoleSessionName="session")
    made = sts.get_session_token()["Credentials"]
    keys = {
        "aws_access_key_id": made["AccessKeyId"],
        "aws_secret_access_key": made["SecretAccessKey"],
        "aws_session_token": made["SessionToken"],
    }
    with pytest.raises(ClientError) as refused:
        vpce.client("sts", **keys).assume_role(RoleArn=role["Arn"], RoleSessionName="session")
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("AccessDenied", "Roles may not be assumed by root accounts.")


def test_not_principal_spares_a_user_and_not_the_account_that_is_listed_for_its_sake(vpce, user):
    _, keys = user()
    _, of_other = user("other")
    s3 = vpce.client("s3")
    s3.create_bucket(Bucket="own")
    s3.put_object(Bucket="own", Key="k", Body=b"x")
    of_objects = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::own/*"}
    account = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    spared = {"AWS": [NOB, f"arn:aws:iam::{ACCOUNT}:root"]}
    written = policy(
        {"Effect": "Allow", "Principal": "*", **of_objects, "Condition": account},
        {"Effect": "Deny", "NotPrincipal": spared, **of_objects},
    )
    s3.put_bucket_policy(Bucket="own", Policy=written)
    vpce.client("s3", **keys).get_object(Bucket="own", Key="k")
    s3.get_object(Bucket="own", Key="k")
    with vpce.denied(by="resource"):
        vpce.client("s3", **of_other).get_object(Bucket="own", Key="k")
    delete(vpce)
    _, keys = user()
    with vpce.denied(by="resource"):
        vpce.client("s3", **keys).get_object(Bucket="own", Key="k")


@pytest.mark.parametrize("element", ["Principal", "NotPrincipal"])
def test_the_canonical_user_of_an_account_is_the_account(vpce, element):
    other = {"aws_access_key_id": "999988887777", "aws_secret_access_key": "x"}
    canonical = vpce.client("s3", **other).list_buckets()["Owner"]["ID"]
    s3 = vpce.client("s3")
    s3.create_bucket(Bucket="shared")
    resources = ["arn:aws:s3:::shared", "arn:aws:s3:::shared/*"]
    everybody = {"Effect": "Allow", "Principal": {"AWS": [ACCOUNT, "999988887777"]}, "Action": "s3:*"}
    statements = {
        "Principal": [{"Effect": "Allow", "Action": "s3:ListBucket", "Principal": {"CanonicalUser": canonical}}],
        "NotPrincipal": [
            {"Effect": "Deny", "Action": "s3:ListBucket", "NotPrincipal": {"CanonicalUser": [canonical]}},
            everybody,
        ],
    }[element]
    s3.put_bucket_policy(Bucket="shared", Policy=policy(*(each | {"Resource": resources} for each in statements)))
    vpce.client("s3", **other).list_objects_v2(Bucket="shared")
    third = {"aws_access_key_id": "111122223333", "aws_secret_access_key": "x"}
    with vpce.denied(by="resource"):
        vpce.client("s3", **third).list_objects_v2(Bucket="shared")
    told = json.loads(s3.get_bucket_policy(Bucket="shared")["Policy"])["Statement"][0]
    assert "CanonicalUser" in told[element]


def test_a_federated_user_without_a_session_policy_reads_that_none_allows(vpce, user):
    _, keys = user()
    everything = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    vpce.client("iam").put_user_policy(UserName="nob", PolicyName="all", PolicyDocument=everything)
    made = vpce.client("sts", **keys).get_federation_token(Name="bob")["Credentials"]
    bob = {
        "aws_access_key_id": made["AccessKeyId"],
        "aws_secret_access_key": made["SecretAccessKey"],
        "aws_session_token": made["SessionToken"],
    }
    with pytest.raises(ClientError) as refused:
        vpce.client("sqs", **bob).list_queues()
    assert "because no session policy allows the sqs:listqueues action" in str(refused.value)


def test_a_policy_may_name_a_user_by_its_unique_id_as_long_as_it_exists(vpce, user):
    made, keys = user()
    s3 = vpce.client("s3")
    s3.create_bucket(Bucket="data")
    named = {"Bucket": "data", "Policy": policy(allow(made, "s3:ListBucket", "arn:aws:s3:::data"))}
    s3.put_bucket_policy(**named)
    vpce.client("s3", **keys).list_objects_v2(Bucket="data")
    delete(vpce)
    user("other")
    with pytest.raises(ClientError) as refused:
        s3.put_bucket_policy(**named)
    assert refused.value.response["Error"]["Code"] == "MalformedPolicy"


def test_a_policy_that_names_a_user_of_a_deleted_stack_means_nobody_and_decides_about_the_rest(vpce):
    stacks, sqs = vpce.client("cloudformation"), vpce.client("sqs")
    template = {"Resources": {"User": {"Type": "AWS::IAM::User", "Properties": {"UserName": "nob"}}}}
    stacks.create_stack(StackName="app", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"])
    made = vpce.client("iam").get_user(UserName="nob")["User"]["UserId"]
    statements = [allow(NOB, "sqs:SendMessage", QUEUE), allow(ACCOUNT, "sqs:*", QUEUE)]
    url = sqs.create_queue(QueueName="inbox", Attributes={"Policy": policy(*statements)})["QueueUrl"]
    stacks.delete_stack(StackName="app")
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    assert made.startswith("AIDA")
    assert json.loads(told)["Statement"][0]["Principal"] == {"AWS": made}
