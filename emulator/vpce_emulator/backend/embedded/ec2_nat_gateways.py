"""NAT gateways in moto's EC2: with a network interface that is theirs, in the subnet.

moto's have an address of no subnet. Imported with the first call to EC2, whose import takes long.

https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
"""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends, nat_gateways
from moto.ec2.models.nat_gateways import NatGateway, NatGatewayBackend

from vpce_emulator.backend.embedded.ec2_public_addresses import has_internet_gateway
from vpce_emulator.backend.embedded.replacing import replace

_create = NatGatewayBackend.create_nat_gateway


def _create_in_the_subnet(
    ec2: Any, subnet_id: str, allocation_id: Any, tags: Any = None, connectivity_type: Any = None
) -> Any:
    kind = connectivity_type or "public"
    if kind == "public" and not allocation_id:
        raise EC2ClientError("MissingParameter", "The request must contain the parameter AllocationId")
    if allocation_id:
        (address,) = ec2.address_by_allocation([allocation_id])
        if address.association_id:
            message = f"resource {allocation_id} is already associated with {address.association_id}"
            raise EC2ClientError("Resource.AlreadyAssociated", message)
    if kind == "public" and not has_internet_gateway(ec2, ec2.get_subnet(subnet_id).vpc_id):
        return _failed(ec2, subnet_id, allocation_id, tags)
    gateway = _create(ec2, subnet_id, allocation_id, tags, kind)
    interface = gateway._eni  # noqa: SLF001 - moto's own
    interface.description = f"Interface for NAT Gateway {gateway.id}"
    interface.interface_type, interface.requester_managed, interface.status = "nat_gateway", True, "in-use"
    interface._group_set = []  # noqa: SLF001 - as above: a NAT gateway has none
    return gateway


def _failed(ec2: Any, subnet_id: str, allocation_id: str, tags: Any) -> Any:
    """Return a public NAT gateway that came to nothing, which says why and has no address.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGateway.html, FailureCode and FailureMessage
    """
    gateway: Any = _create(ec2, subnet_id, "", tags, "public")
    ec2.delete_network_interface(gateway._eni.id)  # noqa: SLF001 - moto's own
    gateway.address_set[:] = [{"allocationId": allocation_id}]
    gateway.state, gateway.failure_code = "failed", "Gateway.NotAttached"
    gateway.failure_message = f"Network {gateway.vpc_id} has no Internet gateway attached"
    return gateway


def _create_for_stack(
    resource_name: str, cloudformation_json: Mapping[str, Any], account_id: str, region_name: str, **_: Any
) -> Any:
    """Make a stack's NAT gateway, public or private, which fails as a resource where it fails as a NAT gateway."""
    ec2: Any = ec2_backends[account_id][region_name]
    properties = cloudformation_json["Properties"]
    kind = properties.get("ConnectivityType")
    gateway = ec2.create_nat_gateway(properties["SubnetId"], properties.get("AllocationId"), connectivity_type=kind)
    if gateway.state == "failed":
        raise EC2ClientError(gateway.failure_code, gateway.failure_message)
    return gateway


replace(nat_gateways, "random_private_ip", lambda: None)  # whereupon the interface gets a free one of its subnet
replace(NatGatewayBackend, "create_nat_gateway", _create_in_the_subnet)
replace(NatGateway, "create_from_cloudformation_json", staticmethod(_create_for_stack))
