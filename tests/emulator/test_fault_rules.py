"""Which calls fault rules hit, decided without a network."""

import botocore.session
import pytest

from vpce_emulator.aws.throttling import PROVISIONED
from vpce_emulator.fault_rules import Called, Effect, RuleTable, parse_rule

S3 = Called("vpce-1", "private-a", "s3", "GetObject")


def table(*rules, endpoint_id=""):
    made = RuleTable()
    for rule in rules:
        made = made.with_rule(parse_rule(rule), endpoint_id)
    return made


def outcomes(made, calls, called=S3):
    hits = []
    for _ in range(calls):
        made, injection = made.on(called)
        hits.append(injection)
    return hits


@pytest.mark.parametrize(
    ("rule", "hit"),
    [
        ({}, True),
        ({"client": "private-a"}, True),
        ({"client": "private-b"}, False),
        ({"service": "s3", "operation": "GetObject"}, True),
        ({"service": "s3", "operation": "PutObject"}, False),
        ({"service": "sqs"}, False),
    ],
)
def test_a_rule_is_about_the_calls_that_have_all_it_names(rule, hit):
    (injection,) = outcomes(table({"throttle": True, **rule}), 1)
    assert (injection is not None) is hit


@pytest.mark.parametrize(("endpoint_id", "hit"), [("vpce-1", True), ("vpce-2", False)])
def test_a_rule_about_an_endpoint_goes_by_its_id(endpoint_id, hit):
    (injection,) = outcomes(table({"reset": True, "endpoint": "s3"}, endpoint_id=endpoint_id), 1)
    assert (injection is not None) is hit


def test_the_same_calls_are_hit_in_every_run_and_others_with_another_seed():
    def hits(seed):
        return [it is not None for it in outcomes(table({"throttle": True, "rate": 0.5, "seed": seed}), 200)]

    assert hits(0) == hits(0) != hits(1)
    assert 70 < sum(hits(0)) < 130


def test_a_count_is_an_end():
    hits = outcomes(table({"throttle": True, "count": 2}), 4)
    assert [hit is not None for hit in hits] == [True, True, False, False]
    assert hits[1].reason == (
        "The fault rule fault-1 has throttled this call, as it has 2 of the 2 calls so far that it is about "
        "(all calls, rate 1)."
    )


def test_latencies_add_up_until_a_rule_ends_the_call():
    rules = table({"latency": 0.1}, {"latency": 0.2, "reset": True}, {"latency": 5})
    rules, injection = rules.on(S3)
    assert (injection.latency, injection.effect, injection.rules) == (
        pytest.approx(0.3),
        Effect.RESET,
        ("fault-1", "fault-2"),
    )
    assert [standing.matched for standing in rules.rules] == [1, 1, 0]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({}, "allowed: at least one of throttle, reset and latency"),
        ({"throttle": True, "reset": True}, "allowed: throttle or reset, not both"),
        ({"throttle": True, "rate": 2}, "rate: found 2; allowed: more than 0, up to 1"),
        ({"throttle": True, "rate": 0}, "rate: found 0; allowed: more than 0, up to 1"),
        ({"latency": -1}, "latency: found -1; allowed: seconds"),
        ({"reset": True, "count": 0}, "count: found 0; allowed: how many calls are hit at most"),
        ({"reset": True, "endpiont": "s3"}, "endpiont: found 's3'; allowed: endpoint, client, service"),
    ],
)
def test_what_is_no_rule_says_what_is_allowed(rule, message):
    with pytest.raises(ValueError, match=r".") as refused:
        parse_rule(rule)
    assert message in str(refused.value)


@pytest.mark.parametrize("service", PROVISIONED)
def test_the_operations_that_draw_on_provisioned_throughput_are_those_of_the_service_model(service):
    model = botocore.session.get_session().get_service_model(service)
    names = {
        name
        for name in model.operation_names
        if "ProvisionedThroughputExceededException"
        in {shape.name for shape in model.operation_model(name).error_shapes}
    }
    assert PROVISIONED[service] == names


def test_rules_of_the_file_come_first_and_go_on_counting_while_they_stay_what_they_are():
    slow, cut = parse_rule({"latency": 1}), parse_rule({"reset": True})
    made = table({"throttle": True}).with_file({"slow": (slow, ""), "cut": (cut, "")})
    made, injection = made.on(S3)
    assert injection is not None
    assert (injection.rules, injection.effect) == (("slow", "cut"), Effect.RESET)
    made = made.with_file({"slow": (slow, ""), "cut": (cut, "vpce-9")})
    assert [(each.id, each.matched) for each in made.rules] == [("slow", 1), ("cut", 0), ("fault-1", 0)]
    assert [each.id for each in made.with_file({}).rules] == ["fault-1"]
