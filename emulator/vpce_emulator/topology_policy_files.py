"""The policy files that a topology file names: where they may stand, and the file with their content instead. Pure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from vpce_emulator.topology_file import (
    ControlPoliciesSection,
    CredentialSection,
    EndpointSection,
    OrganizationSection,
    PolicyDocument,
    TopologyFile,
    VpcSection,
)

POLICY_FILES = frozenset({"policy_file", "policy_files", "scp_files", "rcp_files"})
"""The fields that name policy files."""

_Where = tuple[str | int, ...]
Read = Callable[[_Where, Path], PolicyDocument]
"""Reads the policy file that a field names."""


def with_policies_read(topology: TopologyFile, read: Read) -> TopologyFile:
    """Return a topology with each policy file's content in the place of its name."""
    vpcs = {name: _vpc(("vpcs", name), vpc, read) for name, vpc in topology.vpcs.items()}
    credentials = (_credential(("credentials", i), each, read) for i, each in enumerate(topology.credentials))
    organization = topology.organization and _organization(("organization",), topology.organization, read)
    return topology.model_copy(update={"vpcs": vpcs, "credentials": tuple(credentials), "organization": organization})


def _vpc(path: _Where, vpc: VpcSection, read: Read) -> VpcSection:
    endpoints = {name: _endpoint((*path, "endpoints", name), each, read) for name, each in vpc.endpoints.items()}
    return vpc.model_copy(update={"endpoints": endpoints})


def _endpoint(path: _Where, section: EndpointSection, read: Read) -> EndpointSection:
    if section.policy_file is None:
        return section
    document = read((*path, "policy_file"), section.policy_file)
    return section.model_copy(update={"policy": document, "policy_file": None})


def _credential(path: _Where, section: CredentialSection, read: Read) -> CredentialSection:
    policies = (*(section.policies or ()), *_read_all((*path, "policy_files"), section.policy_files, read))
    return section.model_copy(update={"policies": policies, "policy_files": ()})


def _organization(path: _Where, section: OrganizationSection, read: Read) -> OrganizationSection:
    units = {
        name: unit.model_copy(update=_control_policies((*path, "units", name), unit, read))
        for name, unit in section.units.items()
    }
    return section.model_copy(update={**_control_policies(path, section, read), "units": units})


def _control_policies(path: _Where, section: ControlPoliciesSection, read: Read) -> dict[str, Any]:
    return {
        "scps": (*section.scps, *_read_all((*path, "scp_files"), section.scp_files, read)),
        "rcps": (*section.rcps, *_read_all((*path, "rcp_files"), section.rcp_files, read)),
        "scp_files": (),
        "rcp_files": (),
    }


def _read_all(path: _Where, files: tuple[Path, ...], read: Read) -> tuple[PolicyDocument, ...]:
    return tuple(read((*path, number), file) for number, file in enumerate(files))
