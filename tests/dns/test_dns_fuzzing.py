"""Any bytes may come: no crash, no answer with another id, none longer than asked for, none that cannot be read."""

import struct
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.name
import dns.rcode
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vpce_dns import (
    Answer,
    NotOwned,
    Question,
    RecordSet,
    RecordType,
    ResourceRecord,
    View,
    canonical,
    resolve,
)
from vpce_dns.query import MalformedMessage, read_query
from vpce_dns.responder import Reply, Responder
from vpce_dns.wire import read_answer, write_upstream_answer, write_upstream_query
from vpce_dns.zone import labels_of, name_of

VIEW = View(
    "app",
    {
        "a.example": (RecordSet(RecordType.A, 60, tuple(f"10.0.0.{n}" for n in range(1, 60))),),
        "*.example": (RecordSet(RecordType.CNAME, 60, ("a.example",)),),
        "example": (RecordSet(RecordType.TXT, 60, ("x" * 700,)),),
        "v6.test": (RecordSet(RecordType.AAAA, 60, ("fd00::1",)),),
    },
    frozenset({"example"}),
)

labels = st.sampled_from([b"a", b"A", b"example", b"EXAMPLE", b"v6", b"test", b"*", b"x" * 63]) | st.binary(
    min_size=1, max_size=63
)
names = st.lists(labels, max_size=6).filter(lambda parts: sum(len(part) + 1 for part in parts) < 255)
types = st.sampled_from([1, 5, 6, 16, 28, 41, 65, 252, 255]) | st.integers(0, 0xFFFF)
opt_records = st.builds(
    lambda name, payload, ttl, data: name + struct.pack("!HHIH", 41, payload, ttl, len(data)) + data,
    st.sampled_from([b"\0", b"\x01a\0", b"\xc0\x0c"]),
    st.sampled_from([0, 511, 512, 1232, 4096, 0xFFFF]) | st.integers(0, 0xFFFF),
    st.sampled_from([0, 0x8000, 0x10000]) | st.integers(0, 0xFFFFFFFF),
    st.just(b"") | st.binary(max_size=40),
)


@st.composite
def queries(draw) -> bytes:
    """Packets that are queries, or nearly so."""
    flags = draw(st.sampled_from([0x0100, 0x0000, 0x0110]) | st.integers(0, 0xFFFF))
    opt = draw(st.lists(opt_records, max_size=2))
    name = b"".join(bytes([len(label)]) + label for label in draw(names)) + b"\0"
    header = struct.pack("!HHHHHH", draw(st.integers(0, 0xFFFF)), flags, 1, 0, 0, len(opt))
    question = name + struct.pack("!HH", draw(types), draw(st.sampled_from([1, 1, 1, 3, 255])))
    return header + question + b"".join(opt)


@st.composite
def damaged(draw) -> bytes:
    """Queries with some bytes replaced, and cut or lengthened."""
    packet = bytearray(draw(queries()))
    for position, value in draw(st.lists(st.tuples(st.integers(0, len(packet) - 1), st.integers(0, 255)), max_size=4)):
        packet[position] = value
    return bytes(packet[: draw(st.integers(0, len(packet)))]) + draw(st.just(b"") | st.binary(max_size=20))


def most_that_is_taken(packet: bytes) -> int:
    """Return how long an answer may be at most: by dnspython's reading of the query, or 512."""
    try:
        query = dns.message.from_wire(packet, ignore_trailing=True)
    except Exception:  # noqa: BLE001 - what dnspython cannot read, for whatever reason, promises nothing
        return 4096
    return max(512, query.payload) if query.edns >= 0 else 512


def read(reply: bytes) -> dns.message.Message:
    """Read a reply; as one to a QUERY, because dnspython holds the sections of UPDATE to rules of their own."""
    return dns.message.from_wire(reply[:2] + bytes([reply[2] & ~0x78]) + reply[3:])


def check(packet: bytes, reply: bytes) -> None:
    assert reply[:2] == packet[:2]
    assert reply[2] & 0x80
    assert reply[2] & 0x78 == packet[2] & 0x78
    assert len(reply) <= most_that_is_taken(packet)
    answer = read(reply)
    if answer.question:
        assert reply[12 : 12 + len(answer.question[0].name.to_wire()) + 4] in packet


@given(packet=st.binary(max_size=100) | queries() | damaged())
@example(packet=b"\0" * 12)
@example(packet=b"\x12\x34\x01\x00\x00\x01" + b"\xc0\x0c" * 20)
@settings(max_examples=600)
def test_every_packet_is_answered_well_or_not_at_all(packet):
    responder = Responder(tcp=False, forwards=False)
    for _ in range(2):
        decided = responder.respond(packet, VIEW)
        if len(packet) < 3 or packet[2] & 0x80:
            assert decided is None
        else:
            assert isinstance(decided, Reply)
            check(packet, decided.packet(packet))


@given(packets=st.lists(queries() | damaged(), min_size=2, max_size=8))
@settings(max_examples=300)
def test_what_was_asked_before_does_not_change_an_answer(packets):
    shared = Responder(tcp=False, forwards=False)
    for packet in packets:
        alone = Responder(tcp=False, forwards=False).respond(packet, VIEW)
        remembered = shared.respond(packet, VIEW)
        assert (alone is None) is (remembered is None)
        if isinstance(alone, Reply) and isinstance(remembered, Reply):
            alone_message, message = (read(reply.packet(packet)) for reply in (alone, remembered))
            assert message.to_wire()[:12] == alone_message.to_wire()[:12]
            assert {rrset.to_text() for rrset in message.question} == {r.to_text() for r in alone_message.question}
            assert [set(rrset) for rrset in message.answer] == [set(rrset) for rrset in alone_message.answer]


CLIENTS_QUERY = read_query(b"\x12\x34\x01\x00\x00\x01" + bytes(6) + b"\x03www\x07Example\x00\x00\x01\x00\x01")
VIAS = [(), (ResourceRecord("www.example", RecordType.CNAME, 60, "web.elsewhere.net"),)]

records = st.builds(
    lambda name, record_type, ttl, data: name + struct.pack("!HHIH", record_type, 1, ttl, len(data)) + data,
    st.sampled_from([b"\xc0\x0c", b"\0", b"\x01a\xc0\x0c", b"\x50" + b"x" * 80 + b"\0"]),
    types,
    st.integers(0, 0xFFFFFFFF),
    st.sampled_from([b"", b"\x50" + b"x" * 80 + b"\0", b"\x0a\0\0\1", b"\xc0\x0c", b"\x03web\xc0\x0c", b"\xff\xff"])
    | st.binary(max_size=40),
)


@given(
    flags=st.integers(0, 0xFFFF),
    counts=st.tuples(*[st.integers(0, 3)] * 3),
    body=st.lists(records | opt_records, max_size=6),
    tail=st.just(b"") | st.binary(max_size=20),
    via=st.sampled_from(VIAS),
)
@example(
    flags=0,
    counts=(1, 0, 0),
    body=[b"\xc0\x0c\0\5\0\1\0\0\0\0\0\x52" + b"\x50" + b"x" * 80 + b"\0"],
    tail=b"",
    via=VIAS[1],
)
@example(flags=0, counts=(1, 0, 0), body=[b"\xc0\x0c\0\x41\0\1\0\0\0\0\0\x09\0\1\0\0\1\0\2\1\xc0"], tail=b"", via=())
@settings(max_examples=600)
def test_whatever_an_upstream_says_is_passed_on_readable_or_malformed(flags, counts, body, tail, via):
    not_owned = NotOwned("web.elsewhere.net" if via else "www.example", via)
    query = write_upstream_query(CLIENTS_QUERY, not_owned, 7)
    packet = struct.pack("!6H", 7, flags, 1, *counts) + query[12:] + b"".join(body) + tail
    rcode, _ = read_answer(packet, via)
    assert 0 <= rcode <= 15
    try:
        message = write_upstream_answer(CLIENTS_QUERY, not_owned, packet, 512)
    except MalformedMessage:
        return
    reply = Reply(message).packet(b"\x12\x34" + bytes(10) + CLIENTS_QUERY.wire_question)
    assert len(reply) == len(message) <= 512
    assert reply[12:].startswith(CLIENTS_QUERY.wire_question)


@pytest.fixture
def server(serve) -> Iterator[object]:
    return serve(VIEW)


@given(packet=damaged())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_server_survives_every_packet(server, packet):
    if len(packet) < 3 or packet[2] & 0x80:
        assert packet[:2] == b"\xbe\xef" or server.udp_is_silent(packet)
    else:
        check(packet, server.udp(packet))


@given(stream=st.lists(damaged(), max_size=4), cut=st.integers(0, 400))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_server_survives_every_stream(server, stream, cut):
    data = b"".join(struct.pack("!H", len(packet)) + packet for packet in stream)
    with server.connect() as client:
        client.sendall(data[:cut])
        client.sendall(data[cut:])
    assert server.ask("v6.test", "AAAA", tcp=True).rcode() == dns.rcode.NOERROR


@given(parts=names)
@settings(max_examples=300)
def test_names_survive_the_way_to_text_and_back(parts):
    text = name_of(parts)
    assert labels_of(text) == tuple(parts)
    assert labels_of(canonical(text)) == tuple(label.lower() for label in parts)
    assert dns.name.from_text(text).labels[:-1] == tuple(parts)


@given(text=st.text(alphabet=st.sampled_from("aZ0.\\-*_ é1"), max_size=80))
@settings(max_examples=300)
def test_text_is_a_name_or_a_clear_error(text):
    complaint = None
    try:
        form = canonical(text)
    except ValueError as error:
        complaint = str(error)
    if complaint is None:
        assert canonical(form) == form
    else:
        assert complaint.startswith(f"{text!r} is not a domain name: ")


@given(parts=names, record_type=types)
@settings(max_examples=300)
def test_what_is_under_an_owned_name_is_never_asked_elsewhere(parts, record_type):
    owned = (*parts[: max(0, len(parts) - 1)], b"eXample")
    result = resolve(Question(name_of(owned), record_type), VIEW)
    assert isinstance(result, Answer)
    elsewhere = resolve(Question(name_of((*parts[:3], b"elsewhere", b"net")), 1), VIEW)
    assert isinstance(elsewhere, NotOwned)
