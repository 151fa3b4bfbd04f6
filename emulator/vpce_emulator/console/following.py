"""Following the topology file while the emulator runs: what is edited there takes effect at once. IO."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import watchfiles
from rich.console import Console

from vpce_emulator.config import ConfigurationError
from vpce_emulator.topology_file import TopologyFile
from vpce_emulator.topology_reading import load_topology, policy_files

Change = Callable[[TopologyFile], Awaitable[tuple[str, ...]]]

logger = logging.getLogger(__name__)


async def follow_file(change_to: Change, path: Path, console: Console) -> None:
    """Change the network whenever its topology file, or a policy file that it names, is edited; until cancelled.

    A file that is broken changes nothing, and what is wrong with it is printed.

    Args:
        change_to: changes the network, and returns what was done, a line each.
        path: the topology file.
        console: where it is printed what was done.
    """
    while True:
        watched = {each.resolve() for each in (path, *policy_files(path))}
        # Editors put a new file in the place of the old one: their directories are watched.
        directories = {each.parent for each in watched if each.parent.is_dir()}
        only = partial(_is_one_of, frozenset(map(str, watched)))
        async for _ in watchfiles.awatch(*directories, watch_filter=only, recursive=False):
            await _follow_once(change_to, path, console)
            if {each.resolve() for each in (path, *policy_files(path))} != watched:
                break


def _is_one_of(files: frozenset[str], _change: watchfiles.Change, name: str) -> bool:
    return name in files


async def _follow_once(change_to: Change, path: Path, console: Console) -> None:
    try:
        lines = await change_to(load_topology(path))
    except ConfigurationError as error:
        console.print(f"{path} is not followed, the network stays as it is:\n{error}", markup=False)
        return
    except Exception:
        # Whatever went wrong, later edits must be followed.
        logger.exception("%s could not be followed", path)
        return
    for line in lines:
        console.print(line, markup=False)
