"""The checksums of multipart uploads: which ones fit together, and what is refused that does not."""

import base64
import zlib

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

BUCKET = "parts"
MEBIBYTE = 1024 * 1024
ONE = {"Bucket": BUCKET, "Key": "k"}
WRONG = base64.b64encode(bytes(4)).decode()


@pytest.fixture
def s3(vpce):
    client = vpce.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def crc32(content):
    return base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()


def begun(s3, kind="COMPOSITE", algorithm="CRC32"):
    """Begin an upload, send its one part, and return what completes it."""
    made = s3.create_multipart_upload(**ONE, ChecksumAlgorithm=algorithm, ChecksumType=kind)
    upload = {**ONE, "UploadId": made["UploadId"]}
    part = s3.upload_part(**upload, PartNumber=1, Body=b"hello", ChecksumAlgorithm=algorithm)
    listed = {"PartNumber": 1, "ETag": part["ETag"], f"Checksum{algorithm}": part[f"Checksum{algorithm}"]}
    return upload, listed


def refused(call, **parameters):
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("algorithm", "kind", "accepted"),
    [
        ("CRC32", "COMPOSITE", True),
        ("CRC32", "FULL_OBJECT", True),
        ("CRC64NVME", "FULL_OBJECT", True),
        ("CRC64NVME", "COMPOSITE", False),
        ("SHA256", "COMPOSITE", True),
        ("SHA256", "FULL_OBJECT", False),
    ],
)
def test_an_algorithm_has_its_types(s3, algorithm, kind, accepted):
    asked = {**ONE, "ChecksumAlgorithm": algorithm, "ChecksumType": kind}
    if accepted:
        assert s3.create_multipart_upload(**asked)["ChecksumType"] == kind
    else:
        message = f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        assert refused(s3.create_multipart_upload, **asked) == ("InvalidRequest", message)


def test_a_part_has_the_checksum_of_its_upload(s3):
    upload, _ = begun(s3, algorithm="SHA256")
    told = refused(s3.upload_part, **upload, PartNumber=2, Body=b"x", ChecksumAlgorithm="CRC32")
    message = "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32"
    assert told == ("InvalidRequest", message)
    assert [part["PartNumber"] for part in s3.list_parts(**upload)["Parts"]] == [1]


def test_a_completed_upload_tells_its_checksum(s3):
    upload, listed = begun(s3)
    done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [listed]})
    of_parts = crc32(base64.b64decode(crc32(b"hello")))
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (f"{of_parts}-1", "COMPOSITE")
    assert "VersionId" not in done
    upload, listed = begun(s3, "FULL_OBJECT")
    given = {"ChecksumCRC32": crc32(b"hello"), "ChecksumType": "FULL_OBJECT", "MpuObjectSize": 5}
    done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [listed]}, **given)
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (crc32(b"hello"), "FULL_OBJECT")


@pytest.mark.parametrize(
    ("kind", "part", "whole", "told"),
    [
        ("COMPOSITE", {"ChecksumCRC32": WRONG}, {}, "InvalidPart"),
        ("FULL_OBJECT", {"ChecksumCRC32": WRONG}, {}, "InvalidPart"),
        ("FULL_OBJECT", {}, {"ChecksumCRC32": WRONG}, "BadDigest"),
        ("COMPOSITE", {}, {"ChecksumCRC32": WRONG}, "BadDigest"),
        ("COMPOSITE", {}, {"MpuObjectSize": 4}, "InvalidRequest"),
        ("COMPOSITE", {}, {"ChecksumType": "FULL_OBJECT"}, "InvalidRequest"),
    ],
)
def test_what_does_not_fit_is_refused_and_the_upload_goes_on(s3, kind, part, whole, told):
    upload, listed = begun(s3, kind)
    wrong = {"MultipartUpload": {"Parts": [listed | part]}, **whole}
    assert refused(s3.complete_multipart_upload, **upload, **wrong)[0] == told
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [listed]})
    assert s3.get_object(**ONE)["Body"].read() == b"hello"


def test_a_composite_checksum_needs_that_of_every_part(s3):
    upload, listed = begun(s3)
    listed.pop("ChecksumCRC32")
    message = (
        "The upload was created using a crc32 checksum. The complete request must include the checksum for each part. "
        "It was missing for part 1 in the request."
    )
    told = refused(s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": [listed]})
    assert told == ("InvalidRequest", message)


@pytest.mark.parametrize("algorithm", [None, "CRC32", "CRC64NVME", "SHA256"])
def test_the_transfer_manager_uploads_and_copies_in_parts(s3, tmp_path, algorithm):
    path = tmp_path / "big"
    path.write_bytes(b"x" * (11 * MEBIBYTE))
    parts = TransferConfig(multipart_threshold=5 * MEBIBYTE, multipart_chunksize=5 * MEBIBYTE)
    asked = {"ChecksumAlgorithm": algorithm} if algorithm else {}
    s3.upload_file(str(path), BUCKET, "big", Config=parts, ExtraArgs=asked)
    s3.copy({"Bucket": BUCKET, "Key": "big"}, BUCKET, "copy", Config=parts, ExtraArgs=asked)
    copied = s3.get_object(Bucket=BUCKET, Key="copy")
    assert copied["ETag"].endswith('-3"')
    assert copied["Body"].read() == path.read_bytes()
