"""What dig, the tool that everybody looks with, makes of the answers."""

import shutil
import subprocess

import pytest

from vpce_dns import RecordSet, RecordType, View

NAME = "vpce-0123456789abcdef0-abcd1234.sqs.us-east-1.vpce.amazonaws.com"
VIEW = View(
    "app",
    {
        NAME: (RecordSet(RecordType.A, 60, ("10.0.1.10", "10.0.2.10")),),
        "many.example": (RecordSet(RecordType.A, 60, tuple(f"10.1.1.{n}" for n in range(256))),),
    },
    frozenset({NAME, "example"}),
)

dig_path = shutil.which("dig")
pytestmark = pytest.mark.skipif(dig_path is None, reason="dig (bind9-dnsutils) is not installed")


@pytest.fixture
def dig(serve):
    server = serve(VIEW)

    def run(*arguments: str) -> list[str]:
        host, port = server.address
        command = [str(dig_path), "-r", f"@{host}", "-p", str(port), "+tries=1", "+time=5", *arguments]
        finished = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603 - dig
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return [line for line in finished.stdout.splitlines() if line.strip()]

    return run


def test_the_flags_and_sections_are_those_of_awss_resolver(dig):
    lines = dig(NAME, "+noall", "+comments", "+answer")
    assert ";; flags: qr rd ra; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 1" in lines
    assert "; EDNS: version: 0, flags:; udp: 4096" in lines
    assert [line.split() for line in lines if not line.startswith(";")] == [
        [f"{NAME}.", "60", "IN", "A", "10.0.1.10"],
        [f"{NAME}.", "60", "IN", "A", "10.0.2.10"],
    ]


def test_aaaa_is_nodata_and_an_unknown_name_nxdomain(dig):
    assert any("status: NOERROR" in line for line in dig(NAME, "AAAA"))
    assert dig(NAME, "AAAA", "+short") == []
    assert any("status: NXDOMAIN" in line for line in dig(f"no.{NAME}"))


def test_a_long_answer_comes_over_tcp(dig):
    assert len(dig("many.example", "+short", "+bufsize=512")) == 256
    assert any("Truncated" in line for line in dig("many.example", "+bufsize=512"))


def test_a_later_version_of_edns_is_negotiated_down(dig):
    lines = dig(NAME, "+edns=1", "+noednsnegotiation")
    assert any("status: BADVERS" in line for line in lines)
    assert dig(NAME, "+edns=1", "+ednsnegotiation", "+short") == ["10.0.1.10", "10.0.2.10"]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["+opcode=2", NAME], "NOTIMP"),
        (["version.bind", "CH", "TXT"], "REFUSED"),
        (["+dnssec", "+ednsopt=100:cafe", "+cookie", NAME], "NOERROR"),
        (["+notcp", "+adflag", "+cdflag", "+zflag", NAME], "NOERROR"),
    ],
)
def test_unusual_queries_get_the_code_of_the_rfcs(dig, arguments, status):
    assert any(f"status: {status}" in line for line in dig(*arguments))
