"""What services answer where the KMS key behind their data cannot be used: disabled, to be deleted, or not there.

KMS asks policies first, and then for the state (https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html).
The codes are those of the services' models; S3's are KMS's own, after `KMS.`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from vpce_emulator.aws.call import Service
from vpce_emulator.aws.fault_codes import Code
from vpce_emulator.aws.faults import Fault, FaultKind


class _Codes(NamedTuple):
    disabled: str
    invalid_state: str
    not_found: str


# Secrets Manager's depend on what is to be done. DynamoDB keeps serving a table for a while, and archives it then.
_CODES: Mapping[str, _Codes] = MappingProxyType(
    {
        "s3": _Codes("KMS.DisabledException", "KMS.KMSInvalidStateException", "KMS.NotFoundException"),
        "sqs": _Codes("KmsDisabled", "KmsInvalidState", "KmsNotFound"),
        "sns": _Codes("KMSDisabled", "KMSInvalidState", "KMSNotFound"),
        "kinesis": _Codes("KMSDisabledException", "KMSInvalidStateException", "KMSNotFoundException"),
        "ssm": _Codes("InvalidKeyId", "InvalidKeyId", "InvalidKeyId"),
    }
)
_NOT_DECRYPTED = Fault(
    FaultKind.INVALID_REQUEST,
    "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
    code=Code("DecryptionFailure", 400),
)
_NOT_ENCRYPTED = Fault(
    FaultKind.INVALID_REQUEST,
    "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is "
    "available, enabled, and not in an invalid state.",
    code=Code("EncryptionFailure", 400),
)
_ENABLED, _DISABLED = "Enabled", "Disabled"
_WORDS: Mapping[str, str] = MappingProxyType({"PendingDeletion": "pending deletion", "PendingImport": "pending import"})


def depends_on_state(service: str, arn: str) -> bool:
    """Return whether a service looks at the state of a key; those that AWS manages are always there and enabled."""
    return (service in _CODES or service == "secretsmanager") and ":alias/aws/" not in arn


def unusable_key(service: Service, action: str, arn: str, state: str | None) -> Fault | None:
    """Return what a service answers where KMS cannot use a key; None for one that it can.

    Args:
        service: that was called, one that `depends_on_state`.
        action: of KMS.
        arn: the key's, or that of an alias that stands for none.
        state: `Enabled`, `Disabled`, `PendingDeletion` and so on, as DescribeKey tells it; None for no such key.
    """
    if state == _ENABLED:
        return None
    if service.name == "secretsmanager":
        return _NOT_DECRYPTED if action == "kms:Decrypt" else _NOT_ENCRYPTED
    codes = _CODES[service.name]
    if state is None:
        message = f"Alias {arn} is not found." if ":alias/" in arn else f"Key '{arn}' does not exist"
        return Fault(FaultKind.INVALID_REQUEST, message, code=Code(codes.not_found, 400))
    if state == _DISABLED:
        return Fault(FaultKind.INVALID_REQUEST, f"{arn} is disabled.", code=Code(codes.disabled, 400))
    message = f"{arn} is {_WORDS.get(state, state)}."
    return Fault(FaultKind.INVALID_REQUEST, message, code=Code(codes.invalid_state, 400))
