"""Messages as bytes, written: answers to clients, questions to an upstream (RFC 1035 section 4, RFC 6891). Pure.

The only module that imports dnslib, which writes and reads the resource records.
"""

import ipaddress
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import dnslib
from dnslib.label import DNSLabelError

from vpce_dns.query import (
    AD,
    CD,
    DNSSEC_OK,
    HEADER_LENGTH,
    OPCODE,
    QR,
    RA,
    RD,
    TC,
    UDP_PAYLOAD,
    MalformedMessage,
    Query,
    question_length,
    read_header,
    spans_of,
)
from vpce_dns.resolution import Answer, NotOwned, ResourceRecord, ResponseCode
from vpce_dns.zone import RecordType, character_strings, labels_of, name_of

UPSTREAM_PAYLOAD = 1232
"""Bytes asked of an upstream over UDP: never fragmented on IPv6's smallest links (the DNS flag day of 2020)."""

_ECHOED = OPCODE | RD | CD
"""Of the query's flags, those in the answer: RD as asked (RFC 1035), CD as asked (RFC 4035 section 3.2.2)."""


@dataclass(frozen=True, slots=True)
class Message:
    """An answer but for its first two bytes (the id) and its question, which each client finds as it sent them.

    Attributes:
        head: The header after the id.
        question_length: Bytes of the question, 0 where the answer has none.
        before: What follows the question, up to the rows.
        rows: The bytes of the final record set when it is addresses: equal in length, so that they can be rotated.
        row_length: Bytes of one row; 0 when there are none.
        after: What follows the rows: the authority section and the OPT record.
    """

    head: bytes
    question_length: int
    before: bytes = b""
    rows: bytes = b""
    row_length: int = 0
    after: bytes = b""

    def __len__(self) -> int:
        return HEADER_LENGTH + self.question_length + len(self.before) + len(self.rows) + len(self.after)


def write_error(packet: bytes, rcode: ResponseCode) -> Message:
    """Return a bare header for a query that could not be read; at least three bytes of it are there."""
    flags = packet[2] << 8 & (OPCODE | RD) | QR | RA | rcode
    return Message(struct.pack("!HHHHH", flags, 0, 0, 0, 0), 0)


def write_answer(query: Query, answer: Answer, limit: int) -> Message:
    """Return the message that says `answer`, in at most `limit` bytes.

    An answer that is too long is left out altogether and flagged TC: a client has to ignore what a truncated
    answer holds (RFC 2181 section 9). The flags are those of AWS's resolver: qr, rd as asked, ra; never aa.
    """
    opt = _opt_record(query, answer.rcode)
    flags = query.flags & _ECHOED | QR | RA | answer.rcode & 0xF
    buffer = _start_buffer(query)
    starts = [_append(buffer, record) for record in answer.records]
    authority_start = len(buffer)
    for record in answer.authority:
        _append(buffer, record)
    if len(buffer) + len(opt) > limit:
        return _truncated(query, flags, opt)
    head = struct.pack("!HHHHH", flags, 1, len(answer.records), len(answer.authority), bool(opt))
    data = bytes(buffer.data)
    rows_start, row_length = _rotating_rows(answer.records, [*starts, authority_start])
    return Message(
        head=head,
        question_length=len(query.wire_question),
        before=data[HEADER_LENGTH + len(query.wire_question) : rows_start],
        rows=data[rows_start:authority_start],
        row_length=row_length,
        after=data[authority_start:] + opt,
    )


def _opt_record(query: Query, rcode: int) -> bytes:
    """Return the OPT record of an answer: there is one if the query had one (RFC 6891 section 6.1.1)."""
    if query.edns is None:
        return b""
    return _write_opt(UDP_PAYLOAD, rcode >> 4, dnssec_ok=query.edns.dnssec_ok)


def _write_opt(payload: int, extended_rcode: int, *, dnssec_ok: bool) -> bytes:
    ttl = extended_rcode << 24 | (DNSSEC_OK if dnssec_ok else 0)
    return struct.pack("!BHHIH", 0, RecordType.OPT, payload, ttl, 0)


def _rotating_rows(records: tuple[ResourceRecord, ...], offsets: list[int]) -> tuple[int, int]:
    """Return where the final addresses begin and how long one is; (end, 0) when nothing can be rotated.

    INVARIANT: the rows of one address record set are of equal length, because their owners are written as the same
    compression pointer, or as the same question name.
    """
    if not records or records[-1].type not in {RecordType.A, RecordType.AAAA}:
        return offsets[-1], 0
    last = records[-1]
    count = sum(record.type == last.type and record.name == last.name for record in records)
    lengths = {end - start for start, end in zip(offsets[-count - 1 : -1], offsets[-count:], strict=True)}
    return (offsets[-count - 1], lengths.pop()) if count > 1 and len(lengths) == 1 else (offsets[-1], 0)


class _Pointers(dict[tuple[bytes, ...], int]):
    """The names that may be pointed to: dnslib would also point past the 14 bits that a pointer has."""

    def __setitem__(self, labels: tuple[bytes, ...], offset: int) -> None:
        if offset < 0x4000:
            super().__setitem__(labels, offset)


def _start_buffer(query: Query) -> Any:  # noqa: ANN401 - dnslib is not typed
    """Return a buffer that stands after the question, with the question's canonical name known to compression.

    INVARIANT: letter case aside it is as long as the client's, so that pointers into it are right for every client.
    """
    buffer = dnslib.DNSBuffer()
    buffer.names = _Pointers()
    buffer.append(bytes(HEADER_LENGTH))
    buffer.encode_name(dnslib.DNSLabel(_lower_labels(query.question.name)))
    buffer.append(query.wire_question[-4:])
    return buffer


def _lower_labels(name: str) -> tuple[bytes, ...]:
    return tuple(label.lower() for label in labels_of(name))


def _label(name: str) -> Any:  # noqa: ANN401 - dnslib is not typed
    return dnslib.DNSLabel(labels_of(name))


def _soa(value: str) -> Any:  # noqa: ANN401 - dnslib is not typed
    server, mailbox, *times = value.split()
    return dnslib.SOA(_label(server), _label(mailbox), tuple(int(time) for time in times))


def _mx(value: str) -> Any:  # noqa: ANN401 - dnslib is not typed
    preference, exchange = value.split()
    return dnslib.MX(_label(exchange), int(preference))


def _srv(value: str) -> Any:  # noqa: ANN401 - dnslib is not typed
    priority, weight, port, target = value.split()
    return dnslib.SRV(int(priority), int(weight), int(port), _label(target))


_RDATA: Mapping[int, Callable[[str], Any]] = {
    RecordType.A: dnslib.A,
    RecordType.NS: lambda value: dnslib.NS(_label(value)),
    # In lower case, as the owner of the target's records is written: then compression finds it.
    RecordType.CNAME: lambda value: dnslib.CNAME(dnslib.DNSLabel(_lower_labels(value))),
    RecordType.SOA: _soa,
    RecordType.PTR: lambda value: dnslib.PTR(_label(value)),
    RecordType.MX: _mx,
    RecordType.TXT: lambda value: dnslib.TXT(list(character_strings(value))),
    RecordType.AAAA: lambda value: dnslib.AAAA(tuple(ipaddress.IPv6Address(value).packed)),
    RecordType.SRV: _srv,
}


def _append(buffer: Any, record: ResourceRecord) -> int:  # noqa: ANN401 - dnslib is not typed
    """Append a record and return where it begins."""
    start = len(buffer)
    rdata = _RDATA[record.type](record.value)
    dnslib.RR(_label(record.name), record.type, ttl=record.ttl, rdata=rdata).pack(buffer)
    return start


def write_upstream_query(query: Query, not_owned: NotOwned, identifier: int) -> bytes:
    """Return the query for an upstream: the client's question, or the one its CNAME of the view leads to.

    The OPT record is ours, because the client's speaks of its hop only (RFC 6891 section 6.2.6): the DO bit is passed
    on, options are not.
    """
    question = query.wire_question if not not_owned.via else _wire_name(not_owned.name) + query.wire_question[-4:]
    edns = query.edns
    header = struct.pack("!HHHHHH", identifier, query.flags & CD | RD, 1, 0, 0, 0 if edns is None else 1)
    return header + question + (b"" if edns is None else _write_opt(UPSTREAM_PAYLOAD, 0, dnssec_ok=edns.dnssec_ok))


def _wire_name(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label for label in labels_of(name)) + b"\0"


def write_upstream_answer(query: Query, not_owned: NotOwned, packet: bytes, limit: int) -> Message:
    """Return an upstream's answer as this server's own: the client's question, the view's CNAMEs first, our OPT record.

    Raises:
        MalformedMessage: The upstream's packet cannot be read.
    """
    flags, _, *counts = read_header(packet)
    start = HEADER_LENGTH + question_length(packet)
    spans = spans_of(packet, start, counts)
    opt = next((span for span in spans if span.section == 2 and span.type == RecordType.OPT), None)
    rcode = flags & 0xF if opt is None or opt.ttl >> 24 == 0 else ResponseCode.SERVFAIL
    own_opt = _opt_record(query, rcode)
    flags = query.flags & _ECHOED | QR | RA | flags & AD | rcode
    if not_owned.via:
        body, counts = _merged(query, not_owned.via, packet)
    else:
        body = b"".join(packet[span.start : span.end] for span in spans if span is not opt)
        counts[2] -= opt is not None
    message = Message(
        struct.pack("!HHHHH", flags, 1, counts[0], counts[1], counts[2] + bool(own_opt)),
        len(query.wire_question),
        before=body,
        after=own_opt,
    )
    return message if len(message) <= limit else _truncated(query, flags, own_opt)


def _truncated(query: Query, flags: int, opt: bytes) -> Message:
    return Message(struct.pack("!HHHHH", flags | TC, 1, 0, 0, bool(opt)), len(query.wire_question), after=opt)


def _merged(query: Query, via: tuple[ResourceRecord, ...], packet: bytes) -> tuple[bytes, list[int]]:
    """Return the sections after the question and their counts: the view's CNAMEs, then what the upstream says."""
    parsed = _parsed(packet)
    buffer = _start_buffer(query)
    start = len(buffer)
    for record in via:
        _append(buffer, record)
    try:
        for record in (*parsed.rr, *parsed.auth):
            record.pack(buffer)
    except DNSLabelError as error:
        # dnslib reads labels that it does not write.
        raise MalformedMessage(str(error)) from error
    return bytes(buffer.data[start:]), [len(via) + len(parsed.rr), len(parsed.auth), 0]


def read_answer(packet: bytes, via: tuple[ResourceRecord, ...]) -> tuple[int, tuple[ResourceRecord, ...]]:
    """Return the response code and the answer section of an upstream's packet, for a query log.

    The view's CNAMEs come first. A packet that cannot be read, or none, is SERVFAIL.
    """
    try:
        parsed = _parsed(packet)
    except MalformedMessage:
        return ResponseCode.SERVFAIL, ()
    records = tuple(
        ResourceRecord(name_of(record.rname.label), record.rtype, record.ttl, _text_of(record.rdata))
        for record in parsed.rr
    )
    return parsed.header.rcode, via + records


def _text_of(data: Any) -> str:  # noqa: ANN401 - dnslib is not typed
    """Return a record's value as a zone file has it; by RFC 3597 section 5 where dnslib cannot write it."""
    try:
        return str(data)
    except ValueError:
        packed = dnslib.DNSBuffer()
        data.pack(packed)
        return f"\\# {len(packed)} {packed.data.hex()}"


def _parsed(packet: bytes) -> Any:  # noqa: ANN401 - dnslib is not typed
    try:
        return dnslib.DNSRecord.parse(packet)
    except (dnslib.DNSError, ValueError) as error:
        raise MalformedMessage(str(error)) from error
