"""`vpce demo`: a data perimeter walked call by call, each outcome held against AWS's.

The calls are boto3's, made to a running emulator through its doors, as a user's would be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.markup import escape

from vpce_emulator.console.demo_scenes import SCENES, Call, Scene, Stage
from vpce_emulator.console.tables import new_console, new_table
from vpce_emulator.process import EmulatorProcess
from vpce_emulator.testing import Vpce


@dataclass(frozen=True, slots=True)
class Result:
    """How a call ended here: `differs` says in which way that is not AWS's; empty where it is the same."""

    call: Call
    decision: dict[str, Any]
    message: str
    differs: str


def run_demo(console: Console | None = None) -> int:
    """Play every scene and print it.

    Returns:
        The exit status: 0 where every outcome was AWS's, else 1.
    """
    console = console or new_console()
    results: list[Result] = []
    with EmulatorProcess() as process:
        stage = Stage(Vpce(process))
        names = {entry["id"]: name for name, entry in stage.vpce.listing["endpoints"].items()}
        for number, scene in enumerate(SCENES, 1):
            scene.prepare(stage)
            played = [_play(stage, call) for call in scene.calls(stage)]
            _print_scene(console, number, scene, played, names)
            results += played
    different = [result for result in results if result.differs]
    for result in different:
        console.print(
            f"[red]differs from AWS[/red]: {result.call.operation} from {result.call.place}: {result.differs}"
        )
    console.print(f"{len(results) - len(different)} of {len(results)} outcomes are AWS's.")
    return 1 if different else 0


def _play(stage: Stage, call: Call) -> Result:
    client = stage.client(call.place, call.service, call.as_user)
    before = stage.vpce.last_request()
    message = ""
    try:
        getattr(client, xform_name(call.operation))(**call.parameters)
    except ClientError as error:
        message = error.response["Error"]["Message"]
    except BotoCoreError as error:
        message = f"no answer ({type(error).__name__})"
    decision = stage.vpce.decisions(since=before)[-1]
    return Result(call, decision, message, "; ".join(_differences(call, decision, message)))


def _differences(call: Call, decision: dict[str, Any], message: str) -> Iterator[str]:
    if decision["path"] != call.path:
        yield f"the path is {decision['path']}, on AWS {call.path}"
    refused_by = next(iter(decision["denied_by"]), None)
    if refused_by != call.refused_by:
        yield f"{refused_by or 'nothing'} refuses it, on AWS {call.refused_by or 'nothing'}"
    if call.refused_by != "network" and message != call.message:
        yield f"the message is {message!r}, on AWS {call.message!r}"


def _print_scene(console: Console, number: int, scene: Scene, results: list[Result], names: Mapping[str, str]) -> None:
    """Print a scene's calls as a table, and the texts of the errors below it."""
    console.print(f"\n[bold]{number}. {scene.title}[/bold]")
    table = new_table("From", "Call", "Name", "DNS answers", "Path", "Decision", "Answer")
    for result in results:
        call, decision = result.call, result.decision
        path = f"{decision['path']} {names.get(decision['endpoint'], '')}".strip()
        table.add_row(
            f"{call.place} as {call.as_user}" if call.as_user else call.place,
            call.operation,
            decision["host"],
            "\n".join(decision["addresses"][:2]),
            path,
            _verdict(decision),
            f"{decision['status']} {decision['code'] or ''}".strip() if decision["status"] else "none",
        )
    console.print(table)
    for message in dict.fromkeys(result.decision["message"] or "" for result in results):
        if message:
            console.print(f"  [dim]{escape(message)}[/dim]")


def _verdict(decision: dict[str, Any]) -> str:
    if decision["outcome"] == "allowed":
        return "[green]allowed[/green]"
    return f"[red]{decision['outcome']} by {decision['denied_by'][0]}[/red]"
