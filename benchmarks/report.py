"""What was measured, as tables in the terminal and in results.md."""

import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.console import Console
from rich.table import Table as TerminalTable

Samples = dict[str, list[float]]  # by side, one a round
Measurement = tuple[str, Callable[[], None]]  # what it is, for showing progress; and what takes it

PACKAGES = ("vpce-emulator", "moto", "werkzeug", "ministack", "aiohttp", "uvloop", "dnslib", "boto3")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the report.

    Attributes:
        title: what was measured.
        notes: how, in a sentence or two.
        columns: their names; the first column's cells are text, the others' numbers.
        rows: as many cells each as there are columns.
    """

    title: str
    notes: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def median_ratio(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """Return the median of the rounds' ratios: both sides of a round ran within seconds of each other."""
    return statistics.median(one / other for one, other in zip(numerators, denominators, strict=True))


def at_least(ratio: float, target: float) -> str:
    """Spell a ratio, and whether it reaches its target."""
    return f"{ratio:.2f}x ({'≥' if ratio >= target else 'below'} {target:g}x)"


def at_most(value: float, target: float, unit: str) -> str:
    """Spell a value, and whether it stays within its target."""
    return f"{value:.2f}{unit} ({'≤' if value <= target else 'above'} {target:g}{unit})"


def machine() -> tuple[tuple[str, str], ...]:
    """Return where and with what the benchmarks are about to run."""
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            versions.append(f"{package} not installed")
    return (
        ("Date", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"),
        ("Python", f"{platform.python_implementation()} {platform.python_version()}"),
        ("System", f"{platform.system()} {platform.machine()}"),
        ("CPU", f"{_cpu_model()}, {os.cpu_count()} cores"),
        ("Load before", f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"),
        ("Versions", ", ".join(versions)),
    )


def _cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or "unknown"


def show(console: Console, tables: Sequence[Table]) -> None:
    """Print the tables."""
    for table in tables:
        shown = TerminalTable(title=table.title, caption=table.notes, title_justify="left", caption_justify="left")
        for index, column in enumerate(table.columns):
            shown.add_column(column, justify="right" if index else "left")
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)


def markdown(facts: Sequence[tuple[str, str]], tables: Sequence[Table]) -> str:
    """Return the report as Markdown."""
    lines = ["# Benchmark results", "", "Written by `make bench`.", ""]
    lines += [f"- {name}: {value}" for name, value in facts]
    for table in tables:
        lines += ["", f"## {table.title}", "", table.notes, ""]
        lines.append(f"| {' | '.join(table.columns)} |")
        lines.append(f"|:--{'|--:' * (len(table.columns) - 1)}|")
        lines += [f"| {' | '.join(row)} |" for row in table.rows]
    return "\n".join(lines) + "\n"
