"""A refusal from within a method of moto's, to be written in the service's own form."""

from __future__ import annotations

from vpce_emulator.aws.faults import Fault


class Refused(Exception):
    """What is asked cannot be done; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault
