"""Organizations in moto: the place of an account, and the policies above it."""

from __future__ import annotations

import sys
from typing import Any

from vpce_emulator.aws.organization import Levels, Membership
from vpce_emulator.aws.principal import AttachedPolicy

_SCP, _RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
_DEEPEST = 16


def membership(account_id: str) -> Membership | None:
    """Return an account's place in its organization, or None where it is in none.

    Read anew for each request, so that every change counts at once; without any organization nothing is read.
    """
    backend = _organization_of(account_id)
    if backend is None:
        return None
    account = next((one for one in list(backend.accounts) if one.id == account_id), None)
    if account is None:
        return None
    above = _above(backend, account)
    enabled = {one["Type"] for one in getattr(above[0], "policy_types", [])} if above else set()
    levels = [*above, account]
    return Membership(
        organization_id=backend.org.id,
        management_account_id=backend.org.master_account_id,
        account_id=account_id,
        path="/".join((backend.org.id, *(one.id for one in above), "")),
        scps=_policies(levels, _SCP) if _SCP in enabled else (),
        rcps=_policies(levels, _RCP) if _RCP in enabled else (),
    )


def _organization_of(account_id: str) -> Any:  # noqa: ANN401 - moto's backend of the management account
    models = sys.modules.get("moto.organizations.models")
    if models is None:
        return None
    backends = models.organizations_backends
    manager, partition = backends.master_accounts.get(account_id, (account_id, "aws"))
    in_account = backends.get(manager)
    backend = in_account.get(partition) if in_account is not None else None
    return backend if backend is not None and backend.org is not None else None


def _above(backend: Any, account: Any) -> list[Any]:  # noqa: ANN401 - as above
    """Return the root and the organizational units above an account, the root first."""
    places = {place.id: place for place in list(backend.ou)}
    found: list[Any] = []
    place = places.get(account.parent_id)
    while place is not None and len(found) < _DEEPEST:
        found.insert(0, place)
        place = places.get(place.parent_id) if place.type != "ROOT" else None
    return found


def _policies(levels: list[Any], policy_type: str) -> Levels:
    return tuple(
        tuple(
            AttachedPolicy(policy.arn, policy.content)
            for policy in list(level.attached_policies)
            if policy.type == policy_type
        )
        for level in levels
    )
