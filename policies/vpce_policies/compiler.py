"""From a document to functions: everything that does not depend on the request is done here, once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from vpce_policies.document import Condition, Document, Effect, PolicyKind, Statement
from vpce_policies.index import UNINDEXED, StatementIndexes
from vpce_policies.operators import Comparison, QualifiedOperator, find_operator
from vpce_policies.patterns import Context, Test, Variable, compile_once, compile_pattern, has_variable, parse, resolve
from vpce_policies.principals import Caller, PrincipalTest, Reach, compile_principals
from vpce_policies.selectors import Clause, Selector

ConditionTest = Callable[[Context], bool]
"""Whether a condition holds in a context whose keys are in lower case."""
ResourceTest = Callable[[str, Context], bool]
"""Whether a Resource element means a resource."""


@dataclass(frozen=True, slots=True)
class CompiledStatement:
    """A statement ready to be asked.

    Attributes:
        source: The statement it was compiled from.
        policy: The name of its policy.
        means_action: Whether it is about an action, in lower case.
        principals: The Principal or NotPrincipal element; None when the kind of policy has none.
        means_resource: Whether it is about a resource; None for every resource.
        conditions: In document order.
        selector: What a request must show for the statement to match; None in policies too small for an index.
        keys: The condition keys that it asks for, in conditions and in policy variables, in lower case.
    """

    source: Statement
    policy: str
    means_action: Test
    principals: PrincipalTest | None
    means_resource: ResourceTest | None
    conditions: tuple[ConditionTest, ...]
    selector: Selector | None
    keys: frozenset[str]

    def reach(self, caller: Caller, *, bounded: bool) -> Reach:
        """How directly the statement names a caller; NotPrincipal and the lack of Principal name everyone.

        A Deny with NotPrincipal always denies a principal with a permissions boundary, whomever it lists.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html

        Args:
            caller: The caller.
            bounded: Whether it has a permissions boundary.
        """
        if self.principals is None:
            return Reach.CALLER
        if not self.source.not_principal:
            return self.principals.reach(caller)
        if self.source.effect is Effect.ALLOW:
            return Reach.NONE if self.principals.reach(caller) else Reach.CALLER
        return Reach.NONE if self.principals.spares(caller) and not bounded else Reach.CALLER

    def holds(self, resource: str, context: Context) -> bool:
        """Whether resource and conditions match."""
        if self.means_resource is not None and not self.means_resource(resource, context):
            return False
        for condition in self.conditions:  # noqa: SIM110  # a generator costs more than the test, on every request
            if not condition(context):
                return False
        return True


class ActionPlan:
    """The statements of one policy that are about one action, by their effect."""

    __slots__ = ("_allowing", "_indexes", "_remembered", "_statements")

    def __init__(self, statements: Sequence[CompiledStatement]) -> None:
        self._statements = statements
        self._allowing = sum(1 << i for i, each in enumerate(statements) if each.source.effect is Effect.ALLOW)
        selectors = [each.selector for each in statements if each.selector]
        self._indexes = StatementIndexes(selectors) if len(selectors) > UNINDEXED else None
        self._remembered: dict[tuple[str, bool], tuple[tuple[Naming, ...], tuple[Naming, ...]]] = {}

    def find(
        self, caller: Caller, resource: str, context: Context, *, bounded: bool
    ) -> tuple[Iterable[Naming], Iterable[Naming]]:
        """The Denies and the Allows that name a caller and may match."""
        if self._indexes is None:
            who = (caller.principal, bounded)
            return self._remembered.get(who) or self._remember(who, caller)
        found = self._indexes.find(context).find(caller.names, resource, context, bounded=bounded)
        return self._of(found & ~self._allowing, caller, bounded), self._of(found & self._allowing, caller, bounded)

    def _remember(self, who: tuple[str, bool], caller: Caller) -> tuple[tuple[Naming, ...], tuple[Naming, ...]]:
        if len(self._remembered) >= _REMEMBERED_CALLERS:
            self._remembered.clear()
        everything = (1 << len(self._statements)) - 1
        denies, allows = everything & ~self._allowing, self._allowing
        found = tuple(self._of(denies, caller, who[1])), tuple(self._of(allows, caller, who[1]))
        self._remembered[who] = found
        return found

    def _of(self, bits: int, caller: Caller, bounded: bool) -> Iterator[Naming]:
        while bits:
            lowest = bits & -bits
            statement = self._statements[lowest.bit_length() - 1]
            reach = statement.reach(caller, bounded=bounded)
            if reach:
                yield statement, reach
            bits ^= lowest


Naming = tuple[CompiledStatement, Reach]
"""A statement, and how directly it names a caller."""
_REMEMBERED_CALLERS = 64
_REMEMBERED_ACTIONS = 512


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """A policy ready to be asked, as often as needed and from any thread.

    Attributes:
        document: The document it was compiled from.
        name: What explanations call it.
        statements: In document order.
    """

    document: Document
    name: str
    statements: tuple[CompiledStatement, ...]
    _plans: dict[str, ActionPlan] = field(default_factory=dict, compare=False, repr=False)

    def plan(self, action: str) -> ActionPlan:
        """The statements about an action (in lower case), looked for once for each action."""
        known = self._plans.get(action)
        if known is not None:
            return known
        if len(self._plans) >= _REMEMBERED_ACTIONS:
            self._plans.clear()
        plan = self._plans[action] = ActionPlan([each for each in self.statements if each.means_action(action)])
        return plan


def compile_policy(document: Document, *, name: str = "") -> CompiledPolicy:
    """Compile a document.

    Args:
        document: What `parse_policy` returned.
        name: What explanations call the policy: an ARN, `bucket policy of X`, `policy of vpce-…`.
    """
    called = name or document.id or f"{document.kind.value} policy"
    variables = document.expands_variables
    indexed = len(document.statements) > UNINDEXED
    return CompiledPolicy(
        document,
        called,
        tuple(
            _compile_statement(each, called, document.kind, variables=variables, indexed=indexed)
            for each in document.statements
        ),
    )


def _compile_statement(
    statement: Statement, policy: str, kind: PolicyKind, *, variables: bool, indexed: bool
) -> CompiledStatement:
    roots_only = kind is PolicyKind.GATEWAY_ENDPOINT
    principals = (
        compile_principals(statement.principals, excepting=statement.not_principal, roots_only=roots_only)
        if statement.principals
        else None
    )
    return CompiledStatement(
        source=statement,
        policy=policy,
        means_action=_compile_actions(statement),
        principals=principals,
        means_resource=_compile_resources(statement, variables),
        conditions=tuple(compile_condition(each, variables) for each in statement.conditions),
        selector=_selector(statement, principals, variables) if indexed else None,
        keys=_keys(statement, variables),
    )


def _keys(statement: Statement, variables: bool) -> frozenset[str]:
    texts = (*statement.resources, *(value for each in statement.conditions for value in each.values))
    pieces = (piece for text in texts if "${" in text for piece in parse(text, variables=variables))
    inserted = {piece.key for piece in pieces if isinstance(piece, Variable)}
    return frozenset({each.key.lower() for each in statement.conditions} | inserted)


def _compile_actions(statement: Statement) -> Test:
    patterns = [parse(action.lower(), variables=False) for action in statement.actions]
    tests = [compile_pattern(pieces) for pieces in patterns]
    wanted = not statement.not_action
    return lambda action: any(test(action) for test in tests) is wanted


def _compile_resources(statement: Statement, variables: bool) -> ResourceTest | None:
    if "*" in statement.resources:
        return (lambda resource, context: False) if statement.not_resource else None
    patterns = [parse(resource, variables=variables) for resource in statement.resources]
    tests = [compile_pattern(pieces) for pieces in patterns if not has_variable(pieces)]
    dynamic = [pieces for pieces in patterns if has_variable(pieces)]
    wanted = not statement.not_resource

    def means(resource: str, context: Context) -> bool:
        for test in tests:
            if test(resource):
                return wanted
        for pieces in dynamic:
            resolved = resolve(pieces, context)
            if resolved is not None and compile_once(resolved)(resource):
                return wanted
        return not wanted

    return means


def _selector(statement: Statement, principals: PrincipalTest | None, variables: bool) -> Selector:
    resources = [parse(resource, variables=variables) for resource in statement.resources]
    anything = statement.not_resource or "*" in statement.resources
    operators = ((each, find_operator(each.operator)) for each in statement.conditions)
    return Selector(
        callers=principals.names if principals and not statement.not_principal else None,
        other_callers=principals.spared if principals and statement.not_principal else frozenset(),
        resources=None if anything else resources,
        other_resources=resources if statement.not_resource else (),
        clauses=[Clause.of(each, operator, variables=variables) for each, operator in operators if operator],
    )


def compile_condition(condition: Condition, variables: bool) -> ConditionTest:
    """Compile one condition key under one operator.

    Args:
        condition: The condition; its operator must be known.
        variables: Whether the document expands policy variables.
    """
    operator = find_operator(condition.operator)
    if operator is None:
        raise ValueError(f"no operator {condition.operator!r}: not a document of parse_policy")
    key = condition.key.lower()
    if operator.base.compare is None:
        return _compile_null(key, frozenset(value.lower() for value in condition.values))
    compare = operator.base.compare(condition.values, variables)
    if operator.quantifier:
        return _compile_set(key, operator, compare)
    return _compile_single(key, operator, compare)


def _compile_null(key: str, values: frozenset[str]) -> ConditionTest:
    wanted = frozenset({"true": True, "false": False}[value] for value in values if value in ("true", "false"))

    def holds(context: Context) -> bool:
        actual = context.get(key, ())
        return (not actual and not isinstance(actual, str)) in wanted

    return holds


def _compile_single(key: str, operator: QualifiedOperator, compare: Comparison) -> ConditionTest:
    negated = operator.base.negated
    absent = negated or operator.if_exists

    def holds(context: Context) -> bool:
        actual = context.get(key)
        if isinstance(actual, str):
            return compare(actual, context) is not negated
        if not actual:
            return absent
        return any(compare(value, context) for value in actual) is not negated

    return holds


def _compile_set(key: str, operator: QualifiedOperator, compare: Comparison) -> ConditionTest:
    """A set operator asks for each value of the key by itself; without values all of none hold and none does.

    An empty string is a set without values.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
    """
    negated = operator.base.negated
    quantify = all if operator.quantifier == "forallvalues" else any

    def holds(context: Context) -> bool:
        actual = context.get(key) or ()
        values = (actual,) if isinstance(actual, str) else actual
        return quantify(compare(value, context) is not negated for value in values)

    return holds
