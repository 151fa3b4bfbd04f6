"""All of moto's data at once: forgetting it."""

from __future__ import annotations

from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend, backend_lock
from moto.s3.models import FakeKey, S3Backend, s3_backends


def _backends_in_use() -> list[BackendDict[Any]]:
    """Return moto's own list of the services that hold anything: the list itself, not a copy."""
    in_use: list[BackendDict[Any]] = getattr(BackendDict, "_instances")  # noqa: B009 - private, and moto's only one
    return in_use


def forget_everything() -> None:
    """Empty every service in every account and Region.

    moto's own reset makes each backend anew only to drop it, which takes a second when EC2 was used.
    """
    with backend_lock:
        for service in list(_backends_in_use()):
            for _, _, backend in list(service.iter_backends()):
                _let_go(backend)
            service.clear()
        _backends_in_use().clear()
        s3_backends.bucket_accounts.clear()


def _let_go(backend: BaseBackend) -> None:
    """Stop and close what a backend holds besides memory."""
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
