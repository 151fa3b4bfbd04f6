"""What a request must show for a statement to match, taken apart for an index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from vpce_policies.document import Condition
from vpce_policies.operators import QualifiedOperator, ValueType, split_arn
from vpce_policies.patterns import Context, Piece, Test, Variable, has_variable, parse, resolve

Pieces = tuple[Piece, ...]


@dataclass(frozen=True)
class Clause:
    """One condition key under one operator; those of several statements that are equal are asked once.

    Attributes:
        key: The condition key, in lower case.
        operator: The operator.
        values: The wanted values.
        patterns: The same as patterns, for an operator that compares text; without those that nothing can match.
    """

    key: str
    operator: QualifiedOperator
    values: tuple[str, ...]
    patterns: tuple[Pieces, ...]

    @classmethod
    def of(cls, condition: Condition, operator: QualifiedOperator, *, variables: bool) -> Clause:
        """Read a condition, in a document that expands policy variables or not."""
        base = operator.base
        texts = condition.values if base.type in TEXTS else ()
        patterns = (
            parse(each.lower() if base.fold else each, variables=variables, wildcards=base.wildcards) for each in texts
        )
        key = condition.key.lower()
        return cls(key, operator, condition.values, _possible(base.type, patterns))

    @property
    def needs_key(self) -> bool:
        """Whether it can hold only in a request that has the key."""
        return self.operator.needs_key or (self.operator.base.compare is None and self._null_values == {"false"})

    @property
    def needs_absence(self) -> bool:
        """Whether it can hold only in a request that does not have the key."""
        return self.operator.base.compare is None and self._null_values == {"true"}

    @property
    def _null_values(self) -> set[str]:
        return {value.lower() for value in self.values}

    @property
    def is_dynamic(self) -> bool:
        """Whether it has policy variables."""
        return any(map(has_variable, self.patterns))

    def resolved(self, context: Context) -> Clause:
        """The same with the request's values for the policy variables."""
        if not self.is_dynamic:
            return self
        fold = self.operator.base.fold
        patterns = (_folded(each) if fold else each for each in _resolved(self.patterns, context))
        return replace(self, patterns=_possible(self.operator.base.type, patterns))

    def test(self) -> Test:
        """Whether a value of the key compares with a wanted one, of an operator that does not compare text."""
        compile_values = self.operator.base.compare
        compares = compile_values(self.values, False) if compile_values else None
        return lambda value: compares is not None and compares(value, {})


TEXTS = (ValueType.STRING, ValueType.ARN)
"""What is compared as text, by patterns."""


def _possible(type_: ValueType, patterns: Iterable[Pieces]) -> tuple[Pieces, ...]:
    """Patterns without those that no ARN can match."""
    return tuple(
        each
        for each in patterns
        if type_ is not ValueType.ARN or has_variable(each) or len(split_arn(each)) == _ARN_SEGMENTS
    )


def _resolved(patterns: Iterable[Pieces], context: Context) -> Iterator[Pieces]:
    """Patterns with the request's values for the variables, without those that do not resolve."""
    return (each for each in (resolve(pieces, context) for pieces in patterns) if each is not None)


def _folded(pieces: Pieces) -> Pieces:
    return tuple(each.lower() if isinstance(each, str) else each for each in pieces)


_ARN_SEGMENTS = 6


class Selector(NamedTuple):
    """What a request must show for a statement to match.

    Attributes:
        callers: The names that may call; None for everyone.
        other_callers: The names that may not.
        resources: The patterns of resources; None for any.
        other_resources: The patterns of resources that are not meant.
        clauses: The conditions.
    """

    callers: frozenset[str] | None
    other_callers: frozenset[str]
    resources: Sequence[Pieces] | None
    other_resources: Sequence[Pieces]
    clauses: Sequence[Clause]

    def variables(self) -> Iterator[str]:
        """The keys of the policy variables it has."""
        patterns = (
            *(self.resources or ()),
            *self.other_resources,
            *(p for each in self.clauses for p in each.patterns),
        )
        return (piece.key for pieces in patterns for piece in pieces if isinstance(piece, Variable))

    def resolved(self, context: Context) -> Selector:
        """The same with the request's values for the policy variables."""
        return self._replace(
            resources=None if self.resources is None else tuple(_resolved(self.resources, context)),
            other_resources=tuple(_resolved(self.other_resources, context)),
            clauses=[each.resolved(context) for each in self.clauses],
        )
