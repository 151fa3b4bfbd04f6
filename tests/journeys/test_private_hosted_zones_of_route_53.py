"""Private hosted zones made through Route 53's API decide what names mean in the VPCs they are associated with."""

import json

import pytest
from botocore.exceptions import ClientError

from vpce_emulator.process import ask_admin

SQS = "sqs.us-east-1.amazonaws.com"
KMS = "kms.us-east-1.amazonaws.com"


def _vpc(vpce, client="private-a"):
    ec2 = vpce.client("ec2")
    subnet = next(it for it in ec2.describe_subnets()["Subnets"] if {"Key": "Name", "Value": client} in it["Tags"])
    return {"VPCRegion": "us-east-1", "VPCId": subnet["VpcId"]}


def _zone(vpce, name, vpc=None, **options):
    given = {"Name": name, "CallerReference": f"{name}{vpc}", "VPC": vpc or _vpc(vpce), **options}
    return vpce.client("route53").create_hosted_zone(**given)["HostedZone"]["Id"]


def _upsert(vpce, zone, record, action="UPSERT"):
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    vpce.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def test_a_record_is_answered_in_the_vpc_from_its_creation_to_its_end(vpce):
    zone = _zone(vpce, "example.internal")
    record = {"Name": "db.example.internal", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "10.0.1.77"}]}
    _upsert(vpce, zone, record)
    assert list(map(str, vpce.resolve("db.example.internal", at="private-a"))) == ["10.0.1.77"]
    assert vpce.resolve("db.example.internal") == ()
    _upsert(vpce, zone, record, "DELETE")
    assert vpce.resolve("db.example.internal", at="private-a") == ()


def test_a_zone_over_a_services_name_moves_calls_to_another_endpoint(vpce):
    name = "s3.us-east-1.amazonaws.com"
    vpce.client("s3", at="private-a").list_buckets()
    assert vpce.decisions()[-1]["path"] == "gateway"
    zone = _zone(vpce, name)
    target = vpce.endpoint("s3-interface").dns_names[0]
    alias = {"HostedZoneId": "Z7HUB22UULQXV", "DNSName": target, "EvaluateTargetHealth": False}
    _upsert(vpce, zone, {"Name": name, "Type": "A", "AliasTarget": alias})
    vpce.client("s3", at="private-a").list_buckets()
    decision = vpce.decisions()[-1]
    assert (decision["path"], decision["endpoint"]) == ("interface", vpce.endpoint("s3-interface").id)


@pytest.mark.parametrize("options", [{}, {"HostedZoneConfig": {"Comment": "Managed by Terraform"}}])
def test_a_zone_that_is_made_with_a_vpc_is_private(vpce, options):
    zone = _zone(vpce, "example.internal", **options)
    described = vpce.client("route53").get_hosted_zone(Id=zone)
    assert described["HostedZone"]["Config"]["PrivateZone"]
    assert described["VPCs"] == [_vpc(vpce)]
    record = {"Name": "db.example.internal", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "10.0.1.77"}]}
    _upsert(vpce, zone, record)
    assert list(map(str, vpce.resolve("db.example.internal", at="private-a"))) == ["10.0.1.77"]


def test_a_zone_of_a_vpc_that_does_not_exist_is_refused(vpce):
    gone = {"VPCRegion": "us-east-1", "VPCId": "vpc-0123456789abcdef0"}
    route53 = vpce.client("route53")
    with pytest.raises(ClientError, match=r"\(InvalidVPCId\).*The VPC ID is invalid"):
        _zone(vpce, "example.internal", gone)
    assert route53.list_hosted_zones()["HostedZones"] == []
    zone = _zone(vpce, "example.internal")
    with pytest.raises(ClientError, match="InvalidVPCId"):
        route53.associate_vpc_with_hosted_zone(HostedZoneId=zone, VPC=gone)


def test_a_zone_that_is_made_without_a_vpc_is_public_and_answers_in_no_vpc(vpce):
    zone = vpce.client("route53").create_hosted_zone(Name="example.internal", CallerReference="1")["HostedZone"]
    _upsert(
        vpce,
        zone["Id"],
        {"Name": "db.example.internal", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "10.0.1.77"}]},
    )
    assert not zone["Config"]["PrivateZone"]
    assert vpce.resolve("db.example.internal", at="private-a") == ()


TEMPLATE = {
    "Resources": {
        "Zone": {
            "Type": "AWS::Route53::HostedZone",
            "Properties": {"Name": "example.internal", "VPCs": [{"VPCId": "", "VPCRegion": "us-east-1"}]},
        },
        "Record": {
            "Type": "AWS::Route53::RecordSet",
            "Properties": {
                "HostedZoneId": {"Ref": "Zone"},
                "Name": "db.example.internal",
                "Type": "A",
                "TTL": "5",
                "ResourceRecords": ["10.0.1.77"],
            },
        },
    }
}


def test_a_zone_of_a_template_is_private_with_its_vpcs_and_goes_with_its_stack(vpce):
    template = json.loads(json.dumps(TEMPLATE))
    template["Resources"]["Zone"]["Properties"]["VPCs"][0]["VPCId"] = _vpc(vpce)["VPCId"]
    cloudformation = vpce.client("cloudformation")
    cloudformation.create_stack(StackName="names", TemplateBody=json.dumps(template))
    assert list(map(str, vpce.resolve("db.example.internal", at="private-a"))) == ["10.0.1.77"]
    cloudformation.delete_stack(StackName="names")
    assert vpce.resolve("db.example.internal", at="private-a") == ()
    assert vpce.client("route53").list_hosted_zones()["HostedZones"] == []


def _conflict(vpc):
    return (
        f"The VPC {vpc['VPCId']} in region us-east-1 has already been associated with the hosted zone "
        "[0-9A-Z]+ with the same domain name"
    )


@pytest.mark.parametrize("name", [SQS, f"{SQS.upper()}."])
def test_no_zone_has_the_name_that_an_endpoints_private_dns_has(vpce, name):
    vpc = _vpc(vpce)
    with pytest.raises(ClientError, match=_conflict(vpc)) as refused:
        _zone(vpce, name, vpc)
    assert refused.value.response["Error"]["Code"] == "ConflictingDomainExists"
    endpoint = vpce.endpoint("sqs").id
    vpce.client("ec2").modify_vpc_endpoint(VpcEndpointId=endpoint, PrivateDnsEnabled=False)
    _zone(vpce, name, vpc)


def test_no_vpc_has_two_zones_of_one_name(vpce):
    vpc, route53 = _vpc(vpce), vpce.client("route53")
    _zone(vpce, "example.internal", vpc)
    with pytest.raises(ClientError, match=_conflict(vpc)):
        route53.create_hosted_zone(Name="example.internal", CallerReference="2", VPC=vpc)
    _zone(vpce, "db.example.internal", vpc)
    other = {"VPCRegion": "us-east-1", "VPCId": vpce.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]}
    elsewhere = _zone(vpce, "example.internal", other)
    with pytest.raises(ClientError, match=_conflict(vpc)):
        route53.associate_vpc_with_hosted_zone(HostedZoneId=elsewhere, VPC=vpc)


def test_no_endpoints_private_dns_has_the_name_that_a_zone_has(vpce):
    vpc = _vpc(vpce)
    zone = _zone(vpce, KMS, vpc)
    wanted = {"VpcId": vpc["VPCId"], "ServiceName": "com.amazonaws.us-east-1.kms", "VpcEndpointType": "Interface"}
    message = (
        f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for {KMS} in the VPC"
    )
    with pytest.raises(ClientError, match=message):
        vpce.client("ec2").create_vpc_endpoint(**wanted, PrivateDnsEnabled=True)
    vpce.client("route53").delete_hosted_zone(Id=zone)
    vpce.client("ec2").create_vpc_endpoint(**wanted, PrivateDnsEnabled=True)


@pytest.mark.parametrize(
    ("weights", "answered"), [((0, 0), {"10.0.1.77", "10.0.1.78"}), ((0, 5), {"10.0.1.78"}), ((1, 0), {"10.0.1.77"})]
)
def test_records_of_weight_0_answer_where_there_are_no_others(vpce, weights, answered):
    zone = _zone(vpce, "example.internal")
    for weight, address in zip(weights, ("10.0.1.77", "10.0.1.78"), strict=True):
        record = {"Name": "db.example.internal", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": address}]}
        _upsert(vpce, zone, record | {"SetIdentifier": address, "Weight": weight})
    assert set(map(str, vpce.resolve("db.example.internal", at="private-a"))) == answered


def test_why_a_name_is_what_it_is_names_the_zone_that_decides(vpce):
    zone = _zone(vpce, "corp.internal")
    _upsert(vpce, zone, {"Name": "db.corp.internal", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "10.9.9.4"}]})
    alias = {"HostedZoneId": "Z7HUB22UULQXV", "DNSName": vpce.endpoint("sqs").dns_names[0]}
    _upsert(vpce, _zone(vpce, KMS), {"Name": KMS, "Type": "A", "AliasTarget": alias | {"EvaluateTargetHealth": False}})

    def why(name):
        return ask_admin(vpce.listing["admin"], f"resolve?name={name}&at=private-a")["reason"]

    assert why("db.corp.internal") == "db.corp.internal is 10.9.9.4. So says the private hosted zone corp.internal."
    assert why("no.corp.internal").endswith(
        ": the private hosted zone corp.internal decides about it, so add a record there."
    )
    assert f"(sqs) for com.amazonaws.us-east-1.sqs, by the private hosted zone {KMS}." in why(KMS)
    assert "by its private DNS name in vpc-" in why(SQS)
