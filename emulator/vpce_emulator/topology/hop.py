"""One thing that has a say in a path, and how far a connection gets. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hop:
    """One thing that had a say in a path.

    Attributes:
        what: `DNS`, `route table`, `security group`, `network ACL`, `connection`, `endpoint`, `Availability Zone`,
            `gateway`.
        id: the id of the thing that had the say; of DNS, the name asked for.
        passed: whether the connection got on.
        explanation: one sentence: what it decided and why, and for what did not pass, what would let it.
    """

    what: str
    id: str
    passed: bool
    explanation: str


def passed(what: str, identity: str, explanation: str) -> Hop:
    """Return a hop that let the connection on."""
    return Hop(what, identity, passed=True, explanation=explanation)


def stopped(what: str, identity: str, explanation: str) -> Hop:
    """Return a hop that stopped the connection."""
    return Hop(what, identity, passed=False, explanation=explanation)


def walk(hops: Iterable[Hop]) -> tuple[tuple[Hop, ...], Hop | None]:
    """Return the hops as far as the connection gets, and the one that stopped it, if any."""
    walked: list[Hop] = []
    for hop in hops:
        walked.append(hop)
        if not hop.passed:
            return tuple(walked), hop
    return tuple(walked), None
