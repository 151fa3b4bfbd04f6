"""Cold start: from starting the process to the first successful S3 call."""

import time
from collections.abc import Iterator, Sequence
from functools import partial

from benchmarks.load import UnexpectedAnswer, ask_once
from benchmarks.perimeter import OWNER
from benchmarks.report import Measurement, Samples
from benchmarks.servers import PATIENCE, Program, free_port, running
from benchmarks.signed_requests import client, wire

PAUSE = 0.005  # seconds between attempts to call


def one_round(programs: Sequence[Program], results: Samples) -> Iterator[Measurement]:
    """Yield the measurements of one round: a start of each program, in seconds."""
    for program in programs:
        yield f"cold start: {program.name}", partial(_measure, program, results.setdefault(program.name, []))


def _measure(program: Program, samples: list[float]) -> None:
    samples.append(_seconds_to_first_call(program))


def _seconds_to_first_call(program: Program) -> float:
    port = free_port()
    request = wire(client("s3", f"http://127.0.0.1:{port}", OWNER), "create_bucket", Bucket="first-call")
    start = time.perf_counter()
    with running(program, port) as process:
        while time.perf_counter() < start + PATIENCE and process.poll() is None:
            try:
                ask_once(("127.0.0.1", port), [request])
            except (OSError, UnexpectedAnswer):
                time.sleep(PAUSE)
            else:
                return time.perf_counter() - start
    message = f"{program.name} answered no S3 call within {PATIENCE} seconds"
    raise RuntimeError(message)
