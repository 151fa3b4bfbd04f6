"""Following the topology file while the emulator runs: what is edited there takes effect at once. IO."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from pathlib import Path

import watchfiles
from rich.console import Console

from vpce_emulator.config import ConfigurationError
from vpce_emulator.topology_file import TopologyFile
from vpce_emulator.topology_reading import load_topology, policy_files

Change = Callable[[TopologyFile], Awaitable[tuple[str, ...]]]

# Where the system tells of no edits (network file systems, directories shared with a container), they are found by
# looking every so many milliseconds.
_LOOKS = 1000

logger = logging.getLogger(__name__)


async def follow_file(change_to: Change, path: Path, console: Console) -> None:
    """Change the network whenever its topology file, or a policy file that it names, is edited; until cancelled.

    A file that is broken changes nothing, and what is wrong with it is printed.

    Args:
        change_to: changes the network, and returns what was done, a line each.
        path: the topology file.
        console: where it is printed what was done.
    """
    file = _Followed(change_to, path, console)
    # It may have been edited while the emulator was starting.
    await file.follow()
    while True:
        watched = file.names()
        # Editors put a new file in the place of the old one: their directories are watched.
        directories = {each.parent for each in watched if each.parent.is_dir()}
        only = partial(_is_one_of, frozenset(map(str, watched)))
        async for _ in watchfiles.awatch(
            *directories, watch_filter=only, recursive=False, rust_timeout=_LOOKS, yield_on_timeout=True
        ):
            # INVARIANT: what counts is what the files are, not what was told of them: nothing is missed between two
            # watches.
            if file.differs():
                await file.follow()
            if file.names() != watched:
                break


def _is_one_of(files: frozenset[str], _change: watchfiles.Change, name: str) -> bool:
    return name in files


class _Followed:
    """A topology file, and how it was when it was followed last."""

    def __init__(self, change_to: Change, path: Path, console: Console) -> None:
        self._change_to = change_to
        self._path = path
        self._console = console
        self._names = {path.resolve()}
        self._seen: object = None
        self._broken = False

    def names(self) -> Collection[Path]:
        """Return the files that are watched: this one, and the policy files that it names."""
        return self._names

    def differs(self) -> bool:
        """Return whether any of them is not what it was."""
        return self._seen != self._stamps()

    def _stamps(self) -> object:
        return {each: _stamp(each) for each in self._names}

    async def follow(self) -> None:
        """Change the network as the file is now, and print what was done, or what is wrong."""
        self._names = {each.resolve() for each in (self._path, *policy_files(self._path))}
        self._seen = self._stamps()
        try:
            lines = await self._change_to(load_topology(self._path))
        except ConfigurationError as error:
            self._broken = True
            self._print(f"{self._path} is not followed, the network stays as it is:\n{error}")
        except Exception:
            # Whatever went wrong, later edits must be followed.
            logger.exception("%s could not be followed", self._path)
        else:
            if self._broken:
                lines = (f"{self._path} is followed again", *lines)
            self._broken = False
            for line in lines:
                self._print(line)

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
