"""The Describe operations: filtered and paged views of the endpoints and services, and of the backend's network. IO."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from botocore import xform_name
from botocore.exceptions import ClientError

from vpce_emulator.control import ec2_errors, overlays, prefix_lists
from vpce_emulator.control.connection_reading import read_connections
from vpce_emulator.control.description import (
    described_endpoint,
    described_service,
    endpoint_attributes,
    service_attributes,
)
from vpce_emulator.control.ec2_errors import Ec2Error
from vpce_emulator.control.ec2_wire import Values
from vpce_emulator.control.listing import matches, page
from vpce_emulator.control.network_descriptions import (
    DESCRIPTIONS,
    Description,
    attributes,
    check_names,
    for_backend,
)
from vpce_emulator.control.route_states import targets_of, targets_up, with_states
from vpce_emulator.topology.models import Endpoint, EndpointType
from vpce_emulator.topology.prefix_lists import aws_prefix_lists, prefix_list_ids
from vpce_emulator.topology.services import CROSS_REGION_SERVICES, EndpointService, endpoint_services

# boto3's clients have no types.
Ec2 = Any

# The greatest MaxResults about managed prefix lists.
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeManagedPrefixLists.html
_MOST_MANAGED: Final = 100


EMPTY: Final[Mapping[str, str]] = {
    "DescribeVpcEndpointAssociations": "VpcEndpointAssociations",
    "DescribeVpcEndpointConnectionNotifications": "ConnectionNotificationSet",
    "DescribeVpcEndpointConnections": "VpcEndpointConnections",
}
"""Operations that describe what there is none of, with the members that would list it.

There are no endpoint services of one's own, no notifications, and no endpoints of resources and service networks.
"""


def describe_endpoints(values: Values, endpoints: Iterable[Endpoint], group_names: Mapping[str, str]) -> Values:
    """Answer DescribeVpcEndpoints about the endpoints that were asked for by id, or all.

    Args:
        values: the request's parameters.
        endpoints: those that were asked for.
        group_names: security groups' names by their ids.
    """
    filters = values.get("Filters", ())
    found = [endpoint for endpoint in endpoints if matches(filters, endpoint_attributes(endpoint))]
    shown, token = page(found, values.get("MaxResults"), values.get("NextToken"))
    return {"VpcEndpoints": [described_endpoint(endpoint, group_names) for endpoint in shown], "NextToken": token}


def describe_services(values: Values, region: str, ec2: Ec2) -> Values:
    """Answer DescribeVpcEndpointServices."""
    regions = values.get("ServiceRegions") or [region]
    services = {name: service for each in regions for name, service in _reachable(each, region)}
    names = dict.fromkeys(values.get("ServiceNames") or services)
    unknown = next((name for name in names if name not in services), None)
    if unknown is not None:
        raise ec2_errors.no_such_service(unknown)
    filters = values.get("Filters", ())
    found = [
        (services[name], endpoint_type)
        for name in names
        for endpoint_type in services[name].types
        if endpoint_type is EndpointType.INTERFACE or services[name].region == region
        if matches(filters, service_attributes(services[name], endpoint_type))
    ]
    shown, token = page(found, values.get("MaxResults"), values.get("NextToken"))
    zones = [(zone["ZoneName"], zone["ZoneId"]) for zone in ec2.describe_availability_zones()["AvailabilityZones"]]
    return {
        "ServiceNames": sorted({service.name for service, _ in shown}),
        "ServiceDetails": [described_service(service, endpoint_type, zones) for service, endpoint_type in shown],
        "NextToken": token,
    }


def _reachable(service_region: str, region: str) -> Iterator[tuple[str, EndpointService]]:
    """Yield the services of a Region, by name, that endpoints in another can be made for."""
    for name, service in endpoint_services(service_region).items():
        if service_region == region or service.segment in CROSS_REGION_SERVICES:
            yield name, service


def describe_prefix_lists(values: Values, region: str) -> Values:
    """Answer DescribePrefixLists, which is about AWS's lists alone."""
    return _page_of_lists(values, [prefix_lists.described_prefix_list(each) for each in aws_prefix_lists(region)])


def describe_managed_prefix_lists(values: Values, region: str, ec2: Ec2) -> Values:
    """Answer DescribeManagedPrefixLists, which is about AWS's lists and the customer's."""
    aws = [prefix_lists.described_managed_prefix_list(each, region) for each in aws_prefix_lists(region)]
    described = prefix_lists.merged(aws, ec2.describe_managed_prefix_lists()["PrefixLists"])
    return _page_of_lists(values, described, most=_MOST_MANAGED)


def _page_of_lists(values: Values, described: list[Values], *, most: int | None = None) -> Values:
    by_id = {each["PrefixListId"]: each for each in described}
    ids = dict.fromkeys(values.get("PrefixListIds") or by_id)
    unknown = next((list_id for list_id in ids if list_id not in by_id), None)
    if unknown is not None:
        raise ec2_errors.no_such_prefix_list(unknown)
    filters = values.get("Filters", ())
    found = [by_id[i] for i in ids if matches(filters, prefix_lists.prefix_list_attributes(by_id[i]))]
    shown, token = page(found, values.get("MaxResults"), values.get("NextToken"), most=most)
    return {"PrefixLists": shown, "NextToken": token}


def prefix_list_entries(values: Values, region: str, ec2: Ec2) -> Values:
    """Answer GetManagedPrefixListEntries."""
    list_id = values.get("PrefixListId")
    if not list_id:
        raise ec2_errors.missing_parameter("PrefixListId")
    for each in aws_prefix_lists(region):
        if each.id == list_id:
            entries = prefix_lists.entries(each)
            shown, token = page(entries, values.get("MaxResults"), values.get("NextToken"), most=_MOST_MANAGED)
            return {"Entries": shown, "NextToken": token}
    known = {each["PrefixListId"] for each in ec2.describe_managed_prefix_lists()["PrefixLists"]}
    if list_id not in known:
        raise ec2_errors.no_such_prefix_list(list_id)
    return dict(ec2.get_managed_prefix_list_entries(**values))


def describe_network(operation: str, values: Values, endpoints: Collection[Endpoint], region: str, ec2: Ec2) -> Values:
    """Answer an operation that describes things of the backend's network, with what it does not know of endpoints.

    Args:
        operation: one of `DESCRIPTIONS`.
        values: the request's parameters.
        endpoints: all there are.
        region: the Region.
        ec2: reaches the backend.
    """
    description = DESCRIPTIONS[operation]
    check_names(description, values)
    described = [{**description.constant, **each} for each in _asked_of_backend(operation, description, values, ec2)]
    if operation == "DescribeNetworkInterfaces":
        described = overlays.network_interfaces(_with_zone_ids(described, ec2), endpoints)
    elif operation == "DescribeRouteTables":
        connections = [each.id for each in read_connections(ec2, targets_of(described))]
        stated = with_states(described, targets_up(ec2, described, connections))
        described = overlays.route_tables(stated, endpoints, prefix_list_ids(region))
    filters = values.get("Filters", ())
    names = [each["Name"] for each in filters]
    found = [each for each in described if matches(filters, attributes(description, each, names))]
    shown, token = page(found, values.get("MaxResults"), values.get("NextToken"))
    return {description.listed: shown, "NextToken": token}


def _asked_of_backend(operation: str, description: Description, values: Values, ec2: Ec2) -> list[Values]:
    """Return what the backend describes; refuse ids that it does not know, of which it would name all or any."""
    call = getattr(ec2, xform_name(operation))
    code, message = description.unknown
    try:
        found: list[Values] = list(call(**for_backend(description, values))[description.listed])
    except ClientError as error:
        known = {each[description.id] for each in call()[description.listed]} if values.get(description.ids) else ()
        unknown = [each for each in values.get(description.ids, ()) if each not in known]
        if not unknown or not error.response["Error"]["Code"].endswith((".NotFound", ".Malformed")):
            raise
        raise Ec2Error(code, message.format(unknown[0])) from error
    missing = {*values.get(description.ids, ())} - {each[description.id] for each in found}
    if missing and not values.get("Filters"):
        raise Ec2Error(code, message.format(min(missing)))
    return found


def _with_zone_ids(described: Iterable[Values], ec2: Ec2) -> list[Values]:
    zones = {each["ZoneName"]: each["ZoneId"] for each in ec2.describe_availability_zones()["AvailabilityZones"]}
    return [each | {"AvailabilityZoneId": zones.get(each["AvailabilityZone"])} for each in described]
