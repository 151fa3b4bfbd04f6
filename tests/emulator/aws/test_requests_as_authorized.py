"""moto does what was authorized, however a request is written that could be read in two ways."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from types import SimpleNamespace

import pytest
import xmltodict
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.s3.models import FakeBucket, S3Backend
from moto.s3.responses import S3Response
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.as_authorized import NOT_CARRIED_OUT, s3_as_authorized
from vpce_emulator.aws.call import Operation, Protocol, Service
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.multi_object_delete import parse_deletion
from vpce_emulator.aws.s3_access_points import NO_SUCH_ACCESS_POINT
from vpce_emulator.aws.s3_form import FormUpload, parse_form
from vpce_emulator.aws.s3_operations import BUCKET_ROUTES, OBJECT_ROUTES
from vpce_emulator.aws.s3_request import ObjectName, copy_source
from vpce_emulator.aws.s3_xml import NAMESPACE
from vpce_emulator.backend.embedded import conditional_deletions, s3
from vpce_emulator.backend.embedded.service_call import ServiceCall

S3 = Service("s3", "us-east-1", Protocol.S3, "s3")


class _Reached(Exception):
    """What moto would have read or written."""


def _reached(*touched):
    raise _Reached(*touched)


def _noted(done, what, *_args, **_more):
    done.append(what)
    return ""


def _source_read(_, bucket, key, version_id=None):
    if bucket != "to":
        raise _Reached(bucket, key, version_id)


@pytest.fixture(scope="module", autouse=True)
def moto():
    """moto's S3, which tells what it would touch instead of touching it."""
    bucket = FakeBucket("to", "123456789012", "us-east-1")
    bucket.multiparts["1"] = SimpleNamespace(id="1", key_name="k")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(S3Backend, "get_object", _source_read)
        patch.setattr(conditional_deletions, "refused_deletion", lambda *_: None)
        patch.setattr(S3Backend, "delete_objects", lambda _, _bucket, objects, _bypass: _reached(objects))
        patch.setattr(S3Backend, "put_object", lambda _, _bucket, key, content, **_more: _reached(key, content))
        patch.setattr(S3Backend, "get_bucket", lambda _, _name: bucket)
        yield


def _in_moto(operation, request, body):
    """Return what moto would touch of a request as authorized."""
    forwarded = s3_as_authorized(operation, request, body)
    assert not isinstance(forwarded, Fault)
    with pytest.raises(_Reached) as reached:
        s3.answer(ServiceCall(S3, operation, "123456789012", *forwarded))
    return reached.value.args


def _request(method, path, query="", body_headers=()):
    return HttpRequest(method, "s3.us-east-1.amazonaws.com", path, query, CIMultiDictProxy(CIMultiDict(body_headers)))


SOURCE = st.lists(
    st.sampled_from(["data", "/", "sec", "pub", "?", "#", ";", "%3F", "%2f", "%23", "//", "x:", "..", "&", "=", "+"])
    | st.sampled_from(["?versionId=", "null", "versionId=1", "%20", "%", "\u00e9", "%C3%A9", "\t", "[", "@", ","])
    | st.sampled_from(["arn:aws:s3:us-east-1:123456789012:accesspoint/a", "/object/"]),
    max_size=8,
).map("".join)


@given(SOURCE | SOURCE.map("data/".__add__), st.booleans())
@settings(max_examples=400)  # the first one loads the service's model
def test_a_copy_reads_the_object_that_was_authorized(source, in_parts):
    name = copy_source(source)
    operation = Operation("UploadPartCopy" if in_parts else "CopyObject", bucket="to", key="k")
    request = _request("PUT", "/to/k", "uploadId=1&partNumber=1" if in_parts else "", {"x-amz-copy-source": source})
    if isinstance(name, Fault):
        assert s3_as_authorized(operation, request, b"") == name
        return
    if name.bucket.startswith("arn:"):
        assert s3_as_authorized(operation, request, b"") == NO_SUCH_ACCESS_POINT
        return
    bucket, key, version_id = _in_moto(operation, request, b"")
    assert ObjectName(bucket, key, version_id or "") == name


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("data/sec?x", "data/sec%3Fx"),
        ("/data/sec#y", "data/sec%23y"),
        ("data/sec;z", "data/sec%3Bz"),
        ("data/a%20b%2Fc?versionId=%39", "data/a%20b/c?versionId=9"),
    ],
)
def test_a_copy_source_is_written_in_one_way(source, expected):
    headers = (("X-Amz-Copy-Source", source), ("x-amz-meta-a", "1"))
    request, _ = s3_as_authorized(
        Operation("CopyObject", bucket="to", key="k"), _request("PUT", "/to/k", "", headers), b""
    )
    assert request.headers.getall("x-amz-copy-source") == [expected]
    assert request.headers["x-amz-meta-a"] == "1"


def test_a_header_that_stands_twice_is_authorized_with_all_its_values(authorized):
    headers = [("x-amz-grant-read", 'id="1"'), ("X-Amz-Grant-Read", 'id="2"'), ("x-amz-copy-source", "data/a")]
    headers.append(("x-amz-copy-source", "data/b"))
    request = _request("PUT", "/to/k", "", headers)
    found = {one.action: one for one in authorized(request)}
    assert found["s3:PutObject"].context["s3:x-amz-grant-read"] == 'id="1",id="2"'
    assert found["s3:GetObject"].resource == "arn:aws:s3:::data/a,data/b"
    assert _in_moto(Operation("CopyObject", bucket="to", key="k"), request, b"") == ("data", "a,data/b", None)


def test_what_is_no_copy_is_not_told_of_a_source():
    request = _request("PUT", "/to/k", "acl", {"x-amz-copy-source": "data/sec"})
    forwarded, _ = s3_as_authorized(Operation("PutObjectAcl", bucket="to", key="k"), request, b"")
    assert "x-amz-copy-source" not in forwarded.headers


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_can_be_read_in_one_way_only_goes_as_it_came(method):
    request, body = _request(method, "/bk/k", "versionId=1"), b"content"
    forwarded = s3_as_authorized(Operation(f"{method}Object", bucket="bk", key="k"), request, body)
    assert forwarded[0] is request
    assert forwarded[1] is body


TEXT = st.sampled_from(
    ["sec", "pub/a", " sec ", "a&amp;b", "a&#13;b", "a&#xD;&#10;b", "<![CDATA[<Key>]]>", "", "\n", "x"]
)
NAMES = st.sampled_from(
    ["Key", "VersionId", "ETag", "Quiet", "Object", "Delete", "x:Key", "s:Key", "s:VersionId", "Foo"]
)
ELEMENT = st.builds("<{0}>{1}</{0}>".format, NAMES, TEXT)
OBJECT = st.builds(
    "<{0}>{1}</{0}>".format,
    st.sampled_from(["Object", "Object", "Object", "s:Object", "x:Object"]),
    st.one_of(
        TEXT.map("<Key>{}</Key>".format),
        TEXT.map("<!-- c --><s:Key>a<!-- c -->{}</s:Key><VersionId>1</VersionId>".format),
        st.lists(ELEMENT, max_size=3).map("".join),
    ),
)
LIST = st.builds(
    '<Delete{}  xmlns:s="http://s3.amazonaws.com/doc/2006-03-01/" xmlns:x="urn:x">{}</Delete>'.format,
    st.sampled_from(["", ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"', ' xmlns="urn:y"']),
    st.lists(OBJECT | ELEMENT, max_size=4).map("".join),
)


@given(LIST | st.lists(OBJECT, min_size=1).map(lambda them: f"<Delete xmlns:s='{NAMESPACE}'>{''.join(them)}</Delete>"))
@settings(max_examples=400)
def test_the_objects_deleted_are_those_that_were_authorized(document):
    operation = Operation("DeleteObjects", needs_body=True, bucket="to")
    body = document.encode()
    deletion = parse_deletion(body)
    request = _request("POST", "/to", "delete", {"Content-Type": "multipart/form-data; boundary=b"})
    if isinstance(deletion, Fault):
        assert s3_as_authorized(operation, request, body) == deletion
        return
    (objects,) = _in_moto(operation, request, body)
    deleted = [(one["Key"], one.get("VersionId") or "") for one in objects]
    assert deleted == [(one.key, one.version_id) for one in deletion.objects]


@pytest.mark.parametrize(
    "document",
    [
        '<Delete><Object><x:Key xmlns:x="u">pub/a</x:Key><Key>sec</Key></Object></Delete>',
        "<Delete><Object><Key>pub/a</Key><Key>sec</Key></Object></Delete>",
        "<Delete><Foo><Object><Key>pub/a</Key></Object></Foo><Object><Key>sec</Key></Object></Delete>",
        "<Delete><Object><Key>pub/a<b/>x</Key></Object></Delete>",
        "<Delete><Object><Key>a</Key></Object><Quiet>true</Quiet><Quiet>false</Quiet></Delete>",
        "<Delete>" + "<Object><Key>a</Key></Object>" * 1001 + "</Delete>",
        '<Delete xmlns="urn:other"><Object><Key>a</Key></Object></Delete>',
    ],
)
def test_a_list_that_could_be_read_in_two_ways_is_refused(document):
    assert parse_deletion(document.encode()) == Fault(FaultKind.MALFORMED_BODY)


def test_a_list_keeps_all_it_says():
    members = "<Key>a</Key><VersionId>1</VersionId><ETag>e</ETag><Size>3</Size>"
    body = f"<Delete><Quiet>true</Quiet><Object>{members}</Object></Delete>".encode()
    request, written = s3_as_authorized(Operation("DeleteObjects", True, "to"), _request("POST", "/to", "delete"), body)
    assert request.headers["Content-Type"] == "application/xml"
    assert parse_deletion(written) == parse_deletion(body)
    assert parse_deletion(written).quiet


def _tagging(*tags):
    tag = "<Tag><Key>{}</Key><Value>{}</Value></Tag>".format
    return f"<Tagging><TagSet>{''.join(tag(*one) for one in tags)}</TagSet></Tagging>"


@pytest.mark.parametrize(
    ("operation", "document"),
    [
        ("PutObjectTagging", _tagging(("a", "1"), ("a", "2"))),
        ("PutObjectTagging", "<Tagging><TagSet><Tag><Key>a</Key><Key>b</Key></Tag></TagSet></Tagging>"),
        ("PutObjectTagging", "<Tagging><Tag><Key>a</Key><Value>1</Value></Tag><TagSet/></Tagging>"),
        ("PutObjectTagging", "<Tagging><TagSet/><TagSet/></Tagging>"),
        ("PutObjectTagging", '<Tagging xmlns:x="u"><x:TagSet/></Tagging>'),
        ("PutObjectRetention", "<Retention><Mode>GOVERNANCE</Mode><Mode>COMPLIANCE</Mode></Retention>"),
        ("PutObjectLegalHold", "<LegalHold><Status>OFF</Status><Status>ON</Status></LegalHold>"),
    ],
)
def test_a_document_that_could_be_read_in_two_ways_is_refused(authorized, operation, document):
    target = {"PutObjectTagging": "tagging", "PutObjectRetention": "retention", "PutObjectLegalHold": "legal-hold"}
    fault = authorized(_request("PUT", "/to/k", target[operation]), document.encode())
    assert fault == Fault(FaultKind.MALFORMED_BODY)


def test_a_document_is_written_in_the_one_namespace():
    document = f'<s:Tagging xmlns:s="{NAMESPACE}"><s:TagSet><s:Tag><s:Key>a&#13;b</s:Key><s:Value/></s:Tag>'
    document += "</s:TagSet></s:Tagging>"
    operation = Operation("PutObjectTagging", True, "to", "k")
    _, body = s3_as_authorized(operation, _request("PUT", "/to/k", "tagging"), document.encode())
    read = xmltodict.parse(body)["Tagging"]
    assert (read["@xmlns"], read["TagSet"]["Tag"]) == (NAMESPACE, {"Key": "a\rb", "Value": None})


MULTIPART = {"Content-Type": "multipart/form-data; boundary=B"}
POST = Operation("PostObject", needs_body=True, bucket="to")


def _form(*parts):
    """A form of parts: what stands behind `form-data; ` and the content."""
    written = "".join(f"--B\r\nContent-Disposition: form-data; {name}\r\n\r\n{text}\r\n" for name, text in parts)
    return (written + "--B--\r\n").encode()


PART_NAME = st.sampled_from(
    [
        'name="key"',
        "name=key",
        'name="Key"',
        "name=KEY",
        'NAME="key"',
        'name="q"',
        'name="expires"',
        "name*=utf-8''key",
        'name="key"; name="acl"',
        'name="file"',
        'name="file"; filename="d/f"',
        'name=file; filename="C:\\x\\f"',
        "key",
        'name="key"; filename="f"',
        'filename="f"; name="key"',
        "filename=f",
        'name="ke\\"y"',
        'name="key";',
        "name=key, x",
        'name="file"; filename="${filename}"',
        'name="x-amz-meta-a"',
        'name="key"\r\nContent-Disposition: form-data; name="q"',
    ]
)
PART_TEXT = st.sampled_from(
    [
        "pub/x",
        "sec",
        "",
        "in/${filename}",
        "--B",
        "\r\n--Bx",
        "\r\n--B\r\n",
        "\r\n--B--",
        "\r\n\r\n",
        "\u00e9",
        "/",
        "${filename}",
    ]
)
FORM = st.lists(st.tuples(PART_NAME, PART_TEXT), max_size=4)
FILE = ('name="file"; filename="f"', "content")


@given(FORM, st.sampled_from(["", "key=sec", "acl"]))
@settings(max_examples=400)
def test_a_form_puts_the_object_that_was_authorized(parts, query):
    for document in (
        _form(*parts),
        _form(("name=key", "pub/x"), *parts, FILE),
        _form(*parts, ("name=key", "sec"), FILE),
    ):
        request = _request("POST", "/to", query, MULTIPART)
        upload = parse_form(request, document)
        if isinstance(upload, Fault):
            assert s3_as_authorized(POST, request, document) == upload
        elif upload.key:
            assert _in_moto(POST, request, document) == (upload.key, upload.content)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([('name="key"', "sec"), ('name="key"', "pub/x"), FILE], None),
        ([("name=key", "sec"), ('name="key"', "pub/x"), FILE], None),
        ([('name="key"', "sec"), ('name="Key"', "pub/x"), FILE], None),
        ([('name="key"; name="q"', "sec"), FILE], "MalformedPOSTRequest"),
        ([("key", "sec"), FILE], "MalformedPOSTRequest"),
        ([('name="key"', "pub/x")], None),
        ([('name="q"', "x" * 20480), ('name="key"', "pub/x"), FILE], "MaxPostPreDataLengthExceeded"),
    ],
)
def test_a_form_that_could_be_read_in_two_ways_is_refused(authorized, parts, code):
    fault = authorized(_request("POST", "/to", "", MULTIPART), _form(*parts))
    assert isinstance(fault, Fault)
    assert (fault.code.code if fault.code else None) == code


@pytest.mark.parametrize("parts", [[("name=Key", "")], [("name=Key", ""), FILE], [FILE, ("name=key", "sec")]])
def test_a_form_needs_a_key_in_front_of_its_file(authorized, parts):
    fault = authorized(_request("POST", "/to", "", MULTIPART), _form(*parts))
    assert fault.kind is FaultKind.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        ("name=Key", "pub/x", "pub/x"),
        ('name="key"', "in/${filename}", "in/photo.png"),
        ("NAME=KEY", "${filename}", "photo.png"),
    ],
)
def test_a_field_is_read_however_its_name_is_written(authorized, name, text, key):
    document = _form((name, text), ('name="file"; filename="C:\\album/photo.png"', "content"), ("name=key", "sec"))
    request = _request("POST", "/to", "", MULTIPART)
    assert [one.resource for one in authorized(request, document)] == [f"arn:aws:s3:::to/{key}"]
    assert _in_moto(POST, request, document) == (key, b"content")


def test_a_form_keeps_its_fields_but_those_that_prove_who_uploads():
    fields = {"key": "k", "acl": "private", "x-amz-meta-a": "\u00e9", "policy": "e30=", "Content-Type": "image/png"}
    document = _form(*((f'name="{name}"', text) for name, text in fields.items()), FILE)
    request, body = s3_as_authorized(POST, _request("POST", "/to", "", MULTIPART), document)
    kept = {name.lower(): text for name, text in fields.items() if name != "policy"}
    assert parse_form(request, body) == FormUpload({**kept, "file": "${filename}"}, b"content")


ROUTED = [
    (method, path, subresource.replace("&", "=1&"), name)
    for path, routes in (("/to", BUCKET_ROUTES), ("/to/k", OBJECT_ROUTES))
    for method, by_name in routes.items()
    for subresource, name in by_name.items()
    if subresource and method != "OPTIONS"
]
PLAINLY = ("delete_bucket", "list_objects", "get_object", "put_object", "delete_object", "copy_object")


@pytest.mark.parametrize(("method", "path", "subresource", "name"), ROUTED)
def test_no_operation_is_carried_out_as_the_plain_one(monkeypatch, method, path, subresource, name):
    done = []
    for plain in PLAINLY:
        monkeypatch.setattr(S3Response, plain, partial(_noted, done, plain))
    monkeypatch.setattr(S3Backend, "create_bucket", partial(_noted, done, "create_bucket"))
    operation = Operation(name, bucket="to", key="k" if path == "/to/k" else "")
    query = subresource + ("=1&partNumber=1" if subresource == "uploadId" else "=2")
    forwarded = s3_as_authorized(operation, _request(method, path, query), b"")
    if isinstance(forwarded, Fault):
        assert (name in NOT_CARRIED_OUT, forwarded.kind) in {
            (True, FaultKind.NOT_IMPLEMENTED),
            (False, FaultKind.MALFORMED_BODY),
        }
        return
    with suppress(Exception):
        s3.answer(ServiceCall(S3, operation, "123456789012", *forwarded))
    assert done == []
