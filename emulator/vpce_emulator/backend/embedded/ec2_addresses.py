"""Private addresses in moto's subnets: no two network interfaces get the same one.

moto picks at random, or counts up, without looking at what else is in the subnet. Imported with the first call to EC2,
whose import takes long.
"""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

from collections.abc import Collection
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_network_interfaces import NetworkInterfaceBackend
from moto.ec2.models.subnets import Subnet
from moto.ec2.responses.elastic_network_interfaces import ElasticNetworkInterfaces as NetworkInterfaces

from vpce_emulator.backend.embedded.replacing import replace
from vpce_emulator.topology.addressing import NoFreeAddressError, allocate_address, is_reserved
from vpce_emulator.topology.instance_names import address_name

_create = NetworkInterfaceBackend.create_network_interface
_answer_creation = NetworkInterfaces.create_network_interface
_request_address = Subnet.request_ip
_next_address = Subnet.get_available_subnet_ip


def _taken(ec2: Any, subnet: Any) -> set[str]:
    """Return the addresses that a subnet's network interfaces have."""
    interfaces = (each for each in ec2.get_all_network_interfaces() if each.subnet.id == subnet.id)
    return {str(address["PrivateIpAddress"]) for each in interfaces for address in each.private_ip_addresses}


def _answer_creation_within_the_subnet(response: Any) -> Any:
    """Refuse addresses that are none of the subnet's."""
    parameter = response._get_param  # noqa: SLF001 - moto's own
    subnet_id, listed = parameter("SubnetId"), parameter("PrivateIpAddresses", [])
    wanted = [parameter("PrivateIpAddress"), *(each.get("PrivateIpAddress") for each in listed)]
    for each in filter(None, wanted if subnet_id else ()):
        _refuse_outside(response.ec2_backend.get_subnet(subnet_id), str(each))
    return _answer_creation(response)


def _answer_assignment_of_what_is_new(response: Any) -> ActionResult:
    """Answer with the addresses that are new.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssignPrivateIpAddresses.html
    """
    parameter, ec2 = response._get_param, response.ec2_backend  # noqa: SLF001 - moto's own
    interface_id, wanted = parameter("NetworkInterfaceId"), parameter("PrivateIpAddresses", [])
    interface = ec2.get_network_interface(interface_id)
    for each in wanted:
        _refuse_outside(interface.subnet, str(each))
    before = {each["PrivateIpAddress"] for each in interface.private_ip_addresses}
    count = response._get_int_param("SecondaryPrivateIpAddressCount", 0)  # noqa: SLF001 - as above
    ec2.assign_private_ip_addresses(interface_id, wanted, count)
    new = [each for each in interface.private_ip_addresses if each["PrivateIpAddress"] not in before]
    return ActionResult({"NetworkInterfaceId": interface_id, "AssignedPrivateIpAddresses": new})


def _assign_free_addresses(
    ec2: Any, eni_id: str, private_ip_addresses: Any = None, secondary_ips_count: Any = None
) -> Any:
    """Give an interface more addresses: those that are asked for, or so many free ones."""
    interface = ec2.get_network_interface(eni_id)
    own = {str(each["PrivateIpAddress"]) for each in interface.private_ip_addresses}
    for each in private_ip_addresses or ():
        if each not in own:
            _refuse_taken(str(each), _taken(ec2, interface.subnet))
            _add_secondary(interface, str(each))
    for _ in range(0 if private_ip_addresses else int(secondary_ips_count or 0)):
        _add_secondary(interface, _free_address(interface.subnet, _taken(ec2, interface.subnet)))
    return interface


def _add_secondary(interface: Any, address: str) -> None:
    added = {"Primary": False, "PrivateIpAddress": address}
    interface.private_ip_addresses.append(added)
    if interface.ec2_backend.get_vpc(interface.subnet.vpc_id).enable_dns_hostnames:
        added["PrivateDnsName"] = address_name(IPv4Address(address), interface.ec2_backend.region_name)


def _refuse_taken(wanted: str, taken: Collection[str]) -> None:
    if wanted in taken:
        raise EC2ClientError("InvalidIPAddress.InUse", f"The specified address ({wanted}) is already in use.")


def _free_address(subnet: Any, taken: Collection[str]) -> str:
    try:
        return str(allocate_address(subnet.cidr, {IPv4Address(each) for each in taken}, len(taken)))
    except NoFreeAddressError:
        message = f"There are not enough free addresses in subnet '{subnet.id}' to satisfy the requested number."
        raise EC2ClientError("InsufficientFreeAddressesInSubnet", message) from None


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
    listed = (each["PrivateIpAddress"] if isinstance(each, dict) else each for each in private_ip_addresses or ())
    for each in filter(None, (wanted, *listed)):
        _refuse_taken(str(each), taken)
    if not wanted and not private_ip_addresses:
        private_ip_address = _free_address(subnet, taken)
    more_addresses = options.pop("secondary_ips_count", None)
    interface = _create(ec2, subnet, private_ip_address, private_ip_addresses, *more, **options)
    if more_addresses:
        _assign_free_addresses(ec2, interface.id, secondary_ips_count=more_addresses)
    return interface


def _request_valid_address(subnet: Any, ip: str, instance: Any) -> None:
    """Give an instance the address that it is to have, if its subnet gives it and nobody has it."""
    _refuse_outside(subnet, ip)
    _refuse_taken(ip, _taken(subnet.ec2_backend, subnet))
    _request_address(subnet, ip, instance)


def _next_free_address(subnet: Any, instance: Any) -> str:
    taken = _taken(subnet.ec2_backend, subnet)
    address: str = _next_address(subnet, instance)
    while address in taken or is_reserved(subnet.cidr, IPv4Address(address)):
        address = _next_address(subnet, instance)
    return address


replace(NetworkInterfaceBackend, "create_network_interface", _create_with_an_address_of_its_own)
replace(NetworkInterfaces, "create_network_interface", _answer_creation_within_the_subnet)
replace(NetworkInterfaceBackend, "assign_private_ip_addresses", _assign_free_addresses)
replace(NetworkInterfaces, "assign_private_ip_addresses", _answer_assignment_of_what_is_new)
replace(Subnet, "request_ip", _request_valid_address)
replace(Subnet, "get_available_subnet_ip", _next_free_address)
