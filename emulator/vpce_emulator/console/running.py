"""The emulator that was started last: where it is, and asking it."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vpce_emulator.config import ConfigurationError, settings_from_environment, user_state_directory
from vpce_emulator.process import AdminRefused, EmulatorDidNotStart, EmulatorProcess, ask_admin

logger = logging.getLogger(__name__)

_FILE = "running.json"
_PATH = "/_vpce"


def remember(admin_url: str, directory: Path | None = None) -> None:
    """Note where an emulator is that has just started, so that other commands find it without `--admin`."""
    directory = directory or user_state_directory()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / _FILE).write_text(json.dumps({"admin": admin_url}), encoding="utf-8")
    except OSError as error:
        logger.warning(
            "%s cannot be written (%s): other commands need --admin %s", directory, error.strerror, admin_url
        )


def ask(admin_url: str | None, path: str, method: str = "GET", body: object = None) -> Any:  # noqa: ANN401 - JSON is any data
    """Return what a running emulator's admin API answers; the one started last where no address is given.

    Raises:
        ConfigurationError: none runs there, or it refuses; the message says what to do.
    """
    url = _admin_of(admin_url) if admin_url else _last()
    try:
        return ask_admin(url, path, method, body)
    except AdminRefused as error:
        raise ConfigurationError(str(error)) from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        message = f"no emulator answers at {url}; start one with `vpce up`, or name it with --admin"
        raise ConfigurationError(message) from error


def _admin_of(given: str) -> str:
    """Return the address of an admin API, of which its emulator's own address or its host and port alone may be given.

    Raises:
        ConfigurationError: it is no such address.
    """
    try:
        url = urlsplit(given if "://" in given else f"http://{given}")
        if url.scheme in ("http", "https") and url.hostname and url.port != 0 and url.path.rstrip("/") in ("", _PATH):
            return f"{url.scheme}://{url.netloc}{_PATH}"
    except ValueError:  # brackets without an address in them, or a port that is none
        pass
    message = f"--admin: found {given!r}; allowed: an emulator's URL, like http://127.0.0.1:4566"
    raise ConfigurationError(message)


def ask_about(topology: Path, path: str) -> Any:  # noqa: ANN401 - JSON is any data
    """Return what the admin API of an emulator with a topology file answers, which runs for this question alone.

    Raises:
        ConfigurationError: it does not start, or it refuses; the message says what to do.
    """
    try:
        with EmulatorProcess(topology) as process:
            return process.admin(path)
    except (AdminRefused, EmulatorDidNotStart) as error:
        raise ConfigurationError(str(error).strip().removeprefix("Error: ")) from error


def _last() -> str:
    try:
        directory = settings_from_environment({}).state_directory or user_state_directory()
        return str(json.loads((directory / _FILE).read_text(encoding="utf-8"))["admin"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        message = "no emulator was started by this user; start one with `vpce up`, or name it with --admin"
        raise ConfigurationError(message) from error
