"""Finding the few statements of a large policy that may match a request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from vpce_policies.patterns import Context
from vpce_policies.principals import Caller

if TYPE_CHECKING:
    from vpce_policies.compiler import CompiledStatement

    Found = tuple[CompiledStatement, ...]


class Criterion(NamedTuple):
    """Something a request must show for a statement to match: a text of one kind.

    Attributes:
        kind: CALLER, RESOURCE, or a condition key in lower case.
        exact: The texts that do.
        prefixes: How other texts that may do start; the empty prefix is that of any text.
    """

    kind: str
    exact: frozenset[str]
    prefixes: frozenset[str] = frozenset()

    def slots(self) -> Iterator[tuple[str, str, bool]]:
        """Where statements with this criterion are filed."""
        yield from ((self.kind, text, True) for text in self.exact)
        yield from ((self.kind, text, False) for text in self.prefixes)


UNINDEXED = 4
"""So many statements are asked faster one by one than found by an index."""

# No condition key has such a name.
CALLER, RESOURCE = "", "*"


class _File:
    """Statements by the text that a request must show."""

    __slots__ = ("_by_prefix", "_by_text", "_lengths")

    def __init__(self, entries: Sequence[tuple[CompiledStatement, Criterion]]) -> None:
        self._by_text = _grouped((text, statement) for statement, each in entries for text in each.exact)
        self._by_prefix = _grouped((text, statement) for statement, each in entries for text in each.prefixes)
        self._lengths = tuple(sorted({len(prefix) for prefix in self._by_prefix}))

    def find(self, text: str) -> Found:
        found = self._by_text.get(text, ())
        for length in self._lengths:
            found += self._by_prefix.get(text[:length], ())
        return found


def _grouped(entries: Iterable[tuple[str, CompiledStatement]]) -> Mapping[str, Found]:
    groups: dict[str, list[CompiledStatement]] = {}
    for text, statement in entries:
        groups.setdefault(text, []).append(statement)
    return {text: tuple(statements) for text, statements in groups.items()}


class StatementIndex:
    """Statements of one effect that are about one action, found by what a request must show.

    Each statement is filed under the criterion that it shares with the fewest others, so that a policy of many
    statements costs as little as one of few, whether they differ in callers, resources or conditions.
    """

    __slots__ = ("_always", "_by_caller", "_by_key", "_by_resource")

    def __init__(self, statements: Sequence[CompiledStatement]) -> None:
        always, files = _filed(statements) if len(statements) > UNINDEXED else (statements, {})
        self._always = tuple(always)
        self._by_caller = files.pop(CALLER, None)
        self._by_resource = files.pop(RESOURCE, None)
        self._by_key = files

    def find(self, caller: Caller, resource: str, context: Context) -> Found:
        """The statements that may match; one may come twice."""
        found = self._always
        if self._by_resource:
            found += self._by_resource.find(resource)
        if self._by_caller:
            for name in caller.names:
                found += self._by_caller.find(name)
        for key, file in self._files_for(context):
            actual = context[key]
            for value in (actual,) if isinstance(actual, str) else actual:
                found += file.find(value)
        return found

    def _files_for(self, context: Context) -> Iterable[tuple[str, _File]]:
        """The condition keys that both the request and the statements have."""
        files = self._by_key
        if len(files) > len(context):
            return [(key, files[key]) for key in context if key in files]
        return [each for each in files.items() if each[0] in context] if files else ()


def _filed(statements: Sequence[CompiledStatement]) -> tuple[list[CompiledStatement], dict[str, _File]]:
    """The statements without any criterion, and the others by the kind of the one that they are filed under."""
    shared = Counter(slot for statement in statements for each in statement.criteria for slot in each.slots())
    always: list[CompiledStatement] = []
    entries: dict[str, list[tuple[CompiledStatement, Criterion]]] = {}
    for statement in statements:
        if statement.criteria:
            best = min(statement.criteria, key=lambda each: max(map(shared.__getitem__, each.slots()), default=0))
            entries.setdefault(best.kind, []).append((statement, best))
        else:
            always.append(statement)
    return always, {kind: _File(each) for kind, each in entries.items()}
