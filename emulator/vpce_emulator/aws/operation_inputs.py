"""The input of an operation as far as it names resources, wherever in a request its members stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from vpce_emulator.aws.call import Operation, Protocol, Service
from vpce_emulator.aws.cbor import read_cbor
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.json_bodies import read_json

_FORMS = frozenset({Protocol.QUERY, Protocol.EC2})
_REST = frozenset({Protocol.REST_JSON, Protocol.REST_XML})


@dataclass(frozen=True, slots=True)
class Input:
    """An operation's input.

    Attributes:
        labels: of a REST operation, what stands in its path.
        query: of a REST operation, its query parameters.
        headers: its headers.
        members: what the body says: JSON, CBOR, or the parameters of a form.
        is_form: whether it is a form, in which the items of a list are parameters each.
    """

    labels: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    members: Mapping[str, Any]
    is_form: bool = False

    def values(self, place: str) -> tuple[str, ...]:
        """Return what stands in a place: nothing, a text, or all texts of a list.

        Args:
            place: a member of the body, or behind `uri:`, `query:` or `header:` one of another part. Of a member in
                another one the path, `Destination.Arn`; `Entries[].Name` of each item of a list.
        """
        where, _, name = place.rpartition(":")
        if where == "uri":
            return tuple(filter(None, [self.labels.get(name, "")]))
        if where == "query":
            return tuple(filter(None, self.query.get(name, ())))
        if where == "header":
            return tuple(filter(None, [self.headers.get(name, "")]))
        return tuple(self._items(name)) if self.is_form else _texts(member_at(self.members, name))

    def _items(self, name: str) -> Iterator[str]:
        """Yield a form's values of a member, or of one in another (`NetworkInterface.SubnetId`), and of its items."""
        if self.members.get(name):
            yield self.members[name]
        path = r"(\.[0-9]+)?\.".join(map(re.escape, name.split(".")))
        item = re.compile(rf"{path}(\.(\w+\.)?[0-9]+)?")
        yield from (value for key, value in self.members.items() if value and key != name and item.fullmatch(key))


def member_at(members: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what a body of JSON has at a path such as `Destination.Arn`; a list where it goes through one."""
    found: Any = members
    for name in path.split("."):
        found = _member(found, name.removesuffix("[]"))
    return found


def _member(node: Any, name: str) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(node, list):
        return [each[name] for each in node if isinstance(each, dict) and name in each]
    return node.get(name) if isinstance(node, Mapping) else None


def _texts(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - any JSON
    values = value if isinstance(value, list) else [value]
    return tuple(
        str(each) for each in values if isinstance(each, str | int) and not isinstance(each, bool) and each != ""
    )


def read_input(
    service: Service, operation: Operation, request: HttpRequest, body: bytes | None, *, in_body: bool
) -> Input | Fault:
    """Return an operation's input.

    Args:
        service: in the protocol of the request.
        operation: with its labels.
        request: its head.
        body: its body, or None when it has not been read.
        in_body: whether anything is looked for in the body.
    """
    rest = service.protocol in _REST
    query = parse_qs(request.raw_query) if rest else {}
    members = _members(service, request, body) if in_body else {}
    if isinstance(members, Fault):
        return members
    return Input(operation.labels, query, request.headers, members, service.protocol in _FORMS)


def _members(service: Service, request: HttpRequest, body: bytes | None) -> Mapping[str, Any] | Fault:
    if service.protocol in _FORMS:
        text = (body or b"").decode("utf-8", "replace")
        return {**dict(parse_qsl(text)), **dict(parse_qsl(request.raw_query))}
    if service.protocol in {Protocol.JSON_1_0, Protocol.JSON_1_1}:
        if any(not name.startswith("X-Amz-") for name, _ in parse_qsl(request.raw_query, keep_blank_values=True)):
            # AWS's JSON protocols have no parameters there, but what carries the request out looks for them.
            return Fault(FaultKind.INVALID_REQUEST, "The parameters of this operation stand in the body alone.")
    elif service.protocol not in {Protocol.REST_JSON, Protocol.CBOR}:
        return {}
    try:
        given = (read_cbor if service.protocol is Protocol.CBOR else read_json)(body) if body else {}
    except (ValueError, RecursionError):
        return Fault(FaultKind.MALFORMED_BODY, "Unexpected token in payload")
    return given if isinstance(given, dict) else {}
