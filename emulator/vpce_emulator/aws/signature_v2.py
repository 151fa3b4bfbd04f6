"""Signature Version 2 of S3's presigned URLs, which boto3 still makes by default in the Regions that ever took it.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html. AWS takes it for older buckets there, and
nowhere else; so does this module, for every bucket. In the Authorization header, no SDK writes it any more.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote_plus

from vpce_emulator.aws.hosts import bucket_of_localhost, parse_host
from vpce_emulator.aws.http import HttpRequest

REGIONS = frozenset(
    {
        "ap-northeast-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "eu-west-1",
        "sa-east-1",
        "us-east-1",
        "us-west-1",
        "us-west-2",
    }
)
# Parameters that are signed with the resource; those that say what the response is to be, too.
_SUBRESOURCES = frozenset(
    {
        "accelerate",
        "acl",
        "analytics",
        "cors",
        "defaultObjectAcl",
        "delete",
        "inventory",
        "lifecycle",
        "location",
        "logging",
        "metrics",
        "notification",
        "partNumber",
        "policy",
        "replication",
        "requestPayment",
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
        "response-content-language",
        "response-content-type",
        "response-expires",
        "restore",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versionId",
        "versioning",
        "versions",
        "website",
    }
)


def is_accepted(request: HttpRequest) -> bool:
    """Return whether the Region that the Host header names takes this version; a name without Region does."""
    host = parse_host(request.host)
    return host is None or not host.region or host.region in REGIONS


def string_to_sign(request: HttpRequest) -> str:
    """Return what a presigned URL's signature is made over."""
    query = dict(parse_qsl(request.raw_query, keep_blank_values=True))
    given = {name.lower(): value for name, value in query.items()}
    first = (
        request.method,
        request.headers.get("Content-MD5") or given.get("content-md5", ""),
        request.headers.get("Content-Type") or given.get("content-type", ""),
        query.get("Expires", ""),
    )
    return "\n".join((*first, *_amz_headers(request, given), _resource(request)))


def signature(secret_access_key: str, request: HttpRequest) -> str:
    """Return the signature that this secret makes of a presigned URL."""
    return sign(secret_access_key, string_to_sign(request).encode("utf-8", "surrogateescape"))


def sign(secret_access_key: str, signed: bytes) -> str:
    """Return the signature of some bytes, in base64."""
    return b64encode(hmac.digest(secret_access_key.encode(), signed, "sha1")).decode()


def _amz_headers(request: HttpRequest, given: dict[str, str]) -> Iterator[str]:
    """Yield `x-amz-` headers, sorted. In a URL such headers may stand as parameters."""
    headers = {name: value for name, value in given.items() if name.startswith("x-amz-")}
    for name in dict.fromkeys(name.lower() for name in request.headers):
        if name.startswith("x-amz-"):
            headers[name] = ",".join(value.strip() for value in request.headers.getall(name))
    return (f"{name}:{value.strip()}" for name, value in sorted(headers.items()))


def _resource(request: HttpRequest) -> str:
    """Return the path, with the bucket of a virtual-hosted name before it, and the subresources behind it."""
    host = parse_host(request.host)
    bucket = host.bucket if host is not None else bucket_of_localhost(request.host)
    path = f"/{bucket}{request.raw_path}" if bucket else request.raw_path
    if path.count("/") == 1 and path != "/":  # a bucket is signed for with a slash behind it, however it is asked for
        path += "/"
    pairs = sorted(pair.partition("=") for pair in request.raw_query.split("&"))
    named = [
        f"{name}={unquote_plus(value)}" if equals else name for name, equals, value in pairs if name in _SUBRESOURCES
    ]
    return f"{path}?{'&'.join(named)}" if named else path
