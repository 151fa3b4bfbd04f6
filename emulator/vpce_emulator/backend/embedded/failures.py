"""What is answered when moto cannot: in the service's own form, with the cause in the log."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable

from botocore.exceptions import ClientError

from vpce_emulator.aws.call import Protocol
from vpce_emulator.aws.faults import Fault, FaultKind, render
from vpce_emulator.aws.http import HttpResponse
from vpce_emulator.backend.embedded.dispatch import NotInMotoError, ServiceCall
from vpce_emulator.backend.embedded.refused import Refused

log = logging.getLogger(__name__)

JSON_PROTOCOLS = frozenset({Protocol.JSON_1_0, Protocol.JSON_1_1})


def answered(answer: Callable[[ServiceCall], HttpResponse | Fault], call: ServiceCall) -> HttpResponse:
    """Carry out a call; where it is refused or moto raises, return what the service would send."""
    fault = _answer_or_fault(answer, call)
    if isinstance(fault, HttpResponse):
        return fault
    request_id = str(uuid.uuid4())
    return render(fault, call.service, request_id=request_id, host_id=request_id, method=call.request.method)


def _answer_or_fault(answer: Callable[[ServiceCall], HttpResponse | Fault], call: ServiceCall) -> HttpResponse | Fault:
    try:
        return answer(call)
    except Refused as refused:
        return refused.fault
    except (NotInMotoError, NotImplementedError) as missing:
        name = f"{call.service.name}:{call.operation.name}"
        log.warning("moto has no %s: %s", name, missing)
        return Fault(FaultKind.NOT_IMPLEMENTED, f"moto, which holds the data, does not implement {name}.")
    except ModuleNotFoundError as missing:
        log.warning("moto needs %s, which is not installed", missing.name)
        advice = f"needs the package {missing.name}, which is not installed: pip install 'vpce-emulator[all]'"
        return Fault(FaultKind.NOT_IMPLEMENTED, f"{call.service.name}:{call.operation.name} {advice}")
    except Exception as error:  # noqa: BLE001 - moto raises anything, and every request is answered
        return _fault_of(call, error)


def _fault_of(call: ServiceCall, error: Exception) -> Fault:
    if call.service.protocol in JSON_PROTOCOLS and not _is_json(call.body):
        return Fault(FaultKind.MALFORMED_BODY, "The request body is not well-formed JSON.")
    log.error("moto failed at %s:%s", call.service.name, call.operation.name, exc_info=error)
    told = error.response["Error"]["Message"] if isinstance(error, ClientError) else type(error).__name__
    return Fault(
        FaultKind.INTERNAL_ERROR, f"moto, which holds the data, failed: {told}. The emulator's log has the cause."
    )


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True
