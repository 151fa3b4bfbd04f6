"""Laws that every decision keeps, whatever the policies and requests."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpce_policies import Effect, Layer, PolicyKind, PolicySet, Request, compile_policy, evaluate, explain, parse_policy

OWN, OTHER = "111122223333", "444455556666"
CALLERS = [
    None,
    "logging.s3.amazonaws.com",
    f"arn:aws:iam::{OWN}:root",
    f"arn:aws:iam::{OWN}:user/alice",
    f"arn:aws:iam::{OTHER}:user/carol",
    f"arn:aws:iam::{OWN}:role/app",
    f"arn:aws:sts::{OWN}:assumed-role/app/i-0abc",
    f"arn:aws:sts::{OWN}:federated-user/frank",
]
ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "dynamodb:GetItem"]
ACTION_PATTERNS = [*ACTIONS, "*", "s3:*", "s3:?etObject", "S3:GET*", "dynamodb:*Item"]
RESOURCES = ["arn:aws:s3:::b", "arn:aws:s3:::b/x", "arn:aws:s3:::b/home/alice/x", "arn:aws:s3:::c/x", "*"]
PATTERNS = [
    *RESOURCES,
    "arn:aws:s3:::b*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/home/${aws:username}/*",
    "arn:aws:s3:::?/x",
]
PRINCIPALS = ["*", {"AWS": "*"}, {"AWS": OWN}, {"Service": CALLERS[1]}, *({"AWS": arn} for arn in CALLERS[2:])]
CONDITIONS = [
    {},
    {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
    {"StringEquals": {"aws:SourceVpce": ["vpce-2", "vpce-1"], "aws:username": "${aws:PrincipalTag/t, 'alice'}"}},
    {"StringNotEquals": {"AWS:SourceVpce": "vpce-1"}},
    {"StringEqualsIfExists": {"aws:sourcevpce": "vpce-1"}},
    {"ForAllValues:StringLike": {"aws:TagKeys": ["a*", "b"]}},
    {"ForAnyValue:StringEquals": {"aws:TagKeys": "b"}},
    {"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}, "Bool": {"aws:SecureTransport": "true"}},
    {"Null": {"aws:username": "true"}},
    {"NumericLessThan": {"s3:max-keys": 10}},
]
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "aws:SourceVpce": st.sampled_from(["vpce-1", "vpce-2", ""]),
        "aws:username": st.just("alice"),
        "aws:TagKeys": st.lists(st.sampled_from(["a", "ab", "b", "c"]), max_size=3),
        "aws:VpcSourceIp": st.sampled_from(["10.1.2.3", "fd00::1", "nonsense"]),
        "aws:SecureTransport": st.sampled_from(["true", "false"]),
        "s3:max-keys": st.sampled_from(["9", "10", "many"]),
    },
)
REQUESTS = st.builds(
    Request,
    action=st.sampled_from(ACTIONS),
    resource=st.sampled_from(RESOURCES),
    resource_account=st.just(OWN),
    principal=st.sampled_from(CALLERS),
    context=CONTEXTS,
)


@st.composite
def statements(draw, *, principals, effect=None):
    statement = {"Effect": effect or draw(st.sampled_from(["Allow", "Deny"]))}
    if principals:
        statement[draw(st.sampled_from(["Principal"] * 4 + ["NotPrincipal"]))] = draw(st.sampled_from(PRINCIPALS))
    for name, values in (("Action", ACTION_PATTERNS), ("Resource", PATTERNS)):
        listed = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2))
        statement[draw(st.sampled_from([name] * 4 + ["Not" + name]))] = listed
    return statement | {"Condition": draw(st.sampled_from(CONDITIONS))}


def compiled(kind, listed):
    document = {"Version": "2012-10-17", "Statement": listed}
    return compile_policy(parse_policy(document, kind, stored=True))


PLACES = {
    Layer.IDENTITY: (PolicyKind.IDENTITY, lambda policy: {"identity": (policy,)}),
    Layer.RESOURCE: (PolicyKind.RESOURCE, lambda policy: {"resource": policy}),
    Layer.SCP: (PolicyKind.SCP, lambda policy: {"scps": ((policy,),)}),
    Layer.RCP: (PolicyKind.RCP, lambda policy: {"rcps": ((policy,),)}),
    Layer.PERMISSIONS_BOUNDARY: (PolicyKind.PERMISSIONS_BOUNDARY, lambda policy: {"permissions_boundary": (policy,)}),
    Layer.SESSION: (PolicyKind.SESSION, lambda policy: {"session": (policy,)}),
    Layer.VPC_ENDPOINT: (PolicyKind.VPC_ENDPOINT, lambda policy: {"vpc_endpoint": (policy,)}),
}
WITH_PRINCIPAL = {Layer.RESOURCE, Layer.RCP, Layer.VPC_ENDPOINT}


@st.composite
def situations(draw):
    """Statements for some of the layers."""
    layers = draw(st.lists(st.sampled_from(Layer), unique=True, min_size=1))
    sizes = st.integers(1, 8)
    return {
        layer: draw(st.lists(statements(principals=layer in WITH_PRINCIPAL), min_size=1, max_size=draw(sizes)))
        for layer in layers
    }


def policy_set(situation):
    options = {}
    for layer, listed in situation.items():
        kind, place = PLACES[layer]
        options |= place(compiled(kind, listed))
    return PolicySet(**options)


def with_one_more(situation, layer, statement, at):
    listed = list(situation[layer])
    listed.insert(at % (len(listed) + 1), statement)
    return {**situation, layer: listed}


@given(request=REQUESTS, situation=situations(), at=st.integers(0, 20), data=st.data())
def test_one_more_deny_never_allows(request, situation, at, data):
    layer = data.draw(st.sampled_from(sorted(situation)))
    deny = data.draw(statements(principals=layer in WITH_PRINCIPAL, effect="Deny"))
    if not evaluate(request, policy_set(situation)).allowed:
        assert not evaluate(request, policy_set(with_one_more(situation, layer, deny, at))).allowed


@given(request=REQUESTS, situation=situations(), at=st.integers(0, 20), data=st.data())
def test_one_more_allow_never_denies(request, situation, at, data):
    layer = data.draw(st.sampled_from(sorted(situation)))
    allow = data.draw(statements(principals=layer in WITH_PRINCIPAL, effect="Allow"))
    if evaluate(request, policy_set(situation)).allowed:
        assert evaluate(request, policy_set(with_one_more(situation, layer, allow, at))).allowed


@given(request=REQUESTS, situation=situations(), data=st.data())
def test_the_order_of_statements_does_not_matter(request, situation, data):
    shuffled = {layer: data.draw(st.permutations(listed)) for layer, listed in situation.items()}
    one, other = evaluate(request, policy_set(situation)), evaluate(request, policy_set(shuffled))
    assert (one.verdict, one.layers) == (other.verdict, other.layers)


@given(request=REQUESTS, listed=st.lists(statements(principals=True), min_size=5, max_size=40))
def test_a_large_policy_says_what_its_statements_say_one_by_one(request, listed):
    whole = (compiled(PolicyKind.VPC_ENDPOINT, listed),)
    singly = tuple(compiled(PolicyKind.VPC_ENDPOINT, [each]) for each in listed)
    one, other = (evaluate(request, PolicySet(vpc_endpoint=policies)) for policies in (whole, singly))
    assert one.layers == other.layers


@given(request=REQUESTS, situation=situations())
def test_the_statements_told_are_the_reason_for_each_layer(request, situation):
    decision = evaluate(request, policy_set(situation))
    matched = {(each.layer, each.effect) for each in decision.statements if each.matched}
    for layer, verdict in decision.layers.items():
        assert ((layer, Effect.DENY) in matched) == (verdict in ("ExplicitlyDenied", "DeniedForAccount"))
    for each in decision.statements:
        if [miss.element for miss in each.missed] == ["Condition"]:
            assert not all(condition.holds for condition in each.conditions)


@given(request=REQUESTS, situation=situations())
def test_no_key_counts_that_no_policy_asks_for(request, situation):
    policies = policy_set(situation)
    asked = {key: value for key, value in request.context.items() if key.lower() in policies.keys}
    one, other = (evaluate(each, policies) for each in (request, replace(request, context=asked)))
    assert (one.verdict, one.layers, explain(one)) == (other.verdict, other.layers, explain(other))


@given(request=REQUESTS, situation=situations())
def test_every_denial_names_its_layers_and_can_be_explained(request, situation):
    decision = evaluate(request, policy_set(situation))
    assert bool(decision.denied_by) is not decision.allowed
    assert len(explain(decision).splitlines()) > 1


@given(
    action=st.text(max_size=8),
    resource=st.text(max_size=8),
    account=st.text(max_size=3),
    principal=st.none() | st.text(max_size=8) | st.from_regex(r"arn:[a:/rolesum-]*", fullmatch=True),
    context=st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.lists(st.text(max_size=5), max_size=2)),
    situation=situations(),
)
def test_any_request_is_decided(action, resource, account, principal, context, situation):
    decision = evaluate(Request(action, resource, account, principal, context), policy_set(situation))
    assert explain(decision)


@pytest.mark.parametrize(
    "value",
    ["9" * 5_000, "1e999999", "9999-12-31T23:59:59+99:99", "0000-00-00", "٣", "1.2.3.4/33", "::%eth0", "====", "é"],
)
@pytest.mark.parametrize(
    "operator", ["NumericLessThan", "DateLessThan", "IpAddress", "BinaryEquals", "Bool", "ArnLike"]
)
def test_any_value_of_a_key_is_decided(operator, value):
    wanted = {"IpAddress": "10.0.0.0/8"}.get(operator, "2026-01-01")
    statement = {
        "Effect": "Allow",
        "Action": "*",
        "Resource": "*",
        "Condition": {operator: {"aws:PrincipalTag/t": wanted}},
    }
    request = Request("s3:GetObject", "*", OWN, CALLERS[3], {"aws:PrincipalTag/t": value})
    assert isinstance(
        evaluate(request, PolicySet(identity=(compiled(PolicyKind.IDENTITY, [statement]),))).allowed, bool
    )
