"""GetObject and HeadObject of one part (`?partNumber=2`), carried out as the range that the part is.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestParameters
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from moto.s3.models import FakeKey
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.faults import Code, Fault, FaultKind
from vpce_emulator.aws.http import HttpResponse
from vpce_emulator.backend.embedded.buckets import object_named
from vpce_emulator.backend.embedded.service_call import ServiceCall


def part_as_range(call: ServiceCall) -> ServiceCall | Fault:
    """Return a call for a part as one for a range; any other call as it is, and a Fault where there is no such part.

    Args:
        call: an S3 call whose part number, if there is one, is a number.
    """
    if call.operation.name not in {"GetObject", "HeadObject"} or "partNumber=" not in call.request.raw_query:
        return call
    query = parse_qsl(call.request.raw_query, keep_blank_values=True)
    told = dict(query)
    found = object_named(call.operation.bucket, call.operation.key, told.get("versionId", ""))
    if found is None or "partNumber" not in told:
        return call
    sizes, number = sizes_of_parts(found), int(told["partNumber"])
    if number > len(sizes):
        return _no_such_part(number, len(sizes))
    headers = CIMultiDict(call.request.headers)
    first = sum(sizes[: number - 1])
    if sizes[number - 1]:
        headers["Range"] = f"bytes={first}-{first + sizes[number - 1] - 1}"
    rest = urlencode([pair for pair in query if pair[0] != "partNumber"])
    return replace(call, request=replace(call.request, raw_query=rest, headers=CIMultiDictProxy(headers)))


def with_parts_count(answer: HttpResponse, call: ServiceCall) -> HttpResponse:
    """Return the answer to a call with the number of parts, where the call was for a part of several.

    Args:
        answer: to the call as a range.
        call: as it was sent.
    """
    if answer.status != 206 or "partNumber=" not in call.request.raw_query:
        return answer
    version_id = dict(parse_qsl(call.request.raw_query)).get("versionId", "")
    found = object_named(call.operation.bucket, call.operation.key, version_id)
    if found is None or found.multipart is None:
        return answer
    return replace(answer, headers=(*answer.headers, ("x-amz-mp-parts-count", str(len(sizes_of_parts(found))))))


def sizes_of_parts(found: FakeKey) -> Sequence[int]:
    """Return the sizes in bytes of an object's parts in order; an object that was put whole is one part."""
    upload = found.multipart
    sizes = [upload.parts[number].size for number in upload.partlist] if upload is not None else []
    return sizes if sum(sizes) == found.size and sizes else [found.size]


def _no_such_part(number: int, count: int) -> Fault:
    details = (("ActualPartCount", str(count)), ("PartNumberRequested", str(number)))
    message = "The requested partnumber is not satisfiable"
    return Fault(FaultKind.INVALID_REQUEST, message, details, Code("InvalidPartNumber", 416))
