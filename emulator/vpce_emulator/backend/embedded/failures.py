"""What is answered when moto cannot: in the service's own form, with the cause in the log.

moto trusts requests more than AWS does: of one that lacks something, or holds something unexpected, it stumbles with a
KeyError or the like. AWS calls that the request's fault, and so do we; the text, the journal and the log say what
happened. Whatever else moto raises is a failure of the service.
"""

from __future__ import annotations

import json
import logging
import re
import struct
import traceback
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.parsers.expat import ExpatError

import moto
import yaml
from botocore.exceptions import ClientError

from vpce_emulator.aws.call import Protocol
from vpce_emulator.aws.faults import Fault, FaultKind, render
from vpce_emulator.aws.http import HttpResponse
from vpce_emulator.aws.request_ids import host_id
from vpce_emulator.backend.embedded.dispatch import NotInMotoError
from vpce_emulator.backend.embedded.refused import Refused
from vpce_emulator.backend.embedded.service_call import ServiceCall

log = logging.getLogger(__name__)

JSON_PROTOCOLS = frozenset({Protocol.JSON_1_0, Protocol.JSON_1_1})

STUMBLES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    RuntimeError,
    TypeError,
    ValueError,
    ExpatError,
    re.error,
    struct.error,
    yaml.YAMLError,
    zipfile.BadZipFile,
)
"""What Python raises where a value is not there, or not what the code expects."""

OURS = Path(__file__).parents[2]
MOTOS = Path(moto.__file__).parent

NAMES_CODE = (KeyError, AttributeError, NameError)
"""Those whose text names a member or a variable; the text of others may hold what the caller sent, such as a secret."""


_FILTER = re.compile(r"The filter ('[^']+') for ")
"""How moto says that it has an operation, and not one of its filters."""


def answered(answer: Callable[[ServiceCall], HttpResponse | Fault], call: ServiceCall) -> HttpResponse:
    """Carry out a call; where it is refused or moto raises, return what the service would send."""
    fault = _answer_or_fault(answer, call)
    if isinstance(fault, HttpResponse):
        return fault
    request_id = call.request.request_id or str(uuid.uuid4())
    return render(fault, call.service, request_id=request_id, host_id=host_id(request_id), method=call.request.method)


def _answer_or_fault(answer: Callable[[ServiceCall], HttpResponse | Fault], call: ServiceCall) -> HttpResponse | Fault:
    try:
        return answer(call)
    except Refused as refused:
        return refused.fault
    except (NotInMotoError, NotImplementedError) as missing:
        log.warning("moto has no %s: %s", _named(call), missing)
        what = f"the filter {name[1]} of {_name(call)}" if (name := _FILTER.match(str(missing))) else _name(call)
        return Fault(FaultKind.NOT_IMPLEMENTED, f"moto, which holds the data, does not implement {what}.")
    except ModuleNotFoundError as missing:
        log.warning("moto needs %s, which is not installed, for %s", missing.name, _named(call))
        advice = f"needs the package {missing.name}, which is not installed: pip install 'vpce-emulator[all]'"
        return Fault(FaultKind.NOT_IMPLEMENTED, f"{_name(call)} {advice}")
    except Exception as error:
        # moto raises the bare Exception for what it did not expect.
        if (isinstance(error, STUMBLES) or type(error) is Exception) and (place := _place_in_moto(error)):
            return _refusal_of(call, error, place)
        log.exception("moto failed at %s", _named(call))
        told = error.response["Error"]["Message"] if isinstance(error, ClientError) else type(error).__name__
        return Fault(
            FaultKind.INTERNAL_ERROR, f"moto, which holds the data, failed: {told}. The emulator's log has the cause."
        )


def _place_in_moto(error: Exception) -> str:
    """Return where in moto an error was raised, be it in a library that moto called; empty where we raised it."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(OURS):
            return ""
        if path.is_relative_to(MOTOS):
            return f"{path.relative_to(MOTOS)}, line {frame.lineno}, {frame.name}"
    return ""


def _refusal_of(call: ServiceCall, stumble: Exception, place: str) -> Fault:
    if call.service.protocol in JSON_PROTOCOLS and not _is_json(call.body):
        return Fault(FaultKind.MALFORMED_BODY, "The request body is not well-formed JSON.")
    told = f"{type(stumble).__name__}: {stumble}" if isinstance(stumble, NAMES_CODE) else type(stumble).__name__
    log.warning("moto could not carry out %s: %s in %s", _named(call), told, place)
    log.debug("the whole of it", exc_info=stumble)
    return Fault(
        FaultKind.VALIDATION,
        f"moto, which holds the data, could not carry out this request, and raised {told} in {place}. "
        "Something may be missing in the request, or not be as moto expects it.",
    )


def _name(call: ServiceCall) -> str:
    return f"{call.service.name}:{call.operation.name}"


def _named(call: ServiceCall) -> str:
    return f"{_name(call)} ({call.request.request_id or 'in this process'})"


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True
