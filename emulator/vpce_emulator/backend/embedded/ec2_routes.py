"""Routes in moto's EC2: where none may lead, and the local ones, which nobody makes, changes or removes.

moto takes routes to what does not exist, or belongs to another VPC. Imported with the first call to EC2.

https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html#route-table-routes
"""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import IPv4Network
from typing import Any, Final

from moto.ec2.exceptions import EC2ClientError, RouteAlreadyExistsError
from moto.ec2.models.route_tables import RouteBackend
from moto.ec2.responses.route_tables import RouteTables

from vpce_emulator.backend.embedded.ec2_cidrs import canonical
from vpce_emulator.backend.embedded.replacing import replace

_create = RouteBackend.create_route
_replace = RouteBackend.replace_route
_delete = RouteBackend.delete_route
_answer_deletion = RouteTables.delete_route

_DESTINATION: Final = "destinationCidrBlock"

_WITHIN_THE_VPC: Final = frozenset({"instance_id", "interface_id", "nat_gateway_id"})
"""What routes inside a VPC's own CIDR blocks may lead to."""


def _gateway_is_of(ec2: Any, gateway_id: str, vpc_id: str) -> bool:
    if gateway_id.startswith("igw-"):
        vpc = ec2.get_internet_gateway(gateway_id).vpc
        return vpc is not None and vpc.id == vpc_id
    if gateway_id.startswith("vgw-"):
        attachment = ec2.get_vpn_gateway(gateway_id).attachments.get(vpc_id)
        return attachment is not None and attachment.state == "attached"
    return True


def _nat_gateway_is_of(ec2: Any, nat_gateway_id: str, vpc_id: str) -> bool:
    gateway = ec2.nat_gateways.get(nat_gateway_id)
    if gateway is None or gateway.state == "deleted":
        raise EC2ClientError("InvalidNatGatewayID.NotFound", f"The natGateway ID '{nat_gateway_id}' does not exist")
    return bool(gateway.vpc_id == vpc_id)


def _transit_gateway_is_of(ec2: Any, gateway_id: str, vpc_id: str) -> bool:
    """Return true; to a VPC, a transit gateway that it is not attached to does not exist."""
    attached = (each for each in ec2.transit_gateway_attachments.values() if each.state == "available")
    if not any(each.transit_gateway_id == gateway_id and each.resource_id == vpc_id for each in attached):
        message = f"The transitGateway ID '{gateway_id}' does not exist"
        raise EC2ClientError("InvalidTransitGatewayID.NotFound", message)
    return True


def _peering_connection_is_of(ec2: Any, connection_id: str, vpc_id: str) -> bool:
    connection = ec2.get_vpc_peering_connection(connection_id)
    return vpc_id in (connection.vpc.id, connection.peer_vpc.id)


def _interface_is_of(ec2: Any, interface_id: str, vpc_id: str) -> bool:
    return bool(ec2.get_network_interface(interface_id).vpc_id == vpc_id)


def _instance_is_of(ec2: Any, instance_id: str, vpc_id: str) -> bool:
    return bool(ec2.get_instance(instance_id).vpc_id == vpc_id)


_TARGETS: Final[Mapping[str, tuple[str, Callable[[Any, str, str], bool]]]] = {
    "gateway_id": ("network gateway", _gateway_is_of),
    "nat_gateway_id": ("NAT gateway", _nat_gateway_is_of),
    "transit_gateway_id": ("transit gateway", _transit_gateway_is_of),
    "vpc_peering_connection_id": ("vpc peering connection", _peering_connection_is_of),
    "interface_id": ("interface", _interface_is_of),
    "instance_id": ("instance", _instance_is_of),
}
"""What a route may lead to: its name in messages, and whether it is a VPC's own, or joined to it."""


def _check_target(ec2: Any, table: Any, cidr: str | None, options: Mapping[str, Any]) -> None:
    """Refuse targets that do not exist, those of other networks, and, inside the VPC, those that lead out of it."""
    given = {name: options[name] for name in _TARGETS if options.get(name)}
    for name, target_id in given.items():
        title, belongs = _TARGETS[name]
        if not belongs(ec2, target_id, table.vpc_id):
            message = f"route table {table.id} and {title} {target_id} belong to different networks"
            raise EC2ClientError("InvalidParameterValue", message)
    if cidr and given and not _WITHIN_THE_VPC & given.keys() and _is_within(ec2.get_vpc(table.vpc_id), cidr):
        message = (
            f"The destination CIDR block {cidr} is equal to or more specific than one of this VPC's CIDR blocks. "
            f"This route can target only an interface or an instance."
        )
        raise EC2ClientError("InvalidParameterValue", message)


def _is_within(vpc: Any, cidr: str) -> bool:
    network = IPv4Network(cidr)
    blocks = vpc.get_cidr_block_association_set()
    return any(
        network.subnet_of(IPv4Network(each["cidr_block"]))
        for each in blocks
        if each["cidr_block_state"]["state"] in ("associating", "associated")
    )


def _is_local(ec2: Any, table_id: str, cidr: str | None) -> bool:
    routes = ec2.get_route_table(table_id).routes if cidr else ()
    return any(route.local and route.destination_cidr_block == cidr for route in routes)


def _with_canonical_ipv6(options: dict[str, Any]) -> dict[str, Any]:
    cidr = canonical(options.get("destination_ipv6_cidr_block"), _DESTINATION)
    return options | ({"destination_ipv6_cidr_block": cidr} if cidr else {})


def _create_to_what_is_there(
    ec2: Any, route_table_id: str, destination_cidr_block: str | None, *more: Any, **options: Any
) -> Any:
    cidr, options = canonical(destination_cidr_block, _DESTINATION), _with_canonical_ipv6(options)
    if not options.get("local"):
        _check_target(ec2, ec2.get_route_table(route_table_id), cidr, options)
        if _is_local(ec2, route_table_id, cidr):
            raise RouteAlreadyExistsError(str(cidr))
    return _create(ec2, route_table_id, cidr, *more, **options)


def _replace_by_what_is_there(
    ec2: Any, route_table_id: str, destination_cidr_block: str, *more: Any, **options: Any
) -> Any:
    cidr, options = canonical(destination_cidr_block, _DESTINATION), _with_canonical_ipv6(options)
    _check_target(ec2, ec2.get_route_table(route_table_id), cidr, options)
    if _is_local(ec2, route_table_id, cidr):
        message = f"ReplaceRoute is not emulated for the local route {cidr}."
        raise EC2ClientError("UnsupportedOperation", message)
    return _replace(ec2, route_table_id, cidr, *more, **options)


def _delete_canonical(
    ec2: Any, route_table_id: str, destination_cidr_block: Any, destination_ipv6_cidr_block: Any = None, *more: Any
) -> Any:
    cidr, ipv6 = canonical(destination_cidr_block, _DESTINATION), canonical(destination_ipv6_cidr_block, _DESTINATION)
    return _delete(ec2, route_table_id, cidr, ipv6, *more)


def _answer_deletion_of_another_route(response: Any) -> Any:
    parameter = response._get_param  # noqa: SLF001 - moto's own
    table_id, cidr = parameter("RouteTableId"), canonical(parameter("DestinationCidrBlock"), _DESTINATION)
    if _is_local(response.ec2_backend, table_id, cidr):
        message = f"cannot remove local route {cidr} in route table {table_id}"
        raise EC2ClientError("InvalidParameterValue", message)
    return _answer_deletion(response)


replace(RouteBackend, "create_route", _create_to_what_is_there)
replace(RouteBackend, "replace_route", _replace_by_what_is_there)
replace(RouteBackend, "delete_route", _delete_canonical)
replace(RouteTables, "delete_route", _answer_deletion_of_another_route)
