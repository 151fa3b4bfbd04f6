"""The emulator as a test, or a demonstration, sees it: clients at places, names, endpoints, denials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from vpce_emulator.process import AdminRefused, EmulatorProcess
from vpce_policies import Layer

DENIERS = (
    *(layer.value for layer in Layer),
    "public_access_block",
    "requester_pays",
    "expected_bucket_owner",
    "network",
)
"""What `Vpce.denied` may be told to expect: the layers of policies, S3's own refusals, and blocked paths."""

# Keys that nobody made act as the account's root user; these are AWS's example keys.
DEFAULT_CREDENTIALS = {
    "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}


class UnknownPlace(LookupError):
    """No client or endpoint has that name. The message lists those that there are."""


@dataclass(frozen=True, slots=True)
class EndpointInfo:
    """A VPC endpoint of the running emulator.

    Attributes:
        name: as in the topology file.
        id: `vpce-…`, the value of aws:SourceVpce.
        type: `Gateway` or `Interface`.
        service: `com.amazonaws.us-east-1.s3`.
        vpc_id: the value of aws:SourceVpc.
        url: the endpoint's door.
        dns_names: its DNS names, the regional one first.
        addresses: its private addresses.
    """

    name: str
    id: str
    type: str
    service: str
    vpc_id: str
    url: str
    dns_names: tuple[str, ...]
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Denial:
    """A refused request: what refused it (`by`, the one in the message first), the message, and the reason in words."""

    by: tuple[str, ...]
    operation: str
    message: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reached:
    """How a connection would reach a service.

    Attributes:
        kind: `interface`, `gateway`, `internet`, or `blocked`.
        endpoint: the endpoint's id; None on the internet.
        addresses: what DNS answers there.
        source_address: as the service would see it.
        hops: what had a say, in order, each a sentence; of a blocked path, the last one stopped it.
        reason: why it goes this way, or what stops it and what would let it.
    """

    kind: str
    endpoint: str | None
    addresses: tuple[IPv4Address, ...]
    source_address: IPv4Address
    hops: tuple[str, ...]
    reason: str


class Vpce:
    """The emulator as a test sees it."""

    def __init__(self, process: EmulatorProcess) -> None:
        """Use a running emulator."""
        self._process = process

    @property
    def listing(self) -> Mapping[str, Any]:
        """The doors, endpoints and resolvers as they are now, as `vpce endpoints --json` prints them."""
        listing: Mapping[str, Any] = self._process.admin("endpoints")
        return listing

    @property
    def ca_bundle(self) -> str:
        """The file with the certificate that clients of HTTPS have to trust (`AWS_CA_BUNDLE`, `verify`)."""
        return str(self._process.admin("ca")["file"])

    def url(self, *, at: str | None = None, via: str | None = None, tls: bool = False) -> str:
        """Return the `endpoint_url` of a place.

        Args:
            at: a client's name: calls from there, over whatever path its names, routes and groups give.
            via: an endpoint's name or id: calls through it.
            tls: whether it is for HTTPS, by which aws:SecureTransport is true; clients have to trust `ca_bundle`.

        Raises:
            UnknownPlace: there is none of that name.
        """
        url = self._plain_url(at=at, via=via)
        return url.replace("http://", "https://", 1) if tls else url

    def _plain_url(self, *, at: str | None, via: str | None) -> str:
        if at is not None and via is not None:
            message = "a call comes from a client (at) or through an endpoint (via), not both"
            raise TypeError(message)
        if via is not None:
            return self.endpoint(via).url
        if at is not None:
            return str(_named(self.listing["clients"], at, "client"))
        return str(self.listing["internet"])

    def client(
        self,
        service: str,
        *,
        at: str | None = None,
        via: str | None = None,
        tls: bool = False,
        **options: Any,  # noqa: ANN401 - whatever boto3 takes
    ) -> Any:  # noqa: ANN401 - boto3's clients have no types
        """Return a boto3 client that calls from a place; from the internet where none is given.

        It tries each call once, so that what is refused fails at once; `config` may say otherwise.

        Args:
            service: `s3`, `dynamodb`, `sqs` …
            at: as in `url`.
            via: as in `url`.
            tls: whether it speaks HTTPS, as a policy that denies where aws:SecureTransport is false wants it.
            options: further arguments of `boto3.client`, such as credentials.
        """
        import boto3  # noqa: PLC0415 - half a second that only the tests which use it should wait
        from botocore.config import Config  # noqa: PLC0415 - as above

        trusted = {"verify": self.ca_bundle} if tls else {}
        given = {"region_name": self.listing["region"], **DEFAULT_CREDENTIALS, **trusted, **options}
        once = Config(retries={"total_max_attempts": 1})
        given["config"] = once.merge(given["config"]) if "config" in given else once
        url = self.url(at=at, via=via, tls=tls)
        client = boto3.client(service, endpoint_url=url, **given)
        if service in _NAMED_BY_HOST:
            suffix = f".{_NAMED_BY_HOST[service]}.{given['region_name']}.amazonaws.com"
            client.meta.events.register("before-sign", partial(_dial_the_door, urlsplit(url).netloc, suffix))
        return client

    def endpoint(self, name: str) -> EndpointInfo:
        """Return an endpoint by its name or id.

        Raises:
            UnknownPlace: there is none.
        """
        endpoints = self.listing["endpoints"]
        by_id = {entry["id"]: known for known, entry in endpoints.items()}
        entry = _named(endpoints, by_id.get(name, name), "endpoint")
        return EndpointInfo(
            name=by_id[entry["id"]],
            id=entry["id"],
            type=entry["type"],
            service=entry["service"],
            vpc_id=entry["vpc_id"],
            url=entry["url"],
            dns_names=tuple(entry["dns_names"]),
            addresses=tuple(entry["addresses"]),
        )

    def resolve(self, name: str, *, at: str | None = None) -> tuple[IPv4Address, ...]:
        """Return what DNS answers for a name: to a client's VPC, or to the public where none is given.

        Raises:
            UnknownPlace: there is no client of that name.
        """
        answer = self._told("resolve", {"name": name, "at": at})
        return tuple(IPv4Address(address) for address in answer["addresses"])

    def path(self, service: str, *, at: str | None = None, port: int | None = None) -> Reached:
        """Return how a connection would reach a service, without making one.

        Args:
            service: `s3`, its full name, a host name or a URL.
            at: a client's name; a caller on the internet where none is given.
            port: the TCP port; that of a URL, or 443, where none is given.

        Raises:
            UnknownPlace: there is no client of that name.
        """
        answer = self._told("path", {"service": service, "at": at, "port": port})
        return Reached(
            kind=answer["path"],
            endpoint=answer["endpoint"],
            addresses=tuple(map(IPv4Address, answer["addresses"])),
            source_address=IPv4Address(answer["source_address"]),
            hops=tuple(hop["explanation"] for hop in answer["hops"]),
            reason=answer["reason"],
        )

    def _told(self, question: str, about: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON is any data
        """Return what the emulator says when it is asked; a client that is not there is looked for only then."""
        query = urlencode({name: value for name, value in about.items() if value is not None})
        try:
            return self._process.admin(f"{question}?{query}")
        except AdminRefused:
            if about["at"] is not None:
                self.url(at=about["at"])
            raise

    @contextmanager
    def impair(self, zone: str) -> Iterator[None]:
        """Make an Availability Zone fail during the block.

        Endpoints' network interfaces in it answer nobody and leave the regional names; zonal names still lead to them.

        Args:
            zone: its name or id: `us-east-1a`, `use1-az1`.

        Raises:
            AdminRefused: no subnet is in it.
        """
        here = f"zones/{quote(zone, safe='')}"
        self._process.admin(f"{here}/impair", "POST")
        try:
            yield
        finally:
            self._process.admin(f"{here}/recover", "POST")

    @contextmanager
    def fault(
        self,
        *,
        via: str | None = None,
        at: str | None = None,
        service: str | None = None,
        operation: str | None = None,
        throttle: float = 0.0,
        reset: float = 0.0,
        latency: float = 0.0,
        count: int | None = None,
        seed: int = 0,
    ) -> Iterator[None]:
        """Make calls fail during the block; the same ones in every run.

        Args:
            via: an endpoint's name or id: calls through it alone.
            at: a client's name: calls from there alone.
            service: calls to it alone, as SDKs name it: `s3`.
            operation: calls of it alone: `GetObject`; with its service.
            throttle: the share of calls that the service answers with its throttling error: 1.0 for all of them.
            reset: the share of calls whose connection is reset (TCP RST), without an answer.
            latency: seconds that calls wait; those of the share, where there is one, else all.
            count: how many calls are hit at most.
            seed: another one hits other calls at the same rate.

        Raises:
            AdminRefused: what is named is not there, or there is nothing that would befall a call.
        """
        about = {"endpoint": via, "client": at, "service": service, "operation": operation}
        done = {"throttle": throttle > 0, "reset": reset > 0, "latency": latency}
        often = {"rate": throttle or reset or 1.0, "count": count, "seed": seed}
        rule = {name: value for name, value in {**about, **done, **often}.items() if value is not None}
        made = self._process.admin("faults", "POST", rule)
        try:
            yield
        finally:
            self._process.admin(f"faults/{made['id']}", "DELETE")

    def decisions(self, *, since: int = 0) -> list[dict[str, Any]]:
        """Return what happened to each request of this test, as the admin API tells it, oldest first."""
        decisions: list[dict[str, Any]] = self._process.admin(f"decisions?since={since}")["decisions"]
        return decisions

    def last_request(self) -> int:
        """Return the number of the last request, for `decisions`."""
        return int(self._process.admin("health")["requests"])

    @contextmanager
    def denied(self, *, by: str | None = None) -> Iterator[list[Denial]]:
        """Expect that a request in the block is denied, and swallow the exception that this raises.

        Args:
            by: the policy layer that denies: `vpc_endpoint`, `resource` (a bucket policy), `identity`,
                `permissions_boundary`, `session`, `scp`, `rcp`; S3's own `public_access_block`, `requester_pays` and
                `expected_bucket_owner`; or `network` for a path that is blocked. Any where it is None.

        Yields:
            A list that holds the denials when the block has ended.

        Raises:
            AssertionError: nothing was denied, or something else denied it; the message has the reason.
            ValueError: `by` is nothing that denies.
        """
        if by is not None and by not in DENIERS:
            raise ValueError(f"denied: found by={by!r}; allowed: {', '.join(DENIERS)}")
        before = self.last_request()
        denials: list[Denial] = []
        raised: Exception | None = None
        try:
            yield denials
        except Exception as error:
            if not _is_of_a_client(error):
                raise
            raised = error
        decisions = self.decisions(since=before)
        denials += [
            Denial(tuple(d["denied_by"]), d["operation"], d["message"] or d["reason"], d["reason"])
            for d in decisions
            if d["outcome"] in {"denied", "blocked"}
        ]
        if not denials:
            if raised is not None:
                raise raised
            made = "\n".join(f"  {d['service']}:{d['operation']}: {d['outcome']}" for d in decisions) or "  no request"
            message = f"expected a denial{f' by {by}' if by else ''}, but nothing was denied:\n{made}"
            raise AssertionError(message)
        if by is not None and not any(by in denial.by for denial in denials):
            found = "\n".join(f"  {', '.join(d.by)}: {d.message}\n  {d.reason}" for d in denials)
            message = f"expected a denial by {by}, but it was denied by:\n{found}"
            raise AssertionError(message) from raised

    def reset(self) -> None:
        """Forget all data and every change to the network since the start."""
        self._process.admin("reset", "POST")


# Services whose SDKs put an account or an access point before the host name: a door's address has no place for it.
_NAMED_BY_HOST = {"s3": "s3-accesspoint", "s3control": "s3-control"}


def _dial_the_door(door: str, suffix: str, request: Any, **_: object) -> None:  # noqa: ANN401 - botocore's request
    """Send a request for `<prefix>.<door>` to the door, with the host name that it would have on AWS."""
    place = urlsplit(request.url)
    prefix = place.netloc.removesuffix(door).rstrip(".")
    if prefix and place.netloc.endswith(f".{door}"):
        request.url = place._replace(netloc=door).geturl()
        request.headers["Host"] = prefix + suffix


# Where the exceptions come from with which clients report a refusal or a connection that was closed.
_CLIENTS = frozenset({"aiobotocore", "aiohttp", "boto3", "botocore", "httpx", "requests", "urllib3"})


def _is_of_a_client(error: Exception) -> bool:
    return isinstance(error, OSError) or any(kind.__module__.split(".")[0] in _CLIENTS for kind in type(error).__mro__)


def _named(places: Mapping[str, Any], name: str, what: str) -> Any:  # noqa: ANN401 - JSON is any data
    if name not in places:
        message = f"no {what} is named {name!r}; there are: {', '.join(places) or 'none'}"
        raise UnknownPlace(message)
    return places[name]
