"""The words of an outcome: layers, verdicts, and what each layer says."""

from __future__ import annotations

from enum import StrEnum


class Layer(StrEnum):
    """The policy types a request has to pass, in the order in which they are reported."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    SCP = "scp"
    RCP = "rcp"
    PERMISSIONS_BOUNDARY = "permissions_boundary"
    SESSION = "session"
    VPC_ENDPOINT = "vpc_endpoint"

    @property
    def policy_type(self) -> str:
        """What AWS's messages call a policy of this layer."""
        return _POLICY_TYPES[self]


_POLICY_TYPES = {
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    Layer.IDENTITY: "identity-based policy",
    Layer.RESOURCE: "resource-based policy",
    Layer.SCP: "service control policy",
    Layer.RCP: "resource control policy",
    Layer.PERMISSIONS_BOUNDARY: "permissions boundary",
    Layer.SESSION: "session policy",
    Layer.VPC_ENDPOINT: "VPC endpoint policy",
}


class Verdict(StrEnum):
    """The outcome for the request."""

    ALLOWED = "Allowed"
    IMPLICITLY_DENIED = "ImplicitlyDenied"
    EXPLICITLY_DENIED = "ExplicitlyDenied"


class LayerVerdict(StrEnum):
    """What one layer says by itself.

    ALLOWED_FOR_ACCOUNT and DENIED_FOR_ACCOUNT: what matched in a resource policy names just the caller's account.
    """

    ALLOWED = "Allowed"
    IMPLICITLY_DENIED = "ImplicitlyDenied"
    EXPLICITLY_DENIED = "ExplicitlyDenied"
    NOT_APPLICABLE = "NotApplicable"
    ALLOWED_FOR_ACCOUNT = "AllowedForAccount"
    DENIED_FOR_ACCOUNT = "DeniedForAccount"
