"""The emulators that run: where they are, and asking the one that was started last."""

from __future__ import annotations

import json
import logging
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vpce_emulator.config import ConfigurationError, settings_from_environment, user_state_directory
from vpce_emulator.process import AdminRefused, EmulatorDidNotStart, EmulatorProcess, ask_admin

logger = logging.getLogger(__name__)

_FILE = "running.json"
_PATH = "/_vpce"
_PATIENCE = 1.0


def remember(admin_url: str, directory: Path | None = None) -> None:
    """Note where an emulator is that has just started, so that other commands find it without `--admin`."""
    directory = directory or user_state_directory()
    try:
        _write(directory, [*(each for each in _noted(directory) if each != admin_url), admin_url])
    except OSError as error:
        logger.warning(
            "%s cannot be written (%s): other commands need --admin %s", directory, error.strerror, admin_url
        )


def forget(admin_url: str, directory: Path | None = None) -> None:
    """Note that an emulator stops, so that other commands find the one that was started before it."""
    directory = directory or user_state_directory()
    with suppress(OSError):
        _write(directory, [each for each in _noted(directory) if each != admin_url])


def _noted(directory: Path) -> list[str]:
    """Return where emulators were started, the last one at the end."""
    try:
        noted = json.loads((directory / _FILE).read_text(encoding="utf-8"))["admin"]
    except (OSError, ValueError, TypeError, KeyError):
        return []
    return [each for each in noted if isinstance(each, str)] if isinstance(noted, list) else []


def _write(directory: Path, admin_urls: list[str]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    written = directory / f"{_FILE}.{os.getpid()}"
    written.write_text(json.dumps({"admin": admin_urls}), encoding="utf-8")
    written.replace(directory / _FILE)


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
    """Return where the emulator is that was started last, of those that are still there."""
    directory = settings_from_environment({}).state_directory or user_state_directory()
    noted = _noted(directory)
    if not noted:
        message = "no emulator was started by this user; start one with `vpce up`, or name it with --admin"
        raise ConfigurationError(message)
    return next(filter(_listens, reversed(noted)), noted[-1])


def _listens(admin_url: str) -> bool:
    """Say whether anybody listens there: who was killed has taken no leave."""
    place = urlsplit(admin_url)
    try:
        with socket.create_connection((place.hostname or "", place.port or 80), _PATIENCE):
            return True
    except (OSError, ValueError):
        return False
