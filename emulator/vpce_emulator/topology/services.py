"""The services that VPC endpoints are offered for: types, private DNS names, policies, Regions.

Rules make names out of `catalogue`'s list; what deviates from the rules stands in the tables here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from vpce_emulator.topology.catalogue import INTERFACE_ENDPOINT_SERVICES
from vpce_emulator.topology.models import Endpoint, EndpointType
from vpce_emulator.topology.names import reversed_segment
from vpce_emulator.topology.service_regions import is_in


@dataclass(frozen=True, slots=True)
class EndpointService:
    """A service that VPC endpoints can be created for, in one Region.

    Attributes:
        name: `com.amazonaws.us-east-1.ecr.api`.
        region: the Region it stands in.
        segment: what follows the Region in the name: `ecr.api`; or what follows `com.amazonaws.` where there is none.
        types: the endpoint types it is offered for, in the order DescribeVpcEndpointServices lists them.
        dns_label: what stands before the Region in its endpoints' names: `api.ecr`.
        private_dns_names: the names that private DNS leads to an interface endpoint; `*.` means every name below.
        policy_supported: whether its endpoints take an endpoint policy; if not, they give full access.
        unsupported_zone_ids: the Availability Zones (`use1-az2`) in which it has no endpoints.
    """

    name: str
    region: str
    segment: str
    types: tuple[EndpointType, ...]
    dns_label: str
    private_dns_names: tuple[str, ...]
    policy_supported: bool = True
    unsupported_zone_ids: frozenset[str] = frozenset()

    def base_dns_name(self, endpoint_type: EndpointType) -> str:
        """Return the one name in `BaseEndpointDnsNames`."""
        if endpoint_type is EndpointType.GATEWAY:
            return f"{self.segment}.{self.region}.amazonaws.com"
        return f"{self.dns_label}.{self.region}.vpce.amazonaws.com"


_GATEWAY, _INTERFACE = EndpointType.GATEWAY, EndpointType.INTERFACE

# All others are offered for interface endpoints.
# https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/privatelink-streams.html
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-networking.html
_TYPES: Final[Mapping[str, tuple[EndpointType, ...]]] = {
    "s3": (_GATEWAY, _INTERFACE),
    "dynamodb": (_GATEWAY, _INTERFACE),
    "dynamodb-streams": (_INTERFACE,),
    "s3express": (_GATEWAY,),
}

# Names that are not `com.amazonaws.<region>.<segment>`.
# https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
_OTHER_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "api.aws.{region}.": ("cassandra-streams",),
    "aws.api.{region}.": (
        "bcm-data-exports",
        "freetier",
        "kendra-ranking",
        "qbusiness",
        "resource-explorer-2",
        "resource-explorer-2-fips",
    ),
    "aws.sagemaker.{region}.": ("experiments", "notebook", "partner-app", "studio"),
}

# Services for the whole partition, whose names have no Region: those offered everywhere, and those in one alone.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointsPrivateLink.html
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam_vpc_endpoint_create.html
_SERVICES_OF_ALL_REGIONS: Final = ("s3-global.accesspoint",)
_GLOBAL_SERVICES: Final = ("cloudfront", "iam", "route53", "savingsplans")
_GLOBAL_REGION: Final = "us-east-1"

# Where it is not the reversed segment.
_DNS_LABELS: Final[Mapping[str, str]] = {
    "dynamodb-streams": "streams.dynamodb",
    "elastic-inference.runtime": "api.elastic-inference",
    "kinesis-firehose": "firehose",
    "kinesis-streams": "kinesis",
    "kinesis-streams-fips": "kinesis-fips",
    "memorydb-fips": "memory-db-fips",
}

# Where it is not `<dns label>.<region>.amazonaws.com`.
_PRIVATE_DNS_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    # S3:privatelink-interface-endpoints. DescribeVpcEndpoints's order of these six is undocumented, chosen because it
    # goes from the service to its parts.
    "s3": (
        "s3.{region}.amazonaws.com",
        "*.s3.{region}.amazonaws.com",
        "s3-control.{region}.amazonaws.com",
        "*.s3-control.{region}.amazonaws.com",
        "s3-accesspoint.{region}.amazonaws.com",
        "*.s3-accesspoint.{region}.amazonaws.com",
    ),
    "s3-global.accesspoint": ("*.accesspoint.s3-global.amazonaws.com",),
    "s3express": (),
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/privatelink-interface-endpoints.html
    "dynamodb": (),
    "dynamodb-fips": (),
    "dynamodb-streams": (),
    "monitoring": (
        "monitoring.{region}.amazonaws.com",
        "monitoring.{region}.api.aws",
        "monitoring-fips.{region}.amazonaws.com",
        "monitoring-fips.{region}.api.aws",
    ),
    "account": ("account.us-east-1.amazonaws.com",),
    "billing": ("billing.us-east-1.api.aws",),
    "billingconductor": ("billingconductor.us-east-1.amazonaws.com",),
    "bcm-data-exports": ("bcm-data-exports.us-east-1.api.aws",),
    "bcm-pricing-calculator": ("bcm-pricing-calculator.us-east-1.api.aws",),
    "cassandra-streams": ("cassandra-streams.{region}.api.aws",),
    "ce": ("ce.us-east-1.amazonaws.com",),
    "cloudfront": ("cloudfront.amazonaws.com",),
    "codeartifact.api": ("codeartifact.{region}.amazonaws.com",),
    "codeartifact.repositories": ("*.d.codeartifact.{region}.amazonaws.com",),
    "codeconnections.api": ("codeconnections.{region}.amazonaws.com",),
    "codestar-connections.api": ("codestar-connections.{region}.amazonaws.com",),
    "cost-optimization-hub": ("cost-optimization-hub.us-east-1.amazonaws.com",),
    "datazone": ("datazone.{region}.api.aws",),
    "datazone-fips": ("datazone-fips.{region}.api.aws",),
    "ecr.api-fips": ("ecr-fips.{region}.amazonaws.com",),
    "ecr.dkr": ("*.dkr.ecr.{region}.amazonaws.com",),
    "eks-auth": ("eks-auth.{region}.api.aws",),
    "execute-api": ("*.execute-api.{region}.amazonaws.com",),
    "experiments": ("*.experiments.{region}.sagemaker.aws",),
    "freetier": ("freetier.us-east-1.api.aws",),
    "gameliftstreams": ("gameliftstreams.{region}.api.aws",),
    "iam": ("iam.amazonaws.com",),
    "internetmonitor": ("internetmonitor.{region}.api.aws",),
    "internetmonitor-fips": ("internetmonitor-fips.{region}.api.aws",),
    # https://docs.aws.amazon.com/iot/latest/developerguide/IoTCore-VPC.html
    "iot.credentials": (),
    "iot.data": (),
    "iot.tunneling.data": (),
    "iot-fips.tunneling.data": (),
    "iot.api": ("iot.{region}.amazonaws.com",),
    "iot-fips.api": ("iot-fips.{region}.amazonaws.com",),
    "kendra-ranking": ("kendra-ranking.{region}.api.aws",),
    "mail-manager-smtp.auth.fips": (),
    "mail-manager-smtp.open.fips": (),
    "networkmanager": ("networkmanager.us-west-2.amazonaws.com",),
    "notebook": ("*.notebook.{region}.sagemaker.aws",),
    "notifications": ("notifications.{region}.api.aws",),
    "notifications-contacts": ("notifications-contacts.us-east-1.api.aws",),
    "organizations": ("organizations.us-east-1.amazonaws.com",),
    "organizations-fips": ("organizations-fips.us-east-1.amazonaws.com",),
    "partner-app": ("*.partner-app.{region}.sagemaker.aws",),
    "qbusiness": ("qbusiness.{region}.api.aws",),
    "resource-explorer-2": ("resource-explorer-2.{region}.api.aws",),
    "resource-explorer-2-fips": ("resource-explorer-2-fips.{region}.api.aws",),
    "route53": ("route53.amazonaws.com",),
    "savingsplans": ("savingsplans.amazonaws.com",),
    "shield": ("shield.us-east-1.amazonaws.com",),
    "studio": ("*.studio.{region}.sagemaker.aws",),
    "tax": ("tax.us-east-1.amazonaws.com",),
    "transfer.server": (),
}

# AWS lists them by an API call alone, of whose answer the guide shows the first five and the last:
# https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
# The others are chosen because they speak protocols in which no IAM action is asked for: mail, file transfer,
# appliances, streamed desktops, LoRaWAN gateways and tunnels.
_WITHOUT_ENDPOINT_POLICY: Final = frozenset(
    {
        "appmesh-envoy-management",
        "apprunner.requests",
        "appstream.api",
        "appstream.streaming",
        "awsconnector",
        "email-smtp",
        "highlander",
        "iot-fips.tunneling.data",
        "iot.tunneling.data",
        "lorawan.cups",
        "lorawan.lns",
        "mail-manager-smtp.auth.fips",
        "mail-manager-smtp.open.fips",
        "storagegateway",
        "transfer.server",
    }
)

# https://docs.aws.amazon.com/ses/latest/dg/send-email-set-up-vpc-endpoints.html
_UNSUPPORTED_ZONE_IDS: Final[Mapping[str, frozenset[str]]] = {
    "email-smtp": frozenset(
        {"use1-az2", "use1-az3", "use1-az5", "usw1-az2", "usw2-az4", "apne2-az4", "cac1-az3", "cac1-az4"}
    ),
}

CROSS_REGION_SERVICES: Final = frozenset(
    {
        "s3",
        "ecr.api",
        "ecr.dkr",
        "ecs",
        "ecs-fips",
        "iam",
        "kinesis-firehose",
        "kinesisanalytics",
        "kinesisanalytics-fips",
        "kms",
        "kms-fips",
        "lambda",
        "route53",
    }
)
"""The services whose interface endpoints may stand in another Region than the service (`ServiceRegion`).

https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-cross-region-privatelink-support.html
"""


@cache
def endpoint_services(region: str) -> Mapping[str, EndpointService]:
    """Return the services that endpoints are offered for in a Region, by their full names, sorted."""
    return {name: _endpoint_service(name, segment, region) for name, segment in sorted(_offered(region))}


def _offered(region: str) -> Iterator[tuple[str, str]]:
    """Yield the names and segments of a Region's endpoint services."""
    for segment in {*INTERFACE_ENDPOINT_SERVICES, *_TYPES}:
        if is_in(segment, region):
            yield service_name(segment, region), segment
    for prefix, segments in _OTHER_NAMES.items():
        yield from ((prefix.format(region=region) + name, name) for name in segments if is_in(name, region))
    alone = _GLOBAL_SERVICES if region == _GLOBAL_REGION else ()
    yield from ((f"com.amazonaws.{segment}", segment) for segment in (*_SERVICES_OF_ALL_REGIONS, *alone))


def endpoint_service(name: str, region: str) -> EndpointService | None:
    """Return the service of that full name in a Region, or None if there is none."""
    return endpoint_services(region).get(name)


def service_name(segment: str, region: str) -> str:
    """Return the full name of a service: `com.amazonaws.us-east-1.s3`."""
    return f"com.amazonaws.{region}.{segment}"


def segment_of(endpoint: Endpoint) -> str:
    """Return what tells the service of an endpoint from others, whatever its name begins with: `s3`, `ecr.api`."""
    service = endpoint_service(endpoint.service_name, endpoint.service_region)
    return service.segment if service else endpoint.service_name


def _endpoint_service(name: str, segment: str, region: str) -> EndpointService:
    dns_label = _DNS_LABELS.get(segment, reversed_segment(segment))
    templates = _PRIVATE_DNS_NAMES.get(segment, (f"{dns_label}.{{region}}.amazonaws.com",))
    return EndpointService(
        name=name,
        region=region,
        segment=segment,
        types=_TYPES.get(segment, (_INTERFACE,)),
        dns_label=dns_label,
        private_dns_names=tuple(template.format(region=region) for template in templates),
        policy_supported=segment not in _WITHOUT_ENDPOINT_POLICY,
        unsupported_zone_ids=_UNSUPPORTED_ZONE_IDS.get(segment, frozenset()),
    )
