"""What is measured, in which order, and how it is compared."""

import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from benchmarks import dns, large_network, startup, throughput, transfers, uploads
from benchmarks.load import address_of, requests_per_second
from benchmarks.perimeter import APPLICATION
from benchmarks.report import Measurement, Samples, Table, at_least, at_most, median_ratio
from benchmarks.servers import MINISTACK, MOTO_SERVER, OURS, PASS_THROUGH, Program, Side, listening, programs
from benchmarks.signed_requests import put_objects
from benchmarks.transfers import AS_ONE, IN_PARTS, Transfers

INSTANT = Program("a server that answers at once", lambda port: [sys.executable, "-m", "benchmarks.instant", str(port)])

DNSLIB = "dnslib"
DNSMASQ = "dnsmasq"

WARM_UP = 0.1  # seconds for each side and operation, before the rounds that count

CALLS_TARGET = 2.5  # times moto_server
ENFORCEMENT_TARGET = 15.0  # per cent of the pass-through's rate
DNS_TARGET = 5.0  # times a dnslib server that parses and packs each query
START_TARGET = 2.0  # seconds
LARGER_START_TARGET = 5.0  # seconds more than the built-in network's
CHANGE_TARGET = 0.1  # seconds
LARGER_DNS_TARGET = 0.9  # times the built-in network's rate
UPLOAD_TARGET = 3.0  # times the plain PUT
TRANSFER_TARGET = 5.0  # times as fast as moto_server
MEMORY_TARGET = 2.2  # times the object's size


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured.

    Attributes:
        rounds: of calls and of starts; a result is the median over them.
        seconds: for which one side is asked, in one round.
        uploads: rounds of uploads, of which some sides need many seconds for one.
    """

    rounds: int
    seconds: float
    uploads: int


@dataclass(frozen=True, slots=True)
class Results:
    """Every sample of a run."""

    calls: dict[throughput.Cell, Samples] = field(default_factory=lambda: defaultdict(dict))
    generator: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    uploads: dict[str, Samples] = field(default_factory=lambda: defaultdict(dict))
    transfers: Transfers = field(default_factory=Transfers)
    queries: dict[str, float] = field(default_factory=dict)
    starts: Samples = field(default_factory=dict)
    scale: large_network.Scale = field(default_factory=large_network.Scale)


def plan(sides: Sequence[Side], effort: Effort, results: Results) -> list[Measurement]:
    """Return every measurement in order. The sides of a round take turns, so that what disturbs one disturbs all."""
    rounds = range(effort.rounds)
    return [
        ("DNS queries", partial(_measure_queries, effort, results.queries)),
        *[one for _ in rounds for one in _generator_round(effort.seconds, results.generator)],
        *throughput.one_round(sides, WARM_UP, defaultdict(dict)),
        *[one for _ in rounds for one in throughput.one_round(sides, effort.seconds, results.calls)],
        *[one for _ in range(effort.uploads) for one in uploads.one_round(sides, results.uploads)],
        *[one for _ in range(effort.uploads) for one in transfers.one_round(sides, IN_PARTS, results.transfers)],
        # Once: of moto_server it takes most of a minute.
        *transfers.one_round(sides, AS_ONE, results.transfers),
        *[one for _ in rounds for one in startup.one_round(programs(), results.starts)],
        *[one for _ in range(effort.uploads) for one in large_network.one_round(results.scale)],
    ]


def _generator_round(seconds: float, results: dict[int, list[float]]) -> Iterator[Measurement]:
    for connections in throughput.CONNECTIONS:
        yield (
            f"the load generator, {connections} at a time",
            partial(_measure_generator, connections, seconds, results[connections]),
        )


def _measure_generator(connections: int, seconds: float, samples: list[float]) -> None:
    with listening(INSTANT) as side:
        requests = put_objects(side.url, APPLICATION)
        samples.append(requests_per_second(address_of(side.url), requests, connections, seconds))


def _measure_queries(effort: Effort, rates: dict[str, float]) -> None:
    rates.update(dns.measure(effort.rounds * effort.seconds))


def tables(results: Results, effort: Effort) -> tuple[Table, ...]:
    """Return the comparison, each ratio with its target beside it."""
    return (
        _calls(results, effort),
        _uploads(results),
        _transfers(results),
        _queries(results),
        _starts(results),
        _scale(results),
    )


def _calls(results: Results, effort: Effort) -> Table:
    sides = next(iter(results.calls.values()))
    others = [MINISTACK] if MINISTACK in sides else []
    rows = []
    for (operation, connections), samples in results.calls.items():
        rates = [f"{statistics.median(samples[side]):,.0f}" for side in sides]
        enforced, passed = samples[OURS], samples[PASS_THROUGH]
        versus = at_least(median_ratio(enforced, samples[MOTO_SERVER]), CALLS_TARGET)
        cost = at_most(100 * (1 - median_ratio(enforced, passed)), ENFORCEMENT_TARGET, " %")
        ratios = [f"{median_ratio(enforced, samples[side]):.2f}x" for side in others]
        rows.append((operation, str(connections), *rates, versus, *ratios, cost))
    limits = ", ".join(f"{statistics.median(rates):,.0f} at {n}" for n, rates in results.generator.items())
    return Table(
        "S3 and DynamoDB calls",
        f"Requests per second, the median of {effort.rounds} rounds of {effort.seconds:g} s. Requests are boto3's own, "
        f"signed, 1 KB objects and small items, at 1 and 8 connections, kept alive where the server does "
        f"(moto_server closes them). The emulator is called at the door of a client in a private subnet; it verifies "
        f"signatures with enforcement off too, and with it on evaluates an identity policy, the gateway endpoint's "
        f"policy and, for S3, a bucket policy on aws:SourceVpce. "
        f"Ratios are of {OURS}. The load generator itself reaches {limits}.",
        ("operation", "conn.", *sides, f"to {MOTO_SERVER}", *(f"to {side}" for side in others), "cost of enforcement"),
        tuple(rows),
    )


def _uploads(results: Results) -> Table:
    plain, chunked = results.uploads[uploads.PLAIN], results.uploads[uploads.CHUNKED]
    rows = []
    for side in plain:
        ratio = median_ratio(chunked[side], plain[side])
        compared = at_most(ratio, UPLOAD_TARGET, "x") if side in (OURS, PASS_THROUGH) else f"{ratio:.2f}x"
        rows.append((side, _seconds(plain[side]), _seconds(chunked[side]), compared))
    return Table(
        "A 64 MiB upload",
        "Seconds. The plain PUT has neither a signed payload nor a checksum; the other comes in 64 KiB aws-chunks with "
        "a CRC32 in the trailer.",
        ("side", uploads.PLAIN, uploads.CHUNKED, "chunked to plain"),
        tuple(rows),
    )


def _transfers(results: Results) -> Table:
    rows = []
    for way, seconds in results.transfers.seconds.items():
        for side, samples in seconds.items():
            ratio, size = median_ratio(seconds[MOTO_SERVER], samples), max(results.transfers.memory[way][side])
            ours = side in (OURS, PASS_THROUGH)
            faster = at_least(ratio, TRANSFER_TARGET) if ours and way == AS_ONE else f"{ratio:.2f}x"
            most = at_most(size, MEMORY_TARGET, "x") if ours else f"{size:.2f}x"
            rows.append((way, side, _seconds(samples), faster, most))
    return Table(
        "A 256 MiB upload by boto3's transfer manager",
        "Seconds, and the highest resident set during an upload over the one before it, in times the object's size. "
        "Parts are 8 MiB, ten at a time; boto3's own aws-chunks are of 1 MiB, with a CRC32 in the trailer. The seconds "
        "are the client's too, which alone needs about half of vpce's.",
        ("way", "side", "upload", f"speed to {MOTO_SERVER}", "memory, at most"),
        tuple(rows),
    )


def _queries(results: Results) -> Table:
    rates = results.queries
    rows = []
    for side, rate in rates.items():
        ratio = rate / rates[DNSLIB]
        compared = at_least(ratio, DNS_TARGET) if side.startswith(OURS) else f"{ratio:.2f}x"
        rows.append((side, f"{rate:,.0f}", compared, *(f"{rate / rates[one]:.2f}x" for one in rates if one == DNSMASQ)))
    return Table(
        "DNS",
        f"Queries per second over UDP, 32 in flight, A and AAAA of endpoint names. {DNSLIB} is a server that "
        "parses and packs every message with it.",
        ("side", "queries/s", f"to {DNSLIB}", *(f"to {one}" for one in rates if one == DNSMASQ)),
        tuple(rows),
    )


def _starts(results: Results) -> Table:
    rows = []
    for side, seconds in results.starts.items():
        target = at_most(statistics.median(seconds), START_TARGET, " s") if side == OURS else _seconds(seconds)
        rows.append((side, target, f"{median_ratio(seconds, results.starts[OURS]):.2f}x"))
    return Table(
        "Cold start",
        f"Seconds from starting the process to the first S3 call that succeeds; of {OURS}, on the internet door, with "
        "the built-in topology.",
        ("side", "seconds", f"of {OURS}'s"),
        tuple(rows),
    )


def _scale(results: Results) -> Table:
    small, large = large_network.BUILT_IN, large_network.LARGE
    scale = results.scale
    changes = (scale.rules, scale.endpoints, scale.records)
    longer = statistics.median(scale.starts[large]) - statistics.median(scale.starts[small])
    speed = at_least(median_ratio(scale.queries[large], scale.queries[small]), LARGER_DNS_TARGET)
    return Table(
        "A large network",
        "Seconds until it is ready; from the start of a call that takes a security group's rule away until a path "
        "knows it, that makes an endpoint until its private name leads to it, and that puts a record in a private "
        "hosted zone until it is answered; and DNS queries per second to the resolver of a VPC, about every name of "
        "the network that it knows. Of the large one's start, how much longer than the built-in one's it takes.",
        ("network", "start", "rule", "endpoint", "record", "queries/s", "to the built-in one"),
        (
            (
                small,
                *(_seconds(each[small]) for each in (scale.starts, *changes)),
                f"{statistics.median(scale.queries[small]):,.0f}",
                "1.00x",
            ),
            (
                large,
                at_most(longer, LARGER_START_TARGET, " s"),
                *(at_most(statistics.median(each[large]), CHANGE_TARGET, " s") for each in changes),
                f"{statistics.median(scale.queries[large]):,.0f}",
                speed,
            ),
        ),
    )


def _seconds(samples: Sequence[float]) -> str:
    return f"{statistics.median(samples):.2f} s"
