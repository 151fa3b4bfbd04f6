"""DeleteObjects with entity tags: an object that has another one by now stays, with an error in the answer.

moto deletes it. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from vpce_emulator.aws import faults
from vpce_emulator.aws.answered_apart import without_checksums
from vpce_emulator.aws.call import ObjectName
from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.http import HttpResponse
from vpce_emulator.aws.multi_object_delete import parse_deletion, with_errors, without_objects
from vpce_emulator.backend.embedded.preconditions import refused_deletion
from vpce_emulator.backend.embedded.service_call import ServiceCall

_NOTHING_DELETED = HttpResponse(200, (("Content-Type", "application/xml"),))


def deleting_what_matches(call: ServiceCall, carry_out: Callable[[ServiceCall], HttpResponse]) -> HttpResponse:
    """Carry out a call; of a DeleteObjects without the objects whose entity tag is not the one that is named."""
    unmet = dict(_unmet(call)) if call.operation.name == "DeleteObjects" and b"ETag" in call.body else {}
    if not unmet:
        return carry_out(call)
    left = without_objects(call.body, unmet)
    answered = carry_out(replace(call, body=left)) if left else _NOTHING_DELETED
    if answered.status != 200:
        return answered
    messages = {item: faults.message_of(fault, call.service) for item, fault in unmet.items()}
    codes = {item: faults.code_of(fault, call.service).code for item, fault in unmet.items()}
    body = with_errors(answered.body, call.body, messages, codes)
    return replace(answered, body=body, headers=tuple(without_checksums(answered.headers)))


def _unmet(call: ServiceCall) -> Iterator[tuple[int, Fault]]:
    """Yield the places of the objects that are not the ones meant, counted from 0, each with what is wrong."""
    deletion = parse_deletion(call.body)
    for item, one in enumerate(() if isinstance(deletion, Fault) else deletion.objects):
        name = ObjectName(call.operation.bucket, one.key)
        refused = refused_deletion(name, one.etag) if one.etag else None
        if refused is not None:
            yield item, refused
