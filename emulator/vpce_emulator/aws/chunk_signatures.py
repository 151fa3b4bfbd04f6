"""The signatures of an aws-chunked body's chunks and of its trailer, each made over the one before it.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

from __future__ import annotations

from vpce_emulator.aws.authorization_header import Authorization
from vpce_emulator.aws.signature import EMPTY_SHA256, mismatch
from vpce_emulator.aws.signing_keys import is_signed

Details = tuple[tuple[str, str], ...]


class ChunkSignatures:
    """The chain of one body's signatures: it begins with that of the request's head and grows chunk by chunk."""

    def __init__(self, authorization: Authorization, secret_access_key: str) -> None:
        """Begin with the signature of the head, the seed."""
        self._authorization = authorization
        self._secret_access_key = secret_access_key
        self._previous = authorization.signature

    def chunk(self, sha256: str, signature: str) -> Details | None:
        """Hold the next chunk against its signature.

        Args:
            sha256: of its data, in hexadecimal.
            signature: as it came.

        Returns:
            None if it is true; otherwise the elements with which S3 shows what should have been signed.
        """
        return self._link("PAYLOAD", f"{EMPTY_SHA256}\n{sha256}", signature)

    def trailer(self, sha256: str, signature: str) -> Details | None:
        """Hold the trailer against its signature, as `chunk` does; `sha256` is of its lines, each ended by a LF."""
        return self._link("TRAILER", sha256, signature)

    def _link(self, what: str, hashes: str, signature: str) -> Details | None:
        # S3 takes asymmetric signatures, whose length varies, padded to one length.
        signature = signature.rstrip("*")
        signed = self._authorization
        text = f"{signed.algorithm}-{what}\n{signed.timestamp}\n{signed.scope}\n{self._previous}\n{hashes}"
        if not is_signed(signed, self._secret_access_key, text, signature):
            return mismatch(signed.access_key_id, text, signature)
        self._previous = signature
        return None
