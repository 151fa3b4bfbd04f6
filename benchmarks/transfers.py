"""A 256 MiB upload by boto3's transfer manager, in aws-chunks with a trailer: in parts of 8 MiB, and as one PUT.

Memory is the highest resident set of the server's process during the upload over the one before it, as Linux counts it.
"""

import io
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config

from benchmarks.perimeter import APPLICATION, BUCKET, OWNER
from benchmarks.report import Measurement, Samples
from benchmarks.servers import Side
from benchmarks.signed_requests import client

SIZE = 256 * 1024 * 1024
KEY = "transfer"
IN_PARTS, AS_ONE = "in parts", "as one PUT"
# The size from which on boto3's transfer manager sends an object in parts, by the way that follows from it.
WAYS = {IN_PARTS: 8 * 1024 * 1024, AS_ONE: 2 * SIZE}


@dataclass(frozen=True, slots=True)
class Transfers:
    """The samples of uploads, by way and side: seconds, and the memory that they took, in times the object's size."""

    seconds: dict[str, Samples] = field(default_factory=lambda: defaultdict(dict))
    memory: dict[str, Samples] = field(default_factory=lambda: defaultdict(dict))


def one_round(sides: Sequence[Side], way: str, results: Transfers) -> Iterator[Measurement]:
    """Yield the measurements of one round: an upload to each side, in one of the `WAYS`."""
    for side in sides:
        seconds = results.seconds[way].setdefault(side.name, [])
        memory = results.memory[way].setdefault(side.name, [])
        yield f"256 MiB, {way}: {side.name}", partial(_measure, side, WAYS[way], seconds, memory)


def _measure(side: Side, threshold: int, seconds: list[float], memory: list[float]) -> None:
    s3 = client("s3", side.url.replace("http://", "https://"), APPLICATION, Config(read_timeout=600))
    s3.meta.events.register("before-send.s3", _without_tls)
    content = io.BytesIO(bytes(range(256)) * (SIZE // 256))
    before = _resident(side.process_id, "VmRSS")
    _forget_the_highest(side.process_id)
    start = time.perf_counter()
    s3.upload_fileobj(content, BUCKET, KEY, Config=TransferConfig(multipart_threshold=threshold))
    seconds.append(time.perf_counter() - start)
    memory.append((_resident(side.process_id, "VmHWM") - before) / SIZE)
    client("s3", side.owner_url, OWNER).delete_object(Bucket=BUCKET, Key=KEY)


def _without_tls(request: AWSPreparedRequest, **_: Any) -> None:
    """Send over plain HTTP what was made for TLS: the scheme is no part of a signature."""
    request.url = request.url.replace("https://", "http://")


def _resident(process_id: int, which: str) -> int:
    """Return bytes of a process's resident set; 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{which}:")), 0)


def _forget_the_highest(process_id: int) -> None:
    """Have the kernel begin anew with the highest resident set (proc_pid_clear_refs(5))."""
    with suppress(OSError):
        Path(f"/proc/{process_id}/clear_refs").write_text("5")
