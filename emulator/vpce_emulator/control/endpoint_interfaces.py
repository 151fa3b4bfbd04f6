"""Interface endpoints' network interfaces, made and removed in the backend, so that everybody sees them. IO."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError

from vpce_emulator.control.endpoint_rules import Placement
from vpce_emulator.control.overlays import description_of
from vpce_emulator.topology.models import Endpoint, NetworkInterface

# boto3's clients have no types.
Ec2 = Any


def make_interfaces(endpoint: Endpoint, placements: Iterable[Placement], ec2: Ec2) -> tuple[NetworkInterface, ...]:
    """Make an endpoint's network interfaces: all of them or none.

    Raises:
        ClientError: if the backend refuses one.
    """
    made: list[NetworkInterface] = []
    try:
        for placement in placements:
            made.append(_make_interface(endpoint, placement, ec2))  # noqa: PERF401 - what was made must be known
    except ClientError:
        remove_interfaces(made, ec2)
        raise
    return tuple(made)


def _make_interface(endpoint: Endpoint, placement: Placement, ec2: Ec2) -> NetworkInterface:
    subnet = placement.subnet
    made = ec2.create_network_interface(
        SubnetId=subnet.id,
        PrivateIpAddress=str(placement.address),
        Groups=list(endpoint.group_ids),
        Description=description_of(endpoint.id),
    )
    return NetworkInterface(
        id=made["NetworkInterface"]["NetworkInterfaceId"],
        endpoint_id=endpoint.id,
        subnet_id=subnet.id,
        availability_zone=subnet.availability_zone,
        address=placement.address,
        group_ids=endpoint.group_ids,
    )


def guard_interfaces(endpoint: Endpoint, ec2: Ec2) -> None:
    """Put an endpoint's security groups on its network interfaces."""
    for interface in endpoint.interfaces:
        ec2.modify_network_interface_attribute(NetworkInterfaceId=interface.id, Groups=list(endpoint.group_ids))


def remove_interfaces(interfaces: Iterable[NetworkInterface], ec2: Ec2) -> None:
    """Remove network interfaces."""
    for interface in interfaces:
        ec2.delete_network_interface(NetworkInterfaceId=interface.id)
