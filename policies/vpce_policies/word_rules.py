"""What is wrong with the words of a policy: actions and condition keys that do not exist, or not where they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from vpce_policies.compiler import compile_condition
from vpce_policies.condition_keys import GLOBAL_CONDITION_KEYS, is_global
from vpce_policies.document import Condition, Document, Statement
from vpce_policies.patterns import Variable, parse
from vpce_policies.rules import (
    ALL_KINDS,
    Found,
    Rule,
    Severity,
    conditions_of,
    element_of,
    path_of,
    path_of_condition,
    texts_of,
)
from vpce_policies.vocabulary import Vocabulary, is_one_of


@dataclass(frozen=True, slots=True)
class KeyProvider:
    """Whoever makes the requests that a policy decides.

    Attributes:
        name: What messages call it.
        keys: The condition keys that its requests carry, some or all; `*` stands for anything: `aws:PrincipalTag/*`.
    """

    name: str
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class WordRules:
    """The rules that need to know words.

    Attributes:
        vocabulary: The actions and condition keys of services; None to look at global condition keys only.
        provider: Who makes the requests; None when that is not known, and any key may be there.
    """

    vocabulary: Vocabulary | None
    provider: KeyProvider | None

    @property
    def rules(self) -> Sequence[Rule]:
        """The rules.

        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html and, for
        the keys of actions, https://docs.aws.amazon.com/service-authorization/latest/reference/.
        """
        return (
            Rule("unknown-action", Severity.WARNING, ALL_KINDS, "an action that no service has", self._actions),
            Rule(
                "unknown-condition-key",
                Severity.WARNING,
                ALL_KINDS,
                "a global condition key that does not exist, or one that its service does not have",
                self._unknown_keys,
            ),
            Rule(
                "unknown-variable",
                Severity.WARNING,
                ALL_KINDS,
                "a policy variable of a key that does not exist, or that is not closed",
                self._variables,
            ),
            Rule(
                "condition-key-of-other-actions",
                Severity.SUGGESTION,
                ALL_KINDS,
                "a condition key that none of the statement's actions has",
                self._foreign_keys,
            ),
            Rule(
                "condition-key-never-present",
                Severity.SUGGESTION,
                ALL_KINDS,
                "a condition key that no request carries, where it is known which ones they carry",
                self._absent_keys,
            ),
        )

    def _actions(self, document: Document) -> Found:
        if self.vocabulary is None:
            return
        for statement in document.statements:
            for action in statement.actions:
                if action not in ("*", "*:*") and not self.vocabulary.find(action):
                    yield path_of(statement, element_of(statement, "Action")), _no_action(action, self.vocabulary)

    def _unknown_keys(self, document: Document) -> Found:
        for statement, condition in conditions_of(document):
            if not self._known(condition.key):
                similar = self._similar(condition.key)
                hint = f"; {similar} comes nearest" if similar else ""
                yield path_of_condition(statement, condition), f"There is no condition key {condition.key!r}{hint}."

    def _known(self, key: str) -> bool:
        """Whether a key exists; the keys of identity providers, which start with a host name, may all exist."""
        prefix = key.lower().partition(":")[0]
        if prefix == "aws":
            return is_global(key)
        return self.vocabulary is None or "." in prefix or self.vocabulary.defines(key)

    def _similar(self, key: str) -> str | None:
        if key.lower().startswith("aws:"):
            near = get_close_matches(key.lower(), GLOBAL_CONDITION_KEYS, n=1, cutoff=0.8)
            return near[0] if near else None
        return self.vocabulary.similar_key(key) if self.vocabulary else None

    def _variables(self, document: Document) -> Found:
        for path, value in texts_of(document) if document.expands_variables else ():
            for piece in parse(value, variables=True):
                if isinstance(piece, Variable) and not self._known(piece.key):
                    yield path, f"There is no condition key {piece.key!r}: the variable never has a value."
                elif isinstance(piece, str) and "${" in piece:
                    yield path, f"The variable in {value!r} is never closed, so that it is plain text."

    def _foreign_keys(self, document: Document) -> Found:
        if self.vocabulary is None:
            return
        for statement in document.statements:
            known = set(_actions_of(statement, self.vocabulary).values())
            for condition in statement.conditions if known else ():
                key = condition.key
                if self.vocabulary.assigns(key) and not any(is_one_of(key, keys) for keys in known):
                    yield (
                        path_of_condition(statement, condition),
                        f"None of the statement's actions has the condition key {key}.",
                    )

    def _absent_keys(self, document: Document) -> Found:
        if self.provider is None:
            return
        for statement, condition in conditions_of(document):
            if self._known(condition.key) and not is_one_of(condition.key, self.provider.keys):
                absent = f"No request of {self.provider.name} carries {condition.key}"
                yield path_of_condition(statement, condition), f"{absent}: the condition {_outcome(condition)} holds."


def _outcome(condition: Condition) -> str:
    """What becomes of a condition in a request without its key."""
    return "always" if compile_condition(condition, variables=False)({}) else "never"


def _no_action(action: str, vocabulary: Vocabulary) -> str:
    similar = vocabulary.similar(action)
    return f"No action matches {action!r}{f'; {similar} comes nearest' if similar else ''}."


def _actions_of(statement: Statement, vocabulary: Vocabulary) -> Mapping[str, frozenset[str]]:
    """The actions that a statement lists, and the keys of each; none when it does not list all that it means."""
    if statement.not_action or any(each in ("*", "*:*") for each in statement.actions):
        return {}
    return {name: keys for each in statement.actions for name, keys in vocabulary.find(each).items()}
