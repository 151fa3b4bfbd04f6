"""S3 and DynamoDB calls a second, side by side."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from benchmarks import signed_requests
from benchmarks.load import address_of, requests_per_second
from benchmarks.perimeter import APPLICATION
from benchmarks.report import Measurement, Samples
from benchmarks.servers import Side

OPERATIONS: dict[str, Callable[[str, tuple[str, str]], list[bytes]]] = {
    "S3 PUT 1 KB": signed_requests.put_objects,
    "S3 GET 1 KB": signed_requests.get_objects,
    "DynamoDB PutItem": signed_requests.put_items,
    "DynamoDB GetItem": signed_requests.get_items,
}
CONNECTIONS = (1, 8)

Cell = tuple[str, int]  # operation, connections


def one_round(sides: Sequence[Side], seconds: float, results: dict[Cell, Samples]) -> Iterator[Measurement]:
    """Yield the measurements of one round: each cell on one side after the other, in requests per second."""
    for operation in OPERATIONS:
        for connections in CONNECTIONS:
            for side in sides:
                samples = results[operation, connections].setdefault(side.name, [])
                yield (
                    f"{operation}, {connections} at a time: {side.name}",
                    partial(_measure, operation, connections, side, seconds, samples),
                )


def _measure(operation: str, connections: int, side: Side, seconds: float, samples: list[float]) -> None:
    # Signed anew each time: a signature is good for fifteen minutes.
    requests = OPERATIONS[operation](side.url, APPLICATION)
    samples.append(requests_per_second(address_of(side.url), requests, connections, seconds))
