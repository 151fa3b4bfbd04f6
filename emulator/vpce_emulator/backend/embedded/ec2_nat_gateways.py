"""NAT gateways in moto's EC2: with a network interface that is theirs, in the subnet.

moto's have an address of no subnet. Imported with the first call to EC2, whose import takes long.

https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
"""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import nat_gateways
from moto.ec2.models.nat_gateways import NatGatewayBackend

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
    gateway = _create(ec2, subnet_id, allocation_id, tags, kind)
    interface = gateway._eni  # noqa: SLF001 - moto's own
    interface.description = f"Interface for NAT Gateway {gateway.id}"
    interface.interface_type, interface.requester_managed, interface.status = "nat_gateway", True, "in-use"
    interface._group_set = []  # noqa: SLF001 - as above: a NAT gateway has none
    return gateway


replace(nat_gateways, "random_private_ip", lambda: None)  # whereupon the interface gets a free one of its subnet
replace(NatGatewayBackend, "create_nat_gateway", _create_in_the_subnet)
