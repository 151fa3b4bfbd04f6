"""HTTPS and HTTP on one port, under the local certificate authority, and what policies see of it."""

import io
import json
import os
import socket
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, SSLError

from vpce_emulator.process import EmulatorProcess
from vpce_emulator.testing import Vpce

BUCKET = "vault"
REPORT = {"Bucket": BUCKET, "Key": "report.csv"}


@pytest.fixture(scope="module")
def state_directory(tmp_path_factory):
    return tmp_path_factory.mktemp("state") / "not-there-yet"


@pytest.fixture(scope="module")
def server(state_directory):
    with EmulatorProcess(None, "--state-directory", str(state_directory)) as process:
        yield process


@pytest.fixture
def emulator(server):
    """An emulator whose certificate authority is kept in a directory of its own."""
    running = Vpce(server)
    running.reset()
    return running


@pytest.fixture(scope="module")
def authority(state_directory):
    """The file of the certificate authority, as `vpce ca` names it."""
    command = [str(Path(sys.executable).with_name("vpce")), "ca", "--state-directory", str(state_directory)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our program
    return printed.stdout.strip()


@pytest.fixture
def https(emulator, authority):
    """A function that makes a boto3 client that speaks HTTPS, as `Vpce.client` makes one that speaks HTTP."""
    import boto3  # noqa: PLC0415 - half a second, for the tests that use it

    def client(service, *, verify=authority, **place):
        return boto3.client(
            service,
            endpoint_url=emulator.url(**place).replace("http://", "https://"),
            region_name="us-east-1",
            aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
            aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            verify=verify,
            config=Config(retries={"total_max_attempts": 1}),
        )

    return client


@pytest.fixture
def bucket(emulator):
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(**REPORT, Body=b"a,b\n")


def tls_connection(url, authority, name, **limits):
    """Return a TLS connection to a door in which the client asks for a server name."""
    context = ssl.create_default_context(cafile=authority)
    for limit, version in limits.items():
        setattr(context, limit, version)
    place = urlsplit(url)
    plain = socket.create_connection((place.hostname, place.port))
    try:
        return context.wrap_socket(plain, server_hostname=name)
    except BaseException:
        plain.close()
        raise


def deny_unless_secure(emulator, condition):
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        "Condition": condition,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    emulator.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy)


@pytest.mark.parametrize("place", [{}, {"at": "private-a"}, {"via": "s3"}])
def test_every_door_speaks_https_and_http_on_one_port(emulator, https, bucket, place):
    assert https("s3", **place).get_object(**REPORT)["Body"].read() == b"a,b\n"
    assert emulator.client("s3", **place).get_object(**REPORT)["Body"].read() == b"a,b\n"


@pytest.mark.parametrize("place", [{}, {"at": "private-a"}, {"via": "s3"}])
def test_a_test_calls_over_https_where_a_policy_demands_it(emulator, bucket, authority, place):
    deny_unless_secure(emulator, {"Bool": {"aws:SecureTransport": "false"}})
    assert emulator.client("s3", tls=True, **place).get_object(**REPORT)["Body"].read() == b"a,b\n"
    with emulator.denied(by="resource"):
        emulator.client("s3", **place).get_object(**REPORT)
    assert emulator.url(tls=True, **place) == emulator.url(**place).replace("http://", "https://")
    assert emulator.ca_bundle == authority


def test_an_access_point_is_reached_over_https_too(emulator, bucket):
    control = emulator.client("s3control", tls=True)
    made = control.create_access_point(AccountId="123456789012", Name="point", Bucket=BUCKET)
    s3 = emulator.client("s3", tls=True)
    assert s3.get_object(Bucket=made["AccessPointArn"], Key="report.csv")["Body"].read() == b"a,b\n"


def test_the_admin_api_has_the_certificate_for_programs_that_have_no_file_of_it(emulator, authority):
    with urllib.request.urlopen(f"{emulator.listing['admin']}/ca") as answer:  # noqa: S310 - an emulator's own URL
        told = json.load(answer)
    assert told == {"file": authority, "certificate": Path(authority).read_text()}


def test_a_client_that_does_not_trust_the_authority_refuses_the_certificate(https):
    with pytest.raises(SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        https("s3", verify=True).list_buckets()


def test_the_authority_is_made_once_and_its_key_is_the_owners_alone(state_directory, authority, https):
    before = Path(authority).read_bytes()
    https("s3").list_buckets()
    assert Path(authority).read_bytes() == before
    assert b"PRIVATE KEY" not in before
    readable_by_others = [
        path.name
        for path in state_directory.iterdir()
        if b"PRIVATE KEY" in path.read_bytes() and path.stat().st_mode & 0o077
    ]
    assert readable_by_others == []


@pytest.mark.parametrize(
    "name",
    [
        "s3.us-east-1.amazonaws.com",
        "my-bucket.s3.us-east-1.amazonaws.com",
        "my-bucket.bucket.vpce-0123456789abcdef0-abcdefgh.s3.us-east-1.vpce.amazonaws.com",
        "sqs.us-east-1.amazonaws.com",
        "localhost",
    ],
)
def test_the_certificate_is_for_the_name_that_is_asked_for(emulator, authority, name):
    with tls_connection(emulator.url(), authority, name) as connection:
        assert ("DNS", name) in connection.getpeercert()["subjectAltName"]


def test_a_certificate_for_an_address_covers_the_address(emulator, authority):
    with tls_connection(emulator.url(), authority, "127.0.0.1") as connection:
        assert ("IP Address", "127.0.0.1") in connection.getpeercert()["subjectAltName"]


def test_aws_secure_transport_tells_https_from_http(emulator, https, bucket):
    deny_unless_secure(emulator, {"Bool": {"aws:SecureTransport": "false"}})
    assert https("s3", at="private-a").get_object(**REPORT)["Body"].read() == b"a,b\n"
    with emulator.denied(by="resource") as denials:
        emulator.client("s3", at="private-a").get_object(**REPORT)
    assert "aws:SecureTransport" in denials[0].reason


@pytest.mark.parametrize(("version", "number"), [(ssl.TLSVersion.TLSv1_2, 1.2), (ssl.TLSVersion.TLSv1_3, 1.3)])
def test_s3_tls_version_is_that_of_the_connection(emulator, authority, bucket, version, number):
    deny_unless_secure(emulator, {"NumericNotEquals": {"s3:TlsVersion": number}})
    url = emulator.client("s3", config=Config(signature_version="s3v4")).generate_presigned_url("get_object", REPORT)
    target = urlsplit(url)
    request = f"GET {target.path}?{target.query} HTTP/1.1\r\nHost: {target.netloc}\r\nConnection: close\r\n\r\n"
    for spoken in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        limits = {"minimum_version": spoken, "maximum_version": spoken}
        with tls_connection(url, authority, "localhost", **limits) as connection:
            connection.sendall(request.encode())
            status = connection.recv(12).partition(b" ")[2]
            assert status == (b"200" if spoken == version else b"403")


def test_s3_tls_version_is_absent_from_a_request_over_http(emulator, https, bucket):
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
    deny_unless_secure(emulator, {"NumericLessThan": {"s3:TlsVersion": 1.2}})
    assert emulator.client("s3").get_object(**REPORT)["Body"].read() == b"a,b\n"
    assert https("s3").get_object(**REPORT)["Body"].read() == b"a,b\n"


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"])
def test_a_stream_is_sent_with_a_trailing_checksum_and_stored_without_its_framing(emulator, https, bucket, algorithm):
    # boto3 sends checksums behind the body over HTTPS alone.
    content = bytes(range(256)) * 1024
    s3 = https("s3", at="private-a")
    put = s3.put_object(**REPORT, Body=io.BytesIO(content), ChecksumAlgorithm=algorithm)
    got = s3.get_object(**REPORT, ChecksumMode="ENABLED")
    assert (got["Body"].read(), got.get("ContentEncoding", "")) == (content, "")
    assert got[f"Checksum{algorithm}"] == put[f"Checksum{algorithm}"]


def test_versions_before_tls_1_2_are_refused(emulator, authority):
    context = ssl.create_default_context(cafile=authority)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    place = urlsplit(emulator.url())
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection((place.hostname, place.port)) as plain,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(plain, server_hostname="localhost")


def test_what_is_no_tls_after_a_first_byte_of_tls_harms_nobody_else(server, emulator, https, bucket):
    place = urlsplit(emulator.url())
    for garbage in (b"\x16", b"\x16\x03\x01", b"\x16" + os.urandom(200), b"\x16\x03\x01\xff\xff" + b"\x00" * 100):
        with socket.create_connection((place.hostname, place.port)) as connection:
            connection.sendall(garbage)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
    assert https("s3").get_object(**REPORT)["Body"].read() == b"a,b\n"
    assert "Traceback" not in server.log()


def test_an_impossible_server_name_is_refused_with_an_alert(server, emulator, authority):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        tls_connection(emulator.url(), authority, "under_score.example").close()
    assert "Traceback" not in server.log()


def test_an_access_denied_over_https_is_the_same_error(emulator, https, bucket):
    deny_unless_secure(emulator, {"StringNotEquals": {"aws:SourceVpce": emulator.endpoint("s3").id}})
    with pytest.raises(ClientError) as refused:
        https("s3").get_object(**REPORT)
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    assert refused.value.response["Error"]["Message"].endswith("with an explicit deny in a resource-based policy")
