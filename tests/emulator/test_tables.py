"""What is printed where the output is no terminal can be searched: nothing is broken inside a line."""

import pytest

from vpce_emulator.console.tables import print_listing

NAME = "*.vpce-0123456789abcdef0-abcdefgh.s3-global.accesspoint.ap-southeast-2.vpce.amazonaws.com"


@pytest.mark.parametrize("columns", ["20", "80"])
def test_dns_names_are_whole_in_a_file(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    entry = {"id": "vpce-0123456789abcdef0", "type": "Interface", "service": "s" * 80, "url": "http://x"}
    entry |= {"addresses": ["10.0.1.1"], "dns_names": [NAME]}
    print_listing({"internet": "http://x", "clients": {}, "endpoints": {"e" * 60: entry}, "dns": {}})
    assert f" {NAME} " in capsys.readouterr().out
