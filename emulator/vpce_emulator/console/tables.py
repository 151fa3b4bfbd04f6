"""Tables and texts for a person at a terminal; plain text where the output is a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

_UNBROKEN = 2000
"""Characters in a line, more than any table here has."""


def new_console() -> Console:
    """Return a console for standard output. Where it is no terminal, nothing is broken, so that it can be searched."""
    console = Console(highlight=False, soft_wrap=True)
    return console if console.is_terminal else Console(highlight=False, soft_wrap=True, width=_UNBROKEN)


def new_table(*columns: str, title: str | None = None) -> Table:
    """Return an empty table in the one style of this program."""
    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def print_listing(listing: Mapping[str, Any], console: Console | None = None) -> None:
    """Print the doors, endpoints and resolvers of an emulator."""
    console = console or new_console()
    doors = new_table("Calls from", "endpoint_url", title="Doors")
    doors.add_row("the internet", listing["internet"])
    for name, url in listing["clients"].items():
        doors.add_row(f"client {name}", url)
    for name, entry in listing["endpoints"].items():
        doors.add_row(f"endpoint {name}", entry["url"])
    console.print(doors)
    if listing["endpoints"]:
        endpoints = new_table("Endpoint", "Id", "Type", "Service", "Addresses", "DNS name", title="Endpoints")
        for name, entry in listing["endpoints"].items():
            addresses, names = "\n".join(entry["addresses"]), next(iter(entry["dns_names"]), "")
            endpoints.add_row(name, entry["id"], entry["type"], entry["service"], addresses, names)
        console.print(endpoints)
    resolvers = new_table("Sees", "Resolver", title="DNS")
    for name, address in listing["dns"].items():
        resolvers.add_row(name, address)
    console.print(resolvers)


def print_path(path: Mapping[str, Any], console: Console | None = None) -> None:
    """Print how a connection goes: its hops, and what they come to."""
    console = console or new_console()
    place = path["client"] or "the internet"
    console.print(f"{place} → {path['name']}:{path['port']}", style="bold", markup=False)
    _print_hops(path["hops"], console)
    through = path["endpoint"] or ("the internet" if path["path"] == "internet" else "")
    verdict = f"reachable through {through}, as {path['source_address']}" if path["reachable"] else "blocked"
    console.print(f"{verdict}: {path['reason']}", markup=False)


def print_zones(zones: Iterable[Mapping[str, Any]], console: Console | None = None) -> None:
    """Print Availability Zones and their state."""
    table = new_table("Zone", "Id", "State", "Endpoints in it")
    for zone in zones:
        state = "impaired" if zone["impaired"] else "available"
        table.add_row(zone["name"], zone["id"], state, ", ".join(zone["endpoints"]) or "none")
    (console or new_console()).print(table)


def print_faults(rules: Iterable[Mapping[str, Any]], console: Console | None = None) -> None:
    """Print fault rules, and how often they hit."""
    table = new_table("Rule", "Calls", "What befalls them", "Rate", "Hit", "Of")
    for rule in rules:
        about = ", ".join(f"{n} {rule[n]}" for n in ("endpoint", "client", "service", "operation") if n in rule)
        done = [name for name in ("throttle", "reset") if rule.get(name)]
        done += [f"{rule['latency']:g} s of latency"] if "latency" in rule else []
        hit = f"{rule['hit']} (at most {rule['count']})" if "count" in rule else str(rule["hit"])
        rate = f"{rule.get('rate', 1):g}"
        table.add_row(rule["id"], about or "all", ", ".join(done), rate, hit, str(rule["matched"]))
    (console or new_console()).print(table)


def _of_connection(decision: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return how a request came and was answered. What a service delivers comes over no network, and gets no answer."""
    place = f"{decision['door']} {decision['client']}".strip()
    return (
        ("From", f"{place}, address {decision['source_address']}"),
        ("Name", f"{decision['host']} → {', '.join(decision['addresses']) or 'no address'}"),
        ("Path", f"{decision['path']} {decision['endpoint'] or ''}".strip()),
        ("Answer", " ".join(str(decision[field]) for field in ("status", "code", "message") if decision[field])),
    )


def _print_hops(hops: Iterable[Mapping[str, Any]], console: Console) -> None:
    for hop in hops:
        mark = "✓" if hop["passed"] else "✗"
        subject = "" if hop["id"] in hop["explanation"] else f" {hop['id']}"
        console.print(f"  {mark} {hop['what']}{subject}: {hop['explanation']}", markup=False)


def print_decision(decision: Mapping[str, Any], console: Console | None = None) -> None:
    """Print what happened to one request: from where, over which path, and what each layer said."""
    console = console or new_console()
    what = f"{decision['service'] or decision['host']} {decision['operation']}".strip()
    console.print(f"[bold]{what}[/bold]: {decision['outcome']}", end="")
    console.print(f" by {', '.join(decision['denied_by'])}" if decision["denied_by"] else "")
    facts = new_table("", "")
    facts.show_header = False
    for label, value in (
        ("Request", decision["request_id"]),
        ("Caller", decision["principal"] or "anonymous"),
        *(() if decision["door"] == "service" else _of_connection(decision)),
    ):
        facts.add_row(label, value)
    console.print(facts)
    _print_hops(decision["hops"], console)
    for one in decision["authorizations"]:
        layers = new_table("Layer", "Verdict", title=f"{one['action']} on {one['resource']}: {one['decision']}")
        for layer, verdict in one["layers"].items():
            if verdict != "NotApplicable":
                layers.add_row(layer, verdict)
        console.print(layers)
    console.print(decision["reason"], markup=False)
