"""The sides of the comparison: each a server process on this machine, with a bucket and a table to work on."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from tempfile import TemporaryDirectory

from botocore.exceptions import ClientError

from benchmarks.load import address_of, ask_once
from benchmarks.perimeter import APPLICATION, BUCKET, BUCKET_POLICY, CLIENT, OWNER, TABLE, TOPOLOGY
from benchmarks.signed_requests import client, put_items, put_objects
from vpce_emulator.process import EmulatorProcess

PATIENCE = 60  # seconds that a server may take to start

MOTO_SERVER = "moto_server"
MINISTACK = "MiniStack"
OURS = "vpce"
PASS_THROUGH = "vpce, enforcement off"


@dataclass(frozen=True, slots=True)
class Program:
    """How a server is started.

    Attributes:
        name: of the side.
        command: for a port of 127.0.0.1.
        environment: beside this process's own, for a port.
    """

    name: str
    command: Callable[[int], list[str]]
    environment: Callable[[int], Mapping[str, str]] = field(default=lambda _: {})


@dataclass(frozen=True, slots=True)
class Side:
    """A server that answers.

    Attributes:
        name: of the side.
        url: where the application calls; of the emulator, the door of a client in a private subnet.
        owner_url: where the bucket and the table are made; of the emulator, the internet door.
        process_id: of the server.
    """

    name: str
    url: str
    owner_url: str
    process_id: int


def programs() -> tuple[Program, ...]:
    """Return the servers that are installed, each as its own documentation starts it."""
    python = sys.executable
    moto_server = Program(MOTO_SERVER, lambda port: [python, "-m", "moto.server", "-p", str(port)])
    ministack = Program(
        MINISTACK,
        lambda _: [python, "-c", "from ministack.app import main; main()"],
        lambda port: {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1"},
    )
    ours = Program(
        OURS, lambda port: [python, "-m", "vpce_emulator", "up", "--port", str(port), "--dns-port", "0", "--json"]
    )
    return (moto_server, *([ministack] if find_spec("ministack") else []), ours)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def running(program: Program, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server, its output thrown away and its files in a directory of its own; stop it in the end."""
    with TemporaryDirectory(prefix="benchmark-") as directory:
        environment = {**os.environ, "TMPDIR": directory, **program.environment(port)}
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(program.command(port), env=environment, stdin=quiet, stdout=quiet, stderr=quiet)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def every_side() -> Iterator[tuple[Side, ...]]:
    """Run every side at once, with the bucket and the table made, and the emulator's perimeter proved in force."""
    with ExitStack() as stack:
        others = [stack.enter_context(listening(program)) for program in programs() if program.name != OURS]
        off = stack.enter_context(_emulator(PASS_THROUGH, "--enforcement", "off"))
        on = stack.enter_context(_emulator(OURS, "--enforcement", "on"))
        for side in (*others, off, on):
            _make_bucket_and_table(side)
        for side in (off, on):
            client("s3", side.owner_url, OWNER).put_bucket_policy(Bucket=BUCKET, Policy=BUCKET_POLICY)
        _prove_enforced(on)
        for side in (*others, off, on):
            _write_what_is_read(side)
        yield (*others, off, on)


@contextmanager
def listening(program: Program) -> Iterator[Side]:
    """Run a server, and give its address when it accepts connections.

    Raises:
        RuntimeError: it did not start.
    """
    port = free_port()
    with running(program, port) as process:
        deadline = time.monotonic() + PATIENCE
        while not _accepts(port):
            if process.poll() is not None or time.monotonic() > deadline:
                message = f"{program.name} did not start: {' '.join(program.command(port))}"
                raise RuntimeError(message)
            time.sleep(0.05)
        url = f"http://127.0.0.1:{port}"
        yield Side(program.name, url, url, process.pid)


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@contextmanager
def _emulator(name: str, *options: str) -> Iterator[Side]:
    with EmulatorProcess(TOPOLOGY, *options) as emulator:
        yield Side(name, emulator.listing["clients"][CLIENT], emulator.listing["internet"], emulator.process_id)


def _make_bucket_and_table(side: Side) -> None:
    client("s3", side.owner_url, OWNER).create_bucket(Bucket=BUCKET)
    client("dynamodb", side.owner_url, OWNER).create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "symbol", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "symbol", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def _write_what_is_read(side: Side) -> None:
    for request in (*put_objects(side.url, APPLICATION), *put_items(side.url, APPLICATION)):
        ask_once(address_of(side.url), [request])


def _prove_enforced(side: Side) -> None:
    """Check that the bucket can be read through the endpoint and in no other way.

    Raises:
        RuntimeError: the call from the internet was allowed.
    """
    client("s3", side.url, APPLICATION).put_object(Bucket=BUCKET, Key="proof", Body=b"through the endpoint")
    try:
        client("s3", side.owner_url, APPLICATION).get_object(Bucket=BUCKET, Key="proof")
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
    else:
        message = f"{side.name} let through what the bucket policy denies"
        raise RuntimeError(message)
