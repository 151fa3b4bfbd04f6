"""Requests whose parts are answered one by one: what the caller may not do is left out, and answered by an error."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from vpce_emulator.aws.batch_statements import with_denied_statements, without_statements
from vpce_emulator.aws.multi_object_delete import with_errors, without_objects
from vpce_emulator.aws.secret_batches import with_denied_secrets, without_secrets


class Apart(NamedTuple):
    """How an operation goes on without some of its parts, which are counted from 0.

    Attributes:
        without: the request's body without the parts at these places; empty when none is left.
        with_errors: the answer's body, from the one about what was left, the request's body, and the message of each
            part that was denied.
        content_type: of the answer.
    """

    without: Callable[[bytes, Collection[int]], bytes]
    with_errors: Callable[[bytes, bytes, Mapping[int, str]], bytes]
    content_type: str


ANSWERED_APART: Mapping[str, Apart] = MappingProxyType(
    {
        "BatchExecuteStatement": Apart(without_statements, with_denied_statements, "application/x-amz-json-1.0"),
        "BatchGetSecretValue": Apart(without_secrets, with_denied_secrets, "application/x-amz-json-1.1"),
        "DeleteObjects": Apart(without_objects, with_errors, "application/xml"),
    }
)

_CHECKSUMS = ("content-md5", "content-length", "x-amz-crc32", "x-amz-checksum-", "x-amz-sdk-")


def without_checksums(headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the headers that say nothing of a body which is now another."""
    return (header for header in headers if not header[0].lower().startswith(_CHECKSUMS))
