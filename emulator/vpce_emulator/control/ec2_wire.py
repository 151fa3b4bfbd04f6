"""The EC2 query protocol, from the server's side: form parameters to values, values to XML.

Values have the shapes that boto3 takes and returns, and are written by botocore's model of the API: its names and
types are AWS's own. https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from html import escape
from typing import Any, Final

from vpce_emulator.aws.http import HttpResponse
from vpce_emulator.control import ec2_errors
from vpce_emulator.control.ec2_errors import Ec2Error

Values = dict[str, Any]
"""Parameters or results of an operation, as boto3 names and nests them."""

_NAMESPACE: Final = "http://ec2.amazonaws.com/doc/2016-11-15/"

# What signs and routes a request is no parameter of the operation.
_PROTOCOL_PARAMETERS: Final = frozenset(
    {
        "AWSAccessKeyId",
        "Action",
        "Expires",
        "SecurityToken",
        "Signature",
        "SignatureMethod",
        "SignatureVersion",
        "Timestamp",
        "Version",
    }
)


def parse_form(form: Mapping[str, str], shape: Any) -> Values:  # noqa: ANN401 - botocore's shapes have no types
    """Return the parameters of an operation.

    Args:
        form: the decoded form or query parameters: `SubnetId.1`, `Filter.1.Value.2`.
        shape: the operation's input shape in botocore's model.

    Raises:
        Ec2Error: for parameters that the operation does not have, and values of the wrong type.
    """
    tree: dict[str, Any] = {}
    for key, value in form.items():
        if key not in _PROTOCOL_PARAMETERS and not key.startswith("X-Amz-"):
            _put(tree, key, value)
    return _structure(tree, shape, "") if tree else {}


def _put(tree: dict[str, Any], key: str, value: str) -> None:
    *branches, leaf = key.split(".")
    for branch in branches:
        tree = tree.setdefault(branch, {})
        if not isinstance(tree, dict):
            raise ec2_errors.unknown_parameter(key)
    if tree.setdefault(leaf, value) is not value:
        raise ec2_errors.unknown_parameter(key)


def _structure(node: Any, shape: Any, path: str) -> Values:  # noqa: ANN401 - a branch or a leaf
    if not isinstance(node, dict):
        raise ec2_errors.unknown_parameter(path)
    wire_names = {_wire_name(name, member): name for name, member in shape.members.items()}
    unknown = next((name for name in node if name not in wire_names), None)
    if unknown is not None:
        raise ec2_errors.unknown_parameter(f"{path}.{unknown}" if path else unknown)
    return {
        wire_names[name]: _value(value, shape.members[wire_names[name]], f"{path}.{name}" if path else name)
        for name, value in node.items()
    }


def _wire_name(name: str, member: Any) -> str:  # noqa: ANN401
    serialization = member.serialization
    if "queryName" in serialization:
        return str(serialization["queryName"])
    location = str(serialization.get("name", name))
    return location[:1].upper() + location[1:]


def _value(node: Any, shape: Any, path: str) -> Any:  # noqa: ANN401
    if shape.type_name == "structure":
        return _structure(node, shape, path)
    if shape.type_name == "list":
        return [_value(item, shape.member, path) for item in _items(node, path)]
    if not isinstance(node, str):
        raise ec2_errors.unknown_parameter(path)
    return _scalar(node, shape.type_name, path)


def _items(node: Any, path: str) -> Iterator[Any]:  # noqa: ANN401
    if not isinstance(node, dict) or not all(index.isascii() and index.isdigit() for index in node):
        raise ec2_errors.unknown_parameter(path)
    for index in sorted(node, key=int):
        yield node[index]


def _scalar(text: str, type_name: str, path: str) -> str | int | bool:
    if type_name == "boolean":
        if text.lower() not in ("true", "false"):
            raise ec2_errors.invalid_value(text, path, "Expected a boolean.")
        return text.lower() == "true"
    if type_name in ("integer", "long"):
        try:
            return int(text)
        except ValueError:
            raise ec2_errors.invalid_value(text, path, "Expected an integer.") from None
    return text


def answer(operation: str, values: Values, shape: Any, request_id: str) -> HttpResponse:  # noqa: ANN401
    """Return the response to an operation; `shape` is its output shape in botocore's model."""
    body = "".join(_members(values, shape)) if shape is not None else ""
    return _xml(
        200,
        f'<{operation}Response xmlns="{_NAMESPACE}"><requestId>{request_id}</requestId>{body}</{operation}Response>',
    )


def error_answer(error: Ec2Error, request_id: str) -> HttpResponse:
    """Return the response that tells an error."""
    return _xml(
        error.status,
        f"<Response><Errors><Error><Code>{_text(error.code)}</Code><Message>{_text(error.message)}</Message></Error>"
        f"</Errors><RequestID>{request_id}</RequestID></Response>",
    )


def _xml(status: int, document: str) -> HttpResponse:
    headers = (("Content-Type", "text/xml;charset=UTF-8"),)
    return HttpResponse(status, headers, f'<?xml version="1.0" encoding="UTF-8"?>\n{document}'.encode())


def _members(values: Values, shape: Any) -> Iterator[str]:  # noqa: ANN401
    for name, member in shape.members.items():
        value = values.get(name)
        if value is not None:
            yield _element(member.serialization.get("name", name), value, member)


def _element(tag: str, value: Any, shape: Any) -> str:  # noqa: ANN401
    if shape.type_name == "structure":
        content = "".join(_members(value, shape))
    elif shape.type_name == "list":
        content = "".join(
            _element(shape.member.serialization.get("name", "item"), item, shape.member) for item in value
        )
    else:
        content = _text(value)
    return f"<{tag}>{content}</{tag}>"


def _text(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03}Z"
    # A carriage return would reach the reader as a line feed: https://www.w3.org/TR/xml/#sec-line-ends
    return escape(str(value), quote=False).replace("\r", "&#13;")
