"""What was found in policies, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from vpce_policies import Finding, PolicyKind, Severity

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in one policy.

    Attributes:
        file: its file as given; `-` is standard input.
        policy: its path in a topology file, `vpcs.app.endpoints.s3.policy`; empty where the file is the policy.
        kind: what it was checked as.
        guess: why, where the kind was not told.
        findings: what was found, in the order of the text; paths are the policy's own, lines the file's.
    """

    file: str
    policy: str
    kind: PolicyKind
    guess: str | None
    findings: tuple[Finding, ...]

    def path_of(self, finding: Finding) -> str:
        """Return the path of a finding in the file."""
        return ".".join(part for part in (self.policy, finding.path) if part)


def spelled(kind: PolicyKind) -> str:
    """Return a kind as the option `--kind` spells it: `vpc-endpoint`."""
    return kind.value.replace("_", "-")


def as_text(reports: Sequence[Report]) -> str:
    """Return one line for each finding, as compilers write them, and one that counts."""
    lines = [_line(report, finding) for report in reports for finding in report.findings]
    counts = ", ".join(_counted(_count(reports, severity), severity.value) for severity in Severity)
    return "\n".join([*lines, f"{_counted(len(reports), 'policy')}: {counts}"])


def _line(report: Report, finding: Finding) -> str:
    where = f"{report.file}:{finding.line or 1}:{finding.column or 1}"
    path = report.path_of(finding)
    return f"{where}: {finding.severity}: {f'{path}: ' if path else ''}{finding.message} [{finding.id}]"


def _count(reports: Sequence[Report], severity: Severity) -> int:
    return sum(finding.severity is severity for report in reports for finding in report.findings)


def _counted(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def as_json(reports: Sequence[Report]) -> str:
    """Return everything as one JSON object."""
    policies = [asdict(report) | {"kind": spelled(report.kind)} for report in reports]
    counts = {f"{severity.value}s": _count(reports, severity) for severity in Severity}
    return json.dumps({"policies": policies, **counts}, indent=2)
