"""Policies on the resources that requests mean by a name, a default or an association, as AWS authorizes them."""

import json

import pytest
from botocore.exceptions import ClientError

BASE = "us-east-1:123456789012"


@pytest.fixture
def limited(vpce):
    """A function that makes a user with actions on resources, and returns a maker of its clients."""

    def make(*statements):
        iam = vpce.client("iam")
        iam.create_user(UserName="limited")
        allowed = [
            {"Effect": "Allow", "Action": actions, "Resource": [f"arn:aws:{each}" for each in resources]}
            for actions, resources in statements
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": allowed})
        iam.put_user_policy(UserName="limited", PolicyName="inline", PolicyDocument=policy)
        key = iam.create_access_key(UserName="limited")["AccessKey"]
        keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        return lambda service: vpce.client(service, **keys)

    return make


def refused_on(call, **parameters):
    """Return the resource that the refusal of a call names."""
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]["Message"].partition(" on resource: ")[2].partition(" ")[0]


RULE = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8"}


def test_rules_are_made_in_the_groups_that_may_be_changed(vpce, limited):
    ec2 = vpce.client("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    mine, other = (
        ec2.create_security_group(VpcId=vpc, GroupName=name, Description="d")["GroupId"] for name in ("mine", "other")
    )
    on_mine = [f"ec2:{BASE}:security-group/{mine}"]
    alice = limited((["ec2:AuthorizeSecurityGroupIngress", "ec2:DeleteSecurityGroup"], on_mine))("ec2")
    alice.authorize_security_group_ingress(GroupId=mine, **RULE)
    named = f"arn:aws:ec2:{BASE}:security-group/{other}"
    assert refused_on(alice.authorize_security_group_ingress, GroupId=other, **RULE) == named
    assert refused_on(alice.authorize_security_group_ingress, GroupName="other", **RULE) == named
    assert refused_on(alice.revoke_security_group_ingress, GroupId=mine, **RULE) == f"arn:aws:{on_mine[0]}"
    alice.delete_security_group(GroupName="mine")
    assert ec2.describe_security_groups(GroupIds=[other])["SecurityGroups"]


def test_a_group_name_means_the_default_vpc_alone(vpce):
    ec2 = vpce.client("ec2")
    elsewhere = ec2.create_vpc(CidrBlock="10.66.0.0/16")["Vpc"]["VpcId"]
    kept = ec2.create_security_group(VpcId=elsewhere, GroupName="kept", Description="d")["GroupId"]
    with pytest.raises(ClientError, match="does not exist in default VPC"):
        ec2.delete_security_group(GroupName="kept")
    assert ec2.describe_security_groups(GroupIds=[kept])["SecurityGroups"]


def test_associations_are_ended_by_whoever_may_change_what_is_associated(vpce, limited):
    ec2 = vpce.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.66.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.66.1.0/24")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    both = [f"ec2:{BASE}:route-table/{table}", f"ec2:{BASE}:subnet/{subnet}"]
    alice = limited((["ec2:DisassociateRouteTable"], both))("ec2")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    held = ec2.associate_address(AllocationId=address, NetworkInterfaceId=interface)["AssociationId"]
    assert refused_on(alice.disassociate_address, AssociationId=held) == f"arn:aws:ec2:{BASE}:elastic-ip/{address}"
    alice.disassociate_route_table(AssociationId=association)


def test_tags_are_given_to_what_may_be_tagged(vpce, limited):
    ec2 = vpce.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.66.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.66.1.0/24")["Subnet"]["SubnetId"]
    alice = limited((["ec2:CreateTags", "ec2:DeleteTags"], [f"ec2:{BASE}:vpc/*"]))("ec2")
    tag = {"Tags": [{"Key": "a", "Value": "b"}]}
    alice.create_tags(Resources=[vpc], **tag)
    assert refused_on(alice.create_tags, Resources=[vpc, subnet], **tag) == f"arn:aws:ec2:{BASE}:subnet/{subnet}"
    alice.delete_tags(Resources=[vpc], **tag)


def test_an_instance_goes_into_the_default_subnet_and_group(vpce, limited):
    ec2 = vpce.client("ec2")
    default = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [default]}])["Subnets"]
    first = next(each["SubnetId"] for each in subnets if each["AvailabilityZone"] == "us-east-1a")
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [default]}])["SecurityGroups"]
    group = next(each["GroupId"] for each in groups if each["GroupName"] == "default")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    others = [
        "ec2:us-east-1::image/*",
        *(f"ec2:{BASE}:{kind}/*" for kind in ("instance", "network-interface", "volume")),
    ]
    run = {"ImageId": image, "MinCount": 1, "MaxCount": 1}
    alice = limited((["ec2:RunInstances"], [*others, f"ec2:{BASE}:subnet/{first}"]))("ec2")
    assert refused_on(alice.run_instances, **run) == f"arn:aws:ec2:{BASE}:security-group/{group}"
    home = next(each for each in ec2.describe_subnets()["Subnets"] if each["VpcId"] != default)
    in_vpc = [{"Name": "vpc-id", "Values": [home["VpcId"]]}, {"Name": "group-name", "Values": ["default"]}]
    own = ec2.describe_security_groups(Filters=in_vpc)["SecurityGroups"][0]["GroupId"]
    assert (
        refused_on(alice.run_instances, SubnetId=home["SubnetId"], **run) == f"arn:aws:ec2:{BASE}:security-group/{own}"
    )
    placed = {"Placement": {"AvailabilityZone": "us-east-1b"}}
    asked = {refused_on(alice.run_instances, **run, **placed)}
    assert asked == {f"arn:aws:ec2:{BASE}:security-group/{group}"}


def test_an_alias_is_deleted_with_leave_on_its_key_too(vpce, limited):
    kms = vpce.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    alice = limited((["kms:DeleteAlias"], [f"kms:{BASE}:alias/a"]))("kms")
    assert refused_on(alice.delete_alias, AliasName="alias/a") == key


def test_a_task_is_run_of_the_latest_revision(vpce, limited):
    ecs = vpce.client("ecs")
    for _ in range(2):
        ecs.register_task_definition(family="web", containerDefinitions=[{"name": "c", "image": "i", "memory": 64}])
    ecs.create_cluster(clusterName="default")
    alice = limited((["ecs:RunTask"], [f"ecs:{BASE}:task-definition/web:1"]))("ecs")
    assert refused_on(alice.run_task, taskDefinition="web") == f"arn:aws:ecs:{BASE}:task-definition/web:2"


def test_log_groups_are_listed_with_leave_on_log_groups(vpce, limited):
    logs = limited((["logs:DescribeLogGroups"], [f"logs:{BASE}:log-group:*"]))("logs")
    assert logs.describe_log_groups()["logGroups"] == []


@pytest.fixture
def guarded(vpce):
    """A function that makes a user who may do all but what a statement denies, and returns a maker of its clients."""

    def make(action, resource="*", **condition):
        iam = vpce.client("iam")
        iam.create_user(UserName="guarded")
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        guard = {"Effect": "Deny", "Action": action, "Resource": resource, "Condition": condition}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [everything, guard]})
        iam.put_user_policy(UserName="guarded", PolicyName="inline", PolicyDocument=policy)
        key = iam.create_access_key(UserName="guarded")["AccessKey"]
        keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        return lambda service: vpce.client(service, **keys)

    return make


def test_endpoints_are_made_to_some_services_alone(vpce, guarded):
    allowed = {"ec2:VpceServiceName": "com.amazonaws.us-east-1.sqs"}
    ec2 = guarded("ec2:CreateVpcEndpoint", "arn:aws:ec2:*:*:vpc-endpoint/*", StringNotEquals=allowed)("ec2")
    home = next(each for each in ec2.describe_vpc_endpoints()["VpcEndpoints"] if each["VpcEndpointType"] == "Interface")
    vpc = {"VpcId": home["VpcId"], "VpcEndpointType": "Interface", "PrivateDnsEnabled": False}
    assert ec2.create_vpc_endpoint(ServiceName="com.amazonaws.us-east-1.sqs", **vpc)
    resource = refused_on(ec2.create_vpc_endpoint, ServiceName="com.amazonaws.us-east-1.kms", **vpc)
    assert resource == f"arn:aws:ec2:{BASE}:vpc-endpoint/*"


def test_the_network_of_a_vpc_is_kept_by_the_vpc(vpce, guarded):
    ec2 = vpce.client("ec2")
    vpcs = [ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"] for number in (66, 67)]
    kept, free = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for vpc in vpcs)
    alice = guarded("ec2:DeleteRouteTable", ArnEquals={"ec2:Vpc": f"arn:aws:ec2:{BASE}:vpc/{vpcs[0]}"})("ec2")
    assert refused_on(alice.delete_route_table, RouteTableId=kept) == f"arn:aws:ec2:{BASE}:route-table/{kept}"
    alice.delete_route_table(RouteTableId=free)


def test_volumes_are_launched_encrypted(vpce, guarded):
    ec2 = guarded("ec2:RunInstances", Bool={"ec2:Encrypted": "false"})("ec2")
    run = {"ImageId": vpce.client("ec2").describe_images()["Images"][0]["ImageId"], "MinCount": 1, "MaxCount": 1}
    devices = [{"DeviceName": "/dev/sda1", "Ebs": {"Encrypted": True, "VolumeSize": 8}}]
    assert ec2.run_instances(BlockDeviceMappings=devices, **run)["Instances"]
    devices.append({"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 8}})
    assert refused_on(ec2.run_instances, BlockDeviceMappings=devices, **run) == f"arn:aws:ec2:{BASE}:volume/*"
    assert refused_on(ec2.run_instances, **run) == f"arn:aws:ec2:{BASE}:volume/*"


def test_keys_are_told_by_their_aliases_and_specs(vpce, guarded):
    kms = vpce.client("kms")
    plain, aliased = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    kms.create_alias(AliasName="alias/prod/db", TargetKeyId=aliased)
    alice = guarded("kms:Encrypt", **{"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/prod/*"}})("kms")
    assert alice.encrypt(KeyId=plain, Plaintext=b"x")
    assert refused_on(alice.encrypt, KeyId=aliased, Plaintext=b"x") == aliased


def test_keys_of_a_kind_are_guarded(vpce, guarded):
    kms = vpce.client("kms")
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    alice = guarded("kms:ScheduleKeyDeletion", StringEquals={"kms:KeyUsage": "SIGN_VERIFY"})("kms")
    assert refused_on(alice.schedule_key_deletion, KeyId=key) == key
    assert alice.schedule_key_deletion(KeyId=kms.create_key()["KeyMetadata"]["KeyId"])


def test_what_a_launch_template_says_needs_leave_and_is_carried_out(vpce, limited):
    ec2 = vpce.client("ec2")
    home = next(each for each in ec2.describe_vpc_endpoints()["VpcEndpoints"] if each["VpcEndpointType"] == "Interface")
    subnet = home["SubnetIds"][0]
    group = ec2.create_security_group(VpcId=home["VpcId"], GroupName="web", Description="d")["GroupId"]
    image = ec2.describe_images()["Images"][0]["ImageId"]
    card = {"DeviceIndex": 0, "SubnetId": subnet, "Groups": [group]}
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "blue"}]}]
    data = {"ImageId": image, "InstanceType": "t3.micro", "NetworkInterfaces": [card], "TagSpecifications": tags}
    template = ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)["LaunchTemplate"]
    name = f"ec2:{BASE}:launch-template/{template['LaunchTemplateId']}"
    made = [f"ec2:{BASE}:{kind}/*" for kind in ("instance", "network-interface", "volume")]
    used = [f"ec2:us-east-1::image/{image}", name, *made, f"ec2:{BASE}:subnet/{subnet}"]
    alice = limited((["ec2:RunInstances"], used), (["ec2:CreateTags"], [f"ec2:{BASE}:instance/*"]))("ec2")
    run = {"LaunchTemplate": {"LaunchTemplateName": "web"}, "MinCount": 1, "MaxCount": 1}
    assert refused_on(alice.run_instances, **run) == f"arn:aws:ec2:{BASE}:security-group/{group}"
    (launched,) = ec2.run_instances(**run)["Instances"]
    assert launched["SubnetId"] == subnet
    assert launched["InstanceType"] == "t3.micro"
    assert {"Key": "team", "Value": "blue"} in launched["Tags"]


def test_a_request_overrides_its_launch_template(vpce, guarded):
    ec2 = vpce.client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    data = {"ImageId": image, "InstanceType": "m5.large"}
    ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
    small = {"ec2:InstanceType": "t3.micro"}
    alice = guarded("ec2:RunInstances", "arn:aws:ec2:*:*:instance/*", StringNotEquals=small)("ec2")
    run = {"LaunchTemplate": {"LaunchTemplateName": "web", "Version": "$Latest"}, "MinCount": 1, "MaxCount": 1}
    assert refused_on(alice.run_instances, **run) == f"arn:aws:ec2:{BASE}:instance/*"
    assert alice.run_instances(InstanceType="t3.micro", **run)["Instances"][0]["InstanceType"] == "t3.micro"
    ec2.create_launch_template_version(
        LaunchTemplateName="web", LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"}
    )
    assert alice.run_instances(**run)["Instances"][0]["InstanceType"] == "t3.micro"


def test_a_launch_template_that_is_not_there_launches_nothing(vpce):
    run = {"LaunchTemplate": {"LaunchTemplateName": "none"}, "MinCount": 1, "MaxCount": 1}
    with pytest.raises(ClientError, match="InvalidLaunchTemplateName"):
        vpce.client("ec2").run_instances(**run)


LAMBDA = {"Runtime": "python3.12", "Handler": "f.f", "Code": {"ZipFile": b"PK\x05\x06" + bytes(18)}}


def make_function(client, name, tags):
    client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    role = f"arn:aws:iam::123456789012:role/{name}"
    client("lambda").create_function(FunctionName=name, Role=role, Tags=tags, **LAMBDA)
    return {"FunctionName": name}


def make_parameter(client, name, tags):
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    client("ssm").put_parameter(Name=f"/app/{name}", Value="x", Type="String", Tags=pairs)
    return {"Name": f"/app/{name}"}


def make_stream(client, name, tags):
    client("kinesis").create_stream(StreamName=name, ShardCount=1)
    client("kinesis").add_tags_to_stream(StreamName=name, Tags={"other": "x", **tags})
    return {"StreamName": name}


def make_repository(client, name, tags):
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    client("ecr").create_repository(repositoryName=name, tags=pairs)
    return {"repositoryName": name}


def make_cluster(client, name, tags):
    pairs = [{"key": key, "value": value} for key, value in tags.items()]
    client("ecs").create_cluster(clusterName=name, tags=pairs)
    return {"cluster": name}


def make_bus(client, name, tags):
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    client("events").create_event_bus(Name=name, Tags=pairs)
    return {"Name": name}


def make_log_group(client, name, tags):
    client("logs").create_log_group(logGroupName=name, tags=tags or {"other": "x"})
    return {"logGroupName": name}


TRUSTED = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [TRUSTED]})


@pytest.mark.parametrize(
    ("make", "service", "operation", "key"),
    [
        (make_function, "lambda", "get_function_configuration", "aws:ResourceTag/prot"),
        (make_parameter, "ssm", "get_parameter", "ssm:resourceTag/prot"),
        (make_stream, "kinesis", "describe_stream_summary", "aws:ResourceTag/prot"),
        (make_repository, "ecr", "list_images", "ecr:ResourceTag/prot"),
        (make_cluster, "ecs", "delete_cluster", "ecs:ResourceTag/prot"),
        (make_bus, "events", "delete_event_bus", "aws:ResourceTag/prot"),
        (make_log_group, "logs", "delete_log_group", "aws:ResourceTag/prot"),
    ],
)
def test_what_has_a_tag_is_guarded_by_it(vpce, guarded, make, service, operation, key):
    guarded_things = make(vpce.client, "kept", {"prot": "yes"})
    others = make(vpce.client, "free", {})
    alice = guarded(f"{service}:*", StringEquals={key: "yes"})(service)
    assert "kept" in refused_on(getattr(alice, operation), **guarded_things)
    getattr(alice, operation)(**others)
