"""The ARNs of resources in moto whose requests name them by less: secrets by name, keys by alias or ciphertext."""

from __future__ import annotations

import base64
import binascii
import sys
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from vpce_emulator.backend.embedded.arns import Arn, backend_of, backends_of, parse_arn
from vpce_emulator.backend.embedded.network_names import network_arn

_KEY_ID_LENGTH = 36
_SUFFIX_LENGTH = 7
"""A hyphen and six characters: https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html."""


def resource_arn(arn: str) -> str | None:
    """Return the true ARN of what an ARN made from a name means; None where it is not known, or is the same."""
    asked = parse_arn(arn)
    resolve = _RESOLVERS.get(asked.service) if asked else None
    backend = backend_of(asked.service, asked.account_id, asked.region) if asked and resolve else None
    return resolve(backend, asked) if resolve and asked and backend is not None else None


def _secret(backend: Any, asked: Arn) -> str | None:  # noqa: ANN401 - moto's backend, here and below
    """A secret's ARN ends in a suffix that is drawn when it is made."""
    name = asked.after("secret")
    found = next((secret for secret in list(dict.values(backend.secrets)) if name in _names(secret)), None)
    return None if found is None else str(found.arn)


def _names(secret: Any) -> tuple[str, str]:  # noqa: ANN401
    whole = str(secret.arn).rpartition(":secret:")[2]
    return whole[:-_SUFFIX_LENGTH], whole


def _key(backend: Any, asked: Arn) -> str | None:  # noqa: ANN401
    """AWS authorizes the key that an alias stands for."""
    if not asked.resource.startswith("alias/"):
        return None
    found = (key for key in list(backend.keys.values()) if asked.resource in key.aliases)
    return next((str(key.arn) for key in found), None)


def _stack(backend: Any, asked: Arn) -> str | None:  # noqa: ANN401
    """A stack's ARN ends in an id that is drawn when it is made; a change set is of one stack.

    `changeSet/<stack>/<name>` means the change set of that name, whose ARN does not tell its stack.
    """
    of_change_set = backend.change_sets.get(asked.whole)
    if of_change_set is not None:
        return str(of_change_set.stack_id)
    in_stack, _, change_set = asked.after("changeSet").partition("/")
    if change_set:
        known = (each for each in list(backend.change_sets.values()) if each.change_set_name == change_set)
        return next((str(each.change_set_id) for each in known if each.stack_name == in_stack), None)
    name = asked.after("stack").removesuffix("/*")
    return next((str(stack.stack_id) for stack in list(backend.stacks.values()) if stack.name == name), None)


def _task_definition(backend: Any, asked: Arn) -> str | None:  # noqa: ANN401
    """A family without a revision means its latest: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html."""
    family, _, revision = asked.after("task-definition").rpartition(":")
    revisions = backend.task_definitions.get(family) if revision == "*" else None
    return str(revisions[max(revisions)].arn) if revisions else None


_RESOLVERS: Mapping[str, Callable[[Any, Arn], str | None]] = MappingProxyType(
    {"cloudformation": _stack, "ec2": network_arn, "ecs": _task_definition, "secretsmanager": _secret, "kms": _key}
)


def key_of_ciphertext(ciphertext: str, region: str) -> str | None:
    """Return the ARN of the KMS key that a ciphertext (base64) was made with, whosever it is; None for no such key.

    moto's ciphertexts begin with the key's id.
    """
    try:
        key_id = base64.b64decode(ciphertext, validate=True)[:_KEY_ID_LENGTH].decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return None
    keys = (backend.keys.get(key_id) for backend in backends_of("kms", region))
    return next((str(key.arn) for key in keys if key is not None), None)


def stream_of_iterator(iterator: str) -> str | None:
    """Return the name of the Kinesis stream that a shard iterator reads; None for what is no iterator.

    moto's are the base64 of `<stream>:<shard>:<sequence number>`, and read as leniently.
    """
    try:
        stream, *rest = base64.decodebytes(iterator.encode()).decode().split(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return stream if rest and stream else None


def secrets_matching(account_id: str, region: str, filters: Sequence[Mapping[str, Any]]) -> tuple[str, ...] | None:
    """Return the ARNs of the secrets that match all filters of Secrets Manager; None for ones that moto has not."""
    backend = backend_of("secretsmanager", account_id, region)
    if backend is None:
        return ()
    secretsmanager: Any = sys.modules["moto.secretsmanager.models"]
    if not {each["Key"] for each in filters} <= set(secretsmanager.filter_keys()):
        return None
    secrets = (secret for secret in list(dict.values(backend.secrets)) if not secret.is_deleted())
    return tuple(str(secret.arn) for secret in secrets if secretsmanager._matches(secret, filters))  # noqa: SLF001 - moto's own
