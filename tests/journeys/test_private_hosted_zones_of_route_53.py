"""Private hosted zones made through Route 53's API decide what names mean in the VPCs they are associated with."""

SQS = "sqs.us-east-1.amazonaws.com"


def _zone(vpce, name, client="private-a"):
    ec2, route53 = vpce.client("ec2"), vpce.client("route53")
    subnet = next(it for it in ec2.describe_subnets()["Subnets"] if {"Key": "Name", "Value": client} in it["Tags"])
    vpc = {"VPCRegion": "us-east-1", "VPCId": subnet["VpcId"]}
    made = route53.create_hosted_zone(
        Name=name, CallerReference=name, VPC=vpc, HostedZoneConfig={"PrivateZone": True, "Comment": ""}
    )
    return made["HostedZone"]["Id"]


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
