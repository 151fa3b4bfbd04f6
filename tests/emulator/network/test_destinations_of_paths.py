"""What people write where a path leads to: services, host names, addresses and URLs, with ports or without."""

import pytest

from vpce_emulator.network.questions import Destination, destination_of


@pytest.mark.parametrize(
    ("text", "name", "port"),
    [
        ("s3", "s3.us-east-1.amazonaws.com", 443),
        ("s3:8443", "s3.us-east-1.amazonaws.com", 8443),
        ("S3", "s3.us-east-1.amazonaws.com", 443),
        ("ecr.api:443", "api.ecr.us-east-1.amazonaws.com", 443),
        ("com.amazonaws.us-east-1.sqs:80", "sqs.us-east-1.amazonaws.com", 80),
        ("cloudwatch", "monitoring.us-east-1.amazonaws.com", 443),
        ("sqs.eu-west-1.amazonaws.com:443", "sqs.eu-west-1.amazonaws.com", 443),
        ("10.0.1.9:80", "10.0.1.9", 80),
        ("http://data.s3.us-east-1.amazonaws.com/key", "data.s3.us-east-1.amazonaws.com", 80),
        ("https://my_data.s3.us-east-1.amazonaws.com:444/", "my_data.s3.us-east-1.amazonaws.com", 444),
    ],
)
def test_a_destination_has_a_host_name_and_a_port(text, name, port):
    assert destination_of(text, "us-east-1") == Destination(name, port)
    assert destination_of(text, "us-east-1", 9000) == Destination(name, 9000)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "s3:99999",
        "s3:0",
        "s3:x",
        "sqs.us-east-1.amazonaws.com:70000",
        "::1",
        "[::1]:443",
        "[::1",
        "a b",
        "https://",
    ],
)
def test_what_is_no_destination_is_told_what_is(text):
    with pytest.raises(ValueError, match=r"^found .*; allowed: a service, like s3, a host name or an IPv4 address"):
        destination_of(text, "us-east-1")
