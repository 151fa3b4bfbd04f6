"""Condition operators: one table, and the comparison behind each row.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache, wraps
from typing import TypeVar

from vpce_policies.patterns import (
    Context,
    Piece,
    Test,
    compile_once,
    compile_pattern,
    has_variable,
    is_literal,
    literal_prefix,
    parse,
    resolve,
)

Comparison = Callable[[str, Context], bool]
"""Whether one request value equals, is like, … any of the wanted values."""
Comparer = Callable[[Sequence[str], bool], Comparison]
"""Compiles wanted values; the flag says whether the document expands variables."""


class ValueType(StrEnum):
    """What an operator reads values as."""

    STRING = "string"
    NUMBER = "number"
    DATE = "date"
    BOOL = "boolean"
    BINARY = "base64 text"
    ADDRESS = "IP address or CIDR block"
    ARN = "ARN"
    PRESENCE = "true or false"


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator without set prefix and IfExists.

    Attributes:
        name: Its name as AWS spells it; documents may use any letter case.
        type: What it reads values as.
        compare: Compiles the wanted values; None for Null, which asks only whether the key is there.
        negated: True when the condition holds if *no* wanted value compares.
        wildcards: True when `*` and `?` in wanted values are wildcards.
        fold: True when letter case does not matter.
    """

    name: str
    type: ValueType
    compare: Comparer | None
    negated: bool = False
    wildcards: bool = False
    fold: bool = False


@dataclass(frozen=True, slots=True)
class QualifiedOperator:
    """An operator as a document uses it.

    Attributes:
        base: The operator.
        quantifier: `forallvalues`, `foranyvalue` or empty.
        if_exists: True with the suffix IfExists.
    """

    base: Operator
    quantifier: str
    if_exists: bool

    @property
    def needs_key(self) -> bool:
        """Whether a condition with it, but for Null, can hold only in a request that has the key."""
        holds_without = self.base.negated or self.if_exists or self.base.compare is None
        return self.quantifier == "foranyvalue" or not (holds_without or self.quantifier == "forallvalues")


def _strings(*, wildcards: bool, fold: bool = False) -> Comparer:
    def compile_values(values: Sequence[str], variables: bool) -> Comparison:
        patterns = [parse(value, variables=variables, wildcards=wildcards) for value in values]
        return _any_pattern(patterns, fold=fold)

    return compile_values


def _any_pattern(patterns: Sequence[tuple[Piece, ...]], *, fold: bool) -> Comparison:
    """Compare with patterns; those without variables are compiled now, the exact ones into one set."""
    static = [_folded(pieces, fold=fold) for pieces in patterns if not has_variable(pieces)]
    exact = frozenset(literal_prefix(pieces) for pieces in static if is_literal(pieces))
    tests = tuple(compile_pattern(pieces) for pieces in static if not is_literal(pieces))
    dynamic = tuple(pieces for pieces in patterns if has_variable(pieces))
    if not fold and not tests and not dynamic:
        return lambda value, context: value in exact

    def compare(value: str, context: Context) -> bool:
        text = value.lower() if fold else value
        return text in exact or any(test(text) for test in tests) or _any_dynamic(dynamic, text, context, fold=fold)

    return compare


def _any_dynamic(patterns: Sequence[tuple[Piece, ...]], text: str, context: Context, *, fold: bool) -> bool:
    resolved = (resolve(pieces, context) for pieces in patterns)
    return any(compile_once(_folded(pieces, fold=fold))(text) for pieces in resolved if pieces is not None)


def _folded(pieces: tuple[Piece, ...], *, fold: bool) -> tuple[Piece, ...]:
    return tuple(piece.lower() if isinstance(piece, str) else piece for piece in pieces) if fold else pieces


def _arns(values: Sequence[str], variables: bool) -> Comparison:
    """Compare ARNs segment by segment; a wildcard does not reach over a colon, except in the last segment."""
    patterns = [parse(value, variables=variables) for value in values]
    tests = [arn_test(pieces, compile_pattern) for pieces in patterns if not has_variable(pieces)]
    dynamic = tuple(pieces for pieces in patterns if has_variable(pieces))

    def compare(value: str, context: Context) -> bool:
        resolved = (resolve(pieces, context) for pieces in dynamic)
        return any(test(value) for test in tests) or any(
            arn_test(pieces, compile_once)(value) for pieces in resolved if pieces is not None
        )

    return compare


_ARN_SEGMENTS = 6


def split_arn(pieces: Sequence[Piece]) -> list[tuple[Piece, ...]]:
    """Split a pattern without variables at its first five colons."""
    segments: list[list[Piece]] = [[]]
    for piece in pieces:
        first, *rest = piece.split(":", _ARN_SEGMENTS - len(segments)) if isinstance(piece, str) else [piece]
        segments[-1].append(first)
        segments += [[each] for each in rest]
    return [tuple(piece for piece in segment if piece != "") for segment in segments]


def arn_test(pieces: Sequence[Piece], compile_segment: Callable[[tuple[Piece, ...]], Test]) -> Test:
    """Compile a pattern without variables to a test of ARNs; what has fewer than six segments is no ARN."""
    tests = [compile_segment(segment) for segment in split_arn(pieces)]

    def test(value: str) -> bool:
        segments = value.split(":", _ARN_SEGMENTS - 1)
        if not len(tests) == len(segments) == _ARN_SEGMENTS:
            return False
        return all(matches(segment) for matches, segment in zip(tests, segments, strict=True))

    return test


_T = TypeVar("_T")


def _typed(read: Callable[[str], _T | None], compare: Callable[[_T, _T], bool]) -> Comparer:
    """Compare values of a type; text that cannot be read as that type compares with nothing."""

    def compile_values(values: Sequence[str], _variables: bool) -> Comparison:
        wanted = tuple(value for value in map(read, values) if value is not None)

        def test(value: str, _context: Context) -> bool:
            actual = read(value)
            return actual is not None and any(compare(actual, each) for each in wanted)

        return test

    return compile_values


_LONGEST_REMEMBERED = 64


def _remembered(read: Callable[[str], _T]) -> Callable[[str], _T]:
    """Remember how texts were read, but not long ones: requests hold them too."""
    known = lru_cache(maxsize=4096)(read)

    @wraps(read)
    def read_or_remember(text: str) -> _T:
        return known(text) if len(text) <= _LONGEST_REMEMBERED else read(text)

    return read_or_remember


_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


@_remembered
def read_number(text: str) -> Decimal | None:
    """An integer or a decimal number, exactly; None for anything else."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


# The W3C profile of ISO 8601 (https://www.w3.org/TR/NOTE-datetime), which the IAM guide names, or epoch seconds.
_DATE = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?)?"
    r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?)?)?"
)


@_remembered
def read_date(text: str) -> Decimal | None:
    """A date as seconds since the epoch; None for anything that is no date. Four digits alone are a year."""
    found = _DATE.fullmatch(text)
    return _iso_seconds(found) if found else read_number(text)


def _iso_seconds(found: re.Match[str]) -> Decimal | None:
    part = {name: int(found[name] or least) for name, least in _LEAST_PARTS.items()}
    try:
        moment = datetime(**part, tzinfo=UTC)
    except ValueError:
        return None
    whole = (moment - _EPOCH) // timedelta(seconds=1) - _zone_seconds(found["zone"])
    return Decimal(whole) + Decimal(f"0.{found['fraction'] or 0}")


_LEAST_PARTS = {"year": 1, "month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _zone_seconds(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return -seconds if zone[0] == "-" else seconds


_BOOLEANS: Mapping[str, bool] = {"true": True, "false": False}


def read_bool(text: str) -> bool | None:
    """`true` or `false` in any letter case; None for anything else."""
    return _BOOLEANS.get(text.lower())


@_remembered
def read_binary(text: str) -> bytes | None:
    """What a base64 text encodes; None for anything else."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class AddressRange:
    """A CIDR block, or one address as a block of full length."""

    version: int
    first: int
    last: int


_PREFIX_LENGTH = re.compile(r"0|[1-9][0-9]{0,2}")


@_remembered
def read_range(text: str) -> AddressRange | None:
    """An IPv4 or IPv6 address or CIDR block (RFC 4632, RFC 4291); None for anything else, netmasks and zones too."""
    length = text.partition("/")[2]
    if "%" in text or (length and not _PREFIX_LENGTH.fullmatch(length)):
        return None
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    return AddressRange(network.version, int(network.network_address), int(network.broadcast_address))


def _inside(actual: AddressRange, wanted: AddressRange) -> bool:
    return actual.version == wanted.version and wanted.first <= actual.first and actual.last <= wanted.last


def _numbers(compare: Callable[[Decimal, Decimal], bool]) -> Comparer:
    return _typed(read_number, compare)


def _dates(compare: Callable[[Decimal, Decimal], bool]) -> Comparer:
    return _typed(read_date, compare)


_EXACTLY, _IGNORING_CASE = _strings(wildcards=False), _strings(wildcards=False, fold=True)
_LIKE = _strings(wildcards=True)
_IN_RANGE = _typed(read_range, _inside)

_V = ValueType
_TABLE: Sequence[Operator] = (
    Operator("StringEquals", _V.STRING, _EXACTLY),
    Operator("StringNotEquals", _V.STRING, _EXACTLY, negated=True),
    Operator("StringEqualsIgnoreCase", _V.STRING, _IGNORING_CASE, fold=True),
    Operator("StringNotEqualsIgnoreCase", _V.STRING, _IGNORING_CASE, negated=True, fold=True),
    Operator("StringLike", _V.STRING, _LIKE, wildcards=True),
    Operator("StringNotLike", _V.STRING, _LIKE, negated=True, wildcards=True),
    Operator("NumericEquals", _V.NUMBER, _numbers(operator.eq)),
    Operator("NumericNotEquals", _V.NUMBER, _numbers(operator.eq), negated=True),
    Operator("NumericLessThan", _V.NUMBER, _numbers(operator.lt)),
    Operator("NumericLessThanEquals", _V.NUMBER, _numbers(operator.le)),
    Operator("NumericGreaterThan", _V.NUMBER, _numbers(operator.gt)),
    Operator("NumericGreaterThanEquals", _V.NUMBER, _numbers(operator.ge)),
    Operator("DateEquals", _V.DATE, _dates(operator.eq)),
    Operator("DateNotEquals", _V.DATE, _dates(operator.eq), negated=True),
    Operator("DateLessThan", _V.DATE, _dates(operator.lt)),
    Operator("DateLessThanEquals", _V.DATE, _dates(operator.le)),
    Operator("DateGreaterThan", _V.DATE, _dates(operator.gt)),
    Operator("DateGreaterThanEquals", _V.DATE, _dates(operator.ge)),
    Operator("Bool", _V.BOOL, _typed(read_bool, operator.eq)),
    Operator("BinaryEquals", _V.BINARY, _typed(read_binary, operator.eq)),
    Operator("IpAddress", _V.ADDRESS, _IN_RANGE),
    Operator("NotIpAddress", _V.ADDRESS, _IN_RANGE, negated=True),
    Operator("ArnEquals", _V.ARN, _arns, wildcards=True),
    Operator("ArnNotEquals", _V.ARN, _arns, negated=True, wildcards=True),
    Operator("ArnLike", _V.ARN, _arns, wildcards=True),
    Operator("ArnNotLike", _V.ARN, _arns, negated=True, wildcards=True),
    Operator("Null", _V.PRESENCE, None),
)
OPERATORS: Mapping[str, Operator] = {each.name.lower(): each for each in _TABLE}
"""Every operator by its name in lower case."""

READERS: Mapping[ValueType, Callable[[str], object]] = {
    ValueType.NUMBER: read_number,
    ValueType.DATE: read_date,
    ValueType.BOOL: read_bool,
    ValueType.BINARY: read_binary,
    ValueType.ADDRESS: read_range,
}
"""How the values of each type are read that is not compared as text; None for a value that is not of it."""

_IF_EXISTS = "ifexists"
_QUANTIFIERS = frozenset({"", "forallvalues", "foranyvalue"})


@lru_cache(maxsize=1024)
def find_operator(name: str) -> QualifiedOperator | None:
    """Look up an operator as a document spells it; None when IAM has no such operator."""
    quantifier, _, rest = name.lower().rpartition(":")
    if_exists = rest.endswith(_IF_EXISTS)
    base = OPERATORS.get(rest.removesuffix(_IF_EXISTS))
    known = base is not None and quantifier in _QUANTIFIERS and not (base.compare is None and (if_exists or quantifier))
    return QualifiedOperator(base, quantifier, if_exists) if base and known and name[:1] != ":" else None
