"""The part of DynamoDB's PartiQL that authorization needs: what a statement does, to which table, with which keys.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html. This is no parser of the language:
a statement that DynamoDB would refuse may pass here, and is then refused by what carries it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

Value = str | tuple[str, ...]

_NAME = r'(?:"(?:[^"]|"")+"|[A-Za-z_][\w.\-]*?)'
_SELECT = re.compile(
    rf"\s*(?:EXISTS\s*\(\s*)?SELECT\s+(?P<what>.+?)\s+FROM\s+(?P<table>{_NAME})(?:\s*\.\s*(?P<index>{_NAME}))?"
    r"(?=\s|$|;|\))(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_INSERT = re.compile(rf"\s*INSERT\s+INTO\s+(?P<table>{_NAME})\s+VALUE\s*(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_UPDATE = re.compile(rf"\s*UPDATE\s+(?P<table>{_NAME})(?=\s)(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_DELETE = re.compile(rf"\s*DELETE\s+FROM\s+(?P<table>{_NAME})(?=\s|$|;)(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_FORMS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {"PartiQLSelect": _SELECT, "PartiQLInsert": _INSERT, "PartiQLUpdate": _UPDATE, "PartiQLDelete": _DELETE}
)

_TOKEN = re.compile(
    r"""(?P<string>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"""
    r"""|(?P<parameter>\?)|(?P<word>[A-Za-z_][\w\-]*)|(?P<mark><>|<=|>=|\S)"""
)
_LITERALS = frozenset({"string", "number", "parameter"})
_NAMES = frozenset({"quoted", "word"})
_RETURNING = re.compile(r"\bRETURNING\s+(ALL|MODIFIED)\s+(OLD|NEW)\s+\*", re.IGNORECASE)
_KEYWORDS = frozenset(
    {
        "and",
        "or",
        "not",
        "between",
        "in",
        "is",
        "missing",
        "null",
        "where",
        "set",
        "remove",
        "value",
        "returning",
        "all",
        "modified",
        "old",
        "new",
        "order",
        "by",
        "asc",
        "desc",
        "list_append",
        "set_add",
        "set_delete",
        "begins_with",
        "contains",
        "attribute_type",
        "size",
        "exists",
        "true",
        "false",
    }
)


class Token(NamedTuple):
    """A piece of a statement: what it is, what it says, and of a parameter or literal its value."""

    kind: str
    text: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement.

    Attributes:
        action: `PartiQLSelect`, `PartiQLInsert`, `PartiQLUpdate` or `PartiQLDelete`.
        table: a table's name or ARN.
        index: of a SELECT from an index, its name; empty otherwise.
        what: of a SELECT, the attributes it names; `*` means all.
        tokens: what follows the table's name.
        returning: of UPDATE and DELETE with RETURNING, as ReturnValues spells it.
    """

    action: str
    table: str
    index: str
    what: tuple[str, ...]
    tokens: tuple[Token, ...]
    returning: str = ""

    def context(self, partition_key: str | None) -> dict[str, Value]:
        """Return the statement's condition keys; the table's partition key may be unknown."""
        context: dict[str, Value] = {}
        attributes = tuple(dict.fromkeys(self._attributes()))
        if attributes:
            context["dynamodb:Attributes"] = attributes
        leading = tuple(dict.fromkeys(self.values_of(partition_key))) if partition_key else ()
        if leading:
            context["dynamodb:LeadingKeys"] = leading
        if self.action == "PartiQLSelect":
            context["dynamodb:Select"] = "ALL_ATTRIBUTES" if "*" in self.what else "SPECIFIC_ATTRIBUTES"
            if partition_key or not self._has_where():
                context["dynamodb:FullTableScan"] = "false" if leading else "true"
        if self.returning:
            context["dynamodb:ReturnValues"] = self.returning
        return context

    def values_of(self, attribute: str) -> Iterator[str]:
        """Yield the values that an attribute is given: `a = v`, `a IN [v, w]`, or `'a': v` in an INSERT."""
        for at, token in enumerate(self.tokens):
            if _name(token, self.action) == attribute:
                yield from _compared(self.tokens[at + 1 :])

    def _has_where(self) -> bool:
        return any(token.kind == "word" and token.text.lower() == "where" for token in self.tokens)

    def _attributes(self) -> Iterator[str]:
        yield from (name for name in self.what if name != "*")
        previous = ""
        for at, token in enumerate(self.tokens):
            name = _name(token, self.action)
            keyed = self.action != "PartiQLInsert" or self.tokens[at + 1 : at + 2] == (Token("mark", ":", None),)
            if name and keyed and previous != ".":
                yield name
            previous = token.text


def parse_statement(text: str, parameters: Sequence[Any]) -> Statement | str:
    """Read a statement; what is no statement gives DynamoDB's message instead.

    Args:
        text: the statement.
        parameters: attribute values (`{"S": "x"}`) for its question marks, in order.
    """
    for action, form in _FORMS.items():
        found = form.fullmatch(text)
        if found is not None:
            return _statement(action, found, parameters)
    return "Statement wasn't well formed, can't be processed: Unexpected keyword"


def _statement(action: str, found: re.Match[str], parameters: Sequence[Any]) -> Statement:
    groups = found.groupdict()
    what = tuple(_unquoted(name.strip().partition(".")[0]) for name in (groups.get("what") or "").split(","))
    skipped = (groups.get("what") or "").count("?")
    returning = _RETURNING.search(groups["rest"])
    return Statement(
        action=action,
        table=_unquoted(groups["table"]),
        index=_unquoted(groups.get("index") or ""),
        what=what if action == "PartiQLSelect" else (),
        tokens=tuple(_tokens(groups["rest"], iter(parameters[skipped:]))),
        returning=_return_values(returning) if returning else "",
    )


def _return_values(returning: re.Match[str]) -> str:
    scope = "ALL" if returning[1].upper() == "ALL" else "UPDATED"
    return f"{scope}_{returning[2].upper()}"


def _tokens(text: str, parameters: Iterator[Any]) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        kind, said = match.lastgroup or "mark", match.group()
        value: str | None = None
        if kind == "string":
            value = said[1:-1].replace("''", "'")
        elif kind == "number":
            value = said
        elif kind == "parameter":
            value = _parameter(next(parameters, None))
        yield Token(kind, said, value)


def _parameter(given: Any) -> str | None:  # noqa: ANN401 - JSON has any type
    if not isinstance(given, Mapping) or len(given) != 1:
        return None
    kind, value = next(iter(given.items()))
    return str(value) if kind in {"S", "N", "B"} else None


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _name(token: Token, action: str) -> str | None:
    """Return the attribute that a token names: an identifier, or in an INSERT's value a string before a colon."""
    if action == "PartiQLInsert":
        return token.value if token.kind == "string" else None
    if token.kind not in _NAMES or (token.kind == "word" and token.text.lower() in _KEYWORDS):
        return None
    return _unquoted(token.text)


def _compared(tokens: tuple[Token, ...]) -> Iterator[str]:
    """Yield what stands behind an attribute's `=`, `:` or `IN`."""
    if len(tokens) < 2:
        return
    if tokens[0].text in {"=", ":"}:
        values: tuple[Token, ...] = tokens[1:2]
    elif tokens[0].text.lower() == "in":
        ends = next((at for at, token in enumerate(tokens) if token.text in {"]", ")"}), len(tokens))
        values = tokens[1:ends]
    else:
        return
    for token in values:
        if token.kind in _LITERALS and token.value is not None:
            yield token.value
