"""Calls as they would go over the wire, which are judged and not made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.serialize import create_serializer
from moto.core.utils import get_service_model
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.topology.public_names import default_host


def dry_call(
    service: str, operation: str, parameters: Mapping[str, Any], region: str, user_agent: str
) -> tuple[HttpRequest, bytes]:
    """Return the request that carries an operation out, unsigned, and its body.

    Args:
        service: botocore's name.
        operation: `CreateQueue`.
        parameters: as boto3 has them, or as templates do: what does not fit the operation's input is made to fit, or
            left out.
        region: where it goes.
        user_agent: who makes it.

    Raises:
        ValueError: a parameter is missing that the request's path needs.
    """
    model = get_service_model(service)
    serializer = _serializer(model.resolved_protocol)
    operation_model = model.operation_model(operation)
    given = fitted(service, operation, parameters)
    try:
        made = serializer.serialize_to_request(given, operation_model)
    except KeyError as error:
        message = f"Properties validation failed: {service}:{operation} needs {error.args[0]}"
        raise ValueError(message) from error
    path, _, query = made["url_path"].partition("?")
    more = made["query_string"]
    query = "&".join(filter(None, (query, more if isinstance(more, str) else urlencode(more, doseq=True))))
    headers = CIMultiDict({name: str(value) for name, value in made["headers"].items()})
    headers["User-Agent"] = user_agent
    host = default_host(model.endpoint_prefix, region)
    return HttpRequest(made["method"], host, path, query, CIMultiDictProxy(headers), secure=True), _body(made["body"])


def fitted(service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as an operation's input has them; what does not fit is made to fit, or left out."""
    shape = get_service_model(service).operation_model(operation).input_shape
    given: dict[str, Any] = _fitted(shape, parameters) if shape else {}
    return given


@lru_cache(maxsize=16)
def _serializer(protocol: str) -> Any:  # noqa: ANN401 - botocore has no types
    return create_serializer(protocol, include_validation=False)


def _body(body: Any) -> bytes:  # noqa: ANN401 - a form, text or bytes
    if isinstance(body, Mapping):
        return urlencode(body, doseq=True).encode()
    return body.encode() if isinstance(body, str) else bytes(body or b"")


def _fitted(shape: Shape, value: Any) -> Any:  # noqa: ANN401 - whatever templates hold
    """Return a value as a shape has it: members by their names in any letter case, tags as the service keeps them."""
    if isinstance(shape, StructureShape):
        members = {name.lower(): name for name in shape.members}
        items = value.items() if isinstance(value, Mapping) else ()
        named = ((members.get(str(name).lower()), each) for name, each in items)
        return {name: _fitted(shape.members[name], each) for name, each in named if name and each is not None}
    if isinstance(shape, MapShape):
        pairs = value if isinstance(value, list) else []
        given = value if isinstance(value, Mapping) else {tag["Key"]: tag["Value"] for tag in pairs}
        return {name: _fitted(shape.value, each) for name, each in given.items()}
    if isinstance(shape, ListShape):
        each_of = value if isinstance(value, list | tuple) else [value]
        return [_fitted(shape.member, each) for each in each_of]
    return _scalar(shape.type_name, value)


def _scalar(kind: str, value: Any) -> Any:  # noqa: ANN401 - as above
    if kind == "boolean":
        return str(value).lower() == "true"
    if kind in ("integer", "long") and str(value).lstrip("-").isdigit():
        return int(value)
    if kind == "string" and not isinstance(value, str):
        # YAML reads an unquoted `Version: 2012-10-17` as a date.
        return json.dumps(value, default=str)
    return value
