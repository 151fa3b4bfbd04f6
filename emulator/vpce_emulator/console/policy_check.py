"""Checking policies in files: which there are, of which kind, and what is wrong with them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import yaml

from vpce_emulator.aws import (
    deliveries,
    dynamodb_conditions,
    ec2_conditions,
    kms_permissions,
    s3_conditions,
    service_conditions,
    tagging_on_creation,
)
from vpce_emulator.aws.arn_conditions import ARN_KEYS
from vpce_emulator.aws.context import GLOBAL_KEYS
from vpce_emulator.aws.s3_access_points import CONDITION_KEYS as KEYS_OF_ACCESS_POINTS
from vpce_emulator.config import ConfigurationError
from vpce_emulator.console.policy_kinds import Guess, guess_kind
from vpce_emulator.console.policy_report import STANDARD_INPUT, Report, as_json, as_text, spelled
from vpce_emulator.console.sarif import as_sarif
from vpce_emulator.topology_file import TopologyFile
from vpce_emulator.topology_reading import parse_unruled
from vpce_policies import Finding, KeyProvider, PolicyKind, Severity, check, load_vocabulary

# Keys that are set where they belong, in no table: the owner of a resource, tags, what S3 tells of every request, and
# what those say who vouch for a caller: identity providers by their host names, and requests to STS.
_OTHER_KEYS = frozenset(
    {
        "*.*:*", "aws:Ec2InstanceSourcePrivateIPv4", "aws:Ec2InstanceSourceVpc", "aws:FederatedProvider",
        "aws:PrincipalTag/*", "aws:RequestTag/*", "aws:ResourceAccount",
        "aws:ResourceOrgID", "aws:ResourceOrgPaths", "aws:ResourceTag/*", "aws:TagKeys",
        "ec2:ResourceTag/*", "ecr:ResourceTag/*", "ecs:ResourceTag/*", "ssm:resourceTag/*",
        "iam:PassedToService", "iam:ResourceTag/*", "secretsmanager:ResourceTag/*",
        "s3:AccessPointTag/*", "s3:BucketTag/*", "s3:ExistingObjectTag/*",
        "s3:RequestObjectTag/*", "s3:RequestObjectTagKeys", "s3:ResourceAccount",
        "s3:authType", "s3:signatureAge", "s3:signatureversion", "s3:x-amz-content-sha256", "saml:*", "sts:ExternalId",
        "sts:RoleSessionName", "sts:SourceIdentity", "sts:TransitiveTagKeys",
    }
)  # fmt: skip


def emulator_keys() -> KeyProvider:
    """Return the condition keys that requests to the emulator can carry."""
    tables = (s3_conditions.KEYS, dynamodb_conditions.KEYS)
    of_actions = {key for table in tables for keys in table.values() for key in keys}
    of_services = {key for rows in service_conditions.KEYS.values() for key, _ in rows}
    of_creation = {*tagging_on_creation.CREATE_ACTION.values(), *ec2_conditions.MADE_KEYS}
    of_creation |= {*ec2_conditions.ID_KEYS.values(), *service_conditions.RESOURCE_KEYS, *ARN_KEYS}
    of_kms = {key.replace("<key>", "*") for key in service_conditions.KMS_KEYS}
    of_requests = {key.name for key in GLOBAL_KEYS} | set(KEYS_OF_ACCESS_POINTS)
    of_services |= of_kms | of_creation | {*deliveries.SERVICE_KEYS, kms_permissions.VIA_SERVICE}
    return KeyProvider("the emulator", frozenset(of_requests | of_actions | of_services | _OTHER_KEYS))


def check_files(
    files: Sequence[str], kind: PolicyKind | None, bucket: str | None
) -> tuple[list[Report], list[ConfigurationError]]:
    """Check every policy in some files, those also that stand behind one that cannot be read.

    Args:
        files: their names; `-` is standard input.
        kind: what the policies in policy files are attached to; None to guess it of each.
        bucket: the bucket that bucket policies are for, if that is known.

    Returns:
        the reports, and an error for each file that cannot be read and each topology file with mistakes.
    """
    reports: list[Report] = []
    errors: list[ConfigurationError] = []
    for file in files:
        try:
            reports += _check_text(file, _read(file), kind, bucket)
        except ConfigurationError as error:
            errors.append(error)
    return reports, errors


def _read(file: str) -> str:
    try:
        content = sys.stdin.buffer.read() if file == STANDARD_INPUT else Path(file).read_bytes()
        return content.decode("utf-8")
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}"
        raise ConfigurationError(message) from error
    except UnicodeDecodeError as error:
        message = f"{file} is not UTF-8: byte {error.start} is 0x{content[error.start]:02x}"
        raise ConfigurationError(message) from error


_YAML_FIELD = re.compile(r"^(\w+)\s*:", re.MULTILINE)


def _is_topology(file: str, text: str) -> bool:
    """Tell a topology file by its name or its fields; topologies may be JSON too, which is YAML."""
    parsed = _parsed(text)
    fields = set(parsed) if isinstance(parsed, Mapping) else set(_YAML_FIELD.findall(text))
    return file.endswith((".yaml", ".yml")) or not fields.isdisjoint(TopologyFile.model_fields)


def _check_text(file: str, text: str, kind: PolicyKind | None, bucket: str | None) -> Iterator[Report]:
    if _is_topology(file, text):
        directory = None if file == STANDARD_INPUT else Path(file).parent
        yield from _check_topology(file, text, parse_unruled(text, source=file, directory=directory))
    else:
        guess = Guess(kind, "") if kind else guess_kind(_parsed(text), Path(file).name)
        findings = _check(text, guess.kind, bucket if guess.kind is PolicyKind.BUCKET else None)
        yield Report(file, "", guess.kind, guess.because or None, tuple(sorted(findings, key=_position)))


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _check(text: str, kind: PolicyKind, bucket: str | None = None) -> tuple[Finding, ...]:
    return check(text, kind, bucket=bucket, vocabulary=load_vocabulary(), provider=emulator_keys())


def _position(finding: Finding) -> tuple[int, int]:
    return finding.line or 0, finding.column or 0


def _check_topology(file: str, text: str, topology: TopologyFile) -> Iterator[Report]:
    places = dict(_places(yaml.compose(text, Loader=yaml.SafeLoader), ""))
    for path, kind, document in _policies(topology):
        findings = _check(_as_sent(file, path, document), kind)
        placed = (_placed(each, f"{path}.{each.path}".rstrip("."), places) for each in findings)
        yield Report(file, path, kind, None, tuple(sorted(placed, key=_position)))


def _as_sent(file: str, path: str, document: Mapping[str, Any]) -> str:
    """Return a policy as JSON, in which form it has its size; what JSON does not have becomes text."""
    try:
        return json.dumps(document, default=str)
    except TypeError as error:
        message = f"{file}: {path}: the name of a field is no text ({error})"
        raise ConfigurationError(message) from error


def _policies(topology: TopologyFile) -> Iterator[tuple[str, PolicyKind, Mapping[str, Any]]]:
    """Yield each policy of a topology: its path, its kind, and its document."""
    for vpc_name, vpc in topology.vpcs.items():
        for name, endpoint in vpc.endpoints.items():
            kind = PolicyKind.GATEWAY_ENDPOINT if endpoint.type == "Gateway" else PolicyKind.VPC_ENDPOINT
            if endpoint.policy is not None:
                yield f"vpcs.{vpc_name}.endpoints.{name}.policy", kind, endpoint.policy
    for index, credential in enumerate(topology.credentials):
        for number, policy in enumerate(credential.policies or ()):
            if not isinstance(policy, str):
                yield f"credentials[{index}].policies[{number}]", PolicyKind.IDENTITY, policy
        boundary = credential.permissions_boundary
        if boundary is not None:
            yield f"credentials[{index}].permissions_boundary", PolicyKind.PERMISSIONS_BOUNDARY, boundary


def _places(node: yaml.Node | None, path: str) -> Iterator[tuple[str, yaml.Mark]]:
    """Yield where each value of a YAML text is, by its path; a field is where its name is."""
    if node is not None and not path:
        yield "", node.start_mark
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            here = f"{path}.{name.value}" if path else str(name.value)
            yield here, name.start_mark
            yield from _places(value, here)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield f"{path}[{index}]", value.start_mark
            yield from _places(value, f"{path}[{index}]")


def _placed(finding: Finding, path: str, places: Mapping[str, yaml.Mark]) -> Finding:
    """Return a finding with its place in the file: of its path or, where the file has none, of what encloses it."""
    if f"{path.partition('Statement[0]')[0]}Statement[0]" not in places:
        path = path.replace("Statement[0]", "Statement", 1)
    while path not in places:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return replace(finding, line=places[path].line + 1, column=places[path].column + 1)


def run_check(files: Sequence[str], kind: str | None, bucket: str | None, output: str, *, strict: bool) -> int:
    """Check policies and print what is found; return the exit status.

    Args:
        files: their names; `-` is standard input.
        kind: the kind as the option spells it, `vpc-endpoint`; None to guess.
        bucket: the bucket of bucket policies, which alone have one.
        output: `text`, `json` or `sarif`.
        strict: whether a warning is as bad as an error.

    Raises:
        ConfigurationError: a file cannot be read, or `bucket` does not go with `kind`.
    """
    wanted = PolicyKind(kind.replace("-", "_")) if kind else PolicyKind.BUCKET if bucket else None
    if bucket and wanted is not PolicyKind.BUCKET:
        message = f"--bucket goes with --kind bucket, not with --kind {kind}"
        raise ConfigurationError(message)
    reports, errors = check_files(files, wanted, bucket)
    if output == "text":
        for report in reports:
            if report.guess:
                click.echo(f"{report.file}: checked as --kind {spelled(report.kind)}, because {report.guess}", err=True)
    if reports or not errors:
        click.echo({"text": as_text, "json": as_json, "sarif": as_sarif}[output](reports))
    if errors:
        raise ConfigurationError("\n".join(map(str, errors)))
    bad = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return int(any(finding.severity in bad for report in reports for finding in report.findings))
