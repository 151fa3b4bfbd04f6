"""The part of DynamoDB's PartiQL that authorization needs: what a statement does, to which table, with which keys.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html. This is no parser of the language:
a statement that DynamoDB would refuse may pass here, and is then refused by what carries it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, NamedTuple

Value = str | tuple[str, ...]

# The words that begin a part of a statement. As names they must be quoted: DynamoDB reserves them
# (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html).
_BEGINNINGS = frozenset(
    {"select", "from", "into", "union", "intersect", "except", "join", "insert", "update", "delete"}
)
# What may follow the table's name, by action.
_FOLLOWING: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "PartiQLSelect": frozenset({"where", "order"}),
        "PartiQLInsert": frozenset({"value"}),
        "PartiQLUpdate": frozenset({"set", "remove"}),
        "PartiQLDelete": frozenset({"where", "returning"}),
    }
)
_HEADS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"PartiQLInsert": ("insert", "into"), "PartiQLUpdate": ("update",), "PartiQLDelete": ("delete", "from")}
)
_UNCLEAR = "Statement wasn't well formed, can't be processed: Unexpected keyword"

_TOKEN = re.compile(
    r"""(?P<gap>(?:\s|--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)+)|(?P<string>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")"""
    r"""|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<parameter>\?)|(?P<word>[A-Za-z_][\w\-]*)"""
    r"""|(?P<mark><>|<=|>=|<<|>>|\|\||[^\s'"])"""
)
# A table by its name or ARN, and an index.
_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,255}|arn:[a-z\-]+:dynamodb:[a-z0-9\-]+:\d{12}:table/[A-Za-z0-9_.\-]{1,255}")
_LITERALS = frozenset({"string", "number", "parameter"})
_NAMES = frozenset({"quoted", "word"})
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
    """A piece of a statement: what it is, what it says, of a parameter or literal its value, and if a gap is before."""

    kind: str
    text: str
    value: str | None
    apart: bool = False

    def says(self, word: str) -> bool:
        """Return whether this is a keyword."""
        return self.kind == "word" and self.text.lower() == word


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
        text: the statement, written in one way: without comments, with one blank where there are any.
    """

    action: str
    table: str
    index: str
    what: tuple[str, ...]
    tokens: tuple[Token, ...]
    returning: str = ""
    text: str = ""

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
        return any(token.says("where") for token in self.tokens)

    def _attributes(self) -> Iterator[str]:
        yield from (name for name in self.what if name != "*")
        previous = ""
        for at, token in enumerate(self.tokens):
            name = _name(token, self.action)
            keyed = (
                self.action != "PartiQLInsert" or "".join(token.text for token in self.tokens[at + 1 : at + 2]) == ":"
            )
            if name and keyed and previous != ".":
                yield name
            previous = token.text


def parse_statement(text: str, parameters: Sequence[Any]) -> Statement | str:
    """Read a statement; what is no statement, or none that can be read in one way only, gives DynamoDB's message.

    Args:
        text: the statement.
        parameters: attribute values (`{"S": "x"}`) for its question marks, in order.
    """
    read = _tokens(text, iter(parameters))
    # INVARIANT: strings, quoted names and comments are told apart before any keyword is looked for.
    tokens = read[:-1] if read and read[-1].text == ";" else read
    if not tokens or any(token.text == ";" for token in tokens):
        return _UNCLEAR
    if tokens[0].says("exists") and len(tokens) > 3 and tokens[1].text == "(" and tokens[-1].text == ")":
        inner = _select(tokens[2:-1])
        return replace(inner, text=f"EXISTS({inner.text})") if isinstance(inner, Statement) else inner
    if tokens[0].says("select"):
        return _select(tokens)
    for action, head in _HEADS.items():
        if len(tokens) > len(head) and all(token.says(word) for token, word in zip(tokens, head, strict=False)):
            return _statement(action, (), tokens[len(head) :])
    return _UNCLEAR


def _select(tokens: tuple[Token, ...]) -> Statement | str:
    at = next((at for at, token in enumerate(tokens) if token.says("from")), len(tokens))
    what = tokens[1:at]
    if not tokens[0].says("select") or not what or not all(map(_is_projected, what)):
        return _UNCLEAR
    return _statement("PartiQLSelect", what, tokens[at + 1 :])


def _is_projected(token: Token) -> bool:
    """Return whether a token can be part of a path; none that looks like a part of the statement is let in."""
    if token.kind == "quoted":
        return not any(word in token.text.lower() for word in ("select ", " from ", " where "))
    return token.kind in {"number", "word"} or token.text in {".", ",", "*", "[", "]"}


def _statement(action: str, what: tuple[Token, ...], tokens: tuple[Token, ...]) -> Statement | str:
    """Read a table's name, for a SELECT perhaps that of an index, and what follows."""
    indexed = action == "PartiQLSelect" and len(tokens) > 2 and tokens[1].text == "."
    names, rest = (tokens[0:3:2], tokens[3:]) if indexed else (tokens[:1], tokens[1:])
    table, index = [_name_of(token) for token in names] + ([] if indexed else [""]) if names else ["", ""]
    known = bool(table) and bool(index) == indexed
    if not known or (rest and not (len(rest) > 1 and any(map(rest[0].says, _FOLLOWING[action])))):
        return _UNCLEAR
    if any(token.kind == "word" and token.text.lower() in _BEGINNINGS for token in (*what, *rest)):
        return _UNCLEAR
    return Statement(
        action=action,
        table=table,
        index=index,
        what=tuple(_first_names(what)),
        tokens=rest,
        returning=_returning(rest),
        text=_written(action, what, table, index, rest),
    )


def _written(action: str, what: tuple[Token, ...], table: str, index: str, rest: tuple[Token, ...]) -> str:
    """Write a statement. An order alone is left out: what carries the statement out takes it for more tables."""
    name = f'"{table}.{index}"' if index else f'"{table}"'
    kept = () if not rest or rest[0].says("order") else (rest[0].text, _joined(rest[1:]))
    head = ["SELECT", _joined(what), "FROM"] if action == "PartiQLSelect" else [word.upper() for word in _HEADS[action]]
    return " ".join(part for part in (*head, name, *kept) if part)


def _joined(tokens: tuple[Token, ...]) -> str:
    return "".join(" " * token.apart + token.text for token in tokens).strip()


def _name_of(token: Token) -> str:
    """Return the name of a table or index; empty for what can be none."""
    name = _unquoted(token.text) if token.kind in _NAMES else ""
    return name if _NAME.fullmatch(name) else ""


def _first_names(what: tuple[Token, ...]) -> Iterator[str]:
    """Yield the first name of each path that stands between commas."""
    previous = ","
    for token in what:
        if previous == "," and token.text != ",":
            yield _unquoted(token.text)
        previous = token.text


def _returning(rest: tuple[Token, ...]) -> str:
    """Return `RETURNING ALL OLD *` as ReturnValues spells it."""
    at = next((at for at, token in enumerate(rest) if token.says("returning")), len(rest))
    words = [token.text.upper() for token in rest[at + 1 : at + 4]]
    if len(words) < 3 or words[0] not in {"ALL", "MODIFIED"} or words[1] not in {"OLD", "NEW"}:
        return ""
    return f"{'ALL' if words[0] == 'ALL' else 'UPDATED'}_{words[1]}"


def _tokens(text: str, parameters: Iterator[Any]) -> tuple[Token, ...]:
    """Return the pieces of a statement; none where some of it is no piece, such as a string without end."""
    tokens: list[Token] = []
    end, apart = 0, False
    for match in _TOKEN.finditer(text):
        kind, said = match.lastgroup or "mark", match.group()
        if match.start() != end:
            return ()
        end = match.end()
        if kind != "gap":
            tokens.append(Token(kind, said, _value(kind, said, parameters), apart))
        apart = kind == "gap"
    return tuple(tokens) if end == len(text) else ()


def _value(kind: str, said: str, parameters: Iterator[Any]) -> str | None:
    if kind == "string":
        return said[1:-1].replace("''", "'")
    if kind == "parameter":
        return _parameter(next(parameters, None))
    return said if kind == "number" else None


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
