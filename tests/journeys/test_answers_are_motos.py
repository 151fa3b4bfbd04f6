"""The same requests to the emulator and to moto's own server: the answers agree byte for byte.

But for dates, ids and what a server tells of itself, only what `docs/moto-differences.md` lists may
differ, and all of it does.
"""

import base64
import hashlib
import http.client
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import botocore.serialize
import botocore.session
import pytest

from vpce_emulator.backend.checksums import NEED_CHECKSUM

SESSION = botocore.session.get_session()
STORIES = json.loads((Path(__file__).parent / "data" / "recorded-requests.json").read_text(encoding="utf-8"))
PAGE = Path(__file__).parents[2] / "docs" / "moto-differences.md"
SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer without what is never the same twice."""

    status: int
    headers: dict[str, str]
    body: str


@pytest.fixture
def moto():
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603 - ourselves
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.communicate(timeout=30)


def written(service, request):
    """Return method, target, headers and body of a recorded request."""
    if "operation" not in request:
        target = request["path"] + ("?" + request["query"] if request["query"] else "")
        return request["method"], target, request["headers"], request["body"].encode()
    model = SESSION.get_service_model(service)
    serializer = botocore.serialize.create_serializer(model.resolved_protocol, include_validation=False)
    sent = serializer.serialize_to_request(request["parameters"], model.operation_model(request["operation"]))
    query = urlencode(sent["query_string"] or {})
    target = sent["url_path"] + (("&" if "?" in sent["url_path"] else "?") + query if query else "")
    body = urlencode(sent["body"]) if isinstance(sent["body"], dict) else sent["body"] or b""
    headers = {name: str(value) for name, value in sent["headers"].items()}
    return sent["method"], target, headers, body.encode() if isinstance(body, str) else bytes(body)


def constant(text):
    """Return a text with what is another one each time replaced."""
    for pattern, instead in ALWAYS_OTHER:
        text = re.sub(pattern, instead, text)
    return text


class Side:
    """One of the two that are asked."""

    def __init__(self, url):
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        self._saved = {}

    def ask(self, service, request):
        """Send a request and return what is told by the answer."""
        model = SESSION.get_service_model(service)
        filled = json.dumps(request)
        for name, value in self._saved.items():
            filled = filled.replace("{" + name + "}", json.dumps(value)[1:-1])
        method, target, headers, body = written(service, json.loads(filled))
        credential = f"AKIAIOSFODNN7EXAMPLE/{datetime.now(UTC):%Y%m%d}/us-east-1/{model.signing_name}/aws4_request"
        headers |= {
            "Host": GLOBAL_HOSTS.get(service, f"{model.endpoint_prefix}.us-east-1.amazonaws.com"),
            "X-Amz-Date": f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature={'0' * 64}",
            "Content-Length": str(len(body)),
        }
        if request.get("operation") in NEED_CHECKSUM:
            headers["Content-MD5"] = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        self._connection.request(method, quote(target, safe="/%?&=+:~*()!',;@$"), body, headers)
        response = self._connection.getresponse()
        text = response.read().decode()
        for name, pattern in request.get("save", {}).items():
            if found := re.search(pattern, text):
                self._saved[name] = found[1]
        return self._told(response, text, method)

    def _told(self, response, text, method):
        for name, value in self._saved.items():
            text = text.replace(value, "{" + name + "}")
        kept = {name.lower(): value for name, value in response.getheaders() if name.lower() not in OF_THE_SERVER}
        if method != "HEAD":
            # They are of the body with its dates and ids.
            kept.pop("content-length", None)
            kept.pop("x-amz-crc32", None)
        return Answer(response.status, {name: constant(value) for name, value in kept.items()}, constant(text))

    def close(self):
        self._connection.close()


OF_THE_SERVER = frozenset({"connection", "date", "server", "x-amzn-requestid", "x-amz-request-id", "x-amz-id-2"})
ALWAYS_OTHER = [
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?", "DATE"),
    (r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", "DATE"),
    (r"\b1[7-9]\d{8}(\.\d+)?\b", "SECONDS"),
    (r"\b1[7-9]\d{11}\b", "MILLISECONDS"),
    (r"<(RequestId|requestId|RequestID|HostId)>[^<]*", r"<\1>ID"),
    (r"\b(AIDA|AROA|AGPA)[A-Z0-9]{12,17}\b", r"\1-ID"),
    (r"<GroupId>[^<]*", "<GroupId>ID"),
    (r'("ReceiptHandle": ?)"\w+"', r"\1ID"),
    (r"(:secret:\w+-)\w{6}", r"\1ID"),
]
GLOBAL_HOSTS = {"iam": "iam.amazonaws.com"}


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in which the emulator differs on purpose.

    Attributes:
        name: in the first column of the page.
        without: an answer without it.
        service: whose answers differ so; all services' where empty.
        operation: a pattern of the operations whose answers differ so; those of all operations where empty.
    """

    name: str
    without: Callable[[Answer], Answer]
    service: str = ""
    operation: str = ""

    def concerns(self, service, request):
        return self.service in {"", service} and fnmatch(request.get("operation", ""), self.operation or "*")


def headers_without(pattern):
    """Return what takes headers out of an answer."""

    def without(answer):
        kept = {name: value for name, value in answer.headers.items() if not fnmatch(name, pattern)}
        return replace(answer, headers=kept)

    return without


def body_without(pattern):
    """Return what takes texts out of the body of an answer."""
    return lambda answer: replace(answer, body=re.sub(pattern, "", answer.body))


def refusal_without_headers(answer):
    """Take out the headers of a refusal that has no body."""
    return replace(answer, headers={}) if answer.status >= 400 and not answer.body else answer


def nothing(_answer):
    """Leave nothing to compare."""
    return Answer(0, {}, "")


DIFFERENCES = [
    Difference("`Access-Control-Allow-Origin`", headers_without("access-control-allow-origin")),
    Difference("`status`", headers_without("status")),
    Difference("`Content-Type`", headers_without("content-type")),
    Difference("`x-amz-checksum-…` and `x-amz-checksum-type`", headers_without("x-amz-checksum-*"), "s3"),
    Difference("`ChecksumAlgorithm` and `ChecksumCRC64NVME`", body_without(r"<Checksum\w+>[^<]*</Checksum\w+>"), "s3"),
    Difference("`x-amz-server-side-encryption`", headers_without("x-amz-server-side-encryption"), "s3"),
    Difference("GetBucketEncryption", nothing, "s3", "GetBucketEncryption"),
    Difference("`Last-Modified`", headers_without("last-modified"), "s3"),
    Difference("Delete markers", headers_without("x-amz-[dv]e*"), "s3", "GetObject"),
    Difference("Refusals of HeadObject", refusal_without_headers, "s3", "HeadObject"),
    Difference("`x-amz-access-point-alias`", headers_without("x-amz-access-point-alias"), "s3", "HeadBucket"),
    Difference("The XML declaration", body_without(r"^<\?xml[^>]*\?>"), "s3"),
    Difference("The owner's ID in ListBuckets", body_without("<ID>[^<]*</ID>"), "s3", "ListBuckets"),
    Difference("PutBucketPolicy", nothing, "s3", "PutBucketPolicy"),
    Difference("GetPublicAccessBlock", nothing, "s3", "GetPublicAccessBlock"),
    Difference("GetBucketOwnershipControls", nothing, "s3", "GetBucketOwnershipControls"),
    Difference("GetBucketRequestPayment and PutBucketRequestPayment", nothing, "s3", "*BucketRequestPayment"),
    Difference("Configurations of metrics", nothing, "s3", "*BucketMetricsConfiguration*"),
    Difference("Configurations of analytics", nothing, "s3", "*BucketAnalyticsConfiguration*"),
    Difference("Configurations of Intelligent-Tiering", nothing, "s3", "*BucketIntelligentTieringConfiguration*"),
    Difference("GetObjectRetention", nothing, "s3", "GetObjectRetention"),
    Difference("`Content-MD5`", headers_without("content-md5"), "s3", "HeadObject"),
    Difference("CompleteMultipartUpload", headers_without("x-amz-version-id"), "s3", "CompleteMultipartUpload"),
    Difference("BatchExecuteStatement", nothing, "dynamodb", "BatchExecuteStatement"),
    Difference("The ids of IAM users", body_without("<UserId>[^<]*</UserId>"), "iam"),
    Difference("GetCallerIdentity", nothing, "sts", "GetCallerIdentity"),
]


def cleared(pair, differences):
    """Return two answers without some differences."""
    for difference in differences:
        pair = difference.without(pair[0]), difference.without(pair[1])
    return pair


def explained(service, request, pair):
    """Return the names of the differences of a pair of answers; None where something else differs, too."""
    relevant = [difference for difference in DIFFERENCES if difference.concerns(service, request)]
    ours, theirs = cleared(pair, relevant)
    if ours != theirs:
        return None
    needed = set()
    for difference in relevant:
        ours, theirs = cleared(pair, [other for other in relevant if other is not difference])
        if ours != theirs:
            needed.add(difference.name)
    return needed


def test_answers_are_motos_but_for_the_listed_differences(vpce, moto):
    unexplained, used = [], set()
    for told in STORIES:
        vpce.reset()
        urllib.request.urlopen(urllib.request.Request(f"{moto}/moto-api/reset", method="POST")).close()  # noqa: S310
        ours, theirs = Side(vpce.url()), Side(moto)
        for request in told["requests"]:
            pair = ours.ask(told["service"], request), theirs.ask(told["service"], request)
            names = explained(told["service"], request, pair)
            if names is None:
                unexplained.append((told["story"], request, *pair))
            else:
                used |= names
        ours.close()
        theirs.close()
    assert unexplained == []
    assert used == {difference.name for difference in DIFFERENCES}


def test_every_difference_is_a_row_of_the_page():
    rows = re.findall(r"^\| (.+?) \| .+? \| .+? \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == ["Difference", *(difference.name for difference in DIFFERENCES)]
