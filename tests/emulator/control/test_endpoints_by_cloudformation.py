"""Networks and VPC endpoints out of CloudFormation's templates: made, changed, replaced, deleted, and rolled back."""

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

CDK = (Path(__file__).parent / "data" / "cdk-network.template.json").read_text(encoding="utf-8")

NETWORK = """
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Action: { Type: String, Default: "sqs:*" }
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties: { CidrBlock: 10.30.0.0/16, EnableDnsSupport: true, EnableDnsHostnames: true }
  A:
    Type: AWS::EC2::Subnet
    Properties:
      VpcId: !Ref Vpc
      CidrBlock: !Select [0, !Cidr [!GetAtt Vpc.CidrBlock, 4, 8]]
      AvailabilityZone: !Select [0, !GetAZs { Ref: "AWS::Region" }]
  B:
    Type: AWS::EC2::Subnet
    Properties:
      VpcId: !Ref Vpc
      CidrBlock: !Select [1, !Cidr [!GetAtt Vpc.CidrBlock, 4, 8]]
      AvailabilityZone: !Select [1, !GetAZs ""]
  Table:
    Type: AWS::EC2::RouteTable
    Properties: { VpcId: !Ref Vpc, Tags: [{ Key: Name, Value: private }] }
  Association:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: { RouteTableId: !Ref Table, SubnetId: !Ref A }
  Door:
    Type: AWS::EC2::InternetGateway
  Attachment:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties: { VpcId: !Ref Vpc, InternetGatewayId: !Ref Door }
  Default:
    Type: AWS::EC2::Route
    DependsOn: Attachment
    Properties: { RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Door }
  Lists:
    Type: AWS::EC2::Route
    DependsOn: Attachment
    Properties: { RouteTableId: !Ref Table, DestinationPrefixListId: !Ref Office, GatewayId: !Ref Door }
  Office:
    Type: AWS::EC2::PrefixList
    Properties:
      PrefixListName: office
      AddressFamily: IPv4
      MaxEntries: 3
      Entries: [{ Cidr: 192.0.2.0/24, Description: floor }]
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: endpoints
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - { IpProtocol: tcp, FromPort: 443, ToPort: 443, SourcePrefixListId: !GetAtt Office.PrefixListId }
      SecurityGroupEgress:
        - { IpProtocol: icmp, FromPort: 252, ToPort: 86, CidrIp: 255.255.255.255/32 }
  Own:
    Type: AWS::EC2::SecurityGroupIngress
    Properties:
      GroupId: !GetAtt Group.GroupId
      IpProtocol: "-1"
      SourceSecurityGroupId: !Ref Group
  Out:
    Type: AWS::EC2::SecurityGroupEgress
    Properties:
      { GroupId: !Ref Group, IpProtocol: tcp, FromPort: 443, ToPort: 443, DestinationPrefixListId: pl-63a5400a }
  Worker:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-12c6146b
      InstanceType: t3.micro
      SubnetId: !Ref B
      SecurityGroupIds: [!GetAtt Group.GroupId]
  S3:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: !Ref Vpc
      ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
      RouteTableIds: [!Ref Table]
  Queue:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: !Ref Vpc
      VpcEndpointType: Interface
      ServiceName: !Sub com.amazonaws.${AWS::Region}.sqs
      PrivateDnsEnabled: "true"
      SubnetIds: [!Ref A]
      SecurityGroupIds: [!Ref Group]
      PolicyDocument:
        Version: 2012-10-17
        Statement: { Effect: Allow, Principal: "*", Action: !Ref Action, Resource: "*" }
      Tags: [{ Key: Name, Value: queue }]
Outputs:
  Worker: { Value: !Join [",", [!Ref Worker, !GetAtt Worker.PrivateIp, !GetAtt Worker.AvailabilityZone]] }
  Queue: { Value: !Ref Queue }
  Vpc: { Value: !Ref Vpc }
  List: { Value: !Join [",", [!Ref Office, !GetAtt Office.Arn, !GetAtt Office.OwnerId, !GetAtt Office.Version]] }
"""


@pytest.fixture
def cloudformation(api, backend):
    backend.reach_ec2_by(api.control.call)
    client = backend.client("cloudformation", region="us-east-1", account_id=api.account_id)
    yield client
    for stack in client.list_stacks()["StackSummaries"]:
        client.delete_stack(StackName=stack["StackName"])


def _stack(cloudformation, name="network"):
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    return stack["StackStatus"], {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())}


def _reasons(cloudformation, name="network"):
    """Return what failed, and why."""
    return [
        (event["LogicalResourceId"], event["ResourceStatusReason"])
        for event in cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        if event["ResourceStatus"].endswith("_FAILED")
    ]


def _endpoint(ec2, endpoint_id):
    (described,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint_id])["VpcEndpoints"]
    return described


def _tags(described):
    return {tag["Key"]: tag["Value"] for tag in described["Tags"]}


@pytest.fixture
def queue(cloudformation):
    """Return the id of the endpoint that the template makes."""
    cloudformation.create_stack(StackName="network", TemplateBody=NETWORK)
    assert _stack(cloudformation)[0] == "CREATE_COMPLETE", _reasons(cloudformation)
    return _stack(cloudformation)[1]["Queue"]


def test_a_template_of_the_cdk_makes_the_endpoints_that_the_api_would_make(api, ec2, cloudformation):
    cloudformation.create_stack(StackName="Perimeter", TemplateBody=CDK)
    status, outputs = _stack(cloudformation, "Perimeter")
    assert status == "CREATE_COMPLETE", _reasons(cloudformation, "Perimeter")
    interface = _endpoint(ec2, outputs["Queues"])
    assert outputs == {
        "Queues": interface["VpcEndpointId"],
        "QueuesId": interface["VpcEndpointId"],
        "QueuesMade": "Tue Nov 14 22:13:20 UTC 2023",
        "QueuesName": interface["DnsEntries"][0]["DnsName"],
        "QueuesInterfaces": ",".join(interface["NetworkInterfaceIds"]),
    }
    assert interface["PrivateDnsEnabled"]
    assert [entry["DnsName"] for entry in interface["DnsEntries"]][-1] == "sqs.us-east-1.amazonaws.com"
    assert _tags(interface) | {"aws:cloudformation:stack-id": ""} == {
        "Name": "Perimeter",
        "aws:cloudformation:stack-name": "Perimeter",
        "aws:cloudformation:logical-id": "QueuesDEAD0003",
        "aws:cloudformation:stack-id": "",
    }
    (gateway,) = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-endpoint-type", "Values": ["Gateway"]}])[
        "VpcEndpoints"
    ]
    (statement,) = json.loads(gateway["PolicyDocument"])["Statement"]
    assert statement["Resource"] == f"arn:aws:s3:::data-{api.account_id}/*"
    routes = ec2.describe_route_tables(RouteTableIds=gateway["RouteTableIds"])["RouteTables"]
    assert [route["GatewayId"] for table in routes for route in table["Routes"][-1:]] == [gateway["VpcEndpointId"]] * 2
    assert set(api.source.current().endpoints) == {interface["VpcEndpointId"], gateway["VpcEndpointId"]}


def test_a_template_makes_the_network_around_the_endpoint_too(api, ec2, cloudformation, queue):
    topology = api.source.current()
    endpoint = topology.endpoints[queue]
    vpc = topology.vpcs[endpoint.vpc_id]
    assert (vpc.enable_dns_support, vpc.enable_dns_hostnames) == (True, True)
    assert [str(topology.subnets[subnet].cidr) for subnet in endpoint.subnet_ids] == ["10.30.0.0/24"]
    table = topology.route_tables[topology.subnets[endpoint.subnet_ids[0]].route_table_id]
    assert table.name == "private"
    assert [str(r.destination)[:3] for r in table.routes] == ["10.", "0.0", "pl-", "pl-"]
    group = topology.security_groups[endpoint.group_ids[0]]
    list_id, arn, owner, version = _stack(cloudformation)[1]["List"].split(",")
    assert (arn, owner, version) == (
        f"arn:aws:ec2:us-east-1:{api.account_id}:prefix-list/{list_id}",
        api.account_id,
        "1",
    )
    assert [str(cidr) for cidr in topology.prefix_lists[list_id].cidrs] == ["192.0.2.0/24"]
    assert sorted((r.protocol, r.from_port, r.prefix_list_ids, r.group_ids) for r in group.ingress) == [
        ("-1", None, (), (group.id,)),
        ("tcp", 443, (list_id,), ()),
    ]
    assert sorted((r.protocol, r.from_port, r.prefix_list_ids) for r in group.egress) == [
        ("icmp", 252, ()),
        ("tcp", 443, ("pl-63a5400a",)),
    ]
    assert json.loads(_endpoint(ec2, queue)["PolicyDocument"]) == {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"},
    }


def test_an_instance_of_a_template_is_a_client_with_its_groups(api, cloudformation, queue):
    topology = api.source.current()
    instance_id, address, zone = _stack(cloudformation)[1]["Worker"].split(",")
    client = topology.clients[instance_id]
    assert client.group_ids == topology.endpoints[queue].group_ids
    assert (str(client.address), topology.subnets[client.subnet_id].availability_zone) == (address, zone)


def test_every_resource_is_told_of_in_the_events(cloudformation, queue):
    events = cloudformation.describe_stack_events(StackName="network")["StackEvents"]
    told = {e["LogicalResourceId"]: (e["ResourceType"], e["ResourceStatus"], e["PhysicalResourceId"]) for e in events}
    assert told["Queue"] == ("AWS::EC2::VPCEndpoint", "CREATE_COMPLETE", queue)
    assert events[0]["ResourceType"] == "AWS::CloudFormation::Stack"
    (resource,) = cloudformation.describe_stack_resources(StackName="network", LogicalResourceId="Queue")[
        "StackResources"
    ]
    assert resource["PhysicalResourceId"] == queue


@pytest.mark.parametrize(
    ("was", "is_now", "expected"),
    [
        ("SubnetIds: [!Ref A]", "SubnetIds: [!Ref A, !Ref B]", lambda e: len(e["NetworkInterfaceIds"]) == 2),
        ("SubnetIds: [!Ref A]", "SubnetIds: [!Ref B]", lambda e: len(e["NetworkInterfaceIds"]) == 1),
        ('PrivateDnsEnabled: "true"', "PrivateDnsEnabled: false", lambda e: len(e["DnsEntries"]) == 2),
        ("Action: !Ref Action", "Action: sqs:SendMessage", lambda e: "SendMessage" in e["PolicyDocument"]),
        ("Value: queue }]", "Value: jobs }]", lambda e: _tags(e)["Name"] == "jobs"),
        ("Tags: [{ Key: Name, Value: queue }]", "", lambda e: "Name" not in _tags(e)),
    ],
)
def test_an_update_changes_the_endpoint_in_place(ec2, cloudformation, queue, was, is_now, expected):
    assert was in NETWORK
    cloudformation.update_stack(StackName="network", TemplateBody=NETWORK.replace(was, is_now))
    assert _stack(cloudformation)[0] == "UPDATE_COMPLETE", _reasons(cloudformation)
    assert expected(_endpoint(ec2, queue))
    assert _stack(cloudformation)[1]["Queue"] == queue


def test_an_update_of_a_parameter_alone_changes_what_refers_to_it(ec2, cloudformation, queue):
    parameters = [{"ParameterKey": "Action", "ParameterValue": "sqs:ReceiveMessage"}]
    cloudformation.update_stack(StackName="network", UsePreviousTemplate=True, Parameters=parameters)
    assert "sqs:ReceiveMessage" in _endpoint(ec2, queue)["PolicyDocument"]


def test_taking_the_policy_out_of_the_template_resets_it(ec2, cloudformation, queue):
    start = NETWORK.index("      PolicyDocument:")
    end = NETWORK.index("      Tags: [{ Key: Name, Value: queue")
    cloudformation.update_stack(StackName="network", TemplateBody=NETWORK[:start] + NETWORK[end:])
    assert json.loads(_endpoint(ec2, queue)["PolicyDocument"])["Statement"][0]["Action"] == "*"


def test_another_service_makes_another_endpoint_and_deletes_the_one_that_was(ec2, cloudformation, queue):
    cloudformation.update_stack(StackName="network", TemplateBody=NETWORK.replace(".sqs", ".sns"))
    status, outputs = _stack(cloudformation)
    assert (status, outputs["Queue"] == queue) == ("UPDATE_COMPLETE", False)
    assert [e["ServiceName"].rpartition(".")[2] for e in ec2.describe_vpc_endpoints()["VpcEndpoints"]] == ["s3", "sns"]


def test_replacing_a_gateway_endpoint_on_its_own_route_table_fails_as_on_aws_and_is_rolled_back(
    ec2, cloudformation, queue
):
    changed = NETWORK.replace("ServiceName: !Sub com.amazonaws.${AWS::Region}.s3", "ServiceName: com.amazonaws.x.s3")
    cloudformation.update_stack(StackName="network", TemplateBody=changed.replace("[!Ref A]", "[!Ref A, !Ref B]"))
    assert _stack(cloudformation)[0] == "UPDATE_ROLLBACK_COMPLETE"
    assert _reasons(cloudformation) == [
        (
            "S3",
            "Resource handler returned message: \"The Vpc Endpoint Service 'com.amazonaws.x.s3' does not exist\"",
        )
    ]
    assert len(_endpoint(ec2, queue)["NetworkInterfaceIds"]) == 1
    assert len(ec2.describe_vpc_endpoints()["VpcEndpoints"]) == 2


def test_a_removed_endpoint_is_deleted_with_the_update(ec2, cloudformation, queue):
    start, end = NETWORK.index("  Queue:\n"), NETWORK.index("Outputs:")
    shorter = NETWORK[:start] + NETWORK[end:].replace("  Queue: { Value: !Ref Queue }\n", "")
    cloudformation.update_stack(StackName="network", TemplateBody=shorter)
    assert _stack(cloudformation)[0] == "UPDATE_COMPLETE"
    assert [e["VpcEndpointType"] for e in ec2.describe_vpc_endpoints()["VpcEndpoints"]] == ["Gateway"]


def test_deleting_the_stack_deletes_everything(api, ec2, cloudformation, queue):
    vpc_id = _stack(cloudformation)[1]["Vpc"]
    cloudformation.delete_stack(StackName="network")
    topology = api.source.current()
    assert topology.endpoints == {}
    assert vpc_id not in topology.vpcs
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_a_subnet_that_an_endpoint_of_somebody_else_is_in_stays_and_so_does_the_stack(ec2, cloudformation, queue):
    endpoint = _endpoint(ec2, queue)
    other = ec2.create_vpc_endpoint(
        VpcId=endpoint["VpcId"],
        VpcEndpointType="Interface",
        ServiceName="com.amazonaws.us-east-1.kms",
        SubnetIds=endpoint["SubnetIds"],
    )["VpcEndpoint"]["VpcEndpointId"]
    cloudformation.delete_stack(StackName="network")
    assert _stack(cloudformation)[0] == "DELETE_FAILED"
    ((resource, reason),) = [each for each in _reasons(cloudformation) if each[0] != "network"]
    # The subnet's own reason, not that of the VPC, which fails because of it.
    assert (resource, "has dependencies and cannot be deleted" in reason) == ("A", True)
    assert f"The subnet '{endpoint['SubnetIds'][0]}'" in reason
    ec2.delete_vpc_endpoints(VpcEndpointIds=[other])
    cloudformation.delete_stack(StackName="network")
    with pytest.raises(ClientError, match="does not exist"):
        _stack(cloudformation)


def test_a_protected_stack_is_not_deleted_until_its_protection_ends(cloudformation):
    protected = "Stack [network] cannot be deleted while TerminationProtection is enabled"
    cloudformation.create_stack(StackName="network", TemplateBody=NETWORK, EnableTerminationProtection=True)
    (stack,) = cloudformation.describe_stacks(StackName="network")["Stacks"]
    assert stack["EnableTerminationProtection"]
    for name in ("network", stack["StackId"]):
        with pytest.raises(ClientError) as refused:
            cloudformation.delete_stack(StackName=name)
        assert refused.value.response["Error"]["Code"] == "ValidationError"
        assert refused.value.response["Error"]["Message"] == protected
    assert _stack(cloudformation)[0] == "CREATE_COMPLETE"
    answer = cloudformation.update_termination_protection(StackName="network", EnableTerminationProtection=False)
    assert answer["StackId"] == stack["StackId"]
    cloudformation.delete_stack(StackName="network")
    with pytest.raises(ClientError, match="does not exist"):
        _stack(cloudformation)


def test_protection_can_be_given_to_a_stack_that_is_there(cloudformation, queue):
    cloudformation.update_termination_protection(StackName="network", EnableTerminationProtection=True)
    with pytest.raises(ClientError, match="TerminationProtection is enabled"):
        cloudformation.delete_stack(StackName="network")
    cloudformation.update_termination_protection(StackName="network", EnableTerminationProtection=False)
    with pytest.raises(ClientError, match=r"Stack \[nowhere\] does not exist"):
        cloudformation.update_termination_protection(StackName="nowhere", EnableTerminationProtection=True)


@pytest.mark.parametrize(
    ("was", "is_now", "resource", "reason"),
    [
        (".sqs", ".nothing", "Queue", "The Vpc Endpoint Service 'com.amazonaws.us-east-1.nothing' does not exist"),
        ("SubnetIds: [!Ref A]", "SubnetIds: [subnet-1]", "Queue", "The subnet ID 'subnet-1' does not exist"),
        ("SubnetIds: [!Ref A]", "SubnetIds: !Ref A", "Queue", "SubnetIds is not of type array"),
        ('PrivateDnsEnabled: "true"', "PrivateDnsEnabled: perhaps", "Queue", "'perhaps' is not of type boolean"),
        ('PrivateDnsEnabled: "true"', "Colour: red", "Queue", "Encountered unsupported property Colour"),
        ('Principal: "*", ', "", "Queue", "Principal"),
        ("CidrBlock: 10.30.0.0/16", "CidrBlock: 10.30.0.0/8", "Vpc", "10.30.0.0/8"),
        ("EnableDnsHostnames: true", "EnableDnsHostnames: false", "Queue", "Enabling private DNS requires both"),
        (
            "PrivateDnsEnabled:",
            "DnsOptions: { PrivateDnsOnlyForInboundResolverEndpoint: true }\n      PrivateDnsEnabled:",
            "Queue",
            "allowed: OnlyInboundResolver | AllResolvers | NotSpecified",
        ),
    ],
)
def test_what_ec2_refuses_fails_the_stack_and_nothing_is_left(api, ec2, cloudformation, was, is_now, resource, reason):
    vpcs = set(api.source.current().vpcs)
    assert was in NETWORK
    cloudformation.create_stack(StackName="network", TemplateBody=NETWORK.replace(was, is_now))
    assert _stack(cloudformation) == ("ROLLBACK_COMPLETE", {})
    ((failed, why),) = _reasons(cloudformation)
    assert failed == resource
    assert reason in why
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    api.source.touch()
    assert set(api.source.current().vpcs) == vpcs


@pytest.mark.parametrize("kind", ["Internet", "Vpn"])
def test_a_gateway_is_attached_exchanged_and_detached_with_its_stack(ec2, cloudformation, kind):
    gateway = f"AWS::EC2::{'InternetGateway' if kind == 'Internet' else 'VPNGateway, Properties: { Type: ipsec.1 }'}"

    def template(name):
        return f"""
Resources:
  Vpc: {{ Type: AWS::EC2::VPC, Properties: {{ CidrBlock: 10.77.0.0/16 }} }}
  One: {{ Type: {gateway} }}
  Two: {{ Type: {gateway} }}
  Attachment:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties: {{ VpcId: !Ref Vpc, {kind}GatewayId: !Ref {name} }}
Outputs:
  Vpc: {{ Value: !Ref Vpc }}
  Gateway: {{ Value: !Ref {name} }}
  Kind: {{ Value: !GetAtt Attachment.AttachmentType }}
"""

    def attached():
        if kind == "Internet":
            found = ec2.describe_internet_gateways()["InternetGateways"]
            return {each["InternetGatewayId"]: each["Attachments"][0]["VpcId"] for each in found if each["Attachments"]}
        found = ec2.describe_vpn_gateways()["VpnGateways"]
        return {
            each["VpnGatewayId"]: one["VpcId"]
            for each in found
            for one in each["VpcAttachments"]
            if one["State"] == "attached"
        }

    before = attached()
    for name in ("One", "Two"):
        (cloudformation.create_stack if name == "One" else cloudformation.update_stack)(
            StackName="network", TemplateBody=template(name)
        )
        outputs = _stack(cloudformation)[1]
        assert outputs["Kind"] == ("IGW" if kind == "Internet" else "VGW")
        assert attached() == before | {outputs["Gateway"]: outputs["Vpc"]}
    cloudformation.delete_stack(StackName="network")
    assert attached() == before
    assert outputs["Vpc"] not in [each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"]]


BEHIND_A_NAT_GATEWAY = """
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.77.0.0/16 } }
  Subnet: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.77.0.0/24 } }
  Door: { Type: AWS::EC2::InternetGateway }
  Attachment: { Type: AWS::EC2::VPCGatewayAttachment, Properties: { VpcId: !Ref Vpc, InternetGatewayId: !Ref Door } }
  Address: { Type: AWS::EC2::EIP, Properties: { Domain: vpc } }
  Nat:
    Type: AWS::EC2::NatGateway
    DependsOn: Attachment
    Properties: { SubnetId: !Ref Subnet, AllocationId: !GetAtt Address.AllocationId }
  Table: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  Route:
    Type: AWS::EC2::Route
    Properties: { RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: !Ref Nat }
"""


def test_nat_gateways_addresses_and_internet_gateways_go_with_their_stack(ec2, cloudformation):
    def there():
        return (
            len(ec2.describe_vpcs()["Vpcs"]),
            len(ec2.describe_addresses()["Addresses"]),
            len(ec2.describe_internet_gateways()["InternetGateways"]),
            [each for each in ec2.describe_nat_gateways()["NatGateways"] if each["State"] == "available"],
        )

    before = there()
    stack = cloudformation.create_stack(StackName="network", TemplateBody=BEHIND_A_NAT_GATEWAY)["StackId"]
    assert _stack(cloudformation)[0] == "CREATE_COMPLETE"
    cloudformation.delete_stack(StackName="network")
    assert _stack(cloudformation, stack)[0] == "DELETE_COMPLETE", _reasons(cloudformation, stack)
    assert there() == before


def test_a_change_set_makes_changes_and_rolls_back_too(ec2, cloudformation):
    def change(template, kind, name):
        cloudformation.create_change_set(
            StackName="network", ChangeSetName=name, TemplateBody=template, ChangeSetType=kind
        )
        cloudformation.execute_change_set(StackName="network", ChangeSetName=name)
        return _stack(cloudformation)

    status, outputs = change(NETWORK, "CREATE", "one")
    assert status == "CREATE_COMPLETE"
    assert _endpoint(ec2, outputs["Queue"])["State"] == "available"
    assert change(NETWORK.replace("[!Ref A]", "[!Ref A, !Ref B]"), "UPDATE", "two")[0] == "UPDATE_COMPLETE"
    assert change(NETWORK.replace(".sqs", ".nothing"), "UPDATE", "three")[0] == "UPDATE_ROLLBACK_COMPLETE"
    assert len(_endpoint(ec2, outputs["Queue"])["NetworkInterfaceIds"]) == 2


@pytest.mark.parametrize("wish", [{"DisableRollback": True}, {"OnFailure": "DO_NOTHING"}])
def test_without_rollback_what_was_made_stays_to_be_looked_at(ec2, cloudformation, wish):
    cloudformation.create_stack(StackName="network", TemplateBody=NETWORK.replace(".sqs", ".nothing"), **wish)
    assert _stack(cloudformation)[0] == "CREATE_FAILED"
    assert [each["VpcEndpointType"] for each in ec2.describe_vpc_endpoints()["VpcEndpoints"]] == ["Gateway"]
    cloudformation.delete_stack(StackName="network")
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []


def test_a_stack_that_is_to_be_deleted_when_it_fails_is(ec2, cloudformation):
    template = NETWORK.replace(".sqs", ".nothing")
    cloudformation.create_stack(StackName="network", TemplateBody=template, OnFailure="DELETE")
    with pytest.raises(ClientError, match="does not exist"):
        _stack(cloudformation)
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []


def test_a_type_that_is_not_emulated_is_left_out_and_the_log_says_so(cloudformation, caplog):
    more = '  Unknown: { Type: "AWS::Nothing::Thing", Properties: { Of: !Ref Vpc } }\nOutputs:\n'
    cloudformation.create_stack(StackName="network", TemplateBody=NETWORK.replace("Outputs:\n", more, 1))
    assert _stack(cloudformation)[0] == "CREATE_COMPLETE"
    assert "AWS::Nothing::Thing is not emulated: the stack is made without it" in caplog.text


def test_a_stack_in_another_region_is_told_that_there_is_no_network(api, backend, cloudformation):
    elsewhere = backend.client("cloudformation", region="eu-west-1", account_id=api.account_id)
    elsewhere.create_stack(StackName="network", TemplateBody=NETWORK)
    assert _stack(elsewhere)[0] == "ROLLBACK_COMPLETE"
    assert "This emulator's network is that of us-east-1" in _reasons(elsewhere)[0][1]
    elsewhere.delete_stack(StackName="network")


OUTWARD = """
Resources:
  Out:
    Type: AWS::EC2::Route
    Properties: { RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: !Ref Nat }
  Nat:
    Type: AWS::EC2::NatGateway
    Properties: { SubnetId: !Ref Subnet, AllocationId: !GetAtt Address.AllocationId }
  Address:
    Type: AWS::EC2::EIP
    Properties: { Domain: vpc }
  Inner:
    Type: AWS::EC2::NatGateway
    Properties: { SubnetId: !Ref Subnet, ConnectivityType: private }
  Table:
    Type: AWS::EC2::RouteTable
    Properties: { VpcId: !Ref Vpc }
  Subnet:
    Type: AWS::EC2::Subnet
    Properties: { VpcId: !Ref Vpc, CidrBlock: 10.31.1.0/24 }
  Vpc:
    Type: AWS::EC2::VPC
    Properties: { CidrBlock: 10.31.0.0/16 }
"""

GATEWAY = """
  Door:
    Type: AWS::EC2::InternetGateway
  Attachment:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties: { VpcId: !Ref Vpc, InternetGatewayId: !Ref Door }
"""


def test_a_template_has_public_addresses_behind_its_internet_gateway_whatever_stands_first(ec2, cloudformation):
    cloudformation.create_stack(StackName="network", TemplateBody=OUTWARD + GATEWAY)
    assert _stack(cloudformation)[0] == "CREATE_COMPLETE", _reasons(cloudformation)
    gateways = ec2.describe_nat_gateways()["NatGateways"]
    assert sorted((each["ConnectivityType"], each["State"]) for each in gateways) == [
        ("private", "available"),
        ("public", "available"),
    ]


def test_a_public_nat_gateway_of_a_template_fails_without_an_internet_gateway(ec2, cloudformation):
    cloudformation.create_stack(StackName="network", TemplateBody=OUTWARD)
    assert _stack(cloudformation)[0] == "ROLLBACK_COMPLETE"
    (failed,) = _reasons(cloudformation)
    assert (failed[0], "has no Internet gateway attached" in failed[1]) == ("Nat", True)
