"""All of moto's data at once: forgetting it, and taking EC2's back to where it was."""

from __future__ import annotations

import copy
import sys
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend, backend_lock
from moto.s3.models import FakeKey, S3Backend, s3_backends


def _backends_in_use() -> list[BackendDict[Any]]:
    """Return moto's own list of the services that hold anything: the list itself, not a copy."""
    in_use: list[BackendDict[Any]] = getattr(BackendDict, "_instances")  # noqa: B009 - private, and moto's only one
    return in_use


def forget(*, keep: str = "") -> None:
    """Empty every service in every account and Region.

    moto's own reset makes each backend anew only to drop it, which takes long once EC2 was used.

    Args:
        keep: the one service to leave alone, by moto's name.
    """
    with backend_lock:
        going = [service for service in _backends_in_use() if service.service_name != keep]
        for service in going:
            for _, _, backend in list(service.iter_backends()):
                _let_go(backend)
            service.clear()
        _backends_in_use()[:] = [service for service in _backends_in_use() if service.service_name == keep]
        s3_backends.bucket_accounts.clear()
        organizations = sys.modules.get("moto.organizations.models")
        if organizations is not None:
            organizations.organizations_backends.master_accounts.clear()


def _let_go(backend: BaseBackend) -> None:
    """Stop and close what a backend holds besides memory."""
    for group in _peer_groups(backend):
        group.discard(weakref.ref(backend))
    if isinstance(backend, S3Backend):
        _close_objects(backend)
    elif type(backend).reset is not BaseBackend.reset:
        backend.reset()


def _close_objects(backend: S3Backend) -> None:
    for bucket in backend.buckets.values():
        for name in bucket.keys:
            for version in bucket.keys.getlist(name):
                if isinstance(version, FakeKey):
                    version.dispose()
        for upload in bucket.multiparts.values():
            upload.dispose()


Ec2State = tuple[str, str, BaseBackend, dict[str, Any]]
"""One of moto's EC2 backends: its account, its Region, itself, and its attributes at some moment."""


@dataclass(frozen=True, slots=True, eq=False)
class NetworkSnapshot:
    """EC2's state in every account and Region at one moment, to go back to as often as wanted."""

    states: tuple[Ec2State, ...]


def take_network_snapshot() -> NetworkSnapshot:
    """Copy EC2's state. Where nothing has used EC2 there is none, and its import, which takes long, is spared."""
    if not _ec2_is_loaded():
        return NetworkSnapshot(())
    with backend_lock:
        live = [(account, region, backend, backend.__dict__) for account, region, backend in _ec2().iter_backends()]
        return NetworkSnapshot(_copies(live))


def return_to(snapshot: NetworkSnapshot) -> None:
    """Put EC2 back to a snapshot, and empty every other service."""
    if not _ec2_is_loaded():
        forget()
        return
    with backend_lock:
        forget(keep="ec2")
        ec2 = _ec2()
        for _, _, backend in list(ec2.iter_backends()):
            _let_go(backend)
        ec2.clear()
        for account_id, region, backend, attributes in _copies(snapshot.states):
            backend.__dict__ = attributes
            ec2[account_id][region] = backend
            for group in _peer_groups(backend):
                group.add(weakref.ref(backend))


def _ec2_is_loaded() -> bool:
    return "moto.ec2.models" in sys.modules


def _ec2() -> BackendDict[Any]:
    """Return EC2's backends. Imported late: many a run of the emulator never needs them."""
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    return ec2_backends


def _peer_groups(backend: BaseBackend) -> list[set[weakref.ref[BaseBackend]]]:
    """Return the sets of backends in which moto looks for the other end of peerings and transit gateways.

    They hold weak references, and a dropped backend lives in them until the garbage collector comes by.
    """
    names = ("vpc_pcx_refs", "backend_refs")
    registers = [getattr(backend, name) for name in names if hasattr(backend, name)]
    return [register[type(backend)] for register in registers]


def _copies(states: Iterable[Ec2State]) -> tuple[Ec2State, ...]:
    """Copy the attributes of all backends together, so that what they share (a peering) stays shared.

    The backends themselves are not copied, as every resource refers to its own. Nor are Amazon's 1300 machine images
    and their volumes' snapshots, which no account can change and which would be nine tenths of the work.
    """
    states = tuple(states)
    memo: dict[int, Any] = {id(backend): backend for _, _, backend, _ in states}
    for _, _, _, attributes in states:
        for image in attributes["amis"].values():
            if image.owner_alias == "amazon":
                memo[id(image)] = image
                memo[id(image.ebs_snapshot)] = image.ebs_snapshot
    return tuple((account, region, backend, copy.deepcopy(was, memo)) for account, region, backend, was in states)
