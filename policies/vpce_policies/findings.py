"""Looking a policy over: what AWS would refuse, and what of the rest most likely is a mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from vpce_policies.document import Document, PolicyKind
from vpce_policies.errors import MalformedPolicy
from vpce_policies.json_text import Json, Place, places, plain, read_json
from vpce_policies.rules import RULES, Rule, Severity
from vpce_policies.validation import parse_json, parse_policy
from vpce_policies.value_rules import VALUE_RULES
from vpce_policies.vocabulary import Vocabulary
from vpce_policies.word_rules import KeyProvider, WordRules


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a policy.

    Attributes:
        id: What is wrong, the same in every release.
        severity: How bad it is.
        path: Where, such as `Statement[0].Principal`; empty for the whole document.
        message: What is wrong, in a sentence.
        line: Its line, from 1; None when the policy was not given as text.
        column: Its column, from 1; None when the policy was not given as text.
    """

    id: str
    severity: Severity
    path: str
    message: str
    line: int | None = None
    column: int | None = None


def check(
    policy: Document | str | Mapping[str, object],
    kind: PolicyKind | None = None,
    *,
    bucket: str | None = None,
    vocabulary: Vocabulary | None = None,
    provider: KeyProvider | None = None,
) -> tuple[Finding, ...]:
    """Look a policy over.

    Args:
        policy: A document, or the text of one; what is wrong with the text is a finding too.
        kind: What the policy is attached to; may be left out for a Document.
        bucket: The bucket a BUCKET policy is for.
        vocabulary: The actions and condition keys of services, as `load_vocabulary` has them; without it only global
            condition keys are checked.
        provider: Who makes the requests, so that keys can be told that none of them carries.
    """
    if isinstance(policy, Document):
        return _ruled(policy, WordRules(vocabulary, provider).rules)
    kind = kind or PolicyKind.IDENTITY
    try:
        document = parse_policy(policy, kind, bucket=bucket)
    except MalformedPolicy as error:
        found = tuple(_refused(policy, kind, bucket, error))
    else:
        found = _ruled(document, WordRules(vocabulary, provider).rules)
    return _placed(found, policy) if isinstance(policy, str) else found


def all_rules() -> tuple[Rule, ...]:
    """Every rule, for listing them."""
    return (*RULES, *VALUE_RULES, *WordRules(None, None).rules)


def _ruled(document: Document, more: Sequence[Rule]) -> tuple[Finding, ...]:
    return tuple(
        Finding(rule.id, rule.severity, path, message)
        for rule in (*RULES, *VALUE_RULES, *more)
        if document.kind in rule.kinds
        for path, message in rule.find(document)
    )


def _refused(
    policy: str | Mapping[str, object], kind: PolicyKind, bucket: str | None, first: MalformedPolicy
) -> Iterator[Finding]:
    """The first mistake of each statement: what AWS refuses is refused for one mistake, but has often more."""
    if not first.path.startswith("Statement["):
        yield _finding(first)
        return
    document = read_json(policy) if isinstance(policy, str) else plain(policy)
    version = {"Version": document["Version"]} if isinstance(document, Mapping) and "Version" in document else {}
    several = False
    for index, each in enumerate(_statements(document)):
        try:
            parse_json({**version, "Statement": [each]}, kind, bucket=bucket)
        except MalformedPolicy as error:
            several = True
            yield replace(_finding(error), path=error.path.replace("[0]", f"[{index}]", 1))
    if not several:
        yield _finding(first)


def _statements(document: Json) -> Sequence[Json]:
    statements = document.get("Statement") if isinstance(document, Mapping) else None
    return statements if isinstance(statements, Sequence) and not isinstance(statements, str) else []


def _finding(error: MalformedPolicy) -> Finding:
    """The words of AWS, and what they leave out."""
    message = error.message if error.detail in error.message else f"{error.message.removesuffix('.')}: {error.detail}"
    return Finding(error.problem, Severity.ERROR, error.path, message, error.line, error.column)


def _placed(found: Sequence[Finding], text: str) -> tuple[Finding, ...]:
    """Findings with their places; those of text that is no JSON have them already, and no others."""
    try:
        known = places(text)
    except ValueError:
        return tuple(found)
    return tuple(replace(each, line=line, column=column) for each in found for line, column in [_place(each, known)])


def _place(finding: Finding, known: Mapping[str, Place]) -> Place:
    """The place of a path or, when the document has no such value, of what encloses it."""
    path = finding.path if "Statement[0]" in known else finding.path.replace("Statement[0]", "Statement", 1)
    while path not in known:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return known[path]
