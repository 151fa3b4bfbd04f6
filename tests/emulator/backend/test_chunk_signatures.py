"""The signatures of an upload's chunks: each is made over the one before it, and a wrong one ends the upload."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.authorization_header import Authorization
from vpce_emulator.aws.chunk_signatures import ChunkSignatures
from vpce_emulator.backend.body import DecodedBody, read_body
from vpce_emulator.backend.checksums import Refusal

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SEED = Authorization(
    access_key_id="AKIAIOSFODNN7EXAMPLE",
    date="20130524",
    region="us-east-1",
    service="s3",
    signed_headers=(),
    signature="4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    timestamp="20130524T000000Z",
    signed_at=1369353600.0,
)
SEED_WITH_TRAILER = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"

# https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html, and .../sigv4-streaming-trailers.html
EXAMPLE = (
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
)
EXAMPLE_WITH_TRAILER = (
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
)
CHUNKS = (b"a" * 65536, b"a" * 1024, b"")
TRAILER = "x-amz-checksum-crc32c:sOO8/Q==\n"
TRAILER_SIGNATURE = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"


def framed(signatures: tuple[str, ...], chunks: tuple[bytes, ...] = CHUNKS, end: str = "\r\n") -> bytes:
    body = b""
    for data, signature in zip(chunks, signatures, strict=True):
        body += b"%x;chunk-signature=%s\r\n" % (len(data), signature.encode()) + data + (b"\r\n" if data else b"")
    return body + end.encode()


def read(
    body: bytes,
    seed: Authorization = SEED,
    *,
    mode: str = SIGNED,
    secret: str = SECRET,
    cut: int = 1000,
    **headers: str,
) -> DecodedBody | Refusal:
    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(body), cut):
            yield body[start : start + cut]

    told = {"x-amz-content-sha256": mode, "x-amz-decoded-content-length": "66560"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    chain = ChunkSignatures(seed, secret)
    return asyncio.run(read_body("s3", "PutObject", CIMultiDictProxy(CIMultiDict(told)), parts(), chain))


@pytest.mark.parametrize("cut", [1, 7, 8192, 100_000])
def test_the_example_of_the_s3_documentation_is_true(cut):
    decoded = read(framed(EXAMPLE), cut=cut)
    assert isinstance(decoded, DecodedBody)
    assert decoded.content == b"a" * 66560


def with_trailer(signature: str = TRAILER_SIGNATURE) -> DecodedBody | Refusal:
    seed = replace(SEED, signature=SEED_WITH_TRAILER)
    end = TRAILER + (f"x-amz-trailer-signature:{signature}\r\n" if signature else "") + "\r\n"
    return read(
        framed(EXAMPLE_WITH_TRAILER, end=end), seed, mode=SIGNED + "-TRAILER", x_amz_trailer="x-amz-checksum-crc32c"
    )


def test_the_example_with_a_trailer_is_true():
    assert isinstance(with_trailer(), DecodedBody)


def test_a_wrong_signature_of_the_trailer_shows_what_should_have_been_signed():
    refusal = with_trailer("0" * 64)
    assert (refusal.code, refusal.status) == ("SignatureDoesNotMatch", 403)
    digest = hashlib.sha256(TRAILER.encode()).hexdigest()
    assert refusal.details[:3] == (
        ("AWSAccessKeyId", "AKIAIOSFODNN7EXAMPLE"),
        (
            "StringToSign",
            "AWS4-HMAC-SHA256-TRAILER\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n"
            f"{EXAMPLE_WITH_TRAILER[-1]}\n{digest}",
        ),
        ("SignatureProvided", "0" * 64),
    )


def test_a_trailer_without_its_signature_is_malformed():
    assert with_trailer("").code == "MalformedTrailerError"


WRONG = {
    "the first chunk's": (0, framed(("0" * 64, *EXAMPLE[1:]))),
    "the second chunk's": (1, framed((EXAMPLE[0], "0" * 64, EXAMPLE[2]))),
    "the last chunk's": (2, framed((*EXAMPLE[:2], "0" * 64))),
    "changed data": (0, framed(EXAMPLE, (b"a" * 65535 + b"b", *CHUNKS[1:]))),
    "chunks in another order": (0, framed((EXAMPLE[1], EXAMPLE[0], EXAMPLE[2]), (CHUNKS[0], CHUNKS[1], b""))),
}


@pytest.mark.parametrize(("chunk", "body"), WRONG.values(), ids=WRONG)
def test_a_wrong_signature_of_a_chunk_shows_what_should_have_been_signed(chunk, body):
    refusal = read(body)
    assert (refusal.code, refusal.status) == ("SignatureDoesNotMatch", 403)
    told = dict(refusal.details)
    lines = told["StringToSign"].split("\n")
    assert lines[:4] == [
        "AWS4-HMAC-SHA256-PAYLOAD",
        "20130524T000000Z",
        "20130524/us-east-1/s3/aws4_request",
        (SEED.signature, *EXAMPLE)[chunk],
    ]
    assert bytes.fromhex(told["StringToSignBytes"]).decode() == told["StringToSign"]


def test_another_secret_is_not_true():
    assert read(framed(EXAMPLE), secret="another").code == "SignatureDoesNotMatch"


def test_a_wrong_signature_ends_the_upload_before_its_end_has_come():
    first = framed(("0" * 64, *EXAMPLE[1:]))[: 65536 + 100]
    assert read(first).code == "SignatureDoesNotMatch"


def signed_asymmetrically() -> tuple[str, ...]:
    """Return the signatures of CHUNKS, each made over the one before it, with the key that the secret gives."""
    fixed = b"\0\0\0\1AWS4-ECDSA-P256-SHA256\0AKIAIOSFODNN7EXAMPLE\1\0\0\1\0"
    number = int.from_bytes(hmac.digest(b"AWS4A" + SECRET.encode(), fixed, "sha256"), "big")
    key = ec.derive_private_key(number + 1, ec.SECP256R1())
    signatures = [SEED.signature]
    for data in CHUNKS:
        hashes = f"{signatures[-1]}\n{hashlib.sha256(b'').hexdigest()}\n{hashlib.sha256(data).hexdigest()}"
        text = f"AWS4-ECDSA-P256-SHA256-PAYLOAD\n{SEED.timestamp}\n20130524/s3/aws4_request\n{hashes}"
        signatures.append(key.sign(text.encode(), ec.ECDSA(SHA256())).hex())
    return tuple(signatures[1:])


def test_asymmetric_signatures_of_chunks_are_true():
    # Their length varies: they come padded to one.
    seed = replace(SEED, algorithm="AWS4-ECDSA-P256-SHA256", region="*")
    signatures = signed_asymmetrically()
    body = framed(tuple(signature.ljust(144, "*") for signature in signatures))
    assert isinstance(read(body, seed, mode="STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"), DecodedBody)
    wrong = framed(tuple(signature.ljust(144, "*") for signature in (signatures[1], *signatures[1:])))
    assert read(wrong, seed, mode="STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD").code == "SignatureDoesNotMatch"
