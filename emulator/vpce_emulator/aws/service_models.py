"""What botocore's service models tell: the names of a service, and which operation a method and path mean.

Only services whose operations stand in the path (`rest-json`, `rest-xml`), and services that are not in our own table
of names, need a model. A model is read once, when the first request for its service comes. botocore itself is not
imported: its models are data files.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from vpce_emulator.aws.call import Protocol

_SERVICE_NAME = re.compile(r"[a-z0-9-]{1,64}")
_LABEL = re.compile(r"\{([A-Za-z0-9_-]+)(\+?)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """How one operation stands on the wire.

    Attributes:
        operation: its name.
        method: its HTTP method.
        path: matches the raw path; the groups are the URI labels.
        labels: their names, in order.
        query: parameters with the values that must be there; None means any value.
        literals: how many characters of the path are fixed: of two routes that match, the longer one is meant.
    """

    operation: str
    method: str
    path: re.Pattern[str]
    labels: tuple[str, ...]
    query: tuple[tuple[str, str | None], ...]
    literals: int


@dataclass(frozen=True, slots=True)
class ServiceModel:
    """The part of a service model that telling requests apart needs.

    Attributes:
        protocol: the one that SDKs speak.
        label: what its host names begin with.
        scope: its name in signatures.
        target: what `X-Amz-Target` begins with, before the dot.
        protocols: all that it understands, by botocore's names: `json`, `query`, `ec2`, `smithy-rpc-v2-cbor` …
        operations: the names of its operations.
        routes: of REST services, which method and path mean which operation.
    """

    protocol: Protocol
    label: str
    scope: str
    target: str
    protocols: frozenset[str]
    operations: frozenset[str]
    routes: tuple[Route, ...]

    def operation(self, method: str, raw_path: str, raw_query: str) -> tuple[str, Mapping[str, str]] | None:
        """Return the operation that a request line means and its path's labels, or None when there is none."""
        query = parse_qs(raw_query, keep_blank_values=True)
        for route in self.routes:
            if route.method != method:
                continue
            found = route.path.fullmatch(raw_path)
            if found and all(name in query and value in {None, query[name][0]} for name, value in route.query):
                return route.operation, dict(zip(route.labels, found.groups(), strict=True))
        return None


@lru_cache(maxsize=512)
def service_model(name: str) -> ServiceModel | None:
    """Read the newest model of the service that botocore calls `name`; None when it has no such service."""
    if not _SERVICE_NAME.fullmatch(name):
        return None
    model = read_model(name)
    if model is None:
        return None
    metadata = model["metadata"]
    protocol = _protocol(metadata)
    rest = protocol in {Protocol.REST_JSON, Protocol.REST_XML}
    return ServiceModel(
        protocol=protocol,
        label=metadata["endpointPrefix"],
        scope=metadata.get("signingName") or metadata["endpointPrefix"],
        target=metadata.get("targetPrefix", ""),
        protocols=_protocols(metadata),
        operations=frozenset(model["operations"]),
        routes=_routes(model["operations"]) if rest else (),
    )


def read_model(name: str) -> dict[str, Any] | None:
    """Return a service model as botocore ships it, the newest; None when there is no such service."""
    botocore = importlib.util.find_spec("botocore")
    if botocore is None or botocore.origin is None:
        return None
    versions = sorted((Path(botocore.origin).parent / "data" / name).glob("*/service-2.json*"))
    if not versions:
        return None
    content = versions[-1].read_bytes()
    model: dict[str, Any] = json.loads(gzip.decompress(content) if versions[-1].suffix == ".gz" else content)
    return model


def check_operation(service: str, operation: str) -> None:
    """Check the names of a service and an operation of it; empty ones are right.

    Raises:
        LookupError: there is none of that name; the message says which there are.
    """
    model = read_model(service) if _SERVICE_NAME.fullmatch(service) else None
    if service and model is None:
        message = f"no service is named {service!r}; allowed: the names of boto3's clients, like s3 or dynamodb"
        raise LookupError(message)
    if operation and model is None:
        message = f"the operation {operation!r} needs the service that it is of"
        raise LookupError(message)
    if operation and model is not None and operation not in model["operations"]:
        message = f"{service} has no operation {operation!r}; there are: {', '.join(sorted(model['operations']))}"
        raise LookupError(message)


def _protocols(metadata: Mapping[str, Any]) -> frozenset[str]:
    # https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
    older = {"query"} if "awsQueryCompatible" in metadata else set()
    return frozenset(metadata.get("protocols", ())) | {metadata["protocol"]} | older


def _protocol(metadata: Mapping[str, Any]) -> Protocol:
    if metadata["protocol"] == "json":
        return Protocol.JSON_1_0 if metadata.get("jsonVersion") == "1.0" else Protocol.JSON_1_1
    return Protocol(metadata["protocol"])


def _routes(operations: Mapping[str, Any]) -> tuple[Route, ...]:
    routes = [_route(name, operation["http"]) for name, operation in operations.items()]
    return tuple(sorted(routes, key=lambda route: (route.literals, len(route.query)), reverse=True))


def _route(operation: str, http: Mapping[str, Any]) -> Route:
    path, _, query = http["requestUri"].partition("?")
    parameters = parse_qs(query, keep_blank_values=True)
    required = tuple((name, values[0] or None) for name, values in parameters.items())
    labels = tuple(label[1] for label in _LABEL.finditer(path))
    return Route(operation, http["method"], _pattern(path), labels, required, len(_LABEL.sub("", path)))


def _pattern(path: str) -> re.Pattern[str]:
    """Return the pattern of a request URI; a label is one segment, a greedy one (`{Key+}`) the rest of the path."""
    parts: list[str] = []
    end = 0
    for label in _LABEL.finditer(path):
        parts.append(re.escape(path[end : label.start()]))
        parts.append("(.+)" if label[2] else "([^/]+)")
        end = label.end()
    return re.compile("".join([*parts, re.escape(path[end:].rstrip("/")), "/?"]))
