"""What joins VPCs and networks outside, as the backend's EC2 API describes it, read into frozen values. IO."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from vpce_emulator.control.name_tags import name_of
from vpce_emulator.control.transit_reading import transit_gateways
from vpce_emulator.topology.models import Connection

# boto3's clients have no types.
Ec2 = Any


def read_connections(client: Ec2, targets: Iterable[str]) -> Iterator[Connection]:
    """Yield the connections that are up, of the kinds that routes lead to."""
    targets = tuple(targets)
    for prefix, read in _READERS.items():
        if any(target.startswith(prefix) for target in targets):
            yield from read(client)


def _peering_connections(client: Ec2) -> Iterator[Connection]:
    for each in client.describe_vpc_peering_connections()["VpcPeeringConnections"]:
        if each["Status"]["Code"] == "active":
            vpcs = (each["RequesterVpcInfo"]["VpcId"], each["AccepterVpcInfo"]["VpcId"])
            yield Connection(each["VpcPeeringConnectionId"], frozenset(vpcs), name=name_of(each))


def _virtual_private_gateways(client: Ec2) -> Iterator[Connection]:
    for each in client.describe_vpn_gateways()["VpnGateways"]:
        attachments = each.get("VpcAttachments", ())
        vpcs = frozenset(attachment["VpcId"] for attachment in attachments if attachment["State"] == "attached")
        if vpcs:
            yield Connection(each["VpnGatewayId"], vpcs, name=name_of(each))


_READERS: Mapping[str, Callable[[Ec2], Iterator[Connection]]] = MappingProxyType(
    {"pcx-": _peering_connections, "tgw-": transit_gateways, "vgw-": _virtual_private_gateways}
)

CONNECTIONS = tuple(_READERS)
"""What the ids of connections begin with."""
