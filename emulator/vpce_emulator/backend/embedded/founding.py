"""Organizations in moto that are founded as a whole: with ids of one's own, which CreateOrganization makes up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from moto.core.utils import utcnow
from moto.organizations.models import (
    FakeAccount,
    FakeOrganization,
    FakeOrganizationalUnit,
    FakePolicy,
    FakeRoot,
    OrganizationsBackend,
    organizations_backends,
)

from vpce_emulator.aws.organization import Organization, OrganizationalUnit
from vpce_emulator.config import ConfigurationError

_SCP, _RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
_PARTITION = "aws"


class _InvitedAccount(FakeAccount):
    """An account that existed before, into which Organizations puts no role, as into one that it creates."""

    def __init__(self, organization: FakeOrganization, account_id: str, parent_id: str, name: str) -> None:
        self.type = "ACCOUNT"
        self.region = organization.region
        self.organization_id = organization.id
        self.master_account_id = organization.master_account_id
        self.create_account_status_id = f"car-{_digest(account_id)[:8]}"
        self.id = account_id
        self.name = name
        self.email = f"{account_id}@example.com"
        self.create_time = utcnow()
        self.status = self.state = "ACTIVE"
        self.joined_method = "INVITED"
        self.parent_id = parent_id
        self.attached_policies = []
        self.tags = {}


def found(organization: Organization, *, instead_of: Organization | None) -> None:
    """Make an organization.

    Args:
        organization: what it is like.
        instead_of: the one that was founded before, which is dissolved.

    Raises:
        ConfigurationError: an account is in another organization; nothing is changed then.
    """
    own = {account for account, _ in instead_of.accounts} if instead_of is not None else set()
    for account, _ in organization.accounts:
        if account not in own and (other := _organization_id(account)) is not None:
            raise ConfigurationError(f"organization: account {account} is in organization {other} already")
    dissolve(instead_of)
    backend = organizations_backends[organization.management_account_id][_PARTITION]
    backend.create_organization(region="us-east-1", FeatureSet="ALL")
    founded = _with_ids(backend, organization)
    for unit in organization.units[1:]:
        _add_unit(backend, founded, unit)
    for account, home in organization.accounts:
        _add_account(backend, founded, account, home)
    for unit in organization.units:
        _attach_policies(backend, founded, unit)


def dissolve(organization: Organization | None) -> None:
    """End an organization that was founded, with all that was made in it."""
    if organization is None:
        return
    manager = organization.management_account_id
    organizations_backends[manager].pop(_PARTITION, None)
    members = organizations_backends.master_accounts
    for account in [account for account, (master, _) in members.items() if master == manager]:
        del members[account]


def _organization_id(account_id: str) -> str | None:
    """Return the id of the organization that an account is in."""
    manager, partition = organizations_backends.master_accounts.get(account_id, (account_id, _PARTITION))
    in_account = organizations_backends.get(manager)
    backend = in_account.get(partition) if in_account is not None else None
    return backend.org.id if backend is not None and backend.org is not None else None


def _with_ids(backend: OrganizationsBackend, organization: Organization) -> FakeOrganization:
    """Return what CreateOrganization made, with the ids that it is to have, and no accounts."""
    founded, root = backend.org, backend.ou[0]
    if founded is None or not isinstance(root, FakeRoot):
        raise TypeError(founded)
    founded.id, founded.root_id, root.id = organization.id, organization.units[0].id, organization.units[0].id
    root.organization_id = organization.id
    for policy in backend.policies:
        policy.organization_id = organization.id
        policy.attachments[:] = [root]
    for policy_type in (_SCP, _RCP):
        root.add_policy_type(policy_type)
    backend.accounts.clear()
    return founded


def _add_unit(backend: OrganizationsBackend, founded: FakeOrganization, unit: OrganizationalUnit) -> None:
    made = FakeOrganizationalUnit(founded, Name=unit.name, ParentId=unit.parent_id)
    made.id = unit.id
    backend.ou.append(made)
    _attach(backend.policies[:2], made)


def _add_account(backend: OrganizationsBackend, founded: FakeOrganization, account_id: str, home: str) -> None:
    # moto knows the management account by its name.
    manages = account_id == founded.master_account_id
    made = _InvitedAccount(founded, account_id, home, "master" if manages else f"account {account_id}")
    backend.accounts.append(made)
    _attach(backend.policies[:2], made)
    if not manages:
        organizations_backends.master_accounts[account_id] = (founded.master_account_id, _PARTITION)


def _attach_policies(backend: OrganizationsBackend, founded: FakeOrganization, unit: OrganizationalUnit) -> None:
    place = next(each for each in backend.ou if each.id == unit.id)
    if not unit.full_aws_access:
        for policy in place.attached_policies:
            policy.attachments.remove(place)
        place.attached_policies.clear()
    policies = list(_policies(founded, unit))
    backend.policies.extend(policies)
    _attach(policies, place)


def _policies(founded: FakeOrganization, unit: OrganizationalUnit) -> Iterator[FakePolicy]:
    for policy_type, noun, documents in ((_SCP, "scp", unit.scps), (_RCP, "rcp", unit.rcps)):
        for number, document in enumerate(documents, 1):
            name = f"{unit.name}-{noun}-{number}"
            made = FakePolicy(founded, Name=name, Description="", Type=policy_type, Content=document)
            made.id = f"p-{_digest(f'{unit.id}/{name}')[:8]}"
            yield made


def _attach(policies: list[FakePolicy], place: FakeOrganizationalUnit | FakeAccount) -> None:
    for policy in policies:
        place.attached_policies.append(policy)
        policy.attachments.append(place)


def _digest(of: str) -> str:
    return hashlib.sha256(of.encode()).hexdigest()
