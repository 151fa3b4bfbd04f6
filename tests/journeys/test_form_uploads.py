"""Uploads from HTML forms through the doors: what is answered when they go well, and what their policies refuse."""

import json
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest

BUCKET = "uploads"
BOUNDARY = "----form"


@pytest.fixture
def signer(vpce):
    """The S3 client of a user whose secret is known, so that signatures count."""
    vpce.client("s3").create_bucket(Bucket=BUCKET)
    iam = vpce.client("iam")
    iam.create_user(UserName="uploader")
    allow = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_user_policy(UserName="uploader", PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName="uploader")["AccessKey"]
    return vpce.client("s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])


def form(fields):
    parts = [*((f'name="{name}"', text) for name, text in fields), ('name="file"; filename="a.txt"', "abc")]
    begun = f"--{BOUNDARY}\r\nContent-Disposition: form-data; "
    return ("".join(f"{begun}{name}\r\n\r\n{text}\r\n" for name, text in parts) + f"--{BOUNDARY}--\r\n").encode()


@pytest.fixture
def post(vpce, signer, dial, read_response):
    """A function that posts a signed form with three bytes in its file, and returns the answer."""

    def posted(fields=None, conditions=(), expires=100, **unsigned):
        fields = fields or {}
        exactly = [{name: value} for name, value in fields.items()] if not conditions else list(conditions)
        signed = signer.generate_presigned_post(BUCKET, "in/${filename}", dict(fields), exactly, expires)
        body = form([*signed["fields"].items(), *unsigned.items()])
        connection = dial(vpce.url())
        head = f"POST /{BUCKET} HTTP/1.1\r\nHost: {urlsplit(vpce.url()).netloc}\r\nConnection: close\r\n"
        kind = f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall((head + kind).encode() + body)
        return read_response(connection)

    return posted


@pytest.mark.parametrize(("asked", "status"), [(None, 204), ("200", 200), ("204", 204), ("299", 204)])
def test_an_upload_is_answered_without_a_body(vpce, post, asked, status):
    answer = post({"success_action_status": asked} if asked else {})
    assert (answer.status, answer.body) == (status, b"")
    stored = vpce.client("s3").get_object(Bucket=BUCKET, Key="in/a.txt")
    assert (stored["Body"].read(), stored["ETag"]) == (b"abc", answer.headers["ETag"])
    assert answer.headers["Location"] == f"{vpce.url()}/{BUCKET}/in%2Fa.txt"


def test_an_upload_that_asks_for_201_is_answered_with_a_document(vpce, post):
    answer = post({"success_action_status": "201"})
    root = ElementTree.fromstring(answer.body)  # noqa: S314 - the emulator's own answer
    document = {element.tag: element.text for element in root}
    assert answer.status == 201
    assert document == {
        "Location": f"{vpce.url()}/{BUCKET}/in%2Fa.txt",
        "Bucket": BUCKET,
        "Key": "in/a.txt",
        "ETag": answer.headers["ETag"],
    }


@pytest.mark.parametrize("target", ["https://app.example/done", "https://app.example/done?user=1"])
def test_an_upload_leads_on_to_the_page_that_it_names(post, target):
    answer = post({"success_action_redirect": target})
    place = urlsplit(answer.headers["Location"])
    assert (answer.status, f"https://{place.netloc}{place.path}") == (303, "https://app.example/done")
    told = parse_qs(place.query)
    assert (told["bucket"], told["key"], told["etag"]) == ([BUCKET], ["in/a.txt"], [answer.headers["ETag"]])
    assert told.get("user") == (["1"] if "user" in target else None)


@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        ({"conditions": [["content-length-range", 10, 20]]}, b"EntityTooSmall", b"<MinSizeAllowed>10</MinSizeAllowed>"),
        ({"conditions": [["content-length-range", 1, 2]]}, b"EntityTooLarge", b"<MaxSizeAllowed>2</MaxSizeAllowed>"),
        ({"expires": -10}, b"AccessDenied", b"Invalid according to Policy: Policy expired."),
        ({"x-amz-meta-a": "b"}, b"AccessDenied", b"Invalid according to Policy: Extra input fields: x-amz-meta-a"),
        (
            {"fields": {"acl": "private"}, "conditions": [["starts-with", "$acl", "public"]]},
            b"AccessDenied",
            b"Invalid according to Policy: Policy Condition failed: [&quot;starts-with&quot;, &quot;$acl&quot;, "
            b"&quot;public&quot;]",
        ),
    ],
)
def test_an_upload_that_its_own_policy_does_not_allow_is_refused(post, given, code, text):
    answer = post(**given)
    assert b"<Code>%b</Code>" % code in answer.body
    assert text in answer.body
