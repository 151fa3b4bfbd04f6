"""S3 requests over which moto would stumble are refused as S3 refuses them, or carried out as S3 does."""

from __future__ import annotations

import re

import pytest

FORM = {"Content-Type": "multipart/form-data; boundary=x"}


def form(**fields: str) -> bytes:
    """Return a form upload with these fields and a file."""
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{text}' for name, text in fields.items()]
    parts.append('Content-Disposition: form-data; name="file"; filename="f"\r\n\r\nabc')
    return "".join(f"--x\r\n{part}\r\n" for part in parts).encode() + b"--x--\r\n"


def code(answer):
    """Return the status and the error code of an answer."""
    found = re.search(rb"<Code>([^<]*)</Code>", answer.body)
    return answer.status, found[1].decode() if found else ""


UNKNOWN = "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrH"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (form(key="a"), (204, "")),
        (form(key="a", acl="public-read"), (204, "")),
        (form(key="a", acl="nope"), (400, "InvalidArgument")),
        (form(key="k" * 1025), (400, "KeyTooLongError")),
        (form(other="a"), (400, "InvalidArgument")),
        (b"", (400, "InvalidArgument")),
    ],
)
async def test_a_form_upload_is_held_against_what_an_upload_is(caller, body, expected):
    await caller.s3("PUT", "/bucket")
    assert code(await caller.s3("POST", "/bucket", FORM, body, operation="PostObject")) == expected


# What S3's model does not tell: https://docs.aws.amazon.com/AmazonS3/latest/API/API_NotificationConfiguration.html
# and the like.
UNREADABLE = [
    ("notification", "PutBucketNotificationConfiguration",
     b"<NotificationConfiguration><QueueConfiguration/></NotificationConfiguration>"),
    ("ownershipControls", "PutBucketOwnershipControls", b"<OwnershipControls/>"),
    ("cors", "PutBucketCors", b"<CORSConfiguration><CORSRule/></CORSConfiguration>"),
    ("encryption", "PutBucketEncryption", b"<ServerSideEncryptionConfiguration/>"),
    ("accelerate", "PutBucketAccelerateConfiguration", b"<AccelerateConfiguration/>"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "operation", "body"), UNREADABLE)
async def test_a_document_that_lacks_what_it_must_have_is_malformed(caller, caplog, query, operation, body):
    await caller.s3("PUT", "/bucket")
    assert code(await caller.s3("PUT", "/bucket", body=body, query=query, operation=operation)) == (400, "MalformedXML")
    assert not caplog.records


@pytest.mark.parametrize(
    ("query", "operation", "root"),
    [
        ("notification", "PutBucketNotificationConfiguration", "NotificationConfiguration"),
        ("logging", "PutBucketLogging", "BucketLoggingStatus"),
        ("publicAccessBlock", "PutPublicAccessBlock", "PublicAccessBlockConfiguration"),
    ],
)
async def test_an_empty_document_with_or_without_a_namespace_is_the_same(caller, query, operation, root):
    await caller.s3("PUT", "/bucket")
    for attribute in ("", ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'):
        body = f"<{root}{attribute}/>".encode()
        answered = await caller.s3("PUT", "/bucket", body=body, query=query, operation=operation)
        # S3 refuses a block of public access that blocks and allows nothing, for that reason alone.
        assert code(answered) in {(200, ""), (400, "InvalidRequest")}


async def upload_id(caller, key: str, body: bytes = b"") -> str:
    begun = await caller.s3("POST", f"/bucket/{key}", body=body, query="uploads", operation="CreateMultipartUpload")
    assert begun.status == 200
    return re.search(rb"<UploadId>([^<]*)</UploadId>", begun.body)[1].decode()


async def test_the_beginning_of_an_upload_may_have_a_body(caller):
    await caller.s3("PUT", "/bucket")
    begun = await upload_id(caller, "key", b"<a/>")
    query = f"uploadId={begun}&partNumber=1"
    assert (await caller.s3("PUT", "/bucket/key", body=b"abc", query=query, operation="UploadPart")).status == 200


@pytest.mark.parametrize(
    ("method", "operation", "query"),
    [
        ("PUT", "UploadPart", "&partNumber=1"),
        ("GET", "ListParts", ""),
        ("POST", "CompleteMultipartUpload", ""),
        ("DELETE", "AbortMultipartUpload", ""),
    ],
)
async def test_an_upload_is_of_its_key_alone(caller, method, operation, query):
    await caller.s3("PUT", "/bucket")
    query = f"uploadId={await upload_id(caller, 'key')}{query}"
    answered = await caller.s3(method, "/bucket/other", query=query, operation=operation)
    assert code(answered) == (404, "NoSuchUpload")


async def test_an_upload_is_completed_as_often_as_it_is_asked_for(caller):
    await caller.s3("PUT", "/bucket")
    query = f"uploadId={await upload_id(caller, 'key')}"
    part = await caller.s3("PUT", "/bucket/key", body=b"a", query=f"{query}&partNumber=1", operation="UploadPart")
    etag = next(value for name, value in part.headers if name.lower() == "etag")
    listed = (
        f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    )
    for _ in range(2):
        done = await caller.s3(
            "POST", "/bucket/key", body=listed.encode(), query=query, operation="CompleteMultipartUpload"
        )
        assert done.status == 200


@pytest.mark.parametrize(
    ("method", "operation", "query", "body"),
    [
        ("PUT", "PutObjectAcl", "acl", b""),
        ("DELETE", "DeleteObjectTagging", "tagging", b""),
        ("POST", "RestoreObject", "restore", b"<RestoreRequest><Days>1</Days></RestoreRequest>"),
    ],
)
@pytest.mark.parametrize(("version", "expected"), [("", "NoSuchKey"), (f"&versionId={UNKNOWN}", "NoSuchVersion")])
async def test_what_is_asked_of_an_object_that_is_not_there(caller, method, operation, query, body, version, expected):
    await caller.s3("PUT", "/bucket")
    answered = await caller.s3(method, "/bucket/none", body=body, query=query + version, operation=operation)
    assert code(answered) == (404, expected)
