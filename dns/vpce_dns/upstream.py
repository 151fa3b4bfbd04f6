"""Another resolver, asked for what a view does not own."""

import asyncio
import ipaddress
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass

from vpce_dns.query import TC, TCP_PAYLOAD, MalformedMessage, is_query, question_length, read_header


class UpstreamError(Exception):
    """The upstream did not answer in time, refused the connection, or hung up."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """A recursive resolver.

    Every query has a socket, and so a source port, and an id of its own, as RFC 5452 asks of resolvers.

    Attributes:
        host: Its IP address.
        port: Its port.
        timeout: Seconds for one question, the second try over TCP included.

    Raises:
        ValueError: `host` is not an IP address: a resolver's name could not be resolved without one.
    """

    host: str
    port: int = 53
    timeout: float = 2.0

    def __post_init__(self) -> None:
        try:
            ipaddress.ip_address(self.host)
        except ValueError as error:
            raise ValueError(f"the upstream {self.host!r} is not an IP address") from error

    async def ask(self, write_query: Callable[[int], bytes]) -> bytes:
        """Ask over UDP, and again over TCP if the answer is truncated (RFC 1035 section 4.2.2, RFC 7766 section 5).

        Args:
            write_query: Makes the query with the id given.

        Returns:
            The upstream's whole answer, to the question asked.

        Raises:
            UpstreamError: There is none.
        """
        query = write_query(secrets.randbelow(0x10000))
        try:
            async with asyncio.timeout(self.timeout):
                answer = await self._ask_over_udp(query)
                return await self._ask_over_tcp(query) if read_header(answer)[0] & TC else answer
        except (OSError, EOFError) as error:
            raise UpstreamError(f"{self.host} port {self.port}: {str(error) or 'no answer in time'}") from error

    async def _ask_over_udp(self, query: bytes) -> bytes:
        loop = asyncio.get_running_loop()
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as datagrams:
            datagrams.setblocking(False)
            # Connected, so that only the upstream's packets arrive, and that nobody listens there is told.
            datagrams.connect((self.host, self.port))
            await loop.sock_sendall(datagrams, query)
            while True:
                answer = await loop.sock_recv(datagrams, TCP_PAYLOAD)
                if _answers(query, answer):
                    return answer

    async def _ask_over_tcp(self, query: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(len(query).to_bytes(2) + query)
            answer = await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
        finally:
            writer.transport.abort()
        if not _answers(query, answer):
            raise OSError("the answer over TCP is to something else")
        return answer


def _answers(query: bytes, packet: bytes) -> bool:
    """Tell whether a packet has the query's id and question and is a response (RFC 5452 section 9.1)."""
    try:
        end = 12 + question_length(packet)
        _, questions, *_ = read_header(packet)
    except MalformedMessage:
        return False
    same_question = questions == 1 and packet[12:end].lower() == query[12 : 12 + question_length(query)].lower()
    return same_question and packet[:2] == query[:2] and not is_query(packet)
