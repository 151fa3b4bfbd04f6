"""What becomes of policies in moto whose users and roles are deleted or renamed.

AWS keeps the unique id of a user or role that a policy names, and shows its ARN as long as it exists. Who is deleted
and made again under the same name is another one: the policy shows the id then, and means nobody. Renamed users stay
who they are. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-users
"""

# ruff: noqa: ANN401 - the values are moto's

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from moto.iam.models import IAMBackend

from vpce_emulator.backend.embedded.arns import all_backends
from vpce_emulator.backend.embedded.replacing import replace


def apply() -> None:
    """Have users made with ids like AWS's, and policies follow what happens to the users and roles that they name."""
    create_user = IAMBackend.create_user
    delete_user, delete_role, update_user = IAMBackend.delete_user, IAMBackend.delete_role, IAMBackend.update_user

    def create_user_with_id(backend: Any, *given: Any, **named: Any) -> Any:
        user: Any = create_user(backend, *given, **named)
        user.id = f"AIDA{base64.b32encode(os.urandom(11))[:17].decode()}"  # moto's is in lower case
        return user

    def delete_user_and_name(backend: Any, user_name: str) -> None:
        user = backend.users.get(user_name)
        delete_user(backend, user_name)
        rename_principal(user.arn, user.id)

    def delete_role_and_name(backend: Any, role_name: str) -> None:
        role = next((one for one in backend.roles.values() if one.name == role_name), None)
        delete_role(backend, role_name)
        if role is not None:
            rename_principal(role.arn, role.id)

    def update_user_and_name(backend: Any, user_name: str, *given: Any, **named: Any) -> None:
        user = backend.users.get(user_name)
        before = user.arn if user is not None else ""
        update_user(backend, user_name, *given, **named)
        rename_principal(before, user.arn)

    replace(IAMBackend, "create_user", create_user_with_id)
    replace(IAMBackend, "delete_user", delete_user_and_name)
    replace(IAMBackend, "delete_role", delete_role_and_name)
    replace(IAMBackend, "update_user", update_user_and_name)


def rename_principal(before: str, after: str) -> None:
    """Call a principal something else in all policies of resources and roles.

    Args:
        before: its ARN.
        after: its new ARN, or its unique id.
    """
    for package, find in _PLACES.items():
        for backend in all_backends(package):
            for place in find(backend):
                _rename(place, before, after)


def with_arns(text: str) -> str:
    """Return a policy in which users and roles go by their ARNs that were named by their unique ids, if they exist."""
    if "AIDA" not in text and "AROA" not in text:
        return text
    for unique_id in set(_UNIQUE_ID.findall(text)):
        arn = arn_of(unique_id)
        text = _renamed(text, unique_id, arn) if arn is not None else text
    return text


def arn_of(unique_id: str) -> str | None:
    """Return the ARN of the user or role with a unique id; None where there is none (any more)."""
    everybody = (one for backend in all_backends("iam") for one in (*backend.users.values(), *backend.roles.values()))
    return next((str(one.arn) for one in list(everybody) if one.id == unique_id), None)


_UNIQUE_ID = re.compile(r'"((?:AIDA|AROA)[A-Z0-9]{12,})"')


class _Place(NamedTuple):
    """Where a policy, its statements or a principal are: an attribute of an object, or an entry of a dictionary."""

    holder: Any
    name: str


def _rename(place: _Place, before: str, after: str) -> None:
    entry = isinstance(place.holder, dict)
    held = place.holder[place.name] if entry else getattr(place.holder, place.name, None)
    renamed = _renamed(held, before, after)
    if renamed == held:
        return
    if entry:
        place.holder[place.name] = renamed
    else:
        setattr(place.holder, place.name, renamed)


def _renamed(held: Any, before: str, after: str) -> Any:
    """Return a policy, as text, bytes or whatever it was read into, with a principal called something else."""
    if isinstance(held, bytes):
        return _renamed(held.decode(errors="replace"), before, after).encode() if before.encode() in held else held
    if not isinstance(held, str):
        return _in_statements(held, before, after)
    if held == before:
        return after
    try:
        document = json.loads(held) if before in held else None
    except ValueError:
        return held
    renamed = _in_statements(document, before, after)
    return held if renamed == document else json.dumps(renamed)


def _in_statements(value: Any, before: str, after: str) -> Any:
    if isinstance(value, list):
        return [_in_statements(each, before, after) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _in_principal(each, before, after)
        if name in {"Principal", "NotPrincipal", "AWS"}
        else _in_statements(each, before, after)
        if name == "Statement"
        else each
        for name, each in value.items()
    }


def _in_principal(value: Any, before: str, after: str) -> Any:
    if isinstance(value, dict):
        return {type_: _in_principal(names, before, after) for type_, names in value.items()}
    if isinstance(value, list):
        return [_in_principal(each, before, after) for each in value]
    return after if value == before else value


def _of_each(collection: str, attribute: str) -> Callable[[Any], Iterator[_Place]]:
    """Return what yields an attribute of each value in a collection of a backend."""

    def find(backend: Any) -> Iterator[_Place]:
        held = getattr(backend, collection)
        yield from (_Place(each, attribute) for each in list(dict.values(held)))

    return find


def _of_keys(backend: Any) -> Iterator[_Place]:
    for key in list(backend.keys.values()):
        yield _Place(key, "policy")
        yield from (_Place(grant, "grantee_principal") for grant in list(key.grants.values()))


def _of_functions(backend: Any) -> Iterator[_Place]:
    for function in list(backend._lambdas._functions.values()):  # noqa: SLF001 - as policies of functions are read
        for version in (function["latest"], *function["versions"]):
            yield _Place(version.policy, "statements")


def _of_buses(backend: Any) -> Iterator[_Place]:
    for bus in list(backend.event_buses.values()):
        yield from (_Place(each, "principal") for each in list(bus._statements.values()))  # noqa: SLF001 - moto's own


def _of_streams(backend: Any) -> Iterator[_Place]:
    yield from (_Place(backend.resource_policies, arn) for arn in list(backend.resource_policies))


def _of_access_points(backend: Any) -> Iterator[_Place]:
    for points in list(backend.access_points.values()):
        yield from (_Place(point, "policy") for point in list(points.values()))


_PLACES: Mapping[str, Callable[[Any], Iterator[_Place]]] = MappingProxyType(
    {
        "iam": _of_each("roles", "assume_role_policy_document"),
        "s3": _of_each("buckets", "policy"),
        "s3control": _of_access_points,
        "sqs": _of_each("queues", "policy"),
        "sns": _of_each("topics", "_policy_json"),
        "kms": _of_keys,
        "secretsmanager": _of_each("secrets", "policy"),
        "awslambda": _of_functions,
        "dynamodb": _of_each("resource_policies", "policy_doc"),
        "ecr": _of_each("repositories", "policy"),
        "events": _of_buses,
        "kinesis": _of_streams,
    }
)
"""Where moto keeps policies with principals, by what it calls each service."""
