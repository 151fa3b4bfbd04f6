"""The outcome of an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from vpce_policies.layers import Layer, LayerVerdict, Verdict
from vpce_policies.matching import StatementMatch, match_statements
from vpce_policies.request import PolicySet, Request

_EXPLICIT = (LayerVerdict.EXPLICITLY_DENIED, LayerVerdict.DENIED_FOR_ACCOUNT)


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
        """The layers with an explicit denial or, without one, those whose own verdict is an implicit denial.

        A resource of another account without a policy of its own is denied by the resource layer.
        """
        if self.verdict is Verdict.ALLOWED:
            return ()
        kinds = _EXPLICIT if self.verdict is Verdict.EXPLICITLY_DENIED else (LayerVerdict.IMPLICITLY_DENIED,)
        return tuple(layer for layer, verdict in self.layers.items() if verdict in kinds) or (Layer.RESOURCE,)

    @cached_property
    def statements(self) -> tuple[StatementMatch, ...]:
        """What matched and, for layers that allow nothing, what all but matched; computed when asked."""
        return match_statements(self.request, self.policies)
