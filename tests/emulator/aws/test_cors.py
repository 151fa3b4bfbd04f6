"""Which cross-origin requests S3 allows by a bucket's CORS rules, and what it answers to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.cors import CorsRule, cors_headers, preflight
from vpce_emulator.aws.faults import Fault, code_of, message_of

S3 = Service("s3", "us-east-1", Protocol.S3, "s3")
APP = CorsRule(("https://app.example",), ("GET", "PUT"), ("x-AMZ-*", "Content-Type"), ("ETag", "x-amz-id-2"), "600")
ANYBODY = CorsRule(("*",), ("GET",))
SUBDOMAINS = CorsRule(("https://*.app.example",), ("DELETE",))


def fields(origin="", method="", headers=""):
    """Return the headers of a cross-origin request."""
    names = ("Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers")
    sent = {name: value for name, value in zip(names, (origin, method, headers), strict=True) if value}
    return CIMultiDictProxy(CIMultiDict(sent))


def refusal(rules, *asked, of_object=True):
    """Return the code, text and details with which a preflight request is refused, or None."""
    answer = preflight(rules, fields(*asked), of_object=of_object)
    if isinstance(answer, Fault):
        return code_of(answer, S3), message_of(answer, S3), dict(answer.details)
    return None


VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


def test_an_allowed_origin_is_told_what_it_may():
    assert dict(preflight([APP], fields("https://app.example", "PUT", "X-Amz-Date,content-type"), of_object=True)) == {
        "Access-Control-Allow-Origin": "https://app.example",
        "Access-Control-Allow-Methods": "GET, PUT",
        "Access-Control-Allow-Headers": "x-amz-date, content-type",
        "Access-Control-Expose-Headers": "ETag, x-amz-id-2",
        "Access-Control-Max-Age": "600",
        "Access-Control-Allow-Credentials": "true",
        "Vary": VARY,
    }


def test_where_everybody_is_allowed_credentials_are_not():
    assert dict(preflight([ANYBODY], fields("https://app.example", "GET"), of_object=True)) == {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET",
        "Vary": VARY,
    }


@pytest.mark.parametrize(
    ("origin", "method", "headers", "allowed"),
    [
        ("https://app.example", "GET", "", "GET, PUT"),
        ("https://app.example", "GET", "range", None),
        ("https://APP.example", "PUT", "", None),
        ("https://app.example/", "PUT", "", None),
        ("https://other.example", "GET", "", "GET"),
        ("https://other.example", "PUT", "", None),
        ("https://a.b.app.example", "DELETE", "", "DELETE"),
        ("https://app.example", "DELETE", "", None),
    ],
)
def test_the_first_rule_that_matches_decides(origin, method, headers, allowed):
    asked = (origin, method, headers)
    answer = preflight([APP, ANYBODY, SUBDOMAINS], fields(*asked), of_object=True)
    if allowed is None:
        assert code_of(answer, S3) == ("AccessForbidden", 403)
    else:
        assert dict(answer)["Access-Control-Allow-Methods"] == allowed


FORBIDDEN = ("AccessForbidden", 403)
BAD = ("BadRequest", 400)


@pytest.mark.parametrize(
    ("rules", "asked", "expected"),
    [
        ([APP], (), (BAD, "Insufficient information. Origin request header needed.", {})),
        (None, (), (BAD, "Insufficient information. Origin request header needed.", {})),
        (
            None,
            ("https://a.example", "GET"),
            (FORBIDDEN, "CORSResponse: Bucket not found", {"Method": "GET", "ResourceType": "BUCKET"}),
        ),
        (
            [],
            ("https://a.example",),
            (
                FORBIDDEN,
                "CORSResponse: CORS is not enabled for this bucket.",
                {"Method": "OPTIONS", "ResourceType": "BUCKET"},
            ),
        ),
        ([APP], ("https://app.example",), (BAD, "Invalid Access-Control-Request-Method: null", {})),
        ([APP], ("https://app.example", "PATCH"), (BAD, "Invalid Access-Control-Request-Method: PATCH", {})),
    ],
)
def test_a_preflight_request_is_refused(rules, asked, expected):
    assert refusal(rules, *asked) == expected


@pytest.mark.parametrize(("of_object", "resource_type"), [(True, "OBJECT"), (False, "BUCKET")])
def test_a_refusal_by_the_rules_tells_what_was_asked(of_object, resource_type):
    code, message, details = refusal([APP], "https://a.example", "GET", of_object=of_object)
    assert (code, details) == (FORBIDDEN, {"Method": "GET", "ResourceType": resource_type})
    assert message.startswith("CORSResponse: This CORS request is not allowed.")


@pytest.mark.parametrize(
    ("method", "asked", "answered"),
    [
        ("GET", ("https://app.example",), True),
        ("DELETE", ("https://app.example",), False),
        ("GET", ("https://other.example",), False),
        ("GET", (), False),
        # What a preflight would ask decides about an actual request, too, where it says so.
        ("GET", ("https://app.example", "DELETE"), False),
        ("GET", ("https://app.example", "", "range"), False),
    ],
)
def test_an_actual_request_is_answered_with_the_headers_of_its_rule(method, asked, answered):
    headers = dict(cors_headers([APP], method, fields(*asked)))
    assert ("Access-Control-Allow-Origin" in headers, "Vary" in headers) == (answered, answered)


@given(st.text(), st.text(), st.text(), st.lists(st.text(), max_size=3))
def test_nothing_but_what_a_rule_allows_is_granted(origin, method, headers, allowed):
    rule = CorsRule(tuple(allowed), ("GET",), tuple(allowed))
    answer = preflight([rule], fields(origin, method, headers), of_object=True)
    if not isinstance(answer, Fault):
        assert method == "GET"
        assert any("*" in pattern or pattern == origin for pattern in allowed)
