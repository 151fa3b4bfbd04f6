"""What S3 refuses in a request's head and in its XML, whatever data it holds, and what it overlooks there."""

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.call import Operation, Protocol, Service
from vpce_emulator.aws.faults import code_of, message_of
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.s3_schema import malformed_document
from vpce_emulator.aws.s3_validation import effective_headers, refused_head

S3 = Service("s3", "us-east-1", Protocol.S3, "s3")
MODEL = ServiceModel(Loader().load_service_model("s3", "service-2"), "s3")


def refused(operation, query="", **headers):
    """Return the code and the text that S3 answers to a head, or None."""
    fields = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    fault = refused_head(operation, HttpRequest("PUT", "", "/", query, CIMultiDictProxy(fields)))
    return fault and (code_of(fault, S3).code, message_of(fault, S3))


def malformed(operation, body):
    """Return the code that S3 answers to a body, or None."""
    fault = malformed_document(operation, MODEL.operation_model(operation).input_shape, body)
    return fault and code_of(fault, S3).code


@pytest.mark.parametrize(("key", "refusal"), [("k" * 1024, None), ("é" * 512, None), ("é" * 513, "KeyTooLongError")])
def test_a_key_has_at_most_1024_bytes(key, refusal):
    found = refused(Operation("PutObject", bucket="b", key=key))
    assert found == (refusal and (refusal, "Your key is too long"))


@pytest.mark.parametrize("name", ["abc", "a.b-c", "0ab", "a" * 63, "my--bucket", "bucket--use1-az4--x-s3"])
def test_a_bucket_may_be_called(name):
    assert refused(Operation("CreateBucket", bucket=name)) is None


@pytest.mark.parametrize(
    "name",
    [
        "ab",
        "a" * 64,
        "ABC",
        "a_b",
        "-ab",
        "ab-",
        ".ab",
        "a..b",
        "192.168.5.4",
        "xn--abc",
        "sthree-a",
        "a-s3alias",
        "é1a",
    ],
)
def test_a_bucket_may_not_be_called(name):
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    assert refused(Operation("CreateBucket", bucket=name)) == (
        "InvalidBucketName",
        "The specified bucket is not valid.",
    )
    assert refused(Operation("HeadBucket", bucket=name)) is None


PART = "Part number must be an integer between 1 and 10000, inclusive"


@pytest.mark.parametrize(
    ("operation", "query", "message"),
    [
        ("ListObjects", "max-keys=0", None),
        ("ListObjects", "max-keys=", None),
        ("ListObjects", "max-keys=2147483648", "Provided max-keys not an integer or within integer range"),
        ("ListObjects", "max-keys=-1", "Argument maxKeys must be an integer between 0 and 2147483647"),
        ("ListObjectsV2", "max-keys=ten", "Provided max-keys not an integer or within integer range"),
        ("ListObjectVersions", "max-keys=%C2%B2", "Provided max-keys not an integer or within integer range"),
        ("ListMultipartUploads", "max-uploads=1.5", "Provided max-uploads not an integer or within integer range"),
        ("ListParts", "max-parts=x", "Provided max-parts not an integer or within integer range"),
        ("ListParts", "part-number-marker=x", "Provided part-number-marker not an integer or within integer range"),
        ("UploadPart", "uploadId=x", PART),
        ("UploadPart", "uploadId=x&partNumber=one", PART),
        ("UploadPart", "uploadId=x&partNumber=0", PART),
        ("UploadPart", "uploadId=x&partNumber=10001", PART),
        ("UploadPart", "uploadId=x&partNumber=10000", None),
        ("GetObject", "partNumber=one", PART),
        ("GetObject", "versionId=null", None),
        ("PutObject", "partNumber=one", None),
    ],
)
def test_numbers_in_a_query(operation, query, message):
    found = refused(Operation(operation, bucket="bucket", key="k"), query)
    assert found == (message and ("InvalidArgument", message))


def test_a_part_has_no_range():
    found = refused(Operation("GetObject", bucket="bucket", key="k"), "partNumber=1", Range="bytes=0-1")
    assert found == ("InvalidRequest", "Cannot specify both Range header and partNumber query parameter")


@pytest.mark.parametrize(
    ("header", "value", "accepted"),
    [
        ("x-amz-acl", "bucket-owner-full-control", True),
        ("x-amz-acl", "everybody", False),
        ("x-amz-grant-read", 'id="abc", uri="http://acs.amazonaws.com/groups/global/AllUsers"', True),
        ("x-amz-grant-write-acp", "emailAddress=a@example.com", True),
        ("x-amz-grant-read", "nobody", False),
        ("x-amz-grant-read", "", False),
        ("x-amz-grant-read", 'name="abc"', False),
        ("x-amz-grant-execute", 'id="abc"', False),
    ],
)
def test_grants_in_headers(header, value, accepted):
    found = refused(Operation("PutObject", bucket="bucket", key="k"), **{header: value})
    assert (found is None, found and found[0]) == (accepted, None if accepted else "InvalidArgument")


@pytest.mark.parametrize(("value", "accepted"), [("bytes=0-9", True), ("0-9", False), ("bytes=9-", False)])
def test_the_range_of_a_copied_part(value, accepted):
    operation = Operation("UploadPartCopy", bucket="bucket", key="k")
    found = refused(operation, "uploadId=x&partNumber=1", x_amz_copy_source_range=value)
    assert (found is None) is accepted


DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    ("name", "sent", "effective"),
    [
        ("If-Modified-Since", DATE, DATE),
        ("If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT", DATE),
        ("If-Unmodified-Since", "Sun Nov  6 08:49:37 1994", DATE),
        ("If-Unmodified-Since", "yesterday", None),
        ("If-Modified-Since", "", None),
        ("Range", "bytes=0-1", "bytes=0-1"),
        ("Range", "bytes=-5, 7-", "bytes=-5, 7-"),
        ("Range", "bytes=one", None),
        ("Range", "items=0-1", None),
        ("Range", "bytes=0=1", None),
        ("Range", "bytes", None),
        ("If-Match", "anything", "anything"),
    ],
)
def test_a_condition_or_range_that_is_none_is_overlooked(name, sent, effective):
    # RFC 9110, sections 5.6.7, 13.1.3, 13.1.4 and 14.2
    assert effective_headers(CIMultiDictProxy(CIMultiDict({name: sent}))).get(name) == effective


XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
WELL_FORMED = [
    ("PutBucketVersioning", f"<VersioningConfiguration {XMLNS}><Status>Enabled</Status></VersioningConfiguration>"),
    ("PutBucketTagging", "<Tagging><TagSet/></Tagging>"),
    ("PutObjectTagging", "<Tagging><TagSet><Tag><Key>a</Key><Value/></Tag></TagSet></Tagging>"),
    ("PutBucketNotificationConfiguration", "<NotificationConfiguration/>"),
    ("PutObjectRetention", "<Retention><RetainUntilDate>2030-01-01T00:00:00Z</RetainUntilDate></Retention>"),
    ("RestoreObject", "<RestoreRequest>\n  <Days>3</Days>\n</RestoreRequest>"),
    ("PutBucketLifecycleConfiguration", "<LifecycleConfiguration/>"),
    ("CreateBucket", ""),
    ("PutObject", "<a"),
]
MALFORMED = [
    ("PutBucketVersioning", "<a", "MalformedXML"),
    ("PutBucketVersioning", "<VersioningConfiguration>Enabled</VersioningConfiguration>", "MalformedXML"),
    ("PutBucketVersioning", "<VersioningConfiguration><Status>On</Status></VersioningConfiguration>", "MalformedXML"),
    ("PutBucketVersioning", "", "MissingRequestBodyError"),
    ("PutBucketTagging", "<TagSet/>", "MalformedXML"),
    (
        "CreateBucket",
        "<CreateBucketConfiguration><LocationConstraint><a/></LocationConstraint></CreateBucketConfiguration>",
        "MalformedXML",
    ),
    ("PutBucketTagging", "<Tagging/>", "MalformedXML"),
    ("PutBucketTagging", "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>", "MalformedXML"),
    ("PutPublicAccessBlock", "<a/>", "MalformedXML"),
    (
        "PutPublicAccessBlock",
        "<PublicAccessBlockConfiguration><BlockPublicAcls>1</BlockPublicAcls></PublicAccessBlockConfiguration>",
        "MalformedXML",
    ),
    ("PutBucketOwnershipControls", "<OwnershipControls><Rule/></OwnershipControls>", "MalformedXML"),
    ("PutBucketCors", "<CORSConfiguration/>", "MalformedXML"),
    ("PutBucketCors", "<CORSConfiguration><CORSRule/></CORSConfiguration>", "MalformedXML"),
    ("PutBucketInventoryConfiguration", "<InventoryConfiguration/>", "MalformedXML"),
    ("PutObjectRetention", "<Retention><RetainUntilDate>soon</RetainUntilDate></Retention>", "MalformedXML"),
    ("RestoreObject", "<RestoreRequest><Days>three</Days></RestoreRequest>", "MalformedXML"),
    ("SelectObjectContent", "<a/>", "MalformedXML"),
    ("SelectObjectContent", "", "MissingRequestBodyError"),
    ("PutBucketAcl", "<a/>", "MalformedACLError"),
]


@pytest.mark.parametrize(("operation", "body"), WELL_FORMED)
def test_a_document_that_the_operation_takes(operation, body):
    assert malformed(operation, body.encode()) is None


@pytest.mark.parametrize(("operation", "body", "code"), MALFORMED)
def test_a_document_that_the_operation_does_not_take(operation, body, code):
    assert malformed(operation, body.encode()) == code


@given(st.sampled_from(MODEL.operation_names), st.binary() | st.text().map("<a>{}</a>".format).map(str.encode))
def test_no_body_makes_the_check_fail(operation, body):
    shape = MODEL.operation_model(operation).input_shape
    assert shape is None or malformed(operation, body) in {
        None, "MalformedXML", "MalformedACLError", "MissingRequestBodyError"
    }  # fmt: skip


@given(st.text(), st.text(), st.sampled_from(["ListParts", "UploadPart", "GetObject"]))
def test_no_head_makes_the_check_fail(query, value, operation):
    what = Operation(operation, bucket="bucket", key="key")
    fields = {"Range": value, "x-amz-acl": value, "x-amz-grant-read": value, "If-Modified-Since": value}
    found = refused(what, f"partNumber={query}&max-parts={query}", **fields)
    assert found is None or found[0] in {"InvalidArgument", "InvalidRequest"}
    effective_headers(CIMultiDictProxy(CIMultiDict(fields)))
