"""Question → View → Answer, in tables."""

import pytest

from vpce_dns import Answer, NotOwned, Question, RecordSet, RecordType, ResponseCode, View, resolve

A, AAAA, CNAME, SOA, TXT, ANY = (RecordType[name] for name in ("A", "AAAA", "CNAME", "SOA", "TXT", "ANY"))


def addresses(*values):
    return RecordSet(A, 60, values)


def alias(target):
    return RecordSet(CNAME, 60, (target,))


TOKEN = "vpce-0123456789abcdef0-abcd1234"
SQS = f"{TOKEN}.sqs.us-east-1.vpce.amazonaws.com"
S3 = f"{TOKEN}.s3.us-east-1.vpce.amazonaws.com"
VIEW = View(
    "app",
    {
        SQS: (addresses("10.0.1.10", "10.0.2.10"),),
        f"*.{S3}": (addresses("10.0.1.20"),),
        # Private names, as private hosted zones have them.
        "sqs.us-east-1.amazonaws.com": (addresses("10.0.1.10", "10.0.2.10"),),
        "s3.us-east-1.amazonaws.com": (addresses("10.0.1.20"),),
        "*.s3.us-east-1.amazonaws.com": (addresses("10.0.1.20"),),
        "exact.s3.us-east-1.amazonaws.com": (addresses("10.9.9.9"), RecordSet(TXT, 5, ("exact",))),
        "deep.below.s3.us-east-1.amazonaws.com": (addresses("10.9.9.8"),),
        # A zone of its own inside the one above.
        "own.s3.us-east-1.amazonaws.com": (addresses("10.9.9.7"),),
        # Outside of every owned name.
        "www.example.com": (alias("SQS.us-east-1.amazonaws.com."),),
        "*.apps.example.com": (alias("www.example.com"),),
        "gone.example.com": (alias("nothing.sqs.us-east-1.amazonaws.com"),),
        "away.example.com": (alias("elsewhere.example.net"),),
        "loop1.example.com": (alias("loop2.example.com"),),
        "loop2.example.com": (alias("loop1.example.com"),),
        r"a\.b.example.com": (addresses("10.8.8.8"),),
    },
    frozenset(
        {
            "sqs.us-east-1.amazonaws.com",
            "s3.us-east-1.amazonaws.com",
            "own.s3.us-east-1.amazonaws.com",
            f"{TOKEN}.s3.us-east-1.vpce.amazonaws.com",
        }
    ),
)
NOERROR, NXDOMAIN, REFUSED, NOTIMP, SERVFAIL = (
    ResponseCode[name] for name in ("NOERROR", "NXDOMAIN", "REFUSED", "NOTIMP", "SERVFAIL")
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (SQS, ("10.0.1.10", "10.0.2.10")),
        (SQS.upper() + ".", ("10.0.1.10", "10.0.2.10")),
        ("sqs.us-east-1.amazonaws.com", ("10.0.1.10", "10.0.2.10")),
        (f"bucket.{S3}", ("10.0.1.20",)),
        (f"my-bucket.bucket.{S3}", ("10.0.1.20",)),
        (f"a.b.c.d.{S3}", ("10.0.1.20",)),
        ("s3.us-east-1.amazonaws.com", ("10.0.1.20",)),
        ("my-bucket.s3.us-east-1.amazonaws.com", ("10.0.1.20",)),
        ("my.dotted.bucket.s3.us-east-1.amazonaws.com", ("10.0.1.20",)),
        ("*.s3.us-east-1.amazonaws.com", ("10.0.1.20",)),
        ("exact.s3.us-east-1.amazonaws.com", ("10.9.9.9",)),
        ("own.s3.us-east-1.amazonaws.com", ("10.9.9.7",)),
        (r"a\.b.example.com", ("10.8.8.8",)),
    ],
)
def test_a_known_name_has_its_addresses(name, expected):
    answer = resolve(Question(name, A), VIEW)
    assert isinstance(answer, Answer)
    assert (answer.rcode, answer.addresses, answer.authority) == (NOERROR, expected, ())
    assert {record.ttl for record in answer.records} == {60}


@pytest.mark.parametrize(
    ("name", "question_type", "rcode", "apex"),
    [
        ("sqs.us-east-1.amazonaws.com", AAAA, NOERROR, "sqs.us-east-1.amazonaws.com"),
        ("sqs.us-east-1.amazonaws.com", RecordType.HTTPS, NOERROR, "sqs.us-east-1.amazonaws.com"),
        ("sqs.us-east-1.amazonaws.com", RecordType.SVCB, NOERROR, "sqs.us-east-1.amazonaws.com"),
        ("sqs.us-east-1.amazonaws.com", 4711, NOERROR, "sqs.us-east-1.amazonaws.com"),
        ("queue.sqs.us-east-1.amazonaws.com", A, NXDOMAIN, "sqs.us-east-1.amazonaws.com"),
        ("queue.sqs.us-east-1.amazonaws.com", AAAA, NXDOMAIN, "sqs.us-east-1.amazonaws.com"),
        ("any.s3.us-east-1.amazonaws.com", AAAA, NOERROR, "s3.us-east-1.amazonaws.com"),
        # An existing name hides the wildcard from what is under it (RFC 4592 section 3.3.1) ...
        ("under.exact.s3.us-east-1.amazonaws.com", A, NXDOMAIN, "s3.us-east-1.amazonaws.com"),
        # ... an empty non-terminal too, which has no data itself.
        ("other.below.s3.us-east-1.amazonaws.com", A, NXDOMAIN, "s3.us-east-1.amazonaws.com"),
        ("below.s3.us-east-1.amazonaws.com", A, NOERROR, "s3.us-east-1.amazonaws.com"),
        # A zone inside a zone does not inherit the wildcard.
        ("under.own.s3.us-east-1.amazonaws.com", A, NXDOMAIN, "own.s3.us-east-1.amazonaws.com"),
        (S3, A, NOERROR, S3),
        # The end of a chain decides (RFC 6604).
        ("gone.example.com", A, NXDOMAIN, "sqs.us-east-1.amazonaws.com"),
        ("www.example.com", AAAA, NOERROR, "sqs.us-east-1.amazonaws.com"),
    ],
)
def test_what_an_owned_name_has_not_is_denied_with_the_zones_soa(name, question_type, rcode, apex):
    answer = resolve(Question(name, question_type), VIEW)
    assert isinstance(answer, Answer)
    assert (answer.rcode, answer.addresses) == (rcode, ())
    assert [(record.name, record.type, record.ttl) for record in answer.authority] == [(apex, SOA, 60)]


@pytest.mark.parametrize(
    "name",
    [
        "dynamodb.us-east-1.amazonaws.com",
        "us-east-1.amazonaws.com",
        "amazonaws.com",
        "example.com",
        "apps.example.com",
        "under.www.example.com",
        "notsqs.us-east-1.amazonaws.com",
        "s3-us-east-1.amazonaws.com",
        r"a.b.example.com",
        ".",
    ],
)
def test_what_the_view_does_not_own_is_somebody_elses(name):
    assert resolve(Question(name, A), VIEW) == NotOwned(name.rstrip("."))


def test_a_name_outside_of_the_owned_ones_has_no_data_of_other_types_and_no_soa():
    assert resolve(Question(SQS, AAAA), VIEW) == Answer(NOERROR)


def test_cnames_are_followed_and_precede_the_addresses():
    answer = resolve(Question("x.y.apps.example.com", A), VIEW)
    assert isinstance(answer, Answer)
    assert [(record.name, record.type, record.value) for record in answer.records] == [
        ("x.y.apps.example.com", CNAME, "www.example.com"),
        ("www.example.com", CNAME, "SQS.us-east-1.amazonaws.com."),
        ("sqs.us-east-1.amazonaws.com", A, "10.0.1.10"),
        ("sqs.us-east-1.amazonaws.com", A, "10.0.2.10"),
    ]


def test_a_cname_that_leaves_the_view_says_where_to_ask_on():
    answer = resolve(Question("away.example.com", A), VIEW)
    assert isinstance(answer, NotOwned)
    assert (answer.name, [record.value for record in answer.via]) == (
        "elsewhere.example.net",
        ["elsewhere.example.net"],
    )


@pytest.mark.parametrize("question_type", [CNAME, ANY])
def test_a_cname_that_is_asked_for_is_not_followed(question_type):
    answer = resolve(Question("www.example.com", question_type), VIEW)
    assert isinstance(answer, Answer)
    assert [record.type for record in answer.records] == [CNAME]


def test_a_loop_of_cnames_is_a_server_failure():
    assert resolve(Question("loop1.example.com", A), VIEW) == Answer(SERVFAIL)


def test_any_is_one_record_set():
    answer = resolve(Question("exact.s3.us-east-1.amazonaws.com", ANY), VIEW)
    assert isinstance(answer, Answer)
    assert [(record.type, record.value) for record in answer.records] == [(A, "10.9.9.9")]


def test_the_apex_of_an_owned_zone_has_an_soa():
    answer = resolve(Question("sqs.us-east-1.amazonaws.com", SOA), VIEW)
    assert isinstance(answer, Answer)
    assert [record.type for record in answer.records] == [SOA]


def test_a_zones_own_soa_limits_how_long_denials_live():
    soa = RecordSet(SOA, 900, ("ns.example. admin.example. 7 3600 600 86400 5",))
    view = View("app", {"corp.example": (soa,)}, frozenset({"corp.example"}))
    answer = resolve(Question("no.corp.example", A), view)
    assert isinstance(answer, Answer)
    assert [(record.ttl, record.value) for record in answer.authority] == [(5, soa.values[0])]


@pytest.mark.parametrize(
    ("question", "rcode"),
    [
        (Question("version.bind", TXT, record_class=3), REFUSED),
        (Question("sqs.us-east-1.amazonaws.com", A, record_class=255), REFUSED),
        (Question("sqs.us-east-1.amazonaws.com", RecordType.AXFR), NOTIMP),
        (Question("sqs.us-east-1.amazonaws.com", RecordType.IXFR), NOTIMP),
        (Question("sqs.us-east-1.amazonaws.com", RecordType.OPT), NOTIMP),
        (Question("elsewhere.example.net", 249), NOTIMP),
    ],
)
def test_other_classes_are_refused_and_meta_types_not_implemented(question, rcode):
    assert resolve(question, VIEW) == Answer(rcode)


def test_a_view_that_owns_the_root_forwards_nothing():
    view = View("closed", {"a.example": (addresses("10.0.0.1"),), "*": (addresses("10.0.0.2"),)}, frozenset({""}))
    found = {name: resolve(Question(name, A), view) for name in ("a.example", "b.example", "x.y.test", "example")}
    assert {name: (answer.rcode, answer.addresses) for name, answer in found.items() if isinstance(answer, Answer)} == {
        "a.example": (NOERROR, ("10.0.0.1",)),
        "b.example": (NXDOMAIN, ()),
        "x.y.test": (NOERROR, ("10.0.0.2",)),
        "example": (NOERROR, ()),
    }


def test_a_name_that_cannot_be_is_a_clear_error():
    with pytest.raises(ValueError, match=r"'a\.\.b' is not a domain name"):
        resolve(Question("a..b", A), VIEW)


PUBLIC = View(
    "public",
    {
        SQS: (addresses("10.0.1.10"),),
        "sqs.us-east-1.amazonaws.com": (addresses("198.51.100.1"),),
        "sns.us-east-1.amazonaws.com": (addresses("198.51.100.2"),),
        "*.s3.us-east-1.amazonaws.com": (addresses("198.51.100.3"),),
        "www.example.com": (addresses("198.51.100.4"),),
        "deep.below.example.com": (addresses("198.51.100.5"),),
    },
    frozenset({"amazonaws.com"}),
)
ABOVE = View(
    "app",
    {
        "sqs.us-east-1.amazonaws.com": (addresses("10.0.1.10"),),
        "alias.corp": (alias("sns.us-east-1.amazonaws.com"),),
        "db.example.com": (addresses("10.0.1.30"),),
    },
    frozenset({"sqs.us-east-1.amazonaws.com", "corp", "below.example.com"}),
    beneath=PUBLIC,
)


@pytest.mark.parametrize(
    ("name", "rcode", "expected"),
    [
        pytest.param("sqs.us-east-1.amazonaws.com", NOERROR, ("10.0.1.10",), id="the view's own hides what is beneath"),
        pytest.param("below.sqs.us-east-1.amazonaws.com", NXDOMAIN, (), id="a zone of the view hides all beneath it"),
        pytest.param("deep.below.example.com", NXDOMAIN, (), id="a zone without records hides, too"),
        pytest.param("sns.us-east-1.amazonaws.com", NOERROR, ("198.51.100.2",), id="beneath"),
        pytest.param("bucket.s3.us-east-1.amazonaws.com", NOERROR, ("198.51.100.3",), id="a wildcard beneath"),
        pytest.param("none.us-east-1.amazonaws.com", NXDOMAIN, (), id="unknown beneath"),
        pytest.param("s3.us-east-1.amazonaws.com", NOERROR, (), id="an empty non-terminal beneath"),
        pytest.param("www.example.com", NOERROR, ("198.51.100.4",), id="beside a record outside of every zone"),
        pytest.param("db.example.com", NOERROR, ("10.0.1.30",), id="a record outside of every zone"),
        pytest.param("alias.corp", NOERROR, ("198.51.100.2",), id="a CNAME that leads beneath"),
    ],
)
def test_what_a_view_has_no_say_about_is_answered_from_the_one_beneath(name, rcode, expected):
    answer = resolve(Question(name, A), ABOVE)
    assert (answer.rcode, answer.addresses) == (rcode, expected)


@pytest.mark.parametrize(("name", "apex"), [("none.corp", "corp"), ("none.us-east-1.amazonaws.com", "amazonaws.com")])
def test_a_name_that_does_not_exist_has_the_soa_of_the_zone_that_says_so(name, apex):
    assert [record.name for record in resolve(Question(name, A), ABOVE).authority] == [apex]


def test_what_no_view_has_a_say_about_is_for_somebody_else():
    assert resolve(Question("elsewhere.net", A), ABOVE) == NotOwned("elsewhere.net")
