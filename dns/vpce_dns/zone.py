"""What a resolver knows: record sets, and the view of the name space that one VPC (or the internet) has.

Names are text in presentation format (RFC 1035 section 5.1): labels joined by dots, without the trailing dot; a byte
that is not printable ASCII is written as a backslash and three decimal digits, a dot or backslash inside a label gets
a backslash. The root is the empty string. Names compare without regard to ASCII case (RFC 4343).
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from types import MappingProxyType

MAX_LABEL = 63
MAX_NAME = 255
MAX_TTL = 2**31 - 1
MAX_RDATA = 65_535
DEFAULT_TTL = 60
"""Seconds; what AWS's resolver answers with for every name of an endpoint (recorded digs)."""

_FIRST_LABEL = re.compile(r"(?:[^.\\]|\\.)*\.?", re.DOTALL)
_CHARACTER = re.compile(r"(?P<dot>\.)|\\(?P<code>[0-9]{3})|\\(?P<quoted>[^0-9])|(?P<plain>[^\\])", re.DOTALL)
_QUOTED_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_QUOTED_STRINGS = re.compile(rf"{_QUOTED_STRING.pattern}(?:\s+{_QUOTED_STRING.pattern})*", re.DOTALL)
_ESCAPED = re.compile(r"\\(?P<code>[0-3][0-7]{2})|\\.|[^\\]", re.DOTALL)


class RecordType(IntEnum):
    """The record types and question types that have a name here (IANA "Resource Record (RR) TYPEs")."""

    A = 1
    NS = 2
    CNAME = 5
    SOA = 6
    PTR = 12
    MX = 15
    TXT = 16
    AAAA = 28
    SRV = 33
    OPT = 41
    SVCB = 64
    HTTPS = 65
    IXFR = 251
    AXFR = 252
    ANY = 255


def type_name(number: int) -> str:
    """Return the mnemonic of a record type, or ``TYPE`` and the number for the others (RFC 3597 section 5)."""
    try:
        return RecordType(number).name
    except ValueError:
        return f"TYPE{number}"


def canonical(name: str) -> str:
    """Return the name in the one form that views use: lower case, no trailing dot, escapes only where needed.

    Raises:
        ValueError: It is not a domain name, see `labels_of`.
    """
    return name_of(labels_of(name)).lower()


def labels_of(name: str) -> tuple[bytes, ...]:
    """Return the labels of a name as the wire has them, in the letter case given.

    Raises:
        ValueError: A label is empty or longer than 63 bytes, the name is longer than 255 bytes on the wire
            (RFC 1035 section 3.1), or a character is not ASCII (an internationalized name is written with A-labels).
    """
    if not name.isascii():
        raise ValueError(f"{name!r} is not a domain name: write internationalized labels as A-labels (xn--...)")
    labels = _unescaped(name) if "\\" in name else name.encode().split(b".")
    if not labels[-1]:
        labels.pop()
    if not all(0 < len(label) <= MAX_LABEL for label in labels) and name != ".":
        raise ValueError(f"{name!r} is not a domain name: a label has 1 to {MAX_LABEL} bytes")
    if sum(len(label) + 1 for label in labels) >= MAX_NAME:
        raise ValueError(f"{name!r} is not a domain name: it is longer than {MAX_NAME} bytes")
    return tuple(label for label in labels if label)


def _unescaped(name: str) -> list[bytes]:
    """Split at the dots that are not escaped, and undo the escapes (RFC 1035 section 5.1)."""
    labels = [bytearray()]
    position = 0
    while position < len(name):
        character = _CHARACTER.match(name, position)
        code = 256 if character is None else int(character["code"] or ord(character.group()[-1]))
        if character is None or code > 255:
            raise ValueError(f"{name!r} is not a domain name: {name[position:]!r} does not begin with a valid escape")
        if character["dot"]:
            labels.append(bytearray())
        else:
            labels[-1].append(code)
        position = character.end()
    return [bytes(label) for label in labels]


def name_of(labels: Iterable[bytes]) -> str:
    """Return the text of a name whose labels came from the wire; the inverse of `labels_of`."""
    return ".".join("".join(_character(code) for code in label) for label in labels)


def _character(code: int) -> str:
    if code in b".\\":
        return "\\" + chr(code)
    return chr(code) if 0x21 <= code <= 0x7E else f"\\{code:03}"


@lru_cache(maxsize=16_384)
def _is_canonical(name: str) -> bool:
    """Return whether a name is in the form that views use; most names are in the view of every VPC.

    Raises:
        ValueError: It is not a domain name, see `labels_of`.
    """
    return name == canonical(name)


def parent(name: str) -> str:
    """Return the name without its first label; the parent of a single label is the root."""
    if "\\" not in name:
        return name.partition(".")[2]
    head = _FIRST_LABEL.match(name)
    return name[head.end() :] if head else ""


def ancestors(name: str) -> Iterator[str]:
    """Yield the name, its parent, and so on down to and including the root."""
    yield name
    while name:
        name = parent(name)
        yield name


@lru_cache(maxsize=16_384)
def _line_of(owner: str) -> tuple[str, ...]:
    """Return the ancestors of a view's name. Never of a name that is asked for: those are anybody's to make up."""
    return tuple(ancestors(owner))


def _check_fields(value: str, *checks: Callable[[str], object]) -> None:
    parts = value.split()
    if len(parts) != len(checks):
        raise ValueError(f"expected {len(checks)} fields separated by spaces")
    for check, part in zip(checks, parts, strict=True):
        check(part)


def _number(bits: int) -> Callable[[str], object]:
    def check(text: str) -> None:
        if not (text.isascii() and text.isdigit() and int(text) < 2**bits):
            raise ValueError(f"{text!r} is not a number of {bits} bits")

    return check


def character_strings(value: str) -> tuple[bytes, ...]:
    """Return the character strings of a TXT record (RFC 1035 section 3.3.14), of 255 bytes each at most.

    Raises:
        ValueError: It begins with a quotation mark, and is no row of strings in quotes.
    """
    if not value.startswith('"'):
        return _pieces(value.encode())
    if not _QUOTED_STRINGS.fullmatch(value):
        raise ValueError("expected strings in quotes, separated by spaces")
    return tuple(piece for text in _QUOTED_STRING.findall(value) for piece in _pieces(_unquoted(text)))


def _pieces(data: bytes) -> tuple[bytes, ...]:
    return tuple(data[start : start + 255] for start in range(0, len(data), 255)) or (b"",)


def _unquoted(text: str) -> bytes:
    """Undo the escapes of a quoted string (RFC 1035 section 5.1; Route 53 writes octal codes)."""
    characters = _ESCAPED.finditer(text)
    return b"".join(bytes([int(each["code"], 8)]) if each["code"] else each.group()[-1].encode() for each in characters)


def _check_text(value: str) -> None:
    if sum(len(each) + 1 for each in character_strings(value)) > MAX_RDATA - 512:
        raise ValueError("the text does not fit in one record")


_VALUE_CHECKS: Mapping[RecordType, Callable[[str], object]] = {
    RecordType.A: ipaddress.IPv4Address,
    RecordType.NS: labels_of,
    RecordType.CNAME: labels_of,
    RecordType.SOA: lambda value: _check_fields(value, labels_of, labels_of, *[_number(32)] * 5),
    RecordType.PTR: labels_of,
    RecordType.MX: lambda value: _check_fields(value, _number(16), labels_of),
    RecordType.TXT: _check_text,
    RecordType.AAAA: ipaddress.IPv6Address,
    RecordType.SRV: lambda value: _check_fields(value, _number(16), _number(16), _number(16), labels_of),
}
"""The types a view can hold, and how each one's value is written; the formats are those of RFC 1035 section 5."""


@dataclass(frozen=True, slots=True)
class RecordSet:
    """All records of one type at one name.

    Attributes:
        type: One of A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, SRV.
        ttl: Seconds that the answer may be cached; AWS's resolver says 60 for endpoints.
        values: At least one, without repetition (RFC 2181 section 5), each as a zone file writes it: an address, a
            name, ``"10 mail.example"`` for MX, ``"0 5 443 host.example"`` for SRV, the text itself for TXT, or its
            character strings, each in quotes.

    Raises:
        ValueError: A value is not one of the type's, or the TTL does not fit in 31 bits (RFC 2181 section 8).
    """

    type: RecordType
    ttl: int
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        check = _VALUE_CHECKS.get(self.type)
        if check is None:
            raise ValueError(f"records of type {type_name(self.type)} cannot be served")
        if not 0 <= self.ttl <= MAX_TTL:
            raise ValueError(f"the TTL {self.ttl} is not between 0 and {MAX_TTL} seconds")
        if not self.values or len(set(self.values)) != len(self.values):
            raise ValueError(f"{self.type.name} {self.values}: one value at least, none twice")
        if self.type in {RecordType.CNAME, RecordType.SOA} and len(self.values) > 1:
            raise ValueError(f"{self.type.name} {self.values}: a name has one {self.type.name} (RFC 2181 section 10.1)")
        for value in self.values:
            try:
                check(value)
            except ValueError as error:
                raise ValueError(f"{value!r} is not the value of a {self.type.name} record: {error}") from error


@dataclass(frozen=True, slots=True)
class View:
    """What one VPC's resolver, or the public internet, answers.

    Attributes:
        name: What the view is called in query records: "app", "public".
        records: The record sets by owner name (lower case, no trailing dot). A name ``*.x.y`` is a wildcard (RFC 4592):
            it answers for every name under ``x.y``, however deep, that does not exist and that has no existing name
            between it and ``x.y``. A name with records outside of `owned` is answered for, and only that name.
        owned: The apexes at and under which nothing is asked elsewhere: an unknown name there is NXDOMAIN, a known
            name without the type is NODATA. Like Route 53 private hosted zones, the deepest apex wins, and the zones
            do not see each other's wildcards. The root, ``""``, owns everything.
        beneath: What is answered where this view has no say, as public DNS is beneath private zones; None for nothing.
        nodes: Derived: for each apex (None: outside of them all) the names that exist, empty non-terminals included.

    Raises:
        ValueError: A name is not in that form, a type occurs twice at a name, or a CNAME has company (RFC 1034
            section 3.6.2).
    """

    name: str
    records: Mapping[str, tuple[RecordSet, ...]]
    owned: frozenset[str]
    beneath: "View | None" = None
    nodes: Mapping[str | None, frozenset[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in (*self.records, *self.owned):
            if not _is_canonical(name):
                raise ValueError(f"view {self.name!r}: the name {name!r} must be written {canonical(name)!r}")
        for name, sets in self.records.items():
            self._check_sets(name, sets)
        object.__setattr__(
            self, "records", MappingProxyType({name: tuple(sets) for name, sets in self.records.items()})
        )
        object.__setattr__(self, "owned", frozenset(self.owned))
        object.__setattr__(self, "nodes", MappingProxyType(self._existing_names()))

    def _check_sets(self, name: str, sets: Iterable[RecordSet]) -> None:
        types = [record_set.type for record_set in sets]
        if len(set(types)) != len(types):
            raise ValueError(f"view {self.name!r}: {name!r} has two record sets of one type")
        if RecordType.CNAME in types and (len(types) > 1 or name in self.owned):
            raise ValueError(f"view {self.name!r}: {name!r} has a CNAME and other data (RFC 1034 section 3.6.2)")

    def _existing_names(self) -> dict[str | None, frozenset[str]]:
        nodes: dict[str | None, set[str]] = {None: set(), **{apex: {apex} for apex in self.owned}}
        for owner in self.records:
            line = _line_of(owner)
            apex = next((name for name in line if name in self.owned), None)
            for name in line:
                if name in nodes[apex]:
                    break  # and so are those above it, up to the apex
                nodes[apex].add(name)
        return {apex: frozenset(names) for apex, names in nodes.items()}

    def apex_of(self, name: str) -> str | None:
        """Return the deepest owned name at or above a canonical name, or None when the view does not own it."""
        return next((ancestor for ancestor in ancestors(name) if ancestor in self.owned), None)
