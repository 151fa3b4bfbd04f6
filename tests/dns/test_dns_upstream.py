"""What a view does not own is asked of an upstream, and its answer comes back as this server's own."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rrset
import pytest

from vpce_dns import QueryRecord, RecordSet, RecordType, Upstream, View

A = RecordType.A
VIEW = View(
    "app",
    {
        "sqs.us-east-1.amazonaws.com": (RecordSet(A, 60, ("10.0.1.10",)),),
        "www.corp.example": (RecordSet(RecordType.CNAME, 60, ("web.elsewhere.net",)),),
    },
    frozenset({"sqs.us-east-1.amazonaws.com", "corp.example"}),
)
INTERNET = View(
    "internet",
    {
        "web.elsewhere.net": (RecordSet(A, 30, ("198.51.100.1", "198.51.100.2")),),
        "many.elsewhere.net": (RecordSet(A, 30, tuple(f"198.51.100.{n}" for n in range(200))),),
        "mail.elsewhere.net": (RecordSet(RecordType.MX, 30, ("10 mx.elsewhere.net",)),),
        "sqs.us-east-1.amazonaws.com": (RecordSet(A, 30, ("203.0.113.1",)),),
    },
    frozenset({""}),
)


class ScriptedUpstream:
    """A resolver on real sockets that does what the test says: a function from a query to the packets sent back."""

    def __init__(self, over_udp: Callable[[dns.message.Message], list[bytes]]) -> None:
        self.queries: list[dns.message.Message] = []
        self._over_udp = over_udp
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while True:
            packet, client = self._socket.recvfrom(65_535)
            if not packet:
                return
            self.queries.append(dns.message.from_wire(packet))
            for answer in self._over_udp(self.queries[-1]):
                self._socket.sendto(answer, client)

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join(5)
        self._socket.close()


@contextlib.contextmanager
def upstream_that(over_udp: Callable[[dns.message.Message], list[bytes]]) -> Iterator[ScriptedUpstream]:
    scripted = ScriptedUpstream(over_udp)
    try:
        yield scripted
    finally:
        scripted.close()


def answer_to(query, *records, rcode=dns.rcode.NOERROR, flags=0):
    response = dns.message.make_response(query, recursion_available=True)
    response.set_rcode(rcode)
    response.flags |= flags
    for record in records:
        response.answer.append(dns.rrset.from_text(*record.split(maxsplit=4)))
    return response


def values(message):
    return sorted(record.to_text() for rrset in message.answer for record in rrset)


@pytest.fixture
def internet(serve):
    """Another server of this kind, as the upstream."""
    return serve(INTERNET)


@pytest.fixture
def server(serve, internet):
    return serve(VIEW, upstream=Upstream("127.0.0.1", internet.address[1]))


def test_what_is_not_owned_is_asked_and_what_is_owned_is_not(server):
    assert values(server.ask("web.elsewhere.net")) == ["198.51.100.1", "198.51.100.2"]
    assert values(server.ask("sqs.us-east-1.amazonaws.com")) == ["10.0.1.10"]
    assert server.ask("no.sqs.us-east-1.amazonaws.com").rcode() == dns.rcode.NXDOMAIN


@pytest.mark.parametrize("tcp", [False, True])
@pytest.mark.parametrize(("edns", "payload"), [(False, None), (0, 4096)])
def test_the_answer_is_this_servers_own(server, tcp, edns, payload):
    answer = server.ask("WEB.elsewhere.net", tcp=tcp, use_edns=edns, payload=payload or 0)
    assert answer.question[0].name.to_text() == "WEB.elsewhere.net."
    assert values(answer) == ["198.51.100.1", "198.51.100.2"]
    assert (answer.edns, answer.payload) == ((0, 4096) if payload else (-1, 0))
    assert dns.flags.to_text(answer.flags) == "QR RD RA"


def test_denials_of_the_upstream_are_passed_on_with_their_soa(server):
    unknown, nodata = server.ask("no.elsewhere.net"), server.ask("web.elsewhere.net", "AAAA")
    assert (unknown.rcode(), nodata.rcode()) == (dns.rcode.NXDOMAIN, dns.rcode.NOERROR)
    assert [len(message.authority) for message in (unknown, nodata)] == [1, 1]


def test_other_types_pass_through(server):
    assert values(server.ask("mail.elsewhere.net", "MX")) == ["10 mx.elsewhere.net."]


def test_a_cname_of_the_view_leads_outside(server):
    answer = server.ask("WWW.corp.example", use_edns=0)
    assert [(rrset.name.to_text(), rrset.rdtype.name) for rrset in answer.answer] == [
        ("WWW.corp.example.", "CNAME"),
        ("web.elsewhere.net.", "A"),
    ]
    assert values(answer) == ["198.51.100.1", "198.51.100.2", "web.elsewhere.net."]


def test_a_cname_that_leads_outside_without_an_upstream_ends_there(serve):
    answer = serve(VIEW).ask("www.corp.example")
    assert (answer.rcode(), values(answer)) == (dns.rcode.NXDOMAIN, ["web.elsewhere.net."])


def test_a_truncated_answer_is_fetched_over_tcp(server):
    # The upstream is asked with 1232 bytes, and 200 addresses are 3.2 kB: it truncates, the client's 4096 hold them.
    answer = server.ask("many.elsewhere.net", use_edns=0, payload=4096)
    assert (bool(answer.flags & dns.flags.TC), len(answer.answer[0])) == (False, 200)


def test_a_client_that_takes_less_is_sent_to_tcp(server):
    answer = server.ask("many.elsewhere.net")
    assert (bool(answer.flags & dns.flags.TC), answer.answer) == (True, [])
    assert len(server.ask("many.elsewhere.net", tcp=True).answer[0]) == 200


def test_who_does_not_want_recursion_is_refused(server):
    assert server.ask("web.elsewhere.net", flags=0).rcode() == dns.rcode.REFUSED
    assert server.ask("sqs.us-east-1.amazonaws.com", flags=0).rcode() == dns.rcode.NOERROR


def test_the_upstream_gets_a_query_of_our_own(serve):
    with upstream_that(lambda query: [answer_to(query).to_wire()]) as scripted:
        server = serve(VIEW, upstream=Upstream("127.0.0.1", scripted.port))
        server.ask("a.example.net", use_edns=0, want_dnssec=True, options=[dns.edns.GenericOption(10, b"cookie!!")])
        server.ask("B.example.net", "HTTPS")
    first, second = scripted.queries
    assert (first.edns, first.payload, first.options, first.ednsflags) == (0, 1232, (), dns.flags.DO)
    assert (second.edns, second.question[0].to_text()) == (-1, "B.example.net. IN HTTPS")
    assert all(query.flags & dns.flags.RD and query.opcode() == dns.opcode.QUERY for query in scripted.queries)


def test_answers_that_are_not_to_the_query_are_ignored(serve):
    def forge_first(query):
        forged = answer_to(query, "a.example.net. 60 IN A 6.6.6.6")
        forged.id ^= 1
        other = answer_to(dns.message.make_query("b.example.net", "A", id=query.id), "b.example.net. 60 IN A 6.6.6.6")
        honest = answer_to(query, "a.example.net. 60 IN A 198.51.100.7")
        return [b"", b"garbage", forged.to_wire(), other.to_wire(), query.to_wire(), honest.to_wire()]

    with upstream_that(forge_first) as scripted:
        server = serve(VIEW, upstream=Upstream("127.0.0.1", scripted.port))
        assert values(server.ask("a.example.net")) == ["198.51.100.7"]


def test_an_upstream_that_is_silent_is_a_server_failure(serve, caplog):
    with upstream_that(lambda query: []) as scripted:
        server = serve(VIEW, upstream=Upstream("127.0.0.1", scripted.port, timeout=0.05))
        answer = server.ask("a.example.net", use_edns=0)
    assert (answer.rcode(), answer.edns) == (dns.rcode.SERVFAIL, 0)
    assert f"a.example.net. A was not answered: 127.0.0.1 port {scripted.port}: no answer in time" in caplog.text


def test_an_upstream_that_is_not_there_is_a_server_failure_at_once(serve):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = serve(VIEW, upstream=Upstream("127.0.0.1", port, timeout=60))
    assert server.ask("a.example.net").rcode() == dns.rcode.SERVFAIL


def test_an_upstream_that_truncates_and_does_not_speak_tcp_is_a_server_failure(serve):
    with upstream_that(lambda query: [answer_to(query, flags=dns.flags.TC).to_wire()]) as scripted:
        server = serve(VIEW, upstream=Upstream("127.0.0.1", scripted.port, timeout=2))
        assert server.ask("a.example.net").rcode() == dns.rcode.SERVFAIL


def test_an_answer_that_cannot_be_read_is_a_server_failure(serve):
    def cut(query):
        return [answer_to(query, "a.example.net. 60 IN A 198.51.100.7").to_wire()[:-2]]

    with upstream_that(cut) as scripted:
        server = serve(VIEW, upstream=Upstream("127.0.0.1", scripted.port))
        assert server.ask("a.example.net").rcode() == dns.rcode.SERVFAIL


def test_records_of_types_unknown_here_pass_through_unchanged(serve):
    records = ("a.example.net. 60 IN TYPE4711 \\# 4 deadbeef", 'a.example.net. 60 IN HTTPS 1 . alpn="h2"')
    with upstream_that(lambda query: [answer_to(query, *records).to_wire()]) as scripted:
        server = serve(VIEW, upstream=Upstream("127.0.0.1", scripted.port))
        assert values(server.ask("a.example.net", "ANY")) == ['1 . alpn="h2"', "\\# 4 deadbeef"]


def test_an_extended_response_code_of_the_upstream_is_a_server_failure(serve):
    def bad_cookie(query):
        return [answer_to(query, rcode=dns.rcode.BADCOOKIE).to_wire()]

    with upstream_that(bad_cookie) as scripted:
        server = serve(VIEW, upstream=Upstream("127.0.0.1", scripted.port))
        assert server.ask("a.example.net", use_edns=0).rcode() == dns.rcode.SERVFAIL


def test_forwarded_queries_are_reported_with_what_the_upstream_said(serve, internet):
    seen: list[QueryRecord] = []
    server = serve(VIEW, upstream=Upstream("127.0.0.1", internet.address[1]), on_query=seen.append)
    for name in ("mail.elsewhere.net", "www.corp.example", "no.elsewhere.net"):
        server.ask(name, "MX")
    assert [(r.question.name, r.rcode, [record.value for record in r.records], r.forwarded) for r in seen] == [
        ("mail.elsewhere.net", 0, ["10 mx.elsewhere.net."], True),
        ("www.corp.example", 0, ["web.elsewhere.net"], True),
        ("no.elsewhere.net", 3, [], True),
    ]


def test_a_failed_upstream_is_reported_as_a_server_failure(serve):
    seen: list[QueryRecord] = []
    with upstream_that(lambda query: []) as scripted:
        server = serve(VIEW, upstream=Upstream("127.0.0.1", scripted.port, timeout=0.05), on_query=seen.append)
        server.ask("a.example.net")
    assert [(r.rcode, r.records, r.forwarded) for r in seen] == [(dns.rcode.SERVFAIL, (), True)]


def test_stopping_does_not_wait_for_the_upstream(serve):
    with upstream_that(lambda query: []) as scripted:
        server = serve(VIEW, upstream=Upstream("127.0.0.1", scripted.port, timeout=60))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client, server.connect() as stream:
            packet = dns.message.make_query("a.example.net", "A").to_wire()
            client.sendto(packet, server.address)
            stream.sendall(len(packet).to_bytes(2) + packet)
            server.ask("sqs.us-east-1.amazonaws.com", tcp=True)
            server.call(server.server.stop())


def test_an_upstream_is_an_address():
    with pytest.raises(ValueError, match=r"'resolver\.example' is not an IP address"):
        Upstream("resolver.example")
