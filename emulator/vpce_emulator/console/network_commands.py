"""The commands that ask about the network, or make part of it fail: `resolve`, `path`, `zone` and `fault`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click

from vpce_emulator.console.options import ADMIN, JSON, errors_are_messages

# What is imported inside functions takes a moment that other commands need not wait for.

_IN = click.option("--in", "client", metavar="CLIENT", help="The client that asks.  [default: the public internet]")
_TOPOLOGY = click.option(
    "--topology",
    type=click.Path(path_type=Path),
    help="Ask about a topology file, for which no emulator has to run.",
)


def _answer(admin: str | None, topology: Path | None, question: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an emulator answers: the one that runs, or one that is started for the question alone."""
    from vpce_emulator.console.running import ask, ask_about  # noqa: PLC0415 - see above

    given = {name: value for name, value in parameters.items() if value is not None}
    wanted = f"{question}?{urlencode(given)}"
    answer: dict[str, Any] = ask(admin, wanted) if topology is None else ask_about(topology, wanted)
    return answer


@click.command()
@click.argument("name")
@_IN
@_TOPOLOGY
@ADMIN
@JSON
@errors_are_messages
def resolve(*, name: str, client: str | None, topology: Path | None, admin: str | None, as_json: bool) -> None:
    """Say what DNS answers for NAME, seen from a client, and why; for an address, what its name is.

    Exits with 0 if NAME has addresses, or the address a name, with 1 if it has none, and with 2 if nobody can tell.
    """
    answer = _answer(admin, topology, "resolve", {"name": name, "at": client})
    if as_json:
        click.echo(json.dumps(answer))
    else:
        click.echo("\n".join(answer["addresses"] or answer["names"]) or answer["rcode"] or "no answer")
        click.echo(answer["reason"])
    sys.exit(0 if answer["addresses"] or answer["names"] else 1)


@click.command()
@click.argument("service")
@_IN
@click.option("--port", type=click.IntRange(1, 65535), help="The TCP port.  [default: that of a URL, or 443]")
@_TOPOLOGY
@ADMIN
@JSON
@errors_are_messages
def path(
    *, service: str, client: str | None, port: int | None, topology: Path | None, admin: str | None, as_json: bool
) -> None:
    """Say how a connection to SERVICE goes, hop by hop, or what stops it.

    SERVICE is a service like s3 or sqs, its full name, a host name or a URL. Exits with 0 if it can be reached, with 1
    if something stops the connection, and with 2 if nobody can tell.
    """
    answer = _answer(admin, topology, "path", {"service": service, "at": client, "port": port})
    if as_json:
        click.echo(json.dumps(answer))
    else:
        from vpce_emulator.console.tables import print_path  # noqa: PLC0415 - see above

        print_path(answer)
    sys.exit(0 if answer["reachable"] else 1)


@click.group()
def zone() -> None:
    """Make Availability Zones fail, and recover."""


@zone.command("list")
@ADMIN
@JSON
@errors_are_messages
def zone_list(*, admin: str | None, as_json: bool) -> None:
    """List the Availability Zones that have subnets."""
    from vpce_emulator.console.running import ask  # noqa: PLC0415 - see above
    from vpce_emulator.console.tables import print_zones  # noqa: PLC0415 - see above

    known = ask(admin, "zones")["zones"]
    if as_json:
        click.echo(json.dumps(known))
    else:
        print_zones(known)


@zone.command("impair")
@click.argument("zone_name", metavar="ZONE")
@ADMIN
@JSON
@errors_are_messages
def zone_impair(*, zone_name: str, admin: str | None, as_json: bool) -> None:
    """Make ZONE fail: us-east-1a, or use1-az1.

    Endpoints' network interfaces in it answer nobody and leave the regional names, whose other addresses go on; zonal
    names still lead to them. NAT gateways in it carry nothing. Clients in it go on calling.
    """
    from vpce_emulator.console.running import ask  # noqa: PLC0415 - see above

    changed = ask(admin, f"zones/{quote(zone_name, safe='')}/impair", "POST")
    click.echo(
        json.dumps(changed)
        if as_json
        else f"{changed['name']} is impaired; `vpce zone recover {changed['name']}` ends it"
    )


@zone.command("recover")
@click.argument("zone_name", metavar="ZONE")
@ADMIN
@JSON
@errors_are_messages
def zone_recover(*, zone_name: str, admin: str | None, as_json: bool) -> None:
    """End the failure of ZONE."""
    from vpce_emulator.console.running import ask  # noqa: PLC0415 - see above

    changed = ask(admin, f"zones/{quote(zone_name, safe='')}/recover", "POST")
    click.echo(json.dumps(changed) if as_json else f"{changed['name']} has recovered")


@click.group()
def fault() -> None:
    """Make calls fail by rule: slow them down, throttle them, or cut them off."""


@fault.command("add")
@click.option("--endpoint", metavar="NAME", help="Calls through this endpoint alone.")
@click.option("--client", metavar="NAME", help="Calls from this client alone.")
@click.option("--service", metavar="NAME", help="Calls to this service alone, as SDKs name it.")
@click.option("--operation", metavar="NAME", help="Calls of this operation of the service alone.")
@click.option("--throttle", is_flag=True, help="The service answers with its throttling error.")
@click.option("--reset", is_flag=True, help="The connection is reset (TCP RST), without an answer.")
@click.option("--latency", type=float, metavar="SECONDS", help="Calls wait for so long.")
@click.option("--rate", type=float, metavar="SHARE", help="The share of these calls that is hit.  [default: 1, all]")
@click.option("--count", type=int, metavar="NUMBER", help="How many calls are hit at most.  [default: any number]")
@click.option("--seed", type=int, metavar="NUMBER", help="Another one hits other calls at the same rate.  [default: 0]")
@ADMIN
@JSON
@errors_are_messages
def fault_add(*, admin: str | None, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - the fields of a rule
    """Add a rule. Which calls it hits is the same in every run.

    Throttled calls are answered as the service does it: S3 with 503 SlowDown, DynamoDB with 400
    ProvisionedThroughputExceededException, others with their own errors.
    """
    from vpce_emulator.console.running import ask  # noqa: PLC0415 - see above

    rule = {name: value for name, value in given.items() if value not in (None, False)}
    made = ask(admin, "faults", "POST", rule)
    told = f"{made['id']} is in force; `vpce fault clear {made['id']}` ends it"
    click.echo(json.dumps(made) if as_json else told)


@fault.command("list")
@ADMIN
@JSON
@errors_are_messages
def fault_list(*, admin: str | None, as_json: bool) -> None:
    """List the rules in force, and how often each was about a call and hit it."""
    from vpce_emulator.console.running import ask  # noqa: PLC0415 - see above
    from vpce_emulator.console.tables import print_faults  # noqa: PLC0415 - see above

    rules = ask(admin, "faults")["faults"]
    if as_json:
        click.echo(json.dumps(rules))
    else:
        print_faults(rules)


@fault.command("clear")
@click.argument("rule_id", metavar="[ID]", required=False)
@ADMIN
@JSON
@errors_are_messages
def fault_clear(*, rule_id: str | None, admin: str | None, as_json: bool) -> None:
    """End the rule ID, or every rule."""
    from vpce_emulator.console.running import ask  # noqa: PLC0415 - see above

    left = ask(admin, f"faults/{quote(rule_id, safe='')}" if rule_id else "faults", "DELETE")["faults"]
    in_force = f"{len(left)} rule{' is' if len(left) == 1 else 's are'} left in force"
    click.echo(json.dumps(left) if as_json else in_force)
