"""Whose turn it is at an object, when some calls run on the event loop and others on threads."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

WHOLE_BUCKET = ""
"""In place of a key: every object of the bucket. No object can have this key."""

Claim = tuple[str, str]
"""A bucket and a key in it, or WHOLE_BUCKET."""


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """What a call works on; no other call gets a turn at any of it until it is handed back."""

    claims: tuple[Claim, ...]

    def meets(self, other: Turn) -> bool:
        """Say whether two turns want the same object."""
        return any(
            bucket == theirs and (key == their_key or WHOLE_BUCKET in (key, their_key))
            for bucket, key in self.claims
            for theirs, their_key in other.claims
        )


class Turns:
    """Hands out turns, first come first served among those that meet. For use on one event loop.

    A call that runs on the event loop from beginning to end holds nothing: it only waits until nothing it meets is
    running on a thread. So as long as no thread is at work, a turn costs one look at an empty list.
    """

    def __init__(self) -> None:
        self._running: list[Turn] = []
        self._waiting: deque[tuple[Turn, asyncio.Future[None]]] = deque()

    async def pass_by(self, turn: Turn) -> None:
        """Wait until nothing that `turn` meets is running."""
        if self._running and not self._is_free(turn):
            await self.take(turn)
            self.hand_back(turn)

    async def take(self, turn: Turn) -> None:
        """Wait for the turn and hold it until `hand_back`."""
        if self._is_free(turn):
            self._running.append(turn)
            return
        granted = asyncio.get_running_loop().create_future()
        self._waiting.append((turn, granted))
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                self.hand_back(turn)
            else:
                self._waiting.remove((turn, granted))
            raise

    def hand_back(self, turn: Turn) -> None:
        """End a turn and begin those that waited for it."""
        self._running.remove(turn)
        still_waiting: deque[tuple[Turn, asyncio.Future[None]]] = deque()
        for waiter, granted in self._waiting:
            blocked = self._is_running(waiter) or any(waiter.meets(earlier) for earlier, _ in still_waiting)
            if blocked:
                still_waiting.append((waiter, granted))
            elif not granted.cancelled():
                self._running.append(waiter)
                granted.set_result(None)
        self._waiting = still_waiting

    def _is_free(self, turn: Turn) -> bool:
        return not self._is_running(turn) and not any(turn.meets(waiter) for waiter, _ in self._waiting)

    def _is_running(self, turn: Turn) -> bool:
        return any(turn.meets(running) for running in self._running)
