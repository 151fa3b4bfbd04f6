"""The organization of a topology file: what AWS Organizations would refuse of it, and what it is to be like. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from vpce_emulator.aws.organization import Organization, OrganizationalUnit
from vpce_emulator.topology_file import (
    ControlPoliciesSection,
    OrganizationalUnitSection,
    OrganizationSection,
    TopologyFile,
)
from vpce_emulator.topology_rules import Mistake

# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
_DEEPEST = 5


def organization_mistakes(topology: TopologyFile) -> Iterator[Mistake]:
    """Yield what is wrong with a file's organization whose units' parents are units."""
    organization = topology.organization
    if organization is None:
        return
    yield from _repeated_accounts(organization)
    root, ids = _root_id(organization), dict[str, str]()
    for name, unit in organization.units.items():
        here = ("organization", "units", name)
        if unit.id is not None and not unit.id.startswith(f"ou-{root[2:]}-"):
            allowed = f"an id that begins with ou-{root[2:]}-, because the root is {root}"
            yield Mistake((*here, "id"), repr(unit.id), allowed)
        elif unit.id in ids:
            yield Mistake((*here, "id"), repr(unit.id), f"another id than that of unit {ids[unit.id]}")
        ids.setdefault(unit.id or "", name)
        if len(_ancestry(name, organization)) > _DEEPEST:
            yield Mistake((*here, "parent"), repr(unit.parent), f"a unit at most {_DEEPEST} levels below the root")


def _repeated_accounts(organization: OrganizationSection) -> Iterator[Mistake]:
    places: dict[str, ControlPoliciesSection] = {"the root": organization, **organization.units}
    homes: dict[str, str] = {}
    for place, section in places.items():
        path = ("organization",) if section is organization else ("organization", "units", place)
        for index, account in enumerate(section.accounts):
            if account in homes:
                allowed = f"each account once; it is in {homes[account]}"
                yield Mistake((*path, "accounts", index), repr(account), allowed)
            homes.setdefault(account, place)


def organization_of(section: OrganizationSection | None, account: str) -> Organization | None:
    """Return what a file's organization is to be like, None where it has none.

    Args:
        section: as the file has it.
        account: the file's account, which is a member.
    """
    if section is None:
        return None
    root = _root_id(section)
    ids = {name: unit.id or _unit_id(section.id, root, name) for name, unit in section.units.items()}
    units = (
        _founded(ids[name], name, ids[unit.parent] if unit.parent is not None else root, unit)
        for name, unit in section.units.items()
    )
    management = section.management_account or account
    homes = dict.fromkeys((management, *section.accounts, account), root)
    homes |= {each: ids[name] for name, unit in section.units.items() for each in unit.accounts}
    return Organization(section.id, management, (_founded(root, "Root", "", section), *units), tuple(homes.items()))


def _founded(id_: str, name: str, parent_id: str, section: ControlPoliciesSection) -> OrganizationalUnit:
    scps, rcps = (tuple(json.dumps(document) for document in each) for each in (section.scps, section.rcps))
    return OrganizationalUnit(id_, name, parent_id, scps, rcps, section.full_aws_access)


def _root_id(section: OrganizationSection) -> str:
    """Return the root's id: as it is given, as units' ids tell it, or else made from the organization's."""
    told = (f"r-{unit.id.split('-')[1]}" for unit in section.units.values() if unit.id is not None)
    return section.root or next(told, f"r-{_digest(section.id)[:4]}")


def _unit_id(organization_id: str, root: str, name: str) -> str:
    """Return an id made from a unit's name, the same at every start."""
    return f"ou-{root[2:]}-{_digest(f'{organization_id}/{name}')[:8]}"


def _digest(of: str) -> str:
    return hashlib.sha256(of.encode()).hexdigest()


def _ancestry(name: str, organization: OrganizationSection) -> list[OrganizationalUnitSection]:
    """Return a unit and those above it; where they go round in a circle, more than can be above each other."""
    unit = organization.units[name]
    found = [unit]
    while unit.parent is not None and len(found) <= _DEEPEST:
        unit = organization.units[unit.parent]
        found.append(unit)
    return found
