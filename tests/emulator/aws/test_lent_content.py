"""An object's content in pieces: what is read of it is what was put together, and shares its memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vpce_emulator.aws.content import Content

PIECES = st.lists(st.binary(max_size=9), max_size=6).map(tuple)
BOUND = st.none() | st.integers(-70, 70)


@given(pieces=PIECES, start=BOUND, stop=BOUND)
def test_a_slice_is_that_of_the_bytes_in_one(pieces, start, stop):
    part = Content(pieces)[start:stop]
    assert bytes(part) == b"".join(pieces)[start:stop]
    assert len(part) == len(bytes(part))


@given(pieces=PIECES, size=st.integers(1, 20))
def test_slices_of_a_size_are_all_of_it_in_order(pieces, size):
    slices = [bytes(part) for part in Content(pieces).in_slices(size)]
    assert b"".join(slices) == b"".join(pieces)
    assert all(0 < len(part) <= size for part in slices)


def test_nothing_is_copied():
    first, second = b"a" * 100, b"b" * 100
    content = Content((first, second))
    assert content[:150].pieces[0] is first
    assert content[50:150].pieces[1].obj is second
    assert bytes(content[:100]) is first
