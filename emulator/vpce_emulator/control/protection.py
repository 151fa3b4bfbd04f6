"""What may not be changed or deleted because of an endpoint. Pure.

https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from vpce_emulator.control import ec2_errors
from vpce_emulator.control.ec2_errors import Ec2Error
from vpce_emulator.topology.models import Endpoint

# operation: (parameter, what it names, which of those an endpoint needs). That a route table cannot be deleted while a
# gateway endpoint has its route in it is undocumented, chosen because the route is to be removed through the endpoint.
_DELETIONS: Final[Mapping[str, tuple[str, str, Callable[[Endpoint], Collection[str]]]]] = {
    "DeleteVpc": ("VpcId", "vpc", lambda e: (e.vpc_id,)),
    "DeleteSubnet": ("SubnetId", "subnet", lambda e: e.subnet_ids),
    "DeleteSecurityGroup": ("GroupId", "resource", lambda e: e.group_ids),
    "DeleteRouteTable": ("RouteTableId", "routeTable", lambda e: e.route_table_ids),
}

_INTERFACE_CHANGES: Final = frozenset(
    {
        "AttachNetworkInterface",
        "DeleteNetworkInterface",
        "ModifyNetworkInterfaceAttribute",
        "AssignPrivateIpAddresses",
        "UnassignPrivateIpAddresses",
    }
)

_ROUTE_CHANGES: Final = frozenset({"DeleteRoute", "ReplaceRoute"})


def refusal(
    operation: str, form: Mapping[str, str], endpoints: Collection[Endpoint], list_ids: Mapping[str, str]
) -> Ec2Error | None:
    """Return why an operation is refused for the sake of an endpoint, or None if it is not.

    Args:
        operation: `DeleteSubnet`.
        form: its form parameters.
        endpoints: all there are.
        list_ids: the ids of the gateway services' prefix lists, by service name.
    """
    if operation in _DELETIONS:
        parameter, kind, needed_by = _DELETIONS[operation]
        resource_id = form.get(parameter, "")
        needed = any(resource_id in needed_by(endpoint) for endpoint in endpoints)
        return ec2_errors.has_dependencies(kind, resource_id) if needed else None
    if operation in _INTERFACE_CHANGES:
        interface_id = form.get("NetworkInterfaceId", "")
        managed = any(i.id == interface_id for e in endpoints for i in e.interfaces)
        return ec2_errors.managed_interface(interface_id) if managed else None
    if operation in _ROUTE_CHANGES:
        return _route_refusal(
            form.get("RouteTableId", ""), form.get("DestinationPrefixListId", ""), endpoints, list_ids
        )
    return None


def _route_refusal(
    table_id: str, prefix_list_id: str, endpoints: Collection[Endpoint], list_ids: Mapping[str, str]
) -> Ec2Error | None:
    managed = any(
        table_id in endpoint.route_table_ids and list_ids.get(endpoint.service_name) == prefix_list_id
        for endpoint in endpoints
    )
    return ec2_errors.managed_route(prefix_list_id, table_id) if managed else None
