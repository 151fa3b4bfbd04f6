"""The only exceptions of this package: a policy that AWS would refuse to store."""

from __future__ import annotations


class MalformedPolicy(ValueError):
    """A policy document that is no JSON or breaks the grammar of its kind.

    Attributes:
        message: What is wrong, worded as AWS words it.
        line: Line of a JSON syntax error, from 1; None when the JSON itself is fine.
        column: Column of a JSON syntax error, from 1; None when the JSON itself is fine.
        path: Where the offending value is, such as `Statement[0].Effect`; empty for the whole document.
    """

    def __init__(self, message: str, *, line: int | None = None, column: int | None = None, path: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.path = path

    @property
    def endpoint_message(self) -> str:
        """The text of EC2's InvalidPolicyDocument, which names a position only for broken JSON."""
        if self.line is None:
            return "The Policy Document is not valid."
        return f"The Policy Document is not valid. Syntax error at position ({self.line},{self.column})"


class PolicyTooLarge(MalformedPolicy):
    """A policy document above the size limit of its kind.

    Attributes:
        size: The size of the document, in the unit of the limit.
        limit: The largest size allowed.
        unit: `bytes` or `characters`.
    """

    def __init__(self, message: str, *, size: int, limit: int, unit: str) -> None:
        super().__init__(message)
        self.size = size
        self.limit = limit
        self.unit = unit
