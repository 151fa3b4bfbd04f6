"""The admin API: what the emulator is, what it decided, and how to start over.

It is served below `/_vpce/` on the internet door, which is no path of any bucket: a bucket's name cannot begin with an
underscore (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from aiohttp import web

from vpce_emulator.aws.hosts import parse_host
from vpce_emulator.config import ConfigurationError
from vpce_emulator.events import Event, Outcome, as_json
from vpce_emulator.journal import Journal
from vpce_emulator.network.http_server import Answer

PREFIX = "/_vpce/"
_LARGEST_RULE = 65_536


class Administered(Protocol):
    """What the admin API tells of and acts on: a running emulator."""

    journal: Journal

    def health(self) -> dict[str, Any]:
        """Return what is served and what is enforced."""

    def listing(self, host: str | None = None) -> dict[str, Any]:
        """Return the doors, endpoints and resolvers, with URLs on `host`."""

    def certificate_authority(self) -> dict[str, Any]:
        """Return the certificate that clients of HTTPS have to trust, and the file that it is in.

        Raises:
            ConfigurationError: there is none, and none can be made.
        """

    def describe_topology(self) -> dict[str, Any]:
        """Return the network as it is now."""

    def resolve(self, name: str, client: str | None) -> dict[str, Any]:
        """Return what DNS answers for a name.

        Raises:
            LookupError: there is no such client; the message lists those that there are.
            ValueError: it is no host name.
        """

    def path(self, service: str, client: str | None, port: int | None) -> dict[str, Any]:
        """Return how a connection would reach a service, hop by hop, or what stops it.

        Raises:
            LookupError: there is no such client; the message lists those that there are.
            ValueError: `service` is nothing that can be connected to.
        """

    def zones(self) -> list[dict[str, Any]]:
        """Return the Availability Zones that have subnets, and which of them are impaired."""

    async def impair(self, zone: str) -> dict[str, Any]:
        """Make an Availability Zone fail.

        Raises:
            LookupError: there is no such zone; the message lists those that there are.
        """

    async def recover(self, zone: str) -> dict[str, Any]:
        """End what `impair` did.

        Raises:
            LookupError: there is no such zone; the message lists those that there are.
        """

    def faults(self) -> list[dict[str, Any]]:
        """Return the fault rules that are in force."""

    def add_fault(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        """Make calls fail by a rule.

        Raises:
            LookupError: it names something that is not there.
            ValueError: it is no rule.
        """

    def clear_faults(self, rule_id: str | None) -> list[dict[str, Any]]:
        """End a fault rule, or all of them, and return those that are left.

        Raises:
            LookupError: there is no such rule; the message lists those that there are.
        """

    async def reset(self) -> None:
        """Forget all data and every change to the network since the start."""


class Refused(Exception):
    """A request to the admin API that cannot be answered: the status, and what to do instead."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        """Make a refusal; `headers` are those that its status demands."""
        super().__init__(message)
        self.status = status
        self.headers = headers


# Where what follows the name in the path is part of the question: /_vpce/decisions/ID.
_WITH_MORE: Final = frozenset({("GET", "decisions"), ("POST", "zones"), ("DELETE", "faults")})


def _takes(method: str, name: str, rest: str) -> bool:
    """Return whether a path has as much behind its name as a method asks for."""
    return bool(rest) if (method, name) == ("POST", "zones") else not rest or (method, name) in _WITH_MORE


def _refuse_web_pages(request: web.BaseRequest) -> None:
    """Keep pages of other origins in this machine's browser from asking or resetting the emulator.

    Raises:
        Refused: the request comes from one.
    """
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("Host"):
        raise Refused(403, f"Origin: found {origin!r}; the admin API is not for web pages of other origins")


class Admin:
    """Answers requests below `/_vpce/`, and leaves all others to somebody else."""

    def __init__(self, emulator: Administered) -> None:
        """Administer an emulator."""
        self._emulator = emulator
        self._routes: Mapping[tuple[str, str], Callable[[web.BaseRequest, str], Awaitable[Any]]] = {
            ("GET", "health"): self._health,
            ("GET", "topology"): self._topology,
            ("GET", "endpoints"): self._endpoints,
            ("GET", "ca"): self._certificate_authority,
            ("GET", "decisions"): self._decisions,
            ("GET", "resolve"): self._resolve,
            ("GET", "path"): self._path,
            ("GET", "zones"): self._zones,
            ("POST", "zones"): self._change_zone,
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): self._clear_faults,
            ("POST", "reset"): self._reset,
        }

    def before(self, others: Answer) -> Answer:
        """Return what answers both requests to the admin API and, with `others`, the rest."""

        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            # A bucket's own host name has paths of its own.
            if request.raw_path.startswith(PREFIX) and parse_host(request.headers.get("Host", "")) is None:
                return await self._answer(request)
            return await others(request)

        return answer

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        name, _, rest = request.path.removeprefix(PREFIX).strip("/").partition("/")
        known = self._routes.get((request.method, name)) if _takes(request.method, name, rest) else None
        route = known or self._unknown
        try:
            _refuse_web_pages(request)
            body = await route(request, rest)
        except Refused as refusal:
            return web.json_response({"message": str(refusal)}, status=refusal.status, headers=refusal.headers)
        except LookupError as error:
            return web.json_response({"message": str(error.args[0])}, status=404)
        except ValueError as error:
            return web.json_response({"message": str(error)}, status=400)
        return web.json_response(body, dumps=lambda data: json.dumps(data, default=str))

    async def _unknown(self, request: web.BaseRequest, rest: str) -> None:
        name = request.path.removeprefix(PREFIX).strip("/").partition("/")[0]
        allowed = [method for method, known in self._routes if known == name and _takes(method, name, rest)]
        if allowed:
            message = f"{request.path} is for {' and '.join(allowed)}, not for {request.method}"
            raise Refused(405, message, {"Allow": ", ".join(allowed)})
        known = ", ".join(f"{method} {PREFIX}{name}" for method, name in self._routes)
        raise Refused(404, f"{request.method} {request.path} is not known; there are: {known}")

    async def _health(self, _request: web.BaseRequest, _rest: str) -> dict[str, Any]:
        return self._emulator.health()

    async def _topology(self, _request: web.BaseRequest, _rest: str) -> dict[str, Any]:
        return self._emulator.describe_topology()

    async def _endpoints(self, request: web.BaseRequest, _rest: str) -> dict[str, Any]:
        try:
            return self._emulator.listing(request.url.host)
        except ValueError:
            host = request.headers.get("Host")
            raise Refused(400, f"Host: found {host!r}; allowed: a name or an address, and a port") from None

    async def _certificate_authority(self, _request: web.BaseRequest, _rest: str) -> dict[str, Any]:
        try:
            return self._emulator.certificate_authority()
        except ConfigurationError as error:
            raise Refused(500, str(error)) from error

    async def _decisions(self, request: web.BaseRequest, request_id: str) -> dict[str, Any]:
        if request_id:
            return as_json(self._one_decision(request_id))
        _check_query(request, "since")
        since = request.query.get("since", "0")
        if not (since.isascii() and since.isdigit() and len(since) < 16):
            raise Refused(400, f"since: found {since!r}; allowed: a number, as in `number` of a decision")
        return {"decisions": [as_json(event) for event in self._emulator.journal.since(int(since))]}

    def _one_decision(self, request_id: str) -> Event:
        journal = self._emulator.journal
        if request_id == "last-refused":
            refused = [event for event in journal.since(0) if event.outcome is not Outcome.ALLOWED]
            if not refused:
                raise Refused(404, "no request was refused yet")
            return refused[-1]
        event = journal.find(request_id)
        if event is None:
            raise Refused(404, f"no request {request_id} is kept; the last ones are in {PREFIX}decisions")
        return event

    async def _resolve(self, request: web.BaseRequest, _rest: str) -> dict[str, Any]:
        _check_query(request, "name", "at")
        name = request.query.get("name", "")
        if not name:
            raise Refused(400, "name: found nothing; allowed: a host name, as in ?name=s3.us-east-1.amazonaws.com")
        return self._emulator.resolve(name, request.query.get("at"))

    async def _path(self, request: web.BaseRequest, _rest: str) -> dict[str, Any]:
        _check_query(request, "service", "port", "at")
        service, port = request.query.get("service", ""), request.query.get("port")
        if not service:
            raise Refused(400, "service: found nothing; allowed: a service, a host name or a URL, as in ?service=s3")
        if port is not None and not (port.isascii() and port.isdigit() and 0 < int(port[:9]) < 65536):
            raise Refused(400, f"port: found {port!r}; allowed: 1 to 65535")
        return self._emulator.path(service, request.query.get("at"), int(port) if port else None)

    async def _zones(self, _request: web.BaseRequest, _rest: str) -> dict[str, Any]:
        return {"zones": self._emulator.zones()}

    async def _change_zone(self, request: web.BaseRequest, rest: str) -> dict[str, Any]:
        zone, _, change = rest.partition("/")
        if change == "impair":
            return await self._emulator.impair(zone)
        if change == "recover":
            return await self._emulator.recover(zone)
        raise Refused(404, f"{request.path} is not known; there are: POST {PREFIX}zones/ZONE/impair and …/recover")

    async def _faults(self, _request: web.BaseRequest, _rest: str) -> dict[str, Any]:
        return {"faults": self._emulator.faults()}

    async def _add_fault(self, request: web.BaseRequest, _rest: str) -> dict[str, Any]:
        try:
            rule = json.loads(await _body(request))
        except (ValueError, RecursionError):
            rule = None
        if not isinstance(rule, dict):
            raise Refused(400, 'the body: found no JSON object; allowed: a rule, like {"throttle": true, "rate": 0.5}')
        return self._emulator.add_fault(rule)

    async def _clear_faults(self, _request: web.BaseRequest, rest: str) -> dict[str, Any]:
        return {"faults": self._emulator.clear_faults(rest or None)}

    async def _reset(self, _request: web.BaseRequest, _rest: str) -> dict[str, Any]:
        await self._emulator.reset()
        return {"reset": True}


def _check_query(request: web.BaseRequest, *known: str) -> None:
    """Refuse parameters that mean nothing here, instead of answering as if they were not there."""
    for name in request.query:
        if name not in known:
            raise Refused(400, f"{name}: is not known; there are: {', '.join(known)}")


async def _body(request: web.BaseRequest) -> bytes:
    """Return a request's body, in however many pieces it arrives.

    Raises:
        ValueError: it is larger than any rule.
    """
    body = bytearray()
    while chunk := await request.content.read(_LARGEST_RULE):
        body += chunk
        if len(body) > _LARGEST_RULE:
            raise ValueError("the body is larger than any rule")
    return bytes(body)
