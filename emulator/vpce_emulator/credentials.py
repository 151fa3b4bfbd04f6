"""Whose an access key is: those of the topology file, those made through IAM and STS, and all others."""

from __future__ import annotations

import json
import re
from base64 import b32encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from vpce_emulator.aws.principal import AttachedPolicy, Identity, PrincipalType, account_root
from vpce_emulator.topology.models import Client
from vpce_emulator.topology_file import CredentialSection
from vpce_policies import PrincipalExists

_ACCOUNT_ID = re.compile(r"\d{12}")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html, "Understanding unique ID prefixes"
_TEMPORARY = "ASIA"
_ADMINISTRATOR_ACCESS = AttachedPolicy(
    "arn:aws:iam::aws:policy/AdministratorAccess",
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
)


class Credentials:
    """Finds the principal behind an access key.

    An access key that nobody made acts as the root user of the account; one of twelve digits, as the root user of the
    account with that id, which is a simple way to be somebody else. At the door of an instance with a profile, such a
    key acts as the profile's role, as the credentials would that the instance's metadata gives out on AWS. Where
    unknown keys are refused, that is the one that is taken.

    A temporary key that nobody made is refused always: it is one of a session before a reset or a restart, whose caller
    believes to be a role.
    """

    def __init__(
        self,
        sections: tuple[CredentialSection, ...],
        made_through_the_api: Callable[[str], Identity | None],
        was_issued: Callable[[str], bool],
        default_account_id: str,
        exists: PrincipalExists,
        of_instance: Callable[[str, str], Identity | None],
        *,
        refuses_unknown: bool = False,
    ) -> None:
        """Find access keys.

        Args:
            sections: those of the topology file.
            made_through_the_api: the principal behind a key that IAM or STS made, None where there is none.
            was_issued: whether IAM or STS ever made a key, be it deleted since.
            default_account_id: the account of all others.
            exists: whether IAM has a user or role of an ARN, None where that is not known.
            of_instance: whom an instance acts as, by its profile's ARN and its id, None where the profile has no role.
            refuses_unknown: whether a key that nobody made is refused, instead of being the root user's.
        """
        self.replace_sections(sections)
        self._made_through_the_api = made_through_the_api
        self._was_issued = was_issued
        self.default_account_id = default_account_id
        self._exists = exists
        self._of_instance = of_instance
        self._refuses_unknown = refuses_unknown

    def replace_sections(self, sections: tuple[CredentialSection, ...]) -> None:
        """Have the access keys of the topology file be these."""
        self._static = {section.access_key_id: _identity(section) for section in sections}

    def identity(self, access_key_id: str, client: Client | None = None) -> Identity:
        """Return the principal that an access key belongs to; `client` is where it is used, at a client's door."""
        known = self._static.get(access_key_id) or self._made_through_the_api(access_key_id)
        if known is not None:
            return known
        root = account_root(self.default_account_id, access_key_id)
        if self._was_issued(access_key_id):
            # Deleted: it must not act as anybody, least of all as the root.
            return replace(root, active=False)
        by_account = _ACCOUNT_ID.fullmatch(access_key_id)
        if client is not None and client.instance_profile_arn and not by_account:
            return self._instance(client, root)
        if self._refuses_unknown or access_key_id.startswith(_TEMPORARY):
            return replace(root, active=False)
        return account_root(access_key_id, access_key_id) if by_account else root

    def _instance(self, client: Client, root: Identity) -> Identity:
        """Return whom an instance with a profile acts as; nobody where the profile has no role to give out.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html has the keys of
        credentials that an instance was given.
        """
        identity = self._of_instance(client.instance_profile_arn, client.instance_id)
        if identity is None:
            return replace(root, active=False)
        keys = (
            ("aws:Ec2InstanceSourceVpc", client.vpc_id),
            ("aws:Ec2InstanceSourcePrivateIPv4", str(client.address)),
        )
        return replace(identity, access_key_id=root.access_key_id, session_keys=keys)

    def principal_exists(self, name: str) -> bool | None:
        """Return whether there is a principal of a name that policies call it by; None where that is not known."""
        of_file = any(name in {identity.arn, identity.role_arn} for identity in self._static.values())
        return True if of_file else self._exists(name)


def _identity(section: CredentialSection) -> Identity:
    _, _, _, _, account_id, resource = section.principal.split(":", 5)
    kind, _, name = resource.partition("/")
    boundary = section.permissions_boundary
    return Identity(
        arn=section.principal,
        account_id=account_id,
        type=_TYPES[kind],
        user_id=_user_id(kind, account_id, name),
        user_name=name.rpartition("/")[2] if kind == "user" else "",
        role_arn=f"arn:aws:iam::{account_id}:role/{name.partition('/')[0]}" if kind == "assumed-role" else "",
        access_key_id=section.access_key_id,
        secret_access_key=section.secret_access_key,
        session_token=section.session_token,
        tags=tuple(section.tags.items()),
        identity_policies=tuple(
            _ADMINISTRATOR_ACCESS if isinstance(policy, str) else AttachedPolicy(f"policy {index}", json.dumps(policy))
            for index, policy in enumerate(section.policies or (), 1)
        ),
        permissions_boundary=AttachedPolicy("permissions boundary", json.dumps(boundary)) if boundary else None,
    )


_TYPES = {
    "root": PrincipalType.ACCOUNT,
    "user": PrincipalType.USER,
    "assumed-role": PrincipalType.ASSUMED_ROLE,
    "federated-user": PrincipalType.FEDERATED_USER,
}


def _user_id(kind: str, account_id: str, name: str) -> str:
    """Return `aws:userid`, its unique ids made from the names, so that they are the same at every start.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
    """
    if kind == "root":
        return account_id
    if kind == "federated-user":
        return f"{account_id}:{name}"
    owner, _, session = name.partition("/") if kind == "assumed-role" else (name, "", "")
    prefix = "AROA" if kind == "assumed-role" else "AIDA"
    unique = b32encode(sha256(f"{account_id}/{owner}".encode()).digest()).decode()[:17]
    return f"{prefix}{unique}:{session}" if session else f"{prefix}{unique}"
