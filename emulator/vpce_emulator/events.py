"""What happened to one request, as a value: who asked what, over which path, and who refused it and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from vpce_emulator.authorization import DecidedAction, layers_that_deny
from vpce_emulator.network.ingress import Ingress
from vpce_emulator.network.questions import path_as_json
from vpce_policies import explain


class Outcome(StrEnum):
    """How a request ended, seen from the network and the policies; the service's own errors are `allowed`."""

    ALLOWED = "allowed"
    DENIED = "denied"
    BLOCKED = "blocked"
    REFUSED = "refused"
    INJECTED = "injected"


@dataclass(frozen=True, slots=True)
class Event:
    """One request, after it was answered.

    Attributes:
        number: counts up from 1 over all requests of an emulator.
        request_id: the id that the response carried.
        time: when the request came, in seconds since the epoch.
        ingress: the door and the path.
        host: the host name that was dialled.
        service: botocore's service name; empty where the request named none.
        operation: the API name; empty where it was not reached.
        principal: the caller's ARN; empty for anonymous callers and where the caller was not reached.
        outcome: how it ended.
        status: the HTTP status; 0 where the connection was closed without an answer.
        code: the error code of a refusal.
        message: the error message of a refusal.
        refused_by: what refused it beside policies: `public_access_block`, `requester_pays`, `expected_bucket_owner`,
            or the ids of fault rules.
        injected: what befell it by fault rules, in words; empty where nothing did.
        authorizations: each action on each resource with its decision, as far as they were decided.
    """

    number: int
    request_id: str
    time: float
    ingress: Ingress
    host: str
    service: str = ""
    operation: str = ""
    principal: str = ""
    outcome: Outcome = Outcome.ALLOWED
    status: int = 0
    code: str = ""
    message: str = ""
    refused_by: str = ""
    injected: str = ""
    authorizations: tuple[DecidedAction, ...] = ()


# Why S3 denies what it denies without a policy, which its answers do not tell.
_BESIDE_POLICIES: Mapping[str, str] = MappingProxyType(
    {
        "expected_bucket_owner": "The bucket, or the one that is copied from, is not of the account that the request "
        "expects in x-amz-expected-bucket-owner or x-amz-source-expected-bucket-owner.",
        "requester_pays": "Requests to the bucket are paid for by the requester, who has to be signed in and to agree: "
        "x-amz-request-payer: requester.",
    }
)


def denied_by(event: Event) -> tuple[str, ...]:
    """Return what refused a request: policy layers by name, the one in the message first, or `network`."""
    if event.outcome is Outcome.BLOCKED:
        return ("network",)
    if event.refused_by:
        return (event.refused_by,)
    denied = (one for one in event.authorizations if not one.decision.allowed)
    return tuple(dict.fromkeys(layer.value for one in denied for layer in layers_that_deny(one.decision)))


def reason(event: Event) -> str:
    """Return why a request ended as it did, in sentences."""
    if event.outcome is Outcome.BLOCKED:
        return event.ingress.path.reason
    if event.outcome is Outcome.INJECTED:
        return event.injected
    if event.outcome is Outcome.REFUSED or event.refused_by:
        return _BESIDE_POLICIES.get(event.refused_by, event.message)
    relevant = [one for one in event.authorizations if not one.decision.allowed] or list(event.authorizations)
    return "\n".join(f"{one.wanted.action} on {one.wanted.resource}: {explain(one.decision)}" for one in relevant)


def as_json(event: Event, explained: Callable[[Event], str] = reason) -> dict[str, Any]:
    """Return an event as the admin API shows it."""
    path = event.ingress.path
    return {
        "number": event.number,
        "request_id": event.request_id,
        "time": datetime.fromtimestamp(event.time, UTC).isoformat(timespec="milliseconds"),
        "door": event.ingress.door.kind.value,
        "client": event.ingress.door.name,
        "host": event.host,
        **path_as_json(path),
        "vpc": event.ingress.origin.vpc_id or None,
        "source_address": event.ingress.origin.source_address or None,
        "service": event.service,
        "operation": event.operation,
        "principal": event.principal or None,
        "outcome": event.outcome.value,
        "denied_by": list(denied_by(event)),
        "status": event.status,
        "code": event.code or None,
        "message": event.message or None,
        "injected": event.injected or None,
        "reason": explained(event),
        "authorizations": [
            {
                "action": one.wanted.action,
                "resource": one.wanted.resource,
                "decision": one.decision.verdict.value,
                "layers": {layer.value: verdict.value for layer, verdict in one.decision.layers.items()},
            }
            for one in event.authorizations
        ],
    }
