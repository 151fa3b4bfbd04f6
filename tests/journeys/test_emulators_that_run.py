"""Which emulator a command is about that names none: the one that was started last, of those that run."""

import json
import subprocess
import sys

import pytest

from vpce_emulator.process import EmulatorProcess


class Terminal:
    """Commands of one user, whose data directory it is."""

    def __init__(self, directory, monkeypatch):
        monkeypatch.setenv("VPCE_STATE_DIRECTORY", str(directory))

    def start(self):
        command = [sys.executable, "-m", "vpce_emulator", "up", "--json", "--port", "0", "--dns-port", "0"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603 - our own program
        return process, json.loads(process.stdout.readline())["internet"]

    def finds(self):
        """Return the internet door of the emulator that a command finds, or what it says where it finds none."""
        command = [sys.executable, "-m", "vpce_emulator", "endpoints", "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - as above
        return json.loads(done.stdout)["internet"] if done.returncode == 0 else done.stderr


@pytest.fixture
def terminal(tmp_path, monkeypatch):
    return Terminal(tmp_path, monkeypatch)


def test_the_one_started_last_is_found_and_when_it_is_gone_the_one_before(terminal):
    assert "no emulator was started by this user" in terminal.finds()
    started = [terminal.start() for _ in range(3)]
    try:
        assert terminal.finds() == started[2][1]
        started[2][0].terminate()  # takes leave
        started[2][0].wait()
        assert terminal.finds() == started[1][1]
        started[1][0].kill()  # takes none
        started[1][0].wait()
        assert terminal.finds() == started[0][1]
        with EmulatorProcess():
            assert terminal.finds() == started[0][1]
        assert terminal.finds() == started[0][1]
    finally:
        for process, _ in started:
            process.kill()
            process.wait()
            process.stdout.close()
