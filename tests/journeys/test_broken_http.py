"""What is no HTTP, or breaks off, is answered in AWS's form or not at all, and leaves no traceback in the log."""

import re
import socket
import time

import pytest

BROKEN = {
    "no HTTP at all": b"\x00\x01\x02 garbage\r\n\r\n",
    "an unknown method": b"BREW /pot HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "two Hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a version that is none": b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    "HTTP/2 without asking": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nHost: localhost\r\nnocolon\r\n\r\n",
    "a header name with a space": b"GET / HTTP/1.1\r\nHost: localhost\r\na b: c\r\n\r\n",
    "control characters in a header": b"GET / HTTP/1.1\r\nHost: localhost\r\na: \x00\x01\r\n\r\n",
    "a header of 100 KB": b"GET / HTTP/1.1\r\nHost: localhost\r\na: " + b"x" * 100_000 + b"\r\n\r\n",
    "a target of 100 KB": b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a target that is no URI": b"GET * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a negative Content-Length": b"PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    "a Content-Length in words": b"PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: ten\r\n\r\n",
    "an absurd Content-Length": b"PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + b"9" * 23 + b"\r\n\r\n",
    "two Content-Lengths": b"PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "an unknown Transfer-Encoding": b"PUT /b/k HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: bogus\r\n\r\n",
    "both framings": b"PUT /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "a chunk size that is no number": b"PUT /b/k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
}


@pytest.fixture
def emulator(vpce, vpce_server):
    """The emulator; after the test it still answers, and has no traceback in its log."""
    before = len(vpce_server.log())
    yield vpce
    vpce.client("s3").list_buckets()
    assert "Traceback" not in vpce_server.log()[before:]


@pytest.mark.parametrize("sent", BROKEN.values(), ids=BROKEN)
def test_a_request_that_breaks_http_is_refused_in_the_form_of_s3(emulator, exchange, sent):
    answer = exchange(emulator.url(), sent)
    # It names neither the software nor what it read.
    told = re.fullmatch(
        rb'<\?xml version="1\.0" encoding="UTF-8"\?>\n<Error><Code>BadRequest</Code>'
        rb"<Message>An error occurred when parsing the HTTP request\.</Message>"
        rb"<RequestId>([0-9A-F]{16})</RequestId><HostId>[^<]+</HostId></Error>",
        answer.body,
    )
    assert answer.status == 400
    assert told, answer.body
    assert answer.headers["x-amz-request-id"] == told[1].decode()
    assert answer.headers["Server"] == "AmazonS3"


def test_a_blocked_call_is_told_once_and_in_words(emulator, vpce_server):
    before = len(vpce_server.log())
    with emulator.denied(by="network"):
        emulator.client("s3", at="isolated").list_buckets()
    told = vpce_server.log()[before:]
    assert told.count("blocked s3") == 1
    assert "no route" in told


def test_a_client_that_leaves_in_the_middle_of_a_body_is_let_go(emulator, dial):
    connection = dial(emulator.url())
    connection.sendall(
        b"POST / HTTP/1.1\r\nHost: dynamodb.us-east-1.amazonaws.com\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\n"
        b"Content-Length: 10\r\n\r\n{"
    )
    connection.close()


GET = b"GET /no-such-bucket/k HTTP/1.1\r\nHost: localhost\r\n\r\n"
PUT = b"PUT /no-such-bucket/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"
DESCRIBED = (
    b"POST / HTTP/1.1\r\nHost: dynamodb.us-east-1.amazonaws.com\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\n"
    b"Content-Length: 2\r\n\r\n{}"
)


@pytest.mark.parametrize(
    ("sent", "statuses"), [(GET, [404]), (PUT, [404]), (DESCRIBED, [400]), (GET + GET + DESCRIBED, [404, 404, 400])]
)
def test_a_client_that_closes_its_side_behind_its_request_is_answered(emulator, dial, sent, statuses):
    connection = dial(emulator.url())
    connection.sendall(sent)
    connection.shutdown(socket.SHUT_WR)
    received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+)", received)] == statuses


@pytest.mark.parametrize("sent", [b"", b"GET / HT", DESCRIBED[:-1]])
def test_a_client_that_closes_its_side_too_early_is_not_waited_for(emulator, dial, read_response, sent):
    connection = dial(emulator.url())
    connection.sendall(sent)
    connection.shutdown(socket.SHUT_WR)
    assert read_response(connection) is None


@pytest.mark.parametrize("target", ["/_vpce/decisions?since=%C2%B2", "/_vpce/decisions?since=" + "9" * 5000])
def test_a_number_that_is_none_is_refused_by_the_admin_api(emulator, exchange, target):
    sent = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    assert exchange(emulator.url(), sent).status == 400


@pytest.mark.parametrize("host", ["a:zz", "a:99999999"])
def test_a_host_that_is_none_is_refused_by_the_admin_api(emulator, exchange, host):
    sent = f"GET /_vpce/endpoints HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    assert exchange(emulator.url(), sent).status == 400


def _rule(rule):
    head = f"POST /_vpce/faults HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(rule)}\r\n\r\n"
    return head.encode() + rule


def test_a_fault_rule_may_arrive_in_pieces(emulator, dial, read_response):
    sent = _rule(b'{"throttle": true, "service": "sqs", "operation": "PurgeQueue"}')
    connection = dial(emulator.url())
    connection.sendall(sent[:-10])
    time.sleep(0.1)
    connection.sendall(sent[-10:])
    assert read_response(connection).status == 200


@pytest.mark.parametrize("rule", [b"[" * 60_000, b"{" + b" " * 70_000], ids=["deep", "large"])
def test_what_is_no_fault_rule_is_refused_by_the_admin_api(emulator, exchange, rule):
    assert exchange(emulator.url(), _rule(rule)).status == 400
