"""Which private addresses of a subnet are given out."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpce_emulator.topology.addressing import NoFreeAddressError, allocate_address, is_reserved

SUBNET = IPv4Network("10.0.1.0/28")


@pytest.mark.parametrize(
    ("address", "reserved"),
    [("10.0.1.0", True), ("10.0.1.3", True), ("10.0.1.4", False), ("10.0.1.14", False), ("10.0.1.15", True)],
)
def test_the_first_four_addresses_and_the_last_are_reserved(address, reserved):
    assert is_reserved(SUBNET, IPv4Address(address)) is reserved


def test_addresses_are_given_out_until_none_is_left():
    used: set[IPv4Address] = set()
    for _ in range(11):
        used.add(allocate_address(SUBNET, used))
    assert used == set(map(IPv4Address, range(int(SUBNET[4]), int(SUBNET[15]))))
    with pytest.raises(NoFreeAddressError, match="no free address"):
        allocate_address(SUBNET, used)


@given(st.integers(min_value=0), st.sets(st.integers(4, 13).map(lambda offset: SUBNET[offset])))
def test_an_address_given_out_is_free_and_the_same_every_time(seed, used):
    address = allocate_address(SUBNET, used, seed)
    assert address not in used
    assert not is_reserved(SUBNET, address)
    assert allocate_address(SUBNET, used, seed) == address
