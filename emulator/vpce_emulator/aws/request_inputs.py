"""The input of an operation as its request brings it, for what is the same in many services: tags, and roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from vpce_emulator.aws.call import Operation, Protocol, Service
from vpce_emulator.aws.form_members import form_members
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.json_bodies import read_json

_FORMS = frozenset({Protocol.QUERY, Protocol.EC2})
_IN_JSON = frozenset({Protocol.JSON_1_0, Protocol.JSON_1_1, Protocol.REST_JSON})


def input_of(service: Service, operation: Operation, request: HttpRequest, body: bytes | None) -> Mapping[str, Any]:
    """Return an input's members; of a REST operation those of path and query, too. Empty for what cannot be read.

    XML and CBOR are not read.
    """
    if service.protocol in _FORMS:
        form = (body or b"").decode("utf-8", "replace") or request.raw_query
        return form_members(parse_qsl(form, keep_blank_values=True))
    found: dict[str, Any] = {}
    if service.protocol is Protocol.REST_JSON:
        found |= parse_qs(request.raw_query) | dict(operation.labels)
    return found | _members(body) if service.protocol in _IN_JSON else found


def _members(body: bytes | None) -> dict[str, Any]:
    try:
        read = read_json(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
