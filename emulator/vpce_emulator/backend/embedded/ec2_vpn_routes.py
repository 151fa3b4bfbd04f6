"""Routes of VPN connections in moto's EC2, and their propagation to route tables, which moto has not.

https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNRoutingTypes.html
https://docs.aws.amazon.com/vpc/latest/userguide/WorkWithRouteTables.html#EnableDisableRouteProp
"""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.vpn_connections import VPNConnection
from moto.ec2.responses.virtual_private_gateways import VirtualPrivateGateways
from moto.ec2.responses.vpn_connections import VPNConnections

from vpce_emulator.backend.embedded.ec2_cidrs import canonical
from vpce_emulator.backend.embedded.replacing import add, replace

_PROPAGATING = "_propagating_gateways"
_own_routes = vars(RouteTable)["routes"].fget


def _propagating(table: Any) -> dict[str, None]:
    """Return the gateways that propagate to a table, in the order in which they began to."""
    gateways: dict[str, None] = table.__dict__.setdefault(_PROPAGATING, {})
    return gateways


def _static_routes(connection: Any) -> dict[str, None]:
    connection.static_routes = connection.static_routes or {}
    routes: dict[str, None] = connection.static_routes
    return routes


def _described_gateways(table: Any) -> list[dict[str, str]]:
    return [{"GatewayId": gateway_id} for gateway_id in _propagating(table)]


def _described_static_routes(connection: Any) -> list[dict[str, str]]:
    return [
        {"DestinationCidrBlock": cidr, "Source": "Static", "State": "available"} for cidr in _static_routes(connection)
    ]


def _routes_with_propagated(table: Any) -> list[Any]:
    """Return a table's own routes, and those that are propagated to it to other destinations.

    https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
    """
    own: list[Any] = _own_routes(table)
    known = {route.destination_cidr_block for route in own}
    return own + [route for route in _propagated(table) if route.destination_cidr_block not in known]


def _propagated(table: Any) -> Iterator[Any]:
    ec2 = table.ec2_backend
    for gateway_id in _propagating(table):
        attachment = ec2.get_vpn_gateway(gateway_id).attachments.get(table.vpc_id)
        if attachment is not None and attachment.state == "attached":
            for connection in ec2.vpn_connections.values():
                if connection.vpn_gateway_id == gateway_id and connection.state == "available":
                    for cidr in (each for each in _static_routes(connection) if ":" not in each):
                        yield SimpleNamespace(
                            destination_cidr_block=cidr,
                            gateway_id=gateway_id,
                            local=False,
                            origin="EnableVgwRoutePropagation",
                            state="active",
                        )


def _answer_enabling(response: Any) -> ActionResult:
    """Have a virtual private gateway of the table's VPC propagate its routes to it."""
    table, gateway_id = _table_and_gateway(response)
    attachment = table.ec2_backend.get_vpn_gateway(gateway_id).attachments.get(table.vpc_id)
    if attachment is None or attachment.state != "attached":
        message = f"The gateway ID '{gateway_id}' is not attached to the VPC of route table {table.id}"
        raise EC2ClientError("Gateway.NotAttached", message)
    _propagating(table)[gateway_id] = None
    return EmptyResult()


def _answer_disabling(response: Any) -> ActionResult:
    table, gateway_id = _table_and_gateway(response)
    _propagating(table).pop(gateway_id, None)
    return EmptyResult()


def _table_and_gateway(response: Any) -> tuple[Any, str]:
    parameter, ec2 = response._get_param, response.ec2_backend  # noqa: SLF001 - moto's own
    response.error_on_dryrun()
    return ec2.get_route_table(parameter("RouteTableId")), str(ec2.get_vpn_gateway(parameter("GatewayId")).id)


def _answer_creating_route(response: Any) -> ActionResult:
    connection, cidr = _connection_and_cidr(response)
    _static_routes(connection)[cidr] = None
    return EmptyResult()


def _answer_deleting_route(response: Any) -> ActionResult:
    connection, cidr = _connection_and_cidr(response)
    if cidr not in _static_routes(connection):
        message = f"The specified route {cidr} does not exist on VPN connection {connection.id}"
        raise EC2ClientError("InvalidRoute.NotFound", message)
    del _static_routes(connection)[cidr]
    return EmptyResult()


def _connection_and_cidr(response: Any) -> tuple[Any, str]:
    parameter, ec2 = response._get_param, response.ec2_backend  # noqa: SLF001 - moto's own
    (connection,) = ec2.describe_vpn_connections(vpn_connection_ids=[parameter("VpnConnectionId")])
    return connection, str(canonical(parameter("DestinationCidrBlock"), "destinationCidrBlock"))


replace(RouteTable, "routes", property(_routes_with_propagated))
add(RouteTable, "propagating_vgws", property(_described_gateways))
add(VPNConnection, "routes", property(_described_static_routes))
add(VirtualPrivateGateways, "enable_vgw_route_propagation", _answer_enabling)
add(VirtualPrivateGateways, "disable_vgw_route_propagation", _answer_disabling)
add(VPNConnections, "create_vpn_connection_route", _answer_creating_route)
add(VPNConnections, "delete_vpn_connection_route", _answer_deleting_route)
