"""Every case of the decision corpus is decided as expected, layer by layer."""

import gzip
import json
from collections import defaultdict
from pathlib import Path

import pytest

from vpce_policies import simulate_line

CORPUS = Path(__file__).parent / "conformance" / "decisions.jsonl.gz"


def cases_by_group() -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        for line in lines:
            groups[json.loads(line)["group"]].append(line)
    return groups


GROUPS = cases_by_group()


def test_the_corpus_is_complete():
    assert sum(map(len, GROUPS.values())) == 10_952


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_cases_of_a_group_are_decided_as_expected(group):
    differing = {}
    for line in GROUPS[group]:
        case, told = json.loads(line), json.loads(simulate_line(line))
        expected = case["expected"]
        wanted = (expected["decision"], expected["same_account"], expected["layers"])
        if (told["decision"], told["same_account"], told["layers"]) != wanted:
            differing[case["id"]] = told
    assert differing == {}


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_the_statements_told_account_for_every_layer(group):
    """A layer allows, or denies explicitly, exactly when a statement told of it does."""
    for line in GROUPS[group]:
        told = json.loads(simulate_line(line))
        matched = {(each["layer"], each["effect"]) for each in told["statements"] if each["matched"]}
        for layer, verdict in told["layers"].items():
            assert ((layer, "Deny") in matched) == (verdict in ("ExplicitlyDenied", "DeniedForAccount")), told["id"]
            if verdict in ("Allowed", "AllowedForAccount") and layer != "rcp":
                assert (layer, "Allow") in matched, told["id"]
