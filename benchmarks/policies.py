"""`python -m benchmarks.policies`: measure the policy engine, print the tables, and write them to results.md."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from benchmarks.report import Table, at_most, markdown, show

RESULTS = Path(__file__).with_name("results.md")
DECISION_TARGET = 25.0  # microseconds, of a bucket policy of 3 statements and an endpoint policy
LARGE_TARGET = 1.5  # times that, of 200 statements
COMPILING_TARGET = 20.0  # milliseconds
LINES_TARGET = 5000.0  # a second

Measured = Mapping[str, Mapping[str, Any]]
"""What pytest-benchmark says of each test, by its name."""


def measure() -> Measured:
    """Run the measurements in a process of their own."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "measured.json"
        # The plugins of the project's tests take time in every call.
        options = ["-q", "-p", "no:cacheprovider", "-p", "no:vpce_emulator", f"--benchmark-json={file}"]
        subprocess.run([sys.executable, "-m", "pytest", "benchmarks/test_policies.py", *options], check=True)
        return {each["name"]: each for each in json.loads(file.read_text(encoding="utf-8"))["benchmarks"]}


def tables(measured: Measured) -> tuple[Table, ...]:
    """Return what was measured beside what was wanted."""
    return _decisions(measured), _documents(measured), _engines(measured)


def _median(measured: Measured, name: str) -> float:
    """Return the median of a test, in seconds."""
    return float(measured[name]["stats"]["median"])


def _decisions(measured: Measured) -> Table:
    base = _median(measured, "test_decision_3_statements")
    rows = [("3 statements", at_most(base * 1e6, DECISION_TARGET, " µs"), "1.00x")]
    for name in measured:
        if name.startswith("test_decision_200_statements["):
            ratio = _median(measured, name) / base
            label = f"200 that differ in {name.partition('[')[2].rstrip(']')}"
            rows.append((label, f"{ratio * base * 1e6:.2f} µs", at_most(ratio, LARGE_TARGET, "x")))
    notes = (
        "Median microseconds of one decision: a bucket policy, and an endpoint policy of one statement. Statements are "
        "found by action, caller, resource and every condition key; what is found by the value of a key "
        "is remembered. The same request is decided again and again; the first decision of a policy of 200 statements "
        "takes a few milliseconds more."
    )
    return Table("Policy decisions", notes, ("bucket policy", "a decision", "to 3 statements"), tuple(rows))


def _documents(measured: Measured) -> Table:
    def milliseconds(name: str) -> float:
        return _median(measured, f"test_{name}_200_statements") * 1e3

    lines = 1 / _median(measured, "test_simulating_a_line")
    rows = (
        ("parsing and validating", f"{milliseconds('parsing'):.2f} ms"),
        ("compiling", at_most(milliseconds("compiling"), COMPILING_TARGET, " ms")),
        ("checking", f"{milliseconds('checking'):.2f} ms"),
        ("simulating", f"{lines:,.0f} lines/s ({'≥' if lines >= LINES_TARGET else 'below'} {LINES_TARGET:,.0f})"),
    )
    notes = "Of a policy of 200 statements, once; and cases of 3 statements and an endpoint policy, known documents."
    return Table("Policy documents", notes, ("step", "median"), rows)


def _engines(measured: Measured) -> Table:
    micros: dict[str, dict[int, float]] = {}
    for each in measured.values():
        facts = each["extra_info"]
        if facts:
            micros.setdefault(facts["engine"], {})[facts["statements"]] = (
                each["stats"]["median"] / facts["decisions"] * 1e6
            )
    ours = micros["vpce_policies"]
    rows = [
        (engine, *(cell for size, each in by_size.items() for cell in (f"{each:.2f} µs", f"{each / ours[size]:.1f}x")))
        for engine, by_size in micros.items()
    ]
    columns = [column for size in ours for column in (f"{size} statements", "to vpce_policies")]
    notes = (
        "Median microseconds of one decision by identity policies without conditions, which every engine decides "
        "alike, in batches. vpce_policies and moto run in the measuring process; iam-simulate runs in Node.js, and is "
        "told to by a line."
    )
    return Table("Policy engines", notes, ("engine", *columns), tuple(rows))


def with_tables(report: str, made: tuple[Table, ...]) -> str:
    """Return a report with these tables instead of those with the same titles, at its end."""
    head, *sections = report.split("\n## ")
    titles = tuple(f"{table.title}\n" for table in made)
    kept = [section for section in sections if not section.startswith(titles)]
    new = markdown((), made).split("\n## ")[1:]
    return "\n## ".join([head, *(section.rstrip("\n") + "\n" for section in (*kept, *new))])


@click.command()
def main() -> None:
    """Measure the policy engine beside moto's and iam-simulate."""
    made = tables(measure())
    show(Console(), made)
    RESULTS.write_text(with_tables(RESULTS.read_text(encoding="utf-8"), made), encoding="utf-8")


if __name__ == "__main__":
    main()
