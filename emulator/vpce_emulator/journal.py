"""Keeps the last events, and logs those that a person wants to know of."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from threading import Lock

from vpce_emulator.events import Event, Outcome, denied_by, reason

logger = logging.getLogger("vpce_emulator.journal")

# Enough for any test; more would be gone through by the garbage collector again and again.
KEPT = 2_000


class Journal:
    """The last events of an emulator, oldest first; the oldest goes when there are more than `KEPT`."""

    def __init__(self) -> None:
        """Make an empty journal."""
        self._events: deque[Event] = deque(maxlen=KEPT)
        self._number = 0
        # What services deliver by themselves is noted on the threads that carry calls out.
        self._counting = Lock()

    def next_number(self) -> int:
        """Return the number of the next event."""
        with self._counting:
            self._number += 1
            return self._number

    @property
    def last_number(self) -> int:
        """The number of the newest event; 0 before the first."""
        return self._number

    def record(self, event: Event) -> None:
        """Keep an event; a refusal is logged with its reason."""
        self._events.append(event)
        if event.outcome is Outcome.ALLOWED or not logger.isEnabledFor(logging.WARNING):
            return
        logger.warning(
            "%s %s:%s from %s via %s by %s (%s)\n  %s",
            event.outcome,
            event.service or event.host,
            event.operation or "?",
            event.ingress.door,
            event.ingress.path.endpoint_id or event.ingress.path.kind.value,
            ", ".join(denied_by(event)) or event.code,
            event.request_id,
            reason(event).replace("\n", "\n  "),
        )

    def since(self, number: int) -> Iterator[Event]:
        """Yield the kept events with a higher number, oldest first."""
        return (event for event in list(self._events) if event.number > number)

    def find(self, request_id: str) -> Event | None:
        """Return the event of a request, or None if it is not kept."""
        return next((event for event in reversed(list(self._events)) if event.request_id == request_id), None)

    def clear(self) -> None:
        """Forget all events; numbers go on."""
        self._events.clear()
