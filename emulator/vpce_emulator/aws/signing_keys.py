"""The keys that signatures are made with, and whether a signature is one of theirs.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, "Derive a signing key for
SigV4" and "Derive a signing key for SigV4a".
"""

from __future__ import annotations

import hmac
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey, derive_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from vpce_emulator.aws.authorization_header import ASYMMETRIC_ALGORITHM, Authorization

BYTES = "surrogateescape"
"""What is not UTF-8 stands in a request's text as surrogates, and is signed as the bytes it was."""

# The order of the group of the curve P-256 (FIPS 186-4, D.1.2.3).
_ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_LAST_COUNTER = 254
_P256_AND_SHA256 = ECDSA(SHA256())


def is_signed(authorization: Authorization, secret_access_key: str, text: str, signature: str) -> bool:
    """Return whether this secret made a signature.

    Args:
        authorization: says the algorithm and the scope.
        secret_access_key: of the access key that the authorization names.
        text: the string to sign.
        signature: hexadecimal; of SigV4A, of the ECDSA signature in DER.
    """
    signed = text.encode("utf-8", BYTES)
    if authorization.algorithm == ASYMMETRIC_ALGORITHM:
        return _is_signed_asymmetrically(authorization.access_key_id, secret_access_key, signed, signature)
    key = signing_key(secret_access_key, authorization.date, authorization.region, authorization.service)
    made = hmac.digest(key, signed, "sha256").hex()
    return hmac.compare_digest(made.encode(), signature.encode("utf-8", BYTES))


@lru_cache(maxsize=1024)
def signing_key(secret_access_key: str, date: str, region: str, service: str) -> bytes:
    """Derive the key that signs one day's requests to one service in one Region."""
    key = b"AWS4" + secret_access_key.encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode("utf-8", BYTES), "sha256")
    return key


def _is_signed_asymmetrically(access_key_id: str, secret_access_key: str, signed: bytes, signature: str) -> bool:
    try:
        der = bytes.fromhex(signature)
        verification_key(access_key_id, secret_access_key).verify(der, signed, _P256_AND_SHA256)
    except (ValueError, InvalidSignature):
        return False
    return True


@lru_cache(maxsize=256)
def verification_key(access_key_id: str, secret_access_key: str) -> EllipticCurvePublicKey:
    """Derive the public key of an access key's SigV4A signatures.

    A key derivation function in counter mode (NIST SP 800-108) over HMAC-SHA256 gives candidates; the first below the
    order of the curve is the private key less one.
    """
    for counter in range(1, _LAST_COUNTER + 1):
        context = access_key_id.encode("utf-8", BYTES) + bytes([counter])
        label = ASYMMETRIC_ALGORITHM.encode()
        fixed = b"\x00\x00\x00\x01" + label + b"\x00" + context + b"\x00\x00\x01\x00"
        candidate = int.from_bytes(hmac.digest(b"AWS4A" + secret_access_key.encode(), fixed, "sha256"), "big")
        if candidate <= _ORDER_OF_P256 - 2:
            return derive_private_key(candidate + 1, SECP256R1()).public_key()
    raise AssertionError("254 hashes in a row are above the order of P-256, which is as good as impossible")
