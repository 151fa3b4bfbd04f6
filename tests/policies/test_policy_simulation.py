"""Cases in, decisions out, one line each."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpce_policies import simulate_line

STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
CASE = {
    "id": "one",
    "request": {
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::b/k",
        "resource_account": "111122223333",
        "principal": "arn:aws:iam::111122223333:user/alice",
        "context": {"aws:SourceVpce": "vpce-1"},
    },
    "identity_policies": [{"Version": "2012-10-17", "Statement": [STATEMENT]}],
}


def told(case):
    answer = simulate_line(case if isinstance(case, str | bytes) else json.dumps(case))
    assert "\n" not in answer
    return json.loads(answer)


def test_a_case_with_only_a_request_and_identity_policies():
    assert told(CASE) == {
        "id": "one",
        "decision": "Allowed",
        "same_account": True,
        "layers": {
            "identity": "Allowed",
            "resource": "NotApplicable",
            "scp": "NotApplicable",
            "rcp": "NotApplicable",
            "permissions_boundary": "NotApplicable",
            "session": "NotApplicable",
            "vpc_endpoint": "NotApplicable",
        },
        "statements": [
            {
                "layer": "identity",
                "level": 0,
                "policy": "identity_policies[0]",
                "statement": 0,
                "sid": None,
                "effect": "Allow",
                "matched": True,
            }
        ],
    }


def test_a_statement_that_nearly_matched_says_what_kept_it_out():
    condition = {"StringEquals": {"aws:SourceVpce": "vpce-2"}}
    case = CASE | {"identity_policies": [{"Statement": STATEMENT | {"Condition": condition}}]}
    (statement,) = told(case)["statements"]
    assert (statement["matched"], statement["missed"]) == (False, ["Condition"])
    assert statement["conditions"] == [
        {"operator": "StringEquals", "key": "aws:SourceVpce", "wanted": ["vpce-2"], "actual": ["vpce-1"]}
    ]


@pytest.mark.parametrize(
    ("case", "error"),
    [
        ("nonsense", "Expecting value at line 1, column 1."),
        ("[" * 100_000, "Nested too deeply at line 1, column 1."),
        ('{"id": NaN}', "NaN is no JSON at line 1, column 1."),
        ('{"id": 1, "id": 2}', "The field 'id' occurs twice in one object."),
        (CASE | {"resource_polcy": {}}, "unknown field resource_polcy: is it resource_policy?"),
        (
            CASE | {"request": CASE["request"] | {"Principal": None}},
            "unknown field request.Principal: is it principal?",
        ),
        (CASE | {"request": CASE["request"] | {"action": 7}}, "request.action must be a string."),
        ("[]", "a case must be a JSON object."),
        ({"id": 1}, "request must be a JSON object."),
        ({"id": 1, "request": {"action": 7}}, "request.action must be a string."),
        (CASE | {"request": CASE["request"] | {"principal": 7}}, "request.principal must be a string or null."),
        (
            CASE | {"request": CASE["request"] | {"context": {"a": 1}}},
            "request.context: a must be a string or a list of strings.",
        ),
        (b'{"id": "\xff"}', "can't decode byte 0xff in position 8: invalid start byte"),
        (CASE | {"identity_policies": {}}, "identity_policies must be a JSON list."),
        (CASE | {"scps": [{}]}, "scps must be a JSON list."),
        (CASE | {"resource_policy": {"Statement": [STATEMENT]}}, "Statement[0]: Missing required field Principal"),
        (CASE | {"session_policy": {}}, "policy: Missing required field Statement"),
    ],
)
def test_a_case_that_cannot_be_read_is_answered_with_its_error(case, error):
    assert told(case)["error"].endswith(error)


def test_notes_beside_a_case_are_passed_over():
    assert told(CASE | {"tags": ["a"], "group": "g", "expected": {}, "comment": "x"})["decision"]


def test_documents_in_a_case_are_read_as_files_are():
    """Numbers stay as they are written, and an element that comes twice is refused."""
    text = json.dumps(CASE | {"request": CASE["request"] | {"context": {"s3:max-keys": "100"}}, "id": 1.50})
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"NumericEquals": {"s3:max-keys": 7}}}
    case = json.loads(text) | {"identity_policies": [{"Statement": [statement]}]}
    line = json.dumps(case).replace('"s3:max-keys": 7', '"s3:max-keys": 1e2')
    assert json.loads(simulate_line(line))["decision"] == "Allowed"
    assert json.loads(simulate_line(line))["id"] == 1.5
    twice = line.replace('"Effect": "Allow"', '"Effect": "Allow", "Effect": "Deny"')
    assert json.loads(simulate_line(twice))["error"] == "The field 'Effect' occurs twice in one object."


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    case=st.fixed_dictionaries({}, optional=dict.fromkeys([*CASE, "resource_policy", "scps", "session_policy"], JSON))
)
def test_any_json_is_answered(case):
    assert {"id", "error"} <= told(case).keys()


@given(value=JSON, name=st.sampled_from(["action", "resource", "resource_account", "principal", "context"]))
def test_any_request_is_answered(value, name):
    assert told(CASE | {"request": CASE["request"] | {name: value}}).keys() & {"decision", "error"}
