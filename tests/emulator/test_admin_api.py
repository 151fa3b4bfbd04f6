"""The admin API: health, decisions, and starting over."""

import http.client
import json

import pytest

from vpce_emulator.process import AdminRefused


def test_health_says_what_is_enforced_and_what_is_not(vpce_server):
    health = vpce_server.admin("health")
    assert health["status"] == "ready"
    assert any("endpoint policies" in line for line in health["enforced"])
    assert any("service and resource control policies" in line for line in health["enforced"])
    for said in ("SAML assertions", "CloudFormation", "DNS Firewall", "keys that nobody made"):
        assert any(said in line for line in health["not_enforced"])
    assert health["unknown_access_keys_act_as"] == "arn:aws:iam::123456789012:root"


def test_a_decision_is_found_by_the_request_id_of_the_response(vpce, vpce_server):
    answer = vpce.client("sts").get_caller_identity()
    decision = vpce_server.admin(f"decisions/{answer['ResponseMetadata']['RequestId']}")
    assert (decision["service"], decision["operation"], decision["outcome"]) == ("sts", "GetCallerIdentity", "allowed")


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("decisions/nosuch", 404, "no request nosuch is kept"),
        ("decisions?since=yesterday", 400, "since: found 'yesterday'; allowed: a number"),
        ("resolve", 400, "name: found nothing"),
        ("resolve?name=a..b", 400, "is not a domain name"),
        ("path", 400, "service: found nothing"),
        ("path?service=s3&port=0", 400, "port: found '0'; allowed: 1 to 65535"),
        ("path?service=s3&client=private-a", 400, "client: is not known; there are: service, port, at"),
        ("resolve?name=a.b&in=private-a", 400, "in: is not known; there are: name, at"),
        ("decisions?last=1", 400, "last: is not known; there are: since"),
        ("everything", 404, "GET /_vpce/everything is not known; there are: GET /_vpce/health"),
    ],
)
def test_what_cannot_be_answered_says_why(vpce_server, path, status, message):
    with pytest.raises(AdminRefused) as refusal:
        vpce_server.admin(path)
    assert refusal.value.status == status
    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "zones/us-east-1a/impair", "POST"),
        ("GET", "reset", "POST"),
        ("POST", "health", "GET"),
        ("PUT", "faults", "GET, POST, DELETE"),
    ],
)
def test_what_is_asked_by_the_wrong_method_is_told_the_right_one(vpce, method, path, allowed):
    host, port = vpce.url().removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port))
    connection.request(method, f"/_vpce/{path}")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Allow"]) == (405, allowed)
    assert f"not for {method}" in json.load(answer)["message"]
    connection.close()


def test_a_vpcs_resolver_that_is_turned_off_gives_no_answer(vpce, vpce_server):
    ec2, vpc = vpce.client("ec2"), vpce.listing["endpoints"]["sqs"]["vpc_id"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": False})
    answer = vpce_server.admin("resolve?name=sqs.us-east-1.amazonaws.com&at=private-a")
    assert (answer["rcode"], answer["addresses"]) == (None, [])
    assert answer["reason"] == f"enableDnsSupport is false in {vpc}, so its resolver does not answer."


def test_an_address_has_the_name_that_the_vpc_gives_it(vpce, vpce_server):
    address = vpce.endpoint("sqs").addresses[0]
    answer = vpce_server.admin(f"resolve?name={address}&at=private-a")
    assert (answer["rcode"], answer["addresses"]) == ("NOERROR", [])
    assert answer["names"] == [f"ip-{str(address).replace('.', '-')}.ec2.internal"]
    assert f"{vpce.endpoint('sqs').id}" in answer["reason"]
    answer = vpce_server.admin("resolve?name=10.0.1.10&at=private-b")
    assert answer["reason"].endswith("It is the address of client private-a.")
    answer = vpce_server.admin("resolve?name=10.0.1.77&at=private-a")
    assert (answer["rcode"], answer["names"]) == ("NXDOMAIN", [])


def test_the_hop_at_which_the_internet_cannot_reach_a_private_address_names_the_address(vpce, vpce_server):
    name = vpce.listing["endpoints"]["sqs"]["dns_names"][0]
    *_, hop = vpce_server.admin(f"path?service={name}")["hops"]
    assert hop["id"] in map(str, vpce.endpoint("sqs").addresses)


def test_reset_forgets_the_data_of_every_service_and_every_change_to_the_network(vpce):
    vpce.client("s3").create_bucket(Bucket="data")
    vpce.client("sqs").create_queue(QueueName="work")
    vpce.client("iam").create_user(UserName="alice")
    ec2 = vpce.client("ec2")
    before = {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]}
    made = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[vpce.endpoint("s3").id])
    assert made in vpce.listing["dns"]
    vpce.reset()
    assert vpce.client("s3").list_buckets()["Buckets"] == []
    assert "QueueUrls" not in vpce.client("sqs").list_queues()
    assert vpce.client("iam").list_users()["Users"] == []
    assert {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]} == before
    assert made not in vpce.listing["dns"]
    vpce.client("s3", at="private-a").list_buckets()
    assert vpce.decisions()[-1]["path"] == "gateway"


def test_the_admin_api_is_served_on_the_internet_door_alone(vpce):
    host, port = vpce.url(at="private-a").removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port))
    connection.request("GET", "/_vpce/health")
    assert connection.getresponse().headers["Server"] == "AmazonS3"
    connection.close()
