"""A data perimeter, walked with boto3 through the doors: M4, M10, M16 to M21."""

import json

import pytest
from botocore.exceptions import ClientError

ROOT = "arn:aws:iam::123456789012:root"
BUCKET = "my-secure-bucket"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def deny_unless(key, value, action="s3:GetObject"):
    return policy(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": action,
            "Resource": f"arn:aws:s3:::{BUCKET}/*",
            "Condition": {"StringNotEquals": {key: value}},
        }
    )


def refusal(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response


@pytest.fixture
def bucket(vpce):
    s3 = vpce.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="report.csv", Body=b"a,b\n")
    return {"Bucket": BUCKET, "Key": "report.csv"}


@pytest.mark.parametrize("key", ["aws:sourceVpce", "aws:SourceVpce", "AWS:SOURCEVPCE"])
def test_m18_a_bucket_policy_denies_unless_the_call_comes_through_the_endpoint(vpce, bucket, key):
    vpce.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=deny_unless(key, vpce.endpoint("s3").id))
    assert vpce.client("s3", at="private-a").get_object(**bucket)["Body"].read() == b"a,b\n"
    assert vpce.client("s3", via="s3").get_object(**bucket)["Body"].read() == b"a,b\n"
    for elsewhere in (vpce.client("s3"), vpce.client("s3", via="s3-interface")):
        answer = refusal(elsewhere.get_object, **bucket)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 403
        assert answer["Error"]["Code"] == "AccessDenied"
        assert answer["Error"]["Message"] == (
            f"User: {ROOT} is not authorized to perform: s3:GetObject on resource: "
            f'"arn:aws:s3:::{BUCKET}/report.csv" with an explicit deny in a resource-based policy'
        )


def test_m19_a_bucket_policy_on_the_vpc_lets_every_endpoint_of_it_through(vpce, bucket):
    vpc_id = vpce.endpoint("s3").vpc_id
    vpce.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=deny_unless("aws:SourceVpc", vpc_id))
    for inside in (vpce.client("s3", at="private-b"), vpce.client("s3", via="s3-interface")):
        assert inside.get_object(**bucket)["Body"].read() == b"a,b\n"
    with vpce.denied(by="resource"):
        vpce.client("s3").get_object(**bucket)


def test_m16_the_default_endpoint_policy_allows_everything(vpce, bucket):
    s3 = vpce.client("s3", at="private-a")
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1
    s3.delete_object(**bucket)
    s3.delete_bucket(Bucket=BUCKET)


def test_m17_a_custom_endpoint_policy_limits_actions_and_resources_of_s3(vpce, bucket):
    document = policy(
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        }
    )
    vpce.client("ec2").modify_vpc_endpoint(VpcEndpointId=vpce.endpoint("s3").id, PolicyDocument=document)
    s3 = vpce.client("s3", at="private-a")
    s3.put_object(**bucket, Body=b"c,d\n")
    assert s3.get_object(**bucket)["Body"].read() == b"c,d\n"
    assert refusal(s3.delete_object, **bucket)["Error"]["Message"] == (
        f'User: {ROOT} is not authorized to perform: s3:DeleteObject on resource: "arn:aws:s3:::{BUCKET}/report.csv" '
        "because no VPC endpoint policy allows the s3:DeleteObject action"
    )
    # What the endpoint forbids, other ways still allow.
    vpce.client("s3").delete_object(**bucket)


def test_m17_a_custom_endpoint_policy_limits_actions_and_tables_of_dynamodb(vpce):
    actions = ["Batch*", "Delete*", "DescribeTable", "GetItem", "PutItem", "Update*"]
    document = policy(
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": [f"dynamodb:{action}" for action in actions],
            "Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/StockTable",
        }
    )
    for table in ("StockTable", "OtherTable"):
        vpce.client("dynamodb").create_table(
            TableName=table,
            KeySchema=[{"AttributeName": "Ticker", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "Ticker", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    vpce.client("ec2").modify_vpc_endpoint(VpcEndpointId=vpce.endpoint("dynamodb").id, PolicyDocument=document)
    dynamodb = vpce.client("dynamodb", at="private-a")
    item = {"Ticker": {"S": "AMZN"}}
    dynamodb.put_item(TableName="StockTable", Item=item)
    assert dynamodb.get_item(TableName="StockTable", Key=item)["Item"] == item
    answer = refusal(dynamodb.scan, TableName="StockTable")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert answer["Error"] == {
        "Code": "AccessDeniedException",
        "Message": f"User: {ROOT} is not authorized to perform: dynamodb:Scan on resource: "
        "arn:aws:dynamodb:us-east-1:123456789012:table/StockTable because no VPC endpoint policy allows the "
        "dynamodb:Scan action",
    }
    with vpce.denied(by="vpc_endpoint"):
        dynamodb.get_item(TableName="OtherTable", Key=item)
    assert vpce.client("dynamodb").scan(TableName="StockTable")["Count"] == 1


def test_m20_each_layer_denies_by_itself_and_the_denial_says_which(vpce, bucket):
    iam = vpce.client("iam")
    iam.create_user(UserName="alice")
    read = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}
    iam.put_user_policy(UserName="alice", PolicyName="read", PolicyDocument=policy(read))
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    alice = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    objects = {"Effect": "Allow", "Principal": "*", "Action": "s3:*Object", "Resource": "*"}
    vpce.client("ec2").modify_vpc_endpoint(VpcEndpointId=vpce.endpoint("s3").id, PolicyDocument=policy(objects))
    vpce.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=deny_unless("aws:SourceVpce", vpce.endpoint("s3").id))

    inside, outside = vpce.client("s3", at="private-a", **alice), vpce.client("s3", **alice)
    assert inside.get_object(**bucket)["Body"].read() == b"a,b\n"
    with vpce.denied(by="identity") as denials:
        inside.put_object(**bucket, Body=b"")
    assert denials[0].by == ("identity",)
    with vpce.denied(by="vpc_endpoint") as denials:
        inside.list_objects_v2(Bucket=BUCKET)
    assert denials[0].by == ("vpc_endpoint",)
    with vpce.denied(by="resource") as denials:
        outside.get_object(**bucket)
    assert denials[0].by == ("resource",)
    assert "aws:SourceVpce is not in the request" in denials[0].reason


def test_m20_a_grant_in_one_layer_does_not_lift_another_layers_denial(vpce, bucket):
    other = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    everything = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    vpce.client("ec2").modify_vpc_endpoint(
        VpcEndpointId=vpce.endpoint("s3").id, PolicyDocument=policy(everything, other)
    )
    allow = {
        "Effect": "Allow",
        "Principal": {"AWS": ROOT},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    vpce.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy(allow))
    message = refusal(vpce.client("s3", at="private-a").get_object, **bucket)["Error"]["Message"]
    assert message.endswith("with an explicit deny in a VPC endpoint policy")
    assert vpce.client("s3").get_object(**bucket)["Body"].read() == b"a,b\n"


def test_m21_a_denied_head_has_no_body_and_the_same_request_id_everywhere(vpce, bucket):
    vpce.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=deny_unless("aws:SourceVpce", vpce.endpoint("s3").id))
    answer = refusal(vpce.client("s3").head_object, **bucket)
    assert answer["Error"] == {"Code": "403", "Message": "Forbidden"}
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert (
        request_id
        == vpce.decisions()[-1]["request_id"]
        == answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-request-id"]
    )


def test_m21_a_caller_of_another_account_and_an_anonymous_one_read_no_details(vpce, bucket):
    stranger = vpce.client("s3", aws_access_key_id="999988887777", aws_secret_access_key="x")
    assert refusal(stranger.get_object, **bucket)["Error"] == {"Code": "AccessDenied", "Message": "Access Denied"}


def test_m21_a_caller_of_the_organization_reads_details_but_those_of_endpoints(vpce, bucket):
    organizations = vpce.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    member = organizations.create_account(AccountName="one", Email="one@example.com")["CreateAccountStatus"][
        "AccountId"
    ]
    keys = {"aws_access_key_id": member, "aws_secret_access_key": "x"}
    assert refusal(vpce.client("s3", **keys).get_object, **bucket)["Error"]["Message"] == (
        f"User: arn:aws:iam::{member}:root is not authorized to perform: s3:GetObject on resource: "
        f'"arn:aws:s3:::{BUCKET}/report.csv" because no resource-based policy allows the s3:GetObject action'
    )
    nothing = policy({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"})
    vpce.client("ec2").modify_vpc_endpoint(VpcEndpointId=vpce.endpoint("s3").id, PolicyDocument=nothing)
    answer = refusal(vpce.client("s3", at="private-a", **keys).get_object, **bucket)
    assert answer["Error"]["Message"] == "Access Denied"


def test_m21_delete_objects_is_answered_key_by_key(vpce, bucket):
    s3 = vpce.client("s3")
    s3.put_object(Bucket=BUCKET, Key="tmp/1", Body=b"")
    s3.put_bucket_policy(
        Bucket=BUCKET,
        Policy=policy(
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:DeleteObject",
                "Resource": f"arn:aws:s3:::{BUCKET}/report*",
            }
        ),
    )
    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "report.csv"}, {"Key": "tmp/1"}]})
    assert [deleted["Key"] for deleted in answer["Deleted"]] == ["tmp/1"]
    assert [(error["Key"], error["Code"]) for error in answer["Errors"]] == [("report.csv", "AccessDenied")]
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == ["report.csv"]


def test_nothing_reaches_the_data_when_a_call_is_denied(vpce, bucket):
    vpce.client("s3").put_bucket_policy(
        Bucket=BUCKET, Policy=deny_unless("aws:SourceVpce", "vpce-1a2b3c4d", "s3:PutObject")
    )
    with vpce.denied(by="resource"):
        vpce.client("s3").put_object(**bucket, Body=b"other")
    assert vpce.client("s3").get_object(**bucket)["Body"].read() == b"a,b\n"


def test_m21_who_may_not_list_a_bucket_does_not_learn_that_a_key_is_missing(vpce, bucket):
    iam = vpce.client("iam")
    iam.create_user(UserName="alice")
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    iam.put_user_policy(UserName="alice", PolicyName="read", PolicyDocument=policy(read))
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    alice = vpce.client("s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    message = refusal(alice.get_object, Bucket=BUCKET, Key="nosuch")["Error"]["Message"]
    assert message == (
        f"User: arn:aws:iam::123456789012:user/alice is not authorized to perform: s3:ListBucket on resource: "
        f'"arn:aws:s3:::{BUCKET}" because no identity-based policy allows the s3:ListBucket action'
    )
    assert refusal(alice.head_object, Bucket=BUCKET, Key="nosuch")["Error"]["Code"] == "403"
    assert refusal(vpce.client("s3").get_object, Bucket=BUCKET, Key="nosuch")["Error"]["Code"] == "NoSuchKey"


def test_m21_a_bucket_of_another_owner_than_expected_is_refused(vpce, bucket):
    s3 = vpce.client("s3")
    assert s3.get_object(**bucket, ExpectedBucketOwner="123456789012")["Body"].read() == b"a,b\n"
    refused = refusal(s3.get_object, **bucket, ExpectedBucketOwner="999988887777")
    assert refused["Error"] == {"Code": "AccessDenied", "Message": "Access Denied"}


def test_a_test_that_expects_a_denial_by_nothing_that_denies_is_told_what_does(vpce):
    told = r"found by='bucket'; allowed: identity, resource, .*, network"
    with pytest.raises(ValueError, match=told), vpce.denied(by="bucket"):
        vpce.client("s3").list_buckets()
