"""What a signature of version 4 is made over: the canonical request and the string to sign.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html and, for what S3 does in its
own way, https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator
from urllib.parse import quote, unquote, unquote_plus

from vpce_emulator.aws.authorization_header import Authorization
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.signature_time import S3_SERVICES
from vpce_emulator.aws.signing_keys import BYTES

_UNRESERVED = "-_.~"


def canonical_requests(authorization: Authorization, request: HttpRequest, payload: str) -> Iterator[str]:
    """Yield the request as it may have been signed: as it stands on the wire, and then as AWS would write it.

    Args:
        authorization: names the headers that are signed.
        request: exactly as it was sent.
        payload: the last line: the hash of the body, or the word that stands for one.
    """
    for path, query in _targets(authorization, request):
        yield _canonical_request(authorization, request, path, query, payload)


def string_to_sign(authorization: Authorization, canonical_request: str) -> str:
    """Return what the key signs of a canonical request."""
    digest = hashlib.sha256(canonical_request.encode("utf-8", BYTES)).hexdigest()
    return f"{authorization.algorithm}\n{authorization.timestamp}\n{authorization.scope}\n{digest}"


def _targets(authorization: Authorization, request: HttpRequest) -> tuple[tuple[str, str], ...]:
    """Return the path and query as they may have been signed: as sent, and then encoded the way AWS encodes.

    What stands on the wire may be encoded otherwise than what was signed, when a browser or a proxy has written the
    URL anew; AWS decodes and encodes before it compares.
    """
    query = [pair.partition("=")[::2] for pair in request.raw_query.split("&") if pair]
    if authorization.expires is not None:
        query = [pair for pair in query if pair[0] != "X-Amz-Signature"]
    normal = [(_encoded(_decoded(name)), _encoded(_decoded(value))) for name, value in query]
    path = request.raw_path
    if authorization.service in S3_SERVICES:
        return (path, _joined(query)), (_encoded(unquote(path, errors=BYTES), "/"), _joined(normal))
    double = _encoded(_normal_path(path), "/")
    return (double, _joined(query)), (double, _joined(normal))


def _encoded(text: str, unreserved: str = "") -> str:
    return quote(text, safe=_UNRESERVED + unreserved, errors=BYTES)


def _decoded(text: str) -> str:
    return unquote_plus(text, errors=BYTES)


def _joined(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _normal_path(path: str) -> str:
    """Return a path without dot segments and empty segments, as every service but S3 signs it (RFC 3986, 5.2.4)."""
    normal = posixpath.normpath("/" + path.lstrip("/"))
    return normal + "/" if path.endswith("/") and normal != "/" else normal


def _canonical_request(authorization: Authorization, request: HttpRequest, path: str, query: str, payload: str) -> str:
    headers = "".join(f"{name}:{_header(request, name)}\n" for name in authorization.signed_headers)
    names = ";".join(authorization.signed_headers)
    return f"{request.method}\n{path}\n{query}\n{headers}\n{names}\n{payload}"


def _header(request: HttpRequest, name: str) -> str:
    if name == "host":
        return request.host
    values = request.headers.getall(name, ())
    return ",".join(" ".join(value.split()) for value in values)
