"""What a failed test is told beside its exception, which knows neither the path of a call nor what decided about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# A failure is mostly about the last calls.
MOST = 10


def failure_report(decisions: Sequence[Mapping[str, Any]]) -> str:
    """Return what happened to the last calls of a test, a line each, and why; empty where there were none.

    The reasons are those of the calls that did not succeed; where all did, which is then what is wrong, those of all.

    Args:
        decisions: what the admin API tells of them, oldest first.
    """
    last = decisions[-MOST:]
    explained = [decision for decision in last if decision["outcome"] != "allowed"] or last
    lines = [f"({len(decisions) - MOST} calls before these)"] if len(decisions) > MOST else []
    for decision in last:
        lines.append(_summary(decision))
        if decision in explained:
            lines += [f"  {line}" for line in _reasons(decision)]
    return "\n".join(lines)


def _summary(decision: Mapping[str, Any]) -> str:
    by = ", ".join(decision["denied_by"])
    call = ":".join(filter(None, (decision["service"] or decision["host"], decision["operation"])))
    place = " ".join(filter(None, (decision["door"], decision["client"])))
    told = f"{decision['outcome']}{f' by {by}' if by else ''}: {call} from {place}"
    if decision["outcome"] == "blocked":
        return told
    way = " ".join(filter(None, (decision["path"], decision["endpoint"])))
    return f"{told} over {way} as {decision['principal'] or 'anonymous'}"


def _reasons(decision: Mapping[str, Any]) -> Iterator[str]:
    hops = decision["hops"] if decision["outcome"] == "blocked" else []
    for hop in hops:
        yield f"{'✓' if hop['passed'] else '✗'} {hop['what']} {hop['id']}: {hop['explanation']}"
    # What stops a blocked call is its last hop, and told there.
    if not hops or hops[-1]["explanation"] != decision["reason"]:
        yield from decision["reason"].splitlines()
