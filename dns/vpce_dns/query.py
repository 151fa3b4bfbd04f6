"""Messages as bytes, read: the header, the question and the OPT record of a query (RFC 1035 section 4, RFC 6891). Pure.

Read here and not by dnslib, which refuses labels that are not UTF-8 and takes the reserved label types for long labels.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from vpce_dns.resolution import Question
from vpce_dns.zone import MAX_NAME, RecordType, name_of

HEADER_LENGTH = 12
PLAIN_UDP_PAYLOAD = 512
"""Bytes that a client without EDNS takes over UDP (RFC 1035 section 4.2.1)."""
UDP_PAYLOAD = 4096
"""Bytes that the server takes over UDP, and the most it sends; AWS's resolver says the same (recorded digs)."""
TCP_PAYLOAD = 65_535

QR, TC, RD, RA, AD, CD = 0x8000, 0x0200, 0x0100, 0x0080, 0x0020, 0x0010
OPCODE = 0x7800
DNSSEC_OK = 0x8000
"""The DO bit, in the low half of an OPT record's TTL field (RFC 6891 section 6.1.3)."""


class MalformedMessage(ValueError):
    """The bytes are not a DNS message."""


@dataclass(frozen=True, slots=True)
class Edns:
    """The OPT record of a query: the sender's UDP payload size in bytes, the EDNS version, and the DO bit."""

    payload: int
    version: int
    dnssec_ok: bool


@dataclass(frozen=True, slots=True)
class Query:
    """One query as received.

    Attributes:
        flags: The second 16 bits of the header.
        question: The one question, its name in lower case.
        wire_question: The question's bytes, in the letter case of the client.
        edns: The OPT record, if the client sent one.
    """

    flags: int
    question: Question
    wire_question: bytes
    edns: Edns | None

    @property
    def opcode(self) -> int:
        """0 is QUERY, the only one that is implemented."""
        return (self.flags & OPCODE) >> 11

    @property
    def recursion_desired(self) -> bool:
        """Whether the client wants others to be asked."""
        return bool(self.flags & RD)

    @property
    def udp_payload(self) -> int:
        """Bytes that an answer over UDP may have; less than 512 means 512 (RFC 6891 section 6.2.3)."""
        return PLAIN_UDP_PAYLOAD if self.edns is None else min(max(PLAIN_UDP_PAYLOAD, self.edns.payload), UDP_PAYLOAD)


def is_query(packet: bytes) -> bool:
    """Tell whether there is an id to answer to, and the QR bit is clear.

    A response must not be answered: two servers could go on for ever.
    """
    return len(packet) > 2 and not packet[2] & 0x80


def read_query(packet: bytes) -> Query:
    """Read a query. Records other than OPT, and bytes after the last record, are ignored.

    Raises:
        MalformedMessage: Not exactly one question (RFC 9619), a name or record that does not fit in the packet or
            in 255 bytes, a compressed question, two OPT records or one not at the root (RFC 6891 section 6.1.1).
    """
    flags, questions, *sections = read_header(packet)
    if questions != 1:
        raise MalformedMessage(f"{questions} questions")
    labels, _ = _question_labels(packet)
    end = HEADER_LENGTH + question_length(packet)
    question = Question(name_of(labels).lower(), *struct.unpack_from("!HH", packet, end - 4))
    return Query(flags, question, packet[HEADER_LENGTH:end], _read_edns(packet, end, sections))


def read_header(packet: bytes) -> tuple[int, ...]:
    """Return the flags and the four counts.

    Raises:
        MalformedMessage: The packet is shorter than a header.
    """
    if len(packet) < HEADER_LENGTH:
        raise MalformedMessage("shorter than a header")
    return struct.unpack_from("!HHHHH", packet, 2)


def _question_labels(packet: bytes) -> tuple[list[bytes], int]:
    """Return the labels of the question and the offset after them; there is nothing yet that a pointer could mean."""
    labels: list[bytes] = []
    offset = HEADER_LENGTH
    while offset < len(packet) and (length := packet[offset]) != 0:
        if length > 63:
            raise MalformedMessage(f"label of type {length >> 6} in the question")
        labels.append(packet[offset + 1 : offset + 1 + length])
        offset += 1 + length
    if offset >= len(packet) or offset + 1 - HEADER_LENGTH > MAX_NAME:
        raise MalformedMessage("the name in the question does not end in time")
    return labels, offset + 1


def question_length(packet: bytes) -> int:
    """Return how many bytes the question has.

    Raises:
        MalformedMessage: It does not fit in the packet, or is compressed.
    """
    _, end = _question_labels(packet)
    if end + 4 > len(packet):
        raise MalformedMessage("the question has no type and class")
    return end + 4 - HEADER_LENGTH


def _after_name(packet: bytes, offset: int) -> int:
    """Return the offset after a name, which may end in a compression pointer."""
    while offset < len(packet):
        length = packet[offset]
        if length == 0:
            return offset + 1
        if length >= 0xC0:
            return offset + 2
        if length > 63:
            break
        offset += 1 + length
    raise MalformedMessage("a record's name does not end")


@dataclass(frozen=True, slots=True)
class Span:
    """Where one record lies in a message, and its fixed fields."""

    section: int
    start: int
    name_end: int
    end: int
    type: int
    record_class: int
    ttl: int


def spans_of(packet: bytes, offset: int, counts: Iterable[int]) -> list[Span]:
    """Return every record of the answer (0), authority (1) and additional (2) sections."""
    spans = []
    for section, count in enumerate(counts):
        for _ in range(count):
            start, name_end = offset, _after_name(packet, offset)
            if name_end + 10 > len(packet):
                raise MalformedMessage("a record is cut short")
            record_type, record_class, ttl, length = struct.unpack_from("!HHIH", packet, name_end)
            offset = name_end + 10 + length
            if offset > len(packet):
                raise MalformedMessage("a record is cut short")
            spans.append(Span(section, start, name_end, offset, record_type, record_class, ttl))
    return spans


def _read_edns(packet: bytes, offset: int, counts: Iterable[int]) -> Edns | None:
    found = [span for span in spans_of(packet, offset, counts) if span.section == 2 and span.type == RecordType.OPT]
    if not found:
        return None
    span = found[0]
    if len(found) > 1 or span.name_end - span.start != 1:
        raise MalformedMessage("two OPT records, or one that is not at the root")
    _check_options(packet, span.name_end + 10, span.end)
    return Edns(span.record_class, span.ttl >> 16 & 0xFF, bool(span.ttl & DNSSEC_OK))


def _check_options(packet: bytes, offset: int, end: int) -> None:
    """Walk the options; none is known, so all are ignored (RFC 6891 section 6.1.2)."""
    while offset < end:
        if offset + 4 > end:
            raise MalformedMessage("an EDNS option is cut short")
        offset += 4 + struct.unpack_from("!H", packet, offset + 2)[0]
    if offset > end:
        raise MalformedMessage("an EDNS option is cut short")
