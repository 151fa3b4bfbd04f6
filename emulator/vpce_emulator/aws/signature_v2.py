"""Signature Version 2 of S3, in whose URLs boto3 still presigns by default in the Regions that ever took it.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html. AWS takes it for older buckets there, and
nowhere else; so does this module, for every bucket.
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


def is_accepted(request: HttpRequest, region: str = "") -> bool:
    """Return whether a Region takes this version: the one that the Host header names, else the given one, if any."""
    host = parse_host(request.host)
    asked = (host.region if host is not None else "") or region
    return not asked or asked in REGIONS


def string_to_sign(request: HttpRequest) -> str:
    """Return what a signature is made over: that of a presigned URL, or one in the Authorization header."""
    query = dict(parse_qsl(request.raw_query, keep_blank_values=True))
    given = {name.lower(): value for name, value in query.items()}
    first = (
        request.method,
        request.headers.get("Content-MD5") or given.get("content-md5", ""),
        request.headers.get("Content-Type") or given.get("content-type", ""),
        query.get("Expires", "") or _date(request),
    )
    return "\n".join((*first, *_amz_headers(request, given), _resource(request)))


def _date(request: HttpRequest) -> str:
    """Return the Date header, which `x-amz-date`, signed with the other such headers, takes the place of."""
    return "" if "x-amz-date" in request.headers else request.headers.get("Date", "")


def signature(secret_access_key: str, request: HttpRequest) -> str:
    """Return the signature that this secret makes of a request."""
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
