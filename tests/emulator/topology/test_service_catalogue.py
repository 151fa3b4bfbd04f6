"""The services that endpoints are offered for, and the public names and addresses of all services."""

from itertools import combinations

import botocore.session
import pytest
from moto.ec2.models.vpcs import AWS_ENDPOINT_SERVICES, COVERED_ENDPOINT_SERVICES

from vpce_emulator.topology.models import EndpointType
from vpce_emulator.topology.prefix_lists import REGIONS, aws_prefix_list, aws_prefix_lists, gateway_services
from vpce_emulator.topology.public_names import PUBLIC_SERVICE_NETWORK, public_names
from vpce_emulator.topology.services import endpoint_service, endpoint_services

GATEWAY, INTERFACE = EndpointType.GATEWAY, EndpointType.INTERFACE


@pytest.mark.parametrize(
    ("segment", "types", "dns_label", "private_names"),
    [
        (
            "s3",
            (GATEWAY, INTERFACE),
            "s3",
            (
                "s3.us-east-1.amazonaws.com",
                "*.s3.us-east-1.amazonaws.com",
                "s3-control.us-east-1.amazonaws.com",
                "*.s3-control.us-east-1.amazonaws.com",
                "s3-accesspoint.us-east-1.amazonaws.com",
                "*.s3-accesspoint.us-east-1.amazonaws.com",
            ),
        ),
        ("dynamodb", (GATEWAY, INTERFACE), "dynamodb", ()),
        ("dynamodb-streams", (INTERFACE,), "streams.dynamodb", ()),
        ("sqs", (INTERFACE,), "sqs", ("sqs.us-east-1.amazonaws.com",)),
        ("sqs-fips", (INTERFACE,), "sqs-fips", ("sqs-fips.us-east-1.amazonaws.com",)),
        ("athena", (INTERFACE,), "athena", ("athena.us-east-1.amazonaws.com",)),
        ("lambda", (INTERFACE,), "lambda", ("lambda.us-east-1.amazonaws.com",)),
        ("ec2", (INTERFACE,), "ec2", ("ec2.us-east-1.amazonaws.com",)),
        ("ecr.api", (INTERFACE,), "api.ecr", ("api.ecr.us-east-1.amazonaws.com",)),
        ("ecr.dkr", (INTERFACE,), "dkr.ecr", ("*.dkr.ecr.us-east-1.amazonaws.com",)),
        ("execute-api", (INTERFACE,), "execute-api", ("*.execute-api.us-east-1.amazonaws.com",)),
        ("sagemaker.runtime", (INTERFACE,), "runtime.sagemaker", ("runtime.sagemaker.us-east-1.amazonaws.com",)),
        ("kinesis-streams", (INTERFACE,), "kinesis", ("kinesis.us-east-1.amazonaws.com",)),
        ("kinesis-firehose", (INTERFACE,), "firehose", ("firehose.us-east-1.amazonaws.com",)),
        (
            "monitoring",
            (INTERFACE,),
            "monitoring",
            (
                "monitoring.us-east-1.amazonaws.com",
                "monitoring.us-east-1.api.aws",
                "monitoring-fips.us-east-1.amazonaws.com",
                "monitoring-fips.us-east-1.api.aws",
            ),
        ),
    ],
)
def test_m1_m7_services_offer_their_endpoint_types_and_names(segment, types, dns_label, private_names):
    service = endpoint_service(f"com.amazonaws.us-east-1.{segment}", "us-east-1")
    assert (service.types, service.dns_label, service.private_dns_names) == (types, dns_label, private_names)


@pytest.mark.parametrize(
    ("region", "expected"), [("us-east-1", ["dynamodb", "s3", "s3express"]), ("eu-west-3", ["dynamodb", "s3"])]
)
def test_m1_gateway_endpoints_are_offered_for_s3_dynamodb_and_s3_express_only(region, expected):
    gateways = [s.segment for s in endpoint_services(region).values() if GATEWAY in s.types]
    assert gateways == expected == sorted(gateway_services(region))


def test_m7_most_services_have_interface_endpoints():
    services = endpoint_services("us-east-1")
    assert len(services) > 480
    assert [s.segment for s in services.values() if INTERFACE not in s.types] == ["s3express"]


@pytest.mark.parametrize(
    ("name", "dns_label", "private_names"),
    [
        ("com.amazonaws.us-east-1.bedrock-runtime-fips", "bedrock-runtime-fips", None),
        ("com.amazonaws.us-east-1.ecr.api-fips", "api-fips.ecr", ("ecr-fips.us-east-1.amazonaws.com",)),
        ("com.amazonaws.us-east-1.iot.tunneling.api", "api.tunneling.iot", None),
        ("com.amazonaws.us-east-1.sagemaker.api-fips", "api-fips.sagemaker", None),
        ("com.amazonaws.us-east-1.dynamodb-fips", "dynamodb-fips", ()),
        ("com.amazonaws.us-east-1.ce", "ce", ("ce.us-east-1.amazonaws.com",)),
        ("com.amazonaws.iam", "iam", ("iam.amazonaws.com",)),
        ("com.amazonaws.s3-global.accesspoint", "accesspoint.s3-global", ("*.accesspoint.s3-global.amazonaws.com",)),
        ("aws.api.us-east-1.kendra-ranking", "kendra-ranking", ("kendra-ranking.us-east-1.api.aws",)),
        ("api.aws.us-east-1.cassandra-streams", "cassandra-streams", ("cassandra-streams.us-east-1.api.aws",)),
        ("aws.sagemaker.us-east-1.notebook", "notebook", ("*.notebook.us-east-1.sagemaker.aws",)),
    ],
)
def test_the_catalogue_holds_the_less_usual_names(name, dns_label, private_names):
    service = endpoint_service(name, "us-east-1")
    usual = (f"{dns_label}.us-east-1.amazonaws.com",)
    assert (service.dns_label, service.private_dns_names) == (
        dns_label,
        usual if private_names is None else private_names,
    )


@pytest.mark.parametrize(
    ("name", "region", "offered"),
    [
        ("com.amazonaws.eu-west-1.textract", "eu-west-1", True),
        ("com.amazonaws.sa-east-1.textract", "sa-east-1", False),
        ("com.amazonaws.us-west-2.sqs-fips", "us-west-2", True),
        ("com.amazonaws.eu-west-1.sqs-fips", "eu-west-1", False),
        ("com.amazonaws.eu-west-1.kms-fips", "eu-west-1", True),
        ("com.amazonaws.iam", "eu-west-1", False),
        ("com.amazonaws.s3-global.accesspoint", "eu-west-1", True),
        ("com.amazonaws.eu-west-1.s3express", "eu-west-1", True),
        ("com.amazonaws.eu-west-3.s3express", "eu-west-3", False),
        ("com.amazonaws.xx-new-1.textract", "xx-new-1", False),
        ("com.amazonaws.xx-new-1.sqs", "xx-new-1", True),
        ("com.amazonaws.xx-new-1.datasync", "xx-new-1", True),
    ],
)
def test_services_are_offered_where_they_are(name, region, offered):
    assert (endpoint_service(name, region) is not None) is offered


def test_the_regions_of_a_service_are_those_that_the_sdks_know():
    known = botocore.session.get_session().get_data("endpoints")["partitions"][0]["services"]
    offered = {region: {s.segment for s in endpoint_services(region).values()} for region in REGIONS}
    differing = {}
    for service in endpoint_services("us-east-1").values():
        sdk = known.get(service.dns_label, {})
        regions = set(REGIONS) & set(sdk.get("endpoints", ()))
        ours = {region for region in REGIONS if service.segment in offered[region]}
        if sdk.get("isRegionalized", True) and regions and ours != regions:
            differing[service.segment] = ours ^ regions
    assert differing == {}


def test_every_service_that_moto_lists_is_in_the_catalogue():
    ours = {service.segment for service in endpoint_services("us-east-1").values()}
    # Names of moto's own modules.
    not_services = {"ecr", "firehose", "iot", "kinesis", "redshiftdata", "sagemaker"}
    assert {*AWS_ENDPOINT_SERVICES, *COVERED_ENDPOINT_SERVICES} - ours == not_services


@pytest.mark.parametrize("name", ["com.amazonaws.us-east-1.nothing", "com.amazonaws.eu-west-1.s3", "s3", ""])
def test_what_is_not_offered_is_not_found(name):
    assert endpoint_service(name, "us-east-1") is None


@pytest.mark.parametrize(
    ("endpoint_type", "name"),
    [(GATEWAY, "s3.us-east-1.amazonaws.com"), (INTERFACE, "s3.us-east-1.vpce.amazonaws.com")],
)
def test_the_base_dns_name_depends_on_the_type(endpoint_type, name):
    assert endpoint_service("com.amazonaws.us-east-1.s3", "us-east-1").base_dns_name(endpoint_type) == name


def test_services_that_speak_no_api_take_no_policy():
    services = endpoint_services("us-east-1")
    assert not services["com.amazonaws.us-east-1.email-smtp"].policy_supported
    for segment in [
        "s3",
        "dynamodb",
        "dynamodb-streams",
        "sqs",
        "sns",
        "kms",
        "monitoring",
        "logs",
        "ecr.api",
        "secretsmanager",
        "ssm",
        "sts",
    ]:
        assert services[f"com.amazonaws.us-east-1.{segment}"].policy_supported


@pytest.mark.parametrize(
    ("region", "service", "list_id"),
    [
        ("us-east-1", "s3", "pl-63a5400a"),
        ("us-east-1", "dynamodb", "pl-02cd2c6b"),
        ("ap-northeast-1", "dynamodb", "pl-78a54011"),
        ("ap-south-1", "s3", "pl-78a54011"),
    ],
)
def test_m3_the_prefix_lists_have_awss_ids(region, service, list_id):
    prefix_list = aws_prefix_list(region, service)
    assert (prefix_list.id, prefix_list.name) == (list_id, f"com.amazonaws.{region}.{service}")
    assert prefix_list.cidrs


def test_m3_no_address_is_in_two_prefix_lists():
    lists = [each for region in REGIONS for each in aws_prefix_lists(region)]
    for one, other in combinations(lists, 2):
        assert not any(a.overlaps(b) for a in one.cidrs for b in other.cidrs), (one.name, other.name)


@pytest.mark.parametrize("region", REGIONS)
def test_m3_the_lists_of_a_region_have_different_ids(region):
    ids = [each.id for each in aws_prefix_lists(region)]
    assert len(set(ids)) == len(ids) >= 2


@pytest.mark.parametrize(
    ("name", "service", "region"),
    [
        ("s3.us-east-1.amazonaws.com", "s3", "us-east-1"),
        ("*.s3.us-east-1.amazonaws.com", "s3", "us-east-1"),
        ("s3.amazonaws.com", "s3", "us-east-1"),
        ("*.s3.amazonaws.com", "s3", "us-east-1"),
        ("s3.dualstack.us-east-1.amazonaws.com", "s3", "us-east-1"),
        ("s3-accesspoint.us-east-1.amazonaws.com", "s3", "us-east-1"),
        ("s3-us-west-2.amazonaws.com", "s3", "us-west-2"),
        ("*.s3.eu-west-1.amazonaws.com", "s3", "eu-west-1"),
        ("dynamodb.us-east-1.amazonaws.com", "dynamodb", "us-east-1"),
        ("*.ddb.us-east-1.amazonaws.com", "dynamodb", "us-east-1"),
        ("dynamodb.eu-central-1.amazonaws.com", "dynamodb", "eu-central-1"),
    ],
)
def test_m4_public_addresses_of_s3_and_dynamodb_lie_in_their_regions_prefix_list(name, service, region):
    for address in public_names("us-east-1")[name]:
        assert any(address in cidr for cidr in aws_prefix_list(region, service).cidrs)


@pytest.mark.parametrize(
    "name",
    [
        "sqs.us-east-1.amazonaws.com",
        "sqs-fips.us-east-1.amazonaws.com",
        "sqs.us-east-1.api.aws",
        "queue.amazonaws.com",
        "streams.dynamodb.us-east-1.amazonaws.com",
        "*.eu-west-1.amazonaws.com",
        "iam.amazonaws.com",
        "sts.amazonaws.com",
    ],
)
def test_public_addresses_of_other_services_are_kept_for_documentation(name):
    assert all(address in PUBLIC_SERVICE_NETWORK for address in public_names("us-east-1")[name])


def test_a_region_that_is_not_listed_has_names_all_the_same():
    assert public_names("us-gov-west-1")["s3.us-gov-west-1.amazonaws.com"]
