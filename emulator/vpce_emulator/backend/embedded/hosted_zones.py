"""Private hosted zones in moto's Route 53, made and associated as Route 53 does it.

A zone is private where a VPC is given, and a VPC has no two zones of one name, of which an endpoint's private DNS names
are some. Imported with the first call to Route 53 or CloudFormation.
https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html
"""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from moto.route53.exceptions import Route53ClientError
from moto.route53.models import FakeZone, Route53Backend, route53_backends
from moto.route53.responses import Route53
from moto.utilities.utils import get_partition

from vpce_emulator.backend.embedded import ec2_calls
from vpce_emulator.backend.embedded.replacing import replace
from vpce_emulator.topology.services import endpoint_service

_answer_creation = Route53.create_hosted_zone
_create = Route53Backend.create_hosted_zone
_associate = Route53Backend.associate_vpc_with_hosted_zone

_Zones = Iterator[tuple[str, str]]
"""Zones of a VPC: the id of each, and its name without the dot at its end."""


def _answer_creation_for_a_vpc(response: Any) -> Any:
    if response.params.get("VPC"):
        given = response.params.get("HostedZoneConfig") or {}
        response.params["HostedZoneConfig"] = {**given, "PrivateZone": True}
    return _answer_creation(response)


def _create_unless_taken(
    zones: Any,
    name: str,
    private_zone: bool,
    caller_reference: str | None = None,
    vpcid: str | None = None,
    vpcregion: str | None = None,
    *more: Any,
    **options: Any,
) -> Any:
    if private_zone and vpcid:
        _refuse_unknown_vpc(zones, vpcid, str(vpcregion))
        _refuse_second_zone(zones, name, vpcid, str(vpcregion))
    return _create(zones, name, private_zone, caller_reference, vpcid, vpcregion, *more, **options)


def _associate_unless_taken(zones: Any, zone_id: str, vpcid: str, vpcregion: str) -> Any:
    zone = zones.get_hosted_zone(zone_id)
    if zone.private_zone:
        _refuse_unknown_vpc(zones, vpcid, vpcregion)
        _refuse_second_zone(zones, zone.name, vpcid, vpcregion)
    return _associate(zones, zone_id, vpcid, vpcregion)


def _refuse_unknown_vpc(zones: Any, vpc_id: str, region: str) -> None:
    """Refuse a VPC that the caller does not have; one of a Region that is not emulated is believed.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html
    """
    try:
        ec2_calls.current()("DescribeVpcs", {"VpcIds": [vpc_id]}, region=region, account_id=zones.account_id)
    except Exception as error:
        if str(getattr(error, "code", "")).startswith("InvalidVpcID"):
            raise Route53ClientError("InvalidVPCId", "The VPC ID is invalid.") from error


def _refuse_second_zone(zones: Any, name: str, vpc_id: str, region: str) -> None:
    """Refuse a zone in a VPC that has one of the same name.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_AssociateVPCWithHostedZone.html
    """
    wanted = _bare(name)
    known = (*_hosted(vpc_id), *_of_endpoints(zones.account_id, vpc_id, region))
    taken = next((zone_id for zone_id, other in known if other == wanted), None)
    if taken is not None:
        message = (
            f"The VPC {vpc_id} in region {region} has already been associated with the hosted zone {taken} "
            "with the same domain name."
        )
        raise Route53ClientError("ConflictingDomainExists", message)


def _bare(name: str) -> str:
    return name.rstrip(".").lower()


def _hosted(vpc_id: str) -> _Zones:
    """Yield the private hosted zones of a VPC, which any account may have associated with it."""
    for account in tuple(route53_backends.values()):
        for partition in tuple(account.values()):
            for zone in tuple(partition.zones.values()):
                if zone.private_zone and any(each.get("vpc_id") == vpc_id for each in zone.vpcs):
                    yield zone.resource_id, _bare(zone.name)


def _of_endpoints(account_id: str, vpc_id: str, region: str) -> _Zones:
    """Yield the zones that hold the private DNS names of a VPC's endpoints, whose ids AWS tells in errors alone."""
    for endpoint in _endpoints(account_id, vpc_id, region):
        inbound_only = endpoint.get("DnsOptions", {}).get("PrivateDnsOnlyForInboundResolverEndpoint")
        service = endpoint_service(endpoint["ServiceName"], endpoint.get("ServiceRegion") or region)
        if service is not None and endpoint.get("PrivateDnsEnabled") and not inbound_only:
            zone_id = f"Z{hashlib.sha256(endpoint['VpcEndpointId'].encode()).hexdigest()[:20].upper()}"
            yield from ((zone_id, name.removeprefix("*.")) for name in service.private_dns_names)


def _endpoints(account_id: str, vpc_id: str, region: str) -> list[Mapping[str, Any]]:
    wanted = {"Filters": [{"Name": "vpc-id", "Values": [vpc_id]}]}
    with suppress(Exception):  # EC2 refuses in a Region that is not emulated, where no endpoints are
        described = ec2_calls.current()("DescribeVpcEndpoints", wanted, region=region, account_id=account_id)
        return list(described["VpcEndpoints"])
    return []


def _make_of_template(name: str, template: Mapping[str, Any], account_id: str, region: str, **_: Any) -> Any:
    """Make an AWS::Route53::HostedZone, which moto leaves public, and without the dot that records look for.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-route53-hostedzone.html
    """
    properties = template["Properties"]
    zones = route53_backends[account_id][get_partition(region)]
    vpcs = [(each["VPCId"], each["VPCRegion"]) for each in properties.get("VPCs") or ()]
    vpc_id, vpc_region = vpcs[0] if vpcs else (None, None)
    comment = (properties.get("HostedZoneConfig") or {}).get("Comment")
    zone = zones.create_hosted_zone(f"{_bare(name)}.", bool(vpcs), None, vpc_id, vpc_region, comment)
    for more_id, more_region in vpcs[1:]:
        zones.associate_vpc_with_hosted_zone(zone.resource_id, more_id, more_region)
    return zone


def _delete_of_template(zone_id: str, _: Mapping[str, Any], account_id: str, region: str) -> None:
    route53_backends[account_id][get_partition(region)].zones.pop(zone_id, None)


replace(Route53, "create_hosted_zone", _answer_creation_for_a_vpc)
replace(Route53Backend, "create_hosted_zone", _create_unless_taken)
replace(Route53Backend, "associate_vpc_with_hosted_zone", _associate_unless_taken)
replace(FakeZone, "create_from_cloudformation_json", _make_of_template)
replace(FakeZone, "delete_from_cloudformation_json", _delete_of_template)
