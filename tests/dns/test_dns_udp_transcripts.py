"""What goes over UDP, byte for byte where dnspython is too polite to send it."""

import asyncio
import itertools
import logging
import socket
import struct

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from vpce_dns import DnsServer, PortInUse, QueryRecord, Question, RecordSet, RecordType, ResourceRecord, View

SQS = "sqs.us-east-1.amazonaws.com"


def view_of(*values, name="app"):
    return View(
        name,
        {
            SQS: (RecordSet(RecordType.A, 60, values),),
            "*.s3.us-east-1.amazonaws.com": (RecordSet(RecordType.A, 60, ("10.0.1.20",)),),
            "alias.example": (RecordSet(RecordType.CNAME, 60, (SQS.title(),)),),
            "many.example": (RecordSet(RecordType.A, 60, tuple(f"10.1.{n // 250}.{n % 250}" for n in range(300))),),
            "dual.example": (RecordSet(RecordType.AAAA, 60, ("fd00:ec2::1", "fd00:ec2::2")),),
            "text.example": (RecordSet(RecordType.TXT, 60, ("short", "x" * 300)),),
            "strings.example": (RecordSet(RecordType.TXT, 60, ('"v=spf1 -all"  "more" ""', r'"a\"b\101\\"')),),
            "mail.example": (RecordSet(RecordType.MX, 60, ("10 mx.mail.example",)),),
            "srv.example": (RecordSet(RecordType.SRV, 60, ("0 5 443 host.mail.example",)),),
            "10.0.0.10.in-addr.arpa": (RecordSet(RecordType.PTR, 60, ("ip-10-0-0-10.ec2.internal",)),),
            r"\255\000odd\.dot.example": (RecordSet(RecordType.A, 60, ("10.7.7.7",)),),
        },
        frozenset({SQS, "s3.us-east-1.amazonaws.com"}),
    )


VIEW = view_of("10.0.1.10", "10.0.2.10", "10.0.3.10")


@pytest.fixture
def server(serve):
    return serve(VIEW)


def wire(name: bytes, record_type=1, record_class=1, *, head=b"\x12\x34\x01\x00", counts=(1, 0, 0, 0), after=b""):
    """Return a query; `name` is in wire format but for the final zero."""
    return head + struct.pack("!4H", *counts) + name + b"\0" + struct.pack("!HH", record_type, record_class) + after


SQS_WIRE = b"\x03sqs\x09us-east-1\x09amazonaws\x03com"


def values(message):
    return [record.to_text() for rrset in message.answer for record in rrset]


def test_a_positive_answer_looks_like_awss(server):
    query = wire(SQS_WIRE, after=bytes.fromhex("00 0029 1000 00000000 0000"), counts=(1, 0, 0, 1))
    record = bytes.fromhex("c00c 0001 0001 0000003c 0004 0a00")
    assert server.udp(query) == (
        # id; qr rd ra; one question, three answers, no authority, one OPT
        bytes.fromhex("1234 8180 0001 0003 0000 0001") + SQS_WIRE + bytes.fromhex("00 0001 0001")
        # names are pointers to the question; TTL 60
        + record + b"\x01\x0a" + record + b"\x02\x0a" + record + b"\x03\x0a"
        # the root, OPT, 4096 bytes, no extended code, version 0, no flags, no options
        + bytes.fromhex("00 0029 1000 00000000 0000")
    )  # fmt: skip


def test_without_edns_there_is_none_in_the_answer_and_rd_is_as_asked(server):
    answer = dns.message.from_wire(server.udp(wire(SQS_WIRE, head=b"\x12\x34\x00\x00")))
    assert (answer.edns, dns.flags.to_text(answer.flags)) == (-1, "QR RA")


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (0x0120, "QR RD RA"),  # AD is not ours to claim
        (0x0110, "QR RD RA CD"),  # CD is copied (RFC 4035 section 3.2.2)
        (0x0140, "QR RD RA"),  # an unknown flag is not (RFC 8906 section 3.1.3)
        (0x0700, "QR RD RA"),  # AA and TC mean nothing in a query
    ],
)
def test_flags_of_the_query_that_come_back(server, asked, answered):
    reply = server.udp(wire(SQS_WIRE, head=b"\x12\x34" + asked.to_bytes(2)))
    flags = int.from_bytes(reply[2:4])
    assert (dns.flags.to_text(flags), flags & 0x0040) == (answered, 0)


def test_addresses_begin_with_another_one_each_time(server):
    orders = [values(server.ask(SQS)) for _ in range(6)]
    assert {tuple(sorted(order)) for order in orders} == {("10.0.1.10", "10.0.2.10", "10.0.3.10")}
    assert [order[0] for order in orders] == ["10.0.1.10", "10.0.2.10", "10.0.3.10"] * 2


@pytest.mark.parametrize("name", ["alias.example", "dual.example"])
def test_the_addresses_behind_a_cname_and_those_of_ipv6_rotate_too(server, name):
    record_type = "AAAA" if name.startswith("dual") else "A"
    firsts = {values(server.ask(name, record_type))[-1] for _ in range(6)}
    assert len(firsts) > 1


@pytest.mark.parametrize("name", ["sQs.Us-EaSt-1.aMaZoNaWs.CoM", "SQS.US-EAST-1.AMAZONAWS.COM"])
def test_the_letter_case_of_the_question_is_that_of_the_answer(server, name):
    server.ask(SQS)
    answer = server.ask(name)
    assert answer.question[0].name.to_text() == name + "."
    assert answer.answer[0].name.to_text() == name + "."


def test_letters_in_type_and_class_are_not_taken_for_letter_case(server):
    # 0x41 (HTTPS) and 0x61 are "A" and "a": what is remembered for one must not answer the other.
    for record_type in (0x41, 0x61, 0x41):
        reply = server.udp(wire(SQS_WIRE, record_type))
        assert reply[12 + len(SQS_WIRE) + 1 :][:4] == struct.pack("!HH", record_type, 1)


@pytest.mark.parametrize(
    ("name", "record_type", "expected"),
    [
        ("strings.example", "TXT", ['"v=spf1 -all" "more" ""', r'"a\"bA\\"']),
        ("text.example", "TXT", ['"short"', '"' + "x" * 255 + '" "' + "x" * 45 + '"']),
        ("mail.example", "MX", ["10 mx.mail.example."]),
        ("srv.example", "SRV", ["0 5 443 host.mail.example."]),
        ("10.0.0.10.in-addr.arpa", "PTR", ["ip-10-0-0-10.ec2.internal."]),
        ("alias.example", "CNAME", [SQS + "."]),
        ("dual.example", "AAAA", ["fd00:ec2::1", "fd00:ec2::2"]),
        (SQS, "SOA", ["ns-1536.awsdns-00.co.uk. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 60"]),
    ],
)
def test_every_type_a_view_holds_goes_over_the_wire(server, name, record_type, expected):
    assert values(server.ask(name, record_type)) == expected


@pytest.mark.parametrize("record_type", ["AAAA", "HTTPS", "SVCB", "TXT", "NS", "TYPE4711"])
def test_a_known_name_without_the_type_is_nodata_with_an_soa(server, record_type):
    answer = server.ask(SQS, record_type)
    assert (answer.rcode(), answer.answer) == (dns.rcode.NOERROR, [])
    assert [(rrset.rdtype, rrset.ttl, rrset.name.to_text()) for rrset in answer.authority] == [
        (dns.rdatatype.SOA, 60, SQS + ".")
    ]


def test_an_unknown_name_is_nxdomain_with_an_soa_where_owned_and_without_where_not(server):
    owned, elsewhere = server.ask(f"no.{SQS}"), server.ask("elsewhere.example.net")
    assert (owned.rcode(), elsewhere.rcode()) == (dns.rcode.NXDOMAIN, dns.rcode.NXDOMAIN)
    assert [rrset.rdtype for rrset in owned.authority] == [dns.rdatatype.SOA]
    assert elsewhere.authority == []


def test_names_with_any_byte_in_them_are_answered(server):
    assert server.udp(wire(b"\x09\xff\x00odd.dot\x07example"))[-4:] == bytes([10, 7, 7, 7])
    assert server.udp(wire(b"\x09\xff\x00ODD.dot\x07example"))[-4:] == bytes([10, 7, 7, 7])
    assert server.udp(wire(b"\x03\xff\x00a\x02s3\x09us-east-1\x09amazonaws\x03com"))[-4:] == bytes([10, 0, 1, 20])
    # A dot inside a label is no separator.
    assert server.udp(wire(b"\x06sqs.us\x09amazonaws\x03com"))[3] & 0xF == dns.rcode.NXDOMAIN


def test_the_root_and_the_longest_name_are_names(server):
    longest = b"".join(b"\x3f" + b"x" * 63 for _ in range(3)) + b"\x3d" + b"x" * 61
    for name, rcode in ((b"", dns.rcode.NOERROR), (longest, dns.rcode.NXDOMAIN)):
        reply = server.udp(wire(name))
        assert (reply[3] & 0xF, reply[12 : 13 + len(name)]) == (rcode, name + b"\0")


@pytest.mark.parametrize("name", [b"", b"\x03com"])
def test_what_is_above_a_zone_of_the_view_exists(server, name):
    for record_type in (dns.rdatatype.A, dns.rdatatype.NS):
        reply = dns.message.from_wire(server.udp(wire(name, record_type)))
        assert (reply.rcode(), reply.answer) == (dns.rcode.NOERROR, [])


# EDNS, after the probes of RFC 8906 section 8.2 -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edns", "rcode", "eflags"),
    [
        ({"use_edns": 0}, dns.rcode.NOERROR, 0),
        ({"use_edns": 1}, dns.rcode.BADVERS, 0),
        ({"use_edns": 255}, dns.rcode.BADVERS, 0),
        ({"use_edns": 0, "want_dnssec": True}, dns.rcode.NOERROR, dns.flags.DO),
        ({"use_edns": 0, "ednsflags": 0x4040}, dns.rcode.NOERROR, 0),
        ({"use_edns": 0, "options": [dns.edns.GenericOption(100, b"unknown")]}, dns.rcode.NOERROR, 0),
        ({"use_edns": 1, "options": [dns.edns.GenericOption(100, b"")]}, dns.rcode.BADVERS, 0),
    ],
)
def test_edns_probes(server, edns, rcode, eflags):
    answer = server.ask(SQS, **edns)
    assert (answer.rcode(), answer.edns, answer.ednsflags & 0xFFFF, answer.payload, answer.options) == (
        rcode,
        0,
        eflags,
        4096,
        (),
    )


@pytest.mark.parametrize(
    ("payload", "limit", "truncated"),
    [(None, 512, True), (0, 512, True), (511, 512, True), (1232, 1232, True), (4096, 4096, True), (65_535, 4096, True)],
)
def test_an_answer_is_never_longer_than_the_client_takes(server, payload, limit, truncated):
    query = dns.message.make_query("many.example", "A", use_edns=payload is not None and 0, payload=payload or 0)
    reply = server.udp(query.to_wire())
    answer = dns.message.from_wire(reply)
    assert len(reply) <= limit
    assert bool(answer.flags & dns.flags.TC) is truncated
    assert (answer.answer, answer.edns) == ([], -1 if payload is None else 0)


def test_an_answer_that_just_fits_is_whole(serve):
    # 12 header + 7 name + 4 type and class + 30 * 16 = 503 bytes; one more address is 519.
    def view(count):
        addresses = tuple(f"10.0.0.{n}" for n in range(count))
        return View("app", {"a.bcd": (RecordSet(RecordType.A, 60, addresses),)}, frozenset())

    server = serve(view(30))
    whole = server.udp(dns.message.make_query("a.bcd", "A").to_wire())
    server.view = view(31)
    cut = server.udp(dns.message.make_query("a.bcd", "A").to_wire())
    assert (len(whole), whole[2] & 2, len(cut), cut[2] & 2) == (503, 0, 23, 2)


# What is not a question -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("packet", "rcode"),
    [
        (b"\x12\x34\x01", dns.rcode.FORMERR),
        (wire(b"")[:11], dns.rcode.FORMERR),
        (wire(SQS_WIRE)[:20], dns.rcode.FORMERR),
        (wire(SQS_WIRE)[:-1], dns.rcode.FORMERR),
        (wire(SQS_WIRE, counts=(0, 0, 0, 0)), dns.rcode.FORMERR),
        (wire(SQS_WIRE, counts=(2, 0, 0, 0), after=SQS_WIRE + b"\0\0\1\0\1"), dns.rcode.FORMERR),
        (wire(SQS_WIRE, counts=(1, 0, 0, 1)), dns.rcode.FORMERR),
        (wire(b"\x40" + b"x" * 64), dns.rcode.FORMERR),
        (wire(b"\x03sqs\xc0\x0c"), dns.rcode.FORMERR),
        (wire(b"\x3f" + b"x" * 63 + (b"\x3f" + b"x" * 63) * 3), dns.rcode.FORMERR),
        (wire(SQS_WIRE, counts=(1, 0, 0, 2), after=bytes.fromhex("0000291000000000000000" * 2)), dns.rcode.FORMERR),
        (wire(SQS_WIRE, counts=(1, 0, 0, 1), after=bytes.fromhex("01610000291000000000000000")), dns.rcode.FORMERR),
        (wire(SQS_WIRE, counts=(1, 0, 0, 1), after=bytes.fromhex("00002910000000000000040064ffff")), dns.rcode.FORMERR),
        (wire(SQS_WIRE, head=b"\x12\x34\x11\x00"), dns.rcode.NOTIMP),
        (wire(SQS_WIRE, head=b"\x12\x34\x79\x00"), dns.rcode.NOTIMP),
        (wire(SQS_WIRE, record_class=3), dns.rcode.REFUSED),
        (wire(SQS_WIRE, record_type=252), dns.rcode.NOTIMP),
    ],
)
def test_what_is_not_a_question_for_this_server_is_told_so(server, packet, rcode):
    reply = server.udp(packet)
    assert (reply[:2], reply[2] & 0x80, reply[3] & 0xF) == (b"\x12\x34", 0x80, rcode)
    assert dns.message.from_wire(reply).answer == []


def test_the_opcode_comes_back_and_an_opt_record_gets_one(server):
    query = dns.message.make_query(SQS, "A", use_edns=0)
    query.set_opcode(dns.opcode.STATUS)
    answer = dns.message.from_wire(server.udp(query.to_wire()))
    assert (answer.opcode(), answer.rcode(), answer.edns) == (dns.opcode.STATUS, dns.rcode.NOTIMP, 0)


@pytest.mark.parametrize(
    "packet", [b"", b"\x12", b"\x12\x34", wire(SQS_WIRE, head=b"\x12\x34\x81\x80"), b"\x12\x34\xff"]
)
def test_responses_and_packets_without_an_id_are_not_answered(server, packet):
    assert server.udp_is_silent(packet)


def test_records_in_a_query_and_bytes_after_it_do_not_matter(server):
    records = bytes.fromhex("c00c 0001 0001 00000000 0004 7f000001") * 2
    reply = server.udp(wire(SQS_WIRE, counts=(1, 1, 1, 0), after=records + b"trailing"))
    assert values(dns.message.from_wire(reply)) == ["10.0.1.10", "10.0.2.10", "10.0.3.10"]


# The life of a server -------------------------------------------------------------------------------------------------


def test_a_new_view_is_answered_from_at_once(server):
    assert values(server.ask(SQS))[0] == "10.0.1.10"
    server.view = view_of("10.0.9.9")
    assert values(server.ask(SQS)) == ["10.0.9.9"]
    server.view = View("empty", {}, frozenset({"amazonaws.com"}))
    assert server.ask(SQS).rcode() == dns.rcode.NXDOMAIN


def test_more_questions_than_are_remembered_are_all_answered(server, monkeypatch):
    monkeypatch.setattr("vpce_dns.responder.CACHED_ANSWERS", 3)
    names = [f"bucket-{n}.s3.us-east-1.amazonaws.com" for n in range(8)]
    for name in itertools.chain(names, reversed(names)):
        assert values(server.ask(name)) == ["10.0.1.20"]


def test_a_view_that_cannot_be_had_is_a_server_failure(loop, serve, caplog):
    server = serve(VIEW)
    del server.view
    with caplog.at_level(logging.CRITICAL, logger="vpce_dns.server"):
        assert server.udp(wire(SQS_WIRE))[3] & 0xF == dns.rcode.SERVFAIL
    server.view = VIEW
    assert values(server.ask(SQS))


def test_every_answer_is_reported(serve):
    seen: list[QueryRecord] = []
    server = serve(VIEW, on_query=seen.append)
    for _ in range(2):
        server.ask("Alias.Example")
    server.ask(f"no.{SQS}", "AAAA", tcp=True)
    server.udp(wire(b"\x07version\x04bind", 16, 3))
    server.udp(b"\x12\x34\x01")
    records = (
        ResourceRecord("alias.example", RecordType.CNAME, 60, SQS.title()),
        *(ResourceRecord(SQS, RecordType.A, 60, f"10.0.{n}.10") for n in (1, 2, 3)),
    )
    assert [(r.view, r.question, r.rcode, r.records, r.client[0], r.transport, r.forwarded) for r in seen] == [
        ("app", Question("alias.example", 1), 0, records, "127.0.0.1", "UDP", False),
        ("app", Question("alias.example", 1), 0, records, "127.0.0.1", "UDP", False),
        ("app", Question(f"no.{SQS}", 28), 3, (), "127.0.0.1", "TCP", False),
        ("app", Question("version.bind", 16, 3), 5, (), "127.0.0.1", "UDP", False),
    ]


def test_a_query_log_that_fails_does_not_cost_the_client_its_answer(serve, caplog):
    def fail(record):
        raise RuntimeError(record.view)

    server = serve(VIEW, on_query=fail)
    assert values(server.ask(SQS))
    assert "the query log's receiver failed for sqs.us-east-1.amazonaws.com. A" in caplog.text


@pytest.mark.parametrize("taken", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_port_that_is_taken_is_named(loop, taken):
    with socket.socket(socket.AF_INET, taken) as other:
        other.bind(("127.0.0.1", 0))
        if taken == socket.SOCK_STREAM:
            other.listen()
        port = other.getsockname()[1]
        server = DnsServer(lambda: VIEW, port=port)
        start = asyncio.run_coroutine_threadsafe(server.start(), loop)
        with pytest.raises(PortInUse, match=f"port {port} on 127.0.0.1 is in use by another program") as caught:
            start.result(5)
    assert (caught.value.host, caught.value.port) == ("127.0.0.1", port)


def test_an_address_that_is_not_here_is_a_clear_error(loop):
    start = asyncio.run_coroutine_threadsafe(DnsServer(lambda: VIEW, host="192.0.2.1").start(), loop)
    with pytest.raises(OSError, match=r"cannot listen on 192\.0\.2\.1 port 0"):
        start.result(5)


def test_a_stopped_server_gives_its_port_back_and_may_start_again(serve):
    server = serve(VIEW)
    with pytest.raises(RuntimeError, match="started already"):
        server.call(server.server.start())
    server.call(server.server.stop())
    with pytest.raises(RuntimeError, match="not started"):
        _ = server.server.address
    successor = serve(VIEW, port=server.address[1])
    assert successor.address == server.address
    assert values(successor.ask(SQS))


def test_ipv6_loopback_is_served(serve):
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    server = serve(VIEW, host="::1")
    assert values(server.ask(SQS))
    assert values(server.ask(SQS, tcp=True))


class LoopWithoutReaders(asyncio.SelectorEventLoop):
    """As Windows' proactor loop: it does not watch file descriptors for others."""

    def add_reader(self, fd, callback, *args):
        raise NotImplementedError


def test_an_event_loop_that_does_not_watch_file_descriptors_serves_too():
    async def ask():
        async with DnsServer(lambda: VIEW) as server:
            query = dns.message.make_query(SQS, "A")
            return await asyncio.to_thread(dns.query.udp, query, server.address[0], port=server.address[1], timeout=5)

    with asyncio.Runner(loop_factory=LoopWithoutReaders) as runner:
        assert sorted(values(runner.run(ask()))) == ["10.0.1.10", "10.0.2.10", "10.0.3.10"]
