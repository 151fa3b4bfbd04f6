"""What independent resolvers read from the emulator's DNS: M3, M8, M9, M10 over UDP and TCP."""

import re
import shutil
import subprocess
from ipaddress import ip_address, ip_network

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver
import pytest

SQS = "sqs.us-east-1.amazonaws.com"
S3 = "s3.us-east-1.amazonaws.com"
VPC_NETWORK = ip_network("10.0.0.0/16")
# A laptop under load answers late, never wrongly.
PATIENCE = 30


@pytest.fixture
def ask(vpce):
    """A function that asks the resolver of a place (`public`, or the VPC `app`), and returns the whole answer."""

    def query(name, place="app", record_type="A", over=dns.query.udp, **options):
        host, _, port = vpce.listing["dns"][place].rpartition(":")
        return over(dns.message.make_query(name, record_type, **options), host, port=int(port), timeout=PATIENCE)

    return query


def addresses(answer):
    return [record.address for section in answer.answer for record in section]


def same(answer, expected):
    return sorted(addresses(answer)) == sorted(expected)


def own_names(vpce, endpoint):
    """Return an endpoint's regional name and its zonal ones by their zones."""
    own = [name.removeprefix("*.") for name in vpce.endpoint(endpoint).dns_names if ".vpce.amazonaws.com" in name]
    zones = {re.search(r"us-east-1[a-f](?=\.)", name)[0]: name for name in own[1:]}
    return own[0], zones


def addresses_by_zone(vpce, endpoint):
    """Return what DescribeNetworkInterfaces says of an endpoint's addresses."""
    ec2 = vpce.client("ec2")
    described = ec2.describe_vpc_endpoints(VpcEndpointIds=[vpce.endpoint(endpoint).id])["VpcEndpoints"][0]
    interfaces = ec2.describe_network_interfaces(NetworkInterfaceIds=described["NetworkInterfaceIds"])
    return {one["AvailabilityZone"]: one["PrivateIpAddress"] for one in interfaces["NetworkInterfaces"]}


@pytest.mark.parametrize("place", ["public", "app"])
@pytest.mark.parametrize("endpoint", ["sqs", "s3-interface"])
def test_m8_m9_an_endpoints_regional_and_zonal_names_are_told_everywhere(vpce, ask, endpoint, place):
    regional, zonal = own_names(vpce, endpoint)
    by_zone = addresses_by_zone(vpce, endpoint)
    assert same(ask(regional, place), by_zone.values())
    assert {zone: addresses(ask(name, place)) for zone, name in zonal.items()} == {
        zone: [address] for zone, address in by_zone.items()
    }
    assert all(ip_address(address) in VPC_NETWORK for address in by_zone.values())


@pytest.mark.parametrize(
    "labels",
    ["bucket", "accesspoint", "control", "my-bucket.bucket", "my.dotted.bucket.bucket", "ap-123456789012.accesspoint"],
)
def test_m8_m9_names_below_an_s3_endpoints_own_lead_to_the_same_interfaces(vpce, ask, labels):
    regional, zonal = own_names(vpce, "s3-interface")
    by_zone = addresses_by_zone(vpce, "s3-interface")
    assert same(ask(f"{labels}.{regional}", "public"), by_zone.values())
    for zone, name in zonal.items():
        assert addresses(ask(f"{labels}.{name}", "public")) == [by_zone[zone]]


def test_m10_a_private_name_is_the_endpoints_inside_its_vpc_and_public_elsewhere(vpce, ask):
    assert same(ask(SQS, "app"), vpce.endpoint("sqs").addresses)
    outside = addresses(ask(SQS, "public"))
    assert outside
    assert not any(ip_address(address) in VPC_NETWORK for address in outside)


@pytest.mark.parametrize(
    ("names", "prefix_list"),
    [
        ((S3, f"my-bucket.{S3}", "s3.amazonaws.com", "my-bucket.s3.amazonaws.com"), "pl-63a5400a"),
        (("dynamodb.us-east-1.amazonaws.com",), "pl-02cd2c6b"),
    ],
)
@pytest.mark.parametrize("place", ["public", "app"])
def test_m3_public_names_lie_inside_the_prefix_lists_of_gateway_endpoints(vpce, ask, names, prefix_list, place):
    described = vpce.client("ec2").describe_prefix_lists(PrefixListIds=[prefix_list])["PrefixLists"][0]
    networks = [ip_network(cidr) for cidr in described["Cidrs"]]
    for name in names:
        found = addresses(ask(name, place))
        assert found
        assert all(any(ip_address(address) in network for network in networks) for address in found)


@pytest.mark.parametrize("name", [SQS, S3, f"my-bucket.{S3}"])
def test_aaaa_of_a_name_with_addresses_is_nodata(ask, name):
    answer = ask(name, record_type="AAAA")
    assert (answer.rcode(), answer.answer) == (dns.rcode.NOERROR, [])


def test_aaaa_of_an_endpoints_own_name_is_nodata(vpce, ask):
    answer = ask(own_names(vpce, "sqs")[0], "public", "AAAA")
    assert (answer.rcode(), answer.answer) == (dns.rcode.NOERROR, [])


@pytest.mark.parametrize(
    "name",
    [
        "no-such-service.us-east-1.amazonaws.com",
        f"below.{SQS}",
        "vpce-0123456789abcdef0-abcdefgh.sqs.us-east-1.vpce.amazonaws.com",
        "example.com",
        "localhost.localdomain",
        "1.0.0.10.in-addr.arpa",
    ],
)
@pytest.mark.parametrize("place", ["public", "app"])
def test_what_nobody_owns_does_not_exist(ask, name, place):
    answer = ask(name, place)
    assert (answer.rcode(), answer.answer) == (dns.rcode.NXDOMAIN, [])


def test_the_letter_case_of_the_question_comes_back(ask):
    # Resolvers check it against forged answers: https://datatracker.ietf.org/doc/html/draft-vixie-dnsext-dns0x20-00
    asked = dns.name.from_text("sQs.uS-eAsT-1.aMaZoNaWs.CoM.")
    answer = ask(asked)
    assert answer.question[0].name.to_text() == asked.to_text()
    assert answer.answer[0].name.to_text() == asked.to_text()
    assert addresses(answer)


def test_the_answer_over_tcp_is_the_answer_over_udp(vpce, ask):
    for name in (SQS, own_names(vpce, "s3-interface")[0], "example.com"):
        over_tcp, over_udp = ask(name, over=dns.query.tcp), ask(name)
        assert over_tcp.rcode() == over_udp.rcode()
        assert same(over_tcp, addresses(over_udp))
        assert not over_udp.flags & dns.flags.TC


def test_every_address_has_its_turn_at_the_head_of_the_answer(vpce, ask):
    heads = {addresses(ask(SQS))[0] for _ in range(32)}
    assert heads == set(vpce.endpoint("sqs").addresses)


@pytest.mark.parametrize(("use_edns", "version"), [(False, -1), (True, 0)])
def test_answers_are_recursive_short_lived_and_have_no_authority(ask, use_edns, version):
    answer = ask(SQS, use_edns=use_edns)
    assert answer.flags & (dns.flags.QR | dns.flags.RD | dns.flags.RA | dns.flags.AA) == (
        dns.flags.QR | dns.flags.RD | dns.flags.RA
    )
    assert {section.ttl for section in answer.answer} == {60}
    assert answer.authority == []
    assert answer.edns == version


def test_a_stub_resolver_uses_it_as_its_name_server(vpce):
    host, _, port = vpce.listing["dns"]["app"].rpartition(":")
    stub = dns.resolver.Resolver(configure=False)
    stub.nameservers, stub.port, stub.lifetime = [host], int(port), PATIENCE
    assert sorted(str(record) for record in stub.resolve(SQS, "A")) == sorted(vpce.endpoint("sqs").addresses)
    with pytest.raises(dns.resolver.NoAnswer):
        stub.resolve(SQS, "AAAA")
    with pytest.raises(dns.resolver.NXDOMAIN):
        stub.resolve("example.com", "A")


def test_m10_an_endpoint_that_is_deleted_is_gone_from_the_next_answer(vpce, ask):
    regional, _ = own_names(vpce, "sqs")
    private = set(addresses(ask(SQS)))
    vpce.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[vpce.endpoint("sqs").id])
    assert ask(regional, "public").rcode() == dns.rcode.NXDOMAIN
    assert private.isdisjoint(addresses(ask(SQS)))
    assert same(ask(SQS), addresses(ask(SQS, "public")))


def test_m10_private_names_need_dns_host_names_and_follow_the_attribute_at_once(vpce, ask):
    ec2, endpoint = vpce.client("ec2"), vpce.endpoint("sqs")
    ec2.modify_vpc_attribute(VpcId=endpoint.vpc_id, EnableDnsHostnames={"Value": False})
    assert set(endpoint.addresses).isdisjoint(addresses(ask(SQS)))
    ec2.modify_vpc_attribute(VpcId=endpoint.vpc_id, EnableDnsHostnames={"Value": True})
    assert same(ask(SQS), endpoint.addresses)


def test_m10_without_dns_support_the_vpcs_resolver_does_not_answer_at_all(vpce, ask):
    ec2, endpoint = vpce.client("ec2"), vpce.endpoint("sqs")
    host, port = vpce.listing["dns"]["app"].split(":")
    ec2.modify_vpc_attribute(VpcId=endpoint.vpc_id, EnableDnsSupport={"Value": False})
    with pytest.raises(dns.exception.Timeout):
        dns.query.udp(dns.message.make_query(SQS, "A"), host, 0.2, int(port))
    ec2.modify_vpc_attribute(VpcId=endpoint.vpc_id, EnableDnsSupport={"Value": True})
    assert same(ask(SQS), endpoint.addresses)


def test_m10_private_dns_is_turned_off_and_on_for_an_endpoint(vpce, ask):
    ec2, endpoint = vpce.client("ec2"), vpce.endpoint("sqs")
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint.id, PrivateDnsEnabled=False)
    assert set(endpoint.addresses).isdisjoint(addresses(ask(SQS)))
    assert same(ask(own_names(vpce, "sqs")[0]), endpoint.addresses)
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint.id, PrivateDnsEnabled=True)
    assert same(ask(SQS), endpoint.addresses)


def test_m8_a_subnet_that_is_removed_takes_its_address_along(vpce, ask):
    ec2, endpoint = vpce.client("ec2"), vpce.endpoint("sqs")
    regional, zonal = own_names(vpce, "sqs")
    by_zone = addresses_by_zone(vpce, "sqs")
    subnet = ec2.describe_subnets(Filters=[{"Name": "tag:Name", "Values": ["private-b"]}])["Subnets"][0]
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint.id, RemoveSubnetIds=[subnet["SubnetId"]])
    for name in (regional, SQS, zonal["us-east-1a"]):
        assert addresses(ask(name)) == [by_zone["us-east-1a"]]
    assert ask(zonal["us-east-1b"]).rcode() == dns.rcode.NXDOMAIN


def test_a_vpc_made_through_the_api_has_a_resolver_of_its_own_until_it_is_deleted(vpce, ask):
    ec2 = vpce.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    assert same(ask(SQS, vpc_id), addresses(ask(SQS, "public")))
    ec2.delete_vpc(VpcId=vpc_id)
    assert vpc_id not in vpce.listing["dns"]


dig_path = shutil.which("dig")


@pytest.fixture
def dig(vpce):
    if dig_path is None:
        pytest.skip("dig (bind9-dnsutils) is not installed")

    def run(place, *arguments):
        host, _, port = vpce.listing["dns"][place].rpartition(":")
        command = [dig_path, "-r", f"@{host}", "-p", port, "+tries=1", f"+time={PATIENCE}", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - dig

    return run


@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
def test_m10_dig_short_prints_the_endpoints_addresses(vpce, dig, transport):
    assert sorted(dig("app", transport, "+short", SQS).split()) == sorted(vpce.endpoint("sqs").addresses)


def test_dig_says_nxdomain_without_a_complaint(dig):
    printed = dig("public", "example.com")
    assert "status: NXDOMAIN" in printed
    assert "WARNING" not in printed


def test_the_public_name_of_an_instance_means_its_private_address_in_its_vpc_alone(vpce):
    ec2 = vpce.client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    instance = ec2.describe_instances(InstanceIds=[made])["Reservations"][0]["Instances"][0]
    name = instance["PublicDnsName"]
    assert list(map(str, vpce.resolve(name, at=made))) == [instance["PrivateIpAddress"]]
    assert list(map(str, vpce.resolve(name, at="private-a"))) == [instance["PublicIpAddress"]]
    assert list(map(str, vpce.resolve(name))) == [instance["PublicIpAddress"]]
