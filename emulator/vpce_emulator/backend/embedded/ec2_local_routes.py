"""Local routes in moto's EC2: nobody makes one, and nobody removes one. Imported with the first call to EC2.

https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html#route-table-routes
"""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import EC2ClientError, RouteAlreadyExistsError
from moto.ec2.models.route_tables import RouteBackend
from moto.ec2.responses.route_tables import RouteTables

from vpce_emulator.backend.embedded.replacing import replace

_create = RouteBackend.create_route
_answer_deletion = RouteTables.delete_route


def _is_local(ec2: Any, table_id: str, cidr: str | None) -> bool:
    routes = ec2.get_route_table(table_id).routes if cidr else ()
    return any(route.local and route.destination_cidr_block == cidr for route in routes)


def _create_beside_local_routes(
    ec2: Any, route_table_id: str, destination_cidr_block: str | None, *more: Any, **options: Any
) -> Any:
    if not options.get("local") and _is_local(ec2, route_table_id, destination_cidr_block):
        raise RouteAlreadyExistsError(str(destination_cidr_block))
    return _create(ec2, route_table_id, destination_cidr_block, *more, **options)


def _answer_deletion_of_another_route(response: Any) -> Any:
    table_id, cidr = response._get_param("RouteTableId"), response._get_param("DestinationCidrBlock")  # noqa: SLF001
    if _is_local(response.ec2_backend, table_id, cidr):
        message = f"cannot remove local route {cidr} in route table {table_id}"
        raise EC2ClientError("InvalidParameterValue", message)
    return _answer_deletion(response)


replace(RouteBackend, "create_route", _create_beside_local_routes)
replace(RouteTables, "delete_route", _answer_deletion_of_another_route)
