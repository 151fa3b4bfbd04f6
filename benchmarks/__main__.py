"""`python -m benchmarks`: measure every side in one run, print the comparison, and write it to results.md."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.comparison import Effort, Results, plan, tables
from benchmarks.report import machine, markdown, show
from benchmarks.servers import every_side

RESULTS = Path(__file__).with_name("results.md")
FULL = Effort(rounds=9, seconds=0.4, uploads=3)
QUICK = Effort(rounds=2, seconds=0.2, uploads=1)


@click.command()
@click.option("--quick", is_flag=True, help="Few and short rounds, to see that everything runs; nothing is written.")
def main(*, quick: bool) -> None:
    """Measure the emulator beside moto_server, MiniStack, dnslib and dnsmasq."""
    console = Console()
    effort = QUICK if quick else FULL
    results, facts = Results(), machine()
    console.print("starting the servers ...")
    with every_side() as sides:
        measurements = plan(sides, effort, results)
        columns = (TextColumn("{task.description:52}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        # Drawn between measurements, never during one.
        with Progress(*columns, console=console, auto_refresh=False) as progress:
            task = progress.add_task("", total=len(measurements))
            for description, measure in measurements:
                progress.update(task, description=description, refresh=True)
                measure()
                progress.advance(task)
    compared = tables(results, effort)
    show(console, compared)
    if not quick:
        RESULTS.write_text(markdown(facts, compared), encoding="utf-8")
        console.print(f"written to {RESULTS}")


if __name__ == "__main__":
    main()
