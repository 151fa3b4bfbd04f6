"""Functions of templates that moto lacks or gets wrong."""

# ruff: noqa: ANN401 - values of templates have any type

from __future__ import annotations

import json
from ipaddress import ip_network
from itertools import islice
from typing import Any, Final

import yaml
from moto.cloudformation import models, parsing, responses
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.parsing import ResourceMap

from vpce_emulator.backend.embedded.cloudformation import template_references
from vpce_emulator.backend.embedded.cloudformation.ec2_resources import Ec2
from vpce_emulator.backend.embedded.replacing import replace
from vpce_emulator.backend.embedded.stack_authority import NotPermittedError, ask_callers_leave

_BOOTSTRAP: Final = "/cdk-bootstrap/"
_BOOTSTRAP_VERSION: Final = "30"
"""What a template of the CDK finds where it looks for the bootstrap stack's version: one that is recent enough."""

_resolve_elsewhere = parsing.clean_json
_parameter_in_ssm = ResourceMap.parse_ssm_parameter


def complete() -> None:
    """Have moto resolve what it does not."""
    replace(responses, "yaml_tag_constructor", _tagged)
    replace(models.Stack, "parse_template", staticmethod(parsed_template))
    replace(models.ChangeSet, "_parse_template", _parse_for_change_set)
    replace(models.CloudFormationBackend, "validate_template", _validate)
    replace(parsing, "clean_json", _resolve)
    replace(ResourceMap, "parse_ssm_parameter", _ssm_parameter)


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags, and without those by which Python would run what a template says."""


def parsed_template(template: str | None) -> dict[str, Any]:
    """Return a template as what it says.

    Raises:
        ValidationError: for what is neither JSON nor YAML, or no template, and for references that lead nowhere or in
            circles.
    """
    if not template:
        raise ValidationError(message="Either Template URL or Template Body must be specified.")
    try:
        read: Any = json.loads(template) if template.lstrip().startswith("{") else yaml.load(template, _Loader)  # noqa: S506 - it is a safe one
    except json.JSONDecodeError as error:
        where = f"(line {error.lineno}, column {error.colno})"
        raise ValidationError(message=f"Template format error: JSON not well-formed. {where}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"(line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise ValidationError(message=f"Template format error: YAML not well-formed. {where}".rstrip()) from error
    if not isinstance(read, dict):
        raise ValidationError(message="Template format error: unsupported structure.")
    resources = read.get("Resources")
    if not isinstance(resources, dict) or not resources:
        message = "Template format error: At least one Resources member must be defined."
        raise ValidationError(message=message)
    for name, resource in resources.items():
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            message = f"Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
            raise ValidationError(message=message)
    fault = template_references.fault_of(read)
    if fault is not None:
        raise ValidationError(message=fault)
    return read


def _validate(_: Any, template: str | None) -> list[Any]:
    """Refuse what is no template, as ValidateTemplate does; what resources say is looked at when they are made."""
    parsed_template(template)
    return []


def _parse_for_change_set(change_set: Any) -> None:
    change_set.template_dict = parsed_template(change_set.template)


def _tagged(loader: Any, tag: str, node: Any) -> Any:
    """Return a YAML tag, `!Sub`, as the function it stands for; moto reads no mappings (`!GetAZs { Ref: … }`)."""
    name = tag.removeprefix("!")
    if node.id == "scalar":
        value = loader.construct_scalar(node)
        value = value.split(".", 1) if name == "GetAtt" else value
    elif node.id == "sequence":
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name if name in ("Condition", "Ref") else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", lambda loader, suffix, node: _tagged(loader, f"!{suffix}", node))


def _resolve(value: Any, resources: Any) -> Any:
    """Return a template's value with its functions resolved.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
    """
    if isinstance(value, dict) and len(value) == 1:
        if "Fn::GetAZs" in value:
            return _zones(_resolve(value["Fn::GetAZs"], resources), resources)
        if "Fn::Cidr" in value:
            return _blocks(*_resolve(value["Fn::Cidr"], resources))
        if isinstance(value.get("Fn::GetAtt"), str):
            return _resolve_elsewhere({"Fn::GetAtt": value["Fn::GetAtt"].split(".", 1)}, resources)
    return _resolve_elsewhere(value, resources)


def _zones(region: Any, resources: Any) -> list[str]:
    """Return a Region's Availability Zones; moto has four of us-east-1, whichever Region is meant."""
    ec2 = Ec2(resources["AWS::AccountId"], region or resources["AWS::Region"])
    return sorted(zone["ZoneName"] for zone in ec2("DescribeAvailabilityZones")["AvailabilityZones"])


def _blocks(block: str, count: Any, bits: Any = None) -> list[str]:
    """Return so many blocks of a network, each with so many bits for hosts."""
    network = ip_network(block)
    length = network.max_prefixlen - int(bits) if bits is not None else network.prefixlen + 8
    blocks = [str(each) for each in islice(network.subnets(new_prefix=length), int(count))]
    if len(blocks) < int(count):
        raise ValidationError(message=f"Template error: Fn::Cidr can not make {count} blocks of /{length} in {block}")
    return blocks


def _ssm_parameter(resources: ResourceMap, value: str, value_type: str) -> Any:
    """Return the value of a parameter that stands in Parameter Store. Every account is bootstrapped for the CDK.

    Whoever asks for the stack must be able to read it.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
    """
    try:
        found = _parameter_in_ssm(resources, value, value_type)
    except AttributeError:  # moto asks nothing for its value
        if value.startswith(_BOOTSTRAP):
            return _BOOTSTRAP_VERSION
        message = f"Unable to fetch parameters [{value}] from parameter store for this account."
        raise ValidationError(message=message) from None
    if value in _given(resources):  # and no default that is not used
        _ask_to_read(value, str(resources["AWS::Region"]))
    return found


def _ask_to_read(name: str, region: str) -> None:
    try:
        ask_callers_leave("ssm", "GetParameters", {"Names": [name]}, region)
    except NotPermittedError as refused:
        raise ValidationError(message=str(refused)) from refused


def _given(resources: ResourceMap) -> list[Any]:
    """Return the values of a stack's parameters as they are given."""
    declared = resources._template.get("Parameters", {})  # noqa: SLF001 - moto keeps a stack's template to itself
    return [resources.input_parameters.get(name, each.get("Default")) for name, each in declared.items()]
