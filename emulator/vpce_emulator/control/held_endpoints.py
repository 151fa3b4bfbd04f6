"""The endpoints that are held, and when those that pass from one state to the next do so. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from vpce_emulator.control.ec2_wire import Values
from vpce_emulator.topology.models import Endpoint

# https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html#concepts-vpc-endpoints
_PASSING = ("pending", "deleting")


@dataclass(frozen=True, slots=True)
class HeldEndpoints:
    """Everything that the EC2 API of endpoints holds.

    Attributes:
        endpoints: the endpoints, by id.
        tokens: which ClientToken of which account made which endpoint, with the parameters it came with.
        due: when endpoints that are pending become available, and those that are deleting are gone, by id; seconds
            since the epoch.
    """

    endpoints: Mapping[str, Endpoint] = field(default_factory=lambda: MappingProxyType({}))
    tokens: Mapping[tuple[str, str], tuple[Values, str]] = field(default_factory=lambda: MappingProxyType({}))
    due: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def having(self, endpoint: Endpoint, passes_at: float) -> HeldEndpoints:
        """Return what is held with an endpoint as it is now.

        Args:
            endpoint: the endpoint.
            passes_at: when the state that it has come into passes, of those that do.
        """
        known = self.endpoints.get(endpoint.id)
        due = {endpoint_id: at for endpoint_id, at in self.due.items() if endpoint_id != endpoint.id}
        if endpoint.state in _PASSING:
            unchanged = known is not None and known.state == endpoint.state
            due[endpoint.id] = self.due.get(endpoint.id, passes_at) if unchanged else passes_at
        endpoints = {**self.endpoints, endpoint.id: endpoint}
        return replace(self, endpoints=MappingProxyType(endpoints), due=MappingProxyType(due))

    def lacking(self, endpoint_id: str) -> HeldEndpoints:
        """Return what is held without an endpoint."""
        endpoints = {known: endpoint for known, endpoint in self.endpoints.items() if known != endpoint_id}
        due = {known: at for known, at in self.due.items() if known != endpoint_id}
        return replace(self, endpoints=MappingProxyType(endpoints), due=MappingProxyType(due))

    def made_by(self, account_id: str, token: str) -> tuple[Values, str] | None:
        """Return what a ClientToken came with, and the id of the endpoint that it made; None for a new one."""
        return self.tokens.get((account_id, token))

    def having_token(self, account_id: str, token: str, parameters: Values, endpoint_id: str) -> HeldEndpoints:
        """Return what is held with a ClientToken that made an endpoint."""
        tokens = {**self.tokens, (account_id, token): (parameters, endpoint_id)}
        return replace(self, tokens=MappingProxyType(tokens))

    def passing(self, now: float) -> tuple[str, ...]:
        """Return the ids of the endpoints whose state has passed by now."""
        return tuple(endpoint_id for endpoint_id, at in self.due.items() if at <= now)

    def next_due(self) -> float | None:
        """Return when the next state passes; None where none will."""
        return min(self.due.values(), default=None)
