"""Tokens and assertions of identity providers: what is read from them, whatever they are."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpce_emulator.aws.faults import Fault
from vpce_emulator.aws.form_members import form_members
from vpce_emulator.aws.saml_assertion import read_saml_assertion
from vpce_emulator.aws.web_identity import Federated, read_web_identity

ACCOUNT = "123456789012"
NOW = 1_700_000_000.0
CLAIMS = {"iss": "https://idp.example/tenant/", "sub": "ada", "aud": "app", "exp": NOW + 60}
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/idp.example/tenant/"


def id_token(claims):
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.c2ln"


def read(token, provider_id="", audiences=("app",)):
    known = {PROVIDER: audiences}.get
    return read_web_identity(token, provider_id, partition="aws", account_id=ACCOUNT, audiences_of=known, now=NOW)


@pytest.mark.parametrize(
    ("claims", "keys"),
    [
        ({}, {"aud": "app", "sub": "ada"}),
        ({"aud": ["app", "other"]}, {"aud": ("app", "other"), "sub": "ada"}),
        ({"azp": "app", "aud": "other"}, {"aud": "app", "oaud": "other", "sub": "ada"}),
        ({"amr": ["mfa"]}, {"aud": "app", "sub": "ada", "amr": ("mfa",)}),
        ({"email": "ada@example.com", "groups": ["a"]}, {"aud": "app", "sub": "ada"}),
    ],
)
def test_the_claims_that_aws_knows_are_condition_keys_of_the_provider(claims, keys):
    found = read(id_token(CLAIMS | claims))
    expected = {f"idp.example/tenant/:{name}": value for name, value in keys.items()}
    assert found.context == {"aws:FederatedProvider": PROVIDER} | expected
    assert dict(found.session_keys) == found.context


def test_githubs_own_claims_are_for_the_trust_policy_alone():
    github = "token.actions.githubusercontent.com"
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{github}"
    token = id_token(CLAIMS | {"iss": f"https://{github}", "repository": "octo/site", "run_id": "7"})
    found = read_web_identity(
        token, "", partition="aws", account_id=ACCOUNT, audiences_of={provider: ("app",)}.get, now=NOW
    )
    assert found.context[f"{github}:repository"] == "octo/site"
    assert f"{github}:run_id" not in found.context
    assert f"{github}:repository" not in dict(found.session_keys)


@pytest.mark.parametrize(
    ("issuer", "provider"),
    [
        ("https://accounts.google.com", "accounts.google.com"),
        ("https://cognito-identity.amazonaws.com", "cognito-identity.amazonaws.com"),
    ],
)
def test_providers_that_aws_knows_need_none_in_iam(issuer, provider):
    found = read(id_token(CLAIMS | {"iss": issuer}))
    assert (found.provider, found.context[f"{provider}:sub"]) == (provider, "ada")


def test_access_tokens_of_oauth_are_believed_without_being_read():
    assert read("opaque", "graph.facebook.com").provider == "graph.facebook.com"


def test_session_tags_and_the_source_identity_are_read_from_a_token():
    tags = {"principal_tags": {"team": ["blue"], "empty": []}, "transitive_tag_keys": ["team"]}
    found = read(
        id_token(CLAIMS | {"https://aws.amazon.com/tags": tags, "https://aws.amazon.com/source_identity": "ada"})
    )
    assert (found.tags, found.transitive_tag_keys, found.source_identity) == ((("team", "blue"),), ("team",), "ada")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["iss", "sub", "aud", "azp", "exp", "amr", "https://aws.amazon.com/tags", "other"])


@given(claims=st.dictionaries(NAMES, JSON, max_size=6))
def test_any_claims_are_read_or_refused(claims):
    assert isinstance(read(id_token(CLAIMS | claims)), Federated | Fault)


@given(token=st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_=-]{0,12}\.[A-Za-z0-9_=-]{0,12}\.x", fullmatch=True))
def test_any_text_is_refused_as_a_token(token):
    assert isinstance(read(token), Fault)


@given(content=st.binary(max_size=80) | st.text("<>/=\"' samlpResponseAssertion:", max_size=80).map(str.encode))
def test_any_bytes_are_refused_as_an_assertion(content):
    encoded = base64.b64encode(content).decode()
    read = read_saml_assertion(encoded, f"arn:aws:iam::{ACCOUNT}:role/r", PROVIDER, audiences_of=lambda _: (), now=NOW)
    assert isinstance(read, Fault)


@pytest.mark.parametrize(
    ("pairs", "members"),
    [
        ([("A", "1"), ("B.C", "2")], {"A": "1", "B": {"C": "2"}}),
        ([("T.member.2.K", "b"), ("T.member.1.K", "a")], {"T": [{"K": "a"}, {"K": "b"}]}),
        ([("T.10", "j"), ("T.9", "i")], {"T": ["i", "j"]}),
        ([("A", "1"), ("A.1", "2")], {"A": "1"}),
        ([("A", "1"), ("A", "2")], {"A": "1"}),
    ],
)
def test_a_forms_names_say_how_its_members_are_nested(pairs, members):
    assert form_members(pairs) == members


@given(st.lists(st.tuples(st.text("AB.12member", max_size=20), st.text(max_size=3)), max_size=6))
def test_any_form_has_members(pairs):
    assert set(form_members(pairs)) <= {name.partition(".")[0] for name, _ in pairs}
