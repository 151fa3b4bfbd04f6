"""How resources of CloudFormation stacks reach EC2: through its API, with the part of it that the emulator owns."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol


class Ec2Calls(Protocol):
    """EC2's API in one process."""

    def __call__(
        self, operation: str, parameters: Mapping[str, Any], *, region: str, account_id: str
    ) -> Mapping[str, Any]:
        """Carry out an operation.

        Args:
            operation: `CreateVpcEndpoint`.
            parameters: as boto3 names them; the result is as boto3 returns it.
            region: where.
            account_id: on whose behalf.

        Raises:
            Exception: what EC2 answers if it refuses; `str` of it is the message.
        """


class _Served(threading.local):
    """Whose EC2 the call is for that this thread carries out: moto is one in a process, emulators may be several."""

    def __init__(self) -> None:
        self.calls: list[Ec2Calls] = []


_served = _Served()


@contextmanager
def served_by(ec2: Ec2Calls) -> Iterator[None]:
    """Have stacks that are made within the block reach this EC2."""
    _served.calls.append(ec2)
    try:
        yield
    finally:
        _served.calls.pop()


def current() -> Ec2Calls:
    """Return the EC2 of the call that this thread carries out.

    INVARIANT: stacks are made, changed and deleted within `served_by` only.
    """
    return _served.calls[-1]
