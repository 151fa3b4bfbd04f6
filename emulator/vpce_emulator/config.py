"""The settings of a running emulator, from the command line or the environment.

This module is the only reader of the environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

PREFIX = "VPCE_"


class ConfigurationError(Exception):
    """What a user wrote cannot be used. The message says where, what was found, and what is allowed."""


class Settings(BaseModel):
    """How the emulator runs. Each field is also an environment variable: `VPCE_` and the field's name in capitals."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topology: Annotated[Path | None, Field(description="The topology file; without one, the built-in topology.")] = None
    template: Annotated[
        tuple[Path, ...],
        Field(
            description="A CloudFormation template to deploy after the topology. The option may be given several times."
        ),
    ] = ()
    host: Annotated[str, Field(description="The address that every door and resolver listens on.")] = "127.0.0.1"
    port: Annotated[
        int,
        Field(
            ge=0,
            le=65535,
            description=(
                "The internet door's port. The ports after it are those of the file's clients, its endpoints, and then "
                "all others. 0: any free."
            ),
        ),
    ] = 4566
    dns_port: Annotated[
        int,
        Field(
            ge=0,
            le=65535,
            description="The public resolver's port. The VPCs' resolvers take the ports after it. 0: any free.",
        ),
    ] = 5300
    dns_upstream: Annotated[
        str | None,
        Field(
            pattern=r"^\d+\.\d+\.\d+\.\d+(:\d+)?$",
            description="A resolver, like 192.0.2.53 or 192.0.2.53:5353, for names outside AWS. Without one: NXDOMAIN.",
        ),
    ] = None
    dns_packet_limit: Annotated[
        int | None,
        Field(
            ge=1,
            description="Packets a second that a VPC's resolver takes from one address, 1024 on AWS. Without one: all.",
        ),
    ] = None
    endpoint_delay: Annotated[
        float,
        Field(
            ge=0,
            description="Seconds for which a new interface endpoint is pending, and a deleted one deleting.",
        ),
    ] = 0
    enforcement: Annotated[
        Literal["on", "off"],
        Field(description="Whether policies decide. Routes and security groups always do."),
    ] = "on"
    unknown_keys: Annotated[
        Literal["root", "refused"],
        Field(description="A lasting key that nobody made acts as the account's root user, or is refused as on AWS."),
    ] = "root"
    blocked: Annotated[
        Literal["reset", "timeout"],
        Field(description="A blocked path closes the connection at once (reset) or hangs as on AWS (timeout)."),
    ] = "reset"
    state_directory: Annotated[
        Path | None,
        Field(description="Where the local certificate authority is kept. Without one: the user's data directory."),
    ] = None

    @field_validator("template", mode="before")
    @classmethod
    def _paths(cls, value: object) -> object:
        """Read several paths out of one text, separated as in PATH."""
        return tuple(value.split(os.pathsep)) if isinstance(value, str) else value


def settings_from_environment(given: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings: those given (None means not given), else the environment's, else the defaults.

    Args:
        given: by field name, as from the command line; None and an empty tuple mean not given.
        environment: the process's own where it is None.

    Raises:
        ConfigurationError: a value that is not allowed, named as the user wrote it.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for field in Settings.model_fields:
        variable = PREFIX + field.upper()
        if given.get(field) not in (None, ()):
            values[field], origin[field] = given[field], f"--{field.replace('_', '-')}"
        elif environment.get(variable):
            values[field], origin[field] = environment[variable], variable
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(
            "\n".join(
                f"{origin.get(str(item['loc'][0]), item['loc'][0])}: found {item['input']!r}; "
                f"allowed: {item['msg'].removeprefix('Input should be ').partition(', unable')[0]}"
                for item in error.errors(include_url=False)
            )
        ) from error


def misspelt_variables(environment: Mapping[str, str] | None = None) -> Iterator[tuple[str, str]]:
    """Yield the variables that are nearly a setting's, with that one; others may be what an orchestrator sets."""
    environment = os.environ if environment is None else environment
    known = [PREFIX + field.upper() for field in Settings.model_fields]
    for variable in sorted(environment):
        if variable.startswith(PREFIX) and variable not in known:
            yield from ((variable, near) for near in get_close_matches(variable, known, n=1, cutoff=0.85))


def user_state_directory(environment: Mapping[str, str] | None = None) -> Path:
    """Return where this user's programs keep data between runs.

    XDG Base Directory Specification: `$XDG_DATA_HOME`, else `~/.local/share`.
    """
    environment = os.environ if environment is None else environment
    home = environment.get("XDG_DATA_HOME")
    return (Path(home) if home else Path.home() / ".local" / "share") / "vpce-emulator"
