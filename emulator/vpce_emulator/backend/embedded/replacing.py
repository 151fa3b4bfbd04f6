"""Putting something of ours in the place of something of moto's."""

from __future__ import annotations


class MotoChangedError(RuntimeError):
    """moto no longer has what we replace: its version is outside the range that the contract tests pass on."""


def replace(owner: object, name: str, replacement: object) -> None:
    """Replace an attribute of moto for the whole process.

    Raises:
        MotoChangedError: there is no such attribute, so that replacing it would change nothing.
    """
    if not hasattr(owner, name):
        where = getattr(owner, "__name__", type(owner).__name__)
        raise MotoChangedError(f"this version of moto has no {where}.{name}; vpce-emulator needs moto>=5.2.5,<5.3")
    setattr(owner, name, replacement)


def add(owner: object, name: str, addition: object) -> None:
    """Give moto an attribute that it has not, for the whole process.

    Raises:
        MotoChangedError: it has one meanwhile, which ours would hide.
    """
    if hasattr(owner, name) and getattr(owner, name) is not addition:
        where = getattr(owner, "__name__", type(owner).__name__)
        raise MotoChangedError(f"this version of moto has a {where}.{name} of its own; use that")
    setattr(owner, name, addition)
