"""Private addresses in a subnet: which are reserved, and which is the next one free."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network


class NoFreeAddressError(Exception):
    """A subnet has no address left; AWS answers `InsufficientFreeAddressesInSubnet`."""


def is_reserved(subnet: IPv4Network, address: IPv4Address) -> bool:
    """Return whether AWS keeps an address for itself: the first four of a subnet and the last.

    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
    """
    offset = int(address) - int(subnet.network_address)
    return offset < 4 or offset == subnet.num_addresses - 1


def allocate_address(subnet: IPv4Network, used: Collection[IPv4Address], seed: int = 0) -> IPv4Address:
    """Return a free address of a subnet: the first at or after the place that `seed` picks.

    AWS picks at random; the same seed picks the same address, so that a network looks the same in every run.

    Raises:
        NoFreeAddressError: if all are reserved or used.
    """
    usable = subnet.num_addresses - 5
    for step in range(usable):
        address = subnet[4 + (seed + step) % usable]
        if address not in used:
            return address
    raise NoFreeAddressError(f"{subnet} has no free address")
