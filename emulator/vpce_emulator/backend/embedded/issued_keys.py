"""The access keys that IAM and STS ever made here: one that is gone belongs to nobody, and never to the root."""

from __future__ import annotations

from typing import Any

from moto.iam.models import AccessKey

from vpce_emulator.backend.embedded.replacing import replace

_issued: set[str] = set()


def remember_issued_keys() -> None:
    """Note the id of every access key that moto makes; a reset does not make them anybody else's."""
    make = AccessKey.__init__

    def make_and_note(self: AccessKey, *args: Any, **options: Any) -> None:  # noqa: ANN401 - the signature is moto's
        make(self, *args, **options)
        _issued.add(self.access_key_id)

    replace(AccessKey, "__init__", make_and_note)


def was_issued(access_key_id: str) -> bool:
    """Return whether IAM or STS made an access key, be it deleted or forgotten since."""
    return access_key_id in _issued
