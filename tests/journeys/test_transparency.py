"""What must come through a client's door unchanged: keys, headers, bodies, ranges, conditions and checksums."""

import base64
import gzip
import hashlib
import json
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

BUCKET = "through"
MEBIBYTE = 1024 * 1024
EXAMPLE_KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


@pytest.fixture
def s3(vpce):
    """A boto3 client behind the gateway endpoint, and a bucket to use it on."""
    client = vpce.client("s3", at="private-a")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def door(vpce):
    return vpce.url(at="private-a")


def code(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["ResponseMetadata"]["HTTPStatusCode"], refused.value.response["Error"]["Code"]


def request_of(url, method="GET", *lines, body=b""):
    """Return the bytes of a request for a (presigned) URL."""
    place = urlsplit(url)
    target = f"{place.path}?{place.query}" if place.query else place.path
    return "\r\n".join([f"{method} {target} HTTP/1.1", f"Host: {place.netloc}", *lines, "", ""]).encode() + body


def deny(vpce, action):
    statement = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    vpce.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy)


KEYS = [
    "plain",
    "a/b/c",
    "a//b",
    "/leading",
    "trailing/",
    "//",
    "a b+c",
    "a%2Fb",
    "100%25",
    "%",
    "ünïcödé/日本語/🪣",
    "dots/../kept/./here",
    "semi;colon,comma=equals&and?question#hash",
    "'quotes\"<xml>&amp;",
    "tilde~star*paren(s)!",
    "tab\tand\\backslash",
]


@pytest.mark.parametrize("key", KEYS)
def test_a_key_comes_through_as_it_is(vpce, s3, key):
    s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == key.encode()
    assert s3.head_object(Bucket=BUCKET, Key=key)["ContentLength"] == len(key.encode())
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == [key]
    assert [entry["Key"] for entry in s3.list_objects(Bucket=BUCKET)["Contents"]] == [key]
    assert vpce.decisions()[-4]["authorizations"][0]["resource"] == f"arn:aws:s3:::{BUCKET}/{key}"
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": key})
    s3.delete_object(Bucket=BUCKET, Key=key)
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == ["copy"]


def test_keys_with_all_kinds_of_characters_are_deleted_together(s3):
    for key in KEYS:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in KEYS]})
    assert {entry["Key"] for entry in answer["Deleted"]} == set(KEYS)
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


def test_an_encoded_and_a_plain_slash_name_the_same_key(s3, exchange):
    s3.put_object(Bucket=BUCKET, Key="a/b", Body=b"ab")
    url = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "a/b"})
    # S3 decodes the path once, so that %2F and / are one key; SigV4 signs the path of the request as S3 encodes it:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
    answer = exchange(url, request_of(url.replace("/a/b?", "/a%2Fb?"), "GET", "Connection: close"))
    assert (answer.status, answer.body) == (200, b"ab")


def test_metadata_names_and_values_come_back(s3):
    metadata = {"plain": "value", "with_underscore": "1", "with-dash": "2", "mixedcase": "Kept As It Is", "empty": ""}
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"", Metadata=metadata | {"MixedCase": metadata["mixedcase"]})
    # Names are lower case at S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
    assert s3.head_object(Bucket=BUCKET, Key="k")["Metadata"] == metadata


def test_system_metadata_comes_back(s3):
    given = {
        "ContentType": "text/csv; charset=utf-8",
        "ContentLanguage": "de",
        "ContentDisposition": 'attachment; filename="a b.csv"',
        "CacheControl": "max-age=60",
    }
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"a", **given)
    answer = s3.get_object(Bucket=BUCKET, Key="k")
    assert {name: answer[name] for name in given} == given
    replaced = s3.get_object(Bucket=BUCKET, Key="k", ResponseContentType="text/plain", ResponseCacheControl="no-store")
    assert (replaced["ContentType"], replaced["CacheControl"]) == ("text/plain", "no-store")


def test_a_head_has_the_length_of_the_object_and_no_body(s3, dial, read_response):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"twelve bytes")
    url = s3.generate_presigned_url("head_object", {"Bucket": BUCKET, "Key": "k"})
    connection = dial(url)
    for _ in range(2):
        connection.sendall(request_of(url, "HEAD"))
        answer = read_response(connection, "HEAD")
        assert (answer.status, answer.headers["Content-Length"], answer.body) == (200, "12", b"")


@pytest.mark.parametrize(
    ("asked", "content", "content_range"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=2-5", b"2345", "bytes 2-5/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=7-99", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
    ],
)
def test_a_range_is_a_part_of_the_object(s3, asked, content, content_range):
    s3.put_object(Bucket=BUCKET, Key="digits", Body=b"0123456789")
    answer = s3.get_object(Bucket=BUCKET, Key="digits", Range=asked)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert (answer["Body"].read(), answer["ContentRange"]) == (content, content_range)


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_a_range_behind_the_end_is_not_satisfiable(s3, asked):
    s3.put_object(Bucket=BUCKET, Key="digits", Body=b"0123456789")
    assert code(s3.get_object, Bucket=BUCKET, Key="digits", Range=asked) == (416, "InvalidRange")


def test_conditions_are_answered_with_304_and_412(s3):
    etag = s3.put_object(Bucket=BUCKET, Key="k", Body=b"abc")["ETag"]
    known = {"Bucket": BUCKET, "Key": "k"}
    tomorrow, yesterday = (datetime.now(UTC) + timedelta(days=days) for days in (1, -1))
    assert s3.get_object(**known, IfMatch=etag)["Body"].read() == b"abc"
    assert s3.get_object(**known, IfNoneMatch='"other"')["Body"].read() == b"abc"
    assert s3.get_object(**known, IfModifiedSince=yesterday)["Body"].read() == b"abc"
    assert code(s3.get_object, **known, IfNoneMatch=etag)[0] == 304
    assert code(s3.head_object, **known, IfNoneMatch=etag)[0] == 304
    assert code(s3.get_object, **known, IfModifiedSince=tomorrow)[0] == 304
    assert code(s3.get_object, **known, IfMatch='"other"') == (412, "PreconditionFailed")
    assert code(s3.get_object, **known, IfUnmodifiedSince=yesterday) == (412, "PreconditionFailed")


def test_a_304_has_the_etag_and_leaves_the_connection_usable(s3, dial, read_response):
    etag = s3.put_object(Bucket=BUCKET, Key="k", Body=b"abc")["ETag"]
    url = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "k"})
    connection = dial(url)
    connection.sendall(request_of(url, "GET", f"If-None-Match: {etag}"))
    answer = read_response(connection)
    assert (answer.status, answer.headers["ETag"], answer.body) == (304, etag, b"")
    connection.sendall(request_of(url))
    assert read_response(connection).body == b"abc"


def test_a_write_with_if_none_match_does_not_replace(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"first", IfNoneMatch="*")
    assert code(s3.put_object, Bucket=BUCKET, Key="k", Body=b"second", IfNoneMatch="*") == (412, "PreconditionFailed")
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"first"


def test_gzip_is_neither_packed_nor_unpacked_on_the_way(s3, exchange):
    packed = gzip.compress(b"a,b\n" * 1000, mtime=0)
    s3.put_object(Bucket=BUCKET, Key="k.gz", Body=packed, ContentEncoding="gzip")
    url = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "k.gz"})
    for accepted in ("identity", "gzip"):
        answer = exchange(url, request_of(url, "GET", f"Accept-Encoding: {accepted}", "Connection: close"))
        assert (answer.headers["Content-Encoding"], answer.headers["Content-Length"]) == ("gzip", str(len(packed)))
        assert answer.body == packed


def test_a_text_is_not_packed_because_the_client_would_take_it_packed(s3, exchange):
    s3.put_object(Bucket=BUCKET, Key="k.txt", Body=b"text " * 1000)
    url = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "k.txt"})
    answer = exchange(url, request_of(url, "GET", "Accept-Encoding: gzip, deflate, br", "Connection: close"))
    assert (answer.headers["Content-Encoding"], answer.body) == (None, b"text " * 1000)


def test_a_client_that_expects_100_continue_is_asked_for_the_body_once_the_call_is_allowed(s3, dial, read_response):
    url = s3.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "k"})
    connection = dial(url)
    connection.sendall(request_of(url, "PUT", "Expect: 100-continue", "Content-Length: 4"))
    interim = b""
    while not interim.endswith(b"\r\n\r\n"):
        interim += connection.recv(1)
    assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sendall(b"body")
    assert read_response(connection).status == 200
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"body"


def test_a_denied_client_that_expects_100_continue_is_never_asked_for_the_body(vpce, s3, dial):
    deny(vpce, "s3:PutObject")
    url = s3.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "k"})
    connection = dial(url)
    connection.sendall(request_of(url, "PUT", "Expect: 100-continue", "Content-Length: 1000000000"))
    received = b""
    while part := connection.recv(65_536):
        received += part
    assert received.startswith(b"HTTP/1.1 403 Forbidden\r\n")
    assert b"100 Continue" not in received
    assert received.count(b"HTTP/1.1 ") == 1


def test_a_denied_upload_is_answered_before_it_is_sent(vpce, s3, dial, read_response):
    deny(vpce, "s3:PutObject")
    url = s3.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "k"})
    connection = dial(url)
    connection.sendall(request_of(url, "PUT", "Content-Length: 1000000000") + b"the beginning")
    assert read_response(connection).status == 403


@pytest.mark.parametrize(
    ("line", "body", "status"),
    [
        ("Transfer-Encoding: chunked", b"3\r\nabc\r\n0\r\n\r\n", 501),
        ("Connection: close", b"", 411),
    ],
)
def test_an_upload_without_a_length_is_refused(s3, exchange, line, body, status):
    url = s3.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "k"})
    assert exchange(url, request_of(url, "PUT", line, body=body)).status == status
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


def test_an_upload_whose_length_is_told_may_come_in_chunks(s3, door, exchange):
    content = b"x" * 70_011
    framed = b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)
    sent = b"".join(b"%x;extension=1\r\n%s\r\n" % (len(part), part) for part in (framed[:9], framed[9:])) + b"0\r\n\r\n"
    url = s3.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "k"})
    told = ("x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER", f"x-amz-decoded-content-length: {len(content)}")
    answer = exchange(url, request_of(url, "PUT", *told, "Transfer-Encoding: chunked", body=sent))
    assert answer.status == 200
    assert s3.head_object(Bucket=BUCKET, Key="k")["ContentLength"] == len(content)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("ChecksumCRC32", "AAAAAA=="),
        ("ChecksumSHA256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        ("ContentMD5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
    ],
)
def test_a_wrong_checksum_is_a_bad_digest_and_nothing_is_stored(s3, header, value):
    assert code(s3.put_object, Bucket=BUCKET, Key="k", Body=b"other", **{header: value}) == (400, "BadDigest")
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


@pytest.mark.parametrize(("damage", "status"), [(0, 200), (1, 400)])
def test_a_trailing_checksum_decides_whether_the_object_is_stored(s3, door, exchange, damage, status):
    # Every chunk but the last has at least 8 KiB:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
    parts = [b"x" * 8192, b"the end"]
    checksum = base64.b64encode((zlib.crc32(b"".join(parts)) ^ damage).to_bytes(4, "big"))
    framed = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    framed += b"0\r\nx-amz-checksum-crc32:" + checksum + b"\r\n\r\n"
    request = AWSRequest("PUT", f"{door}/{BUCKET}/k", data=framed)
    request.headers["Content-Encoding"] = "aws-chunked"
    # By this botocore signs STREAMING-UNSIGNED-PAYLOAD-TRAILER in place of the body's hash.
    request.context["checksum"] = {"request_algorithm": {"in": "trailer"}}
    request.headers["X-Amz-Trailer"] = "x-amz-checksum-crc32"
    request.headers["X-Amz-Decoded-Content-Length"] = str(sum(map(len, parts)))
    S3SigV4Auth(EXAMPLE_KEYS, "s3", "us-east-1").add_auth(request)
    fields = (f"{name}: {value}" for name, value in request.headers.items())
    length = f"Content-Length: {len(framed)}"
    answer = exchange(door, request_of(request.url, "PUT", length, "Connection: close", *fields, body=framed))
    assert (answer.status, b"<Code>BadDigest</Code>" in answer.body) == (status, status == 400)
    listed = s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    assert [s3.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read() for entry in listed] == (
        [b"".join(parts)] if status == 200 else []
    )


def test_three_parts_make_an_object_with_the_etag_of_a_multipart_upload(s3):
    parts = [b"a" * 5 * MEBIBYTE, b"b" * 5 * MEBIBYTE, b"c"]
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="k", Metadata={"kept": "yes"})
    sent = {"Bucket": BUCKET, "Key": "k", "UploadId": upload["UploadId"]}
    tags = [s3.upload_part(**sent, PartNumber=number, Body=part)["ETag"] for number, part in enumerate(parts, 1)]
    assert [part["Size"] for part in s3.list_parts(**sent)["Parts"]] == [len(part) for part in parts]
    numbered = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, 1)]
    done = s3.complete_multipart_upload(**sent, MultipartUpload={"Parts": numbered})
    digests = b"".join(hashlib.md5(part, usedforsecurity=False).digest() for part in parts)
    assert done["ETag"] == f'"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-3"'
    got = s3.get_object(Bucket=BUCKET, Key="k")
    assert (got["Body"].read(), got["Metadata"]) == (b"".join(parts), {"kept": "yes"})
    second = s3.get_object(Bucket=BUCKET, Key="k", PartNumber=2)
    assert (second["Body"].read(), second["PartsCount"]) == (parts[1], 3)
    assert second["ContentRange"] == f"bytes {len(parts[0])}-{len(parts[0]) + len(parts[1]) - 1}/{got['ContentLength']}"


@pytest.mark.parametrize("key", ["whole", "parts"])
def test_each_part_is_read_by_its_number(s3, key):
    parts = [b"a" * 5 * MEBIBYTE, b"c"] if key == "parts" else [b"whole"]
    if key == "parts":
        upload = {"Bucket": BUCKET, "Key": key}
        upload |= {"UploadId": s3.create_multipart_upload(**upload)["UploadId"]}
        # The second of three uploaded parts is left out of the object.
        tags = {
            number: s3.upload_part(**upload, PartNumber=number, Body=part)["ETag"]
            for number, part in ((1, parts[0]), (2, b"left out"), (3, parts[1]))
        }
        listed = [{"PartNumber": number, "ETag": tags[number]} for number in (1, 3)]
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": listed})
    else:
        s3.put_object(Bucket=BUCKET, Key=key, Body=parts[0])
    size = sum(map(len, parts))
    for number, part in enumerate(parts, 1):
        got = s3.get_object(Bucket=BUCKET, Key=key, PartNumber=number)
        head = s3.head_object(Bucket=BUCKET, Key=key, PartNumber=number)
        before = sum(map(len, parts[: number - 1]))
        assert got["Body"].read() == part
        for answer in (got, head):
            assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
            assert answer["ContentLength"] == len(part)
            assert answer["ContentRange"] == f"bytes {before}-{before + len(part) - 1}/{size}"
            assert answer.get("PartsCount", 1) == len(parts)
    missing = {"Bucket": BUCKET, "Key": key, "PartNumber": len(parts) + 1}
    assert code(s3.get_object, **missing) == (416, "InvalidPartNumber")
    assert code(s3.head_object, **missing) == (416, "416")


def test_the_parts_of_an_upload_are_listed_in_order(s3):
    upload = {"Bucket": BUCKET, "Key": "k"}
    upload |= {"UploadId": s3.create_multipart_upload(**upload)["UploadId"]}
    tags = [s3.upload_part(**upload, PartNumber=number, Body=b"a" * 5 * MEBIBYTE)["ETag"] for number in (1, 2)]
    listed = [{"PartNumber": number, "ETag": tags[number - 1]} for number in (2, 1)]
    refused = code(s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": listed})
    assert refused == (400, "InvalidPartOrder")
    s3.abort_multipart_upload(**upload)
    assert code(s3.list_parts, **upload) == (404, "NoSuchUpload")
    assert code(s3.upload_part, **upload, PartNumber=1, Body=b"") == (404, "NoSuchUpload")


def test_an_empty_object_is_empty(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"")
    got = s3.get_object(Bucket=BUCKET, Key="k")
    assert (got["Body"].read(), got["ContentLength"]) == (b"", 0)
    assert got["ETag"] == '"d41d8cd98f00b204e9800998ecf8427e"'


def test_eight_connections_at_once_each_keep_their_requests_apart(s3, dial, read_response):
    urls = {}
    for number in range(8):
        s3.put_object(Bucket=BUCKET, Key=f"k{number}", Body=f"body {number}".encode() * 1000)
        urls[number] = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": f"k{number}"})
    connections = {number: dial(url) for number, url in urls.items()}

    def ask(number):
        bodies = set()
        for _ in range(10):
            connections[number].sendall(request_of(urls[number]))
            bodies.add(read_response(connections[number]).body)
        return bodies

    with ThreadPoolExecutor(8) as threads:
        answered = dict(zip(urls, threads.map(ask, urls), strict=True))
    assert answered == {number: {f"body {number}".encode() * 1000} for number in urls}


def test_requests_that_are_sent_ahead_are_answered_in_order(s3, dial, read_response):
    for key in ("first", "second", "third"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    urls = [
        s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": key}) for key in ("first", "second", "third")
    ]
    connection = dial(urls[0])
    connection.sendall(b"".join(request_of(url) for url in urls[:2]) + request_of(urls[2], "GET", "Connection: close"))
    received = b""
    while part := connection.recv(65_536):
        received += part
    assert [received.index(key) for key in (b"\r\n\r\nfirst", b"\r\n\r\nsecond", b"\r\n\r\nthird")] == sorted(
        received.index(key) for key in (b"\r\n\r\nfirst", b"\r\n\r\nsecond", b"\r\n\r\nthird")
    )


def test_a_listing_is_encoded_as_a_url_where_that_is_asked_for(s3, exchange):
    for key in ("a b/1", "ü+/2", "plain"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
    url = s3.generate_presigned_url("list_objects_v2", {"Bucket": BUCKET, "Delimiter": "/", "EncodingType": "url"})
    listed = exchange(url, request_of(url, "GET", "Connection: close")).body.decode()
    assert "<EncodingType>url</EncodingType>" in listed
    assert "<Key>plain</Key>" in listed
    assert f"<Prefix>{quote('ü+/', safe='/')}</Prefix>" in listed
    # boto3 decodes what it asked to be encoded.
    prefixes = s3.list_objects_v2(Bucket=BUCKET, Delimiter="/")["CommonPrefixes"]
    assert [entry["Prefix"] for entry in prefixes] == ["a b/", "ü+/"]


def test_a_listing_goes_on_where_the_page_before_ended(s3):
    keys = [f"{number:02}" for number in range(25)]
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 10})
    assert [[entry["Key"] for entry in page["Contents"]] for page in pages] == [keys[:10], keys[10:20], keys[20:]]


def test_select_answers_with_an_event_stream(s3):
    s3.put_object(Bucket=BUCKET, Key="people.csv", Body=b"name,age\nada,36\nalan,41")
    answer = s3.select_object_content(
        Bucket=BUCKET,
        Key="people.csv",
        ExpressionType="SQL",
        Expression="SELECT name FROM S3Object",
        InputSerialization={"CSV": {"FileHeaderInfo": "USE"}},
        OutputSerialization={"JSON": {}},
    )
    events = list(answer["Payload"])
    records = b"".join(event["Records"]["Payload"] for event in events if "Records" in event)
    assert [json.loads(line) for line in records.splitlines()] == [{"name": "ada"}, {"name": "alan"}]
    assert "End" in events[-1]


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_presigned_urls_put_and_get(vpce, s3, exchange, version):
    signer = vpce.client("s3", at="private-a", config=Config(signature_version=version))
    put = signer.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "k"})
    assert exchange(put, request_of(put, "PUT", "Content-Length: 3", "Connection: close", body=b"abc")).status == 200
    get = signer.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "k"})
    assert exchange(get, request_of(get, "GET", "Connection: close")).body == b"abc"


def presigned_an_hour_ago(url, seconds):
    request = AWSRequest("GET", url)
    S3SigV4QueryAuth(EXAMPLE_KEYS, "s3", "us-east-1", expires=seconds).add_auth(request)
    signed = datetime.strptime(request.context["timestamp"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    earlier = (signed - timedelta(hours=1)).strftime("%Y%m%dT%H%M%SZ")
    return request.url.replace(request.context["timestamp"], earlier)


def test_metadata_in_the_query_of_a_presigned_url_are_kept(s3, exchange):
    """SDKs for JavaScript and Ruby move them there."""
    request = AWSRequest(
        "PUT", s3.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "k"}).partition("?")[0]
    )
    request.url += "?x-amz-meta-author=ada%20l&x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32"
    S3SigV4QueryAuth(EXAMPLE_KEYS, "s3", "us-east-1").add_auth(request)
    answer = exchange(request.url, request_of(request.url, "PUT", "Content-Length: 3", body=b"abc"))
    assert answer.status == 200
    stored = s3.get_object(Bucket=BUCKET, Key="k")
    assert (stored["Metadata"], stored["Body"].read()) == ({"author": "ada l"}, b"abc")


@pytest.mark.parametrize(("seconds", "status"), [(60, 403), (7200, 200)])
def test_a_presigned_url_expires(s3, door, exchange, seconds, status):
    # The key is nobody's, so that the signature, which the changed date breaks, is not looked at; the date always is.
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"abc")
    url = presigned_an_hour_ago(f"{door}/{BUCKET}/k", seconds)
    answer = exchange(url, request_of(url, "GET", "Connection: close"))
    assert answer.status == status
    if status == 403:
        assert b"<Code>AccessDenied</Code><Message>Request has expired</Message>" in answer.body


def test_anybody_reads_a_public_object_and_nothing_else(s3, door, exchange):
    for key in ("public/a", "private/b"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/public/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy)
    assert exchange(door, request_of(f"{door}/{BUCKET}/public/a", "GET", "Connection: close")).body == b"public/a"
    denied = exchange(door, request_of(f"{door}/{BUCKET}/private/b", "GET", "Connection: close"))
    assert (denied.status, b"<Message>Access Denied</Message>" in denied.body) == (403, True)


RULE = {
    "AllowedOrigins": ["https://app.example"],
    "AllowedMethods": ["GET", "PUT"],
    "AllowedHeaders": ["x-amz-*"],
    "ExposeHeaders": ["ETag"],
    "MaxAgeSeconds": 600,
}


def preflight(door, *lines):
    return request_of(f"{door}/{BUCKET}/k", "OPTIONS", "Connection: close", *lines)


def test_a_preflight_of_an_allowed_origin_is_answered_without_credentials(s3, door, exchange):
    s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [RULE]})
    origin = ("Origin: https://app.example", "Access-Control-Request-Method: PUT")
    answer = exchange(door, preflight(door, *origin, "Access-Control-Request-Headers: x-amz-date"))
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert set(answer.headers["Access-Control-Allow-Methods"].replace(" ", "").split(",")) == {"GET", "PUT"}
    assert answer.headers["Access-Control-Max-Age"] == "600"


@pytest.mark.parametrize(
    ("rules", "lines"),
    [
        ([], ["Origin: https://app.example", "Access-Control-Request-Method: GET"]),
        ([RULE], ["Origin: https://other.example", "Access-Control-Request-Method: GET"]),
        ([RULE], ["Origin: https://app.example", "Access-Control-Request-Method: DELETE"]),
    ],
)
def test_a_preflight_that_no_rule_allows_is_forbidden(s3, door, exchange, rules, lines):
    # https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
    if rules:
        s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": rules})
    answer = exchange(door, preflight(door, *lines))
    assert (answer.status, b"<Code>AccessForbidden</Code>" in answer.body) == (403, True)
    assert answer.headers["Access-Control-Allow-Origin"] is None


@pytest.mark.parametrize("path", ["/", f"/{BUCKET}", f"/{BUCKET}/k"])
def test_options_without_an_origin_tell_nothing(s3, door, exchange, path):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"abc")
    answer = exchange(door, request_of(f"{door}{path}", "OPTIONS", "Connection: close"))
    assert answer.status == 400
    assert BUCKET.encode() not in answer.body


@pytest.mark.parametrize(("origin", "allowed"), [("https://app.example", True), ("https://other.example", False)])
def test_an_actual_request_is_answered_whatever_its_origin(s3, exchange, origin, allowed):
    s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [RULE]})
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"abc")
    url = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "k"})
    answer = exchange(url, request_of(url, "GET", f"Origin: {origin}", "Connection: close"))
    assert (answer.status, answer.body) == (200, b"abc")
    assert answer.headers["Access-Control-Allow-Origin"] == (origin if allowed else None)
    assert answer.headers["Access-Control-Expose-Headers"] == ("ETag" if allowed else None)
