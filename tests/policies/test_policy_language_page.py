"""The documentation page says what the tables of the code say, and its example runs."""

import re
from pathlib import Path

import pytest

from vpce_policies import CHOICES, Layer, PolicyKind, Problem, all_rules
from vpce_policies.kinds import GRAMMARS
from vpce_policies.operators import OPERATORS

PAGE = (Path(__file__).parents[2] / "docs" / "policy-language.md").read_text(encoding="utf-8")


def rows(section):
    """The cells of the first table of a section, without its heading."""
    body = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    table = re.search(r"\n\|.*\n\|[-|]+\n((?:\|.*\n)+)", body)
    assert table
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in table[1].splitlines()]


def test_operators():
    absent = {name: "yes" if each.negated else "no" for name, each in OPERATORS.items()} | {"null": "as wanted"}
    told = [(name, holds) for name, _, holds in rows("Condition operators")]
    assert told == [(each.name, absent[name]) for name, each in OPERATORS.items()]


def test_layers():
    assert [row[:2] for row in rows("Layers")] == [[layer.value, layer.policy_type] for layer in Layer]


def test_kinds_of_policy():
    told = [(name, worded, without, limit) for name, _, worded, without, limit in rows("Kinds of policy")]
    assert told == [
        (
            kind.name,
            GRAMMARS[kind].storer,
            ", ".join(sorted(GRAMMARS[kind].without)),
            str(GRAMMARS[kind].limit or "none"),
        )
        for kind in PolicyKind
    ]


def test_choices():
    told = [line.strip("| ") for line in PAGE.splitlines() if line.startswith(tuple(f"| `{c.id}`" for c in CHOICES))]
    assert told == [f"`{each.id}` | {each.question} | {each.answer} | {each.source}" for each in CHOICES]


def test_findings():
    body = PAGE.split("\n## Findings\n")[1].split("\n## ")[0]
    told = [line.strip("| ") for line in body.splitlines() if line.startswith("| `")]
    assert told == [f"`{rule.id}` | {rule.severity.value} | {rule.about}" for rule in all_rules()]


@pytest.mark.parametrize("problem", Problem)
def test_problems(problem):
    assert f"`{problem.value}`" in PAGE


def test_the_example_prints_what_the_page_shows(capsys):
    code, shown = re.findall(r"```(?:python)?\n(.*?)```", PAGE, re.DOTALL)[:2]
    exec(compile(code, "policy-language.md", "exec"), {})  # noqa: S102  # the page's own example
    assert capsys.readouterr().out == shown
