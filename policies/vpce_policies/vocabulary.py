"""The words that services define: their actions, and the condition keys of each.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/, of which `tools/policy_vocabulary.py` makes
one file.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, lru_cache
from importlib.resources import files

from vpce_policies.patterns import compile_pattern, parse


@dataclass(frozen=True)
class Vocabulary:
    """The actions and condition keys of services.

    Attributes:
        source: Where the words come from, with its version.
        services: For each service prefix its actions and the keys of each: `{"s3": {"GetObject": {"s3:authType"}}}`.
            Keys have their prefix, and `*` for a part that may be anything: `s3:ExistingObjectTag/*`.
        unassigned: The keys that services define without saying of which action.
    """

    source: str
    services: Mapping[str, Mapping[str, frozenset[str]]]
    unassigned: frozenset[str] = frozenset()

    def find(self, pattern: str) -> Mapping[str, frozenset[str]]:
        """The actions that a pattern such as `s3:Get*` means, in any letter case, and the keys of each."""
        prefix, _, name = pattern.lower().partition(":")
        means = compile_pattern(parse(name, variables=False))
        actions = self.services.get(prefix, {})
        return {f"{prefix}:{action}": keys for action, keys in actions.items() if means(action.lower())}

    def similar(self, action: str) -> str | None:
        """The action that comes nearest to one that does not exist; None when nothing does."""
        prefix, _, name = action.partition(":")
        names = {each.lower(): each for each in self.services.get(prefix.lower(), ())}
        near = get_close_matches(name.lower(), names, n=1, cutoff=0.8)
        return f"{prefix.lower()}:{names[near[0]]}" if near else None

    def similar_key(self, key: str) -> str | None:
        """The condition key of the same service that comes nearest to one that does not exist."""
        prefix = key.lower().partition(":")[0]
        of_service = self._assigned.get(prefix, frozenset()) | {
            each for each in self.unassigned if each.lower().startswith(f"{prefix}:")
        }
        names = {each.lower(): each for each in of_service}
        near = get_close_matches(key.lower(), names, n=1, cutoff=0.8)
        return names[near[0]] if near else None

    def defines(self, key: str) -> bool:
        """Whether a service defines a condition key."""
        return self.assigns(key) or is_one_of(key, self.unassigned)

    def assigns(self, key: str) -> bool:
        """Whether it is told which actions have a condition key."""
        return is_one_of(key, self._assigned.get(key.lower().partition(":")[0], ()))

    @cached_property
    def _assigned(self) -> Mapping[str, frozenset[str]]:
        """The keys that some action has, by their prefix."""
        sets = {keys for actions in self.services.values() for keys in actions.values()}
        by_prefix: dict[str, set[str]] = {}
        for key in frozenset().union(*sets) - self.unassigned:
            by_prefix.setdefault(key.lower().partition(":")[0], set()).add(key)
        return {prefix: frozenset(keys) for prefix, keys in by_prefix.items()}


def is_one_of(key: str, patterns: Iterable[str]) -> bool:
    """Whether a condition key is one of some, in any letter case; `*` in those stands for anything."""
    return any(compile_pattern(parse(each.lower(), variables=False))(key.lower()) for each in patterns)


@lru_cache(maxsize=1)
def load_vocabulary() -> Vocabulary:
    """The words of every AWS service, read when first asked for."""
    content = json.loads(gzip.decompress(files("vpce_policies").joinpath("vocabulary.json.gz").read_bytes()))
    return Vocabulary(
        source=content["source"],
        services={
            service: {action: frozenset(group["keys"]) for group in groups for action in group["actions"]}
            for service, groups in content["services"].items()
        },
        unassigned=frozenset(
            key
            for groups in content["services"].values()
            for group in groups
            if not group["actions"]
            for key in group["keys"]
        ),
    )
