"""What S3 asks of bucket policies beyond the grammar: that they are about the bucket, and that actions fit.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-bucket-user-policy-specifying-actions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from vpce_policies import s3
from vpce_policies.document import Statement
from vpce_policies.errors import Problem
from vpce_policies.patterns import Variable, Wildcard, compile_pattern, parse

_ARN_PREFIX = re.compile(r"arn:aws[a-z-]*:s3:::")
_ACTIONS = s3.OBJECT_ACTIONS | s3.BUCKET_ACTIONS | s3.OTHER_ACTIONS


@lru_cache(maxsize=1024)
def names_of(action: str) -> frozenset[str]:
    """The S3 actions a pattern matches; empty when it matches none."""
    service, _, name = action.lower().rpartition(":")
    if service not in ("", "*", "s3"):
        return frozenset()
    matches = compile_pattern(parse(name, variables=False))
    return frozenset(each for each in _ACTIONS if matches(each.lower()))


def in_bucket(resource: str, bucket: str | None) -> bool:
    """Whether a resource is a bucket or inside it; any bucket when it is not known which."""
    if resource == "*":
        return True
    prefix = _ARN_PREFIX.match(resource)
    if prefix is None:
        return False
    pieces = parse(resource[prefix.end() :].partition("/")[0], variables=True)
    anything = tuple(Wildcard.ANY if isinstance(piece, Variable) else piece for piece in pieces)
    return bucket is None or compile_pattern(anything)(bucket)


def inapplicable(statement: Statement) -> Iterator[tuple[Problem, str, str, str]]:
    """What does not fit together in a statement: the problem in plain words, its path there, and its subject."""
    yield from _actions(statement)
    yield from _conditions(statement)


def _actions(statement: Statement) -> Iterator[tuple[Problem, str, str, str]]:
    """The actions without a resource of their kind in the statement."""
    if statement.not_action or statement.not_resource:
        return
    objects = any("/" in resource or resource.endswith("*") for resource in statement.resources)
    buckets = any("/" not in resource.partition("*")[0] for resource in statement.resources)
    for action in statement.actions:
        names = names_of(action)
        if not (objects and names & s3.OBJECT_ACTIONS) and not (buckets and names & s3.BUCKET_ACTIONS):
            detail = f"{action} applies to no resource of the statement."
            yield Problem.INAPPLICABLE_ACTION, detail, "Action", action


def _conditions(statement: Statement) -> Iterator[tuple[Problem, str, str, str]]:
    """The condition keys that some action of the statement does not know."""
    for condition in () if statement.not_action else statement.conditions:
        about = s3.CONDITION_ACTIONS.get(condition.key.lower(), _ACTIONS)
        unknowing = [action for action in statement.actions if not names_of(action) & about]
        if unknowing:
            detail = f"{unknowing[0]} has no condition key {condition.key}."
            where = f"Condition.{condition.operator}.{condition.key}"
            yield Problem.INAPPLICABLE_CONDITION, detail, where, condition.key
