"""The pytest fixture `vpce`: an emulator for the session, with a clean state for every test.

The emulator runs in a process of its own, one for each worker of pytest-xdist. A project describes its network by
overriding the fixture `vpce_topology`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from vpce_emulator.process import EmulatorProcess
from vpce_emulator.testing import Vpce


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
def vpce(vpce_server: EmulatorProcess) -> Vpce:
    """The emulator, with no data and its network as in the topology."""
    emulator = Vpce(vpce_server)
    emulator.reset()
    return emulator
