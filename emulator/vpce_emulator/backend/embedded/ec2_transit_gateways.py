"""Transit gateways' route tables in moto: what is associated, what propagates, and the routes that come of it.

moto associates every attachment with the default table for ever, propagates nothing, and forgets where static routes
lead. Imported with the first call to EC2, whose import takes long.

https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
https://docs.aws.amazon.com/vpc/latest/tgw/tgw-route-tables.html
"""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Network, ip_network
from types import SimpleNamespace
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError, InvalidTransitGatewayID
from moto.ec2.models.transit_gateway import TransitGatewayBackend
from moto.ec2.models.transit_gateway_attachments import TransitGatewayAttachment, TransitGatewayAttachmentBackend
from moto.ec2.models.transit_gateway_route_tables import TransitGatewayRouteTableBackend as RouteTableBackend
from moto.ec2.models.vpn_connections import VPNConnectionBackend
from moto.ec2.responses.transit_gateway_attachments import TransitGatewayAttachment as AttachmentResponses
from moto.ec2.responses.transit_gateway_route_tables import TransitGatewayRouteTable as RouteTableResponses

from vpce_emulator.backend.embedded.ec2_cidrs import canonical
from vpce_emulator.backend.embedded.replacing import add, replace

_make_gateway = TransitGatewayBackend.create_transit_gateway
_attach_vpc = TransitGatewayAttachmentBackend.create_transit_gateway_vpc_attachment
_attach_vpn = TransitGatewayAttachmentBackend.create_transit_gateway_vpn_attachment
_vpc_attachments = TransitGatewayAttachmentBackend.describe_transit_gateway_vpc_attachments
_peering_attachments = TransitGatewayAttachmentBackend.describe_transit_gateway_peering_attachments
_detach_vpc = TransitGatewayAttachmentBackend.delete_transit_gateway_vpc_attachment
_associate = RouteTableBackend.set_route_table_association
_propagate = RouteTableBackend.set_route_table_propagation
_delete_table = RouteTableBackend.delete_transit_gateway_route_table
_delete_vpn = VPNConnectionBackend.delete_vpn_connection
_make_route = RouteTableBackend.create_transit_gateway_route
_answer_attaching = AttachmentResponses.create_transit_gateway_vpc_attachment

_DESTINATION: Final = "destinationCidrBlock"


def _is_in(one: Any, other: Any) -> bool:
    """Return whether a network is in another, which one of the other version of IP never is."""
    return bool(one.version == other.version and one.subnet_of(other))


# The filters that hold a route's network against another; the others are plain.
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SearchTransitGatewayRoutes.html
_ROUTE_SEARCHES: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "route-search.exact-match": lambda route, wanted: route == wanted,
    "route-search.subnet-of-match": _is_in,
    "route-search.supernet-of-match": lambda route, wanted: _is_in(wanted, route),
}


def _make_gateway_with_the_tables_wanted(ec2: Any, *given: Any, **named: Any) -> Any:
    """Make a transit gateway; without default association and propagation, it has no default table."""
    gateway = _make_gateway(ec2, *given, **named)
    table, options = gateway.default_route_table, gateway.options
    for name, key in (("association", "Association"), ("propagation", "Propagation")):
        if options[f"DefaultRouteTable{key}"] == "disable":
            del options[f"{key}DefaultRouteTableId"]
            setattr(table, f"default_{name}_route_table", False)
    if not (table.default_association_route_table or table.default_propagation_route_table):
        del ec2.transit_gateways_route_tables[table.id]
    return gateway


def _attach_vpc_by_default_tables(ec2: Any, *given: Any, **named: Any) -> Any:
    return _by_default_tables(ec2, _attach_vpc(ec2, *given, **named))


def _attach_vpn_by_default_tables(ec2: Any, *given: Any, **named: Any) -> Any:
    return _by_default_tables(ec2, _attach_vpn(ec2, *given, **named))


def _by_default_tables(ec2: Any, attachment: Any) -> Any:
    """Associate a new attachment with the default association table, and have it propagate to the other default one.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayRequestOptions.html
    """
    options = ec2.transit_gateways[attachment.transit_gateway_id].options
    if options["DefaultRouteTableAssociation"] == "enable":
        _associate(ec2, attachment.id, _table(ec2, options.get("AssociationDefaultRouteTableId")).id)
    if options["DefaultRouteTablePropagation"] == "enable":
        _propagate(ec2, attachment.id, _table(ec2, options.get("PropagationDefaultRouteTableId")).id)
    return attachment


def _leave_association_to_us(*_: Any, **__: Any) -> None:
    """Do nothing: moto would associate every attachment with the first table, which may not exist."""


def _answer_attaching_with_tags(response: Any) -> ActionResult:
    """Refuse subnets that no attachment can have, and keep the tags, which moto looks for by another type's name."""
    ec2, vpc_id = response.ec2_backend, response._get_param("VpcId")  # noqa: SLF001 - moto's own
    zones = set()
    for subnet_id in response._get_param("SubnetIds", []):  # noqa: SLF001 - as above
        subnet = ec2.get_subnet(subnet_id)
        if subnet.vpc_id != vpc_id:
            message = f"The subnet '{subnet_id}' does not belong to the VPC '{vpc_id}'"
            raise EC2ClientError("InvalidParameterValue", message)
        if subnet.availability_zone in zones:
            message = f"Duplicate Subnets for same AZ: {subnet.availability_zone}"
            raise EC2ClientError("DuplicateSubnetsInSameZone", message)
        zones.add(subnet.availability_zone)
    answer = _answer_attaching(response)
    tags = response._parse_tag_specification().get("transit-gateway-attachment", {})  # noqa: SLF001 - as above
    made: Any = answer.result
    made["TransitGatewayVpcAttachment"].add_tags(tags)
    return answer


def _vpc_attachments_alone(ec2: Any, *given: Any, **named: Any) -> Any:
    return [each for each in _vpc_attachments(ec2, *given, **named) if each.resource_type == "vpc"]


def _peering_attachments_alone(ec2: Any, *given: Any, **named: Any) -> Any:
    return [each for each in _peering_attachments(ec2, *given, **named) if each.resource_type == "peering"]


def _detach_wholly(ec2: Any, transit_gateway_attachment_id: str) -> Any:
    _attachment(ec2, transit_gateway_attachment_id)
    for table in ec2.transit_gateways_route_tables.values():
        table.route_table_associations.pop(transit_gateway_attachment_id, None)
        _stop_propagating(table, transit_gateway_attachment_id)
    return _detach_vpc(ec2, transit_gateway_attachment_id)


def _delete_vpn_with_its_attachment(ec2: Any, vpn_connection_id: str) -> Any:
    """Delete a VPN connection; its attachment to a transit gateway goes along.

    https://docs.aws.amazon.com/vpc/latest/tgw/delete-vpn-attachment.html
    """
    deleted = _delete_vpn(ec2, vpn_connection_id)
    for each in [it for it in ec2.transit_gateway_attachments.values() if it.resource_id == vpn_connection_id]:
        _detach_wholly(ec2, each.id)
    return deleted


def _table(ec2: Any, table_id: str) -> Any:
    table = ec2.transit_gateways_route_tables.get(table_id)
    if table is None or table.state == "deleted":
        message = f"Transit Gateway Route Table {table_id} was deleted or does not exist."
        raise EC2ClientError("InvalidRouteTableID.NotFound", message)
    return table


def _attachment(ec2: Any, attachment_id: str) -> Any:
    attachment = ec2.transit_gateway_attachments.get(attachment_id)
    if attachment is None or attachment.state == "deleted":
        message = f"Transit Gateway Attachment {attachment_id} was deleted or does not exist."
        raise EC2ClientError("InvalidTransitGatewayAttachmentID.NotFound", message)
    return attachment


def _association_of(attachment: Any) -> dict[str, str] | None:
    for table in attachment.ec2_backend.transit_gateways_route_tables.values():
        if attachment.id in table.route_table_associations:
            return {"State": "associated", "TransitGatewayRouteTableId": table.id}
    return None


def _relation(attachment: Any, table_id: str, state: str) -> Any:
    """Return what EC2 answers about an attachment and a table."""
    return SimpleNamespace(
        transit_gateway_attachment_id=attachment.id,
        transit_gateway_route_table_id=table_id,
        resource_id=attachment.resource_id,
        resource_type=attachment.resource_type,
        state=state,
    )


def _associate_once(ec2: Any, transit_gateway_attachment_id: str, transit_gateway_route_table_id: str) -> Any:
    attachment = _attachment(ec2, transit_gateway_attachment_id)
    _table(ec2, transit_gateway_route_table_id)
    if _association_of(attachment) is not None:
        message = f"Transit Gateway Attachment {attachment.id} is already associated to a route table."
        raise EC2ClientError("Resource.AlreadyAssociated", message)
    _associate(ec2, attachment.id, transit_gateway_route_table_id)
    return _relation(attachment, transit_gateway_route_table_id, "associating")


def _disassociate(ec2: Any, tgw_attach_id: str, tgw_rt_id: str) -> Any:
    attachment, table = _attachment(ec2, tgw_attach_id), _table(ec2, tgw_rt_id)
    if table.route_table_associations.pop(attachment.id, None) is None:
        message = f"Transit Gateway Attachment {attachment.id} is not associated with route table {table.id}."
        raise EC2ClientError("InvalidAssociation.NotFound", message)
    return _relation(attachment, table.id, "disassociating")


def _propagate_once(ec2: Any, transit_gateway_attachment_id: str, transit_gateway_route_table_id: str) -> Any:
    attachment, table = _attachment(ec2, transit_gateway_attachment_id), _table(ec2, transit_gateway_route_table_id)
    if any(each.transitGatewayAttachmentId == attachment.id for each in table.route_table_propagation):
        message = f"Propagation already exists in Transit Gateway Route Table {table.id}."
        raise EC2ClientError("TransitGatewayRouteTablePropagation.Duplicate", message)
    _propagate(ec2, attachment.id, table.id)
    return _relation(attachment, table.id, "enabled")


def _propagate_no_longer(ec2: Any, transit_gateway_attachment_id: str, transit_gateway_route_table_id: str) -> Any:
    attachment, table = _attachment(ec2, transit_gateway_attachment_id), _table(ec2, transit_gateway_route_table_id)
    if not _stop_propagating(table, attachment.id):
        message = f"Propagation does not exist in Transit Gateway Route Table {table.id}."
        raise EC2ClientError("TransitGatewayRouteTablePropagation.NotFound", message)
    return _relation(attachment, table.id, "disabled")


def _stop_propagating(table: Any, attachment_id: str) -> bool:
    propagating = table.route_table_propagation
    table.route_table_propagation = [each for each in propagating if each.transitGatewayAttachmentId != attachment_id]
    return len(table.route_table_propagation) < len(propagating)


def _delete_unused_table(ec2: Any, transit_gateway_route_table_id: str) -> Any:
    table = _table(ec2, transit_gateway_route_table_id)
    if table.route_table_associations:
        message = f"Transit Gateway Route Table {table.id} has associated attachments and cannot be deleted."
        raise EC2ClientError("IncorrectState", message)
    table.route_table_propagation = []
    return _delete_table(ec2, table.id)


def _make_route_that_leads_somewhere(
    ec2: Any,
    transit_gateway_route_table_id: str,
    destination_cidr_block: str,
    transit_gateway_attachment_id: str | None = None,
    blackhole: bool = False,
) -> Any:
    table = _table(ec2, transit_gateway_route_table_id)
    cidr = canonical(destination_cidr_block, _DESTINATION)
    if cidr in table.routes:
        message = f"Route {cidr} already exists in Transit Gateway Route Table {table.id}."
        raise EC2ClientError("RouteAlreadyExists", message)
    return _put_route(ec2, table, cidr, transit_gateway_attachment_id, blackhole=blackhole)


def _put_route(ec2: Any, table: Any, cidr: str, attachment_id: str | None, *, blackhole: bool) -> Any:
    if not (attachment_id or blackhole):
        message = "The request must contain the parameter TransitGatewayAttachmentId or Blackhole"
        raise EC2ClientError("MissingParameter", message)
    if attachment_id and not blackhole:
        _attachment(ec2, attachment_id)
    _make_route(ec2, table.id, cidr, None if blackhole else attachment_id, blackhole)
    return _described(ec2, table.routes[cidr])


def _answer_replacing_route(response: Any) -> ActionResult:
    """Answer ReplaceTransitGatewayRoute, which moto has not."""
    parameter = response._get_param  # noqa: SLF001 - moto's own
    ec2, cidr = response.ec2_backend, canonical(parameter("DestinationCidrBlock"), _DESTINATION)
    table, attachment_id = _table(ec2, parameter("TransitGatewayRouteTableId")), parameter("TransitGatewayAttachmentId")
    blackhole = str(parameter("Blackhole")).lower() == "true"
    if attachment_id and not blackhole:
        _attachment(ec2, attachment_id)
    _delete_known_route(ec2, table.id, cidr)
    return ActionResult({"Route": _put_route(ec2, table, cidr, attachment_id, blackhole=blackhole)})


def _delete_known_route(ec2: Any, transit_gateway_route_table_id: str, destination_cidr_block: str) -> Any:
    table = _table(ec2, transit_gateway_route_table_id)
    route = table.routes.pop(canonical(destination_cidr_block, _DESTINATION), None)
    if route is None:
        message = f"Route {destination_cidr_block} does not exist in Transit Gateway Route Table {table.id}."
        raise EC2ClientError("InvalidRoute.NotFound", message)
    return _described(ec2, route) | {"state": "deleted"}


def _described(ec2: Any, route: Mapping[str, Any]) -> dict[str, Any]:
    """Return a route as EC2 describes it; one whose attachment is gone is a blackhole."""
    attachment = ec2.transit_gateway_attachments.get(_attachment_of(route))
    if attachment is not None and attachment.state == "deleted":
        attachment = None
    described = {
        "destinationCidrBlock": route["destinationCidrBlock"],
        "type": route["type"],
        "state": "active" if attachment else "blackhole",
    }
    if attachment is None:
        return described
    told = {"TransitGatewayAttachmentId": attachment.id, "ResourceId": attachment.resource_id}
    return described | {"transitGatewayAttachments": [told | {"ResourceType": attachment.resource_type}]}


def _attachment_of(route: Mapping[str, Any]) -> str | None:
    kept = route.get("transitGatewayAttachments") or {}
    found: str | None = kept.get("transitGatewayAttachmentId")
    return found


def _all_routes(ec2: Any, table: Any) -> Iterator[dict[str, Any]]:
    """Yield the static routes of a table, and those that are propagated to it and hidden by no static one.

    Of two VPCs whose CIDR blocks overlap, the one that was attached first propagates.
    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
    """
    for route in table.routes.values():
        yield _described(ec2, route)
    known: list[IPv4Network] = []
    for propagation in table.route_table_propagation:
        networks = [IPv4Network(cidr) for cidr in _cidrs_of(ec2, propagation)]
        if any(network.overlaps(each) for network in networks for each in known):
            continue
        known += networks
        for network in networks:
            if str(network) not in table.routes:
                to = {"transitGatewayAttachmentId": propagation.transitGatewayAttachmentId}
                route = {"destinationCidrBlock": str(network), "type": "propagated", "transitGatewayAttachments": to}
                yield _described(ec2, route)


def _cidrs_of(ec2: Any, propagation: Any) -> Iterator[str]:
    """Yield what an attachment propagates: the CIDR blocks of its VPC."""
    vpc = ec2.vpcs.get(propagation.resourceId)
    for block in vpc.get_cidr_block_association_set() if vpc else ():
        if block["cidr_block_state"]["state"] in ("associating", "associated"):
            yield block["cidr_block"]


def _search_all(
    ec2: Any, transit_gateway_route_table_id: str, filters: Mapping[str, Any], max_results: int | None = None
) -> list[dict[str, Any]]:
    table = _table(ec2, transit_gateway_route_table_id)
    found = [route for route in _all_routes(ec2, table) if _is_wanted(route, filters)]
    wanted = filters.get("route-search.longest-prefix-match")
    if wanted:
        matching = [route for route in found if _is_in(_network(wanted[0]), _network(route["destinationCidrBlock"]))]
        longest = max((_network(route["destinationCidrBlock"]).prefixlen for route in matching), default=0)
        found = [route for route in matching if _network(route["destinationCidrBlock"]).prefixlen == longest]
    return found[: int(max_results)] if max_results else found


def _is_wanted(route: Mapping[str, Any], filters: Mapping[str, Any]) -> bool:
    told = (route.get("transitGatewayAttachments") or [{}])[0]
    plain = {
        "type": route["type"],
        "state": route["state"],
        "attachment.transit-gateway-attachment-id": told.get("TransitGatewayAttachmentId"),
        "attachment.resource-id": told.get("ResourceId"),
        "attachment.resource-type": told.get("ResourceType"),
    }
    if any(value not in filters.get(name, [value]) for name, value in plain.items()):
        return False
    network = _network(route["destinationCidrBlock"])
    return all(
        any(matches(network, _network(each)) for each in filters[name])
        for name, matches in _ROUTE_SEARCHES.items()
        if name in filters
    )


def _network(cidr: str) -> Any:
    try:
        return ip_network(cidr, strict=False)
    except ValueError:
        raise EC2ClientError("InvalidParameterValue", f"The CIDR block {cidr} is not valid.") from None


def _delete_unused_gateway(ec2: Any, transit_gateway_id: str) -> Any:
    """Delete a transit gateway with its default table, if nothing is attached to it."""
    gateway = ec2.transit_gateways.get(transit_gateway_id)
    if gateway is None:
        message = f"Transit Gateway {transit_gateway_id} was deleted or does not exist."
        raise InvalidTransitGatewayID(transit_gateway_id, message)
    attached = ec2.transit_gateway_attachments.values()
    if any(each.transit_gateway_id == gateway.id and each.state not in ("deleted", "rejected") for each in attached):
        message = f"{gateway.id} has non-deleted VPC Attachments, VPN Attachments or Peering Attachments."
        raise EC2ClientError("IncorrectState", message)
    ec2.transit_gateways_route_tables.pop(gateway.default_route_table.id, None)
    gateway.state = "deleted"
    return ec2.transit_gateways.pop(gateway.id)


replace(TransitGatewayBackend, "create_transit_gateway", _make_gateway_with_the_tables_wanted)
replace(TransitGatewayBackend, "delete_transit_gateway", _delete_unused_gateway)
replace(TransitGatewayAttachment, "association", property(_association_of))
replace(TransitGatewayAttachmentBackend, "create_transit_gateway_vpc_attachment", _attach_vpc_by_default_tables)
replace(TransitGatewayAttachmentBackend, "create_transit_gateway_vpn_attachment", _attach_vpn_by_default_tables)
replace(TransitGatewayAttachmentBackend, "describe_transit_gateway_vpc_attachments", _vpc_attachments_alone)
replace(TransitGatewayAttachmentBackend, "describe_transit_gateway_peering_attachments", _peering_attachments_alone)
replace(TransitGatewayAttachmentBackend, "delete_transit_gateway_vpc_attachment", _detach_wholly)
replace(AttachmentResponses, "create_transit_gateway_vpc_attachment", _answer_attaching_with_tags)
replace(VPNConnectionBackend, "delete_vpn_connection", _delete_vpn_with_its_attachment)
replace(RouteTableBackend, "set_route_table_association", _leave_association_to_us)
replace(RouteTableBackend, "associate_transit_gateway_route_table", _associate_once)
replace(RouteTableBackend, "disassociate_transit_gateway_route_table", _disassociate)
replace(RouteTableBackend, "enable_transit_gateway_route_table_propagation", _propagate_once)
replace(RouteTableBackend, "disable_transit_gateway_route_table_propagation", _propagate_no_longer)
replace(RouteTableBackend, "delete_transit_gateway_route_table", _delete_unused_table)
replace(RouteTableBackend, "create_transit_gateway_route", _make_route_that_leads_somewhere)
replace(RouteTableBackend, "delete_transit_gateway_route", _delete_known_route)
replace(RouteTableBackend, "search_transit_gateway_routes", _search_all)
add(RouteTableResponses, "replace_transit_gateway_route", _answer_replacing_route)
