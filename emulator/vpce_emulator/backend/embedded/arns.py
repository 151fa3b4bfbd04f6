"""Finding moto's backend for the resource with an ARN, without making one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

_PARTS = 6


class Arn(NamedTuple):
    """An ARN, taken apart."""

    whole: str
    service: str
    region: str
    account_id: str
    resource: str

    def after(self, kind: str) -> str:
        """Return the name that follows `<kind>/` or `<kind>:`; empty for a resource of another kind."""
        mark = len(kind)
        follows = self.resource[:mark] == kind and self.resource[mark : mark + 1] in {"/", ":"}
        return self.resource[mark + 1 :] if follows else ""


@lru_cache(maxsize=1024)
def parse_arn(arn: str) -> Arn | None:
    """Take an ARN apart; None for what is none."""
    parts = arn.split(":", _PARTS - 1)
    return Arn(arn, *parts[2:]) if len(parts) == _PARTS else None


def backend_of(package: str, account_id: str, region: str) -> Any:  # noqa: ANN401 - moto's backends have no common type
    """Return moto's backend of a service in an account and Region, or None where it was never used.

    INVARIANT: looking it up does not make it: any account may be asked for.

    Args:
        package: what moto calls the service: `awslambda`.
        account_id: twelve digits.
        region: `us-east-1`; moto's name of the partition for global services.
    """
    backends = _backends(package)
    in_account = None if backends is None else backends.get(account_id)
    return None if in_account is None else in_account.get(region)


def backends_of(package: str, region: str) -> Iterator[Any]:
    """Yield moto's backends of a service in a Region, of every account that used it."""
    for in_account in list((_backends(package) or {}).values()):
        backend = in_account.get(region)
        if backend is not None:
            yield backend


def all_backends(package: str) -> Iterator[Any]:
    """Yield moto's backends of a service, of every account and Region that used it."""
    for in_account in list((_backends(package) or {}).values()):
        yield from list(in_account.values())


def _backends(package: str) -> dict[str, Any] | None:
    module = sys.modules.get(f"moto.{package}.models")
    name = "lambda" if package == "awslambda" else package
    found: dict[str, Any] | None = getattr(module, f"{name}_backends", None)
    return found
