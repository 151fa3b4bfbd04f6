"""How long decisions by policies take, by pytest-benchmark; `python -m benchmarks.policies` makes the tables."""

import json

import pytest

from benchmarks.policy_documents import (
    ACCOUNT,
    CONTEXT,
    DIFFERENCES,
    ENDPOINT_POLICY,
    REQUEST,
    THREE_STATEMENTS,
    plain_cases,
    policies_of,
    text_of,
)
from benchmarks.policy_engines import ENGINES, EngineNotThere
from vpce_policies import PolicyKind, check, compile_policy, evaluate, load_vocabulary, parse_policy, simulate_line


def test_decision_3_statements(benchmark):
    policies = policies_of({"Version": "2012-10-17", "Statement": list(THREE_STATEMENTS)})
    assert benchmark(evaluate, REQUEST, policies).allowed


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_decision_200_statements(benchmark, difference):
    assert benchmark(evaluate, REQUEST, policies_of(text_of(difference, 200))).allowed


def test_parsing_200_statements(benchmark):
    text = json.dumps(text_of("prefix", 200))
    assert len(benchmark(parse_policy, text, PolicyKind.RESOURCE).statements) == 200


def test_compiling_200_statements(benchmark):
    document = parse_policy(text_of("prefix", 200), PolicyKind.RESOURCE)
    assert len(benchmark(compile_policy, document).statements) == 200


def test_checking_200_statements(benchmark):
    text = json.dumps(text_of("prefix", 200))
    found = benchmark(check, text, PolicyKind.RESOURCE, vocabulary=load_vocabulary())
    assert {finding.id for finding in found} == {"public-grant"}


def test_simulating_a_line(benchmark):
    request = {"action": REQUEST.action, "resource": REQUEST.resource, "resource_account": ACCOUNT}
    request |= {"principal": REQUEST.principal, "context": CONTEXT}
    policies = {"resource_policy": {"Statement": list(THREE_STATEMENTS)}, "vpc_endpoint_policies": [ENDPOINT_POLICY]}
    line = json.dumps({"id": "1", "request": request} | policies)
    assert json.loads(benchmark(simulate_line, line))["decision"] == "Allowed"


@pytest.mark.parametrize("statements", [4, 40])
@pytest.mark.parametrize("engine", ENGINES)
def test_engines(benchmark, engine, statements):
    cases = plain_cases(statements)
    benchmark.extra_info.update(engine=engine, statements=statements, decisions=len(cases))
    with ENGINES["vpce_policies"](cases) as decide:
        expected = decide()
    assert len(set(expected)) == 2
    try:
        with ENGINES[engine](cases) as decide:
            assert benchmark(decide) == expected
    except EngineNotThere as error:
        pytest.skip(str(error))
