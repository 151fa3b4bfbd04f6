"""An emulator in a process of its own, for tests and demonstrations: started, asked, reset and stopped from here."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

# How long a start and a stop may take on a busy machine, in seconds; a quiet one needs about two, and less than one.
START_PATIENCE = 120
STOP_PATIENCE = 15


class EmulatorDidNotStart(RuntimeError):
    """The emulator's process ended, or said nothing, before it was ready. The message holds what it printed."""


class EmulatorProcess:
    """`vpce up` on free ports of this machine. It stops with the process that started it, however that ends.

    Attributes:
        listing: what `vpce up --json` printed: the doors, the endpoints, the resolvers.
    """

    def __init__(self, topology: Path | Mapping[str, Any] | None = None, *options: str) -> None:
        """Name the topology (a file, its content, or None for the built-in one) and further options of `vpce up`."""
        self.listing: dict[str, Any] = {}
        self._topology = topology
        self._options = options
        self._files = tempfile.TemporaryDirectory(prefix="vpce-")
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> Self:
        """Start, and return when it is ready.

        Raises:
            EmulatorDidNotStart: with what it printed.
        """
        command = [sys.executable, "-m", "vpce_emulator", "up", "--json", "--port", "0", "--dns-port", "0"]
        command += ["--stop-with-parent", *self._topology_options(), *self._options]
        with self._log.open("w") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)  # noqa: S603 - our program
        self._process = process
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        overdue = threading.Timer(START_PATIENCE, process.kill)
        overdue.daemon = True  # an interrupt right here must not be waited with
        overdue.start()
        try:
            line = process.stdout.readline()
        except BaseException:
            # Whoever is interrupted meanwhile waits for nothing.
            self.stop()
            raise
        finally:
            overdue.cancel()
        try:
            self.listing = json.loads(line)
        except ValueError as error:
            process.kill()
            process.wait()
            raise EmulatorDidNotStart(self.log() or line or "it printed nothing") from error
        return self

    def stop(self) -> None:
        """Stop, and return when it has."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            assert self._process.stdout is not None  # noqa: S101 - it is a pipe
            self._process.stdout.close()
            self._process = None
        self._files.cleanup()

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self, exception_type: type[BaseException] | None, exception: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def log(self) -> str:
        """Return what the emulator wrote to its log so far."""
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    def admin(self, path: str, method: str = "GET", body: object = None) -> Any:  # noqa: ANN401 - JSON is any data
        """Return what the admin API answers.

        Args:
            path: below `/_vpce/`: `decisions?since=3`.
            method: `GET`, `POST` or `DELETE`.
            body: what is sent, as JSON; nothing where it is None.

        Raises:
            AdminRefused: it refused.
        """
        return ask_admin(self.listing["admin"], path, method, body)

    @property
    def process_id(self) -> int:
        """The number of the process, which must run; benchmarks measure its memory by it."""
        assert self._process is not None, "start comes before"  # noqa: S101 - a mistake in the program, not in input
        return self._process.pid

    @property
    def _log(self) -> Path:
        return Path(self._files.name) / "log"

    def _topology_options(self) -> list[str]:
        if self._topology is None:
            return []
        if isinstance(self._topology, Path):
            return ["--topology", str(self._topology)]
        # JSON is YAML.
        file = Path(self._files.name) / "topology.json"
        file.write_text(json.dumps(self._topology, default=str), encoding="utf-8")
        return ["--topology", str(file)]


class AdminRefused(RuntimeError):
    """The admin API refused a request: `status` is HTTP's, the message says why."""

    def __init__(self, status: int, message: str) -> None:
        """Make the refusal of a request."""
        super().__init__(message)
        self.status = status


def ask_admin(admin_url: str, path: str, method: str = "GET", body: object = None) -> Any:  # noqa: ANN401 - as above
    """Return what the admin API of a running emulator answers.

    Raises:
        AdminRefused: it refused.
        OSError: nothing answers there.
        ValueError: what answers there is no emulator, or the address is none.
    """
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{admin_url}/{path}", content, method=method)  # noqa: S310 - of this machine
    try:
        with _DIRECT.open(request, timeout=START_PATIENCE) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            raise AdminRefused(error.code, json.load(error)["message"]) from error


# An address of this machine is never reached through the proxy that the environment may name.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
