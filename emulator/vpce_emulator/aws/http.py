"""One HTTP request and one HTTP response as frozen values, exactly as they stood on the wire."""

from __future__ import annotations

from dataclasses import dataclass

from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.content import Content


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request's head.

    Attributes:
        method: upper case.
        host: the Host header as sent, its port included; empty when there was none.
        raw_path: the path as sent, percent-encoding, double slashes and all; begins with `/`.
        raw_query: what stood behind the `?`, as sent; empty when there was none.
        headers: every header in order, looked up in any letter case.
        secure: whether it came over TLS (`aws:SecureTransport`).
        tls_version: `1.2` or `1.3` (`s3:TlsVersion`); empty without TLS.
        request_id: the id that its answer will carry; empty for requests made in this process.
    """

    method: str
    host: str
    raw_path: str
    raw_query: str
    headers: CIMultiDictProxy[str]
    secure: bool = False
    tls_version: str = ""
    request_id: str = ""


NO_REQUEST = HttpRequest("POST", "", "/", "", CIMultiDictProxy(CIMultiDict()), secure=True)
"""In place of a request that one AWS service makes to another, of which nothing is known but that it is over TLS."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A whole response.

    Attributes:
        status: its code.
        headers: every header in order, duplicates included.
        body: what follows the head.
        content: in place of a body, that of a large object.
        code: of a refusal that the emulator wrote, the error code, for the journal; empty otherwise.
        message: the text of such a refusal, which an answer to HEAD does not carry.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    content: Content | None = None
    code: str = ""
    message: str = ""
