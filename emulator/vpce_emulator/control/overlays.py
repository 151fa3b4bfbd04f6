"""What the backend does not know of endpoints, laid over its answers: routes, and whose network interfaces are. Pure.

Gateway endpoints' routes exist here alone; interface endpoints' network interfaces exist in the backend, which takes
them for a customer's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from vpce_emulator.control.ec2_wire import Values
from vpce_emulator.control.listing import matches
from vpce_emulator.topology.models import Endpoint, EndpointType, NetworkInterface

_INTERFACE_FILTERS: Final = frozenset(
    {
        "attachment.instance-owner-id",
        "attachment.status",
        "interface-type",
        "requester-id",
        "requester-managed",
        "status",
    }
)
_ROUTE_FILTERS: Final = frozenset(
    {"route.destination-prefix-list-id", "route.gateway-id", "route.origin", "route.state"}
)

LOCAL_FILTERS: Final[Mapping[str, frozenset[str]]] = {
    "DescribeNetworkInterfaces": _INTERFACE_FILTERS,
    "DescribeRouteTables": _ROUTE_FILTERS,
}
"""The filters that ask for what is laid over, by operation: the backend must not apply them."""


def without_local_filters(operation: str, values: Mapping[str, Any]) -> Values:
    """Return a request's parameters as the backend is to have them."""
    kept = [each for each in values.get("Filters", ()) if each["Name"] not in LOCAL_FILTERS[operation]]
    rest = {name: value for name, value in values.items() if name != "Filters"}
    return rest | ({"Filters": kept} if kept else {})


def _local(operation: str, values: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in values.get("Filters", ()) if each["Name"] in LOCAL_FILTERS[operation]]


def network_interfaces(values: Mapping[str, Any], result: Values, endpoints: Iterable[Endpoint]) -> Values:
    """Return the backend's answer to DescribeNetworkInterfaces with the endpoints' interfaces shown as such."""
    owners = {i.id: (e, i) for e in endpoints for i in e.interfaces}
    shown = [
        each | _managed(*owners[each["NetworkInterfaceId"]]) if each["NetworkInterfaceId"] in owners else each
        for each in result["NetworkInterfaces"]
    ]
    filters = _local("DescribeNetworkInterfaces", values)
    return result | {"NetworkInterfaces": [each for each in shown if matches(filters, _interface_attributes(each))]}


def _managed(endpoint: Endpoint, interface: NetworkInterface) -> Values:
    """Return what DescribeNetworkInterfaces says of an endpoint's interface, as recorded."""
    return {
        "Description": description_of(endpoint.id),
        "InterfaceType": "vpc_endpoint",
        "RequesterManaged": True,
        "RequesterId": "727180483921",
        "Status": "in-use",
        "Attachment": {
            "AttachmentId": attachment_id(interface),
            "AttachTime": datetime.fromtimestamp(endpoint.created_at, UTC),
            "DeleteOnTermination": False,
            "DeviceIndex": 1,
            "InstanceOwnerId": "amazon-aws",
            "Status": "attached",
        },
    }


def attachment_id(interface: NetworkInterface) -> str:
    """Return the id by which an endpoint's network interface is attached."""
    return f"ela-attach-{interface.id.removeprefix('eni-')}"


def description_of(endpoint_id: str) -> str:
    """Return the description of an endpoint's network interfaces."""
    return f"VPC Endpoint Interface {endpoint_id}"


def _interface_attributes(interface: Mapping[str, Any]) -> dict[str, Collection[str]]:
    attachment = interface.get("Attachment", {})
    return {
        "attachment.instance-owner-id": _given(attachment.get("InstanceOwnerId")),
        "attachment.status": _given(attachment.get("Status")),
        "interface-type": _given(interface.get("InterfaceType")),
        "requester-id": _given(interface.get("RequesterId")),
        "requester-managed": (str(interface.get("RequesterManaged", False)).lower(),),
        "status": _given(interface.get("Status")),
    }


def _given(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


def route_tables(
    values: Mapping[str, Any], result: Values, endpoints: Iterable[Endpoint], list_ids: Mapping[str, str]
) -> Values:
    """Return the backend's answer to DescribeRouteTables with the gateway endpoints' routes in it.

    `list_ids` are the prefix lists' ids by service name.
    """
    gateways = [endpoint for endpoint in endpoints if endpoint.type is EndpointType.GATEWAY]
    shown = [
        each | {"Routes": [*each.get("Routes", ()), *_gateway_routes(each["RouteTableId"], gateways, list_ids)]}
        for each in result["RouteTables"]
    ]
    filters = _local("DescribeRouteTables", values)
    return result | {"RouteTables": [each for each in shown if matches(filters, _route_attributes(each["Routes"]))]}


def _gateway_routes(route_table_id: str, gateways: Iterable[Endpoint], list_ids: Mapping[str, str]) -> Iterator[Values]:
    for endpoint in gateways:
        if route_table_id in endpoint.route_table_ids:
            yield {
                "DestinationPrefixListId": list_ids[endpoint.service_name],
                "GatewayId": endpoint.id,
                "Origin": "CreateRoute",
                "State": "active",
            }


def _route_attributes(routes: Collection[Mapping[str, Any]]) -> dict[str, Collection[str]]:
    keys = {
        "route.destination-prefix-list-id": "DestinationPrefixListId",
        "route.gateway-id": "GatewayId",
        "route.origin": "Origin",
        "route.state": "State",
    }
    return {name: [route[key] for route in routes if key in route] for name, key in keys.items()}
