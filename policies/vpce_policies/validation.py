"""From text to a document, or to the error AWS would answer.

Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from vpce_policies.bucket_rules import in_bucket, inapplicable, names_of
from vpce_policies.document import (
    VERSION_2008,
    VERSION_2012,
    Condition,
    Document,
    Effect,
    PolicyKind,
    Principals,
    Statement,
)
from vpce_policies.errors import MalformedPolicy, PolicyTooLarge, Problem
from vpce_policies.json_text import DuplicateKey, Json, JsonError, Number, plain, read_json
from vpce_policies.kinds import GRAMMARS, Grammar, Storer
from vpce_policies.operators import find_operator, read_range

_DOCUMENT_FIELDS = frozenset({"Version", "Id", "Statement"})
_STATEMENT_FIELDS = frozenset(
    {
        "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
    }
)  # fmt: skip
_PRINCIPAL_TYPES = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})
_AWS_PRINCIPAL = re.compile(
    r"\*|[0-9]{12}|(?:AIDA|AROA)[A-Z0-9]{12,}|arn:aws[a-z-]*:iam::[0-9]{12}:(?:root|(?:user|role)/[^*?]+)"
    r"|arn:aws[a-z-]*:sts::[0-9]{12}:(?:assumed-role/[^*?/]+/[^*?/]+|federated-user/[^*?/]+)"
    r"|arn:aws[a-z-]*:iam::cloudfront:user/[^*?]+"
)
_SERVICE_PRINCIPAL = re.compile(r"\*|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_ACTION = re.compile(r"\*|\*:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?_-]+")
_RESOURCE_PARTS = 6

PrincipalExists = Callable[[str], bool | None]
"""Whether an account, a user or a role exists, by what a policy calls it; None when that is not known."""


def parse_policy(
    text: str | Mapping[str, object],
    kind: PolicyKind,
    *,
    bucket: str | None = None,
    principal_exists: PrincipalExists | None = None,
    stored: bool = False,
) -> Document:
    """Parse and validate a policy document.

    Args:
        text: The document as JSON text or as already parsed JSON; size and position are known of text only.
        kind: What the policy is attached to.
        bucket: The bucket a BUCKET policy is for; its resources must be that bucket or its objects.
        principal_exists: Looks up each name of an `AWS` principal but `*`; those that do not exist are refused.
        stored: True for a document that its service has taken already: what must be so for it to be taken, but need not
            be so for it to be understood, is not asked again. AWS's own managed policies may be larger than ours.

    Raises:
        MalformedPolicy: The document is no JSON or breaks the grammar.
        PolicyTooLarge: The document is above the limit of its kind.
    """
    reader = _Reader(kind, bucket, principal_exists, stored)
    return reader.document(reader.json(text) if isinstance(text, str) else reader.plain(text))


def parse_json(value: Json, kind: PolicyKind, *, bucket: str | None = None, stored: bool = False) -> Document:
    """Validate a document that `read_json` has read, as `parse_policy` does.

    Raises:
        MalformedPolicy: The document breaks the grammar.
    """
    return _Reader(kind, bucket, None, stored).document(value)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads a document of one kind; every method takes a value and the path it stands at."""

    kind: PolicyKind
    bucket: str | None
    principal_exists: PrincipalExists | None
    stored: bool

    @property
    def grammar(self) -> Grammar:
        return GRAMMARS[self.kind]

    def fail(self, problem: Problem, detail: str, path: str = "", subject: str = "") -> NoReturn:
        raise MalformedPolicy(problem, self.kind, detail, path=path, subject=subject)

    def json(self, text: str) -> Json:
        self._check_size(text)
        try:
            read = read_json(text)
        except JsonError as error:
            problem = Problem.INVALID_JSON if text.startswith("{") else Problem.NOT_AN_OBJECT
            detail, position = f"{error} at line {error.line}, column {error.column}.", (error.line, error.column)
            raise MalformedPolicy(problem, self.kind, detail, position=position) from None
        except DuplicateKey as error:
            self.fail(Problem.DUPLICATE_FIELD, str(error), subject=error.key)
        if self.kind is PolicyKind.BUCKET and not text.startswith("{"):
            self.fail(Problem.NOT_AN_OBJECT, "The document does not start with {.")
        return read

    def plain(self, document: Mapping[str, object]) -> Json:
        try:
            return plain(document)
        except JsonError as error:
            self.fail(Problem.INVALID_JSON, f"{error}.")

    def _check_size(self, text: str) -> None:
        limit = None if self.stored else self.grammar.limit
        if limit and limit.unit.size_of(text) > limit.largest:
            raise PolicyTooLarge(self.kind, size=limit.unit.size_of(text), limit=limit)

    def document(self, value: Json) -> Document:
        if not isinstance(value, Mapping):
            self.fail(Problem.NOT_AN_OBJECT, "A policy is a JSON object.")
        self._known_fields(value, _DOCUMENT_FIELDS, "")
        version = self._optional_text(value, "Version") or VERSION_2008
        if version not in (VERSION_2008, VERSION_2012):
            detail = f"Version is {VERSION_2012} or {VERSION_2008}, not {version!r}."
            self.fail(Problem.INVALID_VERSION, detail, "Version", version)
        if version != VERSION_2012 and self._of_organization:
            self.fail(Problem.INVALID_VERSION, f"Version must be {VERSION_2012}.", "Version", version)
        if "Statement" not in value:
            self.fail(Problem.MISSING_FIELD, "Missing required field Statement", subject="Statement")
        return Document(self.kind, version, self._statements(value["Statement"]), self._optional_text(value, "Id"))

    @property
    def _of_organization(self) -> bool:
        return self.grammar.storer is Storer.ORGANIZATIONS and not self.stored

    def _known_fields(self, value: Mapping[str, Json], known: frozenset[str], path: str) -> None:
        for name in value:
            if name not in known:
                self.fail(Problem.UNKNOWN_FIELD, f"Unknown field {name}", _join(path, name), name)

    def _optional_text(self, value: Mapping[str, Json], name: str, path: str = "") -> str | None:
        if name not in value:
            return None
        text = value[name]
        if not isinstance(text, str) or isinstance(text, Number):
            self.fail(Problem.INVALID_VALUE, f"{name} must be a string.", _join(path, name))
        return text

    def _statements(self, value: Json) -> tuple[Statement, ...]:
        listed = isinstance(value, Sequence) and not isinstance(value, str)
        values: Sequence[Json] = value if listed else [value]  # type: ignore[assignment]  # a list when listed
        if not values:
            self.fail(Problem.NO_STATEMENTS, "Statement is empty.", "Statement")
        paths = [f"Statement[{index}]" if listed else "Statement" for index in range(len(values))]
        statements = tuple(self._statement(i, each, paths[i]) for i, each in enumerate(values))
        self._unique_sids(statements)
        return statements

    def _unique_sids(self, statements: Sequence[Statement]) -> None:
        if "Principal" not in self.grammar.without:
            return
        seen: set[str] = set()
        for statement in statements:
            if statement.sid in seen:
                detail = f"Two statements have the Sid {statement.sid!r}."
                self.fail(Problem.DUPLICATE_SID, detail, f"Statement[{statement.index}].Sid", statement.sid or "")
            seen |= {statement.sid} if statement.sid else set()

    def _statement(self, index: int, value: Json, path: str) -> Statement:
        if not isinstance(value, Mapping):
            self.fail(Problem.INVALID_VALUE, "A statement is a JSON object.", path)
        self._known_fields(value, _STATEMENT_FIELDS, path)
        self._permitted_fields(value, path)
        effect = self._effect(value, path)
        principal = self._either(value, "Principal", "NotPrincipal", path)
        action = self._either(value, "Action", "NotAction", path)
        resource = self._either(value, "Resource", "NotResource", path)
        statement = Statement(
            index=index,
            sid=self._optional_text(value, "Sid", path),
            effect=effect,
            principals=self._principals(value[principal], _join(path, principal)) if principal else None,
            not_principal=principal == "NotPrincipal",
            actions=self._actions(value[action], _join(path, action)) if action else (),
            not_action=action == "NotAction",
            resources=self._resources(value[resource], _join(path, resource)) if resource else ("*",),
            not_resource=resource == "NotResource",
            conditions=self._conditions(value.get("Condition", {}), _join(path, "Condition")),
        )
        if not self.stored:
            self._of_its_kind(statement, path)
        return statement

    def _of_its_kind(self, statement: Statement, path: str) -> None:
        """What only statements of one kind of policy must be."""
        if self.kind is PolicyKind.BUCKET:
            for problem, detail, where, subject in inapplicable(statement):
                self.fail(problem, detail, _join(path, where), subject)
        if self.kind is PolicyKind.RCP:
            self._resource_control(statement, path)

    def _resource_control(self, statement: Statement, path: str) -> None:
        """Refuse what only AWS's own RCP may say.

        https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
        """
        if statement.principals != Principals(everyone=True):
            self.fail(Problem.INVALID_PRINCIPAL, 'Principal must be "*".', _join(path, "Principal"))
        everything = statement.actions == ("*",) == statement.resources and not statement.not_resource
        if statement.effect is Effect.ALLOW and not (everything and not statement.conditions):
            self.fail(Problem.INVALID_EFFECT, "Only RCPFullAWSAccess may allow.", _join(path, "Effect"), "Allow")

    def _effect(self, value: Mapping[str, Json], path: str) -> Effect:
        if "Effect" not in value:
            self.fail(Problem.MISSING_FIELD, "Missing required field Effect", path, "Effect")
        effect = value["Effect"]
        if effect not in ("Allow", "Deny"):
            shown = effect if isinstance(effect, str) else reprlib.repr(effect)
            self.fail(Problem.INVALID_EFFECT, f"Effect is Allow or Deny, not {shown!r}.", _join(path, "Effect"), shown)
        return Effect(str(effect))

    def _permitted_fields(self, value: Mapping[str, Json], path: str) -> None:
        understood = self.stored and self.kind is PolicyKind.RCP
        for name in () if understood else value:
            if name in self.grammar.without:
                problem = Problem.PRINCIPAL_NOT_ALLOWED if "Principal" in name else Problem.PROHIBITED_FIELD
                self.fail(problem, f"A policy of this kind has no {name}.", _join(path, name), name)

    def _either(self, value: Mapping[str, Json], name: str, opposite: str, path: str) -> str:
        """The one of two elements that the statement has; empty for elements that this kind of policy has not."""
        if name in self.grammar.without:
            return ""
        if name in value and opposite in value:
            self.fail(Problem.CONFLICTING_FIELDS, f"A statement has {name} or {opposite}, not both.", path)
        if name not in value and opposite not in value:
            self.fail(Problem.MISSING_FIELD, f"Missing required field {name}", path, name)
        return name if name in value else opposite

    def _principals(self, value: Json, path: str) -> Principals:
        if value == "*":
            return Principals(everyone=True)
        if not isinstance(value, Mapping):
            self.fail(Problem.INVALID_PRINCIPAL, 'Principal is "*" or a JSON object.', path)
        by_type = {each: self._principal_values(each, names, _join(path, each)) for each, names in value.items()}
        return Principals(
            aws=by_type.get("AWS", ()),
            service=by_type.get("Service", ()),
            federated=by_type.get("Federated", ()),
            canonical_user=by_type.get("CanonicalUser", ()),
        )

    def _principal_values(self, type_: str, value: Json, path: str) -> tuple[str, ...]:
        if type_ not in _PRINCIPAL_TYPES:
            self.fail(Problem.INVALID_PRINCIPAL, f"There is no principal type {type_!r}.", path)
        names = self._texts(value, path, Problem.INVALID_PRINCIPAL)
        for name in names:
            if not _PRINCIPAL_FORMS[type_].fullmatch(name):
                self.fail(Problem.INVALID_PRINCIPAL, f"{name!r} is no principal of type {type_}.", path, name)
            if type_ == "AWS" and name != "*" and self.principal_exists and self.principal_exists(name) is False:
                self.fail(Problem.INVALID_PRINCIPAL, f"{name} does not exist.", path, name)
        return names

    def _actions(self, value: Json, path: str) -> tuple[str, ...]:
        actions = self._texts(value, path, Problem.INVALID_ACTION)
        for action in actions:
            if not _ACTION.fullmatch(action) or (self.kind is PolicyKind.BUCKET and not names_of(action)):
                self.fail(Problem.INVALID_ACTION, f"{action!r} is no action.", path, action)
            if self.kind is PolicyKind.ROLE_TRUST and not action.lower().startswith("sts:"):
                self.fail(Problem.FOREIGN_ACTION, f"{action!r} is no action of STS.", path, action)
        return actions

    def _resources(self, value: Json, path: str) -> tuple[str, ...]:
        resources = self._texts(value, path, Problem.INVALID_RESOURCE)
        for resource in resources:
            arn = resource.startswith("arn:") and resource.count(":") >= _RESOURCE_PARTS - 1
            wild = resource.endswith("*") and resource.startswith(("arn:", "*"))
            outside = self.kind is PolicyKind.BUCKET and not in_bucket(resource, self.bucket)
            if not (arn or wild) or outside:
                self.fail(Problem.INVALID_RESOURCE, f"{resource!r} is no resource of this policy.", path, resource)
        return resources

    def _conditions(self, value: Json, path: str) -> tuple[Condition, ...]:
        if not isinstance(value, Mapping):
            self.fail(Problem.INVALID_VALUE, "Condition is a JSON object.", path)
        return tuple(
            self._condition(operator, key, wanted, f"{path}.{operator}.{key}")
            for operator, keys in value.items()
            for key, wanted in self._condition_keys(operator, keys, _join(path, operator)).items()
        )

    def _condition_keys(self, operator: str, value: Json, path: str) -> Mapping[str, Json]:
        if find_operator(operator) is None:
            self.fail(Problem.INVALID_OPERATOR, f"There is no condition operator {operator!r}.", path, operator)
        if not isinstance(value, Mapping):
            self.fail(Problem.INVALID_VALUE, "An operator has a JSON object of condition keys.", path)
        return value

    def _condition(self, operator: str, key: str, value: Json, path: str) -> Condition:
        known = key.lower().startswith(("aws:", "s3:")) if self.kind is PolicyKind.BUCKET else ":" in key
        if not known:
            self.fail(Problem.INVALID_CONDITION_KEY, f"{key!r} is no condition key.", path, key)
        listed = isinstance(value, Sequence) and not isinstance(value, str)
        values: Sequence[Json] = value if listed else [value]  # type: ignore[assignment]  # a list when listed
        texts = tuple(self._scalar(each, path) for each in values)
        self._addresses(operator, texts, path)
        return Condition(operator, key, texts)

    def _scalar(self, value: Json, path: str) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        if not isinstance(value, str):
            self.fail(Problem.INVALID_VALUE, "A condition value is a string, a number or a boolean.", path)
        return str(value)

    def _addresses(self, operator: str, values: Sequence[str], path: str) -> None:
        if "ipaddress" not in operator.lower():
            return
        for value in values:
            if read_range(value) is None:
                self.fail(Problem.INVALID_ADDRESS, f"{value!r} is no IP address or CIDR block.", path, value)

    def _texts(self, value: Json, path: str, problem: Problem) -> tuple[str, ...]:
        """One string or a list of them."""
        values = [value] if isinstance(value, str) else value
        texts = isinstance(values, Sequence) and all(isinstance(each, str) for each in values)
        if not isinstance(values, Sequence) or not texts or any(isinstance(each, Number) for each in values):
            self.fail(problem, "A string or a list of strings.", path)
        return tuple(str(each) for each in values)


_PRINCIPAL_FORMS: Mapping[str, re.Pattern[str]] = {
    "AWS": _AWS_PRINCIPAL,
    "Service": _SERVICE_PRINCIPAL,
    "Federated": re.compile(r".+", re.DOTALL),
    "CanonicalUser": re.compile(r"[0-9a-fA-F]+|\*"),
}


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
