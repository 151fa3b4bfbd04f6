"""What the backend does not know of endpoints, laid over its answers: routes, and whose network interfaces are. Pure.

Gateway endpoints' routes exist here alone; interface endpoints' network interfaces exist in the backend, which takes
them for a customer's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from vpce_emulator.control.ec2_wire import Values
from vpce_emulator.topology.models import Endpoint, EndpointType, NetworkInterface


def network_interfaces(described: Iterable[Values], endpoints: Iterable[Endpoint]) -> list[Values]:
    """Return the backend's network interfaces with the endpoints' shown as such."""
    owners = {i.id: (e, i) for e in endpoints for i in e.interfaces}
    return [
        each | _managed(*owners[each["NetworkInterfaceId"]]) if each["NetworkInterfaceId"] in owners else each
        for each in described
    ]


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


def route_tables(
    described: Iterable[Values], endpoints: Iterable[Endpoint], list_ids: Mapping[str, str]
) -> list[Values]:
    """Return the backend's route tables with the gateway endpoints' routes in them.

    `list_ids` are the prefix lists' ids by service name.
    """
    gateways = [endpoint for endpoint in endpoints if endpoint.type is EndpointType.GATEWAY]
    return [
        each | {"Routes": [*each.get("Routes", ()), *_gateway_routes(each["RouteTableId"], gateways, list_ids)]}
        for each in described
    ]


def _gateway_routes(route_table_id: str, gateways: Iterable[Endpoint], list_ids: Mapping[str, str]) -> Iterator[Values]:
    for endpoint in gateways:
        if route_table_id in endpoint.route_table_ids:
            yield {
                "DestinationPrefixListId": list_ids[endpoint.service_name],
                "GatewayId": endpoint.id,
                "Origin": "CreateRoute",
                "State": "active",
            }
