"""Access points of S3 with boto3 through the doors: who gets in, through which network, and past which policies."""

import json

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

BUCKET, NAME = "shared-data", "analytics"
OWN, OTHER = "123456789012", "210987654321"
ARN = f"arn:aws:s3:us-east-1:{OWN}:accesspoint/{NAME}"
OBJECT = {"Bucket": ARN, "Key": "reports/1.csv"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal, resource, action="s3:GetObject", **conditions):
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return statement | ({"Condition": {"StringEquals": conditions}} if conditions else {})


def allow_all(action, resource):
    return {"Effect": "Allow", "Action": action, "Resource": resource}


DELEGATION = allow(
    "*",
    [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    "s3:*",
    **{"s3:DataAccessPointAccount": OWN},
)


def refusal(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


@pytest.fixture
def s3(vpce):
    return vpce.client("s3")


@pytest.fixture
def control(vpce):
    return vpce.client("s3control")


@pytest.fixture
def bucket(s3):
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="reports/1.csv", Body=b"a,b\n")


@pytest.fixture
def point(control, bucket):
    return control.create_access_point(AccountId=OWN, Name=NAME, Bucket=BUCKET)


@pytest.fixture
def user(vpce):
    """A function that makes an IAM user with a policy, and returns its ARN and a boto3 client."""
    iam = vpce.client("iam")

    def make(*statements, **place):
        arn = iam.create_user(UserName="jane")["User"]["Arn"]
        if statements:
            iam.put_user_policy(UserName="jane", PolicyName="p", PolicyDocument=policy(*statements))
        key = iam.create_access_key(UserName="jane")["AccessKey"]
        credentials = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        return arn, vpce.client("s3", **credentials, **place)

    return make


def test_an_access_point_is_made_described_listed_and_deleted(control, point):
    assert point["AccessPointArn"] == ARN
    described = control.get_access_point(AccountId=OWN, Name=NAME)
    assert (described["Bucket"], described["NetworkOrigin"]) == (BUCKET, "Internet")
    assert described["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] is True
    assert described["Alias"].startswith(NAME)
    assert described["Alias"].endswith("-s3alias")
    (listed,) = control.list_access_points(AccountId=OWN, Bucket=BUCKET)["AccessPointList"]
    assert listed["AccessPointArn"] == ARN
    control.delete_access_point(AccountId=OWN, Name=NAME)
    assert refusal(control.get_access_point, AccountId=OWN, Name=NAME)[0] == "NoSuchAccessPoint"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"Bucket": "nowhere"}, "NoSuchBucket"),
        ({"Name": "Not-A-Name"}, "InvalidRequest"),
        ({"Name": NAME}, "AccessPointAlreadyOwnedByYou"),
    ],
)
def test_an_access_point_that_cannot_be_is_refused(control, point, parameters, code):
    made = {"AccountId": OWN, "Name": "other", "Bucket": BUCKET} | parameters
    assert refusal(control.create_access_point, **made)[0] == code


def test_data_is_reached_by_arn_and_by_alias(s3, point):
    s3.put_object(Bucket=ARN, Key="new", Body=b"x")
    for named in (ARN, point["Alias"]):
        assert s3.get_object(Bucket=named, Key="new")["Body"].read() == b"x"
        assert [each["Key"] for each in s3.list_objects_v2(Bucket=named)["Contents"]] == ["new", "reports/1.csv"]
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": ARN, "Key": "new"})
    assert s3.get_object(Bucket=BUCKET, Key="copy")["Body"].read() == b"x"
    s3.delete_objects(Bucket=ARN, Delete={"Objects": [{"Key": "new"}, {"Key": "copy"}]})
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1


def test_a_copy_from_an_alias_is_one_from_its_access_point(vpce, s3, point, user):
    source = {"Bucket": point["Alias"], "Key": "reports/1.csv"}
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=source)
    assert s3.get_object(Bucket=BUCKET, Key="copy")["Body"].read() == b"a,b\n"
    _, jane = user(allow_all("s3:*", f"arn:aws:s3:::{BUCKET}*"))
    with vpce.denied(by="identity") as denials:
        jane.copy_object(Bucket=BUCKET, Key="copy", CopySource=source)
    assert f"{ARN}/object/reports/1.csv" in denials[0].message
    unknown = source | {"Bucket": "nosuch-0123456789abcdef-s3alias"}
    assert refusal(s3.copy_object, Bucket=BUCKET, Key="copy", CopySource=unknown)[0] == "NoSuchAccessPoint"


@pytest.mark.parametrize("named", ["alias", "arn"])
def test_copying_tags_from_an_access_point_needs_leave_to_read_them(vpce, s3, point, user, named):
    tags = {"TagSet": [{"Key": "secret", "Value": "yes"}]}
    s3.put_object_tagging(Bucket=BUCKET, Key="reports/1.csv", Tagging=tags)
    _, jane = user(allow_all(["s3:GetObject", "s3:PutObject"], "*"))
    source = {"Bucket": point["Alias"] if named == "alias" else ARN, "Key": "reports/1.csv"}
    with vpce.denied(by="identity") as denials:
        jane.copy_object(Bucket=BUCKET, Key="copy", CopySource=source)
    assert "s3:GetObjectTagging" in denials[0].message


@pytest.mark.parametrize(
    ("resource", "accepted"),
    [
        (ARN, True),
        (f"{ARN}/object/*", True),
        (f"{ARN}/*", True),
        (f"arn:aws:s3:us-east-1:{OWN}:accesspoint/*", True),
        (f"arn:aws:s3:::{BUCKET}/*", False),
        (f"{ARN}-2/object/*", False),
        (f"arn:aws:s3:us-east-1:{OTHER}:accesspoint/{NAME}/object/*", False),
    ],
)
def test_the_policy_of_an_access_point_is_about_the_access_point(control, point, resource, accepted):
    given = {"AccountId": OWN, "Name": NAME, "Policy": policy(allow({"AWS": OWN}, resource, "s3:*"))}
    if accepted:
        control.put_access_point_policy(**given)
    else:
        told = refusal(control.put_access_point_policy, **given)
        assert told == ("MalformedPolicy", "Policy has invalid resource")


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("list_access_points", {}),
        ("get_public_access_block", {}),
        ("list_tags_for_resource", {"ResourceArn": f"arn:aws:s3:::{BUCKET}"}),
    ],
)
def test_another_account_is_told_nothing_and_changes_nothing(vpce, control, point, operation, parameters):
    assert refusal(getattr(control, operation), AccountId=OTHER, **parameters) == ("AccessDenied", "Access Denied")
    assert vpce.decisions()[-1]["outcome"] == "refused"


def test_what_access_points_do_not_take_is_refused(s3, point):
    versioning = {"Status": "Enabled"}
    code, _ = refusal(s3.put_bucket_versioning, Bucket=point["Alias"], VersioningConfiguration=versioning)
    assert code == "MethodNotAllowed"


def test_an_unknown_access_point_is_told_so(s3, bucket):
    unknown = ARN.replace(NAME, "nosuch")
    assert refusal(s3.get_object, Bucket=unknown, Key="k")[0] == "NoSuchAccessPoint"
    assert refusal(s3.get_object, Bucket="nosuch-0123456789abcdef-s3alias", Key="k")[0] == "NoSuchAccessPoint"
    assert refusal(s3.copy_object, Bucket=BUCKET, Key="k", CopySource={"Bucket": unknown, "Key": "k"})[0] == (
        "NoSuchAccessPoint"
    )


def test_access_point_and_bucket_must_both_allow(vpce, s3, control, point, user):
    arn, jane = user()
    with vpce.denied(by="identity") as denials:
        jane.get_object(**OBJECT)
    assert denials[0].message == (
        f'User: {arn} is not authorized to perform: s3:GetObject on resource: "{ARN}/object/reports/1.csv" '
        "because no identity-based policy allows the s3:GetObject action"
    )
    granted = policy(allow({"AWS": arn}, f"{ARN}/object/reports/*"))
    control.put_access_point_policy(AccountId=OWN, Name=NAME, Policy=granted)
    code, message = refusal(jane.get_object, **OBJECT)
    assert (code, f"arn:aws:s3:::{BUCKET}/reports/1.csv" in message) == ("AccessDenied", True)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(DELEGATION))
    assert jane.get_object(**OBJECT)["Body"].read() == b"a,b\n"
    assert refusal(jane.get_object, Bucket=BUCKET, Key="reports/1.csv")[0] == "AccessDenied"
    assert refusal(jane.get_object, Bucket=ARN, Key="secret")[0] == "AccessDenied"


def test_an_identity_policy_on_the_access_point_is_enough_within_an_account(s3, point, user):
    _, jane = user({"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{ARN}/object/*"})
    assert jane.get_object(**OBJECT)["Body"].read() == b"a,b\n"
    assert refusal(jane.get_object, Bucket=BUCKET, Key="reports/1.csv")[0] == "AccessDenied"
    deny = allow("*", f"arn:aws:s3:::{BUCKET}/*") | {"Effect": "Deny"}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(deny))
    assert refusal(jane.get_object, **OBJECT)[1].endswith("with an explicit deny in a resource-based policy")


def test_another_account_needs_the_access_points_policy_and_the_delegation(vpce, s3, control, point):
    other = vpce.client("s3", aws_access_key_id=OTHER, aws_secret_access_key="any")
    assert refusal(other.get_object, **OBJECT) == ("AccessDenied", "Access Denied")
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(DELEGATION))
    assert refusal(other.get_object, **OBJECT)[0] == "AccessDenied"
    control.put_access_point_policy(AccountId=OWN, Name=NAME, Policy=policy(allow({"AWS": OTHER}, f"{ARN}/object/*")))
    assert other.get_object(**OBJECT)["Body"].read() == b"a,b\n"


def test_an_access_point_of_a_vpc_is_reached_through_an_endpoint_of_that_vpc_alone(vpce, s3, control, bucket):
    vpc = {"VpcId": vpce.endpoint("s3").vpc_id}
    control.create_access_point(AccountId=OWN, Name=NAME, Bucket=BUCKET, VpcConfiguration=vpc)
    assert control.get_access_point(AccountId=OWN, Name=NAME)["VpcConfiguration"] == vpc
    with vpce.denied(by="resource") as denials:
        s3.get_object(**OBJECT)
    assert "the network origin of access point analytics" in denials[0].reason
    for place in ({"at": "private-a"}, {"via": "s3"}, {"via": "s3-interface"}):
        assert vpce.client("s3", **place).get_object(**OBJECT)["Body"].read() == b"a,b\n"
    foreign = {"VpcId": "vpc-0123456789abcdef0"}
    control.create_access_point(AccountId=OWN, Name="elsewhere", Bucket=BUCKET, VpcConfiguration=foreign)
    elsewhere = ARN.replace(NAME, "elsewhere")
    assert refusal(vpce.client("s3", at="private-a").get_object, Bucket=elsewhere, Key="k")[0] == "AccessDenied"


def test_a_bucket_can_insist_on_access_points_of_a_vpc(vpce, s3, control, bucket):
    vpc = {"VpcId": vpce.endpoint("s3").vpc_id}
    control.create_access_point(AccountId=OWN, Name=NAME, Bucket=BUCKET, VpcConfiguration=vpc)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    insist = {"Condition": {"StringNotEquals": {"s3:AccessPointNetworkOrigin": "VPC"}}}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(deny | insist))
    with vpce.denied(by="resource"):
        vpce.client("s3", at="private-a").get_object(Bucket=BUCKET, Key="reports/1.csv")
    assert vpce.client("s3", at="private-a").get_object(**OBJECT)["Body"].read() == b"a,b\n"


@pytest.mark.parametrize(
    ("resources", "allowed"),
    [
        ([f"{ARN}/object/*"], False),
        ([f"arn:aws:s3:::{BUCKET}/*"], False),
        ([f"{ARN}/object/*", f"arn:aws:s3:::{BUCKET}/*"], True),
    ],
)
def test_an_endpoint_policy_has_to_allow_the_access_point_and_the_bucket(vpce, point, resources, allowed):
    vpce.client("ec2").modify_vpc_endpoint(
        VpcEndpointId=vpce.endpoint("s3").id, PolicyDocument=policy(allow("*", resources))
    )
    inside = vpce.client("s3", at="private-a")
    if allowed:
        assert inside.get_object(**OBJECT)["Body"].read() == b"a,b\n"
    else:
        with vpce.denied(by="vpc_endpoint"):
            inside.get_object(**OBJECT)


def test_a_public_policy_of_an_access_point_is_refused(vpce, control, point):
    everybody = policy(allow("*", f"{ARN}/object/*"))
    with vpce.denied(by="public_access_block") as denials:
        control.put_access_point_policy(AccountId=OWN, Name=NAME, Policy=everybody)
    assert denials[0].message.startswith(
        f"User: arn:aws:iam::{OWN}:root is not authorized to perform: s3:PutAccessPointPolicy"
    )
    assert refusal(control.put_access_point_policy, AccountId=OWN, Name=NAME, Policy="{}")[0] == "MalformedPolicy"
    own = policy(allow({"AWS": OWN}, f"{ARN}/object/*"))
    control.put_access_point_policy(AccountId=OWN, Name=NAME, Policy=own)
    status = control.get_access_point_policy_status(AccountId=OWN, Name=NAME)["PolicyStatus"]
    assert status == {"IsPublic": False}


def test_only_access_points_of_a_vpc_may_be_made_where_a_policy_says_so(vpce, bucket):
    iam = vpce.client("iam")
    iam.create_user(UserName="builder")
    unless_vpc = {"Condition": {"StringNotEquals": {"s3:AccessPointNetworkOrigin": "VPC"}}}
    statements = (
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:CreateAccessPoint", "Resource": "*"} | unless_vpc,
    )
    iam.put_user_policy(UserName="builder", PolicyName="p", PolicyDocument=policy(*statements))
    key = iam.create_access_key(UserName="builder")["AccessKey"]
    control = vpce.client(
        "s3control", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    with vpce.denied(by="identity"):
        control.create_access_point(AccountId=OWN, Name=NAME, Bucket=BUCKET)
    control.create_access_point(
        AccountId=OWN, Name=NAME, Bucket=BUCKET, VpcConfiguration={"VpcId": vpce.endpoint("s3").vpc_id}
    )


def test_the_settings_of_the_account_count_for_every_bucket(vpce, s3, control, bucket):
    s3.delete_public_access_block(Bucket=BUCKET)
    settings = dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    control.put_public_access_block(AccountId=OWN, PublicAccessBlockConfiguration=settings)
    with vpce.denied(by="public_access_block"):
        s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(allow("*", f"arn:aws:s3:::{BUCKET}/*")))
    assert control.get_public_access_block(AccountId=OWN)["PublicAccessBlockConfiguration"] == settings


def test_boundary_and_session_policy_need_name_the_access_point_alone(vpce, s3, point):
    iam = vpce.client("iam")
    through = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{ARN}/object/*"}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    trust = {"Effect": "Allow", "Principal": {"AWS": OWN}, "Action": "sts:AssumeRole"}
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=policy(through))["Policy"]["Arn"]
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=policy(trust), PermissionsBoundary=boundary)[
        "Role"
    ]["Arn"]
    iam.put_role_policy(RoleName="reader", PolicyName="p", PolicyDocument=policy(everything))
    session = {"RoleArn": role, "RoleSessionName": "session", "Policy": policy(through)}
    made = vpce.client("sts").assume_role(**session)["Credentials"]
    reader = vpce.client(
        "s3",
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )
    assert reader.get_object(**OBJECT)["Body"].read() == b"a,b\n"
    assert refusal(reader.get_object, Bucket=BUCKET, Key="reports/1.csv")[0] == "AccessDenied"


KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


@pytest.mark.parametrize(
    ("before", "path", "told"),
    [
        (f"{NAME}-{OWN}.accesspoint", "/reports/1.csv", b"a,b\n"),
        ("bucket", f"/{BUCKET}/reports/1.csv", b"a,b\n"),
        (f"{BUCKET}.bucket", "/reports/1.csv", b"a,b\n"),
        ("control", f"/v20180820/accesspoint/{NAME}", b"<NetworkOrigin>Internet</NetworkOrigin>"),
    ],
)
def test_the_endpoints_own_names_lead_to_access_points_buckets_and_control(
    vpce, point, dial, read_response, before, path, told
):
    endpoint = vpce.endpoint("s3-interface")
    name = endpoint.dns_names[0].removeprefix("*.")
    host = f"{before}.{name}"
    assert vpce.resolve(host) == vpce.resolve(f"x.{name}") != ()
    headers = {"Host": host, "x-amz-account-id": OWN} if before == "control" else {"Host": host}
    request = AWSRequest("GET", f"https://{host}{path}", headers=headers)
    S3SigV4Auth(KEYS, "s3", "us-east-1").add_auth(request)
    lines = "".join(f"{header}: {value}\r\n" for header, value in request.headers.items())
    connection = dial(vpce.url(at="private-a"))
    connection.sendall(f"GET {path} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode())
    answer = read_response(connection)
    assert (answer.status, told in answer.body) == (200, True)
    assert vpce.decisions()[-1]["endpoint"] == endpoint.id
