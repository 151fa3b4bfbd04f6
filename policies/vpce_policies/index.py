"""Finding the few statements of a large policy that may match a request.

A set of statements is an integer, a bit for each: combining sets costs as little for two hundred as for two.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any, NamedTuple

from vpce_policies.operators import READERS, AddressRange, ValueType, arn_test
from vpce_policies.patterns import (
    Context,
    Test,
    compile_pattern,
    has_variable,
    is_literal,
    literal_prefix,
    literal_suffix,
)
from vpce_policies.selectors import TEXTS, Clause, Pieces, Selector

UNINDEXED = 4
"""So many statements are asked faster one by one than found by an index."""
_REMEMBERED = 1024
"""So many values of a key, and so many resources, an index remembers."""
_LONGEST_REMEMBERED = 256
_RESOLVED = 64
"""So many sets of values of policy variables a policy has an index for."""


Filed = Sequence[tuple[Test | None, int]]
"""What else a text has to pass, and the statements."""


class StatementIndexes:
    """An index of statements for any request and, where they have policy variables, one for each set of their values.

    The second request with the same values of the variables makes an index of its own, in which they are plain text.
    """

    __slots__ = ("_general", "_resolved", "_selectors", "_variables")

    def __init__(self, selectors: Sequence[Selector]) -> None:
        self._general = StatementIndex(selectors)
        self._selectors = selectors
        self._variables = frozenset(key for each in selectors for key in each.variables())
        self._resolved: dict[Values, StatementIndex | None] = {}

    def find(self, context: Context) -> StatementIndex:
        """The index for a request with some condition context."""
        if not self._variables:
            return self._general
        values = tuple(
            (key, value if isinstance(value, str) else tuple(value))
            for key, value in context.items()
            if key in self._variables
        )
        if any(len(value) > _LONGEST_REMEMBERED for _, value in values):
            return self._general
        if values not in self._resolved:
            if len(self._resolved) >= _RESOLVED:
                self._resolved.clear()
            self._resolved[values] = None
            return self._general
        index = self._resolved[values]
        if index is None:
            index = self._resolved[values] = StatementIndex([each.resolved(context) for each in self._selectors])
        return index


Values = tuple[tuple[str, str | tuple[str, ...]], ...]
"""Condition keys with their values."""


class StatementIndex:
    """Statements by what a request must show: callers, resources, and every condition key."""

    __slots__ = ("_any_caller", "_but_caller", "_by_caller", "_by_key", "_by_resource", "_needing_no_key")

    def __init__(self, selectors: Sequence[Selector]) -> None:
        bits = [(1 << index, each) for index, each in enumerate(selectors)]
        self._any_caller = _union(bit for bit, each in bits if each.callers is None)
        self._by_caller = _grouped((name, bit) for bit, each in bits for name in each.callers or ())
        self._but_caller = _grouped((name, bit) for bit, each in bits for name in each.other_callers)
        self._by_resource = _ResourceIndex(bits)
        clauses: dict[str, dict[Clause, int]] = {}
        for bit, each in bits:
            for clause in each.clauses:
                of_key = clauses.setdefault(clause.key, {})
                of_key[clause] = of_key.get(clause, 0) | bit
        needing, self._needing_no_key = _by_needed_key(bits)
        everything = (1 << len(selectors)) - 1
        self._by_key = {key: _KeyIndex(each, needing.get(key, 0), everything) for key, each in clauses.items()}

    def find(self, names: Iterable[str], resource: str, context: Context, *, bounded: bool) -> int:
        """The statements that may match; whatever is not found does not.

        Args:
            names: What the caller is called.
            resource: The resource.
            context: The condition context, with keys in lower case.
            bounded: Whether the caller has a permissions boundary, with which NotPrincipal spares nobody.
        """
        found, of_keys = self._needing_no_key, self._by_key
        present = [(of_keys[key], value) for key, value in context.items() if key in of_keys]
        for of_key, _ in present:
            found |= of_key.needing
        for of_key, value in present:
            found &= of_key.find(value)
        if not found:
            return 0
        called, spared = self._any_caller, 0
        for name in names:
            called |= self._by_caller.get(name, 0)
            spared |= self._but_caller.get(name, 0)
        return found & (called if bounded else called & ~spared) & self._by_resource.find(resource)


class _ResourceIndex:
    """The statements by the resource of a request."""

    __slots__ = ("_any", "_meant", "_others", "_remembered")

    def __init__(self, bits: Sequence[tuple[int, Selector]]) -> None:
        self._any = _union(bit for bit, each in bits if each.resources is None)
        self._meant = _TextIndex((pieces, bit) for bit, each in bits for pieces in each.resources or ())
        static = ((pieces, bit) for bit, each in bits for pieces in each.other_resources if not has_variable(pieces))
        self._others = _TextIndex(static)
        self._remembered: dict[str, int] = {}

    def find(self, resource: str) -> int:
        known = self._remembered.get(resource)
        if known is None:
            known = (self._any | self._meant.find(resource)) & ~self._others.find(resource)
            _remember(self._remembered, resource, known)
        return known


def _remember(remembered: dict[str, int], text: str, found: int) -> None:
    if len(text) <= _LONGEST_REMEMBERED:
        if len(remembered) >= _REMEMBERED:
            remembered.clear()
        remembered[text] = found


def _union(sets: Iterable[int]) -> int:
    return reduce(or_, sets, 0)


def _grouped(entries: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    groups: dict[str, int] = {}
    for text, bits in entries:
        groups[text] = groups.get(text, 0) | bits
    return groups


def _by_needed_key(bits: Sequence[tuple[int, Selector]]) -> tuple[Mapping[str, int], int]:
    """The statements by a key that they need, the rarest of each, and those that need none."""
    needed = [(bit, sorted({clause.key for clause in each.clauses if clause.needs_key})) for bit, each in bits]
    shared = Counter(key for _, keys in needed for key in keys)
    by_key = _grouped((min(keys, key=shared.__getitem__), bit) for bit, keys in needed if keys)
    return by_key, _union(bit for bit, keys in needed if not keys)


class _KeyIndex:
    """The statements by a condition key that a request has.

    Attributes:
        needing: Those to look for only in requests that have it.
    """

    __slots__ = ("_everything", "_matchers", "_remembered", "needing")

    def __init__(self, clauses: Mapping[Clause, int], needing: int, everything: int) -> None:
        self.needing = needing
        self._everything = everything & ~_union(bits for clause, bits in clauses.items() if clause.needs_absence)
        self._matchers = tuple(_matchers(clauses))
        self._remembered: dict[str, int] = {}

    def find(self, value: str | Sequence[str]) -> int:
        """The statements that no condition on the key keeps out when it has that value, or those values."""
        if not isinstance(value, str):
            return self._find(value, self._matchers)
        known = self._remembered.get(value)
        if known is None:
            # A set operator takes an empty text for a set without values.
            asked = self._matchers if value else [each for each in self._matchers if not each.of_sets]
            known = self._find((value,), asked)
            _remember(self._remembered, value, known)
        return known

    def _find(self, values: Sequence[str], matchers: Sequence[_Matcher]) -> int:
        found = self._everything
        for matcher in matchers:
            matched = reduce(and_ if matcher.every_value else or_, map(matcher.find, values))
            found &= ~matched if matcher.negated else matched | ~matcher.having
        return found


class _Matcher(NamedTuple):
    """Clauses that are asked in one way.

    Attributes:
        find: The statements with a wanted value that a value compares with; too many, if the clauses are not negated.
        negated: Whether the statements found are those that are kept out.
        every_value: Whether each value of the key has to compare, and not just any.
        of_sets: Whether the operator has a set prefix.
        having: The statements that have such a clause.
    """

    find: Callable[[str], int]
    negated: bool
    every_value: bool
    of_sets: bool
    having: int


def _matchers(clauses: Mapping[Clause, int]) -> Iterator[_Matcher]:
    groups: dict[tuple[ValueType, bool, bool, str], dict[Clause, int]] = {}
    for clause, bits in clauses.items():
        base = clause.operator.base
        # What negated values with variables keep out depends on more than one key.
        if base.compare and not (base.negated and clause.is_dynamic):
            groups.setdefault((base.type, base.fold, base.negated, clause.operator.quantifier), {})[clause] = bits
    for (type_, fold, negated, quantifier), group in groups.items():
        yield _Matcher(
            find=_finder(type_, group, fold=fold),
            negated=negated,
            every_value=quantifier == ("foranyvalue" if negated else "forallvalues"),
            of_sets=bool(quantifier),
            having=_union(group.values()),
        )


def _finder(type_: ValueType, clauses: Mapping[Clause, int], *, fold: bool) -> Callable[[str], int]:
    if type_ not in TEXTS:
        return _OrderedIndex(type_, clauses).find
    test = _compile_arn if type_ is ValueType.ARN else compile_pattern
    find = _TextIndex(((pieces, bits) for clause, bits in clauses.items() for pieces in clause.patterns), test).find
    return (lambda value: find(value.lower())) if fold else find


def _compile_arn(pieces: Pieces) -> Test:
    return arn_test(pieces, compile_pattern)


class _TextIndex:
    """Statements by patterns of a text: the whole of it, or how it starts or ends, whichever says more."""

    __slots__ = ("_by_end", "_by_start", "_by_text")

    def __init__(
        self,
        entries: Iterable[tuple[Pieces, int]],
        test: Callable[[Pieces], Test] = compile_pattern,
    ) -> None:
        """File statements under their patterns.

        Args:
            entries: Patterns and the statements that have them.
            test: Compiles a pattern without variables; one with variables is taken to match what starts and ends so.
        """
        patterns: dict[Pieces, int] = {}
        for pieces, bits in entries:
            patterns[pieces] = patterns.get(pieces, 0) | bits
        self._by_text = {literal_prefix(each): bits for each, bits in patterns.items() if is_literal(each)}
        by_start: dict[str, list[tuple[Test | None, int]]] = {}
        by_end: dict[str, list[tuple[Test | None, int]]] = {}
        starts = Counter(map(literal_prefix, patterns))
        ends = Counter(map(literal_suffix, patterns))
        for pieces, bits in patterns.items():
            start, end = literal_prefix(pieces), literal_suffix(pieces)
            file, text = (by_start, start) if starts[start] <= ends[end] else (by_end, end)
            if not is_literal(pieces):
                file.setdefault(text, []).append((None if has_variable(pieces) else test(pieces), bits))
        self._by_start = tuple((length, file) for length, file in _by_length(by_start))
        self._by_end = tuple((length, file) for length, file in _by_length(by_end))

    def find(self, text: str) -> int:
        found = self._by_text.get(text, 0)
        for length, file in self._by_start:
            for test, bits in file.get(text[:length], ()):
                if test is None or test(text):
                    found |= bits
        for length, file in self._by_end:
            for test, bits in file.get(text[len(text) - length :] if length <= len(text) else "", ()):
                if test is None or test(text):
                    found |= bits
        return found


def _by_length(file: Mapping[str, Filed]) -> Iterator[tuple[int, Mapping[str, Filed]]]:
    """The texts of each length by themselves."""
    for length in sorted(set(map(len, file))):
        yield length, {text: filed for text, filed in file.items() if len(text) == length}


class _OrderedIndex:
    """Statements by numbers, dates, addresses and other values that have an order.

    Values at the same place among the wanted ones compare alike, so every place is looked at once.
    """

    __slots__ = ("_known", "_points", "_read", "_tests")

    def __init__(self, type_: ValueType, clauses: Mapping[Clause, int]) -> None:
        self._read = READERS[type_]
        wanted = [self._read(value) for clause in clauses for value in clause.values]
        self._points = sorted({end for value in wanted if value is not None for end in _ends(value)})
        self._tests = tuple((clause.test(), bits) for clause, bits in clauses.items())
        self._known: dict[tuple[int, ...], int] = {}

    def find(self, text: str) -> int:
        value = self._read(text)
        if value is None:
            return 0
        place = tuple(side(self._points, end) for end in _ends(value) for side in (bisect_left, bisect_right))
        known = self._known.get(place)
        if known is None:
            known = self._known[place] = _union(bits for test, bits in self._tests if test(text))
        return known


def _ends(value: Any) -> tuple[Any, ...]:  # noqa: ANN401  # of every type that has an order
    """A value; the first and the last address of a range."""
    if isinstance(value, AddressRange):
        return (value.version, value.first), (value.version, value.last)
    return (value,)
