"""The outcome of an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from vpce_policies.layers import Layer, LayerVerdict, Verdict
from vpce_policies.matching import StatementMatch, match_statements
from vpce_policies.principals import Reach, parse_caller
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
        reach: How directly the statement that decided in the resource policy names the caller.
    """

    request: Request
    policies: PolicySet = field(repr=False)
    verdict: Verdict
    same_account: bool
    layers: Mapping[Layer, LayerVerdict]
    reach: Reach

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

    @property
    def causes(self) -> tuple[Layer, ...]:
        """The layers that stand in the way: if all of them allowed, the request would be.

        Among them is a resource policy that is needed and is not there.
        """
        if self.verdict is not Verdict.IMPLICITLY_DENIED:
            return self.denied_by
        settled = self._settled()
        needed = not (self.same_account and self.policies.account_suffices)
        missing = needed and self.layers[Layer.RESOURCE] is LayerVerdict.NOT_APPLICABLE
        denying = {*self.denied_by, *([Layer.RESOURCE] if missing else [])} - settled
        return tuple(layer for layer in Layer if layer in denying)

    def _settled(self) -> frozenset[Layer]:
        """The layers that need not allow; the rules are in `evaluation`."""
        by_resource = self.layers[Layer.RESOURCE] is LayerVerdict.ALLOWED
        if not parse_caller(self.request.principal).account:
            return frozenset({Layer.IDENTITY})
        if self.same_account and by_resource and self.reach is Reach.CALLER:
            return frozenset({Layer.IDENTITY, Layer.PERMISSIONS_BOUNDARY, Layer.SESSION})
        by_identity = self.layers[Layer.IDENTITY] is LayerVerdict.ALLOWED and self.policies.account_suffices
        if self.same_account and (by_resource or by_identity):
            return frozenset({Layer.IDENTITY, Layer.RESOURCE})
        return frozenset()

    @cached_property
    def statements(self) -> tuple[StatementMatch, ...]:
        """What matched and, for layers that allow nothing, what all but matched; computed when asked."""
        return match_statements(self.request, self.policies)
