"""What may not be changed or deleted because of an endpoint. Pure.

https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from vpce_emulator.control import ec2_errors
from vpce_emulator.control.ec2_errors import Ec2Error
from vpce_emulator.control.overlays import attachment_id
from vpce_emulator.topology.models import Endpoint, NetworkInterface

# operation: (parameter, what it names, which of those an endpoint needs). That a route table cannot be deleted while a
# gateway endpoint has its route in it is undocumented, chosen because the route is to be removed through the endpoint.
_DELETIONS: Final[Mapping[str, tuple[str, str, Callable[[Endpoint], Collection[str]]]]] = {
    "DeleteVpc": ("VpcId", "vpc", lambda e: (e.vpc_id,)),
    "DeleteSubnet": ("SubnetId", "subnet", lambda e: e.subnet_ids),
    "DeleteSecurityGroup": ("GroupId", "group", lambda e: e.group_ids),
    "DeleteRouteTable": ("RouteTableId", "routeTable", lambda e: e.route_table_ids),
}

# Deleting one has an error of its own, and so has detaching it.
_INTERFACE_CHANGES: Final = frozenset(
    {
        "AssignIpv6Addresses",
        "AssignPrivateIpAddresses",
        "AssociateAddress",
        "AttachNetworkInterface",
        "CreateNetworkInterfacePermission",
        "DeleteNetworkInterface",
        "ModifyNetworkInterfaceAttribute",
        "ResetNetworkInterfaceAttribute",
        "UnassignIpv6Addresses",
        "UnassignPrivateIpAddresses",
    }
)

_OWN_SERVICES: Final = "services of one's own behind PrivateLink are not"

# What would have to work once it exists, and would not. What describes them is left to the backend, which has none.
_NOT_EMULATED: Final[Mapping[str, str]] = {
    "AcceptVpcEndpointConnections": _OWN_SERVICES,
    "CreateVpcEndpointConnectionNotification": "notifications of endpoints' connections are not",
    "CreateVpcEndpointServiceConfiguration": _OWN_SERVICES,
    "ModifyVpcEndpointServiceConfiguration": _OWN_SERVICES,
    "ModifyVpcEndpointServicePayerResponsibility": _OWN_SERVICES,
    "ModifyVpcEndpointServicePermissions": _OWN_SERVICES,
    "RejectVpcEndpointConnections": _OWN_SERVICES,
    "StartVpcEndpointServicePrivateDnsVerification": _OWN_SERVICES,
}

_ROUTE_CHANGES: Final = frozenset({"DeleteRoute", "ReplaceRoute"})

_LIST_CHANGES: Final = frozenset(
    {"DeleteManagedPrefixList", "ModifyManagedPrefixList", "RestoreManagedPrefixListVersion"}
)
"""What nobody does to AWS's own prefix lists.

https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
"""


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
    if operation in _NOT_EMULATED:
        return ec2_errors.not_emulated(operation, _NOT_EMULATED[operation])
    if operation in _DELETIONS:
        return _deletion_refusal(operation, form, endpoints)
    if operation in _LIST_CHANGES and form.get("PrefixListId") in list_ids.values():
        return ec2_errors.aws_prefix_list(form["PrefixListId"])
    if operation in ("CreateRoute", "ReplaceRoute") and (target := _endpoint_that_routes_lead_to(form)):
        known = any(endpoint.id == target for endpoint in endpoints)
        return ec2_errors.no_route_target(target) if known else ec2_errors.no_such_endpoint(target)
    if operation in _ROUTE_CHANGES:
        return _route_refusal(
            form.get("RouteTableId", ""), form.get("DestinationPrefixListId", ""), endpoints, list_ids
        )
    return _interface_refusal(operation, form, [i for endpoint in endpoints for i in endpoint.interfaces])


def _endpoint_that_routes_lead_to(form: Mapping[str, str]) -> str:
    """Return the endpoint that a route is to lead to; gateway endpoints have their routes by ModifyVpcEndpoint."""
    given = (form.get("VpcEndpointId", ""), form.get("GatewayId", ""))
    return next((target for target in given if target.startswith("vpce-")), "")


def _interface_refusal(
    operation: str, form: Mapping[str, str], interfaces: Iterable[NetworkInterface]
) -> Ec2Error | None:
    if operation == "DetachNetworkInterface":
        managed = any(attachment_id(interface) == form.get("AttachmentId") for interface in interfaces)
        return ec2_errors.managed_attachment() if managed else None
    interface_id = form.get("NetworkInterfaceId", "")
    if operation not in _INTERFACE_CHANGES or interface_id not in {interface.id for interface in interfaces}:
        return None
    if operation == "DeleteNetworkInterface":
        return ec2_errors.interface_in_use(interface_id)
    return ec2_errors.managed_interface()


def _deletion_refusal(operation: str, form: Mapping[str, str], endpoints: Collection[Endpoint]) -> Ec2Error | None:
    parameter, kind, needed_by = _DELETIONS[operation]
    resource_id = form.get(parameter, "")
    if not any(resource_id in needed_by(endpoint) for endpoint in endpoints):
        return None
    if operation == "DeleteSecurityGroup":
        return ec2_errors.group_in_use(resource_id)
    return ec2_errors.has_dependencies(kind, resource_id)


def _route_refusal(
    table_id: str, prefix_list_id: str, endpoints: Collection[Endpoint], list_ids: Mapping[str, str]
) -> Ec2Error | None:
    managed = any(
        table_id in endpoint.route_table_ids and list_ids.get(endpoint.service_name) == prefix_list_id
        for endpoint in endpoints
    )
    return ec2_errors.managed_route(prefix_list_id, table_id) if managed else None
