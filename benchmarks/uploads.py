"""A 64 MiB upload: in 64 KiB aws-chunks with a trailing checksum, and plain.

The plain PUT is the barest one: neither its payload is signed nor does it carry a checksum. Source of the chunks'
format: Amazon S3 API Reference, "Transferring payloads in multiple chunks", the unsigned payload with a trailer.
"""

import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from zlib import crc32

from botocore.config import Config

from benchmarks.load import address_of, ask_once
from benchmarks.perimeter import APPLICATION, BUCKET
from benchmarks.report import Measurement, Samples
from benchmarks.servers import Side
from benchmarks.signed_requests import client, head_of, prepared

CONTENT = bytes(range(256)) * (64 * 1024 * 1024 // 256)
CHUNK = 64 * 1024

PLAIN = "plain PUT"
CHUNKED = "aws-chunked"

_BARE = Config(
    request_checksum_calculation="when_required", s3={"addressing_style": "path", "payload_signing_enabled": False}
)


def one_round(sides: Sequence[Side], results: dict[str, Samples]) -> Iterator[Measurement]:
    """Yield the measurements of one round: an upload to each side in each way, in seconds, by way and side."""
    for side in sides:
        for way, upload in WAYS.items():
            samples = results[way].setdefault(side.name, [])
            yield f"64 MiB, {way}: {side.name}", partial(_measure, upload, side, samples)


def _measure(upload: Callable[[str], list[bytes]], side: Side, samples: list[float]) -> None:
    parts = upload(side.url)
    start = time.perf_counter()
    ask_once(address_of(side.url), parts)
    samples.append(time.perf_counter() - start)


def _plain(url: str) -> list[bytes]:
    return [_head(url, len(CONTENT), _BARE), CONTENT]


def _in_aws_chunks(url: str) -> list[bytes]:
    encoded = aws_chunks(CONTENT)
    return [_head(url, len(encoded)), encoded]


def _head(url: str, length: int, config: Config | None = None) -> bytes:
    """Return the head of an upload that boto3 would send over TLS, where it signs no payload.

    The scheme is no part of a signature. The body is replaced by one of our own framing, and its length with it.
    """
    s3 = client("s3", url.replace("http://", "https://"), APPLICATION, config)
    request = prepared(s3, "put_object", Bucket=BUCKET, Key="upload", Body=CONTENT)
    for name in ("Transfer-Encoding", "Content-Length", "Expect"):
        request.headers.pop(name, None)
    request.headers["Content-Length"] = str(length)
    return head_of(request)


def aws_chunks(content: bytes) -> bytes:
    """Return content in chunks of 64 KiB, with its CRC32 in the trailer."""
    chunks = (content[start : start + CHUNK] for start in range(0, len(content), CHUNK))
    framed = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    checksum = b64encode(crc32(content).to_bytes(4, "big"))
    return framed + b"0\r\nx-amz-checksum-crc32:" + checksum + b"\r\n\r\n"


WAYS = {PLAIN: _plain, CHUNKED: _in_aws_chunks}
