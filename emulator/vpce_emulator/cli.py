"""The command line, `vpce`."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import click

from vpce_emulator.config import ConfigurationError, Settings, misspelt_variables, settings_from_environment
from vpce_emulator.console.network_commands import fault, path, resolve, zone
from vpce_emulator.console.options import ADMIN, JSON, errors_are_messages
from vpce_policies import PolicyKind

Command = TypeVar("Command", bound=Callable[..., Any])


# `bucket`, `vpc-endpoint`, ...: the engine's kinds, as options are spelled.
POLICY_KINDS = [kind.value.replace("_", "-") for kind in PolicyKind]


def _settings_options(command: Command) -> Command:
    """Give a command an option for every setting, named and described as the setting is."""
    for name, field in reversed(Settings.model_fields.items()):
        default = "" if field.default in (None, ()) else f"  [default: {field.default}]"
        option = click.option(
            f"--{name.replace('_', '-')}",
            name,
            metavar=_metavar(field.annotation),
            multiple=field.default == (),
            help=f"{field.description}{default}  [env: VPCE_{name.upper()}]",
        )
        command = option(command)
    return command


def _metavar(annotation: Any) -> str:  # noqa: ANN401 - an annotation is any object
    text = str(annotation)
    if "Literal" in text:
        return text[text.index("[") + 1 : text.rindex("]")].replace("'", "").replace(", ", "|")
    return "NUMBER" if "int" in text or "float" in text else "PATH" if "Path" in text else "TEXT"


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(version("vpce-emulator"), prog_name="vpce")
def main() -> None:
    """AWS VPC endpoints on this machine.

    Start with `vpce demo`, which shows what is enforced, or `vpce up`, which prints an endpoint_url for every place
    in the network that a program can call from.
    """


@main.command()
@_settings_options
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready, instead of tables.")
@click.option("--no-reload", is_flag=True, help="Do not follow the topology file when it is edited.")
@click.option("--stop-with-parent", is_flag=True, help="Stop when the process that started this one ends.")
@errors_are_messages
def up(*, as_json: bool, no_reload: bool, stop_with_parent: bool, **given: Any) -> None:  # noqa: ANN401 - the settings, by name
    """Run the emulator until it is interrupted.

    A topology file is followed when it is edited: what differs is changed in the running network, and printed.
    """
    # The first process of a container is not ended by a signal that it does not handle. Until the server handles it,
    # nothing runs that would have to be closed.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    for variable, meant in misspelt_variables():
        click.echo(f"Warning: {variable} is no setting; {meant} is.", err=True)
    # What is imported and built until everything runs stays: there is no garbage to look for in it.
    gc.disable()
    # The server and moto behind it take a second to import; other commands do not wait for them.
    from vpce_emulator.console.up import run_until_stopped  # noqa: PLC0415

    run_until_stopped(
        settings_from_environment(given), as_json=as_json, stop_with_parent=stop_with_parent, follows=not no_reload
    )


@main.command()
@errors_are_messages
def demo() -> None:
    """Walk a data perimeter, call by call, and compare each outcome with AWS's.

    Exits with 1 if any outcome differs.
    """
    from vpce_emulator.console.demo import run_demo  # noqa: PLC0415 - as above

    sys.exit(run_demo())


@main.command()
@ADMIN
@JSON
@errors_are_messages
def endpoints(*, admin: str | None, as_json: bool) -> None:
    """List the doors, endpoints and resolvers of a running emulator."""
    from vpce_emulator.console.running import ask  # noqa: PLC0415 - as above
    from vpce_emulator.console.tables import print_listing  # noqa: PLC0415 - as above

    listing = ask(admin, "endpoints")
    if as_json:
        click.echo(json.dumps(listing))
    else:
        print_listing(listing)


@main.command()
@click.argument("request_id", required=False)
@ADMIN
@click.option("--json", "as_json", is_flag=True, help="Print what is known of the request as JSON.")
@errors_are_messages
def why(*, request_id: str | None, admin: str | None, as_json: bool) -> None:
    """Say why a request ended as it did.

    REQUEST_ID is the id in its response or error. Without one, the last request that was refused is meant.
    """
    from vpce_emulator.console.running import ask  # noqa: PLC0415 - as above
    from vpce_emulator.console.tables import print_decision  # noqa: PLC0415 - as above

    wanted = f"decisions/{request_id}" if request_id else "decisions/last-refused"
    decision = ask(admin, wanted)
    if as_json:
        click.echo(json.dumps(decision))
    else:
        print_decision(decision)


main.add_command(resolve)
main.add_command(path)
main.add_command(zone)
main.add_command(fault)


@main.group()
def topology() -> None:
    """Write or check a topology file."""


@topology.command("init")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), default=Path("vpce.yaml"))
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
@errors_are_messages
def topology_init(*, file: Path, force: bool) -> None:
    """Write the built-in topology, with comments, to FILE (vpce.yaml)."""
    from vpce_emulator.topology_reading import DEFAULT_TOPOLOGY  # noqa: PLC0415 - as above

    try:
        with file.open("w" if force else "x", encoding="utf-8") as out:
            out.write(DEFAULT_TOPOLOGY)
    except FileExistsError as error:
        message = f"{file} is there already; --force overwrites it"
        raise ConfigurationError(message) from error
    except OSError as error:
        message = f"{file} cannot be written: {error.strerror}"
        raise ConfigurationError(message) from error
    click.echo(f"wrote {file}; start with: vpce up --topology {file}")


@topology.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@JSON
@errors_are_messages
def topology_check(*, file: Path, as_json: bool) -> None:
    """Check FILE: what this refuses, `vpce up` would, and nothing else.

    Its network is built for a moment, where nobody sees it. Exits with 2 if it cannot be used.
    """
    from vpce_emulator.console.topology_check import run_check  # noqa: PLC0415 - as above

    sys.exit(run_check(file, as_json=as_json))


@main.group()
def policy() -> None:
    """Check policies, or decide requests by them, without running anything."""


@policy.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--kind", type=click.Choice(POLICY_KINDS), help="What policies are attached to.  [default: a guess]")
@click.option("--bucket", metavar="NAME", help="The bucket that bucket policies are for.")
@click.option("--format", "output", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True)
@click.option("--strict", is_flag=True, help="Exit with 1 also for warnings.")
@errors_are_messages
def policy_check(*, files: tuple[str, ...], kind: str | None, bucket: str | None, output: str, strict: bool) -> None:
    """Look policies over, before AWS does.

    Each FILE is a policy in JSON or a topology file, whose policies are checked one by one; - is standard input. Exits
    with 1 if AWS would refuse one, and with 2 if a file cannot be read.
    """
    from vpce_emulator.console.policy_check import run_check  # noqa: PLC0415 - as above

    sys.exit(run_check(files, kind, bucket, output, strict=strict))


@policy.command("simulate")
@errors_are_messages
def policy_simulate() -> None:
    """Decide requests by policies: one case a line on standard input, one decision a line on standard output.

    Exits with 2 if a case could not be read; its line then says why.
    """
    from vpce_emulator.console.policy_simulate import simulate_cases  # noqa: PLC0415 - as above

    if simulate_cases(sys.stdin.buffer, sys.stdout.buffer):
        sys.exit(2)


@main.command()
@click.option("--state-directory", type=click.Path(path_type=Path), help="As of `vpce up`.")
@errors_are_messages
def ca(*, state_directory: Path | None) -> None:
    """Print the file of the local certificate authority, for AWS_CA_BUNDLE."""
    from vpce_emulator.config import user_state_directory  # noqa: PLC0415 - as above
    from vpce_emulator.network.certificates import CertificateAuthority  # noqa: PLC0415 - as above

    settings = settings_from_environment({"state_directory": state_directory})
    click.echo(CertificateAuthority(settings.state_directory or user_state_directory()).certificate())
