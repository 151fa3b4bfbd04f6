"""Which routes are blackholes: those whose target is gone, or is not up in their VPC. IO. The backend does not tell.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html, "State"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from vpce_emulator.control.connection_reading import CONNECTIONS
from vpce_emulator.control.ec2_wire import Values

# boto3's clients have no types.
Ec2 = Any

# Where DescribeRouteTables tells what a route leads to.
_TARGET_KEYS: Final = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "InstanceId",
    "CarrierGatewayId",
    "LocalGatewayId",
    "CoreNetworkArn",
    "EgressOnlyInternetGatewayId",
)

ANY_VPC: Final = ""
"""Stands for the VPC of what may serve several."""


def target_of(route: Mapping[str, Any]) -> str:
    """Return the id of what a route leads to, as DescribeRouteTables tells it; empty where it tells none."""
    return next((route[key] for key in _TARGET_KEYS if route.get(key)), "")


def targets_of(tables: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return what the routes of tables, as DescribeRouteTables tells them, lead to."""
    return {target_of(route) for table in tables for route in table.get("Routes", ())}


def targets_up(client: Ec2, tables: Iterable[Mapping[str, Any]], connections: Iterable[str]) -> Mapping[str, str]:
    """Return what is up of the kinds that routes lead to, each with the VPC whose routes may lead to it.

    Args:
        client: a boto3 EC2 client.
        tables: as DescribeRouteTables tells them.
        connections: the ids of the peering connections, transit gateways and the like that are up.
    """
    targets = targets_of(tables)
    up = dict.fromkeys(connections, ANY_VPC)
    for prefix, read in _READERS.items():
        if any(target.startswith(prefix) for target in targets):
            up |= read(client)
    return up


def with_states(tables: Iterable[Mapping[str, Any]], up: Mapping[str, str]) -> list[Values]:
    """Return tables with the true state of each of their routes; `up` is what `targets_up` returns."""
    return [
        {**table, "Routes": [{**route, "State": _state(table, route, up)} for route in table.get("Routes", ())]}
        for table in tables
    ]


def _state(table: Mapping[str, Any], route: Mapping[str, Any], up: Mapping[str, str]) -> str:
    target = target_of(route)
    if not target.startswith((*_READERS, *CONNECTIONS)) or up.get(target) in (ANY_VPC, table["VpcId"]):
        return str(route.get("State", "active"))
    return "blackhole"


def _nat_gateways(client: Ec2) -> Iterator[tuple[str, str]]:
    for each in client.describe_nat_gateways()["NatGateways"]:
        if each["State"] == "available":
            yield each["NatGatewayId"], each["VpcId"]


def _internet_gateways(client: Ec2) -> Iterator[tuple[str, str]]:
    for each in client.describe_internet_gateways()["InternetGateways"]:
        for attachment in each["Attachments"]:
            yield each["InternetGatewayId"], attachment["VpcId"]


def _egress_only_internet_gateways(client: Ec2) -> Iterator[tuple[str, str]]:
    for each in client.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"]:
        for attachment in each["Attachments"]:
            yield each["EgressOnlyInternetGatewayId"], attachment["VpcId"]


def _network_interfaces(client: Ec2) -> Iterator[tuple[str, str]]:
    """Yield the network interfaces but for those of instances that do not run; one without any is somebody's."""
    running = dict(_instances(client))
    for each in client.describe_network_interfaces()["NetworkInterfaces"]:
        if each.get("Attachment", {}).get("InstanceId") in {None, "", *running}:
            yield each["NetworkInterfaceId"], each["VpcId"]


def _instances(client: Ec2) -> Iterator[tuple[str, str]]:
    for reservation in client.describe_instances()["Reservations"]:
        for each in reservation["Instances"]:
            if each["State"]["Name"] in ("pending", "running"):
                yield each["InstanceId"], each["VpcId"]


_READERS: Final[Mapping[str, Callable[[Ec2], Iterator[tuple[str, str]]]]] = {
    "nat-": _nat_gateways,
    "igw-": _internet_gateways,
    "eigw-": _egress_only_internet_gateways,
    "eni-": _network_interfaces,
    "i-": _instances,
}
