"""`vpce up`: run until interrupted, and say first what is where and what is enforced."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import signal
import sys
from typing import NoReturn

from rich.console import Console

from vpce_emulator.app import Emulator
from vpce_emulator.config import Settings
from vpce_emulator.console.following import follow_file
from vpce_emulator.console.running import forget, remember
from vpce_emulator.console.tables import new_console, print_listing
from vpce_emulator.topology_reading import load_topology

logger = logging.getLogger(__name__)


def run_until_stopped(settings: Settings, *, as_json: bool, stop_with_parent: bool, follows: bool) -> NoReturn:
    """Run an emulator until SIGINT or SIGTERM, and end the process.

    Raises:
        ConfigurationError: it cannot start as it is set.
    """
    parent = os.getppid() if stop_with_parent else None
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(message)s")
    topology = load_topology(settings.topology)
    emulator = Emulator(topology, settings)
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        try:
            runner.run(_serve(emulator, as_json=as_json, parent=parent, follows=follows))
        except KeyboardInterrupt:
            logger.debug("interrupted before it was ready")
        # Everything is closed. Python would take a second to free moto's data piece by piece, and wait for a network
        # that is still being built; the system needs no time for either.
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 - it does not install everywhere
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def _serve(emulator: Emulator, *, as_json: bool, parent: int | None, follows: bool) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    console = new_console()
    if not as_json:
        console.print("[bold]vpce-emulator[/bold] is starting ...")
    starting, waiting = asyncio.create_task(emulator.start()), asyncio.create_task(stopping.wait())
    await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if stopping.is_set():
        # INVARIANT: it is not stopped while it still starts, or what starts last would stay.
        starting.cancel()
        await asyncio.wait({starting})
    else:
        await starting
        # moto's images and instance types are a million objects that stay: the garbage collector would look through
        # them again and again, a fifth of a second each time.
        gc.freeze()
        # What a request leaves behind is freed by its reference counts; cycles are rare, and looked for less often.
        gc.set_threshold(50_000, 20, 50)
        gc.enable()
        admin_url = emulator.listing()["admin"]
        if parent is None:
            # What a program starts for itself is that program's: other commands are not about it.
            remember(admin_url, emulator.settings.state_directory)
        if as_json:
            print(json.dumps(emulator.listing()), flush=True)  # noqa: T201 - this is what --json is for
        else:
            _print_banner(emulator, console)
        path = emulator.settings.topology if follows else None
        # With --json, standard output is for programs.
        told = Console(stderr=True, highlight=False, soft_wrap=True) if as_json else console
        following = asyncio.create_task(follow_file(emulator.change_topology, path, told)) if path is not None else None
        watching = asyncio.create_task(_stop_with(parent, stopping)) if parent is not None else None
        await waiting
        if following is not None:
            following.cancel()
        if watching is not None:
            watching.cancel()
        if parent is None:
            forget(admin_url, emulator.settings.state_directory)
    await emulator.stop()


async def _stop_with(parent: int, stopping: asyncio.Event) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 - no event tells that a parent has ended
        await asyncio.sleep(1)
    stopping.set()


def _print_banner(emulator: Emulator, console: Console) -> None:
    health = emulator.health()
    print_listing(emulator.listing(), console)
    console.print(f"Region {health['region']}, account {health['account']}, topology: {health['topology']}")
    for template in health["templates"]:
        console.print(f"Template {template} is deployed.")
    for line in health["enforced"]:
        console.print(f"  [green]enforced[/green]      {line}")
    for line in health["not_enforced"]:
        console.print(f"  [yellow]not enforced[/yellow]  {line}")
    console.print("Ready. A refusal is logged here with its reason; `vpce why` tells more. Stop with Ctrl-C.")
