"""A request on its way to moto."""

from __future__ import annotations

from dataclasses import dataclass

from vpce_emulator.aws.call import Operation, Service
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.principal import Identity


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """An authorized request on its way to moto, and on whose behalf.

    `caller` is whoever asked for it; None for a call from within, which nobody authorized.
    """

    service: Service
    operation: Operation
    account_id: str
    request: HttpRequest
    body: bytes
    caller: Identity | None = None
