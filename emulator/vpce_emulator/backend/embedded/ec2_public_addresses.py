"""Public addresses in moto's EC2: which interfaces can have one, when it is given back, and its DNS name.

moto gives Elastic IP addresses to interfaces that the internet does not reach, releases those that are in use, and
tells the private form of a public address's name. Imported with the first call to EC2, whose import takes long.
"""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_ip_addresses import ElasticAddressBackend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance

from vpce_emulator.backend.embedded.replacing import replace
from vpce_emulator.topology.instance_names import public_name

_associate = ElasticAddressBackend.associate_address
_release = ElasticAddressBackend.release_address
_association: Any = NetworkInterface.association


def has_internet_gateway(ec2: Any, vpc_id: str) -> bool:
    """Return whether an internet gateway is attached to a VPC."""
    return any(each.vpc is not None and each.vpc.id == vpc_id for each in ec2.internet_gateways.values())


def _associate_where_the_internet_is(ec2: Any, instance: Any = None, eni: Any = None, *given: Any, **named: Any) -> Any:
    """Give an address to an interface in a VPC with an internet gateway.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-eips.html (the message is EC2's)
    """
    interface = eni if eni is not None else instance.nics.get(0) if instance is not None else None
    if interface is not None and not has_internet_gateway(ec2, interface.vpc_id):
        message = f"Network {interface.vpc_id} is not attached to any internet gateway"
        raise EC2ClientError("Gateway.NotAttached", message)
    return _associate(ec2, instance, eni, *given, **named)


def _release_what_is_not_in_use(ec2: Any, address: str | None = None, allocation_id: str | None = None) -> None:
    """Release an address; in the default VPC it is taken from its instance by itself.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html (wording unknown)
    """
    found = ec2.address_by_ip([address]) if address else ec2.address_by_allocation([allocation_id])
    interface = found[0].eni
    if interface is not None and not (ec2.get_vpc(interface.vpc_id).is_default and not interface.requester_managed):
        raise EC2ClientError("InvalidIPAddress.InUse", f"Address {found[0].public_ip} is in use.")
    _release(ec2, address, allocation_id)


def _named_association(interface: Any) -> dict[str, Any]:
    association: dict[str, Any] = _association.fget(interface)
    if association:
        association["publicDnsName"] = _public_name(interface)
    return association


def _public_name(interface: Any) -> str:
    """Return the name of an interface's public address; empty in a VPC without DNS hostnames.

    https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
    """
    ec2 = interface.ec2_backend
    if not ec2.get_vpc(interface.vpc_id).enable_dns_hostnames:
        return ""
    return public_name(IPv4Address(interface.public_ip), ec2.region_name)


def _public_name_of_instance(instance: Any) -> str:
    return _public_name(instance.nics[0]) if instance.public_ip else ""


replace(ElasticAddressBackend, "associate_address", _associate_where_the_internet_is)
replace(ElasticAddressBackend, "release_address", _release_what_is_not_in_use)
replace(NetworkInterface, "association", property(_named_association))
replace(Instance, "public_dns_name", property(_public_name_of_instance))
