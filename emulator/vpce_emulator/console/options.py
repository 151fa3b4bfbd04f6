"""What several commands of the command line share: options, and errors as messages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from vpce_emulator.config import ConfigurationError

Command = TypeVar("Command", bound=Callable[..., Any])

ADMIN = click.option("--admin", metavar="URL", help="The emulator's admin address.  [default: the one started last]")
"""The option of commands that ask a running emulator."""

JSON = click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
"""The option of commands that print for a person or a program."""


class Failure(click.ClickException):
    """An error that the user can mend: its message alone is shown, and the exit status is 2."""

    exit_code = 2


def errors_are_messages(command: Command) -> Command:
    """Show what a user can mend as a message, never as a traceback."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever the command takes and returns
        try:
            return command(*args, **kwargs)
        except ConfigurationError as error:
            raise Failure(str(error)) from error

    return run  # type: ignore[return-value]  # functools.wraps keeps the signature
