"""The outcome of an evaluation and the reasons behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vpce_policies.request import PolicySet, Request


class Layer(StrEnum):
    """The policy types a request has to pass, in the order in which they are reported."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    SCP = "scp"
    RCP = "rcp"
    PERMISSIONS_BOUNDARY = "permissions_boundary"
    SESSION = "session"
    VPC_ENDPOINT = "vpc_endpoint"


class Verdict(StrEnum):
    """The outcome for the request."""

    ALLOWED = "Allowed"
    IMPLICITLY_DENIED = "ImplicitlyDenied"
    EXPLICITLY_DENIED = "ExplicitlyDenied"


class LayerVerdict(StrEnum):
    """What one layer says by itself."""

    ALLOWED = "Allowed"
    IMPLICITLY_DENIED = "ImplicitlyDenied"
    EXPLICITLY_DENIED = "ExplicitlyDenied"
    NOT_APPLICABLE = "NotApplicable"
    ALLOWED_FOR_ACCOUNT = "AllowedForAccount"
    DENIED_FOR_ACCOUNT = "DeniedForAccount"


@dataclass(frozen=True)
class Decision:
    """The outcome of `evaluate`.

    Attributes:
        request: What was asked.
        policies: What was asked about it.
        verdict: The outcome.
        same_account: Whether caller and resource belong to one account; False for callers without an account.
        layers: What each layer says by itself.
    """

    request: Request
    policies: PolicySet = field(repr=False)
    verdict: Verdict
    same_account: bool
    layers: Mapping[Layer, LayerVerdict]

    @property
    def allowed(self) -> bool:
        """Whether the request may go on."""
        return self.verdict is Verdict.ALLOWED

    @property
    def denied_by(self) -> tuple[Layer, ...]:
        """The layers with an explicit denial or, without one, those whose own verdict is an implicit denial."""
        if self.verdict is Verdict.ALLOWED:
            return ()
        kinds = _KINDS[self.verdict]
        return tuple(layer for layer, verdict in self.layers.items() if verdict in kinds)


_KINDS = {
    Verdict.EXPLICITLY_DENIED: (LayerVerdict.EXPLICITLY_DENIED, LayerVerdict.DENIED_FOR_ACCOUNT),
    Verdict.IMPLICITLY_DENIED: (LayerVerdict.IMPLICITLY_DENIED,),
}
