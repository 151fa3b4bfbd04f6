"""Policies that requests bring along to services other than S3, whichever kind theirs are."""

from __future__ import annotations

from urllib.parse import parse_qsl

from vpce_emulator.aws.call import Service
from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.policy_documents import malformed_iam_policy, malformed_organizations_policy
from vpce_emulator.aws.resource_policy_documents import malformed_resource_policy
from vpce_policies import PrincipalExists


def malformed_policy(
    service: Service, operation: str, request: HttpRequest, content: bytes, principal_exists: PrincipalExists
) -> Fault | None:
    """Return why a service does not take the policy that a request brings along; None where it does, or there is none.

    Args:
        service: in the protocol of the request.
        operation: its name.
        request: its head.
        content: its body.
        principal_exists: see `vpce_policies.parse_policy`.
    """
    if service.name == "iam":
        return malformed_iam_policy(operation, form_of(request, content), principal_exists)
    if service.name == "organizations":
        return malformed_organizations_policy(operation, content)
    return malformed_resource_policy(service, operation, content)


def form_of(request: HttpRequest, content: bytes) -> dict[str, str]:
    """Return the parameters of a Query request: those of its body, or of its URL where that is empty."""
    return dict(parse_qsl(content.decode("utf-8", "replace") or request.raw_query, keep_blank_values=True))
