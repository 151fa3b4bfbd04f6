"""What `x-amz-content-sha256` may say of an S3 request's body.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

STREAMING: Mapping[str, bool] = MappingProxyType(
    {
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER": False,
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": True,
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": True,
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD": True,
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER": True,
    }
)
"""Values that say the body is aws-chunked, and whether its chunks are signed."""

SHA256 = re.compile(r"[0-9a-f]{64}")
"""The hash of a body that is sent as it is."""

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"

INVALID = f"x-amz-content-sha256 must be UNSIGNED-PAYLOAD, {', '.join(STREAMING)}, or a valid sha256 value."
MISSING = "Missing required header for this request: x-amz-content-sha256"


def is_valid(declared: str) -> bool:
    """Return whether a value is one that S3 knows."""
    return declared == UNSIGNED_PAYLOAD or declared in STREAMING or SHA256.fullmatch(declared) is not None
