"""The pytest fixture `vpce`: an emulator for the session, with a clean state for every test.

The emulator runs in a process of its own, one for each worker of pytest-xdist. A project describes its network by
overriding the fixture `vpce_topology`. A test that fails shows what happened to its calls, and why.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from vpce_emulator.failure_report import failure_report
from vpce_emulator.process import AdminRefused, EmulatorProcess
from vpce_emulator.testing import Vpce

# The emulator that a test uses.
_EMULATOR = pytest.StashKey[Vpce]()


@pytest.fixture(scope="session")
def vpce_topology() -> Path | Mapping[str, Any] | None:
    """The network: a path of a topology file, or its content. Override it; the built-in topology serves otherwise."""
    return None


@pytest.fixture(scope="session")
def vpce_server(vpce_topology: Path | Mapping[str, Any] | None) -> Iterator[EmulatorProcess]:
    """The emulator of the session, whose state tests share. Use `vpce` for a clean state."""
    with EmulatorProcess(vpce_topology, "--no-reload") as process:
        yield process


@pytest.fixture
def vpce(vpce_server: EmulatorProcess, request: pytest.FixtureRequest) -> Vpce:
    """The emulator, with no data and its network as in the topology."""
    emulator = Vpce(vpce_server)
    emulator.reset()
    request.node.stash[_EMULATOR] = emulator
    return emulator


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a test that failed what happened to its calls."""
    report = yield
    emulator = item.stash.get(_EMULATOR, None)
    if report.failed and emulator is not None:
        told = _calls(emulator)
        report.sections += [("vpce: the calls of this test", told)] if told else []
    return report


def _calls(emulator: Vpce) -> str:
    try:
        return failure_report(emulator.decisions())
    except (AdminRefused, OSError, ValueError) as error:
        return f"The emulator does not answer: {error}"
