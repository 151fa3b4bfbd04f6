"""AWS's words for a member of an input that breaks its constraint."""

from __future__ import annotations

from vpce_emulator.aws.faults import Fault, FaultKind


def violated(value: object, member: str, must: str) -> Fault:
    """Return the refusal of a value.

    Args:
        value: as it was given.
        member: its name, as the service's model spells it, beginning in lower case.
        must: what it does not: `have length less than or equal to 64`.
    """
    detail = f"Value '{value}' at '{member}' failed to satisfy constraint: Member must {must}"
    return Fault(FaultKind.VALIDATION, f"1 validation error detected: {detail}")


def out_of_range(value: int, member: str, least: int, most: int) -> Fault | None:
    """Return the refusal of a number that is out of bounds."""
    if value < least:
        return violated(value, member, f"have value greater than or equal to {least}")
    return violated(value, member, f"have value less than or equal to {most}") if value > most else None
