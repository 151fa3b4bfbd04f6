"""The Describe operations: filtered and paged views of the endpoints and services, and of the backend's network. IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from vpce_emulator.control import ec2_errors, overlays, prefix_lists
from vpce_emulator.control.connection_reading import read_connections
from vpce_emulator.control.description import (
    described_endpoint,
    described_service,
    endpoint_attributes,
    service_attributes,
)
from vpce_emulator.control.ec2_wire import Values
from vpce_emulator.control.listing import matches, page
from vpce_emulator.control.route_states import targets_of, targets_up, with_states
from vpce_emulator.topology.models import Endpoint, EndpointType
from vpce_emulator.topology.prefix_lists import aws_prefix_lists, prefix_list_ids
from vpce_emulator.topology.services import CROSS_REGION_SERVICES, EndpointService, endpoint_services

# boto3's clients have no types.
Ec2 = Any

# The greatest MaxResults about managed prefix lists.
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeManagedPrefixLists.html
_MOST_MANAGED: Final = 100


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
    names = values.get("ServiceNames") or list(services)
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
    ids = values.get("PrefixListIds") or list(by_id)
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


def describe_network_interfaces(values: Values, endpoints: Iterable[Endpoint], ec2: Ec2) -> Values:
    """Answer DescribeNetworkInterfaces: the backend's, the endpoints' among them shown as what they are."""
    result = ec2.describe_network_interfaces(**overlays.without_local_filters("DescribeNetworkInterfaces", values))
    return overlays.network_interfaces(values, dict(result), endpoints)


def describe_route_tables(values: Values, endpoints: Iterable[Endpoint], region: str, ec2: Ec2) -> Values:
    """Answer DescribeRouteTables: the backend's, with the states of routes and the gateway endpoints' routes."""
    result = ec2.describe_route_tables(**overlays.without_local_filters("DescribeRouteTables", values))
    tables = result["RouteTables"]
    connections = [each.id for each in read_connections(ec2, targets_of(tables))]
    stated = dict(result) | {"RouteTables": with_states(tables, targets_up(ec2, tables, connections))}
    return overlays.route_tables(values, stated, endpoints, prefix_list_ids(region))
