"""The policies of resources in moto: of queues, topics, keys, secrets, functions, tables and more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from vpce_emulator.backend.embedded.arns import Arn, backend_of, parse_arn
from vpce_emulator.backend.embedded.documents import text_of
from vpce_emulator.backend.embedded.principal_ids import with_arns
from vpce_emulator.backend.interface import StoredPolicy


def resource_policy(arn: str) -> StoredPolicy | None:
    """Return the policy of a resource, or None where there is no such resource, or it has none."""
    asked = parse_arn(arn)
    if asked is not None and asked.service == "kms" and asked.resource.startswith(_MANAGED):
        return _of_managed_key(asked)
    reader = READERS.get(asked.service) if asked else None
    backend = backend_of(reader.package, asked.account_id, asked.region) if asked and reader else None
    found = reader.read(backend, asked) if asked and reader and backend is not None else None
    if asked is None or reader is None or not found:
        return None
    text, name = found
    return (
        StoredPolicy(with_arns(text_of(text)), name, asked.account_id, must_allow=reader.must_allow) if text else None
    )


_MANAGED = "alias/aws/"
"""What the aliases of keys that AWS manages begin with."""


def _of_managed_key(alias: Arn) -> StoredPolicy:
    name = f"the key policy of {alias.resource.removeprefix('alias/')}"
    return StoredPolicy(_managed_key_policy(alias), name, alias.account_id, must_allow=True)


def _managed_key_policy(alias: Arn) -> str:
    """Return the policy of a key that AWS manages: for whoever uses the service in the account, and by it alone.

    https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key
    """
    by_service = {
        "kms:ViaService": f"{alias.resource.removeprefix(_MANAGED)}.{alias.region}.amazonaws.com",
        "kms:CallerAccount": alias.account_id,
    }
    use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"]
    look = ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"]
    root = {"AWS": f"arn:aws:iam::{alias.account_id}:root"}
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": use,
                    "Resource": "*",
                    "Condition": {"StringEquals": by_service},
                },
                {"Effect": "Allow", "Principal": root, "Action": look, "Resource": "*"},
            ],
        }
    )


Found = tuple[str | None, str] | None
"""A policy's text, if there is one, and its name."""


def _queue(backend: Any, arn: Arn) -> Found:  # noqa: ANN401 - moto's backend, here and below
    queue = backend.queues.get(arn.resource)
    return queue and (queue.policy, f"the queue policy of {arn.resource}")


def _topic(backend: Any, arn: Arn) -> Found:  # noqa: ANN401
    topic = backend.topics.get(arn.whole)
    return topic and (topic.policy, f"the topic policy of {arn.resource}")


def _key(backend: Any, arn: Arn) -> Found:  # noqa: ANN401
    """A grant is as good as a statement that allows; what the key policy denies stays denied.

    https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
    """
    name = arn.after("key")
    key = backend.keys.get(name)
    if key is None:
        return None
    managed = next((alias for alias in list(key.aliases) if alias.startswith(_MANAGED)), None)
    if managed is not None:
        return _managed_key_policy(arn._replace(resource=managed)), f"the key policy of {managed}"
    granted = [json.dumps(_of_grant(grant)) for grant in list(key.grants.values())]
    policy = _with_statements(text_of(key.policy), tuple(granted)) if granted else key.policy
    return policy, f"the key policy{' and grants' if granted else ''} of {name}"


def _of_grant(grant: Any) -> Mapping[str, Any]:  # noqa: ANN401
    constraints = grant.constraints or {}
    equal = constraints.get("EncryptionContextEquals") or {}
    pairs = {**(constraints.get("EncryptionContextSubset") or {}), **equal}
    condition: dict[str, Any] = {"StringEquals": {f"kms:EncryptionContext:{key}": each for key, each in pairs.items()}}
    if equal:
        condition["ForAllValues:StringEquals"] = {"kms:EncryptionContextKeys": list(equal)}
    return {
        "Effect": "Allow",
        "Principal": {"AWS": grant.grantee_principal},
        "Action": [f"kms:{operation}" for operation in grant.operations],
        "Resource": "*",
        **({"Condition": condition} if pairs else {}),
    }


@lru_cache(maxsize=256)
def _with_statements(text: str, statements: tuple[str, ...]) -> str:
    document = json.loads(text)
    return json.dumps(document | {"Statement": [*_listed(document["Statement"]), *map(json.loads, statements)]})


def _secret(backend: Any, arn: Arn) -> Found:  # noqa: ANN401
    held = list(dict.values(backend.secrets))  # its own look-up goes through them all as well, but not at once
    secret = next((secret for secret in held if secret.arn == arn.whole), None)
    return secret and (getattr(secret, "policy", None), f"the resource policy of {secret.name}")


def _function(backend: Any, arn: Arn) -> Found:  # noqa: ANN401
    """Put together the statements of all versions and aliases; each says which of them it is about."""
    name = arn.after("function").partition(":")[0]
    held = backend._lambdas._functions.get(name)  # noqa: SLF001 - moto lists no versions of an unknown function
    if held is None:
        return None
    versions = {id(version): version for version in (held["latest"], *held["versions"])}
    statements = [statement for version in versions.values() for statement in version.policy.statements]
    return _of_statements([_with_principal(each) for each in statements]), f"the function policy of {name}"


_OF_STATEMENT = ("Sid", "Effect", "Principal", "Action", "Resource", "Condition")


def _with_principal(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a function's statement as AWS has it: an account or an ARN as principal is one of type AWS."""
    kept = {name: statement[name] for name in _OF_STATEMENT if name in statement}
    principal = kept.get("Principal")
    return kept | {"Principal": {"AWS": principal}} if isinstance(principal, str) and principal != "*" else kept


def _table_or_stream(backend: Any, arn: Arn) -> Found:  # noqa: ANN401
    """The policy of a table is also that of its indexes; a stream has its own."""
    base, index, _ = arn.whole.partition("/index/")
    stored = backend.resource_policies.get(base if index else arn.whole)
    kind = "stream" if "/stream/" in arn.resource else "table"
    return stored and (stored.policy_doc, f"the resource policy of {kind} {arn.after('table').partition('/index/')[0]}")


def _repository(backend: Any, arn: Arn) -> Found:  # noqa: ANN401
    name = arn.after("repository")
    repository = backend.repositories.get(name)
    return repository and (repository.policy and _with_resources(repository.policy), f"the repository policy of {name}")


def _event_bus(backend: Any, arn: Arn) -> Found:  # noqa: ANN401
    name = arn.after("event-bus")
    bus = backend.event_buses.get(name)
    return bus and (bus.policy, f"the resource policy of event bus {name}")


def _stream(backend: Any, arn: Arn) -> Found:  # noqa: ANN401
    return backend.resource_policies.get(arn.whole), f"the resource policy of {arn.resource}"


def _log_group(backend: Any, _arn: Arn) -> Found:  # noqa: ANN401
    """All resource policies of an account in a Region are about all its log groups."""
    stored = [text_of(each.policy_document) for each in backend.resource_policies.values() if each.policy_document]
    return _joined(tuple(stored)), "the resource policies of CloudWatch Logs"


@lru_cache(maxsize=256)
def _with_resources(text: str) -> str:
    """Return a policy whose statements need not say on which resource they are: it is the one that has the policy."""
    document = json.loads(text)
    return json.dumps(document | {"Statement": [{"Resource": "*"} | each for each in _listed(document["Statement"])]})


@lru_cache(maxsize=256)
def _joined(texts: tuple[str, ...]) -> str | None:
    return _of_statements([each for text in texts for each in _listed(json.loads(text)["Statement"])])


def _of_statements(statements: Iterable[Mapping[str, Any]]) -> str | None:
    statements = list(statements)
    return json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None


def _listed(statement: Any) -> list[Any]:  # noqa: ANN401 - JSON has any type
    return statement if isinstance(statement, list) else [statement]


class Reader(NamedTuple):
    """How the policies of one service's resources are read."""

    package: str
    """What moto calls the service."""
    read: Callable[[Any, Arn], Found]
    must_allow: bool = False


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "sqs": Reader("sqs", _queue),
        "sns": Reader("sns", _topic),
        # https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
        "kms": Reader("kms", _key, must_allow=True),
        "secretsmanager": Reader("secretsmanager", _secret),
        "lambda": Reader("awslambda", _function),
        "dynamodb": Reader("dynamodb", _table_or_stream),
        "ecr": Reader("ecr", _repository),
        "events": Reader("events", _event_bus),
        "kinesis": Reader("kinesis", _stream),
        "logs": Reader("logs", _log_group),
    }
)
"""The services whose resources have policies, by what their ARNs say after the partition."""
