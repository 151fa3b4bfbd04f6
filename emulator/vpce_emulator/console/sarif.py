"""Findings as SARIF, which code hosts show beside the lines they are about.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from vpce_emulator.console.policy_report import STANDARD_INPUT, Report
from vpce_policies import Finding, Problem, Severity, all_rules

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.SUGGESTION: "note"}


def as_sarif(reports: Sequence[Report]) -> str:
    """Return the findings of every report as one SARIF log with one run."""
    rules = _rules()
    numbers = {rule["id"]: number for number, rule in enumerate(rules)}
    driver = {"name": "vpce policy check", "version": version("vpce-emulator"), "rules": rules}
    results = [_result(report, finding, numbers) for report in reports for finding in report.findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2)


def _rules() -> list[dict[str, Any]]:
    refused = [(problem.value, f"AWS refuses the policy: {problem.replace('-', ' ')}", "error") for problem in Problem]
    found = [(rule.id, rule.about, _LEVELS[rule.severity]) for rule in all_rules()]
    return [
        {"id": id_, "shortDescription": {"text": text}, "defaultConfiguration": {"level": level}}
        for id_, text, level in (*refused, *found)
    ]


def _result(report: Report, finding: Finding, numbers: dict[str, int]) -> dict[str, Any]:
    path = report.path_of(finding)
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(report.file)},
            "region": {"startLine": finding.line or 1, "startColumn": finding.column or 1},
        }
    }
    if path:
        location["logicalLocations"] = [{"fullyQualifiedName": path, "kind": "member"}]
    return {
        "ruleId": finding.id,
        "ruleIndex": numbers[finding.id],
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [location],
    }


def _uri(file: str) -> str:
    """Return a file's name as a URI: relative to where the command ran when the name is."""
    path = Path("stdin" if file == STANDARD_INPUT else file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
