"""Where the calls that change the network wait while it is built, or taken back to its beginning as a whole. IO."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turnstile:
    """Lets calls pass while it is open, and knows when none is under way. Used on one event loop, and closed at first.

    INVARIANT: in a block of `closed` nobody is in a block of `passing`.
    """

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._left = asyncio.Event()
        self._left.set()
        self._inside = 0

    @property
    def is_open(self) -> bool:
        """Whether calls may pass."""
        return self._open.is_set()

    def open(self) -> None:
        """Let calls pass from now on."""
        self._open.set()

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Wait until calls may pass, and be under way in the block."""
        while not self.is_open:
            await self._open.wait()
        self._inside += 1
        self._left.clear()
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._left.set()

    @asynccontextmanager
    async def closed(self) -> AsyncIterator[None]:
        """Let nobody pass, and wait until nobody is under way, before the block; one block at a time."""
        self._open.clear()
        try:
            await self._left.wait()
            yield
        finally:
            self.open()
