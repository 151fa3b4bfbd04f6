"""S3's request bodies: aws-chunked framing, trailing and leading checksums, and S3's own words when one is wrong."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import zlib
from collections.abc import AsyncIterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.backend.body import DecodedBody, read_body
from vpce_emulator.backend.checksums import ALGORITHMS, NEED_CHECKSUM, Refusal, header_of

CONTENT = b"The quick brown fox jumps over the lazy dog"
SIGNATURE = b"a" * 64
UNSIGNED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
CRC32 = base64.b64encode(zlib.crc32(CONTENT).to_bytes(4, "big")).decode()

TERMINATED = Refusal("IncompleteBody", "The request body terminated unexpectedly")
MALFORMED_TRAILER = Refusal(
    "MalformedTrailerError",
    "The request contained trailing data that was not well-formed or did not conform to our published schema.",
)


def read(
    headers: Mapping[str, str], body: bytes, *, cut: int = 7, operation: str = "PutObject", service: str = "s3"
) -> DecodedBody | Refusal:
    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(body), cut):
            yield body[start : start + cut]

    framed = {} if "Transfer-Encoding" in headers else {"Content-Length": str(len(body))}
    return asyncio.run(read_body(service, operation, CIMultiDictProxy(CIMultiDict(framed | headers)), parts()))


def accepted(headers: Mapping[str, str], body: bytes, **options) -> DecodedBody:
    result = read(headers, body, **options)
    assert isinstance(result, DecodedBody), result
    return result


def chunked(*chunks: bytes, trailers: bytes = b"", signed: bool = False) -> bytes:
    extension = b";chunk-signature=" + SIGNATURE if signed else b""
    framed = b"".join(b"%x%s\r\n%s\r\n" % (len(chunk), extension, chunk) for chunk in chunks)
    return framed + b"0" + extension + b"\r\n" + trailers + b"\r\n"


def streaming(mode: str, length: int = len(CONTENT), **more: str) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return {"x-amz-content-sha256": mode, "x-amz-decoded-content-length": str(length)} | named


def with_crc32_trailer() -> dict[str, str]:
    return streaming(UNSIGNED, x_amz_trailer="x-amz-checksum-crc32")


def test_an_unsigned_body_is_decoded_and_its_trailing_checksum_becomes_a_header():
    body = chunked(CONTENT, trailers=b"x-amz-checksum-crc32:" + CRC32.encode() + b"\r\n")
    decoded = accepted(with_crc32_trailer() | {"Content-Encoding": "aws-chunked"}, body)
    assert decoded.content == CONTENT
    assert decoded.headers["x-amz-checksum-crc32"] == CRC32
    assert decoded.headers["x-amz-sdk-checksum-algorithm"] == "CRC32"
    for gone in ("Content-Encoding", "x-amz-trailer", "x-amz-decoded-content-length"):
        assert gone not in decoded.headers


@pytest.mark.parametrize(
    ("encoding", "kept"),
    [("aws-chunked", None), ("gzip,aws-chunked", "gzip"), ("aws-chunked, br", "br"), ("gzip", "gzip")],
)
def test_only_the_encoding_of_the_transfer_is_stripped(encoding, kept):
    decoded = accepted(streaming(UNSIGNED) | {"Content-Encoding": encoding}, chunked(CONTENT))
    assert decoded.headers.get("Content-Encoding") == kept


KNOWN_CHECKSUMS = {
    # of "123456789": the check values of the catalogue of parametrised CRC algorithms, and of the digests' own RFCs
    "CRC32": "cbf43926",
    "CRC32C": "e3069283",
    "CRC64NVME": "ae8b14860a799888",
    "MD5": "25f9e794323b453885f5181f1b624d0b",
    "SHA1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
    "SHA256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
}


@pytest.mark.parametrize(("algorithm", "expected"), KNOWN_CHECKSUMS.items())
@pytest.mark.parametrize("where", ["header", "trailer"])
def test_a_checksum_is_verified_wherever_it_comes(algorithm, expected, where):
    value = base64.b64encode(bytes.fromhex(expected)).decode()
    decoded = accepted(*request_with_checksum(algorithm, value, where, b"123456789"), cut=2)
    assert decoded.headers[header_of(algorithm)] == value
    assert decoded.headers["x-amz-sdk-checksum-algorithm"] == algorithm


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("where", ["header", "trailer"])
def test_a_wrong_checksum_is_a_bad_digest(algorithm, where):
    wrong = base64.b64encode(bytes(ALGORITHMS[algorithm][1])).decode()
    message = f"The {algorithm} you specified did not match the calculated checksum."
    assert read(*request_with_checksum(algorithm, wrong, where, CONTENT)) == Refusal("BadDigest", message)


@pytest.mark.parametrize("operation", sorted(NEED_CHECKSUM))
def test_what_must_come_whole_has_to_prove_it(operation):
    refused = read({}, CONTENT, operation=operation)
    message = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
    assert refused == Refusal("InvalidRequest", message)
    md5 = base64.b64encode(hashlib.md5(CONTENT, usedforsecurity=False).digest()).decode()
    for proof in ({"Content-MD5": md5}, {"x-amz-checksum-crc32": CRC32}):
        accepted(proof, CONTENT, operation=operation)
    body = chunked(CONTENT, trailers=b"x-amz-checksum-crc32:" + CRC32.encode() + b"\r\n")
    accepted(with_crc32_trailer(), body, operation=operation)


@pytest.mark.parametrize("operation", ["PutObject", "UploadPart", "PutBucketPolicy"])
def test_a_body_without_a_length_is_refused_by_the_name_of_its_header(operation):
    refused = read({"Transfer-Encoding": "chunked"}, CONTENT, operation=operation)
    assert (refused.code, refused.status) == ("NotImplemented", 501)
    assert refused.details == (("Header", "Transfer-Encoding"),)
    framed = with_crc32_trailer() | {"Transfer-Encoding": "chunked"}
    body = chunked(CONTENT, trailers=b"x-amz-checksum-crc32:" + CRC32.encode() + b"\r\n")
    assert accepted(framed, body, operation=operation).content == CONTENT


@pytest.mark.parametrize("value", ["", "AAAA", "not base64", "AAAAAA==AAAA"])
@pytest.mark.parametrize(("where", "named"), [("header", "header"), ("trailer", "trailing header")])
def test_a_malformed_checksum_is_named(where, named, value):
    refusal = Refusal("InvalidRequest", f"Value for x-amz-checksum-crc32 {named} is invalid.")
    assert read(*request_with_checksum("CRC32", value, where, CONTENT)) == refusal


def request_with_checksum(algorithm: str, value: str, where: str, content: bytes) -> tuple[dict[str, str], bytes]:
    name = header_of(algorithm)
    if where == "header":
        return {name: value}, content
    trailers = f"{name}:{value}\r\n".encode()
    return streaming(UNSIGNED, len(content), x_amz_trailer=name), chunked(content, trailers=trailers)


def test_an_object_without_a_checksum_gets_the_one_that_s3_computes():
    decoded = accepted({}, b"123456789")
    assert decoded.headers["x-amz-checksum-crc64nvme"] == "rosUhgp5mIg="
    assert decoded.headers["x-amz-sdk-checksum-algorithm"] == "CRC64NVME"
    assert "x-amz-checksum-crc64nvme" not in accepted({}, b"<Tagging/>", operation="PutObjectTagging").headers


def test_the_checksum_of_a_completed_upload_is_the_objects_and_not_the_bodys():
    headers = {"x-amz-checksum-crc32": "AAAAAA==", "Content-Length": "26"}
    assert accepted(headers, b"<CompleteMultipartUpload/>", operation="CompleteMultipartUpload").headers == headers


INVALID = "InvalidRequest"
CHECKSUM_HEADERS = {
    "two checksums": (
        {"x-amz-checksum-crc32": CRC32, "x-amz-checksum-sha1": "a"},
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
    ),
    "an algorithm without its checksum": (
        {"x-amz-sdk-checksum-algorithm": "crc32"},
        (
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers "
            "were found."
        ),
    ),
    "another algorithm than the checksum's": (
        {"x-amz-sdk-checksum-algorithm": "crc32", "x-amz-checksum-crc32c": "ImIEBA=="},
        "Value for x-amz-sdk-checksum-algorithm header is invalid.",
    ),
    "a trailer of no known algorithm": (
        streaming(UNSIGNED, x_amz_trailer="x-amz-checksum-sha10"),
        "The value specified in the x-amz-trailer header is not supported",
    ),
}


@pytest.mark.parametrize(("headers", "message"), CHECKSUM_HEADERS.values(), ids=CHECKSUM_HEADERS)
def test_contradictory_checksum_headers_are_refused_before_the_body(headers, message):
    assert read(headers, CONTENT) == Refusal(INVALID, message)


def test_content_md5_is_verified():
    digest = hashlib.md5(CONTENT, usedforsecurity=False).digest()
    value = base64.b64encode(digest).decode()
    assert accepted({"Content-MD5": value}, CONTENT).content == CONTENT
    details = (("CalculatedDigest", "1B2M2Y8AsgTpgAmY7PhCfg=="), ("ExpectedDigest", digest.hex()))
    message = "The Content-MD5 you specified did not match what we received."
    assert read({"Content-MD5": value}, b"") == Refusal("BadDigest", message, 400, details)


@pytest.mark.parametrize("value", ["", "AAAA", hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()])
def test_a_malformed_content_md5_is_an_invalid_digest(value):
    message = "The Content-MD5 you specified was invalid."
    assert read({"Content-MD5": value}, CONTENT) == Refusal("InvalidDigest", message, 400, (("Content-MD5", value),))


def test_the_payload_hash_that_was_signed_must_be_the_bodys():
    computed, wrong = hashlib.sha256(CONTENT).hexdigest(), "0" * 64
    assert accepted({"x-amz-content-sha256": computed}, CONTENT).payload_sha256 == computed
    details = (("ClientComputedContentSHA256", wrong), ("S3ComputedContentSHA256", computed))
    message = "The provided 'x-amz-content-sha256' header does not match what was computed."
    refusal = Refusal("XAmzContentSHA256Mismatch", message, 400, details)
    assert read({"x-amz-content-sha256": wrong}, CONTENT) == refusal


FRAMING = {
    "a size that is no number": b"zz\r\n" + CONTENT,
    "a size too small for the data": b"3\r\n" + CONTENT + b"\r\n0\r\n\r\n",
    "no line break after the size": b"2b;" + CONTENT,
    "no line break after the data": b"2b\r\n" + CONTENT + b"0\r\n\r\n",
    "no last chunk": b"2b\r\n" + CONTENT + b"\r\n",
    "no empty line at the end": b"2b\r\n" + CONTENT + b"\r\n0\r\n",
    "nothing at all": b"",
    "a signature where none belongs": chunked(CONTENT, signed=True),
    "a line without end": b"2" * 10_000,
}


@pytest.mark.parametrize("body", FRAMING.values(), ids=FRAMING)
def test_broken_framing_is_an_incomplete_body(body):
    assert read(streaming(UNSIGNED), body) == TERMINATED


def test_a_size_too_large_for_the_data_is_an_incomplete_body():
    refusal = read(streaming(UNSIGNED), b"ff\r\n" + CONTENT + b"\r\n0\r\n\r\n")
    assert isinstance(refusal, Refusal)
    assert refusal.code == "IncompleteBody"


def test_no_more_is_taken_than_was_announced():
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        yield b"ffffffffff\r\n"
        while True:
            taken += 1
            yield bytes(10)

    headers = CIMultiDictProxy(CIMultiDict(streaming(UNSIGNED, 100)))
    refusal = asyncio.run(read_body("s3", "PutObject", headers, endless()))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, taken) == ("IncompleteBody", 11)


def test_a_chunk_without_its_signature_is_an_incomplete_body():
    assert read(streaming(SIGNED), chunked(CONTENT)) == TERMINATED


@pytest.mark.parametrize("length", [3, 100])
def test_the_decoded_length_must_be_the_one_announced(length):
    details = (("NumberBytesExpected", str(length)), ("NumberBytesProvided", str(len(CONTENT))))
    message = "You did not provide the number of bytes specified by the Content-Length HTTP header"
    refusal = Refusal("IncompleteBody", message, 400, details)
    assert read(streaming(UNSIGNED, length), chunked(CONTENT), cut=1000) == refusal


@pytest.mark.parametrize("length", ["", "abc", "-1", "²"])
def test_a_missing_decoded_length_is_asked_for(length):
    headers = streaming(UNSIGNED) | {"x-amz-decoded-content-length": length}
    refusal = Refusal("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
    assert read(headers, chunked(CONTENT)) == refusal


def test_only_the_last_chunk_may_be_small():
    details = (("Chunk", "2"), ("BadChunkSize", "3"))
    message = "Only the last chunk is allowed to have a size less than 8192 bytes"
    refusal = Refusal("InvalidChunkSizeError", message, 403, details)
    assert read(streaming(UNSIGNED, 5), chunked(b"hel", b"lo")) == refusal


TRAILERS = {
    "none where one was announced": b"",
    "another than was announced": b"x-amz-checksum-crc32c:AAAAAA==\r\n",
    "no colon": b"x-amz-checksum-crc32" + CRC32.encode() + b"\r\n",
    "no name": b":" + CRC32.encode() + b"\r\n",
    "the same twice": b"x-amz-checksum-crc32:%s\r\n" % CRC32.encode() * 2,
    "one more": b"x-amz-checksum-crc32:%s\r\nx-amz-meta-a:b\r\n" % CRC32.encode(),
}


@pytest.mark.parametrize("trailers", TRAILERS.values(), ids=TRAILERS)
def test_trailers_must_be_those_announced(trailers):
    assert read(with_crc32_trailer(), chunked(CONTENT, trailers=trailers)) == MALFORMED_TRAILER


def test_a_trailer_that_was_not_announced_is_malformed():
    body = chunked(CONTENT, trailers=b"x-amz-checksum-crc32:" + CRC32.encode() + b"\r\n")
    assert read(streaming(UNSIGNED), body) == MALFORMED_TRAILER


@pytest.mark.parametrize("behind", [b"x", b"\r\n", b"0\r\n\r\n", b"garbage\n"])
def test_bytes_after_the_end_of_an_object_are_not_overlooked(behind):
    assert read(streaming(UNSIGNED), chunked(CONTENT) + behind) == MALFORMED_TRAILER


def test_bytes_after_the_end_are_malformed():
    assert read(streaming(UNSIGNED), chunked(CONTENT) + b"more\r\n") == MALFORMED_TRAILER


def test_a_trailer_announced_for_a_body_that_has_none_is_malformed():
    assert read({"x-amz-trailer": "x-amz-checksum-crc32"}, CONTENT) == MALFORMED_TRAILER


def test_an_unknown_streaming_payload_is_named():
    result = read(streaming("STREAMING-SOMETHING"), chunked(CONTENT))
    assert isinstance(result, Refusal)
    assert (result.code, result.details[1]) == ("InvalidArgument", ("ArgumentValue", "STREAMING-SOMETHING"))


@pytest.mark.parametrize("headers", [{"Content-Length": str(5 * 1024**3 + 1)}, streaming(UNSIGNED, 5 * 1024**3 + 1)])
def test_more_than_five_gibibytes_in_one_request_are_refused_at_once(headers):
    result = read(headers, b"")
    assert isinstance(result, Refusal)
    assert (result.code, result.details) == (
        "EntityTooLarge",
        (("ProposedSize", "5368709121"), ("MaxSizeAllowed", "5368709120")),
    )


def test_a_gzipped_body_of_another_service_is_unpacked_and_hashed_as_it_was_signed():
    compressor = zlib.compressobj(wbits=31)
    packed = compressor.compress(b"Action=ListQueues") + compressor.flush()
    decoded = accepted({"Content-Encoding": "gzip"}, packed, service="sqs", operation="ListQueues")
    assert decoded.content == b"Action=ListQueues"
    assert decoded.payload_sha256 == hashlib.sha256(packed).hexdigest()
    assert "Content-Encoding" not in decoded.headers
    for broken in (b"not gzip", packed[:-3], b""):
        assert isinstance(read({"Content-Encoding": "gzip"}, broken, service="sqs"), Refusal)


def test_a_gzipped_object_is_stored_as_it_is():
    decoded = accepted({"Content-Encoding": "gzip"}, b"not even gzip")
    assert (decoded.content, decoded.headers["Content-Encoding"]) == (b"not even gzip", "gzip")


@given(
    chunks=st.lists(
        st.builds(
            lambda start, size: (start * 9000)[:size], st.binary(min_size=1, max_size=9), st.integers(8192, 8300)
        ),
        max_size=3,
    ),
    last=st.binary(min_size=1, max_size=50),
    signed=st.booleans(),
    cut=st.integers(1, 9000),
)
def test_any_content_survives_however_it_is_cut(chunks, last, signed, cut):
    content = b"".join(chunks) + last
    body = chunked(*chunks, last, signed=signed)
    decoded = accepted(streaming(SIGNED if signed else UNSIGNED, len(content)), body, cut=cut)
    assert decoded.content == content


@given(
    body=st.one_of(
        st.binary(max_size=200),
        st.lists(st.sampled_from([b"0", b"2", b"a", b"\r\n", b"\n", b"\r", b";chunk-signature=", b":", SIGNATURE])).map(
            b"".join
        ),
    ),
    mode=st.sampled_from([UNSIGNED, SIGNED, SIGNED_TRAILER]),
    length=st.integers(0, 30),
    trailer=st.sampled_from(["", "x-amz-checksum-crc32"]),
    cuts=st.tuples(st.integers(1, 40), st.integers(1, 40)),
)
def test_any_body_is_decoded_or_refused_the_same_however_it_is_cut(body, mode, length, trailer, cuts):
    headers = streaming(mode, length, x_amz_trailer=trailer)
    results = [read(headers, body, cut=cut) for cut in cuts]
    assert [result.content if isinstance(result, DecodedBody) else result.code for result in results] == [
        results[0].content if isinstance(results[0], DecodedBody) else results[0].code
    ] * 2
    assert not isinstance(results[0], DecodedBody) or len(results[0].content) == length
