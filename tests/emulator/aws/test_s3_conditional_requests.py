"""Which condition of a request to S3 does not hold: the cases of S3's pages and of RFC 9110."""

from datetime import UTC, datetime

import pytest

from vpce_emulator.aws.s3_conditional_requests import Stored, refused_write, unmet

OBJECT = Stored('"abc"', datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
BEFORE, SAME, AFTER = (f"Fri, 02 Jan 2026 03:04:0{second} GMT" for second in (4, 5, 6))


@pytest.mark.parametrize(
    ("headers", "failed"),
    [
        ({}, ""),
        ({"If-Match": '"abc"'}, ""),
        ({"If-Match": "abc"}, ""),
        ({"If-Match": "*"}, ""),
        ({"If-Match": '"x", "abc"'}, ""),
        ({"If-Match": '"x"'}, "If-Match"),
        ({"If-Unmodified-Since": SAME}, ""),
        ({"If-Unmodified-Since": BEFORE}, "If-Unmodified-Since"),
        ({"If-Unmodified-Since": "yesterday"}, ""),
        ({"If-None-Match": '"x"'}, ""),
        ({"If-None-Match": '"abc"'}, "If-None-Match"),
        ({"If-None-Match": 'W/"abc"'}, "If-None-Match"),
        ({"If-None-Match": "*"}, "If-None-Match"),
        ({"If-None-Match": '"x", "abc"'}, "If-None-Match"),
        ({"If-Modified-Since": BEFORE}, ""),
        ({"If-Modified-Since": SAME}, "If-Modified-Since"),
        ({"If-Modified-Since": AFTER}, "If-Modified-Since"),
        ({"If-Modified-Since": "yesterday"}, ""),
        # Each page of S3 tells of these two: a tag that matches makes the time not count.
        ({"If-Match": '"abc"', "If-Unmodified-Since": BEFORE}, ""),
        ({"If-None-Match": '"abc"', "If-Modified-Since": BEFORE}, "If-None-Match"),
        ({"If-None-Match": '"x"', "If-Modified-Since": AFTER}, ""),
        ({"If-Match": '"x"', "If-Unmodified-Since": AFTER}, "If-Match"),
        ({"If-Match": '"abc"', "If-None-Match": '"abc"'}, "If-None-Match"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "x-amz-copy-source-"])
def test_a_condition_about_the_tag_goes_before_one_about_the_time(prefix, headers, failed):
    assert unmet({f"{prefix}{name}": value for name, value in headers.items()}, OBJECT, prefix) == failed


@pytest.mark.parametrize(
    ("headers", "stored", "code"),
    [
        ({}, OBJECT, None),
        ({"If-None-Match": "*"}, None, None),
        ({"If-None-Match": "*"}, OBJECT, "PRECONDITION_FAILED"),
        ({"If-None-Match": '"abc"'}, None, "NOT_IMPLEMENTED"),
        ({"If-Match": '"abc"'}, OBJECT, None),
        ({"If-Match": '"x"'}, OBJECT, "PRECONDITION_FAILED"),
        ({"If-Match": '"abc"', "If-None-Match": "*"}, OBJECT, "NOT_IMPLEMENTED"),
    ],
)
def test_a_write_takes_one_condition_of_two_kinds(headers, stored, code):
    refused = refused_write(headers, stored)
    assert (refused.kind.name if refused is not None else None) == code
