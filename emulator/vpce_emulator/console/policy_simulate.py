"""Deciding cases as they come, one JSON object a line."""

from __future__ import annotations

import json
from typing import BinaryIO

from vpce_policies import simulate


def simulate_cases(cases: BinaryIO, answers: BinaryIO) -> int:
    """Answer each line of `cases` with a line in `answers`, at once, and return how many could not be read.

    Empty lines are passed over.
    """
    unread = 0
    for line in cases:
        if line.strip():
            answer = simulate(line)
            unread += "error" in answer
            answers.write(json.dumps(answer).encode() + b"\n")
            answers.flush()
    return unread
