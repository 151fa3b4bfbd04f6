"""DNS queries per second: this server, dnslib alone, and dnsmasq, one after the other on the same questions.

Run as a program it prints a table; `measure` returns the numbers. Every server and the load generator is a process of
its own. The questions are those of stub resolvers: A and AAAA in turn for endpoint names with three addresses each,
32 in flight over UDP on loopback. Each side is first asked every question once, and must answer it right.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import itertools
import shutil
import socket
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from time import monotonic

import dnslib

ADDRESSES = ("10.0.1.10", "10.0.2.10", "10.0.3.10")
SERVICES = ("sqs", "sns", "kms", "ssm", "logs", "monitoring", "secretsmanager", "sts", "lambda", "ecs")
NAMES = tuple(f"vpce-0123456789abcdef0-abcd1234.{service}.us-east-1.vpce.amazonaws.com" for service in SERVICES)
IN_FLIGHT = 32
ROUNDS = 3
START_SECONDS = 10.0


def questions(names: Iterable[str]) -> list[bytes]:
    """Return the queries of the load, as packets."""
    return [dnslib.DNSRecord.question(name, record_type).pack() for name in names for record_type in ("A", "AAAA")]


# The sides ------------------------------------------------------------------------------------------------------------


class NaiveProtocol(asyncio.DatagramProtocol):
    """What one writes in an afternoon: dnslib reads and writes every packet."""

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        request = dnslib.DNSRecord.parse(data)
        reply = request.reply(ra=1, aa=0)
        name = str(request.q.qname).rstrip(".").lower()
        if name not in NAMES:
            reply.header.rcode = dnslib.RCODE.NXDOMAIN
        elif request.q.qtype == dnslib.QTYPE.A:
            for address in ADDRESSES:
                reply.add_answer(dnslib.RR(request.q.qname, dnslib.QTYPE.A, ttl=60, rdata=dnslib.A(address)))
        self.transport.sendto(reply.pack(), addr)


async def serve_naively(port: int) -> None:
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(NaiveProtocol, local_addr=("127.0.0.1", port))
    await asyncio.Event().wait()


async def serve_ours(port: int) -> None:
    from vpce_dns import DnsServer, RecordSet, RecordType, View  # noqa: PLC0415 - not for the other sides

    addresses = RecordSet(RecordType.A, 60, ADDRESSES)
    view = View("app", dict.fromkeys(NAMES, (addresses,)), frozenset(NAMES))
    async with DnsServer(lambda: view, port=port):
        await asyncio.Event().wait()


def serve(side: str, port: int) -> None:
    """Serve one of our sides until killed."""
    serving = serve_naively(port) if side == "dnslib" else serve_ours(port)
    if side == "vpce_dns (uvloop)":
        import uvloop  # noqa: PLC0415 - not everywhere

        uvloop.run(serving)
    else:
        asyncio.run(serving)


def python_side(side: str) -> Callable[[int], list[str]]:
    return lambda port: [sys.executable, __file__, "serve", side, str(port)]


def dnsmasq_command(port: int) -> list[str]:
    options = ["--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file=", "--user="]
    options += ["--local=/amazonaws.com/"]  # nobody else to ask: AAAA is NODATA
    options += [f"--port={port}", "--listen-address=127.0.0.1", "--bind-interfaces", "--local-ttl=60"]
    options += [f"--host-record={name},{address}" for name in NAMES for address in ADDRESSES]
    return ["dnsmasq", *options]


def sides() -> dict[str, Callable[[int], list[str]]]:
    """Return the sides that can run here, and the command that serves each on a port."""
    found = {side: python_side(side) for side in ("dnslib", "vpce_dns (asyncio)")}
    if importlib.util.find_spec("uvloop"):
        found["vpce_dns (uvloop)"] = python_side("vpce_dns (uvloop)")
    if shutil.which("dnsmasq"):
        found["dnsmasq"] = dnsmasq_command
    return found


# The load -------------------------------------------------------------------------------------------------------------


def load(port: int, seconds: float, names: Iterable[str]) -> float:
    """Keep queries in flight for so long, and return the answers per second."""
    packets = itertools.cycle(questions(names))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", port))
        client.settimeout(0.5)
        send, receive = client.send, client.recv
        answered, begin = 0, monotonic()
        send_some(send, packets)
        while monotonic() < begin + seconds:
            try:
                for _ in range(256):
                    receive(4096)
                    send(next(packets))
                    answered += 1
            except TimeoutError:
                send_some(send, packets)
        return answered / (monotonic() - begin)


def send_some(send: Callable[[bytes], int], packets: Iterator[bytes]) -> None:
    for packet in itertools.islice(packets, IN_FLIGHT):
        send(packet)


def check(port: int) -> None:
    """Wait until the server answers, and see that it answers right."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", port))
        client.settimeout(0.2)
        for packet in questions(NAMES):
            answer = dnslib.DNSRecord.parse(ask_until_answered(client, packet))
            expected = ADDRESSES if answer.q.qtype == dnslib.QTYPE.A else ()
            found = sorted(str(record.rdata) for record in answer.rr)
            if answer.header.rcode != dnslib.RCODE.NOERROR or found != list(expected):
                raise RuntimeError(f"port {port} answers {answer.q} with {found}")


def ask_until_answered(client: socket.socket, packet: bytes) -> bytes:
    deadline = monotonic() + START_SECONDS
    while monotonic() < deadline:
        with contextlib.suppress(TimeoutError, ConnectionRefusedError):
            client.send(packet)
            while (answer := client.recv(4096))[:2] != packet[:2]:
                pass
            return answer
    raise RuntimeError(f"no answer in {START_SECONDS} seconds")


@contextlib.contextmanager
def running(command: list[str]) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """Return a port that is free for TCP and for UDP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = int(tcp.getsockname()[1])
            try:
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def one_round(command: Callable[[int], list[str]], seconds: float) -> float:
    port = free_port()
    with running(command(port)):
        check(port)
        return rate(port, NAMES, seconds)


def rate(port: int, names: Iterable[str], seconds: float) -> float:
    """Return the queries per second that a running server answers about names, asked by a process of its own."""
    generator = [sys.executable, __file__, "load", str(port), str(seconds)]
    asked = "\n".join(names).encode()
    found = subprocess.run(generator, input=asked, check=True, capture_output=True, timeout=seconds + 30)
    return float(found.stdout)


def measure(seconds: float) -> dict[str, float]:
    """Return the queries per second of each side: the median of three rounds that share `seconds`, taken in turn."""
    found: dict[str, list[float]] = {side: [] for side in sides()}
    for _ in range(ROUNDS):
        for side, command in sides().items():
            found[side].append(one_round(command, seconds / ROUNDS))
    return {side: statistics.median(rates) for side, rates in found.items()}


def main() -> None:
    """Print the queries per second of each side, and how many times dnslib's that is."""
    rates = measure(6.0)
    for side, rate in rates.items():
        print(f"{side:20} {rate:10,.0f} queries/s {rate / rates['dnslib']:6.1f} x dnslib")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", side, port]:
            serve(side, int(port))
        case ["load", port, seconds]:
            print(load(int(port), float(seconds), sys.stdin.read().split()))
        case _:
            main()
