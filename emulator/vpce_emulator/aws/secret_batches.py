"""BatchGetSecretValue: each secret needs leave of its own, and is answered by itself.

"To use this command, you must have secretsmanager:BatchGetSecretValue, and also secretsmanager:GetSecretValue for each
secret" (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html). Who uses filters
needs leave to list secrets, too, and gets those that match as if they had been named.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from vpce_emulator.aws.call import ActionOnResource, Operation, Service
from vpce_emulator.aws.operation_inputs import Input

_READ = "secretsmanager:GetSecretValue"

Find = Callable[[Sequence[Mapping[str, Any]]], tuple[str, ...] | None]
"""Returns the ARNs of the secrets that match filters, None for filters that there are not."""


def is_batch(service: Service, operation: Operation) -> bool:
    """Return whether a request is for a batch of secrets."""
    return (service.name, operation.name) == ("secretsmanager", "BatchGetSecretValue")


def with_secrets_found(body: bytes, find: Find) -> bytes:
    """Return the body of a batch with the secrets that its filters find named, on one page; as it is without any.

    INVARIANT: what is read is what was authorized, whatever matches the filters by then.

    Args:
        body: of a shape that was found right.
        find: looks up secrets.
    """
    given = json.loads(body or b"{}")
    found = find(given["Filters"]) if given.get("Filters") and not given.get("SecretIdList") else None
    # An empty list stands for filters that were there.
    return json.dumps({"SecretIdList": found, "Filters": []}).encode() if found is not None else body


def batch_authorizations(given: Input, arn_of: Callable[[str], str]) -> Iterator[ActionOnResource]:
    """Yield what a batch needs leave for, each secret under its place in the list, counted from 0.

    Args:
        given: the input.
        arn_of: the ARN that a secret's name or ARN means.
    """
    yield ActionOnResource("secretsmanager:BatchGetSecretValue", "*")
    named = tuple(map(str, given.members.get("SecretIdList") or ()))
    if "Filters" in given.members:
        yield ActionOnResource("secretsmanager:ListSecrets", "*")
    if "SecretIdList" not in given.members:
        yield ActionOnResource(_READ, arn_of("*"))
    for item, name in enumerate(named):
        yield ActionOnResource(_READ, arn_of(name), {"secretsmanager:SecretId": name}, item=item)


def without_secrets(body: bytes, items: Collection[int]) -> bytes:
    """Return a body without the secrets at these places; empty when none is left."""
    given = json.loads(body)
    left = [name for item, name in enumerate(given["SecretIdList"]) if item not in items]
    return json.dumps({**given, "SecretIdList": left}).encode() if left else b""


def with_denied_secrets(response_body: bytes, request_body: bytes, denied: Mapping[int, str]) -> bytes:
    """Return the answer with an error for each secret that was denied.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_APIErrorType.html

    Args:
        response_body: the answer about the other secrets; empty where there were none.
        request_body: the request as the caller sent it.
        denied: the error message by the secret's place in the request.
    """
    names = json.loads(request_body)["SecretIdList"]
    answer: dict[str, Any] = json.loads(response_body) if response_body else {"SecretValues": []}
    errors = [
        {"SecretId": names[item], "ErrorCode": "AccessDeniedException", "Message": message}
        for item, message in sorted(denied.items())
    ]
    return json.dumps({**answer, "Errors": [*errors, *(answer.get("Errors") or ())]}).encode()
