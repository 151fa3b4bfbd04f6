"""Finding the few statements of a large policy that may match a request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from vpce_policies.patterns import Context
from vpce_policies.principals import Caller

if TYPE_CHECKING:
    from vpce_policies.compiler import CompiledStatement

    Found = tuple[CompiledStatement, ...]


class Criterion(NamedTuple):
    """Something a request must show for a statement to match: one of a few values of one kind.

    Attributes:
        kind: `""` for the caller's name, `*` for how the resource starts, else a condition key in lower case.
        values: The values; the request must show one of them.
    """

    kind: str
    values: frozenset[str]


CALLER, RESOURCE, _UNFILED = "", "*", "-"


class StatementIndex:
    """Statements of one effect that are about one action, found by what a request must show.

    Each statement is filed under the criterion that it shares with the fewest others, so that a policy of many
    statements costs as little as one of few, whether they differ in callers, resources or conditions.
    """

    __slots__ = ("_always", "_by_caller", "_by_key", "_by_resource", "_lengths")
    _SMALL = 4

    def __init__(self, statements: Sequence[CompiledStatement]) -> None:
        filed = _file(statements) if len(statements) > self._SMALL else {}
        self._always = filed.pop(_UNFILED, {}).get("", ()) if filed else tuple(statements)
        self._by_caller = filed.pop(CALLER, {})
        self._by_resource = filed.pop(RESOURCE, {})
        self._lengths = tuple(sorted({len(prefix) for prefix in self._by_resource}))
        self._by_key = filed

    def find(self, caller: Caller, resource: str, context: Context) -> Found:
        """The statements that may match; one may come twice."""
        found = self._always
        for length in self._lengths:
            found += self._by_resource.get(resource[:length], ())
        for name in caller.names if self._by_caller else ():
            found += self._by_caller.get(name, ())
        for key, by_value in self._by_key.items():
            actual = context.get(key, ())
            for value in (actual,) if isinstance(actual, str) else actual:
                found += by_value.get(value, ())
        return found


def _file(statements: Sequence[CompiledStatement]) -> dict[str, dict[str, Found]]:
    """Statements by kind and value of the criterion they are filed under; under `-` those without any."""
    shared = Counter(slot for statement in statements for each in statement.criteria for slot in _slots(each))
    filed: dict[str, dict[str, list[CompiledStatement]]] = {}
    for statement in statements:
        best = min(
            statement.criteria, key=lambda each: max(map(shared.__getitem__, _slots(each)), default=0), default=None
        )
        files = filed.setdefault(best.kind if best else _UNFILED, {})
        for value in best.values if best else ("",):
            files.setdefault(value, []).append(statement)
    return {kind: {value: tuple(each) for value, each in files.items()} for kind, files in filed.items()}


def _slots(criterion: Criterion) -> Iterator[tuple[str, str]]:
    return ((criterion.kind, value) for value in criterion.values)
