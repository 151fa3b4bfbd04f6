"""What S3 refuses about the checksums of multipart uploads: of the upload, of its parts and of the object.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html; the texts are from recorded answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vpce_emulator.aws.fault_codes import Code, FaultKind
from vpce_emulator.aws.faults import Fault

COMPOSITE, FULL_OBJECT = "COMPOSITE", "FULL_OBJECT"
# The types that an algorithm has, the default first. Only of cyclic redundancy checks can a whole be told by its parts.
_TYPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "CRC32": (COMPOSITE, FULL_OBJECT),
        "CRC32C": (COMPOSITE, FULL_OBJECT),
        "CRC64NVME": (FULL_OBJECT,),
        "SHA1": (COMPOSITE,),
        "SHA256": (COMPOSITE,),
    }
)
_ALGORITHM, _TYPE = "x-amz-checksum-algorithm", "x-amz-checksum-type"


@dataclass(frozen=True, slots=True)
class ListedPart:
    """A part as a CompleteMultipartUpload lists it.

    Attributes:
        number: of the part.
        etag: as it is told.
        checksums: what is told of each algorithm, in base64.
    """

    number: int
    etag: str
    checksums: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UploadChecksum:
    """How the checksum of an upload is made; without an algorithm, none was asked for."""

    algorithm: str = ""
    type: str = ""

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> UploadChecksum:
        """Read what CreateMultipartUpload asks for; the names of headers are in lower case, or found in any."""
        algorithm = headers.get(_ALGORITHM, "").upper()
        return cls(algorithm, headers.get(_TYPE, "").upper() or _TYPES.get(algorithm, ("",))[0])


def refused_upload(headers: Mapping[str, str]) -> Fault | None:
    """Return why an upload cannot begin with the checksum that CreateMultipartUpload asks for."""
    asked = UploadChecksum.of(headers)
    types = _TYPES.get(asked.algorithm)
    if types is None or asked.type in types:
        return None
    named = f"the {asked.type} checksum type cannot be used with the {asked.algorithm.lower()} checksum algorithm."
    return Fault(FaultKind.INVALID_REQUEST, named[0].upper() + named[1:])


def refused_part(upload: UploadChecksum, algorithm: str) -> Fault | None:
    """Return why a part with a checksum of an algorithm, or of none, is no part of an upload."""
    told = algorithm.upper()
    if not upload.algorithm or told == upload.algorithm or (not told and upload.type == FULL_OBJECT):
        return None
    expected, actual = upload.algorithm.lower(), told.lower() or "null"
    message = f"Checksum Type mismatch occurred, expected checksum Type: {expected}, actual checksum Type: {actual}"
    return Fault(FaultKind.INVALID_REQUEST, message)


def refused_completion(
    upload: UploadChecksum, listed: tuple[ListedPart, ...], known: Mapping[int, str], asked_type: str
) -> Fault | None:
    """Return why a CompleteMultipartUpload cannot be carried out as its parts' checksums are listed.

    Args:
        upload: how its checksum is made.
        listed: the parts.
        known: each part's own checksum by its number.
        asked_type: the type that is named; empty for none.
    """
    return next(_refusals(upload, listed, known, asked_type.upper()), None)


def _refusals(
    upload: UploadChecksum, listed: tuple[ListedPart, ...], known: Mapping[int, str], asked_type: str
) -> Iterator[Fault]:
    if asked_type and upload.type and asked_type != upload.type:
        message = (
            f"The upload was created using the {upload.type} checksum mode. "
            "The complete request must use the same checksum mode."
        )
        yield Fault(FaultKind.INVALID_REQUEST, message)
    for part in listed if upload.algorithm else ():
        told = part.checksums.get(upload.algorithm, "")
        if not told and upload.type == COMPOSITE:
            message = (
                f"The upload was created using a {upload.algorithm.lower()} checksum. The complete request must "
                f"include the checksum for each part. It was missing for part {part.number} in the request."
            )
            yield Fault(FaultKind.INVALID_REQUEST, message)
        if told and told != known.get(part.number, told):
            yield INVALID_PART


INVALID_PART = Fault(
    FaultKind.INVALID_REQUEST,
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified "
    "entity tag may not match the part's entity tag.",
    code=Code("InvalidPart", 400),
)


def refused_object(headers: Mapping[str, str], algorithm: str, checksum: str, size: int) -> Fault | None:
    """Return why an object that was put together is not the one that a CompleteMultipartUpload announces.

    Args:
        headers: of the request.
        algorithm: of the object's checksum.
        checksum: in base64, without the number of parts.
        size: of the object in bytes.
    """
    announced = headers.get("x-amz-mp-object-size")
    if announced is not None and announced != str(size):
        message = "The provided 'x-amz-mp-object-size' header does not match what was computed."
        return Fault(FaultKind.INVALID_REQUEST, message)
    told = headers.get(f"x-amz-checksum-{algorithm.lower()}")
    if told is None or told.partition("-")[0] == checksum:
        return None
    message = f"The {algorithm} you specified did not match the calculated checksum."
    return Fault(FaultKind.INVALID_REQUEST, message, code=Code("BadDigest", 400))
