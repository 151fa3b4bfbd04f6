"""A resolver that is turned off does not answer, and answers again when it is turned on."""

import asyncio

import dns.exception
import dns.message
import dns.query
import pytest

from vpce_dns import DnsServer, RecordSet, RecordType, View

VIEW = View("app", {"a.example": (RecordSet(RecordType.A, 60, ("192.0.2.1",)),)}, frozenset({"example"}))


async def test_a_view_of_none_is_silence():
    views = [None]
    async with DnsServer(lambda: views[0]) as server:
        host, port = server.address
        query = dns.message.make_query("a.example", "A")
        with pytest.raises(dns.exception.Timeout):
            await asyncio.to_thread(dns.query.udp, query, host, 0.2, port)
        views[0] = VIEW
        answer = await asyncio.to_thread(dns.query.udp, query, host, 5, port)
    assert [str(record) for record in answer.answer[0]] == ["192.0.2.1"]
