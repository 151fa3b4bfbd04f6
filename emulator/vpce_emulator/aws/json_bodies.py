"""JSON bodies, each read once, however many ask what it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

LONGEST_REMEMBERED = 1 << 16
"""Bytes of a body up to which what it says is remembered until the next few requests have come."""
REMEMBERED = 16
"""So many bodies."""


def read_json(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Return what a body says.

    INVARIANT: nobody changes it, for whoever asks next is given the same.

    Raises:
        RecursionError: it is too deep.
        ValueError: it is not well-formed.
    """
    return _remembered(body) if len(body) <= LONGEST_REMEMBERED else json.loads(body)


def members_of(body: bytes) -> Mapping[str, Any]:
    """Return the members of a body; none of what is no object, which whoever carries the request out refuses."""
    try:
        read = read_json(body)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


@lru_cache(maxsize=REMEMBERED)
def _remembered(body: bytes) -> Any:  # noqa: ANN401 - as above
    return json.loads(body)
