"""An upload in signed chunks, as SDKs send it over plain HTTP: stored where every signature is true, else refused."""

import hashlib
import hmac
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

EMPTY = hashlib.sha256(b"").hexdigest()
CONTENT = (b"a" * 8192, b"the end", b"")


@pytest.fixture
def key(vpce):
    """An access key of a user who may do anything, made through IAM, so that its secret is known."""
    iam = vpce.client("iam")
    iam.create_user(UserName="uploader")
    iam.attach_user_policy(UserName="uploader", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    made = iam.create_access_key(UserName="uploader")["AccessKey"]
    vpce.client("s3").create_bucket(Bucket="uploads")
    return made["AccessKeyId"], made["SecretAccessKey"]


def upload(url, key, spoil=None):
    """Return the bytes of a PUT in signed chunks; the signature of the chunk `spoil` is a wrong one."""
    request = AWSRequest("PUT", f"{url}/uploads/k", headers={"x-amz-decoded-content-length": "8199"})
    request.headers["X-Amz-Content-SHA256"] = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    signer = S3SigV4Auth(Credentials(*key), "s3", "us-east-1")
    signer._modify_request_before_signing = lambda request: request.headers.__setitem__(  # the payload's word stays
        "X-Amz-Date", request.context["timestamp"]
    )
    signer.add_auth(request)
    time = request.context["timestamp"]
    previous = request.headers["Authorization"].rpartition("Signature=")[2]
    body = b""
    for number, data in enumerate(CONTENT):
        scope = f"{time[:8]}/us-east-1/s3/aws4_request"
        hashes = f"{previous}\n{EMPTY}\n{hashlib.sha256(data).hexdigest()}"
        previous = sign(key[1], time[:8], f"AWS4-HMAC-SHA256-PAYLOAD\n{time}\n{scope}\n{hashes}")
        sent = "0" * 64 if number == spoil else previous
        body += b"%x;chunk-signature=%s\r\n%s\r\n" % (len(data), sent.encode(), data)
    place = urlsplit(url)
    lines = [f"PUT /uploads/k HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in request.headers.items()]
    return "".join(lines).encode() + b"\r\n" + body


def sign(secret, day, text):
    made = b"AWS4" + secret.encode()
    for part in (day, "us-east-1", "s3", "aws4_request", text):
        made = hmac.digest(made, part.encode(), "sha256")
    return made.hex()


def test_an_upload_in_signed_chunks_is_stored(vpce, exchange, key):
    answer = exchange(vpce.url(), upload(vpce.url(), key), "PUT")
    assert answer.status == 200, answer.body
    assert vpce.client("s3").get_object(Bucket="uploads", Key="k")["Body"].read() == b"".join(CONTENT)


@pytest.mark.parametrize("chunk", range(len(CONTENT)))
def test_a_wrong_signature_of_one_chunk_is_refused_and_nothing_stored(vpce, exchange, key, chunk):
    answer = exchange(vpce.url(), upload(vpce.url(), key, chunk), "PUT")
    assert answer.status == 403
    assert b"<Code>SignatureDoesNotMatch</Code>" in answer.body
    assert b"<StringToSign>AWS4-HMAC-SHA256-PAYLOAD\n" in answer.body
    with pytest.raises(ClientError, match="404"):
        vpce.client("s3").head_object(Bucket="uploads", Key="k")
