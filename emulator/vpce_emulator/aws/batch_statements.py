"""The parts of BatchExecuteStatement, which are answered one by one: what is denied to one leaves the others alone.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from vpce_emulator.aws.partiql import Statement, parse_statement


def without_statements(body: bytes, items: Collection[int]) -> bytes:
    """Return a body without the statements at these places, counted from 0; empty when none is left."""
    given = json.loads(body)
    left = [statement for item, statement in enumerate(given["Statements"]) if item not in items]
    return json.dumps({**given, "Statements": left}).encode() if left else b""


def with_denied_statements(response_body: bytes, request_body: bytes, denied: Mapping[int, str]) -> bytes:
    """Return the answer with an error in the place of each statement that was denied.

    Args:
        response_body: the answer about the other statements; empty where there were none.
        request_body: the request as the caller sent it.
        denied: the error message by the statement's place in the request.
    """
    statements = json.loads(request_body)["Statements"]
    answer: dict[str, Any] = json.loads(response_body) if response_body else {}
    answered = iter(answer.get("Responses", ()))
    responses = [
        _denial(statement, denied[item]) if item in denied else next(answered, {})
        for item, statement in enumerate(statements)
    ]
    return json.dumps({**answer, "Responses": responses}).encode()


def _denial(given: Mapping[str, Any], message: str) -> dict[str, Any]:
    statement = parse_statement(given["Statement"], given.get("Parameters") or ())
    table = {"TableName": statement.table} if isinstance(statement, Statement) else {}
    return {"Error": {"Code": "AccessDenied", "Message": message}, **table}
