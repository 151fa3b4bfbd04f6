"""`vpce topology check`: whether a topology file can be used, found out by reading it and then by building it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path

import click

from vpce_emulator.app import Emulator
from vpce_emulator.config import ConfigurationError
from vpce_emulator.topology_file import TopologyFile
from vpce_emulator.topology_reading import Problem, TopologyFileError, load_topology


def run_check(file: Path, *, as_json: bool) -> int:
    """Print what is in a topology file, or everything that is wrong with it, and return the exit status.

    Raises:
        ConfigurationError: something is wrong, and it is for a person to read.
    """
    try:
        topology = load_topology(file)
        asyncio.run(_build(topology))
    except ConfigurationError as error:
        if not as_json:
            raise
        # What EC2 refused has its place in the message.
        problems = error.problems if isinstance(error, TopologyFileError) else (Problem("", str(error), ""),)
        click.echo(json.dumps({"file": str(file), "problems": [asdict(problem) for problem in problems]}))
        return 2
    counts = {
        "vpcs": len(topology.vpcs),
        "endpoints": sum(len(vpc.endpoints) for vpc in topology.vpcs.values()),
        "clients": len(topology.clients),
    }
    if as_json:
        click.echo(json.dumps({"file": str(file), **counts, "problems": []}))
    else:
        click.echo(f"{file}: {counts['vpcs']} VPCs, {counts['endpoints']} endpoints, {counts['clients']} clients")
    return 0


async def _build(topology: TopologyFile) -> None:
    """Build the network on free ports of this machine, and take it down again."""
    async with Emulator(topology):
        pass
