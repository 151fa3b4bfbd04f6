"""The requests that Terraform's AWS provider sends for VPC endpoints and the network around them, one by one."""

import asyncio
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from botocore.awsrequest import AWSPreparedRequest

TRANSCRIPTS = sorted((Path(__file__).parent / "data" / "terraform").glob("*.transcript"))
ACCOUNT = "123456789012"


def exchanges(text):
    """Yield each request with what is expected of its answer, and each pause."""
    why, request, expected = "", None, []
    for line in [*text.splitlines(), ""]:
        if line.startswith("# "):
            why = line[2:]
        elif line.startswith("> "):
            request = line[2:]
        elif line.startswith("< "):
            expected.append(line[2:])
        elif line.startswith("~ "):
            yield "", None, [line[2:]]
        elif request is not None:
            yield why, request, expected
            request, expected = None, []


def send(api, body):
    """Return the status and the answer of a request, as the Go SDK would have it on the wire."""
    form = dict(parse_qsl(body, keep_blank_values=True))
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    request = AWSPreparedRequest("POST", "https://ec2.us-east-1.amazonaws.com/", headers, body.encode(), False)
    response = asyncio.run(api._respond(form["Action"], request, body.encode(), ACCOUNT))
    text = re.sub(rb' xmlns="[^"]*"', b"", response.body)
    return response.status, ET.fromstring(text)  # noqa: S314 - our own answer


class Names:
    """What the names in a transcript stand for."""

    def __init__(self):
        self._values = {"account": ACCOUNT}

    def fill(self, text):
        return re.sub(r"\{(\w+)\}", lambda match: self._values[match[1]], text)

    def check(self, line, answer):
        if line.startswith("! "):
            return answer.find(line[2:]) is None
        path, _, wanted = line.partition(" = ")
        found = answer.findtext(path)
        name = re.fullmatch(r"\{(\w+)\}", wanted)
        if name and name[1] not in self._values:
            self._values[name[1]] = found
            return found is not None
        return found == (re.sub(r"\{(\w+)\}", self._filled, wanted))

    def _filled(self, match):
        return self._values.get(match[1], match[0])


@pytest.mark.parametrize("api", [30], indirect=True)
@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda path: path.stem)
def test_terraform_reads_what_it_waits_for(api, transcript):
    names = Names()
    for why, request, expected in exchanges(transcript.read_text(encoding="utf-8")):
        if request is None:
            api.now += float(expected[0])
            continue
        pairs = [
            (key, names.fill(value)) if "{" in value and '"' not in value else (key, value)
            for key, value in parse_qsl(request, keep_blank_values=True)
        ]
        status, answer = send(api, urlencode(pairs))
        told = ET.tostring(answer, encoding="unicode")
        assert str(status) == expected[0], f"{why}: {told}"
        for line in expected[1:]:
            assert names.check(line, answer), f"{why}: {line}: {told}"


def test_every_transcript_is_there():
    assert [path.stem for path in TRANSCRIPTS] == ["data-sources", "gateway-endpoint", "interface-endpoint"]
