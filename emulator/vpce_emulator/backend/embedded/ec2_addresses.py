"""Private addresses in moto's subnets: no two network interfaces get the same one.

moto picks at random, or counts up, without looking at what else is in the subnet. Imported with the first call to EC2,
whose import takes long.
"""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_network_interfaces import NetworkInterfaceBackend
from moto.ec2.models.subnets import Subnet
from moto.ec2.responses.elastic_network_interfaces import ElasticNetworkInterfaces as NetworkInterfaces

from vpce_emulator.backend.embedded.replacing import replace
from vpce_emulator.topology.addressing import NoFreeAddressError, allocate_address, is_reserved

_create = NetworkInterfaceBackend.create_network_interface
_answer_creation = NetworkInterfaces.create_network_interface
_next_address = Subnet.get_available_subnet_ip


def _taken(ec2: Any, subnet: Any) -> set[str]:
    """Return the addresses that a subnet's network interfaces have."""
    interfaces = (each for each in ec2.get_all_network_interfaces() if each.subnet.id == subnet.id)
    return {str(address["PrivateIpAddress"]) for each in interfaces for address in each.private_ip_addresses}


def _answer_creation_within_the_subnet(response: Any) -> Any:
    """Refuse an address that is none of the subnet's; moto itself gives NAT gateways such."""
    wanted, subnet_id = response._get_param("PrivateIpAddress"), response._get_param("SubnetId")  # noqa: SLF001
    if wanted and subnet_id:
        _refuse_outside(response.ec2_backend.get_subnet(subnet_id), str(wanted))
    return _answer_creation(response)


def _refuse_outside(subnet: Any, wanted: str) -> None:
    """Refuse an address that is none of the subnet's, or that AWS keeps for itself (wording unknown)."""
    try:
        address = IPv4Address(wanted)
    except AddressValueError:
        raise _invalid(wanted, "Expected an IPv4 address") from None
    if address not in subnet.cidr:
        raise _invalid(wanted, "Address does not fall within the subnet's address range")
    if is_reserved(subnet.cidr, address):
        raise _invalid(wanted, "Address is in subnet's reserved address range")


def _invalid(wanted: str, why: str) -> EC2ClientError:
    message = f"Value ({wanted}) for parameter privateIpAddress is invalid. {why}"
    return EC2ClientError("InvalidParameterValue", message)


def _create_with_an_address_of_its_own(
    ec2: Any, subnet: Any, private_ip_address: Any, private_ip_addresses: Any = None, *more: Any, **options: Any
) -> Any:
    subnet = ec2.get_subnet(subnet) if isinstance(subnet, str) else subnet
    taken = _taken(ec2, subnet)
    wanted = (
        private_ip_address[0] if isinstance(private_ip_address, list) and private_ip_address else private_ip_address
    )
    if wanted and str(wanted) in taken:
        raise EC2ClientError("InvalidIPAddress.InUse", f"The specified address ({wanted}) is already in use.")
    if not wanted and not private_ip_addresses:
        try:
            private_ip_address = str(allocate_address(subnet.cidr, {IPv4Address(each) for each in taken}, len(taken)))
        except NoFreeAddressError:
            message = f"There are not enough free addresses in subnet '{subnet.id}' to satisfy the requested number."
            raise EC2ClientError("InsufficientFreeAddressesInSubnet", message) from None
    return _create(ec2, subnet, private_ip_address, private_ip_addresses, *more, **options)


def _next_free_address(subnet: Any, instance: Any) -> str:
    taken = _taken(subnet.ec2_backend, subnet)
    address: str = _next_address(subnet, instance)
    while address in taken or is_reserved(subnet.cidr, IPv4Address(address)):
        address = _next_address(subnet, instance)
    return address


replace(NetworkInterfaceBackend, "create_network_interface", _create_with_an_address_of_its_own)
replace(NetworkInterfaces, "create_network_interface", _answer_creation_within_the_subnet)
replace(Subnet, "get_available_subnet_ip", _next_free_address)
