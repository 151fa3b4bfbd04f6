"""Transit gateways with their attachments and route tables, as the backend's EC2 API describes them. IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any

from vpce_emulator.control.name_tags import name_of
from vpce_emulator.topology.models import (
    Connection,
    TransitAttachment,
    TransitRoute,
    TransitRouteTable,
    TransitRouting,
)

# boto3's clients have no types.
Ec2 = Any

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SearchTransitGatewayRoutes.html
_EVERY_STATE = [{"Name": "state", "Values": ["active", "blackhole"]}]


def transit_gateways(client: Ec2) -> Iterator[Connection]:
    """Yield the transit gateways that are up."""
    gateways = client.describe_transit_gateways()["TransitGateways"]
    attached = client.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    subnets = {
        each["TransitGatewayAttachmentId"]: frozenset(each["SubnetIds"])
        for each in client.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"]
    }
    tables = client.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"]
    for gateway in gateways:
        gateway_id = gateway["TransitGatewayId"]
        if gateway["State"] == "available":
            own = [each for each in attached if each["TransitGatewayId"] == gateway_id and each["State"] == "available"]
            attachments = tuple(_attachment(each, subnets) for each in own)
            routing = TransitRouting(
                attachments,
                {
                    table.id: table
                    for table in (
                        _table(client, each["TransitGatewayRouteTableId"])
                        for each in tables
                        if each["TransitGatewayId"] == gateway_id and each["State"] == "available"
                    )
                },
            )
            vpc_ids = frozenset(each.vpc_id for each in attachments if each.vpc_id)
            yield Connection(gateway_id, vpc_ids, routing, name_of(gateway))


def _attachment(described: Mapping[str, Any], subnets: Mapping[str, frozenset[str]]) -> TransitAttachment:
    attachment_id = described["TransitGatewayAttachmentId"]
    return TransitAttachment(
        id=attachment_id,
        vpc_id=described["ResourceId"] if described["ResourceType"] == "vpc" else "",
        subnet_ids=subnets.get(attachment_id, frozenset()),
        table_id=described.get("Association", {}).get("TransitGatewayRouteTableId", ""),
    )


def _table(client: Ec2, table_id: str) -> TransitRouteTable:
    found = client.search_transit_gateway_routes(TransitGatewayRouteTableId=table_id, Filters=_EVERY_STATE)
    ipv4 = [each for each in found["Routes"] if ":" not in each.get("DestinationCidrBlock", ":")]
    return TransitRouteTable(table_id, tuple(_route(each) for each in ipv4))


def _route(described: Mapping[str, Any]) -> TransitRoute:
    attachments = described.get("TransitGatewayAttachments", ()) if described["State"] == "active" else ()
    return TransitRoute(
        destination=IPv4Network(described["DestinationCidrBlock"]),
        attachment_id=next((each["TransitGatewayAttachmentId"] for each in attachments), ""),
        static=described["Type"] == "static",
    )
