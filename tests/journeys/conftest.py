"""What several journeys need to speak to a door without an SDK."""

import http.client
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

# A laptop under load answers late; nothing here waits for a time to pass.
PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Received:
    """A response: status line, headers and body, taken apart."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def connect(url):
    """Return a connected socket to a door."""
    place = urlsplit(url)
    connection = socket.create_connection((place.hostname, place.port), PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def receive(connection, method="GET"):
    """Read one response of a connection, or return None where it was closed without one."""
    response = http.client.HTTPResponse(connection, method=method)
    try:
        response.begin()
        return Received(response.status, response.headers, response.read())
    except (http.client.RemoteDisconnected, ConnectionError):
        return None
    finally:
        response.close()


@pytest.fixture
def dial():
    """A function that connects a socket to a door, which is closed after the test; and one that reads a response."""
    opened = []

    def to(url):
        opened.append(connect(url))
        return opened[-1]

    yield to
    for connection in opened:
        connection.close()


@pytest.fixture
def read_response():
    """A function that reads the next response of a socket; None where the connection was closed without one."""
    return receive


@pytest.fixture
def exchange():
    """A function that sends bytes to a door on a connection of their own, and reads the response."""

    def send(url, sent, method="GET"):
        with connect(url) as connection:
            connection.sendall(sent)
            return receive(connection, method)

    return send
