"""Record sets and views refuse what could not be served, and say why."""

import pytest

from vpce_dns import RecordSet, RecordType, View, canonical, type_name

A_RECORD = RecordSet(RecordType.A, 60, ("10.0.0.1",))
CNAME_RECORD = RecordSet(RecordType.CNAME, 60, ("other.example",))


@pytest.mark.parametrize(
    ("record_type", "ttl", "values", "complaint"),
    [
        (RecordType.A, 60, ("10.0.0",), "'10.0.0' is not the value of a A record"),
        (RecordType.A, 60, ("fd00::1",), "'fd00::1' is not the value of a A record"),
        (RecordType.AAAA, 60, ("10.0.0.1",), "'10.0.0.1' is not the value of a AAAA record"),
        (RecordType.A, 60, (), "one value at least"),
        (RecordType.A, 60, ("10.0.0.1", "10.0.0.1"), "none twice"),
        (RecordType.A, -1, ("10.0.0.1",), "the TTL -1 is not between 0"),
        (RecordType.A, 2**31, ("10.0.0.1",), "is not between 0 and 2147483647"),
        (RecordType.CNAME, 60, ("a.example", "b.example"), "a name has one CNAME"),
        (RecordType.CNAME, 60, ("a..example",), "a label has 1 to 63 bytes"),
        (RecordType.PTR, 60, ("café.example",), "A-labels"),
        (RecordType.MX, 60, ("mail.example",), "expected 2 fields"),
        (RecordType.MX, 60, ("65536 mail.example",), "'65536' is not a number of 16 bits"),
        (RecordType.SRV, 60, ("0 0 -1 host.example",), "'-1' is not a number of 16 bits"),
        (RecordType.SOA, 60, ("ns. host. 1 2 3 4",), "expected 7 fields"),
        (RecordType.TXT, 60, ("x" * 65_535,), "does not fit"),
        (RecordType.TXT, 60, ('"one" two',), "strings in quotes"),
        (RecordType.HTTPS, 60, ("1 .",), "records of type HTTPS cannot be served"),
    ],
)
def test_a_record_set_that_cannot_be_served_is_refused(record_type, ttl, values, complaint):
    with pytest.raises(ValueError, match=complaint):
        RecordSet(record_type, ttl, values)


@pytest.mark.parametrize(
    ("records", "owned", "complaint"),
    [
        ({"S3.example": (A_RECORD,)}, set(), r"'S3\.example' must be written 's3\.example'"),
        ({"s3.example.": (A_RECORD,)}, set(), r"must be written 's3\.example'"),
        ({}, {"Example"}, "must be written 'example'"),
        ({"a..b": (A_RECORD,)}, set(), "a label has 1 to 63 bytes"),
        ({"x" * 64: (A_RECORD,)}, set(), "a label has 1 to 63 bytes"),
        ({".".join(["x" * 60] * 5): (A_RECORD,)}, set(), "longer than 255 bytes"),
        ({"bücket.example": (A_RECORD,)}, set(), "A-labels"),
        ({r"\999.example": (A_RECORD,)}, set(), "valid escape"),
        ({"s3.example": (A_RECORD, A_RECORD)}, set(), "two record sets of one type"),
        ({"s3.example": (A_RECORD, CNAME_RECORD)}, set(), "a CNAME and other data"),
        ({"s3.example": (CNAME_RECORD,)}, {"s3.example"}, "a CNAME and other data"),
    ],
)
def test_a_view_that_breaks_the_rules_of_names_is_refused(records, owned, complaint):
    with pytest.raises(ValueError, match=complaint):
        View("app", records, frozenset(owned))


def test_a_view_keeps_its_records_when_the_mapping_it_was_made_from_changes():
    records = {"s3.example": (A_RECORD,)}
    view = View("app", records, frozenset())
    records.clear()
    assert dict(view.records) == {"s3.example": (A_RECORD,)}
    with pytest.raises(TypeError):
        view.records["other.example"] = (A_RECORD,)


def test_views_are_equal_when_name_records_and_ownership_are():
    assert View("app", {"a.b": (A_RECORD,)}, frozenset({"b"})) == View("app", {"a.b": (A_RECORD,)}, frozenset({"b"}))
    assert View("app", {"a.b": (A_RECORD,)}, frozenset({"b"})) != View("app", {"a.b": (A_RECORD,)}, frozenset())


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("S3.Us-East-1.AmazonAWS.com.", "s3.us-east-1.amazonaws.com"),
        (".", ""),
        ("", ""),
        (r"a\.b.example", r"a\.b.example"),
        (r"\065.example.", "a.example"),
        (r"a\\.", r"a\\"),
        ("with space.example", r"with\032space.example"),
    ],
)
def test_names_have_one_canonical_form(name, form):
    assert canonical(name) == form
    assert canonical(form) == form


def test_types_without_a_mnemonic_are_numbered():
    assert [type_name(1), type_name(65), type_name(4711)] == ["A", "HTTPS", "TYPE4711"]
